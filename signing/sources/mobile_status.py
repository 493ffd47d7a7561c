"""Status codes of mobile signature services (ETSI TS 102 204; in faults as subcodes `_NNN`).

Names and numbers agree with the public client libraries of several operators (libdigidoc's MSSP gateway, Laverca);
the standard's own table was recalled, not read. Codes that are not listed end a transaction as `mobile.service`.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Stage(Enum):
    """What a status says of the transaction."""

    ACCEPTED = "accepted"  # taken on, nothing is signed yet
    PENDING = "pending"  # at the person's phone; ask again
    REGISTERED = "registered"  # the certificate asked for is in the answer
    SIGNED = "signed"  # the signature is in the answer
    FAILED = "failed"


class Status(NamedTuple):
    """A status code: its name in the standard, the stage, and for failures the code of our message."""

    name: str
    stage: Stage
    code: str = ""


def _failed(name: str, code: str) -> Status:
    return Status(name, Stage.FAILED, code)


STATUSES: dict[int, Status] = {
    100: Status("REQUEST_OK", Stage.ACCEPTED),
    101: _failed("WRONG_PARAM", "mobile.request"),
    102: _failed("MISSING_PARAM", "mobile.request"),
    103: _failed("WRONG_DATA_LENGTH", "mobile.request"),
    104: _failed("UNAUTHORIZED_ACCESS", "mobile.access"),
    105: _failed("UNKNOWN_CLIENT", "mobile.unknown-number"),
    106: _failed("HANDSHAKE_REQUIRED", "mobile.request"),
    107: _failed("INAPPROPRIATE_DATA", "mobile.request"),
    108: _failed("INCOMPATIBLE_INTERFACE", "mobile.request"),
    109: _failed("UNSUPPORTED_PROFILE", "mobile.request"),
    208: _failed("EXPIRED_TRANSACTION", "mobile.expired"),
    209: _failed("OTA_ERROR", "mobile.phone"),
    400: Status("USER_SIGN", Stage.PENDING),
    401: _failed("USER_CANCEL", "mobile.declined"),
    402: _failed("PIN_NR_BLOCKED", "mobile.pin-blocked"),
    403: _failed("CARD_BLOCKED", "mobile.card-blocked"),
    404: _failed("NO_KEY_FOUND", "mobile.no-key"),
    405: _failed("NO_URL_FOUND", "mobile.request"),
    406: _failed("PB_SIGNATURE_PROCESS", "mobile.phone"),
    407: _failed("REGISTRATION_NOK", "mobile.unknown-number"),
    408: Status("REGISTRATION_OK", Stage.REGISTERED),
    422: _failed("NO_CERT_FOUND", "mobile.no-certificate"),
    423: _failed("CRL_PB", "mobile.unchecked"),
    424: _failed("CRL_EXPIRED", "mobile.unchecked"),
    425: _failed("ERROR_CERTIFICATE", "mobile.unchecked"),
    500: Status("SIGNATURE", Stage.SIGNED),
    501: _failed("REVOKED_CERTIFICATE", "mobile.revoked"),
    502: Status("VALID_SIGNATURE", Stage.SIGNED),
    503: _failed("INVALID_SIGNATURE", "mobile.value"),
    504: Status("OUTSTANDING_TRANSACTION", Stage.PENDING),
    900: _failed("INTERNAL_ERROR", "mobile.service"),
}


def status_of(number: int) -> Status:
    """The status with this number; unknown ones have failed."""
    return STATUSES.get(number) or _failed("?", "mobile.service")
