"""What can go wrong, as one tree; every error has a stable `code`, equal to the code of an audit's finding.

SigningError               exit 1
├── UsageError             exit 2   the call is wrong: argument, key, password, output path
│   └── MissingExtraError  exit 2   an optional dependency is not installed
├── MalformedError         exit 1   bytes are not what they should be
├── LimitError             exit 1   larger, deeper or more than a stated limit
├── RefusedError           exit 1   a rule forbids this signature or step
├── VerificationError      exit 1   checked and found not valid
├── IndeterminateError     exit 3   could not tell; never the same as valid
└── ServiceError           exit 3   a timestamp, OCSP, CRL or signing service failed
"""

from __future__ import annotations

from typing import Any, ClassVar

from .messages import message


class SigningError(Exception):
    """Base of every error that leaves `signing`.

    `code` is stable; `details` fill the sentence in `text` (English) and `text_vi` (Vietnamese). Neither ever
    holds a secret: a detail is a path, a name from a certificate, a limit.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        self.severity, self.text, self.text_vi = message(code, **details)
        super().__init__(f"{self.text} [{code}]")

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes with their code and texts; details become text."""
        state = {**self.__dict__, "details": {name: str(value) for name, value in self.details.items()}}
        cause = self.__cause__ if isinstance(self.__cause__, SigningError) else None
        return _restore, (type(self), self.args, state, cause)


def _restore(
    kind: type[SigningError], args: tuple[Any, ...], state: dict[str, Any], cause: SigningError | None
) -> SigningError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    error.__cause__ = cause
    return error


class UsageError(SigningError):
    """The call is wrong and nothing was tried."""

    exit_status = 2


class MissingExtraError(UsageError):
    """An optional dependency is missing; the text names the extra to install."""

    def __init__(self, extra: str) -> None:
        super().__init__("extra.missing", extra=extra)


class MalformedError(SigningError):
    """The bytes are not what they claim to be."""


class LimitError(SigningError):
    """A stated limit on size, depth, count or time was passed."""


class RefusedError(SigningError):
    """A rule forbids the signature or step; nothing was written."""


class VerificationError(SigningError):
    """A check was carried out and failed."""


class IndeterminateError(SigningError):
    """The check could not be carried out; the answer is neither valid nor invalid."""

    exit_status = 3


class ServiceError(SigningError):
    """A service outside (timestamps, revocation, remote keys) failed or did not answer."""

    exit_status = 3
