"""EN 319 142-1 and EN 319 122-1 in two phases: prepare, sign elsewhere, complete.

The key may be on a citizen's card behind a browser, in a phone, at a service that answers tomorrow. `prepare_pdf` and
`prepare_detached` fix the document and say what to sign; `complete_pdf` and `complete_detached` take the answer, which
may be a signature value or a whole CMS signature. Where the certificate is known only in between, the middle step is
`Prepared.for_certificate`. Whatever comes back is verified against the prepared bytes before anything is written.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import cast

from cryptography import x509

from .answers import read_answer, signature_of
from .clock import moment
from .cms.attributes import SigningDetails
from .cms.cades import Collect, digest_file, extend_detached, to_b_t
from .cms.parse import parse_cms
from .cms.tsa_pool import TimestampSource
from .errors import MalformedError, RefusedError, UsageError
from .files import write_file
from .pdf.hole import fill, is_open, open_hole
from .pdf.request import FieldLock, FieldSpec, Permission, SignatureRequest
from .pdf.sign import FIRST_TOKEN_BYTES, MAX_CONTENTS_BYTES, SPARE_BYTES, Ask, extend_pdf
from .pdf.stamp import Stamp
from .policy import Baseline
from .prepared import DIGEST_SIZES, MAX_NAME_CHARS, Holder, Kind, Prepared, fitting_algorithm, named, usual_digest
from .signer import MAX_CHAIN, SignatureAlgorithm, Signer, check_signable
from .trust.weigh import weighed

__all__ = ["Prepared", "complete_detached", "complete_pdf", "prepare_detached", "prepare_pdf", "read_answer"]

ROOM_BYTES = 16 * 1024  # bytes of a CMS signature whose certificate is not yet known
_OF_CERTIFICATE = re.compile(r"\{(name|title|organization)\}")

Document = bytes | os.PathLike[str]


def prepare_pdf(
    pdf: Document,
    *,
    certificate: x509.Certificate | None = None,
    chain: Sequence[x509.Certificate] = (),
    algorithm: SignatureAlgorithm | None = None,
    digest: str = "sha256",
    baseline: Baseline = Baseline.B_B,
    room_bytes: int | None = None,
    stamp: Stamp | None = None,
    field: str | None = None,
    password: Ask | None = None,
    details: SigningDetails | None = None,
    reason: str | None = None,
    contact: str | None = None,
    certify: Permission | None = None,
    fields: Sequence[FieldSpec] = (),
    lock: FieldLock | None = None,
    name: str | None = None,
    at: datetime | None = None,
) -> Prepared:
    """A PDF with its signature field and room for the signature, ready to be signed elsewhere.

    Without `certificate`, `digest` says how the document is digested, and a stamp must show fixed text or an image.
    `baseline` is what it shall become (a timestamp needs room); `room_bytes` overrides the room. `details` is what the
    signer says beside the signature. The other arguments are those of `sign_pdf`. Raises as `sign_pdf`, and
    `UsageError` (`external.stamp`, `external.algorithm`, `details.pades`).
    """
    now = moment(at).replace(microsecond=0)
    holder = _holder(certificate, chain, algorithm, now)
    request = SignatureRequest(
        certify=certify, fields=tuple(fields), lock=lock,
        reason=reason, contact=contact, details=details, baseline=baseline,
    )  # fmt: skip
    if holder is None and stamp is not None and _shows_certificate(stamp):
        raise UsageError("external.stamp")
    prepared = Prepared(
        kind="PAdES",
        name=named(pdf) if name is None else name[:MAX_NAME_CHARS],
        at=now,
        digest_algorithm=_digest(digest, holder, algorithm),
        details=details,
        holder=holder,
    )
    room = _room(prepared, baseline) if room_bytes is None else room_bytes
    if not 0 < room <= MAX_CONTENTS_BYTES:
        raise UsageError("usage.argument", why=f"room: 1 … {MAX_CONTENTS_BYTES} bytes")
    signer = holder or _nobody(prepared.digest_algorithm)
    document, hole = open_hole(
        pdf, signer, at=now, room=room, stamp=stamp, field=field, password=password, request=request
    )
    return replace(prepared, document=document, hole=hole)


def prepare_detached(
    content: Document,
    *,
    certificate: x509.Certificate | None = None,
    chain: Sequence[x509.Certificate] = (),
    algorithm: SignatureAlgorithm | None = None,
    digest: str = "sha256",
    details: SigningDetails | None = None,
    name: str | None = None,
    at: datetime | None = None,
) -> Prepared:
    """A detached CAdES signature over `content` (bytes, or a file of any size), ready to be signed elsewhere.

    Arguments as for `prepare_pdf`. Raises `UsageError` (`input.unreadable`, `external.algorithm`), `RefusedError`.
    """
    now = moment(at).replace(microsecond=0)
    holder = _holder(certificate, chain, algorithm, now)
    chosen = _digest(digest, holder, algorithm)
    held = hashlib.new(chosen, content).digest() if isinstance(content, bytes) else digest_file(content, chosen)
    return Prepared(
        kind="CAdES",
        name=named(content) if name is None else name[:MAX_NAME_CHARS],
        at=now,
        digest_algorithm=chosen,
        file_digest=held,
        details=details,
        holder=holder,
    )


def complete_pdf(
    prepared: Prepared,
    value: bytes | None = None,
    certificate: x509.Certificate | None = None,
    chain: Sequence[x509.Certificate] = (),
    *,
    cms: bytes | None = None,
    algorithm: SignatureAlgorithm | None = None,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    password: Ask | None = None,
    out: os.PathLike[str] | None = None,
    at: datetime | None = None,
) -> bytes | None:
    """The signed PDF, as bytes or written to `out` whole, from the answer to `prepared`: `value` or `cms`.

    `value` is the signature over `prepared.to_sign` (ECDSA as DER or as r‖s), `cms` a detached CMS signature over the
    document. `certificate`, `chain` and `algorithm` say whose it is, unless `prepared` knows; it must still be valid at
    `at`, now unless given. `baseline`, `tsa`, `collect`, `password` as for `sign_pdf`.

    Raises `VerificationError` (`external.value`, `external.cms`) if the answer is not the signature over exactly
    this document, `RefusedError` (`external.cms`, `external.room`, `certificate.*`, also by what `collect` finds),
    `UsageError`, `ServiceError`.
    """
    _check_request(prepared, "PAdES", baseline, tsa, collect)
    if not is_open(prepared.document, prepared.hole):
        raise MalformedError("external.malformed", why="ByteRange")
    signature = signature_of(prepared, value, cms, certificate, chain, algorithm, at)
    if tsa is not None and baseline >= Baseline.B_T:
        signature = to_b_t(signature, tsa)
    if len(signature) > prepared.hole.room:
        raise RefusedError("external.room", needed=len(signature), room=prepared.hole.room)
    signed: bytes | None = fill(prepared.document, prepared.hole, signature)
    if signed is not None and baseline >= Baseline.B_LT:
        weighing = weighed(collect, parse_cms(signature).signer_certificate)
        signed = extend_pdf(signed, baseline=baseline, tsa=tsa, collect=weighing, password=password)
    return _deliver(signed or b"", out)


def complete_detached(
    prepared: Prepared,
    value: bytes | None = None,
    certificate: x509.Certificate | None = None,
    chain: Sequence[x509.Certificate] = (),
    *,
    cms: bytes | None = None,
    algorithm: SignatureAlgorithm | None = None,
    content: Document | None = None,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    out: os.PathLike[str] | None = None,
    at: datetime | None = None,
) -> bytes | None:
    """The detached CAdES signature, from the answer to `prepared`; arguments and errors as for `complete_pdf`.

    With `content` it is checked that the file still is what was prepared (`RefusedError` `external.document`).
    """
    _check_request(prepared, "CAdES", baseline, tsa, collect)
    if content is not None:
        again = prepare_detached(content, digest=prepared.digest_algorithm)
        if again.file_digest != prepared.file_digest:
            raise RefusedError("external.document", path=again.name or prepared.name)
    signature = signature_of(prepared, value, cms, certificate, chain, algorithm, at)
    if baseline >= Baseline.B_T:
        weighing = weighed(collect, parse_cms(signature).signer_certificate)
        signature = extend_detached(signature, baseline=baseline, tsa=tsa, collect=weighing)
    return _deliver(signature, out)


# --- preparing -------------------------------------------------------------------------------------------------------


def _nobody(digest: str) -> Signer:
    """Whom a stamp of fixed text and the rules of a field ask, when nobody knows yet who will sign."""
    certificate = SimpleNamespace(subject=x509.Name([]))
    return cast(Signer, SimpleNamespace(certificate=certificate, algorithm=SimpleNamespace(digest=digest)))


def _holder(
    certificate: x509.Certificate | None,
    chain: Sequence[x509.Certificate],
    algorithm: SignatureAlgorithm | None,
    at: datetime,
) -> Holder | None:
    """Who will sign, if that is known, and fit to sign."""
    if certificate is None:
        return None
    check_signable(certificate, at)
    digest = algorithm.digest if algorithm else usual_digest(certificate)
    fitting = fitting_algorithm(certificate, digest, algorithm)
    return Holder(certificate=certificate, chain=tuple(chain)[:MAX_CHAIN], algorithm=fitting)


def _digest(digest: str, holder: Holder | None, algorithm: SignatureAlgorithm | None) -> str:
    chosen = holder.algorithm.digest if holder else algorithm.digest if algorithm else digest
    if chosen not in DIGEST_SIZES:
        raise UsageError("usage.argument", why=f"digest: {', '.join(DIGEST_SIZES)}")
    return chosen


def _shows_certificate(stamp: Stamp) -> bool:
    return bool(_OF_CERTIFICATE.search(stamp.text)) if stamp.text is not None else stamp.image is None


def _room(prepared: Prepared, baseline: Baseline) -> int:
    room = prepared.template().max_size if prepared.holder else ROOM_BYTES
    return room + SPARE_BYTES + (FIRST_TOKEN_BYTES if baseline >= Baseline.B_T else 0)


# --- completing ------------------------------------------------------------------------------------------------------


def _check_request(
    prepared: Prepared, kind: Kind, baseline: Baseline, tsa: TimestampSource | None, collect: Collect | None
) -> None:
    """Refuse what cannot succeed before anything is checked or sent."""
    if prepared.kind != kind:
        raise UsageError("external.kind", kind=prepared.kind)
    if baseline >= Baseline.B_T and tsa is None:
        raise UsageError("timestamp.needed", baseline=baseline)
    if baseline >= Baseline.B_LT and collect is None:
        raise UsageError("evidence.needed", baseline=baseline)


def _deliver(signed: bytes, out: os.PathLike[str] | None) -> bytes | None:
    if out is None:
        return signed
    write_file(out, signed)
    return None
