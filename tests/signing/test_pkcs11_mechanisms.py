"""signing.sources.pkcs11_mechanisms: padding made here, values of tokens that are none."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from signing.signer import SignatureAlgorithm, rsa_padding
from signing.sources.pkcs11_mechanisms import algorithms_of, plan_for, pss_encoded

from .cms_makers import make_key

EVERYTHING = {"ECDSA", "RSA_PKCS_PSS", "RSA_PKCS", "RSA_X_509"}


@cache
def primes(bits: int) -> tuple[int, int]:
    numbers = rsa.generate_private_key(65537, 2 * bits).private_numbers()
    return numbers.p, numbers.q


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """A key of exactly so many bits, odd numbers of them too."""
    p, q = primes(bits - 1024)[0], primes(1024)[1]
    d = rsa.rsa_recover_private_exponent(65537, p, q)
    public = rsa.RSAPublicNumbers(65537, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    key = rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()
    assert key.key_size == bits
    return key


@pytest.mark.parametrize("bits", [2048, 2049, 2050, 2055, 2500])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_our_pss_padding_verifies_for_every_length_of_modulus(bits: int, digest: str) -> None:
    numbers = rsa_key(bits).private_numbers()
    padding = rsa_padding(SignatureAlgorithm(f"rsassa-pss-{digest}"))
    assert padding._salt_length == hashlib.new(digest).digest_size
    for data in (b"", b"noi dung"):
        encoded = pss_encoded(data, digest, bits)
        assert len(encoded) == (bits + 7) // 8
        value = pow(int.from_bytes(encoded), numbers.d, numbers.public_numbers.n).to_bytes(len(encoded))
        rsa_key(bits).public_key().verify(value, data, padding, padding.mgf._algorithm)


def test_a_salt_is_never_used_twice() -> None:
    assert len({pss_encoded(b"x", "sha256", 2048) for _ in range(20)}) == 20


def test_digests_longer_than_the_curve_are_cut_before_they_reach_the_token() -> None:
    """FIPS 186-5 §6.4.1: the leftmost bits."""
    plan = plan_for(SignatureAlgorithm.ECDSA_SHA512, make_key("p256").public_key(), EVERYTHING)
    assert plan is not None
    assert plan.prepare(b"x") == hashlib.sha512(b"x").digest()[:32]
    whole = plan_for(SignatureAlgorithm.ECDSA_SHA512, make_key("p521").public_key(), EVERYTHING)
    assert whole is not None
    assert whole.prepare(b"x") == hashlib.sha512(b"x").digest()


@given(st.binary(max_size=140) | st.binary(min_size=64, max_size=64))
def test_what_is_no_signature_value_is_refused(value: bytes) -> None:
    for kind, algorithm in (("p256", "ecdsa-sha256"), ("p521", "ecdsa-sha512"), ("rsa2048", "rsassa-pss-sha256")):
        plan = plan_for(SignatureAlgorithm(algorithm), make_key(kind).public_key(), EVERYTHING)
        assert plan is not None
        length = {"p256": 64, "p521": 132, "rsa2048": 256}[kind]
        try:
            plan.finish(value)
        except ValueError:
            assert len(value) != length or not any(value[: length // 2]) or not any(value[length // 2 :])
        else:
            assert len(value) == length


def test_keys_of_other_kinds_have_no_algorithm() -> None:
    assert algorithms_of(make_key("ed25519").public_key(), EVERYTHING) == []
    assert algorithms_of(None, EVERYTHING) == []
    assert algorithms_of(ec.generate_private_key(ec.SECP256R1()).public_key(), {"RSA_PKCS"}) == []
