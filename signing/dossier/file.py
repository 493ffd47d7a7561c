"""What stands in a dossier's container, sorted by step and parsed, with nothing verified yet.

mimetype · dossier.json · papers/… · results/…
steps/NNN-EVENT.json  steps/NNN-EVENT.proof.jwt
META-INF/ASiCManifestNNN.xml  META-INF/signatureNNN.p7s
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace

from ..asice.container import META, Container, check_manifests, read_manifest
from ..asice.manifest import Manifest
from ..cms.signed_data import CmsSignature, parse_cms
from ..errors import MalformedError, SigningError
from ..messages.reasons import why
from ..report import Finding
from .rules import PAPERS, RESULTS
from .statement import RECORD, DossierRecord, Statement

MAX_PROOF_BYTES = 16 * 1024  # bytes of one step proof
_STATEMENT = re.compile(r"steps/([0-9]{3})-([a-z-]{1,40})\.json")
_PROOF = re.compile(r"steps/([0-9]{3})-([a-z-]{1,40})\.proof\.jwt")
_MANIFEST = re.compile(r"META-INF/ASiCManifest([0-9]{3})\.xml")
_SIGNATURE = re.compile(r"META-INF/signature([0-9]{3})\.p7s")
_LONG_TERM = re.compile(
    r"META-INF/(?:ASiCArchiveManifest\w*\.xml|ASiCEvidenceRecordManifest\w*\.xml|\w+\.tst|\w+\.ers)"
)


def statement_name(seq: int, event: str) -> str:
    """The entry of a statement."""
    return f"steps/{seq:03d}-{event}.json"


def proof_name(seq: int, event: str) -> str:
    """The entry of a step proof."""
    return f"steps/{seq:03d}-{event}.proof.jwt"


def manifest_name(seq: int) -> str:
    """The entry of a manifest."""
    return f"{META}ASiCManifest{seq:03d}.xml"


def signature_name(seq: int) -> str:
    """The entry of a signature."""
    return f"{META}signature{seq:03d}.p7s"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledStep:
    """The entries of one step, each None where it is missing or cannot be read; `findings` say what is wrong."""

    seq: int
    event: str
    statement_bytes: bytes | None = None
    statement: Statement | None = None
    proof: str | None = field(default=None, repr=False)
    manifest: Manifest | None = None
    cms: CmsSignature | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def id(self) -> str:
        """The entry of the signature, by which reports name the step."""
        return signature_name(self.seq)

    @property
    def names(self) -> tuple[str, str]:
        """The entries of statement and proof."""
        return statement_name(self.seq, self.event), proof_name(self.seq, self.event)

    @property
    def nonce_digest(self) -> str | None:
        """SHA-256 of the statement, in hex."""
        return None if self.statement_bytes is None else hashlib.sha256(self.statement_bytes).hexdigest()

    @property
    def signature_digest(self) -> str | None:
        """SHA-256 of the signature value, in hex; what the next step and the register name."""
        return None if self.cms is None else hashlib.sha256(self.cms.signature_value).hexdigest()

    @property
    def named(self) -> tuple[bytes, ...]:
        """What the next step and the register name of the signature: its value, and its first timestamp token."""
        return () if self.cms is None else (self.cms.signature_value, *self.cms.timestamp_tokens[:1])

    @property
    def timestamp_digest(self) -> str | None:
        """SHA-256 of the first timestamp token, in hex."""
        if self.cms is None or not self.cms.timestamp_tokens:
            return None
        return hashlib.sha256(self.cms.timestamp_tokens[0]).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFile:
    """A parsed container; `record` is None when `dossier.json` cannot be read."""

    container: Container
    record: DossierRecord | None
    steps: tuple[FiledStep, ...]
    findings: tuple[Finding, ...] = ()
    long_term: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: bytes) -> DossierFile:
        """Parse a dossier. Raises `MalformedError` or `LimitError` only where the container itself is bad."""
        return cls.of(Container.read(data))

    @classmethod
    def of(cls, container: Container, before: DossierFile | None = None) -> DossierFile:
        """Sort and parse the entries of an open container. Raises `LimitError`.

        `before` is the same dossier with fewer steps, whose steps need not be parsed again.
        """
        check_manifests(container)
        known = before.steps if before is not None and _contains(container, before.container) else ()
        found: list[Finding] = []
        numbers: set[int] = set()
        events: dict[int, list[str]] = {}
        long_term = []
        for name in container:
            if match := (_STATEMENT.fullmatch(name) or _PROOF.fullmatch(name)):
                events.setdefault(int(match[1]), []).append(match[2])
            elif match := (_MANIFEST.fullmatch(name) or _SIGNATURE.fullmatch(name)):
                numbers.add(int(match[1]))
            elif _LONG_TERM.fullmatch(name):
                long_term.append(name)
            elif name != RECORD and not name.startswith((PAPERS, RESULTS)):
                found.append(Finding.of("dossier.stray-file", name=name))
        record = None
        try:
            record = DossierRecord.parse(container[RECORD]) if RECORD in container else None
        except SigningError as e:
            found.append(Finding.from_error(e))
        if RECORD not in container:
            found.append(Finding.of("dossier.record-malformed", name=RECORD, **why("missing")))
        last = max(numbers | set(events), default=0)
        more = (_filed(container, seq, events.get(seq, [])) for seq in range(len(known) + 1, last + 1))
        steps = (*known, *more)
        if 0 in numbers or 0 in events:
            found.append(Finding.of("dossier.step-mismatch", seq=0, **why("number", got=0)))
        return cls(container=container, record=record, steps=steps, findings=tuple(found), long_term=tuple(long_term))

    @property
    def result_names(self) -> tuple[str, ...]:
        """The entries under `results/`."""
        return tuple(name for name in self.container if name.startswith(RESULTS))


def _contains(container: Container, smaller: Container) -> bool:
    """Whether every entry of `smaller` is the very same one in `container`."""
    return all(name in container and container[name] is content for name, content in smaller.files.items())


def _filed(container: Container, seq: int, events: list[str]) -> FiledStep:
    """One step, every part read as far as possible."""
    found: list[Finding] = []
    distinct = sorted(set(events))
    if len(distinct) > 1:
        found.append(Finding.of("dossier.step-mismatch", seq=seq, **why("two-statements")))
    step = FiledStep(seq=seq, event=distinct[0] if distinct else "")
    parts = {
        "no-statement": step.names[0],
        "no-proof": step.names[1],
        "no-manifest": manifest_name(seq),
        "no-signature": signature_name(seq),
    }
    for reason, name in parts.items():
        if name not in container:
            found.append(Finding.of("dossier.step-missing", seq=seq, **why(reason)))
    try:
        step = _with_statement(container, step)
    except SigningError as e:
        found.append(Finding.from_error(e))
    if manifest_name(seq) in container:
        manifest, wrong = read_manifest(container, manifest_name(seq))
        step = replace(step, manifest=manifest)
        found += wrong
    try:
        if signature_name(seq) in container:
            step = replace(step, cms=parse_cms(container[signature_name(seq)]))
    except SigningError:
        pass  # the signature gets its own entry in the report, which says this
    return replace(step, findings=tuple(found))


def _with_statement(container: Container, step: FiledStep) -> FiledStep:
    statement, proof = step.names
    if proof in container:
        raw = container[proof]
        if len(raw) > MAX_PROOF_BYTES or not raw.isascii():
            raise MalformedError("dossier.record-malformed", name=proof, **why("not-a-proof"))
        step = replace(step, proof=raw.decode("ascii"))
    if statement in container:
        raw = container[statement]
        step = replace(step, statement_bytes=raw, statement=Statement.parse(raw, statement))
    return step
