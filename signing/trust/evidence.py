"""Evidence of a signature's long-term validity: certificates, CRLs and OCSP responses, gathered from anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography import x509

from ..errors import SigningError
from ..report import Finding
from .crl import Crl, parse_crl
from .ocsp import Ocsp, parse_ocsp

MAX_ANSWERS = 256  # CRLs, and OCSP responses, looked at in one evidence


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates, DER CRLs and DER OCSP responses gathered from anywhere; nothing in it is trusted as such."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    _read: tuple[tuple[Crl, ...], tuple[Ocsp, ...], tuple[Finding, ...]] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    _fingerprint: bytes = field(default=b"", init=False, repr=False, compare=False)

    def __add__(self, other: Evidence) -> Evidence:
        """Both, each piece once."""
        if not other:
            return self
        return Evidence(
            tuple(dict.fromkeys(self.certificates + other.certificates)),
            tuple(dict.fromkeys(self.crls + other.crls)),
            tuple(dict.fromkeys(self.ocsps + other.ocsps)),
        )

    def __bool__(self) -> bool:
        return bool(self.certificates or self.crls or self.ocsps)

    def fingerprint(self) -> bytes:
        """SHA-256 over all answers, in order; certificates are not part of it."""
        if not self._fingerprint:
            parts = b"".join(sha256(der).digest() for der in (*self.crls, b"", *self.ocsps))
            object.__setattr__(self, "_fingerprint", sha256(parts).digest())
        return self._fingerprint

    def read(self) -> tuple[tuple[Crl, ...], tuple[Ocsp, ...], tuple[Finding, ...]]:
        """What could be parsed, and a finding for each piece that could not."""
        if self._read is None:
            object.__setattr__(self, "_read", self._parse())
        assert self._read is not None  # noqa: S101 - set one line above
        return self._read

    def _parse(self) -> tuple[tuple[Crl, ...], tuple[Ocsp, ...], tuple[Finding, ...]]:
        crls, ocsps, findings = [], [], []
        for der in self.crls[:MAX_ANSWERS]:
            try:
                crls.append(parse_crl(der))
            except SigningError as e:
                findings.append(Finding.of(e.code, severity="info", **e.details))
        for der in self.ocsps[:MAX_ANSWERS]:
            try:
                ocsps.append(parse_ocsp(der))
            except SigningError as e:
                findings.append(Finding.of(e.code, severity="info", **e.details))
        return tuple(crls), tuple(ocsps), tuple(findings)
