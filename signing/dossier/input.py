"""Papers and results as callers give them: paths, names with contents, any spelling of a name; and saved drafts."""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ..asice.names import check_name
from ..errors import MalformedError, UsageError
from ..files import read_file
from ..messages.reasons import why
from .rules import PAPERS, RESULTS

Source = bytes | str | os.PathLike[str]
Papers = Mapping[str, Source] | Iterable[str | os.PathLike[str]]


def entry_name(name: str) -> str:
    """The entry for a name: in NFC, under `papers/` unless it says otherwise."""
    name = unicodedata.normalize("NFC", name)
    return name if name.startswith((PAPERS, RESULTS)) else PAPERS + name


def title_of(entry: str) -> str:
    """What a paper is called until someone says better: its file name without the ending."""
    return PurePosixPath(entry).stem


def content_of(source: Source) -> bytes:
    """The content: itself, or that of the file. Raises `UsageError` or `LimitError`."""
    return source if isinstance(source, bytes) else read_file(source)


def named(papers: Papers) -> Iterator[tuple[str, Source]]:
    """Name and source of each paper. Raises `UsageError` when two have one name."""
    seen: set[str] = set()
    pairs = papers.items() if isinstance(papers, Mapping) else ((Path(p).name, p) for p in papers)
    for name, source in pairs:
        entry = entry_name(name)
        if entry in seen:
            raise UsageError("usage.argument", why=f"two papers are called {entry}")
        seen.add(entry)
        yield entry, source


def dump_draft(base: bytes, statement: bytes, files: Mapping[str, bytes]) -> bytes:
    """A draft as a file; `base` is the SHA-256 of the dossier that it was prepared on."""
    value = {
        "version": 1,
        "base": base.hex(),
        "statement": base64.b64encode(statement).decode(),
        "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def load_draft(data: bytes) -> tuple[bytes, bytes, dict[str, bytes]]:
    """Read `dump_draft` back. Raises `MalformedError`."""
    try:
        value: Any = json.loads(data)
        if type(value["version"]) is not int or value["version"] != 1:
            raise ValueError("version")
        base, statement = bytes.fromhex(value["base"]), base64.b64decode(value["statement"], validate=True)
        files = {str(n): base64.b64decode(c, validate=True) for n, c in value["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise MalformedError("dossier.draft-malformed", **why("not-a-draft")) from None
    for name in files:
        check_name(name)
    return base, statement, files
