"""The algorithms of JWS that we know (RFC 7518 §3.3–3.5, RFC 8037 §3.1, RFC 9864 §2.2); alone in importing python-jose.

| `alg` | key | signature | COSE |
|---|---|---|---|
| ES256 | EC P-256 | r‖s, 64 bytes | -7 |
| ES384 | EC P-384 | r‖s, 96 bytes | -35 |
| EdDSA, Ed25519: two names of one algorithm | OKP Ed25519 | 64 bytes | -8, -19 |
| PS256 (MGF1 and salt as SHA-256, 32 bytes) | RSA, 2048 to 4096 bits | as long as the modulus | -37 |
| RS256 (PKCS #1 v1.5) | RSA, 2048 to 4096 bits | as long as the modulus | -257 |

One object per key, built once from a loaded `cryptography` key: the key says the algorithm, nothing of a token does.
python-jose's key object verifies ECDSA; what it lacks, and signing, is done with `cryptography` behind the same shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jose import jwk as jose_jwk

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096  # a longer modulus would let whoever publishes it choose what checking costs
MIN_RSA_EXPONENT, MAX_RSA_EXPONENT_BYTES = 65537, 4  # odd; a long exponent costs like a private operation
_SHA256 = hashes.SHA256()
_PSS = padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=_SHA256.digest_size)
_PKCS1 = padding.PKCS1v15()


class FaultError(ValueError):
    """What is wrong with a key or a signature, in English and Vietnamese; never leaves `eid`."""

    def __init__(self, why: str, why_vi: str) -> None:
        super().__init__(why)
        self.why, self.why_vi = why, why_vi


class Algorithm(Protocol):
    """One algorithm with one key. Signatures have `signature_bytes`, no more and no less.

    `verify_any_length` answers a bool and may take other lengths: `Key.verify_raw` alone calls it, checks the length
    and raises. `sign` is None without a private half.
    """

    @property
    def alg(self) -> str: ...
    @property
    def signature_bytes(self) -> int: ...
    @property
    def sign(self) -> Callable[[bytes], bytes] | None: ...
    def verify_any_length(self, data: bytes, signature: bytes, /) -> bool: ...


class _Ecdsa:
    """ECDSA with signatures r‖s. `verify_any_length` is python-jose's own; its `sign` makes hash, curve and scheme anew
    for every signature, a tenth of a token's time, so that signing asks the private key itself."""

    __slots__ = ("_private", "alg", "sign", "verify_any_length")
    name: ClassVar[str]
    scheme: ClassVar[ec.ECDSA]
    signature_bytes: int

    def __init__(self, public: Any, private: Any = None) -> None:
        self.alg = self.name
        self.verify_any_length: Callable[[bytes, bytes], bool] = jose_jwk.construct(public, self.alg).verify
        self._private = private
        self.sign: Callable[[bytes], bytes] | None = None if private is None else self._sign

    def _sign(self, data: bytes) -> bytes:
        return raw_ecdsa(self._private.sign(data, self.scheme), self.signature_bytes)


class Es256(_Ecdsa):
    """ECDSA on P-256 with SHA-256."""

    __slots__ = ()
    name = "ES256"
    scheme = ec.ECDSA(_SHA256)
    signature_bytes = 64


class Es384(_Ecdsa):
    """ECDSA on P-384 with SHA-384."""

    __slots__ = ()
    name = "ES384"
    scheme = ec.ECDSA(hashes.SHA384())
    signature_bytes = 96


class _Checked:
    """An algorithm of `cryptography`, whose keys raise where python-jose's answer False."""

    __slots__ = ("_verify", "alg", "sign", "signature_bytes")
    name: ClassVar[str]

    def __init__(self, public: Any, private: Any = None) -> None:
        self.alg = self.name
        self._verify = public.verify
        self.sign: Callable[[bytes], bytes] | None = None if private is None else private.sign
        self.signature_bytes = self._length(public)

    def verify_any_length(self, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `data`."""
        try:
            self._check(data, signature)
        except InvalidSignature:
            return False
        return True

    def _check(self, data: bytes, signature: bytes) -> None:
        self._verify(signature, data)

    def _length(self, public: Any) -> int:
        return int(public.key_size + 7) // 8


class EdDsa(_Checked):
    """Ed25519 under the name of RFC 8037."""

    __slots__ = ()
    name = "EdDSA"

    def _length(self, public: Any) -> int:  # noqa: ARG002  # the same for every key
        return 64


class Ed25519(EdDsa):
    """Ed25519 under the name of RFC 9864."""

    __slots__ = ()
    name = "Ed25519"


class Ps256(_Checked):
    """RSASSA-PSS with SHA-256; only for checking, and behind `Key.external`."""

    __slots__ = ()
    name = "PS256"

    def _check(self, data: bytes, signature: bytes) -> None:
        self._verify(signature, data, _PSS, _SHA256)


class Rs256(_Checked):
    """RSASSA-PKCS1-v1_5 with SHA-256; only for checking, and behind `Key.external`."""

    __slots__ = ()
    name = "RS256"

    def _check(self, data: bytes, signature: bytes) -> None:
        self._verify(signature, data, _PKCS1, _SHA256)


_BUILT: dict[str, Callable[..., Algorithm]] = {kind.name: kind for kind in (Es256, Es384, EdDsa, Ed25519, Ps256, Rs256)}
COSE_ALGS = {"ES256": -7, "ES384": -35, "EdDSA": -8, "Ed25519": -19, "PS256": -37, "RS256": -257}
GENERATED = ("ES256", "ES384", "Ed25519", "EdDSA")  # what `new_private_key` makes


def names(public: object) -> tuple[str, ...]:
    """The algorithms that `public` can carry, the usual one first; none for a kind, curve or size that is not ours."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return {"secp256r1": ("ES256",), "secp384r1": ("ES384",)}.get(public.curve.name, ())
    if isinstance(public, ed25519.Ed25519PublicKey):
        return ("EdDSA", "Ed25519")
    if isinstance(public, rsa.RSAPublicKey) and MIN_RSA_BITS <= public.key_size <= MAX_RSA_BITS:
        e = public.public_numbers().e
        return ("PS256", "RS256") if MIN_RSA_EXPONENT <= e < 1 << 8 * MAX_RSA_EXPONENT_BYTES and e & 1 else ()
    return ()


def build(public: PublicKey, private: PrivateKey | None = None, alg: str | None = None) -> Algorithm:
    """The algorithm `alg` (default: the usual one) with this key. `ValueError` when the key cannot carry it."""
    known = names(public)
    chosen = known[0] if alg is None and known else alg
    if chosen not in known:
        raise ValueError("this kind of key does not carry the algorithm")
    return _BUILT[chosen](public, private)


def new_private_key(alg: str) -> PrivateKey:
    """A fresh private key for one of `GENERATED`."""
    if alg in (EdDsa.name, Ed25519.name):
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1() if alg == Es256.name else ec.SECP384R1())


class External:
    """An algorithm whose private half lives elsewhere: `sign` asks it, and looks at the answer before handing it out.

    `der` says that the device gives ECDSA-Sig-Value (RFC 3279 §2.2.3), which is rewritten as r‖s. An answer that is
    not this key's signature is `FaultError`; what the device itself raises passes as it is.
    """

    __slots__ = ("_ask", "_der", "_inner", "alg", "sign", "signature_bytes", "verify_any_length")

    def __init__(self, inner: Algorithm, ask: Callable[[bytes], bytes], *, der: bool) -> None:
        self._inner, self._ask, self._der = inner, ask, der
        self.alg, self.signature_bytes = inner.alg, inner.signature_bytes
        self.verify_any_length = inner.verify_any_length
        self.sign: Callable[[bytes], bytes] | None = self._sign

    def _sign(self, data: bytes) -> bytes:
        answer: object = self._ask(data)
        if not isinstance(answer, bytes):
            raise FaultError("the answer is not bytes", "kết quả không phải chuỗi byte")
        signature = raw_ecdsa(answer, self.signature_bytes) if self._der else answer
        if len(signature) != self.signature_bytes or not self.verify_any_length(data, signature):
            raise FaultError("the answer is not this key's signature", "kết quả không phải chữ ký của khóa này")
        return signature


def raw_ecdsa(der: bytes, signature_bytes: int) -> bytes:
    """r‖s of `signature_bytes` from a DER ECDSA-Sig-Value; `FaultError` when it is not one or does not fit."""
    half = signature_bytes // 2
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")
    except (OverflowError, ValueError):
        raise FaultError("the answer is not ECDSA in DER", "kết quả không phải chữ ký ECDSA dạng DER") from None
