"""Names in certificates as people see them (RFC 4514), with personal numbers masked.

Certificates of Vietnam carry the person's number in UID attributes, as `CCCD:001090123456`; public-duty certificates
carry none.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..messages import clean
from ..report import SignerInfo
from ..rfc4514 import name_parts

MAX_NAME_CHARS = 1000  # characters of a name that is shown

_ERRORS = (ValueError, TypeError, KeyError, AttributeError)
_SHORT_NAMES = {NameOID.EMAIL_ADDRESS: "E", NameOID.TITLE: "T", NameOID.SERIAL_NUMBER: "SERIALNUMBER"}
_NUMBER = re.compile(r"(?<!\d)\d{9,}(?!\d)")
_TAX_CODE = re.compile(r"\d{10}(-\d{3})?", re.ASCII)
_PREFIXED = re.compile(r"([A-Z]{2,10}):(.{1,100})", re.ASCII)


@contextmanager
def quietly() -> Iterator[None]:
    """No warnings on stderr about what strangers put into certificates: names too long, odd serial numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def mask(value: str) -> str:
    """A number with its middle hidden: 001090123456 → 001*****3456."""
    head, tail = (3, 4) if len(value) >= 12 else (2, 2) if len(value) >= 8 else (1, 1)
    return value if len(value) < 3 else value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def mask_numbers(text: str) -> str:
    """`text` with every run of nine digits or more masked: personal and telephone numbers."""
    return _NUMBER.sub(lambda found: mask(found[0]), text)


def name_text(name: x509.Name) -> str:
    """RFC 4514 text, most specific part first, nothing masked; control characters are replaced."""
    try:
        text = name.rfc4514_string(_SHORT_NAMES)
    except _ERRORS:
        return "?"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:MAX_NAME_CHARS])


def shown_name(name: x509.Name) -> str:
    """The common name or, without one, the whole name; numbers masked, safe to print."""
    try:
        common = [str(a.value) for a in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except _ERRORS:
        return "?"
    return clean(mask_numbers(common[-1] if common and common[-1].strip() else name_text(name)))


def identifiers(certificate: x509.Certificate, *, show: bool = False) -> tuple[tuple[str, str], ...]:
    """(`CCCD`, number) and the like from UID attributes of the subject; masked, except tax codes, unless `show`."""
    try:
        with quietly():
            values = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.USER_ID)]
    except _ERRORS:
        return ()
    found = (_PREFIXED.fullmatch(v.strip()) for v in values)
    pairs = ((m[1], clean(m[2].strip())) for m in found if m)
    return tuple((k, v if show or (k == "MST" and _TAX_CODE.fullmatch(v)) else mask(v)) for k, v in pairs)


@lru_cache(maxsize=1024)
def signer_info(certificate: x509.Certificate, *, show_ids: bool = False) -> SignerInfo:
    """The certificate's names for a report; personal numbers masked unless `show_ids`.

    The serial number is hexadecimal; what cannot be read is `?`.
    """
    try:
        with quietly():
            names, serial = (certificate.subject, certificate.issuer), format(certificate.serial_number, "x")
    except _ERRORS:
        return SignerInfo(subject="?", issuer="?", serial="?")
    subject, issuer = (name_text(n) for n in names)
    if not show_ids:
        for _, value in identifiers(certificate, show=True):
            if not _TAX_CODE.fullmatch(value):
                subject = subject.replace(value, mask(value))
        subject, issuer = mask_numbers(subject), mask_numbers(issuer)
    unit, unit_from = _managing_unit(subject, issuer)
    start, end = _validity(certificate)
    return SignerInfo(
        subject=subject,
        issuer=issuer,
        serial=serial,
        ids=identifiers(certificate, show=show_ids),
        valid_from=start,
        valid_until=end,
        managing_unit=unit,
        unit_from=unit_from,
    )


def _managing_unit(subject: str, issuer: str) -> tuple[str | None, str | None]:
    """The unit that manages the certificate's holder, and who says so: the subject, or else the issuer as its own."""
    for name, origin in ((subject, "subject"), (issuer, "issuer")):
        parts = name_parts(name)
        unit = ", ".join(dict.fromkeys(parts[kind] for kind in ("OU", "O") if parts.get(kind, "").strip()))
        if unit:
            return unit, origin
    return None, None


def _validity(certificate: x509.Certificate) -> tuple[datetime | None, datetime | None]:
    try:
        return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except _ERRORS:
        return None, None
