"""The demo's third chapter: forged copies, each made as a forger would, and the finding that gives it away.

The forgers have no key but their own. What needs somebody else's program is done with ours, told to trust the forger.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..audit import audit_file
from ..dev.people import OFFICE
from ..dossier.dossier import Dossier
from ..dossier.register import Register
from ..dossier.rules import Decision, Step
from ..files import read_file, write_file
from ..pdf.pages import find_page
from ..pdf.prepare import prepare_result, qr_modules
from ..pdf.raw import as_array, write_array, write_dict
from ..pdf.reader import PdfFile
from ..pdf.sign import sign_pdf
from ..pdf.source import MemorySource
from ..pdf.update import PdfUpdate
from ..pdf_check.verify import examine_pdf
from ..policy import Baseline
from ..report import Report
from ..seal.book import SealBook
from ..seal.check import stored_seals
from ..trust.store import RoleGrant, TrustStore
from .book import Proof
from .dossier import PAPERS, RESULT, Office, fingerprint, paper

Entry = tuple[zipfile.ZipInfo, bytes]


@dataclass(frozen=True, slots=True)
class Forgery:
    """One forged copy and the code of the finding that has to name the reason; some show only in the register."""

    name: str
    what: str
    code: str
    needs_register: bool = False


def make(office: Office) -> tuple[Forgery, ...]:
    """Write the forged copies into `forged/`, beside the genuine ones that they were made from."""
    folder = office.folder / "forged"
    return (*_edited(office, folder), *_signed(office, folder), *_results(office, folder))


def tell(office: Office, forgeries: Iterable[Forgery]) -> list[Proof]:
    """Each forged copy is invalid, for the right reason; what only the register shows is never called complete."""
    proofs = []
    for forgery in forgeries:
        path = office.folder / "forged" / forgery.name
        register = office.register_url if forgery.needs_register else None
        report = audit_file(path, office.trust, register=register)
        proofs.append(_proof(forgery, forgery.what, f"invalid: {forgery.code}", _answer(report, forgery.code)))
        if forgery.needs_register:
            alone = audit_file(path, office.trust)
            complete = alone.dossier is not None and alone.dossier.complete
            got = "complete" if complete else _answer(alone, "dossier.head-unproven")
            what = f"{forgery.what}, without the register"
            proofs.append(_proof(forgery, what, "valid: dossier.head-unproven", got))
    return proofs


def _proof(forgery: Forgery, what: str, wanted: str, got: str) -> Proof:
    return Proof(chapter="forged", what=what, wanted=wanted, got=got, where=f"forged/{forgery.name}")


def _answer(report: Report, code: str) -> str:
    found = [f.code for f in report.all_findings() if f.severity != "info"]
    return f"{report.verdict}: {code if code in found else ', '.join(dict.fromkeys(found))}"


# --- copies of the container, edited ---------------------------------------------------------------------------------


def _edited(office: Office, folder: Path) -> tuple[Forgery, ...]:
    genuine = read_file(office.dossier_path)

    def edit(name: str, change: Callable[[list[Entry]], list[Entry]]) -> None:
        write_file(folder / name, _rezip(change(_unzip(genuine))))

    flipped = f"papers/{PAPERS[2]}"
    edit("paper-byte.asice", lambda all_: [(i, _flip(c) if i.filename == flipped else c) for i, c in all_])
    edit("steps-swapped.asice", lambda all_: _swap(all_, "002", "003"))
    edit("middle-removed.asice", lambda all_: [(i, c) for i, c in all_ if not _of_step(i.filename, "003")])
    edit("last-removed.asice", lambda all_: [(i, c) for i, c in all_ if not _of_step(i.filename, "005")])
    return (
        Forgery("paper-byte.asice", "one byte of a paper changed", "asice.reference-digest"),
        Forgery("steps-swapped.asice", "two steps swapped", "dossier.step-mismatch"),
        Forgery("middle-removed.asice", "a middle step removed", "dossier.step-missing"),
        Forgery("last-removed.asice", "the last step removed", "dossier.truncated", needs_register=True),
    )


def _unzip(data: bytes) -> list[Entry]:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return [(info, container.read(info)) for info in container.infolist()]


def _rezip(entries: list[Entry]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for info, content in entries:
            container.writestr(info, content, info.compress_type)
    return out.getvalue()


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _of_step(name: str, number: str) -> bool:
    return name.startswith((f"steps/{number}-", f"META-INF/ASiCManifest{number}.", f"META-INF/signature{number}."))


def _swap(entries: list[Entry], one: str, other: str) -> list[Entry]:
    for info, _ in entries:
        for old, new in ((one, other), (other, one)):
            if _of_step(info.filename, old):
                info.filename = info.filename.replace(old, new, 1)
                break
    return entries


# --- steps signed by real people who should not have ----------------------------------------------------------------


def _signed(office: Office, folder: Path) -> tuple[Forgery, ...]:
    """A fork by the real approver and an approval by a stranger, both before a stolen copy of the register."""
    fork, wrong = folder / "fork.asice", folder / "wrong-person.asice"
    grant = RoleGrant(
        certificate_sha256=fingerprint(office.pki, "stranger"),
        office=OFFICE,
        role="approver",
        steps=(Step.APPROVE,),
        not_before=None,
        not_after=None,
        title=None,
    )
    grants = tuple(g for g in office.trust.roles if Step.APPROVE not in g.steps)
    forger = replace(office.trust, roles=(*grants, grant))
    write_file(fork, _cut(read_file(office.dossier_path), 2))
    write_file(wrong, _cut(read_file(office.dossier_path), 2))
    _take(office, fork, "approver", office.trust, Decision.INELIGIBLE, "không đồng ý")
    _take(office, wrong, "stranger", forger, Decision.ELIGIBLE, "")
    return (
        Forgery("fork.asice", "a fork signed by the real approver", "dossier.forked", needs_register=True),
        Forgery("wrong-person.asice", "a step signed by the wrong person", "dossier.role"),
    )


def _take(office: Office, path: Path, person: str, trust: TrustStore, decision: Decision, note: str) -> None:
    """`person` approves a cut copy before a cut register."""
    register_path = path.with_suffix(".db")
    write_file(register_path, read_file(office.old_register))
    with Register.open(register_path) as register:
        dossier = Dossier.open(path, trust=trust, register=register, tsa=office.tsa, http=office.pki.http())
        office.take(dossier.prepare(Step.APPROVE, decision=decision, note=note), person).extend(collect=office.collect)


def _cut(data: bytes, keep: int) -> bytes:
    later = [f"{n:03}" for n in range(keep + 1, 6)]
    entries = _unzip(data)
    return _rezip(
        [(i, c) for i, c in entries if not any(_of_step(i.filename, n) for n in later) and "results/" not in i.filename]
    )


# --- results ---------------------------------------------------------------------------------------------------------


def _results(office: Office, folder: Path) -> tuple[Forgery, ...]:
    genuine = read_file(office.folder / RESULT)
    with SealBook.open(office.folder / "seals.db") as book:
        other = office.prepare_result(book, read_file(paper(PAPERS[1])), number="0002/2026-GKS", holder="N. T. KHÁC")
    text = _seal_text(office)
    write_file(folder / "result-changed.pdf", _draw(genuine, [b"0 g 200 560 160 14 re f"]))
    printed = prepare_result(read_file(paper(PAPERS[1])), text)
    write_file(folder / "qr-before-signing.pdf", _sign(office, printed))
    write_file(folder / "qr-after-signing.pdf", _draw(office.sign_result(other.pdf), _squares(text)))
    return (
        Forgery("result-changed.pdf", "the result changed after signing", "pdf.changed-after"),
        Forgery("qr-before-signing.pdf", "a QR printed onto another result before its signing", "seal.wrong-document"),
        Forgery("qr-after-signing.pdf", "a QR printed onto another result after its signing", "seal.printed-differs"),
    )


def _seal_text(office: Office) -> str:
    data = read_file(office.folder / RESULT)
    return stored_seals(data, examine_pdf(data).revisions)[0].text


def _sign(office: Office, pdf: bytes) -> bytes:
    """Both signatures without our rules for results, which would refuse the foreign seal."""
    for person, name in (("official", "Official"), ("clerk", "Office")):
        signer = office.pki.signer(person)
        signed = sign_pdf(pdf, signer, field=name, baseline=Baseline.B_LT, tsa=office.tsa, collect=office.collect)
        pdf = signed or b""
    return pdf


def _draw(pdf: bytes, drawing: list[bytes]) -> bytes:
    """One more revision that draws on the last page."""
    update = PdfUpdate(PdfFile.open(MemorySource(pdf)))
    page = find_page(update, -1)
    entries = update.entries(page.ref)
    contents = entries[b"/Contents"]
    old = as_array(contents) if contents.startswith(b"[") else [contents]
    new = update.add(b"<<>>", b"\nq\n" + b"\n".join(drawing) + b"\nQ\n")
    update.put(page.ref, write_dict({**entries, b"/Contents": write_array([*old, new.raw()])}))
    return pdf + bytes(update.revision().body)


def _squares(text: str) -> list[bytes]:
    """A QR code in the middle of a page, drawn as rectangles."""
    rows, _ = qr_modules(text)
    squares = [b"1 g 200 300 190 190 re f 3 0 0 3 206 306 cm 0 g"]
    for y, row in enumerate(rows):
        squares += [b"%d %d 1 1 re" % (x, len(rows) - 1 - y) for x, dark in enumerate(row) if dark]
    return [*squares, b"f"]
