"""Whether a field was filled in as the form meant it (ISO 32000-2 §12.7.4): its value, and that value's look.

Filling is what DocMDP 2 and 3 leave to the people after a signature, and whoever prepared the file can have prepared
the field too: one that covers the page, shows other than its value, or paints over what stands below it. So only the
value, the state and the appearance may change, of a field that was open to be filled; the appearance draws text inside
the unchanged rectangle, and that text is the value. Where the text cannot be read the answer is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

from ..errors import SigningError
from .buttons import switches, ticks
from .content import READABLE, operations, shown_text
from .form import Field, form_of, text_of
from .ledger import Ledger, differing
from .looks import (
    MAX_LOOK_BYTES,
    covers,
    frame_of,
    is_modest_default,
    is_modest_text,
    letters_are_usual,
    numbers_of,
    operations_of,
    scale_of,
)
from .objects import PdfDict, PdfStream, Ref, same

MAX_PARENTS = 50  # fields above a field, in which what it inherits is sought

_VALUE_KEYS = frozenset({"V", "AS", "AP", "M", "I"})
_READ_ONLY, _PUSH_BUTTON, _PASSWORD, _FILE_SELECT = 1, 1 << 16, 1 << 13, 1 << 20
_LOOK_KEYS = frozenset(
    {"Type", "Subtype", "FormType", "BBox", "Matrix", "Resources", "Length", "Filter", "DecodeParms", "LastModified"}
)
_LOOK_RESOURCES = frozenset({"Font", "ProcSet", "Encoding"})
# Text, its state and colour, clipping to a rectangle, marked content; nothing that paints an area or another object.
_TEXT_OPERATORS = frozenset(
    b"BMC BDC EMC q Q cm BT ET Tf Td TD Tm T* Tj TJ ' \" Tc Tw Tz TL Ts g rg k G RG K re W W* n w".split()
)
_FILL_OPERATORS = frozenset(b"f F f* B B* b b* S s".split())
_BLANK = re.compile(r"\s+")


class Filled(Enum):
    """Whether a change of a field is nothing but its filling in."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()


def how_filled(ledger: Ledger, old: Field, new: Field) -> Filled:
    """What was done to a field that is no signature's, it and its widgets; nothing is entered into `ledger`."""
    if (old.name, old.kind, old.widgets) != (new.name, new.kind, new.widgets) or not _is_open(ledger, old):
        return Filled.NO
    parts = list(_changed_parts(ledger, old, new))
    if not all(_only_values(ledger, a, b) for a, b in parts):
        return Filled.NO
    if new.kind == "Btn":
        if not all(switches(ledger, a, b) for a, b in parts):
            return Filled.NO
        return Filled.YES if all(ticks(ledger, a, b) for a, b in parts) else Filled.UNKNOWN
    if new.kind not in ("Tx", "Ch"):
        return Filled.NO
    value = _value_text(ledger, new.value.get("V"), ledger.new)
    if value is None or any("AS" in differing(a, b) for a, b in parts):
        return Filled.NO
    return _worst(_looks_like(ledger, old, a, b, value) for a, b in parts)


def was_empty(ledger: Ledger, field: Field) -> bool:
    """Whether a field held nothing when it was signed, or a button was off."""
    value = ledger.file.resolve(field.value.get("V"), ledger.old)
    return value in (None, b"", "Off", [])


def _is_open(ledger: Ledger, field: Field) -> bool:
    """Whether the field could be filled in when it was signed."""
    flags = _inherited(ledger, field.value, "Ff")
    flags = flags if type(flags) is int else 0
    closed = _READ_ONLY | (_PUSH_BUTTON if field.kind == "Btn" else 0)
    return not flags & (closed | (_PASSWORD | _FILE_SELECT if field.kind == "Tx" else 0))


def _inherited(ledger: Ledger, value: PdfDict, key: str) -> Any:
    file, revision = ledger.file, ledger.old
    for _ in range(MAX_PARENTS):
        if key in value or "Parent" not in value:
            break
        value = file.dictionary(value["Parent"], revision)
    return file.resolve(value.get(key), revision)


def _changed_parts(ledger: Ledger, old: Field, new: Field) -> Iterator[tuple[PdfDict, PdfDict]]:
    """The field and its widgets before and now, as far as they changed."""
    yield old.value, new.value
    for widget in new.widgets:
        if widget != new.number:
            reference = Ref(widget, 0)
            yield ledger.file.dictionary(reference, ledger.old), ledger.file.dictionary(reference, ledger.new)


def _only_values(ledger: Ledger, a: PdfDict, b: PdfDict) -> bool:
    """Whether two states of a field differ in its value, its look and what programs note with them."""
    keys = differing(a, b)
    return keys <= _VALUE_KEYS and all(ledger.may_differ(key, a, b) for key in keys & {"M", "I"})


def _worst(found: Iterator[Filled]) -> Filled:
    every = set(found)
    return Filled.NO if Filled.NO in every else Filled.UNKNOWN if Filled.UNKNOWN in every else Filled.YES


def _value_text(ledger: Ledger, value: Any, revision: int) -> str | None:
    """A text field's or choice's value; None for one that is neither text nor a list of texts."""
    value = ledger.file.resolve(value, revision)
    parts = value if isinstance(value, list) else [b"" if value is None else value]
    texts = [ledger.file.resolve(part, revision) for part in parts]
    return "\n".join(map(text_of, texts)) if all(isinstance(text, bytes) for text in texts) else None


def _looks_like(ledger: Ledger, field: Field, a: PdfDict, b: PdfDict, value: str) -> Filled:
    """Whether a widget's new appearance draws the value and nothing else."""
    if "AP" not in differing(a, b) and not _in_place(ledger, b):
        # Without a look of its own the viewer draws the value; an old one that stays shows what it did.
        return Filled.YES if ("AP" in b and not _drawn_anew(ledger)) or _is_modest(ledger, b) else Filled.UNKNOWN
    before, now = (ledger.file.dictionary(w.get("AP"), r) for w, r in ((a, ledger.old), (b, ledger.new)))
    if not differing(before, now) <= {"N"}:
        return Filled.NO
    if "N" in before and not _said_so_before(ledger, field, before):
        return Filled.NO
    found = _draws(ledger, now.get("N"), value, before=before.get("N"), widget=b)
    return Filled.UNKNOWN if found is Filled.YES and _drawn_anew(ledger) and not _is_modest(ledger, b) else found


def _drawn_anew(ledger: Ledger) -> bool:
    """Whether viewers are told to draw the values by themselves, whatever looks there are."""
    said = form_of(ledger.file, ledger.old).get("NeedAppearances")
    return ledger.file.resolve(said, ledger.old) not in (None, False)


def _in_place(ledger: Ledger, widget: PdfDict) -> bool:
    """Whether the stream of the look was replaced under its own number."""
    look = ledger.file.dictionary(widget.get("AP"), ledger.new).get("N")
    return isinstance(look, Ref) and look.number in ledger.changed


def _said_so_before(ledger: Ledger, field: Field, looks: PdfDict) -> bool:
    """Whether the field showed its value when it was signed: one that did not was prepared to show another later."""
    look = ledger.file.resolve(looks.get("N"), ledger.old)
    value = _value_text(ledger, field.value.get("V"), ledger.old)
    try:
        shown = _text_of_look(ledger, look, ledger.old) if isinstance(look, PdfStream) else ""
    except SigningError:
        return False
    if shown is None:
        return value != ""  # letters that cannot be read, and no value that they could be
    return value is None or _plain(shown) in ("", _plain(value))


def _draws(ledger: Ledger, reference: Any, value: str, *, before: Any, widget: PdfDict) -> Filled:
    look = ledger.file.resolve(reference, ledger.new)
    if not isinstance(look, PdfStream) or not _is_plain_form(ledger, look):
        return Filled.NO
    if isinstance(reference, Ref) and not _is_own(ledger, reference.number, widget):
        return Filled.NO
    try:
        used = {o.operator for o in operations_of(look)}
        shown = _text_of_look(ledger, look, ledger.new)
    except SigningError:
        return Filled.NO
    if not used <= _TEXT_OPERATORS and not _paints_no_more(ledger, before, look, used):
        return Filled.NO
    if shown is None or not value.isascii():
        return Filled.UNKNOWN
    if not _hides_nothing(ledger, look, before, widget):
        return Filled.UNKNOWN
    return Filled.YES if _plain(shown) == _plain(value) else Filled.NO


def _hides_nothing(ledger: Ledger, look: PdfStream, before: Any, widget: PdfDict) -> bool:
    """Whether the letters of a look that can be read leave to be seen what was seen below it."""
    file, old = ledger.file, ledger.file.resolve(before, ledger.old)
    box, rectangle = (numbers_of(file, part, ledger.new) for part in (look.dict.get("BBox"), widget.get("Rect")))
    scale = scale_of(rectangle, box, turned="Matrix" in look.dict)
    light = isinstance(old, PdfStream) and covers(file, old, ledger.old)
    return is_modest_text(operations_of(look), scale, light=light)


def _is_modest(ledger: Ledger, widget: PdfDict) -> bool:
    """The same of a look that viewers make of the value."""
    usual = form_of(ledger.file, ledger.old).get("DA")
    said = _inherited(ledger, widget, "DA") or ledger.file.resolve(usual, ledger.old)
    try:
        drawn = list(operations(said, MAX_LOOK_BYTES)) if isinstance(said, bytes) else []
    except SigningError:
        return False
    names = [o.operands[0] for o in drawn if o.operator == b"Tf" and o.operands]
    fonts = ledger.file.dictionary(form_of(ledger.file, ledger.old).get("DR"), ledger.old).get("Font")
    held = [font for name, font in ledger.file.dictionary(fonts, ledger.old).items() if name in names]
    usual = all(_is_usual(ledger, ledger.file.dictionary(font, ledger.old)) for font in held)
    return usual and is_modest_default(drawn)


def _is_usual(ledger: Ledger, font: PdfDict) -> bool:
    return font.get("Subtype") in READABLE and letters_are_usual(ledger.file, font, ledger.old)


def _is_plain_form(ledger: Ledger, look: PdfStream) -> bool:
    """A form of its own size that needs fonts at most."""
    file, about = ledger.file, look.dict
    resources = file.dictionary(about.get("Resources"), ledger.new)
    box = [file.resolve(corner, ledger.new) for corner in file.array(about.get("BBox"), ledger.new)]
    return (
        about.keys() <= _LOOK_KEYS
        and about.get("Subtype") == "Form"
        and resources.keys() <= _LOOK_RESOURCES
        and len(box) == 4
        and all(type(corner) in (int, float) for corner in box)
    )


def _is_own(ledger: Ledger, number: int, widget: PdfDict) -> bool:
    """Whether the look belongs to this widget alone: a new object, or one that nothing else refers to."""
    if number in ledger.added:
        return True
    owners = {n for n, (_, new) in ledger.changed.items() if new is widget}
    owners |= {n for n in ledger.referrers().get(number, set()) if ledger.file.get(n, ledger.new) is widget}
    return number in ledger.changed and ledger.only_used_once(number, owners)


def _paints_no_more(ledger: Ledger, reference: Any, new: PdfStream, used: set[bytes]) -> bool:
    """Whether a look paints areas as it did when it was signed, or anew where nothing below it could be seen."""
    old = ledger.file.resolve(reference, ledger.old)
    try:
        if not isinstance(old, PdfStream) or not used <= _TEXT_OPERATORS | _FILL_OPERATORS:
            return False
        same_box = all(same(old.dict.get(key), new.dict.get(key)) for key in ("BBox", "Matrix"))
        return covers(ledger.file, old, ledger.old) or (same_box and frame_of(old) == frame_of(new))
    except SigningError:
        return False


def _text_of_look(ledger: Ledger, look: PdfStream, revision: int) -> str | None:
    """What an appearance says, with the fonts of its own and those that the form has for all fields."""
    file = ledger.file
    kinds: dict[str, Any] = {}
    for resources in (form_of(file, revision).get("DR"), look.dict.get("Resources")):
        fonts = file.dictionary(file.dictionary(resources, revision).get("Font"), revision)
        for name, held in fonts.items():
            font = file.dictionary(held, revision)
            kinds[name] = font.get("Subtype") if letters_are_usual(file, font, revision) else None
    return shown_text(operations_of(look), kinds)


def _plain(text: str) -> str:
    """A text without its spaces, which an appearance sets in many ways."""
    return _BLANK.sub("", text)
