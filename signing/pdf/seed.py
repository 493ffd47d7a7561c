"""ISO 32000-2 §12.7.5.5, Tables 237–238: seed values — what the author of a field demands of the signature in it.

A demand (its bit in /Ff is set) is met or the signature is refused; a wish (bit not set) is passed over, but for /MDP,
which has no bit and always binds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ..errors import RefusedError, UsageError
from ..policy import Baseline
from ..signer import Signer
from .fields import Field, as_name
from .raw import Dict, as_array, as_bytes, as_dict, as_int, as_number, as_text, name
from .request import Permission, SignatureRequest
from .revision import Update

MAX_LISTED = 200  # entries of one list in a seed value dictionary
_VERSION = 3  # of seed value dictionaries that are understood: PDF 2.0
_FILTER, _SUBFILTER, _V, _REASONS, _ATTESTATION, _REVOCATION, _DIGEST, _LOCK, _APPEARANCE = (1 << n for n in range(9))
_KNOWN = (1 << 9) - 1
_SUBJECT, _ISSUER, _POLICY, _SUBJECT_DN, _RESERVED, _USAGE, _URL = (1 << n for n in range(7))
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
_NAMES = {
    "CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME, "L": NameOID.LOCALITY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "T": NameOID.TITLE, "SN": NameOID.SURNAME, "GN": NameOID.GIVEN_NAME, "UID": NameOID.USER_ID,
    "serialNumber": NameOID.SERIAL_NUMBER, "E": NameOID.EMAIL_ADDRESS,
}  # fmt: skip
_OID = re.compile(r"[0-2](\.\d{1,20}){1,30}")


def obey_seed(update: Update, field: Field, signer: Signer, request: SignatureRequest) -> SignatureRequest:
    """`request` with what the field's seed values add to it.

    Raises `RefusedError` `pdf.seed` (which says what is demanded) for a demand that this signature does not meet.
    """
    entries = as_dict(update.resolve(field.entries.get(b"/SV")))
    return _Seed(update, field.name, entries, signer).applied(request) if entries else request


@dataclass(frozen=True, slots=True)
class _Seed:
    update: Update
    field: str
    entries: Dict
    signer: Signer

    def applied(self, request: SignatureRequest) -> SignatureRequest:
        flags = as_int(self.update.resolve(self.entries.get(b"/Ff")), 0)
        if flags & ~_KNOWN:
            self.refuse(f"/Ff {flags}")
        self._check_format(flags)
        self._check_extras(flags, request)
        self._check_reason(flags, request)
        self._check_timestamp(request)
        certificate = as_dict(self.update.resolve(self.entries.get(b"/Cert")))
        if certificate:
            _CertificateSeed(self, certificate, self.signer).check()
        return self._certified(request)

    def refuse(self, demand: str) -> None:
        raise RefusedError("pdf.seed", field=self.field, demand=demand)

    def array(self, entries: Dict, key: bytes) -> list[bytes]:
        found = as_array(self.update.resolve(entries.get(key)))
        if len(found) > MAX_LISTED:
            self.refuse(f"{key.decode('latin-1')}: > {MAX_LISTED}")
        return [self.update.resolve(item) or b"null" for item in found]

    def _check_format(self, flags: int) -> None:
        """Filter, format, version of the seed values, digest."""
        value = as_name(self.update, self.entries.get(b"/Filter"))
        if flags & _FILTER and value not in (None, b"/Adobe.PPKLite"):
            self.refuse(f"/Filter {(value or b'').decode('latin-1')}")
        formats = [name(item) for item in self.array(self.entries, b"/SubFilter")]
        if flags & _SUBFILTER and formats and b"/ETSI.CAdES.detached" not in formats:
            self.refuse("/SubFilter " + b" ".join(formats).decode("latin-1"))
        version = self.update.resolve(self.entries.get(b"/V"))
        if flags & _V and version is not None and as_number(version) > _VERSION:
            self.refuse(f"/V {as_number(version):g}")
        digests = [as_text(item).upper() for item in self.array(self.entries, b"/DigestMethod")]
        if flags & _DIGEST and digests and self._digest() not in digests:
            self.refuse("/DigestMethod " + " ".join(digests))

    def _digest(self) -> str | None:
        algorithm = getattr(self.signer, "algorithm", None)  # unknown while a key elsewhere is
        return algorithm.digest.upper() if algorithm else None

    def _check_extras(self, flags: int, request: SignatureRequest) -> None:
        """Attestation, evidence, locking of the whole document, a named appearance."""
        if flags & _ATTESTATION and self.array(self.entries, b"/LegalAttestation"):
            self.refuse("/LegalAttestation")
        wanted = self.update.resolve(self.entries.get(b"/AddRevInfo")) == b"true"
        if flags & _REVOCATION and wanted and request.baseline < Baseline.B_LT:
            self.refuse("/AddRevInfo (B-LT)")
        locked = as_name(self.update, self.entries.get(b"/LockDocument")) == b"/true"
        if flags & _LOCK and locked and request.certify != Permission.NO_CHANGES:
            self.refuse("/LockDocument (DocMDP 1)")
        if flags & _APPEARANCE and self.update.resolve(self.entries.get(b"/AppearanceFilter")) is not None:
            self.refuse("/AppearanceFilter")

    def _check_reason(self, flags: int, request: SignatureRequest) -> None:
        """One of the listed reasons; none at all when the list is empty or a full stop."""
        if not flags & _REASONS:
            return
        listed = [as_text(item) for item in self.array(self.entries, b"/Reasons")]
        if listed in ([], ["."]):
            if request.reason is not None:
                self.refuse("/Reasons []")
        elif request.reason not in listed:
            self.refuse("/Reasons " + "; ".join(listed))

    def _check_timestamp(self, request: SignatureRequest) -> None:
        timestamp = as_dict(self.update.resolve(self.entries.get(b"/TimeStamp")))
        if as_int(self.update.resolve(timestamp.get(b"/Ff")), 0) and request.baseline < Baseline.B_T:
            self.refuse("/TimeStamp (B-T)")

    def _certified(self, request: SignatureRequest) -> SignatureRequest:
        """/MDP: 0 wants an ordinary signature, 1–3 the certification signature with that permission."""
        if self.update.resolve(self.entries.get(b"/MDP")) is None:
            return request
        rules = as_dict(self.update.resolve(self.entries[b"/MDP"]))
        level = as_int(self.update.resolve(rules.get(b"/P")), 0)
        wanted = Permission(level) if level in tuple(Permission) else None
        if request.certify not in (None, wanted):
            self.refuse(f"/MDP {level}")
        try:
            return replace(request, certify=wanted)
        except UsageError as e:
            raise RefusedError("pdf.seed", field=self.field, demand=f"/MDP {level}") from e


@dataclass(frozen=True, slots=True)
class _CertificateSeed:
    """Who may sign (Table 238)."""

    seed: _Seed
    entries: Dict
    signer: Signer

    def check(self) -> None:
        flags = as_int(self.seed.update.resolve(self.entries.get(b"/Ff")), 0)
        checks: dict[int, tuple[bytes, Callable[[list[bytes]], bool]]] = {
            _SUBJECT: (b"/Subject", self._is_subject),
            _ISSUER: (b"/Issuer", self._is_issued),
            _POLICY: (b"/OID", self._has_policy),
            _SUBJECT_DN: (b"/SubjectDN", self._is_named),
            _USAGE: (b"/KeyUsage", self._may_use),
        }
        for bit, (key, holds) in checks.items():
            listed = self.seed.array(self.entries, key)
            if flags & bit and listed and not (self._is_known() and holds(listed)):
                self.seed.refuse(f"/Cert {key.decode()}")
        if flags & ~(_SUBJECT | _ISSUER | _POLICY | _SUBJECT_DN | _USAGE | _URL):  # where to get one binds nobody
            self.seed.refuse(f"/Cert /Ff {flags}")

    def _is_known(self) -> bool:
        """Whether the certificate is there already: a document may be prepared before."""
        return isinstance(self.signer.certificate, x509.Certificate)

    def _der(self, listed: list[bytes]) -> set[bytes]:
        return {as_bytes(item) for item in listed}

    def _is_subject(self, listed: list[bytes]) -> bool:
        return self.signer.certificate.public_bytes(Encoding.DER) in self._der(listed)

    def _is_issued(self, listed: list[bytes]) -> bool:
        chain = {c.public_bytes(Encoding.DER) for c in (self.signer.certificate, *self.signer.chain)}
        return bool(chain & self._der(listed))

    def _has_policy(self, listed: list[bytes]) -> bool:
        try:
            found = self.signer.certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        except x509.ExtensionNotFound:
            return False
        return bool({p.policy_identifier.dotted_string for p in found} & {as_text(item) for item in listed})

    def _is_named(self, listed: list[bytes]) -> bool:
        """Whether the subject has every part of one of the names."""
        return any(all(self._has_parts(as_dict(item))) for item in listed)

    def _has_parts(self, wanted: Dict) -> Iterator[bool]:
        subject = self.signer.certificate.subject
        for key, value in wanted.items():
            short = key[1:].decode("latin-1")
            oid = _NAMES.get(short) or (x509.ObjectIdentifier(short) if _OID.fullmatch(short) else None)
            text = as_text(self.seed.update.resolve(value))
            yield oid is not None and any(str(a.value) == text for a in subject.get_attributes_for_oid(oid))

    def _may_use(self, listed: list[bytes]) -> bool:
        """Nine places, each `1` (set), `0` (not set) or `X`; one string must fit."""
        try:
            usage = self.signer.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            return False
        only = {"encipher_only": usage.key_agreement, "decipher_only": usage.key_agreement}
        bits = [only.get(which, True) and getattr(usage, which) for which in _USAGES]
        return any(
            all(c in "Xx" or (c == "1") == bit for c, bit in zip(as_text(item), bits, strict=False)) for item in listed
        )
