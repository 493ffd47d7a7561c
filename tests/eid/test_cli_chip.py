"""`eid chip`: exit statuses, what it shows, what it hides."""

from __future__ import annotations

import json

import pytest

from eid import Chip, KeySet
from eid.cards.der import tlv
from eid.cards.mrz import check_digit
from eid.cards.synthetic import face_file
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


def test_the_face_is_not_written_over_a_key_set(folders, tmp_path, capsys) -> None:
    card, csca = folders
    keys = tmp_path / "keys.pem"
    KeySet.generate().save(keys, lambda _: "secret")
    before = keys.read_bytes()
    status, shown, _ = run(capsys, card, "--csca", csca, "--json", "--face", str(keys))
    assert (status, shown["code"]) == (2, "usage.output-exists")
    assert keys.read_bytes() == before


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


def passport(number: str, *, details: bytes | None = None) -> dict[str, bytes]:
    """A Vietnamese passport with `number` in its zone, and a face in a record that is not read here."""
    fields = [
        f"C12345678{check_digit('C12345678')}",
        f"900517{check_digit('900517')}",
        f"300517{check_digit('300517')}",
    ]
    optional = number.ljust(14, "<") + (check_digit(number) if number else "<")
    whole = check_digit("".join(fields) + optional)
    zone = "P<VNMTRAN<<THI<KIEM<THU".ljust(44, "<") + f"{fields[0]}VNM{fields[1]}F{fields[2]}{optional}{whole}"
    face = face_file(b"\xff\xd8\xff").replace(b"FAC\x00010", b"FAC\x00020")
    groups = {1: tlv(0x61, tlv(0x5F1F, zone.encode())), 2: face} | ({13: details} if details else {})
    return SIGNER.write(groups, chip_key=CARD.key).files


@pytest.mark.parametrize("number", ["", "012345678", "001190654321"])
def test_a_genuine_passport_is_shown_as_far_as_it_can_be_read(folders, tmp_path, capsys, number) -> None:
    """A holder without a personal number yet, a newer kind of face record: the country signed them all the same."""
    card = write(tmp_path / "passport", passport(number))
    status, shown, _ = run(capsys, card, "--csca", folders[1], "--json")
    assert (status, shown["valid"], shown["faces"]) == (0, True, None)
    assert shown["holder"]["name"] == "TRAN THI KIEM THU"
    codes = [each["code"] for each in shown["notices"]]
    assert codes.count("chip.face") == 1
    assert ("chip.person" in codes) is (len(number) != 12)
    assert "chip.face" in run(capsys, card, "--csca", folders[1])[2]


def test_details_of_another_structure_are_told_and_the_zone_is_shown(folders, tmp_path, capsys) -> None:
    card = write(tmp_path / "card2", passport("001190654321", details=tlv(0x6D, tlv(0x04, b"new"))))
    status, shown, _ = run(capsys, card, "--csca", folders[1], "--json")
    assert (status, shown["holder"]["name"]) == (0, "TRAN THI KIEM THU")
    assert [each["code"] for each in shown["notices"]].count("chip.malformed") == 1
    result = Chip.read(card).verify(COUNTRY.store(), at=AT)
    assert "chip.malformed" in {each.code for each in result.notices}


def test_what_is_passed_over_in_the_trusted_folder_is_said(folders, tmp_path, capsys) -> None:
    """A revocation list cut short must not look like none at all."""
    cut = COUNTRY.revocation_list(SIGNER.serial, at=AT)[:-3]
    csca = write(tmp_path / "cut", {"vn.cer": COUNTRY.certificate, "vn.crl": cut})
    status, _, said = run(capsys, folders[0], "--csca", csca, "--json")
    assert status == 0
    assert "vn.crl" in said
    assert "csca.skipped" in said
    vietnamese = next(line for line in said.splitlines() if line.startswith("không dùng 'vn.crl'"))
    assert "malformed" not in vietnamese


def test_a_folder_that_is_not_there_is_a_wrong_call(folders, tmp_path, capsys) -> None:
    assert run(capsys, str(tmp_path / "none"), "--csca", folders[1], "--json")[0] == 2
