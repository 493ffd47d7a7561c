"""One disclosure and its digest (RFC 9901 §4.2): `[salt, name, value]` of a member, `[salt, value]` of an element.

A digest covers the disclosure exactly as it was encoded, so nothing is ever encoded again. The hash is sha-256, the
default of §4.1.1; an SD-JWT that names another is refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson

from ..encoding import b64url, b64url_text, dump_json, load_json, unb64url
from ..errors import LimitError, MalformedError, VerificationError

HASH = "sha-256"
SALT_BYTES = 16  # §9.3: 128 random bits
DIGESTS, ELEMENT, HASH_NAME = "_sd", "...", "_sd_alg"  # the reserved names of §4.1, §4.2.4.2
RESERVED = frozenset({DIGESTS, ELEMENT, HASH_NAME})
_DIGEST_CHARS = 43  # of SHA-256 in base64url
MAX_DEPTH = 16  # objects and arrays inside each other, also through disclosures
MEMBER_PARTS, ELEMENT_PARTS = 3, 2  # of a disclosed member of an object, of a disclosed element of an array


def make_disclosure(*contents: Any) -> tuple[str, str]:
    """A disclosure of (name, value) or of (value,) under a fresh salt, encoded, and its digest."""
    encoded = b64url(dump_json((b64url_text(os.urandom(SALT_BYTES)), *contents)))
    return encoded.decode("ascii"), b64url_text(sha256(encoded).digest())


def decoy() -> str:
    """A digest that belongs to no disclosure (§4.2.5), so that the number of digests does not tell that of claims."""
    return b64url_text(sha256(os.urandom(SALT_BYTES)).digest())


def digest_of(disclosure: str) -> str:
    """The digest of an encoded disclosure, as it stands in `_sd`."""
    return b64url_text(sha256(disclosure.encode("ascii")).digest())


def digests_of(disclosures: Sequence[str]) -> list[str]:
    """The digests of many, encoded in one go: 32 bytes and a zero are 44 characters, 43 of them the digest's."""
    together = b64url_text(b"\0".join([sha256(each.encode("ascii")).digest() for each in disclosures]))
    return [together[at : at + _DIGEST_CHARS] for at in range(0, len(together), _DIGEST_CHARS + 1)]


def read_disclosures(disclosures: Sequence[str]) -> list[list[Any]]:
    """What encoded disclosures say: `[salt, name, value]` or `[salt, value]` each.

    They are read together, which is quicker, where each is written as `dump_json` writes it; another spelling is read
    strictly by itself. Raises `MalformedError` (`disclosure.malformed`), `VerificationError`
    (`disclosure.reserved-name`).
    """
    try:
        texts = [unb64url(each.encode("ascii")) for each in disclosures]
        found = _read_together(texts)
        if found is None:
            found = [load_json(text) for text in texts]
    except (ValueError, RecursionError):
        raise MalformedError(
            "disclosure.malformed",
            why="a disclosure is not strict JSON in canonical base64url",
            why_vi="một phần công bố không phải JSON hợp lệ mã hóa base64url chuẩn",
        ) from None
    for contents in found:
        _check_shape(contents)
    return found


def _read_together(texts: list[bytes]) -> list[Any] | None:
    """The values of `texts` if each is exactly what `dump_json` makes of its value, which excludes duplicate members;
    the comparison also tells texts that are JSON only beside each other."""
    try:
        values = orjson.loads(b"[%b]" % b",".join(texts))
        same = len(values) == len(texts) and list(map(orjson.dumps, values)) == texts
    except (ValueError, TypeError):
        return None
    return values if same else None


def _check_shape(contents: Any) -> None:
    if type(contents) is list and contents and type(contents[0]) is str:
        if len(contents) == ELEMENT_PARTS:
            return
        if len(contents) == MEMBER_PARTS and type(contents[1]) is str:
            if contents[1] in RESERVED:
                raise VerificationError("disclosure.reserved-name", name=contents[1])
            return
    raise MalformedError(
        "disclosure.malformed",
        why="a disclosure is neither [salt, name, value] nor [salt, value]",
        why_vi="một phần công bố không có dạng [salt, tên, giá trị] hoặc [salt, giá trị]",
    )


def too_deep() -> LimitError:
    """The error for claims nested deeper than `MAX_DEPTH`."""
    return LimitError(
        "disclosure.malformed",
        why=f"claims are nested deeper than {MAX_DEPTH}",
        why_vi=f"các trường lồng nhau sâu quá {MAX_DEPTH} lớp",
    )
