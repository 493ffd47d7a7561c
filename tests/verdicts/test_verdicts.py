"""Our verdict about documents with a known answer: every kind of forgery once, on signed files that take turns.

`make verdicts` judges all of them, by ours and by three other programs.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.vectors.forgeries.case import Answer, Case
from tests.vectors.forgeries.every import cases, covering
from tests.vectors.forgeries.pdf_bases import Bench
from tests.world import World

from .judges import ours
from .run import write
from .said import Said, Score, Word, score, worst

Judged = list[tuple[Case, Said]]


@pytest.fixture(scope="module")
def judged(world: World, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    bench, folder = Bench(world), tmp_path_factory.mktemp("verdicts")
    made = covering(cases(bench))
    return list(zip(made, ours([write(case, folder) for case in made], bench.trust), strict=True))


def told(found: Judged) -> str:
    return "\n".join(f"{case.name} ({case.why}): {said.word} {said.why}" for case, said in found)


def test_no_forgery_is_called_valid(judged: Judged) -> None:
    wrong = [(c, s) for c, s in judged if c.answer is Answer.FORGED and s.word is not Word.INVALID]
    assert not wrong, told(wrong)


def test_everything_genuine_is_valid(judged: Judged) -> None:
    wrong = [(c, s) for c, s in judged if c.answer is Answer.GENUINE and s.word is not Word.VALID]
    assert not wrong, told(wrong)


def test_what_cannot_be_proven_is_not_called_valid(judged: Judged) -> None:
    wrong = [(c, s) for c, s in judged if c.answer is Answer.UNPROVEN and s.word in {Word.VALID, Word.RAISED}]
    assert not wrong, told(wrong)


def test_nothing_raises(judged: Judged) -> None:
    wrong = [(c, s) for c, s in judged if s.word is Word.RAISED]
    assert not wrong, told(wrong)


def test_every_kind_of_document_is_met(judged: Judged) -> None:
    groups = Counter(case.group for case, _ in judged)
    assert groups["pdf"] > 400
    assert groups["cades"] > 150
    assert min(groups[g] for g in ("asice", "dossier", "timestamp", "seal")) > 5
    assert len({case.file_name for case, _ in judged}) == len(judged)


def test_how_answers_are_counted() -> None:
    assert score(Answer.FORGED, Said(Word.VALID)) is Score.CONTRADICTS
    assert score(Answer.FORGED, Said(Word.NONE)) is Score.UNSURE
    assert score(Answer.GENUINE, Said(Word.INVALID)) is Score.CONTRADICTS
    assert score(Answer.UNPROVEN, Said(Word.VALID)) is Score.CONTRADICTS
    assert score(Answer.UNPROVEN, Said(Word.UNKNOWN)) is Score.AGREES
    assert worst([]) is Word.NONE
    assert worst([Word.VALID, Word.UNKNOWN]) is Word.UNKNOWN
