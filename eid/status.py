"""Status lists: IETF Token Status List (draft-ietf-oauth-status-list-17), two bits a token, signed `statuslist+jwt`.

An issuer keeps a `StatusList` and publishes it as a signed token that is good for `ttl` seconds. A relying party opens
that token once and asks the `OpenedStatusList` for each identity token. A list that is missing, stale, or of another
name answers nothing: that is `IndeterminateError`, never "valid".

Lists of 1, 4 and 8 bits an entry, lists as CWT, and the aggregation of the draft are not read: an issuer's verifiers
know which kind it publishes. Many lists of one issuer: `shards.py`; many lists at a verifier: `status_cache.py`.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from datetime import datetime
from enum import IntEnum
from random import SystemRandom
from typing import Any, ClassVar, Final, Protocol, final

from .arguments import check_entry, check_kind
from .clock import seconds
from .encoding import b64url_text, dump_json, load_long_json, unb64url
from .errors import IndeterminateError, LimitError, MalformedError, RefusedError, UsageError, VerificationError
from .jws import header_segment, open_compact, sign_compact
from .keys import Key, KeySet, Purpose
from .token import (
    MAX_TEXT_CHARS,
    SKEW_S,
    STATUS_LIST,
    claims_object,
    object_claim,
    text_claim,
    time_claim,
)

BITS = 2
PER_BYTE = 8 // BITS
MAX_ENTRIES = 4_000_000  # entries of one list: 1 MB inflated; more tokens need more lists
MAX_BYTES = MAX_ENTRIES // PER_BYTE
MAX_TOKEN_CHARS = 2 * 1024 * 1024  # characters of one status list token
_CHUNK_CHARS = 4 * 4096  # characters of base64url decoded at a time; whole groups of four
_PIECE_BYTES = 64 * 1024  # bytes inflated at a time, so that opening costs little more than the bits
TTL_S = 900  # seconds for which a list may be used, at most
DEFAULT_ENTRIES = 1 << 20
_FOUR_BYTES = struct.Struct("=L")
_ALL_USED = 0xFF  # eight entries in use
_DRAWS = 256  # random indexes drawn at a time


class Status(IntEnum):
    """The two bits (draft §7.1): 3 is application-specific and refused."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


_STATUSES = (Status.VALID, Status.REVOKED, Status.SUSPENDED, None)


class StatusSource(Protocol):
    """Where a verifier learns the status of a token."""

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of entry `index` of the list named `uri` at second `now`. Raises `IndeterminateError`."""
        ...


@final
class Unchecked:
    """The spelt-out decision not to ask for a status: tokens that were revoked pass. There is one, also in copies and
    in other processes, so that whoever relies on a verdict can tell."""

    _only: ClassVar[Unchecked | None] = None

    def __new__(cls) -> Unchecked:
        """The one there is."""
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def status(self, uri: str, index: int, now: float) -> Status:  # noqa: ARG002
        """Always valid."""
        return Status.VALID

    def __repr__(self) -> str:
        return "UNCHECKED"


UNCHECKED: Final = Unchecked()


class StatusList:
    """The issuer's own list, mutable: `allocate`, `set`, `token`. It serves a verifier in the same process as well."""

    __slots__ = ("_bits", "_drawn", "_lock", "_used", "size", "uri")

    def __init__(self, uri: str, size: int = DEFAULT_ENTRIES) -> None:
        if type(uri) is not str or not 0 < len(uri) <= MAX_TEXT_CHARS or not uri.isprintable():
            raise UsageError(
                "usage.argument",
                why="the status list needs a short URI",
                why_vi="danh sách trạng thái cần một URI ngắn",
            )
        if type(size) is not int or not 0 < size <= MAX_ENTRIES:
            raise UsageError("usage.argument", why=f"a status list has 1 to {MAX_ENTRIES} entries")
        self.uri, self.size = uri, size
        self._bits = bytearray(-(-size // PER_BYTE))
        self._used = bytearray(-(-size // 8))
        self._drawn: list[int] = []
        self._lock = threading.Lock()

    def allocate(self) -> int:
        """A free index, at random so that it does not tell the order of issue. `RefusedError` (`status.full`)."""
        while True:
            try:
                return self._drawn.pop()
            except IndexError:  # also when another thread took the last one
                self._draw()

    def _draw(self) -> None:
        """Draw free indexes ahead, many for one call for randomness; look for the last ones when draws miss."""
        used, found = self._used, list[int]()
        with self._lock:
            if self._drawn:
                return
            draws = (random[0] % self.size for random in _FOUR_BYTES.iter_unpack(os.urandom(_DRAWS * _FOUR_BYTES.size)))
            for index in draws:
                bit = 1 << (index & 7)
                if not used[index >> 3] & bit:
                    used[index >> 3] |= bit
                    found.append(index)
            if not found:
                found = self._last_free()
            if not found:
                raise RefusedError("status.full")
            self._drawn += found

    def _last_free(self) -> list[int]:
        """Some of the free entries of a list that is nearly full, in random order."""
        rest = [(8 * place, byte) for place, byte in enumerate(self._used) if byte != _ALL_USED]
        free = [i for first, byte in rest for i in range(first, first + 8) if not byte >> (i & 7) & 1 and i < self.size]
        SystemRandom().shuffle(free)
        for index in free[:_DRAWS]:
            self._used[index >> 3] |= 1 << (index & 7)
        return free[:_DRAWS]

    def release(self, index: int) -> bool:
        """Give back the `index` of a token that expired over `TTL_S` seconds ago; whether it was in use."""
        self.set(index, Status.VALID)
        if index in self._drawn:  # given back before, and kept ready for a new token since
            return False
        return self._use(index, used=False)

    def mark(self, index: int) -> bool:
        """Note that `index` is in use, when a list is read back; whether it was free."""
        self._check(index)
        try:
            self._drawn.remove(index)  # kept ready for a new token: no longer
        except ValueError:  # also when another thread has just taken it
            return self._use(index, used=True)
        return True

    def _use(self, index: int, *, used: bool) -> bool:
        """Write down whether `index` is in use; whether that is news."""
        place, bit = index >> 3, 1 << (index & 7)
        with self._lock:
            news = bool(self._used[place] & bit) is not used
            if news:
                self._used[place] ^= bit
        return news

    def set(self, index: int, status: Status) -> None:
        """Set the status of entry `index`."""
        self._check(index)
        if not isinstance(status, Status):
            raise UsageError("usage.argument", why="status must be a Status")
        shift = BITS * (index % PER_BYTE)
        place = index // PER_BYTE
        with self._lock:
            self._bits[place] = self._bits[place] & ~(3 << shift) | status << shift

    def get(self, index: int) -> Status:
        """The status of entry `index`."""
        self._check(index)
        return Status(self._bits[index // PER_BYTE] >> BITS * (index % PER_BYTE) & 3)

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of entry `index`, for a verifier beside the issuer."""
        check_entry(uri, index, now)
        if uri != self.uri or not 0 <= index < self.size:
            raise IndeterminateError("status.unknown")
        return self.get(index)

    def token(self, key: Key, *, at: datetime | None = None, ttl_s: int = TTL_S) -> str:
        """The list as a signed `statuslist+jwt`, to publish at `uri` and to renew before `ttl_s` has passed.

        `key` signs status lists or anything, else `UsageError` (`status.key`).
        """
        check_kind("key", key, Key)
        if not key.serves(Purpose.STATUS):  # no verifier would take the list
            raise UsageError("status.key", purpose=key.purpose)
        if type(ttl_s) is not int or not 0 < ttl_s <= TTL_S:
            raise UsageError(
                "usage.argument",
                why=f"a status list is good for 1 to {TTL_S} seconds",
                why_vi=f"danh sách trạng thái có hiệu lực từ 1 đến {TTL_S} giây",
            )
        now = seconds(at)
        packed = b64url_text(zlib.compress(bytes(self._bits), 9))
        claims = {"sub": self.uri, "iat": now, "exp": now + ttl_s, "ttl": ttl_s}
        claims["status_list"] = {"bits": BITS, "lst": packed}
        return sign_compact(key, header_segment(key, STATUS_LIST), dump_json(claims))

    def _check(self, index: int) -> None:
        if type(index) is not int or not 0 <= index < self.size:
            raise UsageError("usage.argument", why=f"the list has no entry {index}")


class OpenedStatusList:
    """A published list whose signature holds; immutable. Answers while it is fresh.

    `uri` is its name, `issued` and `expires` are seconds since 1970: it answers from `issued` on and before `expires`.
    """

    __slots__ = ("_bits", "expires", "issued", "uri")

    def __init__(self, uri: str, bits: bytes | bytearray, expires: int, issued: int = 0) -> None:
        self.uri, self._bits, self.issued, self.expires = uri, bits, issued, expires

    @classmethod
    def open(cls, token: str, keys: KeySet) -> OpenedStatusList:
        """The list in a `statuslist+jwt` signed by one of `keys`; its age is judged at each look-up.

        A key made for another purpose than status lists does not count. Opening takes little more memory than the
        token and its bits. Raises `IndeterminateError` (`status.untrusted`): without a list that can be trusted no
        status is known.
        """
        check_kind("keys", keys, KeySet)
        try:
            claims, key = _claims(token, keys)
            issued, expires = _times(claims, key)
            return cls(text_claim(claims, "sub"), _bits_of(claims), expires, issued)
        except (MalformedError, VerificationError) as e:
            raise IndeterminateError("status.untrusted", why=e.text, why_vi=e.text_vi) from None

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of entry `index` at second `now`.

        Raises `IndeterminateError`: `status.stale`, `status.early`, `status.unknown`.
        """
        check_entry(uri, index, now)
        if uri != self.uri:
            raise IndeterminateError("status.unknown")
        if now >= self.expires:
            raise IndeterminateError("status.stale")
        if now < self.issued - SKEW_S:
            raise IndeterminateError("status.early")
        if not 0 <= index < PER_BYTE * len(self._bits):
            raise IndeterminateError("status.unknown")
        status = _STATUSES[self._bits[index // PER_BYTE] >> BITS * (index % PER_BYTE) & 3]
        if status is None:
            raise IndeterminateError("status.unknown")
        return status


def _claims(token: str, keys: KeySet) -> tuple[dict[str, Any], Key]:
    """The claims of a list and the key that signed them; the payload is not kept."""
    find = keys.finder(Purpose.STATUS)
    payload, key = open_compact(token, STATUS_LIST, find, known={}, max_chars=MAX_TOKEN_CHARS)
    return claims_object(payload, load_long_json), key


def _times(claims: dict[str, Any], key: Key) -> tuple[int, int]:
    """From when and until when the list may be used."""
    issued = time_claim(claims, "iat")
    ttl = time_claim(claims, "ttl")
    if not key.was_active(issued, issued, SKEW_S):
        raise VerificationError("token.key-inactive")
    expires = min(time_claim(claims, "exp"), issued + min(ttl, TTL_S))
    if key.revoked is not None:  # from then on anyone may have made it, whatever its date
        expires = min(expires, key.revoked)
    return issued, expires


def _bits_of(claims: dict[str, Any]) -> bytearray:
    """The bits of the `status_list` claim."""
    status_list = object_claim(claims, "status_list")
    packed = status_list.get("lst")
    if status_list.get("bits") is not BITS or type(packed) is not str:
        raise MalformedError("status.malformed", why="not two bits an entry", why_vi="không phải hai bit mỗi mục")
    return inflate(packed)


def inflate(packed: str) -> bytearray:
    """The bytes of a zlib stream (RFC 1950) in base64url; at most `MAX_BYTES`, and nothing behind the stream.

    Decoded and inflated in small pieces. Raises `MalformedError` (`status.malformed`), `LimitError` (`status.limit`).
    """
    stream, bits = zlib.decompressobj(), bytearray()
    try:
        for start in range(0, len(packed), _CHUNK_CHARS):
            data = unb64url(packed[start : start + _CHUNK_CHARS].encode("ascii"))
            while data and not stream.eof:
                _grow(bits, stream.decompress(data, _PIECE_BYTES))
                data = stream.unconsumed_tail
            if stream.unused_data or (data and stream.eof):
                raise ValueError("something behind the stream")
        while not stream.eof:
            piece = stream.decompress(b"", _PIECE_BYTES)
            if not piece:
                raise ValueError("cut")
            _grow(bits, piece)
    except (ValueError, zlib.error):
        why, why_vi = "not one whole zlib stream in base64url", "không phải một luồng zlib trọn vẹn dạng base64url"
        raise MalformedError("status.malformed", why=why, why_vi=why_vi) from None
    return bits


def _grow(bits: bytearray, piece: bytes) -> None:
    if len(bits) + len(piece) > MAX_BYTES:
        raise LimitError("status.limit", limit=MAX_ENTRIES)
    bits += piece
