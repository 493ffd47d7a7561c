"""SD-JWT: the compact form, disclosures, what they reveal in a payload, presentations."""

from __future__ import annotations

from eid.disclosure.compact import SdJwt, combine
from eid.disclosure.concealing import conceal
from eid.disclosure.disclosures import read_disclosure
from eid.disclosure.paths import parse_path
from eid.disclosure.revealing import reveal
from eid.encoding import b64url_text, dump_json
from eid.errors import MalformedError

from .json_input import json_value
from .target import Target, text

CLAIMS = {
    "iss": "https://id.example.vn",
    "name": "Nguyễn Văn A",
    "age_equal_or_over": {"14": True, "18": True},
    "nationalities": ["VN", "US"],
}
PATHS = ["name", ("age_equal_or_over", "14"), ("age_equal_or_over", "18"), ("nationalities", 0)]
PAYLOAD, DISCLOSURES = conceal(CLAIMS, PATHS, decoys={(): 2})
COMPACT = combine("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", DISCLOSURES)


def object_of(data: bytes) -> dict[str, object]:
    value = json_value(data)
    if type(value) is not dict:
        raise MalformedError("input.malformed", what="the input", why="not an object")
    return value


def of_text(data: bytes) -> object:
    parts = SdJwt.parse(text(data))
    return reveal(PAYLOAD, parts.disclosures)


TARGETS = (
    Target("compact", of_text, (COMPACT.encode(), b"~", b"a~~")),
    Target("payload", lambda data: reveal(object_of(data), DISCLOSURES), (dump_json(PAYLOAD), b"{}")),
    Target("disclosure", lambda data: read_disclosure(text(data)), tuple(each.encode() for each in DISCLOSURES)),
    Target("disclosed", lambda data: read_disclosure(b64url_text(data)), (b'["salt","name",1]', b'["salt",1]')),
    Target("path", lambda data: parse_path(text(data)), (b"age_equal_or_over.18", b"a.0", b"")),
)
