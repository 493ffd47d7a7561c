"""Secrets of remote keys: however a service repeats them, no error, log, repr or output shows one."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import SigningError, UsageError
from signing.messages import codes, message
from signing.signer import open_signer
from signing.sources import csc_dialect, csc_errors
from signing.sources.csc_secrets import Secrets

from .csc_dialects import AscertiaService, OAuthService, VnptService
from .csc_loopback import Fault, RefusedError, refuse, running
from .csc_person import SECRETS, Person, shown
from .csc_server import OTP, PASSWORD, PIN, SECRET, CscService

METHODS = (
    "info",
    "auth/login",
    "oauth2/token",
    "auth/token",
    "adss/service/ras/v1/login",
    "credentials/list",
    "credentials/info",
    "credentials/sendOTP",
    "credentials/authorize",
    "credentials/authorizeCheck",
    "signatures/signHash",
    "signatures/signPolling",
    "signature/signhash",
    "credentials/gettraninfo",
)


def echo(status: int) -> Fault:
    """A fault: everything that was sent comes back in the error, with every secret that the service knows."""

    def fault(values: dict[str, Any]) -> Any:
        known = " ".join((PASSWORD, SECRET, PIN, OTP))
        raise RefusedError(status, f"e {known}", f"You sent {values}, I know {known}")

    return fault


@pytest.mark.parametrize("status", [400, 401, 500, 200])
@pytest.mark.parametrize(
    ("make", "options"),
    [
        (lambda: CscService(otp=True), {}),
        (lambda: CscService(version=2, otp=True, confirm_after=1, asynchronous=True), {}),
        (lambda: AscertiaService(), {"client": "so-tt", "profile": "p1"}),
        (lambda: VnptService(), {"client": "so-tt", "dialect": "vnpt"}),
        (lambda: OAuthService(ways=("oauth2client",), mode="implicit"), {"client": "so-tt"}),
    ],
)
def test_a_service_that_repeats_secrets_in_its_errors_does_not_make_us_show_them(
    make: Callable[[], CscService],
    options: dict[str, str],
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = 0
    with running(make()) as service:
        for method in METHODS:
            service.faults, signer, person = {method: [echo(status)] * 3}, None, Person()
            try:
                signer = open_signer(service.uri(**options), person)
                signer.sign(b"x")
            except SigningError as error:
                seen += 1
                text = shown(error, signer, *vars_of(signer))
                asked = {person.answers[p] for p in person.prompts}
                for secret in (*asked, *service.tokens, *service.grants):
                    assert secret not in text, (method, text)
    assert seen >= 3
    out, err = capfd.readouterr()
    for secret in SECRETS:
        assert secret not in out + err + caplog.text


def vars_of(signer: object) -> list[object]:
    return [getattr(signer, name) for name in getattr(type(signer), "__slots__", ()) if name != "__weakref__"]


def test_a_long_batch_does_not_make_us_forget_what_has_to_be_hidden() -> None:
    with running(CscService()) as service:
        signer = open_signer(service.uri(), Person())
        for i in range(70):
            signer.sign(b"%d" % i)
        (token,), sads = service.tokens, list(service.grants)
        service.faults["signatures/signHash"] = [refuse(400, "invalid_request", f"{token} {sads[-1]} {PIN} {PASSWORD}")]
        with pytest.raises(SigningError) as caught:
            signer.sign(b"x")
    text = shown(caught.value)
    assert not any(secret in text for secret in (token, sads[-1], *SECRETS))


def test_secrets_are_neither_shown_nor_pickled() -> None:
    secrets = Secrets(lambda _: PIN)
    secrets.once("PIN", "pin")
    assert repr(secrets) == "Secrets()"
    with pytest.raises(TypeError):
        pickle.dumps(secrets)


@pytest.mark.parametrize("answer", ["", "a\nb", "a\0", "\ud800", 5, None, b"x", "x" * 20_000])
def test_an_answer_that_is_no_secret_is_refused(answer: object) -> None:
    with pytest.raises(UsageError) as caught:
        Secrets(lambda _: answer).once("PIN for A", "pin")  # type: ignore[arg-type, return-value]
    assert caught.value.code in {"key.password", "csc.secret-form"}
    assert str(answer) not in str(caught.value) or answer in {"", None, 5}


@given(st.lists(st.text("abc1", min_size=3, max_size=6), min_size=1, max_size=5), st.text("abc1 ", max_size=60))
def test_scrubbed_text_holds_no_secret(hidden: list[str], text: str) -> None:
    secrets = Secrets(None)
    for secret in hidden:
        secrets.hide(secret)
    scrubbed = secrets.scrub(f"{text}{hidden[0]}{text}")
    assert not any(secret in scrubbed for secret in hidden)


def test_every_code_of_a_refusal_has_its_sentence_with_the_details_that_it_gets() -> None:
    given_details = {"service": "s", "method": "m", "status": 400, "why": "w", "credential": "c"}
    for code in {
        *csc_errors.CODES,
        *(code for code, _ in csc_dialect.VNPT_FAILURES.values()),
        "csc.busy",
        "csc.server",
    }:
        assert code in codes()
        assert message(code, **given_details).text_vi


@pytest.mark.parametrize(
    "info",
    [
        {"authMode": f"x {PASSWORD}"},
        {"auth": {"mode": f"x {PASSWORD}"}},
        {"key": {"status": "enabled", "algo": ["1.2.3"]}},
        {"key": {"status": "disabled", "algo": []}},
        {"cert": {"certificates": [], "status": f"{PASSWORD}"}},
    ],
)
@pytest.mark.parametrize("ids", [(f"KY {PASSWORD}",), (f"KY {PASSWORD}", "KY-02")])
def test_a_service_that_repeats_secrets_in_names_does_not_make_us_show_them(
    ids: tuple[str, ...], info: dict[str, Any]
) -> None:
    with running(CscService(credentials=ids)) as service:
        whole = service.credentials_info({"credentialID": ids[0]})
        service.faults["credentials/info"] = [lambda _: whole | info]
        with pytest.raises(SigningError) as caught:
            open_signer(service.uri(), Person())
        assert PASSWORD not in shown(caught.value)


@pytest.mark.parametrize("secret", ["mật khẩu", 'p"a\\ss', "a+b c&d=é", "p@ss/w?rd"])
def test_a_secret_is_hidden_in_every_spelling_in_which_it_is_sent(secret: str) -> None:
    secrets = Secrets(lambda _: secret)
    secrets.once("Password for x", "password")
    for spelled in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert secrets.scrub(f"you sent <{spelled}>") == "you sent <…>"


@pytest.mark.parametrize("depth", [33, 960])
@pytest.mark.parametrize("where", ["error", "SCAL", "authMode"])
def test_an_answer_nested_deeper_than_python_can_write_is_our_error(where: str, depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    with running(CscService()) as service:
        whole = service.credentials_info({"credentialID": "KY-01"})
        service.faults["credentials/info"] = [lambda _: whole | {where: deep}]
        with pytest.raises(SigningError) as caught:
            open_signer(service.uri(), Person())
    assert caught.value.code == "csc.malformed"
