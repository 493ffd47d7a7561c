"""The halves of sentences that are written where something goes wrong (`why=…`, `what=…`), in Vietnamese.

They are looked up by their English text, so that whoever raises an error writes it once; `{}` stands for whatever the
case puts there, itself looked up. What no table knows (names, numbers, what a service said) stays as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import phrases_documents, phrases_dossier, phrases_pdf, phrases_use, system

_TEXTS: dict[str, str] = {
    **phrases_documents.PHRASES,
    **phrases_dossier.PHRASES,
    **phrases_pdf.PHRASES,
    **phrases_use.PHRASES,
    **system.PHRASES,
}


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, english.split("{}"))), re.DOTALL)


# what says most comes first: "{}: {}" would take what "entry {}: {}" means
_PATTERNS = [
    (_pattern(english), vietnamese)
    for english, vietnamese in sorted(_TEXTS.items(), key=lambda pair: -len(pair[0]))
    if "{}" in english
]


@lru_cache(maxsize=1024)
def in_vietnamese(english: str) -> str:
    """`english` as these tables have it in Vietnamese; any other text as it is."""
    if english in _TEXTS:
        return _TEXTS[english]
    for pattern, vietnamese in _PATTERNS:
        if found := pattern.fullmatch(english):
            return vietnamese.format(*map(in_vietnamese, found.groups()))
    return english
