"""`eid verify` with holders' proofs, ages and a journal; `eid prove`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from eid import AuthenticationLevel, Evidence, Issuer, Key, KeySet, Level, Person

from .test_cli import AUDIENCE, EVIDENCE, ISSUER, PERSON, Desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capsys, monkeypatch)


def bound_token(key: Key) -> str:
    """A token of the desk's issuer, bound to `key`."""
    made = Issuer(ISSUER, KeySet.load("keys.pem", lambda _: "secret"))
    person = Person.from_claims(PERSON)
    evidence = [Evidence(**entry) for entry in _evidence()]
    asked: dict[str, Any] = {"audience": AUDIENCE, "auth_level": AuthenticationLevel.THREE, "evidence": evidence}
    return made.issue(person, Level.TWO, holder=key, **asked)


def _evidence() -> list[dict[str, Any]]:
    return [{**entry, "time": datetime.fromisoformat(entry["time"])} for entry in EVIDENCE]


def prove(desk: Desk, token: str, *more: str) -> tuple[int, str]:
    status, out, _ = desk.run(
        "prove", "--keys", "holder.pem", "--pass-env", "PW", "--audience", AUDIENCE, "--nonce", "n-1", *more, token
    )
    return status, out.strip()


@pytest.fixture
def token(desk: Desk) -> str:
    assert desk.run("keys", "new", "--pass-env", "PW", "holder.pem")[0] == 0
    return bound_token(KeySet.load("holder.pem", lambda _: "secret").active)


def test_holder_proves_and_is_verified(desk: Desk, token: str) -> None:
    status, proof = prove(desk, token)
    assert status == 0
    Path("proof.jwt").write_text(proof + "\n")
    status, answer = desk.verify(token, "--proof", "proof.jwt", "--nonce", "n-1")
    assert (status, answer["valid"]) == (0, True)
    assert list(answer["identity"]) == ["subject", "level", "auth_level", "auth_time", "claims", "evidence", "expires"]
    assert json.loads(prove(desk, token, "--json")[1])["proof"].count(".") == 2
    assert prove(desk, token, "-o", "other.jwt") == (0, "")
    assert Path("other.jwt").read_text().count(".") == 2


def test_bound_token_without_its_proof(desk: Desk, token: str) -> None:
    Path("proof.jwt").write_text(prove(desk, token)[1])
    Path("empty").write_text("")
    for more, code, exit_status in (
        ([], "holder.bound", 1),
        (["--proof", "proof.jwt"], "usage.argument", 2),
        (["--proof", "proof.jwt", "--nonce", "n-2"], "holder.nonce", 1),
        (["--proof", "empty", "--nonce", "n-1"], "holder.malformed", 1),
        (["--proof", "jwks.json", "--nonce", "n-1"], "holder.malformed", 1),
        (["--proof", "missing", "--nonce", "n-1"], "input.unreadable", 2),
    ):
        status, answer = desk.verify(token, *more)
        assert (status, answer["code"], answer["identity"]) == (exit_status, code, None)
    status, answer = desk.verify(desk.token(), "--proof", "proof.jwt", "--nonce", "n-1")
    assert (status, answer["code"]) == (1, "holder.unbound")


def test_prove_with_a_key_that_cannot_sign(desk: Desk, token: str) -> None:
    status, out, _ = desk.run(
        "prove", "--keys", "jwks.json", "--pass-env", "PW", "--audience", "a", "--nonce", "n", "--json", token
    )
    assert status != 0
    assert json.loads(out)["code"] == "key.malformed"
    assert (
        desk.run("prove", "--keys", "holder.pem", "--pass-env", "PW", "--audience", "", "--nonce", "n", token)[0] == 2
    )


def test_evidence_that_is_too_old(desk: Desk) -> None:
    token = desk.token()
    assert desk.verify(token, "--max-evidence-age", "1e9")[0] == 0
    status, answer = desk.verify(token, "--max-evidence-age", "60")
    assert (status, answer["code"]) == (1, "token.evidence-too-old")
    assert desk.verify(token, "--max-evidence-age", "nan")[0] == 2


def test_journal_of_the_command_line(desk: Desk) -> None:
    token = desk.token()
    assert desk.verify(token, "--journal", "journal.jsonl")[0] == 0
    assert desk.verify(token + "=", "--journal", "journal.jsonl")[0] == 1
    first, second = (json.loads(line) for line in Path("journal.jsonl").read_text().splitlines())
    assert (first["accepted"], first["audience"]) == (True, AUDIENCE)
    assert (second["accepted"], second["check"], second["rule"]) == (False, 1, "format")
    status, answer = desk.verify(token, "--journal", "missing/journal.jsonl")
    assert (status, answer["code"]) == (3, "journal.unavailable")
    assert token not in Path("journal.jsonl").read_text()
    status, answer = desk.verify(token, "--journal", "")
    assert (status, answer["code"]) == (2, "usage.argument")
