"""joserfc and PyJWT as outside judges, both ways: they accept what we make, and we accept what they make.

They check signatures; what only we check (kinds, levels, statuses) is taken from our own tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import joserfc.jwk
import joserfc.jws
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.errors import BadSignatureError
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from eid import EidError

from .kinds import _RSA, ALGORITHMS, Kind, make_key, make_kinds
from .made import parts, text

WORLD = {alg: make_kinds(alg) for alg in ALGORITHMS}
Make = Callable[[Kind, dict[str, Any], bytes], str]
NAMES = ("identity", "bound", "step", "list", "proof")
REGISTRY = JWSRegistry(
    algorithms=[*ALGORITHMS], header_registry={"typ": HeaderParameter("typ", "str")}, strict_check_header=True
)


# joserfc says of EdDSA that RFC 9864 has another name for it, and takes it
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


def _private(kind: Kind) -> Any:
    return kind.key.private_key or _RSA


def _pem(kind: Kind) -> bytes:
    return bytes(_private(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _jwk(kind: Kind) -> dict[str, Any]:
    """The public members that other libraries take; our times are ours."""
    return {n: v for n, v in kind.key.to_jwk().items() if n in ("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use")}


def _joserfc_key(kind: Kind, *, private: bool) -> Any:
    wanted = {"EC": joserfc.jwk.ECKey, "OKP": joserfc.jwk.OKPKey, "RSA": joserfc.jwk.RSAKey}[kind.key.to_jwk()["kty"]]
    return wanted.import_key(_pem(kind) if private else _jwk(kind))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_joserfc_accepts_ours(alg: str, name: str) -> None:
    kind = WORLD[alg][name]
    key = _joserfc_key(kind, private=False)
    found = joserfc.jws.deserialize_compact(kind.honest, key, algorithms=[kind.key.alg], registry=REGISTRY)
    header, claims = parts(kind.honest)
    assert found.headers() == header
    assert json.loads(found.payload) == claims


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if alg != "Ed25519"])
def test_pyjwt_accepts_ours(alg: str, name: str) -> None:
    kind = WORLD[alg][name]
    key = pyjwt.PyJWK.from_dict(_jwk(kind)).key
    found = pyjwt.api_jws.decode_complete(kind.honest, key, algorithms=[alg])
    header, claims = parts(kind.honest)
    assert found["header"] == header
    assert json.loads(found["payload"]) == claims


def _by_joserfc(kind: Kind, header: dict[str, Any], payload: bytes) -> str:
    key = _joserfc_key(kind, private=True)
    return str(joserfc.jws.serialize_compact(header, payload, key, algorithms=[kind.key.alg], registry=REGISTRY))


def _by_pyjwt(kind: Kind, header: dict[str, Any], payload: bytes) -> str:
    return pyjwt.api_jws.encode(payload, _pem(kind), algorithm=kind.key.alg, headers=header)


MAKERS = [
    (make, alg)
    for make in (_by_joserfc, _by_pyjwt)
    for alg in ALGORITHMS
    if not (make is _by_pyjwt and alg == "Ed25519")  # which PyJWT knows by its older name only
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("make", "alg"), MAKERS)
def test_we_accept_theirs(make: Make, alg: str, name: str) -> None:
    kind = WORLD[alg][name]
    header, claims = parts(kind.honest)
    theirs = make(kind, header, text(claims))
    kind.judge(theirs)
    loose = make(kind, header, json.dumps(claims, indent=1).encode())  # another spelling of the same claims
    kind.judge(loose)


@pytest.mark.parametrize(("make", "alg"), [(make, alg) for make, alg in MAKERS if alg not in ("PS256", "RS256")])
def test_we_refuse_theirs_with_another_key(make: Make, alg: str) -> None:
    kind = WORLD[alg]["identity"]
    other = Kind(name="", key=make_key(alg), honest="", judge=kind.judge, code=kind.code)
    header, claims = parts(kind.honest)
    with pytest.raises(EidError) as caught:
        kind.judge(make(other, header, text(claims)))
    assert caught.value.code == "token.signature"


def test_joserfc_refuses_ours_with_another_key() -> None:
    kind = WORLD["ES256"]["identity"]
    other = Kind(name="", key=make_key("ES256"), honest="", judge=kind.judge, code=kind.code)
    with pytest.raises(BadSignatureError):
        joserfc.jws.deserialize_compact(kind.honest, _joserfc_key(other, private=False), algorithms=["ES256"])
