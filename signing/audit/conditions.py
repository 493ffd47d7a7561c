"""What the answers of an audit depend on beside the files: two audits with the same conditions say the same.

Trust and policy go in as digests of everything in them (SHA-256), so that a journal tells neither keys nor addresses.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from importlib import metadata
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..errors import SigningError
from .judges import Rules

_SECRET = re.compile(r"(://[^/@:]*):[^/@]*@")  # the password in a database's URL


def conditions(rules: Rules) -> dict[str, Any]:
    """The conditions by name, as JSON values. Of a password only whether there is one."""
    return {
        "program": program(),
        "trust": fingerprint(rules.trust),
        "policy": fingerprint(rules.policy),
        "at": None if rules.at is None else rules.at.isoformat(),
        "register": None if rules.register is None else fingerprint(_SECRET.sub(r"\1@", rules.register)),
        "password": rules.password is not None,
        "show_ids": rules.show_ids,
    }


def register_state(rules: Rules) -> str | None:
    """How the register stands: what it says about a dossier holds until it moves on. None where it cannot be asked."""
    if rules.register is None:
        return None
    from ..dossier.register import Register  # it loads a database, which few audits need

    try:
        with Register.open(rules.register, create=False) as register:
            head, kept = register.head(), register.newest_timestamp()
    except SigningError:  # told where a dossier needs it
        return None
    return fingerprint([head.register, head.number, head.digest, kept.token.der if kept is not None else None])


@cache
def program() -> str:
    """The version of this program."""
    try:
        return metadata.version("eid-signing")
    except metadata.PackageNotFoundError:  # run from its sources
        return "0"


def fingerprint(value: object) -> str:
    """A digest of a value and of all that it holds; equal values have equal ones, in any process."""
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(b"%d:" % len(piece) + piece)
    return digest.hexdigest()


def _pieces(value: object) -> Iterator[bytes]:
    """Names of kinds and contents, in an order that the value alone decides."""
    yield type(value).__name__.encode()
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, x509.Certificate):
        yield value.public_bytes(Encoding.DER)
    elif isinstance(value, Enum):
        yield from _pieces(value.value)
    elif isinstance(value, date):
        yield value.isoformat().encode()
    elif value is None or isinstance(value, str | int | float | timedelta):
        yield str(value).encode("utf-8", "surrogatepass")
    elif is_dataclass(value):
        for each in fields(value):
            if each.init and each.compare:
                yield each.name.encode()
                yield from _pieces(getattr(value, each.name))
    else:
        yield from _pieces_of_many(value)


def _pieces_of_many(value: object) -> Iterator[bytes]:
    if isinstance(value, Mapping):
        for name in sorted(value, key=str):
            yield from _pieces(name)
            yield from _pieces(value[name])
    elif isinstance(value, AbstractSet):
        yield from sorted(fingerprint(each).encode() for each in value)
    elif isinstance(value, Sequence):
        yield str(len(value)).encode()
        for each in value:
            yield from _pieces(each)
    else:
        raise TypeError(f"no digest of {type(value).__name__}")
