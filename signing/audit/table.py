"""Reports as a table (CSV, RFC 4180) for spreadsheets: a row a signature, or one for a document without any.

UTF-8 with its mark, so that spreadsheets show Vietnamese. File names and certificates are strangers' words: what a
spreadsheet would take for a formula gets an apostrophe before it (CWE-1236), what steers a terminal its number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from ..clock import vietnam_time
from ..report import Report, SignatureReport
from ..report.law import is_proven
from .summary import reason_code

# The order is a promise: new columns go to the end.
HEADER = (
    *("path", "sha256", "kind", "verdict", "reason", "signature", "type", "format", "baseline", "indication"),
    *("sub_indication", "intact", "coverage", "changes_after", "signer", "issuer", "serial", "signing_time"),
    *("timestamp", "best_signature_time", "digest_algorithm", "signature_algorithm", "findings", "validated_at"),
    *("policy", "elapsed_ms"),
)
_DOCUMENT, _ABOUT = 5, 3  # columns about the document before and behind those of a signature
_MARK = b"\xef\xbb\xbf"
# A cell that begins so is a formula, also in full width, and behind a separator of some country where cells are split.
_FORMULA = re.compile(r"(^|[;\t\r\n])([\s\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20\t\r])")
_STEERS = re.compile("[\0-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


class CsvTable:
    """Writes Reports to a file as they come."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._text = out, io.StringIO(newline="")
        self._rows = csv.writer(self._text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        out.write(_MARK)
        self._write(HEADER)

    def add(self, report: Report) -> None:
        """The rows of one document."""
        for row in _rows(report):
            self._write(tuple(map(safe, row)))

    def finish(self) -> None:
        """Nothing is left to be written."""

    def _write(self, row: tuple[str, ...]) -> None:
        self._rows.writerow(row)
        self._out.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


def safe(cell: str) -> str:
    """The cell as text for any spreadsheet."""
    shown = _FORMULA.sub(r"\1\2'", cell)
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    before = (report.path, report.sha256 or "", report.kind, str(report.verdict), reason_code(report))
    after = (_time(report.validated_at), report.policy, f"{report.elapsed_ms:.3f}")
    if not report.signatures:
        empty = ("",) * (len(HEADER) - _DOCUMENT - _ABOUT - 1)
        yield (*before, *empty, " ".join(f.code for f in report.findings), *after)
    for signature in report.signatures:
        yield (*before, *_signature(signature), " ".join(f.code for f in report.findings + signature.findings), *after)


def _time(value: datetime | None) -> str:
    return "" if value is None else vietnam_time(value)


def _signature(signature: SignatureReport) -> tuple[str, ...]:
    signer = signature.signer
    proven = signature.best_signature_time if is_proven(signature) else None  # else it is the time of the check
    return (
        signature.id,
        signature.type,
        signature.format,
        signature.baseline or "",
        str(signature.indication),
        signature.sub_indication or "",
        {True: "true", False: "false", None: ""}[signature.intact],
        signature.coverage or "",
        signature.changes_after or "",
        *((signer.subject, signer.issuer, signer.serial) if signer else ("", "", "")),
        *(_time(t) for t in (signature.signing_time, signature.timestamp, proven)),
        signature.digest_algorithm or "",
        signature.signature_algorithm or "",
    )
