"""Documents that were signed as a whole, tables and all, by a program that took what a forger gave it as it was."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from signing.cms.cades import sign_detached
from signing.policy import Baseline
from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Ref
from tests.signing.signed_pdfs import FIELD, Samples

SIGNATURE, SIGNATURE_FIELD = 40, 41
_RESERVED = 40_000  # hexadecimal digits of a signature with its evidence
_RANGE = b"[0 " + b" " * 40 + b"]"


def with_signature(objects: Mapping[int, bytes]) -> dict[int, bytes]:
    """The objects with a signature field, of which the value is still to be filled in; 1 is the catalog."""
    about = {"Type": "Sig", "Filter": "Adobe.PPKLite", "SubFilter": "ETSI.CAdES.detached", "M": b"D:20260101000000Z"}
    value = forge.write(about)[:-2] + b" /ByteRange " + _RANGE + b" /Contents <" + b"0" * _RESERVED + b">>>"
    field = {**FIELD, "T": b"Whole", "F": 132, "Rect": [0, 0, 0, 0], "V": Ref(SIGNATURE, 0)}
    form = forge.write({"Fields": [Ref(SIGNATURE_FIELD, 0)], "SigFlags": 3})
    catalog = objects[1] if b"/AcroForm" in objects[1] else objects[1][:-2] + b" /AcroForm " + form + b">>"
    return {**objects, 1: catalog, SIGNATURE: value, SIGNATURE_FIELD: forge.write(field)}


def filled(samples: Samples, data: bytes) -> bytes:
    """A file that ends with the revision of that field, signed to its end."""
    start = data.index(b"/Contents <0") + len(b"/Contents ")
    stop = start + _RESERVED + 2
    numbers = b"[0 %d %d %d]" % (start, stop, len(data) - stop)
    data = data.replace(_RANGE, numbers.ljust(len(_RANGE)))
    pki = samples.pki
    cms = sign_detached(
        data[:start] + data[stop:], pki.signer("official"), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect
    )
    return data[: start + 1] + cms.hex().encode().ljust(_RESERVED, b"0") + data[stop - 1 :]


def signed_whole(samples: Samples, objects: Mapping[int, bytes], **trailer: object) -> forge.Opened:
    """A document of one revision, signed in it."""
    return forge.Opened(filled(samples, forge.document(with_signature(objects), **trailer)))


def packed(objects: Mapping[int, bytes], rows: Mapping[int, tuple[int, int, int]], size: int = 92) -> bytes:
    """A document with a cross-reference stream, 51; `rows` are entries that differ from where the objects stand."""
    out = bytearray(b"%PDF-1.7\n")
    every: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
    for number, body in objects.items():
        every[number] = (1, len(out), 0)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    at = len(out)
    every |= {**rows, 51: (1, at, 0)}
    index = [part for number in sorted(every) for part in (number, 1)]
    body = b"".join(struct.pack(">HIH", *every[number]) for number in sorted(every))
    about = {"Type": "XRef", "W": [2, 4, 2], "Size": size, "Index": index, "Root": Ref(1, 0)}
    return bytes(out) + b"51 0 obj\n" + forge.stream(body, **about) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def moved(data: bytes, offset: int, number: int) -> bytes:
    """The table of a document of one revision with another offset for an object."""
    table = data.rindex(b"xref\n0 ")
    at = data.index(b"\n", table + 5) + 1 + 20 * number
    return data[:at] + b"%010d" % offset + data[at + 10 :]


def with_unnamed(data: bytes, number: int, body: bytes) -> bytes:
    """A document of one revision that holds one more object, which its table does not name."""
    table = data.rindex(b"xref\n0 ")
    stray = b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = data.rindex(b"startxref")
    return data[:table] + stray + data[table:start] + b"startxref\n%d\n%%%%EOF\n" % (table + len(stray))
