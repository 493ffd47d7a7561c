"""What `eid chip` shows of a result: plain values, numbers masked unless they are asked for."""

from __future__ import annotations

from typing import Any

from .certificate import CardCertificate
from .chip import ChipResult

_VIETNAM = "VNM"
_NUMBERS = ("personal_number", "old_number", "document_number")


def report(result: ChipResult, *, show_numbers: bool = False) -> dict[str, Any]:
    """The result as JSON values. Raises `MalformedError` when a data group that it shows cannot be read."""
    holder = _holder(result)
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
        "faces": [face.media_type for face in result.faces()],
        "document_signer": _certificate(result.document_signer),
        "issuers": [_certificate(issuer) for issuer in result.issuers],
        "revocation_checked": result.revocation_checked,
        "checked_at": result.checked_at.isoformat(),
        "proves": [each.to_dict() for each in result.proves],
        "notices": [each.to_dict() for each in result.notices],
    }


def masked(number: str) -> str:
    """The last three characters of a number behind asterisks."""
    return f"{'*' * (len(number) - 3)}{number[-3:]}" if len(number) > 3 else "***"


def _holder(result: ChipResult) -> dict[str, Any]:
    """A Vietnamese card tells a whole person; a passport of another country what its machine-readable zone has."""
    mrz = result.mrz
    document = {"document_code": mrz.document_code, "document_number": mrz.document_number}
    if mrz.issuing_state == _VIETNAM:
        return result.person().to_claims() | document
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
