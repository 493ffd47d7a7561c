"""PLAIN-ECDSA (BSI TR-03111): r and s side by side, in CMS, on certificates and on CRLs; and what is not supported."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from signing.cms import der, names
from signing.report import Indication, SignatureReport
from signing.trust.evidence import Evidence
from signing.trust.store import TrustStore

from .authority import HOUR, NOW, Holder, crl, make
from .scene import Scene, all_lists, judge, sign
from .test_attacked_validation import attributes_of, built

SHA256_PLAIN = "0.4.0.127.0.7.1.1.4.1.3"


def plain(key: object, data: bytes) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def again(encoded: bytes, issuer: Holder, oid: str = SHA256_PLAIN) -> bytes:
    """A certificate or CRL, signed by `issuer` once more, in that way."""
    body = der.children(encoded, der.whole(encoded, der.SEQUENCE), 3)[0]
    fields = der.children(encoded, body, 10)
    place = next(n for n, field in enumerate(fields) if field.tag == der.SEQUENCE)
    parts = [field.raw(encoded) for field in fields]
    parts[place] = der.seq(der.oid(oid))
    signed = der.seq(*parts)
    return der.seq(signed, parts[place], der.tlv(der.BIT_STRING, b"\0" + plain(issuer.key, signed)))


def by(holder: Holder, issuer: Holder, oid: str = SHA256_PLAIN) -> Holder:
    return Holder(x509.load_der_x509_certificate(again(holder.der, issuer, oid)), holder.key)


def codes(report: SignatureReport) -> set[str]:
    return {f.code for f in report.findings}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


@pytest.fixture(scope="module")
def officer(issuing: Holder) -> Holder:
    return make("Người ký", issuing)


def test_a_plain_signature_in_cms_is_judged_like_any_ecdsa(scene: Scene, issuing: Holder, officer: Holder) -> None:
    lists, attributes = all_lists(scene, issuing), attributes_of(officer)
    good = built(officer, issuing, attributes, value=lambda data: plain(officer.key, data), oid=SHA256_PLAIN)
    report = judge(good, scene.trust, evidence=lists)
    assert (report.indication, report.intact, report.signature_algorithm) == (Indication.PASSED, True, "ecdsa")
    sha1 = built(
        officer, issuing, attributes, value=lambda data: plain(officer.key, data), oid="0.4.0.127.0.7.1.1.4.1.1"
    )
    assert judge(sha1, scene.trust, evidence=lists).indication is not Indication.PASSED


@pytest.mark.parametrize("change", ["other", "short", "long", "zero", "der", "halves"])
def test_a_plain_signature_of_another_value_or_length_does_not_hold(
    scene: Scene, issuing: Holder, officer: Holder, change: str
) -> None:
    def value(data: bytes) -> bytes:
        real = plain(officer.key, data)
        wrong = {
            "other": plain(officer.key, data + b"?"),
            "short": real[:-1],
            "long": real + b"\0",
            "zero": bytes(64),
            "halves": real[32:] + real[:32],
        }
        return wrong.get(change) or officer.key.sign(data, ec.ECDSA(SHA256()))  # type: ignore[union-attr, call-arg, arg-type]

    forged = built(officer, issuing, attributes_of(officer), value=value, oid=SHA256_PLAIN)
    report = judge(forged, scene.trust, evidence=all_lists(scene, issuing))
    assert (report.indication, report.sub_indication) == (Indication.FAILED, "SIG_CRYPTO_FAILURE")


def test_certificates_and_lists_signed_plainly(scene: Scene) -> None:
    issuing = by(scene.issuing(), scene.root)
    officer = by(make("Người ký", issuing), issuing)
    cms = sign(officer, [issuing])
    lists = [again(crl(holder, at=NOW - HOUR), holder) for holder in (scene.root, issuing)]
    assert judge(cms, scene.trust, evidence=Evidence(crls=tuple(lists))).indication is Indication.PASSED
    forged = again(crl(issuing, at=NOW - HOUR), scene.root)  # another key
    report = judge(cms, scene.trust, evidence=Evidence(crls=(lists[0], forged)))
    assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")
    stranger = by(make("Người ký", issuing), make("Issuing", ca=True))
    report = judge(sign(stranger, [issuing]), scene.trust, evidence=Evidence(crls=tuple(lists)))
    assert report.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_certificate_signed_in_an_unknown_way_is_named_and_never_trusted(scene: Scene) -> None:
    odd = by(make("Người ký", scene.root), scene.root, "1.2.3.4")
    for trust in (scene.trust, TrustStore(ca=(odd.certificate,))):
        report = judge(sign(odd), trust, evidence=Evidence(crls=(crl(scene.root),)))
        expected = Indication.PASSED if odd.certificate in trust.ca else Indication.INDETERMINATE
        assert (report.indication, report.intact) == (expected, True)
    assert "certificate.malformed" not in codes(report)


# What EU DSS knows by object identifier, and is not verified here: each has a clear answer.
UNSUPPORTED = {
    "1.2.840.10040.4.3": "dsa-with-sha1",
    "2.16.840.1.101.3.4.3.2": "dsa-with-sha256",
    "2.16.840.1.101.3.4.3.6": "dsa-with-sha3-256",
    "1.3.36.3.3.1.2": "rsa-with-ripemd160",
    "0.4.0.127.0.7.1.1.4.1.6": "ecdsa-plain-ripemd160",
    "1.2.840.113549.1.1.2": "rsa-with-md2",
    "1.3.101.113": "ed448",
    "1.2.3": "unknown",
}


@pytest.mark.parametrize("oid", UNSUPPORTED)
def test_an_algorithm_that_is_not_verified_is_said_so(scene: Scene, issuing: Holder, officer: Holder, oid: str) -> None:
    cms = built(officer, issuing, attributes_of(officer), value=lambda data: plain(officer.key, data), oid=oid)
    report = judge(cms, scene.trust, evidence=all_lists(scene, issuing))
    assert report.indication is not Indication.PASSED
    if oid in names.SIGNATURES:  # known, and of another kind than the key
        assert report.sub_indication == "SIG_CRYPTO_FAILURE"
    else:
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE")
        assert (report.intact, report.signature_algorithm) == (None, oid)
        assert "signature.unsupported" in codes(replace(report))
