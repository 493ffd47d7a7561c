"""The judges: EU DSS in one JVM, poppler's pdfsig, qpdf, openssl, veraPDF, and our own audit.

Each answers an `Answer` a file; who disagrees has to stand in `DISAGREE` of run.py with the reason.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import cms

from signing.audit import audit_files
from signing.dev.pki import DevPki
from signing.policy import Baseline
from signing.report import Report, Verdict
from signing.trust.store import TrustStore

HERE = Path(__file__).parent
TIMEOUT_S = 60  # seconds that a program gets for a file
ED25519 = "1.3.101.112"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file to judge. `kind` is its row in the table; `baseline` what its signatures have to be, if that is said, or
    with `mixed` at least one of them; `said` what EU DSS has to read beside the signature; `forged` files must not
    pass; `password` opens an encrypted PDF; `judges` are the only ones asked.
    """

    path: Path
    kind: str
    baseline: Baseline | None = None
    mixed: bool = False
    said: str | None = None
    password: str | None = None
    forged: bool = False
    judges: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a judge says: whether all signatures hold, what is wrong, and the levels found (sorted) if it tells them."""

    passed: bool
    why: str = ""
    levels: tuple[str, ...] | None = None
    raw: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the judges are given: a root, CRLs for files without evidence, and the addresses that we may ask."""

    root: Path
    trust: Path
    crls: tuple[Path, ...] = ()
    online: tuple[str, ...] = ()

    @classmethod
    def of(cls, trust: Path) -> Ground:
        """A trust folder alone: files must bring their evidence."""
        return cls(root=trust / "ca" / "root.pem", trust=trust)

    @classmethod
    def served(cls, pki: DevPki, folder: Path) -> Ground:
        """A PKI that is being served; its CRLs of now are written into `folder`."""
        paths = []
        for name in ("root", "issuing"):
            paths.append(folder / f"{name}.crl")
            paths[-1].write_bytes(pki.http().get(f"{pki.base_url}crl/{name}.crl"))
        trust = pki.trust_folder
        return cls(root=trust / "ca" / "root.pem", trust=trust, crls=tuple(paths), online=(pki.base_url,))


Tasks = list[tuple[Ground, Case]]


@cache
def maven(project: Path) -> str:
    """The class path of a judge, compiled by Maven."""
    subprocess.run(
        ["mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"],
        cwd=project,
        check=True,
    )
    return f"{project / 'target/classes'}:{(project / 'target/classpath').read_text().strip()}"


# --- EU DSS ----------------------------------------------------------------------------------------------------------


def eu_dss(tasks: Tasks) -> list[Answer]:
    """EU DSS's answers, with its JSON as `raw`."""
    lines = [
        "\t".join([str(ground.root), ",".join(map(str, ground.crls)), case.password or "", str(case.path)])
        for ground, case in tasks
    ]
    printed = subprocess.run(
        ["java", "-Xmx1g", "-cp", maven(HERE / "dss"), "interop.Judge"],
        input="\n".join(lines).encode(),
        check=True,
        capture_output=True,
    ).stdout.decode()
    return [_of_dss(json.loads(line)) for line in printed.splitlines()]


def _of_dss(raw: dict[str, Any]) -> Answer:
    if "error" in raw:
        return Answer(passed=False, why=raw["error"], raw=raw)
    wrong = [
        f"{s['file'] or s['id']}: {s['indication']} {s['sub_indication']} {[m['text'] for m in s['errors']]}"
        for s in raw["signatures"]
        if s["indication"] != "TOTAL_PASSED"
    ]
    levels = sorted(_level(s["format"]) for s in raw["signatures"])
    none = [] if raw["signatures"] else ["no signature found"]
    return Answer(passed=not (wrong + none), why="; ".join(wrong + none), levels=tuple(levels), raw=raw)


def _level(name: str) -> str:
    return re.sub(r"^[CP]AdES-BASELINE-", "B-", name)


# --- our own audit ---------------------------------------------------------------------------------------------------


def own(tasks: Tasks) -> list[Answer]:
    """What `signing audit` says, with its Report in `raw`."""
    answers = []
    stores: dict[Path, TrustStore] = {}
    for ground, case in tasks:
        trust = stores.setdefault(ground.trust, TrustStore.load(ground.trust))
        password = None if case.password is None else _password(case.password)
        (report,) = audit_files([case.path], trust, online=ground.online, password=password)
        answers.append(_of_report(report))
    return answers


def _password(word: str) -> Any:
    return lambda _: word


def _of_report(report: Report) -> Answer:
    findings = [*report.findings, *(f for s in report.signatures for f in s.findings)]
    told = [f"{f.text} [{f.code}]" for f in findings if f.severity != "info"]
    levels = sorted(str(s.baseline) for s in report.signatures if s.type != "timestamp")
    passed = report.verdict is Verdict.VALID
    return Answer(passed=passed, why="; ".join(told), levels=tuple(levels), raw={"report": report})


# --- programs --------------------------------------------------------------------------------------------------------


def _each(ask: Any, tasks: Tasks) -> list[Answer | None]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda task: ask(*task), tasks))


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, arguments)), capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False
    )


def pdfsig(tasks: Tasks) -> list[Answer | None]:
    """poppler on every PDF: whether each signature value and digest holds. It does not know document timestamps."""

    def ask(_: Ground, case: Case) -> Answer | None:
        if case.path.suffix != ".pdf":
            return None
        password = [] if case.password is None else ["-upw", case.password]
        told = _run("pdfsig", "-nocert", *password, case.path).stdout.split("\nSignature #")[1:]
        known = [one for one in told if "Signature Type: unknown" not in one]
        said = [found[1] for one in known if (found := re.search(r"- Signature Validation: (.*)", one))]
        return Answer(passed=bool(said) and set(said) == {"Signature is Valid."}, why="; ".join(said) or "none found")

    return _each(ask, tasks)


def qpdf(tasks: Tasks) -> list[Answer | None]:
    """qpdf on every genuine PDF: whether the file is sound."""

    def ask(_: Ground, case: Case) -> Answer | None:
        if case.path.suffix != ".pdf" or case.forged:
            return None
        done = _run("qpdf", "--check", *([] if case.password is None else [f"--password={case.password}"]), case.path)
        told = [line for line in (done.stdout + done.stderr).splitlines() if "WARNING" in line or "ERROR" in line]
        return Answer(passed=done.returncode == 0, why="; ".join(told[:3]))

    return _each(ask, tasks)


def openssl(tasks: Tasks) -> list[Answer | None]:
    """openssl on every CAdES signature: values, digests, the chain to the root and ESS signing-certificate-v2."""

    def ask(ground: Ground, case: Case) -> Answer | None:
        if case.path.suffix != ".p7s":
            return None
        found = _ed25519(case.path.read_bytes())
        if found:
            return found
        beside = case.path.with_suffix("")
        content = ["-content", beside] if beside.exists() else []
        files = ["-in", case.path, *content, "-CAfile", ground.root, "-out", "/dev/null"]
        done = _run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", *files)
        passed = done.returncode == 0 and "CAdES Verification successful" in done.stderr
        return Answer(passed=passed, why=done.stderr.strip().replace("\n", "; "))

    return _each(ask, tasks)


def _ed25519(data: bytes) -> Answer | None:
    """openssl on the bare value of an Ed25519 signature, which its `cms` does not know before 3.2; None for others."""
    signed = cms.ContentInfo.load(data)["content"]
    signer = signed["signer_infos"][0]
    if signer["signature_algorithm"]["algorithm"].dotted != ED25519:
        return None
    own = [c.chosen.public_key for c in signed["certificates"]]
    (public,) = [key for key in own if key["algorithm"]["algorithm"].dotted == ED25519]
    with tempfile.TemporaryDirectory() as folder:
        key, attributes, value = (Path(folder) / name for name in ("key", "attributes", "value"))
        key.write_bytes(public.dump())
        attributes.write_bytes(signer["signed_attrs"].untag().dump())
        value.write_bytes(signer["signature"].native)
        files = ["-inkey", key, "-keyform", "DER", "-in", attributes, "-sigfile", value]
        done = _run("openssl", "pkeyutl", "-verify", "-pubin", "-rawin", *files)
    return Answer(passed=done.returncode == 0, why=(done.stdout + done.stderr).strip())


def verapdf(tasks: Tasks) -> list[Answer | None]:
    """veraPDF on every PDF that claims to be PDF/A."""
    claims = [case.path for _, case in tasks if _claims_archival(case)]
    command = ["java", "-cp", maven(HERE / "verapdf"), "interop.Archival", *map(str, claims)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told = dict(_of_verapdf(printed))
    return [told.get(str(case.path)) for _, case in tasks]


def _claims_archival(case: Case) -> bool:
    return case.path.suffix == ".pdf" and not case.forged and b"pdfaid" in case.path.read_bytes()


def _of_verapdf(printed: str) -> Iterator[tuple[str, Answer]]:
    for line in printed.splitlines():
        if line.startswith("{"):
            raw = json.loads(line)
            why = f"PDF/A-{raw['flavour']} {raw['broken']}"
            yield raw["path"], Answer(passed=raw["compliant"], why=why, raw=raw)
