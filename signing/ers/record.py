"""The syntax of evidence records (RFC 4998 §3.1, §4.1, §5.1; its module has implicit tags): read strictly, and written.

    EvidenceRecord       version 1, digest algorithms, [0] crypto infos, [1] encryption, sequence
    sequence             chains, the oldest first; a chain: archive timestamps, the oldest first
    archive timestamp    [0] digest algorithm, [1] attributes, [2] reduced hash tree, timestamp token

Crypto infos and attributes are hints, and not read. Encrypted documents are told to be unsupported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..cms import der, names
from ..cms.parse import PARSER_ERRORS
from ..cms.timestamp import TimestampToken, parse_timestamp
from ..cms.values import read_algorithm
from ..errors import LimitError, MalformedError

MAX_RECORD_BYTES = 32 * 1024 * 1024  # bytes of one record
MAX_STAMPS = 64  # archive timestamps in one record
MAX_LISTS = 64  # levels of one hash tree: more than documents could fill
_EXTENSION = "urn:ietf:params:xml:ns:ers"  # RFC 6283: the same in XML, which is not read here


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveTimestamp:
    """One archive timestamp: the lists of its reduced hash tree from the leaf up, none without one.

    `algorithm` is what the tree is made with, None if unknown; `encoded` is the timestamp as it stands in the record.
    """

    algorithm: str | None
    lists: tuple[tuple[bytes, ...], ...]
    token: TimestampToken = field(repr=False)
    encoded: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Archive timestamps that renew each other; `encoded` is the chain as it stands in the record."""

    stamps: tuple[ArchiveTimestamp, ...]
    encoded: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """A record, parsed and **not verified**."""

    chains: tuple[Chain, ...]

    def before(self, number: int) -> bytes:
        """The sequence of the chains before that of this number, encoded: what hash tree renewal covers (§5.2)."""
        return der.seq(*(chain.encoded for chain in self.chains[:number]))


def looks_like_record(data: bytes) -> bool:
    """Whether `data` begins as an evidence record does: a version, then a list of algorithms."""
    try:
        outer = der.read(data)
        if outer.tag != der.SEQUENCE or outer.stop != len(data):
            return False
        version = der.read(data, outer.start, outer.stop)
        algorithms = der.expect(data, der.SEQUENCE, version.stop, outer.stop)
        first = der.expect(data, der.SEQUENCE, algorithms.start, algorithms.stop)
        return der.to_int(data, version) == 1 and data[first.start] == der.OID
    except PARSER_ERRORS:
        return False


def looks_like_xml_record(data: bytes) -> bool:
    """Whether `data` is an evidence record in XML (RFC 6283)."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _EXTENSION.encode() in data[:2048]


def parse_record(data: bytes) -> EvidenceRecord:
    """The record in `data`. Raises `MalformedError` (`ers.malformed`, `signature.unsupported`) or `LimitError`."""
    if len(data) > MAX_RECORD_BYTES:
        raise LimitError("input.too-large", what="evidence record", limit=f"{MAX_RECORD_BYTES} bytes")
    if looks_like_xml_record(data):
        raise MalformedError("signature.unsupported", why="RFC 6283 (XML)")
    try:
        return _record(data)
    except MalformedError as e:
        if e.code == "signature.unsupported":
            raise
        raise MalformedError("ers.malformed", why=e.details.get("why", e.code)) from None
    except der.IndefiniteLengthError:
        raise MalformedError("signature.unsupported", why="evidence record: BER") from None
    except PARSER_ERRORS as e:
        why = str(e) if isinstance(e, der.DerError) else "EvidenceRecord"
        raise MalformedError("ers.malformed", why=why) from None


def _record(data: bytes) -> EvidenceRecord:
    fields = der.children(data, der.whole(data, der.SEQUENCE), 5)
    if der.to_int(data, fields[0]) != 1:
        raise der.DerError("version")
    der.need(fields[1], der.SEQUENCE)
    tags = [field.tag for field in fields[2:]]
    if 0xA1 in tags:
        raise MalformedError("signature.unsupported", why="evidence record: encryptionInfo")
    if tags not in ([der.SEQUENCE], [0xA0, der.SEQUENCE]):
        raise der.DerError("unknown fields in EvidenceRecord")
    chains = [_chain(data, value) for value in der.children(data, fields[-1], MAX_STAMPS)]
    if not chains or sum(len(chain.stamps) for chain in chains) > MAX_STAMPS:
        raise der.DerError(f"no archive timestamp, or more than {MAX_STAMPS}")
    return EvidenceRecord(chains=tuple(chains))


def _chain(data: bytes, value: der.Value) -> Chain:
    stamps = der.children(data, der.need(value, der.SEQUENCE), MAX_STAMPS)
    if not stamps:
        raise der.DerError("an empty chain")
    return Chain(stamps=tuple(_stamp(data, one) for one in stamps), encoded=value.raw(data))


def _stamp(data: bytes, value: der.Value) -> ArchiveTimestamp:
    *optional, content = der.children(data, der.need(value, der.SEQUENCE), 4)
    known = {part.tag: part for part in optional}
    if [part.tag for part in optional] != [tag for tag in (0xA0, 0xA1, 0xA2) if tag in known]:
        raise der.DerError("unknown fields in ArchiveTimeStamp")
    encoded = der.need(content, der.SEQUENCE).raw(data)
    token = parse_timestamp(encoded)
    algorithm = token.imprint_algorithm
    if 0xA0 in known:
        algorithm = names.DIGESTS.get(read_algorithm(b"\x30" + known[0xA0].raw(data)[1:]).oid)
    lists = tuple(_list(data, one) for one in der.children(data, known[0xA2], MAX_LISTS)) if 0xA2 in known else ()
    return ArchiveTimestamp(algorithm=algorithm, lists=lists, token=token, encoded=encoded)


def _list(data: bytes, value: der.Value) -> tuple[bytes, ...]:
    found = tuple(
        der.need(one, der.OCTET_STRING).content(data) for one in der.children(data, der.need(value, der.SEQUENCE))
    )
    if not found:
        raise der.DerError("an empty partial hash tree")
    return found


# --- writing ---------------------------------------------------------------------------------------------------------


def encode_stamp(algorithm: str, lists: Iterable[Iterable[bytes]], token: bytes) -> bytes:
    """ArchiveTimeStamp around a timestamp token."""
    partial = b"".join(der.seq(*(der.octets(one) for one in sorted(each))) for each in lists)
    tree = der.tlv(0xA2, partial) if partial else b""
    return der.seq(der.tlv(0xA0, der.oid(names.DIGEST_OIDS[algorithm])), tree, token)


def encode_record(algorithms: Iterable[str], chains: Iterable[bytes]) -> bytes:
    """EvidenceRecord of encoded chains; `algorithms` are those of their trees."""
    listed = (der.seq(der.oid(names.DIGEST_OIDS[name])) for name in dict.fromkeys(algorithms))
    return der.seq(der.integer(1), der.seq(*listed), der.seq(*chains))
