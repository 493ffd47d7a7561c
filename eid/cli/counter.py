"""`eid counter challenge | make | check`: codes that a person shows at a counter."""

from __future__ import annotations

import argparse

from ..console import add_secret_flags, ask_from, emit, kept, once, read_json, read_token, say, write_text
from ..counter import LIFE_S, Binding, make_counter_credential, new_challenge, present_at_counter
from ..counter_check import CounterPolicy, examine_counter_code
from ..counter_result import CounterReport
from ..errors import UsageError
from ..files import write_beside_keys
from ..journal import JsonLinesJournal
from ..keys import KeySet
from ..level import AuthenticationLevel, Level
from ..notice import Notice, notice
from ..qr import png
from .common import Verbs, verb
from .sources import replay_memory, status_source

_MAKE = """\
  PW=secret eid counter make --keys keys.pem --pass-env PW --issuer https://id.example.vn --counter H26.19/3 \\
    --subject 5f2c… --level 2 --auth-level 3 --holder device.pem --challenge 8f14e45fceea167a5a36dedd4bea2543"""
_CHECK = """\
  eid counter check --jwks jwks.json --issuer https://id.example.vn --counter H26.19/3 --level 2 \\
    --challenge 8f14e45fceea167a5a36dedd4bea2543 --status status.jwt - < code.txt"""


def add_parser(verbs: Verbs) -> None:
    """Add the verb and its actions."""
    about = "codes for one counter and one minute, bound to the holder's device"
    group = verb(verbs, "counter", None, about, _CHECK)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    verb(actions, "challenge", counter_challenge, "what a counter shows before each code", "  eid counter challenge")
    _add_make(actions)
    _add_check(actions)


def _add_make(actions: Verbs) -> None:
    parser = verb(actions, "make", counter_make, "make a counter code, as issuer and device in one", _MAKE)
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the issuer's key set")
    parser.add_argument("--subject", metavar="SUB", required=True, help="the person's name at this counter alone")
    parser.add_argument("--name", help="the person's name, if the counter needs it")
    parser.add_argument("--holder", metavar="FILE", type=kept, help="the device's key set; without it: unbound")
    parser.add_argument("--status-uri", metavar="URI", help="the status list of the account")
    parser.add_argument("--status-index", metavar="N", type=int, help="its entry in that list")
    parser.add_argument("--life", metavar="S", type=int, default=LIFE_S, help="seconds, at most 60 (default: 60)")
    parser.add_argument("--png", metavar="OUT", help="write the QR code as a picture too")
    _add_expectations(parser)
    add_secret_flags(parser)


def _add_check(actions: Verbs) -> None:
    parser = verb(actions, "check", counter_check, "check a counter code: every check, four facts", _CHECK)
    parser.add_argument("code", metavar="CODE", help="the code's text, or - for stdin")
    parser.add_argument("--jwks", metavar="FILE", required=True, help="the issuer's published keys")
    parser.add_argument("--unbound", action="store_true", help="take codes that a screenshot replays")
    parser.add_argument("--status", metavar="FILE|none", required=True, help="status list token; none: do not check")
    parser.add_argument("--replay", metavar="FILE", help="remember used codes in FILE and refuse a second use")
    parser.add_argument("--journal", metavar="FILE", help="append the verdict to FILE, one JSON object a line")
    _add_expectations(parser)


def _add_expectations(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--issuer", metavar="ISS", required=True, help="the issuer's URL")
    parser.add_argument("--counter", metavar="NAME", required=True, help="the one counter")
    parser.add_argument("--level", type=int, choices=(1, 2), required=True, help="identity level")
    parser.add_argument("--auth-level", type=int, choices=(1, 2, 3, 4), help="authentication level of the login")
    parser.add_argument("--challenge", metavar="HEX", help="what the counter showed for this code")


def counter_challenge(args: argparse.Namespace) -> int:
    """Make one challenge."""
    challenge = new_challenge().hex()
    if args.json:
        emit({"challenge": challenge})
    else:
        write_text("-", challenge)
    return 0


def counter_make(args: argparse.Namespace) -> int:
    """Make one code."""
    ask = once(ask_from(args))
    holder = None if args.holder is None else KeySet.load(args.holder, ask).active
    if (args.status_uri is None) != (args.status_index is None) or args.auth_level is None:
        raise UsageError(
            "usage.argument",
            why="give --auth-level, and --status-uri with --status-index",
            why_vi="hãy nêu --auth-level, và --status-uri cùng với --status-index",
        )
    credential = make_counter_credential(
        KeySet.load(args.keys, ask),
        issuer=args.issuer,
        counter=args.counter,
        subject=args.subject,
        level=Level.numbered(args.level),
        auth_level=AuthenticationLevel.numbered(args.auth_level),
        holder=holder,
        name=args.name,
        status=None if args.status_uri is None else (args.status_uri, args.status_index),
        life_s=args.life,
    )
    code = present_at_counter(credential, holder=holder, challenge=_challenge(args.challenge))
    if args.png is not None:
        write_beside_keys(args.png, png(code))
    notices = [] if holder is not None else [notice("counter.unbound")]
    if args.json:
        emit({"code": code, "holder_bound": holder is not None, "notices": [each.to_dict() for each in notices]})
    else:
        write_text("-", code)
        _say(notices)
    return 0


def counter_check(args: argparse.Namespace) -> int:
    """Check one code."""
    keys = KeySet.from_jwks(read_json(args.jwks, "the JWKS"))
    challenge, status = _challenge(args.challenge), status_source(args.status, keys)
    with replay_memory(args.replay) as replay:
        policy = CounterPolicy(
            keys=keys,
            issuer=args.issuer,
            counter=args.counter,
            challenge=challenge,
            level=Level.numbered(args.level),
            auth_level=None if args.auth_level is None else AuthenticationLevel.numbered(args.auth_level),
            binding=Binding.UNBOUND if args.unbound else Binding.REQUIRED,
            status=status,
            replay=replay,
            journal=None if args.journal is None else JsonLinesJournal(args.journal),
        )
        report = examine_counter_code(read_token(args.code), policy)
    _show(args, report)
    return 0 if report.error is None else report.error.exit_status


def _show(args: argparse.Namespace, report: CounterReport) -> None:
    code, error = report.code, report.error
    verdict: Notice | None = None
    if code is not None:
        verdict = notice("counter.valid", level=code.level, auth_level=code.auth_level)
    elif error is not None:
        verdict = Notice(error.code, error.text, error.text_vi)
    if verdict is None:
        return
    facts = report.facts.to_dict()
    if args.json:
        texts = {"code": None if code else verdict.code, "text": verdict.text, "text_vi": verdict.text_vi}
        emit({"valid": bool(report), **texts, "facts": facts, "holder": code.to_dict() if code else None})
        return
    say(f"{verdict.text} [{verdict.code}]\n{verdict.text_vi}")
    if code is not None:
        _say(list(code.notices))
    emit({"facts": facts, "holder": code.to_dict() if code else None}, indent=2)


def _say(notices: list[Notice]) -> None:
    for each in notices:
        say(f"{each.text} [{each.code}]\n{each.text_vi}")


def _challenge(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise UsageError(
            "usage.argument",
            why="--challenge is written in hexadecimal digits",
            why_vi="--challenge phải viết bằng chữ số thập lục phân",
        ) from None
