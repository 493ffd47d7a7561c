"""What one revision of a PDF changed, sorted into kinds (ISO 32000-2 §12.8.2.2, EN 319 142-1 §5.4-5.5).

Results are final, so after a signature only this may come: filling an empty signature field, one more signature or
document timestamp in a field of its own, evidence in /DSS, dates of the metadata. All else is forbidden. Objects are
compared one by one with what they were; a new object counts only through an old one that leads to it, so one that an
old page already refers to is a change of that page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import MalformedError
from .pdf_file import COMPRESSED, FREE, PdfFile
from .pdf_form import Field, form_of, read_fields
from .pdf_graph import check_body, check_table, perhaps_mentioned, referrers
from .pdf_metadata import INFO_DATES, INFO_FIRST, same_statement
from .pdf_objects import PdfDict, PdfStream, Ref
from .report import Finding

PERMITTED = frozenset({"signature", "visible-signature", "timestamp", "dss", "metadata", "extensions"})

_FILLED_KEYS = frozenset({"V", "AP", "F", "AS", "M", "MK", "DA"})
_WIDGET_KEYS = _FILLED_KEYS - {"V"}
_FIELD_KEYS = _FILLED_KEYS | frozenset(
    {"BS", "Border", "C", "DR", "FT", "Ff", "Kids", "Lock", "NM", "P", "Parent", "Q", "Rect", "SV", "Subtype", "T"}
    | {"TM", "TU", "Type"}
)
_DSS_KEYS = frozenset({"Type", "VRI", "Certs", "OCSPs", "CRLs"})
_VRI_ENTRY_KEYS = frozenset({"Type", "Cert", "OCSP", "CRL", "TU", "TS"})
_VRI_NAME = re.compile(r"[0-9A-Fa-f]{40}")
_HIDDEN_FLAGS = 1 | 2 | 32  # annotation flags Invisible, Hidden, NoView


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a revision did: `kinds` of change, the names of `signed` fields, and what of it is `forbidden` later on."""

    kinds: frozenset[str]
    signed: tuple[str, ...] = ()
    forbidden: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def compare(file: PdfFile, revision: int, signed_here: Mapping[int, str]) -> Changes:
    """What `revision` (≥ 1) did to the one before it.

    `signed_here` maps where a signature dictionary stands to `signature` or `timestamp`, for those that cover exactly
    this revision. Raises `MalformedError` or `LimitError` where an older object that matters cannot be read.
    """
    try:
        structure = check_table(file, revision) or check_body(file, revision)
    except MalformedError as e:  # what was appended cannot be read: no program that signs does that
        structure = Finding.from_error(e)
    if structure is not None:
        return Changes(kinds=frozenset({"other"}), forbidden=(structure,))
    return _Comparison(file, revision, signed_here).run()


def _differing(a: PdfDict, b: PdfDict) -> set[str]:
    return {key for key in a.keys() | b.keys() if a.get(key) != b.get(key)}


def _is_kept(old: list[Any], new: list[Any]) -> bool:
    """Whether `new` is `old` with something put in between or around."""
    rest = iter(new)
    return all(any(item == other for other in rest) for item in old)


class _Comparison:
    def __init__(self, file: PdfFile, revision: int, signed_here: Mapping[int, str]) -> None:
        self.file, self.new, self.old = file, revision, revision - 1
        self.signed_here = signed_here
        self.changed: dict[int, tuple[Any, Any]] = {}
        self.added: set[int] = set()
        self.freed: set[int] = set()
        self.kinds: set[str] = set()
        self.signed: list[str] = []
        self.forbidden: list[Finding] = []
        self.notes: list[Finding] = []
        self.new_widgets: dict[int, str] = {}  # widget → kind of the field that it came with
        self._referrers: dict[int, set[int]] | None = None
        self._sort()

    def _sort(self) -> None:
        file = self.file
        for number, entry in file.revisions[self.new].entries.items():
            before = file.entry(number, self.old)
            if entry == before or number == 0:
                continue
            if before is None or before[0] == FREE:
                if entry[0] != FREE:
                    self.added.add(number)
            elif entry[0] == FREE:
                self.freed.add(number)
            else:
                a, b = file.at(number, before, self.old), file.at(number, entry, self.new)
                if a != b and not (_is_xref(a) and _is_xref(b)):
                    self.changed[number] = (a, b)

    def run(self) -> Changes:
        self._trailer()
        self._catalog()
        self._form()
        self._pages()
        for number, (a, b) in self.changed.items():
            self._forbid(_code_of(a, b), "other", number=number)
        self._surfacing()
        self._freed()
        return Changes(
            kinds=frozenset(self.kinds),
            signed=tuple(self.signed),
            forbidden=tuple(dict.fromkeys(self.forbidden)),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    # -- bookkeeping

    def _forbid(self, code: str, kind: str, **details: object) -> None:
        self.kinds.add(kind)
        self.forbidden.append(Finding.of(code, severity=None, revision=self.new + 1, **details))

    def _explained(self, *values: Any) -> None:
        """The objects that `values` refer to were compared by what they mean."""
        for value in values:
            if isinstance(value, Ref):
                self.changed.pop(value.number, None)

    def _only_referred_by(self, number: int, owners: Iterable[int]) -> bool:
        if self._referrers is None:
            self._referrers = referrers(self.file, self.old)
        return self._referrers.get(number, set()) <= set(owners)

    # -- trailer, catalog, metadata

    def _trailer(self) -> None:
        a, b = self.file.revisions[self.old].trailer, self.file.revisions[self.new].trailer
        for key in ("Root", "Encrypt"):
            if a.get(key) != b.get(key):
                self._forbid("pdf.change-catalog", "other", key=key)
        old, new = self.file.dictionary(a.get("Info"), self.old), self.file.dictionary(b.get("Info"), self.new)
        differing = _differing(old, new)
        if differing and b.get("Info") is not None:
            if differing <= (INFO_DATES if old else INFO_FIRST):
                self._metadata()
            else:
                self._forbid("pdf.change-metadata", "metadata", key=", ".join(sorted(differing)))
        self._explained(a.get("Info"), b.get("Info"))

    def _metadata(self) -> None:
        self.kinds.add("metadata")
        self.notes.append(Finding.of("pdf.metadata-changed", revision=self.new + 1))

    def _catalog(self) -> None:
        a, b = self.file.catalog(self.old), self.file.catalog(self.new)
        for key in sorted(_differing(a, b) - {"AcroForm", "DSS", "Metadata"}):
            if key in ("Extensions", "Version"):
                self.kinds.add("extensions")
            else:
                self._forbid("pdf.change-catalog", "other", key=key)
        self._explained(self.file.revisions[self.new].trailer.get("Root"))
        self._xmp(a.get("Metadata"), b.get("Metadata"))
        self._dss(a.get("DSS"), b.get("DSS"))

    def _xmp(self, a: Any, b: Any) -> None:
        number = b.number if isinstance(b, Ref) else None
        if a == b and number not in self.changed:
            return
        alone = number not in self.changed or self._only_referred_by(number, self._number_of_root())
        if alone and same_statement(self.file.resolve(a, self.old), self.file.resolve(b, self.new)):
            self._explained(b)
            self._metadata()
        else:
            self._forbid("pdf.change-metadata", "metadata", key="Metadata")

    def _number_of_root(self) -> list[int]:
        root = self.file.revisions[self.new].trailer.get("Root")
        return [root.number] if isinstance(root, Ref) else []

    # -- evidence

    def _dss(self, a: Any, b: Any) -> None:
        if b is None:
            if a is not None:
                self._forbid("pdf.change-catalog", "other", key="DSS")
            return
        before = {n for v in self._dss_nodes(a, self.old) if (n := _number(v)) is not None} | set(
            self._number_of_root()
        )
        grown = a != b
        for node in self._dss_nodes(b, self.new):
            number = _number(node)
            if number is None or number not in self.changed:
                continue
            old, new = self.changed[number]
            if isinstance(old, PdfDict) and isinstance(new, PdfDict):
                fits = all(k in _DSS_KEYS | _VRI_ENTRY_KEYS or _VRI_NAME.fullmatch(k) for k in _differing(old, new))
            else:  # a list of streams could also be a page's content
                lists = isinstance(old, list) and isinstance(new, list)
                fits = lists and self._only_referred_by(number, before)
            if fits:
                grown = True
                self._explained(node)
        if grown:
            self.kinds.add("dss")

    def _dss_nodes(self, dss: Any, revision: int) -> list[Any]:
        """References to the dictionaries and arrays of which a DSS is made; not to its streams."""
        file = self.file
        top = file.dictionary(dss, revision)
        vri = top.get("VRI")
        entries = list(file.dictionary(vri, revision).values())
        nodes = [dss, vri, *(top.get(k) for k in ("Certs", "OCSPs", "CRLs")), *entries]
        nodes += [file.dictionary(e, revision).get(k) for e in entries for k in ("Cert", "OCSP", "CRL")]
        return nodes

    # -- form

    def _form(self) -> None:
        file = self.file
        a, b = form_of(file, self.old), form_of(file, self.new)
        differing = _differing(a, b) - {"Fields", "SigFlags"}
        if a and differing:
            self._forbid("pdf.change-form", "other", name=", ".join(sorted(differing)))
        top, before = file.array(b.get("Fields"), self.new), file.array(a.get("Fields"), self.old)
        plain = all(isinstance(file.resolve(item, self.new), PdfDict) for item in top)
        if not plain or not _is_kept(before, top):
            self._forbid("pdf.change-form", "other", name="Fields")
        self._explained(file.catalog(self.new).get("AcroForm"), b.get("Fields"))
        old = {f.number: f for f in read_fields(file, self.old)}
        new = {f.number: f for f in read_fields(file, self.new)}
        for field in new.values():
            known = old.get(field.number)
            if known is None:
                self._new_field(field)
            elif known.value != field.value or any(w in self.changed for w in field.widgets):
                self._changed_field(known, field)
        for number in old.keys() - new.keys():
            self._forbid("pdf.change-form", "other", name=old[number].name)

    def _signature_in(self, field: Field) -> str | None:
        """`signature` or `timestamp` when the field's value is a signature made over exactly this revision."""
        value = self.file.resolve(field.value.get("V"), self.new)
        return self.signed_here.get(value.start) if isinstance(value, PdfDict) and field.is_signature else None

    def _changed_field(self, old: Field, new: Field) -> None:
        kind = self._signature_in(new)
        fits = kind is not None and "V" not in old.value and _differing(old.value, new.value) <= _FILLED_KEYS
        widgets = [w for w in new.widgets if w in self.changed and w != new.number]
        fits = fits and all(self._only_appearance(w) for w in widgets)
        if kind is None or not fits:
            code = "pdf.change-signature" if "V" in old.value and old.is_signature else "pdf.change-form"
            self._forbid(code, "other", name=new.name)
        else:
            self.kinds.add(kind)
            self.signed.append(new.name)
            self.new_widgets.update(dict.fromkeys(new.widgets, "visible-signature"))
        for number in (new.number, *widgets):
            if number is not None:
                self.changed.pop(number, None)

    def _only_appearance(self, widget: int) -> bool:
        a, b = self.changed[widget]
        return isinstance(a, PdfDict) and isinstance(b, PdfDict) and _differing(a, b) <= _WIDGET_KEYS

    def _new_field(self, field: Field) -> None:
        kind = self._signature_in(field)
        if kind is None:
            kind = "empty-signature-field" if field.is_signature and "V" not in field.value else "form-field"
        widgets = [self.file.dictionary(Ref(w, 0), self.new) for w in field.widgets]
        if kind == "form-field" or any(not part.keys() <= _FIELD_KEYS for part in (field.value, *widgets)):
            self._forbid("pdf.change-form", "form-field", name=field.name)
            return
        if any(self._is_seen(part) for part in widgets):
            kind = "visible-signature" if kind == "signature" else kind
            self.kinds.add(kind)
        self.kinds.add("signature" if kind == "visible-signature" else kind)
        if kind == "empty-signature-field":
            self._forbid("pdf.change-form", kind, name=field.name)
        else:
            self.signed.append(field.name)
        self.new_widgets.update(dict.fromkeys(field.widgets, kind))

    def _is_seen(self, widget: PdfDict) -> bool:
        rect = self.file.array(widget.get("Rect"), self.new)
        numbers = [v for v in (self.file.resolve(item, self.new) for item in rect) if isinstance(v, int | float)]
        area = len(numbers) != 4 or (numbers[0] != numbers[2] and numbers[1] != numbers[3])
        flags = self.file.resolve(widget.get("F"), self.new)
        return area and not (isinstance(flags, int) and flags & _HIDDEN_FLAGS)

    # -- pages

    def _pages(self) -> None:
        lists = {n for n, (a, b) in self.changed.items() if isinstance(a, list) and isinstance(b, list)}
        pages = {n: p for n, p in self.changed.items() if _is_page(p[0]) and _is_page(p[1])}
        if lists:
            for number in self._pages_with(lists):
                value = self.file.dictionary(Ref(number, 0), self.old)
                pages.setdefault(number, (value, self.file.dictionary(Ref(number, 0), self.new)))
        for number, (a, b) in pages.items():
            self._page(number, a, b)

    def _pages_with(self, arrays: set[int]) -> list[int]:
        """The pages whose list of annotations is one of `arrays`."""
        file = self.file
        waiting, seen, found = [file.catalog(self.old).get("Pages")], set[int](), []
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Ref) or node.number in seen:
                continue
            seen.add(node.number)
            value = file.dictionary(node, self.old)
            waiting.extend(file.array(value.get("Kids"), self.old))
            if _number(value.get("Annots")) in arrays:
                found.append(node.number)
        return found

    def _page(self, number: int, a: PdfDict, b: PdfDict) -> None:
        differing = _differing(a, b)
        self._annotations(a.get("Annots"), b.get("Annots"), number)
        if "Contents" in differing:
            kept = _is_kept(self._contents(a, self.old), self._contents(b, self.new))
            self._forbid("pdf.change-page", "page-content" if kept else "other", number=number)
            self._explained(a.get("Contents"))
        if "Resources" in differing:
            self._forbid("pdf.change-page", self._resources_kind(a, b), number=number)
        for _ in differing - {"Annots", "Contents", "Resources"}:
            self._forbid("pdf.change-page", "other", number=number)
        self.changed.pop(number, None)

    def _contents(self, page: PdfDict, revision: int) -> list[Any]:
        value = page.get("Contents")
        found = self.file.resolve(value, revision)
        return found if isinstance(found, list) else [value]

    def _resources_kind(self, a: PdfDict, b: PdfDict) -> str:
        """`page-resources` when the new resources only add names to the old ones."""
        file = self.file
        old, new = file.dictionary(a.get("Resources"), self.old), file.dictionary(b.get("Resources"), self.new)
        for key, value in old.items():
            x, y = file.resolve(value, self.old), file.resolve(new.get(key), self.new)
            if isinstance(x, PdfDict) and isinstance(y, PdfDict):
                if any(y.get(name) != held for name, held in x.items()):
                    return "other"
            elif x != y:
                return "other"
        return "page-resources"

    def _annotations(self, a: Any, b: Any, page: int) -> None:
        old, new = self.file.array(a, self.old), self.file.array(b, self.new)
        if not _is_kept(old, new):
            self._forbid("pdf.change-annotation", "other", number=page)
        else:
            before = {item for item in old if isinstance(item, Ref)}
            for item in new:
                if isinstance(item, Ref) and item in before:
                    continue
                kind = self.new_widgets.get(item.number) if isinstance(item, Ref) else None
                if kind is None:
                    self._forbid("pdf.change-annotation", "annotation", number=page)
                else:
                    self.kinds.add(kind)
        if isinstance(a, Ref) and a == b:
            self._explained(a)

    # -- objects that nothing above explains

    def _surfacing(self) -> None:
        suspects = perhaps_mentioned(self.file, self.added, self.old)
        if suspects:
            self._referrers = self._referrers or referrers(self.file, self.old)
            for number in sorted(suspects & self._referrers.keys()):
                self._forbid("pdf.change-surfacing", "other", number=number)

    def _freed(self) -> None:
        for number in sorted(self.freed):
            value = self.file.get(number, self.old)
            if isinstance(value, PdfStream) and value.dict.get("Type") == "ObjStm":
                held = any(
                    self.file.entry(n, self.new) == (COMPRESSED, number, e[2])
                    for revision in self.file.revisions[: self.new]
                    for n, e in revision.entries.items()
                    if e[0] == COMPRESSED and e[1] == number
                )
            else:
                held = not self._only_referred_by(number, ())
            if held:
                self._forbid("pdf.change-removed", "other", number=number)


def _number(value: Any) -> int | None:
    return value.number if isinstance(value, Ref) else None


def _is_xref(value: Any) -> bool:
    return isinstance(value, PdfStream) and value.dict.get("Type") == "XRef"


def _is_page(value: Any) -> bool:
    return isinstance(value, PdfDict) and value.get("Type") == "Page"


def _code_of(a: Any, b: Any) -> str:
    """The code that names best what an unexplained change of an object was about."""
    for value in (a, b):
        if isinstance(value, PdfStream):
            return "pdf.change-content"
        if isinstance(value, PdfDict):
            if "ByteRange" in value:
                return "pdf.change-signature"
            if value.get("Type") in ("Page", "Pages"):
                return "pdf.change-page"
            if "Rect" in value and "Subtype" in value:
                return "pdf.change-annotation"
    return "pdf.change-object"
