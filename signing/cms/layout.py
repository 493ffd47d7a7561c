"""The parts of a SignedData (RFC 5652 §5.1) as they stand in its DER: what growing a signature, or adding one, needs.

Each signerInfo is looked at alone, as a *view*: a ContentInfo with the same content, certificates and revocation
answers, but that signerInfo only. A view is a signature like any other; putting it back leaves the others' bytes alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import LimitError, MalformedError
from . import der, names
from .values import MAX_ATTRIBUTES, MAX_REVOCATION

MAX_CERTIFICATES = 512
MAX_CERTIFICATES_BYTES = 2 << 20  # bytes of all in one SignedData: long names cost half a second a megabyte to read
MAX_SIGNERS = 64  # signerInfos in one SignedData, and counter-signatures of one


@dataclass(frozen=True, slots=True)
class Frame:
    """A SignedData with its signerInfos, encoded, in their order."""

    content_type: str
    version: int
    digest_algorithms: bytes  # the SET, encoded
    encapsulated: bytes  # encapContentInfo
    certificates: tuple[bytes, ...]
    revocation: tuple[bytes, ...]
    infos: tuple[bytes, ...]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a SignedData lie in its DER; what growing a signature needs."""

    content_type: str
    version: int
    before: bytes  # digestAlgorithms and encapContentInfo
    certificates: tuple[bytes, ...]
    revocation: tuple[bytes, ...]
    info: tuple[bytes, ...]  # fields of the one signerInfo, without unsigned attributes
    unsigned: tuple[bytes, ...]
    content: bytes | None


def frame(data: bytes) -> Frame:
    """The parts of the SignedData that fills `data`; `DerError` or `MalformedError` if they are not as they should."""
    outer = der.children(data, der.whole(data, der.SEQUENCE), 2)
    if der.to_oid(data, outer[0]) != names.SIGNED_DATA:
        raise der.DerError("not SignedData")
    explicit = der.children(data, der.need(outer[1], 0xA0), 1)
    fields = der.children(data, der.need(explicit[0], der.SEQUENCE), 6)
    version = der.to_int(data, fields[0])
    algorithms = der.need(fields[1], der.SET)
    content_type, content = _encapsulated(data, der.need(fields[2], der.SEQUENCE))
    optional = {f.tag: f for f in fields[3:-1]}
    if list(optional) not in ([], [0xA0], [0xA1], [0xA0, 0xA1]) or len(optional) != len(fields) - 4:
        raise der.DerError("unknown fields in SignedData")
    brought = optional.get(0xA0)
    if brought is not None and brought.stop - brought.start > MAX_CERTIFICATES_BYTES:
        raise LimitError("input.too-large", what="CMS certificates", limit=f"{MAX_CERTIFICATES_BYTES} bytes")
    infos = der.children(data, der.need(fields[-1], der.SET))
    if not infos:
        raise der.DerError("no signerInfo")
    return Frame(
        content_type=content_type,
        version=version,
        digest_algorithms=algorithms.raw(data),
        encapsulated=fields[2].raw(data),
        certificates=_raws(data, brought, MAX_CERTIFICATES),
        revocation=_raws(data, optional.get(0xA1), MAX_REVOCATION),
        infos=tuple(v.raw(data) for v in infos),
        content=content,
    )


def layout(data: bytes) -> Layout:
    """As `frame`, of a SignedData with exactly one signerInfo, whose fields are told apart."""
    found = frame(data)
    if len(found.infos) > 1:
        raise MalformedError("signature.unsupported", why=f"{len(found.infos)} signerInfos")
    info, unsigned = split_info(found.infos[0])
    return Layout(
        content_type=found.content_type,
        version=found.version,
        before=found.digest_algorithms + found.encapsulated,
        certificates=found.certificates,
        revocation=found.revocation,
        info=info,
        unsigned=unsigned,
        content=found.content,
    )


def split_info(info: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The fields of a signerInfo without its unsigned attributes, and those, encoded."""
    fields = der.children(info, der.whole(info, der.SEQUENCE), 7)
    unsigned: list[der.Value] = []
    if fields and fields[-1].tag == 0xA1:
        unsigned = der.children(info, fields.pop(), MAX_ATTRIBUTES)
    return tuple(v.raw(info) for v in fields), tuple(v.raw(info) for v in unsigned)


def _raws(data: bytes, parent: der.Value | None, limit: int) -> tuple[bytes, ...]:
    return () if parent is None else tuple(v.raw(data) for v in der.children(data, parent, limit))


def _encapsulated(data: bytes, info: der.Value) -> tuple[str, bytes | None]:
    fields = der.children(data, info, 2)
    content_type = der.to_oid(data, fields[0])
    if len(fields) == 1:
        return content_type, None
    inside = der.children(data, der.need(fields[1], 0xA0), 1)
    return content_type, der.need(inside[0], der.OCTET_STRING).content(data)


def join(parts: Frame) -> bytes:
    """ContentInfo of these parts, DER but for the signerInfos, which stay in their order; version by RFC 5652 §5.1."""
    others = any(item[0] == 0xA3 for item in parts.certificates) or any(item[0] == 0xA1 for item in parts.revocation)
    signed = der.seq(
        der.integer(5 if others else parts.version),
        parts.digest_algorithms,
        parts.encapsulated,
        der.set_of(parts.certificates, 0xA0) if parts.certificates else b"",
        der.set_of(parts.revocation, 0xA1) if parts.revocation else b"",
        der.tlv(der.SET, b"".join(parts.infos)),
    )
    return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed))


def views(parts: Frame) -> tuple[bytes, ...]:
    """A view of each signerInfo. Raises `LimitError` `input.too-large` for more than 64."""
    if len(parts.infos) > MAX_SIGNERS:
        raise LimitError("input.too-large", what="signerInfos", limit=str(MAX_SIGNERS))
    return tuple(join(replace(parts, infos=(info,))) for info in parts.infos)


def counter_infos(unsigned: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The signerInfo of each counter-signature among unsigned attributes (RFC 5652 §11.4).

    Raises `LimitError` `input.too-large` for more than 64; `DerError`.
    """
    found = []
    for item in unsigned:
        kind, values = der.children(item, der.whole(item, der.SEQUENCE), 2)
        if der.to_oid(item, kind) == names.COUNTER_SIGNATURE:
            found += [v.raw(item) for v in der.children(item, der.need(values, der.SET), MAX_SIGNERS + 1)]
    if len(found) > MAX_SIGNERS:
        raise LimitError("input.too-large", what="counter-signatures", limit=str(MAX_SIGNERS))
    return tuple(found)


def counter_frame(view: Layout, info: bytes) -> Frame:
    """The parts of a view of the counter-signature `info`; what it signs, the value above it, is no part of that.

    `DerError` for an `info` that is none.
    """
    fields = split_info(info)[0]
    if len(fields) < 3:
        raise der.DerError("a broken counter-signature")
    return Frame(
        content_type=names.DATA,
        version=view.version,
        digest_algorithms=der.set_of([fields[2]]),
        encapsulated=der.seq(der.oid(names.DATA)),
        certificates=view.certificates,
        revocation=view.revocation,
        infos=(info,),
        content=None,
    )


def put_back(parts: Frame, index: int, view: Frame) -> Frame:
    """`parts` with the signerInfo of `view` in the place `index`, and what the view gained beside it."""
    infos = (*parts.infos[:index], *view.infos, *parts.infos[index + 1 :])
    return with_evidence(replace(parts, infos=infos), view)


def with_evidence(parts: Frame, other: Frame) -> Frame:
    """`parts` with the certificates and revocation answers of `other` too, each once."""
    return replace(
        parts,
        certificates=tuple(dict.fromkeys(parts.certificates + other.certificates)),
        revocation=tuple(dict.fromkeys(parts.revocation + other.revocation)),
    )
