"""Addresses and answers of remote keys: only a plain address gets in, and no bytes make another error than ours."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import SigningError, UsageError
from signing.signer import open_signer
from signing.sources.csc_expression import least_factors
from signing.sources.csc_uri import OPTIONS, CscAddress

from .csc_loopback import RefusedError, running
from .csc_person import Person, failing
from .csc_server import CscService

HIDDEN = "s3cr3t-1234"


def test_an_address_names_service_version_credential_and_times() -> None:
    address = CscAddress.parse("https://Ky.example:8443/csc/v2/?credential=KY%201&user=l%C3%AA&poll=0.5&wait=60")
    assert (address.base, address.dialect.version) == ("https://ky.example:8443/csc/v2", 2)
    assert (address.credential, address.user, address.poll_s, address.wait_s) == ("KY 1", "lê", 0.5, 60)
    assert address.at("credentials/info") == "https://ky.example:8443/csc/v2/credentials/info"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/csc/v1", "v1"),
        ("/csc/v2", "v2"),
        ("", "v1"),
        ("/adss/service/ras/csc/v1", "ascertia"),
        ("/vtss/service/ras/csc/v1", "ascertia"),
        ("/csc/v1?dialect=v2", "v2"),
        ("/csc?dialect=vnpt", "vnpt"),
    ],
)
def test_the_dialect_is_seen_in_the_path_unless_it_is_named(path: str, name: str) -> None:
    assert CscAddress.parse(f"https://ky.example{path}").dialect.name == name


def test_methods_beside_the_api_are_found_from_its_path() -> None:
    address = CscAddress.parse("https://ky.example/adss/service/ras/csc/v1")
    assert address.at("../../v1/login") == "https://ky.example/adss/service/ras/v1/login"


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "[::1]:9", "127.9.9.9"])
def test_plain_http_stays_on_this_machine(host: str) -> None:
    assert CscAddress.parse(f"http://{host}/csc/v1").base == f"http://{host}/csc/v1"


@pytest.mark.parametrize(
    "where",
    [
        "http://ky.example/csc/v1",
        "http://127.0.0.1.ky.example/csc/v1",
        "http://128.0.0.1/csc/v1",
        "https:",
        "https://",
        "https:///csc/v1",
        "https://[1.2]/csc/v1",
        "https://[::1::2]/csc/v1",
        f"https://lan:{HIDDEN}@ky.example/csc/v1",
        f"https://ky.example/csc/v1?pin={HIDDEN}",
        f"https://ky.example/csc/v1?password={HIDDEN}",
        f"https://ky.example/csc/v1?{HIDDEN}",
        f"https://ky.example/csc/v1?user=lan&user={HIDDEN}",
        f"https://ky.example/csc/v1?access_token={HIDDEN}",
        "https://ky.example/csc/v1#x",
        "https://ky.example/csc/../v1",
        "https://ky.example/csc/%2e%2e/v1",
        "https://ky.example/csc v1",
        "https://ký.example/csc/v1",
        "https://ky.example/csc/v1?user=",
        "https://ky.example/csc/v1?user=a%00b",
        "https://ky.example/csc/v1?user=a%0d%0aX:1",
        "https://ky.example/csc/v1?user=%ff",
        "https://ky.example/csc/v1?user=" + "a" * 600,
        "https://ky.example/" + "a" * 3000,
        "https://ky.example/csc/v1?poll=0",
        "https://ky.example/csc/v1?poll=nan",
        "https://ky.example/csc/v1?wait=99999",
        "https://ky.example/csc/v1?wait=-1",
        "https://ky.example/csc/v1?signatures=0",
        "https://ky.example/csc/v1?signatures=1.5",
        "https://ky.example/csc/v1?signatures=٣",
        "https://ky.example/csc/v1?auth=saml",
        "https://ky.example/csc/v1?dialect=v3",
        "https://ky.example/csc/v1?certificate=abc",
        "https://ky.example/csc/v1?oauth=http://ky.example/",
        "https://ky.example/csc/v1?oauth=file:///etc/passwd",
        "ftp://ky.example/csc/v1",
    ],
)
def test_an_address_that_is_not_plain_is_refused_and_not_shown(where: str) -> None:
    failing("csc.address", lambda: CscAddress.parse(where), HIDDEN)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_our_error(text: str) -> None:
    for where in (text, f"https://{text}", f"https://ky.example/csc/v1?{text}", f"https://ky.example/?user={text}"):
        with suppress(UsageError):
            assert CscAddress.parse(where).base.startswith(("https://", "http://"))


@given(st.sampled_from(OPTIONS), st.text(min_size=1, max_size=20))
def test_any_value_of_an_option_is_taken_or_is_our_error(name: str, value: str) -> None:
    with suppress(UsageError):
        CscAddress.parse(f"https://ky.example/csc/v1?{name}={value}")


# --- expressions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        (None, ("PIN", "OTP", "FACE")),
        ("PIN", ("PIN",)),
        ("PIN AND OTP", ("PIN", "OTP")),
        ("PIN or OTP", ("PIN",)),
        ("(PIN XOR FACE) AND OTP", ("PIN", "OTP")),
        ("PIN AND OTP OR FACE", ("FACE",)),
        ("PIN AND (OTP OR FACE)", ("PIN", "OTP")),
        ('"OTP" AND ("PIN" XOR ("PIN" AND "FACE"))', ("PIN", "OTP")),
    ],
)
def test_the_fewest_factors_that_satisfy_an_expression_are_chosen(
    expression: str | None, chosen: tuple[str, ...]
) -> None:
    assert least_factors(expression, ("PIN", "OTP", "FACE")) == chosen


@pytest.mark.parametrize(
    "expression",
    [
        "PIN AND",
        "AND PIN",
        "(PIN",
        "PIN)",
        "PIN OTP",
        "IRIS",
        "()",
        "PIN XOR PIN",
        "(" * 60 + "PIN" + ")" * 60,
        "P" * 600,
    ],
)
def test_an_expression_that_cannot_be_satisfied_or_understood_is_an_error(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        least_factors(expression, ("PIN", "OTP"))


@given(st.text('PIN OTAD()XR"', max_size=40))
def test_any_expression_is_answered_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert set(least_factors(text, ("PIN", "OTP"))) <= {"PIN", "OTP"}


# --- answers ----------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("key", "cert", "auth", "authMode", "PIN", "OTP", "SCAL", "multisign", "content", "methods", "authType")
MORE = ("SAD", "expiresIn", "handle", "responseID", "signatures", "access_token", "credentialIDs", "oauth2", "error")
METHODS = ("info", "auth/login", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash")


def test_any_answer_to_any_method_is_a_signature_or_our_error() -> None:
    with running(CscService(version=2)) as service:
        real: dict[str, Any] = {}

        @settings(max_examples=80)
        @given(
            st.sampled_from(METHODS),
            st.dictionaries(st.sampled_from(MEMBERS + MORE), JSON, max_size=4),
            st.booleans(),
            st.sampled_from([200, 202, 400]),
        )
        def check(method: str, members: dict[str, Any], merged: bool, status: int) -> None:
            def fault(values: dict[str, Any]) -> Any:
                right = real.get(method, {}) if merged else {}
                raise RefusedError(status, body=orjson.dumps({**right, **members}))

            service.faults = {method: [fault] * 3}
            with suppress(SigningError):
                open_signer(service.uri(wait=1), Person()).sign(b"x")

        real |= {"info": service.about(), "credentials/info": service.credentials_info({"credentialID": "KY-01"})}
        check()
