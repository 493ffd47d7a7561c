"""ISO 32000-2 §9.7–9.9: cuts Tinos down to what stamps need and stores it ready to be put into a PDF.

Run once, by hand, when the repertoire changes (`pip install fonttools`; Debian: `apt-get install fonts-croscore`):

    python signing/data/fonts/make_font.py /usr/share/fonts/truetype/croscore/Tinos-Regular.ttf

It writes beside itself `tinos-vi.ttf.z` (the subset, deflated: the body of /FontFile2), `tinos-vi.cmap.z` (the
ToUnicode map, deflated) and `tinos-vi.json` (metrics in 1/1000 em, and for each character its glyph and width).
"""

from __future__ import annotations

import io
import json
import sys
import zlib
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped,unused-ignore]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped,unused-ignore]

HERE = Path(__file__).parent
KEPT_TABLES = ("head", "hhea", "hmtx", "maxp", "loca", "glyf", "cmap", "name", "OS/2", "post")
KEPT_NAMES = (0, 1, 2, 3, 5, 6, 7, 13, 14)  # copyright, names, version, trademark and licence travel with the font


def repertoire() -> list[int]:
    """ASCII, Latin-1, every precomposed Vietnamese letter (TCVN 6909:2001), and the punctuation of official papers."""
    points = {*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x1EA0, 0x1EFA)}
    points |= {ord(c) for c in "ĂăĐđĨĩŨũƠơƯư–—‘’‚“”„†‡•…‰‹›₫€№™−≤≥≠"}
    return sorted(points)


def cut(source: str) -> TTFont:
    """The subset, without hinting and layout tables (stamps are placed glyph by glyph)."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = list(KEPT_NAMES)
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.glyph_names = False
    options.recalc_timestamp = False
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "DSIG", "gasp", "FFTM"]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=repertoire())
    cutter.subset(font)
    extra = set(font.keys()) - set(KEPT_TABLES) - {"GlyphOrder"}
    if extra:
        raise SystemExit(f"unexpected tables: {sorted(extra)}")
    return font


def to_unicode(glyphs: dict[int, int]) -> bytes:
    """The ToUnicode CMap (ISO 32000-2 §9.10.3): two-byte glyph codes to UTF-16BE, at most 100 a block."""
    pairs = sorted((glyph, point) for point, glyph in glyphs.items())
    unique = sorted(dict(reversed(pairs)).items())  # blank and no-break blank share a glyph
    lines = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def",
        "1 begincodespacerange", "<0000> <FFFF>", "endcodespacerange",
    ]  # fmt: skip
    for start in range(0, len(unique), 100):
        block = unique[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *(f"<{g:04X}> <{p:04X}>" for g, p in block), "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")


def main(source: str) -> None:
    """Write the three files."""
    font = cut(source)
    buffer = io.BytesIO()
    font.save(buffer)
    body = buffer.getvalue()
    font = TTFont(io.BytesIO(body))
    cmap, metrics, scale = font.getBestCmap(), font["hmtx"].metrics, 1000 / font["head"].unitsPerEm
    missing = [f"U+{p:04X}" for p in repertoire() if p not in cmap]
    if missing:
        raise SystemExit(f"the font lacks {missing}")
    glyphs = {point: font.getGlyphID(name) for point, name in cmap.items()}
    head, os2, hhea = font["head"], font["OS/2"], font["hhea"]
    facts = {
        "name": "VIETNM+Tinos",
        "bytes": len(body),
        "bbox": [round(v * scale) for v in (head.xMin, head.yMin, head.xMax, head.yMax)],
        "ascent": round(hhea.ascent * scale),
        "descent": round(hhea.descent * scale),
        "cap_height": round(os2.sCapHeight * scale),
        "widths": [round(metrics[name][0] * scale) for name in font.getGlyphOrder()],
        "glyphs": {chr(point): glyph for point, glyph in sorted(glyphs.items())},
    }
    (HERE / "tinos-vi.ttf.z").write_bytes(zlib.compress(body, 9))
    (HERE / "tinos-vi.cmap.z").write_bytes(zlib.compress(to_unicode(glyphs), 9))
    (HERE / "tinos-vi.json").write_text(json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(facts['widths'])} glyphs, {len(body)} bytes, {len(zlib.compress(body, 9))} deflated")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
