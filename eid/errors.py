"""What can go wrong, as one tree; every error carries a stable `code` and its sentence in English and Vietnamese.

EidError                   exit 1
├── UsageError             exit 2   the call is wrong: argument, key, password, output path
│   └── MissingExtraError  exit 2   an optional dependency is not installed
├── MalformedError         exit 1   text or bytes are not what they should be
│   └── LimitError         exit 1   larger, deeper or more than a stated limit
├── RefusedError           exit 1   a rule forbids issuing or revoking
├── VerificationError      exit 1   checked and found not valid
└── IndeterminateError     exit 3   could not tell; never the same as valid
"""

from __future__ import annotations

from typing import Any, ClassVar

from .messages import message


class EidError(Exception):
    """Base of every error that leaves `eid`.

    `code` is stable; `details` fill the sentence in `text` (English) and `text_vi` (Vietnamese). A detail is never
    a secret, a token, a name of a person or a personal number.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        # an exception as a detail would keep its frames, and what secrets lie in them
        self.details = {name: str(d) if isinstance(d, BaseException) else d for name, d in details.items()}
        self.text, self.text_vi = message(code, **details)
        super().__init__(f"{self.text} [{code}]")

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process pools: they are made again from code and details."""
        return _again, (type(self), self.code, self.details)


def _again(kind: type[EidError], code: str, details: dict[str, object]) -> EidError:
    error = kind.__new__(kind)
    EidError.__init__(error, code, **details)
    return error


class UsageError(EidError):
    """The call is wrong and nothing was tried."""

    exit_status = 2


class MissingExtraError(UsageError):
    """An optional dependency is missing; the text names the extra to install."""

    def __init__(self, extra: str) -> None:
        super().__init__("extra.missing", extra=extra)


class MalformedError(EidError):
    """The text or bytes are not what they claim to be."""


class LimitError(MalformedError):
    """A stated limit on size, depth or count was passed."""


class RefusedError(EidError):
    """A rule forbids what was asked; nothing was issued or changed."""


class VerificationError(EidError):
    """A check was carried out and failed."""


class IndeterminateError(EidError):
    """The check could not be carried out; the answer is neither valid nor invalid."""

    exit_status = 3
