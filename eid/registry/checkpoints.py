"""Signed checkpoints: how many accounts there were, and the Merkle root over the ends of their histories (RFC 6962).

A chain by itself shows neither that its tail was cut nor that all of it was made anew; an account that is gone leaves
no chain. A checkpoint does, to whoever keeps its token (`eid-checkpoint+jwt`) outside the database. Checkpoint n covers
exactly the rows of epochs before n.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..clock import moment
from ..encoding import dump_json, load_json
from ..errors import MalformedError, UsageError, VerificationError
from ..jws import header_segment, open_compact, sign_compact
from ..keys import KeySet, Purpose
from ..token import SKEW_S, claims_object, text_claim, time_claim

CHECKPOINT = "eid-checkpoint+jwt"
_DIGEST_CHARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was signed: the registry's random name, the number, the count of accounts, the root in hex, the time."""

    registry: str
    number: int
    accounts: int
    root: str
    time: datetime
    token: str = field(repr=False)

    @classmethod
    def sign(cls, registry: str, number: int, accounts: int, root: str, now: int, keys: KeySet) -> Checkpoint:
        """A new checkpoint, signed by the active key. `UsageError` (`key.public-only`) without one."""
        claims = {"sub": registry, "iat": now, "number": number, "accounts": accounts, "root": root}
        key = keys.active
        if not key.serves(Purpose.TOKEN):
            raise UsageError("key.public-only")
        token = sign_compact(key, header_segment(key, CHECKPOINT), dump_json(claims))
        return cls(registry=registry, number=number, accounts=accounts, root=root, time=moment(now), token=token)

    @classmethod
    def open(cls, token: str, keys: KeySet, now: int) -> Checkpoint:
        """The checkpoint in a token signed by a key of `keys` that was active at its time, and not revoked by `now`.

        Raises `MalformedError` and `VerificationError` (`token.…`).
        """
        payload, key = open_compact(token, CHECKPOINT, keys.finder(Purpose.TOKEN), known={})
        claims = claims_object(payload, load_json)
        issued, root = time_claim(claims, "iat"), text_claim(claims, "root")
        if not key.was_active(issued, now, SKEW_S):
            raise VerificationError("token.key-inactive")
        if len(root) != _DIGEST_CHARS:
            raise MalformedError("token.claim", claim="root", why="not a SHA-256 in hex")
        return cls(
            registry=text_claim(claims, "sub"),
            number=time_claim(claims, "number"),
            accounts=time_claim(claims, "accounts"),
            root=root,
            time=moment(issued),
            token=token,
        )
