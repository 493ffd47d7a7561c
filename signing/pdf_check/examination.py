"""What an examination of a PDF hands to its caller, and the facts behind it that are computed when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..errors import SigningError
from ..report import Finding, SignatureReport, Verdict, verdict_of
from .changes import Changes, compare
from .digests import prefix_sha256
from .file import PdfFile
from .scan import Place

MAX_BLANKS = 32  # bytes of white space behind the end that count as nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where one signature lies: the revision that it covers to its end (None if none), and its bytes [0, a) + [b, end).

    `byte_range` is (a, b, end). `fields` are the full names of its form fields.
    """

    id: str
    fields: tuple[str, ...]
    revision: int | None
    byte_range: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfExamination:
    """All that was found out about one PDF. Revisions count from 0; `revisions` are the byte lengths at which they end.

    `placements` stand in the order of `signatures`; `counters` counter-sign the signature at that index, and show
    nothing in the document: they take nobody's place in it. `readable` is false when the structure could not be read:
    then there are no revisions, and signatures were found by their bytes alone.
    """

    signatures: tuple[SignatureReport, ...] = ()
    counters: Mapping[int, tuple[SignatureReport, ...]] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()
    revisions: tuple[int, ...] = ()
    placements: tuple[Placement, ...] = ()
    _document: Document | None = field(default=None, repr=False, compare=False)

    @property
    def readable(self) -> bool:
        """Whether the structure of the file could be read."""
        return self._document is not None

    @property
    def verdict(self) -> Verdict:
        """The answer for the document: the worst of its signatures, made worse by its own findings."""
        return verdict_of(self.entries, self.findings)

    @property
    def entries(self) -> tuple[SignatureReport, ...]:
        """Every signature found, each followed by what counter-signs it."""
        return tuple(r for i, s in enumerate(self.signatures) for r in (s, *self.counters.get(i, ())))

    def revision_sha256(self, revision: int) -> bytes:
        """SHA-256 of the file as it was when `revision` was its last. Raises `IndexError` beyond the last."""
        if self._document is None:
            raise IndexError(revision)
        return self._document.sha256(self.revisions[revision])

    def revision_named(self, sha256: bytes) -> int | None:
        """The revision whose bytes have that SHA-256, with or without the line end after its `%%EOF`; None if none."""
        document = self._document
        if document is None:
            return None
        for index, revision in enumerate(document.file.revisions):
            if any(document.sha256(end) == sha256 for end in range(revision.eof, revision.end + 1)):
                return index
        return None

    def revision_adds_only(self, revision: int) -> frozenset[str]:
        """The kinds of things that `revision` did to the one before it, and nothing else did it do.

        `page-content`, `page-resources`, `annotation` (added, old ones kept), `empty-signature-field`, `form-field`,
        `signature`, `visible-signature`, `timestamp`, `dss`, `metadata`, `extensions`; `other` for what replaces or
        removes anything; `unknown` when it could not be read; `document` for revision 0.
        """
        if self._document is None:
            return frozenset({"unknown"})
        return self._document.kinds(revision)

    def signed_in(self, revision: int) -> tuple[int, ...]:
        """Indexes of the signatures that cover exactly up to the end of `revision`."""
        return tuple(i for i, place in enumerate(self.placements) if place.revision == revision)


class Document:
    """The facts of one readable file: its signatures' places and what each revision changed, computed once."""

    def __init__(self, data: bytes, file: PdfFile) -> None:
        self.data, self.file = data, file
        self.places: list[Place] = []
        self.locked = False  # encrypted, and not opened
        self._changes: dict[int, Changes | None] = {}
        self._digests: dict[int, bytes] = {}

    def sha256(self, end: int) -> bytes:
        if end not in self._digests:
            self._digests[end] = prefix_sha256(self.data, end)
        return self._digests[end]

    def changes(self, revision: int) -> Changes | None:
        """What `revision` did; None when it could not be found out."""
        if revision not in self._changes:
            signed = {p.start: p.kind for p in self.places if p.revision == revision and p.problem is None}
            try:
                found = None if self.locked else compare(self.file, revision, signed)
                # In a file that viewers have to repair, nobody knows what a change that seems harmless does.
                doubtful = found is not None and self.file.rebuilt is not None and not found.forbidden
                self._changes[revision] = None if doubtful else found
            except SigningError:
                self._changes[revision] = None
        return self._changes[revision]

    def kinds(self, revision: int) -> frozenset[str]:
        if revision == 0:
            return frozenset({"document"})
        found = self.changes(revision)
        return frozenset({"unknown"}) if found is None else found.kinds

    def later(self, revision: int) -> list[Changes | None]:
        return [self.changes(index) for index in range(revision + 1, len(self.file.revisions))]

    def outside(self) -> int:
        """How many bytes stand after the end of all revisions and signatures.

        Who signs hashes the line end after the last `%%EOF` too; only an unsigned last revision may leave it open. A
        few blanks count as nothing: mail and editors add a line end, and no viewer shows one.
        """
        signed = [p.end for p in self.places if p.revision == self.file.last and p.problem is None]
        rest = self.data[max(signed, default=self.file.revisions[-1].end) :]
        return 0 if len(rest) <= MAX_BLANKS and not rest.strip(b"\r\n\t ") else len(rest)
