"""The kinds of PDF that the matrix signs: those of other programs (tests/vectors/pdf), and those signed before."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.dev.pki import DevPki
from signing.pdf.request import FieldSpec, Permission
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline
from tests.signing.pdf_shapes import stream, with_stream

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "vectors" / "pdf"
PAPERS = ROOT / "examples" / "inputs"
PASSWORD = "mat khau"  # of the encrypted samples
REFUSED = ("no-table-at-all", "table-at-the-wrong-place", "bytes-before-header")  # what only guessing could read
_PLACE = Stamp(page=0, x_mm=10, y_mm=10, width_mm=50, height_mm=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A PDF and how it is signed; `locked`: nobody reads it without `PASSWORD`; `signed` before, at another level."""

    pdf: bytes
    options: dict[str, Any] = field(default_factory=dict)
    locked: bool = False
    signed: bool = False


def kinds(pki: DevPki) -> dict[str, Kind]:
    """Every kind by name. `pki` has to be served."""
    plain = (PAPERS / "Giấy chứng sinh.pdf").read_bytes()
    return {
        "plain": Kind(pdf=plain),
        "form": Kind(pdf=(PAPERS / "form.pdf").read_bytes()),
        "scan": Kind(pdf=(PAPERS / "giay-ket-hon-scan.pdf").read_bytes()),
        "xref-stream": Kind(pdf=_xref_stream()),
        "certifying": Kind(pdf=plain, options={"certify": Permission.SIGN}),
        **_signed_before(pki, plain),
        **samples(),
    }


def samples() -> dict[str, Kind]:
    """The PDFs of other programs that can be signed."""
    found = {}
    for path in sorted(SAMPLES.glob("*.pdf")):
        if path.stem not in REFUSED:
            locked = "encrypted" in path.stem and "no-password" not in path.stem
            found[path.stem] = Kind(pdf=path.read_bytes(), locked=locked)
    return found


def _signed_before(pki: DevPki, plain: bytes) -> dict[str, Kind]:
    """Signed once; certified, with a field for the next signature and without."""
    person, office = pki.signer("official"), FieldSpec(name="Office", place=_PLACE)
    long: dict[str, Any] = {"baseline": Baseline.B_LT, "tsa": pki.tsa(), "collect": pki.collect}
    once = sign_pdf(plain, person, **long)
    certified = sign_pdf(plain, person, certify=Permission.SIGN, fields=[office], **long)
    archived = sign_pdf(plain, person, **{**long, "baseline": Baseline.B_LTA})
    return {
        "signed-once": Kind(pdf=once or b"", signed=True),
        "signed-by-pyhanko": Kind(pdf=by_pyhanko(plain, *material(pki, "receiver")), signed=True),
        "signed-B-LTA": Kind(pdf=archived or b"", signed=True),
        "certified": Kind(pdf=certified or b"", signed=True, options={"field": "Office"}),
    }


def material(pki: DevPki, name: str) -> tuple[Any, Sequence[x509.Certificate]]:
    """The private key and the chain of a holder of the PKI."""
    file = Path(pki.key_uri(name).removeprefix("pkcs12:"))
    key, _, _ = pkcs12.load_key_and_certificates(file.read_bytes(), pki.ask(name).encode())
    return key, pki.chain(name)


def by_pyhanko(pdf: bytes, key: Any, chain: Sequence[x509.Certificate], digest: str = "sha256") -> bytes:
    """A PAdES B-B signature by pyHanko; `chain` begins with the signer's certificate."""
    info = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificates = [asn1_x509.Certificate.load(c.public_bytes(Encoding.DER)) for c in chain]
    signer = signers.SimpleSigner(
        signing_cert=certificates[0],
        signing_key=keys.PrivateKeyInfo.load(info),
        cert_registry=SimpleCertificateStore.from_certs(certificates[1:]),
    )
    asked = PdfSignatureMetadata(field_name="First", md_algorithm=digest, subfilter=fields.SigSeedSubFilter.PADES)
    return bytes(signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), asked, signer=signer).getvalue())


def looks() -> dict[str, Stamp | None]:
    """How a signature may show."""
    png, jpeg = (PAPERS / "con-dau-mau.png").read_bytes(), io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(jpeg, "JPEG")
    return {
        "unseen": None,
        "text": replace(_PLACE, text="{name}\nĐã ký số\n{time}", colour="blue", border=True),
        "png": replace(_PLACE, image=png),  # with alpha
        "jpeg": replace(_PLACE, image=jpeg.getvalue()),
        "qr": replace(_PLACE, text="Đã ký số", qr="https://thu-nghiem.example/H26.19-1", qr_mask=3),
    }


def _xref_stream() -> bytes:
    """A cross-reference stream with predicted rows, and every object outside of object streams."""
    return with_stream(
        {
            1: b"<</Type /Catalog /Pages 2 0 R>>",
            2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>",
            4: stream(b"0 0 1 rg 50 50 20 20 re f"),
        },
        predictor=12,
    )
