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
    from .cms.attributes import SigningDetails
    from .cms.cades import sign_file
    from .cms.timestamp import TimestampAuthority
    from .cms.tsa_pool import TsaPool
    from .dossier.dossier import Dossier, Draft
    from .dossier.register import Register
    from .dossier.rules import Decision, Step
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
    from .ers.make import make_records, record_files, rehash_records, renew_records
    from .external import complete_detached, complete_pdf, prepare_detached, prepare_pdf
    from .http import HttpClient
    from .levels import level_of
    from .pdf.request import FieldLock, FieldSpec, Permission
    from .pdf.sign import extend_pdf, sign_pdf
    from .pdf.stamp import Stamp
    from .pdf_check.verify import verify_pdf
    from .policy import Baseline, Policy
    from .prepared import Prepared
    from .report import Finding, Indication, Report, Verdict
    from .seal.book import SealBook
    from .seal.facts import Seal
    from .seal.result import confirm_result, make_result, sign_office, sign_official
    from .seal.verify import verify_seal
    from .signer import Signer, open_signer
    from .trust.precheck import assert_not_revoked, tsa_checker
    from .trust.revocation import Collector, collect_evidence
    from .trust.store import TrustStore
    from .trusted_list import load_trust

# Names are loaded when they are first asked for: whoever verifies one PDF need not load a database library.
_HOMES: dict[str, tuple[str, ...]] = {
    "audit": (
        "audit_file",
        "audit_folder",
    ),
    "cms.attributes": ("SigningDetails",),
    "cms.cades": ("sign_file",),
    "dossier.dossier": (
        "Dossier",
        "Draft",
    ),
    "dossier.rules": (
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
    "ers.make": (
        "make_records",
        "record_files",
        "rehash_records",
        "renew_records",
    ),
    "external": (
        "complete_detached",
        "complete_pdf",
        "prepare_detached",
        "prepare_pdf",
    ),
    "http": ("HttpClient",),
    "pdf.request": (
        "FieldLock",
        "FieldSpec",
        "Permission",
    ),
    "pdf.sign": (
        "extend_pdf",
        "sign_pdf",
    ),
    "pdf_check.verify": ("verify_pdf",),
    "policy": (
        "Baseline",
        "Policy",
    ),
    "prepared": ("Prepared",),
    "dossier.register": ("Register",),
    "report": (
        "Finding",
        "Indication",
        "Report",
        "Verdict",
    ),
    "seal.result": (
        "confirm_result",
        "make_result",
        "sign_office",
        "sign_official",
    ),
    "trust.precheck": (
        "assert_not_revoked",
        "tsa_checker",
    ),
    "trust.revocation": (
        "Collector",
        "collect_evidence",
    ),
    "seal.facts": ("Seal",),
    "seal.book": ("SealBook",),
    "seal.verify": ("verify_seal",),
    "signer": (
        "Signer",
        "open_signer",
    ),
    "pdf.stamp": ("Stamp",),
    "cms.timestamp": ("TimestampAuthority",),
    "cms.tsa_pool": ("TsaPool",),
    "levels": ("level_of",),
    "trust.store": ("TrustStore",),
    "trusted_list": ("load_trust",),
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
    "Collector",
    "Decision",
    "Dossier",
    "Draft",
    "FieldLock",
    "FieldSpec",
    "Finding",
    "HttpClient",
    "IndeterminateError",
    "Indication",
    "LimitError",
    "MalformedError",
    "MissingExtraError",
    "Permission",
    "Policy",
    "Prepared",
    "RefusedError",
    "Register",
    "Report",
    "Seal",
    "SealBook",
    "ServiceError",
    "Signer",
    "SigningDetails",
    "SigningError",
    "Stamp",
    "Step",
    "TimestampAuthority",
    "TrustStore",
    "TsaPool",
    "UsageError",
    "Verdict",
    "VerificationError",
    "assert_not_revoked",
    "audit_file",
    "audit_folder",
    "collect_evidence",
    "complete_detached",
    "complete_pdf",
    "confirm_result",
    "extend_pdf",
    "level_of",
    "load_trust",
    "make_records",
    "make_result",
    "open_signer",
    "prepare_detached",
    "prepare_pdf",
    "record_files",
    "rehash_records",
    "renew_records",
    "sign_file",
    "sign_office",
    "sign_official",
    "sign_pdf",
    "tsa_checker",
    "verify_pdf",
    "verify_seal",
]
