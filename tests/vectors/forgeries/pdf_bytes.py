"""Forgeries that only move bytes: byte ranges, /Contents, and what stands outside every revision.

USF is the universal signature forgery, SWA the signature wrapping attack of Mladenov, Mainka and others, "1 Trillion
Dollar Refund: How To Spoof PDF Signatures" (2019).
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened

from .case import Recipes

RECIPES = Recipes()
forged = RECIPES.forged

FORGED_TEXT = b"BT /F1 24 Tf 72 700 Td (Forged) Tj ET"
RANGES = [
    b"null", b"[]", b"[0 0 0 0]", b"[0 -1 5 9]", b"[1 100 200 300]", b"[0 1 2]", b"[0 1 2 3 4 5]", b"[0 1.0 2 3]",
    b"[0 9999999999 9999999999 1]", b"3 0 R", b"(x)", b"[null 1 2 3]",
]  # fmt: skip
CONTENTS = [b"null", b"<>", b"<00>", b"()", b"(0)", b"[]", b"5 0 R"]


def labels(values: list[bytes]) -> Iterator[tuple[str, bytes]]:
    return ((f"{i:02}", value) for i, value in enumerate(values))


@forged("USF: byte range", "the byte range covers nothing, or is none")
def usf_range(o: Opened) -> Iterator[tuple[str, bytes]]:
    for label, value in labels(RANGES):
        yield label, forge.replaced_range(o.data, value)


@forged("USF: byte range", "the signature has no byte range")
def usf_no_range(o: Opened) -> bytes:
    return o.data.replace(b"/ByteRange", b"/ByteXange")


@forged("USF: contents", "/Contents is no signature", bases=("page", "hanko-pades", "openssl"))
def usf_contents(o: Opened) -> Iterator[tuple[str, bytes]]:
    for label, value in labels(CONTENTS):
        yield label, forge.replaced_contents(o.data, value)


@forged("USF: contents", "/Contents has the right size and is empty")
def usf_empty(o: Opened) -> Iterator[tuple[str, bytes]]:
    a, b, _ = forge.byte_range(o.data)
    for label, fill in (("zeros", b"0"), ("fs", b"F"), ("blanks", b" ")):
        yield label, o.data[: a + 1] + fill * (b - a - 2) + o.data[b - 1 :]


@forged("USF: contents", "the signature has no /Contents")
def usf_no_contents(o: Opened) -> bytes:
    a, _, _ = forge.byte_range(o.data)
    at = o.data.rindex(b"/Contents", 0, a + 1)
    return o.data[:at] + b"/Cxntents" + o.data[at + 9 :]


@forged("byte-range tricks", "the gap between the ranges is not exactly /Contents")
def gap(o: Opened) -> Iterator[tuple[str, bytes]]:
    a, b, end = forge.byte_range(o.data)
    moves = {"wider-left": (a - 1, b), "wider-right": (a, b + 1), "narrower": (a + 1, b - 1), "wide": (a - 40, b)}
    for label, (start, stop) in moves.items():
        yield label, forge.replaced_range(o.data, b"[0 %d %d %d]" % (start, stop, end - stop))


@forged("byte-range tricks", "the second range stops before the end of the revision")
def short_range(o: Opened) -> bytes:
    a, b, end = forge.byte_range(o.data)
    return forge.replaced_range(o.data, b"[0 %d %d %d]" % (a, b, end - b - 7))


@RECIPES.harmless(
    "harmless: padding", "behind the signature inside /Contents stand bytes that nobody signed and nothing shows"
)
def padding(o: Opened) -> bytes | None:
    _, b, _ = forge.byte_range(o.data)
    return o.data[: b - 3] + b"01>" + o.data[b:] if o.data[b - 5 : b] == b"0000>" else None


@forged("byte-range tricks", "an object hides between the end of /Contents and the second range")
def between(o: Opened) -> bytes:
    a, b, end = forge.byte_range(o.data)
    fake = b"\n4 0 obj\n" + forge.stream(FORGED_TEXT) + b"\nendobj\n"
    return forge.replaced_range(o.data[:b] + fake + o.data[b:], b"[0 %d %d %d]" % (a, b + len(fake), end - b))


@forged("SWA: wrapping", "the signed rest was moved behind a revision of the forger's")
def wrapped(o: Opened) -> Iterator[tuple[str, bytes]]:
    a, b, end = forge.byte_range(o.data)
    fake = b"4 0 obj\n" + forge.stream(FORGED_TEXT) + b"\nendobj\n"
    table = b"xref\n4 1\n%010d 00000 n\r\n" % b + b"trailer\n"
    about = {"Size": o.size, "Root": o.trailer["Root"], "Prev": o.startxref() + len(fake)}
    tail = fake + table + forge.write(about) + b"\nstartxref\n%d\n%%%%EOF\n" % (b + len(fake))
    moved = o.data[:b] + tail + o.data[b:]
    numbers = b"[0 %d %d %d]" % (a, b + len(tail), end - b)
    yield "inside", forge.replaced_range(moved, numbers)
    yield (
        "inside-open",
        forge.replaced_range(o.data[:b] + fake + o.data[b:], b"[0 %d %d %d]" % (a, b + len(fake), end - b)),
    )


@forged("SWA: wrapping", "the signed bytes stand once more at the end, and the range points to those")
def wrapped_behind(o: Opened) -> bytes:
    a, b, end = forge.byte_range(o.data)
    body = {4: forge.stream(FORGED_TEXT)}
    longer = o.append(body)
    rest = o.data[b:end]
    return forge.replaced_range(longer + rest, b"[0 %d %d %d]" % (a, len(longer), len(rest)))


@forged("unsigned bytes", "bytes stand behind the last revision")
def behind(o: Opened) -> Iterator[tuple[str, bytes]]:
    tails = {
        "words": b"x" * 100, "object": b"1 0 obj<</Type/Catalog>>endobj", "end": b"%%EOF\n", "nul": b"\0" * 9,
        "second-file": b"%PDF-1.7\n" + forge.document(forge.page_document("Forged")),
    }  # fmt: skip
    for label, tail in tails.items():
        yield label, o.data + tail


@forged("unsigned bytes", "bytes stand before the header, so every offset is off")
def before(o: Opened) -> Iterator[tuple[str, bytes]]:
    yield "blank", b"\n" + o.data
    yield "words", b"<html>x</html>\n" + o.data


@forged("unsigned bytes", "a byte of what is signed differs")
def flipped(o: Opened) -> Iterator[tuple[str, bytes]]:
    a, b, end = forge.byte_range(o.data)
    for label, at in (("head", 12), ("middle", a // 2), ("before-gap", a - 3), ("tail", b + (end - b) // 2)):
        yield label, o.data[:at] + bytes([o.data[at] ^ 1]) + o.data[at + 1 :]


@forged("unsigned bytes", "the end of the file was cut off")
def cut(o: Opened) -> Iterator[tuple[str, bytes]]:
    _, b, end = forge.byte_range(o.data)
    yield "half", o.data[: (b + end) // 2]
    yield "last", o.data[: end - 9]


@forged("polyglot", "the file is something else as well")
def polyglot(o: Opened) -> Iterator[tuple[str, bytes]]:
    import io
    import zipfile

    out = io.BytesIO(o.data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("index.html", "<h1>Forged</h1>")
    yield "zip", out.getvalue()
    yield "html", o.data + b"\n<html><script>document.body.innerHTML='Forged'</script></html>"
