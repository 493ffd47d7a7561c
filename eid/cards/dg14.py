"""Data group 14, what the chip can do (ICAO 9303-11 §9.2 SecurityInfos; BSI TR-03110-3 §A.1): its active and chip
authentication.

Chip authentication needs a live session with the chip (secure messaging), so it is a reader's matter: what stands here
about it is shown and not used.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes

from .der import SET, DerError, Node, dotted, inside, oid, read_integer, read_oid, sole
from .lds import group, malformed

MAX_INFOS = 64

_ACTIVE = oid("2.23.136.1.1.5")
_PLAIN = {  # ecdsa-plain-signatures of BSI TR-03111 §5.2.1.1
    "0.4.0.127.0.7.1.1.4.1.2": hashes.SHA224(),
    "0.4.0.127.0.7.1.1.4.1.3": hashes.SHA256(),
    "0.4.0.127.0.7.1.1.4.1.4": hashes.SHA384(),
    "0.4.0.127.0.7.1.1.4.1.5": hashes.SHA512(),
}
_PROTOCOLS = {
    "2.23.136.1.1.5": "active authentication",
    "0.4.0.127.0.7.2.2.1": "chip authentication key",
    "0.4.0.127.0.7.2.2.3": "chip authentication",
    "0.4.0.127.0.7.2.2.4": "PACE",
    "0.4.0.127.0.7.2.2.2": "terminal authentication",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityInfos:
    """The object identifiers that stand there, and the hash of ECDSA active authentication, None if none is named or it
    is not one of SHA-224 to SHA-512."""

    protocols: tuple[str, ...]
    active_signature: str | None

    @property
    def active_digest(self) -> hashes.HashAlgorithm | None:
        """The hash with which the chip signs a challenge."""
        return None if self.active_signature is None else _PLAIN.get(self.active_signature)

    @property
    def offers(self) -> tuple[str, ...]:
        """The protocols in words, once each."""
        words = (_PROTOCOLS.get(name) or _PROTOCOLS.get(name.rpartition(".")[0]) for name in self.protocols)
        longer = (_PROTOCOLS.get(".".join(name.split(".")[:9])) for name in self.protocols)
        return tuple(dict.fromkeys(word for pair in zip(words, longer, strict=True) for word in pair if word))


def read_security_infos(data: bytes) -> SecurityInfos:
    """The infos in data group 14, whose file is `data`. Raises `MalformedError` (`chip.malformed`)."""
    try:
        infos = inside(data, sole(group(data, 14)), SET)
        if not 1 <= len(infos) <= MAX_INFOS:
            raise DerError("not a set of one to sixty-four infos")
        protocols, signature = [], None
        for info in infos:
            fields = inside(data, info)
            if len(fields) < 2:
                raise DerError("an info is not a protocol and its data")
            protocol = read_oid(data, fields[0])
            protocols.append(dotted(protocol))
            if protocol == _ACTIVE:
                if signature is not None:
                    raise DerError("active authentication stands twice")
                signature = _active(data, fields)
    except DerError as e:
        raise malformed(14, e) from None
    return SecurityInfos(protocols=tuple(protocols), active_signature=signature)


def _active(data: bytes, fields: list[Node]) -> str:
    if len(fields) != 3 or read_integer(data, fields[1]) != 1:
        raise DerError("active authentication is not version 1 with an algorithm")
    return dotted(read_oid(data, fields[2]))
