"""Receive and appraise an application: two phases a step, each entered in the office's register."""

import secrets
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256

from eid import AuthenticationLevel, Issuer, Level
from signing import Decision, Dossier, Register, SigningError, Step, TrustStore
from signing.dev.people import IDENTITY_ISSUER, OFFICE
from signing.dev.pki import DevPki

PAPERS = Path(__file__).parent / "inputs"

with tempfile.TemporaryDirectory() as folder:
    pki = DevPki.create(Path(folder) / "pki", password=secrets.token_urlsafe(), port=0)
    issuer = Issuer(IDENTITY_ISSUER, pki.identity_keys())
    trust = TrustStore.load(pki.trust_folder)

    def prove(draft, person):
        """The identity issuer's answer after `person` logged in with a level-2 account."""
        return issuer.prove_step(
            level=Level.TWO,
            auth_level=AuthenticationLevel.THREE,
            audience=draft.office,
            nonce=draft.nonce,
            certificate_sha256=pki.certificate(person).fingerprint(SHA256()),
        )

    with pki.serve(), Register.open(Path(folder) / "register.db") as register:
        dossier = Dossier.new(
            Path(folder) / "dossier.asice",
            code=f"{OFFICE}-261121-0001",
            procedure="1.001193",
            office=OFFICE,
            applicant={"name": "Trần Thị Kiểm Thử"},
            papers=[PAPERS / "form.pdf", PAPERS / "Giấy chứng sinh.pdf"],
            trust=trust,
            register=register,
            tsa=pki.tsa(),
        )
        draft = dossier.prepare(Step.RECEIVE)
        dossier = draft.sign(pki.signer("receiver"), prove(draft, "receiver"))
        draft = dossier.prepare(Step.APPRAISE, decision=Decision.ELIGIBLE, note="đủ điều kiện")
        dossier = draft.sign(pki.signer("appraiser"), prove(draft, "appraiser"))

        try:
            wrong = dossier.prepare(Step.APPROVE, decision=Decision.ELIGIBLE)
            wrong.sign(pki.signer("stranger"), prove(wrong, "stranger"))
        except SigningError as refusal:
            print(refusal.code, "-", refusal.text_vi)

        report = dossier.extend(collect=pki.collect).verify()
        print(report.code, report.state, "complete" if report.complete else "not complete")
        for step in report.steps:
            print(step.seq, step.step, step.decision, step.role, step.time)
