"""Changes that leave every signature valid: evidence, unused objects, dates, and tables written in another style."""

from __future__ import annotations

from collections.abc import Iterator

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened, Ref

from .case import Recipes
from .pdf_fields import first_page
from .pdf_tables import with_container

RECIPES = Recipes()
harmless = RECIPES.harmless


@harmless("harmless: unused objects", "an object that nobody uses was added or freed")
def unused(o: Opened) -> Iterator[tuple[str, bytes]]:
    yield "added", o.append({9050: b"(nobody needs me)"})
    yield "null", o.append({9050: b"null"})
    yield "freed", o.append({}, free=[9050])
    longer = o.append({9050: b"(nobody needs me)"})
    yield "added-freed", Opened(longer).append({}, free=[9050])
    yield "nothing", o.append({})


@harmless("harmless: objects written again", "an object was written again and says the same")
def same_again(o: Opened) -> Iterator[tuple[str, bytes]]:
    page = first_page(o)
    yield "page", o.append({page: o.changed(page)})
    yield "catalog", o.append({o.root: o.changed(o.root)})
    pages = o.catalog["Pages"].number
    yield "pages", o.append({pages: o.changed(pages)})
    yield "twice", Opened(o.append({page: o.changed(page)})).append({pages: o.changed(pages)})


@harmless("harmless: table styles", "a revision with a cross-reference stream follows one with a table, or the reverse")
def table_styles(o: Opened) -> Iterator[tuple[str, bytes]]:
    page = first_page(o)
    yield "table", o.append({9050: b"(x)"})
    root = o.changed(o.root)
    container = forge.stream(b"%d 0 " % o.root + root, Type="ObjStm", N=1, First=len(b"%d 0 " % o.root))
    yield "stream", with_container(o, {page: o.changed(page)}, container, o.root)


@harmless("harmless: evidence", "the evidence in /DSS grew, or is sorted by signature")
def evidence(o: Opened) -> Iterator[tuple[str, bytes]]:
    place = o.catalog.get("DSS")
    store = o.file.dictionary(place, o.file.last)
    lists = {key: o.file.array(store.get(key), o.file.last) for key in ("Certs", "CRLs", "OCSPs")}
    grown = {"CRLs": [*lists["CRLs"], Ref(9060, 0)]}
    entry = {key[:-1]: value for key, value in lists.items() if value}
    yield "crl", _stored(o, {**store, **grown}, {9060: forge.stream(b"0")})
    yield "vri", _stored(o, {**store, "VRI": {"A" * 40: entry}}, {})
    yield "vri-time", _stored(o, {**store, "VRI": {"A" * 40: {**entry, "TU": b"D:20260101000000Z"}}}, {})
    yield "again", _stored(o, dict(store), {})


def _stored(o: Opened, store: dict[str, object], objects: dict[int, bytes]) -> bytes:
    return o.append({9061: forge.write(store), **objects, o.root: o.changed(o.root, DSS=Ref(9061, 0))})


@harmless("harmless: dates", "the document's dates were brought up to date", bases=("visible",))
def dates(o: Opened) -> bytes | None:
    info = o.trailer.get("Info")
    if isinstance(info, Ref):
        return o.append({info.number: o.changed(info.number, ModDate=b"D:20270101000000Z")})
    return None
