"""ISO 32000-2 §7.7.3: one page of the page tree with what it inherits, and the geometry of what is shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import UsageError
from .raw import Dict, PdfSyntaxError, Ref, as_array, as_int, as_number, as_ref, write_array, write_dict, write_numbers
from .revision import Update

MAX_TREE_DEPTH = 64
MAX_TREE_NODES = 100_000  # read to find the page of a field
_INHERITED = (b"/MediaBox", b"/CropBox", b"/Rotate", b"/Resources")
_LETTER = (0.0, 0.0, 612.0, 792.0)
_MAX_UNITS = 1_000_000.0  # a page is at most 14400 units wide; more is nonsense

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Page:
    """A page object: its own entries, and the entries that it inherits and does not set itself."""

    ref: Ref
    entries: Dict
    inherited: Dict

    def get(self, key: bytes) -> bytes | None:
        """An entry of the page or of a node above it."""
        return self.entries.get(key, self.inherited.get(key))


@dataclass(frozen=True, slots=True)
class Geometry:
    """What is shown of a page: `box` in the page's own units, turned clockwise by `rotation`, `unit` points a unit."""

    box: Box
    rotation: int
    unit: float

    @classmethod
    def of(cls, update: Update, page: Page) -> Geometry:
        """Crop box within media box, rotation, user unit."""
        media = _box(update, page.get(b"/MediaBox")) or _LETTER
        crop = _box(update, page.get(b"/CropBox")) or media
        box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
        if box[0] >= box[2] or box[1] >= box[3]:
            box = media
        turned = update.resolve(page.get(b"/Rotate"))
        rotation = int(as_number(turned)) % 360 if turned else 0
        unit = update.resolve(page.entries.get(b"/UserUnit"))
        scale = as_number(unit) if unit else 1.0
        if not 0 < scale < 1000:
            raise PdfSyntaxError("user unit")
        return cls(box, rotation if rotation in {0, 90, 180, 270} else 0, scale)

    @property
    def shown_pt(self) -> tuple[float, float]:
        """Width and height in points, as shown."""
        w, h = (self.box[2] - self.box[0]) * self.unit, (self.box[3] - self.box[1]) * self.unit
        return (h, w) if self.rotation in {90, 270} else (w, h)

    def matrix(self, x: float, y: float) -> tuple[float, float, float, float, float, float]:
        """From points with their origin at (x, y) of the shown page to the page's own units (`cm` operands)."""
        s = 1 / self.unit
        left, bottom, right, top = self.box
        match self.rotation:
            case 90:
                return 0, s, -s, 0, right - y * s, bottom + x * s
            case 180:
                return -s, 0, 0, -s, right - x * s, top - y * s
            case 270:
                return 0, -s, s, 0, left + y * s, top - x * s
        return s, 0, 0, s, left + x * s, bottom + y * s

    def rectangle(self, x: float, y: float, width: float, height: float) -> bytes:
        """A box given in points on the shown page as raw /Rect."""
        a, b, c, d, e, f = self.matrix(x, y)
        xs, ys = sorted((e, a * width + c * height + e)), sorted((f, b * width + d * height + f))
        return b"[%b]" % write_numbers(xs[0], ys[0], xs[1], ys[1])


def _box(update: Update, raw: bytes | None) -> Box | None:
    """A raw rectangle with its corners in order; None when absent or empty."""
    raw = update.resolve(raw)
    if raw is None:
        return None
    values = [as_number(update.resolve(v)) for v in as_array(raw)]
    if len(values) != 4 or any(abs(v) > _MAX_UNITS for v in values):
        raise PdfSyntaxError("page box")
    x, y = sorted(values[::2]), sorted(values[1::2])
    return (x[0], y[0], x[1], y[1]) if x[0] < x[1] and y[0] < y[1] else None


def find_page(update: Update, index: int) -> Page:
    """Page `index` from 0, or from the end with -1, -2…; only the way to it is read. Raises `UsageError` `pdf.page`."""
    left = index if index >= 0 else -index - 1
    catalog = update.entries(update.root)
    top = as_ref(catalog.get(b"/Pages"))
    if top is None:
        raise PdfSyntaxError("no page tree")
    for page in _walk(update, top, {}, left, backwards=index < 0):
        if isinstance(page, Page):
            return page
    raise UsageError("pdf.page", page=index)


def _walk(update: Update, node: Ref, inherited: Dict, left: int, *, backwards: bool) -> Iterator[Page]:
    """The page `left` places on in reading order, or none; whole subtrees are passed over by their /Count."""
    seen: set[Ref] = set()
    while node not in seen and len(seen) < MAX_TREE_DEPTH:
        seen.add(node)
        entries = update.entries(node)
        inherited = {**inherited, **{k: entries[k] for k in _INHERITED if k in entries}}
        kids = as_array(update.resolve(entries.get(b"/Kids")))
        following: Ref | None = None
        for raw in reversed(kids) if backwards else kids:
            kid = as_ref(raw)
            if kid is None:
                raise PdfSyntaxError("page tree")
            own = update.entries(kid)
            pages = as_int(update.resolve(own.get(b"/Count")), 0) if b"/Kids" in own else 1
            if left >= pages:
                left -= max(0, pages)
            elif b"/Kids" in own:
                following = kid
                break
            else:
                yield Page(kid, own, {k: v for k, v in inherited.items() if k not in own})
                return
        if following is None:
            return
        node = following


def page_of_widget(update: Update, place: Ref, widget: Dict) -> tuple[int, Page] | None:
    """The page that shows a widget, and its number from the end (-1, -2, …): the one that /P names or, since /P may be
    absent, that lists it. Signatures stand at the end, so the last page is asked first.
    """
    named = as_ref(widget.get(b"/P"))
    for number, page in enumerate(_pages_backwards(update), start=1):
        if page.ref == named or any(as_ref(kid) == place for kid in _annotations(update, page)):
            return -number, page
    return None


def _annotations(update: Update, page: Page) -> list[bytes]:
    return as_array(update.resolve(page.entries.get(b"/Annots")))


def _pages_backwards(update: Update) -> Iterator[Page]:
    """All pages, the last one first; each node of the tree is read once."""
    top = as_ref(update.entries(update.root).get(b"/Pages"))
    waiting: list[tuple[Ref, Dict]] = [] if top is None else [(top, {})]
    seen: set[Ref] = set()
    while waiting and len(seen) < MAX_TREE_NODES:
        node, inherited = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        entries = update.entries(node)
        if b"/Kids" not in entries:
            yield Page(node, entries, {k: v for k, v in inherited.items() if k not in entries})
            continue
        inherited = {**inherited, **{k: entries[k] for k in _INHERITED if k in entries}}
        kids = (as_ref(kid) for kid in as_array(update.resolve(entries[b"/Kids"])))
        waiting += [(kid, inherited) for kid in kids if kid is not None]


def append(update: Update, owner: Ref, key: bytes, value: bytes) -> None:
    """Append to the array under `key` of the dictionary `owner`, wherever that array lives."""
    entries = update.entries(owner)
    place = as_ref(entries.get(key))
    items = as_array(update.resolve(entries.get(key)))
    extended = write_array([*items, value])
    if place is not None and update.resolve(entries.get(key)) is not None:
        update.put(place, extended)
    else:
        update.put(owner, write_dict({**entries, key: extended}))


def survey(update: Update, indices: Iterable[int]) -> dict[int, Page]:
    """The pages that an update will change, by index: read before it makes objects, so that it sees which numbers they
    mention. Raises as `find_page`.
    """
    pages = {index: find_page(update, index) for index in set(indices)}
    for page in pages.values():
        update.resolve(page.entries.get(b"/Annots"))
    return pages
