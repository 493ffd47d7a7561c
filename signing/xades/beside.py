"""An XML signature that is a file of its own, with what it signs inside it or in files beside it (XMLDSig §4.4.3.1)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from ..errors import SigningError
from ..files import MAX_READ_BYTES, is_file_beside, read_file
from .file import Conditions, Examined, examine_xml, nothing_outside
from .reference import Outside

_FORBIDDEN = frozenset("/\\:?#\0")


def examine_xml_file(path: Path | None, data: bytes, conditions: Conditions) -> Examined:
    """As `examine_xml`; `path` is where `data` was read, so that files beside it can be found; None: nothing is."""
    return examine_xml(data, conditions, nothing_outside if path is None else files_beside(path))


def files_beside(path: Path) -> Outside:
    """Files in the folder of `path` by a plain name; a reference that names nothing means the file that `path` is
    called after (`contract.pdf` for `contract.pdf.xml`). Nothing else, and no address, is ever opened."""

    def outside(uri: str | None) -> bytes | None:
        name = path.stem if uri is None else unquote(uri).removeprefix("./")
        if not name or name in {".", ".."} or _FORBIDDEN & set(name) or name == path.name:
            return None
        found = path.parent / name
        try:
            return read_file(found, max_bytes=MAX_READ_BYTES) if is_file_beside(found, path) else None
        except (SigningError, OSError, ValueError):
            return None

    return outside
