"""Raising signed files one after the other (EN 319 102-1 §6): PDFs and CMS signatures; others are passed over.

With `due` only those whose newest proof ends within that time are raised; see `levels`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..cms.cades import digest_file, extend_detached
from ..cms.pem import unwrapped
from ..errors import UsageError
from ..files import NotRegularError, is_file, open_regular, read_file
from ..http import HttpClient
from ..journal import Job
from ..levels import due
from ..pdf.sign import extend_pdf
from ..policy import Baseline
from ..recognize import HEAD_BYTES, Shape, shape_of
from ..trust.chain import Purpose
from ..trust.precheck import tsa_checker
from ..trust.revocation import Collector
from ..trust.store import TrustStore
from .services import authorities, timestamp_source
from .stage import PassedOverError


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendOrder:
    """How to extend: everything but the files. The names are those of `batch.Order`.

    With `due` files whose proofs last longer than that are passed over.
    """

    baseline: Baseline = Baseline.B_LT
    tsa_url: str | None = None
    spare_tsa_urls: tuple[str, ...] = ()
    due: timedelta | None = None
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
        urls = authorities(order.tsa_url, order.spare_tsa_urls)
        http = HttpClient(allow=(*order.allow, *urls))
        self.tsa = timestamp_source(urls, http, tsa_checker(trust) if trust is not None else None)
        anchors = (*trust.anchors(Purpose.SIGNER), *trust.anchors(Purpose.TSA)) if trust is not None else ()
        self.collect = Collector(http=http, anchors=anchors)

    @property
    def job(self) -> Job:
        """What the outputs have in common, for the journal."""
        return Job(verb="extend", certificate="", baseline=str(self.order.baseline))

    def prepare(self, sources: Sequence[Path]) -> None:
        """Nothing: no key is asked."""

    def extend_bytes(self, data: bytes, shape: Shape, beside: Path | None = None) -> bytes:
        """A PDF or a CMS signature, raised. `beside` is the file that a detached signature signs, if it is there.

        Raises as `extend_pdf` and `extend_detached`.
        """
        baseline, tsa, collect = self.order.baseline, self.tsa, self.collect
        if shape is Shape.CMS:
            content = partial(digest_file, beside) if beside is not None and is_file(beside) else None
            return extend_detached(unwrapped(data), baseline=baseline, tsa=tsa, collect=collect, content=content)
        return extend_pdf(data, baseline=baseline, tsa=tsa, collect=collect, password=self.order.password) or b""

    def write(self, source: Path, file: BinaryIO) -> bytes | None:
        """Extend one file into an open, empty one; see `stage.Maker`. Passes over what needs nothing."""
        shape = shape_of_file(source)
        if shape not in {Shape.CMS, Shape.PDF}:
            raise PassedOverError("unsigned")
        if not self.is_due(source):
            raise PassedOverError("not-due")
        if shape is Shape.PDF:
            self.extend_pdf(source, file)
            return None
        data = read_file(source)
        file.write(self.extend_bytes(data, shape, signed_beside(source)))
        return hashlib.sha256(data).digest()

    def is_due(self, source: Path) -> bool:
        """Whether the file is to be raised, as far as `due` goes."""
        order = self.order
        return order.due is None or bool(due(source, order.due, order.trust, password=order.password))

    def extend_pdf(self, source: Path, out: Path | BinaryIO) -> None:
        """A PDF raised into a path or an open file, memory flat."""
        order = self.order
        extend_pdf(
            source, out=out, baseline=order.baseline, tsa=self.tsa, collect=self.collect, password=order.password
        )


def signed_beside(signature: Path) -> Path | None:
    """The file that a detached signature signs by its name: `F` for `F.p7s`."""
    return signature.with_suffix("") if signature.suffix.lower() == ".p7s" else None


def shape_of_file(path: Path) -> Shape:
    """By its name and first bytes alone, so that nothing large is read in vain. Raises `UsageError`."""
    try:
        with open_regular(path) as source:
            return shape_of(path.name, source.read(HEAD_BYTES))
    except NotRegularError:
        raise UsageError("input.not-regular", path=path) from None
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None
