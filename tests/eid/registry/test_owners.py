"""Whose token it is when no account is named: the account to which the person's number leads, whatever its state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from eid import AuthenticationLevel, IndeterminateError, Issuer, Key, Level, Person, RefusedError
from eid.bulk import BulkOptions, issue_many
from eid.counter import decode_unverified, present_at_counter
from eid.counter_issue import issue_counter_credential
from eid.registry import Issuance, Registry
from eid.registry.issuance_schema import account_status, issued

from ..made import AUDIENCE, ISSUER, KEYS, LEVEL_TWO, PERSON, clock, issue, parts
from .scene import HOLDER, MANAGER, WOMAN, two

THREE = AuthenticationLevel.THREE
VCT = "https://id.example.vn/credential/person"
BULK = BulkOptions(level=Level.TWO, audience=AUDIENCE, auth_level=THREE)


def issuer_of(registry: Registry) -> Issuer:
    return Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance)


def owners(registry: Registry) -> set[str]:
    with registry.database.reading() as connection:
        return {bytes(each).hex() for each in connection.execute(sa.select(issued.c.account)).scalars()}


def code_of(issuer: Issuer, **options: Any) -> bytes:
    wanted = {"counter": AUDIENCE, "auth_level": THREE, "evidence": LEVEL_TWO, "holder": None, **options}
    return issue_counter_credential(issuer, PERSON, Level.TWO, **wanted)


def bulk(registry: Registry, folder: Path, *people: Person) -> list[dict[str, Any]]:
    """The answers to one line for each of `people`, none of which names an account."""
    evidence = [{"kind": e.kind, "method": e.method, "time": e.time.isoformat()} for e in LEVEL_TWO]
    lines = [json.dumps({"person": person.to_claims(), "evidence": evidence}) for person in people]
    source, target = folder / "people.jsonl", folder / "tokens.jsonl"
    source.write_text("\n".join(lines) + "\n")
    issue_many(issuer_of(registry), source, target, BULK)
    return [json.loads(line) for line in target.read_text().splitlines()]


def attempts(registry: Registry) -> list[Any]:
    made, device = issuer_of(registry), Key.generate()
    about: dict[str, Any] = {"vct": VCT, "evidence": LEVEL_TWO}
    return [
        lambda: issue(made),
        lambda: made.issue_credential(PERSON, Level.TWO, holder=device, **about),
        lambda: made.issue_credentials(PERSON, Level.TWO, holders=[device], **about),
        lambda: code_of(made),
    ]


@pytest.mark.parametrize("state", ["account.locked", "account.cancelled"])
def test_leaving_the_account_out_gets_nobody_around_a_lock_or_a_cancellation(registry: Registry, state: str) -> None:
    account = two(registry)
    if state == "account.locked":
        registry.accounts.lock(account.id, "own-request", by=HOLDER)
    else:
        registry.accounts.cancel(account.id, "death", by=MANAGER)
    for attempt in attempts(registry):
        with pytest.raises(RefusedError) as caught:
            attempt()
        assert caught.value.code == state
    assert owners(registry) == set()


def test_the_subject_is_the_same_with_and_without_the_account(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    named = parts(made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE))[1]["sub"]
    assert parts(issue(made))[1]["sub"] == named == KEYS.pseudonym(AUDIENCE, account.id)
    shown = present_at_counter(code_of(made), holder=None, challenge=None)
    assert decode_unverified(shown).unverified[2] == named


def test_whatever_is_issued_without_the_account_falls_with_it(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    token = issue(made)
    for attempt in attempts(registry):
        attempt()
    assert owners(registry) == {account.id}
    registry.accounts.lock(account.id, "own-request", by=HOLDER)
    assert made.introspect(token).code == "account.locked"


def test_a_number_that_was_replaced_still_leads_to_the_account(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    new = Person.from_claims({**PERSON.to_claims(), "personal_number": "001090123457"})
    registry.accounts.replace_number(account.id, new)
    for person in (PERSON, new):
        assert parts(issue(made, person=person))[1]["sub"] == KEYS.pseudonym(AUDIENCE, account.id)


def test_people_without_an_account_are_issued_to_as_before(registry: Registry) -> None:
    made = issuer_of(registry)
    assert parts(issue(made))[1]["sub"] == parts(issue(Issuer(ISSUER, KEYS, clock=clock())))[1]["sub"]
    assert owners(registry) == {made.drafts.account_of(PERSON)}


def test_a_store_without_accounts_looks_for_none(registry: Registry) -> None:
    two(registry)
    made = Issuer(ISSUER, KEYS, clock=clock(), registry=Issuance(registry.database))
    issue(made)
    assert owners(registry) == {made.drafts.account_of(PERSON)}


def test_lines_without_accounts_are_refused_and_named_alike(registry: Registry, tmp_path: Path) -> None:
    locked, active = two(registry), two(registry, WOMAN)
    registry.accounts.lock(locked.id, "own-request", by=HOLDER)
    refused, given = bulk(registry, tmp_path, PERSON, WOMAN)
    assert refused["code"] == "account.locked"
    assert given["subject"] == parts(given["token"])[1]["sub"] == KEYS.pseudonym(AUDIENCE, active.id)
    assert owners(registry) == {active.id}


def test_a_batch_of_lines_asks_for_its_accounts_once(registry: Registry, tmp_path: Path) -> None:
    people = [Person.from_claims({**PERSON.to_claims(), "personal_number": f"0010901{n:05d}"}) for n in range(40)]
    asked: list[str] = []
    sa.event.listen(registry.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    bulk(registry, tmp_path, *people)
    assert len([each for each in asked if "eid_account_numbers" in each]) == 1


def test_a_line_signed_again_keeps_its_subject_when_the_account_was_opened_since(
    registry: Registry, tmp_path: Path
) -> None:
    (first,) = bulk(registry, tmp_path, PERSON)
    two(registry)
    (tmp_path / "tokens.jsonl").unlink()
    (again,) = bulk(registry, tmp_path, PERSON)
    assert (again["subject"], again["token_id"]) == (first["subject"], first["token_id"])
    assert parts(again["token"])[1]["sub"] == first["subject"]


# rows that somebody else wrote


def _set(registry: Registry, statement: Any) -> None:
    with registry.database.writing() as connection:
        connection.execute(statement)


def test_a_status_that_is_none_is_no_answer_and_nothing_is_issued(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    token = issue(made)
    entry = parts(token)[1]["status"]["status_list"]
    looks = [
        lambda: made.introspect(token),
        lambda: registry.issuance.status(entry["uri"], entry["idx"], 0),
        lambda: list(made.status_tokens()),
    ]
    key = bytes.fromhex(account.id)
    for wrong, right, also in (
        (issued.update().values(status=7), issued.update().values(status=0), []),
        (
            account_status.insert().values(account=key, status=7, ends=1 << 40),
            account_status.delete(),
            [lambda: issue(made)],
        ),
    ):
        _set(registry, wrong)
        for look in (*looks, *also):
            with pytest.raises(IndeterminateError) as caught:
                look()
            assert caught.value.code == "registry.row"
        _set(registry, right)
        assert made.introspect(token).active


@pytest.mark.parametrize(("column", "value"), [("kind", 0), ("kind", 9), ("level", 9)])
def test_a_kind_or_level_that_is_none_is_no_answer(registry: Registry, column: str, value: int) -> None:
    made = issuer_of(registry)
    token = issue(made)
    _set(registry, issued.update().values({column: value}))
    with pytest.raises(IndeterminateError) as caught:
        made.introspect(token)
    assert caught.value.code == "registry.row"
