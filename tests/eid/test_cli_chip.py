"""`eid chip`: exit statuses, what it shows, what it hides."""

from __future__ import annotations

import json

import pytest

from eid.cli import main

from .cards.made_chip import AT, CARD, COUNTRY, OTHER, PERSON, SIGNER, changed

TIME = AT.isoformat()


@pytest.fixture
def folders(tmp_path):
    """A folder with the card's files and one with the country's certificate."""
    return write(tmp_path / "card", CARD.files), write(tmp_path / "csca", {"vn.cer": COUNTRY.certificate})


def write(folder, files):
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return str(folder)


def run(capsys, *arguments: str) -> tuple[int, dict, str]:
    status = main(["chip", *arguments, "--at", TIME])
    shown = capsys.readouterr()
    return status, json.loads(shown.out) if shown.out else {}, shown.err


def test_a_genuine_card_exits_0_and_hides_the_numbers(folders, capsys) -> None:
    card, csca = folders
    status, shown, _ = run(capsys, card, "--csca", csca, "--json")
    assert status == 0
    assert shown["valid"]
    assert not shown["active"]
    assert shown["holder"]["name"] == PERSON.full_name
    assert PERSON.number.value not in json.dumps(shown)
    assert PERSON.number.value[3:] not in json.dumps(shown)
    assert "chip.copy-possible" in {each["code"] for each in shown["notices"]}
    _, shown, _ = run(capsys, card, "--csca", csca, "--json", "--show-numbers")
    assert shown["holder"]["personal_number"] == PERSON.number.value


def test_a_person_reads_both_languages(folders, capsys) -> None:
    card, csca = folders
    status, shown, said = run(capsys, card, "--csca", csca)
    assert status == 0
    assert shown["country"] == "VN"
    assert "the chip's data is genuine" in said
    assert "dữ liệu trong chip là thật" in said


def test_no_anchor_exits_3_and_a_changed_card_exits_1(folders, tmp_path, capsys) -> None:
    card, csca = folders
    status, shown, _ = run(capsys, card, "--csca", write(tmp_path / "empty", {}), "--json")
    assert (status, shown["code"]) == (3, "chip.no-anchor")
    copied = write(tmp_path / "changed", changed(DG2=SIGNER.card(PERSON, picture=b"\xff\xd8\xff").files["DG2.bin"]))
    status, shown, _ = run(capsys, copied, "--csca", csca, "--json")
    assert (status, shown["code"]) == (1, "chip.group-changed")


def test_a_challenge_and_its_answer(folders, capsys) -> None:
    card, csca = folders
    answer = CARD.answered(bytes(range(8)))
    flags = ("--challenge", answer.challenge.hex(), "--response", answer.response.hex())
    status, shown, _ = run(capsys, card, "--csca", csca, "--json", *flags)
    assert (status, shown["active"]) == (0, True)
    status, shown, _ = run(capsys, card, "--csca", csca, "--json", "--challenge", "00" * 8, *flags[2:])
    assert (status, shown["code"]) == (1, "chip.active-failed")
    for wrong in (flags[:2], flags[2:], ("--challenge", "00", *flags[2:])):
        assert run(capsys, card, "--csca", csca, "--json", *wrong)[0] == 2
    with pytest.raises(SystemExit) as caught:
        run(capsys, card, "--csca", csca, "--challenge", "xyz")
    assert caught.value.code == 2


def test_the_face_is_written_privately(folders, tmp_path, capsys) -> None:
    card, csca = folders
    face = tmp_path / "face.jpg"
    assert run(capsys, card, "--csca", csca, "--json", "--face", str(face))[0] == 0
    assert face.read_bytes().startswith(b"\xff\xd8\xff")
    assert face.stat().st_mode & 0o077 == 0


def test_a_master_list_is_trusted_below_a_trusted_certificate_only(folders, tmp_path, capsys) -> None:
    card, csca = folders
    listed = tmp_path / "de.ml"
    listed.write_bytes(OTHER.master_list(COUNTRY.certificate))
    german = write(tmp_path / "german", {"de.cer": OTHER.certificate})
    assert run(capsys, card, "--csca", german, "--json")[0] == 3
    assert run(capsys, card, "--csca", german, "--json", "--master-list", str(listed))[0] == 0
    assert run(capsys, card, "--csca", csca, "--json", "--master-list", str(listed))[0] == 3


def test_a_passport_of_another_country_tells_its_zone(tmp_path, capsys) -> None:
    card = write(tmp_path / "card", OTHER.signer().card(PERSON).files)
    status, shown, _ = run(capsys, card, "--csca", write(tmp_path / "de", {"de.cer": OTHER.certificate}), "--json")
    assert status == 0
    assert shown["holder"]["name"] == "TRAN THI KIEM THU"
    assert shown["holder"]["nationalities"] == ["D"]


def test_a_folder_that_is_not_there_is_a_wrong_call(folders, tmp_path, capsys) -> None:
    assert run(capsys, str(tmp_path / "none"), "--csca", folders[1], "--json")[0] == 2
