"""Making credentials (`dc+sd-jwt`, SD-JWT VC): a person's claims under an issuer's signature, each shown on its own.

A credential is held, not sent: it names no audience, and lives until its account changes. Always shown are `iss`,
`vct`, `iat`, `exp`, `jti`, `status`, `cnf` and, of `verification`, the level, the rule set and the framework; every
claim about the person, and when and on what evidence it was verified, is shown only if the holder chooses to.
`age_equal_or_over` answers age questions without a birth date (as the German PID of RFC 9901 A.3 does).

Copies of one credential can be linked by what is always shown. A batch therefore gives each copy its own key, salts,
`jti` and place in a status list, and times cut to the day, which it shares with everybody else's of that day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..clock import moment, seconds
from ..encoding import dump_json
from ..errors import UsageError
from ..evidence import Evidence
from ..holder import MAX_PROOF_CHARS, cnf_claim
from ..jws import Profile, header_segment, sign_compact
from ..keys import Key
from ..level import Level
from ..person import CLAIM_NAMES, Person
from ..rules import VIETNAM
from ..token import MAX_TEXT_CHARS
from .compact import MAX_CHARS, MAX_DISCLOSURES, combine
from .concealing import check_names, conceal_checked
from .paths import Mark, Path, paths_of, tree_of

CREDENTIAL = "dc+sd-jwt"
PROFILE = Profile(typ=CREDENTIAL)
MAX_LIFE_S = 10 * 366 * 86_400  # seconds from iat to exp
LIFE_S = 366 * 86_400  # seconds; the default life of a credential
MAX_COPIES = 1000  # copies in one batch
DAY_S = 86_400
AGES = (14, 16, 18, 20, 60)  # years, of which a holder can show whether they were reached when it was issued
AGE = "age_equal_or_over"
VERIFICATION = "verification"
# what a verifier relies on before it looks at disclosures; none of it may be disclosed, so none can be withheld
PROTECTED = ("iss", "vct", "vct#integrity", "iat", "nbf", "exp", "jti", "aud", "cnf", "status")
_NOT_ABOUT_THE_PERSON = frozenset({*PROTECTED, VERIFICATION})
_EVIDENCE = ((VERIFICATION, "time"), (VERIFICATION, "evidence"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What is one copy's alone: its identifier, its place in a status list, its holder's key.

    Without a key it is good in anybody's hands, and is accepted only where that is asked for.
    """

    credential_id: str
    uri: str
    index: int
    holder: Key | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contents:
    """What all copies of a credential say. `repr` shows nothing of it.

    `claims` are about the person; `disclose` names those that the holder shows at will (None: every one, and each age
    on its own). `decoys` hide how many claims there are. Raises `UsageError`.
    """

    issuer: str
    vct: str
    level: Level
    rule_set: str
    trust_framework: str
    claims: Mapping[str, Any]
    evidence: Sequence[Evidence] = ()
    disclose: Iterable[str | Path] | None = None
    decoys: Mapping[Path, int] = field(default_factory=dict)
    tree: Mark = field(init=False)
    verification: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("issuer", "vct", "rule_set", "trust_framework"):
            _check_text(name, getattr(self, name))
        _check_kind("level", self.level, Level)
        _check_kind("claims", self.claims, Mapping)
        if not _NOT_ABOUT_THE_PERSON.isdisjoint(self.claims):
            raise UsageError("usage.argument", why="claims must be an object without the credential's own members")
        check_names(self.claims)
        paths = _every_claim(self.claims) if self.disclose is None else paths_of(self.disclose)
        if any(path[0] in _NOT_ABOUT_THE_PERSON for path in paths):
            raise UsageError("usage.argument", why="what a verifier relies on cannot be left to the holder")
        verification: dict[str, Any] = {
            "trust_framework": self.trust_framework,
            "assurance_level": self.level.text,
            "rule_set": self.rule_set,
        }
        evidence = tuple(self.evidence)
        if evidence:
            verification["time"] = max(evidence, key=lambda item: item.seconds).time_text.decode("ascii")
            verification["evidence"] = [item.to_claim() for item in evidence]
            paths += _EVIDENCE
        object.__setattr__(self, "tree", tree_of(paths))
        object.__setattr__(self, "verification", verification)

    def __repr__(self) -> str:
        return f"Contents(vct={self.vct!r}, level={self.level.text!r})"


def person_claims(
    person: Person, *, at: datetime, names: Collection[str] | None = None, ages: Iterable[int] = AGES
) -> tuple[dict[str, Any], dict[Path, int]]:
    """The claims about `person` and the decoys that hide which of them are missing.

    `names` chooses claims (None: all); `ages` are the years for which `age_equal_or_over` says whether they were
    completed on the day of `at` in Vietnam. Raises `UsageError`.
    """
    wanted = CLAIM_NAMES if names is None else frozenset(names)
    if not wanted <= CLAIM_NAMES:
        raise UsageError(
            "usage.argument",
            why=f"no claim is called {sorted(wanted - CLAIM_NAMES)[0]}",
            why_vi=f"không có trường nào tên {sorted(wanted - CLAIM_NAMES)[0]}",
        )
    claims = {name: value for name, value in person.to_claims().items() if name in wanted}
    years = tuple(ages)
    if not all(type(year) is int and 0 < year < 1000 for year in years):
        raise UsageError("usage.argument", why="ages are whole years")
    decoys: dict[Path, int] = {(): len(CLAIM_NAMES) - len(claims)}
    if years:
        age = person.age_on(moment(seconds(at)).astimezone(VIETNAM).date())
        claims[AGE] = {str(year): age >= year for year in years}
    return claims, decoys


def make_credential(key: Key, contents: Contents, copy: Copy, *, issued: datetime, expires: datetime) -> str:
    """One credential, ready to be handed to its holder: the issuer-signed JWT and all disclosures.

    `key` is the issuer's; times are aware and kept in whole seconds. Raises `UsageError`.
    """
    return _make(key, contents, copy, *_times(issued, expires))


def make_batch(
    key: Key, contents: Contents, copies: Sequence[Copy], *, issued: datetime, expires: datetime
) -> list[str]:
    """One single-use copy for each of `copies`, such that what verifiers see does not link them to each other.

    The times are cut to the day (UTC), which they share with all copies of that day. Raises `UsageError` also when
    two copies have the same key, or the same place in a status list.
    """
    iat, exp = _times(issued, expires)
    iat = max(iat - iat % DAY_S, key.iat or 0)  # a key that signs since today tells no more than its kid does
    exp -= exp % DAY_S
    if not 0 < len(copies) <= MAX_COPIES or exp <= iat:
        raise UsageError("usage.argument", why=f"a batch has 1 to {MAX_COPIES} copies that live for some days")
    for what in (
        {copy.credential_id for copy in copies},
        {(copy.uri, copy.index) for copy in copies},
        {_key_name(copy.holder) for copy in copies},
    ):
        if len(what) != len(copies):
            raise UsageError("usage.argument", why="each copy needs its own key, identifier and place")
    return [_make(key, contents, copy, iat, exp) for copy in copies]


def _make(key: Key, contents: Contents, copy: Copy, iat: int, exp: int) -> str:
    payload: dict[str, Any] = {
        "iss": contents.issuer,
        "vct": contents.vct,
        "iat": iat,
        "exp": exp,
        "jti": _check_text("credential_id", copy.credential_id),
        "status": {"status_list": {"idx": copy.index, "uri": _check_text("uri", copy.uri)}},
        VERIFICATION: contents.verification,
    }
    if copy.holder is not None:
        payload["cnf"] = cnf_claim(copy.holder)
    payload |= contents.claims
    concealed, disclosures = conceal_checked(payload, contents.tree, contents.decoys)
    token = sign_compact(key, header_segment(key, PROFILE), dump_json(concealed))
    whole = combine(token, disclosures)
    if len(token) > PROFILE.max_chars or len(whole) + MAX_PROOF_CHARS > MAX_CHARS or len(disclosures) > MAX_DISCLOSURES:
        raise UsageError("usage.argument", why="the claims are too long or too many: no verifier would take them")
    return whole


def _every_claim(claims: Mapping[str, Any]) -> tuple[Path, ...]:
    """Every claim on its own; of the ages each one, because showing all of them shows the age."""
    paths: list[Path] = [(name,) for name in claims if name != AGE]
    return (*paths, *((AGE, year) for year in claims.get(AGE, ())))


def _times(issued: datetime, expires: datetime) -> tuple[int, int]:
    iat, exp = seconds(issued), seconds(expires)
    if not 0 < exp - iat <= MAX_LIFE_S:
        raise UsageError("usage.argument", why=f"a credential lives at most {MAX_LIFE_S} seconds")
    return iat, exp


def _key_name(holder: Key | None) -> str:
    if holder is None:
        raise UsageError("usage.argument", why="each copy of a batch needs its holder's key")
    return holder.thumbprint


def _check_text(name: str, value: object) -> str:
    if type(value) is not str or not 0 < len(value) <= MAX_TEXT_CHARS or not value.isprintable():
        raise UsageError(
            "usage.argument", why=f"{name} must be a short text", why_vi=f"{name} phải là một văn bản ngắn"
        )
    return value


def _check_kind(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise UsageError("usage.argument", why=f"{name} must be a {kind.__name__}")
