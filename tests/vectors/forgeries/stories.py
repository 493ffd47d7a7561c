"""Signatures whose certificates, revocation evidence or timestamps are forged, stale, missing, or just right.

The signature itself always holds. Each story is told twice: as a PDF with its evidence in /DSS, and as a detached CAdES
signature with its evidence inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509

from signing.cms.signed_data import add_long_term
from tests.signing.authority import HOUR, Holder
from tests.signing.scene import sign

from .by_hand import Parts
from .case import Answer, Case
from .pdf_bases import Bench, signed_outside, with_evidence

CONTENT = "Biên bản bàn giao số 7\n".encode() * 9
REASON = x509.ReasonFlags
GENUINE, FORGED, UNPROVEN = Answer.GENUINE, Answer.FORGED, Answer.UNPROVEN


@dataclass(frozen=True, kw_only=True)
class Signing:
    """Who signs, and what evidence goes along. `stamp` adds something to the finished CMS."""

    holder: Holder
    chain: Sequence[Holder]
    crls: Sequence[bytes] = ()
    ocsps: Sequence[bytes] = ()
    certificates: Sequence[Holder] = ()
    stamp: Callable[[bytes], bytes] = field(default=lambda cms: cms)
    at: timedelta = -HOUR
    weak: bool = False  # so weak that this product's own signer refuses it


@dataclass(frozen=True, kw_only=True)
class Story:
    """One way to have signed."""

    name: str
    class_name: str
    answer: Answer
    why: str
    make: Callable[[Bench], Signing]


Make = Callable[[Bench], Signing]


class Stories:
    """The stories of one module, in their order."""

    def __init__(self) -> None:
        self.all: list[Story] = []

    def tell(self, class_name: str, answer: Answer, why: str) -> Callable[[Make], Make]:
        """Enter the decorated function."""

        def enter(make_it: Make) -> Make:
            name = make_it.__name__.replace("_", "-")
            self.all.append(Story(name=name, class_name=class_name, answer=answer, why=why, make=make_it))
            return make_it

        return enter


def cases_of(bench: Bench, stories: Stories) -> Iterator[Case]:
    """Every story, as a PDF and as a CAdES signature."""
    for told in stories.all:
        how = told.make(bench)
        about = {"class_name": told.class_name, "answer": told.answer, "why": told.why}
        data = with_evidence(
            signed_outside(bench.samples.page, lambda content, h=how: _cms(bench, h, content, cades=False)),  # type: ignore[misc]
            list(how.crls),
            [*how.chain, *how.certificates],
            list(how.ocsps),
        )
        yield Case(name=f"{told.name}-pdf", group="pdf", data=data, **about)  # type: ignore[arg-type]
        cms = _cms(bench, how, CONTENT, cades=True)
        if how.crls or how.ocsps or how.certificates:
            brought = [h.certificate for h in (*how.chain, *how.certificates)]
            cms = add_long_term(cms, brought, how.crls, how.ocsps)
        yield Case(name=f"{told.name}.txt", group="cades", suffix=".p7s", data=cms, content=CONTENT, **about)  # type: ignore[arg-type]


def _cms(bench: Bench, how: Signing, content: bytes, *, cades: bool) -> bytes:
    if how.weak:
        brought = [h.der for h in (how.holder, *how.chain)]
        return Parts(holder=how.holder, brought=brought, at=bench.now + how.at if cades else None).build(content)
    return how.stamp(sign(how.holder, how.chain, at=bench.now + how.at, content=content, cades=cades))


def usual(b: Bench, holder: Holder | None = None, **more: object) -> Signing:
    """The person, their issuer, and fresh lists of everyone."""
    given = {"chain": [b.issuing], "crls": b.lists(), **more}
    return Signing(holder=holder or b.person, **given)  # type: ignore[arg-type]
