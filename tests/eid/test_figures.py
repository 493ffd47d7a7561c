"""A code is found however it was drawn: what is passed over as letters and lines never holds one."""

from __future__ import annotations

import zlib
from collections import Counter

import pytest

from eid import qr
from eid.figures import MIN_PIECES, Figures, figures_of
from eid.scan import scan, scan_first

TEXT = "VS1:" + "6A B9%" * 24
ROWS = qr.modules(TEXT)
SIDE = len(ROWS)
RUNS = [  # first column, row from below, length
    (x, SIDE - 1 - y, next((n for n in range(SIDE - x) if not row[x + n]), SIDE - x))
    for y, row in enumerate(ROWS)
    for x, dark in enumerate(row)
    if dark and not (x and row[x - 1])
]
BITS = [int("".join("0" if dark else "1" for dark in row) + "1" * (-SIDE % 8), 2) for row in ROWS]
PIXELS = b"".join(bits.to_bytes(-(-SIDE // 8), "big") for bits in BITS)
IMAGE = b"/Width %d/Height %d/BitsPerComponent 1/ColorSpace/DeviceGray" % (SIDE, SIDE)
LETTERS = b"BT /F 11 Tf 60 780 Td (Giay chung nhan, trang nay co chu va vai duong ke) Tj ET 60 700 400 0.5 re f "
FONT = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def stream(about: bytes, data: bytes, *, packed: bool = True) -> bytes:
    if packed:
        data, about = zlib.compress(data), about + b"/Filter/FlateDecode"
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (about, len(data), data)


def pdf(content: bytes, *objects: bytes, resources: bytes = b"", page: bytes = b"", packed: bool = True) -> bytes:
    """A PDF of one page; `objects` are numbered from 5."""
    every = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%b%b>>%b>>"
        % (FONT, resources, page),
        stream(b"", LETTERS + content, packed=packed),
        *objects,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, value in enumerate(every, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(every) + 1
    return body + b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, len(body),
    )  # fmt: skip


def squares() -> bytes:
    return b"".join(b"%d %d 1 1 re " % (x, SIDE - 1 - y) for y in range(SIDE) for x in range(SIDE) if ROWS[y][x])


def at(x: float, y: float, points: float, what: bytes, unit: float = SIDE) -> bytes:
    """`what`, drawn `unit` wide, at a place of the page in so many points."""
    return b"q %f 0 0 %f %f %f cm %b Q " % (points / unit, points / unit, x, y, what)


def runs(kind: bytes = b"f ") -> bytes:
    return b"".join(b"%d %d %d 1 re %b" % (x, y, n, kind) for x, y, n in RUNS)


def strokes() -> bytes:
    return b"1 w " + b"".join(b"%d %.1f m %d %.1f l S " % (x, y + 0.5, x + n, y + 0.5) for x, y, n in RUNS)


def dashes() -> bytes:
    """Each row is one dashed line."""
    drawn = b"1 w "
    for y in range(SIDE):
        row = [(x, n) for x, at_y, n in RUNS if at_y == y]
        lengths, end = list[int](), row[0][0]
        for x, n in row:
            lengths += [x - end, n] if x > end else [n]
            end = x + n
        line = b" ".join(b"%d" % n for n in (*lengths, *([SIDE] if len(lengths) % 2 else [])))
        drawn += b"[%b] 0 d %d %.1f m %d %.1f l S " % (line, row[0][0], y + 0.5, end, y + 0.5)
    return drawn


FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 %d %d]" % (SIDE, SIDE)
PICTURE = b"/Type/XObject/Subtype/Image" + IMAGE
DO = b"/X Do "
X = b"/XObject<</X 5 0 R>>"


def strips() -> tuple[bytes, list[bytes], bytes]:
    """An image of one row of modules each, as printing programs cut them."""
    width = -(-SIDE // 8)
    about = b"/Type/XObject/Subtype/Image/Width %d/Height 1/BitsPerComponent 1/ColorSpace/DeviceGray" % SIDE
    parts = [stream(about, PIXELS[y * width : (y + 1) * width]) for y in range(SIDE)]
    drawn = b"".join(b"q %d 0 0 1.02 0 %d cm /X%d Do Q " % (SIDE, SIDE - 1 - y, y) for y in range(SIDE))
    return drawn, parts, b"/XObject<<%b>>" % b"".join(b"/X%d %d 0 R" % (y, 5 + y) for y in range(SIDE))


def annotated(about: bytes, *objects: bytes, rectangle: bytes = b"300 300 400 400") -> bytes:
    return pdf(b"", b"<</Type/Annot/Rect[%b]/F 4%b>>" % (rectangle, about), *objects, page=b"/Annots[5 0 R]")


def letter_font(glyphs: bytes, procedures: int) -> bytes:
    return (
        b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/T<</Type/Font/Subtype/Type3/FontMatrix[1 0 0 1 0 0]"
        b"/FontBBox[0 0 1 1]/FirstChar 97/LastChar 97/Widths[1]/Encoding<</Differences[97/a]>>"
        b"/CharProcs<</a %d 0 R>>/Resources<<%b>>>>>>" % (procedures, glyphs)
    )


def by_letters() -> bytes:
    """Every module is a letter of a Type 3 font."""
    square = b"1 0 d0 0 0 1 1 re f"
    shown = b"BT /T 1 Tf " + b"".join(b"1 0 0 1 %d %d Tm (%b) Tj " % (x, y, b"a" * n) for x, y, n in RUNS)
    made = pdf(at(300, 300, 100, shown + b"ET "), stream(b"", square))
    return made.replace(FONT, letter_font(b"", 5))


def in_ink() -> bytes:
    lists = b"".join(
        b"[%f %f %f %f]" % (300 + x * 4, 300 + y * 4 + 2, 300 + (x + n) * 4, 300 + y * 4 + 2) for x, y, n in RUNS
    )
    end = 300 + SIDE * 4
    about = b"/Subtype/Ink/C[0 0 0]/BS<</W 4>>/InkList[%b]" % lists
    return annotated(about, rectangle=b"300 300 %d %d" % (end, end))


def pattern() -> bytes:
    cell = b"/PatternType 1/PaintType 1/TilingType 1/XStep 900/YStep 900/Resources<<>>/Matrix[3 0 0 3 200 300]"
    drawn = b"/Pattern cs /P scn 0 0 595 690 re f "
    return pdf(drawn, stream(cell + b"/BBox[0 0 %d %d]" % (SIDE, SIDE), runs()), resources=b"/Pattern<</P 5 0 R>>")


def shading() -> bytes:
    """A sampled function of two variables."""
    samples = b"".join(bytes(0 if dark else 255 for dark in row) for row in reversed(ROWS))
    function = b"/FunctionType 0/Domain[0 1 0 1]/Range[0 1]/Size[%d %d]/BitsPerSample 8/Order 1" % (SIDE, SIDE)
    about = b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Function 5 0 R>>>>"
    return pdf(b"q 400 0 0 400 100 200 cm /S sh Q", stream(function, samples), resources=about)


CODES = {
    "squares": pdf(at(300, 300, 100, squares() + b"f ")),
    "squares, each by itself": pdf(at(300, 300, 100, squares().replace(b"re", b"re f"))),
    "runs": pdf(at(300, 300, 100, runs())),
    "not packed": pdf(at(300, 300, 100, runs()), packed=False),
    "strokes": pdf(at(300, 300, 100, strokes())),
    "dashes": pdf(at(300, 300, 100, dashes())),
    "light on dark": pdf(at(300, 300, 120, b"-4 -4 %d %d re f 1 g " % (SIDE + 8, SIDE + 8) + runs(), SIDE + 8)),
    "in colours": pdf(b"0.1 0.2 0.6 rg 1 0.9 0.6 RG " + at(300, 300, 100, runs())),
    "small": pdf(at(60, 60, 40, runs())),
    "as large as the page": pdf(at(40, 150, 520, runs())),
    "in the corner": pdf(at(535, 3, 56, runs())),
    "beside a table": pdf(b"".join(b"60 %d 480 0.5 re f " % y for y in range(100, 280, 6)) + at(300, 300, 100, runs())),
    "twice": pdf(at(60, 60, 100, runs()) + at(400, 600, 80, runs())),
    "turned": pdf(b"q 0.9 0.3 -0.3 0.9 300 200 cm " + at(0, 0, 100, runs()) + b"Q "),
    "page turned": pdf(at(60, 300, 100, runs()), page=b"/Rotate 90"),
    "page cropped": pdf(at(300, 300, 100, runs()), page=b"/CropBox[250 250 450 450]"),
    "page cropped and turned": pdf(at(300, 300, 100, runs()), page=b"/CropBox[250 250 500 450]/Rotate 270"),
    "image": pdf(at(300, 300, 100, DO, 1), stream(PICTURE, PIXELS), resources=X),
    "image on a turned page": pdf(at(60, 600, 90, DO, 1), stream(PICTURE, PIXELS), resources=X, page=b"/Rotate 180"),
    "image in a form": pdf(
        at(300, 300, 100, DO), stream(FORM + b"/Resources<</XObject<</X 6 0 R>>>>", at(0, 0, SIDE, DO, 1)),
        stream(PICTURE, PIXELS), resources=X,
    ),
    "mask": pdf(
        at(300, 300, 100, DO, 1),
        stream(PICTURE.replace(b"/ColorSpace/DeviceGray", b"/ImageMask true"), PIXELS),
        resources=X,
    ),
    "inline image": pdf(
        at(300, 300, 100, b"BI /W %d /H %d /BPC 1 /CS /G /F /AHx ID %b> EI " % (SIDE, SIDE, PIXELS.hex().encode()), 1)
    ),
    "strips": pdf(at(300, 300, 100, strips()[0]), *strips()[1], resources=strips()[2]),
    "form": pdf(at(300, 300, 100, DO), stream(FORM, runs()), resources=X),
    "a form that is one square": pdf(
        at(300, 300, 100, b"".join(b"q %d 0 0 1 %d %d cm /X Do Q " % (n, x, y) for x, y, n in RUNS)),
        stream(FORM, b"0 0 1 1 re f "), resources=X,
    ),
    "letters drawn in the file": by_letters(),
    "pattern": pattern(),
    "shading": shading(),
    "stamp": annotated(b"/Subtype/Stamp/AP<</N 6 0 R>>", stream(FORM, runs())),
    "stamp with an image": annotated(
        b"/Subtype/Stamp/AP<</N 6 0 R>>", stream(FORM + b"/Resources<</XObject<</X 7 0 R>>>>", at(0, 0, SIDE, DO, 1)),
        stream(PICTURE, PIXELS),
    ),
    "field": annotated(b"/Subtype/Widget/FT/Sig/T(S)/AP<</N 6 0 R>>", stream(FORM, runs())),
    "ink": in_ink(),
    "image whose name is written oddly": pdf(
        at(300, 300, 100, DO, 1), stream(PICTURE.replace(b"/Image", b"/Im#61ge"), PIXELS), resources=X
    ),
    "unpacked twice": pdf(at(300, 300, 100, DO), stream(FORM, zlib.compress(runs())).replace(
        b"/FlateDecode", b"[/FlateDecode/FlateDecode]"), resources=X),
}  # fmt: skip


@pytest.mark.parametrize("how", CODES)
def test_a_code_is_found_however_it_was_drawn(how: str) -> None:
    found, left = scan_first(CODES[how], 1)
    assert Counter(c.text for c in found) == Counter(c.text for c in scan(CODES[how])) == {TEXT: 1 + (how == "twice")}
    assert left == 0


def test_what_can_be_placed_is_looked_at_in_its_place() -> None:
    assert figures_of(CODES["runs"]) is figures_of(CODES["stamp"]) is figures_of(CODES["image"]) is Figures.OBJECTS


def test_letters_and_lines_are_not_drawn_at_all() -> None:
    lines = b"".join(b"60 %d m 500 %d l S " % (y, y) for y in range(MIN_PIECES - 2))
    assert figures_of(pdf(lines)) is Figures.NONE
    assert figures_of(pdf(lines + b"0 0 9 9 re f ")) is Figures.OBJECTS
    assert scan_first(b"%PDF-1.7 nothing that could be shown", 1) == ((), 0)
