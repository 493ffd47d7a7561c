"""signing.cms: what we make is DER that openssl accepts; what others make is read; what was altered is found."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.cms import der, names
from signing.cms.build import certificate_parts
from signing.cms.cades import chains_of
from signing.cms.layout import layout
from signing.cms.signed_data import CmsSignature, CmsTemplate, add_long_term, add_timestamp, check_cms, parse_cms
from signing.cms.timestamp import TimestampToken, check_timestamp
from signing.cms.values import attribute
from signing.errors import LimitError, MalformedError, SigningError, UsageError
from signing.signer import LocalSigner, SignatureAlgorithm, check_signable, load_certificate

from .cms_makers import (
    KINDS,
    ROOT_NAME,
    digest_of,
    make_certificate,
    make_key,
    make_leaf,
    make_signer,
    name,
    openssl,
    openssl_accepts,
    openssl_signs,
    pem,
    root,
)

CONTENT = "Quyết định số 1234/QĐ-UBND".encode() * 40
AT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def sign(kind: str = "p256", *, signing_time: bool = True, content: bytes = CONTENT) -> bytes:
    template = CmsTemplate.for_signer(make_signer(kind), signing_time=signing_time)
    return template.build(hashlib.new(template.digest_algorithm, content).digest(), signing_time=AT)


def codes(data: bytes, content: bytes = CONTENT) -> tuple[bool | None, list[str]]:
    holds, findings = check_cms(parse_cms(data), digest_of(content))
    return holds, [f.code for f in findings]


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert data.count(old) >= 1
    return data.replace(old, new)


# --- made -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signing_time", [True, False], ids=["cades", "pades"])
@pytest.mark.parametrize("kind", KINDS)
def test_openssl_accepts_what_we_make(kind: str, signing_time: bool, tmp_path: Path) -> None:
    made = sign(kind, signing_time=signing_time)
    assert openssl_accepts(made, CONTENT, tmp_path)
    assert not openssl_accepts(made, CONTENT + b" ", tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_what_we_make_holds_in_our_own_check_and_is_der(kind: str) -> None:
    made = sign(kind)
    assert codes(made) == (True, [])
    assert codes(made, CONTENT + b" ") == (False, ["signature.digest"])
    again = asn1_cms.ContentInfo.load(made, strict=True)
    assert again["content"]["signer_infos"][0]["signed_attrs"].native  # parsed all through
    assert again.dump(force=True) == made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signing_time", [True, False])
def test_max_size_is_never_passed_and_not_wasteful(kind: str, signing_time: bool) -> None:
    template = CmsTemplate.for_signer(make_signer(kind), signing_time=signing_time)
    digest = bytes({"sha256": 32, "sha384": 48, "sha512": 64}[template.digest_algorithm])
    sizes = [len(template.build(digest)) for _ in range(40 if kind[1:].isdigit() else 2)]
    if signing_time:
        sizes.append(len(template.build(digest, signing_time=datetime(2051, 1, 1, tzinfo=UTC))))
    assert max(sizes) <= template.max_size <= max(sizes) + 40


def test_cades_says_the_time_and_pades_does_not() -> None:
    assert parse_cms(sign(signing_time=True)).signing_time == AT
    pades = parse_cms(sign(signing_time=False))
    assert pades.signing_time is None
    assert names.SIGNING_TIME not in pades.attributes


def test_the_signed_attributes_are_those_of_the_baseline_in_der_order() -> None:
    sig = parse_cms(sign())
    assert set(sig.attributes) == {
        names.CONTENT_TYPE,
        names.MESSAGE_DIGEST,
        names.SIGNING_TIME,
        names.SIGNING_CERTIFICATE_V2,
        names.ALGORITHM_PROTECTION,
    }
    attributes = sig.signed_attributes_der or b""
    encoded = [v.raw(attributes) for v in der.children(attributes, der.whole(attributes, der.SET))]
    assert encoded == sorted(encoded)
    assert sig.signing_certificate_hashes[0].value == hashlib.sha256(der_of(make_leaf("p256"))).digest()
    assert sig.unsigned_attributes == {}


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def test_certificates_hold_the_signer_and_its_chain_once() -> None:
    sig = parse_cms(sign())
    assert set(sig.certificates) == {make_leaf("p256"), root()}
    assert sig.signer_certificate == make_leaf("p256")


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_pss_parameters_are_spelt_out(digest: str) -> None:
    sig = parse_cms(sign(f"pss{digest[3:]}"))
    assert sig.pss is not None
    assert (sig.pss.digest, sig.pss.mask_digest, sig.pss.salt_length) == (digest, digest, int(digest[3:]) // 8)
    assert (sig.signature_scheme, sig.scheme_digest, sig.digest_algorithm) == ("rsassa-pss", digest, digest)


class LyingSigner:
    """A device that answers with something else than the signature asked for."""

    certificate, chain = make_leaf("p256"), (root(),)
    algorithm = SignatureAlgorithm.ECDSA_SHA256

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def sign(self, data: bytes) -> bytes:
        return self.answer(data)


@pytest.mark.parametrize(
    "answer",
    [
        lambda data: make_signer("p256").sign(data + b"."),
        lambda data: make_key("p256", 1).sign(data, ec.ECDSA(names.HASHES["sha256"])),
        lambda data: make_signer("pkcs1").sign(data),
        lambda data: b"",
        lambda data: make_signer("p256").sign(data) + b"\0",
    ],
    ids=["other-data", "other-key", "other-kind", "nothing", "trailing-byte"],
)
def test_a_wrong_answer_of_the_key_is_never_returned(answer: Any) -> None:
    template = CmsTemplate.for_signer(LyingSigner(answer), signing_time=True)
    with pytest.raises(SigningError) as caught:
        template.build(bytes(32))
    assert caught.value.code == "signature.self-check"


def test_a_digest_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(UsageError):
        CmsTemplate.for_signer(make_signer("p384"), signing_time=True).build(bytes(32))


def test_a_template_does_not_outlive_or_mix_up_signers() -> None:
    for kind in ("p256", "p384", "p256"):
        signer = make_signer(kind)
        copy = LocalSigner(certificate=signer.certificate, key=make_key(kind), algorithm=signer.algorithm)
        template = CmsTemplate.for_signer(copy, signing_time=False)
        made = template.build(bytes(int(template.digest_algorithm[3:]) // 8))
        assert parse_cms(made).certificates == (copy.certificate,)
        del copy, template


def test_two_phases_give_the_same_as_build() -> None:
    template = CmsTemplate.for_signer(make_signer("pkcs1"), signing_time=True)
    digest = hashlib.sha256(CONTENT).digest()
    attributes = template.signed_attributes(digest, signing_time=AT)
    value = make_signer("pkcs1").sign(attributes)
    assert template.finish(attributes, value) == template.build(digest, signing_time=AT)


def test_enclosed_content_of_another_type_makes_version_3() -> None:
    template = CmsTemplate.for_signer(make_signer("p256"), signing_time=True)
    made = template.build(hashlib.sha256(b"abc").digest(), content_type_oid=names.TST_INFO, content=b"abc")
    sig = parse_cms(made)
    assert (sig.content, sig.content_type, layout(made).version) == (b"abc", names.TST_INFO, 3)
    assert check_cms(sig, digest_of(b"abc")) == (True, ())


# --- made by others -------------------------------------------------------------------------------------------------

PSS = ("-keyopt", "rsa_padding_mode:pss")


@pytest.mark.parametrize(
    ("arguments", "kind", "scheme", "digest"),
    [
        (("-md", "sha256"), "rsa2048", "rsa-pkcs1-v1_5", "sha256"),
        (("-md", "sha1"), "rsa2048", "rsa-pkcs1-v1_5", "sha1"),
        (("-md", "sha512"), "p256", "ecdsa", "sha512"),
        (("-md", "sha256", *PSS), "rsa2048", "rsassa-pss", "sha256"),
        (("-md", "sha256", *PSS, "-keyopt", "rsa_pss_saltlen:0"), "rsa2048", "rsassa-pss", "sha256"),
        (("-md", "sha256", *PSS, "-keyopt", "rsa_mgf1_md:sha512"), "rsa2048", "rsassa-pss", "sha256"),
        (("-md", "sha1", *PSS), "rsa2048", "rsassa-pss", "sha1"),
        (("-md", "sha384", "-keyid"), "p384", "ecdsa", "sha384"),
        (("-md", "sha256", "-noattr"), "rsa2048", "rsa-pkcs1-v1_5", "sha256"),
        (("-md", "sha256", "-noattr"), "p256", "ecdsa", "sha256"),
        (("-md", "sha256", "-noattr", *PSS), "rsa2048", "rsassa-pss", "sha256"),
        (("-md", "sha256", "-cades"), "p256", "ecdsa", "sha256"),
        (("-md", "sha1", "-cades"), "p256", "ecdsa", "sha1"),
        (("-md", "sha256", "-stream"), "p256", "ecdsa", "sha256"),
        (("-md", "sha256", "-stream", "-nodetach"), "p256", "ecdsa", "sha256"),
    ],
    ids=lambda v: "".join(v).replace("-keyopt", "") if isinstance(v, tuple) else "",
)
def test_what_openssl_makes_holds_and_altered_does_not(
    arguments: tuple[str, ...], kind: str, scheme: str, digest: str, tmp_path: Path
) -> None:
    made = openssl_signs(CONTENT, tmp_path, *arguments, kind=kind)
    sig = parse_cms(made)
    assert (sig.signature_scheme, sig.scheme_digest) == (scheme, digest)
    assert check_cms(sig, digest_of(CONTENT)) == (True, ())
    assert check_cms(sig, digest_of(CONTENT + b"."))[0] is False
    value = bytearray(sig.signature_value)
    value[-1] ^= 1
    assert check_cms(replace(sig, signature_value=bytes(value)), digest_of(CONTENT))[0] is False


def test_indefinite_lengths_are_read_as_the_same_signature(tmp_path: Path) -> None:
    made = openssl_signs(CONTENT, tmp_path, "-stream", "-nodetach")
    assert made[:2] == b"\x30\x80"
    sig = parse_cms(made + bytes(100), allow_trailing_zeros=True)
    assert sig.content == CONTENT
    assert sig.der[1] == 0x82
    assert parse_cms(sig.der) == sig


def test_two_signers_are_said_to_be_unsupported(tmp_path: Path) -> None:
    (tmp_path / "second.pem").write_bytes(pem(make_leaf("p256")) + pem(make_key("p256")))
    made = openssl_signs(CONTENT, tmp_path, "-signer", str(tmp_path / "second.pem"))
    with pytest.raises(MalformedError) as caught:
        parse_cms(made)
    assert caught.value.code == "signature.unsupported"


def test_no_certificate_inside_cannot_be_told_until_one_is_given(tmp_path: Path) -> None:
    sig = parse_cms(openssl_signs(CONTENT, tmp_path, "-nocerts"))
    holds, findings = check_cms(sig, digest_of(CONTENT))
    assert holds is None
    assert [f.code for f in findings] == ["signature.no-certificate"]
    assert check_cms(sig.with_certificates([root(), make_leaf("rsa2048")]), digest_of(CONTENT)) == (True, ())
    assert check_cms(sig, digest_of(b"other"))[0] is False


def handmade(kind: str, digest: str, algorithm: bytes, value_of: Any) -> bytes:
    """A CMS signature by an algorithm that neither we nor openssl make: `value_of(key, attributes)` is its value."""
    parts = layout(sign(kind if kind in KINDS else "p256"))
    leaf = der_of(make_leaf(kind))
    issuer, serial = certificate_parts(leaf)
    attributes = der.set_of(
        [
            attribute(names.CONTENT_TYPE, der.oid(names.DATA)),
            attribute(names.MESSAGE_DIGEST, der.octets(hashlib.new(digest, CONTENT).digest())),
        ]
    )
    info = der.seq(
        der.integer(1),
        der.seq(issuer, serial),
        der.seq(der.oid(names.DIGEST_OIDS[digest])),
        b"\xa0" + attributes[1:],
        algorithm,
        der.octets(value_of(make_key(kind), attributes)),
    )
    signed = der.seq(der.integer(1), parts.before, der.tlv(0xA0, leaf), der.tlv(der.SET, info))
    return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed))


def oid_of(scheme: str, digest: str) -> bytes:
    found = [oid for oid, named in names.SIGNATURES.items() if named == (scheme, digest)]
    return der.seq(der.oid(found[0]))


@pytest.mark.parametrize("digest", [d for d in names.HASHES if d not in {"md5", "sha512_224", "sha512_256"}])
def test_ecdsa_with_every_digest_is_checked(digest: str) -> None:
    made = handmade(
        "p256", digest, oid_of("ecdsa", digest), lambda key, data: key.sign(data, ec.ECDSA(names.HASHES[digest]))
    )
    assert codes(made) == (True, [])
    assert parse_cms(made).scheme_digest == digest


@pytest.mark.parametrize("digest", names.HASHES)
def test_rsa_pkcs1_with_every_digest_is_checked(digest: str) -> None:
    made = handmade(
        "rsa2048",
        digest,
        oid_of("rsa-pkcs1-v1_5", digest),
        lambda key, data: key.sign(data, padding.PKCS1v15(), names.HASHES[digest]),
    )
    assert codes(made) == (True, [])


def test_ed25519_is_checked() -> None:
    made = handmade("ed25519", "sha512", der.seq(der.oid(names.ED25519)), lambda key, data: key.sign(data))
    assert codes(made) == (True, [])
    assert codes(made, b"other")[0] is False
    forged = handmade("ed25519", "sha512", der.seq(der.oid(names.ED25519)), lambda key, data: key.sign(data + b"."))
    assert codes(forged) == (False, ["signature.value"])


@pytest.mark.parametrize("oid", ["1.3.6.1.5.5.7.6.30", "2.16.840.1.101.3.4.3.17", "1.2.643.7.1.1.3.2"])
def test_unknown_algorithms_cannot_be_told(oid: str) -> None:
    made = handmade("p256", "sha256", der.seq(der.oid(oid)), lambda key, data: bytes(64))
    assert codes(made) == (None, ["signature.unsupported"])
    assert codes(made, b"other") == (False, ["signature.digest", "signature.unsupported"])
    assert parse_cms(made).signature_scheme is None


def test_an_unknown_digest_cannot_be_told() -> None:
    streebog = der.seq(der.oid("1.2.643.7.1.1.2.2"))
    made = handmade("p256", "sha256", oid_of("ecdsa", "sha256"), lambda key, data: make_signer("p256").sign(data))
    info = layout(made).info
    altered = replace_info(made, (*info[:2], streebog, *info[3:]))
    assert codes(altered) == (None, ["signature.unsupported"])


# --- attacked -------------------------------------------------------------------------------------------------------


def test_another_certificate_for_the_same_key_is_found() -> None:
    """Without signing-certificate-v2 a certificate with other rights but the same key could be put in place."""
    own = make_leaf("p256")
    under_root = (ROOT_NAME, make_key("p256", 100))
    twin = make_certificate(make_key("p256"), "Kẻ Mạo Danh", serial=own.serial_number, issuer=under_root)
    parts = layout(sign())
    data = der.seq(der.integer(1), parts.before, der.tlv(0xA0, der_of(twin)), der.tlv(der.SET, der.seq(*parts.info)))
    sig = parse_cms(der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, data)))
    assert sig.signer_certificate == twin
    holds, findings = check_cms(sig, digest_of(CONTENT))
    assert holds is False
    assert [f.code for f in findings] == ["signature.certificate-binding"]


def test_among_certificates_of_the_same_name_and_number_the_bound_one_is_meant() -> None:
    own = make_leaf("p256")
    twin = make_certificate(
        make_key("p256", 7),
        "Kẻ Mạo Danh",
        serial=own.serial_number,
        issuer=(ROOT_NAME, make_key("p256", 100)),
    )
    grown = add_long_term(sign(), [twin], [], [])
    assert parse_cms(grown).signer_certificate == own
    assert codes(grown) == (True, [])


def test_a_message_digest_put_in_place_of_the_signed_one_breaks_the_value() -> None:
    forged = patched(sign(), hashlib.sha256(CONTENT).digest(), hashlib.sha256(b"forged").digest())
    assert codes(forged, b"forged") == (False, ["signature.value"])


def test_signed_attributes_passed_off_as_content_are_refused() -> None:
    """The signed attributes, DER, taken for content signed without attributes (RFC 5652 §11, Strenzke 2023)."""
    made = sign("pkcs1")
    sig = parse_cms(made)
    parts = layout(made)
    bare = (*parts.info[:3], *parts.info[4:])
    stripped = replace_info(made, bare)
    assert codes(stripped, sig.signed_attributes_der or b"")[0] is True  # holds: it is what the key signed ...
    assert parse_cms(stripped).signed_attributes_der is None  # ... and says so: no attributes, no baseline
    typed = patched(stripped, der.seq(der.oid(names.DATA)), der.seq(der.oid("1.2.840.113549.1.7.9")))
    assert codes(typed, sig.signed_attributes_der or b"")[0] is False


def replace_info(made: bytes, info: tuple[bytes, ...]) -> bytes:
    parts = layout(made)
    signed = der.seq(
        der.integer(parts.version), parts.before, der.set_of(parts.certificates, 0xA0), der.tlv(der.SET, der.seq(*info))
    )
    return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed))


def test_algorithms_other_than_the_protected_ones_are_found() -> None:
    info = layout(sign("pkcs1")).info
    weaker = der.seq(der.oid(names.RSA_ENCRYPTION), der.null())
    assert codes(replace_info(sign("pkcs1"), (*info[:4], weaker, info[5]))) == (False, ["signature.malformed"])


@pytest.mark.parametrize(
    ("digest", "mask", "salt", "trailer", "expected"),
    [
        ("sha256", "sha256", 32, None, True),
        ("sha256", "sha256", 20, None, False),  # another salt length than was used
        ("sha256", "sha1", 32, None, False),
        ("sha512", "sha512", 64, None, False),  # not digestAlgorithm
        ("sha256", "sha256", -1, None, "malformed"),
        ("sha256", "sha256", 100_000, None, "malformed"),
        ("sha256", "sha256", 32, 2, "malformed"),
    ],
)
def test_pss_parameters_are_taken_at_their_word(
    digest: str, mask: str, salt: int, trailer: int | None, expected: bool | str
) -> None:
    made = sign("pss256")
    info = layout(made).info
    named = [der.seq(der.oid(names.DIGEST_OIDS[d]), der.null()) for d in (digest, mask)]
    parameters = [
        der.tlv(0xA0, named[0]),
        der.tlv(0xA1, der.seq(der.oid(names.MGF1), named[1])),
        der.tlv(0xA2, der.integer(salt)),
    ]
    if trailer is not None:
        parameters.append(der.tlv(0xA3, der.integer(trailer)))
    algorithm = der.seq(der.oid(names.RSASSA_PSS), der.seq(*parameters))
    altered = replace_info(made, (*info[:4], algorithm, info[5]))
    if expected == "malformed":
        with pytest.raises(MalformedError):
            parse_cms(altered)
    else:
        sig = replace(parse_cms(altered), algorithm_protection=None)
        assert check_cms(sig, digest_of(CONTENT))[0] is expected


def test_pss_without_parameters_cannot_be_told() -> None:
    made = sign("pss256")
    info = layout(made).info
    altered = replace_info(made, (*info[:4], der.seq(der.oid(names.RSASSA_PSS)), info[5]))
    sig = replace(parse_cms(altered), algorithm_protection=None)
    assert check_cms(sig, digest_of(CONTENT))[0] is None


def test_a_key_kept_for_pss_makes_no_pkcs1_signature(tmp_path: Path) -> None:
    key = tmp_path / "pss.key"
    assert openssl("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key).returncode == 0
    made = openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=PSS", "-days", "30")
    certificate = x509.load_pem_x509_certificate(made.stdout)
    sig = parse_cms(sign("pkcs1"))
    sig = replace(sig, signer_certificate=certificate, signing_certificate_hashes=())
    assert [f.code for f in check_cms(sig, digest_of(CONTENT))[1]] == ["signature.value"]


@pytest.mark.parametrize("kind", ["p384", "rsa2048", "ed25519"])
def test_a_key_of_another_kind_does_not_verify(kind: str) -> None:
    leaf = make_leaf(kind)
    sig = replace(parse_cms(sign()), signer_certificate=leaf, signing_certificate_hashes=())
    assert [f.code for f in check_cms(sig, digest_of(CONTENT))[1]] == ["signature.value"]


def test_certificates_that_cannot_be_read_are_counted() -> None:
    parts = layout(sign())
    odd = der.tlv(0xA0, b"\x02\x01\x05")
    signed = der.seq(
        der.integer(parts.version),
        parts.before,
        der.tlv(0xA0, b"".join((*parts.certificates, der.seq(der.integer(1)), odd))),
        der.tlv(der.SET, der.seq(*parts.info)),
    )
    sig = parse_cms(der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed)))
    assert (len(sig.certificates), sig.unparsable_certificates) == (2, 2)
    assert check_cms(sig, digest_of(CONTENT)) == (True, ())


def test_an_rsa_key_with_a_negative_modulus_cannot_be_told() -> None:
    """Old issuers forgot the leading zero: the modulus reads as negative."""
    leaf = der_of(make_leaf("rsa2048"))
    modulus = make_key("rsa2048").public_key().public_numbers().n.to_bytes(256, "big")
    at = leaf.index(modulus)
    broken = patched(leaf, leaf[at - 1 : at + 255], modulus)
    certificate = x509.load_der_x509_certificate(broken)
    sig = replace(parse_cms(sign("pkcs1")), signer_certificate=certificate, signing_certificate_hashes=())
    holds, findings = check_cms(sig, digest_of(CONTENT))
    assert holds in {None, False}
    assert findings


def test_serial_numbers_that_are_not_positive_are_read_without_a_warning() -> None:
    leaf = make_certificate(make_key("p256"), "Cũ", serial=5)
    zero = patched(der_of(leaf), b"\x02\x01\x05", b"\x02\x01\x00")
    signed = add_long_term(sign(), [], [], [])
    parts = layout(signed)
    data = der.seq(
        der.integer(1),
        parts.before,
        der.set_of((*parts.certificates, zero), 0xA0),
        der.tlv(der.SET, der.seq(*parts.info)),
    )
    sig = parse_cms(der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, data)))
    assert len(sig.certificates) == 3


def test_attributes_that_must_stand_alone_may_not_occur_twice() -> None:
    made = sign()
    info = layout(made).info
    twice = info[3][:1] + der.tlv(der.SET, der.whole(info[3], 0xA0).content(info[3]) * 2)[1:]
    with pytest.raises(MalformedError):
        parse_cms(replace_info(made, (*info[:3], twice, *info[4:])))


def test_padding_is_read_only_where_it_is_allowed() -> None:
    made = sign()
    assert parse_cms(made + bytes(500), allow_trailing_zeros=True).der == made
    for data, allowed in ((made + b"\0", False), (made + b"\0x", True), (made + b"\n", True)):
        with pytest.raises(MalformedError):
            parse_cms(data, allow_trailing_zeros=allowed)


def test_a_name_in_another_string_type_is_the_same_name() -> None:
    made = sign()
    leaf_issuer = name("CA gốc thử nghiệm").public_bytes()
    assert parse_cms(made).signer_id.issuer == leaf_issuer
    printable, utf8 = b"\x13\x02VN", b"\x0c\x02VN"
    info = list(layout(made).info)
    assert printable in info[1]
    info[1] = patched(info[1], printable, utf8)
    assert parse_cms(replace_info(made, tuple(info))).signer_certificate == make_leaf("p256")


def test_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signing.cms.parse.MAX_BYTES", 100)
    with pytest.raises(LimitError):
        parse_cms(sign())


MADE = sign()


@given(st.integers(0, len(MADE) - 1), st.integers(1, 255))
@settings(max_examples=400, deadline=None)
def test_one_byte_changed_never_escapes_as_another_error_and_never_alters_what_holds(at: int, by: int) -> None:
    altered = bytearray(MADE)
    altered[at] ^= by
    try:
        sig = parse_cms(bytes(altered))
    except SigningError:
        return
    holds, _ = check_cms(sig, digest_of(CONTENT))
    if holds:
        assert sig.signer_certificate == make_leaf("p256")
        assert sig.message_digest == hashlib.sha256(CONTENT).digest()


@given(st.integers(0, len(MADE)))
def test_a_cut_signature_is_malformed(at: int) -> None:
    if at == len(MADE):
        return
    with pytest.raises(MalformedError):
        parse_cms(MADE[:at])


@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda tail: MADE[:60] + tail))
def test_any_bytes_give_only_our_errors(data: bytes) -> None:
    with pytest.raises(SigningError):
        parse_cms(data)


LEAF_AT = MADE.index(make_leaf("p256").public_bytes(Encoding.DER))
LEAF_SIZE = len(make_leaf("p256").public_bytes(Encoding.DER))


@given(st.integers(0, LEAF_SIZE - 1), st.integers(1, 255))
@settings(max_examples=400, deadline=None)
def test_a_certificate_with_any_byte_changed_never_escapes_as_another_error(at: int, by: int) -> None:
    """The certificate library parses lazily: what is wrong shows when a name, a key or an extension is first used."""
    altered = bytearray(MADE)
    altered[LEAF_AT + at] ^= by
    try:
        sig = parse_cms(bytes(altered))
    except MalformedError:
        return
    for certificate in sig.certificates:
        sig = replace(sig, signer_certificate=certificate)
        check_cms(sig, digest_of(CONTENT))
        chains_of(sig)
        with suppress(SigningError):
            check_signable(certificate, AT)
        check_timestamp(as_token(sig), digest_of(CONTENT))


def as_token(sig: CmsSignature) -> TimestampToken:
    return TimestampToken(
        der=b"",
        time=AT,
        accuracy=timedelta(0),
        policy="1.2.3",
        serial=1,
        imprint_algorithm="sha256",
        imprint=bytes(32),
        nonce=None,
        cms=sig,
    )


def test_a_certificate_that_holds_an_extension_twice_gives_only_our_errors() -> None:
    """cryptography's DuplicateExtension is no ValueError."""
    usage = der.seq(der.oid("2.5.29.15"), der.octets(bytes.fromhex("03020780")))
    leaf = der_of(make_leaf("p256"))
    start = leaf.index(bytes.fromhex("0603551d0f")) - 2
    own = der.read(leaf, start)
    twice = rebuilt(leaf, own.raw(leaf), own.raw(leaf) + usage)
    certificate = x509.load_der_x509_certificate(twice)
    with pytest.raises(x509.DuplicateExtension):
        _ = certificate.extensions
    with pytest.raises(SigningError):
        check_signable(certificate, AT)
    token = as_token(replace(parse_cms(sign()), signer_certificate=certificate))
    assert check_timestamp(token, digest_of(CONTENT))[0] is False


def rebuilt(leaf: bytes, old: bytes, new: bytes) -> bytes:
    """The certificate with one piece of its extensions exchanged and all lengths around it set right."""
    outer = der.children(leaf, der.read(leaf))
    fields = [v.raw(leaf) for v in der.children(leaf, outer[0])]
    extensions = der.read(fields[-1])
    inside = der.expect(fields[-1], der.SEQUENCE, extensions.start).content(fields[-1]).replace(old, new)
    tbs = der.seq(*fields[:-1], der.tlv(0xA3, der.seq(inside)))
    return der.seq(tbs, *(v.raw(leaf) for v in outer[1:]))


def test_a_certificate_of_an_unknown_version_is_counted_as_unreadable() -> None:
    leaf = der_of(make_leaf("p256"))
    future = patched(leaf, bytes.fromhex("a003020102"), bytes.fromhex("a003020109"))
    with pytest.raises(ValueError, match="version"):
        load_certificate(future)


# --- grown ----------------------------------------------------------------------------------------------------------

CRL = (
    x509.CertificateRevocationListBuilder(root().subject, AT, AT + timedelta(days=7))
    .sign(make_key("p256", 100), names.HASHES["sha256"])
    .public_bytes(Encoding.DER)
)
OCSP = der.seq(der.integer(2, der.ENUMERATED))


def test_growing_keeps_what_was_signed_and_adds_each_piece_once(tmp_path: Path) -> None:
    made, token = sign(), sign("p384")
    extra = make_leaf("p384")
    grown = add_long_term(add_timestamp(made, token), [extra, root(), extra], [CRL, CRL], [OCSP, OCSP])
    before, after = parse_cms(made), parse_cms(grown)
    assert layout(grown).info == layout(made).info
    assert after.signed_attributes_der == before.signed_attributes_der
    assert after.signature_value == before.signature_value
    assert after.timestamp_tokens == (token,)
    assert set(after.certificates) == {make_leaf("p256"), root(), extra}
    assert len(after.certificates) == 3
    assert (after.crls, after.ocsps) == ((CRL,), (OCSP,))
    assert add_long_term(grown, [extra], [CRL], [OCSP]) == grown


def test_ocsp_responses_make_version_5_and_crls_do_not() -> None:
    made = sign()
    assert layout(made).version == 1
    assert layout(add_long_term(made, [], [CRL], [])).version == 1
    assert layout(add_long_term(made, [], [], [OCSP])).version == 5
    assert layout(add_timestamp(add_long_term(made, [], [], [OCSP]), sign())).version == 5


def test_openssl_accepts_a_grown_signature(tmp_path: Path) -> None:
    grown = add_timestamp(add_long_term(sign(), [make_leaf("p384")], [], []), sign("p384"))
    assert openssl_accepts(grown, CONTENT, tmp_path)


def test_a_basic_ocsp_response_is_read_as_a_whole_one() -> None:
    parts = layout(sign())
    basic = der.seq(der.integer(9))
    signed = der.seq(
        der.integer(5),
        parts.before,
        der.set_of(parts.certificates, 0xA0),
        der.tlv(0xA1, der.tlv(0xA1, der.oid(names.PKIX_OCSP_BASIC) + basic)),
        der.tlv(der.SET, der.seq(*parts.info)),
    )
    sig = parse_cms(der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed)))
    assert sig.ocsps[0].endswith(der.octets(basic))
    assert sig.crls == ()


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"no", MADE[:-1]])
def test_growing_what_is_malformed_is_refused(data: bytes) -> None:
    for grow in (lambda d: add_timestamp(d, sign()), lambda d: add_long_term(d, [], [], [])):
        with pytest.raises(MalformedError):
            grow(data)
