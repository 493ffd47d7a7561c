"""Forgeries of the form: signatures taken away, doubled or spoofed, values and appearances of fields changed."""

from __future__ import annotations

from collections.abc import Iterator

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened, Ref
from tests.signing.signed_pdfs import FIELD

from .case import Recipes

RECIPES = Recipes()
forged = RECIPES.forged
harmless = RECIPES.harmless

COVER = b"1 1 1 rg 0 0 612 792 re f BT /F1 24 Tf 72 700 Td (Forged) Tj ET"


def with_form(o: Opened, **entries: object) -> dict[int, bytes]:
    """The objects that give the form these entries."""
    reference = o.catalog["AcroForm"]
    form = {**o.file.dictionary(reference, o.file.last), **entries}
    form = {key: value for key, value in form.items() if value is not None}
    if isinstance(reference, Ref):
        return {reference.number: forge.write(form)}
    return {o.root: o.changed(o.root, AcroForm=form)}


def signed_fields(o: Opened) -> list[int]:
    """Numbers of the fields that hold a signature, the first first."""
    return [n for n in o.fields() if isinstance(v := o.get(n), dict) and v.get("FT") == "Sig" and "V" in v]


def first_page(o: Opened) -> int:
    number = o.pages()[0]
    while (page := o.get(number)) and page.get("Type") == "Pages":  # type: ignore[union-attr]
        number = o.file.array(page["Kids"], o.file.last)[0].number  # type: ignore[index]
    return number


def with_annots(o: Opened, *added: int) -> dict[int, bytes]:
    """The first page with annotations added to its list."""
    page = first_page(o)
    old = o.file.array(o.get(page).get("Annots"), o.file.last)  # type: ignore[union-attr]
    return {page: o.changed(page, Annots=[*old, *(Ref(n, 0) for n in added)])}


def appearance(body: bytes = COVER) -> bytes:
    font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}
    about = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 612, 792], "Resources": {"Font": {"F1": font}}}
    return forge.stream(body, **about)


# --- signatures taken away or doubled


@forged("form or field removed", "the last revision has no form, so viewers show no signature")
def no_form(o: Opened) -> bytes:
    return o.append({o.root: o.changed(o.root, AcroForm=None)})


@forged("form or field removed", "the form lists no field")
def no_fields(o: Opened) -> Iterator[tuple[str, bytes]]:
    yield "empty", o.append(with_form(o, Fields=[]))
    yield "absent", o.append(with_form(o, Fields=None))
    yield "null", o.append({o.root: o.changed(o.root, AcroForm=None)[:-2] + b" /AcroForm null>>"})


@forged("form or field removed", "a field no longer has its signature")
def no_value(o: Opened) -> Iterator[tuple[str, bytes]]:
    for i, field in enumerate(signed_fields(o)):
        yield f"{i}-value", o.append({field: o.changed(field, V=None)})
        yield f"{i}-type", o.append({field: o.changed(field, FT="Tx")})
        yield f"{i}-null", o.append({field: b"null"})


@forged("form or field removed", "the object of a signature is freed or emptied")
def no_dictionary(o: Opened) -> Iterator[tuple[str, bytes]]:
    for i, field in enumerate(signed_fields(o)):
        value = o.get(field)["V"]  # type: ignore[index]
        if isinstance(value, Ref):
            yield f"{i}-freed", o.append({}, free=[value.number])
            yield f"{i}-emptied", o.append({value.number: b"<</Type /Sig>>"})
            yield f"{i}-null", o.append({value.number: b"null"})


@forged("spoofed dictionaries", "one signature stands in two fields")
def in_two_fields(o: Opened) -> bytes | None:
    for field in signed_fields(o):
        value = o.get(field)["V"]  # type: ignore[index]
        fields = [*(Ref(n, 0) for n in o.fields()), Ref(9010, 0)]
        new = forge.write({**FIELD, "T": b"Boss", "V": value, "P": Ref(first_page(o), 0)})
        return o.append({9010: new, **with_form(o, Fields=fields)})
    return None


@forged("spoofed dictionaries", "a copy of a signature stands in a field of its own")
def copied(o: Opened) -> Iterator[tuple[str, bytes]]:
    for field in signed_fields(o)[:1]:
        value = o.get(field)["V"]  # type: ignore[index]
        held = o.get(value.number) if isinstance(value, Ref) else value
        fields = [*(Ref(n, 0) for n in o.fields()), Ref(9010, 0)]
        new = forge.write({**FIELD, "T": b"Boss", "V": Ref(9011, 0), "P": Ref(first_page(o), 0)})
        objects = {9010: new, 9011: forge.write(held)}
        yield "listed", o.append({**objects, **with_form(o, Fields=fields)})
        yield "unlisted", o.append(objects)
        bare = forge.write({"Type": "Sig", "Filter": "Adobe.PPKLite", "SubFilter": "ETSI.CAdES.detached"})
        yield "hollow", o.append({9010: new, 9011: bare, **with_form(o, Fields=fields)})


@forged("spoofed dictionaries", "what the signature dictionary says was rewritten: name, time, place, reason")
def rewritten(o: Opened) -> Iterator[tuple[str, bytes]]:
    for i, field in enumerate(signed_fields(o)[:1]):
        value = o.get(field)["V"]  # type: ignore[index]
        if isinstance(value, Ref):
            for key, said in (("M", b"D:20200101000000Z"), ("Name", b"Minister"), ("Reason", b"I agree")):
                yield f"{i}-{key}", o.append({value.number: o.changed(value.number, **{key: said})})
            for key in ("/Contents <00>", "/ByteRange [0 1 2 3]", "/SubFilter /adbe.pkcs7.detached"):
                text = o.changed(value.number)[:-2] + key.encode() + b">>"
                yield f"{i}-twice{key.split()[0][1:]}", o.append({value.number: text})


# --- fields drawn or filled by a forger


@forged("sneaky signature", "an empty signature field lies over the page")
def cover_field(o: Opened) -> Iterator[tuple[str, bytes]]:
    about = {**FIELD, "Rect": [0, 0, 612, 792], "T": b"Cover", "AP": {"N": Ref(9011, 0)}, "P": Ref(first_page(o), 0)}
    fields = [*(Ref(n, 0) for n in o.fields()), Ref(9010, 0)]
    objects = {9010: forge.write(about), 9011: appearance(), **with_annots(o, 9010)}
    yield "listed", o.append({**objects, **with_form(o, Fields=fields)})
    yield "unlisted", o.append(objects)
    held = {**about, "V": {"Type": "Sig", "Filter": "Adobe.PPKLite", "Name": b"Minister"}}
    yield "said-signed", o.append({**objects, 9010: forge.write(held), **with_form(o, Fields=fields)})


@forged("sneaky signature", "the appearance of a signature was replaced")
def other_appearance(o: Opened) -> Iterator[tuple[str, bytes]]:
    for i, field in enumerate(signed_fields(o)):
        new = o.changed(field, AP={"N": Ref(9011, 0)}, Rect=[0, 0, 612, 792])
        yield f"{i}-new", o.append({field: new, 9011: appearance()})
        looks = o.file.dictionary(o.get(field).get("AP"), o.file.last).get("N")  # type: ignore[union-attr]
        if isinstance(looks, Ref):
            yield f"{i}-rewritten", o.append({looks.number: appearance()})


@forged("sneaky signature", "a field that holds a signature was moved, renamed or hidden")
def moved_field(o: Opened) -> Iterator[tuple[str, bytes]]:
    for field in signed_fields(o)[:1]:
        yield "moved", o.append({field: o.changed(field, Rect=[10, 10, 400, 400])})
        yield "renamed", o.append({field: o.changed(field, T=b"Boss")})
        yield "hidden", o.append({field: o.changed(field, F=2)})


@forged(
    "form values",
    "the value of a field that viewers draw was given another appearance",
    bases=("form", "certified-2", "certified-3"),
)
def shows_other_value(o: Opened) -> Iterator[tuple[str, bytes]]:
    text = 6
    yield "cover", o.append({text: o.changed(text, AP={"N": Ref(9011, 0)}), 9011: appearance()})
    wide = {"AP": {"N": Ref(9011, 0)}, "Rect": [0, 0, 612, 792]}
    yield "moved", o.append({text: o.changed(text, **wide), 9011: appearance()})


@forged(
    "form values",
    "a field was renamed, retyped, given an action or taken away",
    bases=("form", "certified-1", "certified-2", "certified-3"),
)
def other_field(o: Opened) -> Iterator[tuple[str, bytes]]:
    script = {"S": "JavaScript", "JS": b"this.getField('Amount').value='9'"}
    changes = {"T": b"Sum", "FT": "Btn", "A": script, "AA": {"K": script}, "Ff": 1, "Rect": [0, 0, 9, 9], "MaxLen": 1}
    for key, value in changes.items():
        yield key, o.append({6: o.changed(6, **{key: value})})
    yield "gone", o.append({8: forge.write([Ref(7, 0)])})


@forged(
    "form values", "a new field with a value was added", bases=("form", "certified-1", "certified-2", "certified-3")
)
def new_field(o: Opened) -> bytes:
    field = {**FIELD, "FT": "Tx", "T": b"Bonus", "V": b"1000", "P": Ref(first_page(o), 0)}
    fields = [*(Ref(n, 0) for n in o.fields()), Ref(9010, 0)]
    return o.append({9010: forge.write(field), **with_form(o, Fields=fields), **with_annots(o, 9010)})


@forged(
    "form values",
    "viewers are told to draw all fields anew, or with other fonts",
    bases=("form", "certified-2", "certified-3"),
)
def drawn_anew(o: Opened) -> Iterator[tuple[str, bytes]]:
    yield "need-appearances", o.append(with_form(o, NeedAppearances=True))
    yield "xfa", o.append(with_form(o, XFA=Ref(9011, 0)) | {9011: forge.stream(b"<xdp/>")})
    yield "calculation", o.append(with_form(o, CO=[Ref(6, 0)]))


def filled(o: Opened) -> bytes:
    """The text field filled as a viewer does it: value and matching appearance, inside its rectangle."""
    font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}
    about = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 128, 20], "Resources": {"Font": {"Helv": font}}}
    look = forge.stream(b"/Tx BMC q BT /Helv 12 Tf 0 g 2 5 Td (250) Tj ET Q EMC", **about)
    return o.append({6: o.changed(6, V=b"250", AP={"N": Ref(9011, 0)}), 9011: look})


@harmless(
    "harmless: form filling",
    "a text field was filled, which DocMDP 2 and 3 allow",
    bases=("certified-2", "certified-3"),
)
def fills(o: Opened) -> bytes:
    return filled(o)


@forged("certification", "a text field was filled though DocMDP 1 forbids every change", bases=("certified-1",))
def fills_though_forbidden(o: Opened) -> bytes:
    return filled(o)
