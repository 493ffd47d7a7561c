"""Identity tokens, step proofs, holder proofs and step-up challenges; signed claims, so that what stands behind the
signature is reached as well."""

from __future__ import annotations

from datetime import UTC, datetime

from eid import AuthenticationLevel, Identity, Key, Level, verify_step_proof
from eid.encoding import b64url, dump_json, unb64url
from eid.holder import Holder, check_proof, cnf_claim, holder_key, make_proof
from eid.jws import read_header, sign_compact, unverified_claims
from eid.keys import KeySet
from eid.stepup import StepUp
from eid.testing import FakeIssuer

from .json_input import json_value
from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
FAKE = FakeIssuer(now=NOW)
PUBLIC = KeySet.from_jwks(FAKE.jwks)
NOW_S = int(NOW.timestamp())
HOLDER = Key.generate()
NONCE, CERTIFICATE = "n-0S6", bytes(32)
ANY = FAKE.verifier_with(replay=None)


def header_of(token: str) -> bytes:
    return token.split(".")[0].encode()


def payload_of(token: str) -> bytes:
    return dump_json(unverified_claims(token))


def verify(token: str) -> Identity:
    return ANY.verify(token, level=Level.ONE)


def verify_bound(token: str) -> object:
    proof = make_proof(HOLDER, audience=FAKE.audience, nonce=NONCE, over=token, at=NOW)
    return ANY.verify(token, level=Level.ONE, nonce=NONCE, holder=Holder.REQUIRED, proof=proof)


def verify_past(token: str) -> object:
    return ANY.verify_past(token, proven_at=NOW, level=Level.ONE)


def prove_step(token: str) -> object:
    return verify_step_proof(
        token,
        PUBLIC,
        issuer=FAKE.issuer.issuer,
        audience=FAKE.audience,
        nonce=NONCE,
        certificate_sha256=CERTIFICATE,
        level=Level.ONE,
        auth_level=AuthenticationLevel.ONE,
        at=NOW,
    )


def with_claims(header: bytes, payload: bytes) -> str:
    return sign_compact(FAKE.keys.active, header, payload)


def with_header(header: bytes) -> str:
    """A token whose header is anything, rightly signed."""
    signing_input = b64url(header) + b"." + b64url(payload_of(TOKEN))
    return (signing_input + b"." + b64url(FAKE.keys.active.sign_raw(signing_input))).decode()


def check_holder(proof: str) -> object:
    return check_proof(proof, HOLDER, audience=FAKE.audience, nonce=NONCE, over="x", now=NOW_S)


def read_identity(payload: bytes) -> object:
    identity = verify(with_claims(IDENTITY_HEADER, payload))
    return identity.evidence, identity.to_dict(), repr(identity)


TOKEN = FAKE.token()
BOUND, PROOF = FAKE.bound_token(NONCE, holder=HOLDER)
STEP = FAKE.issuer.prove_step(
    level=Level.TWO,
    auth_level=AuthenticationLevel.THREE,
    audience=FAKE.audience,
    nonce=NONCE,
    certificate_sha256=CERTIFICATE,
)
ALONE = make_proof(HOLDER, audience=FAKE.audience, nonce=NONCE, over="x", at=NOW)
IDENTITY_HEADER, STEP_HEADER = header_of(TOKEN), header_of(STEP)

CHALLENGE = StepUp(auth_level=AuthenticationLevel.THREE, max_age_s=300).challenge()

TARGETS = (
    Target("token", lambda data: verify(text(data)), (TOKEN.encode(), BOUND.encode(), STEP.encode(), b"..")),
    Target("token of the past", lambda data: verify_past(text(data)), (TOKEN.encode(),)),
    Target("header", lambda data: verify(with_header(data)), (unb64url(IDENTITY_HEADER), b"{}")),
    Target("claims", read_identity, (payload_of(TOKEN), payload_of(BOUND), b"{}")),
    Target("bound claims", lambda data: verify_bound(with_claims(IDENTITY_HEADER, data)), (payload_of(BOUND),)),
    Target("step claims", lambda data: prove_step(with_claims(STEP_HEADER, data)), (payload_of(STEP),)),
    Target("holder's proof", lambda data: check_holder(text(data)), (ALONE.encode(), PROOF.encode())),
    Target(
        "holder's claims",
        lambda data: check_holder(sign_compact(HOLDER, header_of(ALONE), data)),
        (payload_of(ALONE), b"{}"),
    ),
    Target("cnf", lambda data: holder_key(json_value(data)), (dump_json(cnf_claim(HOLDER)), b"{}", b"[]")),
    Target("unverified", lambda data: unverified_claims(text(data)), (TOKEN.encode(),)),
    Target("header alone", read_header, (IDENTITY_HEADER,)),
    Target("challenge", lambda data: StepUp.parse(text(data)), (CHALLENGE.encode(), b"Bearer a=b")),
)
