"""One key as a JWK (RFC 7517), named by its thumbprint (RFC 7638); P-256 for ES256 (RFC 7518 §6.2)."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from .encoding import b64url_text, dump_json, unb64url
from .errors import MalformedError, UsageError, VerificationError
from .jws import MAX_KID_CHARS, SIGNATURE_BYTES, Es256

_COORDINATE_BYTES = 32
_MAX_SECONDS = 1 << 40  # a time in a JWKS beyond this is not one
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


class Key:
    """One P-256 key for ES256, with its private half or without. Immutable; `repr` shows the identifier only.

    `iat` is the second from which it signs (None: not stated, or not yet), `exp` the second at which it stopped,
    `revoked` the second at which its issuer took it back.
    """

    __slots__ = ("_es256", "_private", "_public", "exp", "iat", "kid", "revoked")
    alg = Es256.alg

    def __init__(
        self,
        public: ec.EllipticCurvePublicKey,
        private: ec.EllipticCurvePrivateKey | None = None,
        *,
        kid: str | None = None,
        iat: int | None = None,
        exp: int | None = None,
        revoked: int | None = None,
    ) -> None:
        self._public, self._private = public, private
        self._es256 = Es256(public, private)
        self.kid = thumbprint(public) if kid is None else kid
        self.iat, self.exp, self.revoked = iat, exp, revoked

    @classmethod
    def generate(cls, alg: str = Es256.alg, *, iat: int | None = None) -> Key:
        """A new private key. `alg` is ES256; another is `UsageError` (`key.algorithm`)."""
        if alg != Es256.alg:
            raise UsageError("key.algorithm", alg=alg, known=Es256.alg)
        private = ec.generate_private_key(ec.SECP256R1())
        return cls(private.public_key(), private, iat=iat)

    @property
    def private(self) -> bool:
        """Whether this key can sign."""
        return self._private is not None

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey | None:
        """The private half, for saving it; None when there is none."""
        return self._private

    def sign_raw(self, data: bytes) -> bytes:
        """The ES256 signature r‖s (64 bytes) over `data`, as JWS and COSE carry it.

        `UsageError` (`key.public-only`) without a private half.
        """
        sign = self._es256.sign
        if sign is None:
            raise UsageError("key.public-only")
        return sign(data)

    def verify_raw(self, data: bytes, signature: bytes) -> None:
        """Return if `signature` is this key's 64-byte r‖s over `data`; else `VerificationError` (`key.signature`)."""
        if len(signature) != SIGNATURE_BYTES or not self._es256.verify_any_length(data, signature):
            raise VerificationError("key.signature")

    def was_active(self, made: int, seen: float, skew_s: int) -> bool:
        """Whether a signature made at second `made` may be this key's, for somebody who looks at second `seen`."""
        if self.iat is not None and made < self.iat - skew_s:
            return False
        if self.exp is not None and made > self.exp + skew_s:
            return False
        return self.revoked is None or (made < self.revoked and seen < self.revoked)

    def to_jwk(self) -> dict[str, Any]:
        """The public JWK; private members cannot occur."""
        jwk: dict[str, Any] = {"kty": "EC", "crv": "P-256", **_coordinates(self._public)}
        jwk |= {"alg": self.alg, "use": "sig", "kid": self.kid}
        if self.iat is not None:
            jwk["iat"] = self.iat
        if self.exp is not None:
            jwk["exp"] = self.exp
        if self.revoked is not None:
            jwk["revoked"] = {"revoked_at": self.revoked}
        return jwk

    @classmethod
    def from_jwk(cls, jwk: Any) -> Key | None:
        """The key of a published JWK, or None for a kind that is not ours (RFC 7517 §5: ignore what is not understood).

        Raises `MalformedError`: `jwks.malformed`, or `jwks.private` when a private member was published.
        """
        if not isinstance(jwk, dict):
            raise MalformedError("jwks.malformed", why="a key is not a JSON object")
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            return None
        if not _PRIVATE_MEMBERS.isdisjoint(jwk):
            raise MalformedError("jwks.private", kid=jwk.get("kid"))
        operations = jwk.get("key_ops", ["verify"])
        if jwk.get("alg", cls.alg) != cls.alg or jwk.get("use", "sig") != "sig":
            return None
        if not isinstance(operations, list) or "verify" not in operations:
            return None
        kid = jwk.get("kid")
        if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_CHARS):
            raise MalformedError("jwks.malformed", why="a kid is not a short text")
        iat, exp = _time("iat", jwk.get("iat")), _time("exp", jwk.get("exp"))
        return cls(_point(jwk), kid=kid, iat=iat, exp=exp, revoked=_revoked(jwk))

    def replace(self, **times: int | None) -> Key:
        """The same key with other `iat`, `exp` or `revoked`; a key that has stopped loses its private half."""
        values = {"iat": self.iat, "exp": self.exp, "revoked": self.revoked, **times}
        stopped = values["exp"] is not None or values["revoked"] is not None
        return Key(self._public, None if stopped else self._private, kid=self.kid, **values)

    def __repr__(self) -> str:
        return f"Key(kid={self.kid!r}, private={self.private})"


def thumbprint(public: ec.EllipticCurvePublicKey) -> str:
    """The RFC 7638 SHA-256 thumbprint, base64url."""
    members = {"crv": "P-256", "kty": "EC", **_coordinates(public)}
    return b64url_text(hashlib.sha256(dump_json(members)).digest())


def _coordinates(public: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = public.public_numbers()
    return {name: b64url_text(getattr(numbers, name).to_bytes(_COORDINATE_BYTES, "big")) for name in ("x", "y")}


def _point(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    """The public key of `x` and `y`; a point that is not on P-256 is refused here, once."""
    try:
        x, y = (unb64url(jwk[name].encode("ascii")) for name in ("x", "y"))
        if len(x) != _COORDINATE_BYTES or len(y) != _COORDINATE_BYTES:
            raise ValueError("length")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    except (ValueError, KeyError, AttributeError, TypeError):
        raise MalformedError("jwks.malformed", why="x and y are not a point of P-256") from None


def _time(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < _MAX_SECONDS:
        raise MalformedError("jwks.malformed", why=f"{name} is not a time in seconds")
    return value


def _revoked(jwk: dict[str, Any]) -> int | None:
    """When the key was revoked; a `revoked` member that does not say when counts from the beginning."""
    if "revoked" not in jwk:
        return None
    value = jwk["revoked"]
    return _time("revoked", value.get("revoked_at", 0) if isinstance(value, dict) else value) or 0
