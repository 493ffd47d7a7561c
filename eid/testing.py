"""A fake issuer for the tests of programs that take identity tokens. Synthetic people; needs no test library.

    from datetime import timedelta

    import eid
    from eid.testing import FakeIssuer

    fake = FakeIssuer(audience="https://hospital.example.vn")


    def admit(token):  # the program under test; it would be given `fake.verifier`, or make its own from `fake.jwks`
        return fake.verifier.verify(token, level=eid.Level.TWO).claims["name"]


    assert admit(fake.token()) == "Trần Thị Kiểm Thử"
    assert admit(fake.token(person=fake.child)) == "Lê Văn Bé"

    for wrong in fake.wrong_tokens():  # every one of them must be refused
        try:
            admit(wrong.token)
        except eid.EidError as refusal:
            assert refusal.code == wrong.code, wrong.name
        else:
            raise AssertionError(wrong.name)

    token = fake.token()
    fake.advance(timedelta(minutes=6))  # the clock stands still unless it is moved
    try:
        admit(token)
    except eid.VerificationError as refusal:
        assert refusal.code == "token.expired"

What it makes is good for one process and for nobody else: its keys are new each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from .consent import Consent
from .disclosure import CredentialVerifier
from .evidence import Evidence, EvidenceKind
from .holder import make_proof
from .issuer import Issuer
from .keys import Key, KeySet
from .level import AuthenticationLevel, Level
from .number import PersonalNumber, Sex
from .person import CLAIM_NAMES, Person
from .replay import MemoryReplay
from .status import Status
from .verifier import Verifier

ISSUER = "https://id.example.vn"
AUDIENCE = "https://app.example.vn"
VCT = "https://id.example.vn/vct/identity"  # the type of its credentials
_KEYS_SINCE = timedelta(days=30)  # before the clock
_CHECKED_SINCE = timedelta(days=8)
_CHILD_AGE = 10
_METHODS: Mapping[Level, Mapping[EvidenceKind, str]] = MappingProxyType(
    {
        Level.ONE: {EvidenceKind.NUMBER: "app", EvidenceKind.SIM: "app", EvidenceKind.FACE: "app"},
        Level.TWO: {
            EvidenceKind.CHIP: "passive-authentication",
            EvidenceKind.FACE: "in-person",
            EvidenceKind.FINGERPRINT: "in-person",
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongToken:
    """A token that must be refused where level 2 is asked for, and the `code` of the refusal. `repr` hides it."""

    name: str
    code: str
    token: str

    def __repr__(self) -> str:
        return f"WrongToken({self.name!r}, {self.code!r})"


class FakeIssuer:
    """An issuer named `issuer` and a verifier for `audience`, with one clock that stands still until it is moved.

    `now` (aware; default: the present) can be set at will and is moved by `advance`. `adult`, `other` and `child` are
    people; `child` is ten years old. `issuer` and `verifier` are the real ones, to be used as such.
    """

    def __init__(self, *, audience: str = AUDIENCE, issuer: str = ISSUER, now: datetime | None = None) -> None:
        self.audience = audience
        self.now = (datetime.now(UTC) if now is None else now).replace(microsecond=0)
        self.keys = KeySet.generate(at=self.now - _KEYS_SINCE)
        self.issuer = Issuer(issuer, self.keys, clock=self._clock)
        self.adult, self.other, self.child = _people(self.now.date())
        self.verifier = self.verifier_with()

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys as the issuer publishes them."""
        return self.keys.public_jwks()

    def status_token(self) -> str:
        """The status list as the issuer publishes it now."""
        return self.issuer.status_token()

    def verifier_with(self, **options: Any) -> Verifier:
        """Another verifier on the same clock, with its own replay memory; `options` are those of `Verifier`."""
        return Verifier(KeySet.from_jwks(self.jwks), **{**self._expected(), **options})

    def advance(self, by: timedelta) -> None:
        """Move the clock; with a negative time, back."""
        self.now += by

    def token(self, level: Level = Level.TWO, *, person: Person | None = None, **options: Any) -> str:
        """A good token about `person` (default: `adult`); `options` are those of `Issuer.issue`."""
        wanted: dict[str, Any] = {
            "audience": self.audience,
            "auth_level": AuthenticationLevel.THREE,
            "evidence": self.evidence(level),
            **options,
        }
        return self.issuer.issue(self.adult if person is None else person, level, **wanted)

    def token_with_number(self, level: Level = Level.TWO, **options: Any) -> str:
        """A good token with every claim, the personal number among them, and the person's consent to it."""
        consent = Consent(audience=options.get("audience", self.audience), claims=CLAIM_NAMES, given=self.now)
        return self.token(level, claims=CLAIM_NAMES, consent=consent, **options)

    def bound_token(self, nonce: str, *, holder: Key | None = None, **options: Any) -> tuple[str, str]:
        """A good token that is bound to `holder` (default: a new key), and the holder's proof for `nonce`."""
        key = Key.generate() if holder is None else holder
        token = self.token(holder=key, **options)
        return token, make_proof(key, audience=self.audience, nonce=nonce, over=token, at=self.now)

    def credential(self, holder: Key, level: Level = Level.TWO, *, person: Person | None = None, **options: Any) -> str:
        """A good credential (`dc+sd-jwt`, of type `VCT`) in the hands of `holder`, for `eid.disclosure.present`.

        `options` are those of `Issuer.issue_credential`; `disclosure_verifier` takes what the holder presents.
        """
        wanted: dict[str, Any] = {"vct": VCT, "evidence": self.evidence(level), **options}
        return self.issuer.issue_credential(self.adult if person is None else person, level, holder=holder, **wanted)

    def disclosure_verifier(self, **options: Any) -> CredentialVerifier:
        """A verifier for credentials on the same clock; `options` are those of `CredentialVerifier`."""
        return CredentialVerifier(KeySet.from_jwks(self.jwks), **{"vct": VCT, **self._expected(), **options})

    def level_one(self, **options: Any) -> str:
        """A good token of level 1, to be refused where level 2 is needed."""
        return self.token(Level.ONE, **options)

    def weak_login(self, **options: Any) -> str:
        """A good token of a login with one factor, to be refused where more is asked for (`token.auth-level`)."""
        return self.token(auth_level=AuthenticationLevel.ONE, **options)

    def old_login(self, age: timedelta = timedelta(hours=2), **options: Any) -> str:
        """A good token of a login long ago, to be refused where a fresh one is asked for (`token.auth-too-old`)."""
        return self.token(auth_time=self.now - age, **options)

    def expired(self, **options: Any) -> str:
        """A token that was good an hour ago."""
        with self._moved(timedelta(hours=-1)):
            return self.token(**options)

    def early(self, **options: Any) -> str:
        """A token that will be good in an hour."""
        with self._moved(timedelta(hours=1)):
            return self.token(**options)

    def wrong_audience(self, **options: Any) -> str:
        """A token for somebody else."""
        return self.token(audience=f"{self.audience}.other.example", **options)

    def wrong_issuer(self, **options: Any) -> str:
        """A token by the same keys in another issuer's name."""
        return self._another(f"{self.issuer.issuer}/other", self.keys).token(**options)

    def forged(self, **options: Any) -> str:
        """A token in this issuer's name by keys that it does not have."""
        return self._another(self.issuer.issuer, KeySet.generate(at=self.now - _KEYS_SINCE)).token(**options)

    def tampered(self, **options: Any) -> str:
        """A token whose claims were changed after it was signed."""
        header, payload, signature = self.token(**options).split(".")
        middle = len(payload) // 2
        changed = "A" if payload[middle] != "A" else "B"
        return f"{header}.{payload[:middle]}{changed}{payload[middle + 1 :]}.{signature}"

    def revoked(self, **options: Any) -> str:
        """A token that the issuer has revoked."""
        return self._with_status(Status.REVOKED, **options)

    def suspended(self, **options: Any) -> str:
        """A token that the issuer has suspended, as while an account is locked."""
        return self._with_status(Status.SUSPENDED, **options)

    def wrong_tokens(self) -> tuple[WrongToken, ...]:
        """One token of every kind that must be refused where level 2 is asked for and nothing else."""
        made = {
            ("level one", "token.level"): self.level_one(),
            ("expired", "token.expired"): self.expired(),
            ("early", "token.not-yet-valid"): self.early(),
            ("wrong audience", "token.audience"): self.wrong_audience(),
            ("wrong issuer", "token.issuer"): self.wrong_issuer(),
            ("forged", "token.key-unknown"): self.forged(),
            ("tampered", "token.signature"): self.tampered(),
            ("revoked", "token.revoked"): self.revoked(),
            ("suspended", "token.suspended"): self.suspended(),
            ("nonce of another request", "token.nonce"): self.token(nonce="n-of-another-request"),
            ("bound to a key", "holder.bound"): self.token(holder=Key.generate()),
            ("not a token", "token.malformed"): "not a token",
        }
        return tuple(WrongToken(name=name, code=code, token=token) for (name, code), token in made.items())

    def evidence(self, level: Level) -> Sequence[Evidence]:
        """What `level` rests on, checked some days ago."""
        checked = self.now - _CHECKED_SINCE
        return [Evidence(kind=kind, method=method, time=checked) for kind, method in _METHODS[level].items()]

    def _expected(self) -> dict[str, Any]:
        """What every verifier of this issuer's expects."""
        return {
            "issuer": self.issuer.issuer,
            "audience": self.audience,
            "status": self.issuer.status_list,
            "replay": MemoryReplay(),
            "clock": self._clock,
        }

    def _clock(self) -> datetime:
        return self.now

    @contextmanager
    def _moved(self, by: timedelta) -> Iterator[None]:
        self.now += by
        try:
            yield
        finally:
            self.now -= by

    def _another(self, issuer: str, keys: KeySet) -> FakeIssuer:
        """A fake issuer of that name and those keys, for the same audience and moment."""
        another = FakeIssuer(audience=self.audience, issuer=issuer, now=self.now)
        another.keys, another.issuer = keys, Issuer(issuer, keys, clock=self._clock)
        return another

    def _with_status(self, status: Status, **options: Any) -> str:
        token = self.token(**options)
        self.issuer.revoke(token, status=status)
        return token

    def __repr__(self) -> str:
        return f"FakeIssuer({self.issuer.issuer!r}, now={self.now.isoformat()!r})"


def _people(today: date) -> tuple[Person, Person, Person]:
    """An adult, another one, and a child of ten years; their numbers say the same sex and year of birth."""
    born = date(today.year - _CHILD_AGE, 1, 1)
    adult = Person(
        number=PersonalNumber("001190654321"),
        full_name="Trần Thị Kiểm Thử",
        birth_date=date(1990, 5, 17),
        sex=Sex.FEMALE,
        residence="Số 1, phường Cửa Nam, thành phố Hà Nội",
        card_issued=date(2024, 7, 1),
    )
    other = Person(
        number=PersonalNumber("001090123456"),
        full_name="Nguyễn Văn A",
        birth_date=date(1990, 1, 1),
        sex=Sex.MALE,
    )
    child = Person(
        number=PersonalNumber(f"0012{born.year % 100:02}000123"),
        full_name="Lê Văn Bé",
        birth_date=born,
        sex=Sex.MALE,
    )
    return adult, other, child
