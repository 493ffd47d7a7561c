"""The kinds of signed text, each with an honest one, whoever signs it, and the judge that accepts it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from eid import (
    AuthenticationLevel,
    Holder,
    Issuer,
    Key,
    KeySet,
    Level,
    OpenedStatusList,
    Verifier,
    make_proof,
    verify_step_proof,
)
from eid.encoding import b64url
from eid.holder import check_proof

from .made import AUDIENCE, ISSUER, LEVEL_TWO, NOW, NOW_S, PERSON, clock, text

ALGORITHMS = ("ES256", "ES384", "EdDSA", "Ed25519", "PS256", "RS256")
_RSA = rsa.generate_private_key(65537, 2048)
_SHA256 = hashes.SHA256()
_PADDINGS = {"PS256": padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=32), "RS256": padding.PKCS1v15()}


def make_key(alg: str) -> Key:
    """A key that has signed for a month; RSA keys sign as a device's do."""
    since = NOW_S - 30 * 86_400
    if alg not in _PADDINGS:
        return Key.generate(alg, iat=since)
    return Key.external(_RSA.public_key(), lambda data: _RSA.sign(data, _PADDINGS[alg], _SHA256), alg=alg, iat=since)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`judge` returns for the `honest` text of `key`, raises for others; `code` maps a token's code to the kind's."""

    name: str
    key: Key
    honest: str
    judge: Callable[[str], object]
    code: Callable[[str], str]

    def signed(self, header: Any, claims: Any) -> str:
        """Any header and claims, signed by the key that signs the honest ones."""
        signing_input = b64url(text(header)) + b"." + b64url(text(claims))
        return (signing_input + b"." + b64url(self.key.sign_raw(signing_input))).decode()


def _same(code: str) -> str:
    return code


def _of_a_list(code: str) -> str:
    return "status.untrusted"


def _of_a_proof(code: str) -> str:
    named = {"token.type": "holder.type", "token.algorithm": "holder.algorithm", "token.signature": "holder.signature"}
    return named.get(code, "holder.malformed")


def make_kinds(alg: str) -> dict[str, Kind]:
    """Every kind, signed with one algorithm."""
    key = make_key(alg)
    keys = KeySet((key,), secret=secrets.token_bytes(32))
    public = KeySet.from_jwks(json.loads(json.dumps(keys.public_jwks())))
    made = Issuer(ISSUER, keys, clock=clock())
    judge = Verifier(public, issuer=ISSUER, audience=AUDIENCE, status=made.status_list, replay=None, clock=clock())
    wanted = {"audience": AUDIENCE, "auth_level": AuthenticationLevel.THREE}
    token = made.issue(PERSON, Level.TWO, evidence=LEVEL_TWO, **wanted)
    holder = make_key(alg)
    bound = made.issue(PERSON, Level.TWO, evidence=LEVEL_TWO, holder=holder, **wanted)
    about = {"nonce": "n-1", "certificate_sha256": bytes(32), "level": Level.TWO, **wanted}
    proof = make_proof(holder, audience=AUDIENCE, nonce="n-1", over=bound, at=NOW)

    def bound_judge(t: str) -> object:
        over = (
            make_proof(holder, audience=AUDIENCE, nonce="n-1", over=t, at=NOW)
            if isinstance(t, str) and t.isascii()
            else proof
        )
        return judge.verify(t, level=Level.TWO, nonce="n-1", holder=Holder.REQUIRED, proof=over)

    def step_judge(t: str) -> object:
        return verify_step_proof(t, public, issuer=ISSUER, at=NOW, **about)

    def proof_judge(t: str) -> object:
        return check_proof(t, holder, audience=AUDIENCE, nonce="n-1", over=bound, now=NOW_S)

    return {
        kind.name: kind
        for kind in (
            Kind(name="identity", key=key, honest=token, judge=lambda t: judge.verify(t, level=Level.TWO), code=_same),
            Kind(name="bound", key=key, honest=bound, judge=bound_judge, code=_same),
            Kind(name="step", key=key, honest=made.prove_step(**about), judge=step_judge, code=_same),
            Kind(
                name="list",
                key=key,
                honest=made.status_token(),
                judge=lambda t: OpenedStatusList.open(t, public),
                code=_of_a_list,
            ),
            Kind(name="proof", key=holder, honest=proof, judge=proof_judge, code=_of_a_proof),
        )
    }
