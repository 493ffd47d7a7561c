"""Every document with a known answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from . import cades, chains, containers, dossiers, faults, pdf_waiting, pdfs, revocations, stamps, tokens, xades
from .case import Case
from .pdf_bases import Bench

MAKERS: tuple[Callable[[Bench], Iterator[Case]], ...] = (
    pdfs.cases,
    pdf_waiting.cases,
    chains.cases,
    revocations.cases,
    stamps.cases,
    faults.cases,
    cades.cases,
    containers.cases,
    dossiers.cases,
    tokens.cases,
    xades.cases,
)


def cases(bench: Bench) -> Iterator[Case]:
    """All of them, in the same order in every run."""
    for make in MAKERS:
        yield from make(bench)


def covering(made: Iterable[Case]) -> list[Case]:
    """A part of them in which every kind of change is met once, on signed files that take turns, and all the rest."""
    alike: dict[tuple[str, str], list[Case]] = {}
    chosen = []
    for case in made:
        if case.variant:
            alike.setdefault((case.group, case.variant), []).append(case)
        else:
            chosen.append(case)
    return chosen + [own[turn % len(own)] for turn, own in enumerate(alike.values())]
