"""CMS signatures of other makers that other validators call invalid, drop or stumble over; each gets its answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from signing.cms import der
from signing.cms.layout import Layout, layout
from signing.cms.parse import parse_cms
from signing.cms.signed_data import _joined, add_timestamp
from signing.policy import DEFAULT_POLICY
from signing.report import Indication
from signing.trust.evidence import Evidence
from signing.validation.file import validate_file_signatures

from .authority import DAY, HOUR, NOW, Holder, crl, make
from .scene import CONTENT, Scene, all_lists, judge, sign, stamped, token
from .test_drills import by_openssl

PASSED, INDETERMINATE = Indication.PASSED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


@pytest.fixture(scope="module")
def rsa_leaf(issuing: Holder) -> Holder:
    return make("RSA", issuing, key=rsa.generate_private_key(65537, 2048))


def with_algorithm(parts: Layout, algorithm: bytes) -> bytes:
    """The signature under another signature algorithm, which nothing in it protects."""
    changed = replace(parts, info=(*parts.info[:-2], algorithm, parts.info[-1]))
    return _joined(changed, parts.certificates, parts.revocation, parts.unsigned)


RSA_WITH_SHA3 = {
    "sha3-256": "2.16.840.1.101.3.4.3.14",
    "sha3-384": "2.16.840.1.101.3.4.3.15",
    "sha3-512": "2.16.840.1.101.3.4.3.16",
}


@pytest.mark.parametrize("digest", RSA_WITH_SHA3)
def test_rsa_with_sha3_is_checked_under_both_of_its_names(
    scene: Scene, issuing: Holder, rsa_leaf: Holder, tmp_path: Path, digest: str
) -> None:
    """`rsaEncryption` beside the digest, or the combined identifier of NIST, which others call a broken signature."""
    plain = by_openssl(rsa_leaf, issuing, tmp_path, "-md", digest)
    parts = layout(plain)
    named = der.seq(der.oid(RSA_WITH_SHA3[digest]), der.null())
    combined = with_algorithm(parts, named)
    for cms in (plain, combined):
        report = judge(cms, scene.trust, evidence=all_lists(scene, issuing), format="PKCS7")
        assert (report.indication, report.intact) == (PASSED, True), report.findings
        altered = judge(cms, scene.trust, evidence=all_lists(scene, issuing), format="PKCS7", content=b"other")
        assert (altered.indication, altered.intact) == (Indication.FAILED, False)


def test_a_combined_identifier_of_another_digest_does_not_hold(
    scene: Scene, issuing: Holder, rsa_leaf: Holder, tmp_path: Path
) -> None:
    parts = layout(by_openssl(rsa_leaf, issuing, tmp_path, "-md", "sha3-256"))
    wrong = der.seq(der.oid(RSA_WITH_SHA3["sha3-512"]), der.null())
    cms = with_algorithm(parts, wrong)
    report = judge(cms, scene.trust, evidence=all_lists(scene, issuing), format="PKCS7")
    assert report.indication is not PASSED


def test_an_unknown_algorithm_is_unsupported_and_not_broken(
    scene: Scene, issuing: Holder, rsa_leaf: Holder, tmp_path: Path
) -> None:
    parts = layout(by_openssl(rsa_leaf, issuing, tmp_path, "-md", "sha256"))
    cms = with_algorithm(parts, der.seq(der.oid("1.2.3.4.5")))
    report = judge(cms, scene.trust, evidence=all_lists(scene, issuing))
    assert (report.indication, report.intact) == (INDETERMINATE, None)
    assert "signature.unsupported" in {f.code for f in report.findings}


def negative(certificate: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """A certificate whose modulus lacks its leading zero, as old issuers wrote it; all lengths one shorter."""
    modulus = key.public_key().public_numbers().n.to_bytes(256, "big")
    at = certificate.index(b"\0" + modulus)
    return certificate[:at] + modulus + b"\0" + certificate[at + 257 :]


def test_an_rsa_key_with_a_negative_modulus_is_told_and_stops_nothing(
    scene: Scene, issuing: Holder, rsa_leaf: Holder
) -> None:
    assert isinstance(rsa_leaf.key, rsa.RSAPrivateKey)
    broken = negative(rsa_leaf.der, rsa_leaf.key)
    own = sign(rsa_leaf, [issuing])
    report = judge(own.replace(rsa_leaf.der, broken), scene.trust, evidence=all_lists(scene, issuing))
    assert report.indication is not PASSED
    assert report.indication is INDETERMINATE or not report.intact
    # Beside a good signature such a certificate is ballast.
    other = make("Người ký", issuing)
    parts = layout(sign(other, [issuing]))
    cms = _joined(parts, (*parts.certificates, broken), parts.revocation, parts.unsigned)
    assert judge(cms, scene.trust, evidence=all_lists(scene, issuing)).indication is PASSED


def test_a_timestamp_token_without_certificates_does_not_take_the_signature_along(
    scene: Scene, issuing: Holder
) -> None:
    leaf, tsa = make("Người ký", issuing), scene.tsa()
    cms = sign(leaf, [issuing])
    bare = layout(token(parse_cms(cms).signature_value, tsa, NOW - HOUR))
    naked = _joined(bare, (), bare.revocation, bare.unsigned)
    made = add_timestamp(cms, naked)
    lists = all_lists(scene, issuing)
    report = judge(made, scene.trust, evidence=lists)
    assert (report.indication, report.intact, report.timestamp) == (PASSED, True, None)
    assert "signature.no-certificate" in {f.code for f in report.findings}
    # With the authority's certificate from elsewhere in the file the token counts.
    found = judge(made, scene.trust, evidence=lists + Evidence(certificates=(tsa.certificate,)))
    assert (found.indication, found.timestamp) == (PASSED, NOW - HOUR)


def test_every_signer_of_several_has_a_verdict_and_is_judged_alone(scene: Scene, issuing: Holder) -> None:
    """One of three was revoked before: the others are not its."""
    people = [make(f"Người ký {number}", issuing) for number in range(3)]
    each = [layout(stamped(sign(person, [issuing]), scene.tsa())) for person in people]
    first = each[0]
    infos = [der.seq(*parts.info, der.set_of(parts.unsigned, 0xA1)) for parts in each]
    certificates = dict.fromkeys(c for parts in each for c in parts.certificates)
    lists = [crl(issuing, (people[1], NOW - DAY, None)), crl(scene.root), crl(scene.tsa_root)]
    cms = der.seq(
        der.oid("1.2.840.113549.1.7.2"),
        der.tlv(
            0xA0,
            der.seq(
                der.integer(first.version),
                first.before,
                der.set_of(certificates, 0xA0),
                der.set_of(lists, 0xA1),
                der.set_of(infos),
            ),
        ),
    )
    kind, reports = validate_file_signatures(cms, CONTENT, trust=scene.trust, at=NOW, policy=DEFAULT_POLICY)
    assert kind == "cades"
    assert [r.id for r in reports] == ["signature-1", "signature-2", "signature-3"]
    verdicts = {r.signer.subject.partition("Người ký ")[2][:1]: r.indication for r in reports if r.signer is not None}
    assert verdicts["0"] is verdicts["2"] is PASSED, [r.findings for r in reports]
    assert verdicts["1"] is not PASSED
