"""Passive authentication: what a chip proves, and every way in which its files were changed."""

from __future__ import annotations

import hashlib
import pickle
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from eid import Chip, CscaStore, EidError, IndeterminateError, MalformedError, Sex, UsageError, VerificationError
from eid.cards import synthetic_pki as pki
from eid.cards.der import SEQUENCE, children, only, tlv
from eid.cards.sod import Sod
from eid.cards.synthetic import SyntheticCountry, SyntheticSigner, security_object, zone

from .made_chip import AT, CARD, COUNTRY, OTHER, PERSON, SIGNER, STORE, changed, groups, resigned, verify


def refused(code: str, *args, kind: type[EidError] = VerificationError, **options) -> EidError:
    with pytest.raises(kind) as caught:
        verify(*args, **options)
    assert caught.value.code == code
    assert caught.value.exit_status == (3 if kind is IndeterminateError else 1)
    return caught.value


def signer_with(extensions=None, *, serial: int = 101, key=None, **options) -> SyntheticSigner:
    key = key or SIGNER.key
    subject = pki.name("VN", "Synthetic document signer")
    certificate = COUNTRY.issue(key, subject, extensions or pki.signer_extensions(), serial=serial, **options)
    return SyntheticSigner(country=COUNTRY, key=key, certificate=certificate, serial=serial)


def test_a_card_proves_its_holder() -> None:
    result = verify()
    assert result.country == "VN"
    assert result.listed == (1, 2, 13, 14, 15)
    assert not result.active
    assert {notice.code for notice in result.notices} == {"chip.copy-possible", "chip.revocation-unchecked"}
    assert [notice.code for notice in result.proves] == ["chip.genuine"]
    assert result.person() == PERSON
    assert result.anchor.public_key.curve.name == "brainpoolP512r1"
    assert result.mismatches == ()


def test_the_files_may_have_any_of_the_usual_names(tmp_path) -> None:
    names = {
        "EF.SOD": "sod.bin",
        "EF.COM": "EF_COM.dat",
        "DG1.bin": "dg01",
        "DG2.bin": "EF.DG2",
        "DG13.bin": "dg13.BIN",
    }
    for name, data in CARD.files.items():
        (tmp_path / names.get(name, name)).write_bytes(data)
    (tmp_path / "notes.txt").write_text("read at desk 3")
    assert Chip.read(tmp_path).verify(STORE, at=AT).person() == PERSON


def test_a_file_that_is_there_twice_is_refused() -> None:
    refused("chip.file-twice", changed() | {"dg1": CARD.files["DG1.bin"]}, kind=MalformedError)


@pytest.mark.parametrize("name", ["EF_SOD", "DG1"])
def test_without_the_security_object_or_the_zone_nothing_is_proven(name) -> None:
    refused("chip.file-missing", changed(**{name: None}), kind=MalformedError)


def test_data_groups_that_the_reader_may_not_read_can_be_missing() -> None:
    assert verify(changed(DG2=None, DG13=None)).faces() == ()


# --- anchors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", [CscaStore(), OTHER.store()], ids=["empty", "another country"])
def test_without_an_anchor_it_could_not_be_told_and_never_valid(store) -> None:
    refused("chip.no-anchor", store=store, kind=IndeterminateError)


def test_a_country_that_calls_itself_vietnam_is_not_an_anchor() -> None:
    impostor = SyntheticCountry(since=COUNTRY.valid[0])
    refused("chip.no-anchor", impostor.signer().card(PERSON).files, kind=IndeterminateError)


def test_an_impostor_that_copies_the_key_identifier_is_refused(monkeypatch) -> None:
    impostor = SyntheticCountry(since=COUNTRY.valid[0])
    monkeypatch.setattr(pki.SigningKey, "key_id", property(lambda self: COUNTRY.key.spki[-20:]))
    genuine = COUNTRY.issue(COUNTRY.key, COUNTRY.name, pki.authority_extensions(), serial=9)
    files = impostor.signer().card(PERSON).files
    refused("chip.certificate-signature", files, CscaStore([genuine]))


def test_a_certificate_inside_the_chip_is_never_an_anchor() -> None:
    impostor = SyntheticCountry(since=COUNTRY.valid[0])
    signer = impostor.signer()
    sod = signer.sod(groups(), certificates=[signer.certificate, impostor.certificate])
    refused("chip.no-anchor", changed(EF_SOD=sod), kind=IndeterminateError)


def test_a_self_signed_document_signer_is_not_an_anchor() -> None:
    key = pki.SigningKey.generate(ec.SECP256R1())
    own = pki.certificate(
        subject=COUNTRY.name,
        issuer=COUNTRY.name,
        key=key,
        signer=key,
        serial=7,
        valid=COUNTRY.valid,
        extensions=pki.signer_extensions(),
    )
    signer = SyntheticSigner(country=COUNTRY, key=key, certificate=own, serial=7)
    refused("chip.no-anchor", resigned(signer), kind=IndeterminateError)


# --- signature and hashes -------------------------------------------------------------------------------------------


def test_a_changed_data_group_is_found() -> None:
    other = zone(PERSON, "VNM", date(2035, 5, 17))
    error = refused("chip.group-changed", changed(DG1=tlv(0x61, tlv(0x5F1F, other.encode()))))
    assert error.details == {"number": 1}


def test_a_data_group_that_is_not_listed_is_refused() -> None:
    error = refused("chip.group-unlisted", changed(DG12=tlv(0x6C, b"")))
    assert error.details == {"number": 12}


def test_hashes_that_were_changed_break_the_signed_digest() -> None:
    other = dict(groups()) | {1: tlv(0x61, tlv(0x5F1F, zone(PERSON, "VNM", date(2035, 5, 17)).encode()))}
    old, new = (security_object(each, hashes.SHA256()) for each in (groups(), other))
    sod = CARD.files["EF.SOD"]
    assert old in sod
    refused("chip.digest", changed(EF_SOD=sod.replace(old, new), DG1=other[1]))


def test_a_changed_digest_breaks_the_signature() -> None:
    other = dict(groups()) | {1: tlv(0x61, tlv(0x5F1F, zone(PERSON, "VNM", date(2035, 5, 17)).encode()))}
    old, new = (security_object(each, hashes.SHA256()) for each in (groups(), other))
    sod = CARD.files["EF.SOD"].replace(old, new)
    sod = sod.replace(hashlib.sha256(old).digest(), hashlib.sha256(new).digest())
    refused("chip.signature", changed(EF_SOD=sod, DG1=other[1]))


def test_the_security_object_of_another_card_does_not_fit() -> None:
    twin = SIGNER.card(PERSON)  # the same person, another chip key
    refused("chip.group-changed", changed(EF_SOD=twin.files["EF.SOD"]))


def test_signed_attributes_must_name_content_and_digest_once() -> None:
    content = security_object(groups(), hashes.SHA256())
    kind = pki.attribute("1.2.840.113549.1.9.3", pki.identifier("2.23.136.1.1.1"))
    digest = pki.attribute("1.2.840.113549.1.9.4", pki.octets(hashlib.sha256(content).digest()))
    other = pki.attribute("1.2.840.113549.1.9.3", pki.identifier("1.2.840.113549.1.7.1"))
    assert verify(resigned(attributes=[kind, digest]))
    for attributes in ([digest], [kind], [kind, digest, digest], [other, digest], [kind, kind, digest], []):
        refused("chip.malformed", resigned(attributes=attributes), kind=MalformedError)
    wrong = pki.attribute("1.2.840.113549.1.9.4", pki.octets(b"\0" * 32))
    refused("chip.digest", resigned(attributes=[kind, wrong]))


def test_the_algorithm_comes_from_the_signer_info() -> None:
    sod, sha256 = CARD.files["EF.SOD"], pki.digest_algorithm(hashes.SHA256())
    first, last = sod.find(sha256), sod.rfind(sha256)
    assert first < last
    unknown = sha256.replace(b"\x02\x01\x05", b"\x02\x7f\x05")
    assert verify(changed(EF_SOD=sod[:first] + unknown + sod[first + len(sha256) :]))  # SignedData.digestAlgorithms
    in_signer_info = sod[:last] + unknown + sod[last + len(sha256) :]
    refused("chip.algorithm-unknown", changed(EF_SOD=in_signer_info), kind=IndeterminateError)


def test_sha_1_proves_nothing() -> None:
    ecdsa_sha1 = pki.sequence(pki.identifier("1.2.840.10045.4.1"), b"")

    class Weak(pki.SigningKey):
        algorithm = property(lambda self: ecdsa_sha1)

    weak = Weak(private=SIGNER.key.private, digest=hashes.SHA256())
    signer = SyntheticSigner(country=COUNTRY, key=weak, certificate=SIGNER.certificate, serial=SIGNER.serial)
    refused("chip.algorithm-weak", resigned(signer))


@pytest.mark.parametrize("bits", [1024])
def test_small_rsa_keys_prove_nothing(bits) -> None:
    key = pki.SigningKey(private=rsa.generate_private_key(65537, bits), digest=hashes.SHA256())
    refused("chip.algorithm-weak", resigned(signer_with(key=key)))


@pytest.mark.parametrize(
    "key",
    [
        pki.SigningKey.generate(ec.SECP224R1(), hashes.SHA224()),
        pki.SigningKey.generate(ec.SECP384R1(), hashes.SHA384()),
        pki.SigningKey.generate(ec.SECP521R1(), hashes.SHA512()),
        pki.SigningKey.generate(ec.BrainpoolP256R1()),
        pki.SigningKey.generate(ec.BrainpoolP384R1(), hashes.SHA384()),
        pki.SigningKey.generate(2048),
        pki.SigningKey.generate(2048, hashes.SHA512(), pss=True),
        pki.SigningKey(private=ec.generate_private_key(ec.SECP256R1()), digest=hashes.SHA256(), explicit=False),
    ],
    ids=["secp224r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "rsa", "rsa-pss", "named"],
)
def test_every_supported_signer_and_country_key_verifies(key) -> None:
    assert verify(resigned(signer_with(key=key))).document_signer.public_key == key.private.public_key()
    country = SyntheticCountry(key=key, since=COUNTRY.valid[0])
    assert verify(country.signer().card(PERSON).files, country.store()).anchor.der == country.certificate


def test_version_1_of_the_security_object_tells_the_version_of_the_data() -> None:
    card = SIGNER.card(PERSON, version=1)
    assert verify(card.files).person() == PERSON
    assert Sod.parse(card.files["EF.SOD"]).lds_version == "1.8"
    assert Sod.parse(CARD.files["EF.SOD"]).lds_version is None


def test_a_security_object_without_its_signers_certificate_could_not_be_told() -> None:
    refused("chip.no-signer", resigned(certificates=[]), kind=IndeterminateError)
    refused("chip.no-signer", resigned(certificates=[COUNTRY.certificate]), kind=IndeterminateError)


def test_two_signers_are_refused() -> None:
    sod = CARD.files["EF.SOD"]
    identifier, explicit = children(sod, *children(sod, *only(sod, 0x77)[2:])[0][2:])
    fields = children(sod, *children(sod, *explicit[2:])[0][2:])
    infos = sod[fields[-1][2] : fields[-1][3]]
    signed = tlv(SEQUENCE, *(sod[begin:stop] for _, begin, _, stop in fields[:-1]), tlv(0x31, infos, infos))
    both = tlv(0x77, tlv(SEQUENCE, sod[identifier[1] : identifier[3]], tlv(0xA0, signed)))
    refused("chip.malformed", changed(EF_SOD=both), kind=MalformedError)


# --- the document signer --------------------------------------------------------------------------------------------


def test_a_master_list_signer_cannot_sign_chips() -> None:
    refused("chip.certificate-use", resigned(signer_with(pki.list_signer_extensions())))


def test_the_country_key_itself_cannot_sign_chips() -> None:
    signer = SyntheticSigner(country=COUNTRY, key=COUNTRY.key, certificate=COUNTRY.certificate, serial=1)
    refused("chip.certificate-use", resigned(signer))


def test_a_signer_whose_key_is_for_something_else_is_refused() -> None:
    encipherment = pki.extension("2.5.29.15", tlv(0x03, b"\x05\x20"), critical=True)
    refused("chip.certificate-use", resigned(signer_with([encipherment])))


def test_an_unknown_critical_extension_is_refused() -> None:
    unknown = pki.extension("1.2.3.4", b"\x05\0", critical=True)
    refused("chip.certificate-use", resigned(signer_with([*pki.signer_extensions(), unknown])))


@pytest.mark.parametrize("days", [-500, 500])
def test_a_signer_outside_its_validity_is_refused(days) -> None:
    begin, end = AT + timedelta(days=days - 10), AT + timedelta(days=days)
    refused("chip.certificate-expired", resigned(signer_with(valid=(begin, end))))


def test_a_country_certificate_outside_its_validity_is_refused() -> None:
    key = COUNTRY.key
    old = COUNTRY.issue(
        key, COUNTRY.name, pki.authority_extensions(), serial=8, valid=(AT - timedelta(9), AT - timedelta(1))
    )
    refused("chip.certificate-expired", store=CscaStore([old]))
    assert verify(store=CscaStore([old]), at=AT - timedelta(days=5))
    assert verify(store=CscaStore([old, COUNTRY.certificate]))  # the same key, certified anew


# --- countries -------------------------------------------------------------------------------------------------------


def test_the_zone_of_one_country_under_the_certificate_of_another_is_refused() -> None:
    signer = OTHER.signer()
    zone_of_vietnam = {1: groups()[1]}
    card = signer.write(zone_of_vietnam, chip_key=SIGNER.key)
    both = STORE.merged(OTHER.store())
    error = refused("chip.country", card.files, both)
    assert error.details == {"state": "VNM", "country": "DE"}
    assert verify(signer.card(PERSON).files, both).country == "DE"


def test_a_document_signer_of_another_country_than_its_issuer_is_refused() -> None:
    certificate = COUNTRY.issue(SIGNER.key, pki.name("DE", "Synthetic"), pki.signer_extensions(), serial=102)
    signer = SyntheticSigner(country=COUNTRY, key=SIGNER.key, certificate=certificate, serial=102)
    refused("chip.country", resigned(signer))


# --- what a result says ---------------------------------------------------------------------------------------------


def test_an_expired_card_is_genuine_and_says_that_it_expired() -> None:
    result = verify(at=AT.replace(year=2031))
    assert result.expired
    assert "chip.document-expired" in {notice.code for notice in result.notices}


def test_data_groups_that_contradict_each_other_are_told() -> None:
    older = SIGNER.card(PERSON, expires=date(2029, 1, 1)).files["DG1.bin"]
    contradicting = dict(groups()) | {1: older}
    result = verify(SIGNER.write(contradicting, chip_key=CARD.key).files)
    assert result.mismatches == ("card_expires",)
    assert "chip.fields-differ" in {notice.code for notice in result.notices}


def test_without_data_group_13_the_zone_tells_the_person_without_diacritics() -> None:
    person = verify(changed(DG13=None)).person()
    assert person.full_name == "TRAN THI KIEM THU"
    assert (person.number, person.birth_date, person.sex) == (PERSON.number, PERSON.birth_date, Sex.FEMALE)


def test_results_cross_process_pools() -> None:
    result = verify()
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert again.person() == PERSON
    assert pickle.loads(pickle.dumps(Chip.read(CARD.files))).verify(STORE, at=AT) == result


def test_files_that_are_not_bytes_are_a_wrong_call() -> None:
    for wrong in ("text", 7, None, bytearray(b"w")):
        with pytest.raises(UsageError):
            Chip.read({"DG1": wrong})  # type: ignore[dict-item]  # what a caller may get wrong


def test_no_repr_shows_the_person() -> None:
    result = verify()
    told = (result, Chip.read(CARD.files), result.vietnamese(), result.faces(), result.document_signer, STORE)
    shown = " ".join(map(repr, told))
    assert not any(secret in shown for secret in ("Kiểm", "KIEM", "654321", "Cửa Nam"))
