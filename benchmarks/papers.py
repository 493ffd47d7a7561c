"""PDFs made for the benchmarks: as many pages, as many megabytes, or as compressed as wanted."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

MB = 1_000_000
_LINE = b"BT /F1 11 Tf 72 %d Td (Quyet dinh so %d, trang %d) Tj ET\n"


def _objects(count: int, scan_mb: int) -> Iterator[tuple[int, list[bytes]]]:
    """Objects, in pieces, of a file of `count` pages with some 2 kB of text each; the first shows a scan if wanted."""
    kids = b" ".join(b"%d 0 R" % (5 + 2 * i) for i in range(count))
    yield 1, [b"<</Type/Catalog/Pages 2 0 R>>"]
    yield 2, [b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)]
    yield 3, [b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>"]
    image = b"<</Type/XObject/Subtype/Image/Width 1000/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Length %d>>"
    scan = [random.Random(4).randbytes(MB)] * scan_mb or [b"\0" * 1000]
    size = sum(map(len, scan))
    yield 4, [image % (size // 1000, size), b"\nstream\n", *scan, b"\nendstream"]
    for i in range(count):
        shown = b"/XObject<</Im1 4 0 R>>" if scan_mb and not i else b""
        resources = b"/Resources<</Font<</F1 3 0 R>>%s>>" % shown
        yield (
            5 + 2 * i,
            [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]%s/Contents %d 0 R>>" % (resources, 6 + 2 * i)],
        )
        text = b"".join(_LINE % (770 - 14 * line, line, i) for line in range(45))
        yield 6 + 2 * i, [b"<</Length %d>>\nstream\n" % len(text), text, b"endstream"]


def write_pages(out: BinaryIO, count: int, scan_mb: int = 0) -> None:
    """A plain PDF 1.7 with a flat page tree and a cross-reference table."""
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = [b"0000000000 65535 f \n"]
    for number, pieces in _objects(count, scan_mb):
        places.append(b"%010d 00000 n \n" % out.tell())
        out.writelines([b"%d 0 obj\n" % number, *pieces, b"\nendobj\n"])
    at = out.tell()
    out.writelines([b"xref\n0 %d\n" % len(places), *places])
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places), at))


@cache
def pages(count: int) -> bytes:
    """The same in memory, without a scan."""
    out = io.BytesIO()
    write_pages(out, count)
    return out.getvalue()


@cache
def with_object_streams(data: bytes) -> bytes:
    """The same document with all but streams, root and information in an object stream; cross-reference stream."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(data)))
    writer.stream_xrefs = True
    packed, kept = writer.prepare_object_stream(), {writer.root_ref.idnum, writer._info.idnum}
    for (generation, number), value in list(writer.objects.items()):
        if number not in kept and not isinstance(value, generic.StreamObject):
            packed.add_object(number, value)
            del writer.objects[generation, number]
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
