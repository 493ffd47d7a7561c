"""Keys: thumbprints, rotation, what is published, and what lies on disk."""

from __future__ import annotations

import json
import stat
import subprocess
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey

from eid import EidError, Key, KeySet, MalformedError, UsageError, VerificationError, pkcs8

from .made import KEYS, NOW, NOW_S


@pytest.fixture(autouse=True)
def cheap_scrypt(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_cost" not in request.fixturenames:
        monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)


@pytest.fixture
def real_cost() -> None:
    """The cost of guessing as it is shipped."""


def ask(_: str) -> str:
    return "mật khẩu"


def test_kid_is_the_rfc_7638_thumbprint() -> None:
    jwk = KEYS.active.to_jwk()
    assert ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")}).thumbprint() == jwk["kid"]


def test_generate_has_an_active_and_a_next_key() -> None:
    keys = KeySet.generate(at=NOW)
    assert [key.iat for key in keys.keys] == [NOW_S, None]
    assert keys.active is keys.keys[0]
    assert keys.next is keys.keys[1]


@pytest.mark.parametrize("alg", ["HS256", "none", "RS256", "PS256", "ES512", "ES256K", "Ed448", "es256", ""])
def test_keys_are_made_for_known_algorithms_alone(alg: str) -> None:
    with pytest.raises(UsageError) as caught:
        KeySet.generate(alg)
    assert caught.value.code == "key.algorithm"


@pytest.mark.parametrize(("alg", "size"), [("ES256", 64), ("ES384", 96), ("Ed25519", 64), ("EdDSA", 64)])
def test_each_algorithm_signs_and_its_key_says_its_name(alg: str, size: int) -> None:
    keys = KeySet.generate(alg)
    public = KeySet.from_jwks(keys.public_jwks()).keys[0]
    assert (public.alg, public.kid, keys.next and keys.next.alg) == (alg, keys.active.kid, alg)
    signature = keys.active.sign_raw(b"data")
    assert len(signature) == public.signature_bytes == size
    public.verify_raw(b"data", signature)
    for bad in (signature + b"\0", signature[:-1], b"", bytes(size), b"\xff" * size):
        with pytest.raises(VerificationError):
            public.verify_raw(b"data", bad)
    rotated = keys.rotate()
    assert {key.alg for key in rotated.keys} == {alg}


def test_rotation_activates_next_and_forgets_the_old_private_half() -> None:
    before = KeySet.generate(at=NOW)
    after = before.rotate(at=NOW + timedelta(days=1))
    assert after.active.kid == before.keys[1].kid
    assert after.active.iat == NOW_S + 86_400
    old = after.find(before.active.kid)
    assert old is not None
    assert (old.private, old.exp) == (False, NOW_S + 86_400)
    assert before.active.private  # the set itself is a value
    with pytest.raises(UsageError):
        old.sign_raw(b"")


def test_pairwise_subjects_survive_rotation_and_differ_by_audience(tmp_path) -> None:
    before = KeySet.generate()
    after = before.rotate()
    after.save(tmp_path / "k", ask)
    loaded = KeySet.load(tmp_path / "k", ask)
    names = {keys.pseudonym("a", "001090123456") for keys in (before, after, loaded)}
    assert len(names) == 1
    assert before.pseudonym("b", "001090123456") not in names
    assert KeySet.generate().pseudonym("a", "001090123456") not in names


def test_published_keys_hold_no_private_member() -> None:
    keys = KeySet.generate().rotate().rotate()
    text = json.dumps(keys.public_jwks())
    for jwk in keys.public_jwks()["keys"]:
        assert set(jwk) <= {"kty", "crv", "x", "y", "alg", "use", "kid", "iat", "exp", "revoked"}
    assert '"d"' not in text
    public = KeySet.from_jwks(json.loads(text))
    assert public.public_jwks() == keys.public_jwks()
    assert not any(key.private for key in public.keys)
    with pytest.raises(UsageError) as caught:
        _ = public.active
    assert caught.value.code == "key.public-only"
    with pytest.raises(UsageError):
        public.pseudonym("a", "b")


def test_repr_shows_identifiers_only() -> None:
    key = KeySet.generate().active
    private = key.private_key
    assert private is not None
    secret = private.private_numbers().private_value
    for shown in (repr(key), repr(KeySet([key])), str(key)):
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown


def test_saved_keys_come_back(tmp_path) -> None:
    keys = KeySet.generate(at=NOW).rotate(at=NOW).rotate(at=NOW)
    keys = keys.revoke(keys.keys[-1].kid, at=NOW)
    path = tmp_path / "keys.pem"
    keys.save(path, ask)
    loaded = KeySet.load(path, ask)
    assert loaded.public_jwks() == keys.public_jwks()
    loaded.active.verify_raw(b"data", keys.active.sign_raw(b"data"))
    assert loaded.next is not None


def test_file_is_private_encrypted_and_leaves_nothing_beside(tmp_path) -> None:
    path = tmp_path / "keys.pem"
    keys = KeySet.generate()
    keys.save(path, ask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["keys.pem"]
    text = path.read_text()
    assert text.count("BEGIN ENCRYPTED PRIVATE KEY") == 3
    assert "BEGIN PRIVATE KEY" not in text
    assert "BEGIN EC" not in text


def test_openssl_opens_the_active_key(tmp_path, real_cost: None) -> None:
    path = tmp_path / "keys.pem"
    keys = KeySet.generate()
    keys.save(path, lambda _: "secret")
    out = subprocess.run(
        ["openssl", "pkey", "-in", path, "-passin", "pass:secret", "-pubout", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    x = keys.active.public_key.public_numbers().x.to_bytes(32, "big")
    assert x in out
    wrong = subprocess.run(["openssl", "pkey", "-in", path, "-passin", "pass:other", "-noout"], capture_output=True)
    assert wrong.returncode != 0


@pytest.mark.parametrize("password", ["", "wrong"])
def test_wrong_or_missing_password(tmp_path, password: str) -> None:
    KeySet.generate().save(tmp_path / "k", ask)
    with pytest.raises(UsageError) as caught:
        KeySet.load(tmp_path / "k", lambda _: password)
    assert (caught.value.code, caught.value.exit_status) == ("key.password", 2)
    assert str(caught.value).count("wrong") == 1


def test_empty_password_is_refused_before_anything_is_written(tmp_path) -> None:
    with pytest.raises(UsageError):
        KeySet.generate().save(tmp_path / "k", lambda _: "")
    assert not list(tmp_path.iterdir())


def test_existing_file_is_kept(tmp_path) -> None:
    (tmp_path / "k").write_text("precious")
    with pytest.raises(UsageError) as caught:
        KeySet.generate().save(tmp_path / "k", ask, overwrite=False)
    assert caught.value.code == "usage.output-exists"
    assert (tmp_path / "k").read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1


def test_missing_folder_and_file(tmp_path) -> None:
    with pytest.raises(UsageError):
        KeySet.generate().save(tmp_path / "no" / "k", ask)
    with pytest.raises(UsageError):
        KeySet.load(tmp_path / "nothing", ask)
    with pytest.raises(UsageError):
        KeySet.load("bad\0name", ask)


def test_swapped_entries_truncation_and_garbage_in_the_file(tmp_path) -> None:
    keys = KeySet.generate()
    path = tmp_path / "k"
    keys.save(path, ask)
    text = path.read_text()
    first, second = keys.keys[0].kid, keys.keys[1].kid
    for bad in (
        text.replace(first, "?").replace(second, first).replace("?", second),
        text.replace('"kid"', '"name"'),
        text[:200],
        text.replace("eid-key-1", "eid-key-9"),
        text.replace('"iat":', '"iat":"x","was":'),
        text.replace("KEY-----\nMI", "KEY-----\nMJ"),
    ):
        path.write_text(bad)
        with pytest.raises(EidError):
            KeySet.load(path, ask)
    path.write_bytes(b"\xff" + text.encode())
    with pytest.raises(MalformedError):
        KeySet.load(path, ask)
    path.write_bytes(b"x" * (3 * 1024 * 1024))
    with pytest.raises(EidError):
        KeySet.load(path, ask)


def test_raw_signatures() -> None:
    key, other = Key.generate(), Key.generate()
    signature = key.sign_raw(b"data")
    assert len(signature) == 64
    key.verify_raw(b"data", signature)
    for bad_key, data, value in (
        (key, b"data!", signature),
        (other, b"data", signature),
        (key, b"data", signature[:-1]),
        (key, b"data", b""),
        (key, b"data", bytes(64)),
    ):
        with pytest.raises(VerificationError) as caught:
            bad_key.verify_raw(data, value)
        assert caught.value.code == "key.signature"


def test_two_keys_of_one_name() -> None:
    jwk = KEYS.active.to_jwk()
    with pytest.raises(MalformedError):
        KeySet.from_jwks({"keys": [jwk, jwk]})


def test_key_without_kid_is_named_by_its_thumbprint() -> None:
    jwk = KEYS.active.to_jwk()
    del jwk["kid"]
    assert KeySet.from_jwks({"keys": [jwk]}).find(KEYS.active.kid)


def test_revoking_again_never_makes_a_revoked_key_good_for_longer() -> None:
    kid = KEYS.active.kid
    once = KEYS.revoke(kid, at=NOW)
    for days, s in ((9, NOW_S), (-9, NOW_S - 9 * 86_400)):
        key = once.revoke(kid, at=NOW + timedelta(days=days)).find(kid)
        assert key is not None
        assert key.revoked == s


def test_revoking_the_active_key_rotates() -> None:
    before = KeySet.generate(at=NOW)
    after = before.revoke(before.active.kid, at=NOW)
    assert after.active.kid == before.keys[1].kid
    revoked = after.find(before.active.kid)
    assert revoked is not None
    assert revoked.revoked == NOW_S
    again = KeySet.from_jwks(after.public_jwks()).find(before.active.kid)
    assert again is not None
    assert again.revoked == NOW_S
    with pytest.raises(UsageError):
        before.revoke("unknown")


@pytest.mark.parametrize("revoked", [{}, {"reason": "compromised"}, {"revoked_at": 0}, None])
def test_revocation_without_a_time_counts_from_the_beginning(revoked: object) -> None:
    key = KeySet.from_jwks({"keys": [{**KEYS.active.to_jwk(), "revoked": revoked}]}).keys[0]
    assert key.revoked == 0
    assert not key.was_active(NOW_S, NOW_S, 30)
