"""Every /SubFilter, and what /Contents may hold: each signature is found, and said to be intact where it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, padding
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from signing.pdf_check.objects import Ref
from signing.pdf_check.verify import PdfExamination, examine_pdf
from signing.policy import DEFAULT_POLICY, Policy
from signing.report import Indication, SignatureReport, Verdict
from signing.trust.store import TrustStore

from . import pdf_forge as forge
from .cms_makers import make_certificate, make_key, make_leaf, root
from .test_pdf_verify import codes

ROOM = 9000  # hexadecimal digits
OLD = Policy(
    digests=MappingProxyType({**DEFAULT_POLICY.digests, "sha1": datetime(9999, 1, 1, tzinfo=UTC)}),
    require_revocation=False,
)

Sign = Callable[[bytes], bytes]


def signed(
    subfilter: object,
    sign: Sign,
    *,
    cut: int = 0,
    room: int = ROOM,
    more: Mapping[int, bytes] = MappingProxyType({}),
    **entries: object,
) -> bytes:
    """A page with one signature of that kind; `sign(covered bytes)` gives what stands in /Contents.

    With `cut`, its byte range names what comes before in two pieces.
    """
    objects = {**forge.page_document(AcroForm={"Fields": [Ref(6, 0)], "SigFlags": 3}), **more}
    objects[6] = forge.write({"FT": "Sig", "T": b"Old", "V": Ref(7, 0)})
    about = {"Type": "Sig", "Filter": "Adobe.PPKLite", "SubFilter": subfilter, **entries}
    empty = b"[" + b" " * 50 + b"]"
    objects[7] = forge.write(about)[:-2] + b"/ByteRange " + empty + b" /Contents <" + b"0" * room + b">>>"
    data = forge.document(objects)
    a = data.index(b"<" + b"0" * room)
    b = a + room + 2
    numbers = [0, a, b, len(data) - b] if not cut else [0, cut, cut, a - cut, b, len(data) - b]
    data = data.replace(empty, (b"[" + b" ".join(b"%d" % n for n in numbers) + b"]").ljust(len(empty)))
    made = sign(data[:a] + data[b:]).hex().encode()
    assert len(made) <= room
    return data[: a + 1] + made.ljust(room, b"0") + data[b - 1 :]


def leaf_der() -> bytes:
    return make_leaf("rsa2048").public_bytes(Encoding.DER)


def raw(digest: hashes.HashAlgorithm) -> Sign:
    """adbe.x509.rsa_sha1: an OCTET STRING with a PKCS #1 signature."""
    return lambda covered: core.OctetString(make_key("rsa2048").sign(covered, padding.PKCS1v15(), digest)).dump()


def with_cms(content: Callable[[bytes], bytes], *options: pkcs7.PKCS7Options) -> Sign:
    def sign(covered: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content(covered))
        builder = builder.add_signer(make_leaf("rsa2048"), make_key("rsa2048"), hashes.SHA256())
        return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])

    return sign


def sha1_of(covered: bytes) -> bytes:
    return hashlib.sha1(covered, usedforsecurity=False).digest()


detached = with_cms(bytes, pkcs7.PKCS7Options.DetachedSignature)
enclosed = with_cms(sha1_of)


def examined(data: bytes, policy: Policy = OLD) -> tuple[PdfExamination, SignatureReport]:
    found = examine_pdf(data, trust=TrustStore(ca=(root(),)), policy=policy)
    (signature,) = found.signatures
    assert "document.internal" not in codes(found)
    return found, signature


def touched(data: bytes) -> bytes:
    return data.replace(b"(Hello)", b"(Hallo)")


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256()], ids=["sha1", "sha256"])
def test_a_bare_rsa_signature_with_its_certificate_beside_it(digest: hashes.HashAlgorithm) -> None:
    data = signed("adbe.x509.rsa_sha1", raw(digest), Cert=leaf_der())
    found, signature = examined(data)
    assert found.verdict is Verdict.VALID, codes(found)
    assert (signature.intact, signature.format, signature.baseline) == (True, "PKCS7", None)
    assert signature.digest_algorithm == digest.name
    _, changed = examined(touched(data))
    assert (changed.intact, changed.indication) == (False, Indication.FAILED)


def test_a_bare_rsa_signature_with_a_chain_of_certificates() -> None:
    chain = [leaf_der(), root().public_bytes(Encoding.DER)]
    assert examined(signed("adbe.x509.rsa_sha1", raw(hashes.SHA256()), Cert=chain))[1].intact is True


@pytest.mark.parametrize("others", [{}, {"Cert": b"no certificate"}, {"Cert": []}], ids=["none", "broken", "empty"])
def test_a_bare_rsa_signature_without_a_usable_certificate_is_never_valid(others: dict[str, object]) -> None:
    found, signature = examined(signed("adbe.x509.rsa_sha1", raw(hashes.SHA256()), **others))
    assert signature.intact is not True
    assert found.verdict is not Verdict.VALID


def test_a_bare_rsa_signature_of_another_key_fails() -> None:
    other = make_leaf("rsa3072").public_bytes(Encoding.DER)
    _, signature = examined(signed("adbe.x509.rsa_sha1", raw(hashes.SHA256()), Cert=other))
    assert signature.intact is not True
    assert signature.indication is not Indication.PASSED


def test_a_signature_over_the_enclosed_sha1_of_the_document() -> None:
    data = signed("adbe.pkcs7.sha1", enclosed)
    found, signature = examined(data)
    assert found.verdict is Verdict.VALID, codes(found)
    assert signature.intact is True
    _, changed = examined(touched(data))
    assert (changed.intact, changed.sub_indication) == (False, "HASH_FAILURE")


def test_the_enclosed_sha1_is_weak_today_whatever_the_signature_uses() -> None:
    _, signature = examined(signed("adbe.pkcs7.sha1", enclosed), replace(DEFAULT_POLICY, require_revocation=False))
    assert (signature.intact, signature.indication) == (True, Indication.INDETERMINATE)
    assert signature.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_an_enclosed_digest_that_is_not_there_or_not_of_this_document() -> None:
    for sign in (detached, with_cms(lambda _: b"\0" * 20), with_cms(bytes)):
        found, signature = examined(signed("adbe.pkcs7.sha1", sign))
        assert signature.intact is not True
        assert found.verdict is Verdict.INVALID


@pytest.mark.parametrize("kind", ["adbe.pkcs7.detached", "PBAD.PAdES"])
def test_detached_signatures_of_both_names(kind: str) -> None:
    found, signature = examined(signed(kind, detached))
    assert (found.verdict, signature.intact) == (Verdict.VALID, True)
    assert examined(touched(signed(kind, detached)))[1].intact is False


def test_an_unknown_kind_is_seen_to_be_intact_and_never_valid() -> None:
    _, signature = examined(signed("acme.unknown", detached))
    assert (signature.intact, signature.indication) == (True, Indication.INDETERMINATE)
    assert "signature.unsupported" in [f.code for f in signature.findings]
    for sign in (with_cms(lambda _: b"other"), lambda _: b"\x04\x02ab", lambda _: b"\x30\x80\0\0"):
        _, signature = examined(signed("acme.unknown", sign))
        assert (signature.intact, signature.indication) == (None, Indication.INDETERMINATE)


def test_a_kind_that_is_an_object_of_its_own() -> None:
    found, signature = examined(signed(Ref(8, 0), detached, more={8: forge.write("adbe.pkcs7.detached")}))
    assert (found.verdict, signature.intact) == (Verdict.VALID, True)


def test_bytes_behind_the_signature_in_its_own_room_are_said() -> None:
    found, signature = examined(signed("adbe.pkcs7.detached", lambda covered: detached(covered) + b"\x01\x02"))
    assert (found.verdict, signature.intact) == (Verdict.VALID, True)
    assert "pdf.padding" in [f.code for f in signature.findings]


def test_a_signature_without_padding_in_ber() -> None:
    def ber(covered: bytes) -> bytes:
        der = cms.ContentInfo.load(detached(covered))
        inner = der["content"].untag().dump()
        return b"\x30\x80" + der["content_type"].dump() + b"\xa0\x80" + inner + b"\0\0\0\0"

    found, signature = examined(signed("adbe.pkcs7.detached", ber))
    assert (found.verdict, signature.intact) == (Verdict.VALID, True)


def test_several_signers_in_one_dictionary() -> None:
    def two(covered: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(covered)
        for kind in ("rsa2048", "rsa3072"):
            builder = builder.add_signer(make_leaf(kind), make_key(kind), hashes.SHA256())
        return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature])

    data = signed("adbe.pkcs7.detached", two)
    _, signature = examined(data)
    assert (signature.intact, signature.indication) == (True, Indication.INDETERMINATE)
    assert "signature.unsupported" in [f.code for f in signature.findings]
    _, signature = examined(touched(data))
    assert (signature.intact, signature.indication) == (False, Indication.FAILED)


@pytest.mark.parametrize("cut", [1, 7])
def test_a_byte_range_of_another_shape_is_wrong_and_its_signature_still_seen(cut: int) -> None:
    """What is covered is the same, but no viewer's business to guess."""
    found, signature = examined(signed("adbe.pkcs7.detached", detached, cut=cut))
    assert (signature.intact, signature.indication, found.verdict) == (True, Indication.FAILED, Verdict.INVALID)


def with_ed448(covered: bytes) -> bytes:
    """CMS with signed attributes and an Ed448 key (RFC 8419), its digest SHA-512."""
    key = ed448.Ed448PrivateKey.generate()
    leaf = asn1_x509.Certificate.load(
        make_certificate(key, "Ed448", issuer=("CA", make_key("rsa2048"))).public_bytes(Encoding.DER)
    )
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [hashlib.sha512(covered).digest()]},
        ]
    )
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {"issuer_and_serial_number": {"issuer": leaf.issuer, "serial_number": leaf.serial_number}}
        ),
        "digest_algorithm": {"algorithm": "sha512"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "ed448"},
        "signature": key.sign(attributes.untag().dump()),
    }
    data = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha512"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [leaf],
        "signer_infos": [info],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump())


def test_an_ed448_signature_is_seen_to_be_intact_though_no_policy_counts_it() -> None:
    data = signed("adbe.pkcs7.detached", with_ed448)
    _, signature = examined(data)
    assert (signature.intact, signature.indication) == (True, Indication.INDETERMINATE)
    assert examined(touched(data))[1].intact is False
