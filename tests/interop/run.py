"""Outside judges over everything that is signed here: EU DSS, pdfsig, qpdf, openssl, veraPDF, beside our own audit.

    python tests/interop/run.py [OUT] [--json FILE]

The matrix of key × algorithm × level × kind of PDF and CAdES (matrix.py), papers and signatures of every other source,
and what `signing demo` made (OUT; without it the demo is played first). Every signature has to hold for every judge
with the level that we claim, EU DSS and our audit have to find the same levels, every warning of EU DSS has to be
explained in `EXPLAINED`, and forged copies must not pass. Our answers as validation reports (etsi.py) have to be read
by EU DSS as they were meant. Where judges disagree, `DISAGREE` says who is right and why; what stands there and no
longer happens is a fault too. Prints the faults and a table; exits 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # the servers and tokens of the tests

import archived  # these are beside this file
import cades
import etsi
import foreign
import judges
import matrix
import papers
import raised
import records
import refused
import sources
import tokens
from judges import Answer, Case, Ground, Tasks

from signing.dev.pki import DevPki
from signing.policy import Baseline

JUDGES: dict[str, Callable[[Tasks], Any]] = {
    "EU DSS": judges.eu_dss,
    "own": judges.own,
    "pdfsig": judges.pdfsig,
    "qpdf": judges.qpdf,
    "openssl": judges.openssl,
    "veraPDF": judges.verapdf,
}
Answers = dict[str, list[Answer | None]]
SUFFIXES = (".pdf", ".asice")

# what EU DSS warns of in genuine files, and why it stays
EXPLAINED: dict[str, str] = {
    "BBB_CV_IAFS_ANS": "a step signs the files that exist when it is taken; the last step's signature covers them all",
    "BBB_FC_IAOD_ANS": "the office's red stamp overlaps the official's signature, as NĐ 30/2020 prescribes",
}

_STEPS_HOLD = "every signature holds by itself; it knows neither the order of steps, nor roles, nor the register"
_OLD_MAC = "a lone CR after `stream` (ISO 32000-2 §7.3.8.1) stood in the file before; signing leaves it alone"

_NO_REGISTER = "said with dossier.head-unproven: which step is the last only the register knows, and it is not asked"

# (judge, part of a file's name) → what its answer has to hold, and why it is not the one that counts
DISAGREE: dict[tuple[str, str], tuple[str, str]] = {
    ("EU DSS", "fork.asice"): ("", _STEPS_HOLD),
    ("EU DSS", "last-removed.asice"): ("", _STEPS_HOLD),
    ("EU DSS", "wrong-person.asice"): ("", _STEPS_HOLD),
    ("EU DSS", "qr-before-signing.pdf"): ("", "the signatures are genuine, only the seal belongs to another result"),
    ("EU DSS", "ed25519-"): (
        "EdDSA with SHA512 is not authorised",
        "it holds the value to be right, but the suites of its policy have no EdDSA; ours has",
    ),
    ("EU DSS", "tsa.txt.p7s"): ("", "it looks at no extended key usage of signers; this key is for timestamps alone"),
    ("EU DSS", "k256.txt.p7s"): ("", "its suites list sizes of ECDSA keys, ours the curves of TS 119 312 alone"),
    ("EU DSS", "-mgf1-"): (
        "signature is not intact",
        "it takes the digest of the content for MGF1 whatever the parameters say (RFC 4055 §3.1); openssl reads them",
    ),
    ("own", "fork.asice"): ("dossier.head-unproven", _NO_REGISTER),
    ("own", "last-removed.asice"): ("dossier.head-unproven", _NO_REGISTER),
    ("pdfsig", "ed25519-"): ("corrupted data", "NSS has no EdDSA in CMS"),
    ("qpdf", "old-mac-line-ends"): ("followed by carriage return only", _OLD_MAC),
}


def demo_tasks(out: Path) -> Tasks:
    """The PDFs and containers of the demo; unsigned papers are left out."""
    ground, tasks = Ground.of(out / "pki" / "trust"), []
    for path in sorted(p for p in out.rglob("*") if p.suffix in SUFFIXES and p.is_file()):
        if path.suffix == ".pdf" and b"/ByteRange" not in path.read_bytes():
            continue
        forged = path.parent.name == "forged"
        kind = "demo: forged copies, refused" if forged else "demo"
        # what changed after signing is beyond those who look at values alone
        asked = ("EU DSS", "own") if forged else None
        baseline = None if forged else Baseline.B_LT
        tasks.append((ground, Case(path=path, kind=kind, baseline=baseline, forged=forged, judges=asked)))
    return tasks


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Everything else, in `folder`. `pki` has to be served."""
    cases = []
    for maker in (matrix, papers, raised, cades, archived, sources, foreign, refused):
        cases += maker.make(pki, folder / maker.__name__)
    if tokens.available():
        return cases + tokens.make(pki, folder / "tokens")
    print("no SoftHSM2 (apt-get install softhsm2 opensc): papers signed with tokens are left out", file=sys.stderr)
    return cases


def ask(tasks: Tasks) -> Answers:
    """The answers of every judge, in the order of `tasks`; EU DSS works beside the others."""

    def one(name: str) -> list[Answer | None]:
        begun = time.monotonic()
        asked = [i for i, (_, case) in enumerate(tasks) if case.judges is None or name in case.judges]
        given = JUDGES[name]([tasks[i] for i in asked])
        answers: list[Answer | None] = [None] * len(tasks)
        for i, answer in zip(asked, given, strict=True):
            answers[i] = answer
        print(f"{name}: {len(asked)} files in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        return answers

    with ThreadPoolExecutor(1) as beside:
        slow = beside.submit(one, "EU DSS")
        quick = {name: one(name) for name in JUDGES if name != "EU DSS"}
        return {"EU DSS": slow.result(), **quick}


# --- what is wrong ---------------------------------------------------------------------------------------------------


def reason(judge: str, case: Case, answer: Answer) -> tuple[str, str] | None:
    """The entry of `DISAGREE` for an answer."""
    fitting = (key for key in DISAGREE if key[0] == judge and key[1] in case.path.name)
    return next((key for key in fitting if DISAGREE[key][0] in answer.why), None)


def faults(judge: str, case: Case, answer: Answer) -> list[str]:
    """What is wrong with a judge's answer."""
    if case.forged:
        return [f"{judge} passes a forged copy"] if answer.passed else []
    if not answer.passed:
        return [f"{judge}: {answer.why}"]
    return [f"{judge}: {fault}" for fault in _wrong_levels(case, answer)]


def _wrong_levels(case: Case, answer: Answer) -> Iterator[str]:
    """Levels that are not the claimed ones; counter-signatures end at B-LT."""
    if case.baseline is None or answer.levels is None:
        return
    wanted = {str(case.baseline)}
    allowed = wanted | {str(Baseline.B_LT)} if "counter" in case.path.name else wanted
    if not wanted <= set(answer.levels) or not (case.mixed or set(answer.levels) <= allowed):
        yield f"{answer.levels}, not {case.baseline}"


def dss_faults(case: Case, answer: Answer) -> Iterator[str]:
    """What only EU DSS tells of a genuine file: container, what was said, warnings."""
    raw = answer.raw or {}
    if case.path.suffix == ".asice" and raw.get("container") not in {"ASiC-E", "ASiC_E"}:
        yield f"container {raw.get('container')}"
    for signature in raw.get("signatures", []):
        name = signature["file"] or signature["id"]
        if case.said is not None and signature["said"] != case.said:
            yield f"{name}: says {signature['said']}"
        for warning in signature["warnings"]:
            if warning["key"] not in EXPLAINED:
                yield f"{name}: unexplained warning {warning['key']}: {warning['text']}"


def judge_all(tasks: Tasks, answers: Answers) -> tuple[dict[int, list[str]], set[tuple[str, str]]]:
    """The faults of each file by its place, and the entries of `DISAGREE` that were met."""
    wrong: dict[int, list[str]] = {}
    met: set[tuple[str, str]] = set()
    for i, (_, case) in enumerate(tasks):
        found: list[str] = []
        for judge, given in answers.items():
            answer = given[i]
            told = [] if answer is None else faults(judge, case, answer)
            known = reason(judge, case, answer) if told and answer else None
            met |= {known} if known else set()
            found += [] if known else told
        dss, own = answers["EU DSS"][i], answers["own"][i]
        if dss is not None and own is not None and not case.forged:
            found += dss_faults(case, dss)
            # of a container EU DSS judges the signatures alone, we those of the results in it as well
            differ = dss.levels != own.levels and case.path.suffix != ".asice"
            found += [f"EU DSS finds {dss.levels}, we find {own.levels}"] if differ else []
        if found:
            wrong[i] = found
    return wrong, met


# --- what is printed -------------------------------------------------------------------------------------------------


def table(tasks: Tasks, answers: Answers) -> Iterator[str]:
    """A row a kind of file, a column a judge: files that it answered as it has to / files that it was asked about."""
    kinds = list(dict.fromkeys(case.kind for _, case in tasks))
    width = max(map(len, kinds))
    yield " ".join([f"{'':{width}}", *(f"{judge:>8}" for judge in JUDGES)])
    for kind in kinds:
        cells = []
        for judge in JUDGES:
            asked = [(c, a) for (_, c), a in zip(tasks, answers[judge], strict=True) if c.kind == kind and a]
            right = sum(not faults(judge, c, a) for c, a in asked)
            cells.append(f"{f'{right}/{len(asked)}' if right < len(asked) else len(asked) or '':>8}")
        yield " ".join([f"{kind:{width}}", *cells])


def tell(tasks: Tasks, answers: Answers) -> int:
    """Print everything; how many faults there are."""
    wrong, met = judge_all(tasks, answers)
    print(*table(tasks, answers), sep="\n")
    for key in sorted(met):
        print(f"{key[0]}, {key[1]}: {DISAGREE[key][1]}")
    raws = [a.raw for a in answers["EU DSS"] if a and a.raw]
    warned = {m["key"] for raw in raws for s in raw.get("signatures", []) for m in s["warnings"]} & set(EXPLAINED)
    for key in sorted(warned):
        print(f"EU DSS warns, {key}: {EXPLAINED[key]}")
    for i, found in wrong.items():
        print(f"WRONG {tasks[i][1].kind}: {tasks[i][1].path.name}", *found, sep="\n      ", file=sys.stderr)
    gone = {key for key in DISAGREE if key not in met}
    for key in sorted(gone):
        print(f"WRONG {key} is listed in DISAGREE, and they agree: take it off", file=sys.stderr)
    return len(wrong) + len(gone)


def tell_reports(own: list[Answer | None]) -> int:
    """Have EU DSS read our own answers as validation reports in XML; how many it cannot, or reads differently."""
    reports = [answer.raw["report"] for answer in own if answer and answer.raw]
    found = etsi.faults(reports)
    print(f"{len(reports)} validation reports (ETSI TS 119 102-2) read by EU DSS, {len(found)} wrong")
    for fault in found:
        print(f"WRONG {fault}", file=sys.stderr)
    return len(found)


def tell_records(cases: list[tuple[Path, Path, bool]]) -> int:
    """Have Bouncy Castle read our evidence records; how many it judges otherwise."""
    found = records.faults(cases)
    print(f"{len(cases)} evidence records (RFC 4998) judged by Bouncy Castle, {len(found)} wrong")
    for fault in found:
        print(f"WRONG {fault}", file=sys.stderr)
    return len(found)


def record(path: Path, tasks: Tasks, answers: Answers) -> None:
    """One JSON line a file: who passes it, why not, and all that EU DSS says."""
    with path.open("w", encoding="utf-8") as file:
        for i, (_, case) in enumerate(tasks):
            told = {judge: given[i] for judge, given in answers.items()}
            line = {judge: {"passed": a.passed, "why": a.why, "levels": a.levels} for judge, a in told.items() if a}
            dss = told["EU DSS"]
            whole = {"path": str(case.path), "kind": case.kind, "judges": line, "dss": dss.raw if dss else None}
            file.write(json.dumps(whole, ensure_ascii=False) + "\n")


def main(out: Path, json_file: Path | None) -> int:
    """Make, ask, print; the exit status."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        pki = DevPki.create(folder / "pki", password="thử nghiệm", port=0)
        with pki.serve():
            cases, proofs = make(pki, folder), records.make(pki, folder / "records")
            ground = Ground.served(pki, folder)
            tasks = demo_tasks(out) + [(ground, case) for case in cases]
            print(f"{len(tasks)} files made in {time.monotonic() - begun:.0f} s", file=sys.stderr)
            answers = ask(tasks)
        if json_file is not None:
            record(json_file, tasks, answers)
        count = tell(tasks, answers) + tell_reports(answers["own"]) + tell_records(proofs)
    print(f"{len(tasks)} files, {count} faults, {time.monotonic() - begun:.0f} s")
    return 1 if count else 0


def entry() -> int:
    """Use the folder given, or play the demo first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, nargs="?", help="what `signing demo` made")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one line of JSON a file there")
    args = parser.parse_args()
    if args.out is not None:
        return main(args.out, args.json)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        played = subprocess.run([sys.executable, "-m", "signing", "demo", str(out)], capture_output=True, check=False)
        if played.returncode:
            sys.stderr.buffer.write(played.stdout + played.stderr)
            return 1
        return main(out, args.json)


if __name__ == "__main__":
    sys.exit(entry())
