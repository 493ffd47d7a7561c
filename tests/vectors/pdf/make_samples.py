"""ISO 32000-2 (PDF): make the samples of this folder again with the programs that offices use; see README.md.

    python make_samples.py        needs soffice, chromium, pdflatex and qpdf; the files differ in dates and identifiers

Everything shown is made up.
"""

from __future__ import annotations

import subprocess
import tempfile
import zlib
from pathlib import Path

HERE = Path(__file__).parent
PASSWORD = "mat khau"  # of the encrypted samples: only to test with
TEXT = "UBND xã Mẫu — Giấy xác nhận số 01/GXN (mẫu thử)"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
# LibreOffice knows a flat document by its double quotes alone: with others it shows the XML as text.
FODT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>
<text:h text:outline-level="1">{TEXT}</text:h><text:p>Trang này chỉ dùng để thử.</text:p>
</office:text></office:body></office:document>
"""
HTML = f"<!doctype html><html lang=vi><meta charset=utf-8><title>Mẫu</title><h1>{TEXT}</h1><p>Trang thử."
TEX = r"""\documentclass{article}\pagestyle{empty}
\begin{document}Mau thu 01: trang n\`ay d\`ung th\~u, $n + 1$.\end{document}
"""
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
OFFICE = {  # SelectPdfVersion of LibreOffice's export
    "libreoffice": 0,
    "libreoffice-pdfa-1b": 1,
    "libreoffice-pdfa-2b": 2,
    "libreoffice-pdfa-3b": 3,
}
QPDF = {
    "qpdf-linearised": ["--linearize"],
    "qpdf-object-streams": ["--object-streams=generate"],
    "qpdf-linearised-object-streams": ["--linearize", "--object-streams=generate"],
    "qpdf-encrypted-r2": ["--encrypt", PASSWORD, "owner", "40", "--"],
    "qpdf-encrypted-r3": ["--encrypt", PASSWORD, "owner", "128", "--use-aes=n", "--"],
    "qpdf-encrypted-r4": ["--encrypt", PASSWORD, "owner", "128", "--use-aes=y", "--"],
    "qpdf-encrypted-r4-clear-metadata": [
        "--encrypt", PASSWORD, "owner", "128", "--use-aes=y", "--cleartext-metadata", "--"
    ],
    "qpdf-encrypted-r5": ["--encrypt", PASSWORD, "owner", "256", "--force-R5", "--"],
    "qpdf-encrypted-r6": ["--object-streams=generate", "--encrypt", PASSWORD, "owner", "256", "--"],
    "qpdf-encrypted-r6-no-password": ["--encrypt", "", "owner", "256", "--"],
}  # fmt: skip


def main() -> None:
    """Write every sample beside this file."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _office(folder)
        page = folder / "page.html"
        page.write_text(HTML, encoding="utf-8")
        subprocess.run([*CHROMIUM, f"--print-to-pdf={HERE / 'chromium.pdf'}", page.as_uri()], check=True)
        (folder / "pdftex.tex").write_text(TEX, encoding="utf-8")
        subprocess.run(
            ["pdflatex", "-interaction=batchmode", f"-output-directory={HERE}", "pdftex"], cwd=folder, check=True
        )
        for by_product in ("aux", "log"):
            (HERE / f"pdftex.{by_product}").unlink()
    for name, arguments in QPDF.items():
        out = HERE / f"{name}.pdf"
        subprocess.run(["qpdf", "--allow-weak-crypto", HERE / "libreoffice.pdf", *arguments, out], check=True)
    for name, data in drawn().items():
        (HERE / f"{name}.pdf").write_bytes(data)


def _office(folder: Path) -> None:
    for name, version in OFFICE.items():
        source = folder / f"{name}.fodt"
        source.write_text(FODT, encoding="utf-8")
        options = f'pdf:writer_pdf_Export:{{"SelectPdfVersion":{{"type":"long","value":"{version}"}}}}'
        subprocess.run(["soffice", "--headless", "--convert-to", options, "--outdir", HERE, source], check=True)


# files that no program here writes, shaped as those who do write them


def drawn() -> dict[str, bytes]:
    """The samples that are written byte by byte."""
    return {
        "scan-image-only": _scan(),
        "hybrid-reference": _hybrid(),
        "pdf-2.0": _pages(["/MediaBox [0 0 595 842]"], header=b"%PDF-2.0\n%\xe2\xe3\xcf\xd3\n"),
        "rotated-and-cropped": _pages(
            [
                "/MediaBox [0 0 842 595] /Rotate 90",
                "/MediaBox [-100 -50 742 792] /CropBox [0 0 595 742] /Rotate 180",
                "/MediaBox [0 0 842 595] /CropBox [20 30 800 560] /Rotate 270",
                "/MediaBox [0 0 297.5 421] /UserUnit 2",
                "/MediaBox [0 0 595 842] /Rotate -90",
            ]
        ),
        "bytes-before-header": b"\r\n" + _pages(["/MediaBox [0 0 595 842]"]),
        "old-mac-line-ends": _pages(["/MediaBox [0 0 595 842]"]).replace(b"\n", b"\r"),
        "table-at-the-wrong-place": _pages(["/MediaBox [0 0 595 842]"]).replace(b"startxref\n", b"startxref\n9"),
        "no-table-at-all": _pages(["/MediaBox [0 0 595 842]"]).partition(b"xref\n")[0],
    }


def _stream(data: bytes, entries: str) -> bytes:
    return f"<<{entries} /Length {len(data)}>>\nstream\n".encode() + data + b"\nendstream"


def _body(objects: dict[int, bytes], header: bytes) -> tuple[bytes, dict[int, int]]:
    out, places = bytearray(header), {}
    for number, value in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    return bytes(out), places


def _table(data: bytes, places: dict[int, int], size: int, trailer: str = "") -> bytes:
    rows = b"".join(b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(size))
    tail = f"trailer\n<</Size {size} /Root 1 0 R {trailer}>>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + b"xref\n0 %d\n%b" % (size, rows) + tail.encode()


def _pages(entries: list[str], header: bytes = b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n") -> bytes:
    """One page for each of `entries`, with a line of text in a standard font."""
    text = _stream(b"BT /F1 18 Tf 60 120 Td (Mau thu 01) Tj ET", "")
    kids = " ".join(f"{5 + i} 0 R" for i in range(len(entries)))
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: f"<</Type /Pages /Kids [{kids}] /Count {len(entries)}>>".encode(),
        3: text,
        4: b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
    }
    for i, own in enumerate(entries):
        page = f"<</Type /Page /Parent 2 0 R {own} /Contents 3 0 R /Resources <</Font <</F1 4 0 R>>>>>>"
        objects[5 + i] = page.encode()
    data, places = _body(objects, header)
    return _table(data, places, 5 + len(entries))


def _scan() -> bytes:
    """A page of one grey picture, as a scanner makes it: no text, no fonts, no metadata."""
    width, height = 124, 175
    grey = bytes(250 - (40 if (x // 6 + y // 9) % 5 == 0 else 0) for y in range(height) for x in range(width))
    picture = _stream(
        zlib.compress(grey, 9),
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} "
        "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode",
    )
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources <</XObject <</Im0 5 0 R>> /ProcSet [/PDF /ImageB]>>>>",
        4: _stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q", ""),
        5: picture,
    }
    data, places = _body(objects, b"%PDF-1.3\n%\xe2\xe3\xcf\xd3\n")
    return _table(data, places, 6)


def _hybrid() -> bytes:
    """A hybrid-reference file as word processors write it: structure elements are hidden from readers of PDF 1.4."""
    hidden = {6: b"<</Type /StructTreeRoot /K 7 0 R>>", 7: b"<</Type /StructElem /S /Document /P 6 0 R>>"}
    texts = list(hidden.values())
    head = b"6 0 7 %d " % (len(texts[0]) + 1)
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R /Lang (vi) /StructTreeRoot 6 0 R /MarkInfo <</Marked true>>>>",
        2: b"<</Type /Pages /Count 1 /Kids [3 0 R]>>",
        3: b"<</Type /Page /Parent 2 0 R /Resources <</Font <</F1 5 0 R>>>> /MediaBox [0 0 595 842] /Contents 4 0 R>>",
        4: _stream(b"BT /F1 18 Tf 60 700 Td (Mau thu 01) Tj ET", ""),
        5: b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
        8: _stream(
            zlib.compress(head + b" ".join(texts)), f"/Type /ObjStm /N 2 /First {len(head)} /Filter /FlateDecode"
        ),
    }
    data, places = _body(objects, b"%PDF-1.7\r\n%\xb5\xb5\xb5\xb5\r\n")
    stream_at = len(data)
    rows = b"".join(bytes([2]) + (8).to_bytes(3, "big") + bytes([index]) for index in range(2))
    rows += bytes([1]) + stream_at.to_bytes(3, "big") + b"\0"
    section = _stream(rows, "/Type /XRef /Size 10 /W [1 3 1] /Index [6 2 9 1] /Root 1 0 R")
    data += b"9 0 obj\n%b\nendobj\n" % section
    return _table(data, places, 10, f"/XRefStm {stream_at}")


if __name__ == "__main__":
    main()
