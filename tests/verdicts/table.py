"""The table of all answers, and the list of differences from EU DSS with who is right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from tests.vectors.forgeries.case import Answer, Case

from .said import Said, Score, Word, score

SETTLED = Path(__file__).parent / "differences.json"
OURS, DSS = "ours", "EU DSS"


@dataclass(frozen=True, slots=True)
class Row:
    """One document and what each judge says of it."""

    case: Case
    said: dict[str, Said]

    def score(self, judge: str) -> Score:
        return score(self.case.answer, self.said[judge])


def _cell(rows: Iterable[Row], judge: str) -> str:
    found = Counter(row.score(judge) for row in rows)
    if not found or set(found) == {Score.UNASKED}:
        return "–"
    order = (Score.AGREES, Score.CONTRADICTS, Score.RAISES, Score.UNSURE)
    return " / ".join(str(found[s]) for s in order)


def table(rows: Sequence[Row]) -> str:
    """Markdown: for each class and judge: agree / contradict / raise / could not tell."""
    names = list(rows[0].said) if rows else []
    lines = [
        "agree / contradict / raise / could not tell (no signature found counts as the last)", "",
        "| class | files | " + " | ".join(names) + " |", "|---|--:|" + "---|" * len(names),
    ]  # fmt: skip
    groups = list(dict.fromkeys((row.case.group, row.case.class_name) for row in rows))
    for group, name in groups:
        own = [row for row in rows if (row.case.group, row.case.class_name) == (group, name)]
        cells = " | ".join(_cell(own, judge) for judge in names)
        lines.append(f"| {group}: {name} | {len(own)} | {cells} |")
    for group in [*dict.fromkeys(row.case.group for row in rows), ""]:
        own = [row for row in rows if group in ("", row.case.group)]
        cells = " | ".join(f"**{_cell(own, judge)}**" for judge in names)
        lines.append(f"| **{group or 'all'}** | **{len(own)}** | {cells} |")
    return "\n".join(lines)


@cache
def settled() -> list[dict[str, Any]]:
    """Rows of the data file: `classes` and `cases` (patterns), `dss` (its answers), `right` (ours or both), `why`."""
    rows: list[dict[str, Any]] = json.loads(SETTLED.read_text())
    return rows


def _reason(row: Row) -> dict[str, Any] | None:
    told, case = row.said[DSS].word, row.case
    for reason in settled():
        named = any(fnmatch(case.class_name, pattern) for pattern in reason["classes"])
        if named and told in reason["dss"] and fnmatch(case.name, reason["cases"]):
            return reason
    return None


def differing(rows: Sequence[Row]) -> list[Row]:
    """Documents about which EU DSS was asked and gave another answer than ours."""
    asked = [row for row in rows if DSS in row.said and row.said[DSS].word is not Word.UNASKED]
    return [row for row in asked if row.said[DSS].word is not row.said[OURS].word]


def differences(rows: Sequence[Row]) -> str:
    """Where ours and EU DSS differ, grouped by the reason."""
    grouped: dict[str, list[Row]] = {}
    for row in differing(rows):
        reason = _reason(row)
        why = f"{reason['right']}: {reason['why']}" if reason else "NOT SETTLED"
        grouped.setdefault(f"{row.case.class_name}: EU DSS says {row.said[DSS].word}; {why}", []).append(row)
    lines = ["", f"differences from EU DSS: {sum(map(len, grouped.values()))}"]
    for why, own in sorted(grouped.items()):
        lines.append(f"- {len(own)} × {why} (e.g. {own[0].case.name})")
    return "\n".join(lines)


def faults(rows: Sequence[Row]) -> list[str]:
    """Our wrong answers, and differences that nobody has settled."""
    wrong = [
        f"WRONG {row.case.name}: {row.case.answer}, we say {row.said[OURS].word}: {row.said[OURS].why}"
        for row in rows
        if row.score(OURS) in {Score.CONTRADICTS, Score.RAISES}
        or (row.case.answer is Answer.FORGED and row.said[OURS].word is not Word.INVALID)
        or (row.case.answer is Answer.GENUINE and row.said[OURS].word is not Word.VALID)
    ]
    unsettled = [
        f"UNSETTLED {row.case.name}: EU DSS says {row.said[DSS].word}, we {row.said[OURS].word}: {row.said[DSS].why}"
        for row in differing(rows)
        if _reason(row) is None
    ]
    return wrong + unsettled
