"""Ways into remote services and dialects of theirs: OAuth 2.0 by browser and by client, Ascertia ADSS, VNPT SmartCA."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from signing.signer import open_signer

from .csc_dialects import AscertiaService, OAuthService, VnptService
from .csc_loopback import running
from .csc_person import Person, failing, verified
from .csc_server import PASSWORD, PIN, SECRET, CscService

DATA = [f"hồ sơ {i}".encode() for i in range(5)]


def test_the_clients_own_secret_and_no_log_in_at_all_are_ways_in() -> None:
    with running(OAuthService(mode="implicit", ways=("oauth2client",))) as oauth:
        signer: Any = open_signer(oauth.uri(client="so-tt"), Person())
        assert verified(signer, DATA, signer.sign_many(DATA))
    with running(CscService(ways=("none",), mode="implicit")) as service:
        signer = open_signer(service.uri(auth="none"), None)
        assert verified(signer, DATA, signer.sign_many(DATA))
    assert set(service.headers) == {""}


@pytest.mark.parametrize("version", [1, 2])
def test_a_browser_gives_leave_by_a_code_that_is_bound_to_the_hashes(version: int) -> None:
    with running(OAuthService(version=version)) as service:
        person = Person()
        person_or_browser = lambda p: service.browser(p) if p.startswith("Code") else person(p)  # noqa: E731
        uri = service.uri(client="so-tt", redirect="https://so-tt.example/xong")
        signer: Any = open_signer(uri, person_or_browser)
        assert verified(signer, DATA, signer.sign_many(DATA))
    assert service.headers[service.methods().index("oauth2/token")] == ""  # the service's token is not for the other


def test_a_browsers_answer_to_somebody_elses_question_is_refused() -> None:
    with running(OAuthService(forged_state="cua-nguoi-khac")) as service:
        person = Person()
        uri = service.uri(client="so-tt", redirect="https://so-tt.example/xong")
        signer = open_signer(uri, lambda p: service.browser(p) if p.startswith("Code") else person(p))
        failing("csc.oauth-state", lambda: signer.sign(b"x"))
    assert "oauth2/token" not in service.methods()


def test_ascertias_dialect_is_known_by_its_path() -> None:
    with running(AscertiaService()) as service:
        person = Person()
        signer: Any = open_signer(service.uri(client="so-tt", profile="p1"), person)
        assert verified(signer, DATA, signer.sign_many(DATA))
    assert person.prompts == ["Client"]
    sent = dict(service.calls)["signatures/signHash"]
    assert len({d["document_name"] for d in sent["documents"]}) == 5
    assert sent["hashAlgo"] == "2.16.840.1.101.3.4.2.1"


@pytest.mark.parametrize("shuffled", [False, True])
def test_vnpts_transactions_are_confirmed_in_the_app_and_matched_by_name(shuffled: bool) -> None:
    with running(VnptService(shuffled=shuffled)) as service:
        person = Person()
        signer: Any = open_signer(service.uri(dialect="vnpt", client="so-tt"), person)
        assert verified(signer, DATA, signer.sign_many(DATA))
    assert person.prompts == ["Client", "Password"]
    assert service.methods()[-2:] == ["credentials/gettraninfo"] * 2


@pytest.mark.parametrize(
    ("status", "code"), [(4001, "csc.expired"), (4002, "csc.declined"), (4003, "csc.pin"), (4004, "csc.refused")]
)
def test_vnpts_numbers_have_meanings(status: int, code: str) -> None:
    with running(VnptService(status=status)) as service:
        signer = open_signer(service.uri(dialect="vnpt", client="so-tt"), Person())
        failing(code, lambda: signer.sign(b"x"))


def test_vnpts_wrapped_refusal_is_told() -> None:
    with running(VnptService(code=63001)) as service:
        signer = open_signer(service.uri(dialect="vnpt", client="so-tt"), Person())
        assert "63001 Thông báo" in failing("csc.refused", lambda: signer.sign(b"x")).text


def test_a_user_is_named_only_to_a_service_that_does_not_know_them_and_long_lists_come_in_pages() -> None:
    with running(AscertiaService()) as service:
        service.faults["credentials/list"] = [
            lambda _: {"credentialIDs": [], "nextPageToken": "trang-2"},
            lambda _: {"credentialIDs": ["KY-01"]},
        ]
        open_signer(service.uri(client="so-tt", profile="p1"), Person())
    asked = [values for method, values in service.calls if method == "credentials/list"]
    assert asked == [{"userID": "lan"}, {"userID": "lan", "pageToken": "trang-2"}]


def test_a_machine_that_nobody_sits_at_reads_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "mật khẩu").write_text(f"{PASSWORD}\nghi chú\n")
    (tmp_path / "pin").write_text(PIN)
    files = {"password-file": str(tmp_path / "mật khẩu"), "pin-file": tmp_path / "pin"}
    with running(CscService()) as service:
        assert open_signer(service.uri(**files), None).sign(b"x")
        files["pin-file"] = tmp_path / "không có"
        failing("input.unreadable", lambda: open_signer(service.uri(**files), None))


def test_a_token_in_a_file_is_read_again_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "token"
    with running(CscService(ways=("oauth2code",), mode="implicit")) as service:
        service.tokens = {"token-1"}
        path.write_text("token-1")
        signer = open_signer(service.uri(**{"token-file": path}), None)
        service.tokens = {"token-2"}
        path.write_text("token-2\n")
        assert signer.sign(b"x")


def test_a_token_of_scope_credential_may_be_brought_along() -> None:
    with running(OAuthService()) as service:
        hashes = [base64.b64encode(hashlib.sha256(b"x").digest()).decode()]
        person = Person(Access=service.grant(hashes, 1)["SAD"])
        assert open_signer(service.uri(), person).sign(b"x")
    assert person.prompts == ["Password", "Access"]


def test_a_client_with_a_secret_shows_it_for_the_code_too_and_a_bare_code_will_do() -> None:
    with running(OAuthService(ways=("oauth2client",))) as service:
        person = Person()

        def ask(prompt: str) -> str:
            return (
                service.browser(prompt).partition("code=")[2].partition("&")[0]
                if prompt[:4] == "Code"
                else person(prompt)
            )

        uri = service.uri(
            client="so-tt", redirect="https://so-tt.example/xong", oauth=f"http://127.0.0.1:{service.port}/"
        )
        assert open_signer(uri, ask).sign(b"x")
    assert dict(service.calls)["oauth2/token"]["client_secret"] == SECRET
    assert person.prompts == ["Client"]


@pytest.mark.parametrize(
    "pasted", ["https://so-tt.example/xong?code=x", "https://so-tt.example/xong", "x://" + "a=b&" * 99]
)
def test_an_address_without_our_state_is_no_answer(pasted: str) -> None:
    with running(OAuthService()) as service:
        person = Person(Code=pasted)
        signer = open_signer(service.uri(client="so-tt", redirect="https://so-tt.example/xong"), person)
        failing("csc.oauth-state", lambda: signer.sign(b"x"))


@pytest.mark.parametrize(
    ("options", "why"),
    [({"auth": "client"}, "client="), ({"auth": "basic", "user": None}, "user="), ({"user": "a%3Ab"}, "user")],
)
def test_what_a_way_in_needs_has_to_be_in_the_address(options: dict[str, Any], why: str) -> None:
    with running(CscService()) as service:
        assert why in failing("csc.address", lambda: open_signer(service.uri(**options), Person())).text


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("csc.malformed", {"tranStatus": 1}),
        ("csc.malformed", {"tranStatus": 1, "documents": ["x"]}),
        ("csc.malformed", {"tranStatus": 1, "documents": [{}]}),
        ("csc.malformed", {"tranStatus": "xong"}),
        ("csc.malformed", None),
        ("csc.count", {"tranStatus": 1, "documents": []}),
        ("csc.signature", {"tranStatus": "1", "documents": [{"dataSigned": "AAAA"}]}),
        ("csc.refused", {"tranStatus": 77}),
    ],
)
def test_vnpts_outcome_is_held_to_its_form(code: str, content: Any) -> None:
    with running(VnptService()) as service:
        service.faults["credentials/gettraninfo"] = [lambda _: {"code": 0, "content": content}]
        signer = open_signer(service.uri(dialect="vnpt", client="so-tt"), Person())
        failing(code, lambda: signer.sign(b"x"))
