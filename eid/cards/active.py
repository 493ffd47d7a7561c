"""Active authentication (ICAO 9303-11 §6.1): a chip signs a challenge with a key that it never gives away.

It shows that the files come from the chip that they were written to. It means something only after passive
authentication: a copy answers with a key of its own, in a data group 15 that no country signed. The challenge must be
made freshly by whoever asks, and be used once; an answer to an old one is a recording.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ..errors import IndeterminateError, UsageError, VerificationError
from .der import DerError, expect, only, raw
from .dg14 import SecurityInfos
from .iso9796 import is_answered
from .lds import TAGS, malformed
from .signatures import PublicKey, UnsupportedError, read_key

CHALLENGE_BYTES = 8  # bytes of RND.IFD
MAX_RESPONSE_BYTES = 512  # bytes; a 4,096-bit signature


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAnswer:
    """A challenge that the caller made (8 bytes), and what the chip answered to it."""

    challenge: bytes
    response: bytes

    def __post_init__(self) -> None:
        parts: tuple[object, ...] = (self.challenge, self.response)
        if not all(isinstance(part, bytes) for part in parts):
            raise UsageError("usage.argument", why="a challenge and its answer are bytes")
        if len(self.challenge) != CHALLENGE_BYTES or not 1 <= len(self.response) <= MAX_RESPONSE_BYTES:
            raise UsageError("chip.challenge", length=CHALLENGE_BYTES, limit=MAX_RESPONSE_BYTES)


def new_challenge() -> bytes:
    """Eight random bytes for one chip, once."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def read_chip_key(data: bytes) -> PublicKey:
    """The key in data group 15, whose file is `data` (ICAO 9303-10 §4.7.15).

    Raises `MalformedError` (`chip.malformed`), `IndeterminateError` (`chip.active-algorithm`).
    """
    try:
        _, _, start, stop = only(data, TAGS[15])
        return read_key(raw(data, expect(data, 0x30, start, stop)))
    except UnsupportedError:
        raise IndeterminateError("chip.active-algorithm") from None
    except DerError as e:
        raise malformed(15, e) from None


def check_answer(key: PublicKey, infos: SecurityInfos | None, answer: ActiveAnswer) -> None:
    """Check that the chip with `key` answered; `infos` name the hash of an ECDSA chip.

    Raises `VerificationError` (`chip.active-failed`), `IndeterminateError` (`chip.active-algorithm`).
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        _check_ecdsa(key, infos, answer)
    elif not is_answered(key, answer.response, answer.challenge):
        raise VerificationError("chip.active-failed")


def _check_ecdsa(key: ec.EllipticCurvePublicKey, infos: SecurityInfos | None, answer: ActiveAnswer) -> None:
    """Plain signature r ‖ s (BSI TR-03111 §5.2.1)."""
    digest = None if infos is None else infos.active_digest
    if digest is None:
        raise IndeterminateError("chip.active-algorithm")
    size = (key.curve.key_size + 7) // 8
    if len(answer.response) != 2 * size:
        raise VerificationError("chip.active-failed")
    r, s = (int.from_bytes(half, "big") for half in (answer.response[:size], answer.response[size:]))
    try:
        key.verify(encode_dss_signature(r, s), answer.challenge, ec.ECDSA(digest))
    except InvalidSignature:
        raise VerificationError("chip.active-failed") from None
