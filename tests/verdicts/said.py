"""What a judge may say of a document, and how that compares with what is true."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.vectors.forgeries.case import Answer


class Word(StrEnum):
    """A judge's answer; `NONE`: it found no signature; `UNASKED`: not its kind of file."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "could not tell"
    NONE = "no signature"
    RAISED = "raised"
    UNASKED = "-"


@dataclass(frozen=True, slots=True)
class Said:
    """A judge's answer and its reasons, in its own words."""

    word: Word
    why: str = ""


class Score(StrEnum):
    """How an answer compares with the truth."""

    AGREES = "agree"
    CONTRADICTS = "contradict"
    UNSURE = "could not tell"
    RAISES = "raise"
    UNASKED = "-"


def score(answer: Answer, said: Said) -> Score:
    """A forged document must not be called valid, a genuine one not invalid; no answer is not a wrong one."""
    if said.word in {Word.RAISED, Word.UNASKED}:
        return Score.RAISES if said.word is Word.RAISED else Score.UNASKED
    right = {Answer.GENUINE: Word.VALID, Answer.FORGED: Word.INVALID, Answer.UNPROVEN: Word.UNKNOWN}[answer]
    if said.word is right:
        return Score.AGREES
    if said.word in {Word.UNKNOWN, Word.NONE}:
        return Score.UNSURE
    return Score.AGREES if (answer, said.word) == (Answer.UNPROVEN, Word.INVALID) else Score.CONTRADICTS


def worst(words: list[Word]) -> Word:
    """One answer for a document of several signatures."""
    if not words:
        return Word.NONE
    return Word.INVALID if Word.INVALID in words else Word.UNKNOWN if Word.UNKNOWN in words else Word.VALID
