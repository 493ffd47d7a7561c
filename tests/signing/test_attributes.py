"""signing.cms.attributes: what signers say is encoded as EN 319 122-1 wants it, read back, and bounded."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.cms import der, names
from signing.cms.attributes import (
    MAX_ADDRESS_LINES,
    MAX_ITEMS,
    MAX_TEXT_CHARS,
    Commitment,
    ContentHints,
    SignaturePolicyId,
    SignerLocation,
    SigningDetails,
    signed_attributes,
)
from signing.cms.attributes_read import read_details
from signing.cms.cades import sign_detached
from signing.cms.parse import parse_cms
from signing.cms.signed_data import CmsTemplate, check_cms
from signing.errors import SigningError, UsageError
from signing.validation.file import validate_file_signature

from .cms_makers import digest_of, make_signer

AT = datetime.now(UTC) + timedelta(hours=2)
CONTENT = "Quyết định số 12/QĐ-UBND".encode()
POLICY = SignaturePolicyId(
    oid="1.2.3.4.5", digest=hashlib.sha256(b"policy").digest(), uri="https://example.vn/chinh-sach.pdf"
)
ALL = SigningDetails(
    commitments=(Commitment.PROOF_OF_ORIGIN, Commitment.PROOF_OF_APPROVAL),  # a SET OF: sorted
    location=SignerLocation(country="VN", locality="Hà Nội", address=("79 Đinh Tiên Hoàng", "Hoàn Kiếm")),
    claimed_roles=("Chủ tịch Ủy ban nhân dân", "Người có thẩm quyền"),
    certified_roles=(der.seq(der.seq(der.integer(1)), der.null()),),
    policy=POLICY,
    content_hints=ContentHints(description="Quyết định"),
    mime_type="text/plain",
)


def said(details: SigningDetails, **given: Any) -> Any:
    return parse_cms(sign_detached(CONTENT, make_signer("p256"), details=details, **given))


def test_everything_that_is_said_is_signed_and_read_back() -> None:
    sig = said(ALL)
    assert check_cms(sig, digest_of(CONTENT)) == (True, ())
    assert read_details(sig.attributes) == ALL


def test_nothing_said_changes_nothing() -> None:
    assert not SigningDetails()
    signer = make_signer("pkcs1")
    bare, empty = (
        CmsTemplate.for_signer(signer, signing_time=False, details=d).build(hashlib.sha256(CONTENT).digest())
        for d in (None, SigningDetails())
    )
    assert bare == empty
    assert read_details(parse_cms(bare).attributes) == SigningDetails()


def test_two_templates_of_one_signer_do_not_mix_what_is_said() -> None:
    signer = make_signer("p256")
    first = CmsTemplate.for_signer(signer, signing_time=True, details=SigningDetails(claimed_roles=("A",)))
    second = CmsTemplate.for_signer(signer, signing_time=True)
    digest = hashlib.sha256(CONTENT).digest()
    assert names.SIGNER_ATTRIBUTES_V2 in parse_cms(first.build(digest)).attributes
    assert names.SIGNER_ATTRIBUTES_V2 not in parse_cms(second.build(digest)).attributes


def test_a_template_knows_how_large_its_signatures_become_with_what_is_said() -> None:
    template = CmsTemplate.for_signer(make_signer("p256"), signing_time=True, details=ALL)
    made = template.build(hashlib.sha256(CONTENT).digest())
    assert template.max_size - 24 <= len(made) <= template.max_size


def test_the_forms_are_those_of_the_standard() -> None:
    attributes = said(ALL).attributes
    (location,) = attributes[names.SIGNER_LOCATION]
    fields = der.children(location, der.whole(location, der.SEQUENCE))
    assert [v.tag for v in fields] == [0xA0, 0xA1, 0xA2]  # explicit: a UTF8String inside
    assert fields[0].content(location) == der.tlv(der.UTF8_STRING, b"VN")
    (roles,) = attributes[names.SIGNER_ATTRIBUTES_V2]
    outer = der.children(roles, der.whole(roles, der.SEQUENCE))
    assert [v.tag for v in outer] == [0xA0, 0xA1]
    first = der.children(roles, der.children(roles, outer[0])[0])[0].raw(roles)
    held = core.Sequence.load(first)
    assert held[0].dotted == "2.5.4.12"
    assert len(attributes[names.COMMITMENT_TYPE]) == 2
    (policy,) = attributes[names.SIGNATURE_POLICY]
    assert hashlib.sha256(b"policy").digest() in policy
    assert b"https://example.vn/chinh-sach.pdf" in policy


def test_pades_leaves_the_place_to_the_dictionary_and_refuses_to_describe_the_content() -> None:
    digest = hashlib.sha256(CONTENT).digest()
    kept = SigningDetails(
        commitments=ALL.commitments, location=ALL.location, claimed_roles=ALL.claimed_roles, policy=POLICY
    )
    sig = parse_cms(CmsTemplate.for_signer(make_signer("p256"), signing_time=False, details=kept).build(digest))
    assert {names.COMMITMENT_TYPE, names.SIGNATURE_POLICY, names.SIGNER_ATTRIBUTES_V2} <= set(sig.attributes)
    assert not {names.SIGNER_LOCATION, names.CONTENT_HINTS, names.MIME_TYPE, names.SIGNING_TIME} & set(sig.attributes)
    assert kept.location is not None
    assert kept.location.text == "79 Đinh Tiên Hoàng, Hoàn Kiếm, Hà Nội, VN"
    for more in ({"mime_type": "text/plain"}, {"content_hints": ContentHints()}):
        with pytest.raises(UsageError) as caught:
            CmsTemplate.for_signer(make_signer("p256"), signing_time=False, details=SigningDetails(**more))
        assert caught.value.code == "details.pades"


def test_a_reason_is_forbidden_beside_a_commitment_or_policy() -> None:
    assert SigningDetails(commitments=(Commitment.PROOF_OF_APPROVAL,)).forbids_reason
    assert SigningDetails(policy=POLICY).forbids_reason
    assert not SigningDetails(claimed_roles=("Văn thư",)).forbids_reason


def test_commitments_have_the_names_that_people_write() -> None:
    assert [c.label for c in Commitment][:2] == ["proof-of-origin", "proof-of-receipt"]


def test_an_audit_tells_what_the_signer_said_and_judges_none_of_it() -> None:
    made = sign_detached(CONTENT, make_signer("p256"), details=ALL)
    plain = sign_detached(CONTENT, make_signer("p256"))
    told, bare = (validate_file_signature(data, CONTENT, trust=None, at=AT)[1] for data in (made, plain))
    assert (told.indication, told.baseline) == (bare.indication, bare.baseline)
    more = [f for f in told.findings if f not in bare.findings]
    assert [f.code for f in more] == [
        "said.proof-of-origin",
        "said.proof-of-approval",
        "said.location",
        "said.role",
        "said.role",
        "said.certified-role",
        "said.policy",
    ]
    assert {f.severity for f in more} == {"info"}
    assert "Hà Nội" in more[2].text_vi


def test_every_commitment_can_be_told() -> None:
    for one in (*Commitment, "1.2.3.4"):
        report = validate_file_signature(
            sign_detached(CONTENT, make_signer("p256"), details=SigningDetails(commitments=(one,))),
            CONTENT,
            trust=None,
            at=AT,
        )[1]
        assert any(f.code.startswith("said.") for f in report.findings)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (SigningDetails, {"commitments": ("approval",)}),
        (SigningDetails, {"commitments": tuple(f"1.2.{n}" for n in range(MAX_ITEMS + 1))}),
        (SigningDetails, {"claimed_roles": ("",)}),
        (SigningDetails, {"claimed_roles": ("Giám đốc\u202e",)}),
        (SigningDetails, {"claimed_roles": ("x" * (MAX_TEXT_CHARS + 1),)}),
        (SigningDetails, {"certified_roles": (b"-----BEGIN",)}),
        (SigningDetails, {"certified_roles": (b"",)}),
        (SigningDetails, {"mime_type": ""}),
        (SignerLocation, {}),
        (SignerLocation, {"country": "Việt Nam"}),
        (SignerLocation, {"country": "vn"}),
        (SignerLocation, {"address": ("1",) * (MAX_ADDRESS_LINES + 1)}),
        (SignaturePolicyId, {"oid": "policy", "digest": bytes(32)}),
        (SignaturePolicyId, {"oid": "1.2.3", "digest": bytes(20)}),
        (SignaturePolicyId, {"oid": "1.2.3", "digest": bytes(20), "digest_algorithm": "sha1"}),
        (SignaturePolicyId, {"oid": "1.2.3", "digest": bytes(32), "uri": "https://ví-dụ.vn"}),
        (ContentHints, {"content_type": "text/plain"}),
    ],
)
def test_what_cannot_be_said_is_refused_at_once(kind: Any, given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        kind(**given)


@settings(max_examples=300)
@given(
    st.sampled_from([getattr(names, n) for n in dir(names) if isinstance(getattr(names, n), str)]),
    st.binary(max_size=80),
    st.integers(0, 400),
)
def test_any_bytes_in_an_attribute_only_leave_it_out(oid: str, junk: bytes, cut: int) -> None:
    read_details({oid: (junk,)})
    for encoded in signed_attributes(ALL, pades=False):
        kind, values = der.children(encoded, der.whole(encoded, der.SEQUENCE))
        held = der.children(encoded, values)[0].raw(encoded)
        try:
            read_details({der.to_oid(encoded, kind): (held[: cut % len(held)] + junk, held)})
        except SigningError as error:  # pragma: no cover
            raise AssertionError from error
