"""Signatures whose value holds and that still must not pass; and those that only their proofs of existence keep alive.

Weak algorithms and keys, certificates that were not good at the time, attributes that bind nobody: made with
asn1crypto, because our own signing refuses to. What was proven to exist before its certificate was revoked has to pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from foreign import Maker  # beside this file
from judges import Case
from kinds import PAPERS, material
from matrix import CONTENT, services

from signing.cms.cades import sign_detached
from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline

REFUSED, KEPT = "refused by rule", "revoked later, proven before"
VALUE_ALONE = ("EU DSS", "own")  # the others look at values and chains alone
LEVELS = tuple(Baseline)
SECOND_S = 1.1  # seconds; times of timestamps and revocations are whole ones
BAD_HOLDERS = ("revoked", "suspended", "expired", "not-yet-valid", "impostor", "tsa", "ocsp")


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Everything, in `folder`. `pki` has to be served."""
    folder.mkdir()
    cases = []
    for name, maker in _makers(pki):
        path = folder / f"{name}.txt.p7s"
        path.write_bytes(maker.detached(CONTENT))
        path.with_suffix("").write_bytes(CONTENT)
        cases.append(Case(path=path, kind=REFUSED, forged=True, judges=VALUE_ALONE))
    return cases + list(_revoked_later(pki, folder))


def _makers(pki: DevPki) -> Iterator[tuple[str, Maker]]:
    """What must not pass, by name."""
    good = Maker("ecdsa", "sha256", *material(pki, "clerk"))
    for name in BAD_HOLDERS:
        yield name, Maker("ecdsa", "sha256", *material(pki, name))
    for name, key in _weak_keys():
        holder = Holder(common_name=f"Nguyễn Yếu {name}", uid="CCCD:001090299941")
        scheme = "pss" if name.startswith("rsa") else "ecdsa"
        yield name, Maker(scheme, "sha256", key, pki.certify(name, holder, key))
    strong = rsa.generate_private_key(65537, 3072)
    chain = pki.certify("strong", Holder(common_name="Nguyễn Mạnh", uid="CCCD:001090299942"), strong)
    yield "ecdsa-sha1", replace(good, digest="sha1")
    for scheme in ("pkcs1", "pss"):
        yield f"{scheme}-sha1", Maker(scheme, "sha1", strong, chain)
    yield "names-another", replace(good, named=pki.certificate("approver"))
    yield "no-digest", replace(good, without=frozenset({"message_digest"}))
    yield "no-content-type", replace(good, without=frozenset({"content_type"}))
    yield "another-key", replace(good, key=ec.generate_private_key(ec.SECP256R1()))


def _weak_keys() -> Iterator[tuple[str, Any]]:
    yield "rsa1024", rsa.generate_private_key(65537, 1024)
    yield "p224", ec.generate_private_key(ec.SECP224R1())
    yield "k256", ec.generate_private_key(ec.SECP256K1())


def _revoked_later(pki: DevPki, folder: Path) -> Iterator[Case]:
    """Signed by somebody who is revoked seconds later: B-B no longer proves when it was made.

    And by somebody whose revocation is dated back before the signing. Of that nothing in a B-LT file can know: it is
    left out, because EU DSS then goes by the newest answer that it was given, and `signing audit --online` asks only
    for what a file lacks.
    """
    for name, ago, levels in (("later", timedelta(0), LEVELS), ("dated-back", timedelta(hours=1), LEVELS[:2])):
        signer = pki.issue(name, Holder(common_name="Nguyễn Thu Hồi", uid="CCCD:001090299943"))
        for baseline in levels:
            lost = bool(ago) or baseline is Baseline.B_B
            given = services(pki, baseline)
            content = folder / f"{name}-{baseline}.txt"
            content.write_bytes(CONTENT)
            beside, paper = content.with_suffix(".txt.p7s"), content.with_suffix(".pdf")
            beside.write_bytes(sign_detached(CONTENT, signer, **given))
            sign_pdf(PAPERS / "Giấy chứng sinh.pdf", signer, out=paper, **given)
            for path in (beside, paper):
                kind = REFUSED if lost else KEPT
                yield Case(path=path, kind=kind, baseline=baseline, forged=lost, judges=VALUE_ALONE)
        time.sleep(SECOND_S)
        pki.revoke(name, "key_compromise", datetime.now(UTC) - ago)
    time.sleep(SECOND_S)
