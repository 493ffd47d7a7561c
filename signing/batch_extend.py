"""Raising signed files one after the other (EN 319 102-1 §6): PDFs and CMS signatures; others are passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from .batch_stage import PassedOverError
from .cms.cades import extend_detached
from .cms.timestamp import TimestampAuthority
from .errors import UsageError
from .files import NotRegularError, open_regular, read_file
from .http import HttpClient
from .journal import Job
from .pdf.sign import extend_pdf
from .policy import Baseline
from .recognize import HEAD_BYTES, Shape, shape_of
from .trust.chain import Purpose
from .trust.precheck import tsa_checker
from .trust.revocation import Collector
from .trust.store import TrustStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendOrder:
    """How to extend: everything but the files. The names are those of `batch.Order`."""

    baseline: Baseline = Baseline.B_LT
    tsa_url: str | None = None
    trust: TrustStore | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    password: Callable[[str], str] | None = field(default=None, repr=False)
    overwrite: bool = False
    resume: bool = False


class ExtendDesk:
    """The services that extending needs; CRLs are kept for the whole batch."""

    together = 1

    def __init__(self, order: ExtendOrder) -> None:
        self.order = order
        trust = order.trust
        http = HttpClient(allow=(*order.allow, *((order.tsa_url,) if order.tsa_url else ())))
        check = tsa_checker(trust) if trust is not None else None
        self.tsa = TimestampAuthority(url=order.tsa_url, http=http, check=check) if order.tsa_url else None
        anchors = (*trust.anchors(Purpose.SIGNER), *trust.anchors(Purpose.TSA)) if trust is not None else ()
        self.collect = Collector(http=http, anchors=anchors)

    @property
    def job(self) -> Job:
        """What the outputs have in common, for the journal."""
        return Job(verb="extend", certificate="", baseline=str(self.order.baseline))

    def prepare(self, sources: Sequence[Path]) -> None:
        """Nothing: no key is asked."""

    def extend_bytes(self, data: bytes, shape: Shape) -> bytes:
        """A PDF or a CMS signature, raised. Raises as `extend_pdf` and `extend_detached`."""
        baseline, tsa, collect = self.order.baseline, self.tsa, self.collect
        if shape is Shape.CMS:
            return extend_detached(data, baseline=baseline, tsa=tsa, collect=collect)
        return extend_pdf(data, baseline=baseline, tsa=tsa, collect=collect, password=self.order.password) or b""

    def write(self, source: Path, file: BinaryIO) -> bytes | None:
        """Extend one file into an open, empty one; see `batch_stage.Maker`. Passes over what is not signed."""
        shape = _shape_of_file(source)
        if shape is Shape.CMS:
            data = read_file(source)
            file.write(self.extend_bytes(data, shape))
            return hashlib.sha256(data).digest()
        if shape is not Shape.PDF:
            raise PassedOverError("unsigned")
        self._extend_pdf(source, file)
        return None

    def _extend_pdf(self, source: Path, out: Path | BinaryIO) -> None:
        order = self.order
        extend_pdf(
            source, out=out, baseline=order.baseline, tsa=self.tsa, collect=self.collect, password=order.password
        )


def _shape_of_file(path: Path) -> Shape:
    """By its name and first bytes alone, so that nothing large is read in vain."""
    try:
        with open_regular(path) as source:
            return shape_of(path.name, source.read(HEAD_BYTES))
    except NotRegularError:
        raise UsageError("input.not-regular", path=path) from None
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None
