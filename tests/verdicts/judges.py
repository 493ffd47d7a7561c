"""The judges: our own audit, pyHanko as it comes, poppler's pdfsig, and EU DSS in one JVM.

Each answers one `Said` a file. All are offline and trust the same roots.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from signing.audit import audit_files
from signing.report import Report, Verdict
from signing.trust.store import TrustStore

from .said import Said, Word, worst

DSS = Path(__file__).parents[1] / "interop" / "dss"
LIMIT_S = 30  # for one file
PROCESSES = 2

Files = Sequence[Path]


# --- ours ------------------------------------------------------------------------------------------------------------


def ours(files: Files, trust: TrustStore) -> list[Said]:
    """`signing audit`. A finding `document.internal` is an exception that was caught at the last moment: it counts."""
    return [_of_report(report) for report in audit_files(files, trust)]


def _of_report(report: Report) -> Said:
    codes = [f.code for f in report.all_findings() if f.severity != "info"]
    if "document.internal" in codes:
        return Said(Word.RAISED, "document.internal")
    words = {Verdict.VALID: Word.VALID, Verdict.INVALID: Word.INVALID, Verdict.UNSIGNED: Word.NONE}
    return Said(words.get(report.verdict, Word.UNKNOWN), ", ".join(dict.fromkeys(codes)))


# --- pyHanko ---------------------------------------------------------------------------------------------------------


def hanko(files: Files, roots: Files) -> list[Said]:
    """pyHanko with its defaults: strict reader, its own difference policy, revocation where there is evidence."""
    ders = [_der(root) for root in roots]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        return list(pool.map(_hanko_one, files, [ders] * len(files), chunksize=16))


def _der(root: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(root.read_bytes()).public_bytes(Encoding.DER)


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"took more than {seconds} s")

    old = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


def _hanko_one(path: Path, roots: list[bytes]) -> Said:
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    judge = {".pdf": _hanko_pdf, ".p7s": _hanko_cms}.get(path.suffix)
    if judge is None:
        return Said(Word.UNASKED)
    try:
        with _limited(LIMIT_S):
            return judge(path, roots)
    except Exception as e:  # what pyHanko lets out is what is counted here
        return Said(Word.RAISED, f"{type(e).__name__}: {e}"[:200])


def _context(roots: list[bytes]) -> object:
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(trust_roots=_anchors(roots), allow_fetching=False)


def _hanko_pdf(path: Path, roots: list[bytes]) -> Said:
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    reader = PdfFileReader(io.BytesIO(path.read_bytes()))
    words, why = [], []
    for found in reader.embedded_signatures:
        context = _context(roots)
        try:
            store = DocumentSecurityStore.read_dss(reader)
            context = store.as_validation_context({"trust_roots": _anchors(roots), "allow_fetching": False})
        except NoDSSFoundError:
            pass
        if found.sig_object_type == "/DocTimeStamp":
            status = validate_pdf_timestamp(found, context)
        else:
            status = validate_pdf_signature(found, context, ts_validation_context=context)
        words.append(_hanko_word(status))
        why.append(status.summary())
    return Said(worst(words), "; ".join(why)[:300])


def _anchors(roots: list[bytes]) -> list[object]:
    from asn1crypto import x509

    return [x509.Certificate.load(root) for root in roots]


def _hanko_word(status: object) -> Word:
    from pyhanko.sign.diff_analysis import ModificationLevel

    if not status.intact or not status.valid or getattr(status, "revoked", False):  # type: ignore[attr-defined]
        return Word.INVALID
    level = getattr(status, "modification_level", None)
    if level is ModificationLevel.OTHER or getattr(status, "docmdp_ok", True) is False:
        return Word.INVALID
    bottom = getattr(status, "bottom_line", None)
    passed = status.trusted if bottom is None else bottom  # type: ignore[attr-defined]
    return Word.VALID if passed else Word.UNKNOWN


def _hanko_cms(path: Path, roots: list[bytes]) -> Said:
    import asyncio

    from asn1crypto import cms
    from pyhanko.sign.validation.generic_cms import async_validate_cms_signature, async_validate_detached_cms

    data, context = cms.ContentInfo.load(path.read_bytes())["content"], _context(roots)
    beside = path.with_suffix("")
    if beside.is_file():
        content = beside.read_bytes()
        status = asyncio.run(async_validate_detached_cms(content, data, signer_validation_context=context))
    else:
        status = asyncio.run(async_validate_cms_signature(data, validation_context=context))
    return Said(_hanko_word(status), status.summary())


# --- poppler ---------------------------------------------------------------------------------------------------------


def pdfsig(files: Files, roots: Files) -> list[Said]:
    """poppler's pdfsig with a certificate store that trusts the roots."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sql:{folder}"
        _run("certutil", "-N", "-d", store, "--empty-password")
        for i, root in enumerate(roots):
            _run("certutil", "-A", "-d", store, "-n", f"root-{i}", "-t", "CT,C,C", "-a", "-i", str(root))
        with ThreadPoolExecutor(PROCESSES) as pool:
            return list(pool.map(lambda path: _pdfsig_one(path, folder), files))


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, errors="replace", timeout=LIMIT_S, check=False)


_VALUES = {"Signature is Valid.": Word.VALID, "Signature has not yet been verified.": Word.UNKNOWN}


def _pdfsig_one(path: Path, store: str) -> Said:
    if path.suffix != ".pdf":
        return Said(Word.UNASKED)
    try:
        done = _run("pdfsig", "-no-ocsp", "-nssdir", f"sql:{store}", str(path))
    except subprocess.TimeoutExpired:
        return Said(Word.RAISED, "took too long")
    if done.returncode < 0:
        return Said(Word.RAISED, f"killed by signal {-done.returncode}")
    values = re.findall(r"- Signature Validation: (.*)", done.stdout)
    chains = re.findall(r"- Certificate Validation: (.*)", done.stdout)
    words = [_VALUES.get(value, Word.INVALID) for value in values] + [
        Word.VALID if chain == "Certificate is Trusted." else Word.UNKNOWN for chain in chains
    ]
    total = "" if "Total document signed" in done.stdout.replace("Not total", "") else "; not total document signed"
    why = "; ".join([*values, *dict.fromkeys(chains)]) + total
    return Said(worst(words), why or done.stderr.strip()[:120])


# --- EU DSS ----------------------------------------------------------------------------------------------------------


def dss(files: Files, roots: Files) -> list[Said]:
    """EU DSS, all files in one JVM."""
    done = subprocess.run(
        ["java", "-Xmx2g", "-cp", _class_path(), "interop.Verdicts", *map(str, roots)],
        input="\n".join(map(str, files)).encode(), capture_output=True, check=True,
    )  # fmt: skip
    told = dict(line.split("\t", 1) if "\t" in line else (line, "") for line in done.stdout.decode().splitlines())
    return [_of_dss(told.get(str(path))) for path in files]


def _class_path() -> str:
    subprocess.run(
        ["mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"],
        cwd=DSS,
        check=True,
    )
    return f"{DSS / 'target/classes'}:{(DSS / 'target/classpath').read_text().strip()}"


def _of_dss(line: str | None) -> Said:
    if line is None:
        return Said(Word.RAISED, "no answer")
    parts = line.split("\t") if line else []
    if parts[:1] == ["!"]:
        unasked = "not yet supported" in line or "UnsupportedOperation" in line
        return Said(Word.UNKNOWN if unasked else Word.RAISED, parts[1])
    words = {"TOTAL_PASSED": Word.VALID, "PASSED": Word.VALID, "TOTAL_FAILED": Word.INVALID, "FAILED": Word.INVALID}
    return Said(worst([words.get(p.split(":")[0], Word.UNKNOWN) for p in parts]), "; ".join(parts)[:300])


JUDGES: dict[str, Callable[[Files, Files], list[Said]]] = {"pyHanko": hanko, "pdfsig": pdfsig, "EU DSS": dss}


def available() -> list[str]:
    """The peers that this machine has."""
    needs = {"pyHanko": (), "pdfsig": ("pdfsig", "certutil"), "EU DSS": ("java", "mvn")}
    return [name for name, tools in needs.items() if all(map(shutil.which, tools))]
