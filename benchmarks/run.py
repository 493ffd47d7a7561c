"""All stated ratios in one run: `make bench`. Writes the table into benchmarks/README.md; exits 1 when one is missed.

Each `bench_*.py` has `ratios()`: (subject, measured, target, spread, comparison) rows. A comparison is either
"≥" (measured must reach the target) or "≤" (must stay below); `spread` is the run's own noise as a fraction, and a
ratio counts as missed only when it is missed by more than that.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
SUBJECTS = (
    "tokens",
    "disclosure",
    "status",
    "cms",
    "pdf",
    "stamp",
    "jvm",
    "growth",
    "levels",
    "pkcs11",
    "dossier",
    "seal",
    "issue",
    "chip",
    "bulk",
    "audit",
)
_MARK = "<!-- written by benchmarks/run.py -->"

Row = tuple[str, float, float, float, str]


def missed(row: Row) -> bool:
    """Whether a ratio is missed beyond the run's spread."""
    _, measured, target, spread, comparison = row
    return measured < target * (1 - spread) if comparison == "≥" else measured > target * (1 + spread)


def line(row: Row) -> str:
    """One line of the table."""
    subject, measured, target, spread, comparison = row
    answer = "**missed**" if missed(row) else "met"
    return f"| {subject} | {measured:.2f} | {comparison} {target:g} | ±{spread:.0%} | {answer} |"


def main(names: list[str]) -> int:
    """Measure, print, write."""
    sys.path.insert(0, str(HERE))
    rows: list[Row] = []
    said = io.StringIO()
    subjects = {name: importlib.import_module(f"bench_{name}") for name in names or SUBJECTS}
    for name, subject in subjects.items():
        print(f"measuring {name} …", file=sys.stderr)
        with contextlib.redirect_stdout(said):
            rows += subject.ratios()
    now = datetime.now(UTC).date().isoformat()
    where = f"{now}, Python {platform.python_version()}, {platform.machine()}, {platform.system()}, shared machine"
    table = "\n".join(
        [f"Measured {where}.", "", "| subject | ratio | stated | spread | |", "|---|---|---|---|---|", *map(line, rows)]
    )
    if said.getvalue():
        table += f"\n\n```\n{said.getvalue().rstrip()}\n```"
    print(table)
    if not names:
        readme = HERE / "README.md"
        head = readme.read_text().split(_MARK)[0]
        readme.write_text(f"{head}{_MARK}\n{table}\n")
    return 1 if any(map(missed, rows)) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
