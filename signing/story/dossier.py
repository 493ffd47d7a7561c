"""The demo's second chapter: a birth registration from the counter to the certificate in the parents' hands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from eid import AuthenticationLevel, Issuer, Level, qr

from ..audit import audit_file
from ..cms.cades import Collect
from ..cms.timestamp import TimestampAuthority
from ..dev.people import OFFICE
from ..dev.pki import DevPki
from ..dossier.dossier import Dossier, Draft
from ..dossier.register import Register
from ..dossier.rules import Decision, Step
from ..errors import SigningError
from ..files import read_file, write_file
from ..pdf.stamp import VIETNAM, Stamp
from ..policy import Baseline
from ..report import Report
from ..seal.book import SealBook
from ..seal.result import PreparedResult, confirm_result, make_result, sign_office, sign_official
from ..seal.scan import scan
from ..seal.verify import SealVerifier
from ..trust.precheck import tsa_checker
from ..trust.store import TrustStore
from .book import Proof

PROCEDURE = "1.001193"  # birth registration
PAPERS = ("form.pdf", "Giấy chứng sinh.pdf", "giay-ket-hon-scan.pdf", "anh-the.png")
RESULT = "result.pdf"
APPLICANT = {"name": "Trần Thị Kiểm Thử", "relation": "mẹ"}
STAFF = {
    Step.RECEIVE: "receiver",
    Step.APPRAISE: "appraiser",
    Step.APPROVE: "approver",
    Step.SIGN: "official",
    Step.RETURN: "receiver",
}


def paper(name: str) -> Path:
    """One of the papers that come with the package (in a source tree they are the examples' inputs)."""
    package = Path(__file__).parent.parent
    packed = package / "data" / "demo" / name
    return packed if packed.is_file() else package.parent / "examples" / "inputs" / name


@dataclass(frozen=True)
class Office:
    """The one-stop office of the story: its people, services, register and book of seals."""

    pki: DevPki
    issuer: Issuer
    folder: Path

    @cached_property
    def trust(self) -> TrustStore:
        """What the office and its auditors trust."""
        return TrustStore.load(self.pki.trust_folder)

    @cached_property
    def tsa(self) -> TimestampAuthority:
        """The timestamp authority; each token's chain and its revocation are checked before it is used."""
        return self.pki.tsa(tsa_checker(self.trust, http=self.pki.http()))

    @cached_property
    def code(self) -> str:
        """The dossier code of today's first dossier."""
        return f"{OFFICE}-{datetime.now(VIETNAM):%y%m%d}-0001"

    @property
    def dossier_path(self) -> Path:
        """The dossier's file."""
        return self.folder / f"{self.code}.asice"

    @property
    def register_url(self) -> str:
        """The office's register."""
        return f"sqlite:///{(self.folder / 'register.db').resolve()}"

    @property
    def old_register(self) -> Path:
        """A stolen copy of the register."""
        return self.folder / "forged" / "register-after-step-2.db"

    @property
    def collect(self) -> Collect:
        """Fetches OCSP answers and CRLs for B-LT."""
        return self.pki.collect

    def new_dossier(self, path: Path, register: Register, trust: TrustStore | None = None) -> Dossier:
        """The application as the mother files it."""
        return Dossier.new(
            path,
            code=self.code,
            procedure=PROCEDURE,
            office=OFFICE,
            applicant=APPLICANT,
            papers=[paper(name) for name in PAPERS],
            rule_set="nd-118-2025",
            trust=trust or self.trust,
            register=register,
            tsa=self.tsa,
            http=self.pki.http(),
        )

    def take(self, draft: Draft, person: str, *, proof: str | None = None) -> Dossier:
        """`person` logs in with a level-2 identity for this very step, and signs it."""
        signer = self.pki.signer(person)
        return draft.sign(signer, proof or self.prove(draft, person))

    def prove(self, draft: Draft, person: str) -> str:
        """The identity issuer's proof: somebody of level 2, logged in just now, will sign with this certificate."""
        return self.issuer.prove_step(
            level=Level.TWO,
            auth_level=AuthenticationLevel.THREE,
            audience=draft.office,
            nonce=draft.nonce,
            certificate_sha256=fingerprint(self.pki, person),
        )

    def prepare_result(self, book: SealBook, pdf: bytes, *, number: str, holder: str) -> PreparedResult:
        """A result with its seal and both empty fields."""
        return make_result(
            pdf,
            key=self.pki.seal_keys().active,
            book=book,
            official=self.pki.certificate("official"),
            office_seal=self.pki.certificate("clerk"),
            dossier=self.code,
            procedure=PROCEDURE,
            number=number,
            holder=holder,
            official_stamp=self.stamps[0],
            office_stamp=self.stamps[1],
        )

    @cached_property
    def stamps(self) -> tuple[Stamp, Stamp]:
        """The official's blue signature and, over its left third, the office's red seal (NĐ 30/2020, Phụ lục I)."""
        official = Stamp.official(read_file(paper("chu-ky-mau.png")), x_mm=123, y_mm=92)
        return official, Stamp.office(official, read_file(paper("con-dau-mau.png")))

    def sign_result(self, pdf: bytes) -> bytes:
        """The official's signature, then the office's."""
        official, office = self.stamps
        by_official = sign_official(
            pdf,
            self.pki.signer("official"),
            baseline=Baseline.B_LT,
            tsa=self.tsa,
            collect=self.collect,
            stamp=official,
        )
        return sign_office(
            by_official,
            self.pki.signer("clerk"),
            trust=self.trust,
            baseline=Baseline.B_LT,
            tsa=self.tsa,
            collect=self.collect,
            stamp=office,
        )


def fingerprint(pki: DevPki, person: str) -> bytes:
    """SHA-256 of a person's certificate."""
    from cryptography.hazmat.primitives.hashes import SHA256

    return pki.certificate(person).fingerprint(SHA256())


def tell(office: Office) -> list[Proof]:
    """Five steps, the result, its seal; kept at B-LT."""
    proofs: list[Proof] = []
    with (
        Register.open(office.register_url) as register,
        SealBook.open(office.folder / "seals.db", office=OFFICE) as book,
    ):
        dossier = office.new_dossier(office.dossier_path, register)
        proofs.append(_refused(office, dossier))
        dossier = _decide(office, dossier, proofs)
        dossier = _sign(office, dossier, book, proofs)
        dossier = _step(office, dossier, proofs, Step.RETURN)
        dossier = dossier.extend(collect=office.collect)
        receipt = dossier.receipt
        if receipt is not None:
            write_file(office.folder / "receipt.json", receipt.to_json().encode())
        register.timestamp_head(office.tsa)
        register.verify()
        proofs.append(_line("the register's chain and its timestamped head", "holds", "holds", "register.db"))
    return proofs


def _line(what: str, wanted: str, got: str, where: str) -> Proof:
    return Proof(chapter="dossier", what=what, wanted=wanted, got=got, where=where)


def _attempt(action: Callable[[], object]) -> str:
    try:
        action()
    except SigningError as refusal:
        return refusal.code
    return "accepted"


def _refused(office: Office, dossier: Dossier) -> Proof:
    """Nobody approves what has not been received."""
    got = _attempt(lambda: dossier.prepare(Step.APPROVE, decision=Decision.ELIGIBLE))
    return _line("approval before reception", "dossier.order", got, office.dossier_path.name)


def _step(
    office: Office,
    dossier: Dossier,
    proofs: list[Proof],
    step: Step,
    decision: Decision | None = None,
    note: str = "",
) -> Dossier:
    person = STAFF[step]
    draft = dossier.prepare(step, decision=decision, note=note)
    taken = office.take(draft, person)
    entered = "entered in the register" if taken.receipt else "not entered"
    told = f"{step} by {office.pki.holder(person).title}"
    proofs.append(_line(told, "entered in the register", entered, office.dossier_path.name))
    return taken


def _decide(office: Office, dossier: Dossier, proofs: list[Proof]) -> Dossier:
    """Receive, appraise, approve; a colleague who takes the same step at the same time comes second."""
    dossier = _step(office, dossier, proofs, Step.RECEIVE)
    same = dossier.prepare(Step.APPRAISE, decision=Decision.ELIGIBLE, note="bản thứ hai")
    dossier = _step(office, dossier, proofs, Step.APPRAISE, Decision.ELIGIBLE, "đủ điều kiện")
    _back_up(office)
    got = _attempt(lambda: office.take(same, "appraiser"))
    proofs.append(_line("the same step taken twice", "dossier.moved-on", got, office.dossier_path.name))
    wrong = dossier.prepare(Step.APPROVE, decision=Decision.ELIGIBLE)
    got = _attempt(lambda: office.take(wrong, "stranger"))
    proofs.append(_line("approval by a stranger", "dossier.role", got, office.dossier_path.name))
    borrowed = office.prove(wrong, "appraiser")
    got = _attempt(lambda: office.take(wrong, "approver", proof=borrowed))
    proofs.append(_line("approval with another's identity", "dossier.proof", got, office.dossier_path.name))
    return _step(office, dossier, proofs, Step.APPROVE, Decision.ELIGIBLE, "đồng ý cấp")


def _back_up(office: Office) -> None:
    """A copy of the register as it is after two steps; a forger gets hold of it later."""
    office.old_register.parent.mkdir()
    with (
        closing(sqlite3.connect(office.folder / "register.db")) as register,
        closing(sqlite3.connect(office.old_register)) as copy,
    ):
        register.backup(copy)


def _sign(office: Office, dossier: Dossier, book: SealBook, proofs: list[Proof]) -> Dossier:
    """Seal, official, office; then the step. The seal is pending until both have signed."""
    prepared = office.prepare_result(book, read_file(paper(RESULT)), number="0001/2026-GKS", holder="N. T. NGHIỆM")
    where = office.folder / RESULT
    got = _attempt(lambda: sign_office(prepared.pdf, office.pki.signer("clerk"), trust=office.trust))
    proofs.append(_line("the office signs before the official", "result.official-missing", got, RESULT))
    _publish(office, book)
    proofs.append(_seal_status(office, prepared, "pending"))
    signed = office.sign_result(prepared.pdf)
    write_file(where, signed)
    confirm_result(signed, trust=office.trust, book=book)
    _publish(office, book)
    proofs.append(_seal_status(office, prepared, "valid"))
    write_file(office.folder / "seal.png", qr.png(prepared.text))
    codes = [c.text for c in scan(signed)]
    found = "the seal" if codes == [prepared.text] else f"{len(codes)} other codes"
    proofs.append(_line("the QR code scanned back from the rendered page", "the seal", found, RESULT))
    return _step(office, dossier.add(where, f"results/{RESULT}"), proofs, Step.SIGN, Decision.ISSUED)


def _publish(office: Office, book: SealBook) -> None:
    book.publish_to(office.pki.trust_folder / "seals", office.pki.seal_keys().active)
    office.__dict__.pop("trust", None)  # what is trusted was read before: read it again


def _seal_status(office: Office, prepared: PreparedResult, wanted: str) -> Proof:
    report = SealVerifier(office.trust).check(prepared.text).report
    got = report.status if report.signature else "not signed"
    return _line("the seal's status", wanted, got, "seal.png")


def audited_with_register(office: Office) -> Report:
    """The dossier's audit by somebody who may ask the register."""
    return audit_file(office.dossier_path, office.trust, register=office.register_url)
