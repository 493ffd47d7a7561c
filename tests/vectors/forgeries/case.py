"""A document with a known answer, and how makers of such documents are gathered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.signing.pdf_forge import Opened

Made = bytes | None | Iterable[tuple[str, bytes | None]]


class Answer(StrEnum):
    """What is true of a document, whoever judges it.

    `UNPROVEN`: nothing is forged, and what a verdict would need is missing: honest is "could not tell".
    """

    GENUINE = "genuine"
    FORGED = "forged"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One document: `data` is the file, `content` what a detached signature is over (None: nothing lies beside it).

    `group` is the kind of document, `class_name` the row of the table, `why` the reason for the answer. `alone` says
    that the answer needs what only our own kind of document has (a dossier's rules, a seal's), so no peer is asked.
    `variant` is the same for what was done alike to several signed files.
    """

    name: str
    group: str
    class_name: str
    answer: Answer
    why: str
    data: bytes
    suffix: str = ".pdf"
    content: bytes | None = None
    alone: bool = False
    variant: str = ""

    @property
    def file_name(self) -> str:
        """A name that is the same in every run."""
        return f"{self.name}{self.suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Something that one can do to any signed PDF: gives the changed file, several with a label each, or None where
    it does not apply. `bases` restricts it to some of the signed files."""

    name: str
    class_name: str
    answer: Answer
    why: str
    make: Callable[[Opened], Made]
    bases: tuple[str, ...] | None = None

    def cases(self, base: str, data: bytes) -> Iterator[Case]:
        """What it makes of one signed file."""
        if self.bases is not None and base not in self.bases:
            return
        made = self.make(Opened(data))
        if made is None:
            return
        for label, changed in [("", made)] if isinstance(made, bytes) else made:
            if changed is None or changed == data:
                continue
            variant = "-".join(part for part in (self.name, label) if part).replace(" ", "-")
            yield Case(
                name=f"{base}-{variant}",
                group="pdf",
                class_name=self.class_name,
                answer=self.answer,
                why=self.why,
                data=changed,
                variant=variant,
            )


class Recipes:
    """The recipes of one module, in their order."""

    def __init__(self) -> None:
        self.all: list[Recipe] = []

    def forged(
        self, class_name: str, why: str, *, bases: Sequence[str] | None = None, answer: Answer = Answer.FORGED
    ) -> Callable[[Callable[[Opened], Made]], Callable[[Opened], Made]]:
        """Enter the decorated function: what it makes must not be called valid."""

        def enter(make: Callable[[Opened], Made]) -> Callable[[Opened], Made]:
            name = make.__name__.replace("_", "-")
            chosen = None if bases is None else tuple(bases)
            recipe = Recipe(name=name, class_name=class_name, answer=answer, why=why, make=make, bases=chosen)
            self.all.append(recipe)
            return make

        return enter

    def harmless(
        self, class_name: str, why: str, *, bases: Sequence[str] | None = None
    ) -> Callable[[Callable[[Opened], Made]], Callable[[Opened], Made]]:
        """Enter the decorated function: what it makes stays valid."""
        return self.forged(class_name, why, bases=bases, answer=Answer.GENUINE)
