"""EU DSS, the European Commission's reference validator, over everything that `signing demo` makes; and veraPDF.

    python tests/interop/run.py [OUT]

Without OUT the demo is played into a temporary folder first, and papers are signed with keys on a token. Every
signature has to be TOTAL_PASSED with the baseline that we claim, every warning has to be explained in `EXPLAINED`, and
the forged copies must not pass wherever EU DSS can know. PDFs of other programs are signed and judged too, and those
that are PDF/A have to stay it for veraPDF. Prints one JSON line a file, then a table; exits 1 when
anything differs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import papers  # these are beside this file
import tokens
from cades import SAID_TO_DSS
from cades import make as make_cades
from papers import make as make_papers

from signing.dev.pki import DevPki

HERE = Path(__file__).parent
JUDGE = HERE / "dss"
BASELINE = re.compile(r"-B-(LTA?)\.txt\.p7s$")  # what a CAdES file's name says of it
FORMAT = {".pdf": "PAdES-BASELINE-LT", ".asice": "CAdES-BASELINE-LT"}

# what EU DSS warns of in genuine files, and why it stays
EXPLAINED: dict[str, str] = {
    "BBB_CV_IAFS_ANS": "a step signs the files that exist when it is taken; the last step's signature covers them all",
    "BBB_FC_IAOD_ANS": "the office's red stamp overlaps the official's signature, as NĐ 30/2020 prescribes",
}

_STEPS_HOLD = "every signature holds by itself; EU DSS knows neither the order of steps, nor roles, nor the register"

# forged copies that EU DSS passes, and why it cannot know
BEYOND_DSS: dict[str, str] = {
    "fork.asice": _STEPS_HOLD,
    "last-removed.asice": _STEPS_HOLD,
    "wrong-person.asice": _STEPS_HOLD,
    "qr-before-signing.pdf": "the signatures are genuine, only the seal belongs to another result",
}


def build() -> str:
    """The class path of the judge, compiled by Maven."""
    subprocess.run(
        ["mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"],
        cwd=JUDGE,
        check=True,
    )
    return f"{JUDGE / 'target/classes'}:{(JUDGE / 'target/classpath').read_text().strip()}"


def judge(class_path: str, root: Path, files: list[Path]) -> list[dict[str, Any]]:
    """EU DSS's answers, one object a file."""
    printed = subprocess.run(
        ["java", "-cp", class_path, "interop.Judge", str(root), *map(str, files)],
        check=True,
        capture_output=True,
    ).stdout.decode()
    return [json.loads(line) for line in printed.splitlines()]


def passed(answer: dict[str, Any]) -> bool:
    """Whether every signature of a file is TOTAL_PASSED."""
    signatures = answer.get("signatures", [])
    return bool(signatures) and all(s["indication"] == "TOTAL_PASSED" for s in signatures)


def wanted_format(path: Path, signature: dict[str, Any]) -> str:
    """The format and baseline that a signature has to have; counter-signatures end at B-LT."""
    if path.suffix != ".p7s":
        return FORMAT[path.suffix]
    named = BASELINE.search(path.name)
    return f"CAdES-BASELINE-{'LT' if signature['parent'] or not named else named[1]}"


def faults_of_genuine(answer: dict[str, Any]) -> list[str]:
    """What is wrong with EU DSS's answer about a file that has to pass."""
    if "error" in answer:
        return [answer["error"]]
    path = Path(answer["path"])
    faults = [] if answer["signatures"] else ["no signature found"]
    if path.suffix == ".asice" and answer["container"] not in {"ASiC-E", "ASiC_E"}:
        faults.append(f"container {answer['container']}")
    for s in answer["signatures"]:
        name = s["file"] or s["id"]
        if s["indication"] != "TOTAL_PASSED":
            faults.append(f"{name}: {s['indication']} {s['sub_indication']} {[m['text'] for m in s['errors']]}")
        if s["format"] != wanted_format(path, s):
            faults.append(f"{name}: {s['format']}, not {wanted_format(path, s)}")
        if path.name.startswith(("said-", "attached-")) and s["said"] != SAID_TO_DSS:
            faults.append(f"{name}: says {s['said']}")
        faults += [
            f"{name}: unexplained warning {m['key']}: {m['text']}" for m in s["warnings"] if m["key"] not in EXPLAINED
        ]
    return faults


def faults_of_forged(answer: dict[str, Any]) -> list[str]:
    """What is wrong with EU DSS's answer about a forged copy."""
    name = Path(answer["path"]).name
    if not passed(answer):
        return ["listed as beyond EU DSS, but EU DSS sees it: take it off the list"] if name in BEYOND_DSS else []
    return [] if name in BEYOND_DSS else ["EU DSS passes it, and no reason is given why it cannot know"]


def documents(folder: Path) -> list[Path]:
    """The PDFs and containers that EU DSS is asked about; unsigned papers are left out."""
    found = [p for p in sorted(folder.rglob("*")) if p.suffix in FORMAT and p.is_file()]
    return [p for p in found if p.suffix == ".asice" or b"/ByteRange" in p.read_bytes()]


def main(out: Path) -> int:
    """Judge `out`, print, and say with the exit status whether all is as claimed."""
    files = documents(out)
    if not files:
        print(f"nothing to judge under {out}", file=sys.stderr)
        return 1
    class_path = build()
    answers = judge(class_path, out / "pki" / "trust" / "ca" / "root.pem", files)
    with tempfile.TemporaryDirectory() as folder:
        root = make_cades(Path(folder))
        more = sorted(Path(folder).glob("*.p7s"))
        files += more
        answers += judge(class_path, root, more)
    with tempfile.TemporaryDirectory() as folder:
        root = make_papers(Path(folder))
        more = sorted(Path(folder).glob("*.pdf"))
        files += more
        answers += judge(class_path, root, more)
        archived = papers.archival(more)
    if len(answers) != len(files):
        print(f"EU DSS answered {len(answers)} of {len(files)} files", file=sys.stderr)
        return 1
    for answer in answers:
        print(json.dumps(answer, ensure_ascii=False))
    wrong = sum(tell(answer) for answer in answers) + sum(tell_archival(answer) for answer in archived)
    genuine = [a for a in answers if not is_forged(a)]
    for key in sorted({m["key"] for a in genuine for s in a.get("signatures", []) for m in s["warnings"]}):
        print(f"warning {key}: {EXPLAINED.get(key, 'NOT EXPLAINED')}", file=sys.stderr)
    return 1 if wrong else 0


def is_forged(answer: dict[str, Any]) -> bool:
    """Whether a file is one of the demo's forged copies."""
    return Path(answer["path"]).parent.name == "forged"


def tell(answer: dict[str, Any]) -> bool:
    """Print one file's line; whether something is wrong with it."""
    name, forged = Path(answer["path"]).name, is_forged(answer)
    faults = faults_of_forged(answer) if forged else faults_of_genuine(answer)
    told = "passed" if passed(answer) else "refused"
    print(f"{'WRONG' if faults else 'ok':5} {told:8} {'forged ' if forged else ''}{name}", file=sys.stderr)
    for fault in faults:
        print(f"      {fault}", file=sys.stderr)
    if forged and passed(answer) and name in BEYOND_DSS:
        print(f"      {BEYOND_DSS[name]}", file=sys.stderr)
    return bool(faults)


def tell_archival(answer: dict[str, Any]) -> bool:
    """Print veraPDF's line about one PDF/A file; whether signing broke it."""
    print(json.dumps(answer, ensure_ascii=False))
    said = "ok   " if answer["compliant"] else "WRONG"
    print(f"{said} PDF/A-{answer['flavour']} {Path(answer['path']).name}", *answer["broken"], file=sys.stderr)
    return not answer["compliant"]


def entry() -> int:
    """Use the folder given, or play the demo first."""
    if len(sys.argv) > 1:
        return main(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        subprocess.run([sys.executable, "-m", "signing", "demo", str(out)], check=True, stdout=sys.stderr)
        if tokens.available():
            tokens.sign_with_tokens(DevPki.open(out / "pki"), out / "tokens")
        else:
            print(
                "no SoftHSM2 (apt-get install softhsm2 opensc): papers signed with tokens are left out", file=sys.stderr
            )
        return main(out)


if __name__ == "__main__":
    sys.exit(entry())
