"""One key as a JWK (RFC 7517), named by its thumbprint (RFC 7638), with its one algorithm, purpose and times."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Literal, cast

from .algorithms import (
    COSE_ALGS,
    GENERATED,
    Algorithm,
    Es256,
    External,
    FaultError,
    PrivateKey,
    PublicKey,
    build,
    names,
    new_private_key,
)
from .errors import MalformedError, UsageError, VerificationError
from .jwk_members import (
    PRIVATE_MEMBERS,
    algorithms_of,
    known_kind,
    public_members,
    read_public,
    read_times,
    thumbprint,
)
from .jws import MAX_KID_CHARS

_TIMES = ("iat", "exp", "revoked", "published")


class Purpose(StrEnum):
    """What a key signs: one with a stated purpose never verifies anything of another."""

    TOKEN = "token"  # noqa: S105  # a word, no secret: identity tokens, step proofs, credentials, counter codes
    STATUS = "status"
    SEAL = "seal"


_PURPOSES = {purpose.value: purpose for purpose in Purpose}


class Key:
    """One key for one algorithm, with its private half or without. Immutable; `repr` shows the identifier only.

    `iat` is the second from which it signs (None: not stated, or not yet), `exp` the second at which it stopped,
    `revoked` the second at which its issuer took it back, `published` the second at which it was put among the keys
    that others see. `in_device` says that a device holds its private half; `purpose` None serves every purpose.
    """

    __slots__ = (
        *("_algorithm", "_private", "_public", "_signature_bytes", "_verify", "alg", "exp", "iat", "in_device"),
        *("kid", "published", "purpose", "revoked"),
    )

    def __init__(
        self,
        public: PublicKey,
        private: PrivateKey | None = None,
        *,
        alg: str | None = None,
        kid: str | None = None,
        iat: int | None = None,
        exp: int | None = None,
        revoked: int | None = None,
        published: int | None = None,
        purpose: Purpose | None = None,
        algorithm: Algorithm | None = None,
        in_device: bool = False,
    ) -> None:
        self._public, self._private = public, private
        self._algorithm = _built(public, private, alg) if algorithm is None else algorithm
        self._verify, self._signature_bytes = self._algorithm.verify_any_length, self._algorithm.signature_bytes
        self.alg = self._algorithm.alg
        self.kid = thumbprint(public) if kid is None else kid
        self.iat, self.exp, self.revoked, self.published = iat, exp, revoked, published
        self.purpose, self.in_device = purpose, in_device

    @classmethod
    def generate(
        cls,
        alg: str = Es256.name,
        *,
        iat: int | None = None,
        published: int | None = None,
        purpose: Purpose | None = None,
    ) -> Key:
        """A new private key for ES256, ES384 or Ed25519 (also called EdDSA); another is `UsageError` (`key.algorithm`).

        RSA keys are for checking, and for `Key.external`. Ed25519 is the name of RFC 9864; EdDSA, that of RFC 8037, is
        the one that more verifiers know today.
        """
        if alg not in GENERATED:
            raise UsageError("key.algorithm", alg=alg, known=", ".join(GENERATED))
        private = new_private_key(alg)
        return cls(private.public_key(), private, alg=alg, iat=iat, published=published, purpose=_purpose(purpose))

    @classmethod
    def external(
        cls,
        public_key: object,
        sign: Callable[[bytes], bytes],
        *,
        alg: str | None = None,
        signature: Literal["raw", "der"] = "raw",
        kid: str | None = None,
        iat: int | None = None,
        purpose: Purpose | None = None,
    ) -> Key:
        """A key whose private half an HSM or a remote service holds: `sign` takes the whole message, not its hash.

        `public_key` is one of `cryptography`'s, as a certificate has it. ECDSA comes as r‖s ("raw") or in DER ("der").
        Every signature is checked with `public_key` before it leaves; what `sign` raises passes as it is. `alg` is by
        default ES256, ES384, EdDSA or PS256, as the key's kind has it.
        Raises `UsageError` (`key.algorithm`, `usage.argument`).
        """
        if not callable(cast(object, sign)) or signature not in ("raw", "der"):
            raise UsageError("usage.argument", why="sign must be a function, and signature 'raw' or 'der'")
        if kid is not None and not _is_kid(kid):
            raise UsageError("usage.argument", why="kid must be a short text")
        public = cast(PublicKey, public_key)  # `_built` refuses what is not one
        inner = _built(public, None, alg)
        if signature == "der" and not inner.alg.startswith("ES"):
            raise UsageError("usage.argument", why="only ECDSA signatures come as 'der'")
        outside = External(inner, sign, der=signature == "der")
        return cls(public, kid=kid, iat=iat, purpose=_purpose(purpose), algorithm=outside, in_device=True)

    @property
    def private(self) -> bool:
        """Whether this key can sign."""
        return self._algorithm.sign is not None

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public

    @property
    def private_key(self) -> PrivateKey | None:
        """The private half, for saving it; None when there is none here."""
        return self._private

    @property
    def cose_alg(self) -> int:
        """The number of the algorithm in COSE (RFC 9053 §2, RFC 8812 §2, RFC 9864 §2.2)."""
        return COSE_ALGS[self.alg]

    @property
    def signature_bytes(self) -> int:
        """The length of this key's signatures."""
        return self._signature_bytes

    @property
    def thumbprint(self) -> str:
        """The RFC 7638 thumbprint: the `kid`, unless the key has been given another."""
        return thumbprint(self._public)

    def serves(self, purpose: Purpose) -> bool:
        """Whether what is signed for `purpose` may be this key's."""
        return self.purpose is None or self.purpose is purpose

    def sign_raw(self, data: bytes) -> bytes:
        """The signature over `data` as JWS and COSE carry it: ECDSA as r‖s.

        `UsageError` (`key.public-only`) without a private half; `VerificationError` (`key.external`) when the device
        that holds it answers with anything but this key's signature.
        """
        sign = self._algorithm.sign
        if sign is None:
            raise UsageError("key.public-only")
        try:
            return sign(data)
        except FaultError as e:
            raise VerificationError("key.external", why=e.why, why_vi=e.why_vi) from None

    def verify_raw(self, data: bytes, signature: bytes) -> None:
        """Return if `signature` is this key's over `data`, of its one length; else `VerificationError`
        (`key.signature`)."""
        if len(signature) != self._signature_bytes or not self._verify(data, signature):
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
        members = public_members(self._public)
        order = ("kty", "crv", "x", "y", "n", "e")
        jwk: dict[str, Any] = {name: members[name] for name in order if name in members}
        jwk |= {"alg": self.alg, "use": "sig", "kid": self.kid}
        if self.purpose is not None:
            jwk["purpose"] = self.purpose.value
        if self.iat is not None:
            jwk["iat"] = self.iat
        if self.exp is not None:
            jwk["exp"] = self.exp
        if self.revoked is not None:
            jwk["revoked"] = {"revoked_at": self.revoked}
        return jwk

    @classmethod
    def from_jwk(cls, jwk: Any) -> Key | None:
        """The key of a published JWK, or None for one that is not ours to use (RFC 7517 §5: ignore what is not
        understood): another `kty`, `crv`, `alg`, `use`, `key_ops` or `purpose`, an RSA key that is too short, too long
        or names no `alg`. An Ed25519 key without `alg` is EdDSA.

        Raises `MalformedError`: `jwks.malformed`, or `jwks.private` when a private member was published.
        """
        if not isinstance(jwk, dict):
            raise MalformedError(
                "jwks.malformed", why="a key is not a JSON object", why_vi="khóa không phải đối tượng JSON"
            )
        if not known_kind(jwk):
            return None
        if not PRIVATE_MEMBERS.isdisjoint(jwk):
            raise MalformedError("jwks.private", kid=jwk.get("kid"))
        alg = _usable(jwk)
        if alg is None:
            return None
        kid = jwk.get("kid")
        try:
            if kid is not None and not _is_kid(kid):
                raise FaultError("a kid is not a short text", "kid không phải văn bản ngắn")
            public, times = read_public(jwk), read_times(jwk)
        except FaultError as e:
            raise MalformedError("jwks.malformed", why=e.why, why_vi=e.why_vi) from None
        if public is None:
            return None
        purpose = _PURPOSES[jwk["purpose"]] if "purpose" in jwk else None
        return cls(public, alg=alg, kid=kid, purpose=purpose, **times)

    def replace(self, **times: int | None) -> Key:
        """The same key with other `iat`, `exp`, `revoked` or `published`; a key that has stopped loses its private
        half."""
        values = {name: getattr(self, name) for name in _TIMES} | times
        stopped = values["exp"] is not None or values["revoked"] is not None
        return self._copy(private=not stopped, **values)

    def public(self) -> Key:
        """The same key without its private half."""
        return self._copy(private=False, **{name: getattr(self, name) for name in _TIMES})

    def through(self, device: Key) -> Key:
        """The same key, signing as `device` does: the key object of `Key.external` for the same public key."""
        times = {name: getattr(self, name) for name in _TIMES}
        known: dict[str, Any] = {"kid": self.kid, "purpose": self.purpose, "in_device": True}
        return Key(self._public, algorithm=device._algorithm, **known, **times)

    def _copy(self, *, private: bool, **times: int | None) -> Key:
        known: dict[str, Any] = {"kid": self.kid, "purpose": self.purpose, "in_device": self.in_device, **times}
        if not private:
            return Key(self._public, alg=self.alg, **known)
        return Key(self._public, self._private, algorithm=self._algorithm, **known)

    def __repr__(self) -> str:
        return f"Key(kid={self.kid!r}, alg={self.alg!r}, private={self.private})"


def _built(public: PublicKey, private: PrivateKey | None, alg: str | None) -> Algorithm:
    try:
        return build(public, private, alg)
    except ValueError:
        known = ", ".join(names(public)) or "ES256, ES384, Ed25519, RSA of 2048 to 4096 bits"
        raise UsageError("key.algorithm", alg=alg, known=known) from None


def _purpose(value: object) -> Purpose | None:
    if value is None or isinstance(value, Purpose):
        return value
    raise UsageError("usage.argument", why="purpose must be a Purpose")


def _is_kid(kid: object) -> bool:
    return isinstance(kid, str) and 0 < len(kid) <= MAX_KID_CHARS and kid.isprintable()


def _usable(jwk: dict[str, Any]) -> str | None:
    """The algorithm of a JWK that is there to verify signatures of a purpose we know; else None."""
    known = algorithms_of(jwk)
    alg = jwk.get("alg", None if jwk["kty"] == "RSA" or not known else known[0])
    operations = jwk.get("key_ops", ["verify"])
    if alg not in known or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    purpose = jwk.get("purpose", Purpose.TOKEN)
    return alg if isinstance(purpose, str) and purpose in _PURPOSES else None
