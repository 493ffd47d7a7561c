"""Claims about people, their evidence and consents; strict JSON and base64url, on which everything else stands."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from eid import Evidence, Person, PersonalNumber
from eid.accounts.organisation import Organisation
from eid.bulk_files import read_lines
from eid.consent import Consent
from eid.encoding import dump_json, load_json, load_long_json, unb64url
from eid.testing import FakeIssuer

from .json_input import json_value, strict
from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
FAKE = FakeIssuer(now=NOW)
CONSENT = Consent(audience="a", claims=frozenset({"name"}), given=NOW)
EVIDENCE = Evidence(kind="chip", method="passive-authentication", time=NOW, office="H26.19")
OFFICE = {"name": "Trạm y tế Kiểm Thử", "code": "0100000000"}
DEEP = b'{"a":[1,2.5,null,true,"\\ud83d\\ude00",{"b":[[[[[]]]]]}]}'


def person(data: bytes) -> object:
    found = Person.from_claims(json_value(data))
    return found.to_claims(), found.mismatches, repr(found)


TARGETS = (
    Target("person", person, (dump_json(FAKE.adult.to_claims()), dump_json(FAKE.child.to_claims()), b"{}")),
    Target("number", lambda data: PersonalNumber.parse(text(data)), (b"001090123456", b"001 090 123 456", b"")),
    Target("evidence", lambda data: Evidence.from_claim(json_value(data)), (dump_json(EVIDENCE.to_claim()), b"{}")),
    Target("consent", lambda data: Consent.from_json(json_value(data)), (dump_json(CONSENT.to_json()), b"{}")),
    Target("organisation", lambda data: Organisation.from_json(json_value(data)), (dump_json(OFFICE), b"{}")),
    Target("bulk lines", lambda data: list(read_lines(BytesIO(data))), (b'{"person":{}}\n\n{}', b"x" * 9000)),
    Target("json", lambda data: strict(load_json, data), (DEEP, b"[]", b'{"a":1,"a":2}')),
    Target("long json", lambda data: strict(load_long_json, data), (DEEP.replace(b"\\ud83d\\ude00", b""), b"[]")),
    Target("base64url", lambda data: strict(unb64url, data), (b"YQ", b"YWI", b"YWJj", b"")),
)
