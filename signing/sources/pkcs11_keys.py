"""What a token holds, and which key a URI means (OASIS PKCS #11 v2.40 §4.6, §4.9; RFC 7512 §2.3).

A private key and a certificate belong together when their public keys are equal; where the token does not show the
key's, when both have the same CKA_ID. Labels are whatever somebody typed.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..errors import LimitError, RefusedError, UsageError
from ..signer import CERTIFICATE_ERRORS, check_signable, load_certificate, subject_of
from .pkcs11_module import TokenName, binding
from .pkcs11_uri import Pkcs11Uri, comparable, percent

if TYPE_CHECKING:
    import pkcs11

MAX_OBJECTS = 1000  # certificates, and keys, of one token


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """A private key that may sign. `public` is the modulus or the curve's point, None when the token hides it;
    `asks_each_time` is CKA_ALWAYS_AUTHENTICATE."""

    id: bytes
    label: str
    kind: str
    public: bytes | None
    asks_each_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCertificate:
    """A certificate with what the token calls it."""

    id: bytes
    label: str
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    key: HeldKey
    held: HeldCertificate
    proved: bool  # by the public key, not by CKA_ID alone


def held_certificates(session: pkcs11.Session) -> list[HeldCertificate]:
    """Every X.509 certificate that can be read; others are passed over. Raises what the binding raises."""
    library = binding()
    template = {
        library.Attribute.CLASS: library.ObjectClass.CERTIFICATE,
        library.Attribute.CERTIFICATE_TYPE: library.CertificateType.X_509,
    }
    found = []
    for thing in _objects(session, template):
        try:
            certificate = load_certificate(_bytes(thing, library.Attribute.VALUE))
        except ValueError:
            continue
        held_id, label = _bytes(thing, library.Attribute.ID), str(_read(thing, library.Attribute.LABEL) or "")
        found.append(HeldCertificate(id=held_id, label=label, certificate=certificate))
    return found


def held_keys(session: pkcs11.Session) -> list[HeldKey]:
    """Every RSA and EC private key that may sign (CKA_SIGN), as far as the session may see them."""
    return [held for _, held in _private_keys(session)]


def find_key(session: pkcs11.Session, held: HeldKey) -> Any:
    """The object of `session` that is this key, or None."""
    return next((thing for thing, other in _private_keys(session, held.id) if other == held), None)


def _private_keys(session: pkcs11.Session, key_id: bytes = b"") -> Iterator[tuple[Any, HeldKey]]:
    library = binding()
    attribute = library.Attribute
    template = {attribute.CLASS: library.ObjectClass.PRIVATE_KEY, **({attribute.ID: key_id} if key_id else {})}
    for thing in _objects(session, template):
        kind = {library.KeyType.RSA: "rsa", library.KeyType.EC: "ec"}.get(_read(thing, attribute.KEY_TYPE))
        if kind is None or not hasattr(thing, "sign"):
            continue
        held_id = _bytes(thing, attribute.ID)
        yield (
            thing,
            HeldKey(
                id=held_id,
                label=str(_read(thing, attribute.LABEL) or ""),
                kind=kind,
                public=_public_value(session, thing, kind, held_id),
                asks_each_time=_read(thing, attribute.ALWAYS_AUTHENTICATE) is True,
            ),
        )


def _public_value(session: pkcs11.Session, thing: Any, kind: str, key_id: bytes) -> bytes | None:
    """The modulus or point from the private key, else from the public key with the same CKA_ID, if there is one."""
    library = binding()
    wanted = library.Attribute.MODULUS if kind == "rsa" else library.Attribute.EC_POINT
    value = _bytes(thing, wanted)
    if not value and key_id:
        template = {library.Attribute.CLASS: library.ObjectClass.PUBLIC_KEY, library.Attribute.ID: key_id}
        values = {_bytes(other, wanted) for other in _objects(session, template)} - {b""}
        value = values.pop() if len(values) == 1 else b""
    return value.lstrip(b"\0") or None if kind == "rsa" else value or None


def _objects(session: pkcs11.Session, template: dict[Any, Any]) -> list[Any]:
    with closing(cast(Generator[Any, None, None], session.get_objects(template))) as found:  # ends the token's search
        things = list(islice(found, MAX_OBJECTS + 1))
    if len(things) > MAX_OBJECTS:
        raise LimitError("input.too-large", what="PKCS#11", limit=f"{MAX_OBJECTS} objects")
    return things


def _read(thing: Any, attribute: Any) -> Any:
    """An attribute, or None if the token does not tell it or tells nonsense."""
    try:
        return thing[attribute]
    except (binding().PKCS11Error, ValueError, IndexError, KeyError, struct.error):
        return None


def _bytes(thing: Any, attribute: Any) -> bytes:
    value = _read(thing, attribute)
    return value if isinstance(value, bytes) else b""


def choose_key(
    token: TokenName, uri: Pkcs11Uri, keys: Sequence[HeldKey], certificates: Sequence[HeldCertificate]
) -> tuple[HeldKey, x509.Certificate]:
    """The one key that `uri` means, with its newest certificate.

    Where the URI leaves a choice, the one key whose certificate may sign now is meant.
    Raises `UsageError`: `pkcs11.key-missing`, `pkcs11.key-several`, `pkcs11.no-certificate`, `pkcs11.label-alone`.
    """
    everything = list(_pairs(keys, certificates))
    pairs = _newest(pair for pair in everything if _meant(pair, uri))
    if len(pairs) > 1:
        pairs = [pair for pair in pairs if _may_sign(pair.held.certificate)] or pairs
    if not pairs:
        raise _nothing(token, uri, keys, everything)
    if len(pairs) > 1:
        raise UsageError("pkcs11.key-several", token=token, present=_listed(pairs))
    (pair,) = pairs
    by_label = uri.object is not None and uri.id is None and not uri.names_certificate
    if by_label and not pair.proved:
        raise UsageError("pkcs11.label-alone", token=token, present=_listed(pairs))
    return pair.key, pair.held.certificate


def _nothing(token: TokenName, uri: Pkcs11Uri, keys: Sequence[HeldKey], everything: Sequence[_Pair]) -> UsageError:
    paired = {pair.key for pair in everything}
    bare = [key for key in keys if key not in paired and uri.id in (None, key.id)]
    if bare and (uri.id is not None or not everything):
        return UsageError("pkcs11.no-certificate", token=token, key=f"id={percent(bare[0].id)} {bare[0].label}".strip())
    return UsageError("pkcs11.key-missing", token=token, present=_listed(everything) or "-")


def _pairs(keys: Iterable[HeldKey], certificates: Sequence[HeldCertificate]) -> Iterator[_Pair]:
    for key in keys:
        for held in certificates:
            if belongs(key, held):
                yield _Pair(key=key, held=held, proved=key.public is not None)


def belongs(key: HeldKey, held: HeldCertificate) -> bool:
    """Whether key and certificate have the same public key, or the same CKA_ID when the key's is not shown."""
    try:
        public = held.certificate.public_key()
    except CERTIFICATE_ERRORS:
        return False
    if isinstance(public, rsa.RSAPublicKey) and key.kind == "rsa":
        octets = (public.key_size + 7) // 8
        return _same(key, held, key.public == public.public_numbers().n.to_bytes(octets))
    if isinstance(public, ec.EllipticCurvePublicKey) and key.kind == "ec":
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        told = key.public or b""  # in an OCTET STRING of short or long form, or by some tokens as it is
        return _same(key, held, told.endswith(point) and len(told) - len(point) in (0, 2, 3))
    return False


def _same(key: HeldKey, held: HeldCertificate, equal: bool) -> bool:
    return equal if key.public is not None else bool(key.id) and key.id == held.id


def _meant(pair: _Pair, uri: Pkcs11Uri) -> bool:
    certificate = pair.held.certificate
    return (
        (uri.id is None or uri.id in (pair.key.id, pair.held.id))
        and (uri.object is None or comparable(uri.object) in map(comparable, (pair.key.label, pair.held.label)))
        and (uri.cert_serial is None or uri.cert_serial == certificate.serial_number)
        and (uri.cert_sha256 is None or uri.cert_sha256 == sha256(certificate.public_bytes(Encoding.DER)).digest())
    )


def _newest(pairs: Iterable[_Pair]) -> list[_Pair]:
    best: dict[HeldKey, _Pair] = {}
    for pair in pairs:
        known = best.setdefault(pair.key, pair)
        if pair.held.certificate.not_valid_after_utc > known.held.certificate.not_valid_after_utc:
            best[pair.key] = pair
    return list(best.values())


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        check_signable(certificate)
    except RefusedError:
        return False
    return True


def _listed(pairs: Iterable[_Pair]) -> str:
    shown = sorted(f"id={percent(pair.key.id)} {subject_of(pair.held.certificate)}" for pair in pairs)
    return "; ".join(dict.fromkeys(shown))
