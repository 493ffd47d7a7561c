"""Certificate revocation lists (RFC 5280 §5, §6.3): read once, believed only when complete.

Used are complete lists signed by the very key that issued the certificate, also when they cover only end entities or
only authorities, or one distribution point that the certificate names. Delta and indirect lists, lists for some reasons
and lists with unknown critical extensions are not used: the answer is then unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from ..errors import LimitError, MalformedError
from ..lru import Lru
from .answer import Answer, State
from .certificates import PARSE_ERRORS, Facts, signature_scheme, unknown_critical
from .names import quietly
from .unusual import UNUSUAL, digest_under, verify_unusual

MAX_CRL_BYTES = 16 * 1024 * 1024  # bytes; the largest public lists of Vietnam are below 5 MB
MAX_CACHED_BYTES = 64 * 1024 * 1024  # bytes of parsed lists that a process keeps

_UNDERSTOOD = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.AUTHORITY_KEY_IDENTIFIER})
_ENTRY_UNDERSTOOD = frozenset({CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Crl:
    """One list, read but not verified. `usable` is false for the kinds that are not used here."""

    sha256: bytes
    parsed: x509.CertificateRevocationList
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    scheme: str
    digest: str | None
    usable: bool
    scope: x509.IssuingDistributionPoint | None


_PARSED: Lru[bytes, Crl] = Lru(MAX_CACHED_BYTES)  # a list of 1 MB takes 2 ms to parse and every signature asks again
_SIGNED: Lru[tuple[bytes, x509.Certificate], bool] = Lru(2048)
_Entry = tuple[State, datetime | None, str | None, datetime | None]  # state, since, reason, invalid since
_ENTRIES: Lru[tuple[bytes, int], _Entry] = Lru(8192)  # a search is linear


def parse_crl(der: bytes) -> Crl:
    """Read a DER CertificateList. Raises `MalformedError` (`revocation.malformed`) or `LimitError`."""
    if len(der) > MAX_CRL_BYTES:
        raise LimitError("input.too-large", what="CRL", limit=f"{MAX_CRL_BYTES} bytes")
    digest = sha256(der).digest()
    found = _PARSED.get(digest)
    if found is not None:
        return found
    try:
        with quietly():
            return _PARSED.put(digest, _read(der, digest), weight=len(der) + 1000)
    except PARSE_ERRORS as e:
        raise MalformedError("revocation.malformed", kind="CRL", why=e) from None


def _read(der: bytes, digest: bytes) -> Crl:
    parsed = x509.load_der_x509_crl(der)
    extensions = parsed.extensions
    scope = next((e.value for e in extensions if isinstance(e.value, x509.IssuingDistributionPoint)), None)
    delta = any(e.oid == ExtensionOID.DELTA_CRL_INDICATOR for e in extensions)
    partial = scope is not None and (
        scope.indirect_crl
        or scope.only_contains_attribute_certs
        or scope.only_some_reasons is not None
        or scope.relative_name is not None
    )
    return Crl(
        sha256=digest,
        parsed=parsed,
        issuer=parsed.issuer.public_bytes(),
        this_update=parsed.last_update_utc,
        next_update=parsed.next_update_utc,
        scheme=signature_scheme(parsed.signature_algorithm_oid),
        digest=digest_under(parsed),
        usable=not delta and not partial and unknown_critical(extensions, _UNDERSTOOD) is None,
        scope=scope,
    )


def crl_answer(crl: Crl, subject: Facts, issuer: Facts) -> Answer | str | None:
    """What `crl` says about `subject`; the code that tells why it says nothing; None when it is another issuer's."""
    if crl.issuer != subject.issuer or crl.issuer != issuer.subject:
        return None
    if not crl.usable or not _in_scope(crl.scope, subject):
        return "revocation.scope"
    if issuer.key_usage is not None and not issuer.key_usage.crl_sign:
        return "revocation.signature"
    if not _signed_by(crl, issuer):
        return "revocation.signature"
    state, time, reason, since = _entry(crl, subject.certificate.serial_number)
    if state is State.UNKNOWN:
        return "revocation.scope"
    return Answer(
        kind="CRL",
        digest=crl.sha256,
        state=state,
        this_update=crl.this_update,
        next_update=crl.next_update,
        signatures=((crl.scheme, crl.digest, issuer.key),),
        time=time,
        reason=reason,
        invalid_since=since,
    )


def _in_scope(scope: x509.IssuingDistributionPoint | None, subject: Facts) -> bool:
    """RFC 5280 §6.3.3 (b): the list must be meant for this kind of certificate and one of its distribution points."""
    if scope is None:
        return True
    if (scope.only_contains_user_certs and subject.is_ca) or (scope.only_contains_ca_certs and not subject.is_ca):
        return False
    if scope.full_name is None:
        return True
    names = {n.value for n in scope.full_name if isinstance(n, x509.UniformResourceIdentifier)}
    return not names.isdisjoint(subject.crl_urls)


def _signed_by(crl: Crl, issuer: Facts) -> bool:
    key = (crl.sha256, issuer.certificate)
    found = _SIGNED.get(key)
    if found is None:
        try:
            if crl.parsed.signature_algorithm_oid.dotted_string in UNUSUAL:
                found = verify_unusual(crl.parsed.public_bytes(Encoding.DER), issuer.key)
            else:
                found = crl.parsed.is_signature_valid(issuer.key)  # type: ignore[arg-type]  # others raise TypeError
        except (InvalidSignature, *PARSE_ERRORS):
            found = False
        _SIGNED.put(key, found)
    return found


def _entry(crl: Crl, serial: int) -> _Entry:
    """The state of `serial` in a list whose signature was verified; `UNKNOWN` when its entry cannot be understood."""
    key = (crl.sha256, serial)
    found = _ENTRIES.get(key)
    if found is None:
        try:
            found = _find(crl.parsed, serial)
        except PARSE_ERRORS:
            found = (State.UNKNOWN, None, None, None)
        _ENTRIES.put(key, found)
    return found


def _find(parsed: x509.CertificateRevocationList, serial: int) -> _Entry:
    entry = parsed.get_revoked_certificate_by_serial_number(serial)
    if entry is None:
        return State.GOOD, None, None, None
    if unknown_critical(entry.extensions, _ENTRY_UNDERSTOOD) is not None:
        return State.UNKNOWN, None, None, None
    reason = next((e.value.reason for e in entry.extensions if isinstance(e.value, x509.CRLReason)), None)
    return (
        state_of(reason),
        entry.revocation_date_utc,
        reason.value if reason else None,
        invalid_since(entry.extensions),
    )


def invalid_since(extensions: x509.Extensions) -> datetime | None:
    """The invalidity date of an entry."""
    return next((e.value.invalidity_date_utc for e in extensions if isinstance(e.value, x509.InvalidityDate)), None)


def state_of(reason: x509.ReasonFlags | None) -> State:
    """Revoked or suspended; `UNKNOWN` for removeFromCRL, which has no place in a complete list or an answer."""
    if reason is x509.ReasonFlags.certificate_hold:
        return State.SUSPENDED
    return State.UNKNOWN if reason is x509.ReasonFlags.remove_from_crl else State.REVOKED
