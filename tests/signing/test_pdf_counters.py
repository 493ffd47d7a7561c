"""Counter-signatures in /Contents (RFC 5652 §11.4): PAdES knows none, files hold them, and each has its own answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from signing import extend_pdf
from signing.cms import names
from signing.cms.cades import sign_detached
from signing.cms.layout import counter_infos, layout
from signing.cms.multi import counter_sign
from signing.cms.signed_data import add_unsigned
from signing.cms.values import attribute
from signing.errors import VerificationError
from signing.levels import level_of
from signing.pdf_check.verify import PdfExamination, examine_pdf, verify_pdf
from signing.policy import Baseline
from signing.report import Indication, SignatureReport, Verdict

from ..world import World
from .cms_makers import make_signer
from .test_pdf_kinds import signed

WIDE = 60_000  # hexadecimal digits


def counter_signed(world: World, counter: Callable[[bytes], bytes]) -> bytes:
    """A PDF of the official, whose CMS `counter` has made into one with counter-signatures."""
    services = {"baseline": Baseline.B_LT, "tsa": world.pki.tsa(), "collect": world.pki.collect}
    return signed(
        "ETSI.CAdES.detached",
        lambda covered: counter(sign_detached(covered, world.pki.signer("official"), **services)),
        room=WIDE,
    )


def found_in(pdf: bytes, world: World) -> tuple[PdfExamination, dict[str, SignatureReport]]:
    found = examine_pdf(pdf, trust=world.pki.trust(), at=datetime.now(UTC) + timedelta(seconds=2))
    return found, {entry.id: entry for entry in found.entries}


def test_a_counter_signature_in_a_pdf_has_its_own_answer(world: World) -> None:
    services = {"baseline": Baseline.B_LT, "tsa": world.pki.tsa(), "collect": world.pki.collect}
    pdf = counter_signed(world, lambda cms: counter_sign(cms, world.pki.signer("clerk"), **services))
    found, entries = found_in(pdf, world)
    assert found.verdict is Verdict.VALID
    assert list(entries) == ["Old", "Old/counter-1"]
    assert entries["Old/counter-1"].certificate_sha256 != entries["Old"].certificate_sha256
    assert entries["Old/counter-1"].baseline == Baseline.B_LT
    assert [entry.id for entry in found.signatures] == ["Old"]  # it shows nothing, and takes nobody's place
    levels = level_of(pdf, world.pki.trust()).signatures
    assert [(level.id, level.ends is not None) for level in levels] == [("Old", True), ("Old/counter-1", True)]


def test_a_broken_counter_signature_in_a_pdf_leaves_the_signature_above_as_it_is(world: World) -> None:
    """Anybody can put one there, outside of what is signed: it fails alone, and the document is not called valid."""
    moved = counter_infos(layout(counter_sign(sign_detached(b"?", make_signer("p256")), make_signer("p384"))).unsigned)
    pdf = counter_signed(world, lambda cms: add_unsigned(cms, attribute(names.COUNTER_SIGNATURE, *moved, b"\x30\x00")))
    found, entries = found_in(pdf, world)
    assert found.verdict is Verdict.INVALID
    assert entries.pop("Old").indication is Indication.PASSED
    assert {entry.indication for entry in entries.values()} == {Indication.FAILED}
    assert {entry.sub_indication for entry in entries.values()} == {"HASH_FAILURE", "FORMAT_FAILURE"}
    with pytest.raises(VerificationError) as caught:
        verify_pdf(pdf, world.pki.trust())
    assert caught.value.code in {"signature.digest", "signature.malformed"}


def test_a_stranger_counter_signs_a_pdf_and_is_not_trusted_for_it(world: World) -> None:
    pdf = counter_signed(world, lambda cms: counter_sign(cms, make_signer("p384")))
    found, entries = found_in(pdf, world)
    assert found.verdict is Verdict.INDETERMINATE
    assert [entry.indication for entry in entries.values()] == [Indication.PASSED, Indication.INDETERMINATE]


def test_a_document_timestamp_proves_when_a_counter_signature_existed(world: World) -> None:
    pdf = counter_signed(world, lambda cms: counter_sign(cms, world.pki.signer("clerk")))
    kept = extend_pdf(pdf, baseline=Baseline.B_LTA, tsa=world.pki.tsa(), collect=world.pki.collect)
    assert kept is not None
    _, entries = found_in(kept, world)
    counter, stamp = entries["Old/counter-1"], next(e for e in entries.values() if e.type == "timestamp")
    assert counter.best_signature_time == stamp.timestamp
    assert counter.intact is True
