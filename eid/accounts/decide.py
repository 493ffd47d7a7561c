"""Whether an act is allowed on an account, and the event that it becomes (NĐ 69/2024 Đ7, Đ10–Đ12, Đ30).

Every function takes the account as it is, the second `now` and the rules, changes nothing, and gives the `Event` or
raises `RefusedError`. The text of a lock's ground goes into the event: a history is read without the rules of its day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..clock import moment, seconds
from ..consent import Consent
from ..errors import RefusedError, UsageError
from ..evidence import RULES, Evidence, check_evidence, check_holder, holder_of
from ..level import Level
from ..person import Person
from ..rules import VIETNAM, HolderKind, LevelRules
from .account import Account, Holder, Link, LinkKind, Lock, State
from .events import Act, Event, holder_json, link_json, number_of
from .grounds import ACCOUNT_RULES, AccountRules, Asker, Ground, account_rules_at
from .organisation import Organisation

MAX_LINKS = 20  # representatives of one account at a time
MAX_CONSENTS = 500  # relying parties that one account shares with at a time
_VERBS = {Act.LOCK: ("lock", "khóa"), Act.UNLOCK: ("unlock", "mở khóa"), Act.CANCEL: ("cancel", "hủy")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The two tables that accounts are judged by."""

    levels: Sequence[LevelRules] = RULES
    accounts: Sequence[AccountRules] = ACCOUNT_RULES


def register(
    holder: Holder, level: Level | None, evidence: Sequence[Evidence], links: Sequence[Link], now: int, rules: Rules
) -> Event:
    """Open an account: a person's with a level and its evidence, an organisation's without.

    A person under the guardian's age, and an organisation, need a representative among `links`. Raises `RefusedError`
    (`level.age`, `level.too-young`, `evidence.…`, `account.no-level`, `account.representative-needed`).
    """
    kind = kind_of(holder)
    current = account_rules_at(now, rules.accounts)
    rule_set = None
    if isinstance(holder, Organisation):
        if level is not None or evidence:
            raise RefusedError("account.no-level")
        _need(LinkKind.LEGAL, links, current)
    else:
        if not isinstance(level, Level):
            raise UsageError(
                "usage.argument", why="a person's account has a Level", why_vi="tài khoản của một người phải có mức độ"
            )
        rule_set = _judge(level, holder, evidence, now, rules)
        if holder.age_on(_day(now)) < current.guardian_below_age:
            _need(LinkKind.GUARDIAN, links, current)
    return Event(
        act=Act.REGISTER,
        time=now,
        facts={"kind": kind.value, "level": None if level is None else level.text, "rule_set": rule_set},
        personal={**holder_json(holder), "evidence": _claims(evidence), "links": [link_json(k) for k in links]},
    )


def raise_level(account: Account, level: Level, evidence: Sequence[Evidence], now: int, rules: Rules) -> Event:
    """Raise the level on new evidence. Raises `RefusedError` (`account.level` when it has that level already)."""
    person = _person(account)
    if not isinstance(level, Level):
        raise UsageError("usage.argument", why="level must be a Level")
    if account.level is None or level <= account.level:
        raise RefusedError("account.level", level=account.level)
    facts = {"level": level.text, "rule_set": _judge(level, person, evidence, now, rules)}
    return Event(act=Act.RAISE, time=now, facts=facts, personal={"evidence": _claims(evidence)})


def renew(account: Account, evidence: Sequence[Evidence], now: int, rules: Rules) -> Event:
    """Prove the present level again, so that its evidence is not old."""
    person = _person(account)
    assert account.level is not None  # noqa: S101 - a person's account has one
    facts = {"rule_set": _judge(account.level, person, evidence, now, rules)}
    return Event(act=Act.RENEW, time=now, facts=facts, personal={"evidence": _claims(evidence)})


def correct(account: Account, holder: Holder, now: int) -> Event:
    """Correct what is known of the holder, whose number stays. Raises `RefusedError` (`account.holder`)."""
    _check_open(account)
    _check_kind(account, holder)
    if account.holder is None or number_of(holder) != number_of(account.holder):
        raise RefusedError("account.holder", why="the number differs", why_vi="số định danh khác")
    return Event(act=Act.CORRECT, time=now, facts={}, personal=holder_json(holder))


def replace_number(account: Account, holder: Holder, now: int) -> Event:
    """Give the account another number, after sex or birth year were corrected, say; the old one stays known."""
    _check_open(account)
    _check_kind(account, holder)
    if account.holder is None or any(i.value == number_of(holder) for i in account.identifiers):
        raise RefusedError("account.holder", why="that number is not new", why_vi="số định danh này không phải số mới")
    return Event(act=Act.NUMBER, time=now, facts={}, personal=holder_json(holder))


def lock(account: Account, ground: str, by: Asker, until: datetime | None, now: int, rules: Rules) -> Event:
    """Lock on one ground more. `until` is when the ground ends by itself, if that is known."""
    _check_open(account)
    current = account_rules_at(now, rules.accounts)
    found = _ground(account, ground, Act.LOCK, by, current)
    if any(k.ground == ground for k in account.locks):
        raise RefusedError("account.locked-already", ground=ground)
    ends = None if until is None else seconds(until)
    if ends is not None and (ends <= now or Asker.SYSTEM not in found.unlockers):
        raise UsageError(
            "usage.argument",
            why="until is a coming time, for a ground that ends by itself",
            why_vi="thời hạn phải là một thời điểm sắp tới, cho căn cứ tự hết hiệu lực",
        )
    facts = {"ground": ground, "text": found.text, "text_vi": found.text_vi, "by": by.value, "until": ends}
    return Event(act=Act.LOCK, time=now, facts={**facts, "final": found.final, "rules": current.name})


def unlock(account: Account, ground: str, by: Asker, now: int, rules: Rules) -> Event:
    """Take one ground away; the account is active again when no other is left. Never after a final one."""
    _check_open(account)
    current = account_rules_at(now, rules.accounts)
    held = next((k for k in account.locks if k.ground == ground), None)
    if held is None:
        raise RefusedError("account.not-locked", ground=ground)
    final = next((k for k in account.locks if k.final), None)
    if final is not None:
        raise RefusedError("account.final", ground=final.ground, law=current.law)
    if not (by is Asker.SYSTEM and held.until is not None and seconds(held.until) <= now):
        _ground(account, ground, Act.UNLOCK, by, current)
    return Event(act=Act.UNLOCK, time=now, facts={"ground": ground, "by": by.value, "rules": current.name})


def cancel(account: Account, ground: str, by: Asker, now: int, rules: Rules) -> Event:
    """Cancel for good; representatives and consents end with it.

    Where the number may open an account again afterwards, a lock that another body asked for must be unlocked first
    (`account.locked`): else who is locked by a court would come back unlocked.
    """
    _check_open(account)
    current = account_rules_at(now, rules.accounts)
    found = _ground(account, ground, Act.CANCEL, by, current)
    if found.again and any(_binds(k, by, current) for k in account.locks):
        account.check_active()
    again = found.again and not any(k.final for k in account.locks)
    facts = {"ground": ground, "by": by.value, "again": again, "rules": current.name}
    return Event(act=Act.CANCEL, time=now, facts=facts)


def represent(account: Account, link: Link, now: int) -> Event:
    """Let another account act for this one; a locked account names no proxy."""
    if not isinstance(link.kind, LinkKind):
        raise UsageError(
            "usage.argument",
            why=f"a representative is one of {', '.join(LinkKind)}",
            why_vi=f"người đại diện thuộc một trong các loại {', '.join(LinkKind)}",
        )
    if link.until is not None and seconds(link.until) <= now:
        raise UsageError(
            "usage.argument", why="until is a coming time", why_vi="thời hạn phải là một thời điểm sắp tới"
        )
    if link.kind is LinkKind.PROXY:
        account.check_active()
    _check_open(account)
    if any(k.account == link.account and k.holds(moment(now)) for k in account.links):
        raise RefusedError("account.represents-already")
    if len(account.links) >= MAX_LINKS:
        raise RefusedError("account.too-many", what="representatives", what_vi="người đại diện", limit=MAX_LINKS)
    return Event(act=Act.REPRESENT, time=now, facts={}, personal={"link": link_json(link)})


def end(account: Account, representative: str, now: int) -> Event:
    """End what `represent` began."""
    _check_open(account)
    if not any(k.account == representative for k in account.links):
        raise RefusedError("account.not-representative")
    return Event(act=Act.END, time=now, facts={}, personal={"account": representative})


def consent(account: Account, given: Consent, now: int) -> Event:
    """Record that a relying party may be told some claims; an earlier consent for it is replaced."""
    account.check_active()
    if not isinstance(given, Consent):
        raise UsageError("usage.argument", why="a consent is a Consent")
    if given.by not in (Asker.HOLDER, Asker.REPRESENTATIVE):
        raise RefusedError("consent.asker", by=given.by)
    if len(account.consents) >= MAX_CONSENTS:
        raise RefusedError("account.too-many", what="consents", what_vi="sự đồng ý", limit=MAX_CONSENTS)
    return Event(act=Act.CONSENT, time=now, facts={}, personal={"consent": given.to_json()})


def withdraw(account: Account, audience: str, now: int) -> Event:
    """Withdraw the consent for one relying party; also while locked."""
    _check_open(account)
    if not any(c.audience == audience for c in account.consents):
        raise RefusedError("account.no-consent")
    return Event(act=Act.WITHDRAW, time=now, facts={}, personal={"audience": audience})


def purge(account: Account, now: int, rules: Rules) -> Event:
    """Erase the personal data of an account that was cancelled long enough ago (`account.retention`)."""
    if account.state is not State.CANCELLED or account.cancelled is None:
        raise RefusedError("account.not-cancelled")
    if account.purged is not None:
        raise RefusedError("account.purged")
    current = account_rules_at(now, rules.accounts)
    last = _years_after(account.cancelled.astimezone(VIETNAM).date(), current.retention_years)
    if _day(now) <= last:
        raise RefusedError("account.retention", day=last, law=current.law)
    return Event(act=Act.PURGE, time=now, facts={"rules": current.name})


def kind_of(holder: Holder) -> HolderKind:
    """Whose account it would be; a person's kind is told by the nationality."""
    if isinstance(holder, Organisation):
        return HolderKind.ORGANISATION
    if not isinstance(holder, Person):
        raise UsageError("usage.argument", why="the holder of an account is a Person or an Organisation")
    return holder_of(holder)


def check_representative(representative: Account, now: int, rules: Rules) -> None:
    """Return if this account may act for others: active and at the level that the rules ask for."""
    needed = account_rules_at(now, rules.accounts).representative_level
    if representative.state is not State.ACTIVE or representative.level is None or representative.level < needed:
        raise RefusedError("account.representative", level=needed)


def _judge(level: Level, person: Person, evidence: Sequence[Evidence], now: int, rules: Rules) -> str:
    """The name of the rule set by which the evidence carries the level for this person."""
    kind = holder_of(person)
    used, _ = check_evidence(level, evidence, now, rules=rules.levels, holder=kind)
    check_holder(level, person, now, used, holder=kind)
    return used.name


def _ground(account: Account, name: str, act: Act, by: Asker, rules: AccountRules) -> Ground:
    """The ground `name`, if this asker may ask for this act on it."""
    verb, verb_vi = _VERBS[act]
    found = rules.ground(name)
    if found is None or account.kind not in found.holders or not _askers(found, act):
        known = [g.name for g in rules.grounds if account.kind in g.holders and _askers(g, act)]
        raise RefusedError("account.ground", ground=name, act=verb, act_vi=verb_vi, law=rules.law, known=_listed(known))
    if by not in _askers(found, act):
        raise RefusedError(
            "account.asker",
            by=by,
            act=verb,
            act_vi=verb_vi,
            ground=name,
            law=rules.law,
            known=_listed(_askers(found, act)),
        )
    return found


def _binds(lock: Lock, by: Asker, rules: AccountRules) -> bool:
    """Whether a lock lasts until a body asks that is neither the asker, nor the holder, nor the keeper of the accounts.
    After a final one there is no coming back anyway."""
    if lock.final:
        return False
    ground = rules.ground(lock.ground)
    return ground is None or ground.unlockers.isdisjoint({by, Asker.HOLDER, Asker.MANAGER, Asker.SYSTEM})


def _askers(ground: Ground, act: Act) -> frozenset[Asker]:
    return {Act.LOCK: ground.lockers, Act.UNLOCK: ground.unlockers, Act.CANCEL: ground.cancellers}[act]


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _need(kind: LinkKind, links: Sequence[Link], rules: AccountRules) -> None:
    if not any(link.kind is kind for link in links):
        raise RefusedError(
            "account.representative-needed",
            kind=kind.value,
            kind_vi=kind.vietnamese,
            level=rules.representative_level,
            law=rules.law,
        )


def _person(account: Account) -> Person:
    account.check_active()
    if account.person is None:
        raise RefusedError("account.no-level")
    return account.person


def _check_open(account: Account) -> None:
    if account.state is State.CANCELLED:
        raise RefusedError("account.cancelled")


def _check_kind(account: Account, holder: Holder) -> None:
    if kind_of(holder) is not account.kind:
        raise RefusedError("account.holder", why="another kind of holder", why_vi="loại chủ thể khác")


def _claims(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [item.to_claim() for item in evidence]


def _day(now: int) -> date:
    return datetime.fromtimestamp(now, VIETNAM).date()


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
