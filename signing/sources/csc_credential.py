"""A credential of a remote signing service: certificate, key, how it is unlocked (CSC API v1.0.4 §11.5, v2.0 §11.5)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import RefusedError, UsageError, VerificationError
from ..signer import CERTIFICATE_ERRORS, MAX_CHAIN, check_key, load_certificate, order_chain
from .csc_expression import MAX_FACTORS, least_factors
from .csc_wire import Line

MAX_CREDENTIALS = 256  # that one user may have
MAX_PAGES = 16
MAX_ID_CHARS = 512
MAX_ALGORITHMS = 64
MAX_MULTISIGN = 1000  # signatures for one authorisation; a service may allow more, nobody looks at more


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Something to answer: `one_time` answers are not kept; `sent` ones have to be called for first."""

    id: str
    label: str = ""
    digits: bool = False
    one_time: bool = False
    sent: bool = False
    challenge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What `credentials/info` says, checked against the certificate. `scal2`: leave is for certain hashes only."""

    id: str
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()
    algorithms: tuple[str, ...] = ()
    oauth: bool = False
    factors: tuple[Factor, ...] = field(default=())
    scal2: bool = False
    multisign: int = 1


def choose(line: Line) -> str:
    """The credential that the address names, or the only one there is.

    Raises `UsageError`: `key.not-found`, `csc.several`.
    """
    address = line.address
    if address.credential is not None:
        return address.credential
    found = _listed(line)
    if not found:
        raise UsageError("key.not-found", where=address.host)
    if len(found) > 1:
        raise UsageError(
            "csc.several", service=address.host, count=len(found), ids=line.secrets.scrub(", ".join(found))
        )
    return found[0]


def _listed(line: Line) -> list[str]:
    """`credentials/list`, page by page."""
    method, found = "credentials/list", list[str]()
    user = None if line.knows_user else line.address.user
    asked: dict[str, Any] = {} if user is None else {"userID": user}
    for _ in range(MAX_PAGES):
        values = line.call(method, asked).values
        name = "content" if "credentialIDs" not in values and "content" in values else "credentialIDs"
        found += line.texts(method, values, name, MAX_CREDENTIALS)
        if not values.get("nextPageToken") or len(found) > MAX_CREDENTIALS:
            break
        asked["pageToken"] = line.text(method, values, "nextPageToken")
    if not all(0 < len(one) <= MAX_ID_CHARS and one.isprintable() for one in found):  # they stand in prompts
        raise line.malformed(method, "credentialIDs")
    return found[:MAX_CREDENTIALS]


def read_credential(line: Line, credential: str) -> Credential:
    """`credentials/info` of the credential.

    Raises `RefusedError` (`csc.key-status`, `signature.algorithm`), `VerificationError` `csc.certificate`,
    `ServiceError` `csc.malformed`, `UsageError` `csc.factors`, and what `Line.call` raises.
    """
    asked = {line.address.dialect.credential: credential, "certificates": "chain", "certInfo": True, "authInfo": True}
    values = line.call("credentials/info", asked).values
    values = _member(values, "content") or values
    key, cert = _member(values, "key"), _member(values, "cert")
    shown = line.secrets.scrub(credential)  # the service may have given it
    _assert_usable(line, shown, key, cert)
    certificates = _certificates(line, cert)
    leaf = certificates[0]
    _assert_same(line, shown, leaf, key, cert)
    return Credential(
        id=credential,
        certificate=leaf,
        chain=order_chain(leaf, certificates[1:])[1:],
        algorithms=_algorithms(line, key.get("algo")),
        oauth=_mode(values) == "oauth2code",
        factors=_factors(line, shown, values),
        scal2=str(values.get("SCAL", "1")) == "2",
        multisign=max(1, min(line.number("credentials/info", values, "multisign", 1), MAX_MULTISIGN)),
    )


def _algorithms(line: Line, said: object) -> tuple[str, ...]:
    """The identifiers of a key's algorithms; the one that a dialect is limited to, whatever it says."""
    if line.address.dialect.algorithm is not None:
        return (line.address.dialect.algorithm,)
    listed = [said] if isinstance(said, str) else said or []
    return tuple(line.texts("credentials/info", {"key.algo": listed}, "key.algo", MAX_ALGORITHMS))


def _member(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _mode(values: Mapping[str, Any]) -> str:
    return str(_member(values, "auth").get("mode") or values.get("authMode") or "implicit")


def _assert_usable(line: Line, credential: str, key: Mapping[str, Any], cert: Mapping[str, Any]) -> None:
    for value, good in ((key.get("status"), "enabled"), (cert.get("status"), "valid")):
        if value is not None and str(value).lower() != good:
            status = line.secrets.scrub(str(value))
            raise RefusedError("csc.key-status", credential=credential, service=line.address.host, status=status)


def _certificates(line: Line, cert: Mapping[str, Any]) -> list[x509.Certificate]:
    """The certificates of an answer, the signer's first; Base64 with line ends and PEM frames are met."""
    method = "credentials/info"
    found = []
    for text in line.texts(method, cert, "certificates", MAX_CHAIN + 1):
        plain = re.sub(r"-----(?:BEGIN|END) CERTIFICATE-----|\s", "", text)
        try:
            found.append(load_certificate(base64.b64decode(plain, validate=True)))
        except (ValueError, binascii.Error):
            raise line.malformed(method, "cert.certificates") from None
    if not found:
        raise line.malformed(method, "cert.certificates")
    return found


def _assert_same(
    line: Line, credential: str, leaf: x509.Certificate, key: Mapping[str, Any], cert: Mapping[str, Any]
) -> None:
    """The certificate is what the answer says about it, and the one that the address names."""
    why = None
    try:
        public = leaf.public_key()
        if not _is_serial(cert.get("serialNumber"), leaf.serial_number):
            why = "serialNumber"
        elif isinstance(public, rsa.RSAPublicKey) and key.get("len") not in {
            None,
            public.key_size,
            str(public.key_size),
        }:
            why = "key.len"
        elif line.address.certificate not in {None, leaf.fingerprint(hashes.SHA256())}:
            why = "SHA-256"
    except CERTIFICATE_ERRORS:
        why = "X.509"
    if why is not None:
        raise VerificationError("csc.certificate", service=line.address.host, credential=credential, why=why)
    check_key(public)


def _is_serial(said: object, serial: int) -> bool:
    """Services write serial numbers in hex, with and without colons and zeros, and some in decimal."""
    if said is None or said == "":
        return True
    plain = str(said).replace(":", "").replace(" ", "").removeprefix("0x").lstrip("0").lower()
    return plain in {f"{serial:x}", f"{serial:d}"}


def _factors(line: Line, credential: str, values: Mapping[str, Any]) -> tuple[Factor, ...]:
    """What has to be answered to unlock the credential, the fewest that will do."""
    mode = _mode(values)
    if mode in {"implicit", "oauth2code"} or line.address.dialect.authorize is None:
        return ()
    if mode != "explicit":
        raise UsageError("csc.factors", credential=credential, why=line.secrets.scrub(f"mode {mode}"))
    auth = _member(values, "auth")
    if not auth:
        return tuple(f for f in (_pin(values), _otp(values)) if f is not None)
    objects = auth.get("objects")
    if not isinstance(objects, list) or len(objects) > MAX_FACTORS or not all(isinstance(o, dict) for o in objects):
        raise line.malformed("credentials/info", "auth.objects")
    known = {f.id: f for f in (_factor(line, o) for o in objects)}
    expression = auth.get("expression")
    try:
        chosen = least_factors(expression if isinstance(expression, str) else None, tuple(known))
    except ValueError as e:
        raise UsageError("csc.factors", credential=credential, why=f"auth.expression: {e}") from None
    return tuple(known[name] for name in chosen)


def _pin(values: Mapping[str, Any]) -> Factor | None:
    pin = _member(values, "PIN")
    if str(pin.get("presence", "false")).lower() != "true":
        return None
    return Factor(id="PIN", label=_label(pin), digits=pin.get("format") == "N")


def _otp(values: Mapping[str, Any]) -> Factor | None:
    otp = _member(values, "OTP")
    if str(otp.get("presence", "false")).lower() != "true":
        return None
    sent = otp.get("type") == "online"
    return Factor(id="OTP", label=_label(otp), digits=otp.get("format") == "N", one_time=True, sent=sent)


def _factor(line: Line, values: Mapping[str, Any]) -> Factor:
    """One of version 2's authentication objects; those of type Password without a generator stay the same."""
    kind = str(values.get("type", "Password"))
    name = line.text("credentials/info", values, "id")[:64]
    challenge = kind == "ChallengeResponse"
    one_time = challenge or bool(values.get("generator")) or name.upper() == "OTP"
    sent = challenge or (one_time and not values.get("generator"))
    return Factor(
        id=name,
        label=_label(values),
        digits=values.get("format") == "N",
        one_time=one_time,
        sent=sent,
        challenge=challenge,
    )


def _label(values: Mapping[str, Any]) -> str:
    """What the service calls a factor, as a short printable text; a prompt shows it."""
    label = values.get("label") or values.get("description") or ""
    return "".join(c for c in str(label)[:64] if c.isprintable())
