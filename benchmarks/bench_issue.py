"""Bulk issuing of level-2 tokens with a registry on SQLite: tokens a second on one core, memory, file sizes.

`python benchmarks/bench_issue.py [LINES]` prints the figures; with 1000000 it takes a few minutes. Every token's row
is on disk (WAL, synchronous FULL) before the token is written, and the output is synchronised after every batch.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LINES = 50_000
STATED = 5_000.0  # level-2 tokens a second
ROUNDS = 3

_RUN = """
import resource, sys, time
from eid import AuthenticationLevel, Issuer, KeySet, Level
from eid.bulk import BulkOptions, issue_many
from eid.registry import open_registry

folder, half = sys.argv[1], int(sys.argv[2])
keys = KeySet.generate()
options = BulkOptions(level=Level.TWO, audience="https://bhyt.example.vn", auth_level=AuthenticationLevel.THREE)
rss = {}
def peak(progress):
    if progress.lines <= half:
        rss["half"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_registry(f"{folder}/registry.sqlite", keys) as registry:
    issuer = Issuer("https://id.example.vn", keys, registry=registry.issuance)
    start, cpu = time.perf_counter(), time.process_time()
    done = issue_many(issuer, f"{folder}/in.jsonl", f"{folder}/out.jsonl", options, progress=peak)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
end = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(done.issued, seconds, cpu, rss["half"], end)
"""


def write_requests(path: Path, lines: int) -> None:
    """Synthetic people, each with evidence of their own."""
    with path.open("w", encoding="utf-8") as out:
        for number in range(lines):
            time = f"2026-01-{number % 28 + 1:02d}T09:{number % 60:02d}:00+07:00"
            person = {
                "personal_number": f"001{number % 2}90{number % 1_000_000:06d}",
                "name": "Nguyễn Thị Minh Khai",
                "birthdate": f"1990-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                "gender": "female" if number % 2 else "male",
                "residence": f"Số {number}, phố Trần Hưng Đạo, phường Cửa Nam, thành phố Hà Nội",
                "card_issued": "2021-10-15",
            }
            kinds = (("chip", "passive-authentication"), ("face", "in-person"), ("fingerprint", "in-person"))
            evidence = [{"kind": kind, "method": method, "time": time} for kind, method in kinds]
            out.write(json.dumps({"person": person, "evidence": evidence}, ensure_ascii=False) + "\n")


def run(lines: int) -> dict[str, float]:
    """One run in a process of its own: tokens a second, and memory in MB at half the lines and at the end."""
    with tempfile.TemporaryDirectory() as folder:
        write_requests(Path(folder) / "in.jsonl", lines)
        command = [sys.executable, "-c", _RUN, folder, str(lines // 2)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        issued, seconds, cpu, half, end = map(float, done.stdout.split())
        size = (Path(folder) / "registry.sqlite").stat().st_size
    assert issued == lines
    return {"rate": lines / seconds, "core": cpu / seconds, "half": half / 1024, "end": end / 1024, "row": size / lines}


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison)."""
    runs = [run(LINES) for _ in range(ROUNDS)]
    rates = [one["rate"] / STATED for one in runs]
    middle = statistics.median(rates)
    grown = statistics.median(one["end"] / one["half"] for one in runs)
    for one in runs:
        print(
            f"bulk issue: {one['rate']:.0f} tokens/s, {one['core']:.0%} of a core, {one['end']:.0f} MB at the end "
            f"({one['half']:.0f} MB at half), {one['row']:.0f} bytes of database a token"
        )
    return [
        (f"bulk issue, tokens/s / {STATED:.0f}", middle, 1.0, (max(rates) - min(rates)) / 2 / middle, "≥"),
        ("bulk issue, peak memory at the end / at half", grown, 1.05, 0.0, "≤"),
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print({name: round(value, 2) for name, value in run(int(sys.argv[1])).items()})
    else:
        for row in ratios():
            print(*row)
