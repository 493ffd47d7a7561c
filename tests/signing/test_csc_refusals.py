"""signing.sources.csc when a service refuses: each reason has a code of its own, and nothing wrong is sent twice."""

from __future__ import annotations

import pytest

from signing.signer import open_signer

from .csc_loopback import refuse, running
from .csc_person import Person, failing, fails
from .csc_server import OTP, PIN, CscService


@pytest.mark.parametrize(
    ("code", "status", "error", "sentence"),
    [
        ("csc.declined", 400, "access_denied", "The user declined"),
        ("csc.declined", 400, "invalid_request", "Signature request cancelled by the user"),
        ("csc.expired", 400, "invalid_request", "SAD expired"),
        ("csc.expired", 400, "invalid_request", "The transaction has expired"),
        ("csc.expired", 400, "invalid_request", "Timeout waiting for the user"),
        ("csc.locked", 400, "invalid_request", "Credential locked"),
        ("csc.key-status", 400, "invalid_request", "The credential identified by credentialID is disabled"),
        ("csc.key-status", 400, "invalid_request", "Signing certificate is expired"),
        ("csc.sad", 400, "invalid_request", "Hash is not authorized by the SAD"),
        ("csc.otp", 400, "invalid_otp", "The OTP is invalid"),
        ("csc.refused", 400, "invalid_request", "Invalid digest value length"),
        ("csc.refused", 404, "", ""),
        ("csc.refused", 200, "some_error", "an error that says it is a success"),
        ("csc.server", 500, "", ""),
        ("csc.unauthorized", 403, "", ""),
        ("csc.unauthorized", 400, "expired_token", ""),
        ("csc.server", 502, "x" * 100, ""),
        ("csc.busy", 503, "", ""),
        ("csc.busy", 429, "", ""),
        ("csc.busy", 400, "temporarily_unavailable", ""),
        ("csc.redirect", 302, "", ""),
        ("csc.redirect", 307, "", ""),
    ],
)
def test_each_refusal_has_its_own_code(code: str, status: int, error: str, sentence: str) -> None:
    assert fails(code, "signatures/signHash", *[refuse(status, error, sentence)] * 2).code == code


@pytest.mark.parametrize("method", ["credentials/authorize", "signatures/signHash"])
def test_what_may_have_been_counted_is_not_sent_twice(method: str) -> None:
    with running(CscService()) as service:
        service.faults[method] = [refuse(503)]
        signer = open_signer(service.uri(), Person())
        failing("csc.busy", lambda: signer.sign(b"x"))
        assert service.methods().count(method) == 1


def test_an_error_ends_the_transaction_and_the_next_signature_begins_another() -> None:
    with running(CscService()) as service:
        signer = open_signer(service.uri(signatures=5), Person())
        service.faults["signatures/signHash"] = [refuse(400, "invalid_request", "SAD expired")]
        failing("csc.expired", lambda: signer.sign(b"x"))
        assert signer.sign(b"y")
        assert service.methods().count("credentials/authorize") == 2


WRONG_PIN, WRONG_PASSWORD, WRONG_OTP = "000111", "sai-mật-khẩu", "999999"


@pytest.mark.parametrize("version", [1, 2])
def test_a_wrong_pin_is_sent_once_whatever_the_number_of_documents_so_that_no_batch_locks_the_key(version: int) -> None:
    with running(CscService(version=version)) as service:
        person = Person(PIN=WRONG_PIN)
        signer = open_signer(service.uri(), person)
        failing("csc.pin", lambda: signer.sign(b"x"), WRONG_PIN)
        for _ in range(3):
            failing("csc.same-answer", lambda: signer.sign(b"x"), WRONG_PIN)
        assert service.methods().count("credentials/authorize") == 1
        person.answers["PIN"] = PIN
        assert signer.sign(b"x")


def test_a_wrong_password_is_not_sent_twice() -> None:
    with running(CscService()) as service:
        failing("csc.unauthorized", lambda: open_signer(service.uri(), Person(Password=WRONG_PASSWORD)), WRONG_PASSWORD)
        assert service.methods().count("auth/login") == 1


def test_a_wrong_otp_is_not_sent_twice() -> None:
    with running(CscService(otp=True)) as service:
        person = Person(OTP=WRONG_OTP)
        signer = open_signer(service.uri(), person)
        failing("csc.otp", lambda: signer.sign(b"x"), WRONG_OTP)
        failing("csc.same-answer", lambda: signer.sign(b"x"), WRONG_OTP)
        person.answers["OTP"] = OTP
        assert signer.sign(b"x")
        assert person.prompts.count("PIN") == 1


@pytest.mark.parametrize("answer", ["48291a", "４８２９１５", "48 2915"])
def test_a_pin_that_cannot_be_right_is_not_sent(answer: str) -> None:
    with running(CscService()) as service:
        failing("csc.secret-form", lambda: open_signer(service.uri(), Person(PIN=answer)), answer)
        assert "credentials/authorize" not in service.methods()


def test_version_2_does_not_say_which_factor_was_wrong_so_only_the_one_time_answer_is_barred() -> None:
    with running(CscService(version=2, otp=True)) as service:
        service.faults["credentials/authorize"] = [refuse(400, "invalid_authentication_data")]
        person = Person(OTP=WRONG_OTP)
        signer = open_signer(service.uri(), person)
        failing("csc.pin", lambda: signer.sign(b"x"))
        person.answers["OTP"] = OTP
        assert signer.sign(b"x")
