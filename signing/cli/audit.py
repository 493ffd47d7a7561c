"""`signing audit` and `signing verify`: one check, for machines and archives, and for one person and document."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ..audit import How, audit_bytes, audit_file, audit_files
from ..files import assert_writable, write_file
from ..html.page import render_html
from ..policy import DEFAULT_POLICY, load_policy
from ..report import DossierReport, Finding, Report, SignatureReport, Verdict
from .common import PasswordFile, Verbs, aware_time, job_count, open_trust, printable, read_input, say

_STYLE = {Verdict.VALID: "green", Verdict.INVALID: "bold red", Verdict.INDETERMINATE: "yellow", Verdict.UNSIGNED: "dim"}
_WORDS = {
    Verdict.VALID: ("hợp lệ", "valid"),
    Verdict.INVALID: ("KHÔNG hợp lệ", "INVALID"),
    Verdict.INDETERMINATE: ("không xác định được", "could not tell"),
    Verdict.UNSIGNED: ("không có chữ ký", "unsigned"),
}
MAX_SHOWN = 6  # findings shown of one document among many

_SEVERITY = {"error": ("lỗi", "red"), "warning": ("cảnh báo", "yellow"), "info": ("thông tin", "dim")}
_EXIT = {Verdict.VALID: 0, Verdict.UNSIGNED: 0, Verdict.INVALID: 1, Verdict.INDETERMINATE: 3}


def add_parser(verbs: Verbs) -> None:
    """Both verbs."""
    audit = verbs.add_parser(
        "audit",
        help="check files and folders: JSON Lines, HTML, or a table",
        epilog="Example: signing audit out/ --trust out/pki/trust --json",
    )
    audit.add_argument("paths", nargs="+", metavar="PATH", help="files and folders, or - for stdin")
    _add_rules(audit)
    audit.add_argument("--json", action="store_true", help="one JSON object a document on stdout")
    audit.add_argument("--html", metavar="OUT", help="also write one self-contained page")
    audit.add_argument("--jobs", type=job_count, default=1, metavar="N", help="processes (default 1)")
    audit.set_defaults(run=run_audit)

    verify = verbs.add_parser(
        "verify",
        help="check one document, for a person",
        epilog="Example: signing verify out/result.pdf --trust out/pki/trust",
    )
    verify.add_argument("file", metavar="FILE", help="a file, or - for stdin")
    _add_rules(verify)
    verify.add_argument("--json", action="store_true", help="one JSON object on stdout")
    verify.set_defaults(run=run_verify)


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trust", metavar="DIR", help="trusted certificates and keys: ca/ tsa/ identity/ seals/ roles/"
    )
    parser.add_argument("--at", type=aware_time, metavar="TIME", help="judge as of this time (ISO 8601 with offset)")
    parser.add_argument("--policy", metavar="FILE", help="JSON that overrides accepted algorithms and key sizes")
    parser.add_argument("--register", metavar="URL", help="the office's register, such as sqlite:///register.db")
    parser.add_argument("--password-file", metavar="FILE", help="password for encrypted PDFs")
    parser.add_argument(
        "--online",
        action="append",
        default=[],
        metavar="URL",
        help="prefix of an OCSP or CRL service that may be asked where a file lacks evidence",
    )
    parser.add_argument("--show-ids", action="store_true", help="show personal numbers in certificates unmasked")


def _how(args: argparse.Namespace) -> How:
    password = PasswordFile(args.password_file) if args.password_file else None
    return {
        "at": args.at,
        "policy": load_policy(args.policy) if args.policy else DEFAULT_POLICY,
        "register": args.register,
        "password": password,
        "online": tuple(args.online),
        "show_ids": args.show_ids,
    }


def exit_status(verdicts: set[Verdict]) -> int:
    """1 if anything is invalid, else 3 if anything is indeterminate, else 0."""
    statuses = {_EXIT[v] for v in verdicts}
    return 1 if 1 in statuses else 3 if 3 in statuses else 0


def run_audit(args: argparse.Namespace) -> int:
    """`signing audit PATH…`."""
    verdicts: Counter[Verdict] = Counter()
    kept: list[Report] = []
    console = Console(highlight=False)
    if args.html:
        assert_writable(args.html)  # told now, not after hours of work
    for count, report in enumerate(_reports(args), 1):
        verdicts[report.verdict] += 1
        if args.html:
            kept.append(report)
        if not args.json:
            if report.verdict is not Verdict.UNSIGNED or report.path in args.paths:
                _show(console, report)
            continue
        print(report.to_json(), flush=True)
        if sys.stderr.isatty():
            print(f"\r{count} …", end="", file=sys.stderr)
    if args.html:
        write_file(args.html, render_html(kept).encode())
        say(f"HTML: {args.html}")
    if not args.json:
        console.print(_summary(verdicts), soft_wrap=True)
    return exit_status(set(verdicts))


def _summary(verdicts: Counter[Verdict]) -> Text:
    """How many of each; unsigned files in folders are counted, not listed."""
    parts = [Text(f"{verdicts[v]} {' / '.join(_WORDS[v])}", _STYLE[v]) for v in Verdict if verdicts[v]]
    return Text("; ").join(parts)


def _reports(args: argparse.Namespace) -> Iterator[Report]:
    trust, how = open_trust(args.trust), _how(args)
    if "-" in args.paths:
        yield audit_bytes(read_input("-"), trust, **how)
    yield from audit_files([p for p in args.paths if p != "-"], trust, jobs=args.jobs, **how)


def run_verify(args: argparse.Namespace) -> int:
    """`signing verify FILE`."""
    trust, how = open_trust(args.trust), _how(args)
    report = audit_bytes(read_input("-"), trust, **how) if args.file == "-" else audit_file(args.file, trust, **how)
    if args.json:
        print(report.to_json())
    else:
        _show(Console(highlight=False), report, full=True)
    if report.verdict is Verdict.UNSIGNED:
        return 3  # asked about one document, "no signature" is not a proof of anything
    return _EXIT[report.verdict]


def _show(console: Console, report: Report, *, full: bool = False) -> None:
    vi, en = _WORDS[report.verdict]
    line = Text()
    line.append(f"{vi} / {en}", style=_STYLE[report.verdict])
    line.append(f"  {printable(report.path)}  ({report.kind})")
    console.print(line, soft_wrap=True)
    if report.verdict is Verdict.UNSIGNED and not full:
        return
    for signature in report.signatures:
        if full or report.verdict is not Verdict.VALID:
            console.print(Text(f"    {printable(_signature_line(signature))}"), soft_wrap=True)
    if full and report.dossier is not None:
        console.print(Text(f"    {printable(_dossier_line(report.dossier))}"), soft_wrap=True)
    told = [f for f in dict.fromkeys(report.all_findings()) if full or f.severity != "info"]
    shown = told if full else told[:MAX_SHOWN]
    for finding in shown:
        _show_finding(console, finding)
    if len(told) > len(shown):
        more = f"    … +{len(told) - len(shown)} (signing verify, --json)"
        console.print(Text(more, style="dim"), soft_wrap=True)


def _show_finding(console: Console, finding: Finding) -> None:
    """Vietnamese on one line, English and the code below it, so that each can be read by itself."""
    word, style = _SEVERITY[finding.severity]
    console.print(Text(f"    {word}: ", style=style).append(finding.text_vi, style="default"), soft_wrap=True)
    console.print(Text(f"        {finding.text} [{finding.code}]"), soft_wrap=True)


def _signature_line(signature: SignatureReport) -> str:
    who = signature.signer.subject if signature.signer else "?"
    when = signature.best_signature_time
    parts = (signature.id + ":", signature.indication, signature.sub_indication, signature.format, signature.baseline)
    return f"{' '.join(p for p in parts if p)} — {who} — {when.isoformat(' ', 'seconds') if when else '?'}"


def _dossier_line(dossier: DossierReport) -> str:
    steps = " → ".join(step.event for step in dossier.steps)
    return f"{dossier.code}, {dossier.procedure}: {steps}"
