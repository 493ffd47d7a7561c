"""The journal of verdicts: every accept and refuse with the rule that decided, and no verdict without it."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import eid.verifier
from eid import (
    EidError,
    Holder,
    IndeterminateError,
    JournalEntry,
    JsonLinesJournal,
    Key,
    KeySet,
    Level,
    MemoryReplay,
    Status,
    UsageError,
    VerificationError,
    make_proof,
)
from eid.checks import IDENTITY_RULES, PAST_RULES, Check

from .made import (
    AUDIENCE,
    ISSUER,
    KEYS,
    NOW,
    NOW_S,
    OTHER,
    PERSON,
    changed,
    issue,
    issuer,
    parts,
    reheaded,
    signed,
    verifier,
)

MADE = issuer()
TOKEN = issue(MADE)


class Kept:
    """A journal in memory."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []

    def record(self, entry: JournalEntry) -> None:
        self.entries.append(entry)


class Broken:
    """A journal that cannot be written."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def record(self, entry: JournalEntry) -> None:
        raise self.error


def test_the_list_in_the_manual_is_the_list_of_the_checks() -> None:
    manual = eid.verifier.__doc__
    assert manual is not None
    for check in Check:
        name = {Check.AUTHENTICATION: "Authentication"}.get(check, check.rule.capitalize())
        assert f"{check.value:2d}. {name}: " in manual
    numbers = [check for check, _ in IDENTITY_RULES if check is not Check.KEY]  # its second half waits for `iat`
    assert numbers == sorted(numbers)
    assert {check for check, _ in IDENTITY_RULES} | set(list(Check)[:5]) == set(Check)
    assert [rule for _, rule in IDENTITY_RULES][:-1] == [rule for _, rule in PAST_RULES]
    for check, rule in IDENTITY_RULES:
        assert rule.__doc__ is not None
        assert rule.__doc__.startswith(f"{check.value}. ")


def test_accepted() -> None:
    kept = Kept()
    identity = verifier(MADE, journal=kept).verify(TOKEN, level=Level.TWO)
    (entry,) = kept.entries
    assert entry == JournalEntry(
        time=NOW,
        accepted=True,
        check=None,
        rule=None,
        code=None,
        issuer=ISSUER,
        audience=AUDIENCE,
        token_id=identity.token_id,
        subject=identity.subject,
    )


def _bad_payload() -> str:
    return signed(parts(TOKEN)[0], b"[]")


REFUSALS: list[tuple[int, str, str, Callable[[], str], dict[str, Any]]] = [
    (1, "format", "token.malformed", lambda: "junk", {}),
    (1, "format", "token.too-large", lambda: "x" * 20_000, {}),
    (2, "kind", "token.type", lambda: reheaded(TOKEN, typ="JWT"), {}),
    (2, "kind", "token.header", lambda: reheaded(TOKEN, crit=[]), {}),
    (3, "algorithm", "token.algorithm", lambda: reheaded(TOKEN, alg="none"), {}),
    (4, "key", "token.key-unknown", lambda: reheaded(TOKEN, kid="x"), {}),
    (4, "key", "token.key-inactive", lambda: TOKEN, {"retired": True}),
    (5, "signature", "token.signature", lambda: signed(*parts(TOKEN), OTHER.active), {}),
    (6, "claims", "token.malformed", _bad_payload, {}),
    (6, "claims", "token.claim-missing", lambda: changed(TOKEN, ["acr"], ...), {}),
    (6, "claims", "token.claim", lambda: changed(TOKEN, ["verified_claims", "claims"], []), {}),
    (7, "issuer", "token.issuer", lambda: changed(TOKEN, ["iss"], "https://other.example"), {}),
    (8, "audience", "token.audience", lambda: changed(TOKEN, ["aud"], "H26.20"), {}),
    (9, "times", "token.expired", lambda: changed(TOKEN, ["exp"], NOW_S), {}),
    (10, "level", "token.level", lambda: issue(MADE, Level.ONE), {}),
    (11, "authentication", "token.auth-too-old", lambda: changed(TOKEN, ["auth_time"], NOW_S - 9), {"max_age_s": 5}),
    (12, "evidence", "token.evidence-too-old", lambda: TOKEN, {"max_evidence_age_s": 60}),
    (13, "holder", "token.nonce", lambda: TOKEN, {"nonce": "n"}),
    (13, "holder", "holder.unbound", lambda: TOKEN, {"nonce": "n", "holder": Holder.REQUIRED}),
    (14, "status", "status.unknown", lambda: changed(TOKEN, ["status", "status_list", "uri"], "x"), {}),
    (15, "replay", "token.replayed", lambda: TOKEN, {"used": True}),
]


@pytest.mark.parametrize(("number", "rule", "code", "bad", "options"), REFUSALS)
def test_refused_by_each_rule(
    number: int, rule: str, code: str, bad: Callable[[], str], options: dict[str, Any]
) -> None:
    options, kept, memory = dict(options), Kept(), MemoryReplay()
    keys = {}
    if options.pop("retired", False):
        keys["keys"] = KeySet.from_jwks(KEYS.rotate(at=NOW - timedelta(minutes=5)).public_jwks())
    if options.pop("used", False):
        memory.use(ISSUER, parts(TOKEN)[1]["jti"], NOW_S + 600, NOW_S)
    token = bad()
    with pytest.raises(EidError) as caught:
        verifier(MADE, journal=kept, replay=memory, **keys).verify(token, level=Level.TWO, **options)
    (entry,) = kept.entries
    assert caught.value.code == code
    assert (entry.accepted, entry.check, entry.rule, entry.code) == (False, number, rule, code)
    proven = number > 6 or code == "token.key-inactive" or code.startswith("token.claim")
    assert (entry.token_id, entry.subject) == (
        (parts(token)[1]["jti"], parts(token)[1]["sub"]) if proven else (None, None)
    )


def test_an_entry_never_holds_the_token_a_name_or_a_number() -> None:
    kept = Kept()
    judge = verifier(MADE, journal=kept)
    full = issue(MADE, person=PERSON)
    judge.verify(full, level=Level.TWO)
    for bad in (full, full + "=", reheaded(full, typ=PERSON.full_name), changed(full, ["iss"], PERSON.full_name)):
        with pytest.raises(EidError):
            judge.verify(bad, level=Level.TWO)
    written = "".join(repr(entry) + json.dumps(entry.to_dict(), ensure_ascii=False) for entry in kept.entries)
    assert len(kept.entries) == 5
    for secret in (PERSON.full_name, PERSON.number.value, full, full.rpartition(".")[2], "birthdate"):
        assert secret not in written


@pytest.mark.parametrize("value", [5, None, ["x"], "x" * 501, {"a": 1}])
def test_identifiers_of_the_wrong_type_are_not_written(value: Any) -> None:
    kept = Kept()
    with pytest.raises(VerificationError):
        verifier(MADE, journal=kept).verify(changed(TOKEN, ["jti"], value), level=Level.TWO)
    assert kept.entries[0].token_id is None


def test_wrong_calls_are_no_verdicts() -> None:
    kept = Kept()
    with pytest.raises(UsageError):
        verifier(MADE, journal=kept).verify(TOKEN, level=2)  # type: ignore[arg-type]
    assert kept.entries == []
    with pytest.raises(UsageError):
        verifier(MADE, journal="journal.jsonl")


@pytest.mark.parametrize("error", [OSError("disk"), RuntimeError("x"), KeyError("x")])
def test_no_verdict_without_its_entry(error: Exception) -> None:
    judge = verifier(MADE, journal=Broken(error), replay=None)
    for token in (TOKEN, "junk", changed(TOKEN, ["exp"], NOW_S)):
        with pytest.raises(IndeterminateError) as caught:
            judge.verify(token, level=Level.TWO)
        assert (caught.value.code, caught.value.exit_status) == ("journal.unavailable", 3)


def test_a_journals_own_refusal_passes_as_it_is() -> None:
    with pytest.raises(IndeterminateError) as caught:
        verifier(MADE, journal=Broken(IndeterminateError("replay.full"))).verify(TOKEN, level=Level.TWO)
    assert caught.value.code == "replay.full"


def test_status_store_with_an_error_of_its_own_is_named_by_its_place() -> None:
    class Odd:
        def status(self, uri: str, index: int, now: float) -> Status:
            raise IndeterminateError("replay.full")

    kept = Kept()
    with pytest.raises(IndeterminateError):
        verifier(MADE, journal=kept, status=Odd()).verify(TOKEN, level=Level.TWO)
    assert (kept.entries[0].check, kept.entries[0].rule) == (14, "status")


def test_bound_tokens_are_journalled_alike() -> None:
    key, kept = Key.generate(), Kept()
    token = issue(MADE, holder=key)
    proof = make_proof(key, audience=AUDIENCE, nonce="n", over=token, at=NOW)
    judge = verifier(MADE, journal=kept)
    judge.verify(token, level=Level.TWO, nonce="n", holder=Holder.REQUIRED, proof=proof)
    assert kept.entries[0].accepted
    assert proof not in repr(kept.entries)


# the file


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("durable", [True, False])
def test_lines_of_a_file(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "journal.jsonl"
    judge = verifier(MADE, journal=JsonLinesJournal(path, durable=durable))
    judge.verify(TOKEN, level=Level.TWO)
    with pytest.raises(EidError):
        judge.verify(TOKEN, level=Level.TWO)
    first, second = lines(path)
    assert list(first) == list(JournalEntry.__dataclass_fields__)
    assert (first["accepted"], first["time"], first["proven_at"]) == (True, NOW.isoformat(), None)
    assert (second["accepted"], second["rule"], second["code"]) == (False, "replay", "token.replayed")
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_can_be_rotated(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    judge = verifier(MADE, replay=None, journal=JsonLinesJournal(path))
    judge.verify(TOKEN, level=Level.TWO)
    path.rename(tmp_path / "journal.1")
    judge.verify(TOKEN, level=Level.TWO)
    assert len(lines(path)) == len(lines(tmp_path / "journal.1")) == 1


def test_a_line_cut_by_a_power_failure_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"time":"2026-')
    verifier(MADE, journal=JsonLinesJournal(path)).verify(TOKEN, level=Level.TWO)
    cut, whole = path.read_text().splitlines()
    assert cut == '{"time":"2026-'
    assert json.loads(whole)["accepted"]


def test_a_full_disk_leaves_no_half_line_and_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    judge = verifier(MADE, replay=None, journal=JsonLinesJournal(path))
    judge.verify(TOKEN, level=Level.TWO)
    before, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:20]))
    with pytest.raises(IndeterminateError) as caught:
        judge.verify(TOKEN, level=Level.TWO)
    monkeypatch.undo()
    assert caught.value.code == "journal.unavailable"
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/full")
    for path in (tmp_path, tmp_path / "missing" / "journal", tmp_path / "pipe", tmp_path / "link", "a\0b"):
        for durable in (True, False):
            with pytest.raises(IndeterminateError) as caught:
                verifier(MADE, journal=JsonLinesJournal(path, durable=durable)).verify(TOKEN, level=Level.TWO)
            assert caught.value.code == "journal.unavailable"
    with pytest.raises(UsageError):
        JsonLinesJournal(5)  # type: ignore[arg-type]


def _append(path: Path, times: int) -> None:
    judge = verifier(MADE, replay=None, journal=JsonLinesJournal(path, durable=False))
    for _ in range(times):
        judge.verify(TOKEN, level=Level.TWO)


def test_many_processes_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_append, args=(path, 50)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(lines(path)) == 200
