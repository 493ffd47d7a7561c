"""signing.cli: what all verbs have in common."""

from __future__ import annotations

import argparse

import pytest

from signing.cli import main


@pytest.mark.parametrize(("verb", "goes_on"), [("sign", "--resume"), ("audit", "--out"), ("verify", "")])
def test_who_stops_a_run_is_told_how_it_goes_on(
    verb: str, goes_on: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    asked = argparse.Namespace(verb=verb, run=stopped)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", lambda *_: asked)
    assert main([verb, "x"]) == 130
    out, err = capsys.readouterr()
    english, vietnamese = err.splitlines()
    assert (out, english.startswith(f"{verb}: interrupted"), vietnamese.startswith(f"{verb}: đã dừng")) == (
        "",
        True,
        True,
    )
    assert (goes_on in english, goes_on in vietnamese) == (True, True)
    assert (";" in english) == bool(goes_on)
