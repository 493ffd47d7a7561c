"""Signed dossiers (ASiC-E), signed results (PAdES), verification seals and audits.

    signer = open_signer("pkcs12:official.p12", ask=getpass)
    signed = sign_pdf(pdf, signer)
    for report in audit_folder("archive/", TrustStore.load("trust/")):
        print(report.verdict, report.path, *report.findings)

`verify_*` returns the proven thing or raises; `audit_*` reports and never raises for a bad document.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audit import audit_file, audit_folder
    from .cades import sign_file
    from .dossier import Dossier, Draft
    from .dossier_rules import Decision, Step
    from .errors import (
        IndeterminateError,
        LimitError,
        MalformedError,
        MissingExtraError,
        RefusedError,
        ServiceError,
        SigningError,
        UsageError,
        VerificationError,
    )
    from .http import HttpClient
    from .pdf import extend_pdf, sign_pdf
    from .pdf_verify import verify_pdf
    from .policy import Baseline, Policy
    from .register import Register
    from .report import Finding, Indication, Report, Verdict
    from .result import confirm_result, make_result, sign_office, sign_official
    from .revocation import collect_evidence
    from .seal import Seal
    from .seal_book import SealBook
    from .seal_verify import verify_seal
    from .signer import Signer, open_signer
    from .stamp import Stamp
    from .timestamp import TimestampAuthority
    from .trust import TrustStore

# Names are loaded when they are first asked for: whoever verifies one PDF need not load a database library.
_HOMES: dict[str, tuple[str, ...]] = {
    "audit": (
        "audit_file",
        "audit_folder",
    ),
    "cades": ("sign_file",),
    "dossier": (
        "Dossier",
        "Draft",
    ),
    "dossier_rules": (
        "Decision",
        "Step",
    ),
    "errors": (
        "IndeterminateError",
        "LimitError",
        "MalformedError",
        "MissingExtraError",
        "RefusedError",
        "ServiceError",
        "SigningError",
        "UsageError",
        "VerificationError",
    ),
    "http": ("HttpClient",),
    "pdf": (
        "extend_pdf",
        "sign_pdf",
    ),
    "pdf_verify": ("verify_pdf",),
    "policy": (
        "Baseline",
        "Policy",
    ),
    "register": ("Register",),
    "report": (
        "Finding",
        "Indication",
        "Report",
        "Verdict",
    ),
    "result": (
        "confirm_result",
        "make_result",
        "sign_office",
        "sign_official",
    ),
    "revocation": ("collect_evidence",),
    "seal": ("Seal",),
    "seal_book": ("SealBook",),
    "seal_verify": ("verify_seal",),
    "signer": (
        "Signer",
        "open_signer",
    ),
    "stamp": ("Stamp",),
    "timestamp": ("TimestampAuthority",),
    "trust": ("TrustStore",),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """A public name, from the module that is its home (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "Baseline",
    "Decision",
    "Dossier",
    "Draft",
    "Finding",
    "HttpClient",
    "IndeterminateError",
    "Indication",
    "LimitError",
    "MalformedError",
    "MissingExtraError",
    "Policy",
    "RefusedError",
    "Register",
    "Report",
    "Seal",
    "SealBook",
    "ServiceError",
    "Signer",
    "SigningError",
    "Stamp",
    "Step",
    "TimestampAuthority",
    "TrustStore",
    "UsageError",
    "Verdict",
    "VerificationError",
    "audit_file",
    "audit_folder",
    "collect_evidence",
    "confirm_result",
    "extend_pdf",
    "make_result",
    "open_signer",
    "sign_file",
    "sign_office",
    "sign_official",
    "sign_pdf",
    "verify_pdf",
    "verify_seal",
]
