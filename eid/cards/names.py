"""Distinguished names of certificates (RFC 5280 §4.1.2.4): compared by meaning, shown to people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .der import OID, SEQUENCE, SET, DerError, Node, dotted, inside, oid, only, raw, read_oid

MAX_ATTRIBUTES = 32  # attributes of one name
MAX_VALUE_BYTES = 512  # bytes of one attribute's value

_SHORT = {
    oid("2.5.4.3"): "CN",
    oid("2.5.4.5"): "serialNumber",
    oid("2.5.4.6"): "C",
    oid("2.5.4.7"): "L",
    oid("2.5.4.8"): "ST",
    oid("2.5.4.10"): "O",
    oid("2.5.4.11"): "OU",
}
_ENCODINGS = {  # tag of the string type → how its bytes are text
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "latin-1",  # PrintableString; issuers put other characters into it
    0x14: "latin-1",
    0x16: "latin-1",
    0x1A: "latin-1",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name as (attribute, value) pairs; `key` is equal for names that mean the same, whatever their string types.

    `country` is the attribute C in capitals: two letters, from some issuers three.
    """

    attributes: tuple[tuple[str, str], ...]
    key: tuple[tuple[str, str], ...]
    country: str | None

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.attributes)


def read_name(data: bytes, node: Node) -> Name:
    """The name in `node`. Raises `DerError`."""
    return _read(raw(data, node))


@lru_cache(maxsize=512)  # all signers of a country have one issuer
def _read(data: bytes) -> Name:
    attributes: list[tuple[str, str]] = []
    for relative in inside(data, only(data, SEQUENCE)):
        for pair in inside(data, relative, SET):
            attributes.append(_attribute(data, pair))
        if len(attributes) > MAX_ATTRIBUTES:
            raise DerError("a name with too many attributes")
    country = next((value.strip().upper() for name, value in attributes if name == "C"), None)
    key = tuple((name, " ".join(value.casefold().split())) for name, value in attributes)
    return Name(tuple(attributes), key, country)


def _attribute(data: bytes, node: Node) -> tuple[str, str]:
    fields = inside(data, node, SEQUENCE)
    if len(fields) != 2 or fields[0][0] != OID:
        raise DerError("a name's attribute is not a pair")
    identifier = read_oid(data, fields[0])
    tag, _, start, stop = fields[1]
    if stop - start > MAX_VALUE_BYTES:
        raise DerError("a name's attribute is too long")
    try:
        text = data[start:stop].decode(_ENCODINGS.get(tag, "utf-8"))
    except UnicodeDecodeError:
        text = data[start:stop].hex()
    return _SHORT.get(identifier) or dotted(identifier), text
