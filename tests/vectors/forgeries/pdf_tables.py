"""Forgeries of cross-reference tables: what two readers show differs, or one reader rebuilds what another believes.

ISA is the incremental saving attack (Mladenov and others 2019) in its four variants: with a table and a trailer of its
own, without a table, with an empty or broken one, and with a copied signature.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened, Ref

from .case import Answer, Recipes
from .pdf_bytes import FORGED_TEXT

RECIPES = Recipes()
forged = RECIPES.forged


def fake_page(o: Opened) -> dict[int, bytes]:
    """Objects that put a page of the forger's in the place of all others."""
    pages = o.catalog["Pages"].number
    page = {
        "Type": "Page", "Parent": Ref(pages, 0), "MediaBox": [0, 0, 612, 792], "Contents": Ref(9001, 0),
        "Resources": {"Font": {"F1": {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}}},
    }  # fmt: skip
    return {
        pages: o.changed(pages, Kids=[Ref(9000, 0)], Count=1), 9000: forge.write(page), 9001: forge.stream(FORGED_TEXT),
    }  # fmt: skip


def body_of(o: Opened, good: bytes) -> bytes:
    return good[len(o.data) : good.rindex(b"xref\n", 0, good.rindex(b"startxref"))]


@forged("ISA: incremental saving", "a whole revision replaces the pages")
def isa_whole(o: Opened) -> bytes:
    return o.append(fake_page(o))


@forged("ISA: incremental saving", "objects are appended without a table")
def isa_no_table(o: Opened) -> Iterator[tuple[str, bytes]]:
    body = body_of(o, o.append(fake_page(o)))
    root = b"%d 0 R" % o.root
    yield "bare", o.data + body
    yield "trailer", o.data + body + b"trailer\n<</Root " + root + b">>\n"
    yield "end", o.data + body + b"%%EOF\n"
    yield "empty-trailer", o.data + body + b"xref\ntrailer\n<<>>\n%%EOF"
    yield "startxref", o.data + body + b"startxref\n0\n%%EOF\n"


@forged("ISA: incremental saving", "objects are appended behind a broken table that readers rebuild")
def isa_broken_table(o: Opened) -> Iterator[tuple[str, bytes]]:
    good = o.append(fake_page(o))
    at = good.rindex(b"startxref")
    table = good.rindex(b"xref\n", 0, at)
    old = b"startxref\n%d\n%%%%EOF\n" % o.startxref()
    yield "old-startxref", good[:table] + old
    yield "garbage", good[:table] + b"xref\ngarbage\n" + old
    empty = b"xref\n0 1\n0000000000 65535 f\r\n" + good[good.index(b"trailer", table) :]
    yield "names-nothing", good[:table] + empty
    yield "leads-nowhere", good[: at + 10] + b"999999\n%%EOF\n"
    yield "no-startxref", good[:at]
    yield "wrong-offsets", re.sub(rb"\d{10} 00000 n\r\n(?=trailer)", b"0000000007 00000 n\r\n", good)


@forged("ISA: incremental saving", "a copy of the signature dictionary covers the forger's revision in appearance")
def isa_copied_signature(o: Opened) -> bytes | None:
    for field in o.fields():
        value = o.get(field)
        held = value.get("V") if isinstance(value, dict) else None
        if isinstance(held, Ref):
            copy = forge.write(o.get(held.number))
            return o.append({**fake_page(o), field: o.changed(field, V=Ref(9002, 0)), 9002: copy})
    return None


@forged("ambiguous tables", "an object stands in the file that no table names")
def stray_object(o: Opened) -> bytes:
    pages = o.catalog["Pages"].number
    stray = b"%d 0 obj\n" % pages + o.changed(pages, Kids=[]) + b"\nendobj\n"
    return o.append({9000: b"null"}, junk=stray)


@forged("ambiguous tables", "the new revision's /Prev skips the signed one")
def skipped(o: Opened) -> bytes | None:
    if len(o.file.revisions) < 2:
        return None
    base = o.file.revisions[0].sections[0].start
    return o.append(fake_page(o), trailer={"Prev": base})


@forged("ambiguous tables", "a table sends a number to a place that holds another object")
def misdirected(o: Opened) -> Iterator[tuple[str, bytes]]:
    pages = o.catalog["Pages"].number
    yield "other-object", o.append({}, offsets={pages: o.data.index(b" obj") - 3})
    yield "inside-stream", o.append({}, offsets={pages: len(o.data) // 2})
    yield "zero", o.append({9000: b"null"}, offsets={0: len(o.data) - 20})


@forged("ambiguous tables", "one object stands twice in the new revision; the table names only one")
def twice(o: Opened) -> bytes:
    pages = o.catalog["Pages"].number
    first = b"%d 0 obj\n" % pages + o.changed(pages) + b"\nendobj\n"
    forged_pages = fake_page(o)
    at = len(o.data) + (0 if o.data.endswith((b"\n", b"\r")) else 1)
    return o.append({**forged_pages}, junk=first, offsets={9003: at})


@forged("ambiguous tables", "the table lists one number twice")
def listed_twice(o: Opened) -> bytes:
    good = o.append(fake_page(o))
    at = good.rindex(b"trailer")
    pages = o.catalog["Pages"].number
    return good[:at] + b"%d 1\n%010d 00000 n\r\n" % (pages, o.file.entry(pages, o.file.last)[1] or 9) + good[at:]


@forged("ambiguous tables", "/Prev leads in a circle")
def circle(o: Opened) -> bytes:
    longer = o.append(fake_page(o))
    at = longer.rindex(b"xref\n", 0, longer.rindex(b"startxref"))
    return re.sub(rb"/Prev \d+(?=.{0,60}startxref\n\d+\n%%EOF\n$)", b"/Prev %d" % at, longer, flags=re.DOTALL)


@forged("hybrid tricks", "the new revision's /XRefStm shows other objects to newer readers")
def hybrid(o: Opened) -> Iterator[tuple[str, bytes]]:
    fakes = fake_page(o)
    out = bytearray(o.data if o.data.endswith(b"\n") else o.data + b"\n")
    places = {}
    for number, body in fakes.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    at = len(out)
    index = [n for number in sorted(places) for n in (number, 1)]
    rows = b"".join(b"\x01" + places[n].to_bytes(4, "big") + b"\0" for n in sorted(places))
    out += b"9005 0 obj\n" + forge.stream(rows, Type="XRef", W=[1, 4, 1], Size=9100, Index=index) + b"\nendobj\n"
    yield "hidden-pages", bytes(out) + o.table({9005: at}, (), len(out), {"XRefStm": at})
    yield "nowhere", o.append(fakes, trailer={"XRefStm": len(o.data) - 5})
    yield "itself", o.append(fakes, trailer={"XRefStm": o.startxref()})


@forged("hybrid tricks", "/XRefStm leads nowhere; rebuilt or not, the same is shown", answer=Answer.UNPROVEN)
def hybrid_broken(o: Opened) -> Iterator[tuple[str, bytes]]:
    yield "nowhere", o.append({9000: b"null"}, trailer={"XRefStm": len(o.data) - 5})
    if o.data.startswith(b"xref", o.startxref()):  # a stream there says again what is known
        yield "itself", o.append({9000: b"null"}, trailer={"XRefStm": o.startxref()})


@forged("object streams", "the pages are replaced by an object in an object stream")
def packed(o: Opened) -> Iterator[tuple[str, bytes]]:
    pages = o.catalog["Pages"].number
    fakes = fake_page(o)
    head = b"%d 0 " % pages
    container = forge.stream(
        zlib.compress(head + fakes[pages]), Type="ObjStm", N=1, First=len(head), Filter="FlateDecode"
    )
    plain = {9000: fakes[9000], 9001: fakes[9001]}
    yield "plain", with_container(o, plain, container, pages)
    yield "no-type", with_container(o, plain, container.replace(b"/ObjStm", b"/Other"), pages)


@forged("object streams", "a container in a later revision is decoded differently by different readers")
def packed_odd(o: Opened) -> Iterator[tuple[str, bytes]]:
    root, head = o.changed(o.root), b"%d 0 " % o.root
    other = o.changed(o.root, Pages=Ref(91, 0))
    both = b"%d 0 %d %d " % (o.root, o.root, len(root) + 1)
    for label, start, body, more in (
        ("external", head, root, {"F": b"objects.bin"}),
        ("short-names", head, root, {"DP": {"Predictor": 12, "Columns": 4}}),
        ("number-twice", both, root + b" " + other, {"N": 2}),
        ("odd-blank", head.replace(b" ", b"\x0b", 1), root, {}),
    ):
        about = {"Type": "ObjStm", "N": 1, "First": len(start), "Filter": "FlateDecode", **more}
        yield label, with_container(o, {}, forge.stream(zlib.compress(start + body), **about), o.root)


def with_container(o: Opened, objects: dict[int, bytes], container: bytes, inside: int) -> bytes:
    """A revision with a cross-reference stream, in which the object `inside` stands in an object stream."""
    out = bytearray(o.data if o.data.endswith(b"\n") else o.data + b"\n")
    rows: dict[int, tuple[int, int, int]] = {inside: (2, 9006, 0)}
    for number, body in {**objects, 9006: container}.items():
        rows[number] = (1, len(out), 0)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    at = len(out)
    rows[9007] = (1, at, 0)
    entries = b"".join(bytes([k]) + a.to_bytes(4, "big") + bytes([b]) for _, (k, a, b) in sorted(rows.items()))
    index = [n for number in sorted(rows) for n in (number, 1)]
    about = {"Type": "XRef", "W": [1, 4, 1], "Size": 9008, "Index": index, "Prev": o.startxref()}
    table = forge.stream(entries, **about, Root=o.trailer["Root"])
    return bytes(out) + b"9007 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


@forged(
    "encryption",
    "encryption was switched on after signing; without a password nobody can read on",
    answer=Answer.UNPROVEN,
)
def encrypted_later(o: Opened) -> Iterator[tuple[str, bytes]]:
    key = {"O": bytes(32), "U": bytes(32), "P": -4, "Filter": "Standard"}
    handlers: dict[str, dict[str, object]] = {
        "rc4": {**key, "V": 2, "R": 3, "Length": 128},
        "identity": {**key, "V": 4, "R": 4, "Length": 128, "StmF": "Identity", "StrF": "Identity", "CF": {}},
        "embedded-only": {
            **key, "V": 4, "R": 4, "Length": 128, "StmF": "Identity", "StrF": "Identity", "EFF": "StdCF",
            "CF": {"StdCF": {"CFM": "AESV2", "AuthEvent": "EFOpen", "Length": 16}},
        },
        "public-key": {"Filter": "Adobe.PubSec", "SubFilter": "adbe.pkcs7.s5", "V": 4, "CF": {}},
    }  # fmt: skip
    identity = [b"0" * 16, b"0" * 16]
    for label, handler in handlers.items():
        trailer = {"Encrypt": Ref(9080, 0), "ID": identity}
        yield label, o.append({9080: forge.write(handler)}, trailer=trailer)
        yield f"{label}-pages", o.append({**fake_page(o), 9080: forge.write(handler)}, trailer=trailer)
