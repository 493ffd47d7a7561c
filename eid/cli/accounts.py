"""`eid account …`: open, raise, lock, cancel; who acts for whom; consent. What is read and verified: `auditing.py`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..accounts import ACCOUNT_RULES, Account, Asker, LinkKind, Organisation, State
from ..claims import evidence_list
from ..clock import moment, seconds
from ..consent import Consent
from ..console import emit, read_json, say, time_of
from ..level import Level
from ..person import Person
from . import auditing
from .auditing import ACCOUNT_HELP, add_action, opened
from .common import Verbs, verb

if TYPE_CHECKING:
    from ..registry import AccountBook

_STATES = {
    State.ACTIVE: "active / đang hoạt động",
    State.LOCKED: "locked / đang bị khóa",
    State.CANCELLED: "cancelled / đã hủy",
}
_EXAMPLE = """\
  PW=secret eid account register person.json --level 1 --evidence evidence.json \\
    --registry registry.sqlite --keys keys.pem --pass-env PW
  PW=secret eid account lock ACCOUNT own-request --by holder --registry registry.sqlite --keys keys.pem --pass-env PW"""
_LINKS = [each.value for each in LinkKind]
_ABOUT = "identity accounts: open, raise, lock, cancel, share, represent; their history"
Act = Callable[["AccountBook", argparse.Namespace, dict[str, Any]], Account]


def add_parser(verbs: Verbs) -> None:
    """Add the verb and its actions."""
    group = verb(verbs, "account", None, _ABOUT, _EXAMPLE)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    _add_register(actions)
    _add_levels(actions)
    _add_holder(actions)
    _add_locks(actions)
    _add_links(actions)
    _add_consents(actions)
    auditing.add_actions(actions)
    about = "on what grounds accounts are locked and cancelled, and who may ask"
    verb(actions, "grounds", list_grounds, about, "  eid account grounds --json")


def _add_act(actions: Any, name: str, act: Act, about: str, rest: str, *, account: bool = True) -> Any:
    """One action that changes an account: who asks, why, and what is said afterwards."""

    def run(args: argparse.Namespace) -> int:
        who = {"by": Asker(args.by), "actor": args.actor, "note": args.note}
        with opened(args) as book:
            after = act(book, args, {name: value for name, value in who.items() if value is not None})
        return _tell(args, after)

    parser = add_action(actions, name, run, about, rest)
    if account:
        parser.add_argument("account", metavar="ACCOUNT", help=ACCOUNT_HELP)
    parser.add_argument(
        "--by", choices=[each.value for each in Asker], default=Asker.MANAGER.value, help="who asks (default: manager)"
    )
    parser.add_argument("--actor", metavar="ID", help="the representative's account, with --by representative")
    parser.add_argument("--note", metavar="TEXT", help="kept with the act, such as the number of a decision")
    return parser


def _tell(args: argparse.Namespace, account: Account) -> int:
    if args.json:
        emit(account.to_json())
        return 0
    level = "" if account.level is None else f", {account.level}"
    say(f"{account.id}: {account.kind}{level}, {_STATES[account.state]}")
    for lock in account.locks:
        say(f"  {lock.text} / {lock.text_vi}")
    return 0


def _add_register(actions: Any) -> None:
    def act(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        link = None if args.link is None else LinkKind(args.link)
        level = None if args.level is None else Level.numbered(args.level)
        return book.register(
            _holder(args), level, evidence=_evidence(args), representative=args.representative, link=link, **who
        )

    rest = "person.json --level 1 --evidence evidence.json"
    parser = _add_act(actions, "register", act, "open an account", rest, account=False)
    parser.set_defaults(create=True)
    _add_holder_flags(parser)
    parser.add_argument("--level", type=int, choices=(1, 2), help="of a person's account; an organisation has none")
    parser.add_argument("--evidence", metavar="FILE", help="JSON list: kind, method, time, office")
    parser.add_argument("--representative", metavar="ID", help="account of the guardian or legal representative")
    parser.add_argument("--link", choices=_LINKS, help="in what right (default: what the holder needs)")


def _add_levels(actions: Any) -> None:
    def up(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        return book.raise_level(args.account, Level.numbered(args.level), evidence=_evidence(args), **who)

    def renew(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        return book.renew(args.account, evidence=_evidence(args), **who)

    parser = _add_act(actions, "raise", up, "raise an account to level 2", "ACCOUNT --evidence evidence.json")
    parser.add_argument("--level", type=int, choices=(2,), default=2, help="the new level (default: 2)")
    parser.add_argument("--evidence", metavar="FILE", required=True, help="JSON list: kind, method, time, office")
    parser = _add_act(actions, "renew", renew, "prove the present level again", "ACCOUNT --evidence evidence.json")
    parser.add_argument("--evidence", metavar="FILE", required=True, help="JSON list: kind, method, time, office")


def _add_holder(actions: Any) -> None:
    def correct(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        return book.correct(args.account, _holder(args), **who)

    def number(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        return book.replace_number(args.account, _holder(args), **who)

    about = "correct what is known of the holder; the number stays"
    _add_holder_flags(_add_act(actions, "correct", correct, about, "ACCOUNT person.json"))
    about = "give the account the new number that the file says; the old one is never given away"
    _add_holder_flags(_add_act(actions, "number", number, about, "ACCOUNT person.json"))


def _add_locks(actions: Any) -> None:
    def lock(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        until = None if args.until is None else time_of(args.until)
        return book.lock(args.account, args.ground, until=until, **who)

    def unlock(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        return book.unlock(args.account, args.ground, **who)

    def cancel(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        return book.cancel(args.account, args.ground, **who)

    for name, act, about in (
        ("lock", lock, "lock an account on a ground; its tokens are suspended at once"),
        ("unlock", unlock, "take a ground away; active again when none is left, never after death"),
        ("cancel", cancel, "cancel an account for good; its tokens are revoked at once"),
    ):
        parser = _add_act(actions, name, act, about, "ACCOUNT own-request --by holder")
        parser.add_argument("ground", metavar="GROUND", help="see: eid account grounds")
        if act is lock:
            parser.add_argument("--until", metavar="TIME", help="when an automatic ground ends, as ISO 8601")


def _add_links(actions: Any) -> None:
    def represent(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        until = None if args.until is None else time_of(args.until)
        if args.end:
            return book.end_representation(args.account, args.representative, **who)
        return book.represent(args.account, args.representative, LinkKind(args.link), until=until, **who)

    about = "let another account act for this one, or end that"
    parser = _add_act(actions, "represent", represent, about, "ACCOUNT REPRESENTATIVE --link proxy --by holder")
    parser.add_argument("representative", metavar="REPRESENTATIVE", help="the account that acts for it")
    parser.add_argument("--link", choices=_LINKS, default=LinkKind.PROXY.value, help="in what right (default: proxy)")
    parser.add_argument("--until", metavar="TIME", help="when it ends by itself, as ISO 8601")
    parser.add_argument("--end", action="store_true", help="end it now")


def _add_consents(actions: Any) -> None:
    def consent(book: AccountBook, args: argparse.Namespace, who: dict[str, Any]) -> Account:
        if args.withdraw:
            return book.withdraw(args.account, args.audience, **who)
        given = Consent(
            audience=args.audience,
            claims=frozenset(args.claims.split(",")),
            given=moment(seconds(None)),
            by=str(who["by"]),
            expires=None if args.until is None else time_of(args.until),
        )
        return book.consent(args.account, given, **who)

    about = "record that a recipient may be told some claims, or withdraw that"
    rest = "ACCOUNT H26.19 --claims personal_number --by holder"
    parser = _add_act(actions, "consent", consent, about, rest)
    parser.add_argument("audience", metavar="AUDIENCE", help="the one recipient")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--claims", metavar="LIST", help="names of claims, with commas")
    group.add_argument("--withdraw", action="store_true", help="withdraw what was allowed")
    parser.add_argument("--until", metavar="TIME", help="when it ends by itself, as ISO 8601")


def list_grounds(args: argparse.Namespace) -> int:
    """The table of grounds that is in force."""
    grounds = ACCOUNT_RULES[0].grounds
    if args.json:
        roles = ("lockers", "unlockers", "cancellers")
        emit(
            [
                {"name": g.name, "text": g.text, "text_vi": g.text_vi, "final": g.final}
                | {role: sorted(getattr(g, role)) for role in roles}
                for g in grounds
            ]
        )
        return 0
    for ground in grounds:
        say(f"{ground.name}: {ground.text} / {ground.text_vi}")
    return 0


def _add_holder_flags(parser: Any) -> None:
    parser.add_argument("holder", metavar="FILE", help="JSON file with the person's claims, or -")
    parser.add_argument("--organisation", action="store_true", help="FILE holds an organisation: code, name, …")


def _holder(args: argparse.Namespace) -> Person | Organisation:
    value = read_json(args.holder, "the holder")
    return Organisation.from_json(value) if args.organisation else Person.from_claims(value)


def _evidence(args: argparse.Namespace) -> Any:
    return () if args.evidence is None else evidence_list(read_json(args.evidence, "the evidence"))
