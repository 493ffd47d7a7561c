"""Documents that wait for their forgery: references to nothing, hidden content and layers, and prepared objects.

Each is given as it was signed, and as it becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from signing.pdf_check.objects import Ref
from signing.policy import Baseline
from tests.signing import pdf_forge as forge
from tests.signing.signed_pdfs import Samples

from .case import Answer, Case
from .pdf_bases import Bench
from .pdf_inline import INLINE
from .pdf_prepared import (
    ATTACKS,
    CONTENT,
    FORGED,
    NEW,
    PAGE,
    SHOWN,
    SPELLINGS,
    WHITE,
    Objects,
    drawing,
    page,
    stamped,
)
from .pdf_two_parts import PAINTED_BY_SOME, TWO_PARTS
from .pdf_values import HIDING
from .pdf_viewers import SHOWN_BY_ALL, SHOWN_BY_SOME
from .pdf_viewers import UNPROVEN as UNPROVEN_BY_VIEWERS


def _signed(samples: Samples, objects: Objects, **trailer: object) -> forge.Opened:
    return forge.Opened(samples.sign(forge.document(objects, **trailer), baseline=Baseline.B_LT))


def _spelt(samples: Samples) -> Iterator[tuple[str, forge.Opened, bytes]]:
    """A reference to nothing, in spellings that only some viewers take for one, is filled."""
    for number, contents in enumerate(SPELLINGS):
        objects = page() | {6: contents}
        objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
        opened = _signed(samples, objects)
        yield f"spelling-{number}", opened, opened.append({NEW: forge.stream(WHITE + FORGED)})


def _dangling(samples: Samples) -> Iterator[tuple[str, forge.Opened, bytes]]:
    """What is signed refers to an object that does not exist yet."""
    cover = forge.stream(WHITE + FORGED)
    objects = page()
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R 90 0 R]")
    opened = _signed(samples, objects)
    yield "content", opened, opened.append({NEW: cover})
    store = forge.write({"Type": "DSS", "Certs": [Ref(NEW, 0)]})
    root = opened.changed(opened.root, DSS=Ref(91, 0))
    yield "as-evidence", opened, opened.append({opened.root: root, 91: store, NEW: cover})
    objects = page() | {PAGE: page()[PAGE][:-2] + b" /Annots [90 0 R]>>"}
    opened = _signed(samples, objects)
    note = {"Type": "Annot", "Subtype": "Stamp", "Rect": [0, 0, 612, 792], "F": 4, "AP": {"N": Ref(91, 0)}}
    yield "annotation", opened, opened.append({NEW: forge.write(note), 91: drawing(WHITE + FORGED)})
    objects = page(b"/X Do " + SHOWN, b"/XObject <</X 90 0 R>>")
    opened = _signed(samples, objects)
    yield "drawing", opened, opened.append({NEW: drawing(WHITE + FORGED)})
    objects = page() | {2: page()[2].replace(b"[3 0 R]", b"[3 0 R 90 0 R]")}
    opened = _signed(samples, objects)
    yield "page", opened, opened.append({NEW: opened.changed(PAGE, Contents=Ref(91, 0)), 91: cover})


def _hidden(samples: Samples) -> Iterator[tuple[str, forge.Opened, bytes]]:
    """The content to be shown lies in the signed bytes already; the revision to come only turns a table to it."""
    objects = page() | {6: forge.stream(b"7 0 obj\n" + forge.stream(FORGED) + b"\nendobj\n")}
    opened = _signed(samples, objects)
    place = opened.data.index(b"7 0 obj\n", opened.data.index(b"6 0 obj"))
    yield "in-a-stream", opened, opened.append({}, offsets={CONTENT: place})
    objects = page() | {6: forge.stream(FORGED)}
    opened = _signed(samples, objects)
    entry = opened.file.entry(6, opened.file.last)
    yield "other-object", opened, opened.append({}, offsets={CONTENT: entry[1] if entry else 0})
    yield "other-page", opened, opened.append({PAGE: opened.changed(PAGE, Contents=Ref(6, 0))})


def _layers(samples: Samples) -> Iterator[tuple[str, forge.Opened, bytes]]:
    """Optional content that was signed switched off is switched on."""
    layers = {"OCGs": [Ref(6, 0)], "D": {"OFF": [Ref(6, 0)], "Order": [Ref(6, 0)]}}
    marked = SHOWN + b" /OC /L BDC " + WHITE + FORGED + b" EMC"
    objects = page(marked, b"/Properties <</L 6 0 R>>", OCProperties=Ref(7, 0))
    objects |= {6: forge.write({"Type": "OCG", "Name": b"layer"}), 7: forge.write(layers)}
    opened = _signed(samples, objects)
    on = forge.write({**layers, "D": {"ON": [Ref(6, 0)]}})
    yield "layer", opened, opened.append({7: on})
    yield "group", opened, opened.append({6: forge.write({"Type": "OCG", "Name": b"layer", "Usage": {}})})


def _stamps(samples: Samples) -> Iterator[tuple[str, forge.Opened, bytes]]:
    """A document timestamp, which anybody gets, whose field shows something."""
    opened = forge.Opened(samples.valid)
    yield "cover", opened, stamped(samples, samples.valid)
    yield "boundless", opened, stamped(samples, samples.valid, b"[0 0 0 0]", box=b"")
    yield "in-a-field", forge.Opened(samples.valid_form), stamped(samples, samples.valid_form, field=7)


_CLASSES: tuple[tuple[str, str, Callable[[Samples], Iterator[tuple[str, forge.Opened, bytes]]]], ...] = (
    ("dangling", "shadow: hide and replace", _dangling),
    ("odd", "shadow: hide and replace", _spelt),
    ("hidden", "shadow: hide and replace", _hidden),
    ("layers", "shadow: hide", _layers),
    ("timestamp", "sneaky signature", _stamps),
)


def cases(bench: Bench) -> Iterator[Case]:
    """Each prepared document as it was signed, and forged."""
    for attack in (
        *ATTACKS,
        *TWO_PARTS,
        *PAINTED_BY_SOME,
        *HIDING,
        *SHOWN_BY_ALL,
        *SHOWN_BY_SOME,
        *INLINE,
        *UNPROVEN_BY_VIEWERS,
    ):
        opened, forged = attack(bench.world, bench.samples)
        yield from _pair(attack.__name__.replace("_", "-"), "shadow: prepared objects", attack.__doc__, opened, forged)
    for prefix, class_name, make in _CLASSES:
        for name, opened, forged in make(bench.samples):
            yield from _pair(f"{prefix}-{name}", class_name, make.__doc__, opened, forged)


# Whether a viewer follows such a reference is the viewer's affair, and whether a value hides anything a person sees.
_UNPROVEN = (
    "shadow-odd-",
    *(f"shadow-{attack.__name__.replace('_', '-')}" for attack in (*HIDING, *UNPROVEN_BY_VIEWERS, *INLINE)),
)


def _pair(name: str, class_name: str, why: str | None, opened: forge.Opened, forged: bytes) -> Iterator[Case]:
    told = why or "one object in two parts: what one may change, the other shows"
    answer = Answer.UNPROVEN if f"shadow-{name}".startswith(_UNPROVEN) else Answer.FORGED
    genuine = "prepared for a forgery that has not come yet"
    yield Case(
        name=f"prepared-{name}", group="pdf", class_name="prepared and untouched", answer=Answer.GENUINE, why=genuine,
        data=opened.data,
    )  # fmt: skip
    yield Case(
        name=f"shadow-{name}", group="pdf", class_name=class_name, answer=answer, why=told, data=forged
    )  # fmt: skip
