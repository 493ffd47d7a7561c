"""Country certificates: what makes an anchor, links, revocation lists, master lists."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from eid import CscaStore, EidError, IndeterminateError, MalformedError, MasterList, UsageError, VerificationError
from eid.cards import synthetic_pki as pki
from eid.cards.certificate import CardCertificate
from eid.cards.crl import Crl
from eid.cards.der import tlv
from eid.cards.synthetic import SyntheticCountry

from .made_chip import AT, CARD, COUNTRY, OTHER, PERSON, SIGNER, SINCE, refused_by_type, verify

SUCCESSOR = SyntheticCountry(key=pki.SigningKey.generate(ec.BrainpoolP384R1()), since=SINCE)
THIRD = SyntheticCountry(key=pki.SigningKey.generate(ec.SECP256R1()), since=SINCE)
NEW_CARD = SUCCESSOR.signer().card(PERSON)


def pem(der: bytes, kind: str = "CERTIFICATE") -> bytes:
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (kind.encode(), base64.encodebytes(der), kind.encode())


# --- folder ----------------------------------------------------------------------------------------------------------


def test_a_folder_of_pem_and_der_is_a_store_and_says_what_it_passed_over(tmp_path) -> None:
    (tmp_path / "vn.cer").write_bytes(COUNTRY.certificate)
    (tmp_path / "others.pem").write_bytes(b"# two\n" + pem(OTHER.certificate) + pem(COUNTRY.link(SUCCESSOR)))
    (tmp_path / "vn.crl").write_bytes(COUNTRY.revocation_list(7, at=AT))
    (tmp_path / "readme.txt").write_text("certificates of 2026")
    (tmp_path / "signer.der").write_bytes(SIGNER.certificate)
    (tmp_path / "broken.cer").write_bytes(COUNTRY.certificate[:-5])
    store = CscaStore.from_folder(tmp_path)
    assert {anchor.country for anchor in store.anchors} == {"VN", "DE"}
    assert [link.subject for link in store.links] == [CardCertificate.parse(SUCCESSOR.certificate).subject]
    assert len(store.skipped) == 3
    result = verify(store=store)
    assert result.revocation_checked
    assert verify(NEW_CARD.files, store).issuers[-1].der == COUNTRY.certificate


def test_lists_in_pem_count_too(tmp_path) -> None:
    (tmp_path / "vn.pem").write_bytes(pem(COUNTRY.certificate) + pem(COUNTRY.revocation_list(at=AT), "X509 CRL"))
    assert verify(store=CscaStore.from_folder(tmp_path)).revocation_checked


def test_a_folder_that_is_not_there_is_a_wrong_call(tmp_path) -> None:
    with pytest.raises(UsageError) as caught:
        CscaStore.from_folder(tmp_path / "none")
    assert caught.value.code == "input.unreadable"


# --- anchors and links -----------------------------------------------------------------------------------------------


def test_a_link_certificate_carries_trust_to_the_new_key() -> None:
    store = CscaStore([COUNTRY.certificate, COUNTRY.link(SUCCESSOR)])
    result = verify(NEW_CARD.files, store)
    assert [issuer.der for issuer in result.issuers] == [
        store.links[0].der,
        COUNTRY.certificate,
    ]


def test_a_link_without_its_anchor_carries_nothing() -> None:
    refused_by_type(IndeterminateError, "chip.no-anchor", NEW_CARD.files, CscaStore([COUNTRY.link(SUCCESSOR)]))


def test_a_link_that_the_old_key_did_not_sign_carries_nothing() -> None:
    store = CscaStore([COUNTRY.certificate, OTHER.link(SUCCESSOR)])
    assert len(store.links) == 1
    refused_by_type(IndeterminateError, "chip.no-anchor", NEW_CARD.files, store)


def test_links_are_followed_up_to_a_limit_and_never_in_circles() -> None:
    chain = [COUNTRY.certificate, COUNTRY.link(SUCCESSOR), SUCCESSOR.link(THIRD)]
    card = THIRD.signer().card(PERSON)
    assert len(verify(card.files, CscaStore(chain)).issuers) == 3
    circle = CscaStore([SUCCESSOR.link(THIRD), THIRD.link(SUCCESSOR)])
    assert circle.anchors == ()
    refused_by_type(IndeterminateError, "chip.no-anchor", card.files, circle)


@pytest.mark.parametrize(
    ("extensions", "why"),
    [
        (pki.signer_extensions(), "authority"),
        ([], "authority"),
        ([pki.authority_extensions()[0], *pki.signer_extensions()], "sign certificates"),
        ([*pki.authority_extensions(), pki.extension("1.2.3", b"\x05\0", critical=True)], "critical"),
    ],
)
def test_what_may_not_sign_certificates_is_no_anchor(extensions, why) -> None:
    store = CscaStore([COUNTRY.issue(COUNTRY.key, COUNTRY.name, extensions, serial=3)])
    assert len(store) == 0
    assert why in store.skipped[0].why
    refused_by_type(IndeterminateError, "chip.no-anchor", store=store)


def test_the_use_of_the_key_is_enough_where_basic_constraints_are_missing() -> None:
    old = COUNTRY.issue(COUNTRY.key, COUNTRY.name, pki.authority_extensions()[1:], serial=3)
    assert verify(store=CscaStore([old]))


def test_an_old_key_of_the_same_name_does_not_hide_the_right_one() -> None:
    older = SyntheticCountry(key=pki.SigningKey.generate(2048), since=SINCE)
    for certificates in ([older.certificate, COUNTRY.certificate], [COUNTRY.certificate, older.certificate]):
        assert verify(store=CscaStore(certificates)).anchor.der == COUNTRY.certificate


class Sha1Key(pki.SigningKey):
    """Signs as countries did long ago."""

    algorithm = property(lambda self: pki.sequence(pki.identifier("1.2.840.10045.4.1")))

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, ec.ECDSA(hashes.SHA1()))


def test_a_link_signed_long_ago_does_not_hide_a_good_one() -> None:
    old = SyntheticCountry(key=Sha1Key(private=COUNTRY.key.private, digest=COUNTRY.key.digest), since=SINCE)
    weak, good, anchors = old.link(SUCCESSOR), THIRD.link(SUCCESSOR), [COUNTRY.certificate, THIRD.certificate]
    for links in ([weak, good], [good, weak]):
        assert verify(NEW_CARD.files, CscaStore([*anchors, *links])).anchor.der == THIRD.certificate
    refused_by_type(VerificationError, "chip.algorithm-weak", NEW_CARD.files, CscaStore([*anchors, weak]))


def test_a_country_whose_certificate_has_three_letters_is_the_same_country() -> None:
    country = SyntheticCountry("VNM", "VNM", since=SINCE)
    result = verify(country.signer().card(PERSON).files, country.store())
    assert result.country == "VN"
    assert result.person() == PERSON
    listed = MasterList.verify(OTHER.master_list(country.certificate), OTHER.store(), at=AT)
    assert len(CscaStore.from_master_list(listed, countries=["VN"])) == 1


def test_the_outcome_of_a_signature_is_remembered_but_not_its_validity() -> None:
    store = COUNTRY.store()
    assert verify(store=store)
    assert verify(store=store)
    refused_by_type(VerificationError, "chip.certificate-expired", store=store, at=AT + timedelta(days=16 * 365))


# --- revocation ------------------------------------------------------------------------------------------------------


def test_a_revoked_document_signer_is_refused_whatever_the_date() -> None:
    store = COUNTRY.store(crls=[COUNTRY.revocation_list(SIGNER.serial, at=AT)])
    refused_by_type(VerificationError, "chip.revoked", store=store)
    refused_by_type(VerificationError, "chip.revoked", store=store, at=AT - timedelta(days=30))


def test_a_revoked_link_is_refused() -> None:
    store = CscaStore([COUNTRY.certificate, COUNTRY.link(SUCCESSOR)], crls=[COUNTRY.revocation_list(2, at=AT)])
    refused_by_type(VerificationError, "chip.revoked", NEW_CARD.files, store)


def test_a_list_that_covers_a_part_of_the_chain_is_not_called_a_check() -> None:
    anchors = [COUNTRY.certificate, COUNTRY.link(SUCCESSOR)]
    above = COUNTRY.revocation_list(at=AT)
    below = SUCCESSOR.revocation_list(at=AT)
    assert not verify(NEW_CARD.files, CscaStore(anchors, crls=[above])).revocation_checked
    assert verify(NEW_CARD.files, CscaStore(anchors, crls=[above, below])).revocation_checked


def test_a_stale_list_could_not_tell() -> None:
    store = COUNTRY.store(crls=[COUNTRY.revocation_list(at=AT - timedelta(days=100))])
    refused_by_type(IndeterminateError, "chip.crl-stale", store=store)


def test_a_fresh_list_beside_a_stale_one_counts() -> None:
    lists = [COUNTRY.revocation_list(at=AT - timedelta(days=100)), COUNTRY.revocation_list(at=AT)]
    assert verify(store=COUNTRY.store(crls=lists)).revocation_checked


def test_a_list_that_somebody_else_signed_counts_for_nothing() -> None:
    forged = pki.revocation_list(
        issuer=COUNTRY.name, signer=OTHER.key, serials=[100], this_update=AT, next_update=AT + timedelta(9)
    )
    store = COUNTRY.store(crls=[forged])
    assert "no certificate here signed it" in store.skipped[0].why
    assert not verify(store=store).revocation_checked


def list_with(*extensions: bytes) -> bytes:
    """A list of nobody, signed by the country, with these extensions."""
    key = COUNTRY.key
    times = [pki.time_of(AT), pki.time_of(AT + timedelta(days=9))]
    more = tlv(0xA0, pki.sequence(*extensions)) if extensions else b""
    content = pki.sequence(pki.integer(1), key.algorithm, COUNTRY.name, *times, more)
    return pki.sequence(content, key.algorithm, pki.bits(key.sign(content)))


def test_a_partial_list_is_not_read() -> None:
    """A list of some certificates, or of changes, must not say of the others that they are not revoked."""
    number = pki.extension("2.5.29.20", pki.integer(7))
    assert verify(store=COUNTRY.store(crls=[list_with()])).revocation_checked
    assert verify(store=COUNTRY.store(crls=[list_with(number)])).revocation_checked
    for partial in ("2.5.29.27", "2.5.29.28"):  # delta list, issuing distribution point
        data = list_with(number, pki.extension(partial, pki.integer(1), critical=True))
        with pytest.raises(MalformedError):
            Crl.parse(data)
        store = COUNTRY.store(crls=[data])
        assert store.skipped
        assert not verify(store=store).revocation_checked


def test_a_list_cut_short_is_not_read() -> None:
    whole = COUNTRY.revocation_list(at=AT)
    assert Crl.parse(whole).serials == frozenset()
    for stop in range(0, len(whole), 7):
        with pytest.raises(MalformedError):
            Crl.parse(whole[:stop])


def test_a_country_that_changed_its_name_is_found_by_its_key() -> None:
    again = SyntheticCountry(key=COUNTRY.key, since=SINCE)
    again.name = pki.name("VN", "Another name")
    own = again.issue(again.key, again.name, pki.authority_extensions(), serial=9)
    assert verify(store=CscaStore([own])).anchor.der == own


def test_a_new_key_of_the_country_revokes_what_the_old_one_signed() -> None:
    """Whoever stole a document signer of before the change of keys is disowned by the key of today."""
    by_new_key = SUCCESSOR.revocation_list(SIGNER.serial, at=AT)
    for certificates in ([COUNTRY.certificate, SUCCESSOR.certificate], [COUNTRY.certificate, COUNTRY.link(SUCCESSOR)]):
        refused_by_type(VerificationError, "chip.revoked", store=CscaStore(certificates, crls=[by_new_key]))
    of_others = OTHER.revocation_list(SIGNER.serial, at=AT)
    assert verify(store=CscaStore([COUNTRY.certificate, OTHER.certificate], crls=[of_others]))


def test_a_list_waits_for_the_certificate_that_a_master_list_brings() -> None:
    trusted = CscaStore([OTHER.certificate], crls=[COUNTRY.revocation_list(SIGNER.serial, at=AT)])
    assert trusted.skipped
    merged = trusted.merged(CscaStore.from_master_list(MasterList.verify(MASTER, trusted, at=AT)))
    assert merged.skipped == ()
    refused_by_type(VerificationError, "chip.revoked", store=merged)
    again = CscaStore().merged(trusted).merged(CscaStore())
    assert len(again.skipped) == 1
    refused_by_type(VerificationError, "chip.revoked", store=COUNTRY.store().merged(again))


def test_a_master_list_below_a_revoked_link_is_refused() -> None:
    data = SUCCESSOR.master_list(COUNTRY.certificate)
    certificates = [COUNTRY.certificate, COUNTRY.link(SUCCESSOR)]
    assert MasterList.verify(data, CscaStore(certificates), at=AT)
    with pytest.raises(VerificationError) as caught:
        MasterList.verify(data, CscaStore(certificates, crls=[COUNTRY.revocation_list(2, at=AT)]), at=AT)
    assert caught.value.code == "chip.revoked"


# --- master lists ----------------------------------------------------------------------------------------------------


MASTER = OTHER.master_list(COUNTRY.certificate, OTHER.certificate, SUCCESSOR.certificate)


def test_a_master_list_is_trusted_only_by_the_callers_decision() -> None:
    listed = MasterList.verify(MASTER, OTHER.store(), at=AT)
    assert listed.verified
    assert len(listed) == 3
    refused_by_type(IndeterminateError, "chip.no-anchor", store=OTHER.store())
    assert verify(store=CscaStore.from_master_list(listed)).country == "VN"
    only_germany = CscaStore.from_master_list(listed, countries=["de"])
    assert [anchor.country for anchor in only_germany.anchors] == ["DE"]


def test_an_unverified_list_says_so() -> None:
    listed = MasterList.read_unverified(MASTER)
    assert not listed.verified
    assert "unverified" in repr(listed)


@pytest.mark.parametrize(
    ("data", "store", "kind", "code"),
    [
        (MASTER, COUNTRY.store(), IndeterminateError, "chip.no-anchor"),
        (MASTER[:-1] + bytes([MASTER[-1] ^ 1]), OTHER.store(), VerificationError, "chip.signature"),
        (
            MASTER.replace(b"Synthetic CSCA VN", b"Synthetic CSCA VM", 1),
            OTHER.store(),
            VerificationError,
            "chip.digest",
        ),
        (CARD.files["EF.SOD"], OTHER.store(), MalformedError, "csca.malformed"),
        (b"", OTHER.store(), MalformedError, "csca.malformed"),
    ],
    ids=["no anchor", "signature", "content", "another content", "empty"],
)
def test_a_changed_or_foreign_master_list_is_refused(data, store, kind, code) -> None:
    with pytest.raises(kind) as caught:
        MasterList.verify(data, store, at=AT)
    assert caught.value.code == code


def test_a_document_signer_cannot_sign_a_master_list() -> None:
    signer = OTHER.signer()
    data = pki.signed_data(
        content_type="2.23.136.1.1.2",
        content=pki.sequence(pki.integer(0), pki.set_of(COUNTRY.certificate)),
        key=signer.key,
        certificates=[signer.certificate],
        signer_id=signer.signer_id,
    )
    with pytest.raises(EidError) as caught:
        MasterList.verify(data, OTHER.store(), at=AT)
    assert caught.value.code == "chip.certificate-use"


def test_a_master_list_whose_algorithm_is_no_algorithm_is_malformed() -> None:
    broken = bytearray(MASTER)
    place = MASTER.rindex(pki.identifier("1.2.840.10045.4.3.2"))
    broken[place : place + 1] = b"\x04"
    with pytest.raises(MalformedError) as caught:
        MasterList.verify(bytes(broken), OTHER.store(), at=AT)
    assert caught.value.code == "csca.malformed"


def test_unreadable_certificates_in_a_list_are_told_and_the_rest_is_read() -> None:
    listed = MasterList.read_unverified(OTHER.master_list(COUNTRY.certificate, pki.sequence(pki.integer(1))))
    assert len(listed) == 1
    assert len(listed.skipped) == 1
