"""An office for tests: the shared PKI, an identity issuer, a register, and officials who take their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes

from eid import AuthenticationLevel, Issuer, Level
from signing.dev.people import IDENTITY_ISSUER, OFFICE
from signing.dossier.dossier import Dossier, Draft
from signing.dossier.register import Register
from signing.dossier.rules import Decision, Step
from signing.pdf.prepare import prepare_result
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.signer import Signer

from ..world import World

CODE = "H26.19-261121-0001"
RESULT = "results/KQ-0001.pdf"
INPUTS = Path(__file__).parents[2] / "examples" / "inputs"
WHO = {
    Step.RECEIVE: "receiver",
    Step.APPRAISE: "appraiser",
    Step.APPROVE: "approver",
    Step.SIGN: "official",
    Step.RETURN: "receiver",
}


@dataclass(frozen=True, kw_only=True)
class Office:
    """Everything that a step needs, with `folder` to put dossiers into. A context manager: it closes its register."""

    world: World
    folder: Path
    register: Register | None
    issuer: Issuer

    @classmethod
    def make(cls, world: World, folder: Path, *, register: bool = True) -> Office:
        opened = Register.open(folder / "register.sqlite") if register else None
        issuer = Issuer(IDENTITY_ISSUER, world.pki.identity_keys())
        return cls(world=world, folder=folder, register=opened, issuer=issuer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.register is not None:
            self.register.close()

    def around(self) -> dict[str, object]:
        pki = self.world.pki
        return {"trust": pki.trust(), "register": self.register, "tsa": pki.tsa(), "http": pki.http()}

    def new(self, *, code: str = CODE, papers: Mapping[str, bytes] | None = None, name: str = "hoso.asice") -> Dossier:
        return Dossier.new(
            self.folder / name,
            code=code,
            procedure="1.001193",
            office=OFFICE,
            applicant={"name": "Trần Văn An"},
            papers=papers or {"Tờ khai.pdf": b"%PDF-1.7 khai", "anh.png": b"\x89PNG"},
            rule_set="ND-118-2025",
            **self.around(),  # type: ignore[arg-type]
        )

    def open(self, path: Path) -> Dossier:
        return Dossier.open(path, **self.around())  # type: ignore[arg-type]

    def signer(self, name: str) -> Signer:
        return self.world.pki.signer(name)

    def proof(self, draft: Draft, signer: Signer, **changes: object) -> str:
        """The step proof for a draft, by the identity issuer."""
        asked: dict[str, object] = {
            "level": Level.TWO,
            "auth_level": AuthenticationLevel.TWO,
            "audience": draft.office,
            "nonce": draft.nonce,
            "certificate_sha256": signer.certificate.fingerprint(hashes.SHA256()),
        }
        return self.issuer.prove_step(**{**asked, **changes})  # type: ignore[arg-type]

    def take(self, dossier: Dossier, step: Step, *, who: str | None = None, **more: object) -> Dossier:
        """Prepare, prove and sign one step."""
        draft = dossier.prepare(step, **more)  # type: ignore[arg-type]
        signer = self.signer(who or WHO[step])
        return draft.sign(signer, self.proof(draft, signer))

    def result(
        self, *, official: str = "official", office: str | None = "clerk", baseline: Baseline = Baseline.B_LT
    ) -> bytes:
        """A finished result: seal QR and both fields, then the official's signature, then the office's."""
        pdf = prepare_result((INPUTS / "result.pdf").read_bytes(), "SEAL TEXT FOR TESTS 0123456789")
        fields = [("Official", official)] + ([("Office", office)] if office else [])
        for field, name in fields:
            services = {"tsa": self.world.pki.tsa(), "collect": self.world.collect}
            signed = sign_pdf(pdf, self.signer(name), field=field, baseline=baseline, **services)  # type: ignore[arg-type]
            assert signed is not None
            pdf = signed
        return pdf

    def five_steps(self, dossier: Dossier | None = None, *, until: int = 5, result: bytes | None = None) -> Dossier:
        """The happy path, up to step `until`."""
        dossier = dossier or self.new()
        acts: list[Callable[[Dossier], Dossier]] = [
            lambda d: self.take(d, Step.RECEIVE),
            lambda d: self.take(d, Step.APPRAISE, decision=Decision.ELIGIBLE, note="đủ điều kiện"),
            lambda d: self.take(d, Step.APPROVE, decision=Decision.ELIGIBLE),
            lambda d: self.take(d.add(result or self.result(), RESULT), Step.SIGN),
            lambda d: self.take(d, Step.RETURN),
        ]
        for act in acts[len(dossier.steps) : until]:
            dossier = act(dossier)
        return dossier


def now() -> datetime:
    return datetime.now(UTC)
