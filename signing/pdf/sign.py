"""EN 319 142-1 (PAdES) baseline signatures on PDF, each an incremental update: B-B, B-T, B-LT, B-LTA.

The CMS comes from `cms`; its signature value is verified before a byte is written. PAdES keeps the claimed time in
the signature dictionary (/M) and forbids signing-time in the CMS (§6.3). B-LT keeps its evidence in /DSS, written in
a revision of its own after the signature; B-LTA ends in a document timestamp. The input is never changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from ..clock import moment
from ..cms.attributes import SigningDetails
from ..cms.cades import Collect, check_request, to_b_t
from ..cms.signed_data import CmsTemplate
from ..cms.tsa_pool import TimestampSource
from ..errors import RefusedError, SigningError, UsageError
from ..files import replacing
from ..policy import Baseline
from ..signer import Signer, check_signable
from ..trust.weigh import weighed
from .archival import archival_part, empty_look
from .certify import HIDDEN
from .dss import chains, signatures, write_store
from .fields import add_field, free_name, settle_form
from .fields import fields as fields_of
from .pages import survey
from .place import place_signature
from .request import FieldLock, FieldSpec, Permission, SignatureRequest
from .revision import Update
from .source import FileSink, MemorySink, Sink, Source, copy_hashed, open_source
from .stamp import Stamp
from .stamp_anchor import settled
from .update import parsing, updated

Ask = Callable[[str], str]
FIRST_TOKEN_BYTES = 8192  # room for the first timestamp of an authority; afterwards what its tokens need
SPARE_BYTES = 64
MAX_CONTENTS_BYTES = 1024 * 1024
_TRIES = 3

# Tokens of one authority have nearly one size: remembered, so that files hold no more empty room than needed.
_token_bytes: dict[str, int] = {}


def sign_pdf(
    pdf: bytes | os.PathLike[str],
    signer: Signer,
    *,
    out: os.PathLike[str] | BinaryIO | None = None,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    stamp: Stamp | None = None,
    field: str | None = None,
    password: Ask | None = None,
    at: datetime | None = None,
    token_room: int | None = None,
    details: SigningDetails | None = None,
    reason: str | None = None,
    contact: str | None = None,
    certify: Permission | None = None,
    fields: Sequence[FieldSpec] = (),
    lock: FieldLock | None = None,
) -> bytes | None:
    """A PAdES signature on a PDF: the signed file as bytes, or written to `out` (then memory stays flat): a path, whole
    or not at all, or an open, empty binary file that can be read as well, which is left open, not
    synchronised, and whose own `OSError` comes out.

    `field` names an empty signature field to fill, or the new one to create; without it a new one is named. `stamp`
    makes the signature visible; in an existing field it fills that field's rectangle, whatever place it names.
    `at` is the claimed time, now unless given; `token_room` (bytes, see `room_for_token`) is set aside for a timestamp,
    so that equal inputs give equal bytes to sign. B-T needs `tsa`; B-LT also `collect`, which is called with the chains
    of all signatures and gives the evidence for them; where that tells against the signer, nothing is written to a
    path. `password` is asked for an encrypted PDF.
    `details`, `reason` and `contact` are what the signer says. `certify` makes the document's first signature certify
    it (DocMDP); `fields` are the empty fields of later signers, made before it; `lock` is what it locks (FieldMDP).

    Raises `UsageError`, `RefusedError` (`certificate.*`, `pdf.certif*`, `pdf.field-*`, `pdf.seed`), `MalformedError`
    (`pdf.malformed`), `ServiceError`, `VerificationError` (`timestamp.*`).
    """
    check_request(baseline, tsa, collect)
    request = SignatureRequest(
        certify=certify, fields=tuple(fields), lock=lock,
        reason=reason, contact=contact, details=details, baseline=baseline,
    )  # fmt: skip
    now = moment(at)
    check_signable(signer.certificate, now)
    services = _Services(baseline, tsa, weighed(collect, signer.certificate), password)
    stamp = settled(stamp, pdf, password)
    template = CmsTemplate.for_signer(signer, signing_time=False, details=details)

    def edit(update: Update) -> None:
        place_signature(update, signer, stamp, field, now, request)

    with open_source(pdf) as source, _open_sink(out) as sink:
        update = updated(source, edit, password)
        running = copy_hashed(source, sink, template.digest_algorithm)
        room = template.max_size + services.room(token_room)
        _write_signed(update, sink, running, room, lambda digest: services.timed(template.build(digest)))
        services.prolong(sink)
        return sink.value() if isinstance(sink, MemorySink) else None


def extend_pdf(
    pdf: bytes | os.PathLike[str],
    *,
    out: os.PathLike[str] | BinaryIO | None = None,
    baseline: Baseline = Baseline.B_LT,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    password: Ask | None = None,
) -> bytes | None:
    """Raise every signature of a PDF to `baseline` (B-T, B-LT, B-LTA) by further revisions; result as `sign_pdf`.

    Signatures without a timestamp get a document timestamp; B-LT adds the evidence that `collect` finds; B-LTA a
    document timestamp over all of it. Raises as `sign_pdf`, and `RefusedError` (`pdf.unsigned`).
    """
    if baseline <= Baseline.B_B:
        raise UsageError("usage.argument", why="extend to B-T, B-LT or B-LTA")
    if baseline >= Baseline.B_LT and collect is None:
        raise UsageError("evidence.needed", baseline=baseline)
    if baseline >= Baseline.B_LTA and tsa is None:
        raise UsageError("timestamp.needed", baseline=baseline)
    with open_source(pdf) as source, _open_sink(out) as sink:
        untimed = _lacks_timestamp(source, password)
        if untimed and tsa is None:
            raise UsageError("timestamp.needed", baseline=baseline)
        copy_hashed(source, sink, "sha256")
        if untimed and tsa is not None:
            _append_timestamp(sink, tsa, password)
        _Services(baseline, tsa, collect, password).prolong(sink)
        return sink.value() if isinstance(sink, MemorySink) else None


@dataclass(frozen=True, slots=True)
class _Services:
    """Which baseline a file is to reach, and whom to ask for that."""

    baseline: Baseline
    tsa: TimestampSource | None
    collect: Collect | None
    password: Ask | None

    def room(self, token_room: int | None) -> int:
        """Bytes to set aside for a timestamp of the signature: `token_room`, or what the authority usually needs."""
        if self.tsa is None or self.baseline < Baseline.B_T:
            return 0
        return room_for_token(self.tsa) if token_room is None else token_room

    def timed(self, cms: bytes) -> bytes:
        """The signature, with a timestamp from B-T on."""
        return cms if self.tsa is None or self.baseline < Baseline.B_T else _with_timestamp(cms, self.tsa)

    def prolong(self, sink: Sink) -> None:
        """The revisions after the signature: evidence for B-LT, a document timestamp for B-LTA."""
        if self.collect is not None and self.baseline >= Baseline.B_LT:
            _append_evidence(sink, self.collect, self.password)
        if self.tsa is not None and self.baseline >= Baseline.B_LTA:
            _append_timestamp(sink, self.tsa, self.password)


@contextmanager
def _open_sink(out: os.PathLike[str] | BinaryIO | None) -> Iterator[MemorySink | FileSink]:
    if out is None:
        yield MemorySink()
    elif isinstance(out, str | os.PathLike):
        with replacing(out) as file:
            yield FileSink(file)
    else:
        yield FileSink(out)


def room_for_token(tsa: TimestampSource) -> int:
    """Bytes that a timestamp of `tsa` is expected to need."""
    return _token_bytes.get(tsa.url, FIRST_TOKEN_BYTES) + SPARE_BYTES


def _remember(tsa: TimestampSource, size: int) -> None:
    if len(_token_bytes) < 100 or tsa.url in _token_bytes:
        _token_bytes[tsa.url] = max(size, _token_bytes.get(tsa.url, 0))


def _with_timestamp(cms: bytes, tsa: TimestampSource) -> bytes:
    timed = to_b_t(cms, tsa)
    _remember(tsa, len(timed) - len(cms))
    return timed


def _write_signed(
    update: Update, sink: Sink, running: hashlib._Hash, reserve: int, make: Callable[[bytes], bytes]
) -> None:
    """Write the revision with what `make` answers for its digest; with more room when the first was too small."""
    for _ in range(_TRIES):
        with parsing():
            revision = update.revision(reserve)
        start, end = revision.hole or (0, 0)
        digest, body = running.copy(), memoryview(revision.body)
        digest.update(body[:start])
        digest.update(body[end:])
        body.release()
        cms = make(digest.digest())
        if revision.fill_contents(cms):
            sink.write(bytes(revision.body))
            return
        reserve = len(cms) + SPARE_BYTES
        if reserve > MAX_CONTENTS_BYTES:
            break
    raise SigningError("pdf.reserve")


def _append_evidence(sink: Sink, collect: Collect, password: Ask | None) -> None:
    """A revision that brings /DSS up to date with every signature of the file; none when nothing is missing."""
    missing = False

    def edit(update: Update) -> None:
        nonlocal missing
        wanted = chains(signatures(update))
        missing = write_store(update, collect(wanted), wanted)

    update = updated(sink.source(), edit, password)
    if missing:
        with parsing():
            sink.write(bytes(update.revision().body))


def _append_timestamp(sink: Sink, tsa: TimestampSource, password: Ask | None) -> None:
    """A revision with a document timestamp (§5.4.3) over everything before it."""

    def make(digest: bytes) -> bytes:
        token = tsa.timestamp(digest).der
        _remember(tsa, len(token))
        return token

    def edit(update: Update) -> None:
        known, page = fields_of(update), survey(update, [0])[0]
        value = update.add_signature(b"<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161>>")
        look = empty_look(update, HIDDEN, archival_part(update))
        add_field(update, page, free_name(known), HIDDEN, {b"/V": value.raw(), **look})
        settle_form(update, known)

    source = sink.source()
    update = updated(source, edit, password)
    running = copy_hashed(source, None, tsa.digest)
    _write_signed(update, sink, running, room_for_token(tsa), make)


def _lacks_timestamp(source: Source, password: Ask | None) -> bool:
    """Whether some signature has neither a timestamp of its own nor a later document timestamp."""
    untimed = False

    def look(update: Update) -> None:
        nonlocal untimed
        found = signatures(update)
        if not found:
            raise RefusedError("pdf.unsigned")
        last = max((s.end for s in found if s.is_timestamp), default=0)
        untimed = any(not s.cms.timestamp_tokens and s.end > last for s in found if not s.is_timestamp)

    updated(source, look, password)
    return untimed
