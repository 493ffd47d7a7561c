"""One opened key with its services: signs one file after the other, PDF → PAdES, anything else → detached CAdES.

`batch.run` drives it over many files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypedDict

from cryptography.hazmat.primitives.serialization import Encoding

from ..clock import moment
from ..cms.attributes import SigningDetails
from ..cms.cades import Collect, digest_file, sign_detached, sign_digest, sign_file
from ..cms.tsa_pool import TimestampSource
from ..confirmation import Show, for_document
from ..errors import MalformedError, SigningError, UsageError
from ..files import NotRegularError, exists, open_regular
from ..http import HttpClient
from ..journal import Job
from ..pdf.request import FieldLock, FieldSpec, Permission
from ..pdf.sign import room_for_token, sign_pdf
from ..pdf.stamp import Stamp
from ..policy import Baseline
from ..signer import BatchSigner, SignatureAlgorithm, Signer, open_signer
from ..trust.certificates import facts
from ..trust.chain import Purpose
from ..trust.precheck import assert_not_revoked, tsa_checker
from ..trust.revocation import Collector
from ..trust.store import TrustStore
from .group import GroupSigner
from .services import authorities, timestamp_source
from .stage import Outcome

_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start
MAX_TOGETHER = 128  # documents that a key is asked to sign at once, however many it would take


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How to sign: everything but the files. `algorithm` is the key's default unless given.

    `spare_tsa_urls` are asked in their order when `tsa_url` fails. `allow` lists URL prefixes of OCSP and CRL services
    beside the timestamp authorities and those that the signer's own certificates name. With `trust` the signer's and
    the authority's chains are checked before anything is signed. `password` opens encrypted PDFs, `show` is given the
    code that a person's device shows; both travel to other processes. `details` go into every signature; `reason`,
    `contact`, `certify`, `fields` and `lock` into those of PDFs, see `sign_pdf`.
    """

    key: str
    algorithm: SignatureAlgorithm | None = None
    baseline: Baseline = Baseline.B_B
    tsa_url: str | None = None
    spare_tsa_urls: tuple[str, ...] = ()
    trust: TrustStore | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    stamp: Stamp | None = None
    field_name: str | None = None
    details: SigningDetails | None = field(default=None, repr=False)
    reason: str | None = None
    contact: str | None = None
    certify: Permission | None = None
    fields: tuple[FieldSpec, ...] = ()
    lock: FieldLock | None = None
    password: Callable[[str], str] | None = field(default=None, repr=False)
    overwrite: bool = False
    resume: bool = False
    show: Show | None = field(default=None, repr=False)


class Desk:
    """One opened key with its services; signs one file after the other. Raises what opening and checking it raise."""

    def __init__(self, order: Order, ask: Callable[[str], str] | None) -> None:
        if order.baseline >= Baseline.B_T and order.tsa_url is None:
            raise UsageError("timestamp.needed", baseline=order.baseline)
        self.order = order
        self.signer: Signer = open_signer(order.key, ask, algorithm=order.algorithm)
        urls = authorities(order.tsa_url, order.spare_tsa_urls)
        http = HttpClient(allow=(*order.allow, *urls, *_services(self.signer)))
        check = tsa_checker(order.trust, http=http) if order.trust is not None else None
        self.tsa = timestamp_source(urls, http, check)
        anchors = (*order.trust.anchors(Purpose.SIGNER), *order.trust.anchors(Purpose.TSA)) if order.trust else ()
        self.collect: Collect = Collector(http=http, anchors=anchors)  # keeps CRLs for the whole batch
        self._group = GroupSigner(self.signer) if isinstance(self.signer, BatchSigner) else None
        self._at: datetime | None = None  # one time and one room for a whole group: see `batch.group`
        self._room: int | None = None
        if order.trust is not None:
            assert_not_revoked(self.signer, trust=order.trust, http=http)

    @property
    def job(self) -> Job:
        """What the outputs have in common, for the journal."""
        certificate = hashlib.sha256(self.signer.certificate.public_bytes(Encoding.DER)).hexdigest()
        return Job(verb="sign", certificate=certificate, baseline=str(self.order.baseline))

    @property
    def together(self) -> int:
        """How many documents the key signs at once; 1 when it makes no difference."""
        if self._group is None:
            return 1
        most: object = getattr(self.signer, "multisign", MAX_TOGETHER)
        return max(1, min(most, MAX_TOGETHER)) if isinstance(most, int) else MAX_TOGETHER

    def sign(self, source: Path, output: Path) -> Outcome:
        """Sign one file. Our errors become part of the outcome, so that a batch goes on."""
        order = self.order
        try:
            if order.resume and exists(output):
                return Outcome(source=source, output=output, skipped=True, reason="kept")
            assert_writable(source, output, overwrite=order.overwrite)
            if _becomes_pades(source):
                self._sign_pdf(source, output, self._signer_for(source))
            else:
                signer = self._signer_for(source)
                sign_file(source, signer, out=output, **self._cades())
        except SigningError as error:
            return Outcome(source=source, output=output, error=error)
        return Outcome(source=source, output=output)

    def prepare(self, sources: Sequence[Path]) -> None:
        """Ask the key for what `write` needs for all of `sources`, if it signs many at once."""
        self._at = moment(None)
        self._room = room_for_token(self.tsa) if self.tsa is not None else None
        if self._group is not None and len(sources) > 1:
            with Path(os.devnull).open("w+b") as nowhere:
                self._group.rehearse([partial(self.write, source, nowhere) for source in sources])

    def write(self, source: Path, file: BinaryIO) -> bytes | None:
        """Sign one file into an open, empty one; see `stage.Maker`."""
        signer = self._group or self._signer_for(source)
        if _becomes_pades(source):
            self._sign_pdf(source, file, signer)
            return None
        digest = digest_file(source, signer.algorithm.digest)
        file.write(sign_digest(digest, signer, **self._cades(), at=self._at))
        return digest if signer.algorithm.digest == "sha256" else digest_file(source, "sha256")

    def _signer_for(self, source: Path) -> Signer:
        """The key, which tells a person what they sign where its device has a display."""
        return for_document(self.signer, source.name, self.order.show)

    def _sign_pdf(self, source: Path, out: Path | BinaryIO, signer: Signer) -> None:
        sign_pdf(source, signer, out=out, **self._pades(), at=self._at, token_room=self._room)

    def sign_bytes(self, data: bytes) -> bytes:
        """A signed PDF, or a detached CAdES signature over anything else."""
        signer = for_document(self.signer, "", self.order.show)
        if not _looks_like_pdf(data[:_PDF_HEADER_WINDOW]):
            return sign_detached(data, signer, **self._cades())
        return sign_pdf(data, signer, **self._pades()) or b""

    def _cades(self) -> _Common:
        order = self.order
        return {"baseline": order.baseline, "tsa": self.tsa, "collect": self.collect, "details": order.details}

    def _pades(self) -> _Pades:
        order = self.order
        return {
            **self._cades(),
            "stamp": order.stamp,
            "field": order.field_name,
            "password": order.password,
            "reason": order.reason,
            "contact": order.contact,
            "certify": order.certify,
            "fields": order.fields,
            "lock": order.lock,
        }


class _Common(TypedDict):
    """What both kinds of signatures are made with."""

    baseline: Baseline
    tsa: TimestampSource | None
    collect: Collect
    details: SigningDetails | None


class _Pades(_Common):
    stamp: Stamp | None
    field: str | None
    password: Callable[[str], str] | None
    reason: str | None
    contact: str | None
    certify: Permission | None
    fields: tuple[FieldSpec, ...]
    lock: FieldLock | None


def _services(signer: Signer) -> list[str]:
    """The OCSP and CRL addresses in the signer's own certificates that can be asked; others are ldap: and the like."""
    found = []
    for certificate in (signer.certificate, *signer.chain):
        known = facts(certificate)
        for url in (*known.ocsp_urls, *known.crl_urls):
            with suppress(UsageError):
                HttpClient(allow=(url,))
                found.append(url)
    return found


def assert_writable(source: Path, output: Path, *, overwrite: bool) -> None:
    """Raise `UsageError` when `output` is taken: by the input itself, or by anything unless `overwrite`."""
    if not exists(output):
        return
    with suppress(OSError):
        if output.samefile(source):
            raise UsageError("usage.output-is-input", path=output)
    if not overwrite:
        raise UsageError("usage.output-exists", path=output)


def is_pdf(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a PDF does. Raises `UsageError` when it cannot be read or is not a regular file."""
    try:
        with open_regular(path) as source:
            return _looks_like_pdf(source.read(_PDF_HEADER_WINDOW))
    except NotRegularError:
        raise UsageError("input.not-regular", path=path) from None
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None


def _becomes_pades(source: Path) -> bool:
    """Whether a file is a PDF. One that is only named so was cut off or is a page of errors: `MalformedError`."""
    if is_pdf(source):
        return True
    if source.suffix.lower() == ".pdf":
        raise MalformedError("pdf.malformed", why=f"no %PDF- among its first {_PDF_HEADER_WINDOW} bytes")
    return False


def _looks_like_pdf(beginning: bytes) -> bool:
    """A zip archive, such as a dossier, may begin with a PDF that it holds."""
    return b"%PDF-" in beginning and not beginning.startswith(b"PK\x03\x04")


def signed_name(source: Path) -> str:
    """The name of what signing makes of a file: its own for a PDF, `.p7s` appended for others."""
    with suppress(UsageError):  # a source that cannot be read is told when its turn comes
        if is_pdf(source):
            return source.name
    return source.name + ".p7s"
