"""ISO 32000-2 §7.6: updates through pyHanko, for encrypted files and for files that the strict reader refuses.

Everything crosses the border as raw PDF values, so that the rest of the room drives both writers alike. pyHanko's
bookkeeping of /Info and /Version is left out: a signature must not change what a file says about itself (PDF/A).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from ..errors import RefusedError, SigningError, UsageError
from .raw import Dict, PdfSyntaxError, Ref, as_dict, as_ref
from .revision import BYTE_RANGE_WIDTH, Revision
from .revision5 import open_revision5
from .source import Source

logging.getLogger("pyhanko").addHandler(logging.NullHandler())  # its remarks on odd files are not for stderr


class _Writer(IncrementalPdfFileWriter):  # type: ignore[misc]  # untyped base
    """The incremental writer without its change of /Version."""

    def ensure_output_version(self, version: Any) -> None:
        """Leave the version as it is."""


class _Reading(io.RawIOBase):
    """A source as the file object that pyHanko reads."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        data, start = self._source.window(self._at, len(buffer))
        piece = data[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class _Appending(io.BytesIO):
    """Collects an update; positions count from the beginning of the whole file."""

    base = 0

    def tell(self) -> int:
        return super().tell() + self.base


class _Verbatim(generic.PdfObject):  # type: ignore[misc]  # untyped base
    """Bytes written as they are (never encrypted); remembers where."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:  # noqa: ARG002
        self.at = stream.tell()
        stream.write(self.raw)


class PatientUpdate:
    """The update of a file by pyHanko; see `Update` for what the methods promise."""

    def __init__(self, source: Source, writer: _Writer) -> None:
        self._source, self._writer = source, writer
        self._signature: Any = None

    @classmethod
    def open(cls, source: Source, password: Callable[[str], str] | None) -> PatientUpdate:
        """Raises `UsageError` (`pdf.encrypted`, `pdf.password*`), `RefusedError` (`pdf.mac`), `PdfSyntaxError`."""
        with _border():
            writer = _Writer(io.BufferedReader(_Reading(source)), strict=True)
            encrypted = writer.prev.encrypted
        if encrypted:
            _decrypt(writer, password)
        update = cls(source, writer)
        as_dict(update.load(update.root))
        return update

    @property
    def root(self) -> Ref:
        ref = self._writer.root_ref
        return Ref(ref.idnum, ref.generation)

    def _object(self, ref: Ref) -> Any:
        with _border():
            return self._writer.get_object(generic.Reference(ref.number, ref.generation, self._writer))

    def load(self, ref: Ref) -> bytes:
        found = self._object(ref)
        out = io.BytesIO()
        with _border():
            if isinstance(found, generic.DictionaryObject):
                if "/ByteRange" in found:  # what is signed is never encrypted, so it must not be decrypted either
                    found = generic.DictionaryObject(found)
                    contents = found.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)
                    found[generic.pdf_name("/Contents")] = generic.ByteStringObject(contents.original_bytes)
                generic.DictionaryObject.write_to_stream(found, out, None)
            else:
                found.write_to_stream(out, None)
        return out.getvalue().strip()

    def entries(self, ref: Ref) -> Dict:
        return as_dict(self.load(ref))

    def resolve(self, raw: bytes | None) -> bytes | None:
        for _ in range(8):
            ref = as_ref(raw)
            if ref is None:
                return None if raw == b"null" else raw
            raw = self.load(ref)
        raise PdfSyntaxError("references in a circle")

    def stream(self, ref: Ref) -> bytes:
        found = self._object(ref)
        if not isinstance(found, generic.StreamObject):
            raise PdfSyntaxError(f"object {ref.number} has no stream")
        with _border():
            return bytes(found.data)

    def has_stream(self, ref: Ref) -> bool:
        return isinstance(self._object(ref), generic.StreamObject)

    def _parse(self, value: bytes, ref: Any) -> Any:
        with _border():
            return generic.read_object(io.BytesIO(value + b" "), ref)

    def put(self, ref: Ref, value: bytes) -> None:
        there = generic.Reference(ref.number, ref.generation, self._writer)
        self._writer.objects[(ref.generation, ref.number)] = self._parse(value, there)

    def add(self, value: bytes, stream: bytes | None = None) -> Ref:
        placeholder = self._writer.allocate_placeholder()
        parsed = self._parse(value, placeholder.reference)
        if stream is not None:
            parsed = generic.StreamObject(dict(parsed), encoded_data=stream)
        added = self._writer.add_object(parsed, idnum=placeholder.idnum)
        return Ref(added.idnum, 0)

    def add_signature(self, entries: bytes) -> Ref:
        ref = self.add(entries)
        self._signature = self._writer.objects[(0, ref.number)]
        return ref

    def revision(self, reserve: int = 0) -> Revision:
        buffer, at = self._source.window(self._source.size - 1, 1)
        out = _Appending()
        out.base = self._source.size
        if buffer[at : at + 1] not in {b"\n", b"\r"}:
            out.write(b"\n")
        byte_range, contents = _Verbatim(b" " * BYTE_RANGE_WIDTH), _Verbatim(b"<" + b"0" * (2 * reserve) + b">")
        if self._signature is not None:
            self._signature[generic.pdf_name("/ByteRange")] = byte_range
            self._signature[generic.pdf_name("/Contents")] = contents
        with _border():
            self._writer._write_updated_section(out)  # noqa: SLF001  # the one use of pyHanko's internals; version bounded
        revision = Revision(bytearray(out.getvalue()), self._source.size)
        if self._signature is not None:
            start = contents.at - out.base
            revision.hole = (start, start + len(contents.raw))
            revision.fill_byte_range(byte_range.at - out.base)
        return revision


def _decrypt(writer: _Writer, password: Callable[[str], str] | None) -> None:
    """Open an encrypted file: with no password first, then with the one asked for.

    A file whose revisions carry a MAC (ISO/TS 32004) is refused: our revision would not continue it.
    """
    with _border():
        open_revision5(writer.prev.security_handler, writer.prev.encrypt_dict.get("/R"))
        status = writer.encrypt("").status
    if status is AuthStatus.FAILED:
        if password is None:
            raise UsageError("pdf.encrypted")
        _open(writer, password("pdf"))
    if writer.security_handler.pdf_mac_enabled:
        raise RefusedError("pdf.mac")


def _open(writer: _Writer, secret: str) -> None:
    """Open the file with that password. Raises `UsageError` (`pdf.password`, `pdf.password-letters`).

    Up to revision 4 passwords are PDFDocEncoding, which lacks most Vietnamese letters; programs write UTF-8 then. Later
    ones are normalised (RFC 4013), which some programs leave out. So what the standard wants is tried, then the bytes.
    """
    code = "pdf.password"
    for form in (secret, secret.encode("utf-8", "replace")):
        with _border():
            try:
                if writer.encrypt(form).status is not AuthStatus.FAILED:
                    return
            except UnicodeEncodeError:
                code = "pdf.password-letters"
            except ValueError:  # no password can hold that, says RFC 4013
                pass
    raise UsageError(code)


@contextmanager
def _border() -> Iterator[None]:
    """Nothing of pyHanko's leaves: it raises a dozen kinds of exception on files that it did not expect."""
    try:
        yield
    except (SigningError, PdfSyntaxError):
        raise
    except Exception as e:
        raise PdfSyntaxError(str(e)[:120] or type(e).__name__) from None
