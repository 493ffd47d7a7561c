"""The data groups: faces, details of other countries, Vietnam's data group 13, security infos, EF.COM."""

from __future__ import annotations

import struct
from datetime import date

import pytest

from eid import LimitError, MalformedError
from eid.cards.countries import two_letters
from eid.cards.der import UTF8, tlv
from eid.cards.dg2 import read_faces
from eid.cards.dg11 import read_details
from eid.cards.dg13 import read_vietnamese
from eid.cards.dg14 import read_security_infos
from eid.cards.lds import Com, file_key, read_files, read_mrz
from eid.cards.synthetic import PICTURE, face_file
from eid.cards.synthetic_pki import identifier, integer, sequence, set_of

from .made_chip import AT, CARD, PERSON, groups


def malformed(parse, data: bytes, code: str = "chip.malformed") -> None:
    with pytest.raises(MalformedError) as caught:
        parse(data)
    assert caught.value.code == code


# --- DG2 -------------------------------------------------------------------------------------------------------------

JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(20)
J2C = b"\xff\x4f\xff\x51" + bytes(20)


@pytest.mark.parametrize(
    ("picture", "media_type", "suffix"),
    [(PICTURE, "image/jpeg", ".jpg"), (JP2, "image/jp2", ".jp2"), (J2C, "image/j2c", ".j2c")],
)
def test_the_face_comes_out_as_its_bytes(picture, media_type, suffix) -> None:
    (face,) = read_faces(face_file(picture))
    assert (face.data, face.media_type, face.suffix) == (picture, media_type, suffix)
    assert (face.width_px, face.height_px) == (480, 640)


def test_feature_points_stand_before_the_picture() -> None:
    plain = face_file(PICTURE)
    record = plain[plain.index(b"FAC\0") :]
    image = record[14 + 20 :]
    face = struct.pack(">IH14x", 20 + 16 + len(image), 2) + bytes(16) + image
    again = b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(face), 1) + face
    template = tlv(0x7F60, tlv(0xA1), tlv(0x7F2E, again))
    assert read_faces(tlv(0x75, tlv(0x7F61, integer(1), template)))[0].data == PICTURE


def test_a_picture_of_another_kind_is_refused() -> None:
    malformed(read_faces, face_file(b"<svg onload=alert(1)>"))
    malformed(read_faces, face_file(b""))


def test_a_record_of_another_standard_says_so() -> None:
    malformed(read_faces, face_file(PICTURE).replace(b"FAC\x00010", b"FAC\x00020"), "chip.face")


@pytest.mark.parametrize("count", [0, 2, 200])
def test_the_number_of_faces_must_be_right(count) -> None:
    whole = face_file(PICTURE)
    malformed(read_faces, whole.replace(b"\x02\x01\x01\x7f\x60", bytes((2, 1, count, 0x7F, 0x60)), 1))


# --- DG11 ------------------------------------------------------------------------------------------------------------


def details(*fields: bytes) -> bytes:
    return tlv(0x6B, tlv(0x5C, b"\x5f\x0e"), *fields)


def test_additional_details_are_read() -> None:
    others = tlv(0xA0, integer(1), tlv(0x5F0F, b"SMITH<<JOHN"))
    data = details(
        tlv(0x5F0E, "MÜLLER<<ANNA".encode()), tlv(0x5F10, b"123"), tlv(0x5F2B, bytes.fromhex("19900517")), others
    )
    found = read_details(data)
    assert (found.full_name, found.personal_number, found.birth) == ("MÜLLER<<ANNA", "123", "19900517")
    assert found.other_names == ("SMITH<<JOHN",)
    assert read_details(details(tlv(0x5F2B, b"19900517"))).birth == "19900517"
    assert "ANNA" not in repr(found)


@pytest.mark.parametrize(
    "fields",
    [
        [tlv(0x5F0E, b"A"), tlv(0x5F0E, b"B")],
        [tlv(0x5F55, b"A")],
        [tlv(0x5F0E, b"\xff\xfe")],
        [tlv(0x5F0E, b"A\x1b[31m")],
        [tlv(0x5F2B, b"1990")],
        [tlv(0x5F2B, "１９９００５１７".encode())],
    ],
    ids=["twice", "unknown", "not UTF-8", "control characters", "short day", "other digits"],
)
def test_malformed_details_are_refused(fields) -> None:
    malformed(read_details, details(*fields))


# --- DG13 ------------------------------------------------------------------------------------------------------------


def vietnamese(*fields: bytes, version: int = 1, coding: str = "1.0.10646.1.0.8") -> bytes:
    return tlv(0x6D, sequence(integer(version), identifier(coding), set_of(*fields)))


def field(number: int, *texts: str) -> bytes:
    values = [tlv(UTF8, text.encode()) for text in texts]
    return sequence(integer(number), *(values if len(values) < 2 else [sequence(*values)]))


def test_fields_go_by_their_number_and_may_be_missing() -> None:
    found = read_vietnamese(vietnamese(field(9, "Hà Nội"), field(1, "001090123456"), field(16, "AB"), field(40, "?")))
    assert found.named() == {"number": "001090123456", "residence": "Hà Nội", "field-16": "AB", "field-40": "?"}
    assert found.text(2) is None
    assert found.day(3) is None
    assert found.sex is None


def test_parents_are_two_texts_and_names_are_composed() -> None:
    found = read_vietnamese(vietnamese(field(13, "Nguyễn Văn Cha", "Trần Thị Mẹ"), field(2, "Nguyễn Văn A")))
    assert found.fields[13] == ("Nguyễn Văn Cha", "Trần Thị Mẹ")
    assert found.text(13) is None
    assert found.text(2) == "Nguyễn Văn A"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17/05/1990", date(1990, 5, 17)),
        ("17051990", date(1990, 5, 17)),
        ("1990-05-17", date(1990, 5, 17)),
        ("19900517", date(1990, 5, 17)),
        ("20011912", date(1912, 1, 20)),
        ("1990", None),
        ("31/02/1990", None),
        ("Không thời hạn", None),
    ],
)
def test_days_are_read_where_they_are_whole(text, day) -> None:
    assert read_vietnamese(vietnamese(field(3, text))).day(3) == day


@pytest.mark.parametrize(
    "data",
    [
        vietnamese(field(1, "a"), field(1, "b")),
        vietnamese(field(1, "a"), version=2),
        vietnamese(field(1, "a"), coding="1.2.3"),
        vietnamese(sequence(integer(1), tlv(0x04, b"a"))),
        vietnamese(sequence(tlv(UTF8, b"a"))),
        vietnamese(sequence()),
        vietnamese(*(field(number, "a") for number in range(70))),
        vietnamese(field(2, "A\u202eB")),
        tlv(0x6D),
        tlv(0x6E, b""),
    ],
)
def test_another_structure_is_refused(data) -> None:
    malformed(read_vietnamese, data)


# --- DG14, DG1, COM --------------------------------------------------------------------------------------------------


def test_security_infos_name_what_the_chip_can() -> None:
    chip_authentication = sequence(identifier("0.4.0.127.0.7.2.2.3.2.2"), integer(1))
    active = sequence(identifier("2.23.136.1.1.5"), integer(1), identifier("0.4.0.127.0.7.1.1.4.1.4"))
    found = read_security_infos(tlv(0x6E, set_of(active, chip_authentication)))
    assert found.active_digest is not None
    assert found.active_digest.name == "sha384"
    assert set(found.offers) == {"active authentication", "chip authentication"}
    malformed(read_security_infos, tlv(0x6E, set_of(active, active)))
    malformed(read_security_infos, tlv(0x6E, set_of()))


def test_an_ecdsa_chip_with_sha_1_is_not_believed() -> None:
    active = sequence(identifier("2.23.136.1.1.5"), integer(1), identifier("0.4.0.127.0.7.1.1.4.1.1"))
    assert read_security_infos(tlv(0x6E, set_of(active))).active_digest is None


def test_data_group_1_is_one_zone() -> None:
    assert read_mrz(groups()[1], at=AT).personal_number == PERSON.number
    malformed(lambda data: read_mrz(data, at=AT), tlv(0x61))
    malformed(lambda data: read_mrz(data, at=AT), tlv(0x61, tlv(0x5F1F, b"\xff" * 90)))
    malformed(lambda data: read_mrz(data, at=AT), tlv(0x61, tlv(0x5F1F, b"A" * 91)), "mrz.malformed")


def test_com_is_read_and_proves_nothing() -> None:
    found = Com.parse(CARD.files["EF.COM"])
    assert (found.lds_version, found.groups) == ("1.7", (1, 2, 13, 14, 15))
    malformed(Com.parse, tlv(0x60, tlv(0x5F01, b"0107")))
    malformed(Com.parse, b"")


# --- names and limits ------------------------------------------------------------------------------------------------


def test_names_of_files() -> None:
    known = {"EF.SOD": "SOD", "sod": "SOD", "EF_DG1.bin": "DG1", "dg16.dat": "DG16", "DG02": "DG2", "ef.com": "COM"}
    assert {name: file_key(name) for name in known} == known
    for name in ("DG17", "DG0", "DG1.bin.exe2x", "../DG1", "DG1/..", "", "DG²", "EF.CardAccess"):
        assert file_key(name) is None


def test_a_huge_file_is_refused_before_it_is_read(tmp_path) -> None:
    with pytest.raises(LimitError):
        read_files({"DG2": bytes(5 << 20)})
    with (tmp_path / "DG2.bin").open("wb") as out:
        out.truncate(1 << 40)
    with pytest.raises(LimitError):
        read_files(tmp_path)


def test_countries() -> None:
    codes = {"VNM": "VN", "D": "DE", "GBN": "GB", "VN": "VN", "USA": "US", "XYZ": None}
    assert {code: two_letters(code) for code in codes} == codes
