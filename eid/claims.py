"""Writing the claims of an identity token (OpenID Connect for Identity Assurance 1.0 §5; RFC 7800 for `cnf`).

The JSON is put together from parts that are written once each: evidence and person keep theirs, and what many tokens
share is remembered by `Drafts`. Arguments are checked here, before anything is entered or signed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from .clock import seconds
from .consent import Consent, check_consent
from .encoding import dump_json
from .errors import MalformedError, RefusedError, UsageError
from .evidence import MAX_EVIDENCE, Evidence, LevelRules, check_evidence, check_holder, holder_of
from .holder import cnf_claim
from .issuance import NewToken, Slot
from .keys import Key, KeySet
from .level import GENERIC_METHODS, AuthenticationLevel, Level, check_factors
from .person import CLAIM_NAMES, Person
from .token import IDENTITY, MAX_LIFE_S, MAX_TEXT_CHARS

_MAX_CONSTANTS = 256  # combinations of levels and methods that one issuer keeps ready
_MAX_OWNERS = 4096  # people without an account whose identifier one issuer keeps ready
LIFE_S = 300  # seconds; the default life of a token
ACCOUNT_CHARS = 32  # hexadecimal digits of an account's identifier
_HEX = frozenset("0123456789abcdef")

# Compact JSON as `dump_json` writes it. Every %b is JSON already, or base64url, or a word of ours inside quotes.
_IDENTITY_CLAIMS: Final = (
    b'{"iss":%b,"sub":"%b","aud":%b,"iat":%d,"exp":%d,"jti":"%b","auth_time":%d,%b,'
    b'"verified_claims":{"verification":{%b,"time":"%b","evidence":[%b]},"claims":%b},'
    b'"status":{"status_list":{"idx":%d,"uri":%b}}%b}'
)


class Draft(NamedTuple):
    """An identity token that lacks its identifier, its place in a status list and its signature."""

    new: NewToken
    parts: tuple[Any, ...]

    def at(self, issued: int, expires: int) -> Draft:
        """The same token with the times at which it was entered; a login that was "now" is that moment too."""
        logged_in, *rest = self.parts
        then = issued if logged_in == self.new.issued else logged_in
        return Draft(self.new._replace(issued=issued, expires=expires), (then, *rest))


class Drafts:
    """Makes the claims of one issuer's identity tokens; what many tokens share is written once."""

    def __init__(
        self,
        issuer: str,
        keys: KeySet,
        *,
        framework: str,
        rules: Sequence[LevelRules],
        now: Callable[[], float],
        keyed: Callable[[str], str | None],
    ) -> None:
        self.trust_framework = framework
        self._keys, self._rules, self._now, self._keyed = keys, rules, now, keyed
        self.issuer, self._issuer_json = issuer, dump_json(issuer)
        self._known: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
        self._owners: dict[str, str] = {}

    def draft(
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
        account: str | None = None,
        holder: Key | None = None,
        consent: Consent | None = None,
    ) -> Draft:
        """Everything of a token that can be refused, checked; nothing is entered or signed yet. See `Issuer.issue`."""
        now = int(self._now())
        if not isinstance(person, Person):
            raise UsageError("usage.argument", why="person must be a Person")
        check_levels(level, auth_level)
        rules, last = check_evidence(level, evidence, now, rules=self._rules, holder=holder_of(person))
        if now - person.born_s < rules.settled_s:
            check_holder(level, person, now, rules)
        methods = amr if amr is None or type(amr) is tuple else words("amr", amr)
        login, verification = self._shared(level, rules.name, auth_level, methods)
        tail = b"" if nonce is None and holder is None else tail_members(nonce, holder)
        owner, number = self.owner_of(person, account)
        short("audience", audience)
        logged_in = now if auth_time is None else past("auth_time", auth_time, now)
        expires = now + life(life_s)
        if claims is not None:
            claims = words("claims", claims)
            check_consent(consent, audience, claims, now)
        about = person.claims_json if claims is None else chosen_claims(person, claims)
        evidence_json = b",".join([item.claim_json for item in evidence])
        parts = logged_in, login, verification, last.time_text, evidence_json, about, tail
        new = NewToken(self.issuer, IDENTITY, level, owner, audience, now, expires, number, account is not None)
        return Draft(new, parts)

    def payload(self, draft: Draft, slot: Slot) -> bytes:
        """The claims of a draft that was entered and got `slot`, as JSON."""
        new = draft.new
        logged_in, login, verification, evidence_time, evidence, about, tail = draft.parts
        return _IDENTITY_CLAIMS % (
            self._issuer_json,
            self.subject(draft, slot).encode("ascii"),
            dump_json(new.audience),
            new.issued,
            new.expires,
            slot.token_id.encode("ascii"),
            logged_in,
            login,
            verification,
            evidence_time,
            evidence,
            about,
            slot.place,
            dump_json(slot.uri),
            tail,
        )

    def subject(self, draft: Draft, slot: Slot) -> str:
        """The person's name at the draft's audience: by the account under which the token was entered."""
        return self._keys.pseudonym(str(draft.new.audience), slot.account)

    def owner_of(self, person: Person, account: str | None) -> tuple[str, str | None]:
        """The account that was named, else what stands for the person; and the number by which a store finds the
        person's own account (`NewToken`)."""
        owner = self.account_of(person) if account is None else account_id(account)
        return owner, self._keyed(person.number.value)

    def account_of(self, person: Person) -> str:
        """The identifier that stands for a person without an account: HMAC of the number, 32 hex digits."""
        number = person.number.value
        owner = self._owners.get(number)
        if owner is None:
            owner = self._keys.mac(f"account\0{number}").hex()[:ACCOUNT_CHARS]
            if len(self._owners) < _MAX_OWNERS:
                self._owners[number] = owner
        return owner

    def _shared(
        self, level: Level, rule_set: str, auth_level: AuthenticationLevel, amr: tuple[str, ...] | None
    ) -> tuple[bytes, bytes]:
        """The members about the login, and those of `verification`, without braces; `amr` must carry `auth_level`."""
        wanted = level, rule_set, auth_level, amr
        try:
            found = self._known.get(wanted)
        except TypeError:  # a method that is not even hashable
            raise UsageError(
                "usage.argument",
                why="amr must be a few short method names",
                why_vi="amr phải là một vài tên phương thức ngắn",
            ) from None
        if found is None:
            methods = GENERIC_METHODS[auth_level] if amr is None else check_factors(auth_level, amr)
            verification = {
                "trust_framework": self.trust_framework,
                "assurance_level": level.text,
                "rule_set": rule_set,
            }
            login = {"acr": auth_level.text, "amr": methods}
            found = dump_json(login)[1:-1], dump_json(verification)[1:-1]
            if len(self._known) < _MAX_CONSTANTS:
                self._known[wanted] = found
        return found


def chosen_claims(person: Person, wanted: tuple[str, ...]) -> bytes:
    """The JSON object of those claims of `person` that `wanted` lists and that the person has."""
    unknown = [name for name in wanted if name not in CLAIM_NAMES]
    if unknown:
        raise UsageError(
            "usage.argument", why=f"no claim is called {unknown[0]}", why_vi=f"không có trường nào tên {unknown[0]}"
        )
    return dump_json({name: value for name, value in person.to_claims().items() if name in wanted})


def tail_members(nonce: str | None, holder: Key | None) -> bytes:
    """The optional members behind `status`, each after a comma: the recipient's nonce, the holder's public key."""
    tail = b"" if nonce is None else b',"nonce":' + dump_json(short("nonce", nonce))
    if holder is None:
        return tail
    return tail + b',"cnf":' + dump_json(cnf_claim(holder))


def check_levels(level: object, auth_level: object) -> None:
    """Both are members of their own enumerations; numbers and texts are a `UsageError`."""
    if not isinstance(level, Level) or not isinstance(auth_level, AuthenticationLevel):
        raise UsageError("usage.argument", why="level and auth_level must be a Level and an AuthenticationLevel")


def account_id(value: object) -> str:
    """An account's identifier: 32 lower-case hexadecimal digits."""
    if not isinstance(value, str) or len(value) != ACCOUNT_CHARS or not _HEX.issuperset(value):
        raise UsageError(
            "usage.argument",
            why=f"an account is {ACCOUNT_CHARS} hexadecimal digits",
            why_vi=f"mã tài khoản gồm {ACCOUNT_CHARS} chữ số thập lục phân",
        )
    return value


def evidence_list(entries: Any) -> list[Evidence]:
    """Evidence as files give it: a list of `{"kind", "method", "time", "office"}`, times as ISO 8601 with an offset.

    Raises `MalformedError` (`evidence.malformed`).
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise MalformedError("evidence.malformed", why="not a JSON list of objects")
    if len(entries) > MAX_EVIDENCE:
        raise MalformedError("evidence.malformed", why=f"over {MAX_EVIDENCE} pieces")
    try:
        return [Evidence(**{**entry, "time": datetime.fromisoformat(entry["time"])}) for entry in entries]
    except (KeyError, TypeError, ValueError):
        why = "members are kind, method, time (ISO 8601 with an offset) and office"
        raise MalformedError("evidence.malformed", why=why) from None


def issuer_name(what: str, value: object) -> str:
    """The name of an issuer or of its rules; nobody speaks in the name of VNeID (`issuer.name`)."""
    text = short(what, value)
    if "vneid" in unicodedata.normalize("NFKC", text).casefold():
        raise RefusedError("issuer.name", name=text)
    return text


def short(what: str, value: object) -> str:
    """A text of 1 to 500 printable characters."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARS or not value.isprintable():
        raise UsageError(
            "usage.argument", why=f"{what} must be a short text", why_vi=f"{what} phải là một văn bản ngắn"
        )
    return value


def life(life_s: object) -> int:
    """Seconds that a token lives, 1 to 600."""
    if type(life_s) is not int or not 0 < life_s <= MAX_LIFE_S:
        raise UsageError(
            "usage.argument",
            why=f"a token lives 1 to {MAX_LIFE_S} seconds",
            why_vi=f"token có thời hạn từ 1 đến {MAX_LIFE_S} giây",
        )
    return life_s


def past(what: str, value: datetime, now: int) -> int:
    """The second of an aware time that is not after `now`."""
    s = seconds(value)
    if not 0 <= s <= now:
        raise UsageError(
            "usage.argument", why=f"{what} must not lie in the future", why_vi=f"{what} không được ở tương lai"
        )
    return s


def words(what: str, names: object) -> tuple[str, ...]:
    """A collection of short texts, read once."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise UsageError("usage.argument", why=f"{what} must be a list of names")
    found = tuple(names)
    if not all(isinstance(word, str) for word in found):
        raise UsageError("usage.argument", why=f"{what} must be a list of names")
    return found
