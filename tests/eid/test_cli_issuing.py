"""`eid issue`, `eid revoke`, `eid status` and `eid introspect` with a registry, run as commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eid import Key, KeySet, Level, OpenedStatusList
from eid.accounts import Asker
from eid.cli import bulk
from eid.consent import Consent
from eid.evidence import Evidence
from eid.person import Person
from eid.registry import open_registry

from .made import parts
from .test_cli import AUDIENCE, EVIDENCE, ISSUER, PERSON, Desk, desk

__all__ = ["desk"]
KEYS = ("--keys", "keys.pem", "--pass-env", "PW")
REGISTRY = ("--registry", "registry.sqlite")
LOGIN = ("--issuer", ISSUER, "--audience", AUDIENCE, "--auth-level", "3")
WHOM = ("--level", "2", "--evidence", "evidence.json", "person.json")


def issued(desk: Desk, *more: str) -> str:
    status, out, err = desk.run("issue", *KEYS, *REGISTRY, *LOGIN, *(more or WHOM))
    assert (status, err) == (0, "")
    return out.strip()


def code(desk: Desk, *arguments: str) -> tuple[int, str]:
    status, out, _ = desk.run(*arguments, "--json")
    return status, json.loads(out)["code"]


def asked(desk: Desk, token: str, *more: str) -> tuple[int, dict[str, Any]]:
    status, out, err = desk.run("introspect", *REGISTRY, "--issuer", ISSUER, "--json", *more, token)
    assert err == ""
    return status, json.loads(out)


def test_issue_ask_suspend_restore_revoke(desk: Desk) -> None:
    token = issued(desk)
    token_id = parts(token)[1]["jti"]
    status, answer = asked(desk, token_id)
    assert (status, answer["active"], answer["jti"], answer["assurance_level"]) == (0, True, token_id, "level-2")
    status, answer = asked(desk, token, "--jwks", "jwks.json", "--audience", AUDIENCE)
    assert (status, answer["sub"], answer["aud"]) == (0, parts(token)[1]["sub"], AUDIENCE)
    for flag, given, reason in (
        ("--suspend", token_id, "token.suspended"),
        ("--restore", token, None),
        ("--suspend", token, "token.suspended"),
        (None, token, "token.revoked"),
    ):
        flags = () if flag is None else (flag,)
        assert desk.run("revoke", *REGISTRY, *flags, given)[0] == 0
        status, answer = asked(desk, token_id)
        assert (status, answer["active"], answer.get("code")) == (int(reason is not None), reason is None, reason)
    assert code(desk, "revoke", *REGISTRY, "--restore", token) == (1, "token.revoked")
    assert code(desk, "revoke", *REGISTRY, "0" * 32) == (1, "token.unknown")


def test_asking_tells_a_person_in_both_languages(desk: Desk) -> None:
    token_id = parts(issued(desk))[1]["jti"]
    desk.run("revoke", *REGISTRY, token_id)
    status, out, err = desk.run("introspect", *REGISTRY, "--issuer", ISSUER, token_id)
    assert (status, out) == (1, "")
    assert "token.revoked" in err
    assert "hiệu lực" in err


def test_a_tokens_text_is_not_believed_without_the_issuers_keys(desk: Desk) -> None:
    token = issued(desk)
    assert code(desk, "introspect", *REGISTRY, "--issuer", ISSUER, token) == (2, "usage.argument")
    head, payload, _ = token.split(".")
    status, answer = asked(desk, f"{head}.{payload}.{'A' * 86}", "--jwks", "jwks.json")
    assert (status, answer["code"]) == (1, "token.signature")
    assert asked(desk, token, "--jwks", "jwks.json", "--audience", "H26.20")[1]["code"] == "token.audience"


def test_lists_of_a_registry_into_a_folder_and_onto_stdout(desk: Desk) -> None:
    token = issued(desk)
    desk.run("revoke", *REGISTRY, token)
    status, out, _ = desk.run("status", *KEYS, *REGISTRY, "-o", "lists", "--json")
    uri = f"{ISSUER}/status/1"
    assert (status, json.loads(out)) == (0, {"lists": [{"uri": uri, "out": "lists/1.jwt"}]})
    assert desk.run("status", *KEYS, *REGISTRY, "-o", "lists") == (0, "", f"{uri} → lists/1.jwt\n")
    assert desk.verify(token, "--status", "lists/1.jwt")[1]["code"] == "token.revoked"
    status, out, _ = desk.run("status", *KEYS, *REGISTRY)
    keys = KeySet.from_jwks(json.loads(Path("jwks.json").read_text()))
    assert OpenedStatusList.open(json.loads(out)["token"], keys).uri == uri


def account(desk: Desk, **consent: Any) -> str:
    keys = KeySet.load("keys.pem", lambda _: "secret")
    evidence = [Evidence(kind=e["kind"], method=e["method"], time=datetime.fromisoformat(e["time"])) for e in EVIDENCE]
    with open_registry("registry.sqlite", keys) as registry:
        opened = registry.accounts.register(Person.from_claims(PERSON), Level.TWO, evidence=evidence)
        if consent:
            registry.accounts.consent(opened.id, Consent(**consent), by=Asker.HOLDER)
    return opened.id


def test_issuing_for_an_account_of_the_registry(desk: Desk) -> None:
    opened = account(desk, audience=AUDIENCE, claims={"personal_number"}, given=datetime.now(UTC))
    token = issued(desk, "--account", opened, "--claims", "personal_number")
    assert desk.verify(token)[1]["identity"]["claims"] == {"personal_number": PERSON["personal_number"]}
    base = ("issue", *KEYS, *REGISTRY, *LOGIN)
    assert code(desk, *base, "--account", "0" * 32) == (1, "account.unknown")
    assert code(desk, *base, "--account", opened, "--level", "2") == (2, "usage.argument")
    assert code(desk, *base) == (2, "usage.argument")


def test_the_number_needs_a_consent(desk: Desk) -> None:
    options = ("issue", *KEYS, *REGISTRY, *LOGIN, *WHOM, "--claims", "personal_number")
    assert code(desk, *options) == (1, "consent.missing")
    assert code(desk, *options, "--consent", "yesterday") == (2, "usage.argument")
    status, out, _ = desk.run(*options, "--consent", "2026-01-02T09:00:00+07:00")
    assert status == 0
    assert parts(out.strip())[1]["verified_claims"]["claims"] == {"personal_number": PERSON["personal_number"]}


def test_a_token_for_one_holders_key(desk: Desk) -> None:
    key = Key.generate()
    Path("holder.json").write_text(json.dumps(key.to_jwk()))
    jwk = parts(issued(desk, *WHOM, "--holder", "holder.json"))[1]["cnf"]["jwk"]
    assert jwk["x"] == key.to_jwk()["x"]
    Path("holder.json").write_text('{"kty": "oct", "k": "AAAA"}')
    assert code(desk, "issue", *KEYS, *REGISTRY, *LOGIN, *WHOM, "--holder", "holder.json")[0] in (1, 2)


BULK = ("issue", "--bulk", "people.jsonl", "-o", "tokens.jsonl", *KEYS, *REGISTRY, *LOGIN, "--level", "2")


def write_people(*extra: str) -> None:
    lines = [
        json.dumps({"person": {**PERSON, "personal_number": f"00109000000{n}"}, "evidence": EVIDENCE}) for n in range(5)
    ]
    Path("people.jsonl").write_text("\n".join([*lines, *extra]))


def test_many_at_once(desk: Desk) -> None:
    write_people()
    status, out, err = desk.run(*BULK, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {"out": "tokens.jsonl", "lines": 5, "kept": 0, "issued": 5, "refused": 0}
    tokens = [json.loads(line)["token"] for line in Path("tokens.jsonl").read_text().splitlines()]
    assert [desk.verify(token)[0] for token in tokens] == [0] * 5
    status, _, err = desk.run(*BULK)
    assert status == 0
    assert "kept: 5" in err


def test_progress_is_said_on_stderr(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "EVERY_S", 0.0)
    write_people()
    _, out, err = desk.run(*BULK, "--json")
    assert out.count("\n") == 1
    assert err.startswith("5 lines, 5 issued, 0 refused, ")
    assert "đã cấp 5" in err


def test_many_at_once_with_a_line_that_is_refused(desk: Desk) -> None:
    write_people("{}")
    status, out, _ = desk.run(*BULK, "--json")
    assert (status, json.loads(out)["refused"]) == (1, 1)


@pytest.mark.parametrize(
    "more", [("person.json",), ("--nonce", "n"), ("--account", "0" * 32), ("--evidence", "evidence.json")]
)
def test_what_belongs_to_one_token_is_not_for_many(desk: Desk, more: tuple[str, ...]) -> None:
    write_people()
    assert code(desk, *BULK, *more) == (2, "usage.argument")
    assert not Path("tokens.jsonl").exists()


def test_many_at_once_need_a_registry_an_output_and_a_level(desk: Desk) -> None:
    write_people()
    with_ledger = [word if word != "--registry" else "--ledger" for word in BULK]
    assert code(desk, *with_ledger) == (2, "bulk.registry")
    assert code(desk, *(word for word in BULK if word not in ("-o", "tokens.jsonl"))) == (2, "usage.argument")
    assert code(desk, *BULK[:-2]) == (2, "usage.argument")


def test_a_registry_that_is_not_there(desk: Desk) -> None:
    for arguments in (
        ("revoke", *REGISTRY, "0" * 32),
        ("status", *KEYS, *REGISTRY),
        ("introspect", *REGISTRY, "--issuer", ISSUER, "0" * 32),
    ):
        assert code(desk, *arguments) == (2, "registry.not-found")
    assert not Path("registry.sqlite").exists()
    assert desk.run("revoke", "0" * 32)[0] == 2
    assert desk.run("revoke", *REGISTRY, "--ledger", "ledger.json", "0" * 32)[0] == 2
