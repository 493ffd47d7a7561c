"""SD-JWT: the compact form, disclosures, what they reveal in a payload, presentations."""

from __future__ import annotations

from datetime import UTC, datetime

from eid import Key, Level
from eid.disclosure.checking import CredentialVerifier
from eid.disclosure.compact import SdJwt, combine
from eid.disclosure.concealing import conceal
from eid.disclosure.disclosures import digest_of
from eid.disclosure.paths import parse_path
from eid.disclosure.presenting import present
from eid.disclosure.revealing import reveal
from eid.encoding import b64url_text, dump_json
from eid.errors import MalformedError
from eid.holder import make_proof
from eid.jws import sign_compact, unverified_claims
from eid.testing import FakeIssuer

from .json_input import json_value
from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
CLAIMS = {
    "iss": "https://id.example.vn",
    "name": "Nguyễn Văn A",
    "age_equal_or_over": {"14": True, "18": True},
    "nationalities": ["VN", "US"],
}
PATHS = ["name", ("age_equal_or_over", "14"), ("age_equal_or_over", "18"), ("nationalities", 0)]
PAYLOAD, DISCLOSURES = conceal(CLAIMS, PATHS, decoys={(): 2})
FAKE, HOLDER, NONCE = FakeIssuer(now=NOW), Key.generate(), "n-0S6"
VCT = "https://id.example.vn/vct/identity"
CREDENTIAL = FAKE.issuer.issue_credential(
    FAKE.adult, Level.TWO, vct=VCT, evidence=FAKE.evidence(Level.TWO), holder=HOLDER
)
PARTS = SdJwt.parse(CREDENTIAL)
HEADER = PARTS.token.split(".")[0].encode()
PRESENTED = present(CREDENTIAL, disclose=["name"], key=HOLDER, audience=FAKE.audience, nonce=NONCE, at=FAKE.now)
ANY = CredentialVerifier(
    FAKE.keys,
    issuer=FAKE.issuer.issuer,
    audience=FAKE.audience,
    vct=VCT,
    status=FAKE.issuer.status_list,
    replay=None,
    clock=lambda: NOW,
)
COMPACT = combine("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", DISCLOSURES)


def object_of(data: bytes) -> dict[str, object]:
    value = json_value(data)
    if type(value) is not dict:
        raise MalformedError("input.malformed", what="the input", why="not an object")
    return value


def of_text(data: bytes) -> object:
    parts = SdJwt.parse(text(data))
    return reveal(PAYLOAD, parts.disclosures)


def disclosed(text_of_one: str) -> object:
    """One disclosure beside a payload that names its digest; `SdJwt.parse` gives ASCII alone."""
    if not text_of_one.isascii():
        raise MalformedError("input.malformed", what="the input", why="not ASCII")
    return reveal({"_sd": [digest_of(text_of_one)]}, (text_of_one,))


def chosen(data: bytes) -> object:
    """A credential that is anything, shown in part."""
    return present(text(data), disclose=["name"], key=HOLDER, audience=FAKE.audience, nonce=NONCE, at=FAKE.now)


def verify(presentation: str) -> object:
    found = ANY.verify(presentation, level=Level.ONE, nonce=NONCE)
    return found.claims, repr(found)


def signed(payload: bytes) -> object:
    """A credential whose payload is anything, rightly signed and presented."""
    over = combine(sign_compact(FAKE.keys.active, HEADER, payload), PARTS.disclosures)
    return verify(over + make_proof(HOLDER, audience=FAKE.audience, nonce=NONCE, over=over, at=FAKE.now))


TARGETS = (
    Target("compact", of_text, (COMPACT.encode(), b"~", b"a~~")),
    Target("payload", lambda data: reveal(object_of(data), DISCLOSURES), (dump_json(PAYLOAD), b"{}")),
    Target("disclosure", lambda data: disclosed(text(data)), tuple(each.encode() for each in DISCLOSURES)),
    Target("disclosed", lambda data: disclosed(b64url_text(data)), (b'["salt","name",1]', b'["salt",1]')),
    Target("path", lambda data: parse_path(text(data)), (b"age_equal_or_over.18", b"a.#0.*", b"")),
    Target("present", chosen, (CREDENTIAL.encode(), COMPACT.encode())),
    Target("presentation", lambda data: verify(text(data)), (PRESENTED.encode(),)),
    Target("credential's payload", signed, (dump_json(unverified_claims(PARTS.token)), b"{}")),
)
