"""ASiC-S containers, and XAdES in ASiC containers (EN 319 162-1): what is recognised, and what is never valid."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.audit import audit_bytes, audit_file
from signing.report import Report, Verdict
from signing.trust.store import TrustStore

VECTORS = Path(__file__).parent.parent / "vectors" / "xades"
MADE = datetime.fromisoformat(json.loads((VECTORS / "made.json").read_text())["made"])
ROOT = x509.load_pem_x509_certificate((VECTORS / "root.pem").read_bytes())
TRUST = TrustStore(ca=(ROOT,), tsa=(ROOT,))
SAMPLES = sorted(p.name for p in VECTORS.glob("asic-*-B-*.asic?"))
SIMPLE = "application/vnd.etsi.asic-s+zip"


def audited(data: bytes, name: str) -> Report:
    return audit_bytes(data, TRUST, name=name, at=MADE + timedelta(minutes=5))


def entries(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(VECTORS / name) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def zipped(held: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in held.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def codes(report: Report) -> set[str]:
    return {f.code for f in report.all_findings()}


# --- what EU DSS made ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_containers_of_eu_dss_are_recognised_with_their_level(name: str) -> None:
    report = audit_file(VECTORS / name, TRUST, at=MADE + timedelta(minutes=5))
    stem, _, suffix = name.rpartition(".")
    (signature,) = report.signatures
    baseline = "B-" + stem.rpartition("-B-")[2]
    complete = baseline in {"B-LT", "B-LTA"}
    assert (report.kind, signature.format) == (suffix, "XAdES" if "xades" in name else "CAdES")
    assert (signature.baseline, signature.intact) == (baseline, True)
    assert signature.id.startswith("META-INF/signature")
    assert report.verdict is (Verdict.VALID if complete else Verdict.INDETERMINATE), report.to_json()
    assert not report.findings


def test_a_timestamp_over_one_file_proves_when_that_file_existed() -> None:
    held = entries("asic-timestamp.asics")
    (stamp,) = audited(zipped(held), "x.asics").signatures
    assert (stamp.type, stamp.format, stamp.intact) == ("timestamp", "RFC3161", True)
    assert stamp.timestamp is not None
    report = audited(zipped(held | {"to-trinh.txt": b"khac"}), "x.asics")
    assert (report.verdict, report.signatures[0].sub_indication) == (Verdict.INVALID, "HASH_FAILURE")


def test_a_timestamp_over_the_files_of_a_container_needs_no_signature() -> None:
    """A plain ASiCManifest may lead to a timestamp (EN 319 162-1 §4.4.3.1)."""
    report = audit_file(VECTORS / "asic-timestamp.asice", TRUST, at=MADE + timedelta(minutes=5))
    (stamp,) = report.signatures
    assert (report.kind, stamp.type, stamp.format, stamp.intact) == ("asice", "timestamp", "RFC3161", True)
    assert stamp.timestamp is not None
    assert not report.findings, report.to_json()


@pytest.mark.parametrize(("name", "code"), [("to-trinh.txt", "asice.reference-digest"), ("x.txt", "asice.uncovered")])
def test_a_timestamped_container_with_another_file_is_invalid(name: str, code: str) -> None:
    held = entries("asic-timestamp.asice") | {name: b"khac"}
    report = audited(zipped(held), "x.asice")
    assert (report.verdict, code in codes(report)) == (Verdict.INVALID, True)


def test_a_lost_timestamp_is_told() -> None:
    held = entries("asic-timestamp.asice")
    (token,) = (name for name in held if name.endswith(".tst"))
    del held[token]
    report = audited(zipped(held), "x.asice")
    assert (report.verdict, report.signatures[0].type) == (Verdict.INVALID, "timestamp")
    assert "asice.signature-missing" in codes(report)


def test_a_timestamp_covers_no_file_beside_the_signatures_of_others() -> None:
    """Whoever smuggles a file in can have it timestamped."""
    name, smuggled = "asic-xades-B-LT.asice", {"phu-luc.txt": b"x"}
    stamped = {entry: data for entry, data in entries("asic-timestamp.asice").items() if entry.startswith("META-INF/")}
    report = audited(zipped(entries(name) | smuggled | stamped), name)
    assert (report.verdict, codes(report) & {"asice.uncovered"}) == (Verdict.INVALID, {"asice.uncovered"})


# --- what is never valid ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in SAMPLES if "B-LTA" in n])
def test_a_changed_file_in_the_container_is_invalid(name: str) -> None:
    held = entries(name) | {"to-trinh.txt": b"khac"}
    report = audited(zipped(held), name)
    assert (report.verdict, report.signatures[0].sub_indication) == (Verdict.INVALID, "HASH_FAILURE")


@pytest.mark.parametrize("name", ["asic-xades-B-LT.asics", "asic-cades-B-LT.asics"])
def test_a_second_file_beside_the_signed_one_is_invalid(name: str) -> None:
    report = audited(zipped(entries(name) | {"phu-luc.txt": b"x"}), name)
    assert report.verdict is Verdict.INVALID
    assert "asics.payload" in codes(report)
    assert report.signatures  # each has its entry all the same


def test_a_file_that_no_xades_signature_covers_is_invalid() -> None:
    name = "asic-xades-B-LT.asice"
    assert audited(zipped(entries(name)), name).verdict is Verdict.VALID
    report = audited(zipped(entries(name) | {"phu-luc.txt": b"x"}), name)
    assert (report.verdict, codes(report) & {"asice.uncovered"}) == (Verdict.INVALID, {"asice.uncovered"})


def test_a_file_taken_out_cannot_be_told() -> None:
    held = entries("asic-xades-B-LT.asice")
    del held["to-trinh.txt"]
    report = audited(zipped(held), "x.asice")
    assert report.verdict is not Verdict.VALID
    assert report.signatures[0].sub_indication == "SIGNED_DATA_NOT_FOUND"


def test_a_renamed_file_is_another_file() -> None:
    held = entries("asic-xades-B-LT.asics")
    held["khac.txt"] = held.pop("to-trinh.txt")
    assert audited(zipped(held), "x.asics").verdict is not Verdict.VALID


@pytest.mark.parametrize("name", ["asic-xades-B-LT.asics", "asic-cades-B-LT.asics"])
def test_a_container_whose_signature_was_taken_out_is_no_unsigned_file(name: str) -> None:
    held = {k: v for k, v in entries(name).items() if not k.startswith("META-INF/")}
    report = audited(zipped(held), name)
    assert (report.verdict, codes(report)) == (Verdict.INVALID, {"asics.unsigned"})


def test_a_signature_of_another_file_does_not_fit() -> None:
    held = entries("asic-cades-B-LT.asics") | {
        "META-INF/signatures.xml": entries("asic-xades-B-LT.asics")["META-INF/signatures.xml"]
    }
    both = audited(zipped(held), "x.asics")
    assert both.verdict is Verdict.VALID and len(both.signatures) == 2
    moved = entries("asic-xades-B-LT.asice")["META-INF/signatures001.xml"]
    assert audited(zipped(held | {"META-INF/signatures.xml": moved}), "x.asics").verdict is not Verdict.VALID


@pytest.mark.parametrize(
    "content", [b"", b"<x/>", b"<!DOCTYPE x><x/>", b"\0" * 100, b"PK\x03\x04", b"0\x80", b"<a" * 10_000]
)
@pytest.mark.parametrize("entry", ["signatures.xml", "signature.p7s", "timestamp.tst", "evidencerecord.ers"])
def test_broken_proofs_have_an_entry_and_are_never_valid(entry: str, content: bytes) -> None:
    held = {"mimetype": SIMPLE.encode(), "a.txt": b"x", f"META-INF/{entry}": content}
    report = audited(zipped(held), "x.asics")
    assert report.verdict in {Verdict.INVALID, Verdict.INDETERMINATE}
    assert [s.id for s in report.signatures] == [f"META-INF/{entry}"]


def test_a_mimetype_of_another_kind_is_invalid() -> None:
    held = entries("asic-cades-B-LT.asics") | {"mimetype": b"application/zip"}
    report = audited(zipped(held), "x.asics")
    assert (report.verdict, codes(report)) == (Verdict.INVALID, {"asics.mimetype"})


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 2**20), value=st.integers(0, 255), name=st.sampled_from(["xades", "cades"]))
def test_a_container_with_another_byte_is_never_valid_unless_it_holds_the_same(
    place: int, value: int, name: str
) -> None:
    data = bytearray((VECTORS / f"asic-{name}-B-LT.asics").read_bytes())
    data[place % len(data)] = value
    report = audited(bytes(data), "x.asics")
    if report.verdict is Verdict.VALID:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
            assert archive.read("to-trinh.txt") == (VECTORS / "to-trinh.txt").read_bytes()
