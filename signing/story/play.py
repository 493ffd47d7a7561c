"""The whole story, offline: what `signing demo` plays and leaves to look at.

A development PKI; two identities; a birth registration through its five signed steps; the result with its seal; the
audit; and forged copies that have to be found out. Every line of the answer compares what happened with what has to.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from eid import Issuer, KeySet

from ..audit import audit_folder
from ..dev.people import IDENTITY_ISSUER
from ..dev.pki import DevPki
from ..errors import UsageError
from ..files import write_file
from ..html.page import render_html
from ..report import Report, Verdict
from . import dossier as story_dossier
from . import forgery as story_forgery
from . import identity as story_identity
from .book import Proof

MARK = ".signing-demo"  # a folder that holds this file was made by the demo and may be made again


def play(folder: Path, *, say: Callable[[str], None] = lambda _: None) -> tuple[Proof, ...]:
    """Play the story into `folder`, which is new, empty, or was made by the demo before (then it is replaced).

    `say` hears what is going on. Raises `UsageError` for a folder that holds something else.
    """
    folder = Path(folder)
    _prepare(folder)
    say("hạ tầng khóa thử nghiệm / development PKI")
    pki = DevPki.create(folder / "pki", password=secrets.token_urlsafe(12), port=0)
    issuer = Issuer(IDENTITY_ISSUER, pki.identity_keys())
    with pki.serve():
        say("danh tính điện tử / identities")
        (folder / "identity").mkdir()
        public = KeySet.from_jwks(issuer.keys.public_jwks())
        proofs = story_identity.tell(issuer, public, folder / "identity")
        say("hồ sơ năm bước / a dossier of five steps")
        office = story_dossier.Office(pki=pki, issuer=issuer, folder=folder)
        proofs += story_dossier.tell(office)
        say("bản giả mạo / forged copies")
        forgeries = story_forgery.make(office)
    # from here on nothing answers: everything has to be proven from what was kept
    say("kiểm tra / audit")
    proofs += _audit(folder, office)
    proofs += story_forgery.tell(office, forgeries)
    write_file(folder / "proofs.json", json.dumps([p.to_dict() for p in proofs], ensure_ascii=False, indent=1).encode())
    return tuple(proofs)


def _prepare(folder: Path) -> None:
    try:
        if folder.is_symlink() or folder.exists():
            ours = not folder.is_symlink() and folder.is_dir()
            if not ours or (any(folder.iterdir()) and not (folder / MARK).is_file()):
                raise UsageError("demo.folder", path=folder)
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError("output.unwritable", path=folder, why=error.strerror or error) from None
    write_file(folder / MARK, f"made by `signing demo` on {datetime.now(UTC):%Y-%m-%d}\n".encode())


def _audit(folder: Path, office: story_dossier.Office) -> list[Proof]:
    """Everything genuine that is signed has to be valid, first without the register and then with it."""
    reports = [r for r in audit_folder(folder, office.trust) if "forged" not in Path(r.path).relative_to(folder).parts]
    signed = [r for r in reports if r.verdict is not Verdict.UNSIGNED]
    write_file(folder / "audit.jsonl", "".join(r.to_json() + "\n" for r in reports).encode())
    proofs = [_audited(r, folder) for r in signed]
    complete = story_dossier.audited_with_register(office)
    page = [complete if r.dossier is not None else r for r in signed]  # a clerk has the register at hand
    write_file(folder / "report.html", render_html(page).encode())
    known = "complete" if complete.dossier is not None and complete.dossier.complete else "not known to be complete"
    proofs.append(
        Proof(
            chapter="audit",
            what="the dossier with the office's register",
            wanted="valid, complete",
            got=f"{complete.verdict}, {known}",
            where=office.dossier_path.name,
        )
    )
    return proofs


def _audited(report: Report, folder: Path) -> Proof:
    kind = f"{report.kind}, {len(report.signatures)} signatures"
    found = sorted({f.code for s in report.signatures for f in s.findings if f.severity == "error"})
    baselines = {s.baseline for s in report.signatures if s.type == "signature" and s.format != "JWS"}
    got = " ".join((report.verdict, *(["/".join(sorted(map(str, baselines)))] if baselines else []), ", ".join(found)))
    where = str(Path(report.path).relative_to(folder))
    wanted = "valid" if report.kind == "token" else "valid B-LT"  # the list of seals in force
    return Proof(chapter="audit", what=f"{where}: {kind}", wanted=wanted, got=got.strip(), where=where)
