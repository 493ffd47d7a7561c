"""Long-term proofs in ASiC containers (EN 319 162-1 §4.4.4, Annex A.5, A.7): what they keep, and since when.

    META-INF/ASiCArchiveManifest*.xml           files, signatures and older proofs, under a timestamp over the manifest
    META-INF/ASiCEvidenceRecordManifest*.xml    files that an evidence record covers
    META-INF/ASiCManifest*.xml                  the same, or a timestamp over the manifest, without any signature
    META-INF/evidencerecord.ers                 in ASiC-S: over the one file, without a manifest

1. Evidence records are judged first, then the timestamps, the newest first: each proves the age of what it covers.
2. A proof whose manifest lists a file that is missing, or another file of that name, proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ..cms.timestamp import parse_timestamp
from ..errors import SigningError
from ..ers.verify import validate_record
from ..policy import Baseline, Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.store import TrustStore
from ..validation.timestamp import DigestOf, validate_timestamp
from .cades import over_files
from .container import META, Container, read_manifest
from .manifest import Manifest

MAX_PROOFS = 256  # timestamps and evidence records of one container
ARCHIVE = re.compile(rf"{META}[^/]*ASiCArchiveManifest[^/]*\.xml", re.IGNORECASE)
PLAIN = re.compile(rf"{META}[^/]*ASiCManifest[^/]*\.xml")
RECORDS = re.compile(rf"{META}[^/]*ASiCEvidenceRecordManifest[^/]*\.xml", re.IGNORECASE)
_TOKEN = re.compile(rf"{META}[^/]*\.tst", re.IGNORECASE)
_RECORD = re.compile(rf"{META}(?:[^/]*\.ers|[^/]*evidencerecord[^/]*\.(?:ers|xml))", re.IGNORECASE)
_FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTerm:
    """The reports of all long-term proofs, and by when each entry that they cover is proven to have existed.

    `listed` are the entries that their manifests name, whatever became of the proof.
    """

    reports: tuple[SignatureReport, ...] = ()
    proven: Mapping[str, datetime] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()

    def raised(self, report: SignatureReport, entry: str) -> SignatureReport:
        """B-LTA for a B-LT signature whose file, with all the evidence in it, an archive timestamp keeps."""
        kept = report.baseline == Baseline.B_LT and entry in self.proven
        return replace(report, baseline=str(Baseline.B_LTA)) if kept else report


@dataclass(frozen=True, slots=True)
class _Proof:
    """One timestamp or evidence record, and the manifest that leads to it."""

    name: str
    manifest_name: str | None = None
    manifest: Manifest | None = None
    wrong: tuple[Finding, ...] = ()


def is_long_term(name: str) -> bool:
    """Whether an entry is a long-term proof or its manifest, by its name."""
    return any(pattern.fullmatch(name) for pattern in (ARCHIVE, RECORDS, _TOKEN, _RECORD))


def names_proof(manifest: Manifest) -> bool:
    """Whether a manifest is for a timestamp or an evidence record, by the name; any other is for a signature."""
    return any(pattern.fullmatch(manifest.signature) for pattern in (_TOKEN, _RECORD))


def judge_long_term(
    container: Container,
    names: Iterable[str],
    *,
    trust: TrustStore | None,
    at: datetime,
    policy: Policy,
    payload: str | None = None,
) -> LongTerm:
    """The long-term proofs among the entries `names`; never raises for bad bytes.

    `payload` is the one file of an ASiC-S container, which an evidence record without a manifest covers.
    """
    names = tuple(names)
    bench = _Bench(container, trust, at, policy, payload)
    proofs = list(_proofs(container, names))
    for proof in proofs[MAX_PROOFS:]:
        bench.reports.append(_unjudged(proof.name, Finding.of("asice.too-many", what=META, limit=MAX_PROOFS)))
    kept = proofs[:MAX_PROOFS]
    for proof in kept:
        if not _TOKEN.fullmatch(proof.name):
            bench.judge_record(proof)
    stamps = [proof for proof in kept if _TOKEN.fullmatch(proof.name)]
    for proof in sorted(stamps, key=lambda proof: _time(container, proof.name), reverse=True):
        bench.judge_stamp(proof)
    listed = (name for proof in kept if proof.manifest is not None for name in proof.manifest.digests())
    return LongTerm(reports=tuple(bench.reports), proven=bench.proven, listed=frozenset(listed))


def _proofs(container: Container, names: tuple[str, ...]) -> Iterable[_Proof]:
    led: set[str] = set()
    for name in names:
        if not any(pattern.fullmatch(name) for pattern in (ARCHIVE, RECORDS, PLAIN)):
            continue
        manifest, wrong = read_manifest(container, name)
        if manifest is None or manifest.signature not in container:
            yield _Proof(name, name, None, wrong)
            continue
        led.add(manifest.signature)
        yield _Proof(manifest.signature, name, manifest, wrong)
    for name in names:
        if RECORDS.fullmatch(name):
            continue
        if name not in led and (_TOKEN.fullmatch(name) or _RECORD.fullmatch(name)):
            yield _Proof(name)


def _time(container: Container, name: str) -> datetime:
    try:
        return parse_timestamp(container[name]).time
    except SigningError:
        return _FIRST


def _unjudged(name: str, *findings: Finding) -> SignatureReport:
    record = _RECORD.fullmatch(name) or RECORDS.fullmatch(name)
    return SignatureReport(
        id=name,
        type="evidence-record" if record else "timestamp",
        format="ERS" if record else "RFC3161",
        indication=Indication.INDETERMINATE,
        sub_indication="SIGNED_DATA_NOT_FOUND",
        findings=findings,
    )


@dataclass(slots=True)
class _Bench:
    """What all proofs of one container are judged with, and what they have proven so far."""

    container: Container
    trust: TrustStore | None
    at: datetime
    policy: Policy
    payload: str | None
    reports: list[SignatureReport] = field(default_factory=list)
    proven: dict[str, datetime] = field(default_factory=dict)

    def digest_of(self, name: str) -> DigestOf:
        return lambda algorithm: self.container.digest(name, algorithm)

    def judge_record(self, proof: _Proof) -> None:
        """An evidence record over the files that its manifest lists, or over the payload."""
        covered: tuple[str, ...] | None = None
        if proof.manifest is not None:
            covered = tuple(r.name for r in proof.manifest.references if r.name in self.container)
        elif proof.manifest_name is None and self.payload is not None:
            covered = (self.payload,)
        if covered is None:
            self._broken(proof)
            return
        report = validate_record(
            id=proof.name,
            record=self.container[proof.name],
            objects=[self.digest_of(name) for name in covered],
            trust=self.trust,
            at=self.at,
            policy=self.policy,
        )
        self._keep(proof, report, covered)

    def judge_stamp(self, proof: _Proof) -> None:
        """A timestamp over its manifest."""
        if proof.manifest is None or proof.manifest_name is None:
            self._broken(proof)
            return
        report = validate_timestamp(
            id=proof.name,
            token=self.container[proof.name],
            digest_of=self.digest_of(proof.manifest_name),
            trust=self.trust,
            at=self.at,
            policy=self.policy,
            poe=self.proven.get(proof.name),
        )
        self._keep(proof, report, (proof.manifest_name, *proof.manifest.digests()))

    def _broken(self, proof: _Proof) -> None:
        """A proof without a usable manifest, or a manifest without its proof."""
        if proof.wrong:
            report = _unjudged(proof.name, *proof.wrong)
            self.reports.append(replace(report, indication=Indication.FAILED, sub_indication="FORMAT_FAILURE"))
        else:
            self.reports.append(_unjudged(proof.name, Finding.of("asice.manifest-missing", name=proof.name)))

    def _keep(self, proof: _Proof, report: SignatureReport, covered: Iterable[str]) -> None:
        report = over_files(report, proof.wrong)
        self.reports.append(report)
        time = report.best_signature_time
        if report.indication is Indication.PASSED and time is not None:
            for name in covered:
                self.proven[name] = min(time, self.proven.get(name, time))
