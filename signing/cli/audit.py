"""`signing audit`: files and folders, for machines and archives; `verify` is the same check for one person."""

from __future__ import annotations

import argparse
import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event

from rich.console import Console

from ..audit import MAX_SECONDS as MAX_ANY_SECONDS
from ..audit import How, HowAndWhere, Where, audit_bytes, audit_files, passed_over
from ..audit.outputs import Outputs, write_all, written
from ..audit.walk import count
from ..audit.watch import EVERY_S, STILL_S, watch_files
from ..errors import UsageError
from ..files import is_folder
from ..policy import DEFAULT_POLICY, load_policy
from ..report import Report, Verdict
from ..trust.store import TrustStore
from .audit_show import show, summary
from .common import PasswordFile, Verbs, aware_time, job_count, open_trust, printing, read_input, say
from .pictures import add_pictures, drawer
from .progress import Meter

MAX_SECONDS = 120.0  # of processor time that one file of a folder may take, unless told otherwise
MAX_MEMORY = 4096  # MiB that one file of a folder may take, unless told otherwise
MAX_ANY_MEMORY = 2**24  # MiB

_EXIT = {Verdict.VALID: 0, Verdict.UNSIGNED: 0, Verdict.INVALID: 1, Verdict.INDETERMINATE: 3}


def add_parser(verbs: Verbs) -> None:
    """The one verb."""
    audit = verbs.add_parser(
        "audit",
        help="check files and folders: JSON Lines, HTML, or a table",
        epilog="Example: signing audit out/ --trust out/pki/trust --json",
    )
    audit.add_argument("paths", nargs="+", metavar="PATH", help="files and folders, or - for stdin")
    add_rules(audit)
    audit.add_argument("--json", action="store_true", help="one JSON object a document on stdout")
    _add_outputs(audit)
    _add_places(audit)
    audit.set_defaults(run=run_audit)


def add_rules(parser: argparse.ArgumentParser) -> None:
    """By what files are judged; `verify` takes the same."""
    parser.add_argument(
        "--trust",
        metavar="DIR",
        help="trusted certificates and keys: ca/ tsa/ identity/ seals/ roles/ lists/; or one PEM file",
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
        help="prefix of an OCSP or CRL service that may be asked; it knows more than the evidence in a file",
    )
    parser.add_argument("--show-ids", action="store_true", help="show personal numbers in certificates unmasked")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="folder for results.jsonl, results.csv, junit.xml, summary.html, summary.json and the journal by which "
        "a stopped or killed audit goes on when it is run again; unchanged files keep their answers: for new ones, "
        "name a new folder",
    )
    parser.add_argument("--html", metavar="FILE", help="one self-contained page: counts, charts, what needs attention")
    parser.add_argument("--csv", metavar="FILE", help="a row a signature, for spreadsheets")
    parser.add_argument("--junit", metavar="FILE", help="JUnit XML: failure = invalid, error = could not tell")
    parser.add_argument("--summary", metavar="FILE", help="counts by verdict, reason, signer, month as JSON")
    parser.add_argument(
        "--etsi", metavar="DIR", help="a validation report in XML a signed document (ETSI TS 119 102-2)"
    )
    add_pictures(parser)
    parser.add_argument("--journal", metavar="FILE", help="what was judged already (default: in the folder of --out)")


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=job_count, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument(
        "--max-seconds",
        type=_positive,
        metavar="S",
        help=f"processor time that one file may take, five times that of waiting (of folders: {MAX_SECONDS:g})",
    )
    parser.add_argument(
        "--max-memory", type=_mebibytes, metavar="MB", help=f"memory that one file may take (of folders: {MAX_MEMORY})"
    )
    parser.add_argument("--watch", action="store_true", help="go on judging files as they come, until stopped")
    parser.add_argument(
        "--every",
        type=_positive,
        default=EVERY_S,
        metavar="S",
        help=f"seconds between two looks (default {EVERY_S:g}): what is the same at two of them, or unchanged for "
        f"{STILL_S:g} seconds, is whole; what changes later is judged again",
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="judge on a Dask cluster of your own: tcp://HOST:8786 or tls://HOST:8786"
    )


def _positive(text: str) -> float:
    """An argparse type: seconds above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= MAX_ANY_SECONDS:
        raise argparse.ArgumentTypeError("not a number of seconds above zero")
    return value


def _mebibytes(text: str) -> int:
    """An argparse type: MiB above zero."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MAX_ANY_MEMORY:
        raise argparse.ArgumentTypeError("not a number of MiB above zero")
    return int(text)


def _where(args: argparse.Namespace, outputs: Outputs) -> Where:
    """Files of folders, and several, are judged in processes with limits; one file that is named only if asked."""
    many = args.watch or args.dask is not None or len(args.paths) > 1 or is_folder(args.paths[0])
    return {
        "jobs": args.jobs,
        "max_seconds": args.max_seconds or (MAX_SECONDS if many else None),
        "max_memory": args.max_memory or (MAX_MEMORY if many else None),
        "journal": outputs.journal,
        "dask": args.dask,
        "but": (*outputs.files(), *(folder for folder in (args.out, args.etsi, args.pictures) if folder)),
    }


def how_from(args: argparse.Namespace) -> How:
    """The flags of `add_rules` as keywords, the trust aside."""
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
    given = {name: getattr(args, name) for name in ("csv", "junit", "html", "summary", "journal", "etsi")}
    if args.watch and not (args.out or args.journal):
        raise UsageError("audit.watch-journal")
    if "-" in given.values() or (args.watch and "-" in args.paths):
        raise UsageError("usage.no-stream")
    outputs = Outputs.named(args.out, **given)
    outputs.assert_writable()  # told now, not after hours of work
    trust = open_trust(args.trust)
    how: HowAndWhere = {**how_from(args), **_where(args, outputs)}
    run = _watch if args.watch else _once
    return exit_status(set(run(args, trust, how, outputs)))


def _once(args: argparse.Namespace, trust: TrustStore | None, how: HowAndWhere, outputs: Outputs) -> Counter[Verdict]:
    printed = _Printer(args)
    paths = [p for p in args.paths if p != "-"]

    def total() -> int:
        return count(map(Path, paths), passed_over(how))

    with Meter("kiểm tra / audit", total) as meter, written(outputs) as files:
        for report in _reports(args, paths, trust, how):
            meter.advance()
            files.add(report)
            printed.add(report)
    _tell_outputs(outputs)
    printed.end()
    return printed.verdicts


def _reports(
    args: argparse.Namespace, paths: list[str], trust: TrustStore | None, how: HowAndWhere
) -> Iterator[Report]:
    draw = drawer(args)
    if "-" in args.paths:
        data = read_input("-")
        yield draw(audit_bytes(data, trust, **how_from(args)), data)
    for report in audit_files(paths, trust, **how):
        yield draw(report)


def _watch(args: argparse.Namespace, trust: TrustStore | None, how: HowAndWhere, outputs: Outputs) -> Counter[Verdict]:
    printed, ended, draw = _Printer(args), Event(), drawer(args)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    say("theo dõi, dừng bằng Ctrl-C / watching, stop with Ctrl-C")
    told = partial(write_all, outputs) if outputs.files() or outputs.etsi else None
    paths = [p for p in args.paths if p != "-"]
    for report in watch_files(paths, trust, stop=ended.is_set, every=args.every, told=told, **how):
        printed.add(draw(report))
    _tell_outputs(outputs)
    printed.end()
    return printed.verdicts


class _Printer:
    """What stdout is told: a line of JSON each, or a few lines for a person."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args, self._console = args, Console(highlight=False)
        self.verdicts: Counter[Verdict] = Counter()

    def add(self, report: Report) -> None:
        self.verdicts[report.verdict] += 1
        with printing():
            if self._args.json:
                print(report.to_json(), flush=True)
            elif report.verdict is not Verdict.UNSIGNED or report.path in self._args.paths:
                show(self._console, report)

    def end(self) -> None:
        if not self._args.json:
            self._console.print(summary(self.verdicts), soft_wrap=True)


def _tell_outputs(outputs: Outputs) -> None:
    for path in (*outputs.files(), *([outputs.etsi] if outputs.etsi else [])):
        say(f"→ {path}")
