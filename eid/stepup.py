"""Step-up authentication: the challenge of a resource that needs a better or a fresher login (RFC 9470 §3, §4).

    step_up = StepUp(auth_level=AuthenticationLevel.THREE, max_age_s=300)
    response.headers["WWW-Authenticate"] = step_up.challenge()       # with status 401
    …                                                                # the person logs in again
    identity = verifier.verify(token, level=Level.TWO, **step_up.asked)   # the answer, checked against what was asked

The challenge lists the level asked for and every higher one, because each of them is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from .clock import seconds
from .errors import LimitError, MalformedError, UsageError, VerificationError
from .level import AuthenticationLevel
from .token import Identity

ERROR = "insufficient_user_authentication"
MAX_HEADER_CHARS = 2000  # characters of one WWW-Authenticate value
MAX_MAX_AGE_S = 10 * 366 * 86_400  # seconds; nobody is asked for a login younger than ten years
_MAX_DIGITS = len(str(MAX_MAX_AGE_S))
_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# name = word or "quoted", then a comma and more, or the end
_PARAMETER = re.compile(
    rf'[ \t]*({_WORD})[ \t]*=[ \t]*(?:({_WORD})|"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t -~])*)")[ \t]*(?:,(?=.)|\Z)'
)
_SCHEME = re.compile(rf"[ \t]*({_WORD}) +")


class Needs(TypedDict):
    """What `Verifier.verify` has to be asked for, by its own names."""

    auth_level: AuthenticationLevel | None
    max_age_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """What a login must at least be: of `auth_level`, and not older than `max_age_s` whole seconds; at least one."""

    auth_level: AuthenticationLevel | None = None
    max_age_s: int | None = None

    def __post_init__(self) -> None:
        if self.auth_level is None and self.max_age_s is None:
            raise UsageError("usage.argument", why="a step-up asks for an authentication level, an age or both")
        if self.auth_level is not None and type(self.auth_level) is not AuthenticationLevel:
            raise UsageError("usage.argument", why="auth_level must be an AuthenticationLevel")
        if self.max_age_s is not None and not (type(self.max_age_s) is int and 0 <= self.max_age_s <= MAX_MAX_AGE_S):
            raise UsageError("usage.argument", why="max_age_s must be whole seconds")

    @property
    def asked(self) -> Needs:
        """The arguments of `Verifier.verify` that check the answer."""
        return {"auth_level": self.auth_level, "max_age_s": self.max_age_s}

    def challenge(self) -> str:
        """The value of the `WWW-Authenticate` header to send with status 401."""
        parameters = [f'error="{ERROR}"']
        if self.auth_level is not None:
            parameters.append(f'acr_values="{" ".join(_enough(self.auth_level))}"')
        if self.max_age_s is not None:
            parameters.append(f'max_age="{self.max_age_s}"')
        return f"Bearer {', '.join(parameters)}"

    @classmethod
    def parse(cls, header: str) -> StepUp:
        """What a challenge asks for. Other parameters are passed over; levels that are not known are not guessed.

        Raises `MalformedError` (`step-up.malformed`): also for a challenge of another scheme or for another reason.
        """
        parameters = _parameters(header)
        if parameters.get("error") != ERROR:
            raise _malformed(f"the error is not {ERROR}", f"lỗi không phải {ERROR}")
        level, age = parameters.get("acr_values"), parameters.get("max_age")
        if level is None and age is None:
            raise _malformed("neither acr_values nor max_age", "không có acr_values lẫn max_age")
        return cls(
            auth_level=None if level is None else _lowest(level),
            max_age_s=None if age is None else _age(age),
        )

    def check(self, identity: Identity, *, at: datetime | None = None) -> None:
        """Return if `identity` answers this challenge at `at` (now); for an identity that was verified before.

        Raises `VerificationError`: `token.auth-level`, `token.auth-too-old`.
        """
        if self.auth_level is not None and identity.auth_level < self.auth_level:
            raise VerificationError("token.auth-level", actual=identity.auth_level, needed=self.auth_level)
        if self.max_age_s is not None and seconds(at) - seconds(identity.auth_time) > self.max_age_s:
            raise VerificationError("token.auth-too-old", limit=self.max_age_s)


def _enough(lowest: AuthenticationLevel) -> list[str]:
    """`lowest` and every higher level, lowest first."""
    return [level.text for level in AuthenticationLevel if level >= lowest]


def _lowest(acr_values: str) -> AuthenticationLevel:
    """The level that a list of sufficient ones begins with: alone, or with every higher one behind it."""
    words = acr_values.split(" ")
    for level in AuthenticationLevel:
        if words in ([level.text], _enough(level)):
            return level
    raise _malformed("acr_values are not known levels", "acr_values không phải các mức xác thực đã biết")


def _age(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text) <= MAX_MAX_AGE_S):
        raise _malformed("max_age is not whole seconds", "max_age không phải số giây nguyên")
    return int(text)


def _parameters(header: object) -> dict[str, str]:
    """The parameters of one `Bearer` challenge (RFC 9110 §11.2, §11.6.1); names in small letters, none twice."""
    if type(header) is not str:
        raise _malformed("not text", "không phải văn bản")
    if len(header) > MAX_HEADER_CHARS:
        raise LimitError(
            "step-up.malformed", why=f"over {MAX_HEADER_CHARS} characters", why_vi=f"dài quá {MAX_HEADER_CHARS} ký tự"
        )
    scheme = _SCHEME.match(header)
    if scheme is None or scheme[1].lower() != "bearer":
        raise _malformed("not a Bearer challenge", "không phải yêu cầu Bearer (WWW-Authenticate)")
    found: dict[str, str] = {}
    place = scheme.end()
    while place < len(header):
        parameter = _PARAMETER.match(header, place)
        if parameter is None or parameter[1].lower() in found:
            raise _malformed("not a list of parameters, each once", "không phải danh sách tham số không trùng lặp")
        quoted = parameter[3]
        found[parameter[1].lower()] = parameter[2] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        place = parameter.end()
    return found


def _malformed(why: str, why_vi: str) -> MalformedError:
    return MalformedError("step-up.malformed", why=why, why_vi=why_vi)
