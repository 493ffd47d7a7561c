"""RFC 7468 §8 and §9: CMS signatures as text."""

from __future__ import annotations

import base64
import re

from .der import SEQUENCE

_PEM = re.compile(rb"-----BEGIN (CMS|PKCS7)-----(.*?)-----END \1-----", re.DOTALL)


def unwrapped(data: bytes) -> bytes:
    """The first CMS in a text file; binary data as they are, since text that stands inside them is content.

    Nothing where what stands between the lines is no base64.
    """
    found = None if data.startswith(bytes([SEQUENCE])) else _PEM.search(data)
    if found is None:
        return data
    try:
        return base64.b64decode(b"".join(found[2].split()), validate=True)
    except ValueError:
        return b""
