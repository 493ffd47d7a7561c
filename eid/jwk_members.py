"""Public keys as the members of a JWK (RFC 7518 §6.2, §6.3; RFC 8037 §2), and their thumbprints (RFC 7638).

One key, one spelling: coordinates have their full length, RSA numbers no leading zero, base64url is canonical. A point
that is not on its curve, or of so small an order that anybody can sign for it, is refused here, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from .algorithms import MAX_RSA_BITS, MAX_RSA_EXPONENT_BYTES, FaultError, PublicKey, names
from .encoding import b64url_text, dump_json, unb64url

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
COORDINATE_BYTES = {"P-256": 32, "P-384": 48}
ED25519_BYTES = 32
MAX_SECONDS = 253_402_300_800  # the year 10000: a time beyond this is not one
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}
_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384"}
_CURVE_ALGS = {"P-256": ("ES256",), "P-384": ("ES384",), "Ed25519": ("EdDSA", "Ed25519")}
_RSA_ALGS = ("PS256", "RS256")

# edwards25519 (RFC 7748 §4.1): p, d, a square root of -1, and the y of the points whose order divides 8
_P = (1 << 255) - 19
_D = -121665 * pow(121666, -1, _P) % _P
_Y_OF_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


def public_members(public: PublicKey) -> dict[str, str]:
    """The members that a thumbprint covers, in its order: `crv`, `e`, `kty`, `n`, `x`, `y`, where the kind has them."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        crv = _CURVE_NAMES[public.curve.name]
        point = public.public_numbers()
        x, y = (b64url_text(value.to_bytes(COORDINATE_BYTES[crv], "big")) for value in (point.x, point.y))
        return {"crv": crv, "kty": "EC", "x": x, "y": y}
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": b64url_text(public.public_bytes_raw())}
    numbers = public.public_numbers()
    e, n = (b64url_text(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.e, numbers.n))
    return {"e": e, "kty": "RSA", "n": n}


def thumbprint(public: PublicKey) -> str:
    """The RFC 7638 SHA-256 thumbprint, base64url."""
    return b64url_text(hashlib.sha256(dump_json(public_members(public))).digest())


def known_kind(jwk: dict[str, Any]) -> bool:
    """Whether `kty` is one of ours: EC, OKP or RSA."""
    return jwk.get("kty") in ("EC", "OKP", "RSA")


def algorithms_of(jwk: dict[str, Any]) -> tuple[str, ...]:
    """The algorithms that a JWK of this `kty` and `crv` can carry; none for those that are not ours."""
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if kty == "RSA":
        return _RSA_ALGS
    if not isinstance(crv, str) or kty != ("OKP" if crv == "Ed25519" else "EC"):
        return ()
    return _CURVE_ALGS.get(crv, ())


def read_public(jwk: dict[str, Any]) -> PublicKey | None:
    """The public key in a JWK of a known `kty` and `crv`; None for an RSA key of a size or exponent that is not ours.

    Raises `FaultError` with what is wrong: the members are missing, in another spelling, or no usable key.
    """
    kty, crv = jwk["kty"], jwk.get("crv")
    try:
        if kty == "RSA":
            return _rsa(jwk)
        return _ed25519(jwk) if kty == "OKP" else _point(jwk, str(crv))
    except (ValueError, KeyError, AttributeError, TypeError):
        if kty == "RSA":
            raise FaultError("n and e are not an RSA key", "n và e không phải khóa RSA") from None
        raise FaultError(
            f"x and y are not a usable point of {crv}", f"x và y không phải điểm dùng được trên {crv}"
        ) from None


def read_times(jwk: dict[str, Any]) -> dict[str, Any]:
    """`iat`, `exp` and `revoked` in seconds since 1970, None where the JWK has none. `FaultError` for another type.

    A `revoked` member that does not say when (`revoked_at`) counts from the beginning.
    """
    times = {name: _time(name, jwk.get(name)) for name in ("iat", "exp")}
    revoked = jwk.get("revoked")
    since = _time("revoked", revoked.get("revoked_at") if isinstance(revoked, dict) else revoked)
    return {**times, "revoked": (since or 0) if "revoked" in jwk else None}


def _time(name: str, value: Any) -> int | None:
    if value is None or (type(value) is int and 0 <= value < MAX_SECONDS):
        return value
    raise FaultError(f"{name} is not a time in seconds", f"{name} không phải thời điểm tính bằng giây")


def _point(jwk: dict[str, Any], crv: str) -> ec.EllipticCurvePublicKey:
    size = COORDINATE_BYTES[crv]
    x, y = _octets(jwk, "x"), _octets(jwk, "y")
    if len(x) != size or len(y) != size:
        raise ValueError("length")
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[crv](), b"\x04" + x + y)


def _ed25519(jwk: dict[str, Any]) -> ed25519.Ed25519PublicKey:
    x = _octets(jwk, "x")
    check_ed25519(x)
    return ed25519.Ed25519PublicKey.from_public_bytes(x)


def check_ed25519(point: bytes) -> None:
    """`ValueError` unless `point` is the one encoding (RFC 8032 §5.1.3) of a point that is not of small order.

    Under a key of small order one signature fits many messages, so anybody may make it.
    """
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    if len(point) != ED25519_BYTES or y >= _P or y in _SMALL_ORDER:
        raise ValueError("not a usable point")
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(x_squared, (_P - 1) // 2, _P) != 1:
        raise ValueError("not on the curve")


def _rsa(jwk: dict[str, Any]) -> rsa.RSAPublicKey | None:
    n, e = _octets(jwk, "n"), _octets(jwk, "e")
    if not n or not e or n[0] == 0 or e[0] == 0:
        raise ValueError("a leading zero")
    if len(n) > MAX_RSA_BITS // 8 or len(e) > MAX_RSA_EXPONENT_BYTES:
        return None
    modulus = int.from_bytes(n, "big")
    if not modulus & 1:
        raise ValueError("an even modulus")
    public = rsa.RSAPublicNumbers(int.from_bytes(e, "big"), modulus).public_key()
    return public if names(public) else None


def _octets(jwk: dict[str, Any], name: str) -> bytes:
    return unb64url(jwk[name].encode("ascii"))
