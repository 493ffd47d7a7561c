"""signing.external: prepare, sign elsewhere, complete; whatever is not the signature over exactly that is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.cms import names
from signing.cms.attributes import Commitment, ContentHints, SignaturePolicyId, SignerLocation, SigningDetails
from signing.cms.build import CmsTemplate
from signing.cms.signed_data import check_cms, parse_cms
from signing.errors import SigningError
from signing.external import (
    Prepared,
    complete_detached,
    complete_pdf,
    prepare_detached,
    prepare_pdf,
    read_answer,
)
from signing.pdf.hole import Hole
from signing.pdf.request import FieldSpec, Permission
from signing.pdf.stamp import Stamp
from signing.pdf_check.verify import verify_pdf
from signing.policy import Baseline
from signing.prepared import Holder
from signing.signer import LocalSigner, SignatureAlgorithm

from ..world import World
from .cms_makers import END, KINDS, digest_of, make_certificate, make_key, make_leaf, make_signer, openssl, pem, root
from .pdf_shapes import VALID, hanko, one_page, pdfsig
from .signed_pdfs import Samples
from .test_pdf import SHAPES, _encrypted

PDF = one_page()
CONTENT = "Đơn đề nghị cấp bản sao".encode()


def refused(code: str, call: Any, *given: Any, **named: Any) -> SigningError:
    with pytest.raises(SigningError) as caught:
        call(*given, **named)
    assert caught.value.code == code, caught.value
    return caught.value


def stored(prepared: Prepared) -> Prepared:
    """As it comes back from a file."""
    again = Prepared.from_bytes(prepared.to_bytes())
    assert again == replace(prepared, holder=again.holder)
    assert again.fingerprint == prepared.fingerprint
    return again


def ready(signer: LocalSigner | None = None, **named: Any) -> tuple[Prepared, LocalSigner]:
    signer = signer or make_signer("p256")
    known = {"certificate": signer.certificate, "chain": signer.chain, "algorithm": signer.algorithm}
    return prepare_pdf(PDF, **{**known, **named}), signer


# --- what is made -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_pdf_is_signed_by_a_key_elsewhere_and_outside_judges_agree(kind: str, tmp_path: Path) -> None:
    prepared, signer = ready(make_signer(kind))
    signed = complete_pdf(stored(prepared), signer.sign(prepared.to_sign))
    assert signed is not None
    assert signed.startswith(PDF)
    assert pdfsig(signed, tmp_path) == [VALID]


def test_the_certificate_may_be_unknown_until_the_middle_step() -> None:
    signer = make_signer("p256")
    first = stored(prepare_pdf(PDF))
    refused("external.certificate-needed", lambda: first.to_sign)
    refused("external.certificate-needed", complete_pdf, first, b"x")
    second = stored(first.for_certificate(signer.certificate, signer.chain))
    assert second.content_digest == first.content_digest
    signed = complete_pdf(second, signer.sign(second.to_sign))
    # whoever kept only the first step gets there as well
    assert complete_pdf(first, signer.sign(second.to_sign), signer.certificate, signer.chain) is not None
    assert signed is not None


def test_a_key_that_signs_digests_gets_the_digest() -> None:
    prepared, signer = ready()
    value = signer.key.sign(prepared.digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    assert complete_pdf(prepared, value) is not None
    assert prepared.code.replace(" ", "") == prepared.digest.hex()[:8].upper()


@pytest.mark.parametrize("kind", ["p256", "p384", "p521"])
def test_an_ecdsa_value_as_r_and_s_is_taken(kind: str) -> None:
    prepared, signer = ready(make_signer(kind))
    size = (signer.key.key_size + 7) // 8
    r, s = utils.decode_dss_signature(signer.sign(prepared.to_sign))
    assert complete_pdf(prepared, r.to_bytes(size, "big") + s.to_bytes(size, "big")) is not None


@pytest.mark.parametrize("baseline", list(Baseline))
def test_every_baseline_is_reached_and_valid(baseline: Baseline, world: World, tmp_path: Path) -> None:
    signer = world.pki.signer("official")
    prepared = prepare_pdf(
        PDF, certificate=signer.certificate, chain=signer.chain, baseline=baseline, stamp=Stamp(x_mm=20, y_mm=20)
    )
    tsa, collect = world.pki.tsa(), world.pki.collect
    out = tmp_path / "signed.pdf"
    done = complete_pdf(
        stored(prepared), signer.sign(prepared.to_sign), baseline=baseline, tsa=tsa, collect=collect, out=out
    )
    assert done is None
    signed = out.read_bytes()
    if baseline >= Baseline.B_LT:
        assert verify_pdf(signed, world.pki.trust())[0].baseline == baseline
    assert pdfsig(signed, tmp_path)[0] == VALID  # it does not know document timestamps
    assert all(verdict.bottom_line for verdict in hanko(signed, world.pki))


@pytest.mark.parametrize("kind", KINDS)
def test_a_detached_signature_is_made_and_openssl_agrees(kind: str, tmp_path: Path) -> None:
    signer = make_signer(kind)
    (tmp_path / "đơn.txt").write_bytes(CONTENT)
    prepared = prepare_detached(
        tmp_path / "đơn.txt", certificate=signer.certificate, chain=signer.chain, algorithm=signer.algorithm
    )
    assert prepared.name == "đơn.txt"
    value = signer.sign(prepared.to_sign)
    assert complete_detached(stored(prepared), value, content=CONTENT, out=tmp_path / "p7s") is None
    (tmp_path / "ca.pem").write_bytes(pem(root()))
    judged = openssl(
        "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", tmp_path / "p7s",
        "-content", tmp_path / "đơn.txt", "-CAfile", tmp_path / "ca.pem", "-purpose", "any", "-out", tmp_path / "o",
    )  # fmt: skip
    assert judged.returncode == 0, judged.stderr


def test_a_detached_signature_reaches_b_lt(world: World) -> None:
    signer = world.pki.signer("receiver")
    prepared = prepare_detached(CONTENT, digest="sha384").for_certificate(signer.certificate, signer.chain)
    assert prepared.holder is not None
    assert prepared.holder.algorithm is SignatureAlgorithm.ECDSA_SHA384
    value = signer.key.sign(prepared.to_sign, ec.ECDSA(hashes.SHA384()))  # type: ignore[attr-defined]
    cms = complete_detached(prepared, value, baseline=Baseline.B_LT, tsa=world.pki.tsa(), collect=world.pki.collect)
    sig = parse_cms(cms or b"")
    assert sig.timestamp_tokens
    assert sig.ocsps or sig.crls
    assert check_cms(sig, digest_of(CONTENT))[0] is True


def test_a_detached_signature_reaches_b_lta(world: World) -> None:
    signer = world.pki.signer("receiver")
    prepared = prepare_detached(CONTENT, certificate=signer.certificate, chain=signer.chain)
    services = {"baseline": Baseline.B_LTA, "tsa": world.pki.tsa(), "collect": world.pki.collect}
    cms = complete_detached(prepared, signer.sign(prepared.to_sign), **services)
    assert names.ARCHIVE_TIMESTAMP_V3 in parse_cms(cms or b"").unsigned_attributes
    assert check_cms(parse_cms(cms or b""), digest_of(CONTENT))[0] is True


DETAILS = SigningDetails(
    commitments=(Commitment.PROOF_OF_APPROVAL,),
    claimed_roles=("Chủ tịch",),
    policy=SignaturePolicyId(oid="1.2.3.4", digest=bytes(32), uri="https://example.vn/p"),
)
MORE = replace(
    DETAILS,
    location=SignerLocation(country="VN", locality="Hà Nội", address=("Số 1",)),
    certified_roles=(b"\x30\x03\x02\x01\x01",),
    content_hints=ContentHints(description="đơn"),
    mime_type="text/plain",
)


def test_what_the_signer_says_is_signed_with_the_document(tmp_path: Path) -> None:
    signer = make_signer("p256")
    prepared = stored(prepare_detached(CONTENT, details=MORE)).for_certificate(signer.certificate)
    said = parse_cms(complete_detached(prepared, signer.sign(prepared.to_sign)) or b"")
    template = CmsTemplate.for_signer(signer, signing_time=True, details=MORE)
    direct = template.signed_attributes(prepared.content_digest, signing_time=prepared.at)
    assert said.signed_attributes_der == direct
    refused("details.pades", prepare_pdf, PDF, details=MORE)
    pdf = stored(prepare_pdf(PDF, details=DETAILS)).for_certificate(signer.certificate)
    signed = complete_pdf(pdf, signer.sign(pdf.to_sign))
    assert pdfsig(signed or b"", tmp_path) == [VALID]
    other = forged(pdf, lambda h: h["details"].update(claimed_roles=["Phó Chủ tịch"]))
    refused("external.value", complete_pdf, Prepared.from_bytes(other), signer.sign(pdf.to_sign))


@pytest.mark.parametrize(
    "change",
    [
        {"commitments": 5}, {"claimed_roles": None}, {"certified_roles": ["%"]}, {"location": {"country": 5}},
        {"location": {"city": "x", "address": []}}, {"policy": {"oid": "1.2"}}, {"content_hints": [1]}, {"location": 7},
    ],
    ids=str,
)  # fmt: skip
def test_details_of_another_form_are_refused(change: dict[str, Any]) -> None:
    prepared = prepare_detached(CONTENT, details=MORE)
    refused("external.malformed", Prepared.from_bytes, forged(prepared, lambda h: h["details"].update(change)))


def test_a_second_signature_keeps_the_first(tmp_path: Path) -> None:
    prepared, signer = ready()
    once = complete_pdf(prepared, signer.sign(prepared.to_sign))
    again = prepare_pdf(once or b"", certificate=signer.certificate)
    twice = complete_pdf(again, signer.sign(again.to_sign))
    assert twice is not None
    assert twice.startswith(once or b"-")
    assert pdfsig(twice, tmp_path) == [VALID, VALID]


def test_a_whole_cms_signature_of_a_device_is_taken() -> None:
    signer = make_signer("pss256")
    prepared = prepare_pdf(PDF)
    cms = CmsTemplate.for_signer(signer, signing_time=False).build(prepared.content_digest)
    signed = complete_pdf(stored(prepared), cms=cms)
    assert cms.hex().encode() in (signed or b"")


def test_a_cades_signature_of_openssl_is_taken(tmp_path: Path) -> None:
    for name, data in (("in", CONTENT), ("key", pem(make_key("p256"))), ("cert", pem(make_leaf("p256")))):
        (tmp_path / name).write_bytes(data)
    made = openssl(
        "cms", "-sign", "-cades", "-binary", "-in", tmp_path / "in", "-inkey", tmp_path / "key",
        "-signer", tmp_path / "cert", "-outform", "PEM", "-out", tmp_path / "p7s", "-md", "sha256",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    answer = read_answer((tmp_path / "p7s").read_bytes())
    assert complete_detached(prepare_detached(CONTENT), cms=answer) == answer
    refused("external.cms", complete_detached, prepare_detached(CONTENT + b"!"), cms=answer)
    # the same signature holds signing-time, which PAdES forbids; over a PDF it would not be a baseline signature
    prepared = prepare_pdf(PDF)
    (tmp_path / "in").write_bytes(prepared.document[: prepared.hole.start] + prepared.document[prepared.hole.end :])
    openssl(
        "cms", "-sign", "-cades", "-binary", "-in", tmp_path / "in", "-inkey", tmp_path / "key",
        "-signer", tmp_path / "cert", "-outform", "DER", "-out", tmp_path / "p7s", "-md", "sha256",
    )  # fmt: skip
    told = refused("external.cms", complete_pdf, prepared, cms=(tmp_path / "p7s").read_bytes())
    assert "signing-time" in told.text


ODD = ("bytes-after-the-end", "form-in-the-catalog", "xref-stream-png", "object-stream", "hybrid", "size-too-small")


@pytest.mark.parametrize("shape", ODD)
def test_odd_pdfs_are_prepared_as_well(shape: str, tmp_path: Path) -> None:
    signer = make_signer("p256")
    prepared = stored(prepare_pdf(SHAPES[shape](), certificate=signer.certificate))
    signed = complete_pdf(prepared, signer.sign(prepared.to_sign))
    assert pdfsig(signed or b"", tmp_path) == [VALID]


def test_an_encrypted_pdf_is_prepared_with_its_password(tmp_path: Path) -> None:
    secret = "mật khẩu"
    locked = _encrypted(secret)
    refused("pdf.encrypted", prepare_pdf, locked)
    signer = make_signer("p256")
    prepared = prepare_pdf(locked, certificate=signer.certificate, password=lambda _: secret)
    signed = complete_pdf(stored(prepared), signer.sign(prepared.to_sign))
    assert pdfsig(signed or b"", tmp_path, "-upw", secret) == [VALID]
    assert secret.encode() not in prepared.to_bytes()


def test_an_existing_field_is_filled_with_what_its_lock_demands(samples: Samples, tmp_path: Path) -> None:
    signer = make_signer("p256")
    prepared = prepare_pdf(samples.form, certificate=signer.certificate, field="Office")
    signed = complete_pdf(stored(prepared), signer.sign(prepared.to_sign)) or b""
    assert pdfsig(signed, tmp_path) == [VALID]
    refused("pdf.field-signed", prepare_pdf, signed, field="Office")


def test_a_certification_is_prepared_with_the_fields_of_later_signers(tmp_path: Path) -> None:
    signer = make_signer("p256")
    first = prepare_pdf(
        PDF, certificate=signer.certificate, reason="Ban hành", contact="van-thu@example.vn", certify=Permission.SIGN,
        fields=[FieldSpec(name="Office", place=Stamp(x_mm=20, y_mm=20))],
    )  # fmt: skip
    once = complete_pdf(stored(first), signer.sign(first.to_sign)) or b""
    assert b"/DocMDP" in once
    second = prepare_pdf(once, field="Office", stamp=Stamp(text="Đã ký")).for_certificate(signer.certificate)
    twice = complete_pdf(second, signer.sign(second.to_sign)) or b""
    assert pdfsig(twice, tmp_path) == [VALID, VALID]
    refused("pdf.reason", prepare_pdf, PDF, reason="x", details=DETAILS)


def test_a_stamp_shows_the_certificate_or_fixed_text() -> None:
    refused("external.stamp", prepare_pdf, PDF, stamp=Stamp())
    refused("external.stamp", prepare_pdf, PDF, stamp=Stamp(text="Ký bởi {name}"))
    prepared = prepare_pdf(PDF, stamp=Stamp(text="Đã ký điện tử lúc {time}"))
    signer = make_signer("p256")
    prepared = prepared.for_certificate(signer.certificate)
    assert complete_pdf(prepared, signer.sign(prepared.to_sign)) is not None
    assert ready(stamp=Stamp())[0].hole.room > 0


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_value_over_another_document_is_refused() -> None:
    prepared, signer = ready()
    other = prepare_pdf(one_page("/Rotate 90"), certificate=signer.certificate)
    value = signer.sign(other.to_sign)
    error = refused("external.value", complete_pdf, prepared, value)
    assert "Nguyễn Văn Ký" in error.text
    assert "Nguyễn Văn Ký" in error.text_vi


@pytest.mark.parametrize("value", [b"", b"\0" * 64, b"0" * 70, b"\x30\x06\x02\x01\x01\x02\x01\x01"])
def test_a_value_that_is_no_signature_is_refused(value: bytes) -> None:
    refused("external.value", complete_pdf, ready()[0], value)


def test_a_value_over_the_document_instead_of_the_attributes_is_refused() -> None:
    prepared, signer = ready()
    around = prepared.document[: prepared.hole.start] + prepared.document[prepared.hole.end :]
    refused("external.value", complete_pdf, prepared, signer.sign(around))


def test_a_value_of_another_padding_is_refused() -> None:
    prepared, signer = ready(make_signer("pss256"))
    value = signer.key.sign(prepared.to_sign, padding.PKCS1v15(), hashes.SHA256())
    refused("external.value", complete_pdf, prepared, value)


def test_a_value_by_another_key_is_refused() -> None:
    prepared, _ = ready()
    refused("external.value", complete_pdf, prepared, make_key("p256", 7).sign(b"", ec.ECDSA(hashes.SHA256())))
    wrong = make_key("p256", 7).sign(prepared.to_sign, ec.ECDSA(hashes.SHA256()))
    refused("external.value", complete_pdf, prepared, wrong)


def test_another_certificate_than_prepared_for_is_refused() -> None:
    prepared, signer = ready()
    twin = make_certificate(make_key("p256"), "Nguyễn Văn Ký", issuer=("CA khác", make_key("p256", 5)))
    assert twin.public_key() == signer.certificate.public_key()
    refused("external.certificate", complete_pdf, prepared, signer.sign(prepared.to_sign), twin)
    other = CmsTemplate.for_signer(make_signer("p384"), signing_time=False)
    refused("external.cms", complete_pdf, prepared, cms=other.build(bytes(48)))
    cms = CmsTemplate.for_signer(make_signer("pss256"), signing_time=False).build(prepared.content_digest)
    refused("external.certificate", complete_pdf, prepared, cms=cms)


def test_the_certificate_is_bound_by_the_signature_itself() -> None:
    """The same key under another certificate: the attributes name the first, so the value does not hold for it."""
    signer = make_signer("p256")
    first = prepare_pdf(PDF)
    twin = make_certificate(make_key("p256"), "Kẻ khác", issuer=("CA khác", make_key("p256", 5)))
    value = signer.sign(first.for_certificate(signer.certificate).to_sign)
    refused("external.value", complete_pdf, first, value, twin)


def test_an_expired_or_unfit_certificate_is_refused_before_anything_is_signed() -> None:
    late = END.replace(year=2040)
    refused("certificate.expired", prepare_pdf, PDF, certificate=make_leaf("p256"), at=late)
    refused("certificate.expired", prepare_pdf(PDF, at=late).for_certificate, make_leaf("p256"))
    refused("certificate.purpose", prepare_detached(CONTENT).for_certificate, root())
    weak = make_certificate(make_key("rsa1024"), "Yếu")
    refused("signature.algorithm", prepare_pdf(PDF).for_certificate, weak)
    refused("signature.algorithm", prepare_pdf(PDF).for_certificate, make_leaf("ed25519"))


def test_an_answer_that_comes_after_the_certificate_expired_is_refused() -> None:
    prepared, signer = ready()
    value, late = signer.sign(prepared.to_sign), END.replace(year=2040)
    refused("certificate.expired", complete_pdf, prepared, value, at=late)
    cms = CmsTemplate.for_signer(signer, signing_time=False).build(prepared.content_digest)
    refused("certificate.expired", complete_pdf, prepared, cms=cms, at=late)


def test_a_cms_signature_by_a_weak_key_is_refused() -> None:
    weak = make_certificate(make_key("rsa1024"), "Yếu", issuer=("CA", make_key("p256", 100)))
    template = CmsTemplate.for_signer(
        Holder(certificate=weak, chain=(), algorithm=SignatureAlgorithm.RSA_PKCS1_SHA256), signing_time=True
    )
    prepared = prepare_detached(CONTENT)
    attributes = template.signed_attributes(prepared.content_digest)
    value = make_key("rsa1024").sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    refused("signature.algorithm", complete_detached, prepared, cms=template.finish(attributes, value))


def test_an_algorithm_that_does_not_fit_is_refused() -> None:
    leaf, prepared = make_leaf("p256"), prepare_pdf(PDF)
    refused("external.algorithm", prepared.for_certificate, leaf, (), SignatureAlgorithm.RSA_PSS_SHA256)
    refused("external.algorithm", prepared.for_certificate, leaf, (), SignatureAlgorithm.ECDSA_SHA384)
    refused("usage.argument", prepare_pdf, PDF, digest="md5")
    refused("usage.argument", prepare_pdf, PDF, room_bytes=0)


def test_a_cms_signature_with_its_content_inside_is_refused() -> None:
    template = CmsTemplate.for_signer(make_signer("p256"), signing_time=True)
    attached = template.build(hashlib.sha256(CONTENT).digest(), content=CONTENT)
    refused("external.cms", complete_detached, prepare_detached(CONTENT), cms=attached)
    refused("signature.malformed", complete_detached, prepare_detached(CONTENT), cms=b"0\x03\x02\x01\x01")
    refused("input.too-large", complete_detached, prepare_detached(CONTENT), cms=bytes(2 << 20))


def test_either_value_or_cms() -> None:
    prepared, _ = ready()
    refused("external.answer", complete_pdf, prepared)
    refused("external.answer", complete_pdf, prepared, b"x", cms=b"y")
    refused("external.kind", complete_detached, prepared, b"x")
    refused("external.kind", complete_pdf, prepare_detached(CONTENT), b"x")
    refused("timestamp.needed", complete_pdf, prepared, b"x", baseline=Baseline.B_T)


def test_a_signature_too_long_for_its_room_says_how_much_it_needs() -> None:
    prepared, signer = ready(room_bytes=100)
    error = refused("external.room", complete_pdf, prepared, signer.sign(prepared.to_sign))
    assert "100" in error.text


def test_a_file_changed_since_is_refused_where_it_is_shown_again() -> None:
    signer = make_signer("p256")
    prepared = prepare_detached(CONTENT, certificate=signer.certificate)
    value = signer.sign(prepared.to_sign)
    refused("external.document", complete_detached, prepared, value, content=CONTENT + b"!")


def test_nothing_is_written_when_the_value_is_wrong(tmp_path: Path) -> None:
    prepared, _ = ready()
    refused("external.value", complete_pdf, prepared, b"x" * 70, out=tmp_path / "out.pdf")
    assert list(tmp_path.iterdir()) == []


# --- the prepared file ------------------------------------------------------------------------------------------------


def forged(prepared: Prepared, change: Any = None, document: bytes | None = None) -> bytes:
    """The file with its header or document changed and its digest made to fit: what an attacker can do."""
    body = prepared.to_bytes().partition(b"\n")[2]
    header, _, held = body.partition(b"\n")
    fields = json.loads(header)
    if change:
        change(fields)
    body = b"%b\n%b" % (json.dumps(fields).encode(), held if document is None else document)
    return b"EID-SIGNING-PREPARED 1 %b\n%b" % (hashlib.sha256(body).hexdigest().encode(), body)


def test_a_page_swapped_after_signing_makes_the_value_fail() -> None:
    prepared, signer = ready()
    value = signer.sign(prepared.to_sign)
    swapped = prepared.document.replace(b"595.276", b"295.276", 1)
    assert swapped != prepared.document
    refused("external.value", complete_pdf, Prepared.from_bytes(forged(prepared, document=swapped)), value)


def test_a_claimed_time_changed_after_signing_makes_the_value_fail() -> None:
    signer = make_signer("p256")
    prepared = prepare_detached(CONTENT, certificate=signer.certificate)
    value = signer.sign(prepared.to_sign)
    late = forged(prepared, lambda h: h.update(at="2030-01-01T00:00:00+00:00"))
    refused("external.value", complete_detached, Prepared.from_bytes(late), value)


def test_a_hole_that_hides_a_page_is_refused() -> None:
    prepared, signer = ready()
    start, end = prepared.hole
    for hole in ([0, end], [start - 20, end], [start, end + 2], [start + 2, end], [end, start], [-5, end], [1, 10**9]):
        data = forged(prepared, lambda h, hole=hole: h.update(hole=hole))
        refused("external.malformed", Prepared.from_bytes, data)
        moved = replace(prepared, hole=Hole(*hole))
        refused("external.malformed", complete_pdf, moved, signer.sign(prepared.to_sign))
    filled = prepared.document[: start + 5] + b"A" + prepared.document[start + 6 :]
    refused("external.malformed", Prepared.from_bytes, forged(prepared, document=filled))
    wrong_range = prepared.document.replace(b"/ByteRange [0 ", b"/ByteRange [1 ")
    refused("external.malformed", Prepared.from_bytes, forged(prepared, document=wrong_range))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "XAdES"}, {"kind": None}, {"kind": "CAdES"}, {"digest": "md5"}, {"digest": "sha512"},
        {"at": "hôm nay"}, {"at": "2026-01-01T00:00:00"}, {"at": 5}, {"at": "0001-01-01T00:00:00+14:00"},
        {"hole": [1]}, {"hole": "xy"}, {"file": "zz"},
        {"file": None}, {"certificates": ["AAAA"]}, {"certificates": ["%"]}, {"certificates": None},
        {"algorithm": "none"}, {"algorithm": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_prepared_file_of_another_form_is_refused(change: dict[str, Any]) -> None:
    prepared = ready()[0]
    if change == {"digest": "sha512"}:  # a form of its own, but not of this certificate's algorithm
        refused("external.algorithm", Prepared.from_bytes, forged(prepared, lambda h: h.update(change)))
    else:
        refused("external.malformed", Prepared.from_bytes, forged(prepared, lambda h: h.update(change)))


def test_damage_is_noticed() -> None:
    data = ready()[0].to_bytes()
    for broken in (b"", b"%PDF-1.7", data[:-1], data + b" ", data.replace(b"PAdES", b"CAdES"), data[:30]):
        refused("external.malformed", Prepared.from_bytes, broken)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x)))
def test_any_prepared_file_gives_only_our_errors(thing: Any) -> None:
    body = thing if isinstance(thing, bytes) else json.dumps(thing).encode() + b"\nx"
    for data in (body, b"EID-SIGNING-PREPARED 1 %b\n%b" % (hashlib.sha256(body).hexdigest().encode(), body)):
        with pytest.raises(SigningError):
            Prepared.from_bytes(data)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_answer_gives_only_our_errors(answer: bytes) -> None:
    for prepared in (prepare_detached(CONTENT, certificate=make_leaf("p256")),):
        with pytest.raises(SigningError):
            complete_detached(prepared, read_answer(answer))
        with pytest.raises(SigningError):
            complete_detached(prepared, cms=read_answer(answer))


def test_the_prepared_file_is_no_pdf_to_others_and_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "Giấy khai sinh.pdf").write_bytes(PDF)
    prepared = prepare_pdf(tmp_path / "Giấy khai sinh.pdf", at=datetime(2026, 11, 21, tzinfo=UTC))
    prepared.save(tmp_path / "kept")
    assert b"%PDF-" not in (tmp_path / "kept").read_bytes()[:1024]
    assert Prepared.load(tmp_path / "kept").name == "Giấy khai sinh.pdf"
    refused("usage.output-exists", prepared.save, tmp_path / "kept")


def test_answers_are_read_in_every_usual_form() -> None:
    value = bytes(range(256))
    armoured = b"-----BEGIN CMS-----\n%b-----END CMS-----\n" % base64.encodebytes(value)
    for form in (value, value.hex().encode(), base64.b64encode(value) + b"\n", base64.encodebytes(value), armoured):
        assert read_answer(form) == value
