"""signing.sources.csc against services that fail and lie: each case has a code of its own, and nothing is returned."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from signing.signer import open_signer

from ..patience import HANG_S
from .cms_makers import make_certificate, make_key, make_leaf, pem
from .csc_dialects import OAuthService
from .csc_loopback import Fault, refuse, running, sleep
from .csc_person import Person, failing, fails
from .csc_server import CscService


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- signatures -------------------------------------------------------------------------------------------------------


def changed(change: Callable[[list[str]], Any]) -> Fault:
    """A fault: the right signatures, changed."""

    def fault(values: dict[str, Any]) -> Any:
        return {"signatures": change([CscService().signed(h, values) for h in values["hash"]])}

    return fault


def flipped(made: list[str]) -> list[str]:
    raw = bytearray(base64.b64decode(made[-1]))
    raw[-1] ^= 1
    return [*made[:-1], encoded(bytes(raw))]


STRANGER = encoded(make_key("p256", 9).sign(b"1", ec.ECDSA(hashes.SHA256())))


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("csc.signature", flipped),
        ("csc.signature", lambda made: made[::-1]),
        ("csc.signature", lambda made: [made[0], made[0]]),
        ("csc.signature", lambda made: [made[0], ""]),
        ("csc.signature", lambda made: [made[0], "không phải base64"]),
        ("csc.signature", lambda made: [made[0], "A" * 60_000]),
        ("csc.signature", lambda made: [made[0], encoded(bytes(64))]),
        ("csc.signature", lambda made: [made[0], STRANGER]),
        ("csc.count", lambda made: made[:1]),
        ("csc.count", lambda made: made * 2),
        ("csc.count", lambda made: []),
        ("csc.malformed", lambda made: made * 5000),
        ("csc.malformed", "".join),
        ("csc.malformed", lambda made: [1, 2]),
        ("csc.malformed", lambda made: None),
    ],
)
def test_a_wrong_signature_or_a_wrong_count_is_never_returned(code: str, change: Callable[[list[str]], Any]) -> None:
    fails(code, "signatures/signHash", changed(change))


def test_a_signature_in_another_scheme_than_was_asked_for_is_wrong() -> None:
    def pkcs1(values: dict[str, Any]) -> Any:
        return {"signatures": [CscService(kind="rsa2048").signed(h, {}) for h in values["hash"]]}

    fails("csc.signature", "signatures/signHash", pkcs1, kind="rsa2048")


# --- certificates -----------------------------------------------------------------------------------------------------


def with_info(**members: dict[str, object]) -> Fault:
    """A fault: members of `key` and `cert` are others."""

    def fault(values: dict[str, Any]) -> Any:
        answer = CscService().credentials_info(values)
        for name, changes in members.items():
            answer[name] |= changes
        return answer

    return fault


OTHER = encoded(make_leaf("p384").public_bytes(Encoding.DER))
WEAK = make_certificate(make_key("rsa1024"), "Yếu", serial=7)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("csc.certificate", with_info(cert={"certificates": [OTHER]})),
        ("csc.certificate", with_info(cert={"serialNumber": "5AAC41CD8FA22B953640"})),
        (
            "csc.certificate",
            with_info(
                key={"len": 4096},
                cert={"certificates": [encoded(make_leaf("rsa2048").public_bytes(Encoding.DER))], "serialNumber": None},
            ),
        ),
        ("csc.malformed", with_info(cert={"certificates": []})),
        ("csc.malformed", with_info(cert={"certificates": ["AAAA"]})),
        ("csc.malformed", with_info(cert={"certificates": ["@@"]})),
        ("csc.malformed", with_info(cert={"certificates": [OTHER] * 100})),
        ("csc.malformed", with_info(cert={"certificates": {"0": OTHER}})),
        ("csc.key-status", with_info(cert={"status": "revoked"})),
        ("csc.key-status", with_info(cert={"status": "suspended"})),
        ("csc.key-status", with_info(key={"status": "disabled"})),
        ("csc.key-status", with_info(key={"status": 5})),
        ("csc.algorithm", with_info(key={"algo": ["1.2.840.113549.1.1.11"]})),
        ("csc.algorithm", with_info(key={"algo": []})),
        (
            "signature.algorithm",
            with_info(
                key={"len": 1024},
                cert={"certificates": [encoded(WEAK.public_bytes(Encoding.DER))], "serialNumber": "07"},
            ),
        ),
    ],
)
def test_a_credential_that_contradicts_itself_or_cannot_sign_is_refused_before_signing(code: str, fault: Fault) -> None:
    fails(code, "credentials/info", fault)


def test_a_certificate_of_another_key_is_found_out_by_the_first_signature() -> None:
    fails("csc.signature", "none", certificate=make_certificate(make_key("p256", 5), "Khác", serial=9))


# --- time, size, form -------------------------------------------------------------------------------------------------


def test_a_slow_service_is_cut_off() -> None:
    fails("http.timeout", "signatures/signHash", sleep(HANG_S), wait=1)


def test_a_person_who_never_confirms_is_not_waited_for_longer_than_allowed() -> None:
    options: dict[str, Any] = {"version": 2, "confirm_after": 10**9, "wait": 1}
    assert "1 giây" in fails("csc.confirm-timeout", "none", **options).text_vi
    fails("csc.confirm-timeout", "none", **options, asynchronous=True)


def test_a_poll_that_keeps_failing_ends() -> None:
    fails(
        "csc.server",
        "signatures/signPolling",
        *[refuse(500)] * 4,
        version=2,
        asynchronous=True,
        confirm_after=1,
    )


@pytest.mark.parametrize("method", ["info", "auth/login", "credentials/list", "credentials/authorize"])
@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("http.too-large", b"[" + b"1," * 3_000_000),
        ("csc.malformed", b"[" * 100_000),
        ("csc.malformed", b"[]"),
        ("csc.malformed", b"null"),
        ("csc.malformed", b"{}"),
        ("csc.malformed", b""),
        ("csc.malformed", b'{"SAD": 5, "access_token": {}, "credentialIDs": "x", "methods": 1}'),
        ("csc.malformed", b'{"SAD": "", "access_token": "a\\r\\nX: 1", "credentialIDs": [null], "methods": [1]}'),
        ("csc.malformed", b"\xff\xfe{}"),
        ("csc.malformed", b"<html>"),
    ],
)
def test_an_answer_of_another_form_or_size_is_refused(method: str, code: str, body: bytes) -> None:
    fails(code, method, refuse(200, body=body))


@pytest.mark.parametrize(("code", "status"), [("csc.server", 500), ("csc.redirect", 301), ("csc.refused", 404)])
def test_an_error_without_json_is_told_by_its_status(code: str, status: int) -> None:
    fails(code, "credentials/info", refuse(status, body=b"<html>"))


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("credentials/authorizeCheck", {"expiresIn": 5}),
        ("credentials/authorizeCheck", {"SAD": ["x"]}),
        ("credentials/authorizeCheck", {"SAD": "x", "expiresIn": True}),
        ("signatures/signPolling", {"expiresIn": 5}),
        ("signatures/signPolling", {"signatures": {}}),
    ],
)
def test_an_outcome_of_another_form_ends_the_wait(method: str, values: dict[str, Any]) -> None:
    fails("csc.malformed", method, lambda _: values, version=2, asynchronous=True, confirm_after=2)


@pytest.mark.parametrize(
    ("code", "auth"),
    [
        ("csc.factors", {"mode": "biometric"}),
        ("csc.factors", {"mode": "explicit", "objects": [], "expression": "PIN"}),
        ("csc.factors", {"mode": "explicit", "objects": [{"id": "A"}], "expression": "A AND B"}),
        ("csc.malformed", {"mode": "explicit"}),
        ("csc.malformed", {"mode": "explicit", "objects": {"id": "PIN"}}),
        ("csc.malformed", {"mode": "explicit", "objects": ["PIN"]}),
        ("csc.malformed", {"mode": "explicit", "objects": [{"id": 5}]}),
        ("csc.malformed", {"mode": "explicit", "objects": [{"id": "A"}] * 9}),
    ],
)
def test_a_way_of_unlocking_that_is_not_understood_is_refused_before_signing(code: str, auth: dict[str, Any]) -> None:
    with running(CscService(version=2)) as service:
        service.faults["credentials/info"] = [
            lambda v: CscService(version=2).credentials_info(v) | {"auth": auth},
        ]
        failing(code, lambda: open_signer(service.uri(), Person()))


@pytest.mark.parametrize("name", ["KY\x1b[2J", "", "K" * 600, "a\nPassword for lan: "])
def test_an_identifier_that_would_steer_the_terminal_is_refused(name: str) -> None:
    fails("csc.malformed", "none", credentials=(name,))


@pytest.mark.parametrize(
    "oauth", ["http://127.0.0.1:{}/\x1b[2J", "http://127.0.0.1:{}/a b", "http://lan@127.0.0.1:{}/"]
)
def test_an_oauth_address_that_is_not_plain_is_refused(oauth: str) -> None:
    with running(OAuthService(ways=("oauth2client",))) as service:
        service.info = {"oauth2": oauth.format(service.port)}
        failing("csc.malformed", lambda: open_signer(service.uri(client="so-tt"), Person()))


def test_a_log_in_that_the_service_sends_elsewhere_gets_no_secret() -> None:
    with running(OAuthService(ways=("oauth2client",), info={"oauth2": "https://so-tt.example/oauth"})) as service:
        person = Person()
        error = failing("csc.oauth-elsewhere", lambda: open_signer(service.uri(client="so-tt"), person))
    assert "https://so-tt.example/oauth" in error.text
    assert "oauth2/token" not in service.methods()


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tls_file(tmp_path: Path) -> Path:
    key, now = make_key("p256", 77), datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    until = now + timedelta(days=1)
    certificate = make_certificate(
        key, "loopback", ca=True, extensions=((names, False),), begin=now - timedelta(days=1), end=until
    )
    path = tmp_path / "tls.pem"
    path.write_bytes(pem(key) + pem(certificate))
    return path


def test_over_https_the_services_certificate_is_checked(tls_file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_file)
    with running(CscService(), context) as service:
        uri = service.uri().replace("http:", "https:")
        assert "certificate verify failed" in failing("http.unreachable", lambda: open_signer(uri, Person())).text
        assert open_signer(f"{uri}&ca={tls_file}", Person()).sign(b"x")
        failing("http.client-certificate", lambda: open_signer(f"{uri}&ca={tls_file}x", Person()))


@pytest.mark.parametrize("password", [None, "mật khẩu khóa"])
def test_a_client_certificate_is_a_way_in_and_its_password_is_asked_for(tls_file: Path, password: str | None) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_file)
    context.load_verify_locations(tls_file)
    context.verify_mode = ssl.CERT_REQUIRED
    client = tls_file.with_name("client.pem")
    key = make_key("p256", 78)
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    issued = make_certificate(key, "máy khách", issuer=("loopback", make_key("p256", 77)))
    client.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock) + pem(issued))
    with running(CscService(ways=("TLS",), mode="implicit"), context) as service:
        service.ways = ("TLS", "none")
        uri = service.uri(ca=tls_file, user=None).replace("http:", "https:")
        failing("http.unreachable", lambda: open_signer(uri, Person()))
        person = Person(Password=password or "")
        assert open_signer(f"{uri}&cert={client}", person).sign(b"x")
        assert person.prompts == ["Password"] * bool(password)
