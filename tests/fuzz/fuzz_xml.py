"""Audits of XML signatures, and trusted lists."""

from __future__ import annotations

from lxml import etree

from signing.errors import MalformedError
from signing.trusted_list import read_trusted_list
from signing.xades.document import parse_xml

from ..signing.authority import NOW, make
from ..signing.test_trusted_list import Entry, unsigned_list
from ..signing.test_trusted_list import signed as signed_list
from .signed import VECTORS, audited, scene
from .target import Target

KINDS = ("enveloped-B-B", "enveloping-B-B", "internally-detached-B-B", "detached-B-T", "counter-signed-B-T")
SIGNED = tuple((VECTORS / "xades" / f"{kind}.xml").read_bytes() for kind in KINDS)
OPERATOR = make("Bên phát hành danh sách")
LIST = signed_list(unsigned_list(Entry(scene().root)), OPERATOR)


def resigned(data: bytes) -> object:
    """A list that its operator signed, whatever stands in it."""
    parse_xml(data)
    try:
        signed = signed_list(data, OPERATOR)
    except etree.C14NError:
        raise MalformedError("input.malformed", what="list", why="nobody could sign it") from None
    return read_trusted_list(signed, [OPERATOR.certificate], at=NOW)


TARGETS = (
    Target("signed", lambda data: audited("fuzzed.xml", data), SIGNED),
    Target("trusted list", lambda data: read_trusted_list(data, [OPERATOR.certificate], at=NOW), (LIST,)),
    Target("list of its operator", resigned, (unsigned_list(Entry(scene().root)),)),
)
