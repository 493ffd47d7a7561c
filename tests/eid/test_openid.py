"""`verified_claims` as OpenID Identity Assurance has it, judged by the working group's own JSON schema."""

from __future__ import annotations

import copy
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from eid import Evidence, EvidenceKind, Level, Person

from .made import LEVEL_ONE, LEVEL_TWO, NOW, issue, issuer, parts

SCHEMAS = Path(__file__).parents[1] / "vectors" / "openid"
VERIFIED, CLAIMS = (json.loads((SCHEMAS / name).read_text()) for name in ("verified_claims.json", "claims_schema.json"))
JUDGE = Draft202012Validator(VERIFIED, registry=Registry().with_resource(CLAIMS["$id"], Resource.from_contents(CLAIMS)))
FULL = Person(
    number="001090123456",
    full_name="Trần Thị Kiểm Thử",
    birth_date=date(1990, 1, 1),
    sex="female",
    residence="Số 1, phường Cửa Nam, Hà Nội",
    place_of_origin="Nghệ An",
    old_number="012345678",
    card_issued=date(2021, 10, 15),
    card_expires=date(2030, 1, 1),
)
GOOD = {name: parts(issue(issuer()))[1][name] for name in ("verified_claims",)}


def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(VERIFIED)
    Draft202012Validator.check_schema(CLAIMS)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"level": Level.ONE},
        {"person": FULL},
        {"claims": ("name", "birthdate")},
        {"evidence": [*LEVEL_TWO, Evidence(kind="iris", method="in-person", time=NOW, office="H26.19")]},
    ],
)
def test_what_an_issuer_writes_is_valid(options: dict[str, Any]) -> None:
    _, claims = parts(issue(issuer(), options.pop("level", Level.TWO), **options))
    JUDGE.validate(claims)
    verification = claims["verified_claims"]["verification"]
    assert datetime.fromisoformat(verification["time"]) <= NOW  # `date-time`, which the validator leaves to us
    for item in verification["evidence"]:
        assert datetime.fromisoformat(item["check_details"][0]["time"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize("kind", EvidenceKind)
def test_every_kind_of_evidence_has_its_place_in_the_vocabulary(kind: EvidenceKind) -> None:
    item = Evidence(kind=kind, method="in-person", time=NOW, office="H26.19")
    claim = item.to_claim()
    assert Evidence.from_claim(claim) == item
    told = copy.deepcopy(GOOD)
    told["verified_claims"]["verification"]["evidence"] = [claim]
    JUDGE.validate(told)
    assert claim["type"] == ("document" if kind in ("card", "chip", "passport") else "electronic_record")


def test_level_one_rests_on_records_and_level_two_on_a_document() -> None:
    assert {item.to_claim()["type"] for item in LEVEL_ONE} == {"electronic_record"}
    assert LEVEL_TWO[0].to_claim()["document_details"] == {"type": "chip"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["verification", "trust_framework"], None),
        (["verification", "trust_framework"], ...),
        (["verification", "evidence"], []),
        (["verification", "evidence", 0, "type"], "face"),
        (["verification", "evidence", 0, "check_details"], []),
        (["verification", "evidence", 0, "check_details", 0, "check_method"], ...),
        (["verification", "assurance_level"], 2),
        (["claims", "birthdate"], "01/01/1990"),
        (["claims", "nationalities"], "VN"),
        (["claims"], ...),
        (["unverified"], {}),
    ],
)
def test_the_schema_would_see_a_mistake(path: list[Any], value: Any) -> None:
    told = copy.deepcopy(GOOD)
    place: Any = told["verified_claims"]
    for name in path[:-1]:
        place = place[name]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert JUDGE.is_valid(GOOD)
    assert not JUDGE.is_valid(told)
