"""Issuing identity tokens and step proofs (OpenID Connect for Identity Assurance 1.0; NĐ 69/2024 for the levels).

An issuer here is whoever runs this program. Nothing it makes is issued by VNeID or accepted there, and an issuer
that names itself so is refused.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from binascii import hexlify
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .clock import Clock, moment, reader, seconds
from .encoding import b64url_text, dump_json, load_json
from .errors import RefusedError, UsageError
from .evidence import VIETNAM, Evidence, LevelRules, check_evidence
from .jws import header_segment, open_compact, sign_compact
from .keys import KeySet
from .level import GENERIC_METHODS, AuthenticationLevel, Level, check_factors
from .person import CLAIM_NAMES, Person
from .status import TTL_S, Status, StatusList
from .token import (
    IDENTITY,
    MAX_LIFE_S,
    MAX_TEXT_CHARS,
    STEP_PROOF,
    claim,
    claims_object,
    object_claim,
    text_claim,
    time_claim,
)

LIFE_S = 300  # seconds; the default life of a token
_MAX_CONSTANTS = 256  # combinations of levels and methods that one issuer keeps ready
ID_BYTES = 16  # random bytes of a token identifier
SHA256_BYTES = 32
FORGET_S = TTL_S + MAX_LIFE_S  # seconds after its end for which a token keeps its place in the status list

# Compact JSON as `dump_json` writes it. Every %b is JSON already, or base64url, or a word of ours inside quotes.
_IDENTITY_CLAIMS = (
    b'{"iss":%b,"sub":"%b","aud":%b,"iat":%d,"exp":%d,"jti":"%b","auth_time":%d,%b,'
    b'"verified_claims":{"verification":{%b,"time":"%b","evidence":[%b]},"claims":%b},'
    b'"status":{"status_list":{"idx":%d,"uri":%b}}%b}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """What an issuer keeps of a token: enough to revoke it, never the token."""

    token_id: str
    index: int
    expires: int


class Issuer:
    """Issues tokens in the name `issuer` with the active key of `keys`.

    `status` is the list that new tokens get their entry in; without one a list in memory named `issuer`/status/1 is
    made. `trust_framework` is the issuer's own name for its rules (default: `issuer`).
    """

    def __init__(
        self,
        issuer: str,
        keys: KeySet,
        *,
        clock: Clock | None = None,
        status: StatusList | None = None,
        trust_framework: str | None = None,
    ) -> None:
        self.issuer = _name("issuer", issuer)
        self.trust_framework = _name("trust_framework", issuer if trust_framework is None else trust_framework)
        if not isinstance(keys, KeySet):
            raise UsageError("usage.argument", why="keys must be a KeySet")
        self.keys = keys
        self._key = keys.active
        self._now = reader(clock)
        self.status_list = StatusList(f"{issuer.rstrip('/')}/status/1") if status is None else status
        self._issuer_json = dump_json(self.issuer)
        self._status_json = dump_json(self.status_list.uri)
        self._identity_header = header_segment(self._key, IDENTITY)
        self._step_header = header_segment(self._key, STEP_PROOF)
        self._constants: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
        # token id (None: forgotten), index in the status list, second of expiry
        self._issued: deque[tuple[bytes | None, int, int]] = deque()
        self._forget_at = 0  # the second before which none of them is to be forgotten
        self._lock = threading.Lock()

    def issue(
        self,
        person: Person,
        level: Level,
        *,
        audience: str,
        auth_level: AuthenticationLevel,
        evidence: Sequence[Evidence],
        amr: Sequence[str] | None = None,
        auth_time: datetime | None = None,
        nonce: str | None = None,
        claims: Collection[str] | None = None,
        life_s: int = LIFE_S,
    ) -> str:
        """An identity token (`eid+jwt`) about `person` for one `audience`, good for `life_s` (at most 600) seconds.

        `evidence` must carry `level` under the rules in force when it was gathered; `amr` (RFC 8176 names), if the
        login system tells it, must carry `auth_level`. `auth_time` is when the person logged in (default: now).
        `claims` names the person's claims to hand over (default: all). Raises `RefusedError` and `UsageError`.
        """
        now = int(self._now())
        _check_kinds(person, level, auth_level)
        if now >= self._forget_at:
            self._forget(now)
        rules, last = check_evidence(level, evidence, now)
        if level is Level.TWO and now - person.born_s < rules.settled_s:
            _check_age(person, rules, now)
        methods = amr if amr is None or type(amr) is tuple else _words("amr", amr)
        login, verification = self._constant_json(level, rules.name, auth_level, methods)
        tail = b"" if nonce is None else b',"nonce":' + dump_json(_short("nonce", nonce))
        subject = self.keys.pseudonym(_short("audience", audience), person.number.value)
        logged_in = now if auth_time is None else _past("auth_time", auth_time, now)
        expires = now + _life(life_s)
        about = person.claims_json if claims is None else _chosen(person, claims)
        token_id = hexlify(os.urandom(ID_BYTES))
        index = self.status_list.allocate()
        payload = _IDENTITY_CLAIMS % (
            self._issuer_json,
            subject.encode("ascii"),
            dump_json(audience),
            now,
            expires,
            token_id,
            logged_in,
            login,
            verification,
            last.time_text,
            b",".join([item.claim_json for item in evidence]),
            about,
            index,
            self._status_json,
            tail,
        )
        token = sign_compact(self._key, self._identity_header, payload)
        self._issued.append((token_id, index, expires))
        return token

    def prove_step(
        self,
        *,
        level: Level,
        auth_level: AuthenticationLevel,
        audience: str,
        nonce: str,
        certificate_sha256: bytes,
        auth_time: datetime | None = None,
        life_s: int = LIFE_S,
    ) -> str:
        """A step proof (`eid-step+jwt`): a person of `level` logged in at `auth_time` with `auth_level`, for `nonce`,
        and will sign with the certificate whose SHA-256 is given (32 bytes). It names nobody.
        """
        now = int(self._now())
        _check_levels(level, auth_level)
        if type(certificate_sha256) is not bytes or len(certificate_sha256) != SHA256_BYTES:
            raise UsageError("usage.argument", why="certificate_sha256 must be 32 bytes")
        body = {
            "iss": self.issuer,
            "aud": _short("audience", audience),
            "iat": now,
            "exp": now + _life(life_s),
            "jti": os.urandom(ID_BYTES).hex(),
            "auth_time": now if auth_time is None else _past("auth_time", auth_time, now),
            "acr": auth_level.text,
            "assurance_level": level.text,
            "nonce": _short("nonce", nonce),
            "cnf": {"x5t#S256": b64url_text(certificate_sha256)},
        }
        return sign_compact(self._key, self._step_header, dump_json(body))

    def revoke(self, token: str, *, status: Status = Status.REVOKED) -> IssuedToken:
        """Set the status of a token of this issuer, given its text or its identifier (`jti`).

        `Status.SUSPENDED` can be taken back with `Status.VALID`; a revocation cannot. Raises `RefusedError`
        (`token.unknown`, `token.revoked`) and, for text that is not this issuer's token, what verifying raises.
        """
        if not isinstance(token, str):
            raise UsageError("usage.argument", why="a token or its identifier is a text")
        issued = self._own(token) if "." in token else self._known(token)
        if status is not Status.REVOKED and self.status_list.get(issued.index) is Status.REVOKED:
            raise RefusedError("token.revoked")
        self.status_list.set(issued.index, status)
        return issued

    def status_token(self, *, ttl_s: int = TTL_S) -> str:
        """The status list as a signed token (`statuslist+jwt`), to be published at the list's URI."""
        return self.status_list.token(self._key, at=moment(int(self._now())), ttl_s=ttl_s)

    def _constant_json(
        self, level: Level, rule_set: str, auth_level: AuthenticationLevel, amr: tuple[str, ...] | None
    ) -> tuple[bytes, bytes]:
        """The members about the login, and those of `verification`, that many tokens share; written once each."""
        wanted = level, rule_set, auth_level, amr
        try:
            found = self._constants.get(wanted)
        except TypeError:  # a method that is not even hashable
            raise UsageError("usage.argument", why="amr must be a few short method names") from None
        if found is None:
            methods = GENERIC_METHODS[auth_level] if amr is None else check_factors(auth_level, amr)
            verification = {
                "trust_framework": self.trust_framework,
                "assurance_level": level.text,
                "rule_set": rule_set,
            }
            login = {"acr": auth_level.text, "amr": methods}
            found = dump_json(login)[1:-1], dump_json(verification)[1:-1]
            if len(self._constants) < _MAX_CONSTANTS:
                self._constants[wanted] = found
        return found

    def _known(self, token_id: str) -> IssuedToken:
        wanted = token_id.encode("utf-8", "replace")
        for name, index, expires in self._issued.copy():  # other threads may be issuing
            if name == wanted:
                return IssuedToken(token_id=token_id, index=index, expires=expires)
        raise RefusedError("token.unknown")

    def _own(self, token: str) -> IssuedToken:
        """What this issuer kept of a token, read from its signed text; it may have expired, but not so long ago that
        its entry in the status list may be another token's."""
        payload, _ = open_compact(token, IDENTITY, self.keys.find, known={})
        claims = claims_object(payload, load_json)
        entry = object_claim(object_claim(claims, "status"), "status_list")
        if claim(claims, "iss") != self.issuer or claim(entry, "uri") != self.status_list.uri:
            raise RefusedError("token.unknown")
        index, expires = time_claim(entry, "idx"), time_claim(claims, "exp")
        if expires < int(self._now()) - FORGET_S:
            raise RefusedError("token.unknown")
        return IssuedToken(token_id=text_claim(claims, "jti"), index=index, expires=expires)

    def _forget(self, now: int) -> None:
        """Drop tokens that ended longer ago than revoking needs; they end about in the order of their issue.

        An entry that was not valid to the end waits once more, valid, until no list that says otherwise is in use.
        """
        issued, entries = self._issued, self.status_list
        with self._lock:
            while issued and issued[0][2] < now - FORGET_S:
                _, index, _ = issued.popleft()
                if entries.get(index) is Status.VALID:
                    entries.release(index)
                else:
                    entries.set(index, Status.VALID)
                    issued.append((None, index, now))
            self._forget_at = (issued[0][2] if issued else now) + FORGET_S + 1


def _check_kinds(person: object, level: object, auth_level: object) -> None:
    if not isinstance(person, Person):
        raise UsageError("usage.argument", why="person must be a Person")
    _check_levels(level, auth_level)


def _check_age(person: Person, rules: LevelRules, now: int) -> None:
    if person.age_on(datetime.fromtimestamp(now, VIETNAM)) < rules.level_two_from_age:
        raise RefusedError("level.age", age=rules.level_two_from_age, law=rules.law)


def _check_levels(level: object, auth_level: object) -> None:
    if not isinstance(level, Level) or not isinstance(auth_level, AuthenticationLevel):
        raise UsageError("usage.argument", why="level and auth_level must be a Level and an AuthenticationLevel")


def _name(what: str, value: object) -> str:
    text = _short(what, value)
    if "vneid" in unicodedata.normalize("NFKC", text).casefold():
        raise RefusedError("issuer.name", name=text)
    return text


def _short(what: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARS or not value.isprintable():
        raise UsageError("usage.argument", why=f"{what} must be a short text")
    return value


def _life(life_s: object) -> int:
    if type(life_s) is not int or not 0 < life_s <= MAX_LIFE_S:
        raise UsageError("usage.argument", why=f"a token lives 1 to {MAX_LIFE_S} seconds")
    return life_s


def _past(what: str, value: datetime, now: int) -> int:
    s = seconds(value)
    if not 0 <= s <= now:
        raise UsageError("usage.argument", why=f"{what} must not lie in the future")
    return s


def _chosen(person: Person, names: Collection[str]) -> bytes:
    wanted = _words("claims", names)
    unknown = [name for name in wanted if name not in CLAIM_NAMES]
    if unknown:
        raise UsageError("usage.argument", why=f"no claim is called {unknown[0]}")
    return dump_json({name: value for name, value in person.to_claims().items() if name in wanted})


def _words(what: str, names: object) -> tuple[str, ...]:
    """A collection of short texts, read once."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise UsageError("usage.argument", why=f"{what} must be a list of names")
    words = tuple(names)
    if not all(isinstance(word, str) for word in words):
        raise UsageError("usage.argument", why=f"{what} must be a list of names")
    return words
