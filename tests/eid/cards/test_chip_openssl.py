"""OpenSSL as the outside judge: our synthetic chips are real ones to it, and its chips are to us."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from eid import CscaStore, MasterList
from eid.cards import synthetic_pki as pki
from eid.cards.crl import Crl
from eid.cards.der import only, tlv
from eid.cards.sod import Sod
from eid.cards.synthetic import SyntheticCountry, security_object

from .made_chip import AT, CARD, COUNTRY, OTHER, PERSON, SIGNER, SINCE, STORE, changed, groups, verify


def openssl(*arguments: object, stdin: bytes | None = None) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def cms_of(sod: bytes) -> bytes:
    _, _, start, stop = only(sod, 0x77)
    return sod[start:stop]


def as_pem(folder, name: str, der: bytes):
    path = folder / name
    openssl("x509", "-inform", "DER", "-out", path, stdin=der)
    return path


def named(curve: ec.EllipticCurve, digest: hashes.HashAlgorithm) -> pki.SigningKey:
    """OpenSSL builds no chain over explicit parameters, though it reads them and checks signatures with them."""
    return pki.SigningKey(private=ec.generate_private_key(curve), digest=digest, explicit=False)


@pytest.mark.parametrize(
    "key",
    [
        named(ec.SECP256R1(), hashes.SHA256()),
        named(ec.BrainpoolP512R1(), hashes.SHA512()),
        pki.SigningKey.generate(2048),
        pki.SigningKey.generate(2048, hashes.SHA384(), pss=True),
    ],
    ids=["p-256", "brainpoolP512r1", "rsa", "rsa-pss"],
)
def test_openssl_verifies_our_security_object_up_to_our_country(key, tmp_path) -> None:
    country = SyntheticCountry(key=key, since=SINCE)
    sod = country.signer(key).card(PERSON).files["EF.SOD"]
    anchor = as_pem(tmp_path, "csca.pem", country.certificate)
    at = int(AT.timestamp())
    options = ("-binary", "-inform", "DER", "-purpose", "any", "-attime", at, "-CAfile", anchor)
    content = openssl("cms", "-verify", *options, stdin=cms_of(sod))
    assert content == Sod.parse(sod).signed.content


def test_openssl_verifies_the_signature_of_a_key_with_explicit_parameters() -> None:
    content = openssl("cms", "-verify", "-binary", "-inform", "DER", "-noverify", stdin=cms_of(CARD.files["EF.SOD"]))
    assert content == security_object(groups(), hashes.SHA256())


def test_openssl_refuses_the_security_object_that_we_refuse() -> None:
    sod = bytearray(CARD.files["EF.SOD"])
    sod[sod.index(hashlib.sha256(groups()[1]).digest())] ^= 1
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-noverify"]
    done = subprocess.run(command, input=cms_of(bytes(sod)), capture_output=True, check=False)
    assert done.returncode != 0
    with pytest.raises(Exception, match=r"chip\.digest"):
        verify(changed(EF_SOD=bytes(sod)))


def test_openssl_parses_everything_that_we_write() -> None:
    for der in (
        cms_of(CARD.files["EF.SOD"]),
        COUNTRY.certificate,
        SIGNER.certificate,
        COUNTRY.revocation_list(5, at=AT),
        OTHER.master_list(COUNTRY.certificate),
        groups()[14],
    ):
        assert openssl("asn1parse", "-inform", "DER", stdin=der)
    listed = openssl("crl", "-inform", "DER", "-noout", "-text", stdin=COUNTRY.revocation_list(5, at=AT))
    assert b"Serial Number: 05" in listed


def test_our_certificates_say_to_openssl_what_they_say_to_us() -> None:
    shown = openssl("x509", "-inform", "DER", "-noout", "-text", stdin=COUNTRY.certificate).decode()
    for line in ("CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "ecdsa-with-SHA512", "Cofactor:  1 (0x1)"):
        assert line in shown


def test_a_security_object_that_openssl_signs_verifies_here(tmp_path) -> None:
    """Country, document signer and CMS all made by OpenSSL, with explicit parameters."""
    keys = {"csca": "brainpoolP512r1", "signer": "brainpoolP256r1"}
    for name, curve in keys.items():
        openssl(
            *("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}"),
            *("-pkeyopt", "ec_param_enc:explicit", "-out", tmp_path / f"{name}.key"),
        )
    config = tmp_path / "signer.cnf"
    config.write_text("keyUsage=critical,digitalSignature\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
    csca, signer, request = tmp_path / "csca.pem", tmp_path / "signer.pem", tmp_path / "signer.csr"
    openssl(
        *("req", "-x509", "-new", "-key", tmp_path / "csca.key", "-sha512", "-days", 30, "-out", csca),
        *("-subj", "/C=VN/O=OpenSSL/CN=CSCA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    openssl("req", "-new", "-key", tmp_path / "signer.key", "-subj", "/C=VN/CN=Signer", "-out", request)
    openssl(
        *("x509", "-req", "-in", request, "-CA", csca, "-CAkey", tmp_path / "csca.key", "-sha384", "-days", 20),
        *("-set_serial", 77, "-extfile", config, "-out", signer),
    )
    content = tmp_path / "lds.der"
    content.write_bytes(security_object(groups(), hashes.SHA256()))
    signed = openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-in", content, "-signer", signer, "-md", "sha256", "-nosmimecap"),
        *("-inkey", tmp_path / "signer.key", "-econtent_type", "2.23.136.1.1.1", "-outform", "DER"),
    )
    (tmp_path / "trust").mkdir()
    csca.rename(tmp_path / "trust" / "vn.pem")
    result = verify(changed(EF_SOD=tlv(0x77, signed)), CscaStore.from_folder(tmp_path / "trust"), at=None)
    assert result.person() == PERSON
    assert result.anchor.public_key.curve.name == "brainpoolP512r1"


def test_openssl_verifies_our_master_list_and_revocation_list(tmp_path) -> None:
    anchor = as_pem(tmp_path, "csca.pem", OTHER.certificate)
    data = OTHER.master_list(COUNTRY.certificate)
    assert COUNTRY.certificate in openssl("cms", "-verify", "-binary", "-inform", "DER", "-noverify", stdin=data)
    assert len(MasterList.verify(data, OTHER.store(), at=AT)) == 1
    openssl("crl", "-inform", "DER", "-noout", "-verify", "-CAfile", anchor, stdin=OTHER.revocation_list(at=AT))
    assert Crl.parse(OTHER.revocation_list(9, at=AT)).serials == {9}
    assert verify(store=STORE)
