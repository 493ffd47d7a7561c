"""What an audit leaves in files: JSON Lines, table, test results, page and counts; each whole or not there at all.

Everything is written as the Reports come, in their order; memory stays flat.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from ..errors import UsageError
from ..files import assert_writable, discard_leftovers, replacing
from ..html.summary import SummaryPage
from ..report import Report, json_line
from .etsi import EtsiFolder, made_folder
from .journal import NAME as JOURNAL
from .junit import JUnitSuite
from .summary import Summary
from .table import CsvTable

NAMES = {
    "results": "results.jsonl",
    "csv": "results.csv",
    "junit": "junit.xml",
    "html": "summary.html",
    "summary": "summary.json",
    "journal": JOURNAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where to. None: not wanted. `etsi` is a folder, for a file a signed document; it is made."""

    results: Path | None = None
    csv: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    summary: Path | None = None
    journal: Path | None = None
    etsi: Path | None = None

    @classmethod
    def named(cls, out: str | None, **given: str | None) -> Outputs:
        """Those that are `given`, and in the folder `out`, which is made, the others under their own names.

        Raises `UsageError` (`output.unwritable`, `audit.one-output`).
        """
        paths = {name: Path(path) for name, path in given.items() if path}
        if out is not None:
            made_folder(Path(out))
            paths = {name: Path(out) / file for name, file in NAMES.items()} | paths
        seen: set[str] = set()
        for path in paths.values():
            if (whole := os.path.abspath(path)) in seen:  # noqa: PTH100  # links stay
                raise UsageError("audit.one-output", path=path)
            seen.add(whole)
        return cls(**paths)

    def files(self) -> list[Path]:
        """All that are written in the end."""
        found = (getattr(self, each.name) for each in fields(self) if each.name not in {"journal", "etsi"})
        return [path for path in found if path is not None]

    def assert_writable(self) -> None:
        """Raise now what writing would raise after hours of work; and remove what a killed audit left."""
        discard_leftovers(self.files())
        for path in self.files():
            assert_writable(path)
        if self.etsi is not None:
            made_folder(self.etsi)


class _Writer(Protocol):
    def add(self, report: Report) -> None:
        """Take one more."""

    def finish(self) -> None:
        """Write what stands at the end."""


class _Lines:
    """JSON Lines, as `--json` prints them."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def add(self, report: Report) -> None:
        self._out.write(report.to_json().encode() + b"\n")

    def finish(self) -> None:
        """Nothing stands at the end."""


class _Page:
    def __init__(self, out: BinaryIO, at: datetime | None) -> None:
        self._out, self._page, self._at = out, SummaryPage(), at

    def add(self, report: Report) -> None:
        self._page.add(report)

    def finish(self) -> None:
        self._out.write(self._page.render(at=self._at).encode())


class _Counts:
    def __init__(self, out: BinaryIO) -> None:
        self._out, self._summary = out, Summary()

    def add(self, report: Report) -> None:
        self._summary.add(report)

    def finish(self) -> None:
        self._out.write(json_line(self._summary.to_dict()).encode() + b"\n")


class Written:
    """Open outputs, to which Reports are added."""

    def __init__(self, writers: list[_Writer]) -> None:
        self._writers = writers

    def add(self, report: Report) -> None:
        """Write what can be written of one more."""
        for writer in self._writers:
            writer.add(report)

    def finish(self) -> None:
        """Write what stands at the end."""
        for writer in self._writers:
            writer.finish()


@contextmanager
def written(outputs: Outputs, *, at: datetime | None = None) -> Iterator[Written]:
    """Outputs that get their names when the block ends well. Raises `UsageError` `output.unwritable`."""
    makers: dict[str, Callable[[BinaryIO], _Writer]] = {
        "results": _Lines,
        "csv": CsvTable,
        "junit": JUnitSuite,
        "summary": _Counts,
    }
    with ExitStack() as stack:
        writers: list[_Writer] = []
        for name, make in makers.items():
            if (path := getattr(outputs, name)) is not None:
                writers.append(make(stack.enter_context(replacing(path))))
        if outputs.etsi is not None:
            writers.append(EtsiFolder(outputs.etsi))
        if outputs.html is not None:
            writers.append(_Page(stack.enter_context(replacing(outputs.html)), at))
        open_ones = Written(writers)
        yield open_ones
        open_ones.finish()


def write_all(outputs: Outputs, reports: Iterable[Report]) -> None:
    """All outputs anew. Raises `UsageError` `output.unwritable`, and what `reports` raises."""
    with written(outputs) as files:
        for report in reports:
            files.add(report)
