"""Presenting a credential (RFC 9901 §7.2): the disclosures that the holder chooses, and the proof of its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ..errors import MalformedError, UsageError
from ..holder import holder_key, make_proof
from ..jws import read_object
from ..keys import Key, KeySet
from .choosing import choose
from .compact import SdJwt
from .paths import Path

_PAYLOAD, _PARTS = 1, 3  # of the issuer-signed JWT


def present(
    credential: str,
    *,
    disclose: Iterable[str | Path] | None,
    key: Key | None,
    audience: str | None = None,
    nonce: str | None = None,
    at: datetime | None = None,
) -> str:
    """The presentation of `credential` to one `audience` that asked with `nonce`, showing only what `disclose` names.

    A name is a top-level claim, a path one inside (`("age_equal_or_over", "18")`); what is named is shown whole. None
    shows everything. `key` is the holder's, in `cnf`; without one the presentation carries no proof, which suits only
    credentials that are bound to nobody. Nothing of the credential is verified here. Raises `UsageError`
    (`disclosure.no-claim`, `usage.argument`), `MalformedError` (`credential.malformed`, …).
    """
    with _own():
        held = SdJwt.parse(credential)
        if held.proof is not None:
            raise MalformedError(
                "credential.malformed",
                why="this is a presentation, not the credential",
                why_vi="đây là bản đã xuất trình, không phải chứng nhận gốc",
            )
        over = held.over if disclose is None else choose(held, _payload(held), disclose)
    if key is None:
        return over
    # an audience or nonce that is missing is refused with the other arguments of a proof
    return over + make_proof(key, audience=audience or "", nonce=nonce or "", over=over, at=at)


def bound_key(credential: str, keys: KeySet) -> Key:
    """The one of a holder's own `keys` that `credential` is bound to (`cnf`). `UsageError` (`credential.other-key`)."""
    with _own():
        wanted = holder_key(_payload(SdJwt.parse(credential)).get("cnf")).thumbprint
    for key in keys.keys:
        if key.private and key.thumbprint == wanted:
            return key
    raise UsageError("credential.other-key")


@contextmanager
def _own() -> Iterator[None]:
    """Say what is wrong with a credential to its holder, who has nobody to present it again."""
    try:
        yield
    except MalformedError as e:
        if e.code != "disclosure.malformed":
            raise
        raise type(e)("credential.malformed", **e.details) from None


def _payload(held: SdJwt) -> dict[str, Any]:
    parts = held.token.encode("ascii").split(b".", _PARTS)
    if len(parts) != _PARTS:
        raise MalformedError("token.malformed", why="not three parts")
    return read_object(parts[_PAYLOAD], "payload")
