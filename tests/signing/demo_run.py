"""One run of the demo that the tests share; its services have stopped when it is handed out."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from signing.audit import audit_file, audit_folder
from signing.report import Report
from signing.story.book import Proof
from signing.trust.store import TrustStore

FORGED_FINDINGS = {
    "paper-byte.asice": "asice.reference-digest",
    "steps-swapped.asice": "dossier.step-mismatch",
    "middle-removed.asice": "dossier.step-missing",
    "last-removed.asice": "dossier.truncated",
    "fork.asice": "dossier.forked",
    "wrong-person.asice": "dossier.role",
    "result-changed.pdf": "pdf.changed-after",
    "qr-before-signing.pdf": "seal.wrong-document",
    "qr-after-signing.pdf": "seal.printed-differs",
}
NEED_REGISTER = {"last-removed.asice", "fork.asice"}  # every signature of these is genuine


@dataclass(frozen=True)
class Demo:
    """What `signing demo` left in `folder`, and what it said. Read only: the tests share it."""

    folder: Path
    proofs: tuple[Proof, ...]

    @cached_property
    def trust(self) -> TrustStore:
        """What the demo's auditors trust."""
        return TrustStore.load(self.trust_folder)

    @property
    def ended(self) -> datetime:
        """When it was there: its status list is fresh for 15 minutes, which a run of all tests may outlast."""
        return datetime.fromtimestamp((self.folder / "report.html").stat().st_mtime, UTC)

    @property
    def trust_folder(self) -> Path:
        return self.folder / "pki" / "trust"

    @property
    def root(self) -> Path:
        """The development root certificate, PEM."""
        return self.trust_folder / "ca" / "root.pem"

    @property
    def result(self) -> Path:
        return self.folder / "result.pdf"

    @cached_property
    def dossier(self) -> Path:
        (found,) = self.folder.glob("*.asice")
        return found

    @property
    def register(self) -> str:
        return f"sqlite:///{self.folder / 'register.db'}"

    @cached_property
    def pdfs(self) -> tuple[Path, ...]:
        """Every signed PDF, genuine and forged."""
        return (self.result, *sorted((self.folder / "forged").glob("*.pdf")))

    @cached_property
    def containers(self) -> tuple[Path, ...]:
        """Every container, genuine and forged."""
        return (self.dossier, *sorted((self.folder / "forged").glob("*.asice")))

    @cached_property
    def reports(self) -> dict[str, Report]:
        """The audit of the whole folder, by path below it."""
        return {str(Path(r.path).relative_to(self.folder)): r for r in audit_folder(self.folder, self.trust)}

    def with_register(self, name: str) -> Report:
        return audit_file(self.folder / name, self.trust, register=self.register)

    def token(self, name: str) -> str:
        """A token that the demo left in `identity/`."""
        told: dict[str, Any] = json.loads((self.folder / "identity" / f"{name}.json").read_text())
        return str(told["token"])


def entries(container: Path) -> dict[str, bytes]:
    """The files of a container by name."""
    with zipfile.ZipFile(container) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
