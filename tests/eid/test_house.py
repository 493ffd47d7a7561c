"""The room as others see it: exports, errors, other libraries, what is imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jwk import KeySet as RfcKeySet

import eid
from eid import EidError, KeySet, Level, VerificationError, errors, messages

from .made import KEYS, PUBLIC, issue, issuer, parts, verifier

ROOM = Path(eid.__file__).parent
SOURCES = sorted(ROOM.rglob("*.py"))


def test_exports_are_sorted_and_complete() -> None:
    assert eid.__all__ == sorted(eid.__all__, key=lambda name: (not name.isupper(), name))
    public = {
        name for name, value in vars(eid).items() if not name.startswith("_") and not isinstance(value, type(sys))
    }
    assert public == set(eid.__all__)
    promised = {
        *("PersonalNumber", "Person", "Level", "AuthenticationLevel", "Key", "KeySet", "Issuer", "Verifier"),
        *("Identity", "StatusList", "EidError", "MalformedError", "VerificationError"),
    }
    assert promised <= set(eid.__all__)


def _codes_used() -> set[str]:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id.endswith(("Error", "notice"))
            ):
                for leaf in ast.walk(node.args[0]) if node.args else ():
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and "." in leaf.value:
                        found.add(leaf.value)
    return found


def test_every_code_that_is_raised_has_both_texts_and_every_text_is_used() -> None:
    used = _codes_used() | {"extra.missing", "token.valid"}
    assert used - messages.codes() == set()
    assert {code for code in messages.codes() - used if not code.startswith("qr.")} == set()


def test_texts_differ_by_language_and_take_the_same_details() -> None:
    for code, (english, vietnamese) in messages._TABLE.items():
        assert english != vietnamese, code
        first, second = (
            {part.split("}")[0].removesuffix("_vi") for part in text.split("{")[1:]} for text in (english, vietnamese)
        )
        assert first == second, code


def test_details_cannot_drive_the_terminal() -> None:
    error = errors.UsageError("input.unreadable", path="a\x1b[31m\u202eb\n" + "x" * 1000, why="no")
    assert "\x1b" not in error.text
    assert "\u202e" not in error.text
    assert "\n" not in error.text
    assert len(error.text) < 300


def test_exit_statuses() -> None:
    assert {
        (kind.__name__, kind.exit_status)
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, EidError)
    } == {
        ("EidError", 1),
        ("UsageError", 2),
        ("MissingExtraError", 2),
        ("MalformedError", 1),
        ("LimitError", 1),
        ("RefusedError", 1),
        ("VerificationError", 1),
        ("IndeterminateError", 3),
    }


def test_joserfc_verifies_ours() -> None:
    token = issue(issuer())
    keys = RfcKeySet.import_key_set(
        {"keys": [{k: v for k, v in j.items() if k != "iat"} for j in KEYS.public_jwks()["keys"]]}
    )
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.claims == parts(token)[1]
    assert decoded.header == parts(token)[0]


def test_we_verify_joserfcs() -> None:
    made = issuer()
    header, claims = parts(issue(made))
    private = ECKey.import_key(KEYS.active.private_key)
    theirs = jwt.encode(header, claims, private)
    assert verifier(made).verify(theirs, level=Level.TWO).token_id == claims["jti"]
    with pytest.raises(VerificationError):
        verifier(made).verify(jwt.encode(header, claims, ECKey.generate_key("P-256")), level=Level.TWO)


def test_raw_signatures_agree_with_openssl_through_cryptography() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    raw = KEYS.active.sign_raw(b"data")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    KEYS.active.public_key.verify(der, b"data", ec.ECDSA(hashes.SHA256()))
    private = KEYS.active.private_key
    assert private is not None
    r, s = decode_dss_signature(private.sign(b"data", ec.ECDSA(hashes.SHA256())))
    PUBLIC.keys[0].verify_raw(b"data", r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_cve_2024_23342_the_ecdsa_package_is_never_reached(tmp_path) -> None:
    """python-jose pulls `ecdsa` in; issuing and verifying must not import it, nor sockets, nor `signing`."""
    script = """
import sys
for name in ("PIL", "zxingcpp", "pypdfium2"):  # a machine without the extra
    sys.modules[name] = None
from datetime import date, datetime, UTC
from eid import *
import eid.cli, eid.qr
keys = KeySet.generate()
made = Issuer("https://id.example.vn", keys)
evidence = [Evidence(kind=k, method="in-person", time=datetime.now(UTC)) for k in ("chip", "face", "fingerprint")]
person = Person(number="001090123456", full_name="A", birth_date=date(1990, 1, 1), sex="male")
token = made.issue(person, Level.TWO, audience="a", auth_level=AuthenticationLevel.TWO, evidence=evidence)
Verifier(KeySet.from_jwks(keys.public_jwks()), issuer="https://id.example.vn", audience="a",
         status=OpenedStatusList.open(made.status_token(), keys), replay=MemoryReplay()).verify(token, level=Level.TWO)
assert eid.qr.png("A") and eid.qr.svg("A") and eid.qr.terminal("A")
for name in ("ecdsa", "rsa", "jose.jwt", "jose.jws", "jose.jwe", "signing", "http.client"):
    assert name not in sys.modules, name
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, cwd=tmp_path)


# modules and packages, lowest first; imports inside a package are looked at by the test for cycles
ORDER = (
    *("messages", "errors", "notice", "arguments", "clock", "files", "encoding", "places"),
    *("number", "person", "level"),
    *("rules", "evidence", "algorithms", "jws", "jwk_members", "jwk", "pkcs8", "keyfile", "keys", "base45"),
    *("cbor", "cose", "token", "status", "shards", "status_cache", "replay", "journal", "holder", "stepup"),
    *("checks", "disclosure", "counter", "counter_result", "counter_check", "consent", "accounts", "issuance"),
    *(
        "introspection",
        "registry",
        "claims",
        "credentials",
        "issuer",
        "counter_issue",
        "verifier",
        "ledger",
        "bulk_files",
        "bulk",
        "limited_child",
        "limited",
        "scan_places",
        "scan_child",
        "figures",
        "scan",
        "cards",
        "qr",
        "inspection",
        "testing",
    ),
    *("console", "cli", "__main__"),
)


def _room_of(path: Path) -> str:
    first = path.relative_to(ROOM).parts[0]
    return first.removesuffix(".py")


def test_the_modules_stand_in_layers() -> None:
    """Each module or package imports only those that stand before it."""
    for path in SOURCES:
        room = _room_of(path)
        if room == "__init__":
            continue
        assert room in ORDER, room
        depth = len(path.relative_to(ROOM).parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == depth:
                names = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
                for name in names:
                    assert ORDER.index(name) < ORDER.index(room), (path, name)


def test_files_are_short() -> None:
    for path in SOURCES:
        assert len(path.read_text().splitlines()) <= 330, path


def test_module_docstrings_exist_and_no_key_text_leaks_from_errors(tmp_path) -> None:
    for path in SOURCES:
        assert ast.get_docstring(ast.parse(path.read_text())), path
    KeySet.generate().save(tmp_path / "k", lambda _: "hunter2-secret")
    with pytest.raises(EidError) as caught:
        KeySet.load(tmp_path / "k", lambda _: "hunter3-secret")
    assert "hunter" not in f"{caught.value}{caught.value.details}{caught.value.__cause__}"


def test_what_a_user_of_the_command_line_gets_wrong_is_said_in_vietnamese_throughout() -> None:
    """Each wrong use that the command line itself finds has its own Vietnamese words."""
    calls = [
        (path.name, node)
        for path in (*(ROOM / "cli").glob("*.py"), ROOM / "console.py", ROOM / "clock.py", ROOM / "level.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args and getattr(node.args[0], "value", None) == "usage.argument"
    ]
    assert len(calls) > 12
    for name, node in calls:
        assert "why_vi" in {each.arg for each in node.keywords}, (name, node.lineno)


def test_what_the_command_line_reads_has_a_vietnamese_name() -> None:
    names = {
        part.value
        for path in (*(ROOM / "cli").glob("*.py"), ROOM / "console.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in ("read_json", "text_of")
        for part in node.args[1:]
        if isinstance(part, ast.Constant)
    }
    assert len(names) > 6
    for name in names:
        assert name not in messages.message("input.malformed", what=name, why="not UTF-8")[1], name


def test_a_wrong_argument_is_one_vietnamese_sentence() -> None:
    with pytest.raises(EidError) as caught:
        KEYS.revoke("x")
    assert (caught.value.text, caught.value.text_vi) == ("no key x", "tham số chưa đúng: không có khóa x")
