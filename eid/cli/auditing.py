"""`eid account show | find | history | purge | review | checkpoint | verify`: what is read, erased and verified."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..accounts.organisation import MAX_CODE_CHARS
from ..console import (
    add_secret_flags,
    ask_from,
    done,
    emit,
    kept,
    read_input,
    read_json,
    say,
    shown_time,
    text_of,
    write_text,
)
from ..errors import MalformedError, UsageError
from ..keys import KeySet
from ..messages import clean
from .common import Run, verb

if TYPE_CHECKING:
    from ..registry import AccountBook

ACCOUNT_HELP = "identifier of the account"


def add_action(actions: Any, name: str, run: Run, about: str, rest: str) -> Any:
    """An action on a registry, with the flags that open it."""
    flags = "--registry registry.sqlite --keys keys.pem --pass-env PW"
    example = f"  PW=secret eid account {name} {rest}".rstrip()
    parser = verb(actions, name, run, about, f"{example} \\\n    {flags}")
    parser.add_argument("--registry", metavar="URL", type=kept, required=True, help="path of an SQLite file, or a URL")
    parser.add_argument("--keys", metavar="FILE", type=kept, help="the issuer's key set")
    add_secret_flags(parser)
    return parser


@contextmanager
def opened(args: argparse.Namespace, *, jwks: str | None = None) -> Iterator[AccountBook]:
    """The book of accounts that the flags name. Registering makes a registry that is not there."""
    from ..registry import open_registry  # the database library is not loaded for a wrong flag

    if jwks is not None:
        keys = KeySet.from_jwks(read_json(jwks, "the JWKS"))
    elif args.keys is None:
        raise UsageError(
            "usage.argument",
            why="name the issuer's key set: --keys FILE",
            why_vi="hãy nêu bộ khóa của bên cấp: --keys TỆP",
        )
    else:
        keys = KeySet.load(args.keys, ask_from(args))
    with open_registry(args.registry, keys, create=getattr(args, "create", False)) as registry:
        yield registry.accounts


def add_actions(actions: Any) -> None:
    """Add what reads and verifies."""
    about = "show an account as it is"
    show = _one(actions, "show", show_account, about)
    show.add_argument("--show-numbers", action="store_true", help="do not mask personal numbers")
    _one(actions, "history", show_history, "list all that was done with an account")
    about = "find the account of a number that is read from a file"
    find = add_action(actions, "find", find_account, about, "number.txt")
    find.add_argument("number", metavar="FILE", help="file with the personal number or organisation code, or -")
    about = "erase personal data after the retention time"
    purge = add_action(actions, "purge", purge_accounts, about, "--due")
    group = purge.add_mutually_exclusive_group(required=True)
    group.add_argument("account", metavar="ACCOUNT", nargs="?", help=ACCOUNT_HELP)
    group.add_argument("--due", action="store_true", help="of all accounts whose time has passed")
    add_action(actions, "review", review, "take away the locks whose stated end has passed", "")
    about = "verify all history and sign its state"
    sign = add_action(actions, "checkpoint", sign_checkpoint, about, "-o today.jwt")
    sign.add_argument("-o", "--out", metavar="OUT", default="-", help="where to keep it (default: stdout)")
    about = "verify all history, against checkpoints"
    check = add_action(actions, "verify", verify_history, about, "--checkpoint today.jwt")
    check.add_argument("--checkpoint", metavar="FILE", action="append", default=[], help="one kept elsewhere, or -")
    check.add_argument("--jwks", metavar="FILE", help="public keys in place of --keys; numbers are left out then")


def _one(actions: Any, name: str, run: Run, about: str) -> Any:
    parser = add_action(actions, name, run, about, "ACCOUNT")
    parser.add_argument("account", metavar="ACCOUNT", help=ACCOUNT_HELP)
    return parser


def show_account(args: argparse.Namespace) -> int:
    """One account, by identifier."""
    with opened(args) as book:
        account = book.show(args.account)
    emit(account.to_json(show_numbers=args.show_numbers), indent=None if args.json else 2)
    return 0


def find_account(args: argparse.Namespace) -> int:
    """One account, by number; a number is not an argument, because others see arguments."""
    number = text_of(read_input(args.number), "the number").strip()
    if not 0 < len(number) <= MAX_CODE_CHARS or not number.isprintable():  # else it would only be unknown
        raise MalformedError("input.malformed", what="the number", why="not one number or code")
    with opened(args) as book:
        account = book.find(number)
    return done(args, {"account": account.id, "state": account.state.value})


def show_history(args: argparse.Namespace) -> int:
    """All acts of one account."""
    with opened(args) as book:
        entries = book.history(args.account)
    if args.json:
        emit([{"seq": e.seq, "act": e.act, "time": e.time.isoformat(), "facts": dict(e.facts)} for e in entries])
        return 0
    for entry in entries:
        facts = ", ".join(f"{name}: {clean(value)}" for name, value in entry.facts.items() if value is not None)
        say(f"{entry.seq:4}  {shown_time(entry.time)}  {entry.act:10}  {facts}")
    return 0


def purge_accounts(args: argparse.Namespace) -> int:
    """One account, or all that are due."""
    with opened(args) as book:
        purged = book.purge_due() if args.due else (book.purge(args.account).id,)
    return done(args, {"purged": list(purged)})


def review(args: argparse.Namespace) -> int:
    """End the locks that end by themselves."""
    with opened(args) as book:
        return done(args, {"unlocked": list(book.review())})


def sign_checkpoint(args: argparse.Namespace) -> int:
    """A checkpoint, to be kept where whoever writes to the database cannot reach it."""
    with opened(args) as book:
        made = book.checkpoint()
    facts = {"number": made.number, "accounts": made.accounts, "root": made.root, "time": made.time.isoformat()}
    if args.json and args.out == "-":
        emit({**facts, "token": made.token})
        return 0
    write_text(args.out, made.token)
    return done(args, {**facts, "out": args.out}) if args.out != "-" else 0


def verify_history(args: argparse.Namespace) -> int:
    """Exit status 0 when all of it holds, 1 when anything does not: every finding is told."""
    tokens = [text_of(read_input(name), "the checkpoint") for name in args.checkpoint]
    with opened(args, jwks=args.jwks) as book:
        result = book.audit_history(tokens)
    findings = [{"code": e.code, "text": e.text, "text_vi": e.text_vi} for e in result.found]
    facts = {"valid": not result.count, "accounts": result.accounts, "rows": result.rows}
    if args.json:
        emit({**facts, "checkpoints": [c.number for c in result.held], "count": result.count, "findings": findings})
    else:
        for finding in findings:
            say(f"{finding['text']} [{finding['code']}]\n{finding['text_vi']}")
        done(args, facts)
    return 1 if result.count else 0
