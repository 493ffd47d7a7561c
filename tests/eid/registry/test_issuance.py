"""Issuing with a registry: rows before tokens, locks at once, lists from rows; on SQLite and PostgreSQL."""

from __future__ import annotations

import secrets
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from eid import (
    AuthenticationLevel,
    IndeterminateError,
    Issuer,
    Key,
    Level,
    OpenedStatusList,
    Person,
    RefusedError,
    Status,
    UsageError,
    VerificationError,
    Verifier,
)
from eid.consent import Consent
from eid.issuance import NewToken
from eid.issuer import FORGET_S
from eid.registry import Issuance, Registry, RegistryReplay
from eid.registry.issuance_schema import issued
from eid.registry.lists import TOKENS_NOT_VALID, tokens_of, worst
from eid.registry.permutation import Permutation

from ..made import AUDIENCE, ISSUER, KEYS, LEVEL_TWO, NOW, NOW_S, PERSON, PUBLIC, clock, issue, parts
from .scene import COMPANY, HOLDER, MANAGER, WOMAN, company, one, two

THREE = AuthenticationLevel.THREE


def issuer_of(registry: Registry, s: float = 0, **options: Any) -> Issuer:
    return Issuer(ISSUER, KEYS, clock=clock(s), registry=registry.issuance, **options)


def entry_of(token: str) -> tuple[str, int]:
    entry = parts(token)[1]["status"]["status_list"]
    return entry["uri"], entry["idx"]


def verifier_of(registry: Registry, s: float = 0, **options: Any) -> Verifier:
    given = {"issuer": ISSUER, "audience": AUDIENCE, "status": registry.issuance, "replay": None, "clock": clock(s)}
    return Verifier(PUBLIC, **{**given, **options})


def judged(registry: Registry, token: str) -> str | None:
    try:
        verifier_of(registry).verify(token, level=Level.ONE)
    except VerificationError as e:
        return e.code
    return None


def lists_of(registry: Registry, s: float = 0) -> dict[str, OpenedStatusList]:
    return {uri: OpenedStatusList.open(token, PUBLIC) for uri, token in issuer_of(registry, s).status_tokens()}


# rows


def test_a_token_is_entered_and_neither_it_nor_its_claims_are_kept(registry: Registry) -> None:
    token = issue(issuer_of(registry), nonce="n-secret-nonce")
    with registry.database.reading() as connection:
        (row,) = connection.execute(sa.select(issued)).all()
    assert (row.issued, row.expires, row.status, row.level, row.kind) == (NOW_S, NOW_S + 300, 0, 2, 1)
    with registry.database.reading() as connection:
        tables = sa.inspect(connection).get_table_names()
        everything = str([connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in tables])
    claims = parts(token)[1]
    for kept_secret in (
        PERSON.full_name,
        PERSON.number.value,
        AUDIENCE,
        claims["sub"],
        "n-secret",
        token.split(".")[2],
    ):
        assert kept_secret not in everything


def test_nothing_is_issued_when_it_cannot_be_entered(registry: Registry) -> None:
    made = issuer_of(registry)
    before = issue(made)
    with registry.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE eid_issued RENAME TO eid_gone")
    with pytest.raises(IndeterminateError) as caught:
        issue(made)
    assert (caught.value.code, caught.value.exit_status) == ("registry.unavailable", 3)
    with pytest.raises(IndeterminateError):
        made.introspect(before)
    with pytest.raises(IndeterminateError):
        list(made.status_tokens())


def test_refused_calls_enter_nothing(registry: Registry) -> None:
    made = issuer_of(registry)
    for options in ({"nonce": ""}, {"life_s": 0}, {"evidence": []}, {"claims": ("personal_number",)}):
        with pytest.raises((UsageError, RefusedError)):
            issue(made, **options)
    with registry.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(issued)).scalar() == 0


def test_tokens_verify_beside_the_registry_and_with_its_lists(registry: Registry) -> None:
    token = issue(issuer_of(registry))
    verifier_of(registry).verify(token, level=Level.TWO)
    uri, _ = entry_of(token)
    verifier_of(registry, status=lists_of(registry)[uri]).verify(token, level=Level.TWO)


# accounts


def test_issuing_on_the_word_of_an_account(registry: Registry) -> None:
    account, made = one(registry), issuer_of(registry)
    first = made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE)
    registry.accounts.raise_level(account.id, Level.TWO, evidence=LEVEL_TWO)
    second = made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE, nonce="n")
    levels = [parts(token)[1]["verified_claims"]["verification"]["assurance_level"] for token in (first, second)]
    assert levels == ["level-1", "level-2"]
    assert parts(first)[1]["sub"] == parts(second)[1]["sub"]
    assert registry.issuance.find(parts(first)[1]["jti"], NOW_S).account == account.id


def test_the_number_goes_where_the_holder_agreed_and_nowhere_else(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    ask = {"auth_level": THREE, "claims": ["personal_number"]}
    with pytest.raises(RefusedError):
        made.issue_for(account.id, audience=AUDIENCE, **ask)
    registry.accounts.consent(
        account.id, Consent(audience=AUDIENCE, claims=frozenset({"personal_number"}), given=NOW), by=HOLDER
    )
    claims = parts(made.issue_for(account.id, audience=AUDIENCE, **ask))[1]["verified_claims"]["claims"]
    assert claims == {"personal_number": PERSON.number.value}
    with pytest.raises(RefusedError):
        made.issue_for(account.id, audience="H26.20", **ask)
    registry.accounts.withdraw(account.id, AUDIENCE, by=HOLDER)
    with pytest.raises(RefusedError) as caught:
        made.issue_for(account.id, audience=AUDIENCE, **ask)
    assert caught.value.code == "consent.missing"


def test_a_lock_suspends_every_token_at_once_and_nothing_more_is_issued(registry: Registry) -> None:
    account, other, made = two(registry), two(registry, WOMAN), issuer_of(registry)
    tokens = [made.issue_for(account.id, audience=a, auth_level=THREE) for a in (AUDIENCE, "H26.20", AUDIENCE)]
    mine = made.issue_for(other.id, audience=AUDIENCE, auth_level=THREE)
    registry.accounts.lock(account.id, "own-request", by=HOLDER)
    assert [made.introspect(token).code for token in tokens] == ["account.locked"] * 3
    assert judged(registry, tokens[0]) == "token.suspended"
    lists = lists_of(registry)
    for token in tokens:
        uri, index = entry_of(token)
        assert lists[uri].status(uri, index, NOW_S) is Status.SUSPENDED
    assert judged(registry, mine) is None
    for refused in (
        lambda: made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE),
        lambda: issue(made, account=account.id),
    ):
        with pytest.raises(RefusedError) as caught:
            refused()
        assert caught.value.code == "account.locked"


def test_unlocking_gives_back_all_but_what_was_revoked_or_suspended_by_itself(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    plain, gone, held = (made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE) for _ in range(3))
    made.revoke(gone)
    registry.accounts.lock(account.id, "own-request", by=HOLDER)
    made.revoke(held, status=Status.SUSPENDED)
    assert [made.introspect(t).code for t in (plain, gone, held)] == [
        "account.locked",
        "token.revoked",
        "account.locked",
    ]
    registry.accounts.unlock(account.id, "own-request", by=HOLDER)
    assert [made.introspect(t).code for t in (plain, gone, held)] == [None, "token.revoked", "token.suspended"]
    assert [judged(registry, t) for t in (plain, gone, held)] == [None, "token.revoked", "token.suspended"]
    made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE)


def test_a_cancelled_account_has_no_token_left(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    token = made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE)
    made.revoke(token, status=Status.SUSPENDED)
    registry.accounts.cancel(account.id, "registered-in-error", by=MANAGER)
    assert made.introspect(token).code == "account.cancelled"
    assert judged(registry, token) == "token.revoked"
    with pytest.raises(RefusedError) as caught:
        made.issue_for(account.id, audience=AUDIENCE, auth_level=THREE)
    assert caught.value.code == "account.cancelled"
    with pytest.raises(RefusedError) as caught:
        issue(made, account=account.id)
    assert caught.value.code == "account.cancelled"


def test_no_token_is_issued_for_a_person_under_anothers_account(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    elsewhere = "ab" * 16  # an account that is not kept here
    for person, named in ((WOMAN, account.id), (PERSON, two(registry, WOMAN).id), (PERSON, elsewhere)):
        with pytest.raises(RefusedError) as caught:
            issue(made, person=person, account=named)
        assert caught.value.code == "account.other-person"
    with pytest.raises(RefusedError) as caught:
        made.issue_credential(
            WOMAN, Level.TWO, vct="kind", evidence=LEVEL_TWO, holder=Key.generate(), account=account.id
        )
    assert caught.value.code == "account.other-person"
    assert made.introspect(issue(made, account=account.id)).active
    stranger = Person(number="001190000001", full_name="Lê Thị Thử", birth_date=WOMAN.birth_date, sex="female")
    assert made.introspect(issue(made, person=stranger, account=elsewhere)).active


def test_a_lock_that_is_undone_changes_no_token(registry: Registry) -> None:
    made = issuer_of(registry)
    token = issue(made, account="ab" * 16)
    with pytest.raises(ZeroDivisionError), registry.database.writing() as connection:
        registry.issuance.set_account_status(connection, "ab" * 16, Status.REVOKED)
        _ = 1 / 0
    assert made.introspect(token).active


def test_an_account_that_is_not_there_or_has_no_level(registry: Registry) -> None:
    made, (_, firm) = issuer_of(registry), company(registry)
    for account, code in (("0" * 32, "account.unknown"), (firm.id, "account.no-level")):
        with pytest.raises(RefusedError) as caught:
            made.issue_for(account, audience=AUDIENCE, auth_level=THREE)
        assert caught.value.code == code
    assert COMPANY.code


def test_a_registry_without_accounts(registry: Registry) -> None:
    made = Issuer(ISSUER, KEYS, clock=clock(), registry=Issuance(registry.database))
    with pytest.raises(UsageError):
        made.issue_for("0" * 32, audience=AUDIENCE, auth_level=THREE)
    assert made.introspect(issue(made)).active


# revoking and asking


def test_revoking_by_text_and_by_identifier(registry: Registry) -> None:
    made = issuer_of(registry)
    token, other = issue(made), issue(made)
    made.revoke(parts(token)[1]["jti"], status=Status.SUSPENDED)
    made.revoke(token, status=Status.VALID)
    assert made.revoke(token).index == entry_of(token)[1]
    assert [judged(registry, t) for t in (token, other)] == ["token.revoked", None]
    for status in (Status.VALID, Status.SUSPENDED):
        with pytest.raises(RefusedError) as caught:
            made.revoke(token, status=status)
        assert caught.value.code == "token.revoked"
    made.revoke(token)  # once more is no mistake


def test_another_process_finds_what_one_has_issued(registry: Registry) -> None:
    token = issue(issuer_of(registry))
    later = Issuer(ISSUER, KEYS, clock=clock(1), registry=Issuance(registry.database))
    later.revoke(token)
    assert judged(registry, token) == "token.revoked"


def test_identifiers_that_were_not_given_out(registry: Registry) -> None:
    made = issuer_of(registry)
    token_id = parts(issue(made))[1]["jti"]
    guessed = token_id[:-1] + ("0" if token_id[-1] != "0" else "1")
    elsewhere = "00000001" + "00000000" + token_id[16:]
    for unknown in (
        guessed,
        elsewhere,
        "f" * 32,
        "0" * 32,
        token_id.upper(),
        token_id[:-1],
        "",
        f"{token_id} ",
        "é" * 32,
    ):
        if unknown == token_id:
            continue
        assert made.introspect(unknown).code == "token.unknown", unknown
        with pytest.raises(RefusedError):
            made.revoke(unknown)


def test_any_identifier_and_any_entry_is_answered_or_not_known(registry: Registry) -> None:
    made = issuer_of(registry)
    issue(made)

    @given(st.text() | st.from_regex(r"[0-9a-f]{32}", fullmatch=True))
    def ask(token_id: str) -> None:
        assert not made.introspect(token_id).active

    @given(st.text() | st.just(f"{ISSUER}/status/1"), st.integers())
    def look(uri: str, index: int) -> None:
        if (uri, index) != taken:
            with pytest.raises(IndeterminateError):
                registry.issuance.status(uri, index, NOW_S)

    taken = entry_of(issue(issuer_of(registry)))
    registry.issuance.status(*taken, NOW_S)
    ask()
    registry.database.close()
    if registry.database.is_sqlite:
        look()


def test_worst_of_two_statuses() -> None:
    assert worst(Status.VALID, Status.VALID) is Status.VALID
    assert worst(Status.VALID, Status.SUSPENDED) is worst(Status.SUSPENDED, Status.VALID) is Status.SUSPENDED
    assert worst(Status.REVOKED, Status.SUSPENDED) is worst(Status.VALID, Status.REVOKED) is Status.REVOKED


# credentials


def test_credentials_are_entered_like_tokens_and_end_with_the_account(registry: Registry) -> None:
    account, made = two(registry), issuer_of(registry)
    wanted = {"vct": f"{ISSUER}/vct/person", "evidence": LEVEL_TWO, "account": account.id}
    single = made.issue_credential(PERSON, Level.TWO, holder=Key.generate(), **wanted)
    copies = made.issue_credentials(PERSON, Level.TWO, holders=[Key.generate() for _ in range(3)], **wanted)
    ids = [parts(text.partition("~")[0])[1]["jti"] for text in (single, *copies)]
    assert len({registry.issuance.find(name, NOW_S).index for name in ids}) == 4
    assert [made.introspect(shown).active for shown in (single, *copies, *ids)] == [True] * 8
    assert made.introspect(single, audience="anyone").to_dict()["token_type"] == "dc+sd-jwt"
    made.revoke(copies[0])
    registry.accounts.lock(account.id, "own-request", by=HOLDER)
    codes = [made.introspect(name).code for name in ids]
    assert codes == ["account.locked", "token.revoked", "account.locked", "account.locked"]
    lists = lists_of(registry)
    for name in ids:
        kept = registry.issuance.find(name, NOW_S)
        expected = Status.REVOKED if name == ids[1] else Status.SUSPENDED
        assert lists[kept.uri].status(kept.uri, kept.index, NOW_S) is expected
    with pytest.raises(RefusedError) as caught:
        made.issue_credential(PERSON, Level.TWO, holder=Key.generate(), **wanted)
    assert caught.value.code == "account.locked"


# lists


def small(registry: Registry, size: int) -> Issuer:
    return Issuer(ISSUER, KEYS, clock=clock(), registry=Issuance(registry.database, shard_size=size))


def test_a_full_list_is_followed_by_another_and_no_place_is_given_twice(registry: Registry) -> None:
    made = small(registry, 20)
    tokens = [issue(made, account=f"{n:032x}") for n in range(70)]
    entries = [entry_of(token) for token in tokens]
    assert len(set(entries)) == 70
    assert {uri for uri, _ in entries} >= {f"{ISSUER}/status/{n}" for n in (1, 2, 3, 4)}
    for token in tokens[::7]:
        made.revoke(token)
    lists = lists_of(registry)
    for n, (uri, index) in enumerate(entries):
        assert lists[uri].status(uri, index, NOW_S) is (Status.VALID if n % 7 else Status.REVOKED)


def test_places_do_not_tell_the_order_of_issue(registry: Registry) -> None:
    made = issuer_of(registry)
    indexes = [entry_of(issue(made))[1] for _ in range(40)]
    assert indexes != sorted(indexes)
    assert max(indexes) > 100_000
    steps = {later - earlier for earlier, later in pairwise(indexes)}
    assert len(steps) == 39


def test_issuers_in_one_registry_have_lists_of_their_own(registry: Registry) -> None:
    made = issuer_of(registry)
    other = Issuer("https://other.example.vn/", KEYS, clock=clock(), registry=registry.issuance)
    uris = {entry_of(issue(each))[0].rpartition("/")[0] for each in (made, other)}
    assert uris == {f"{ISSUER}/status", "https://other.example.vn/status"}
    assert other.introspect(issue(made)).code == "token.unknown"


def test_lists_whose_tokens_have_ended_are_published_no_more(registry: Registry) -> None:
    issue(small(registry, 1))
    assert len(lists_of(registry)) == 1
    assert len(lists_of(registry, 86_400 + 300)) == 1
    assert not list(issuer_of(registry, 86_400 + 301 + FORGET_S).status_tokens())


def test_ended_tokens_need_no_bit_in_a_list(registry: Registry) -> None:
    made = issuer_of(registry)
    token = issue(made)
    made.revoke(token)
    uri, index = entry_of(token)
    assert lists_of(registry, 300)[uri].status(uri, index, NOW_S + 300) is Status.REVOKED
    assert lists_of(registry, 301)[uri].status(uri, index, NOW_S + 301) is Status.VALID


def test_a_list_is_made_without_reading_the_tokens_that_are_valid(registry: Registry) -> None:
    if not registry.database.is_sqlite:
        pytest.skip("PostgreSQL decides by its statistics")
    with registry.database.reading() as connection:
        options = {"compile_kwargs": {"literal_binds": True}}
        by_account = str(tokens_of([b"0" * 16, b"1" * 16], NOW_S).compile(connection, **options))
        by_itself = TOKENS_NOT_VALID["sqlite"].bindparams(shard=1, now=NOW_S)
        for query, expected in (
            (by_account, "USING INDEX eid_issued_account (account=?)"),
            (str(by_itself.compile(connection, **options)), "USING INDEX eid_issued_not_valid (shard=?)"),
        ):
            plan = " / ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
            assert expected in plan


def test_batches_say_for_each_token_why_it_is_not_issued(registry: Registry) -> None:
    with registry.database.writing() as connection:
        registry.issuance.set_account_status(connection, "aa" * 16, Status.SUSPENDED)
        registry.issuance.set_account_status(connection, "bb" * 16, Status.REVOKED)
    accounts = ["aa" * 16, "cc" * 16, "bb" * 16, "dd" * 16]
    new = [NewToken(ISSUER, "dc+sd-jwt", Level.TWO, account, None, NOW_S, NOW_S + 10**8) for account in accounts]
    answers = registry.issuance.enter_many(new)
    codes = [answer.code if isinstance(answer, RefusedError) else None for answer in answers]
    assert codes == ["account.locked", None, "account.cancelled", None]
    assert registry.issuance.enter_many([]) == []
    kept = registry.issuance.find(answers[1].token_id, NOW_S)
    assert (kept.kind, kept.audience, kept.is_for("anyone")) == ("dc+sd-jwt", None, True)
    assert len(lists_of(registry, 10**7)) == 1  # as long as a credential lives


@pytest.mark.parametrize("size", [0, -1, 4_000_001, 1.0, True])
def test_lists_have_1_to_4_million_entries(registry: Registry, size: Any) -> None:
    with pytest.raises(UsageError):
        Issuance(registry.database, shard_size=size)


@given(st.integers(1, 5000), st.binary(min_size=1, max_size=40))
def test_a_permutation_is_one_and_can_be_undone(size: int, key: bytes) -> None:
    permuted = Permutation(key, size)
    places = [permuted.index(counter) for counter in range(size)]
    assert sorted(places) == list(range(size))
    assert [permuted.invert(place) for place in places] == list(range(size))


def test_permutations_differ_by_key() -> None:
    one_key, other = (Permutation(secrets.token_bytes(32), 4_000_000) for _ in range(2))
    assert sum(one_key.index(n) == other.index(n) for n in range(1000)) < 10
    assert all(0 <= one_key.index(n) < 4_000_000 for n in range(3_999_000, 4_000_000))


# replay


def test_a_token_is_used_once_by_all_verifiers_of_a_registry(registry: Registry) -> None:
    token = issue(issuer_of(registry))
    verifier_of(registry, replay=registry.replay).verify(token, level=Level.TWO)
    with pytest.raises(VerificationError) as caught:
        verifier_of(registry, replay=RegistryReplay(registry.database)).verify(token, level=Level.TWO)
    assert caught.value.code == "token.replayed"


def test_replay_memory_forgets_what_has_ended_long_ago(registry: Registry) -> None:
    memory = registry.replay
    assert memory.use("i", "a", NOW_S + 10, NOW_S)
    assert not memory.use("i", "a", NOW_S + 10, NOW_S)
    assert memory.use("other", "a", NOW_S + 10, NOW_S)
    assert not memory.use("i", "a", NOW_S + 10, NOW_S + 61)  # clocks differ
    assert memory.use("i", "a", NOW_S + 999, NOW_S + 131 + 61)


def test_replay_memory_that_does_not_answer_is_no_yes(registry: Registry) -> None:
    with registry.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE eid_used_tokens")
    with pytest.raises(IndeterminateError):
        registry.replay.use("i", "a", NOW_S + 10, NOW_S)
