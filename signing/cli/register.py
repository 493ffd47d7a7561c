"""`signing register`: timestamp the head of the office's register (RFC 3161), verify the whole chain, show its end."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..cms.timestamp import TimestampAuthority, TimestampToken
from ..dossier.receipt import Receipt
from ..dossier.register import Register
from ..dossier.register_chain import Head, HeadTimestamp
from ..errors import IndeterminateError
from ..files import read_file
from ..http import HttpClient
from ..report import Finding, Verdict, iso
from ..trust.precheck import tsa_checker
from .common import Verbs, emit_json, open_trust, printable

_ANSWERS = {
    Verdict.VALID: (0, "sổ đăng ký toàn vẹn / the register holds"),
    Verdict.INVALID: (1, "sổ đăng ký KHÔNG toàn vẹn / the register DOES NOT hold"),
    Verdict.INDETERMINATE: (3, "không xác định được / could not tell"),
}
_NOTHING_KEPT = (
    "chưa có dấu thời gian hay biên nhận nào: không loại trừ được rằng các mục cuối đã bị cắt bỏ\n"
    "no timestamp and no receipt yet: that the last entries were cut off cannot be excluded"
)
_NO_TRUST = (
    "chưa kiểm tra cơ quan cấp dấu thời gian; hãy thêm --trust\n"
    "the authority of the timestamps was not checked; add --trust"
)


def add_parser(verbs: Verbs) -> None:
    """Add `register timestamp`, `register verify` and `register show`."""
    group = verbs.add_parser("register", help="the office's register of steps: timestamp it daily, verify it")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    trusted = "trusted certificates, tsa/ among them"
    timestamp = actions.add_parser(
        "timestamp",
        help="have the end of the register timestamped; do it every day",
        epilog="Example: signing register timestamp sqlite:///register.db --tsa http://127.0.0.1:8318/tsa --trust t/",
    )
    timestamp.add_argument("--tsa", required=True, metavar="URL", help="RFC 3161 timestamp authority")
    timestamp.add_argument("--trust", metavar="DIR", help=f"{trusted}: keep no timestamp of another authority")
    timestamp.set_defaults(run=run_timestamp)
    verify = actions.add_parser(
        "verify",
        help="check every entry, timestamp and given receipt; exit 0 it holds, 1 it does not, 3 could not tell",
        epilog="Example: signing register verify sqlite:///register.db --trust trust/ --receipt slip.json",
    )
    verify.add_argument("--trust", metavar="DIR", help=trusted)
    verify.add_argument(
        "--receipt", type=Path, action="extend", nargs="+", default=[], metavar="FILE", help="receipts that people kept"
    )
    verify.add_argument("--json", action="store_true", help="one line of JSON on stdout")
    verify.set_defaults(run=run_verify)
    show = actions.add_parser("show", help="what the register says about itself; nothing is verified")
    show.set_defaults(run=run_show)
    for parser in (timestamp, verify, show):
        parser.add_argument("url", metavar="URL", help="an SQLite file or a database URL; it is never created here")


def run_timestamp(args: argparse.Namespace) -> int:
    """`signing register timestamp URL --tsa URL`."""
    trust = open_trust(args.trust)
    check = tsa_checker(trust) if trust is not None else None
    tsa = TimestampAuthority(url=args.tsa, http=HttpClient(allow=(args.tsa,)), check=check)
    with Register.open(args.url, create=False) as register:
        register.timestamp_head(tsa)
        end, newest = register.head(), register.newest_timestamp()
    print(printable(f"sổ đăng ký / register: {end.register}"))
    _print_newest(newest)
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """`signing register verify URL`."""
    trust = open_trust(args.trust)
    receipts = [Receipt.from_json(read_file(path)) for path in args.receipt]
    unknown: list[Finding] = []
    check = _noting(tsa_checker(trust), unknown) if trust is not None else None
    with Register.open(args.url, create=False) as register:
        end = register.head()
        found = register.audit(receipts=receipts, check=check)
        newest = None if found else register.newest_timestamp()
    verdict = Verdict.INVALID if found else Verdict.INDETERMINATE if unknown else Verdict.VALID
    status, words = _ANSWERS[verdict]
    findings = tuple(dict.fromkeys((*found, *unknown)))
    if args.json:
        emit_json(_json(verdict, end, newest, trusted=trust is not None, findings=findings))
        return status
    print(words)
    _print_end(end)
    for finding in findings:
        print(printable(finding.text_vi), printable(str(finding)), sep="\n")
    if not found:
        _print_newest(newest)
        if newest is None and not receipts:
            print(_NOTHING_KEPT)
        elif newest is not None and trust is None:
            print(_NO_TRUST)
    return status


def run_show(args: argparse.Namespace) -> int:
    """`signing register show URL`."""
    with Register.open(args.url, create=False) as register:
        end, newest = register.head(), register.newest_timestamp()
    print("CHƯA KIỂM TRA / NOT VERIFIED")
    _print_end(end)
    _print_newest(newest)
    return 0


def _noting(check: Callable[[TimestampToken], None], unknown: list[Finding]) -> Callable[[TimestampToken], None]:
    """`check`, but what it cannot tell is put into `unknown`: it must not hide what is wrong with the entries."""

    def judge(token: TimestampToken) -> None:
        try:
            check(token)
        except IndeterminateError as error:
            unknown.append(Finding.from_error(error))

    return judge


def _json(
    verdict: Verdict,
    end: Head,
    newest: HeadTimestamp | None,
    *,
    trusted: bool,
    findings: tuple[Finding, ...],
) -> dict[str, Any]:
    return {
        "register": end.register,
        "verdict": str(verdict),
        "number": end.number,
        "digest": end.digest,
        "timestamp": {"number": newest.number, "time": iso(newest.token.time), "checked": trusted} if newest else None,
        "findings": [f.to_dict() for f in findings],
    }


def _print_end(end: Head) -> None:
    print(printable(f"sổ đăng ký / register: {end.register}"))
    print(f"số mục / entries: {end.number}")
    print(printable(f"giá trị băm cuối / head digest: {end.digest}"))


def _print_newest(newest: HeadTimestamp | None) -> None:
    """The newest timestamp, and how far it reaches."""
    if newest is None:
        print("dấu thời gian mới nhất / newest timestamp: -")
        return
    print(f"dấu thời gian mới nhất / newest timestamp: {iso(newest.token.time)}")
    print(printable(f"  đến mục / up to entry {newest.number}: {newest.digest}"))
