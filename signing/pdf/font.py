"""ISO 32000-2 §9.7: the one font of all stamps — Tinos, cut to the Vietnamese repertoire beforehand (`data/fonts`).

Tinos has the metrics of Times New Roman, which NĐ 30/2020 names. Text is written as glyph numbers (Identity-H) with a
ToUnicode map, so it can be searched and copied. A character that the font does not have is an error, never a gap.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..errors import UsageError
from .raw import Ref, write_name, write_numbers

Add = Callable[[bytes, bytes | None], Ref]  # (value, stream data) → the new object


@dataclass(frozen=True, slots=True)
class Font:
    """Glyph numbers and widths (1/1000 em), and the parts of the PDF font as they are written."""

    name: bytes
    glyphs: dict[str, int]
    widths: tuple[int, ...]
    ascent: int
    descent: int
    descriptor: bytes  # /FontDescriptor without its file
    width_array: bytes
    file: bytes  # deflated TrueType
    file_bytes: int
    to_unicode: bytes  # deflated CMap

    def encode(self, text: str) -> list[int]:
        """The glyphs of one line of NFC text. Raises `UsageError` (`stamp.glyph`)."""
        try:
            return [self.glyphs[c] for c in text]
        except KeyError:
            missing = "".join(sorted({c for c in text if c not in self.glyphs}))
            shown = " ".join(f"{c} (U+{ord(c):04X})" for c in missing[:10])
            raise UsageError("stamp.glyph", characters=shown) from None

    def width(self, text: str) -> int:
        """The width of one line of NFC text in 1/1000 em."""
        return sum(self.widths[g] for g in self.encode(text))

    def show(self, text: str) -> bytes:
        """The operand and operator that show a line: `<0012…> Tj`."""
        return b"<%b> Tj" % b"".join(b"%04X" % g for g in self.encode(text))

    def write(self, add: Add) -> Ref:
        """Add the font's five objects to a file and return the font."""
        file = add(b"<</Filter /FlateDecode /Length1 %d>>" % self.file_bytes, self.file)
        descriptor = add(self.descriptor[:-2] + b" /FontFile2 %b>>" % file.raw(), None)
        name = write_name(b"/" + self.name)
        descendant = add(
            b"<</Type /Font /Subtype /CIDFontType2 /BaseFont %b"
            b" /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>"
            b" /FontDescriptor %b /CIDToGIDMap /Identity /DW 0 /W %b>>" % (name, descriptor.raw(), self.width_array),
            None,
        )
        to_unicode = add(b"<</Filter /FlateDecode>>", self.to_unicode)
        return add(
            b"<</Type /Font /Subtype /Type0 /BaseFont %b /Encoding /Identity-H /DescendantFonts [%b] /ToUnicode %b>>"
            % (name, descendant.raw(), to_unicode.raw()),
            None,
        )


@cache  # the data never change while the process runs
def stamp_font() -> Font:
    """The bundled font."""
    folder = files("signing").joinpath("data", "fonts")
    facts = json.loads(folder.joinpath("tinos-vi.json").read_text("utf-8"))
    name = facts["name"].encode("ascii")
    descriptor = (
        b"<</Type /FontDescriptor /FontName %b /Flags 4 /FontBBox [%b] /ItalicAngle 0 /Ascent %d /Descent %d"
        b" /CapHeight %d /StemV 80>>"
        % (
            write_name(b"/" + name),
            write_numbers(*facts["bbox"]),
            facts["ascent"],
            facts["descent"],
            facts["cap_height"],
        )
    )
    return Font(
        name=name,
        glyphs=facts["glyphs"],
        widths=tuple(facts["widths"]),
        ascent=facts["ascent"],
        descent=facts["descent"],
        descriptor=descriptor,
        width_array=b"[0 [%b]]" % write_numbers(*facts["widths"]),
        file=folder.joinpath("tinos-vi.ttf.z").read_bytes(),
        file_bytes=facts["bytes"],
        to_unicode=folder.joinpath("tinos-vi.cmap.z").read_bytes(),
    )


def compose(text: str) -> str:
    """NFC, tabs as blanks, line ends as `\\n`: what a keyboard or a database delivers, as the font has it."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def wrap(text: str, room: float, font: Font) -> list[str]:
    """Lines of at most `room` (1/1000 em), broken between words; a word that is wider stands alone."""
    lines: list[str] = []
    blank = font.width(" ")
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in paragraph.split(" "):
            wide = font.width(word)
            if line and used + blank + wide > room:
                lines.append(line)
                line, used = word, wide
            else:
                line, used = (f"{line} {word}", used + blank + wide) if line else (word, wide)
        lines.append(line)
    return lines
