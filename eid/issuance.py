"""What an issuer keeps of the tokens that it makes (Token Status List; RFC 7662 asks for no more).

Enough to revoke a token and to say whether it still holds: identifier, account, place in a status list, level, times;
never the token, never a claim. `MemoryIssuance` serves one process; the registry's store is durable and shared.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from .consent import Consent
from .disclosure import CREDENTIAL
from .errors import RefusedError, UsageError
from .evidence import Evidence
from .keys import Key
from .level import Level
from .person import Person
from .status import TTL_S, Status, StatusList
from .token import IDENTITY, MAX_LIFE_S, claim, level_claim, object_claim, text_claim, time_claim

ID_BYTES = 16  # random bytes of a token identifier
DIGEST_BYTES = 16  # of an audience's digest
FORGET_S = TTL_S + MAX_LIFE_S  # seconds after its end for which a token keeps its place in the status list


class NewToken(NamedTuple):
    """A token about to be made, as a store needs it. Times are whole seconds; `account` is 32 hex digits.

    `number` is the person's number as `IssuanceStore.keyed` writes it. An account that was `named` must be the one to
    which it leads; where none was, `account` stands for the person if the number leads to none.
    """

    issuer: str
    kind: str  # the token's `typ`
    level: Level
    account: str
    audience: str | None  # None for credentials, which name nobody
    issued: int
    expires: int
    number: str | None = None
    named: bool = False


class AccountFacts(NamedTuple):
    """What an account of the registry says about its holder."""

    person: Person
    level: Level
    evidence: tuple[Evidence, ...]
    consents: tuple[Consent, ...]


class Slot(NamedTuple):
    """What a store gives a new token: its identifier (`jti`), its place in a status list, and whose it is."""

    token_id: str
    uri: str
    place: int
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """What an issuer keeps of a token. `account_status` is what the account's state makes of it."""

    token_id: str
    uri: str
    index: int
    expires: int
    kind: str
    level: Level
    account: str | None = None
    issued: int = 0
    status: Status = Status.VALID
    account_status: Status = Status.VALID
    audience: bytes | None = None  # its digest

    def is_for(self, audience: str) -> bool:
        """Whether the token was issued to this audience; a credential is for everyone."""
        return self.audience is None or self.audience == audience_digest(audience)


def audience_digest(audience: str) -> bytes:
    """What is kept of an audience: 16 bytes of its SHA-256, enough to recognise it."""
    return hashlib.sha256(audience.encode("utf-8", "surrogatepass")).digest()[:DIGEST_BYTES]


class IssuanceStore(Protocol):
    """Where issued tokens are entered, before they leave the issuer."""

    def enter(self, new: NewToken) -> Slot:
        """Enter a token and give it a place. Raises `RefusedError` (`account.locked`, `account.cancelled`,
        `status.full`), `IndeterminateError` when it could not be written: then nothing may be issued."""
        ...

    def keyed(self, number: str) -> str | None:
        """A personal number as it leads to an account here, under a secret; None where there are no accounts."""
        ...

    def find(self, token_id: str, now: int, claims: Mapping[str, Any] | None = None) -> IssuedToken:
        """What is kept of a token, given its identifier, and its claims if the caller has them from a signed text.

        Raises `RefusedError` (`token.unknown`)."""
        ...

    def status_tokens(self, key: Key, *, at: datetime, ttl_s: int) -> Iterator[tuple[str, str]]:
        """The name of every status list that still matters, and the list as a signed token."""
        ...

    def set_status(self, token: IssuedToken, status: Status) -> None:
        """Change the status of a token; a revocation is final (`RefusedError`, `token.revoked`)."""
        ...

    def facts(self, account: str) -> AccountFacts:
        """The holder of an account. Raises `RefusedError` (`account.unknown`, `account.locked`, …)."""
        ...


class MemoryIssuance:
    """The memory of one process: a status list, and which token has which entry until it no longer matters."""

    def __init__(self, status_list: StatusList) -> None:
        self.status_list = status_list
        # token id ("": forgotten), index in the status list, what was entered, second of expiry; credentials live so
        # much longer that they would keep the tokens behind them from being forgotten
        self._issued: deque[tuple[str, int, NewToken, int]] = deque()
        self._lasting: deque[tuple[str, int, NewToken, int]] = deque()
        self._forget_at = 0  # the second before which none of them is to be forgotten
        self._lock = threading.Lock()

    def enter(self, new: NewToken) -> Slot:
        """See `IssuanceStore`."""
        if new.issued >= self._forget_at:
            self.forget(new.issued)
        token_id, index = os.urandom(ID_BYTES).hex(), self.status_list.allocate()
        kept = self._lasting if new.kind == CREDENTIAL else self._issued
        kept.append((token_id, index, new, new.expires))
        return Slot(token_id, self.status_list.uri, index, new.account)

    def keyed(self, number: str) -> str | None:  # noqa: ARG002
        """See `IssuanceStore`: there are no accounts here."""
        return None

    def find(self, token_id: str, now: int, claims: Mapping[str, Any] | None = None) -> IssuedToken:
        """See `IssuanceStore`. Signed claims are believed: the list may have been used by an earlier process."""
        if claims is not None:
            return self._claimed(claims, now)
        for name, index, new, _ in (*self._issued.copy(), *self._lasting.copy()):  # other threads may be issuing
            if name == token_id and name:
                return self._kept(token_id, index, new)
        raise RefusedError("token.unknown")

    def set_status(self, token: IssuedToken, status: Status) -> None:
        """See `IssuanceStore`."""
        if status is not Status.REVOKED and self.status_list.get(token.index) is Status.REVOKED:
            raise RefusedError("token.revoked")
        self.status_list.set(token.index, status)

    def status_tokens(self, key: Key, *, at: datetime, ttl_s: int) -> Iterator[tuple[str, str]]:
        """See `IssuanceStore`."""
        yield self.status_list.uri, self.status_list.token(key, at=at, ttl_s=ttl_s)

    def facts(self, account: str) -> AccountFacts:  # noqa: ARG002
        """See `IssuanceStore`: there are no accounts here."""
        raise UsageError("usage.argument", why="this issuer has no registry with accounts")

    def _claimed(self, claims: Mapping[str, Any], now: int) -> IssuedToken:
        """A token may have expired, but not so long ago that its entry may be another token's."""
        entry = object_claim(object_claim(claims, "status"), "status_list")
        index, expires = time_claim(entry, "idx"), time_claim(claims, "exp")
        if claim(entry, "uri") != self.status_list.uri or expires < now - FORGET_S:
            raise RefusedError("token.unknown")
        of_person = "vct" in claims  # a credential, which names no audience
        verification = object_claim(claims if of_person else object_claim(claims, "verified_claims"), "verification")
        level = level_claim(verification, "assurance_level")
        kind, audience = (CREDENTIAL, None) if of_person else (IDENTITY, text_claim(claims, "aud"))
        new = NewToken("", kind, level, "", audience, time_claim(claims, "iat"), expires)
        return self._kept(text_claim(claims, "jti"), index, new)

    def _kept(self, token_id: str, index: int, new: NewToken) -> IssuedToken:
        return IssuedToken(
            token_id=token_id,
            uri=self.status_list.uri,
            index=index,
            expires=new.expires,
            kind=new.kind,
            level=new.level,
            account=new.account or None,
            issued=new.issued,
            status=self.status_list.get(index),
            audience=None if new.audience is None else audience_digest(new.audience),
        )

    def forget(self, now: int) -> None:
        """Drop tokens that ended longer ago than revoking needs; they end about in the order of their issue.

        An entry that was not valid to the end waits once more, valid, until no list that says otherwise is in use.
        """
        with self._lock:
            queues = self._issued, self._lasting
            for issued in queues:
                self._forget(issued, now)
            self._forget_at = min(queue[0][3] if queue else now for queue in queues) + FORGET_S + 1

    def _forget(self, issued: deque[tuple[str, int, NewToken, int]], now: int) -> None:
        entries = self.status_list
        while issued and issued[0][3] < now - FORGET_S:
            _, index, new, _ = issued.popleft()
            if entries.get(index) is Status.VALID:
                entries.release(index)
            else:
                entries.set(index, Status.VALID)
                issued.append(("", index, new, now))


def check_status(value: object) -> Status:
    """`value`, if it is a `Status`; else `UsageError`."""
    if not isinstance(value, Status):
        raise UsageError("usage.argument", why="status must be a Status")
    return value
