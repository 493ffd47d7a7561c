"""All PDFs with a known answer: what one can do to every signed file, and what is signed with forging in mind."""

from __future__ import annotations

from collections.abc import Iterator

from . import pdf_bytes, pdf_fields, pdf_harmless, pdf_shown, pdf_tables
from .case import Answer, Case
from .pdf_bases import Bench

RECIPES = [r for part in (pdf_bytes, pdf_tables, pdf_fields, pdf_shown, pdf_harmless) for r in part.RECIPES.all]


def cases(bench: Bench) -> Iterator[Case]:
    """The signed files, and everything that is made of them."""
    for base, data in bench.signed.items():
        yield Case(
            name=f"{base}-genuine", group="pdf", class_name="genuine", answer=Answer.GENUINE, why="untouched", data=data
        )
        for recipe in RECIPES:
            yield from recipe.cases(base, data)
