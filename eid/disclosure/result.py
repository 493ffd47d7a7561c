"""A credential that was presented and verified: what its holder chose to show, on its issuer's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ..clock import moment
from ..errors import UsageError, VerificationError
from ..evidence import Evidence
from ..level import Level
from .credential import AGE, PROTECTED, VERIFICATION
from .paths import Path, shown

_NO_CLAIMS = frozenset({*PROTECTED, VERIFICATION})
_AGE_NAMES = frozenset(map(str, range(1, 200)))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credential:
    """A verified presentation: every check of `CredentialVerifier.verify` has passed. `repr` shows no claims.

    `token_claims` are all claims that were shown, read-only. `presented` is when the holder proved its key, None for
    a credential that is bound to nobody. `status_checked` says whether the issuer's status was asked for.
    """

    level: Level
    token_claims: Mapping[str, Any]
    presented: datetime | None
    status_checked: bool

    @property
    def issuer(self) -> str:
        """Who vouches."""
        return str(self.token_claims["iss"])

    @property
    def vct(self) -> str:
        """What kind of credential it is."""
        return str(self.token_claims["vct"])

    @property
    def claims(self) -> Mapping[str, Any]:
        """What was shown about the person."""
        return MappingProxyType({name: value for name, value in self.token_claims.items() if name not in _NO_CLAIMS})

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence behind the level, as far as it was shown. `MalformedError` if it cannot be read."""
        return tuple(map(Evidence.from_claim, self.token_claims[VERIFICATION].get("evidence", ())))

    @property
    def rule_set(self) -> str:
        """The rules that the evidence was judged by."""
        return str(self.token_claims[VERIFICATION]["rule_set"])

    @property
    def issued(self) -> datetime:
        """When the credential was made; cut to the day for a copy of a batch."""
        return moment(self.token_claims["iat"])

    @property
    def expires(self) -> datetime:
        """When it ends."""
        return moment(self.token_claims["exp"])

    def age_equal_or_over(self, years: int) -> bool:
        """Whether the person had completed `years` years when the credential was issued.

        True stays true; False may have changed since. `VerificationError` (`credential.not-shown`) when what was shown
        does not tell, `UsageError` when `years` are not whole years.
        """
        if type(years) is not int:
            raise UsageError("usage.argument", why="ages are whole years")
        ages = self.token_claims.get(AGE)
        for name, reached in ages.items() if type(ages) is dict else ():
            year = int(name) if name in _AGE_NAMES else None
            if year is not None and reached is True and year >= years:
                return True
            if year is not None and reached is False and year <= years:
                return False
        raise VerificationError("credential.not-shown", claim=shown((AGE, str(years))))

    def to_dict(self) -> dict[str, Any]:
        """The `credential` member of `eid credential verify --json`."""
        return {
            "issuer": self.issuer,
            "vct": self.vct,
            "level": self.level.text,
            "claims": dict(self.claims),
            "evidence": list(self.token_claims[VERIFICATION].get("evidence", ())),
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
            "presented": None if self.presented is None else self.presented.isoformat(),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Credentials cross process pools, with all claims that were shown."""
        return _credential, (self.level, dict(self.token_claims), self.presented, self.status_checked)

    def __repr__(self) -> str:
        return f"Credential(vct={self.vct!r}, level={self.level.text!r})"


def _credential(level: Level, claims: dict[str, Any], presented: datetime | None, checked: bool) -> Credential:
    return Credential(level=level, token_claims=MappingProxyType(claims), presented=presented, status_checked=checked)


def find_shown(claims: Mapping[str, Any], path: Path) -> Any:
    """The shown claim that `path` names. `VerificationError` (`credential.not-shown`) when it was not shown."""
    place: Any = claims
    for part in path:
        member = type(place) is dict and part in place
        if member or (type(place) is list and type(part) is int and part < len(place)):
            place = place[part]
        else:
            raise VerificationError("credential.not-shown", claim=shown(path))
    return place
