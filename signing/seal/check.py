"""Whether a seal fits the PDF that it is in (architecture: "Seals").

1. The digest in the seal names a prefix of the file that is a whole earlier revision.
2. The very next revision is exactly what `prepare_result` makes of that prefix with this seal: QR code, text and both
   empty signature fields, byte for byte, and nothing else.
3. Valid signatures of the two certificates that the seal names cover it, each in its field, the official's first.
4. Pages that are scanned show this seal and no other.

The seal's text is read from the prepared revision; scanning the pages (optional part `scan`) finds what was printed
over or beside it, as an image or drawn. Pages of letters and a few lines are not drawn: no code can be on them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..clock import moment
from ..errors import SigningError
from ..pdf.prepare import Prepared, read_prepared
from ..report import Finding, Indication, SealReport, SignatureReport
from .facts import THUMBPRINT_BYTES, Seal, looks_like_seal
from .scan import can_scan, scan_first
from .verify import CheckedSeal, SealVerifier

if TYPE_CHECKING:
    from ..pdf_check.examination import PdfExamination, Placement
    from ..trust.store import TrustStore

MAX_PREPARED = 10  # revisions that may be prepared ones and are made again
MAX_SCANNED_PAGES = 20  # pages of one document that an audit renders
_MARKER = b"EidSigning"  # what a prepared revision contains (`pdf_result`)
_ROLES = {"official": ("official's", "người có thẩm quyền"), "office": ("office's", "cơ quan")}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeal:
    """A seal's text as a prepared revision holds it; `base_end` is the length of the file that it was put on."""

    revision: int
    base_end: int
    prepared: Prepared

    @property
    def text(self) -> str:
        """The text of the QR code."""
        return self.prepared.qr_text


def stored_seals(pdf: bytes, revisions: tuple[int, ...]) -> tuple[StoredSeal, ...]:
    """The seals that prepared revisions hold. `revisions` are the lengths at which the file's revisions end."""
    found: list[StoredSeal] = []
    tried = 0
    for index in range(1, len(revisions)):
        start, end = revisions[index - 1], revisions[index]
        if pdf.find(_MARKER, start, end) < 0:
            continue
        tried += 1
        if tried > MAX_PREPARED:
            break  # a seal that is not looked for here is printed and not stored, so it is found out
        for base_end in _ends(pdf, start):
            prepared = read_prepared(pdf[:base_end], pdf[:end])
            if prepared is not None:
                found.append(StoredSeal(revision=index, base_end=base_end, prepared=prepared))
                break
    return tuple(found)


def check_seal_in_pdf(
    pdf: bytes,
    found: PdfExamination,
    *,
    trust: TrustStore | None,
    at: datetime | None = None,
    status: Iterable[bytes | str] = (),
    scan_pages: bool | None = None,
) -> tuple[tuple[SealReport, ...], tuple[Finding, ...]]:
    """The seals of a PDF and what is to be said about them; never raises for a bad document.

    `found` is what `examine_pdf` found in `pdf`; `status` adds status list tokens to those of `trust`. Pages are
    rendered and scanned where the optional part `scan` is installed and the file holds a seal, or is signed and
    `trust` has keys of seals: without them nothing that is printed could be told from a drawing. `scan_pages` says
    otherwise.
    """
    now = moment(at)
    stored = stored_seals(pdf, found.revisions)
    if scan_pages is None:
        scan_pages = bool(stored or (found.signatures and trust is not None and trust.seals))
    printed, findings = _printed(pdf, stored=bool(stored), signed=bool(found.signatures)) if scan_pages else ({}, ())
    texts = dict.fromkeys(s.text for s in stored)
    unseen = any(f.code == "seal.not-scanned" and f.severity == "warning" for f in findings)
    if not stored and not printed:
        return (), findings
    verifier = SealVerifier(trust, status=status)
    reports: list[SealReport] = []
    document = _Document(pdf, found, stored)
    for seal in {s.text: s for s in stored}.values():
        report, more = document.fit(verifier.check(seal.text, at=now, name=f"revision {seal.revision + 1}"), seal)
        reports.append(report)
        findings += more
    for text, page in printed.items():
        if text not in texts:
            report, more = document.fit(verifier.check(text, at=now, name=f"page {page}"), None)
            reports.append(report)
            findings += more
            findings += (Finding.of("seal.printed-differs", page=page),) if stored else ()
    if len(texts) > 1:
        findings += (Finding.of("seal.several", count=len(texts)),)
    if unseen:  # who knows what people see: at best nothing speaks against it
        reports = [replace(r, matches_document=None) if r.matches_document else r for r in reports]
    return tuple(reports), tuple(dict.fromkeys(findings))


def _printed(pdf: bytes, *, stored: bool, signed: bool) -> tuple[dict[str, int], tuple[Finding, ...]]:
    """The seals seen on the pages (text → first page), and the reason why nobody looked at some of them."""
    if not can_scan():
        install = "pip install 'eid-signing[scan]'"
        return {}, (Finding.of("seal.not-scanned", why=install, why_vi=install),) if stored else ()
    try:
        codes, left = scan_first(pdf, MAX_SCANNED_PAGES)
    except SigningError as e:
        doubt = Finding.of("seal.not-scanned", severity="warning", why=e.text, why_vi=e.text_vi)
        return {}, (doubt,) if stored or signed else ()
    seen: dict[str, int] = {}
    for code in codes:
        if looks_like_seal(code.text):
            seen.setdefault(code.text, code.page or 1)
    if left:
        why = {"why": f"the last {left} were not looked at", "why_vi": f"{left} trang cuối chưa được xem"}
        return seen, (Finding.of("seal.not-scanned", **why),)
    return seen, (Finding.of("seal.not-printed"),) if stored and not seen else ()


def _ends(pdf: bytes, end: int) -> tuple[int, ...]:
    """`end`, and where the file ended if the end of line before it came only with the next revision."""
    line = 2 if pdf[end - 2 : end] == b"\r\n" else 1 if pdf[end - 1 : end] in (b"\n", b"\r") else 0
    return tuple(end - cut for cut in range(line + 1))


class _Document:
    """What a seal is compared with."""

    def __init__(self, pdf: bytes, found: PdfExamination, stored: tuple[StoredSeal, ...]) -> None:
        self.pdf, self.found, self.stored = pdf, found, stored
        self._digests: dict[int, bytes] = {}

    def fit(self, checked: CheckedSeal, stored: StoredSeal | None) -> tuple[SealReport, tuple[Finding, ...]]:
        """The seal's report with `matches_document`; None as long as its own signature is not proven."""
        if checked.seal is None:
            return checked.report, checked.findings
        findings = self._place(checked.seal, stored)
        if stored is not None and not findings:
            findings = self._signers(checked.seal, stored)
        severities = {f.severity for f in findings}
        matches = False if "error" in severities else None if severities else True
        return replace(checked.report, matches_document=matches), checked.findings + findings

    def _place(self, seal: Seal, stored: StoredSeal | None) -> tuple[Finding, ...]:
        """Whether the seal stands right behind the revision that it names."""
        if not self.found.revisions:
            return (
                _misplaced("the file cannot be read revision by revision", "không đọc được từng phiên bản của tệp"),
            )
        named = self._named(seal)
        if named is None:
            return (Finding.of("seal.wrong-document", number=seal.number, dossier=seal.dossier),)
        if stored is None:
            return (
                _misplaced(
                    "what was added to that document is not the seal, its text and two empty fields alone",
                    "phần bổ sung vào văn bản không chỉ gồm con dấu, phần chữ và hai ô ký trống",
                ),
            )
        if stored.base_end != named:
            return (
                _misplaced(
                    "it was put in after something else was added",
                    "con dấu được đưa vào sau khi văn bản đã có bổ sung khác",
                ),
            )
        return ()

    def _named(self, seal: Seal) -> int | None:
        """The length of the revision whose digest the seal holds."""
        if not self._digests:
            hasher, done, view = hashlib.sha256(), 0, memoryview(self.pdf)
            for end in sorted({end for revision in self.found.revisions for end in _ends(self.pdf, revision)}):
                hasher.update(view[done:end])
                self._digests[end], done = hasher.copy().digest(), end
        wanted = seal.revision_sha256
        return next((end for end, digest in self._digests.items() if digest[: len(wanted)] == wanted), None)

    def _signers(self, seal: Seal, stored: StoredSeal) -> tuple[Finding, ...]:
        """Whether valid signatures of both named certificates cover the seal, in their order and each in its field."""
        prepared = stored.prepared
        after = self._signatures_after(stored.revision)
        own = {
            "official": [(p, s) for p, s in after if _is_by(p, s, seal.official, prepared.official_field)],
            "office": [(p, s) for p, s in after if _is_by(p, s, seal.office_seal, prepared.office_field)],
        }
        strangers = len(after) > sum(map(len, own.values()))
        findings = []
        for role, signed in own.items():
            code = _doubt([s for _, s in signed], strangers=strangers)
            if code is not None:
                findings.append(Finding.of(code, role=_ROLES[role][0], role_vi=_ROLES[role][1]))
        if not findings and _first(own["official"]) > _first(own["office"]):
            findings.append(Finding.of("seal.office-first"))
        return tuple(findings)

    def _signatures_after(self, revision: int) -> list[tuple[Placement, SignatureReport]]:
        """Each signature that covers `revision` and was made after it."""
        placed = zip(self.found.placements, self.found.signatures, strict=True)
        return [(p, s) for p, s in placed if s.type == "signature" and (p.revision or 0) > revision]


def _misplaced(why: str, why_vi: str) -> Finding:
    return Finding.of("seal.revision-mismatch", why=why, why_vi=why_vi)


def _doubt(signatures: list[SignatureReport], *, strangers: bool) -> str | None:
    """The code of what is wrong with one role's signature, or None when a valid one is there."""
    indications = {s.indication for s in signatures}
    if Indication.PASSED in indications:
        return None
    if Indication.INDETERMINATE in indications:
        return "seal.signer-unproven"
    return "seal.signer-mismatch" if signatures or strangers else "seal.not-signed-yet"


def _is_by(place: Placement, signature: SignatureReport, thumbprint: bytes, field: str) -> bool:
    """Whether that certificate signed in that field; in another, its own would be left for somebody else to fill."""
    certificate = signature.certificate_sha256
    return certificate is not None and certificate[:THUMBPRINT_BYTES] == thumbprint and field in place.fields


def _first(signed: list[tuple[Placement, SignatureReport]]) -> int:
    """The revision of the first valid signature."""
    return min(p.revision or 0 for p, s in signed if s.indication is Indication.PASSED)
