"""Explicit curve parameters: the named curve when everything equals it, and no other (CVE-2020-0601)."""

from __future__ import annotations

import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from eid import CscaStore, IndeterminateError, MalformedError
from eid.cards import synthetic_pki as pki
from eid.cards.certificate import CardCertificate
from eid.cards.curves import _BY_PARAMETERS, parameters_of, read_curve
from eid.cards.der import DerError, children, tlv

from .made_chip import COUNTRY, PERSON, SIGNER, STORE, SyntheticSigner, refused_by_type, verify

CURVES = sorted((curve() for curve in _BY_PARAMETERS.values()), key=lambda curve: curve.name)
OPENSSL_NAMES = {"secp256r1": "prime256v1"}


def read(encoded: bytes) -> ec.EllipticCurve:
    return read_curve(encoded, children(encoded, 0, len(encoded))[0])


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize("form", ["uncompressed", "compressed"])
def test_the_parameters_that_openssl_writes_are_those_of_the_table(curve, form) -> None:
    name = OPENSSL_NAMES.get(curve.name, curve.name)
    command = ["openssl", "ecparam", "-name", name, "-param_enc", "explicit", "-conv_form", form, "-outform", "DER"]
    encoded = subprocess.run(command, capture_output=True, check=True).stdout
    if (form, curve.name) == ("compressed", "secp224r1"):  # its prime is 1 modulo 4: such a root is never taken
        with pytest.raises(DerError):
            read(encoded)
    else:
        assert read(encoded).name == curve.name


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_our_own_spelling_is_openssls(curve) -> None:
    command = ["openssl", "ecparam", "-inform", "DER", "-noout", "-check"]
    checked = subprocess.run(command, input=pki.explicit_parameters(curve), capture_output=True, check=True)
    assert b"ok" in checked.stdout + checked.stderr


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize("part", ["p", "a", "b", "x", "y", "n", "h"])
def test_any_parameter_that_differs_is_another_curve(curve, part) -> None:
    place = ("p", "a", "b", "x", "y", "n", "h").index(part)
    number = parameters_of(curve)[place]
    assert read(pki.explicit_parameters(curve)).name == curve.name
    for other in (number + 2, number - 1, 0):
        with pytest.raises(DerError):
            read(pki.explicit_parameters(curve, **{part: max(other, 0)}))


def test_cve_2020_0601_a_generator_of_ones_own_signs_for_nobody() -> None:
    """With G' = Q (private key 1) anyone signs for the public key Q of a country: the curve must be refused."""
    public = COUNTRY.key.private.public_key()
    numbers = public.public_numbers()
    curve = pki.explicit_parameters(public.curve, x=numbers.x, y=numbers.y)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    forged_spki = pki.sequence(pki.sequence(pki.identifier("1.2.840.10045.2.1"), curve), pki.bits(point))

    class Forged(pki.SigningKey):
        spki = property(lambda self: forged_spki)

    forged = Forged(private=COUNTRY.key.private, digest=COUNTRY.key.digest)
    as_country = COUNTRY.issue(forged, COUNTRY.name, pki.authority_extensions(), serial=1)
    store = CscaStore([as_country])
    assert store.anchors == ()
    assert "curve" in store.skipped[0].why
    as_signer = COUNTRY.issue(forged, pki.name("VN", "Forged"), pki.signer_extensions(), serial=103)
    signer = SyntheticSigner(country=COUNTRY, key=forged, certificate=as_signer, serial=103)
    refused_by_type(MalformedError, "chip.malformed", signer.card(PERSON).files)


def test_a_missing_cofactor_or_a_seed() -> None:
    encoded = pki.explicit_parameters(ec.BrainpoolP256R1())
    fields = [
        encoded[begin:stop] for _, begin, _, stop in children(encoded, *children(encoded, 0, len(encoded))[0][2:])
    ]
    with pytest.raises(DerError):
        read(pki.sequence(*fields[:-1]))
    seeded = [*fields[:2], pki.sequence(fields[2][2:], tlv(0x03, b"\0seed")), *fields[3:]]
    assert read(pki.sequence(*seeded)).name == "brainpoolP256r1"


def test_unknown_names_and_binary_fields_are_refused() -> None:
    for encoded in (pki.identifier("1.3.132.0.10"), pki.identifier("1.2.3"), b"\x05\x00", pki.sequence()):
        with pytest.raises(DerError):
            read(encoded)


class Unknown(pki.SigningKey):
    """A key whose SubjectPublicKeyInfo stands in `written`."""

    written = b""
    spki = property(lambda self: Unknown.written)


def test_a_curve_that_is_not_known_here_could_not_be_told() -> None:
    """brainpoolP224r1 by name, secp256k1 by parameters: neither genuine nor forged, and never "malformed"."""
    named = pki.identifier("1.3.36.3.3.2.8.1.1.5")
    p = 2**256 - 2**32 - 977
    spelt_out = pki.explicit_parameters(ec.SECP256R1(), p=p, a=0, b=7)
    for curve in (named, spelt_out):
        algorithm = pki.sequence(pki.identifier("1.2.840.10045.2.1"), curve)
        Unknown.written = pki.sequence(algorithm, pki.bits(b"\x04" + bytes(64)))

        key = Unknown(private=ec.generate_private_key(ec.SECP256R1()), digest=hashes.SHA256())
        certificate = COUNTRY.issue(key, pki.name("VN", "Unknown curve"), pki.signer_extensions(), serial=104)
        signer = SyntheticSigner(country=COUNTRY, key=key, certificate=certificate, serial=104)
        refused_by_type(IndeterminateError, "chip.algorithm-unknown", signer.card(PERSON).files)
        card = SIGNER.card(PERSON, chip_key=key)
        assert verify(card.files)
        refused_by_type(IndeterminateError, "chip.active-algorithm", card.files, answer=card.answered(bytes(8)))


@given(st.data())
def test_no_changed_byte_of_the_parameters_reads_as_the_curve(data) -> None:
    encoded = bytearray(pki.explicit_parameters(ec.SECP256R1()))
    place = data.draw(st.integers(min_value=3, max_value=len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    try:
        curve = read(bytes(encoded))
    except DerError:
        return
    # the version may be 1, 2 or 3; nothing else is free
    assert curve.name == "secp256r1"
    assert bytes(encoded[3:6]) in (b"\x02\x01\x02", b"\x02\x01\x03")


def test_vietnams_kind_of_key_is_read_where_cryptography_refuses(tmp_path) -> None:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    with pytest.raises((UnsupportedAlgorithm, ValueError)):
        x509.load_der_x509_certificate(COUNTRY.certificate).public_key()
    assert CardCertificate.parse(COUNTRY.certificate).public_key == COUNTRY.key.private.public_key()
    assert verify(SIGNER.card(PERSON).files, STORE)
