"""Forgeries by references inside of content streams: the standard knows none there, and some viewers follow them.

Each attack gives the signed document, valid as it stands, and the forged one.
"""

from __future__ import annotations

import base64
import functools
import zlib
from collections.abc import Callable

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened, Ref
from tests.signing.signed_pdfs import Samples
from tests.world import World

from .pdf_prepared import CONTENT, NEW, PAGE, SHOWN, Attack, Objects, drawing, page, signed

PICTURE = b" q 612 0 0 792 0 0 cm BI /W 1 /H 1 /BPC 1 /IM true /D 90 0 R ID \x80\nEI Q "
LETTER = b"500 0 0 0 500 500 d1 BI /W 1 /H 1 /BPC 1 /IM true /D 90 0 R ID \x80\nEI"


def replacement_text(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """What is read aloud and copied in place of the text is an object that comes later."""
    text = b"/Span <</ActualText 90 0 R>> BDC BT /F1 24 Tf 72 700 Td (Shown) Tj ET EMC"
    opened = signed(world, samples, page(text))
    return opened, opened.append({NEW: b"(Forged)"})


def _pictured(world: World, samples: Samples, objects: Objects) -> tuple[Opened, bytes]:
    """An inline image that covers the page as soon as its values are turned round."""
    opened = signed(world, samples, objects)
    return opened, opened.append({NEW: b"[1 0]"})


def picture(world: World, samples: Samples) -> tuple[Opened, bytes]:
    return _pictured(world, samples, page(SHOWN + PICTURE))


def picture_without_a_gap(world: World, samples: Samples) -> tuple[Opened, bytes]:
    return _pictured(world, samples, page(SHOWN + PICTURE.replace(b"90 0 R", b"90%x\r0R")))


def picture_in_a_drawing(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = page(SHOWN + b" /X Do", b"/XObject 61 0 R") | {60: drawing(PICTURE), 61: b"<</X 60 0 R>>"}
    return _pictured(world, samples, objects)


def picture_in_a_letter(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The stream of a letter calls itself a picture, which nobody asks."""
    about = {"Type": "Font", "Subtype": "Type3", "FontBBox": [0, 0, 500, 500], "FontMatrix": [1, 0, 0, 1, 0, 0]}
    codes = {"FirstChar": 77, "LastChar": 77, "Widths": [1], "Encoding": {"Differences": [77, "XObject"]}}
    font = forge.write({**about, **codes, "CharProcs": {"XObject": Ref(60, 0)}})
    content = SHOWN + b" BT /F2 1 Tf (M) Tj ET"
    objects = page(content) | {60: forge.stream(LETTER, Subtype="Image"), 61: font}
    objects[PAGE] = objects[PAGE].replace(b"/F1 5 0 R", b"/F1 5 0 R /F2 61 0 R")
    return _pictured(world, samples, objects)


def picture_in_an_annotation(world: World, samples: Samples) -> tuple[Opened, bytes]:
    stamp = {"Type": "Annot", "Subtype": "Stamp", "Rect": [0, 0, 612, 792], "F": 4, "AP": {"N": Ref(61, 0)}}
    objects = page() | {60: forge.write(stamp), 61: drawing(PICTURE)}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [60 0 R]>>"
    return _pictured(world, samples, objects)


def lzw(data: bytes) -> bytes:
    """Nine bits a byte; the table is cleared before the codes grow."""
    codes = [code for at in range(0, len(data), 200) for code in (256, *data[at : at + 200])] + [257]
    bits = "".join(f"{code:09b}" for code in codes)
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def runs(data: bytes) -> bytes:
    return (
        b"".join(bytes([len(part) - 1]) + part for part in (data[i : i + 128] for i in range(0, len(data), 128)))
        + b"\x80"
    )


FILTERS: dict[str, Callable[[bytes], bytes]] = {
    "FlateDecode": zlib.compress,
    "LZWDecode": lzw,
    "RunLengthDecode": runs,
    "ASCIIHexDecode": lambda data: data.hex().encode() + b">",
    "ASCII85Decode": lambda data: base64.a85encode(data) + b"~>",
}


def packed_picture(name: str, world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The content is packed in ASCII, around another filter."""
    inner = FILTERS[name](SHOWN + PICTURE)
    body = forge.stream(FILTERS["ASCII85Decode"](inner), Filter=["ASCII85Decode", name])
    return _pictured(world, samples, page() | {CONTENT: body})


def predicted_picture(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The content is packed like a picture, as differences of rows."""
    text = (SHOWN + PICTURE).ljust(200)
    rows = [text[at : at + 10] for at in range(0, len(text), 10)]
    above = [bytes(10), *rows]
    packed = b"".join(
        b"\2" + bytes((a - b) & 255 for a, b in zip(row, up, strict=True)) for row, up in zip(rows, above, strict=False)
    )
    about = {"Filter": "FlateDecode", "DecodeParms": {"Predictor": 12, "Columns": 10}}
    return _pictured(world, samples, page() | {CONTENT: forge.stream(zlib.compress(packed), **about)})


def _packed(name: str) -> Attack:
    made = functools.partial(packed_picture, name)
    made.__name__ = f"picture_in_{name}"  # type: ignore[attr-defined]
    made.__doc__ = packed_picture.__doc__
    return made


INLINE: tuple[Attack, ...] = (
    replacement_text,
    picture,
    picture_without_a_gap,
    picture_in_a_drawing,
    picture_in_a_letter,
    picture_in_an_annotation,
    predicted_picture,
    *map(_packed, FILTERS),
)
