"""Accounts in the registry, on SQLite and PostgreSQL: acts, who acts for whom, numbers, consent, the purge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from eid import EidError, Level, RefusedError, Status, UsageError
from eid.accounts import ACCOUNT_RULES, Account, Asker, LinkKind, Rules, State
from eid.consent import Consent
from eid.registry import AccountBook, Registry, open_registry

from ..made import KEYS, LEVEL_ONE, LEVEL_TWO, NOW, OTHER, PERSON, clock
from .scene import CHILD, COMPANY, FOREIGNER, HOLDER, MANAGER, PASSPORT, SYSTEM, WOMAN, child, company, one, two

SIX_YEARS = 6 * 366 * 86_400


def code(run: Callable[[], object]) -> str:
    with pytest.raises(EidError) as caught:
        run()
    return caught.value.code


def later(url: str, s: float) -> Registry:
    return open_registry(url, KEYS, clock=clock(s))


def test_the_life_of_an_account(registry: Registry) -> None:
    book = registry.accounts
    account = one(registry)
    book.raise_level(account.id, Level.TWO, evidence=LEVEL_TWO, note="TK01 số 12")
    book.renew(account.id, evidence=LEVEL_TWO)
    book.correct(account.id, replace(PERSON, residence="Số 2, Hà Nội"))
    book.lock(account.id, "own-request", by=HOLDER)
    book.unlock(account.id, "own-request", by=HOLDER)
    book.consent(account.id, Consent(audience="H26.19", claims=frozenset({"personal_number"}), given=NOW))
    shown = book.show(account.id)
    assert (shown.state, shown.level, shown.seq) == (State.ACTIVE, Level.TWO, 7)
    assert shown.person is not None
    assert shown.person.residence == "Số 2, Hà Nội"
    assert shown.consent_for("H26.19", ["personal_number"], int(NOW.timestamp()) + 1) is not None
    book.withdraw(account.id, "H26.19")
    book.cancel(account.id, "own-request", by=HOLDER)
    acts = [entry.act for entry in book.history(account.id)]
    assert acts == ["register", "raise", "renew", "correct", "lock", "unlock", "consent", "withdraw", "cancel"]
    assert book.verify_history().rows == 9


def test_everything_is_there_when_opened_again(registry: Registry, url: str) -> None:
    account = two(registry)
    with open_registry(url, KEYS, create=False) as again:
        assert again.accounts.show(account.id) == account
        assert again.accounts.find("001090123456") == account


def test_foreigners_and_organisations(registry: Registry) -> None:
    book = registry.accounts
    foreigner = book.register(FOREIGNER, Level.TWO, evidence=PASSPORT)
    assert (foreigner.kind, foreigner.level) == ("foreigner", Level.TWO)
    head, firm = company(registry)
    assert (firm.kind, firm.level, firm.holder) == ("organisation", None, COMPANY)
    assert book.find(COMPANY.code) == firm
    assert book.acting(head.id, firm.id).kind is LinkKind.LEGAL
    assert code(lambda: book.raise_level(firm.id, Level.TWO, evidence=LEVEL_TWO)) == "account.no-level"


def test_a_number_is_never_given_to_a_second_account(registry: Registry) -> None:
    book = registry.accounts
    first = one(registry)
    assert code(lambda: one(registry)) == "account.number-used"
    fresh = replace(PERSON, number="001190123456", sex="female")
    book.replace_number(first.id, fresh)
    assert book.find("001190123456").id == book.find("001090123456").id == first.id
    assert code(lambda: one(registry)) == "account.number-used"
    assert code(lambda: book.replace_number(first.id, PERSON)) == "account.holder"
    woman = one(registry, WOMAN)
    assert code(lambda: book.replace_number(woman.id, fresh)) == "account.number-used"
    assert book.show(woman.id) == woman
    book.cancel(first.id, "registered-in-error", by=MANAGER)
    assert code(lambda: one(registry)) == "account.number-used"  # it was replaced: nobody has it any more
    assert book.verify_history().accounts == 2


def test_who_cancelled_on_own_request_may_come_back_and_the_dead_not(registry: Registry) -> None:
    book = registry.accounts
    first = one(registry)
    book.cancel(first.id, "own-request", by=HOLDER)
    second = one(registry)
    assert book.find("001090123456") == second
    book.lock(second.id, "death", by=SYSTEM)
    book.cancel(second.id, "death", by=SYSTEM)
    assert code(lambda: one(registry)) == "account.number-used"
    book.verify_history()


def test_a_number_is_not_in_the_index_in_clear(registry: Registry) -> None:
    one(registry)
    with registry.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT keyed FROM eid_account_numbers").scalars().all()
    assert rows == [registry.accounts._writer.keyed("001090123456")]
    assert AccountBook(registry.database, OTHER)._writer.keyed("001090123456") not in rows


def test_unknown_accounts(registry: Registry) -> None:
    book = registry.accounts
    for unknown in ("0" * 32, "", "x" * 5000, "'; DROP TABLE eid_accounts", "\0" * 32, "ữ" * 32, "0" * 31 + "%"):
        for run in (book.show, book.history, book.purge):
            assert code(lambda run=run, unknown=unknown: run(unknown)) == "account.unknown"
    assert code(lambda: book.find("001090123456")) == "account.unknown"


def test_what_is_no_argument_is_a_usage_error(registry: Registry) -> None:
    book, account = registry.accounts, one(registry)
    wrong: list[Callable[[], object]] = [
        lambda: book.register("001090123456", Level.ONE, evidence=LEVEL_ONE),
        lambda: book.register(WOMAN, 1, evidence=LEVEL_ONE),
        lambda: book.register(WOMAN, None, evidence=LEVEL_ONE),
        lambda: book.register(WOMAN, Level.ONE, evidence="face"),
        lambda: book.register(WOMAN, Level.ONE, evidence=LEVEL_ONE, by="manager"),
        lambda: book.raise_level(account.id, 2, evidence=LEVEL_TWO),
        lambda: book.correct(account.id, None),
        lambda: book.lock(account.id, "own-request", by="holder"),
        lambda: book.lock(account.id, "card-revoked", by=SYSTEM, until=datetime(2030, 1, 1)),  # noqa: DTZ001
        lambda: book.represent(account.id, account.id, "proxy"),
        lambda: book.consent(account.id, {"audience": "H26.19"}),
        lambda: book.find(1090123456),
    ]
    for run in wrong:
        with pytest.raises(UsageError):
            run()
    for odd in (None, 5, ["a"], b"a" * 32):
        assert code(lambda odd=odd: book.show(odd)) == "account.unknown"
        assert code(lambda odd=odd: book.lock(odd, "own-request", by=HOLDER)) == "account.unknown"
        assert code(lambda odd=odd: book.acting(odd, account.id)) == "account.not-representative"
    assert book.verify_history().rows == 1


def test_a_holder_does_not_change_kind(registry: Registry) -> None:
    account = one(registry)
    for other in (replace(PERSON, nationality="US"), COMPANY):
        for run in (registry.accounts.correct, registry.accounts.replace_number):
            assert code(lambda run=run, other=other: run(account.id, other)) == "account.holder"


# --- who acts for whom ----------------------------------------------------------------------------------------------


def test_a_child_is_registered_by_a_guardian(registry: Registry) -> None:
    book = registry.accounts
    assert code(lambda: book.register(CHILD, Level.ONE, evidence=LEVEL_ONE)) == "account.representative-needed"
    weak = one(registry, WOMAN)
    assert (
        code(lambda: book.register(CHILD, Level.ONE, evidence=LEVEL_ONE, representative=weak.id))
        == "account.representative"
    )
    guardian, cared_for = child(registry)
    assert book.acting(guardian.id, cared_for.id).kind is LinkKind.GUARDIAN
    assert code(lambda: book.acting(cared_for.id, guardian.id)) == "account.not-representative"
    assert code(lambda: book.acting(weak.id, cared_for.id)) == "account.not-representative"


def test_a_representative_asks_in_the_holders_place(registry: Registry) -> None:
    book = registry.accounts
    guardian, cared_for = child(registry)
    stranger = two(registry, WOMAN)
    by: dict[str, Asker] = {"by": Asker.REPRESENTATIVE}
    assert code(lambda: book.lock(cared_for.id, "own-request", **by, actor=stranger.id)) == "account.not-representative"
    for wrong in ({"by": Asker.REPRESENTATIVE}, {"by": HOLDER, "actor": guardian.id}):
        with pytest.raises(UsageError):
            book.lock(cared_for.id, "own-request", **wrong)
    assert book.lock(cared_for.id, "own-request", **by, actor=guardian.id).state is State.LOCKED
    assert book.history(cared_for.id)[-1].personal == {"actor": guardian.id}
    book.lock(guardian.id, "terms-breach", by=MANAGER)
    assert code(lambda: book.unlock(cared_for.id, "own-request", **by, actor=guardian.id)) == "account.locked"
    assert code(lambda: book.acting(guardian.id, cared_for.id)) == "account.locked"


def test_a_proxy_acts_until_it_ends(registry: Registry, url: str) -> None:
    book = registry.accounts
    holder, proxy = two(registry), two(registry, WOMAN)
    book.represent(holder.id, proxy.id, LinkKind.PROXY, until=NOW + timedelta(days=1), by=HOLDER)
    assert book.acting(proxy.id, holder.id).kind is LinkKind.PROXY
    with later(url, 86_400) as tomorrow:
        assert code(lambda: tomorrow.accounts.acting(proxy.id, holder.id)) == "account.not-representative"
    again = code(lambda: book.represent(holder.id, proxy.id, LinkKind.PROXY))
    assert again == "account.represents-already"
    book.end_representation(holder.id, proxy.id, by=HOLDER)
    assert code(lambda: book.acting(proxy.id, holder.id)) == "account.not-representative"
    assert code(lambda: book.end_representation(holder.id, proxy.id)) == "account.not-representative"
    assert code(lambda: book.represent(holder.id, holder.id, LinkKind.PROXY)) == "usage.argument"
    assert code(lambda: book.represent(holder.id, "0" * 32, LinkKind.PROXY)) == "account.unknown"


def test_no_consent_to_withdraw(registry: Registry) -> None:
    account = one(registry)
    assert code(lambda: registry.accounts.withdraw(account.id, "H26.19")) == "account.no-consent"


@pytest.mark.parametrize("note", ["", "x" * 501, "a\0b", 5])
def test_notes_are_short_texts(registry: Registry, note: str) -> None:
    account = one(registry)
    with pytest.raises(UsageError):
        registry.accounts.lock(account.id, "own-request", by=HOLDER, note=note)
    assert registry.accounts.show(account.id) == account


# --- what issuing is told -------------------------------------------------------------------------------------------


def test_tokens_follow_the_account_in_the_same_transaction(registry: Registry) -> None:
    told: list[tuple[str, Status]] = []
    book = AccountBook(
        registry.database, KEYS, clock=clock(), on_status=lambda _, account, status: told.append((account, status))
    )
    account = book.register(PERSON, Level.ONE, evidence=LEVEL_ONE)
    book.lock(account.id, "terms-breach", by=MANAGER)
    book.lock(account.id, "card-revoked", by=SYSTEM)
    book.unlock(account.id, "card-revoked", by=SYSTEM)
    book.unlock(account.id, "terms-breach", by=MANAGER)
    book.cancel(account.id, "own-request", by=HOLDER)
    assert told == [(account.id, status) for status in (Status.SUSPENDED, Status.VALID, Status.REVOKED)]


def test_a_lock_that_cannot_be_told_does_not_happen(registry: Registry) -> None:
    def fails(_: sa.Connection, account: str, status: Status) -> None:
        raise RefusedError("account.unknown")

    account = one(registry)
    book = AccountBook(registry.database, KEYS, clock=clock(), on_status=fails)
    with pytest.raises(RefusedError):
        book.lock(account.id, "terms-breach", by=MANAGER)
    assert registry.accounts.show(account.id) == account
    assert registry.accounts.verify_history().rows == 1


def test_a_lock_ends_by_itself_when_its_time_has_come(registry: Registry, url: str) -> None:
    account = one(registry)
    registry.accounts.lock(account.id, "card-revoked", by=SYSTEM, until=NOW + timedelta(days=1))
    assert registry.accounts.review() == ()
    with later(url, 86_400) as tomorrow:
        assert tomorrow.accounts.show(account.id).state is State.LOCKED  # until somebody looks
        assert tomorrow.accounts.review() == (account.id,)
        assert tomorrow.accounts.show(account.id).state is State.ACTIVE
        assert tomorrow.accounts.review() == ()


def test_a_lock_that_ends_leaves_the_others_and_death(registry: Registry, url: str) -> None:
    first, second = one(registry), one(registry, WOMAN)
    for account, ground in ((first, "terms-breach"), (second, "death")):
        registry.accounts.lock(account.id, "card-revoked", by=SYSTEM, until=NOW + timedelta(days=1))
        registry.accounts.lock(account.id, ground, by=MANAGER)
    with later(url, 86_400) as tomorrow:
        assert tomorrow.accounts.review() == (first.id,)
        assert tomorrow.accounts.show(first.id).state is State.LOCKED
        assert tomorrow.accounts.show(second.id).state is State.LOCKED


def test_an_issuer_gives_its_own_tables(registry: Registry, url: str) -> None:
    ground = replace(ACCOUNT_RULES[0].grounds[0], name="phishing", lockers=frozenset({MANAGER}))
    own = Rules(accounts=[replace(ACCOUNT_RULES[0], name="own", grounds=(ground,), guardian_below_age=0)])
    with open_registry(url, KEYS, clock=clock(), rules=own) as with_rules:
        account = with_rules.accounts.register(CHILD, Level.ONE, evidence=LEVEL_ONE)
        assert with_rules.accounts.lock(account.id, "phishing", by=MANAGER).locks[0].ground == "phishing"
        assert code(lambda: with_rules.accounts.lock(account.id, "death", by=SYSTEM)) == "account.ground"
    facts = registry.accounts.history(account.id)[-1].facts  # read and verified without those tables
    assert (facts["rules"], registry.accounts.verify_history().rows) == ("own", 2)


# --- the purge --------------------------------------------------------------------------------------------------------


def cancelled(registry: Registry) -> Account:
    account = two(registry)
    registry.accounts.consent(account.id, Consent(audience="H26.19", claims=frozenset({"name"}), given=NOW))
    return registry.accounts.cancel(account.id, "own-request", by=HOLDER, note="đơn số 5")


def test_the_purge_erases_and_the_chain_still_holds(registry: Registry, url: str) -> None:
    account = cancelled(registry)
    checkpoint = registry.accounts.checkpoint()
    assert code(lambda: registry.accounts.purge(account.id)) == "account.retention"
    with later(url, SIX_YEARS) as then:
        purged = then.accounts.purge(account.id)
        assert (purged.state, purged.holder, purged.identifiers, purged.links) == (State.CANCELLED, None, (), ())
        assert then.accounts.verify_history([checkpoint.token]).rows == 4
        assert {entry.personal for entry in then.accounts.history(account.id)} == {None}
        assert then.accounts.find("001090123456") == purged
        with then.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM eid_account_personal").scalar() == 0


def test_nothing_of_the_person_is_left_in_the_file(tmp_path: Path) -> None:
    url = str(tmp_path / "r.sqlite")
    with later(url, 0) as registry:
        account = cancelled(registry)
    with later(url, SIX_YEARS) as then:
        assert _traces(tmp_path)
        then.accounts.purge(account.id)
        assert not _traces(tmp_path)


def _traces(folder: Path) -> bool:
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    return any(text.encode() in data for text in ("Nguyễn Văn A", "001090123456", "1990-01-01", "H26.19", "đơn số 5"))


def test_a_commitment_cannot_be_guessed_from_what_is_left(registry: Registry) -> None:
    """The same person registered twice gives two commitments: there is a salt of 32 bytes, erased with the data."""
    account = one(registry)
    registry.accounts.cancel(account.id, "own-request", by=HOLDER)
    again = one(registry)
    with registry.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT h.commitment, p.salt, p.data FROM eid_account_history h JOIN eid_account_personal p"
            " ON p.account = h.account AND p.seq = h.seq WHERE h.act = 'register'"
        ).all()
    assert again.person == PERSON
    assert len({row.commitment for row in rows}) == len({row.salt for row in rows}) == 2
    assert {len(row.salt) for row in rows} == {32}
    assert len({row.data for row in rows}) == 1


def test_purging_all_that_are_due(registry: Registry, url: str) -> None:
    due = cancelled(registry)
    kept = two(registry, WOMAN)
    assert registry.accounts.purge_due() == ()
    with later(url, SIX_YEARS) as then:
        then.accounts.cancel(kept.id, "own-request", by=HOLDER)
        assert then.accounts.purge_due() == (due.id,)
        assert then.accounts.purge_due() == ()
        assert then.accounts.show(kept.id).person == WOMAN


def test_a_key_set_without_its_secret_opens_no_account(registry: Registry, url: str) -> None:
    from eid import KeySet

    with open_registry(url, KeySet.from_jwks(KEYS.public_jwks()), clock=clock()) as public:
        assert code(lambda: one(public)) == "key.public-only"
    assert registry.accounts.verify_history().accounts == 0


def test_a_proxy_that_was_named_again_can_be_ended(registry: Registry, url: str) -> None:
    holder, proxy = two(registry), two(registry, WOMAN)
    until = NOW + timedelta(days=1)
    registry.accounts.represent(holder.id, proxy.id, LinkKind.PROXY, until=until, by=HOLDER)
    with later(url, 2 * 86_400) as after:
        after.accounts.represent(holder.id, proxy.id, LinkKind.PROXY, by=HOLDER)
        assert after.accounts.end_representation(holder.id, proxy.id, by=HOLDER).links == ()
        assert code(lambda: after.accounts.acting(proxy.id, holder.id)) == "account.not-representative"
        assert code(lambda: after.accounts.represent(holder.id, proxy.id, LinkKind.PROXY, until=until)) == (
            "usage.argument"
        )
