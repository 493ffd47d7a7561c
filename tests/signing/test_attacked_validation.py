"""Signatures, lists and certificates made to be judged better than they are, or to cost more than they should."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signing.cms import der, names, parse
from signing.cms.build import CmsTemplate, certificate_parts
from signing.cms.cades import extend_detached
from signing.cms.layout import layout
from signing.cms.parse import parse_cms
from signing.cms.signed_data import add_long_term, add_timestamp, add_unsigned
from signing.cms.values import attribute
from signing.errors import LimitError, MalformedError, UsageError
from signing.lru import Lru
from signing.policy import Baseline
from signing.report import Indication
from signing.signer import LocalSigner
from signing.trust.certificates import facts
from signing.trust.chain import Purpose
from signing.trust.evidence import Evidence
from signing.trust.store import TrustStore
from signing.validation.file import validate_file_signature, validate_file_signatures

from .authority import HOUR, NOW, Holder, crl, make, name
from .scene import CONTENT, Scene, all_lists, judge, sign, stamped, token, with_lists

REASON = x509.ReasonFlags
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


@pytest.fixture(scope="module")
def officer(issuing: Holder) -> Holder:
    return make("Officer", issuing)


def built(
    holder: Holder,
    issuing: Holder,
    attributes: Sequence[bytes] | None,
    *,
    content_type: str = names.DATA,
    value: Callable[[bytes], bytes] | None = None,
    oid: str = "1.2.840.10045.4.3.2",
) -> bytes:
    """SignedData put together by hand; without attributes the content itself is signed."""
    signed = der.set_of(attributes) if attributes is not None else None
    data = signed if signed is not None else CONTENT
    answer = value(data) if value else holder.key.sign(data, ec.ECDSA(hashes.SHA256()))  # type: ignore[union-attr, call-arg, arg-type]
    digest = der.seq(der.oid(names.DIGEST_OIDS["sha256"]))
    inside = b"\xa0" + signed[1:] if signed is not None else b""
    scheme = der.seq(der.oid(oid))
    info = der.seq(der.integer(1), der.seq(*certificate_parts(holder.der)), digest, inside, scheme, der.octets(answer))
    parts = (der.tlv(der.SET, digest), der.seq(der.oid(content_type)), der.set_of([holder.der, issuing.der], 0xA0))
    body = der.seq(der.integer(1), *parts, der.tlv(der.SET, info))
    return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, body))


def attributes_of(holder: Holder, content_type: str = names.DATA) -> list[bytes]:
    named = der.seq(der.seq(der.seq(der.octets(hashlib.sha256(holder.der).digest()))))
    return [
        attribute(names.CONTENT_TYPE, der.oid(content_type)),
        attribute(names.MESSAGE_DIGEST, der.octets(hashlib.sha256(CONTENT).digest())),
        attribute(names.SIGNING_TIME, der.time(NOW - HOUR)),
        attribute(names.SIGNING_CERTIFICATE_V2, named),
    ]


# --- signatures ------------------------------------------------------------------------------------------------------


def test_content_of_another_type_than_data_reaches_no_baseline(scene: Scene, issuing: Holder, officer: Holder) -> None:
    lists = all_lists(scene, issuing)
    assert judge(built(officer, issuing, attributes_of(officer)), scene.trust, evidence=lists).baseline == "B-B"
    odd = built(officer, issuing, attributes_of(officer, "1.2.3"), content_type="1.2.3")
    report = judge(odd, scene.trust, evidence=lists)
    assert (report.baseline, report.intact) == (None, True)
    assert "signature.content-type" in {f.code for f in report.findings}


@pytest.mark.parametrize("enclosed", [False, True])
def test_signed_attributes_are_no_document_of_their_own(
    scene: Scene, issuing: Holder, officer: Holder, enclosed: bool
) -> None:
    """The signature of a real document, its attributes taken off and handed out as the document (RFC 5652 §11)."""
    real = parse_cms(built(officer, issuing, attributes_of(officer)))
    document = real.signed_attributes_der or b""
    forged = built(officer, issuing, None, value=lambda _: real.signature_value)
    if enclosed:
        plain, full = der.seq(der.oid(names.DATA)), der.seq(der.oid(names.DATA), der.tlv(0xA0, der.octets(document)))
        fields = der.children(forged, der.whole(forged, der.SEQUENCE))
        body = fields[1].content(forged)
        inner = body[der.read(body).start :].replace(plain, full)
        forged = der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, der.seq(inner)))
    trust = TrustStore(ca=(officer.certificate,))
    _, report = validate_file_signature(forged, None if enclosed else document, trust=trust, at=NOW)
    assert report.indication is Indication.INDETERMINATE
    bare = built(officer, issuing, None)
    assert validate_file_signature(bare, CONTENT, trust=trust, at=NOW)[1].indication is Indication.PASSED


def test_an_issuer_that_only_the_validator_brought_makes_no_b_lt(
    scene: Scene, issuing: Holder, officer: Holder
) -> None:
    lists = [crl(issuing, at=NOW), crl(scene.root, at=NOW), crl(scene.tsa_root, at=NOW)]
    cms = with_lists(stamped(sign(officer), scene.tsa(), chain=[scene.tsa_root]), *lists)
    outside = Evidence(certificates=(issuing.certificate,))
    report = judge(cms, scene.trust, evidence=outside)
    assert (report.indication, report.baseline) == (Indication.PASSED, "B-T")
    whole = with_lists(cms, certificates=[issuing])
    assert judge(whole, scene.trust, evidence=outside).baseline == "B-LT"


@pytest.mark.parametrize("critical", [False, True])
def test_a_timestamp_with_an_unknown_critical_extension_is_not_used(
    scene: Scene, issuing: Holder, officer: Holder, critical: bool
) -> None:
    tsa, bare = scene.tsa(), sign(officer, [issuing])
    digest = der.octets(hashlib.sha256(parse_cms(bare).signature_value).digest())
    imprint = der.seq(der.seq(der.oid(names.DIGEST_OIDS["sha256"])), digest)
    extension = der.seq(der.oid("1.2.9"), der.boolean(True) if critical else b"", der.octets(b"?"))
    fields = (der.integer(1), der.oid("1.2.3"), imprint, der.integer(5), der.generalized_time(NOW - HOUR))
    info = der.seq(*fields, der.tlv(0xA1, extension))
    maker = LocalSigner(certificate=tsa.certificate, key=tsa.key)  # type: ignore[arg-type]
    template = CmsTemplate.for_signer(maker, signing_time=False)
    made = template.build(hashlib.sha256(info).digest(), content_type_oid=names.TST_INFO, content=info)
    report = judge(add_timestamp(bare, made), scene.trust, evidence=all_lists(scene, issuing))
    assert report.timestamp == (None if critical else NOW - HOUR)


def test_a_timestamp_of_another_signature_is_not_taken_for_b_t_when_extending(
    scene: Scene, issuing: Holder, officer: Holder
) -> None:
    own, other = sign(officer, [issuing]), sign(officer, [issuing], content=b"something else")
    copied = add_timestamp(own, token(parse_cms(other).signature_value, scene.tsa(), NOW - HOUR))
    assert judge(copied, scene.trust).baseline == "B-B"
    with pytest.raises(UsageError) as caught:
        extend_detached(copied, baseline=Baseline.B_T)
    assert caught.value.code == "timestamp.needed"
    fitting = stamped(copied, scene.tsa())
    assert extend_detached(fitting, baseline=Baseline.B_T) == fitting
    assert judge(fitting, scene.trust).baseline == "B-T"


# --- revocation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worse_at", [5, 6])  # minutes ago; the harmless reason was given six minutes ago
def test_a_harmless_reason_does_not_hide_a_worse_one(
    scene: Scene, issuing: Holder, officer: Holder, worse_at: int
) -> None:
    """A list in the file says that the timestamp authority was replaced; a newer one, that its key was stolen."""
    tsa = scene.tsa()
    cms = stamped(sign(officer, [issuing]), tsa)
    mild = crl(scene.tsa_root, (tsa, NOW - 6 * MINUTE, REASON.superseded), at=NOW - 4 * MINUTE)
    stolen = crl(scene.tsa_root, (tsa, NOW - worse_at * MINUTE, REASON.key_compromise), at=NOW)
    rest = (crl(issuing, at=NOW - HOUR), crl(scene.root, at=NOW - HOUR))
    assert judge(cms, scene.trust, evidence=Evidence(crls=(*rest, mild))).timestamp is not None
    for lists in ((mild, stolen), (stolen, mild)):
        assert judge(cms, scene.trust, evidence=Evidence(crls=(*rest, *lists))).timestamp is None


# --- certificates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mail", ["Ai Đó <a@b.vn>", "Someone <a@b.vn>", "ä@elsewhere.vn", "", "@", "a@elsewhere.vn"])
@pytest.mark.parametrize("excluded", [False, True])
def test_what_is_no_mail_address_does_not_slip_through_name_constraints(
    scene: Scene, mail: str, excluded: bool
) -> None:
    tree = [x509.RFC822Name("elsewhere.vn" if excluded else "b.vn")]
    limits = x509.NameConstraints(None if excluded else tree, tree if excluded else None)
    authority = make("Limited", scene.root, ca=True, extra=[(limits, True)])
    lists = Evidence(crls=(crl(authority, at=NOW), crl(scene.root, at=NOW)))

    def passes(address: str) -> bool:
        own = name("Officer") if not address else name("Officer", x509.NameAttribute(NameOID.EMAIL_ADDRESS, address))
        leaf = make(own, authority)
        pool = [authority.certificate]
        return scene.trust.validate(leaf.certificate, pool, Purpose.SIGNER, at=NOW, now=NOW, evidence=lists).passed

    assert passes("a@b.vn")
    assert passes(mail) is (mail == "")


def test_a_public_exponent_of_thousands_of_bits_is_not_worked_with(scene: Scene, officer: Holder) -> None:
    """A hundred such checks for each of seventeen chains took half a minute."""

    def with_key(exponent: int) -> x509.Certificate:
        tbs, *rest = der.children(officer.der, der.whole(officer.der, der.SEQUENCE))
        fields = [v.raw(officer.der) for v in der.children(officer.der, tbs)]
        numbers = der.seq(der.integer((1 << 3072) - 1), der.integer(exponent))
        kind = der.seq(der.oid(names.RSA_ENCRYPTION), der.null())
        fields[6] = der.seq(kind, der.tlv(der.BIT_STRING, b"\0" + numbers))
        return x509.load_der_x509_certificate(der.seq(der.seq(*fields), *(v.raw(officer.der) for v in rest)))

    assert facts(with_key(65537)).key_bits == 3072
    with pytest.raises(MalformedError):
        facts(with_key((1 << 3070) + 1))


def test_an_allowed_alternative_name_does_not_cover_a_mail_address_in_the_subject(scene: Scene) -> None:
    limits = x509.NameConstraints([x509.RFC822Name("b.vn")], None)
    authority = make("Limited", scene.root, ca=True, extra=[(limits, True)])
    lists = Evidence(crls=(crl(authority, at=NOW), crl(scene.root, at=NOW)))
    allowed = x509.SubjectAlternativeName([x509.RFC822Name("a@b.vn")])
    for address, passes in (("a@b.vn", True), ("a@elsewhere.vn", False)):
        own = name("Officer", x509.NameAttribute(NameOID.EMAIL_ADDRESS, address))
        leaf, pool = make(own, authority, extra=[(allowed, False)]), [authority.certificate]
        result = scene.trust.validate(leaf.certificate, pool, Purpose.SIGNER, at=NOW, now=NOW, evidence=lists)
        assert result.passed is passes


# --- cost ------------------------------------------------------------------------------------------------------------


def test_countless_empty_pieces_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen megabytes of them took more than a gigabyte and half a minute."""
    monkeypatch.setattr(der, "MAX_BER_VALUES", 100)

    def pieces(count: int) -> bytes:
        return b"\x24\x80" + b"\x04\x01x" * count + b"\0\0"

    assert der.to_der(pieces(99))[0] == der.octets(b"x" * 99)
    with pytest.raises(der.DerError):
        der.to_der(pieces(100))


def test_huge_issuer_names_of_strangers_are_not_compared_by_meaning(
    issuing: Holder, officer: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"x{n}") for n in range(400)])
    serial = officer.certificate.serial_number
    strangers = [make("C", issuing, serial=serial, issuer_name=long).certificate for _ in range(3)]
    cms = add_long_term(sign(officer), strangers, [], [])
    read: list[bytes] = []
    monkeypatch.setattr(parse.Name, "load", read.append)
    assert parse_cms(cms).signer_certificate == officer.certificate
    assert read == []


def test_megabytes_of_certificates_are_refused_unread(issuing: Holder, officer: Holder) -> None:
    long = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"x{n}") for n in range(12_000)])
    one = make("C", issuing, issuer_name=long)
    few = add_long_term(sign(officer), [one.certificate], [], [])
    assert parse_cms(few).signer_certificate == officer.certificate
    whole = der.set_of([officer.der], 0xA0)
    many = der.set_of([officer.der, *(one.der[:-1] + bytes([n]) for n in range(12))], 0xA0)
    body = der.children(few, der.children(few, der.whole(few, der.SEQUENCE))[1])[0]
    fields = [v.raw(few) for v in der.children(few, body)]
    for certificates, fits in ((whole, True), (many, False)):
        inner = der.seq(*fields[:3], certificates, fields[-1])
        cms = der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, inner))
        if fits:
            assert parse_cms(cms).signer_certificate == officer.certificate
            continue
        with pytest.raises(LimitError):
            parse_cms(cms)


def test_memory_keeps_its_measure_among_threads() -> None:
    memory: Lru[int, int] = Lru(4)

    def use(begin: int) -> None:
        for n in range(begin, begin + 30_000):
            if memory.get(n % 9) is None:
                memory.put(n % 9, n)

    threads = [threading.Thread(target=use, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(4):
        memory.put(n, n)
    assert [memory.get(n) for n in range(4)] == [0, 1, 2, 3]


def test_signed_attributes_of_a_counter_signature_are_no_document(
    scene: Scene, issuing: Holder, officer: Holder
) -> None:
    """A counter-signature's attributes name no content type, and are still no document."""
    attributes = attributes_of(officer)[1:]
    real = parse_cms(built(officer, issuing, attributes))
    forged = built(officer, issuing, None, value=lambda _: real.signature_value)
    trust = TrustStore(ca=(officer.certificate,))
    _, report = validate_file_signature(forged, real.signed_attributes_der, trust=trust, at=NOW)
    assert report.indication is Indication.INDETERMINATE


def test_signed_attributes_are_no_document_however_large(
    scene: Scene, issuing: Holder, officer: Holder, tmp_path: Path
) -> None:
    """Revocation lists among the signed attributes make them megabytes long."""
    lists = attribute(names.ADOBE_REVOCATION, der.seq(der.octets(bytes(2 << 20))))
    real = parse_cms(built(officer, issuing, [*attributes_of(officer), lists]))
    forged = built(officer, issuing, None, value=lambda _: real.signature_value)
    document = real.signed_attributes_der or b""
    (tmp_path / "document").write_bytes(document)
    for content in (document, tmp_path / "document"):
        _, report = validate_file_signature(forged, content, trust=TrustStore(ca=(officer.certificate,)), at=NOW)
        assert report.indication is Indication.INDETERMINATE


def test_signed_attributes_are_no_signature_value_to_counter_sign(
    scene: Scene, issuing: Holder, officer: Holder
) -> None:
    """Whose signature value is someone's signed attributes has not got their counter-signature."""
    real = parse_cms(built(officer, issuing, attributes_of(officer)))
    bare = layout(built(officer, issuing, None, value=lambda _: real.signature_value)).info
    above = built(officer, issuing, attributes_of(officer), value=lambda signed: signed)
    posing = add_unsigned(above, attribute(names.COUNTER_SIGNATURE, der.seq(*bare)))
    trust = TrustStore(ca=(officer.certificate,))
    _, (_, report) = validate_file_signatures(posing, CONTENT, trust=trust, at=NOW)
    assert report.id == "signature/counter-1"
    assert report.indication is Indication.INDETERMINATE
