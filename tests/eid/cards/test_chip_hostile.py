"""Any bytes in, only EidError out; a changed file never proves anything."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import (
    CardQR,
    Chip,
    CscaStore,
    EidError,
    IndeterminateError,
    MalformedError,
    MasterList,
    UsageError,
    VerificationError,
    base45,
    cbor,
)
from eid.cards import synthetic_pki as pki
from eid.cards.active import read_chip_key
from eid.cards.certificate import CardCertificate
from eid.cards.crl import Crl
from eid.cards.der import tlv
from eid.cards.dg2 import read_faces
from eid.cards.dg11 import read_details
from eid.cards.dg13 import read_vietnamese
from eid.cards.dg14 import read_security_infos
from eid.cards.lds import TAGS, Com, read_mrz
from eid.cards.mrz import Mrz
from eid.cards.sod import Sod
from eid.counter import decode_unverified
from eid.inspection import inspect
from eid.scan import scan

from .made_chip import AT, CARD, COUNTRY, OTHER, SIGNER, STORE, changed, groups, refused_by_type, verify

PARSERS = {
    "sod": (Sod.parse, CARD.files["EF.SOD"]),
    "com": (Com.parse, CARD.files["EF.COM"]),
    "certificate": (CardCertificate.parse, SIGNER.certificate),
    "country": (CardCertificate.parse, COUNTRY.certificate),
    "crl": (Crl.parse, COUNTRY.revocation_list(1, 2, 3, at=AT)),
    "master list": (MasterList.read_unverified, OTHER.master_list(COUNTRY.certificate)),
    "dg1": (lambda data: read_mrz(data, at=AT), groups()[1]),
    "dg2": (read_faces, groups()[2]),
    "dg11": (read_details, tlv(0x6B, tlv(0x5F0E, b"A<<B"), tlv(0xA0, tlv(0x5F0F, b"C")))),
    "dg13": (read_vietnamese, groups()[13]),
    "dg14": (read_security_infos, groups()[14]),
    "dg15": (read_chip_key, groups()[15]),
}
CASES = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize("name", PARSERS)
@CASES
@given(st.data())
def test_any_bytes_are_read_or_refused(name, data) -> None:
    parse, example = PARSERS[name]
    raw = data.draw(st.binary(max_size=300))
    for given_bytes in (raw, example[:1] + raw, tlv(example[0], raw)):
        with suppress(EidError):
            parse(given_bytes)


@pytest.mark.parametrize("name", PARSERS)
@CASES
@given(st.data())
def test_changed_files_are_read_or_refused(name, data) -> None:
    parse, example = PARSERS[name]
    at = data.draw(st.integers(min_value=0, max_value=len(example) - 1))
    cut = data.draw(st.integers(min_value=0, max_value=6))
    new = data.draw(st.binary(max_size=6))
    parsed = None
    with suppress(EidError):
        parsed = parse(example[:at] + new + example[at + cut :])
    if isinstance(parsed, CardCertificate):
        CscaStore([parsed])  # and nobody trips over its key or algorithm
        with suppress(EidError):
            assert parsed.public_key


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_changed_byte_of_a_signed_file_verifies_as_something_else(data) -> None:
    """EF.SOD has a few free bytes (versions, the unused list of digests): they change nothing that the result says."""
    name = data.draw(st.sampled_from(sorted(name for name in CARD.files if name != "EF.COM")))
    content = bytearray(CARD.files[name])
    content[data.draw(st.integers(min_value=0, max_value=len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        result = verify({**CARD.files, name: bytes(content)})
    except EidError:
        return
    assert name == "EF.SOD"
    assert dict(result.groups) == groups()
    assert result.document_signer.der == SIGNER.certificate


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_anchor_never_verifies_with_another_key(data) -> None:
    content = bytearray(COUNTRY.certificate)
    content[data.draw(st.integers(min_value=0, max_value=len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        result = verify(store=CscaStore([bytes(content)]))
    except EidError:
        return
    assert result.anchor.public_key == COUNTRY.key.private.public_key()


@CASES
@given(st.dictionaries(st.sampled_from(["SOD", "COM", *(f"DG{n}" for n in TAGS)]), st.binary(max_size=64)))
def test_any_set_of_files_is_refused_and_none_is_valid(files) -> None:
    with pytest.raises(EidError):
        Chip.read(files).verify(STORE, at=AT)


def test_deep_nesting_and_huge_lengths_cost_nothing() -> None:
    deep = b"\x30\x84\xff\xff\xff\xff" * 10_000
    for parse, example in PARSERS.values():
        for data in (deep, example[:1] + deep, b"\x30\x80" * 10_000, example[:1] + b"\x84\x7f\xff\xff\xff"):
            with pytest.raises(EidError):
                parse(data)


def test_files_beyond_their_limits_are_refused() -> None:
    with pytest.raises(EidError) as caught:
        verify(changed(EF_SOD=tlv(0x77, bytes(70_000))))
    assert caught.value.code == "chip.too-large"
    for parse in (CardCertificate.parse, Crl.parse, MasterList.read_unverified):
        with pytest.raises(EidError):
            parse(bytes(9 << 20))


@pytest.mark.parametrize(
    ("algorithm", "kind", "code"),
    [
        (pki.sequence(pki.identifier("1.3.14.3.2.26")), VerificationError, "chip.algorithm-weak"),
        (pki.sequence(pki.identifier("1.2.3")), IndeterminateError, "chip.algorithm-unknown"),
        (pki.sequence(pki.identifier("2.16.840.1.101.3.4.2.1"), pki.integer(1)), MalformedError, "chip.malformed"),
        (pki.integer(1), MalformedError, "chip.malformed"),
    ],
    ids=["SHA-1", "unknown", "with parameters", "no algorithm"],
)
def test_hashes_of_the_data_by_another_algorithm_prove_nothing(algorithm, kind, code) -> None:
    listed = [pki.sequence(pki.integer(n), pki.octets(hashlib.sha1(data).digest())) for n, data in groups().items()]
    signed = pki.signed_data(
        content_type="2.23.136.1.1.1",
        content=pki.sequence(pki.integer(0), algorithm, pki.sequence(*listed)),
        key=SIGNER.key,
        certificates=[SIGNER.certificate],
        signer_id=SIGNER.signer_id,
    )
    refused_by_type(kind, code, changed(EF_SOD=tlv(0x77, signed)))


NO_ARGUMENTS = (None, 5, 1.5, True, "text", ["x"], {"a": 1}, object(), b"", bytearray(b"x"), memoryview(b"x"))


@pytest.mark.parametrize("given", NO_ARGUMENTS, ids=lambda value: type(value).__name__)
def test_what_is_no_argument_at_all_is_our_error(given: object) -> None:
    files = (Sod.parse, Com.parse, CardCertificate.parse, Crl.parse, MasterList.read_unverified)
    texts = (CardQR.parse, Mrz.parse, base45.decode, cbor.decode, decode_unverified)
    for parse in (*files, *texts):
        with pytest.raises(EidError):
            parse(given)
    for read in (Chip.read, CscaStore.from_folder, scan, CardQR.scan, inspect):
        with suppress(EidError):
            read(given)
    assert Chip.read({5: b"x", None: b"y"}).unverified_files == {}  # type: ignore[dict-item]


ENDS = [
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 17, tzinfo=UTC),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
]


@pytest.mark.parametrize("at", ENDS, ids=str)
def test_a_time_at_an_end_of_the_calendar_is_a_wrong_call(at: datetime) -> None:
    text = "001090123456||Nguyễn Văn A|01011990|Nam|Hà Nội|15102021"
    master = OTHER.master_list(COUNTRY.certificate)
    for run in (
        lambda: verify(at=at),
        lambda: CardQR.parse(text, at=at),
        lambda: read_mrz(groups()[1], at=at),
        lambda: MasterList.verify(master, STORE, at=at),
    ):
        with pytest.raises(UsageError):
            run()
