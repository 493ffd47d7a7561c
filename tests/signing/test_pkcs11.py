"""signing.sources.pkcs11: keys in tokens, chosen by identifier or certificate, under one login; on SoftHSM2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing.errors import SigningError, UsageError
from signing.signer import SignatureAlgorithm, open_signer, verify_value

from .cms_makers import KINDS, ROOT_NAME, make_certificate, make_key, make_leaf, root
from .softhsm import MODULE, PIN, SoftHsm, uri

OFFICE = "Văn phòng số 1"
IDS = {"p256": "01", "p384": "02", "p521": "03", "rsa2048": "04"}


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """One token with a key of every kind."""
    made = SoftHsm.create(tmp_path_factory.mktemp("hsm"))
    made.token(OFFICE)
    for kind, key_id in IDS.items():
        made.key(OFFICE, make_key(kind), key_id)
        made.certificate(OFFICE, make_leaf(kind), key_id)
    made.certificate(OFFICE, root(), "99")
    return made


def asked(answer: object = PIN) -> tuple[Callable[[str], Any], list[str]]:
    prompts: list[str] = []

    def ask(prompt: str) -> Any:
        prompts.append(prompt)
        return answer

    return ask, prompts


def key_of(kind: str) -> str:
    name = kind if kind in IDS else "rsa2048"
    return uri(OFFICE, f"id=%{IDS[name]}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_algorithm_signs_and_the_certificate_verifies(kind: str, hsm: SoftHsm) -> None:
    signer = open_signer(key_of(kind), asked()[0], algorithm=KINDS[kind])
    value = signer.sign("dữ liệu".encode())
    assert verify_value(signer.certificate, KINDS[kind], value, "dữ liệu".encode())
    assert signer.chain == (root(),)
