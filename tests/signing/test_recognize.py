"""What a file is, by its content: the same bytes have one answer under every name that could be theirs."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from signing.audit import audit_bytes, audit_file
from signing.cms import der
from signing.recognize import Shape, is_suspect, shape_of
from signing.report import Verdict
from signing.trust.store import TrustStore

VECTORS = Path(__file__).parent.parent / "vectors" / "xades"
ROOT = x509.load_pem_x509_certificate((VECTORS / "root.pem").read_bytes())
TRUST = TrustStore(tsa=(ROOT,))
AT = dt.datetime.fromisoformat(json.loads((VECTORS / "made.json").read_text())["made"]) + dt.timedelta(minutes=5)
with zipfile.ZipFile(VECTORS / "asic-timestamp.asics") as archive:
    TOKEN, PAPER = archive.read("META-INF/timestamp.tst"), archive.read("to-trinh.txt")
RESPONSES = {
    "granted": der.seq(der.seq(der.integer(0)), TOKEN),
    "granted with a text": der.seq(der.seq(der.integer(1), der.seq(der.tlv(0x0C, b"adjusted"))), TOKEN),
}
REFUSED = der.seq(der.seq(der.integer(2), der.seq(der.tlv(0x0C, b"no")), der.tlv(0x03, b"\x05\x20")))
NAMES = ["x.tst", "x.tsr", "x.p7s", "x"]


@pytest.mark.parametrize("suffix", [".tst", ".tsr"])
@pytest.mark.parametrize("kind", ["token", *RESPONSES])
def test_a_timestamp_has_one_answer_by_its_content(tmp_path: Path, suffix: str, kind: str) -> None:
    path = tmp_path / f"data{suffix}"
    path.write_bytes(RESPONSES.get(kind, TOKEN))
    alone = audit_file(path, TRUST, at=AT)
    (tmp_path / "data").write_bytes(PAPER)
    beside = audit_file(path, TRUST, at=AT)
    (tmp_path / "data").write_bytes(b"another")
    another = audit_file(path, TRUST, at=AT)
    assert [(r.kind, r.signatures[0].intact) for r in (alone, beside, another)] == [
        ("timestamp", None),
        ("timestamp", True),
        ("timestamp", False),
    ]
    assert (alone.verdict, another.verdict) == (Verdict.INDETERMINATE, Verdict.INVALID)


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_is_no_timestamp(name: str) -> None:
    report = audit_bytes(REFUSED, TRUST, name=name, at=AT)
    assert (report.kind, report.verdict) == ("timestamp", Verdict.INVALID)


@pytest.mark.parametrize("name", NAMES)
def test_a_response_is_read_whatever_its_name(name: str) -> None:
    for response in RESPONSES.values():
        assert is_suspect(name, response[:1024])
        assert shape_of(name, response) is Shape.CMS


def test_lists_requests_and_certificates_are_no_timestamps() -> None:
    """They begin almost alike."""
    key, day = ec.generate_private_key(ec.SECP256R1()), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    name = x509.Name([])
    made = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(day).next_update(day)
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    for data in (made.sign(key, hashes.SHA256()), request, ROOT):
        assert shape_of("x", data.public_bytes(Encoding.DER)) is Shape.OTHER
