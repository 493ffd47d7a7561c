"""`eid credential issue | verify` and `eid present`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .test_cli import AUDIENCE, ISSUER, Desk

VCT = "https://id.example.vn/credential/person"
NONCE = "n-0S6_WzA2Mj"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path, capsys, monkeypatch)
    assert made.run("keys", "new", "--pass-env", "PW", "holder.pem")[0] == 0
    assert made.run("keys", "publish", "--pass-env", "PW", "holder.pem", "-o", "holder.json")[0] == 0
    return made


def issue(desk: Desk, *more: str) -> tuple[int, str]:
    base = ["credential", "issue", "person.json", "--keys", "keys.pem", "--pass-env", "PW", "--ledger", "ledger.json"]
    base += ["--issuer", ISSUER, "--vct", VCT, "--level", "2", "--evidence", "evidence.json"]
    status, out, _ = desk.run(*base, "--holder", "holder.json", *more)
    return status, out.strip()


def present(desk: Desk, credential: str, *more: str) -> tuple[int, str]:
    base = ["present", "--keys", "holder.pem", "--pass-env", "PW", "--audience", AUDIENCE, "--nonce", NONCE]
    status, out, _ = desk.run(*base, *(more or ("--disclose", "age_equal_or_over.18")), "-", stdin=credential + "\n")
    return status, out.strip()


def verify(desk: Desk, presentation: str, *more: str) -> tuple[int, dict[str, Any]]:
    base = ["credential", "verify", "--jwks", "jwks.json", "--issuer", ISSUER, "--audience", AUDIENCE, "--vct", VCT]
    base += ["--level", "2", "--status", "status.jwt", "--json"]
    bound = () if "--unbound" in more else ("--nonce", NONCE)
    status, out, err = desk.run(*base, *bound, *more, "-", stdin=presentation)
    assert err == ""
    return status, json.loads(out)


def test_an_age_from_the_issuer_to_the_verifier(desk: Desk) -> None:
    status, credential = issue(desk)
    assert status == 0
    desk.publish()
    status, presentation = present(desk, credential)
    assert status == 0
    status, answer = verify(desk, presentation, "--require", "age_equal_or_over.18")
    assert (status, answer["valid"], answer["code"]) == (0, True, None)
    assert answer["credential"]["claims"] == {"age_equal_or_over": {"18": True}}
    assert list(answer["credential"]) == [
        *("issuer", "vct", "level", "claims", "evidence", "issued", "expires", "presented")
    ]


def test_refusals_are_answers(desk: Desk) -> None:
    _, credential = issue(desk)
    desk.publish()
    _, presentation = present(desk, credential)
    status, answer = verify(desk, presentation, "--require", "name")
    assert (status, answer["valid"], answer["code"]) == (1, False, "credential.not-shown")
    assert answer["credential"] is None
    assert answer["text"] != answer["text_vi"]
    assert verify(desk, presentation, "--unbound")[1]["code"] == "holder.bound"
    assert verify(desk, "nonsense")[1]["code"] == "disclosure.malformed"


def test_a_nonce_is_answered_once_and_journalled(desk: Desk) -> None:
    _, credential = issue(desk)
    desk.publish()
    _, presentation = present(desk, credential, "--everything")
    more = ("--replay", "used.db", "--journal", "journal.jsonl")
    assert verify(desk, presentation, *more)[0] == 0
    assert verify(desk, presentation, *more)[1]["code"] == "credential.replayed"
    rules = [json.loads(line)["rule"] for line in Path("journal.jsonl").read_text().splitlines()]
    assert rules == [None, "replay"]


def test_a_batch_and_its_revocation(desk: Desk) -> None:
    status, out = issue(desk, "--batch", "--json")
    answer = json.loads(out)
    assert status == 0
    assert len(answer["credentials"]) == len(answer["token_ids"]) == 2
    assert desk.run("revoke", "--ledger", "ledger.json", answer["token_ids"][0])[0] == 0
    desk.publish()
    codes = [verify(desk, present(desk, each)[1])[1]["code"] for each in answer["credentials"]]
    assert codes == ["token.revoked", None]


def test_without_the_holder_s_keys(desk: Desk) -> None:
    _, credential = issue(desk)
    base = ["present", "--keys", "keys.pem", "--pass-env", "PW", "--audience", AUDIENCE, "--nonce", NONCE]
    status, out, _ = desk.run(*base, "--everything", "--json", credential)
    assert (status, json.loads(out)["code"]) == (2, "credential.other-key")


@pytest.mark.parametrize("text", ["nonsense", "a.b.c", "a.b.c~" + "x~" * 257])
def test_a_holder_is_not_told_to_ask_the_holder(desk: Desk, text: str) -> None:
    status, out = present(desk, text, "--everything", "--json")
    answer = json.loads(out)
    assert (status, answer["code"]) == (1, "credential.malformed")
    assert "holder" not in answer["text"]
    assert "người giữ" not in answer["text_vi"]


def test_a_presentation_is_not_presented_again(desk: Desk) -> None:
    _, credential = issue(desk)
    status, out = present(desk, present(desk, credential)[1], "--everything", "--json")
    assert (status, json.loads(out)["code"]) == (1, "credential.malformed")


def test_written_to_a_file_or_as_json(desk: Desk) -> None:
    _, credential = issue(desk)
    assert present(desk, credential, "--everything", "-o", "shown.txt") == (0, "")
    assert Path("shown.txt").read_text().count("~") == credential.count("~")
    assert json.loads(present(desk, credential, "--everything", "--json")[1])["presentation"].startswith(credential)
    assert present(desk, credential, "--disclose", "surname")[0] == 2
