"""`signing dossier`: new, add, step, show, verify, extend."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from ..clock import moment
from ..cms.timestamp import TimestampAuthority
from ..confirmation import for_document
from ..dossier.dossier import Dossier, Draft
from ..dossier.input import entry_name
from ..dossier.prepare import Around
from ..dossier.receipt import Receipt
from ..dossier.register import Register
from ..dossier.rules import RESULTS, RULES, Decision, State, Step, following
from ..errors import UsageError
from ..files import read_file, write_file
from ..http import HttpClient
from ..policy import DEFAULT_POLICY, Baseline
from ..report import Verdict, verdict_of
from ..report.plain import ordered
from ..signer import open_signer
from ..trust.revocation import collect_evidence
from ..validation.file import tsa_checker
from .audit_show import said, show_finding, show_signature
from .common import (
    KEY_HELP,
    Verbs,
    add_secret_flags,
    ask_from,
    aware_time,
    emit_json,
    open_trust,
    printable,
    read_input,
    say,
    tell_code,
)

MAX_PROOF_BYTES = 64 * 1024
_STATUS = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.INDETERMINATE: 3, Verdict.UNSIGNED: 3}


def add_parser(verbs: Verbs) -> None:
    """The group `dossier` and its verbs."""
    group = verbs.add_parser("dossier", help="one application: papers, signed steps, results, in one .asice file")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_new(actions)
    _add_step(actions)
    add = actions.add_parser("add", help="add papers to a dossier that has no step yet")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("papers", nargs="+", type=Path, metavar="PAPER")
    add.set_defaults(run=run_add)
    show = actions.add_parser("show", help="what a dossier says about itself; nothing is verified")
    show.add_argument("file", type=Path, metavar="FILE")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=run_show)
    verify = actions.add_parser(
        "verify",
        help="check every step; exit 0 valid, 1 not valid, 3 could not tell",
        epilog="Example: signing dossier verify H26.19-261121-0001.asice --trust trust/ --register register.sqlite",
    )
    verify.add_argument("file", type=Path, metavar="FILE")
    _add_surroundings(verify)
    verify.add_argument(
        "--receipt", type=Path, metavar="SLIP", help="a receipt that someone kept, instead of a register"
    )
    verify.add_argument("--at", type=aware_time, metavar="TIME", help="judge as of this time")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=run_verify)
    extend = actions.add_parser("extend", help="raise every step's signature to B-LT, in place; B-LTA keeps them all")
    extend.add_argument("file", type=Path, metavar="FILE")
    extend.add_argument("--baseline", type=Baseline, choices=(Baseline.B_LT, Baseline.B_LTA), default=Baseline.B_LT)
    extend.add_argument("--tsa", metavar="URL", help="RFC 3161 timestamp authority, for B-LTA")
    _add_allow(extend)
    extend.set_defaults(run=run_extend)


def _add_new(actions: Verbs) -> None:
    new = actions.add_parser(
        "new",
        help="make a dossier from papers",
        epilog="Example: signing dossier new hoso.asice --code H26.19-261121-0001 --procedure 1.001193 "
        "--office H26.19 --applicant 'name=Trần Văn An' form.pdf",
    )
    new.add_argument("file", type=Path, metavar="FILE")
    new.add_argument("papers", nargs="+", type=Path, metavar="PAPER")  # "+", or argparse takes none after the options
    new.add_argument("--code", required=True, help="dossier code (mã số hồ sơ)")
    new.add_argument("--procedure", required=True, help="procedure code, such as 1.001193")
    new.add_argument("--office", required=True, help="agency code, such as H26.19")
    new.add_argument("--applicant", action="append", default=[], metavar="KEY=VALUE", help="as little as is needed")
    new.add_argument("--deadline", type=aware_time, metavar="TIME")
    new.add_argument("--rule-set", default="", metavar="NAME", help="the rules that it is accepted under")
    new.set_defaults(run=run_new)


def _add_step(actions: Verbs) -> None:
    step = actions.add_parser(
        "step",
        help="prepare a step (--draft), then sign it with its step proof (--sign)",
        epilog="Example: signing dossier step hoso.asice --draft d.json --step approve --decision eligible; then "
        "signing dossier step hoso.asice --sign d.json --proof p.jwt --key pkcs12:approver.p12 --trust trust/ "
        "--tsa http://127.0.0.1:8318/tsa --register register.sqlite",
    )
    step.add_argument("file", type=Path, metavar="FILE")
    phase = step.add_mutually_exclusive_group(required=True)
    phase.add_argument("--draft", type=Path, metavar="DRAFT", help="prepare: write the draft, print its nonce")
    phase.add_argument("--sign", type=Path, metavar="DRAFT", help="sign a draft")
    step.add_argument("--step", choices=[str(s) for s in Step], metavar="STEP", help=", ".join(Step))
    step.add_argument("--decision", choices=[str(d) for d in Decision], metavar="DECISION", help=_decisions())
    step.add_argument("--note", default="")
    step.add_argument("--add", action="append", default=[], type=Path, metavar="PAPER", help="a paper of a supplement")
    step.add_argument("--result", action="append", default=[], type=Path, metavar="PDF", help="a finished result")
    step.add_argument("--role", metavar="ROLE")
    step.add_argument("--key", metavar="URI", help=KEY_HELP)
    step.add_argument("--proof", metavar="FILE", help="the step proof for the nonce; - is stdin")
    step.add_argument("--tsa", metavar="URL", help="RFC 3161 timestamp authority")
    step.add_argument("--receipt", type=Path, metavar="SLIP", help="write the register's receipt for the applicant")
    step.add_argument("--json", action="store_true")
    _add_surroundings(step)
    _add_allow(step)
    add_secret_flags(step)
    step.set_defaults(run=run_step)


def _decisions() -> str:
    """Which decisions each step may take."""
    told = {step: dict.fromkeys(str(rule.decision) for rule in RULES if rule.step is step) for step in Step}
    return "; ".join(f"{step}: {', '.join(decisions)}" for step, decisions in told.items())


def _add_surroundings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--trust", metavar="DIR", help="whom to trust, and who may take which step")
    parser.add_argument("--register", metavar="URL", help="the office's register: an SQLite file or a database URL")


def _add_allow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )


def _around(args: argparse.Namespace, stack: ExitStack, *, create: bool) -> Around:
    """What the flags put around a dossier; the register is closed with `stack`."""
    around: Around = {"trust": open_trust(args.trust)}
    if args.register:
        around["register"] = stack.enter_context(Register.open(args.register, create=create))
    return around


def _with_services(args: argparse.Namespace, around: Around) -> Around:
    trust, allowed = around["trust"], tuple(args.allow)
    if args.tsa:
        check = tsa_checker(trust) if trust is not None else None
        around["tsa"] = TimestampAuthority(url=args.tsa, http=HttpClient(allow=(args.tsa,)), check=check)
    if allowed:
        around["http"] = HttpClient(allow=allowed)
    return around


def run_new(args: argparse.Namespace) -> int:
    """`signing dossier new FILE … PAPER…`."""
    pairs = [value.partition("=") for value in args.applicant]
    if not all(equals for _, equals, _ in pairs):
        raise UsageError("usage.argument", why="--applicant wants KEY=VALUE")
    dossier = Dossier.new(
        args.file,
        code=args.code,
        procedure=args.procedure,
        office=args.office,
        applicant={key: value for key, _, value in pairs},
        papers=args.papers,
        deadline=args.deadline,
        rule_set=args.rule_set,
    )
    for finding in dossier.warnings():
        say(str(finding))
    say(f"{args.file}: {dossier.code}, {len(dossier.record.papers)} giấy tờ / papers")
    return 0


def run_add(args: argparse.Namespace) -> int:
    """`signing dossier add FILE PAPER…`."""
    dossier = Dossier.open(args.file)
    if dossier.steps:
        raise UsageError("dossier.closed-to-files")
    for paper in args.papers:
        dossier = dossier.add(paper)
        say(f"{args.file}: + {entry_name(paper.name)}")
    return 0


def run_step(args: argparse.Namespace) -> int:
    """`signing dossier step FILE`, either phase."""
    with ExitStack() as stack:
        around = _with_services(args, _around(args, stack, create=True))
        dossier = Dossier.open(args.file, **around)
        return _prepare(dossier, args) if args.draft else _sign(dossier, args)


def _prepare(dossier: Dossier, args: argparse.Namespace) -> int:
    if args.step is None:
        raise UsageError("usage.argument", why="--draft needs --step")
    for paper in args.add:
        dossier = dossier.add(paper)
    for result in args.result:
        dossier = dossier.add(result, RESULTS + result.name)
    decision = Decision(args.decision) if args.decision else None
    draft = dossier.prepare(Step(args.step), decision=decision, note=args.note, role=args.role)
    draft.save(args.draft)
    _say_or_emit(
        args, {"draft": str(args.draft), "nonce": draft.nonce, "office": draft.office}, f"nonce: {draft.nonce}"
    )
    return 0


def _sign(dossier: Dossier, args: argparse.Namespace) -> int:
    if not args.key or not args.proof:
        raise UsageError("usage.argument", why="--sign needs --key and --proof")
    proof = read_input(args.proof)[:MAX_PROOF_BYTES].decode("utf-8", "replace").strip()
    draft = Draft.load(args.sign, dossier)
    signer = for_document(open_signer(args.key, ask_from(args)), Path(args.file).name, tell_code)
    after = draft.sign(signer, proof)
    receipt = after.receipt
    if args.receipt and receipt is not None:
        write_file(args.receipt, receipt.to_json().encode())
    told = {"seq": len(after.steps), "state": str(after.state), "receipt": receipt.to_dict() if receipt else None}
    _say_or_emit(args, told, f"{args.file}: {after.steps[-1].seq:03d}-{after.steps[-1].event} → {after.state}")
    return 0


def _say_or_emit(args: argparse.Namespace, value: dict[str, Any], text: str) -> None:
    if args.json:
        emit_json(value)
    else:
        print(text)


def run_show(args: argparse.Namespace) -> int:
    """`signing dossier show FILE`."""
    shown = Dossier.open(args.file).summary()
    if args.json:
        emit_json(shown)
        return 0
    print("CHƯA KIỂM TRA / NOT VERIFIED")
    for name in ("code", "procedure", "office", "state", "deadline"):
        print(printable(f"{name}: {shown[name] or '-'}"))
    for paper in shown["papers"]:
        print(f"  {paper['name']}")
    for step in shown["steps"]:
        told = f"  {step['seq']:03d} {step['event']}: {step['decision']}  {step['time']}  {step['note']}"
        print(printable(told.rstrip(" ")))
    print(f"tiếp theo / next: {following(State(shown['state']))}")
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """`signing dossier verify FILE`."""
    receipt = Receipt.from_json(read_file(args.receipt)) if args.receipt else None
    with ExitStack() as stack:
        dossier = Dossier.open(args.file, **_around(args, stack, create=False))
        found = dossier.examine(at=args.at, receipt=receipt)
    verdict = verdict_of(found.signatures, found.findings)
    if args.json:
        emit_json(
            {
                "path": str(args.file),
                "verdict": str(verdict),
                "policy": DEFAULT_POLICY.name,
                "dossier": found.dossier.to_dict() if found.dossier else None,
                "signatures": [s.to_dict() for s in found.signatures],
                "findings": [f.to_dict() for f in found.findings],
            }
        )
        return _STATUS[verdict]
    console = Console(highlight=False)
    for signature in found.signatures:
        show_signature(console, signature)
    for finding in ordered((*found.findings, *(f for s in found.signatures for f in s.findings))):
        show_finding(console, finding)
    console.print(said(verdict))
    return _STATUS[verdict]


def run_extend(args: argparse.Namespace) -> int:
    """`signing dossier extend FILE --allow URL [--baseline B-LTA --tsa URL]`."""
    http = HttpClient(allow=tuple(args.allow))
    around: Around = {}
    if args.tsa:
        around["tsa"] = TimestampAuthority(url=args.tsa, http=HttpClient(allow=(args.tsa,)))
    dossier = Dossier.open(args.file, **around)
    dossier = dossier.extend(args.baseline, collect=lambda chains: collect_evidence(chains, http, moment(None)))
    say(f"{args.file}: {len(dossier.steps)} × {args.baseline}")
    return 0
