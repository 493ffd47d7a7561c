"""What a signing service's refusal means (CSC API v1.0.4 and v2.0 §10, RFC 6749 §5.2, RFC 6750 §3.1), as data.

The standard names few errors and puts the rest into `invalid_request` with a sentence, so sentences are looked at too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..errors import RefusedError, ServiceError, SigningError, UsageError

PENDING = "csc.pending"  # not an error: the person has not confirmed yet

_BY_NAME: Mapping[str, str] = MappingProxyType(
    {
        "invalid_pin": "csc.pin",
        "invalid_authentication_data": "csc.pin",
        "invalid_otp": "csc.otp",
        "access_denied": "csc.declined",
        "authorization_denied": "csc.declined",
        "user_declined": "csc.declined",
        "expired_token": "csc.unauthorized",
        "invalid_token": "csc.unauthorized",
        "invalid_client": "csc.unauthorized",
        "invalid_grant": "csc.unauthorized",
        "unauthorized_client": "csc.unauthorized",
        "authentication_error": "csc.unauthorized",
        "authorization_pending": PENDING,
    }
)

# The first sentence that fits an otherwise unspecific error decides.
_BY_SENTENCE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"has not yet been completed|still (?:pending|underway)|being processed", PENDING),
        (r"\block(?:ed)?\b|\bblocked\b", "csc.locked"),
        (r"\bdisabled\b|certificate is (?:expired|revoked|suspended)|expired credential", "csc.key-status"),
        (r"declin|reject|cancel", "csc.declined"),
        (r"not authori[sz]ed by the sad", "csc.sad"),
        (
            r"\bsad\b.*expired|expired.*\bsad\b|transaction.*expired|expired.*transaction|time-?out|timed out",
            "csc.expired",
        ),
        (r"parameter sad\b", "csc.sad"),
        (r"access token|authorization header", "csc.unauthorized"),
    )
)

_KINDS: Mapping[str, type[SigningError]] = MappingProxyType(
    {
        "csc.pin": UsageError,
        "csc.otp": UsageError,
        "csc.unauthorized": UsageError,
        "csc.locked": RefusedError,
        "csc.declined": RefusedError,
        "csc.key-status": RefusedError,
    }
)
CODES = frozenset({*_BY_NAME.values(), *(code for _, code in _BY_SENTENCE), *_KINDS} - {PENDING})


def meaning(status: int, values: Mapping[str, Any]) -> str:
    """The code of an answer that is not a success: the error's name, then its sentence, then the HTTP status."""
    name, sentence = str(values.get("error", "")), str(values.get("error_description", ""))
    if name in _BY_NAME:
        return _BY_NAME[name]
    if 300 <= status < 400:
        return "csc.redirect"
    if status in {429, 503} or name == "temporarily_unavailable":
        return "csc.busy"
    if status >= 500 or name == "server_error":
        return "csc.server"
    for words, code in _BY_SENTENCE:
        if words.search(sentence):
            return code
    return "csc.unauthorized" if status in {401, 403} else "csc.refused"


def failure(code: str, *, service: str, method: str, status: int, why: str, credential: str = "-") -> SigningError:
    """The error of that code, with the details that its sentence shows. `why` must be free of secrets."""
    details = {
        "service": service,
        "method": method,
        "status": why if code == "csc.key-status" else status,
        "why": why,
        "credential": credential,
    }
    return _KINDS.get(code, ServiceError)(code, **details)
