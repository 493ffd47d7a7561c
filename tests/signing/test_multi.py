"""signing.cms.multi: content inside, signers beside each other, counter-signers; nobody's bytes change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.audit import audit_file
from signing.cms import der, names
from signing.cms.attributes import Commitment, SigningDetails
from signing.cms.attributes_read import read_details
from signing.cms.build import CmsTemplate
from signing.cms.cades import extend_detached, sign_detached
from signing.cms.layout import MAX_SIGNERS, counter_frame, counter_infos, join, layout, views
from signing.cms.multi import add_signer, content_of, counter_sign, sign_attached
from signing.cms.parse import parse_cms, parse_frame
from signing.cms.signed_data import add_unsigned
from signing.cms.values import attribute
from signing.errors import LimitError, MalformedError, SigningError, UsageError, VerificationError
from signing.policy import Baseline
from signing.report import Indication, SignatureReport, Verdict
from signing.validation.file import validate_file_signature, validate_file_signatures

from ..world import World
from .cms_makers import KINDS, digest_of, make_key, make_leaf, make_signer, openssl, pem, root
from .test_cades import Untouched

CONTENT = "Biên bản bàn giao số 7/BB".encode() * 50


def judge(data: bytes, world: World, content: bytes | None = CONTENT) -> dict[str, SignatureReport]:
    at = datetime.now(UTC) + timedelta(seconds=2)
    kind, reports = validate_file_signatures(data, content, trust=world.pki.trust(), at=at)
    assert kind == "cades"
    assert len({r.id for r in reports}) == len(reports)
    return {r.id: r for r in reports}


def services(world: World, baseline: Baseline = Baseline.B_LT) -> dict[str, Any]:
    return {"baseline": baseline, "tsa": world.pki.tsa(), "collect": world.pki.collect}


def openssl_verifies(data: bytes, content: bytes | None, anchor: Any, folder: Path) -> bool:
    (folder / "m.p7s").write_bytes(data)
    (folder / "m.pem").write_bytes(pem(anchor))
    files: list[str | Path] = ["-in", folder / "m.p7s", "-CAfile", folder / "m.pem", "-out", folder / "m.out"]
    if content is not None:
        (folder / "m.bin").write_bytes(content)
        files += ["-content", folder / "m.bin"]
    done = openssl("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades", *files)
    return done.returncode == 0 and (folder / "m.out").read_bytes() == CONTENT


# --- content inside ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_content_inside_is_signed_and_can_be_taken_out(kind: str, tmp_path: Path) -> None:
    made = sign_attached(CONTENT, make_signer(kind))
    assert content_of(made) == CONTENT
    assert openssl_verifies(made, None, root(), tmp_path)


@pytest.mark.parametrize("baseline", Baseline)
def test_content_inside_reaches_every_baseline(baseline: Baseline, world: World) -> None:
    made = sign_attached(CONTENT, world.pki.signer("official"), **services(world, baseline))
    (report,) = judge(made, world, None).values()
    assert report.baseline == baseline
    assert report.intact
    if baseline >= Baseline.B_LT:
        assert report.indication is Indication.PASSED, report.findings


def test_content_inside_and_beside_have_to_be_the_same(world: World, tmp_path: Path) -> None:
    """One program shows what is inside, the other what lies beside: both must be what was signed."""
    made = sign_attached(CONTENT, world.pki.signer("official"), **services(world))
    assert judge(made, world, CONTENT)["signature"].indication is Indication.PASSED
    assert judge(made, world, CONTENT + b".")["signature"].sub_indication == "HASH_FAILURE"
    detached = sign_detached(CONTENT, world.pki.signer("official"), **services(world))
    parts = parse_frame(detached)
    other = der.seq(der.oid(names.DATA), der.tlv(0xA0, der.octets(b"something else")))
    assert judge(join(replace(parts, encapsulated=other)), world, CONTENT)["signature"].intact is False
    (tmp_path / "a.txt.p7s").write_bytes(made)
    assert audit_file(tmp_path / "a.txt.p7s", world.pki.trust()).verdict is Verdict.VALID


def test_a_detached_signature_has_nothing_inside() -> None:
    with pytest.raises(UsageError) as caught:
        content_of(sign_detached(CONTENT, make_signer("p256")))
    assert caught.value.code == "content.detached"


# --- signers beside each other -------------------------------------------------------------------------


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("pair", [("official", "receiver"), ("receiver", "official")])
def test_two_signers_stand_beside_each_other(
    attached: bool, pair: tuple[str, str], world: World, tmp_path: Path
) -> None:
    first, second = (world.pki.signer(name) for name in pair)
    make: Callable[..., bytes] = sign_attached if attached else sign_detached
    alone = make(CONTENT, first, **services(world))
    content = None if attached else digest_of(CONTENT)
    details = SigningDetails(commitments=(Commitment.PROOF_OF_APPROVAL,))
    both = add_signer(alone, second, content=content, details=details, **services(world))
    before, after = layout(alone), parse_frame(both)
    assert len(after.infos) == 2
    assert parse_frame(alone).infos[0] == after.infos[0]
    assert set(before.certificates) <= set(after.certificates)
    assert read_details(parse_cms(views(after)[1]).attributes) == details
    found = judge(both, world, None if attached else CONTENT)
    assert list(found) == ["signature-1", "signature-2"]
    for report in found.values():
        assert (report.indication, report.baseline) == (Indication.PASSED, Baseline.B_LT), report.findings
    assert openssl_verifies(both, None if attached else CONTENT, world.pki.certificate("root"), tmp_path)


def test_many_signers_of_every_algorithm(tmp_path: Path) -> None:
    made = sign_detached(CONTENT, make_signer("p256"))
    for kind in ("p384", "p521", "pss256"):
        made = add_signer(made, make_signer(kind), content=digest_of(CONTENT))
    assert len(parse_frame(made).infos) == 4
    assert openssl_verifies(made, CONTENT, root(), tmp_path)
    assert [parse_cms(v).digest_algorithm for v in views(parse_frame(made))] == ["sha256", "sha384", "sha512", "sha256"]


def test_each_of_several_is_extended_and_archived(world: World) -> None:
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer("official"))
    made = add_signer(made, pki.signer("receiver"), content=digest_of(CONTENT))
    for baseline in (Baseline.B_T, Baseline.B_LT, Baseline.B_LTA):
        made = extend_detached(made, **services(world, baseline))
        assert {r.baseline for r in judge(made, world).values()} == {baseline}
    directly = add_signer(
        sign_detached(CONTENT, pki.signer("official"), **services(world, Baseline.B_LTA)),
        pki.signer("receiver"),
        content=digest_of(CONTENT),
        **services(world, Baseline.B_LTA),
    )
    for data in (made, directly):
        for report in judge(data, world).values():
            assert (report.indication, report.baseline) == (Indication.PASSED, Baseline.B_LTA), report.findings


def test_one_of_two_that_is_broken_makes_the_document_invalid(world: World, tmp_path: Path) -> None:
    pki = world.pki
    made = add_signer(
        sign_detached(CONTENT, pki.signer("official"), **services(world)),
        pki.signer("receiver"),
        content=digest_of(CONTENT),
        **services(world),
    )
    value = parse_cms(views(parse_frame(made))[1]).signature_value
    broken = made.replace(value, value[:-1] + bytes([value[-1] ^ 1]))
    (tmp_path / "a").write_bytes(CONTENT)
    for data, verdict in ((made, Verdict.VALID), (broken, Verdict.INVALID)):
        (tmp_path / "a.p7s").write_bytes(data)
        report = audit_file(tmp_path / "a.p7s", pki.trust())
        assert report.verdict is verdict, report.all_findings()
        assert len(report.signatures) == 2


def test_rooms_that_take_one_signature_take_no_file_of_several() -> None:
    """What a PDF or a dossier holds has one signer; a second one slipped in is not passed over."""
    made = add_signer(sign_detached(CONTENT, make_signer("p256")), make_signer("p384"), content=digest_of(CONTENT))
    with pytest.raises(MalformedError) as caught:
        parse_cms(made)
    assert caught.value.code == "signature.unsupported"
    _, report = validate_file_signature(made, CONTENT, trust=None, at=datetime.now(UTC))
    assert report.indication is Indication.INDETERMINATE


def test_who_signs_beside_others_signs_what_they_signed() -> None:
    made, signer = sign_detached(CONTENT, make_signer("p256")), Untouched(make_signer("p384"))
    with pytest.raises(VerificationError) as caught:
        add_signer(made, signer, content=digest_of(CONTENT + b"."))
    assert caught.value.code == "signer.unsound"
    with pytest.raises(UsageError) as needed:
        add_signer(made, signer)
    assert needed.value.code == "content.needed"
    with pytest.raises(UsageError) as twice:
        add_signer(made, Untouched(make_signer("p256")), content=digest_of(CONTENT))
    assert twice.value.code == "signer.twice"


def test_signers_have_a_limit() -> None:
    parts = parse_frame(sign_detached(CONTENT, make_signer("p256")))
    full = join(replace(parts, infos=parts.infos * MAX_SIGNERS))
    with pytest.raises(LimitError):
        add_signer(full, Untouched(make_signer("p384")), content=digest_of(CONTENT))
    over = join(replace(parts, infos=parts.infos * (MAX_SIGNERS + 1)))
    _, (report,) = validate_file_signatures(over, CONTENT, trust=None, at=datetime.now(UTC))
    assert {f.code for f in report.findings} == {"input.too-large"}


def test_a_timestamp_token_of_two_authorities_is_none(world: World) -> None:
    token = parse_frame(world.pki.tsa().timestamp(hashlib.sha256(CONTENT).digest()).der)
    twice = join(replace(token, infos=token.infos * 2))
    _, (report,) = validate_file_signatures(twice, CONTENT, trust=world.pki.trust(), at=datetime.now(UTC))
    assert report.indication is not Indication.PASSED


def test_signers_that_openssl_put_beside_each_other_are_read(tmp_path: Path) -> None:
    for kind in ("p256", "rsa2048"):
        (tmp_path / f"{kind}.pem").write_bytes(pem(make_leaf(kind)) + pem(make_key(kind)))
    (tmp_path / "c").write_bytes(CONTENT)
    signers = ["-signer", tmp_path / "p256.pem", "-signer", tmp_path / "rsa2048.pem"]
    done = openssl("cms", "-sign", "-binary", "-outform", "DER", "-cades", "-in", tmp_path / "c", *signers)
    _, reports = validate_file_signatures(done.stdout, CONTENT, trust=None, at=datetime.now(UTC))
    assert [(r.id, r.intact) for r in reports] == [("signature-1", True), ("signature-2", True)]
    more = add_signer(done.stdout, make_signer("p384"), content=digest_of(CONTENT))
    assert parse_frame(more).infos[:2] == parse_frame(done.stdout).infos
    assert openssl_verifies(more, CONTENT, root(), tmp_path)


# --- counter-signatures --------------------------------------------------------------------------------


def test_a_counter_signature_is_over_the_signature_above(world: World, tmp_path: Path) -> None:
    pki = world.pki
    alone = sign_detached(CONTENT, pki.signer("official"), **services(world))
    made = counter_sign(alone, pki.signer("receiver"), **services(world))
    assert layout(made).info == layout(alone).info
    assert set(layout(alone).unsigned) < set(layout(made).unsigned)
    found = judge(made, world)
    assert list(found) == ["signature", "signature/counter-1"]
    for report in found.values():
        assert (report.indication, report.baseline) == (Indication.PASSED, Baseline.B_LT), report.findings
    assert openssl_verifies(made, CONTENT, pki.certificate("root"), tmp_path)
    assert found["signature/counter-1"].signer != found["signature"].signer


def test_each_signer_of_several_can_be_counter_signed_more_than_once(world: World) -> None:
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer("official"), **services(world))
    made = add_signer(made, pki.signer("receiver"), content=digest_of(CONTENT), **services(world))
    for index, name in ((1, "official"), (1, "clerk"), (0, "clerk")):
        made = counter_sign(made, pki.signer(name), index=index, **services(world))
    found = judge(made, world)
    assert list(found) == [
        "signature-1",
        "signature-1/counter-1",
        "signature-2",
        "signature-2/counter-1",
        "signature-2/counter-2",
    ]
    assert {r.indication for r in found.values()} == {Indication.PASSED}


def test_counter_signatures_before_and_after_an_archive_timestamp(world: World) -> None:
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer("official"), **services(world))
    made = counter_sign(made, pki.signer("receiver"), **services(world))
    made = extend_detached(made, **services(world, Baseline.B_LTA))
    made = counter_sign(made, pki.signer("clerk"), **services(world))
    found = judge(made, world)
    assert {r.indication for r in found.values()} == {Indication.PASSED}, found
    assert found["signature"].baseline == Baseline.B_LTA
    assert len(found) == 3


def test_a_counter_signature_over_another_signature_does_not_hold(world: World) -> None:
    """Someone's counter-signature cannot be moved under what they never saw."""
    pki = world.pki
    made = counter_sign(sign_detached(CONTENT, pki.signer("official")), pki.signer("receiver"))
    (info,) = counter_infos(layout(made).unsigned)
    other = sign_detached(CONTENT + b"?", pki.signer("official"))
    moved = add_unsigned(other, attribute(names.COUNTER_SIGNATURE, info))
    report = judge(moved, world, CONTENT + b"?")["signature/counter-1"]
    assert (report.indication, report.sub_indication) == (Indication.FAILED, "HASH_FAILURE")


def test_a_signature_over_a_document_is_no_counter_signature_and_the_reverse(world: World) -> None:
    """RFC 5652 §11.4: without a content type, and with one, are two different promises."""
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer("official"))
    value = parse_cms(made).signature_value
    over_value = parse_frame(sign_detached(value, pki.signer("receiver")))
    posing = add_unsigned(made, attribute(names.COUNTER_SIGNATURE, over_value.infos[0]))
    report = judge(posing, world)["signature/counter-1"]
    assert report.indication is not Indication.PASSED
    counter = counter_sign(made, pki.signer("receiver"))
    (info,) = counter_infos(layout(counter).unsigned)
    as_document = join(replace(over_value, infos=(info,)))
    assert judge(as_document, world, value)["signature"].sub_indication == "FORMAT_FAILURE"


def test_what_is_broken_is_not_counter_signed() -> None:
    made, signer = sign_detached(CONTENT, make_signer("p256")), Untouched(make_signer("p384"))
    value = parse_cms(made).signature_value
    with pytest.raises(VerificationError) as caught:
        counter_sign(made.replace(value, value[:-1] + bytes([value[-1] ^ 1])), signer)
    assert caught.value.code == "signer.unsound"
    for arguments, code in (
        ({"index": 1}, "signer.index"),
        ({"index": -1}, "signer.index"),
        ({"baseline": Baseline.B_LTA}, "baseline.unsupported"),
        ({"baseline": Baseline.B_T}, "timestamp.needed"),
        ({"details": SigningDetails(mime_type="text/plain")}, "details.counter"),
    ):
        with pytest.raises(UsageError) as refused:
            counter_sign(made, signer, **arguments)  # type: ignore[arg-type]
        assert refused.value.code == code


def test_counter_signatures_have_a_limit() -> None:
    made = counter_sign(sign_detached(CONTENT, make_signer("p256")), make_signer("p384"))
    (info,) = counter_infos(layout(made).unsigned)
    full = add_unsigned(made, attribute(names.COUNTER_SIGNATURE, *[info] * (MAX_SIGNERS - 1)))
    with pytest.raises(LimitError):
        counter_sign(full, Untouched(make_signer("p521")))
    over = add_unsigned(full, attribute(names.COUNTER_SIGNATURE, info))
    _, reports = validate_file_signatures(over, CONTENT, trust=None, at=datetime.now(UTC))
    assert [f.code for f in reports[1].findings] == ["input.too-large"]


def test_counter_signatures_of_counter_signatures_are_judged_to_a_depth() -> None:
    nested = _nest(6)
    _, reports = validate_file_signatures(nested, CONTENT, trust=None, at=datetime.now(UTC))
    assert len(reports) == 6
    assert [f.code for f in reports[-1].findings] == ["input.too-large"]


def _nest(depth: int) -> bytes:
    """A signature whose counter-signature is counter-signed, and so on."""

    def countered(view: bytes, left: int) -> bytes:
        if left == 0:
            return view
        template = CmsTemplate.for_signer(make_signer("p256"), signing_time=True)
        info = template.build_info(hashlib.sha256(parse_cms(view).signature_value).digest(), counter=True)
        below = countered(join(counter_frame(layout(view), info)), left - 1)
        return add_unsigned(view, attribute(names.COUNTER_SIGNATURE, parse_frame(below).infos[0]))

    return countered(sign_detached(CONTENT, make_signer("p256")), depth)


# --- hostile -------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.integers(0, 100_000), st.binary(min_size=1, max_size=3))
def test_any_damage_to_a_file_of_several_is_reported_and_never_passes(where: int, junk: bytes) -> None:
    whole = _damaged_source()
    place = where % len(whole)
    data = whole[:place] + junk + whole[place + len(junk) :]
    kind, reports = validate_file_signatures(data, CONTENT, trust=None, at=datetime.now(UTC))
    assert kind in {"cades", "timestamp"}
    assert reports
    assert all(r.indication is not Indication.PASSED for r in reports)
    for call in (
        lambda: add_signer(data, make_signer("pss256"), content=digest_of(CONTENT)),
        lambda: counter_sign(data, make_signer("pss256")),
        lambda: content_of(data),
    ):
        try:
            call()
        except SigningError:
            continue


_SOURCE: list[bytes] = []


def _damaged_source() -> bytes:
    if not _SOURCE:
        made = sign_attached(CONTENT[:40], make_signer("p256"))
        _SOURCE.append(counter_sign(add_signer(made, make_signer("p384")), make_signer("p521")))
    return _SOURCE[0]
