"""Who may hold which level, and the life of an account: pure rules, no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid import EidError, Evidence, Level, MalformedError, Person, RefusedError, UsageError
from eid.accounts import ACCOUNT_RULES, Account, Act, Asker, Event, Link, LinkKind, Organisation, Rules, State, decide
from eid.accounts.events import follow
from eid.accounts.grounds import account_rules_at
from eid.consent import Consent
from eid.evidence import check_evidence, check_holder, holder_of, rules_at
from eid.rules import RULES, VIETNAM, HolderKind

from .made import LEVEL_ONE, LEVEL_TWO, NOW, NOW_S, PERSON

ID, OTHER = "a" * 32, "b" * 32
RULE = Rules()
GUARDIAN = Link(kind=LinkKind.GUARDIAN, account=OTHER, since=NOW)
LEGAL = Link(kind=LinkKind.LEGAL, account=OTHER, since=NOW)
PASSPORT = [Evidence(kind="passport", method="in-person", time=NOW - timedelta(days=8)), *LEVEL_TWO[1:]]
COMPANY = Organisation(code="0100100100", name="Công ty TNHH Kiểm Thử")


def born(age: int, *, days: int = 0, nationality: str = "VN") -> Person:
    """Someone who turned `age` so many days before NOW's day in Vietnam."""
    today = NOW.astimezone(VIETNAM).date()
    day = today.replace(year=today.year - age) - timedelta(days=days)
    return Person(number="001218000001", full_name="Nguyễn Văn B", birth_date=day, sex="male", nationality=nationality)


def code(run: Callable[[], object]) -> str:
    with pytest.raises(EidError) as caught:
        run()
    return caught.value.code


def opened(level: Level = Level.ONE, person: Person = PERSON) -> Account:
    evidence = LEVEL_ONE if level is Level.ONE else LEVEL_TWO
    return follow(ID, None, decide.register(person, level, evidence, [], NOW_S, RULE))


def after(account: Account, *events: Event) -> Account:
    for event in events:
        account = follow(ID, account, event)
    return account


def locked(account: Account, *grounds: str, by: Asker = Asker.MANAGER) -> Account:
    for ground in grounds:
        account = after(account, decide.lock(account, ground, by, None, NOW_S, RULE))
    return account


# --- who may hold what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nationality", ["VN", "US"])
@pytest.mark.parametrize(
    ("age", "days", "levels"),
    [(0, 0, {1}), (6, -1, {1}), (6, 0, {1, 2}), (13, 0, {1, 2}), (14, 0, {1, 2}), (99, 0, {1, 2})],
)
def test_nd_69_2024_ages(age: int, days: int, levels: set[int], nationality: str) -> None:
    person = born(age, days=days, nationality=nationality)
    for level in Level:
        if level.number in levels:
            check_holder(level, person, NOW_S, RULES[0])
        else:
            assert code(lambda level=level: check_holder(level, person, NOW_S, RULES[0])) == "level.age"


@pytest.mark.parametrize("level", list(Level))
def test_nd_59_2022_under_14_has_no_level(level: Level) -> None:
    assert code(lambda: check_holder(level, born(14, days=-1), NOW_S, RULES[1])) == "level.too-young"
    check_holder(level, born(14), NOW_S, RULES[1])


def test_a_birthday_counts_by_the_day_in_vietnam() -> None:
    late = int(datetime(2026, 11, 21, 17, 0, tzinfo=UTC).timestamp())  # midnight in Hà Nội
    child = Person(number="001220000001", full_name="B", birth_date=date(2020, 11, 22), sex="male")
    check_holder(Level.TWO, child, late, RULES[0])
    assert code(lambda: check_holder(Level.TWO, child, late - 1, RULES[0])) == "level.age"


def test_citizens_show_a_card_and_foreigners_a_passport() -> None:
    check_evidence(Level.TWO, PASSPORT, NOW_S, holder=HolderKind.FOREIGNER)
    assert code(lambda: check_evidence(Level.TWO, PASSPORT, NOW_S, holder=HolderKind.CITIZEN)) == "evidence.missing"
    card = [Evidence(kind="card", method="in-person", time=NOW), *LEVEL_TWO[1:]]
    check_evidence(Level.TWO, card, NOW_S, holder=HolderKind.CITIZEN)
    assert code(lambda: check_evidence(Level.TWO, card, NOW_S, holder=HolderKind.FOREIGNER)) == "evidence.missing"


def test_a_paper_shown_from_afar_does_not_count() -> None:
    afar = [Evidence(kind="card", method="app", time=NOW), *PASSPORT]
    assert code(lambda: check_evidence(Level.TWO, afar, NOW_S, holder=HolderKind.CITIZEN)) == "evidence.remote"


def test_other_rules_can_be_given() -> None:
    own = replace(RULES[0], name="own", requirements={**RULES[0].requirements, Level.ONE: ()})
    assert check_evidence(Level.ONE, LEVEL_ONE[:1], NOW_S, rules=[own])[0].name == "own"
    assert code(lambda: rules_at(0, [own])) == "evidence.no-rule"


def test_organisations_have_no_level() -> None:
    assert all(not rules.levels(HolderKind.ORGANISATION, age) for rules in RULES for age in (0, 6, 14, 99))
    assert code(lambda: decide.register(COMPANY, Level.ONE, [], [LEGAL], NOW_S, RULE)) == "account.no-level"
    assert code(lambda: decide.register(COMPANY, None, LEVEL_ONE, [LEGAL], NOW_S, RULE)) == "account.no-level"
    company = follow(ID, None, decide.register(COMPANY, None, [], [LEGAL], NOW_S, RULE))
    assert (company.kind, company.level, company.holder) == (HolderKind.ORGANISATION, None, COMPANY)
    assert code(lambda: decide.raise_level(company, Level.TWO, LEVEL_TWO, NOW_S, RULE)) == "account.no-level"


def test_who_needs_a_representative() -> None:
    child = born(14, days=-1)
    for link in ([], [LEGAL]):
        refused = code(lambda link=link: decide.register(child, Level.ONE, LEVEL_ONE, link, NOW_S, RULE))
        assert refused == "account.representative-needed"
    assert follow(ID, None, decide.register(child, Level.ONE, LEVEL_ONE, [GUARDIAN], NOW_S, RULE)).links == (GUARDIAN,)
    decide.register(born(14), Level.ONE, LEVEL_ONE, [], NOW_S, RULE)
    assert code(lambda: decide.register(COMPANY, None, [], [GUARDIAN], NOW_S, RULE)) == "account.representative-needed"


def test_a_representative_is_active_and_at_level_two() -> None:
    decide.check_representative(opened(Level.TWO), NOW_S, RULE)
    for account in (opened(), locked(opened(Level.TWO), "terms-breach")):
        assert (
            code(lambda account=account: decide.check_representative(account, NOW_S, RULE)) == "account.representative"
        )


def test_nationality_tells_the_kind_of_holder() -> None:
    assert holder_of(born(20)) is HolderKind.CITIZEN
    assert holder_of(born(20, nationality="USA")) is HolderKind.FOREIGNER


# --- levels and evidence ------------------------------------------------------------------------------------------


def test_raise_and_renew() -> None:
    account = after(opened(), decide.raise_level(opened(), Level.TWO, LEVEL_TWO, NOW_S, RULE))
    assert (account.level, account.evidence, account.rule_set, account.seq) == (
        Level.TWO,
        tuple(LEVEL_TWO),
        "nd-69-2024",
        2,
    )
    assert code(lambda: decide.raise_level(account, Level.TWO, LEVEL_TWO, NOW_S, RULE)) == "account.level"
    assert code(lambda: decide.raise_level(account, Level.ONE, LEVEL_ONE, NOW_S, RULE)) == "account.level"
    later = [replace(item, time=NOW) for item in LEVEL_TWO]
    assert after(account, decide.renew(account, later, NOW_S, RULE)).evidence == tuple(later)
    assert code(lambda: decide.renew(account, LEVEL_ONE, NOW_S, RULE)) == "evidence.missing"


def test_an_account_keeps_the_rule_set_that_it_was_raised_under() -> None:
    then = datetime(2023, 1, 1, tzinfo=UTC)
    old = [replace(item, time=then) for item in LEVEL_TWO]
    event = decide.register(PERSON, Level.TWO, old, [], int(then.timestamp()), RULE)
    assert follow(ID, None, event).rule_set == "nd-59-2022"


@pytest.mark.parametrize("state", ["locked", "cancelled"])
def test_nothing_is_raised_on_an_account_that_is_not_active(state: str) -> None:
    account = locked(opened(), "terms-breach")
    if state == "cancelled":
        account = after(account, decide.cancel(account, "own-request", Asker.HOLDER, NOW_S, RULE))
    consent = Consent(audience="H26.19", claims=frozenset({"name"}), given=NOW)
    for run in (
        lambda: decide.raise_level(account, Level.TWO, LEVEL_TWO, NOW_S, RULE),
        lambda: decide.renew(account, LEVEL_ONE, NOW_S, RULE),
        lambda: decide.consent(account, consent, NOW_S),
        lambda: decide.represent(account, replace(GUARDIAN, kind=LinkKind.PROXY), NOW_S),
    ):
        assert code(run) == f"account.{state}"


# --- locks --------------------------------------------------------------------------------------------------------


def test_several_grounds_at_once_all_must_go() -> None:
    account = locked(opened(), "terms-breach", "card-revoked")
    account = after(account, decide.unlock(account, "card-revoked", Asker.SYSTEM, NOW_S, RULE))
    assert account.state is State.LOCKED
    account = after(account, decide.unlock(account, "terms-breach", Asker.MANAGER, NOW_S, RULE))
    assert (account.state, account.locks) == (State.ACTIVE, ())


def test_never_unlocked_after_death() -> None:
    account = locked(opened(), "card-revoked", "death")
    for ground in ("death", "card-revoked"):
        for by in Asker:
            assert code(lambda by=by, ground=ground: decide.unlock(account, ground, by, NOW_S, RULE)) == "account.final"
    account = after(account, decide.cancel(account, "death", Asker.SYSTEM, NOW_S, RULE))
    assert (account.state, account.again) == (State.CANCELLED, False)


def test_a_death_cannot_be_cancelled_away_on_own_request() -> None:
    account = locked(opened(), "death")
    assert not after(account, decide.cancel(account, "own-request", Asker.HOLDER, NOW_S, RULE)).again


@pytest.mark.parametrize(
    ("ground", "by", "expected"),
    [
        ("own-request", Asker.HOLDER, None),
        ("own-request", Asker.MANAGER, "account.asker"),
        ("own-request", Asker.RELYING_PARTY, "account.asker"),
        ("terms-breach", Asker.HOLDER, "account.asker"),
        ("death", Asker.HOLDER, "account.asker"),
        ("proceedings", Asker.PROCEEDINGS, None),
        ("proceedings", Asker.AUTHORITY, "account.asker"),
        ("travel-document-expired", Asker.SYSTEM, "account.ground"),  # a citizen
        ("organisation-stopped", Asker.SYSTEM, "account.ground"),
        ("relying-party", Asker.RELYING_PARTY, "account.ground"),  # of the older decree
        ("registered-in-error", Asker.MANAGER, "account.ground"),  # only to cancel
        ("", Asker.MANAGER, "account.ground"),
        ("because", Asker.MANAGER, "account.ground"),
    ],
)
def test_who_may_ask_for_a_lock(ground: str, by: Asker, expected: str | None) -> None:
    def run() -> Event:
        return decide.lock(opened(), ground, by, None, NOW_S, RULE)

    if expected is None:
        assert after(opened(), run()).state is State.LOCKED
    else:
        assert code(run) == expected


def test_unlocking_is_asked_by_who_may() -> None:
    account = locked(opened(), "terms-breach")
    assert code(lambda: decide.unlock(account, "terms-breach", Asker.HOLDER, NOW_S, RULE)) == "account.asker"
    assert code(lambda: decide.unlock(account, "terms-breach", Asker.SYSTEM, NOW_S, RULE)) == "account.asker"
    assert code(lambda: decide.unlock(account, "own-request", Asker.HOLDER, NOW_S, RULE)) == "account.not-locked"
    assert (
        code(lambda: decide.lock(account, "terms-breach", Asker.MANAGER, None, NOW_S, RULE)) == "account.locked-already"
    )


def test_the_older_decree_let_relying_parties_ask() -> None:
    then = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp())
    decide.lock(opened(), "relying-party", Asker.RELYING_PARTY, None, then, RULE)


def test_an_end_is_stated_for_automatic_grounds_only() -> None:
    end = NOW + timedelta(days=1)
    event = decide.lock(opened(), "card-revoked", Asker.SYSTEM, end, NOW_S, RULE)
    assert after(opened(), event).locks[0].until == end
    for ground, by, until in (("own-request", Asker.HOLDER, end), ("card-revoked", Asker.SYSTEM, NOW)):
        with pytest.raises(UsageError):
            decide.lock(opened(), ground, by, until, NOW_S, RULE)


def test_a_foreigner_whose_travel_document_expired() -> None:
    foreigner = born(30, nationality="US")
    account = follow(ID, None, decide.register(foreigner, Level.TWO, PASSPORT, [], NOW_S, RULE))
    account = after(account, decide.lock(account, "travel-document-expired", Asker.SYSTEM, None, NOW_S, RULE))
    assert (
        after(account, decide.unlock(account, "travel-document-expired", Asker.SYSTEM, NOW_S, RULE)).state == "active"
    )


def test_a_cancelled_account_takes_no_act_but_the_purge() -> None:
    account = after(opened(), decide.cancel(opened(), "own-request", Asker.HOLDER, NOW_S, RULE))
    for run in (
        lambda: decide.cancel(account, "own-request", Asker.HOLDER, NOW_S, RULE),
        lambda: decide.lock(account, "terms-breach", Asker.MANAGER, None, NOW_S, RULE),
        lambda: decide.unlock(account, "own-request", Asker.HOLDER, NOW_S, RULE),
        lambda: decide.correct(account, PERSON, NOW_S),
        lambda: decide.replace_number(account, born(20), NOW_S),
        lambda: decide.represent(account, GUARDIAN, NOW_S),
        lambda: decide.withdraw(account, "x", NOW_S),
    ):
        assert code(run) == "account.cancelled"


def test_rules_have_no_gap_and_name_what_exists() -> None:
    for newer, older in pairwise(ACCOUNT_RULES):
        assert older.valid_to == newer.valid_from - timedelta(days=1)
    for rules in ACCOUNT_RULES:
        names = [ground.name for ground in rules.grounds]
        assert len(set(names)) == len(names)
        assert all(ground.lockers or ground.cancellers for ground in rules.grounds)
        assert all(not ground.unlockers for ground in rules.grounds if ground.final)
    assert code(lambda: account_rules_at(0)) == "account.no-rule"


# --- numbers, corrections, retention -------------------------------------------------------------------------------


def test_a_correction_keeps_the_number_and_a_new_number_keeps_the_history() -> None:
    account = after(opened(), decide.correct(opened(), replace(PERSON, residence="Hà Nội"), NOW_S))
    assert account.person is not None
    assert account.person.residence == "Hà Nội"
    assert code(lambda: decide.correct(account, born(20), NOW_S)) == "account.holder"
    assert code(lambda: decide.correct(account, COMPANY, NOW_S)) == "account.holder"
    fresh = replace(PERSON, number="001190123456", sex="female")
    account = after(account, decide.replace_number(account, fresh, NOW_S + 60))
    assert [i.value for i in account.identifiers] == ["001090123456", "001190123456"]
    assert [i.until is None for i in account.identifiers] == [False, True]
    assert code(lambda: decide.replace_number(account, PERSON, NOW_S)) == "account.holder"
    assert code(lambda: decide.replace_number(account, COMPANY, NOW_S)) == "account.holder"


@pytest.mark.parametrize(
    ("cancelled", "asked", "allowed"),
    [
        (datetime(2026, 11, 21, 2, 0, tzinfo=UTC), datetime(2031, 11, 21, 16, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 21, 2, 0, tzinfo=UTC), datetime(2031, 11, 21, 17, 0, tzinfo=UTC), True),
        (datetime(2028, 2, 29, 2, 0, tzinfo=UTC), datetime(2033, 3, 1, 2, 0, tzinfo=UTC), False),
        (datetime(2028, 2, 29, 2, 0, tzinfo=UTC), datetime(2033, 3, 2, 2, 0, tzinfo=UTC), True),
    ],
)
def test_data_is_kept_for_five_years(cancelled: datetime, asked: datetime, allowed: bool) -> None:
    event = decide.cancel(opened(), "own-request", Asker.HOLDER, int(cancelled.timestamp()), RULE)
    account = after(opened(), event)
    if not allowed:
        assert code(lambda: decide.purge(account, int(asked.timestamp()), RULE)) == "account.retention"
        return
    purged = after(account, decide.purge(account, int(asked.timestamp()), RULE))
    assert (purged.holder, purged.identifiers, purged.evidence) == (None, (), ())
    assert code(lambda: decide.purge(purged, int(asked.timestamp()), RULE)) == "account.purged"


def test_only_a_cancelled_account_is_purged() -> None:
    assert code(lambda: decide.purge(opened(), NOW_S, RULE)) == "account.not-cancelled"


def test_an_account_names_nobody_in_its_repr() -> None:
    shown = repr(opened()) + repr(opened().identifiers) + repr(COMPANY)
    assert "Nguyễn" not in shown
    assert "001090123456" not in shown
    assert "001090123456" not in str(opened().to_json())
    assert "001090123456" in str(opened().to_json(show_numbers=True))


# --- what a forged history may say -----------------------------------------------------------------------------------


def test_a_history_that_unlocks_after_death_is_refused() -> None:
    account = locked(opened(), "death")
    with pytest.raises(MalformedError):
        follow(ID, account, Event(act=Act.UNLOCK, time=NOW_S, facts={"ground": "death"}))


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.PURGE])
def test_a_history_goes_nowhere_after_the_cancellation(act: Act) -> None:
    account = after(opened(), decide.cancel(opened(), "own-request", Asker.HOLDER, NOW_S, RULE))
    with pytest.raises(MalformedError):
        follow(ID, account, Event(act=act, time=NOW_S, facts={"level": "level-2", "rule_set": "x", "ground": "x"}))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["kind", "level", "rule_set", "ground", "text", "text_vi", "by", "until", "final", "again", "person", "evidence",
     "links", "link", "account", "since", "consent", "audience", "organisation"]
)  # fmt: skip


@given(
    st.sampled_from(list(Act)),
    st.integers(),
    st.dictionaries(_KEYS, _JSON, max_size=6),
    st.none() | st.dictionaries(_KEYS, _JSON, max_size=6),
    st.booleans(),
)
def test_any_event_gives_an_account_or_our_error(act, time, facts, personal, first) -> None:
    event = Event(act=act, time=time, facts=facts, personal=personal)
    try:
        assert isinstance(follow(ID, None if first else locked(opened(), "terms-breach"), event), Account)
    except MalformedError as e:
        assert e.code == "account.malformed"


_STEPS: Sequence[tuple[str, str, Asker]] = [
    (verb, ground.name, by)
    for verb in ("lock", "unlock", "cancel")
    for ground in ACCOUNT_RULES[0].grounds
    for by in Asker
]


@given(st.lists(st.sampled_from(_STEPS), max_size=25))
def test_the_state_machine_keeps_its_promises(steps: list[tuple[str, str, Asker]]) -> None:
    account, dead = opened(), False
    for verb, ground, by in steps:
        try:
            if verb == "lock":
                event = decide.lock(account, ground, by, None, NOW_S, RULE)
            else:
                event = getattr(decide, verb)(account, ground, by, NOW_S, RULE)
        except RefusedError:
            continue
        was, account = account, after(account, event)
        assert was.state is not State.CANCELLED
        dead = dead or (verb == "lock" and ground == "death")
        assert not (dead and account.state is State.ACTIVE)
        assert (account.state is State.LOCKED) == bool(account.locks)


@pytest.mark.parametrize(
    "fields",
    [{"code": ""}, {"code": 5}, {"name": "a\0"}, {"name": " "}, {"founded": NOW}, {"code": "x" * 41}, {"address": ""}],
)
def test_what_is_no_organisation(fields: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        Organisation(**{"code": "1", "name": "A", **fields})


@given(_JSON | st.dictionaries(st.sampled_from(["code", "name", "founded", "x"]), _JSON))
def test_any_json_is_an_organisation_or_our_error(value) -> None:
    try:
        found = Organisation.from_json(value)
    except EidError:
        return
    assert Organisation.from_json(found.to_json()) == found


@pytest.mark.parametrize(("ground", "by"), [("proceedings", Asker.PROCEEDINGS), ("authority", Asker.AUTHORITY)])
def test_who_is_locked_by_a_body_cannot_cancel_and_come_back(ground: str, by: Asker) -> None:
    account = locked(opened(), ground, by=by)
    assert code(lambda: decide.cancel(account, "own-request", Asker.HOLDER, NOW_S, RULE)) == "account.locked"
    assert code(lambda: decide.cancel(account, "registered-in-error", Asker.MANAGER, NOW_S, RULE)) == "account.locked"
    freed = after(account, decide.unlock(account, ground, by, NOW_S, RULE))
    assert after(freed, decide.cancel(freed, "own-request", Asker.HOLDER, NOW_S, RULE)).again
    dead = locked(account, "death")
    assert not after(dead, decide.cancel(dead, "death", Asker.MANAGER, NOW_S, RULE)).again


@pytest.mark.parametrize("by", [Asker.MANAGER, Asker.RELYING_PARTY, "clerk"])
def test_nobody_agrees_in_the_holders_place(by: str) -> None:
    given_by = Consent(audience="H26.19", claims=frozenset({"personal_number"}), given=NOW, by=by)
    assert code(lambda: decide.consent(opened(), given_by, NOW_S)) == "consent.asker"
