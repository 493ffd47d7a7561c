"""Encrypted PDFs (ISO 32000-2 §7.6): pyHanko's security handler as a `pdf_file.Decryptor`."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus, PubKeySecurityHandler, SecurityHandler, StandardSecurityHandler
from pyhanko.pdf_utils.misc import PdfError

from ..errors import IndeterminateError, SigningError
from ..pdf.revision5 import open_revision5
from .file import PdfFile
from .objects import PdfDict, Ref

_IDENTITY = "Identity"  # the crypt filter that changes nothing
_FOREIGN = (
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
)


def is_encrypted(file: PdfFile) -> bool:
    """Whether the document is encrypted."""
    return file.revisions[-1].trailer.get("Encrypt") is not None


def unlock(file: PdfFile, password: Callable[[str], str] | None) -> None:
    """Let `file` decrypt what it reads; the empty password is tried before `password("pdf")` is asked.

    Raises `IndeterminateError`: `pdf.unopened` when no password fits or the method is not known,
    `pdf.unopened-recipients` when the file is encrypted for holders of certificates.
    """
    trailer = file.revisions[-1].trailer
    about = file.dictionary(trailer.get("Encrypt"), file.last)
    identity = file.array(trailer.get("ID"), file.last)
    first = identity[0] if identity and isinstance(identity[0], bytes) else b""
    try:
        handler = SecurityHandler.build(_generic(file, about))
        if isinstance(handler, PubKeySecurityHandler):
            raise IndeterminateError("pdf.unopened-recipients")
        if not isinstance(handler, StandardSecurityHandler):
            raise IndeterminateError("pdf.unopened")
        open_revision5(handler, about.get("R"))
        for ask in (lambda _: "", password):
            if ask is not None and _opens(handler, ask("pdf"), first):
                file.decryptor = _Standard(handler)
                return
    except SigningError:
        raise
    except _FOREIGN:
        raise IndeterminateError("pdf.unopened") from None
    raise IndeterminateError("pdf.unopened")


def _opens(handler: Any, password: str, identity: bytes) -> bool:
    """Whether the password fits; programs use UTF-8 where PDFDocEncoding cannot write it, or do not normalise it."""
    for form in (password, password.encode("utf-8", "replace")):
        with suppress(ValueError):  # not writable so, or not as RFC 4013 wants it
            if handler.authenticate(form, id1=identity).status != AuthStatus.FAILED:
                return True
    return False


def _generic(file: PdfFile, value: Any) -> Any:
    """Our object as pyHanko's."""
    if isinstance(value, Ref):
        value = file.resolve(value, file.last)
    if isinstance(value, bool):
        return generic.BooleanObject(value)
    if isinstance(value, int):
        return generic.NumberObject(value)
    if isinstance(value, float):
        return generic.FloatObject(value)
    if isinstance(value, str):
        return generic.NameObject("/" + value)
    if isinstance(value, bytes):
        return generic.ByteStringObject(value)
    if isinstance(value, list):
        return generic.ArrayObject([_generic(file, item) for item in value])
    if isinstance(value, PdfDict):
        return generic.DictionaryObject({generic.NameObject("/" + k): _generic(file, v) for k, v in value.items()})
    return generic.NullObject()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


class _Standard:
    """Decryption with a key that a password opened, each stream by the crypt filter that is its own (§7.6.6)."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self._strings = handler.get_string_filter()
        self._metadata = bool(handler.encrypt_metadata)

    def string(self, value: bytes, number: int, generation: int) -> bytes:
        return self._decrypt(self._strings, value, number, generation)

    def stream(self, value: bytes, number: int, generation: int, about: Mapping[str, Any]) -> bytes:
        return self._decrypt(self._filter_of(about), value, number, generation)

    def _filter_of(self, about: Mapping[str, Any]) -> Any:
        """What decrypts a stream: the filter that it names, else that of its kind."""
        filters, parameters = (_listed(about.get(key)) for key in ("Filter", "DecodeParms"))
        if "Crypt" in filters:
            named = parameters[0] if parameters else None
            if filters.index("Crypt") or filters.count("Crypt") > 1 or not isinstance(named, PdfDict | None):
                raise IndeterminateError("pdf.unopened")  # it has to stand in front of all others
            return self._named((named or PdfDict()).get("Name", _IDENTITY))
        if about.get("Type") == "Metadata" and not self._metadata:
            return self._named(_IDENTITY)
        if about.get("Type") == "EmbeddedFile":
            return self._handler.get_embedded_file_filter()
        return self._handler.get_stream_filter()

    def _named(self, name: Any) -> Any:
        try:
            return self._handler.get_stream_filter(generic.NameObject(f"/{name}"))
        except _FOREIGN:
            raise IndeterminateError("pdf.unopened") from None

    @staticmethod
    def _decrypt(method: Any, value: bytes, number: int, generation: int) -> bytes:
        try:
            return bytes(method.decrypt(method.derive_object_key(number, generation), value))
        except _FOREIGN:
            raise IndeterminateError("pdf.unopened") from None
