"""What an issuer decides before it makes a credential: level, evidence, holder, claims, places (SD-JWT VC).

`Issuer.issue_credential` and `issue_credentials` are the way in; this is their work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from .claims import Drafts, short, words
from .clock import moment
from .disclosure import AGES, CREDENTIAL, Contents, Copy, make_batch, make_credential, person_claims
from .disclosure.credential import DAY_S, LIFE_S, MAX_COPIES, MAX_LIFE_S
from .errors import UsageError
from .evidence import Evidence, LevelRules, check_evidence, check_holder, holder_of
from .issuance import IssuanceStore, NewToken
from .keys import Key
from .level import Level
from .person import Person

_BATCH_LIFE_S = 2 * DAY_S  # seconds; the times of copies are cut to the day


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialMaker:
    """One issuer's credentials: its name, active key, rules, and the store that every copy enters before it leaves."""

    issuer: str
    key: Key
    drafts: Drafts
    store: IssuanceStore
    rules: Sequence[LevelRules]
    now: Callable[[], float]

    def make(
        self,
        person: Person,
        level: Level,
        *,
        vct: str,
        evidence: Sequence[Evidence],
        holders: Sequence[Key],
        batch: bool,
        claims: Collection[str] | None = None,
        ages: Iterable[int] = AGES,
        life_s: int = LIFE_S,
        account: str | None = None,
    ) -> list[str]:
        """A credential for each of `holders`; in a `batch` the copies cannot be linked. See `Issuer`."""
        for what, value, kind in (("person", person, Person), ("level", level, Level)):
            if not isinstance(value, kind):
                raise UsageError("usage.argument", why=f"{what} must be a {kind.__name__}")
        keys = _keys(holders)
        if type(life_s) is not int or not (_BATCH_LIFE_S if batch else 0) < life_s <= MAX_LIFE_S:
            least = f"more than {_BATCH_LIFE_S}" if batch else "1"
            raise UsageError(
                "usage.argument",
                why=f"it lives {least} to {MAX_LIFE_S} seconds",
                why_vi=f"thời hạn phải từ {least} đến {MAX_LIFE_S} giây",
            )
        now = int(self.now())
        owner, number = self.drafts.owner_of(person, account)
        contents = self._contents(person, level, short("vct", vct), evidence, claims, ages, now)
        named = account is not None
        new = NewToken(self.issuer, CREDENTIAL, level, owner, None, now, now + life_s, number, named)
        times = {"issued": moment(now), "expires": moment(now + life_s)}
        copies = [self._enter(new, key) for key in keys]
        if batch:
            return make_batch(self.key, contents, copies, **times)
        return [make_credential(self.key, contents, copy, **times) for copy in copies]

    def _contents(
        self,
        person: Person,
        level: Level,
        vct: str,
        evidence: Sequence[Evidence],
        claims: Collection[str] | None,
        ages: Iterable[int],
        now: int,
    ) -> Contents:
        """Everything that can be refused, before a place is taken."""
        rules, _ = check_evidence(level, evidence, now, rules=self.rules, holder=holder_of(person))
        if now - person.born_s < rules.settled_s:
            check_holder(level, person, now, rules)
        names = None if claims is None else words("claims", claims)
        about, decoys = person_claims(person, at=moment(now), names=names, ages=ages)
        return Contents(
            issuer=self.issuer,
            vct=vct,
            level=level,
            rule_set=rules.name,
            trust_framework=self.drafts.trust_framework,
            claims=about,
            evidence=tuple(evidence),
            decoys=decoys,
        )

    def _enter(self, new: NewToken, key: Key) -> Copy:
        slot = self.store.enter(new)
        return Copy(credential_id=slot.token_id, uri=slot.uri, index=slot.place, holder=key)


def _keys(holders: Sequence[Key]) -> tuple[Key, ...]:
    """The holder's keys, each once: two copies for one key could be linked."""
    keys = tuple(holders)
    if not 0 < len(keys) <= MAX_COPIES or not all(isinstance(key, Key) for key in keys):
        raise UsageError(
            "usage.argument",
            why=f"1 to {MAX_COPIES} holder's keys are needed",
            why_vi=f"cần từ 1 đến {MAX_COPIES} khóa của người giữ",
        )
    if len({key.thumbprint for key in keys}) != len(keys):
        raise UsageError(
            "usage.argument", why="each copy needs a key of its own", why_vi="mỗi bản cần khóa của riêng nó"
        )
    return keys
