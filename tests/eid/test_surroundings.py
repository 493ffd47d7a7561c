"""Attacks on what surrounds a token: status lists, memories, key files, threads, processes, streams; one test each."""

from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import stat
import subprocess
import sys
import textwrap
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from eid import (
    UNCHECKED,
    AuthenticationLevel,
    EidError,
    Evidence,
    IndeterminateError,
    Issuer,
    KeySet,
    Level,
    MalformedError,
    MemoryReplay,
    MissingExtraError,
    OpenedStatusList,
    Person,
    RefusedError,
    Sex,
    SqliteReplay,
    Status,
    StatusList,
    UsageError,
    VerificationError,
    Verifier,
    pkcs8,
    verify_step_proof,
)
from eid.files import write_file
from eid.issuer import FORGET_S
from eid.ledger import open_ledger
from eid.replay import CLOCKS_DIFFER_S

from ..patience import cost
from .made import (
    AUDIENCE,
    ISSUER,
    KEYS,
    LEVEL_TWO,
    NOW,
    NOW_S,
    PUBLIC,
    changed,
    issue,
    issuer,
    parts,
    verifier,
)


class Watch:
    """A clock that is set by hand, in seconds after NOW."""

    def __init__(self) -> None:
        self.s = 0

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=self.s)


def index_of(token: str) -> int:
    return parts(token)[1]["status"]["status_list"]["idx"]


# status lists


def test_full_status_list_has_room_again_when_tokens_have_ended() -> None:
    watch = Watch()
    made = Issuer(ISSUER, KEYS, clock=watch, status=StatusList("uri", 8))
    for _ in range(8):
        issue(made)
    with pytest.raises(RefusedError) as caught:
        issue(made)
    assert caught.value.code == "status.full"
    watch.s = 300 + FORGET_S + 1
    issue(made)


def test_revoking_a_long_ended_token_does_not_hit_the_next_holder_of_its_entry() -> None:
    watch = Watch()
    made = Issuer(ISSUER, KEYS, clock=watch, status=StatusList("uri", 1))
    old = issue(made)
    watch.s = 300 + FORGET_S + 1
    new = issue(made)
    assert index_of(old) == index_of(new)
    with pytest.raises(RefusedError) as caught:
        made.revoke(old)
    assert caught.value.code == "token.unknown"
    assert made.status_list.get(index_of(new)) is Status.VALID


def test_entry_of_a_revoked_token_is_given_away_only_when_no_list_in_use_calls_it_revoked() -> None:
    watch = Watch()
    made = Issuer(ISSUER, KEYS, clock=watch, status=StatusList("uri", 1))
    made.revoke(issue(made))
    watch.s = 300 + FORGET_S
    held = OpenedStatusList.open(made.status_token(), PUBLIC)
    assert held.status("uri", 0, NOW_S + watch.s) is Status.REVOKED
    watch.s += 1
    with pytest.raises(RefusedError):
        issue(made)
    with pytest.raises(RefusedError):
        made.revoke("")
    watch.s += FORGET_S + 1
    assert issue(made)
    with pytest.raises(IndeterminateError):
        held.status("uri", 0, NOW_S + watch.s)


def test_ledger_gives_the_entry_of_a_revoked_token_away_late_as_well(tmp_path: Path) -> None:
    def opened(s: int) -> Any:
        return open_ledger(tmp_path / "ledger", now=s, uri="uri")

    with opened(0) as ledger:
        index = ledger.status_list.allocate()
        ledger.note({"jti": "a", "exp": 300, "status": {"status_list": {"idx": index}}})
        ledger.set("a", Status.REVOKED)
    with opened(300 + FORGET_S + 1) as ledger:
        assert ledger.status_list.get(index) is Status.VALID
        assert "a" in ledger.tokens
    with opened(300 + 2 * FORGET_S + 3) as ledger:
        assert not ledger.tokens


def test_status_list_backdated_with_a_leaked_key_ends_when_the_key_is_revoked() -> None:
    made = issuer()
    token = issue(made)
    forged = made.status_token()  # dated before the revocation, as a thief of the key would date it
    revoked = KEYS.revoke(KEYS.active.kid, at=NOW + timedelta(seconds=10))
    held = OpenedStatusList.open(forged, KeySet.from_jwks(revoked.public_jwks()))
    verifier(made, 9, status=held).verify(token, level=Level.TWO)
    with pytest.raises(IndeterminateError) as caught:
        verifier(made, 10, status=held).verify(token, level=Level.TWO)
    assert caught.value.code == "status.stale"


def test_status_list_of_the_largest_size_opens() -> None:
    entries = StatusList("uri", 4_000_000)
    entries.set(3_999_999, Status.REVOKED)
    held = OpenedStatusList.open(entries.token(KEYS.active, at=NOW), PUBLIC)
    assert held.status("uri", 3_999_999, NOW_S) is Status.REVOKED


def test_entries_and_tokens_stay_apart_under_many_threads() -> None:
    watch = Watch()
    made = Issuer(ISSUER, KEYS, clock=watch, status=StatusList("uri", 400))
    tokens: list[str] = []
    failures: list[BaseException] = []
    before = sys.getswitchinterval()

    def work() -> None:
        try:
            for _ in range(40):
                tokens.append(issue(made))
                made.revoke(parts(tokens[-1])[1]["jti"], status=Status.SUSPENDED)
        except BaseException as e:
            failures.append(e)

    sys.setswitchinterval(1e-6)
    try:
        for _ in range(2):  # the second time entries of the first are forgotten meanwhile
            tokens.clear()
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not failures
            assert len({index_of(token) for token in tokens}) == len(tokens) == 320
            watch.s += 2 * FORGET_S + 700
            with pytest.raises(RefusedError):
                made.revoke("unknown")
            made.store.forget(NOW_S + watch.s)
            watch.s += 2 * FORGET_S + 700
    finally:
        sys.setswitchinterval(before)


def test_refusals_of_a_full_status_list_cost_little() -> None:
    entries = StatusList("uri", (1 << 20) + 3)
    entries._used[:] = b"\xff" * len(entries._used)
    with cost(1.5):
        for _ in range(20):  # looking at each entry by itself took 0.1 s
            with pytest.raises(RefusedError):
                entries.allocate()
    entries._used[-1] = 0b11  # only the last of the three entries in the last byte is free
    assert entries.allocate() == 1 << 20 | 2
    with pytest.raises(RefusedError):
        entries.allocate()


@pytest.mark.parametrize("uri", ["\ud800", "a\nb", 5, None, b"uri"])
def test_status_list_with_a_name_that_no_token_can_carry(uri: Any) -> None:
    with pytest.raises(UsageError):
        StatusList(uri)


# replay memory


def test_full_replay_memory_answers_at_once() -> None:
    memory = MemoryReplay(max_entries=200_000)
    for number in range(200_000):
        memory.use(ISSUER, str(number), NOW_S + 100 + number // 1000, NOW_S)
    with pytest.raises(IndeterminateError):
        memory.use(ISSUER, "first", NOW_S + 600, NOW_S)
    with cost(10):
        for number in range(500):  # each of them read all entries before: seconds, not milliseconds
            with pytest.raises(IndeterminateError):
                memory.use(ISSUER, f"more {number}", NOW_S + 600, NOW_S + 99)
    assert memory.use(ISSUER, "later", NOW_S + 600, NOW_S + 100)


def test_replay_file_is_not_emptied_by_a_process_whose_clock_is_ahead(tmp_path: Path) -> None:
    memory = SqliteReplay(tmp_path / "used.db")
    assert memory.use(ISSUER, "a", NOW_S + 60, NOW_S)
    assert memory.use(ISSUER, "b", NOW_S + 300, NOW_S + 90)  # half a minute ahead and more
    assert not memory.use(ISSUER, "a", NOW_S + 60, NOW_S + 59)
    assert memory.use(ISSUER, "c", NOW_S + 300, NOW_S + 60 + CLOCKS_DIFFER_S)
    assert memory.use(ISSUER, "a", NOW_S + 60, NOW_S)  # forgotten: the file does not grow for ever
    memory.close()
    with pytest.raises(IndeterminateError):
        memory.use(ISSUER, "d", NOW_S + 60, NOW_S)


@pytest.mark.parametrize("path", ["", ":memory:", b"", 5, None])
def test_replay_file_without_a_name_would_remember_nothing(path: Any) -> None:
    with pytest.raises(UsageError):
        SqliteReplay(path)


@pytest.mark.parametrize("path", ["a\0b", b"a\0b", "half \ud800", "/dev/null", "."])
def test_replay_file_that_cannot_be_one_is_no_permission(path: Any) -> None:
    with pytest.raises(IndeterminateError) as caught:
        SqliteReplay(path).use(ISSUER, "a", NOW_S + 60, NOW_S)
    assert caught.value.code == "replay.unavailable"


def test_replay_file_and_those_beside_it_are_nobody_else_s_to_read_or_lock(tmp_path: Path) -> None:
    memory = SqliteReplay(tmp_path / "used.db")
    assert memory.use(ISSUER, "a", NOW_S + 60, NOW_S)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    memory.close()


# verifiers


def test_known_header_does_not_cross_to_another_kind_or_verifier() -> None:
    made = issuer()
    token = issue(made)
    first = verifier(made, replay=None)
    first.verify(token, level=Level.TWO)
    other_key = {**KEYS.keys[1].to_jwk(), "kid": KEYS.active.kid}  # the same name, so the same header bytes
    for keys in (KeySet.from_jwks({"keys": [other_key]}), KeySet.from_jwks({"keys": [KEYS.keys[1].to_jwk()]})):
        with pytest.raises(VerificationError):
            verifier(made, keys=keys, replay=None).verify(token, level=Level.TWO)
    with pytest.raises(VerificationError):
        verify_step_proof(token, PUBLIC, **STEP)
    first.verify(token, level=Level.TWO)


def test_headers_are_remembered_for_good_signatures_only() -> None:
    made = issuer()
    judge = verifier(made, replay=None)
    head, _, signature = issue(made).split(".")
    for payload in ("e30", "AAAA"):
        with pytest.raises(VerificationError):
            judge.verify(f"{head}.{payload}.{signature}", level=Level.TWO)
    assert not judge._headers


@pytest.mark.parametrize("options", [{"status": "none"}, {"status": False}, {"replay": {}}, {"replay": "memory"}])
def test_verifier_with_something_else_for_a_memory(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        verifier(issuer(), **options)


@pytest.mark.parametrize(
    "options", [{"nonce": ""}, {"nonce": True}, {"nonce": 1}, {"nonce": b"n"}, {"max_age_s": "600"}, {"max_age_s": []}]
)
def test_expectations_of_another_type(options: dict[str, Any]) -> None:
    made = issuer()
    for nonce in ("", 1, True):
        with pytest.raises(UsageError):
            verifier(made).verify(changed(issue(made), ["nonce"], nonce), level=Level.TWO, **options)


def test_clock_that_gives_nothing_is_not_now() -> None:
    made = issuer()
    judge = verifier(made, clock=lambda: None)
    with pytest.raises(UsageError):
        judge.verify(issue(made), level=Level.TWO)


class Nowhere(tzinfo):
    """A time zone that does not say how far it is from UTC."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


def test_time_zone_that_says_nothing_is_no_time_zone() -> None:
    time = datetime(2026, 1, 1, tzinfo=Nowhere())
    with pytest.raises(MalformedError):
        Evidence(kind="chip", method="match", time=time)
    with pytest.raises(UsageError):
        KEYS.rotate(at=time)


STEP: dict[str, Any] = {
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "nonce": "n",
    "certificate_sha256": bytes(32),
    "level": Level.TWO,
    "auth_level": AuthenticationLevel.TWO,
    "at": NOW,
}


@pytest.mark.parametrize(
    "options",
    [{"certificate_sha256": "x" * 32}, {"certificate_sha256": None}, {"nonce": 5}, {"auth_level": None}, {"at": 5}],
)
def test_step_proof_expected_with_another_type(options: dict[str, Any]) -> None:
    made = issuer()
    asked = {name: STEP[name] for name in ("level", "auth_level", "audience", "nonce", "certificate_sha256")}
    proof = made.prove_step(**asked)
    verify_step_proof(proof, PUBLIC, **STEP)
    with pytest.raises(UsageError):
        verify_step_proof(proof, PUBLIC, **{**STEP, **options})
    if "at" not in options:
        with pytest.raises(UsageError):
            made.prove_step(**{**asked, **options})


# issuers


def test_claims_named_by_a_generator_are_not_lost() -> None:
    _, claims = parts(issue(issuer(), claims=(name for name in ("name", "gender"))))
    assert set(claims["verified_claims"]["claims"]) == {"name", "gender"}


@pytest.mark.parametrize(
    "call",
    [
        lambda made: issue(made, claims=5),
        lambda made: issue(made, claims="name"),
        lambda made: issue(made, claims=[["name"]]),
        lambda made: issue(made, amr=5),
        lambda made: issue(made, amr="pwd"),
        lambda made: issue(made, amr=(["pwd"],)),
        lambda made: made.revoke(5),
        lambda made: made.revoke(issue(made), status=3),
        lambda made: made.revoke(issue(made), status=True),
        lambda _: Issuer(ISSUER, KEYS.public_jwks()),  # type: ignore[arg-type]
    ],
)
def test_calls_of_another_type_are_usage_errors(call: Callable[[Issuer], object]) -> None:
    with pytest.raises(UsageError):
        call(issuer())


def test_vneid_in_full_width_letters() -> None:
    with pytest.raises(RefusedError) as caught:
        Issuer("https://\N{FULLWIDTH LATIN CAPITAL LETTER V}NeID.example", KEYS)
    assert caught.value.code == "issuer.name"


@pytest.mark.parametrize(
    "method",
    [
        *("APP", "Video", " remote ", "ONLINE", "video-call", "videoCall", "VideoCall", "by video", "video_2", "app3"),
        *(
            "Ｒｅｍｏｔｅ",
            "ｖｉｄｅｏ call",
            "r e m o t e",
            "v.i.d.e.o",
            "self declared",
            "Self_Declared",
            "selfdeclared",
        ),
        *("face match (online)", "via the VNeID-app", "match/PVR"),
    ],
)
def test_remote_check_in_other_letters_and_words_is_remote(method: str) -> None:
    evidence = [Evidence(kind=item.kind, method=method, time=item.time) for item in LEVEL_TWO]
    with pytest.raises(RefusedError) as caught:
        issue(issuer(), evidence=evidence)
    assert caught.value.code == "evidence.remote"


@pytest.mark.parametrize("method", ["in-person", "match", "passive-authentication", "trực tiếp", "approved", "HAPPY"])
def test_words_that_only_begin_like_a_remote_method_are_in_person(method: str) -> None:
    assert issue(issuer(), evidence=[Evidence(kind=item.kind, method=method, time=item.time) for item in LEVEL_TWO])


def test_evidence_in_any_sequence() -> None:
    assert issue(issuer(), evidence=deque(LEVEL_TWO))


@pytest.mark.parametrize(
    ("text", "sex"),
    [("Male", Sex.MALE), ("NAM", Sex.MALE), ("M", Sex.MALE), ("FEMALE", Sex.FEMALE), ("nu\u031b\u0303", Sex.FEMALE)],
)
def test_sex_in_other_spellings(text: str, sex: Sex) -> None:
    person = Person(number="001090123456", full_name="A", birth_date=date(1990, 1, 1), sex=text)  # type: ignore[arg-type]
    assert person.sex is sex


def test_contract_as_it_is_written(tmp_path: Path) -> None:
    """Every call that others make, with their keywords and their defaults."""
    KeySet.generate(alg="ES256").save(tmp_path / "keys.pem", lambda _: "secret")
    keys = KeySet.load(str(tmp_path / "keys.pem"), ask=lambda _: "secret")
    made = Issuer("https://id.example.vn", keys=keys, clock=lambda: datetime.now(UTC))
    person = Person(number="001090123456", full_name="A", birth_date=date(1990, 1, 1), sex="male", nationality="VN")  # type: ignore[arg-type]
    evidence = [Evidence(kind=k, method="match", time=datetime.now(UTC)) for k in ("chip", "face", "fingerprint")]
    token = made.issue(person, Level.TWO, audience="H26.19", auth_level=AuthenticationLevel.THREE, evidence=evidence)
    judge = Verifier(
        keys=KeySet.from_jwks(json.loads(json.dumps(made.keys.public_jwks()))),
        issuer="https://id.example.vn",
        audience="H26.19",
        status=UNCHECKED,
        replay=None,
        clock=lambda: datetime.now(UTC),
    )
    identity = judge.verify(token=token, level=Level.TWO, auth_level=None, nonce=None, max_age_s=None)
    assert identity.level is Level.TWO


# errors


@pytest.mark.parametrize(
    "error",
    [
        VerificationError("token.level", actual=Level.ONE, needed=Level.TWO),
        UsageError("key.public-only"),
        MissingExtraError("scan"),
        IndeterminateError("status.unknown"),
    ],
)
def test_errors_cross_process_pools(error: EidError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert (again.code, again.text, again.text_vi, str(again)) == (
            error.code,
            error.text,
            error.text_vi,
            str(error),
        )


def test_identities_cross_process_pools_and_private_keys_do_not() -> None:
    made = issuer()
    identity = verifier(made).verify(issue(made), level=Level.TWO)
    again = pickle.loads(pickle.dumps(identity))
    assert again == identity
    assert (again.level, again.claims["name"]) == (Level.TWO, "Nguyễn Văn A")
    with pytest.raises(TypeError):
        again.token_claims["sub"] = "other"
    for secret in (KEYS, KEYS.active, made):
        with pytest.raises(TypeError):
            pickle.dumps(secret)


def test_error_keeps_no_exception_whose_frames_hold_secrets() -> None:
    try:
        raise ValueError("why")
    except ValueError as e:
        error = MalformedError("key.malformed", where="k", why=e, why_vi="")
    assert error.details["why"] == "why"


# key files


def _encrypted(kdf: bytes) -> str:
    body = pkcs8._sequence(
        pkcs8._sequence(
            pkcs8._PBES2_OID,
            pkcs8._sequence(kdf, pkcs8._sequence(pkcs8._AES256_CBC_OID, pkcs8._octets(bytes(16)))),
        ),
        pkcs8._octets(bytes(144)),
    )
    lines = "\n".join(textwrap.wrap(base64.b64encode(body).decode("ascii"), 64))
    label = "ENCRYPTED PRIVATE KEY-----"
    return f'eid-key-1 {{"kid":"k"}}\n-----BEGIN {label}\n{lines}\n-----END {label}\n'


def _scrypt(n: int, r: int, p: int) -> bytes:
    costs = b"".join(map(pkcs8._integer, (n, r, p)))
    return pkcs8._sequence(pkcs8._SCRYPT_OID, pkcs8._sequence(pkcs8._octets(bytes(16)), costs))


@pytest.mark.parametrize(
    "kdf",
    [
        _scrypt(1 << 20, 8, 1),
        _scrypt(1 << 40, 8, 1),
        _scrypt(1 << 14, 1 << 30, 1),
        _scrypt(1 << 14, 8, 1 << 20),
        _scrypt(0, 8, 1),
        _scrypt(3, 0, 0),
        pkcs8._sequence(
            bytes.fromhex("06092a864886f70d01050c"),
            pkcs8._sequence(pkcs8._octets(bytes(16)), pkcs8._integer(2**31 - 1)),
        ),
        pkcs8._sequence(pkcs8._SCRYPT_OID, pkcs8._sequence(pkcs8._octets(bytes(16)))),
    ],
    ids=["1-gb", "1-pb", "r", "p", "nothing", "odd", "pbkdf2-2-billion", "no-costs"],
)
def test_key_file_that_would_take_hours_or_all_memory_to_open(tmp_path: Path, kdf: bytes) -> None:
    (tmp_path / "k").write_text(_encrypted(kdf))
    with cost(10):
        with pytest.raises(EidError) as caught:
            KeySet.load(tmp_path / "k", lambda _: "secret")
        assert caught.value.code in ("key.malformed", "key.password")


def test_key_that_is_not_encrypted_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
    keys = KeySet.generate()
    keys.save(tmp_path / "k", lambda _: "secret")
    (tmp_path / "k").write_text((tmp_path / "k").read_text().replace("ENCRYPTED PRIVATE", "PRIVATE"))
    with pytest.raises(MalformedError) as caught:
        KeySet.load(tmp_path / "k", lambda _: "secret")
    assert caught.value.code == "key.malformed"


def test_damaged_entry_of_a_key_file_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
    KeySet.generate().rotate().save(tmp_path / "k", lambda _: "secret")
    text = (tmp_path / "k").read_text()
    parts = text.split("eid-key-1 ")[1:]
    assert len(parts) == 4  # active, next, retired, pairwise secret
    for number, part in enumerate(parts):
        for damaged in (part.replace("{", "[", 1), part.replace("-----END", "-----FIN"), part.replace("\nM", "\n*", 1)):
            changed = [*parts[:number], damaged, *parts[number + 1 :]]
            (tmp_path / "k").write_text("".join(f"eid-key-1 {entry}" for entry in changed))
            with pytest.raises(MalformedError) as caught:
                KeySet.load(tmp_path / "k", lambda _: "secret")
            assert caught.value.code == "key.malformed"
    (tmp_path / "k").write_text(f"eid-key-1 {parts[-1]}")
    with pytest.raises(MalformedError) as caught:
        KeySet.load(tmp_path / "k", lambda _: "secret")
    assert caught.value.code == "key.malformed"


@pytest.mark.parametrize("end", [10**30, -1, True, 1.5, "1"])
def test_ledger_with_a_time_that_cannot_be_written_back(tmp_path: Path, end: Any) -> None:
    ledger = {"format": "eid-ledger-1", "uri": "u", "size": 8, "tokens": {"a": [1, end]}, "changed": {}}
    (tmp_path / "ledger").write_text(json.dumps(ledger))
    with pytest.raises(MalformedError), open_ledger(tmp_path / "ledger", now=0):
        pass


@pytest.mark.parametrize("password", ["\ud800", b"secret", None, 5])
def test_password_that_is_no_text(tmp_path: Path, password: Any) -> None:
    with pytest.raises(UsageError) as caught:
        KeySet.generate().save(tmp_path / "k", lambda _: password)
    assert caught.value.code == "key.password"
    assert not list(tmp_path.iterdir())


def test_password_of_odd_bytes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
    keys = KeySet.generate()
    keys.save(tmp_path / "k", lambda _: "\udcff")
    assert KeySet.load(tmp_path / "k", lambda _: "\udcff").active.kid == keys.active.kid


# files and streams


def test_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"text")
    reader.join()
    assert got == [b"text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(UsageError):
        write_file(pipe, b"text", overwrite=False)
    with pytest.raises(UsageError):
        write_file(tmp_path, b"text")


def test_link_is_replaced_and_what_it_points_to_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to("precious")
    with pytest.raises(UsageError):
        write_file(tmp_path / "link", b"text", overwrite=False)
    write_file(tmp_path / "link", b"text")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "link").is_symlink()


def test_no_lock_is_left_beside_a_ledger_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, uri in (("missing", None), ("folder", "uri")):
        with pytest.raises(UsageError), open_ledger(tmp_path / name, now=0, uri=uri):
            pass
    with pytest.raises(UsageError), open_ledger("/dev/null", now=0, uri="uri"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert not Path("/dev/null.lock").exists()


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """One line of bash in which `eid` is the command of this source tree; stdin is what it says, or closed."""
    root = str(Path(__file__).parents[2])
    script = f'eid() {{ "{sys.executable}" -m eid "$@"; }}\n{line}'
    variables = {**os.environ, "PYTHONPATH": root, **environment}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=variables, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("eid number --json - <&-", 2),
        ("eid keys publish keys.pem <&-", 2),
        ("eid number --json 001090123456 >&-", 2),
        ("eid number 001090123456 >&-", 2),
        ("eid number 001090123456 2>&-", 0),
        ("eid number 001 2>&- >&- <&-", 1),
        ("eid number --json 001090123456 >/dev/full", 2),
        ("eid number 001 2>/dev/full", 1),
        ("eid number 001090123456 | true; exit ${PIPESTATUS[0]}", 141),
        ("eid keys new -", 2),
        ("eid status --keys keys.pem --ledger -", 2),
        ("eid number --js 001090123456", 2),
    ],
)
def test_closed_full_and_broken_streams(tmp_path: Path, line: str, status: int) -> None:
    done = shell(tmp_path, line)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_names_survive_a_stream_that_is_not_utf_8(tmp_path: Path) -> None:
    for encoding in ("ascii", "latin-1", "utf-8"):
        done = shell(tmp_path, "eid number --json 001090123456", PYTHONIOENCODING=encoding)
        assert json.loads(done.stdout)["place"] == "Hà Nội"
