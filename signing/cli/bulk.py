"""What `sign` and `extend` share when there are many files: flags, progress, the failures at the end."""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..audit import shown_path
from ..batch.plan import Filters
from ..batch.run import AnyOrder, plan_batch, run_batch
from ..batch.stage import Outcome
from ..errors import SigningError, UsageError
from ..files import is_folder
from .common import emit_json, job_count, say, tell_error
from .progress import bar

MAX_LISTED = 50  # failures told at the end; all of them are in the journal and in the JSON

_NOTHING_MADE = {
    "kept": "đã có / kept",
    "unsigned": "không có chữ ký / unsigned",
    "not-due": "chưa đến hạn / not due",
}


def add_batch_flags(parser: argparse.ArgumentParser) -> None:
    """Processes, outputs that exist, which files of a folder, the journal, JSON."""
    parser.add_argument("--jobs", type=job_count, default=1, metavar="N", help="processes (default 1)")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--force", action="store_true", help="replace outputs that exist")
    existing.add_argument("--resume", action="store_true", help="go on with a batch that was stopped or killed")
    parser.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="GLOB",
        help="of a folder only these; without: all but .names and journals",
    )
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="of a folder all but these")
    parser.add_argument(
        "--journal", metavar="FILE", help="what was made of what (default: signing-journal.jsonl in the output folder)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a file on stdout")


def is_batch(args: argparse.Namespace) -> bool:
    """Whether the inputs are a folder or several: they go to a folder, with a journal."""
    return len(args.inputs) > 1 or is_folder(args.inputs[0])


def make_folder(name: str) -> None:
    """A folder that says itself that it is one. Raises `UsageError` `output.unwritable`."""
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError("output.unwritable", path=name, why=getattr(error, "strerror", None) or error) from None


def run_all(args: argparse.Namespace, order: AnyOrder, ask: Callable[[str], str] | None) -> int:
    """Work on all inputs; 0 when each has its output, 1 when one has not, the status of what stopped the run."""
    if args.out.endswith(os.sep) or any(map(is_folder, args.inputs)):
        make_folder(args.out)
    out, journal = Path(args.out), Path(args.journal) if args.journal else None
    filters = Filters(include=tuple(args.include), exclude=tuple(args.exclude))
    tally = Tally()
    with (
        plan_batch([Path(name) for name in args.inputs], out, order, filters, journal=journal) as plan,
        run_batch(plan, order, ask, jobs=args.jobs, journal=journal) as outcomes,
    ):
        try:
            with _progress(args.verb, plan.total) as advance:
                for outcome in outcomes:
                    advance()
                    tally.count(outcome)
                    if args.json:
                        emit_json(line(outcome))
        except SigningError:
            tally.tell(plan.total)
            raise
        tally.tell(plan.total)
    return 1 if tally.counts["failed"] else 0


@dataclass(slots=True)
class Tally:
    """What became of the files so far."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def count(self, outcome: Outcome) -> None:
        """Take note of one more."""
        self.counts["failed" if outcome.error else outcome.reason if outcome.skipped else "made"] += 1
        if outcome.error and len(self.failures) < MAX_LISTED:
            self.failures.append(outcome)

    def tell(self, total: int) -> None:
        """The failures and one line of figures, on stderr."""
        for outcome in self.failures:
            if outcome.error is not None:
                tell_error(shown_path(outcome.source), outcome.error)
        hidden = self.counts["failed"] - len(self.failures)
        if hidden:
            say(f"… +{hidden:,}")
        seconds = time.monotonic() - self.started
        parts = [f"xong / done {self.counts['made']:,}"]
        parts += [f"{name} {self.counts[reason]:,}" for reason, name in _NOTHING_MADE.items() if self.counts[reason]]
        parts += [f"lỗi / failed {self.counts['failed']:,}"] if self.counts["failed"] else []
        left = total - self.counts.total()
        parts += [f"chưa làm / not tried {left:,}"] if left else []
        parts += [f"{seconds:,.1f} s", f"{self.counts['made'] / max(seconds, 1e-3):,.0f}/s"]
        say(" · ".join(parts))


@contextmanager
def _progress(verb: str, total: int) -> Iterator[Callable[[], None]]:
    """Call the answer once a file. Shown on a terminal only."""
    with bar() as shown:
        name = {"sign": "ký / signing", "extend": "nâng mức / extending"}.get(verb, verb)
        task = shown.add_task(name, total=total)
        yield lambda: shown.advance(task)


def line(outcome: Outcome) -> dict[str, object]:
    """One file's line of JSON."""
    error = outcome.error
    told = {"code": error.code, "text": error.text, "text_vi": error.text_vi} if error else None
    made = None if error or outcome.reason in {"unsigned", "not-due"} else shown_path(outcome.output)
    told_of: dict[str, object] = {"source": shown_path(outcome.source), "output": made, "skipped": outcome.skipped}
    return {**told_of, "error": told, **({"reason": outcome.reason} if outcome.reason else {})}


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """One file by itself."""
    source, output = shown_path(outcome.source), shown_path(outcome.output)
    if as_json:
        emit_json(line(outcome))
    if outcome.error is not None:
        tell_error(source, outcome.error)
    elif not as_json:
        say(f"{source} → {output}" + (f" ({_NOTHING_MADE[outcome.reason]})" if outcome.reason else ""))
