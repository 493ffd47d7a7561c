"""Small PDFs of every shape, written byte by byte; and what outside judges say about signed ones."""

from __future__ import annotations

import io
import re
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

from signing.dev.pki import DevPki

INPUTS = Path(__file__).parent.parent.parent / "examples" / "inputs"
PAPERS = sorted(INPUTS.glob("*.pdf"))
A4 = "[0 0 595.276 841.89]"


def body(objects: dict[int, bytes], header: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") -> tuple[bytes, dict[int, int]]:
    """Header and objects, and where each stands."""
    out, places = bytearray(header), {}
    for number, value in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    return bytes(out), places


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b /Length %d>>\nstream\n%b\nendstream" % (entries, len(data), data)


def with_table(objects: dict[int, bytes], extra: bytes = b"", base: bytes = b"") -> bytes:
    """A file with a classic cross-reference table; `base` is an earlier revision without its table."""
    data, places = body(objects, base or b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    size = max(objects) + 1
    rows = b"".join(b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(size))
    return data + b"xref\n0 %d\n%btrailer\n<</Size %d /Root 1 0 R %b>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, rows, size, extra, len(data),
    )  # fmt: skip


def xref_stream(number: int, rows: list[tuple[int, int, int]], index: str, size: int, *, predictor: int = 1) -> bytes:
    """A cross-reference stream object value; rows are (type, field 2, field 3)."""
    lines = [bytes([kind]) + second.to_bytes(3, "big") + third.to_bytes(2, "big") for kind, second, third in rows]
    parameters = b""
    if predictor >= 10:
        parameters = b" /DecodeParms <</Predictor %d /Columns 6>>" % predictor
        above, predicted = bytes(6), []
        for i, line in enumerate(lines):
            kind = 2 if predictor == 12 else (0, 1, 2, 3, 4)[i % 5]
            predicted.append(bytes([kind]) + bytes(_predict(kind, line, above)))
            above = line
        lines = predicted
    data = zlib.compress(b"".join(lines))
    head = f"/Type /XRef /Size {size} /W [1 3 2] /Index [{index}] /Root 1 0 R /Filter /FlateDecode"
    return stream(data, head.encode() + parameters)


def _predict(kind: int, line: bytes, above: bytes) -> list[int]:
    out = []
    for i, value in enumerate(line):
        left, up, corner = (line[i - 1] if i else 0), above[i], (above[i - 1] if i else 0)
        near = left + up - corner
        order = sorted(((abs(near - v), n) for n, v in enumerate((left, up, corner))))
        paeth = (left, up, corner)[order[0][1]]
        out.append((value - (0, left, up, (left + up) >> 1, paeth)[kind]) & 0xFF)
    return out


def with_stream(
    objects: dict[int, bytes], packed: dict[int, bytes] | None = None, *, predictor: int = 1, more: bytes = b""
) -> bytes:
    """A file with a cross-reference stream; `packed` objects stand in an object stream with `more` entries."""
    packed = packed or {}
    objects = dict(objects)
    container = max([*objects, *packed]) + 1
    if packed:
        texts, offset, pairs = [], 0, []
        for number, value in packed.items():
            pairs.append(f"{number} {offset}")
            texts.append(value)
            offset += len(value) + 1
        head = " ".join(pairs).encode() + b" "
        data = zlib.compress(head + b" ".join(texts))
        entries = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(packed), len(head))
        objects[container] = stream(data, entries + more)
    data, places = body(objects)
    last = container + 1
    places[last] = len(data)
    rows = []
    for number in range(last + 1):
        if number in places:
            rows.append((1, places[number], 0))
        elif number in packed:
            rows.append((2, container, list(packed).index(number)))
        else:
            rows.append((0, 0, 65535))
    value = xref_stream(last, rows, f"0 {last + 1}", last + 1, predictor=predictor)
    return data + b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (last, value, len(data))


def hybrid() -> bytes:
    """A hybrid-reference file as office programs write it: the form is hidden from readers of PDF 1.4."""
    visible = {
        1: b"<</Type /Catalog /Pages 2 0 R /AcroForm 5 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: f"<</Type /Page /Parent 2 0 R /MediaBox {A4} /Contents 4 0 R>>".encode(),
        4: stream(b"0 0 1 rg 50 50 20 20 re f"),
    }
    packed = b"<</Fields [] /DA (/Helv 0 Tf 0 g)>>"
    visible[6] = stream(b"5 0 " + packed, b"/Type /ObjStm /N 1 /First 4")
    data, places = body(visible)
    hidden_at = len(data)
    value = xref_stream(7, [(2, 6, 0), (1, hidden_at, 0)], "5 1 7 1", 8)
    data += b"7 0 obj\n%b\nendobj\n" % value
    rows = b"".join(b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(8))
    return data + b"xref\n0 8\n%btrailer\n<</Size 8 /Root 1 0 R /XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        rows, hidden_at, len(data),
    )  # fmt: skip


def pages(*entries: str, catalog: str = "", more: dict[int, bytes] | None = None) -> bytes:
    """A file with one page per argument, each with its own entries."""
    kids = " ".join(f"{3 + i} 0 R" for i in range(len(entries)))
    objects = {
        1: f"<</Type /Catalog /Pages 2 0 R {catalog}>>".encode(),
        2: f"<</Type /Pages /Kids [{kids}] /Count {len(entries)}>>".encode(),
        **{3 + i: f"<</Type /Page /Parent 2 0 R {own}>>".encode() for i, own in enumerate(entries)},
        **(more or {}),
    }
    return with_table(objects)


def one_page(extra: str = "", catalog: str = "", more: dict[int, bytes] | None = None) -> bytes:
    """One A4 page."""
    return pages(f"/MediaBox {A4} {extra}", catalog=catalog, more=more)


@dataclass(frozen=True)
class Verdict:
    """What pyHanko says of one signature."""

    field: str
    intact: bool
    valid: bool
    bottom_line: bool
    coverage: str
    level: str | None
    timestamped: bool


def hanko(data: bytes, pki: DevPki, password: str | None = None) -> list[Verdict]:
    """pyHanko's judgement with the development root as its only anchor."""
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    if password is not None:
        reader.decrypt(password)
    root = asn1_x509.Certificate.load(pki.certificate("root").public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False, revocation_mode="soft-fail")
    verdicts = []
    for found in reader.embedded_signatures:
        if found.sig_object_type == "/DocTimeStamp":
            status = validate_pdf_timestamp(found, context)
            bottom, level = status.intact and status.valid and status.trusted, None
        else:
            status = validate_pdf_signature(found, context, ts_validation_context=context)
            bottom, level = status.bottom_line, status.modification_level.name
        stamped = getattr(status, "timestamp_validity", None)
        verdicts.append(
            Verdict(
                found.field_name, status.intact, status.valid, bottom, status.coverage.name, level,
                bool(stamped and stamped.valid and stamped.intact and stamped.trusted),
            )
        )  # fmt: skip
    return verdicts


def pdfsig(data: bytes, folder: Path, *arguments: str) -> list[str]:
    """poppler's judgement of each signature in turn: `Signature is Valid.` and so on."""
    file = folder / "judged.pdf"
    file.write_bytes(data)
    found = subprocess.run(["pdfsig", "-nocert", *arguments, file], capture_output=True, text=True, check=False)
    return re.findall(r"- Signature Validation: (.*)", found.stdout)


VALID = "Signature is Valid."


def render(data: bytes, folder: Path, page: int = 1, dpi: int = 72) -> tuple[int, int, bytes]:
    """A page as poppler shows it: width, height, RGB bytes."""
    file = folder / "rendered.pdf"
    file.write_bytes(data)
    arguments = ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-cropbox", file]
    ppm = subprocess.run(arguments, capture_output=True, check=True).stdout
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    assert head is not None
    return int(head[1]), int(head[2]), ppm[head.end() :]


def extent(picture: tuple[int, int, bytes], colour: str) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom (pixels) of everything strongly red or blue (or dark); None when there is nothing."""
    width, height, data = picture
    tests = {
        "red": lambda r, g, b: r > 120 and g < 90 and b < 90,
        "blue": lambda r, g, b: b > 120 and r < 90 and g < 90,
        "dark": lambda r, g, b: r < 100 and g < 100 and b < 100,
    }
    hits = [
        (i % width, i // width)
        for i in range(width * height)
        if data[3 * i : 3 * i + 3] != b"\xff\xff\xff" and tests[colour](*data[3 * i : 3 * i + 3])
    ]
    if not hits:
        return None
    xs, ys = [x for x, _ in hits], [y for _, y in hits]
    return min(xs), min(ys), max(xs), max(ys)
