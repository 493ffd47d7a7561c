"""A person: the fields that card QR, chip and token share (TT 16/2024/TT-BCA Đ6; OIDC Core 1.0 §5.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .encoding import dump_json
from .errors import MalformedError
from .number import PersonalNumber, Sex

MAX_TEXT_CHARS = 300  # characters in a name or an address

_DAY_ZERO, _DAY_S = date(1970, 1, 1).toordinal(), 86_400

_CLAIMS = {
    "name": "full_name",
    "birthdate": "birth_date",
    "gender": "sex",
    "personal_number": "number",
    "residence": "residence",
    "place_of_origin": "place_of_origin",
    "old_number": "old_number",
    "card_issued": "card_issued",
    "card_expires": "card_expires",
}
CLAIM_NAMES: frozenset[str] = frozenset(_CLAIMS) | {"nationalities"}
NUMBER_CLAIMS: frozenset[str] = frozenset({"personal_number", "old_number"})  # handed over with consent only


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What an issuer knows about one person. `repr` shows neither number nor name nor address.

    `number` and `sex` may be given as text. Texts are normalised to NFC. Raises `MalformedError`
    (`person.malformed`, `number.malformed`).
    """

    number: PersonalNumber
    full_name: str
    birth_date: date
    sex: Sex
    nationality: str = "VN"
    residence: str | None = None
    place_of_origin: str | None = None
    old_number: str | None = None
    card_issued: date | None = None
    card_expires: date | None = None
    # computed once, because many tokens speak of the same person
    claims_json: bytes = field(init=False, repr=False, compare=False)  # all but NUMBER_CLAIMS
    born_s: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _set(self, "number", _number(self.number))
        _set(self, "sex", _sex(self.sex))
        _set(self, "full_name", _text("full_name", self.full_name))
        for name in ("residence", "place_of_origin", "old_number"):
            if getattr(self, name) is not None:
                _set(self, name, _text(name, getattr(self, name)))
        _check_date("birth_date", self.birth_date)
        for name in ("card_issued", "card_expires"):
            if getattr(self, name) is not None:
                _check_date(name, getattr(self, name))
        _check_nationality(self.nationality)
        _set(self, "born_s", (self.birth_date.toordinal() - _DAY_ZERO) * _DAY_S)
        shown = {name: value for name, value in self.to_claims().items() if name not in NUMBER_CLAIMS}
        _set(self, "claims_json", dump_json(shown))

    @property
    def mismatches(self) -> tuple[str, ...]:
        """Fields that differ from what the number says: `sex`, `birth_date`. A warning, never a refusal:
        numbers are not re-issued on every correction. A foreigner's number is made otherwise: no differences."""
        return self.number.mismatches(self.sex, self.birth_date) if self.nationality in ("VN", "VNM") else ()

    def age_on(self, day: date) -> int:
        """Whole years completed on `day`."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def to_claims(self) -> dict[str, Any]:
        """The claims of a token: text values, dates as YYYY-MM-DD, absent fields left out."""
        claims: dict[str, Any] = {
            "name": self.full_name,
            "birthdate": self.birth_date.isoformat(),
            "gender": self.sex.value,
            "nationalities": [self.nationality],
            "personal_number": self.number.value,
        }
        if self.residence is not None:
            claims["residence"] = self.residence
        if self.place_of_origin is not None:
            claims["place_of_origin"] = self.place_of_origin
        if self.old_number is not None:
            claims["old_number"] = self.old_number
        if self.card_issued is not None:
            claims["card_issued"] = self.card_issued.isoformat()
        if self.card_expires is not None:
            claims["card_expires"] = self.card_expires.isoformat()
        return claims

    @classmethod
    def from_claims(cls, claims: Any) -> Person:
        """The person that `to_claims` wrote; unknown and missing members are refused (`person.malformed`, which names
        the member as it is called there)."""
        if not isinstance(claims, Mapping):
            raise MalformedError("person.malformed", field="claims", why="not a JSON object")
        unknown = sorted(str(name) for name in claims.keys() - CLAIM_NAMES)
        if unknown:
            raise MalformedError(
                "person.malformed", field=unknown[0], why=f"not one of {', '.join((*_CLAIMS, 'nationalities'))}"
            )
        fields = {field: claims[name] for name, field in _CLAIMS.items() if name in claims}
        for name in ("name", "birthdate", "gender", "personal_number"):
            if name not in claims:
                raise MalformedError("person.malformed", field=name, why="missing")
        for name in ("birthdate", "card_issued", "card_expires"):
            if name in claims:
                fields[_CLAIMS[name]] = _parse_date(name, claims[name])
        return cls(**fields, nationality=_one_nationality(claims.get("nationalities", ["VN"])))

    def __repr__(self) -> str:
        return f"Person(number={self.number!r})"


def _set(person: Person, name: str, value: object) -> None:
    object.__setattr__(person, name, value)


def _number(value: object) -> PersonalNumber:
    return value if isinstance(value, PersonalNumber) else PersonalNumber(value)  # type: ignore[arg-type]  # it checks


def _sex(value: object) -> Sex:
    try:
        return Sex(str(value))
    except ValueError:
        raise MalformedError("person.malformed", field="sex", why="neither male nor female") from None


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise MalformedError("person.malformed", field=field, why="not text")
    text = unicodedata.normalize("NFC", value) if len(value) <= MAX_TEXT_CHARS else value
    if not text.strip():
        raise MalformedError("person.malformed", field=field, why="empty")
    if len(text) > MAX_TEXT_CHARS:
        raise MalformedError("person.malformed", field=field, why=f"longer than {MAX_TEXT_CHARS} characters")
    if not text.isprintable():
        raise MalformedError("person.malformed", field=field, why="control characters or half a character")
    return text


def _check_date(field: str, value: object) -> None:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise MalformedError("person.malformed", field=field, why="not a date")


def _parse_date(field: str, value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == len("YYYY-MM-DD"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise MalformedError("person.malformed", field=field, why="not a date YYYY-MM-DD")


def _check_nationality(value: object) -> None:
    if not (
        isinstance(value, str) and len(value) in (2, 3) and value.isascii() and value.isalpha() and value.isupper()
    ):
        raise MalformedError("person.malformed", field="nationality", why="not a country code such as VN")


def _one_nationality(value: object) -> str:
    if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)):
        raise MalformedError("person.malformed", field="nationalities", why="not a list of one country code")
    return value[0]
