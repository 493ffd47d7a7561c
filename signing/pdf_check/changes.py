"""What one revision of a PDF changed, sorted into kinds (ISO 32000-2 §12.8.2.2, EN 319 142-1 §5.4-5.5).

After a signature only this may come: filling an empty signature field, one more signature or document timestamp in a
field of its own, evidence in /DSS, dates of the metadata; and where its author lets people (DocMDP 2 and 3), the value
of a field that was open to be filled in, and remarks. All else is forbidden. Objects are compared one by one with what
they were; a new object counts only through an old one that leads to it, so one that an old page already refers to is a
change of that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import MalformedError
from ..report import Finding
from .file import COMPRESSED, PdfFile
from .form import text_of
from .form_changes import compare_forms
from .graph import check_body, check_table, references
from .inline import content_mentions
from .ledger import Conditional, Ledger, differing, number_of
from .mentions import perhaps_mentioned
from .metadata import INFO_FIRST, INFO_TOOLS, same_statement
from .named import name_of, page_number
from .objects import PdfDict, PdfStream, bad, same
from .page_changes import compare_pages
from .shapes import fits, is_record_name
from .strays import check_unnamed, stray_in

_CATALOG_KEYS = frozenset({"AcroForm", "DSS", "Metadata", "Extensions", "Version"})
# Never /Type: the same object could be a page.
_STORE_KEYS = frozenset({"VRI", "Certs", "OCSPs", "CRLs", "Cert", "OCSP", "CRL", "TU", "TS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a revision did: `kinds` of change, names of `signed` and `filled` fields, and what of it is `forbidden`.

    `conditional` is allowed where the author of the document gave leave; of what is `unsure` a person has to see
    whether it hides anything.
    """

    kinds: frozenset[str]
    signed: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    conditional: tuple[Conditional, ...] = ()
    unsure: tuple[Finding, ...] = ()
    forbidden: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def compare(file: PdfFile, revision: int, signed_here: Mapping[int, str]) -> Changes:
    """What `revision` (≥ 1) did to the one before it.

    `signed_here` maps where a signature dictionary stands to `signature` or `timestamp`, for those that cover exactly
    this revision. Raises `MalformedError` or `LimitError` where an older object that matters cannot be read.
    """
    try:
        structure = check_table(file, revision) or check_body(file, revision) or _check_inside(file, revision)
    except MalformedError as e:  # what was appended cannot be read: no program that signs does that
        structure = Finding.from_error(e)
    if structure is not None:
        return Changes(kinds=frozenset({"other"}), forbidden=(structure,))
    check_unnamed(file, revision)
    ledger = Ledger(file, revision, signed_here)
    _compare_trailers(ledger)
    _compare_catalogs(ledger)
    compare_forms(ledger)
    compare_pages(ledger)
    for number, (a, b) in ledger.changed.items():
        ledger.forbid(_code_of(a, b), "other", **_named(ledger, number))
    _find_surfacing(ledger)
    _find_removed(ledger)
    return Changes(
        kinds=frozenset(ledger.kinds),
        signed=tuple(ledger.signed),
        filled=tuple(ledger.filled),
        conditional=tuple(ledger.conditional),
        unsure=tuple(dict.fromkeys(ledger.unsure)),
        forbidden=tuple(dict.fromkeys(ledger.forbidden)),
        notes=tuple(dict.fromkeys(ledger.notes)),
    )


def _check_inside(file: PdfFile, revision: int) -> Finding | None:
    """Whether what a revision brought holds objects inside of others, which are found by viewers that look for them."""
    at = stray_in(file, file.revisions[revision].start, file.revisions[revision].end)
    return None if at is None else Finding.of("pdf.stray-bytes", offset=at)


def _compare_trailers(ledger: Ledger) -> None:
    a, b = ledger.file.revisions[ledger.old].trailer, ledger.file.revisions[ledger.new].trailer
    if not same(a.get("Encrypt"), b.get("Encrypt")):
        ledger.forbid("pdf.change-catalog", "other", key="Encrypt")
    # Another object may become the catalog if it is new: what it says is compared with what the old one said.
    if not same(a.get("Root"), b.get("Root")) and number_of(b.get("Root")) not in ledger.added:
        ledger.forbid("pdf.change-catalog", "other", key="Root")
    if ledger.file.resolve(a.get("Info"), ledger.old) is not None and not _is_dict(ledger, a.get("Info"), ledger.old):
        return  # no information: what it is elsewhere is compared there
    old, new = ledger.file.dictionary(a.get("Info"), ledger.old), ledger.file.dictionary(b.get("Info"), ledger.new)
    keys = differing(old, new)
    if not keys or b.get("Info") is None:
        return
    if all(_may_say(ledger, key, old, new) for key in keys):
        _note_metadata(ledger)
        ledger.explain(a.get("Info"), b.get("Info"))
    else:
        ledger.forbid("pdf.change-metadata", "metadata", key=", ".join(sorted(keys)))


def _may_say(ledger: Ledger, key: str, old: PdfDict, new: PdfDict) -> bool:
    """Whether an entry of the information may become another: programs name themselves and the time, and forget."""
    if key in INFO_TOOLS or (not old and key in INFO_FIRST):
        return ledger.may_differ(key, old, new)
    before, now = ledger.file.resolve(old.get(key), ledger.old), ledger.file.resolve(new.get(key), ledger.new)
    texts = isinstance(before, bytes) and (now is None or isinstance(now, bytes))
    if not texts or not (now is None or text_of(before) == text_of(now)):
        return False
    number = number_of(ledger.file.revisions[ledger.old].trailer.get("Info"))
    return number is None or ledger.only_referred_by(number, (0,))


def _is_dict(ledger: Ledger, value: Any, revision: int) -> bool:
    return isinstance(ledger.file.resolve(value, revision), PdfDict)


def _note_metadata(ledger: Ledger) -> None:
    ledger.kinds.add("metadata")
    ledger.notes.append(Finding.of("pdf.metadata-changed", revision=ledger.new + 1))


def _compare_catalogs(ledger: Ledger) -> None:
    a, b = ledger.file.catalog(ledger.old), ledger.file.catalog(ledger.new)
    for key in sorted(differing(a, b)):
        if key not in _CATALOG_KEYS or not ledger.may_differ(key, a, b):
            ledger.forbid("pdf.change-catalog", "other", key=key)
        elif key in ("Extensions", "Version"):
            ledger.kinds.add("extensions")
    _explain_extensions(ledger, a.get("Extensions"), b.get("Extensions"))
    ledger.explain(*(ledger.file.revisions[i].trailer.get("Root") for i in (ledger.old, ledger.new)))
    _compare_xmp(ledger, a.get("Metadata"), b.get("Metadata"))
    _compare_stores(ledger, a.get("DSS"), b.get("DSS"))


def _explain_extensions(ledger: Ledger, a: Any, b: Any) -> None:
    """A list of extensions that is an object of its own, changed in its place, where nothing else uses it."""
    number = number_of(b)
    if number not in ledger.changed or a != b or not ledger.only_referred_by(number or 0, _root(ledger)):
        return
    used = [list(references(ledger.file.catalog(r))).count(number or 0) for r in (ledger.old, ledger.new)]
    if used == [1, 1] and all(fits(ledger.file, "Extensions", b, revision) for revision in (ledger.old, ledger.new)):
        ledger.changed.pop(number or 0)
        ledger.kinds.add("extensions")


def _compare_xmp(ledger: Ledger, a: Any, b: Any) -> None:
    number = number_of(b)
    if a == b and number not in ledger.changed:
        return
    alone = number is None or number not in ledger.changed or ledger.only_referred_by(number, _root(ledger))
    alone = alone and fits(ledger.file, "Metadata", a, ledger.old) and fits(ledger.file, "Metadata", b, ledger.new)
    if alone and same_statement(ledger.file.resolve(a, ledger.old), ledger.file.resolve(b, ledger.new)):
        if number is not None:
            ledger.settle_stream(number)
        _note_metadata(ledger)
    else:
        ledger.forbid("pdf.change-metadata", "metadata", key="Metadata")


def _root(ledger: Ledger) -> set[int]:
    number = number_of(ledger.file.revisions[ledger.new].trailer.get("Root"))
    return set() if number is None else {number}


def _compare_stores(ledger: Ledger, a: Any, b: Any) -> None:
    if b is None:
        if a is not None:
            ledger.forbid("pdf.change-catalog", "other", key="DSS")
        return
    whole = fits(ledger.file, "DSS", a, ledger.old) and fits(ledger.file, "DSS", b, ledger.new)
    before = _root(ledger) | {number_of(node) or 0 for node in _store_nodes(ledger, a, ledger.old)}
    grown = a != b
    for node in _store_nodes(ledger, b, ledger.new):
        number = number_of(node)
        if number is None or number not in ledger.changed:
            continue
        old, new = ledger.changed[number]
        if isinstance(old, PdfDict) and isinstance(new, PdfDict):
            known = all(
                (key in _STORE_KEYS or is_record_name(key)) and ledger.may_differ(key, old, new)
                for key in differing(old, new)
            )
        else:  # a list of streams could also be a page's content
            lists = isinstance(old, list) and isinstance(new, list)
            known = lists and ledger.only_referred_by(number, before) and number not in _beside_store(ledger)
        if known and whole:
            grown = True
            ledger.changed.pop(number)
    if grown:
        ledger.kinds.add("dss")


def _beside_store(ledger: Ledger) -> set[int]:
    """What the catalog refers to apart from the store: it could be a page itself."""
    return {n for key, held in ledger.file.catalog(ledger.old).items() if key != "DSS" for n in references(held)}


def _store_nodes(ledger: Ledger, dss: Any, revision: int) -> list[Any]:
    """References to the dictionaries and arrays of which a DSS is made; not to its streams."""
    file = ledger.file
    top = file.dictionary(dss, revision)
    vri = top.get("VRI")
    entries = list(file.dictionary(vri, revision).values())
    nodes = [dss, vri, *(top.get(k) for k in ("Certs", "OCSPs", "CRLs")), *entries]
    nodes += [file.dictionary(e, revision).get(k) for e in entries for k in ("Cert", "OCSP", "CRL")]
    return nodes


def _find_surfacing(ledger: Ledger) -> None:
    """New objects that older ones were already waiting for."""
    suspects = perhaps_mentioned(ledger.file, ledger.added, ledger.old)
    if suspects:
        for number in sorted(suspects & ledger.referrers().keys()):
            ledger.forbid("pdf.change-surfacing", "other", **_named(ledger, number, now=True))
    if ledger.added and not ledger.added.isdisjoint(content_mentions(ledger.file, ledger.old)):
        raise bad("the content of a page refers to an object that came later")


def _find_removed(ledger: Ledger) -> None:
    """Freed objects that were in use, and object streams whose objects go with them."""
    for number in sorted(ledger.freed):
        value = ledger.file.get(number, ledger.old)
        if isinstance(value, PdfStream) and value.dict.get("Type") == "ObjStm":
            held = any(
                ledger.file.entry(n, ledger.new) == (COMPRESSED, number, e[2])
                for revision in ledger.file.revisions[: ledger.new]
                for n, e in revision.entries.items()
                if e[0] == COMPRESSED and e[1] == number
            )
        else:
            held = not ledger.only_referred_by(number, ())
        if held:
            ledger.forbid("pdf.change-removed", "other", **_named(ledger, number))


def _named(ledger: Ledger, number: int, *, now: bool = False) -> dict[str, object]:
    """What an object is, for a person: as it was before the revision, or as it is `now`."""
    english, vietnamese = name_of(ledger.file, number, ledger.new if now else ledger.old)
    value = ledger.file.get(number, ledger.old)
    page = number_of(value.get("P")) if isinstance(value, PdfDict) and "P" in value else number
    place = page_number(ledger.file, page or 0, ledger.old) or "?"
    return {"what": english, "what_vi": vietnamese, "page": place, "key": "Type"}


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
