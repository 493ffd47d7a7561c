"""Which signatures a file holds, parsed, with the timestamps that cover each (EN 319 122-1 §5, EN 319 142-1 §5.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from cryptography import x509

from .asice.container import Container
from .cms import der, names
from .cms.archive import Listing, content_digests, holding_archives
from .cms.cades import holding_timestamps
from .cms.layout import MAX_SIGNERS, Layout, counter_frame, counter_infos, join, layout, views
from .cms.parse import CmsSignature, parse_cms, parse_frame
from .cms.timestamp import TimestampToken, parse_timestamp
from .errors import SigningError
from .pdf_check.crypt import is_encrypted, unlock
from .pdf_check.evidence import read_store
from .pdf_check.file import PdfFile
from .pdf_check.kinds import unpadded
from .pdf_check.scan import Place, find_signatures
from .recognize import Shape
from .report import SignatureReport
from .trust.evidence import Evidence
from .validation.counters import MAX_COUNTER_DEPTH

DigestOf = Callable[[str], bytes]
Ask = Callable[[str], str]
Reports = Mapping[str, SignatureReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One signature under its report's `id`; `tokens` hold for it, whom they are by is not asked.

    `pool` is every certificate that the file brings, `answers` its OCSP responses (DER).
    """

    id: str
    cms: CmsSignature
    tokens: tuple[TimestampToken, ...]
    pool: tuple[x509.Certificate, ...]
    answers: tuple[bytes, ...] = ()


def holdings(
    shape: Shape, data: bytes, reports: Reports, *, content: DigestOf | None = None, password: Ask | None = None
) -> list[Holding]:
    """The signatures of a file of that shape that can be read; `reports` are those of its audit, by id."""
    found: list[Holding] = []
    # What cannot be read has no holding; the audit, whose reports are given, has told why.
    with suppress(SigningError):
        if shape is Shape.PDF:
            found += _of_pdf(data, reports, password)
        elif shape is Shape.CMS:
            found += _of_cms(data, "signature", content)
        elif shape is Shape.CONTAINER:
            found += _of_container(data, reports)
    return found


def _of_pdf(data: bytes, reports: Reports, password: Ask | None) -> Iterator[Holding]:
    file = PdfFile(data)
    if is_encrypted(file):
        unlock(file, password)
    places = find_signatures(file)
    store = read_store(file, file.last)
    intact = [place for place in places if _is_intact(place, reports)]
    stamps = [(p.end, parse_timestamp(unpadded(p.contents))) for p in intact if p.kind == "timestamp"]
    for place in intact:
        if place.kind == "signature":
            with suppress(SigningError):
                yield from _in_pdf(place, [token for end, token in stamps if end > place.end], store)


def _in_pdf(place: Place, later: list[TimestampToken], store: Evidence) -> Iterator[Holding]:
    cms = parse_cms(unpadded(place.contents))
    every = (*store.certificates, *cms.certificates, *(c for token in later for c in token.cms.certificates))
    for held in islice(_with_counters(place.id, cms, None, tuple(later)), 1 + MAX_SIGNERS):
        yield replace(held, pool=every, answers=held.answers + store.ocsps)


def _is_intact(place: Place, reports: Reports) -> bool:
    report = reports.get(place.id)
    return report is not None and report.intact is True and place.problem is None


def _of_container(data: bytes, reports: Reports) -> Iterator[Holding]:
    """Signatures of the container itself, and those of the PDFs in it, whose ids are `name#id`."""
    container = Container.read(data)
    inside: dict[str, dict[str, SignatureReport]] = {}
    for id, report in reports.items():  # noqa: A001
        name, mark, rest = id.partition("#")
        if mark and name in container:
            inside.setdefault(name, {})[rest] = report
        elif id in container:
            yield from _of_cms(container[id], id, None)
    for name, own in inside.items():
        for holding in holdings(Shape.PDF, container[name], own):
            yield replace(holding, id=f"{name}#{holding.id}")


def _of_cms(data: bytes, id: str, content: DigestOf | None) -> Iterator[Holding]:  # noqa: A002
    parts = parse_frame(data)
    if parts.content_type == names.TST_INFO:
        return
    several = len(parts.infos) > 1
    for number, view in enumerate(views(parts), 1):
        with suppress(SigningError):
            every = _with_counters(f"{id}-{number}" if several else id, parse_cms(view), content)
            yield from islice(every, 1 + MAX_SIGNERS)


def _with_counters(
    id: str,  # noqa: A002
    cms: CmsSignature,
    content: DigestOf | None,
    above: tuple[TimestampToken, ...] = (),
    depth: int = MAX_COUNTER_DEPTH,
) -> Iterator[Holding]:
    """One signature, and those that counter-signed it: what archives it archives those that its index lists.

    `above` are the archive timestamps that cover it with the signature that it counter-signs.
    """
    digests = content_digests(cms, content) or (lambda _: cms.message_digest or b"")
    archives = holding_archives(cms, digests)
    tokens = (*holding_timestamps(cms), *(token for token, _ in archives), *above)
    yield Holding(id=id, cms=cms, tokens=tokens, pool=cms.certificates, answers=cms.ocsps + cms.archival_ocsps)
    parts = layout(cms.der)
    held = Listing(parts)
    for number, info in enumerate(counter_infos(parts.unsigned) if depth else (), 1):
        counter = _counter(parts, info)
        if counter is None:
            continue
        listed = [token for token, index in archives if index.lists_unsigned(held, names.COUNTER_SIGNATURE, info)]
        with suppress(SigningError):
            value = digests_of(cms.signature_value)
            yield from _with_counters(f"{id}/counter-{number}", counter, value, (*listed, *above), depth - 1)


def _counter(parts: Layout, info: bytes) -> CmsSignature | None:
    try:
        return replace(parse_cms(join(counter_frame(parts, info))), countersignature=True)
    except (SigningError, der.DerError):
        return None


def digests_of(content: bytes) -> DigestOf:
    """Digests of content in memory, by algorithm."""
    return lambda name: hashlib.new(name, content, usedforsecurity=False).digest()
