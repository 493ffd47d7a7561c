"""signing.sources.pkcs11 when tokens are pulled out, sessions are lost, PINs are wrong: each its own error, and never
a second try of a PIN. A module of our own stands before SoftHSM2 and fails on demand."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signing.batch import Desk, Order
from signing.errors import ServiceError, SigningError, UsageError
from signing.signer import SignatureAlgorithm, open_signer, verify_value

from .cms_makers import make_key, make_leaf, root
from .softhsm import PIN, Faults, SoftHsm, uri

LABEL = "Con dấu UBND phường"
LOW, FINAL, LOCKED, KEYPAD = "flags 10000", "flags 20000", "flags 40000", "flags 100"
PIN_INCORRECT, PIN_EXPIRED, PIN_LEN_RANGE, PIN_LOCKED, REMOVED, NOT_PRESENT = "A0", "A3", "A2", "A4", "32", "E0"
LOST, NOT_LOGGED_IN, SESSION_COUNT, DEVICE_ERROR, REJECTED = "B3", "101", "B1", "30", "200"
ECDSA, RSA_PKCS_PSS, SHA256_RSA_PKCS_PSS, RSA_X_509 = "hide 1041", "hide D", "hide 43", "hide 3"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    hsm = SoftHsm.create(tmp_path_factory.mktemp("hsm"))
    hsm.token(LABEL)
    for kind, key_id in (("p256", "01"), ("rsa2048", "02")):
        hsm.key(LABEL, make_key(kind), key_id)
        hsm.certificate(LABEL, make_leaf(kind), key_id)
    hsm.certificate(LABEL, root(), "99")
    return Faults.build(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def faults(built: Faults) -> Faults:
    gc.collect()  # a signer that an earlier test left in a traceback keeps its login
    built.set()
    return built


def where(faults: Faults, key_id: str = "01") -> str:
    return uri(LABEL, f"id=%{key_id}", module=faults.module)


def asked(*answers: str) -> tuple[Callable[[str], str], list[str]]:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return answers[min(len(prompts), len(answers)) - 1] if answers else PIN

    return ask, prompts


def opened(faults: Faults, key_id: str = "01", **named: Any) -> Any:
    return open_signer(where(faults, key_id), asked()[0], **named)


def fails(call: Callable[[], object], code: str, kind: type[SigningError]) -> SigningError:
    with pytest.raises(SigningError) as caught:
        call()
    assert (caught.value.code, type(caught.value)) == (code, kind)
    assert PIN not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.details)
    return caught.value


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("", "pkcs11.pin-wrong"),
        (LOW, "pkcs11.pin-low"),
    ],
)
def test_a_wrong_pin_is_tried_once_and_the_tries_left_are_told(rule: str, code: str, faults: Faults) -> None:
    faults.set(f"fail C_Login {PIN_INCORRECT} 0 9", rule)
    fails(lambda: opened(faults), code, UsageError)
    assert faults.calls("C_Login") == 1


@pytest.mark.parametrize(
    ("rv", "code"),
    [
        (PIN_EXPIRED, "pkcs11.pin-expired"),
        (PIN_LEN_RANGE, "pkcs11.pin-length"),
        (PIN_LOCKED, "pkcs11.pin-locked"),
        ("102", "pkcs11.pin-unset"),
    ],
)
def test_what_the_token_says_of_its_pin_has_its_own_error(rv: str, code: str, faults: Faults) -> None:
    faults.set(f"fail C_Login {rv} 0 9")
    fails(lambda: opened(faults), code, UsageError)


def test_a_failed_login_leaves_no_session_open_on_the_token(faults: Faults) -> None:
    faults.set(f"fail C_Login {PIN_INCORRECT} 0 1")
    fails(lambda: opened(faults), "pkcs11.pin-wrong", UsageError)
    signer = opened(faults)
    assert signer.sign(b"x")
    session = signer._login._session
    assert session.handle == 1 or faults.calls("C_OpenSession") == 2


@pytest.mark.parametrize(("rule", "code"), [(LOCKED, "pkcs11.pin-locked"), (FINAL, "pkcs11.pin-final-try")])
def test_the_last_try_of_a_pin_is_never_spent(rule: str, code: str, faults: Faults) -> None:
    faults.set(rule)
    ask, prompts = asked()
    fails(lambda: open_signer(where(faults), ask), code, UsageError)
    assert faults.calls("C_Login") == 0
    assert prompts == []


def test_a_wrong_pin_that_leaves_one_try_says_so(faults: Faults) -> None:
    """The flag rises with the wrong try itself: the last look before the login does not show it yet."""

    def ask(_: str) -> str:
        faults.set(f"fail C_Login {PIN_INCORRECT} 0 9", FINAL)
        return "sai"

    fails(lambda: open_signer(where(faults), ask), "pkcs11.pin-last", UsageError)

    def last(_: str) -> str:
        faults.set(f"fail C_Login {PIN_INCORRECT} 0 9", LOCKED)
        return "sai"

    faults.set()
    fails(lambda: open_signer(where(faults), last), "pkcs11.pin-locked", UsageError)


def test_a_lost_session_is_opened_again_once_and_the_signature_made(faults: Faults) -> None:
    for rv in (LOST, NOT_LOGGED_IN, "82"):
        faults.set(f"fail C_SignInit {rv} 2 1")
        ask, prompts = asked()
        signer = open_signer(where(faults), ask)
        for text in (b"1", b"2", b"3", b"4"):
            assert verify_value(signer.certificate, signer.algorithm, signer.sign(text), text)
        assert (len(prompts), faults.calls("C_Login")) == (2, 2), rv
        del signer


def test_a_session_lost_in_c_sign_itself_is_opened_again(faults: Faults) -> None:
    faults.set(f"fail C_Sign {LOST} 0 1")
    signer = opened(faults, "02")
    assert verify_value(signer.certificate, signer.algorithm, signer.sign(b"x"), b"x")


def test_a_session_lost_twice_is_told_and_the_next_call_starts_afresh(faults: Faults) -> None:
    signer = opened(faults)
    faults.set(f"fail C_SignInit {LOST} 0 2")
    fails(lambda: signer.sign(b"x"), "pkcs11.session-lost", ServiceError)
    assert faults.calls("C_Login") == 1
    assert signer.sign(b"x")


def test_when_the_pin_fails_after_a_lost_session_nothing_tries_it_again(faults: Faults) -> None:
    """The attack on a batch: with one try a file, ten files would lock the token for good."""
    ask, prompts = asked(PIN, "sai")
    signer = open_signer(where(faults), ask)
    faults.set(f"fail C_SignInit {LOST} 0 1", f"fail C_Login {PIN_INCORRECT} 0 9")
    for _ in range(5):
        fails(lambda: signer.sign(b"x"), "pkcs11.pin-wrong", UsageError)
    assert (len(prompts), faults.calls("C_Login")) == (2, 1)


@pytest.mark.parametrize(("rv", "code"), [("5", "pkcs11.failed"), ("6", "pkcs11.failed"), ("50", "pkcs11.cancelled")])
def test_a_login_that_fails_without_a_reason_is_not_tried_again_either(rv: str, code: str, faults: Faults) -> None:
    """Drivers are known that answer a wrong PIN with CKR_GENERAL_ERROR."""
    signer = opened(faults)
    faults.set(f"fail C_SignInit {LOST} 0 1", f"fail C_Login {rv} 0 9")
    for _ in range(3):
        fails(lambda: signer.sign(b"x"), code, ServiceError)
    assert faults.calls("C_Login") == 1


@pytest.mark.parametrize("rv", [REMOVED, NOT_PRESENT, DEVICE_ERROR, "5", "6", LOST])
def test_a_token_pulled_out_in_the_middle_is_told_and_signs_again_once_it_is_back(rv: str, faults: Faults) -> None:
    signer = opened(faults)
    faults.set("absent", f"fail C_SignInit {rv} 0 99")
    for _ in range(2):
        fails(lambda: signer.sign(b"x"), "pkcs11.removed", ServiceError)
    assert faults.calls("C_Login") == 0
    faults.set()
    assert verify_value(signer.certificate, signer.algorithm, signer.sign(b"x"), b"x")


@pytest.mark.parametrize("rv", [REMOVED, NOT_PRESENT, "3"])
def test_a_token_that_is_back_at_once_costs_no_signature(rv: str, faults: Faults) -> None:
    ask, prompts = asked()
    signer = open_signer(where(faults), ask)
    faults.set(f"fail C_SignInit {rv} 0 1")
    assert signer.sign(b"x")
    assert len(prompts) == 2


def test_another_token_in_the_slot_gets_no_pin(faults: Faults) -> None:
    signer = opened(faults)
    faults.set("serial 00000000", f"fail C_SignInit {LOST} 0 1")
    fails(lambda: signer.sign(b"x"), "pkcs11.removed", ServiceError)
    assert faults.calls("C_Login") == 0


def test_a_batch_takes_one_login_and_one_session(faults: Faults, tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(b"noi dung")
    desk = Desk(Order(key=where(faults, "02")), asked()[0])
    assert [desk.sign(source, tmp_path / f"{i}.p7s").error for i in range(20)] == [None] * 20
    counted = {name: faults.calls(name) for name in ("C_OpenSession", "C_Login", "C_Logout", "C_Sign")}
    assert counted == {"C_OpenSession": 1, "C_Login": 1, "C_Logout": 0, "C_Sign": 20}
    del desk
    gc.collect()
    assert (faults.calls("C_Logout"), faults.calls("C_CloseSession")) == (1, 1)


def test_a_batch_goes_on_after_the_token_is_back(faults: Faults, tmp_path: Path) -> None:
    source, outputs = tmp_path / "a.txt", [tmp_path / f"{i}.p7s" for i in range(4)]
    source.write_bytes(b"noi dung")
    ask, prompts = asked()
    desk = Desk(Order(key=where(faults)), ask)
    assert desk.sign(source, outputs[0]).error is None
    faults.set("absent", f"fail C_SignInit {REMOVED} 0 99")
    removed = desk.sign(source, outputs[1]).error
    assert removed is not None
    assert removed.code == "pkcs11.removed"
    faults.set()
    assert [desk.sign(source, output).error for output in outputs[2:]] == [None, None]
    assert [output.exists() for output in outputs] == [True, False, True, True]
    assert len(prompts) == 2


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (f"fail C_SignInit {DEVICE_ERROR} 0 9", "pkcs11.failed"),
        (f"fail C_Sign {DEVICE_ERROR} 0 9", "pkcs11.failed"),
        (f"fail C_SignInit {REJECTED} 0 9", "pkcs11.cancelled"),
        ("fail C_SignInit 80000123 0 9", "pkcs11.failed"),
        ("short", "pkcs11.answer"),
    ],
)
def test_other_failures_of_the_token_are_told_as_they_are(rule: str, code: str, faults: Faults) -> None:
    signer = opened(faults)
    faults.set(rule)
    fails(lambda: signer.sign(b"x"), code, ServiceError)
    faults.set()
    assert signer.sign(b"x")


def test_a_token_without_room_for_a_session_says_so(faults: Faults) -> None:
    faults.set(f"fail C_OpenSession {SESSION_COUNT} 0 9")
    fails(lambda: opened(faults), "pkcs11.sessions", ServiceError)


def test_a_wrong_signature_of_the_token_is_never_written(faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"noi dung")
    faults.set("flip")
    error = Desk(Order(key=where(faults, "02")), asked()[0]).sign(tmp_path / "a.txt", tmp_path / "a.p7s").error
    assert error is not None
    assert error.code == "signature.self-check"
    assert not (tmp_path / "a.p7s").exists()


def test_a_keypad_on_the_token_is_left_to_ask_for_the_pin(faults: Faults) -> None:
    faults.set(KEYPAD, f"keypad {PIN}")
    ask, prompts = asked()
    assert open_signer(where(faults), ask).sign(b"x")
    assert prompts == []


@pytest.mark.parametrize(
    ("hidden", "algorithm"),
    [
        ((), SignatureAlgorithm.RSA_PSS_SHA256),
        ((RSA_PKCS_PSS,), SignatureAlgorithm.RSA_PSS_SHA256),
        ((RSA_PKCS_PSS, SHA256_RSA_PKCS_PSS), SignatureAlgorithm.RSA_PSS_SHA256),
        ((RSA_PKCS_PSS, SHA256_RSA_PKCS_PSS, RSA_X_509), SignatureAlgorithm.RSA_PKCS1_SHA256),
        ((RSA_PKCS_PSS, SHA256_RSA_PKCS_PSS, RSA_X_509, "hide 1"), SignatureAlgorithm.RSA_PKCS1_SHA256),
    ],
)
def test_a_token_signs_with_what_it_has(hidden: tuple[str, ...], algorithm: str, faults: Faults) -> None:
    faults.set(*hidden)
    signer = opened(faults, "02")
    assert signer.algorithm is algorithm
    for text in (b"x", bytes(100_000)):
        assert verify_value(signer.certificate, signer.algorithm, signer.sign(text), text)


def test_a_token_without_a_mechanism_for_the_key_says_so_before_signing(faults: Faults) -> None:
    faults.set(ECDSA)
    error = fails(lambda: opened(faults), "pkcs11.mechanism", UsageError)
    assert "ecdsa-sha256" in error.text
    assert faults.calls("C_SignInit") == 0
