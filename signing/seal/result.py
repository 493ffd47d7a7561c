"""The result of a dossier, from PDF to both signatures (NĐ 30/2020 Điều 32; EN 319 142-1; architecture: "Seals").

    make_result      seal over the PDF's digest → one revision with QR code, text and two empty fields; seal pending
    sign_official    the competent person signs
    sign_office      the clerk signs for the office, only what the official has validly signed
    confirm_result   everything is checked as an auditor would; only then does the seal become valid

Each takes and gives the PDF's bytes, since the four may happen on different days and machines. Nothing is kept
beside the file but the office's book of seals.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from cryptography import x509

from eid import Key

from ..clock import moment
from ..cms.cades import Collect
from ..cms.tsa_pool import TimestampSource
from ..errors import RefusedError, UsageError, VerificationError
from ..pdf.prepare import QrPlace, prepare_result
from ..pdf.sign import sign_pdf
from ..pdf.stamp import Stamp
from ..pdf_check.examination import PdfExamination
from ..pdf_check.verify import examine_pdf
from ..policy import DEFAULT_POLICY, Baseline, Policy
from ..report import Indication, Verdict
from ..signer import Signer
from ..trust.store import TrustStore
from .book import SealBook, SealState
from .check import StoredSeal, check_seal_in_pdf, stored_seals
from .facts import MAX_TEXT_CHARS, THUMBPRINT_BYTES, Seal, decode_unverified, mint_seal, thumbprint

_VIETNAM = timezone(timedelta(hours=7))
_OFFICIAL = ("competent official", "người có thẩm quyền")
_OFFICE = ("office", "cơ quan")
_LONGEST = ("VS1:" + "6A B9%" * 60)[:MAX_TEXT_CHARS]  # stands for a seal of any length while the layout is tried
_EXPECTED = frozenset({"seal.pending", "seal.status-unknown"})  # before the office has confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedResult:
    """A result that nobody has signed yet: its bytes, the seal that was printed, and the text of its QR code."""

    pdf: bytes = field(repr=False)
    seal: Seal
    text: str


def mint_for(
    pdf: bytes,
    *,
    key: Key,
    book: SealBook,
    official: x509.Certificate,
    office_seal: x509.Certificate,
    dossier: str,
    procedure: str,
    number: str,
    holder: str,
    issued: date | None = None,
    expires: date | None = None,
    at: datetime | None = None,
) -> tuple[Seal, str]:
    """A pending seal for exactly the bytes of `pdf`, and its text, to be printed by other means.

    `official` and `office_seal` are the certificates that will sign; the office is the book's; `issued` is today in
    Vietnam unless given. Raises `RefusedError` (`seal.fact`, `seal.too-long`, `seal.key`).
    """
    now = moment(at).replace(microsecond=0)
    place = book.allocate(number=number, dossier=dossier, at=now)
    seal = Seal(
        dossier=dossier,
        procedure=procedure,
        office=book.office,
        number=number,
        issued=issued or now.astimezone(_VIETNAM).date(),
        holder=holder,
        revision_sha256=hashlib.sha256(pdf).digest(),
        official=thumbprint(official),
        office_seal=thumbprint(office_seal),
        minted_at=now,
        status_list=place[0],
        status_index=place[1],
        expires=expires,
    )
    return seal, mint_seal(seal, key)


def make_result(
    pdf: bytes,
    *,
    key: Key,
    book: SealBook,
    official: x509.Certificate,
    office_seal: x509.Certificate,
    dossier: str,
    procedure: str,
    number: str,
    holder: str,
    issued: date | None = None,
    expires: date | None = None,
    qr: QrPlace | None = None,
    note: Stamp | None = None,
    official_stamp: Stamp | None = None,
    office_stamp: Stamp | None = None,
    at: datetime | None = None,
) -> PreparedResult:
    """`pdf` with its seal and both empty signature fields, in one more revision; see `mint_for` and `prepare_result`.

    The stamps say where the fields stand. Raises `RefusedError` (`seal.*`, `pdf.already-signed`,
    `result.not-a-result` for a PDF that cannot be read revision by revision), `UsageError` (`stamp.*`, `seal.qr-size`).
    """
    now = moment(at).replace(microsecond=0)
    base = _base(pdf)
    # tried with a text as long as any, so that no place in the book is spent on a layout that does not fit
    prepare_result(base, _LONGEST, qr=qr, note=note, official=official_stamp, office=office_stamp, at=now)
    _, text = mint_for(
        base, key=key, book=book, official=official, office_seal=office_seal, dossier=dossier, procedure=procedure,
        number=number, holder=holder, issued=issued, expires=expires, at=now,
    )  # fmt: skip
    prepared = prepare_result(base, text, qr=qr, note=note, official=official_stamp, office=office_stamp, at=now)
    return PreparedResult(pdf=prepared, seal=decode_unverified(text).unverified, text=text)


def sign_official(
    pdf: bytes,
    signer: Signer,
    *,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    stamp: Stamp | None = None,
    at: datetime | None = None,
) -> bytes:
    """The competent official's signature, in the field that waits for it.

    Raises `RefusedError`: `result.not-a-result`, `result.wrong-signer` for another certificate than the seal names,
    `result.already-signed`; and what `sign_pdf` raises.
    """
    found = examine_pdf(pdf, at=at)
    stored, seal = _prepared(pdf, found)
    _check_signer(signer, seal.official, _OFFICIAL)
    if found.signatures:
        raise RefusedError("result.already-signed", role=_OFFICIAL[0], role_vi=_OFFICIAL[1].capitalize())
    return _signed(
        sign_pdf(
            pdf, signer, field=stored.prepared.official_field, baseline=baseline, tsa=tsa, collect=collect,
            stamp=stamp or Stamp.official(), at=at,
        )
    )  # fmt: skip


def sign_office(
    pdf: bytes,
    signer: Signer,
    *,
    trust: TrustStore,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    stamp: Stamp | None = None,
    policy: Policy = DEFAULT_POLICY,
    at: datetime | None = None,
) -> bytes:
    """The office's signature, given by the clerk after the program has checked the official's (Điều 32).

    Raises `RefusedError`: `result.official-missing` unless the official's signature is there, valid under `trust`, and
    the document as it was left; else as `sign_official`.
    """
    found = examine_pdf(pdf, trust=trust, at=at, policy=policy)
    stored, seal = _prepared(pdf, found)
    _check_signer(signer, seal.office_seal, _OFFICE)
    named = [(s, (s.certificate_sha256 or b"")[:THUMBPRINT_BYTES]) for s in found.signatures]
    if any(who == seal.office_seal for _, who in named):
        raise RefusedError("result.already-signed", role=_OFFICE[0], role_vi=_OFFICE[1].capitalize())
    passed = any(who == seal.official and s.indication is Indication.PASSED for s, who in named)
    if not passed or found.verdict is not Verdict.VALID:
        raise RefusedError("result.official-missing")
    return _signed(
        sign_pdf(
            pdf, signer, field=stored.prepared.office_field, baseline=baseline, tsa=tsa, collect=collect,
            stamp=stamp or Stamp.office(Stamp.official()), at=at,
        )
    )  # fmt: skip


def confirm_result(
    pdf: bytes, *, trust: TrustStore, book: SealBook, policy: Policy = DEFAULT_POLICY, at: datetime | None = None
) -> Seal:
    """The seal, set valid in the book after both signatures, the document and the seal passed every check.

    Publish the book afterwards. Raises `VerificationError` (`result.not-valid`), `RefusedError`
    (`seal.book-transition` for a seal that was revoked), `UsageError` for another office's book.
    """
    found = examine_pdf(pdf, trust=trust, at=at, policy=policy)
    _, seal = _prepared(pdf, found)
    reports, findings = check_seal_in_pdf(pdf, found, trust=trust, at=at)
    problems = [f for f in (*found.findings, *findings) if f.severity != "info" and f.code not in _EXPECTED]
    if found.verdict is not Verdict.VALID and not problems:
        problems = [f for s in found.entries for f in s.findings if f.severity != "info"]
    good = found.verdict is Verdict.VALID and all(r.matches_document for r in reports) and not problems
    if not good:
        texts = (problems[0].text, problems[0].text_vi) if problems else (found.verdict, found.verdict)
        raise VerificationError("result.not-valid", why=texts[0], why_vi=texts[1])
    if seal.office != book.office:
        raise UsageError("seal.book", path=book.path, why=f"it belongs to office {book.office}, not {seal.office}")
    book.set((seal.status_list, seal.status_index), SealState.VALID, at=at)
    return seal


def _base(pdf: bytes) -> bytes:
    """The file without blanks behind its last revision. Raises `RefusedError` when it cannot be read strictly."""
    found = examine_pdf(pdf)
    if not found.revisions:
        raise _not_a_result("it cannot be read revision by revision", "không đọc được từng phiên bản của tệp")
    end = found.revisions[-1]
    if pdf[end:].strip(b"\x00\t\n\x0c\r "):
        raise _not_a_result("bytes stand behind its end", "có dữ liệu nằm sau điểm kết thúc tệp")
    return pdf[:end]


def _prepared(pdf: bytes, found: PdfExamination) -> tuple[StoredSeal, Seal]:
    """The one seal that was put into the document, and what it says; its signature is checked when it is confirmed."""
    stored = stored_seals(pdf, found.revisions)
    if len(stored) != 1:
        raise _not_a_result(
            "it does not hold one seal in a revision of its own",
            "không có đúng một con dấu xác thực trong phiên bản riêng",
        )
    seal = decode_unverified(stored[0].text).unverified
    digest = hashlib.sha256(memoryview(pdf)[: stored[0].base_end]).digest()
    if digest[: len(seal.revision_sha256)] != seal.revision_sha256:
        raise RefusedError("seal.wrong-document", number=seal.number, dossier=seal.dossier)
    return stored[0], seal


def _check_signer(signer: Signer, wanted: bytes, role: tuple[str, str]) -> None:
    if thumbprint(signer.certificate) != wanted:
        raise RefusedError("result.wrong-signer", role=role[0], role_vi=role[1], wanted=wanted.hex())


def _not_a_result(why: str, why_vi: str) -> RefusedError:
    return RefusedError("result.not-a-result", why=why, why_vi=why_vi)


def _signed(pdf: bytes | None) -> bytes:
    if pdf is None:  # only with `out`, which is never given here
        raise UsageError("usage.argument", why="no output")
    return pdf
