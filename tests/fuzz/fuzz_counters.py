"""Counter codes and what they are made of: Base45, CBOR, COSE_Sign1."""

from __future__ import annotations

from datetime import UTC, datetime

from eid import AuthenticationLevel, Key, KeySet, Level, MemoryReplay, base45, cbor, cose
from eid.counter import (
    CWT,
    HOLDER,
    PREFIX,
    UNBOUND_PREFIX,
    Binding,
    cose_key,
    decode_unverified,
    holder_key,
    make_counter_credential,
    present_at_counter,
)
from eid.counter_check import verify_counter_code
from eid.status import UNCHECKED

from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
KEYS = KeySet.generate(at=NOW)
DEVICE = Key.generate()
CHALLENGE = bytes(16)
PARTIES = {"issuer": "https://id.example.vn", "counter": "H26.19/3"}


def credential(holder: Key | None) -> bytes:
    return make_counter_credential(
        KEYS,
        **PARTIES,
        subject="0" * 40,
        level=Level.TWO,
        auth_level=AuthenticationLevel.THREE,
        holder=holder,
        name="Nguyễn Văn A",
        status=("https://id.example.vn/status/1", 5),
        at=NOW,
    )


def verify(code: str, binding: Binding = Binding.REQUIRED) -> object:
    return verify_counter_code(
        code,
        KEYS,
        **PARTIES,
        challenge=CHALLENGE if binding is Binding.REQUIRED else None,
        level=Level.ONE,
        binding=binding,
        status=UNCHECKED,
        replay=MemoryReplay(),
        at=NOW,
    )


def with_claims(data: bytes) -> object:
    """Claims that are anything, rightly signed."""
    key = KEYS.active
    code = cose.sign1(data, alg=key.cose_alg, sign=key.sign_raw, profile=CWT, kid=key.kid.encode())
    return verify(UNBOUND_PREFIX + base45.encode(code), Binding.UNBOUND)


BOUND, UNBOUND = credential(DEVICE), credential(None)
CODE = present_at_counter(BOUND, holder=DEVICE, challenge=CHALLENGE)
LOOSE = present_at_counter(UNBOUND, holder=None, challenge=None)
CLAIMS = cose.parse_sign1(BOUND, profile=CWT).payload
OUTER = base45.decode(CODE[len(PREFIX) :])

TARGETS = (
    Target("code", lambda data: verify(text(data)), (CODE.encode(), LOOSE.encode(), PREFIX.encode())),
    Target("unbound", lambda data: verify(text(data), Binding.UNBOUND), (LOOSE.encode(), UNBOUND_PREFIX.encode())),
    Target("bytes", lambda data: decode_unverified(PREFIX + base45.encode(data)), (OUTER,)),
    Target("claims", with_claims, (CLAIMS, cose.parse_sign1(UNBOUND, profile=CWT).payload, b"\xa0")),
    Target("holder key", lambda data: holder_key(cbor.decode(data)), (cbor.encode({1: cose_key(DEVICE)}), b"\xa0")),
    Target("present", lambda data: present_at_counter(data, holder=DEVICE, challenge=CHALLENGE), (BOUND, UNBOUND)),
    Target("cose", lambda data: cose.parse_sign1(data, profile=CWT), (BOUND, UNBOUND)),
    Target("cose of a device", lambda data: cose.parse_sign1(data, profile=HOLDER), (OUTER,)),
    Target("cbor", lambda data: cbor.decode(data, text_labels=True), (CLAIMS, OUTER[1:], b"\xa0", b"\x83\x01\x20\x60")),
    Target("base45", lambda data: base45.decode(text(data)), (CODE[len(PREFIX) :].encode(), b"", b"BB8")),
)
