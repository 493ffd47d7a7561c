"""A validation report in XML for each signed document of an audit (ETSI TS 119 102-2), in a folder of its own."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from ..errors import UsageError
from ..files import write_file
from ..report import Report, Verdict
from ..report.etsi import validation_report

MAX_NAME_CHARS = 80  # of the document's name in that of its report
_OTHERS = re.compile(r"[^A-Za-z0-9._-]+")


def made_folder(path: Path) -> Path:
    """`path` as a folder, made if it is not there. Raises `UsageError` `output.unwritable`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=path, why=getattr(e, "strerror", None) or e) from None
    return path


def report_name(report: Report) -> str:
    """The name of a document's report: the document's own, and twelve digits of the SHA-256 of its path."""
    own = _OTHERS.sub("_", report.path.rsplit("/", 1)[-1])[:MAX_NAME_CHARS].lstrip(".")
    return f"{own or 'document'}-{sha256(report.path.encode()).hexdigest()[:12]}.xml"


class EtsiFolder:
    """Writes a file a Report; documents without signature have none."""

    def __init__(self, folder: Path) -> None:
        self._folder = made_folder(folder)

    def add(self, report: Report) -> None:
        """The report of one document, whole or not there at all."""
        if report.verdict is not Verdict.UNSIGNED:
            write_file(self._folder / report_name(report), validation_report(report))

    def finish(self) -> None:
        """Nothing is left to be written."""
