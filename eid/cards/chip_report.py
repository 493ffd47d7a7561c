"""What `eid chip` shows of a result: plain values, numbers masked unless they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import MalformedError
from ..notice import Notice
from .certificate import CardCertificate
from .chip import ChipResult

_Value = TypeVar("_Value")

_VIETNAM = "VNM"
_NUMBERS = ("personal_number", "old_number", "document_number")


def report(result: ChipResult, *, show_numbers: bool = False) -> dict[str, Any]:
    """The result as JSON values. A data group of a structure that is not read here is null, and a notice says why: the
    country signed it all the same."""
    unread: list[Notice] = []
    holder = _holder(result, unread)
    if not show_numbers:
        holder |= {name: masked(holder[name]) for name in _NUMBERS if name in holder}
    return {
        "valid": True,
        "active": result.active,
        "country": result.country,
        "holder": holder,
        "expired": result.expired,
        "data_groups": sorted(result.groups),
        "listed": list(result.listed),
        "faces": _read(lambda: [face.media_type for face in result.faces()], unread),
        "document_signer": _certificate(result.document_signer),
        "issuers": [_certificate(issuer) for issuer in result.issuers],
        "revocation_checked": result.revocation_checked,
        "checked_at": result.checked_at.isoformat(),
        "proves": [each.to_dict() for each in result.proves],
        "notices": [each.to_dict() for each in dict.fromkeys((*result.notices, *unread))],
    }


def masked(number: str) -> str:
    """The last three characters of a number behind asterisks."""
    return f"{'*' * (len(number) - 3)}{number[-3:]}" if len(number) > 3 else "***"


def _read(read: Callable[[], _Value], unread: list[Notice]) -> _Value | None:
    try:
        return read()
    except MalformedError as e:
        unread.append(Notice(e.code, e.text, e.text_vi))
        return None


def _holder(result: ChipResult, unread: list[Notice]) -> dict[str, Any]:
    """A Vietnamese card tells a whole person; a passport of another country, or one whose holder has no personal
    number yet, what its machine-readable zone has."""
    mrz = result.mrz
    document = {"document_code": mrz.document_code, "document_number": mrz.document_number}
    person = _read(result.person, unread) if mrz.issuing_state == _VIETNAM else None
    if person is not None:
        return person.to_claims() | document
    return document | {
        "name": mrz.full_name,
        "birthdate": None if mrz.birth_date is None else mrz.birth_date.isoformat(),
        "gender": None if mrz.sex is None else mrz.sex.value,
        "nationalities": [mrz.nationality],
        "card_expires": None if mrz.expires is None else mrz.expires.isoformat(),
    }


def _certificate(certificate: CardCertificate) -> dict[str, str]:
    return {
        "subject": str(certificate.subject),
        "serial": f"{certificate.serial:x}",
        "sha256": certificate.fingerprint,
        "expires": certificate.not_after.isoformat(),
    }
