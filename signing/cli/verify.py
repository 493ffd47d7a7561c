"""`signing verify`: one document, for a person: the check of `signing audit`, told so that anyone can follow it."""

from __future__ import annotations

import argparse

from ..audit import audit_bytes, audit_file
from ..files import write_file
from ..html.page import render_html
from ..report import Report, Verdict
from ..report.etsi import validation_report
from .audit import add_rules, how_from
from .common import Verbs, assert_file, open_trust, read_input, say
from .pictures import add_pictures, drawer
from .verify_show import show_one, terminal

_EXIT = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.INDETERMINATE: 3, Verdict.UNSIGNED: 3}


def add_parser(verbs: Verbs) -> None:
    """The one verb."""
    verify = verbs.add_parser(
        "verify",
        help="check one document, for a person",
        epilog="Example: signing verify out/result.pdf --trust out/pki/trust",
    )
    verify.add_argument("file", metavar="FILE", help="a file, or - for stdin")
    add_rules(verify)
    verify.add_argument("--json", action="store_true", help="one JSON object on stdout")
    verify.add_argument("--detail", action="store_true", help="codes, digests, how to check it yourself")
    verify.add_argument("--html", metavar="FILE", help="the same as a page to read or print")
    verify.add_argument("--etsi", metavar="FILE", help="the same as a validation report in XML (ETSI TS 119 102-2)")
    add_pictures(verify)
    verify.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace) -> int:
    """`signing verify FILE`; asked about one document, "no signature" is not a proof of anything: exit 3."""
    assert_file(args.file)
    trust, how = open_trust(args.trust), how_from(args)
    draw, data = drawer(args), read_input("-") if args.file == "-" else None
    report = audit_file(args.file, trust, **how) if data is None else audit_bytes(data, trust, **how)
    report = draw(report, data)
    _write(args, report)
    if args.json:
        print(report.to_json())
    else:
        show_one(terminal(), report, detail=args.detail)
    return _EXIT[report.verdict]


def _write(args: argparse.Namespace, report: Report) -> None:
    """The files that are asked for; those that are there are replaced."""
    if args.html:
        write_file(args.html, render_html([report]).encode(), overwrite=True)
        say(f"→ {args.html}")
    if args.etsi:
        write_file(args.etsi, validation_report(report), overwrite=True)
        say(f"→ {args.etsi}")
