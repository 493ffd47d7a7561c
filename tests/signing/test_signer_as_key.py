"""A signer of `signing`, wherever its key lives, as the key of an identity issuer (`eid.Key.external`)."""

from __future__ import annotations

from typing import Any

import pytest

from eid import Key, KeySet, UsageError
from eid.jws import header_segment, open_compact, sign_compact

from .cms_makers import make_signer


@pytest.mark.parametrize(
    ("kind", "alg", "form"),
    [("p256", "ES256", "der"), ("p384", "ES384", "der"), ("pss256", "PS256", "raw"), ("pkcs1", "RS256", "raw")],
)
def test_a_signer_signs_tokens(kind: str, alg: str, form: Any) -> None:
    signer = make_signer(kind)
    key = Key.external(signer.certificate.public_key(), signer.sign, alg=alg, signature=form)
    keys = KeySet.around(key)
    token = sign_compact(keys.active, header_segment(keys.active, "eid+jwt"), b"{}")
    public = KeySet.from_jwks(keys.public_jwks())
    assert open_compact(token, "eid+jwt", public.find, known={})[1].alg == alg


def test_a_curve_that_tokens_do_not_know() -> None:
    signer = make_signer("p521")
    with pytest.raises(UsageError) as caught:
        Key.external(signer.certificate.public_key(), signer.sign, signature="der")
    assert caught.value.code == "key.algorithm"
