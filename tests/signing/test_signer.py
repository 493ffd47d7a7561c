"""signing.signer: keys that may sign, algorithms by default, certificates that may not sign, and no secret in sight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding

from signing.cms.names import HASHES
from signing.errors import RefusedError, UsageError
from signing.signer import (
    BatchSigner,
    LocalSigner,
    SignatureAlgorithm,
    Signer,
    check_signable,
    default_algorithm,
    open_signer,
    order_chain,
    verify_value,
)

from .cms_makers import (
    BEGIN,
    END,
    KINDS,
    ROOT_NAME,
    key_usage,
    make_certificate,
    make_key,
    make_leaf,
    make_signer,
    name,
    root,
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_verifies_with_the_certificate_and_only_over_its_data(kind: str) -> None:
    signer = make_signer(kind)
    value = signer.sign("dữ liệu".encode())
    assert verify_value(signer.certificate, signer.algorithm, value, "dữ liệu".encode())
    assert not verify_value(signer.certificate, signer.algorithm, value, b"khac")
    assert not verify_value(root(), signer.algorithm, value, "dữ liệu".encode())


def test_pss_salt_is_as_long_as_the_digest() -> None:
    value = make_signer("pss384").sign(b"x")
    hasher = HASHES[SignatureAlgorithm.RSA_PSS_SHA384.digest]
    public: Any = make_signer("pss384").certificate.public_key()
    public.verify(value, b"x", padding.PSS(mgf=padding.MGF1(hasher), salt_length=48), hasher)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("p256", SignatureAlgorithm.ECDSA_SHA256),
        ("p384", SignatureAlgorithm.ECDSA_SHA384),
        ("p521", SignatureAlgorithm.ECDSA_SHA512),
        ("rsa2048", SignatureAlgorithm.RSA_PSS_SHA256),
    ],
)
def test_the_default_algorithm_is_that_of_the_key(kind: str, expected: SignatureAlgorithm) -> None:
    assert default_algorithm(make_key(kind).public_key()) is expected


def test_scheme_and_digest_have_the_names_of_the_policy() -> None:
    assert (SignatureAlgorithm.RSA_PKCS1_SHA256.scheme, SignatureAlgorithm.RSA_PKCS1_SHA256.digest) == (
        "rsa-pkcs1-v1_5",
        "sha256",
    )
    assert SignatureAlgorithm.RSA_PSS_SHA512.scheme == "rsassa-pss"
    assert SignatureAlgorithm.ECDSA_SHA384.scheme == "ecdsa"


@pytest.mark.parametrize("kind", ["rsa1024", "k256"])
def test_weak_keys_and_unlisted_curves_do_not_sign(kind: str) -> None:
    key = make_key(kind)
    with pytest.raises(RefusedError) as caught:
        LocalSigner(certificate=make_certificate(key, "Yếu"), key=key, algorithm=default_algorithm(key.public_key()))
    assert caught.value.code == "signature.algorithm"


def test_a_key_of_another_certificate_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        LocalSigner(certificate=make_leaf("p256"), key=make_key("p256", 1))
    assert caught.value.code == "key.mismatch"


def test_an_algorithm_of_another_kind_of_key_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        LocalSigner(certificate=make_leaf("p256"), key=make_key("p256"), algorithm=SignatureAlgorithm.RSA_PSS_SHA256)
    assert caught.value.code == "key.malformed"


def test_repr_shows_neither_key_nor_number() -> None:
    assert repr(make_signer("p256")) == "LocalSigner('Nguyễn Văn Ký', ecdsa-sha256)"


def test_a_local_signer_is_a_signer_and_not_a_batch_signer() -> None:
    signer: Signer = make_signer("p256")
    assert not isinstance(signer, BatchSigner)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (BEGIN - timedelta(seconds=1), "certificate.not-yet-valid"),
        (BEGIN, None),
        (END, None),
        (END + timedelta(seconds=1), "certificate.expired"),
    ],
)
def test_only_a_valid_certificate_signs(at: datetime, code: str | None) -> None:
    if code is None:
        check_signable(make_leaf("p256"), at)
        return
    with pytest.raises(RefusedError) as caught:
        check_signable(make_leaf("p256"), at)
    assert caught.value.code == code
    assert "Nguyễn Văn Ký" in caught.value.text_vi


@pytest.mark.parametrize(
    ("usage", "allowed"),
    [
        (key_usage(digital_signature=True), True),
        (key_usage(content_commitment=True), True),
        (key_usage(key_encipherment=True), False),
        (key_usage(key_cert_sign=True), False),
    ],
)
def test_only_a_certificate_for_signing_signs(usage: x509.KeyUsage, allowed: bool) -> None:
    certificate = make_certificate(make_key("p256"), "A", extensions=((usage, True),))
    if allowed:
        check_signable(certificate, datetime(2026, 1, 1, tzinfo=UTC))
        return
    with pytest.raises(RefusedError) as caught:
        check_signable(certificate, datetime(2026, 1, 1, tzinfo=UTC))
    assert caught.value.code == "certificate.purpose"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(UsageError):
        check_signable(make_leaf("p256"), datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_chain_follows_signatures_not_names() -> None:
    middle_key = make_key("p256", 3)
    middle = make_certificate(middle_key, "CA giữa", issuer=(ROOT_NAME, make_key("p256", 100)), ca=True)
    fake = make_certificate(make_key("p256", 4), "CA giữa", ca=True)
    leaf = make_certificate(make_key("p256"), "Lá", issuer=("CA giữa", middle_key))
    assert order_chain(leaf, [root(), fake, leaf, middle]) == (leaf, middle, root())
    assert order_chain(leaf, [fake, root()]) == (leaf,)
    assert leaf.issuer == name("CA giữa")


def test_certificates_that_sign_each_other_end() -> None:
    one, two = make_key("p256", 5), make_key("p256", 6)
    a = make_certificate(one, "A", issuer=("B", two), ca=True)
    b = make_certificate(two, "B", issuer=("A", one), ca=True)
    assert order_chain(a, [a, b]) == (a, b)


@pytest.mark.parametrize("uri", ["", "key.pem", "hsm:token=X;pin-value=1234", "csc+ftp://example.com", "http:x"])
def test_an_unknown_kind_of_key_is_named_without_the_rest_of_the_uri(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_signer(uri)
    assert caught.value.code == "key.scheme"
    assert "1234" not in str(caught.value)


def test_curves_have_the_digest_of_their_size() -> None:
    assert default_algorithm(ec.generate_private_key(ec.BrainpoolP384R1()).public_key()).digest == "sha384"
