"""The five-step dossier: steps per second on one core, and where the time of a step goes.

The office is complete: step proofs by the identity issuer, CAdES B-T from an RFC 3161 authority over HTTP (in a process
of its own), OCSP and CRL for the signer before each step, the register on SQLite with synchronous FULL, two fsynced
files a step. The result PDF is made once, beforehand: its cost is in the PDF table. A second run keeps the answers of
the outside services out, which is what the office itself has to pay.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from signing.dev.pki import DevPki
from signing.dossier.dossier import Dossier
from signing.dossier.rules import Decision, Step
from signing.http import HttpClient
from tests.signing.office import CODE, RESULT, WHO, Office
from tests.world import World

ROUNDS = 7
STEPS = len(Step)
_PASSWORD = "benchmark"
_SERVER = """
import sys
from pathlib import Path
from signing.dev.pki import DevPki
with DevPki.open(Path(sys.argv[1])).serve():
    print("ready", flush=True)
    sys.stdin.read()
"""

# first match wins; the file (and function) in which a profile's own time is spent
_ROOMS = (
    ("services outside (TSA, OCSP, CRL)", ("http/client", "socket.py", "signing/http.py", "_socket", "select")),
    ("syncing files and register", ("fsync", "posix.replace", "sqlite3", "fcntl", "open>")),
    ("database layer", ("sqlalchemy",)),
    ("result PDF examined again", ("signing/pdf", "pyhanko")),
    ("certificates, CMS, timestamps", ("signing/c", "signing/der", "signing/t", "signing/rev", "signing/ocsp",
                                       "signing/val", "signing/path", "signing/evidence", "signing/base",
                                       "cryptography", "asn1crypto")),
    ("raw signatures and digests", ("_rust", "_hashlib", "hashlib")),
    ("identity proof", ("eid/",)),
    ("container, manifests, statements", ("signing/asice", "signing/dossier", "signing/statement", "signing/canonical",
                                          "lxml", "zlib", "json")),
)  # fmt: skip


@contextmanager
def running_office() -> Iterator[Office]:
    """An office whose services run in another process, so that their time is waiting and not work."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pki = DevPki.create(folder / "pki", password=_PASSWORD, port=0)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        server = subprocess.Popen([sys.executable, "-c", _SERVER, str(pki.folder)], text=True, **pipes)
        assert server.stdout is not None
        assert server.stdin is not None
        server.stdout.readline()
        try:
            yield Office.make(World(pki=pki), folder)
        finally:
            server.stdin.close()
            server.wait()
            server.stdout.close()


def play(office: Office, number: int, result: bytes, papers: dict[str, bytes]) -> list[float]:
    """One dossier through its five steps; the seconds of each, proof and all."""
    dossier: Dossier = office.new(code=f"H26.19-261121-{number:04d}", name=f"d{number}.asice", papers=papers)
    taken = []
    for step in Step:
        start = time.perf_counter()
        if step is Step.SIGN:
            dossier = dossier.add(result, RESULT)
        decision = Decision.ELIGIBLE if step in (Step.APPRAISE, Step.APPROVE) else None
        draft = dossier.prepare(step, decision=decision)
        signer = office.signer(WHO[step])
        dossier = draft.sign(signer, office.proof(draft, signer))
        taken.append(time.perf_counter() - start)
    return taken


def rounds(office: Office, first: int, result: bytes, papers: dict[str, bytes]) -> list[list[float]]:
    """Seconds per step, a list per dossier."""
    return [play(office, first + n, result, papers) for n in range(ROUNDS)]


@contextmanager
def remembered_services() -> Iterator[None]:
    """Answers of OCSP and CRL services kept in memory: what is left is the office's own work and the timestamp."""
    get, post, kept = HttpClient.get, HttpClient.post, {}

    def keep(key: object, ask: Callable[[], bytes]) -> bytes:
        if key not in kept:
            kept[key] = ask()
        return kept[key]

    HttpClient.get = lambda self, url, **more: keep(url, lambda: get(self, url, **more))  # type: ignore[method-assign]
    HttpClient.post = lambda self, url, body, **more: (  # type: ignore[method-assign]
        post(self, url, body, **more)
        if url.endswith("/tsa")
        else keep((url, body), lambda: post(self, url, body, **more))
    )
    try:
        yield
    finally:
        HttpClient.get, HttpClient.post = get, post  # type: ignore[method-assign]


def profile(office: Office, result: bytes, papers: dict[str, bytes]) -> list[tuple[str, float]]:
    """Share of the time of a five-step dossier by where it is spent, largest first."""
    watch = cProfile.Profile()
    watch.enable()
    for number in range(900, 903):
        play(office, number, result, papers)
    watch.disable()
    shares: dict[str, float] = {}
    entries = pstats.Stats(watch).stats  # type: ignore[attr-defined]
    total = sum(own for _, _, own, _, _ in entries.values())
    for (file, _, function), (_, _, own, _, _) in entries.items():
        where = f"{file}:{function}"
        room = next((name for name, marks in _ROOMS if any(m in where for m in marks)), "the rest of Python")
        shares[room] = shares.get(room, 0.0) + own / total
    return sorted(shares.items(), key=lambda item: -item[1])


def ratios() -> list[tuple[str, float, float, float, str]]:
    """Rows for the table; prints the steps a second and the profile."""
    inputs = Path(__file__).parent.parent / "examples" / "inputs"
    papers = {p.name: p.read_bytes() for p in sorted(inputs.glob("*")) if p.suffix in {".pdf", ".png"}}
    with running_office() as office:
        result = office.result()
        play(office, 999, result, papers)
        asked = rounds(office, 100, result, papers)
        with remembered_services():
            play(office, 998, result, papers)
            own = rounds(office, 200, result, papers)
            shares = profile(office, result, papers)
    totals = [sum(d) for d in own]
    spread = (max(totals) - min(totals)) / 2 / statistics.median(totals)
    size = sum(map(len, papers.values()))
    print(f"dossier of {len(papers)} papers ({size / 1e6:.1f} MB), {CODE[:3]}…; median of {ROUNDS} dossiers, one core:")
    for what, runs in (("all services asked", asked), ("revocation answers remembered", own)):
        per_dossier = statistics.median(sum(d) for d in runs)
        steps = ", ".join(f"{s} {statistics.median(d[i] for d in runs) * 1e3:.1f}" for i, s in enumerate(Step))
        print(f"  {what}: {STEPS / per_dossier:.0f} steps/s, {per_dossier * 1e3:.0f} ms a dossier (ms: {steps})")
    print("  where the time of the office itself goes (profiled, so the many small calls weigh more than they should):")
    for name, share in shares:
        print(f"    {share:6.1%}  {name}")
    rate = STEPS / statistics.median(totals)
    return [("dossier: steps per second and core, all checks on", rate, TARGET, min(spread, 0.5), "≥")]


def test_five_steps(benchmark):
    numbers = count(1)
    with running_office() as office:
        result = office.result()
        benchmark.pedantic(lambda: play(office, next(numbers), result, {}), rounds=5)


TARGET = 15.0  # steps per second; a city's peak of 7,000 dossiers a day (Hà Nội, 2022) needs 1.2

if __name__ == "__main__":
    print(ratios())
