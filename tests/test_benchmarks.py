"""The benchmark runner: a ratio missed beyond the run's spread fails the run, one within it does not."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

import pytest

PATH = Path(__file__).parent.parent / "benchmarks" / "run.py"


@pytest.fixture
def runner() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_runner", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("row", "missed"),
    [
        (("s", 9.0, 10.0, 0.05, "≥"), True),
        (("s", 9.6, 10.0, 0.05, "≥"), False),
        (("s", 1.8, 1.6, 0.05, "≤"), True),
        (("s", 1.65, 1.6, 0.05, "≤"), False),
    ],
)
def test_a_ratio_is_missed_only_beyond_the_spread(runner, row, missed):
    assert runner.missed(row) is missed
    assert ("**missed**" in runner.line(row)) is missed


@pytest.mark.parametrize(("measured", "status"), [(9.0, 1), (11.0, 0)])
def test_the_run_fails_when_a_stated_ratio_is_missed(runner, monkeypatch, capsys, measured, status):
    monkeypatch.setattr(sys, "path", list(sys.path))
    subject = types.SimpleNamespace(ratios=lambda: [("a subject", measured, 10.0, 0.01, "≥")])
    monkeypatch.setitem(sys.modules, "bench_fake", subject)
    assert runner.main(["fake"]) == status
    assert "a subject" in capsys.readouterr().out
