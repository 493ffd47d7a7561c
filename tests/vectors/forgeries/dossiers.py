"""Dossiers of the five steps, forged with an editor by outsiders and with real keys by insiders.

Other programs know neither steps nor roles nor proofs of identity: only where a signature breaks are they asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType

from eid import AuthenticationLevel
from signing.asice.container import Container
from signing.dossier.file import proof_name, signature_name, statement_name
from signing.dossier.rules import Decision, Step
from signing.dossier.statement import RECORD
from signing.policy import Baseline
from tests.signing.office import RESULT, Office
from tests.signing.test_dossier_forged import EVENTS, Files, Insider, entries, without

from .case import Answer, Case
from .pdf_bases import Bench
from .stories import FORGED, GENUINE


def cases(bench: Bench) -> Iterator[Case]:
    """A finished dossier, every shorter one, and forgeries of it."""
    folder = Path(mkdtemp(dir=bench.world.pki.folder.parent))
    office = Office.make(bench.world, folder, register=False)
    first = bench.samples.sign(bench.samples.page, "official", Baseline.B_LT, field="Official")
    result = bench.samples.sign(first, "clerk", Baseline.B_LT, field="Office")
    dossier = office.five_steps(result=result).extend(collect=bench.world.collect)
    made = office.new(code="H26.19-261121-0002", name="other.asice", papers={"Tờ khai.pdf": b"%PDF-1.7 other"})
    another = office.five_steps(made, result=result).extend(collect=bench.world.collect)
    whole, other = dict(dossier.file.container.files), dict(another.file.container.files)
    yield _case("whole", "genuine", GENUINE, "five steps", whole)
    for kept in (1, 2, 3):
        shorter = without(whole, *range(kept + 1, 6))
        shorter.pop(RESULT, None)
        yield _case(f"after-{kept}", "genuine", GENUINE, f"under way: {kept} steps were taken", shorter)
    yield from _edited(whole, other)
    yield from _steps(whole, other)
    yield from _insiders(office, whole)


def _case(name: str, class_name: str, answer: Answer, why: str, files: Files, *, alone: bool = True) -> Case:
    return Case(
        name=f"dossier-{name}", group="dossier", class_name=class_name, answer=answer, why=why,
        data=Container(MappingProxyType(files)).to_bytes(), suffix=".asice", alone=alone,
    )  # fmt: skip


def _edited(whole: Files, other: Files) -> Iterator[Case]:
    def forged(name: str, why: str, changes: Files, *, alone: bool = False) -> Case:
        return _case(name, "files changed", FORGED, why, {**whole, **changes}, alone=alone)

    paper = "papers/anh.png"
    yield forged("paper", "a byte of a paper was changed", {paper: whole[paper][:-1] + b"X"})
    yield forged("record", "the procedure was changed", {RECORD: whole[RECORD].replace(b"1.001193", b"1.001194")})
    yield forged("record-of-another", "the record is another dossier's", {RECORD: other[RECORD]})
    statement = statement_name(2, "appraise")
    yield forged(
        "statement", "what was decided was changed", {statement: whole[statement].replace(b"eligible", b"eligiblf")}
    )
    result = bytearray(whole[RESULT])
    result[result.find(b"/MediaBox") + 12] ^= 1
    yield forged("result", "a byte of the result was changed", {RESULT: bytes(result)})
    yield forged("result-longer", "the result was extended", {RESULT: whole[RESULT] + b"\n%% comment\n"})
    yield forged("result-second", "a result was added", {"results/KQ-0002.pdf": whole[RESULT]}, alone=True)
    yield forged("paper-added", "a paper was added", {"papers/thêm.pdf": b"%PDF-1.7"}, alone=True)
    for name in ("readme.txt", "META-INF/manifest.xml", "steps/note.txt"):
        yield forged(f"stray-{Path(name).stem}", "a file stands where none belongs", {name: b"x"}, alone=True)


def _steps(whole: Files, other: Files) -> Iterator[Case]:
    def forged(name: str, why: str, files: Files, *, alone: bool = True) -> Case:
        return _case(name, "steps moved", FORGED, why, files, alone=alone)

    for number in (1, 2, 3, 4):
        yield forged(f"without-{number}", "a step in the middle was taken out", without(whole, number))
    for number, event in enumerate(EVENTS, 1):
        for part, label in enumerate(("statement", "proof", "manifest", "signature")):
            files = {k: v for k, v in whole.items() if k != entries(number, event)[part]}
            yield forged(f"without-{label}-{number}", f"the {label} of a step is missing", files)
    swapped = dict(whole)
    for a, b in zip(entries(2, "appraise"), entries(3, "approve"), strict=True):
        swapped[a], swapped[b] = whole[b], whole[a]
    yield forged("swapped", "two steps were exchanged", swapped)
    signatures = {signature_name(2): whole[signature_name(3)], signature_name(3): whole[signature_name(2)]}
    yield forged("signatures-swapped", "two signatures were exchanged", {**whole, **signatures}, alone=False)
    replayed = without(whole, 5) | {n: other[n] for n in entries(5, "return")}
    yield forged("replayed", "a step of another dossier", replayed)
    proof = {proof_name(5, "return"): whole[proof_name(1, "receive")]}
    yield forged("proof-replayed", "the proof of another step", {**whole, **proof})
    yield forged("unsigned-end", "a step at the end that nobody signed", {**whole, statement_name(6, "stop"): b"{}"})
    double = {statement_name(3, "send-back"): whole[statement_name(3, "approve")]}
    yield forged("two-statements", "two statements for one step", {**whole, **double})
    papers = {RECORD: other[RECORD], "papers/Tờ khai.pdf": other["papers/Tờ khai.pdf"]}
    yield forged("other-papers", "all steps, over another dossier's papers", {**whole, **papers})


def _insiders(office: Office, whole: Files) -> Iterator[Case]:
    """Real keys, and every check of the program passed by."""
    base = without(whole, 5)
    start = without(whole, 2, 3, 4, 5)
    start.pop(RESULT)
    approve = {"event": "approve", "step": Step.APPROVE, "decision": Decision.ELIGIBLE}
    attempts = {
        "appraiser": (Insider(office, signer="appraiser"), base, "a person who may not take the step"),
        "citizen": (Insider(office, signer="citizen"), base, "a person who may not take the step"),
        "stranger": (Insider(office, signer="stranger"), base, "a person without a role"),
        "own-role": (Insider(office, signer="appraiser", role="appraiser"), base, "a role that may not take the step"),
        "proof": (Insider(office, proven_for="stranger"), base, "the identity of another person was proven"),
        "login": (Insider(office, auth_level=AuthenticationLevel.ONE), base, "the person logged in too weakly"),
        "order": (Insider(office, signer="approver", role="approver", **approve), start, "a step before its turn"),  # type: ignore[arg-type]
        "unlisted": (Insider(office, unlisted=("papers/anh.png",)), base, "the manifest leaves a paper out"),
        "smuggled": (Insider(office, files={"papers/moi.pdf": b"%PDF"}), base, "the step may not bring papers"),
    }
    for name, (insider, files, why) in attempts.items():
        yield _case(f"insider-{name}", "insiders", FORGED, why, insider.sign(files))
