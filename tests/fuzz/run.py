"""Run the fuzzer over every group for its share of a time: `make fuzz`, or `python -m tests.fuzz.run [--seconds 60]`.

Each group of parsers (`fuzz_*.py`) has a process of its own, so that one that hangs or eats memory is a finding as
well. An input that breaks a rule is kept in out/fuzz; `--group NAME FILE` runs it again. Exit status 1: a finding.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FINDINGS = ROOT / "out" / "fuzz"
GROUPS = tuple(sorted(path.stem.removeprefix("fuzz_") for path in HERE.glob("fuzz_*.py")))
TOTAL_S = 60  # seconds for all groups together
MAX_INPUT_BYTES = 32 * 1024
SLOW_S = 10  # seconds that one input may take, instrumented
MEMORY_MB = 1024
_SHOWN_LINES = 60  # of what the fuzzer says about a finding


def main() -> int:
    """Run the groups one after another, or one of them in this process."""
    parser = argparse.ArgumentParser(description="Fuzz the parsers: only our own errors may come out.")
    parser.add_argument("--seconds", type=int, default=TOTAL_S, help="for all groups together (default: 60)")
    parser.add_argument("--group", choices=GROUPS, help="one group alone, in this process")
    parser.add_argument("files", nargs="*", help="with --group: run these inputs and nothing else")
    args = parser.parse_args()
    if args.group is not None:
        fuzz(args.group, args.seconds, args.files)
        return 0
    share = max(1, round(args.seconds / len(GROUPS)))
    failed = [group for group in GROUPS if not passed(group, share)]
    print(f"{len(GROUPS)} groups, {share} s each: " + (f"findings in {', '.join(failed)}" if failed else "no finding"))
    return 1 if failed else 0


def passed(group: str, seconds: int) -> bool:
    """Whether the process of one group ends well."""
    command = [sys.executable, "-m", f"{__package__}.run", "--group", group, "--seconds", str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    runs = re.findall(r"stat::number_of_executed_units: *(\d+)", done.stderr)
    good = done.returncode == 0 and bool(runs)
    print(f"{group:12s} {runs[-1] if runs else '?':>9s} inputs  {'ok' if good else 'FINDING'}", flush=True)
    if not good:
        said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(("INFO:", "#"))]
        print("\n".join(said[-_SHOWN_LINES:]), file=sys.stderr)
    return good


def fuzz(group: str, seconds: int, files: list[str]) -> None:
    """Run the fuzzer in this process, which it ends."""
    import atheris

    with atheris.instrument_imports(include=["eid", "signing"]):
        targets = importlib.import_module(f"{__package__}.fuzz_{group}").TARGETS
        from .target import corpus, one_input
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as seeds:
        for number, seed in enumerate(corpus(targets)):
            (Path(seeds) / f"{number:03}").write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-timeout={SLOW_S}", f"-rss_limit_mb={MEMORY_MB}"]
        limits += [f"-max_len={MAX_INPUT_BYTES}", "-print_final_stats=1", f"-artifact_prefix={FINDINGS}{os.sep}"]
        atheris.Setup([sys.argv[0], *limits, *(files or [seeds])], one_input(targets))
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
