"""Ours, pyHanko, pdfsig and EU DSS over every document with a known answer, in one table.

    python -m tests.verdicts.run [--out DIR] [--only CLASS] [--peers pyHanko,pdfsig,"EU DSS"|none]

Exits 1 when one of our answers is wrong, or a difference from EU DSS stands in no row of `differences.json`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests.vectors.forgeries.case import Case
from tests.vectors.forgeries.every import cases
from tests.vectors.forgeries.pdf_bases import Bench
from tests.world import make_world

from . import judges
from .said import Said, Word
from .table import Row, differences, faults, table


def write(case: Case, folder: Path) -> Path:
    """The case as a file, with what it signs beside it."""
    path = folder / case.file_name
    path.write_bytes(case.data)
    if case.content is not None:
        path.with_suffix("").write_bytes(case.content)
    return path


def judge(bench: Bench, made: list[Case], folder: Path, peers: Iterable[str]) -> list[Row]:
    """Every judge's answer about every case."""
    roots = []
    for i, certificate in enumerate(bench.anchors):
        roots.append(folder / f"root-{i}.pem")
        roots[-1].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths = [write(case, folder) for case in made]
    said: dict[str, list[Said]] = {"ours": _timed("ours", lambda: judges.ours(paths, bench.trust))}
    asked = [i for i, case in enumerate(made) if not case.alone]
    for name in peers:
        answers = _timed(name, lambda n=name: judges.JUDGES[n]([paths[i] for i in asked], roots))  # type: ignore[misc]
        said[name] = [Said(Word.UNASKED)] * len(made)
        for i, answer in zip(asked, answers, strict=True):
            said[name][i] = answer
    return [Row(case, {name: all_[i] for name, all_ in said.items()}) for i, case in enumerate(made)]


def _timed(name: str, work: object) -> list[Said]:
    started = time.perf_counter()
    answers = work()  # type: ignore[operator]
    print(f"{name}: {len(answers)} files in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    return answers


def main() -> int:
    """Make, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where the documents are kept; a temporary folder by default")
    parser.add_argument("--only", default="", help="classes whose name contains this")
    parser.add_argument("--peers", default=",".join(judges.available()))
    given = parser.parse_args()
    peers = [] if given.peers == "none" else given.peers.split(",")
    with tempfile.TemporaryDirectory() as temporary, make_world(Path(temporary)) as world:
        folder = given.out or Path(temporary) / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(world)
        made = [case for case in cases(bench) if given.only in case.class_name]
        rows = judge(bench, made, folder, peers)
    print(table(rows))
    print(differences(rows))
    wrong = faults(rows)
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
