"""Taking one step: every rule is checked before anything is signed, and the signed container before it is written.

1. the statement continues the dossier as it is now, and the state machine allows it
2. the certificate is valid, may sign, leads to an anchor and is not known to be revoked (NĐ 23/2025 Đ15)
3. the step proof is for this statement, this office and this certificate, now
4. the roles entitle the certificate to the step, now
5. results brought in are signed by this official and then by the office (NĐ 30/2020 Đ32)
6. CAdES with a timestamp over the cumulative manifest; the proof held at the timestamp too
7. the new container fits together
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes

from ..asice.manifest import write_manifest
from ..cms.cades import sign_detached
from ..cms.timestamp import parse_timestamp
from ..cms.tsa_pool import TimestampSource
from ..errors import RefusedError, VerificationError
from ..http import Http
from ..messages.reasons import why
from ..pdf_check.verify import examine_pdf
from ..policy import DEFAULT_POLICY, Baseline, Policy
from ..report import Indication
from ..signer import Signer, check_signable
from ..trust.store import TrustStore
from ..validation.file import assert_not_revoked, tsa_checker
from .file import DossierFile, manifest_name, proof_name, signature_name, statement_name
from .people import check_proof, may_take, nonce_of
from .receipt import Entry
from .results import WAITING, foreign_seal, unfinished
from .rules import CLERK, RESULTS, check_content, choose_rule
from .statement import RECORD, Statement
from .structure import previous_of, state_of, structure_findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a step is taken under; `at` is the claimed time, and the time by which people are judged."""

    trust: TrustStore
    tsa: TimestampSource
    http: Http | None
    at: datetime
    policy: Policy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A dossier with one more step, not yet written; `entry` and `after` are for the register."""

    data: bytes = field(repr=False)
    file: DossierFile = field(repr=False)
    entry: Entry
    after: str | None


def sign_step(
    file: DossierFile, text: bytes, files: Mapping[str, bytes], signer: Signer, proof: str, conditions: Conditions
) -> Signed:
    """The dossier with the step that the statement `text` describes, signed. Raises `SigningError`."""
    statement = Statement.parse(text, "statement")
    fingerprint = signer.certificate.fingerprint(hashes.SHA256())
    _check_place(file, statement, files)
    _check_certificate(signer, conditions)
    _check_people(statement, text, proof, fingerprint, conditions, conditions.at)
    _check_results(statement, files, fingerprint, conditions)
    statement_entry, proof_entry = (
        statement_name(statement.seq, statement.event),
        proof_name(statement.seq, statement.event),
    )
    container = file.container.with_files({**files, statement_entry: text, proof_entry: proof.encode()})
    manifest = manifest_name(statement.seq)
    listed = [*container.payload(), *([manifest_name(statement.seq - 1)] if statement.seq > 1 else [])]
    body = write_manifest(
        signature_name(statement.seq), [(n, container.sha256(n)) for n in listed], root=statement_entry
    )
    cms = sign_detached(body, signer, baseline=Baseline.B_T, tsa=conditions.tsa, at=conditions.at)
    done = DossierFile.of(container.with_files({manifest: body, signature_name(statement.seq): cms}), file)
    _check_done(done, statement, text, proof, fingerprint, conditions)
    return Signed(data=done.container.to_bytes(), file=done, entry=_entry(done, statement), after=_after(file))


def _check_place(file: DossierFile, statement: Statement, files: Mapping[str, bytes]) -> None:
    """The statement is for this dossier as it is now (it may have been prepared long ago, or on another machine)."""
    rule = choose_rule(state_of(file.steps), statement.step, statement.decision)
    names = {f.name: f.sha256 for f in statement.files}
    previous = previous_of(file.steps[-1]) if file.steps else None
    fits = (
        file.record is not None
        and statement.code == file.record.code
        and statement.record == file.container.sha256(RECORD).hex()
        and statement.seq == len(file.steps) + 1
        and statement.event == rule.event
        and statement.previous == previous
    )
    if not fits:
        raise RefusedError("dossier.moved-on")
    check_content(rule, statement.note, tuple(names))
    for name, content in files.items():
        if name in file.container:
            raise RefusedError("dossier.file-exists", name=name)
        if names.get(name) != hashlib.sha256(content).hexdigest():
            raise RefusedError("dossier.not-sound", **why("stated-digest", name=name))


def _check_certificate(signer: Signer, conditions: Conditions) -> None:
    """The certificate may sign now; with a way to ask, its state is asked for, and no answer is a refusal."""
    check_signable(signer.certificate, conditions.at)
    policy = conditions.policy
    if conditions.http is None:
        policy = replace(policy, require_revocation=False)
    assert_not_revoked(signer, trust=conditions.trust, http=conditions.http, at=conditions.at, policy=policy)


def _check_people(
    statement: Statement, text: bytes, proof: str, fingerprint: bytes, conditions: Conditions, at: datetime
) -> None:
    """Proof and role, as of `at`."""
    act: dict[str, Any] = {"office": statement.office, "role": statement.role, "step": statement.step}
    if not may_take(conditions.trust, fingerprint, **act, at=at):
        raise RefusedError("dossier.role", seq=statement.seq, **act)
    check_proof(
        proof,
        conditions.trust,
        seq=statement.seq,
        office=statement.office,
        nonce=nonce_of(text),
        certificate_sha256=fingerprint,
        at=at,
    )


def _check_results(
    statement: Statement, files: Mapping[str, bytes], fingerprint: bytes, conditions: Conditions
) -> None:
    """Each result is finished, of this dossier, and signed by nobody whose signature fails or is in doubt."""
    trust, at = conditions.trust, conditions.at
    for name, content in files.items():
        if not name.startswith(RESULTS):
            continue
        result = examine_pdf(content, trust=trust, at=at, policy=conditions.policy)
        reason = unfinished(result, fingerprint, trust, statement, at)
        doubtful = [s for s in result.entries if s.indication is Indication.FAILED or s.sub_indication not in WAITING]
        if reason is None and doubtful:
            reason = why("not-intact", name=doubtful[0].id)
        if reason is None and not any(g.role == CLERK and g.office == statement.office for g in trust.roles):
            reason = why("no-clerk")
        errors = [f for f in result.findings if f.severity == "error"]
        if reason is None and errors:
            reason = {"why": errors[0].text, "why_vi": errors[0].text_vi}
        if reason is not None:
            raise RefusedError("dossier.result-unsigned", name=name, **reason)
        foreign = foreign_seal(content, result, statement)
        if foreign is not None:
            raise RefusedError("dossier.result-other", name=name, got=foreign)


def _check_done(
    done: DossierFile, statement: Statement, text: bytes, proof: str, fingerprint: bytes, conditions: Conditions
) -> None:
    """What is about to be written fits together, and the timestamp is trusted and made before the proof ran out."""
    errors = [f for found in structure_findings(done).values() for f in found if f.severity == "error"]
    if errors:
        raise RefusedError("dossier.not-sound", why=errors[0].text, why_vi=errors[0].text_vi)
    cms = done.steps[-1].cms
    if cms is None or not cms.timestamp_tokens:
        raise VerificationError("timestamp.needed", baseline=Baseline.B_T)
    token = parse_timestamp(cms.timestamp_tokens[0])
    tsa_checker(conditions.trust, http=conditions.http, policy=conditions.policy)(token)
    _check_people(statement, text, proof, fingerprint, conditions, token.time)


def _entry(done: DossierFile, statement: Statement) -> Entry:
    last = done.steps[-1]
    return Entry(
        dossier=statement.code,
        seq=statement.seq,
        event=statement.event,
        statement=last.nonce_digest or "",
        signature=last.signature_digest or "",
        timestamp=last.timestamp_digest or "",
    )


def _after(file: DossierFile) -> str | None:
    return file.steps[-1].signature_digest if file.steps else None
