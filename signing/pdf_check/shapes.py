"""What an entry that may change after a signature has to hold, so that the change shows nothing on a page.

One object can play two parts: a catalog that is also a page's list of drawings (§7.8.3) shows whatever stands under
the name /Extensions. So each entry that may change is held to the kind that the standard gives it, and none of these
kinds can be drawn, or set how others are drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .file import PdfFile
from .objects import PdfDict, PdfStream, Ref

_VERSION = re.compile(r"\d\.\d")
_RECORD_NAME = re.compile(r"[0-9A-Fa-f]{40}")
_EXTENSION_KEYS = frozenset({"Type", "BaseVersion", "ExtensionLevel", "ExtensionRevision", "URL"})
_STORE_KEYS = frozenset({"Type", "VRI", "Certs", "OCSPs", "CRLs"})
_SIGNATURE_KEYS = frozenset(
    {"Type", "Filter", "SubFilter", "Contents", "Cert", "ByteRange", "Reference", "Changes", "Name", "M", "Location"}
    | {"Reason", "ContactInfo", "R", "V", "Prop_Build", "Prop_AuthTime", "Prop_AuthType"}
)
_FRAME_KEYS = frozenset({"Type", "R", "BC", "BG", "CA", "RC", "AC", "I", "RI", "IX", "IF", "TP"})
_RECORD_KEYS = frozenset({"Type", "Cert", "OCSP", "CRL", "TU", "TS"})

Test = Callable[[PdfFile, Any, int], bool]


def fits(file: PdfFile, key: str, value: Any, revision: int) -> bool:
    """Whether `value`, as of `revision`, is of the kind that an entry `key` has; an absent one is."""
    test = _is_record if is_record_name(key) else _TESTS.get(key)
    value = file.resolve(value, revision)
    return value is None or (test is not None and test(file, value, revision))


def is_record_name(key: str) -> bool:
    """Whether a key is the SHA-1 of a signature, as the store names its records."""
    return _RECORD_NAME.fullmatch(key) is not None


def _is_text(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, bytes)


def _is_whole(_: PdfFile, value: Any, __: int) -> bool:
    return type(value) is int


def _is_dict(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, PdfDict)


def _is_list(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, list)


def _are_wholes(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, list) and all(type(item) is int for item in value)


def _is_version(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, str) and _VERSION.fullmatch(value) is not None


def _is_xmp(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, PdfStream) and value.dict.get("Subtype") == "XML"


def _is_data(_: PdfFile, value: Any, __: int) -> bool:
    """A stream that is not drawn: no image, form or pattern."""
    return isinstance(value, PdfStream) and value.dict.keys().isdisjoint({"Subtype", "PatternType", "ShadingType"})


def _are_data(_: PdfFile, value: Any, __: int) -> bool:
    return isinstance(value, list) and all(isinstance(item, Ref) for item in value)


def _is_record(file: PdfFile, value: Any, revision: int) -> bool:
    """One signature's part of the store (EN 319 142-1 §5.4.2.3)."""
    return _has_only(file, value, revision, _RECORD_KEYS)


def _are_records(file: PdfFile, value: Any, revision: int) -> bool:
    return isinstance(value, PdfDict) and all(
        isinstance(item, str) if key == "Type" else is_record_name(key) and fits(file, key, item, revision)
        for key, item in value.items()
    )


def _is_store(file: PdfFile, value: Any, revision: int) -> bool:
    return _has_only(file, value, revision, _STORE_KEYS)


def _has_only(file: PdfFile, value: Any, revision: int, keys: frozenset[str]) -> bool:
    if not isinstance(value, PdfDict) or not value.keys() <= keys:
        return False
    return all(
        isinstance(item, str) if key == "Type" else fits(file, key, item, revision) for key, item in value.items()
    )


def _are_extensions(file: PdfFile, value: Any, revision: int) -> bool:
    """Developers' names with what they added to the standard (§7.12)."""
    if not isinstance(value, PdfDict):
        return False
    for key, held in value.items():
        found = file.resolve(held, revision)
        parts = [file.resolve(part, revision) for part in found] if isinstance(found, list) else [found]
        if key == "Type":
            continue
        if not all(isinstance(part, PdfDict) and _is_extension(part) for part in parts):
            return False
    return True


def _is_extension(value: PdfDict) -> bool:
    return value.keys() <= _EXTENSION_KEYS and all(type(item) in (str, bytes, int) for item in value.values())


def _is_look(file: PdfFile, value: Any, revision: int) -> bool:
    """Appearances (§12.5.5): drawings, or one for each state; /D is a pattern of dashes elsewhere."""
    if not isinstance(value, PdfDict):
        return bool(value == [])
    looks = (file.resolve(look, revision) for look in value.values())
    return value.keys() <= {"N", "R", "D"} and all(isinstance(look, PdfStream | PdfDict | None) for look in looks)


def _is_signature(_: PdfFile, value: Any, __: int) -> bool:
    """A signature dictionary (§12.8.1, table 255); what programs add to it are texts."""
    return isinstance(value, PdfDict) and all(key in _SIGNATURE_KEYS or isinstance(value[key], bytes) for key in value)


def _is_frame(_: PdfFile, value: Any, __: int) -> bool:
    """The colours and captions of a widget (§12.5.6.19); /CA is a text here and an opacity elsewhere."""
    return isinstance(value, PdfDict) and value.keys() <= _FRAME_KEYS and type(value.get("CA")) not in (int, float)


_TESTS: Mapping[str, Test] = {
    "Version": _is_version,
    "Extensions": _are_extensions,
    **dict.fromkeys(("AcroForm", "DR"), _is_dict),
    "Fields": _is_list,
    "I": _are_wholes,
    "DSS": _is_store,
    "VRI": _are_records,
    **dict.fromkeys(("Certs", "OCSPs", "CRLs", "Cert", "OCSP", "CRL"), _are_data),
    "TS": _is_data,
    "Metadata": _is_xmp,
    **dict.fromkeys(("TU", "DA", "M", "ModDate", "CreationDate", "Producer", "Creator"), _is_text),
    **dict.fromkeys(("SigFlags", "F"), _is_whole),
    "AP": _is_look,
    "MK": _is_frame,
    "V": _is_signature,
}
