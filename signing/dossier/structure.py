"""Whether the records of a dossier fit together: from the file alone, before any signature is judged.

1. every step has its four entries, and each says what its name says
2. a manifest lists exactly: what the manifest before listed, the step's statement, proof and added files, and the
   manifest before; the first lists `dossier.json` and the first papers too; the last covers all there is
3. every statement is of this dossier and names the statement, signature value and timestamp before it
4. the state machine allows each event, with its note and files
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from ..asice.container import MAX_MANIFEST_FINDINGS, META
from ..asice.manifest import Manifest
from ..cms.timestamp import TimestampToken, parse_timestamp
from ..errors import RefusedError, SigningError
from ..messages.reasons import why
from ..report import Finding
from .file import DossierFile, FiledStep, manifest_name, signature_name
from .rules import PAPERS, State, check_content, find_rule
from .statement import RECORD, Previous, Statement


def structure_findings(file: DossierFile) -> dict[int, list[Finding]]:
    """What does not fit, by step; what concerns the dossier as a whole is under 0."""
    found: dict[int, list[Finding]] = {0: [*file.findings, *_uncovered(file)]}
    before: FiledStep | None = None
    for step in file.steps:
        found[step.seq] = [*step.findings, *_step_findings(file, step, before)]
        before = step
    for seq, finding in _order(file.steps):
        found[seq].append(finding)
    return found


def state_of(steps: Sequence[FiledStep]) -> State:
    """The state after the last step, as far as the state machine could follow."""
    state = State.NEW
    for step in steps:
        rule = find_rule(state, step.statement.step, step.statement.decision) if step.statement else None
        state = rule.after if rule else state
    return state


def _step_findings(file: DossierFile, step: FiledStep, before: FiledStep | None) -> Iterator[Finding]:
    statement, manifest = step.statement, step.manifest
    if statement is not None:
        yield from _place(file, step, statement)
        yield from _links(step, statement, before)
    if manifest is not None and statement is not None:
        for reason in islice(_listing(file, step, manifest, statement, before), MAX_MANIFEST_FINDINGS):
            yield Finding.of("dossier.manifest-mismatch", seq=step.seq, **reason)


def _place(file: DossierFile, step: FiledStep, statement: Statement) -> Iterator[Finding]:
    """The statement is of this dossier, and of this place in it."""
    if statement.seq != step.seq:
        yield Finding.of("dossier.step-mismatch", seq=step.seq, **why("number", got=statement.seq))
    if statement.event != step.event:
        reason = why("event", got=statement.event, wanted=step.event)
        yield Finding.of("dossier.step-mismatch", seq=step.seq, **reason)
    if file.record is None:
        return
    if statement.office != file.record.office:
        yield Finding.of("dossier.other-office", seq=step.seq, got=statement.office, office=file.record.office)
    if statement.code != file.record.code:
        yield Finding.of("dossier.other-dossier", seq=step.seq, got=statement.code)
    elif statement.record != file.container.sha256(RECORD).hex():
        yield Finding.of("dossier.step-mismatch", seq=step.seq, **why("record"))
    elif step.seq == 1:
        listed, brought = {p.name for p in file.record.papers}, {f.name for f in statement.files}
        for name in sorted(listed ^ brought):
            yield Finding.of("dossier.step-mismatch", seq=1, **why("papers", name=name))


def _links(step: FiledStep, statement: Statement, before: FiledStep | None) -> Iterator[Finding]:
    """The statement names what stands before it, and the receipt for that."""
    reason = None
    named = statement.previous
    if before is None:
        reason = why("first-previous") if named or statement.receipt else None
    elif named is None:
        reason = why("no-previous")
    elif named.seq != before.seq:
        reason = why("previous-number", got=named.seq)
    elif named.statement != before.nonce_digest:
        reason = why("previous-statement")
    elif named.signature != before.signature_digest:
        reason = why("previous-signature")
    elif named != previous_of(before):
        reason = why("previous-timestamp")
    elif before.statement is not None and statement.register != before.statement.register:
        reason = why("register")
    elif (statement.receipt is None) != (statement.register is None):
        reason = why("receipt")
    elif statement.receipt is not None:
        receipt = statement.receipt
        is_for = (receipt.register, receipt.dossier, receipt.seq, receipt.signature)
        if is_for != (statement.register, statement.code, named.seq, named.signature):
            reason = why("receipt")
    if reason:
        yield Finding.of("dossier.chain", seq=step.seq, before=step.seq - 1, **reason)


def timestamp_of(step: FiledStep) -> TimestampToken | None:
    """A step's first timestamp token, not verified; None without a readable one."""
    if step.cms is None or not step.cms.timestamp_tokens:
        return None
    return _read_token(step.cms.timestamp_tokens[0])


@lru_cache(maxsize=256)
def _read_token(token: bytes) -> TimestampToken | None:
    """Reading one costs more than comparing it, and each is looked at for its own step and for the next."""
    try:
        return parse_timestamp(token)
    except SigningError:
        return None


def previous_of(step: FiledStep) -> Previous | None:
    """How the next statement names `step`; None when there is nothing to name."""
    if step.nonce_digest is None or step.signature_digest is None:
        return None
    token = timestamp_of(step)
    return Previous(
        seq=step.seq,
        statement=step.nonce_digest,
        signature=step.signature_digest,
        timestamp=step.timestamp_digest,
        time=token.time if token else None,
    )


def _listing(
    file: DossierFile, step: FiledStep, manifest: Manifest, statement: Statement, before: FiledStep | None
) -> Iterator[dict[str, str]]:
    """The manifest lists neither more nor less than it should, and nothing with another digest than before."""
    if manifest.signature != signature_name(step.seq):
        yield why("wrong-signature-file", got=manifest.signature)
    if manifest.root != step.names[0]:
        yield why("root")
    listed = manifest.digests()
    for reference in manifest.references:
        if reference.algorithm != "sha256":
            yield why("not-sha256", name=reference.name)
    stated = {f.name: f.sha256 for f in statement.files}
    earlier: dict[str, bytes] = {}
    if before is not None and before.manifest is not None:
        earlier = {n: d for n, d in before.manifest.digests().items() if not n.startswith(META)}
        earlier[manifest_name(before.seq)] = file.container.sha256(manifest_name(before.seq))
    wanted = {*earlier, *stated, *step.names, *((RECORD,) if before is None else ())}
    for name in sorted(wanted - set(listed)):
        yield why("not-listed", name=name)
    for name in sorted(set(listed) - wanted):
        yield why("not-stated", name=name)
    yield from _repeats(file, statement, earlier)
    for name, digest in sorted(listed.items()):
        if name in stated and stated[name] != digest.hex():
            yield why("stated-digest", name=name)
        elif name in earlier and earlier[name] != digest:
            yield why("changed-digest", name=name)


def _repeats(file: DossierFile, statement: Statement, earlier: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """A statement brings in each file once, says how long it is, and brings in none that was there before."""
    seen = set(earlier)
    for added in statement.files:
        if added.name in seen:
            yield why("stated-again", name=added.name)
        seen.add(added.name)
        if added.name in file.container and len(file.container[added.name]) != added.size:
            yield why("stated-digest", name=added.name)


def _uncovered(file: DossierFile) -> Iterator[Finding]:
    """Everything outside `META-INF/` is under the last step's signature; before step 1 only record and papers wait."""
    last = file.steps[-1].manifest if file.steps else None
    covered = set(last.digests()) if last else set()
    for name in file.container.payload():
        waits = not file.steps and (name == RECORD or name.startswith(PAPERS))
        if name not in covered and not waits:
            yield Finding.of("dossier.uncovered", name=name)


def _order(steps: Sequence[FiledStep]) -> Iterator[tuple[int, Finding]]:
    """The state machine, from the first step; after a step that it does not allow it goes on from where it was."""
    state = State.NEW
    for step in steps:
        statement = step.statement
        if statement is None:
            continue
        rule = find_rule(state, statement.step, statement.decision)
        if rule is None or rule.event != statement.event:
            details = {"step": statement.step, "decision": statement.decision, "state": state}
            yield step.seq, Finding.of("dossier.order-broken", seq=step.seq, **details)
            continue
        try:
            check_content(rule, statement.note, tuple(f.name for f in statement.files))
        except RefusedError as e:
            reason = why("content", detail=e.text)
            yield step.seq, Finding.of("dossier.step-mismatch", seq=step.seq, **reason)
        state = rule.after
