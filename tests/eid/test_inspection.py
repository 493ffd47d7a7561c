"""What `inspect` shows: every layer, all of it marked unverified, numbers masked, and never an error for odd bytes."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import AuthenticationLevel, Key, Level, qr
from eid.cards.synthetic import SyntheticCountry
from eid.cli import main
from eid.counter import make_counter_credential, present_at_counter
from eid.disclosure.compact import combine
from eid.disclosure.concealing import conceal
from eid.encoding import b64url, dump_json, unb64url
from eid.holder import make_proof
from eid.inspection import MAX_BYTES, Inspection, inspect, inspect_chip
from eid.jws import header_segment, sign_compact
from eid.testing import FakeIssuer

from ..patience import cost

FAKE = FakeIssuer()
NUMBER = FAKE.adult.number.value
SEVEN = f"{NUMBER}|098765432|Trần Thị Kiểm Thử|17051990|Nữ|Số 1, phường Cửa Nam, Hà Nội|01072024"
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
COUNTRY = SyntheticCountry()
CARD = COUNTRY.signer().card(FAKE.adult)
HOLDER = Key.generate()


def counter_code(holder: Key | None) -> tuple[bytes, str]:
    credential = make_counter_credential(
        FAKE.keys,
        issuer="https://id.example.vn",
        counter="H26.19/3",
        subject="0" * 40,
        level=Level.TWO,
        auth_level=AuthenticationLevel.TWO,
        holder=holder,
        name="Trần Thị Kiểm Thử",
        at=FAKE.now,
    )
    challenge = None if holder is None else bytes(16)
    return credential, present_at_counter(credential, holder=holder, challenge=challenge)


def presentation() -> str:
    claims = {"iss": "https://id.example.vn", "name": "Trần Thị Kiểm Thử", "age_equal_or_over": {"18": True}}
    payload, disclosures = conceal(claims, ["name", ("age_equal_or_over", "18")])
    key = FAKE.keys.active
    over = combine(sign_compact(key, header_segment(key, "dc+sd-jwt"), dump_json(payload)), disclosures)
    return over + make_proof(HOLDER, audience="a", nonce="n", over=over, at=FAKE.now)


def all_of(layer: Inspection) -> Iterator[Inspection]:
    yield layer
    for each in layer.layers:
        yield from all_of(each)


KNOWN: dict[str, bytes | str] = {
    "identity": FAKE.token_with_number(),
    "status-list": FAKE.status_token(),
    "sd-jwt": presentation(),
    "jwks": json.dumps(FAKE.jwks),
    "counter-code": counter_code(HOLDER)[1],
    "cwt": counter_code(HOLDER)[0],
    "card-qr": SEVEN,
    "mrz": PASSPORT,
    "number": NUMBER,
    "certificate": COUNTRY.certificate,
    "chip-file": CARD.files["EF.SOD"],
    "pem": "-----BEGIN CERTIFICATE-----\n"
    + base64.encodebytes(COUNTRY.certificate).decode()
    + "-----END CERTIFICATE-----",
    "picture": qr.png(SEVEN),
    "jws": FAKE.token().replace(FAKE.token().split(".")[0], b64url(b'{"alg":"none"}').decode()),
}


@pytest.mark.parametrize("kind", KNOWN)
def test_each_kind_is_known_as_text_and_as_bytes_and_says_that_nothing_is_verified(kind: str) -> None:
    data = KNOWN[kind]
    found = inspect(data)
    assert found.kind == kind
    if isinstance(data, str):
        assert inspect(data.encode() + b"\r\n").to_dict() == found.to_dict()
    for layer in all_of(found):
        answer = layer.to_dict()
        assert answer["unverified"] is layer.unverified is True
        assert answer["problem"] is None, answer
        assert answer["text"] != answer["text_vi"]
        json.dumps(answer)
    assert "unverified=True" in repr(found)


def test_no_number_is_shown_unless_it_is_asked_for() -> None:
    hidden, shown = (
        "\n".join(json.dumps(inspect(data, show_numbers=show).to_dict()) for data in KNOWN.values())
        + json.dumps(inspect_chip(CARD.files, show_numbers=show).to_dict())
        for show in (False, True)
    )
    for secret in (NUMBER, NUMBER[3:], "098765432", "L898902C3"):
        assert secret not in hidden, secret
        assert secret in shown, secret
    assert "001******321" in hidden
    assert NUMBER not in f"{[repr(inspect(data)) for data in KNOWN.values()]}"


def test_a_token_is_shown_claim_by_claim() -> None:
    facts = inspect(FAKE.token()).facts
    assert facts["header"]["typ"] == "eid+jwt"
    assert facts["claims"]["verified_claims"]["claims"]["name"] == "Trần Thị Kiểm Thử"
    assert facts["times"]["exp"] == (FAKE.now + timedelta(seconds=300)).isoformat()
    assert facts["signature_bytes"] == 64


def test_a_status_list_is_counted() -> None:
    fake = FakeIssuer()
    fake.revoked()
    fake.suspended()
    counted = inspect(fake.status_token()).facts["status_list"]
    assert (counted["revoked"], counted["suspended"], counted["valid"]) == (1, 1, (1 << 20) - 2)


def test_a_presentation_is_shown_disclosure_by_disclosure() -> None:
    found = inspect(KNOWN["sd-jwt"])
    assert [layer.kind for layer in found.layers] == ["credential", "disclosure", "disclosure", "key-binding"]
    assert {"name": "Trần Thị Kiểm Thử"} in [layer.facts.get("discloses") for layer in found.layers]
    assert found.facts["revealed"]["age_equal_or_over"] == {"18": True}
    cut = str(KNOWN["sd-jwt"]).split("~")
    foreign = inspect("~".join((cut[0], b64url(b'["salt","role","mayor"]').decode(), "")))
    assert foreign.problem is not None
    assert foreign.problem.code == "disclosure.unreferenced"
    assert foreign.layers[1].facts["discloses"] == {"role": "mayor"}


def test_a_counter_code_is_shown_with_and_without_its_device() -> None:
    bound, loose = inspect(counter_code(HOLDER)[1]), inspect(counter_code(None)[1])
    assert (bound.facts["bound_to_a_device"], loose.facts["bound_to_a_device"]) == (True, False)
    assert bound.layers[0].facts["claims"]["aud"] == "H26.19/3"
    assert bound.layers[0].kind == "cwt"


def test_the_files_of_a_chip_are_shown_file_by_file() -> None:
    found = inspect_chip(CARD.files)
    by_name = {layer.title.text.split()[1]: layer for layer in found.layers}
    assert set(by_name) == {"EF.COM", "EF.SOD", "DG1", "DG2", "DG13", "DG14", "DG15"}
    assert by_name["DG1"].facts["zone"]["name"] == "TRAN THI KIEM THU"
    assert by_name["DG2"].facts["faces"][0][0] == "image/jpeg"
    assert by_name["DG13"].facts["fields"]["2"] == ["Trần Thị Kiểm Thử"]
    assert by_name["EF.SOD"].facts["hashes"].keys() == {"DG1", "DG2", "DG13", "DG14", "DG15"}
    assert by_name["EF.SOD"].layers[0].kind == "certificate"


def test_a_code_on_a_picture_is_opened_as_if_it_were_given() -> None:
    found = inspect(KNOWN["picture"])
    assert [layer.to_dict() for layer in found.layers] == [inspect(SEVEN).to_dict()]
    nothing = inspect(b"\x89PNG\r\n\x1a\nbroken")
    assert nothing.kind == "picture"
    assert nothing.problem is not None


def test_of_private_keys_only_that_they_are_there(tmp_path: Path) -> None:
    FAKE.keys.save(tmp_path / "keys.pem", lambda _: "word")
    data = (tmp_path / "keys.pem").read_bytes()
    for shown in (inspect(data), inspect(b"-----BEGIN" + data.split(b"-----BEGIN", 1)[1])):
        assert data.split(b"\n")[2].decode() not in json.dumps(shown.to_dict())
    leaked = {"keys": [{**FAKE.keys.active.to_jwk(), "d": "c2VjcmV0" * 5}]}
    found = inspect(json.dumps(leaked))
    assert "c2VjcmV0" not in json.dumps(found.to_dict())
    assert found.problem is not None
    assert found.problem.code == "jwks.private"


def test_what_a_token_hides_from_terminals() -> None:
    header, payload, signature = FAKE.token().split(".")
    claims = json.loads(unb64url(payload.encode()))
    claims["verified_claims"]["claims"]["name"] = "a\x1b[31m\u202eb"
    answer = json.dumps(inspect(f"{header}.{b64url(dump_json(claims)).decode()}.{signature}").to_dict())
    assert "\\u001b" not in answer
    assert "\\u202e" not in answer


def test_names_of_claims_and_kinds_hide_as_values_do() -> None:
    """A claim's name, a disclosure's name and a token's kind come from a stranger as its values do."""
    odd = f"a\x1b[2J\n[unverified] {NUMBER} \u202e"
    header = b64url(dump_json({"alg": "ES256", "typ": f"kind {NUMBER}"})).decode()
    payload = b64url(dump_json({odd: 1, "inner": [{odd: 2}], "x" * 5000: 3})).decode()
    disclosure = b64url(dump_json(["salt", odd, "value"])).decode()
    answer = inspect(f"{header}.{payload}.AA~{disclosure}~").to_dict()
    text = json.dumps(answer, ensure_ascii=False)
    for hidden in (NUMBER, "\\u001b", "\\n[unverified]", "\u202e", "x" * 400):
        assert hidden not in text, hidden
    assert len(answer["layers"]) == 2
    assert NUMBER in json.dumps(inspect(f"{header}.{payload}.AA~{disclosure}~", show_numbers=True).to_dict())


def test_blank_lines_after_the_head_of_a_pem_file_cost_no_more_than_their_number() -> None:
    with cost(10):
        assert inspect("-----BEGIN CERTIFICATE-----" + "\n" * 500_000 + "!").kind == "pem"


def test_long_and_deep_values_are_cut() -> None:
    deep: Any = "end"
    for _ in range(100):
        deep = [deep]
    claims = {"long": "x" * 5000, "deep": deep, "many": list(range(1000)), "iat": 10**15, "exp": True}
    key = FAKE.keys.active
    found = inspect(sign_compact(key, header_segment(key, "JWT"), dump_json(claims)))
    assert len(json.dumps(found.to_dict())) < 3000
    assert "times" not in found.facts


def test_a_bomb_is_a_problem_and_the_rest_is_shown() -> None:
    import zlib

    key = FAKE.keys.active
    claims = {"sub": "x", "status_list": {"bits": 2, "lst": b64url(zlib.compress(bytes(50_000_000), 9)).decode()}}
    found = inspect(sign_compact(key, header_segment(key, "statuslist+jwt"), dump_json(claims)))
    assert found.problem is not None
    assert found.problem.code == "status.limit"
    assert found.facts["claims"] == {"sub": "x"}
    assert inspect(bytes(MAX_BYTES + 1)).problem is not None


@settings(max_examples=100)
@given(st.text() | st.binary())
def test_any_input_is_an_inspection(data: str | bytes) -> None:
    json.dumps(inspect(data).to_dict())


@pytest.mark.parametrize("kind", KNOWN)
def test_a_damaged_one_is_an_inspection(kind: str) -> None:
    draw, data = random.Random(kind), KNOWN[kind]
    whole = data.encode() if isinstance(data, str) else data
    for _ in range(60):
        place = draw.randrange(len(whole))
        for changed in (
            whole[:place] + bytes([draw.randrange(256)]) + whole[place + 1 :],
            whole[:place],
            whole[place:],
            whole[:place] + whole[place // 2 :],
        ):
            json.dumps(inspect(changed).to_dict())


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token.txt").write_text(FAKE.token_with_number() + "\n")
    assert main(["inspect", str(tmp_path / "token.txt"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["unverified"]) == ("identity", True)
    assert answer["facts"]["claims"]["verified_claims"]["claims"]["personal_number"] == "001******321"
    assert main(["inspect", NUMBER, "--json", "--show-numbers"]) == 0
    assert NUMBER in capsys.readouterr().out
    assert main(["inspect", "nothing at all"]) == 3
    out, err = capsys.readouterr()
    assert "[unverified] nothing that is known here · không nhận ra nội dung" in out
    assert "chưa có nội dung nào dưới đây được kiểm tra" in err
    chip = tmp_path / "card"
    chip.mkdir()
    for name, data in CARD.files.items():
        (chip / name).write_bytes(data)
    assert main(["inspect", str(chip)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[unverified] files of a chip")
    assert any(line.startswith("  [unverified] file DG13 of a chip") for line in lines)
    assert not any(NUMBER in line for line in lines)


def test_a_folder_without_a_chips_files_and_no_text_at_all_are_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The empty text is not the folder that the command happens to run in."""
    (tmp_path / "readme.txt").write_text("nothing")
    assert main(["inspect", str(tmp_path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["kind"] == "unknown"
    (tmp_path / "DG1.bin").write_bytes(CARD.files["DG1.bin"])
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", "", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["facts"]["bytes"] == 0
    assert main(["inspect", ".", "--json"]) == 0
