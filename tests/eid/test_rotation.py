"""The life of keys: next, active, retired; published before they sign; files that two processes change; devices."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import EidError, Issuer, Key, KeySet, Level, MalformedError, RefusedError, UsageError, pkcs8
from eid.jws import header_segment, open_compact, sign_compact
from eid.keys import KeyState, Purpose, change_file, rotate_file, state_of

from ..patience import HANG_S, cost
from .made import ISSUER, NOW, NOW_S, clock, issue, verifier

WEEK = timedelta(days=7)
WEEK_S = 7 * 86_400


@pytest.fixture(autouse=True)
def cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)


def ask(_: str) -> str:
    return "mật khẩu"


def states(keys: KeySet) -> list[str]:
    return [state_of(key).value for key in keys.keys]


# states and times


def test_a_key_is_next_then_active_then_retired() -> None:
    keys = KeySet.generate(at=NOW)
    first, second = keys.keys
    assert states(keys) == ["active", "next"]
    assert (first.iat, first.published, second.iat, second.published) == (NOW_S, NOW_S, None, NOW_S)
    keys = keys.rotate(at=NOW + WEEK)
    assert states(keys) == ["active", "next", "retired"]
    assert [key.kid for key in keys.keys[::2]] == [second.kid, first.kid]
    assert (keys.active.iat, keys.keys[2].exp) == (NOW_S + WEEK_S,) * 2
    assert keys.next is not None
    assert keys.next.published == NOW_S + WEEK_S
    assert KeyState.RETIRED == "retired"


def test_the_next_key_is_published_before_it_signs() -> None:
    keys = KeySet.generate(at=NOW)
    jwks = keys.public_jwks()
    rotated = keys.rotate(at=NOW + WEEK, lead_s=WEEK_S)
    assert KeySet.from_jwks(jwks).find(rotated.active.kid) is not None
    with pytest.raises(RefusedError) as caught:
        keys.rotate(at=NOW + WEEK, lead_s=WEEK_S + 1)
    assert caught.value.code == "key.not-published"
    with pytest.raises(RefusedError):
        rotated.rotate(at=NOW + WEEK, lead_s=1)
    with pytest.raises(RefusedError):
        keys.rotate(at=NOW - WEEK, lead_s=1)


def test_a_key_of_unknown_publication_waits_for_nobody_but_a_stated_lead() -> None:
    """Files of an earlier version do not say when the next key was published."""
    keys = KeySet([key.replace(published=None) for key in KeySet.generate(at=NOW).keys])
    assert states(keys.rotate(at=NOW + WEEK)) == ["active", "next", "retired"]
    with pytest.raises(RefusedError):
        keys.rotate(at=NOW + WEEK, lead_s=1)


def test_tokens_of_all_keys_verify_through_every_rotation() -> None:
    keys, tokens = KeySet.generate("ES384", at=NOW), []
    for _ in range(4):
        key = keys.active
        tokens.append((key.kid, sign_compact(key, header_segment(key, "eid+jwt"), b"{}")))
        keys = keys.rotate(at=NOW)
    public = KeySet.from_jwks(keys.public_jwks())
    for kid, token in tokens:
        assert open_compact(token, "eid+jwt", public.find, known={})[1].kid == kid


@pytest.mark.parametrize("alg", ["ES256", "ES384", "Ed25519", "EdDSA"])
def test_an_issuer_and_a_verifier_with_keys_of_any_algorithm(alg: str) -> None:
    keys = KeySet.generate(alg, at=NOW)
    made = Issuer(ISSUER, keys, clock=clock())
    judge = verifier(made, keys=KeySet.from_jwks(keys.public_jwks()))
    assert judge.verify(issue(made), level=Level.TWO).issuer == ISSUER


def test_a_revoked_next_key_is_replaced_and_never_signs() -> None:
    keys = KeySet.generate(at=NOW)
    stolen = keys.keys[1].kid
    after = keys.revoke(stolen, at=NOW)
    assert sorted(states(after)) == ["active", "next", "retired"]
    assert after.active.kid == keys.active.kid
    later = after.rotate(at=NOW + WEEK)
    gone = later.find(stolen)
    assert later.active.kid != stolen
    assert gone is not None
    assert (gone.private, gone.revoked) == (False, NOW_S)


# files


def test_every_algorithm_purpose_and_time_comes_back_from_a_file(tmp_path: Path) -> None:
    for alg in ("ES256", "ES384", "Ed25519", "EdDSA"):
        keys = KeySet.generate(alg, purpose=Purpose.SEAL, at=NOW).rotate(at=NOW + WEEK)
        keys = keys.revoke(keys.keys[-1].kid, at=NOW + WEEK)
        keys.save(tmp_path / alg, ask)
        again = KeySet.load(tmp_path / alg, ask)
        assert again.public_jwks() == keys.public_jwks()
        assert [key.published for key in again.keys] == [key.published for key in keys.keys]
        assert states(again) == states(keys)
        again.find(keys.active.kid).verify_raw(b"data", again.active.sign_raw(b"data"))  # type: ignore[union-attr]
        assert again.pseudonym("a", "b") == keys.pseudonym("a", "b")


def test_an_edwards_key_and_the_pairwise_secret_are_not_taken_for_each_other(tmp_path: Path) -> None:
    keys = KeySet.generate("Ed25519")
    path = tmp_path / "k"
    keys.save(path, ask)
    text = path.read_text()
    for bad in (
        text.replace('{"use":"pairwise"}', '{"kid":"x","alg":"EdDSA"}'),
        text.replace("eid-key-1 {", 'eid-key-1 {"use":"pairwise",', 1),
        text.replace('"alg":"Ed25519"', '"alg":"ES256"'),
        text.replace('"alg":"Ed25519"', '"alg":"HS256"'),
        text.replace('"alg":"Ed25519"', '"alg":["Ed25519"]'),
        text.replace('"alg":"Ed25519"', '"purpose":"payments","alg":"Ed25519"'),
        text.replace('"kid":', '"kid":5,"name":'),
    ):
        assert bad != text
        path.write_text(bad)
        with pytest.raises(MalformedError):
            KeySet.load(path, ask)


def test_a_file_of_the_first_version_is_read(tmp_path: Path) -> None:
    keys = KeySet.generate(at=NOW)
    keys.save(tmp_path / "k", ask)
    old = (tmp_path / "k").read_text().replace(f',"published":{NOW_S}', "")
    assert "published" not in old
    (tmp_path / "k").write_text(old)
    assert KeySet.load(tmp_path / "k", ask).public_jwks() == keys.public_jwks()


def test_published_keys_of_others_can_be_kept_in_a_file(tmp_path: Path) -> None:
    rsa_key = Key.external(rsa.generate_private_key(65537, 2048).public_key(), lambda _: b"", alg="RS256")
    names = ("khóa-chính", "k" * 200, "số " * 60)
    jwks = {"keys": [rsa_key.to_jwk(), *({**Key.generate().to_jwk(), "kid": name} for name in names)]}
    keys = KeySet.from_jwks(jwks)
    keys.save(tmp_path / "k", ask)
    assert KeySet.load(tmp_path / "k", ask).public_jwks() == jwks
    text = (tmp_path / "k").read_text()
    (tmp_path / "k").write_text(text.replace('"thumbprint":"', '"thumbprint":"A'))
    with pytest.raises(MalformedError):
        KeySet.load(tmp_path / "k", ask)


@pytest.mark.parametrize("value", ["1e3", "true", "-1", str(10**30), str(1 << 39), '"0"', "[]"])
def test_a_file_with_a_time_that_is_none(tmp_path: Path, value: str) -> None:
    KeySet.generate(at=NOW).save(tmp_path / "k", ask)
    text = (tmp_path / "k").read_text()
    (tmp_path / "k").write_text(text.replace(f'"iat":{NOW_S}', f'"iat":{value}'))
    with pytest.raises(MalformedError):
        KeySet.load(tmp_path / "k", ask)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.booleans())
def test_any_change_of_a_byte_of_a_file(tmp_path: Path, place: int, value: int, cut: bool) -> None:
    """Either it is refused, or the change was in what the file says in clear: times, names of nothing, spaces."""
    data = bytearray(SAVED)
    data[place % len(data)] = value
    (tmp_path / "k").write_bytes(data[: place % len(data)] if cut else data)
    try:
        keys = KeySet.load(tmp_path / "k", ask)
    except EidError as e:
        assert e.code in ("key.malformed", "key.password", "jwks.malformed")
    else:
        assert {key.thumbprint for key in keys.keys} <= KNOWN


def _saved() -> tuple[bytes, set[str]]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
        keys = KeySet.generate("Ed25519", at=NOW).rotate(at=NOW)
        keys.save(Path(folder) / "k", ask)
        return (Path(folder) / "k").read_bytes(), {key.thumbprint for key in keys.keys}


SAVED, KNOWN = _saved()


CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from eid import pkcs8
from eid.keys import rotate_file
pkcs8.SCRYPT_N = 1 << 4
for i in range(int(sys.argv[2])):
    print(rotate_file(sys.argv[1], lambda _: "mật khẩu").active.kid, flush=True)
"""


def _child(path: Path, rotations: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", CHILD, str(path), str(rotations)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_that_rotate_at_once_lose_and_double_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    first = KeySet.generate()
    first.save(path, ask)
    children = [_child(path, 12) for _ in range(3)]
    said = [kid for child in children for kid in child.communicate(timeout=HANG_S)[0].split()]
    assert [child.returncode for child in children] == [0, 0, 0]
    keys = KeySet.load(path, ask)
    assert len(said) == len(set(said)) == 36
    assert {key.kid for key in keys.keys} - {keys.next and keys.next.kid} == {first.active.kid, *said}
    assert states(keys) == ["active", "next", *["retired"] * 36]
    assert keys.pseudonym("a", "b") == first.pseudonym("a", "b")


def test_a_lead_lets_one_of_two_processes_rotate(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    KeySet.generate(at=NOW).save(path, ask)
    rotate_file(path, ask, lead_s=WEEK_S, at=NOW + WEEK)
    with pytest.raises(RefusedError) as caught:
        rotate_file(path, ask, lead_s=WEEK_S, at=NOW + WEEK)
    assert caught.value.code == "key.not-published"
    assert states(KeySet.load(path, ask)) == ["active", "next", "retired"]


def test_a_process_killed_anywhere_leaves_the_keys_before_or_after(tmp_path: Path) -> None:
    path, chance = tmp_path / "keys.pem", random.Random(7)
    KeySet.generate().save(path, ask)
    for _ in range(6):
        before = KeySet.load(path, ask)
        child = _child(path, 10_000)
        assert child.stdout is not None
        said = [child.stdout.readline().strip()]  # it has begun
        time.sleep(chance.random() / 20)
        child.send_signal(signal.SIGKILL)
        said += child.communicate()[0].split()
        after = KeySet.load(path, ask)
        assert {key.kid for key in before.keys} <= {key.kid for key in after.keys}
        assert set(said) <= {key.kid for key in after.keys}
        assert states(after)[:2] == ["active", "next"]
        assert set(states(after)[2:]) == {"retired"}
        KeySet([after.active, after.next or after.active], secret=b"s" * 32).save(path, ask)  # small again


def test_a_link_to_a_file_stays_a_link_and_takes_the_same_lock(tmp_path: Path) -> None:
    path, link = tmp_path / "keys.pem", tmp_path / "link.pem"
    KeySet.generate().save(path, ask)
    link.symlink_to(path)
    said = [rotate_file(name, ask).active.kid for name in (link, path)]
    assert link.is_symlink()
    assert [KeySet.load(name, ask).active.kid for name in (link, path)] == [said[1]] * 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys.pem", "keys.pem.lock", "link.pem"]
    for wrong in ("bad\0name", tmp_path / "no" / "keys.pem", tmp_path):
        with pytest.raises(UsageError):
            rotate_file(wrong, ask)
    assert not list(tmp_path.glob("no*"))


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    KeySet.generate().save(path, ask)
    before = path.read_bytes()
    for wrong in (
        lambda: change_file(path, ask, lambda keys: keys.revoke("unknown")),
        lambda: rotate_file(path, lambda _: "no"),
    ):
        with pytest.raises(UsageError):
            wrong()
        assert path.read_bytes() == before
    with pytest.raises(EidError):
        rotate_file(tmp_path / "missing", ask)


# devices


EC = ec.generate_private_key(ec.SECP256R1())


def device(private: ec.EllipticCurvePrivateKey = EC, **options: object) -> Key:
    """An HSM that signs in DER, as PKCS #11 wrappers often do."""
    sign = lambda data: private.sign(data, ec.ECDSA(hashes.SHA256()))  # noqa: E731
    return Key.external(private.public_key(), sign, signature="der", **options)  # type: ignore[arg-type]


def test_a_device_issues_tokens_like_a_file() -> None:
    keys = KeySet.around(device(kid="hsm-1"), at=NOW)
    made = Issuer(ISSUER, keys, clock=clock())
    judge = verifier(made, keys=KeySet.from_jwks(keys.public_jwks()))
    assert judge.verify(issue(made), level=Level.TWO).level is Level.TWO
    assert "private=True" in repr(keys.active)


def test_a_device_key_is_kept_without_its_private_half_and_attached_again(tmp_path: Path) -> None:
    path = tmp_path / "k"
    keys = KeySet.around(device(kid="hsm-1", purpose=Purpose.TOKEN), at=NOW)
    keys.save(path, ask)
    text = path.read_text()
    assert '"external":true' in text
    assert text.count("ENCRYPTED PRIVATE KEY") == 2  # the pairwise secret's, begin and end
    loaded = KeySet.load(path, ask)
    with pytest.raises(UsageError) as caught:
        _ = loaded.active
    assert caught.value.code == "key.detached"
    attached = loaded.attach(device())
    key = attached.active
    assert (key.kid, key.purpose, key.iat, key.published) == ("hsm-1", Purpose.TOKEN, NOW_S, NOW_S)
    keys.active.verify_raw(b"data", key.sign_raw(b"data"))
    assert attached.pseudonym("a", "b") == keys.pseudonym("a", "b")
    other = ec.generate_private_key(ec.SECP256R1())
    for wrong in (device(other), Key(EC.public_key(), EC), Key.external(EC.public_key(), lambda _: b"").public()):
        with pytest.raises(UsageError):
            loaded.attach(wrong)


def test_a_device_rotates_to_the_key_that_it_was_given() -> None:
    coming = ec.generate_private_key(ec.SECP256R1())
    keys = KeySet.around(device(), at=NOW)
    with pytest.raises(RefusedError) as caught:
        keys.rotate(at=NOW + WEEK)
    assert caught.value.code == "key.no-next"
    ready = keys.with_next(device(coming), at=NOW + WEEK)
    with pytest.raises(RefusedError):
        ready.rotate(at=NOW + WEEK, lead_s=60)
    after = ready.rotate(at=NOW + 2 * WEEK, lead_s=WEEK_S)
    assert states(after) == ["active", "retired"]
    after.active.sign_raw(b"data")
    assert after.active.kid == device(coming).kid
    assert not after.keys[1].private


def test_from_a_file_to_a_device_and_back() -> None:
    keys = KeySet.generate(at=NOW).with_next(device(), at=NOW).rotate(at=NOW + WEEK)
    assert (keys.active.in_device, states(keys)) == (True, ["active", "retired"])
    back = keys.with_next(Key.generate()).rotate()
    assert (back.active.in_device, states(back)) == (False, ["active", "next", "retired", "retired"])


def test_a_next_key_with_times_or_without_a_private_half() -> None:
    keys = KeySet.generate()
    for wrong in (Key.generate(iat=1), Key.generate().public(), Key.generate(iat=1).replace(exp=2)):
        for change in (keys.with_next, KeySet.around):
            with pytest.raises(UsageError):
                change(wrong)


def test_what_is_published_says_nothing_of_devices_and_files() -> None:
    keys = KeySet.around(device(), at=NOW)
    assert set(keys.public_jwks()["keys"][0]) == {"kty", "crv", "x", "y", "alg", "use", "kid", "iat"}
    json.dumps(keys.public_jwks())


@pytest.mark.parametrize("lead", [float("nan"), float("inf"), -1, "3600", None])
def test_a_lead_that_could_never_refuse_is_our_error(lead: Any) -> None:
    with pytest.raises(UsageError):
        KeySet.generate(at=NOW).rotate(at=NOW, lead_s=lead)


def test_a_full_set_can_still_rotate_and_take_a_stolen_key_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.keys.MAX_KEYS", 4)
    keys, oldest = KeySet.generate(at=NOW), ""
    for week in range(4):
        oldest = keys.keys[-1].kid if len(keys.keys) == 4 else oldest
        keys = keys.rotate(at=NOW + week * WEEK)
    assert len(keys.keys) == 4
    assert keys.find(oldest) is None
    stolen, coming = keys.active, keys.next
    for kid in (stolen.kid, coming.kid if coming else ""):
        keys = keys.revoke(kid, at=NOW + 5 * WEEK)
        assert len(keys.keys) == 4
        assert keys.find(kid).revoked is not None  # type: ignore[union-attr]
    assert keys.active.kid not in (stolen.kid, coming.kid if coming else "")
    assert keys.next is not None


def test_a_key_file_of_thousands_of_keys_is_refused_before_they_are_read(tmp_path: Path) -> None:
    key = Key.generate()
    KeySet([key.public()]).save(tmp_path / "keys.pem", lambda _: "secret")
    (tmp_path / "keys.pem").write_bytes((tmp_path / "keys.pem").read_bytes() * 12_000)
    with cost(5):
        with pytest.raises(MalformedError) as caught:
            KeySet.load(tmp_path / "keys.pem", lambda _: "secret")
        assert (caught.value.code, "1000" in caught.value.text) == ("key.malformed", True)
