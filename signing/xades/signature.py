"""One XML signature (XMLDSig §3.2, §4): read, and its signature value checked; references are for `reference`.

The key comes from a certificate and from nothing else: a bare key, a shared secret (HMAC) or a key by its name proves
nobody. With XAdES the certificate is the one that the signed properties name; otherwise the first whose key fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from ..cms.names import HASHES
from ..cms.parse import PARSER_ERRORS
from ..errors import MalformedError
from ..trust.evidence import Evidence
from .document import Document
from .names import CANONICAL, DIGESTS, DS, MORE_2007, RSA_PSS, SIGNATURE, SIGNATURES, STRENGTH
from .properties import Properties, evidence_in, key_info_certificates, read_properties
from .reference import Reference, prefix_list, read_references
from .values import Digest, children, decoded, local, malformed, need, only, text, time_of

MAX_TRIALS = 32  # certificates whose keys are tried on one signature
MAX_VALUE_BYTES = 8192  # bytes of a signature value
MAX_SALT_BYTES = 512
_PARTS = frozenset(f"{DS}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo", "Object"))


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlSignature:
    """One ds:Signature, read and **not verified**; members as in `validation.form.Parts`.

    `digest_algorithm` is the weakest among the references (`form` adds those of signed manifests). `signed_info` is the
    canonical SignedInfo, `salt_bytes` and `mask_digest` belong to RSASSA-PSS. `stated_time` stands in a signed
    SignatureProperty, as in Vietnamese invoices. Algorithms that have no OID go by their URI.
    """

    element: Any
    document: Document
    id: str | None
    signed_info: bytes
    references: tuple[Reference, ...]
    digest_algorithm: str | None
    digest_oid: str
    signature_scheme: str | None
    signature_oid: str
    scheme_digest: str | None
    salt_bytes: int = 0
    mask_digest: str | None = None
    signature_value: bytes
    value_element: Any
    properties: Properties | None
    signed_properties: bool
    stated_time: datetime | None = None
    own_certificates: tuple[x509.Certificate, ...]
    evidence: Evidence
    signer_certificate: x509.Certificate | None = None

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """All that the signature holds."""
        return self.evidence.certificates

    @property
    def signing_time(self) -> datetime | None:
        """The claimed one, if it is signed."""
        return self.properties.signing_time if self.properties and self.signed_properties else self.stated_time

    @property
    def bound(self) -> tuple[Digest, ...]:
        """What names the signing certificate, if it is signed."""
        return self.properties.certificates if self.properties and self.signed_properties else ()

    def with_certificates(self, pool: Iterable[x509.Certificate]) -> XmlSignature:
        """The same with its signer's certificate, looked for in `pool` too where the signature names but lacks it."""
        if self.signer_certificate is not None:
            return self
        return replace(self, signer_certificate=_signer(self, tuple(pool)))

    def is_by(self, certificate: x509.Certificate) -> bool:
        """Whether the value holds with that certificate's key; False where it cannot be told."""
        try:
            return self.value_holds(certificate)
        except MalformedError:
            return False

    def value_holds(self, certificate: x509.Certificate) -> bool:
        """Whether the signature value is by that key. Raises `MalformedError` `signature.unsupported`."""
        digest = HASHES.get(self.scheme_digest or "")
        if self.signature_scheme is None or digest is None:
            raise MalformedError("signature.unsupported", why=f"algorithm {self.signature_oid}")
        try:
            public: Any = certificate.public_key()
        except PARSER_ERRORS:
            raise MalformedError("signature.unsupported", why="public key") from None
        try:
            _verify(self, public, digest)
        except InvalidSignature:
            return False
        except PARSER_ERRORS:
            why = f"{self.signature_scheme}, {self.scheme_digest}"
            raise MalformedError("signature.unsupported", why=why) from None
        return True


def read_signature(element: Any, document: Document) -> XmlSignature:
    """The ds:Signature `element` of `document`. Raises `MalformedError` or `LimitError`."""
    unknown = next((child for child in children(element) if child.tag not in _PARTS), None)
    if unknown is not None:  # whatever a reader makes of it, no reference of an enveloped signature covers it
        raise malformed(f"Signature: {local(unknown)}")
    info = need(element, f"{DS}SignedInfo")
    canonical = need(info, f"{DS}CanonicalizationMethod")
    form = canonical.get("Algorithm", "")
    if form not in CANONICAL:
        raise MalformedError("signature.unsupported", why=f"canonicalization {form or '?'}")
    references = read_references(info)
    value = need(element, f"{DS}SignatureValue")
    octets = decoded(value)
    if len(octets) > MAX_VALUE_BYTES:
        raise malformed("SignatureValue")
    properties = read_properties(element)
    own, crls = key_info_certificates(element)
    weak = weakest(r.digest for r in references)
    sig = XmlSignature(
        element=element,
        document=document,
        id=element.get("Id"),
        signed_info=document.canonical(info, form, prefix_list(canonical)),
        references=references,
        digest_algorithm=weak.algorithm,
        digest_oid=weak.uri,
        **_method(need(info, f"{DS}SignatureMethod")),
        signature_value=octets,
        value_element=value,
        properties=properties,
        signed_properties=_signs(references, properties, document),
        stated_time=_stated_time(element, references, document),
        own_certificates=own,
        evidence=Evidence(own, crls) + (evidence_in(properties.unsigned) if properties else Evidence()),
    )
    return replace(sig, signer_certificate=_signer(sig, ()))


def weakest(digests: Iterable[Digest]) -> Digest:
    """What a signature over all of these is worth; an unknown one is worth nothing."""
    return min(digests, key=_strength)


def _strength(digest: Digest) -> int:
    return STRENGTH.index(digest.algorithm) if digest.algorithm in STRENGTH else -1


def _signs(references: tuple[Reference, ...], properties: Properties | None, document: Document) -> bool:
    """Whether a reference leads to the SignedProperties of this very signature, and says nothing less than all."""
    if properties is None or properties.signed is None:
        return False
    name = properties.signed.get("Id")
    leads = any(r.uri == f"#{name}" and all(t.algorithm in CANONICAL for t in r.transforms) for r in references if name)
    return leads and document.with_id(name) == [properties.signed]


def _stated_time(signature: Any, references: tuple[Reference, ...], document: Document) -> datetime | None:
    """SigningTime of a SignatureProperty that the signature covers, whatever its namespace."""
    for reference in references:
        if not (reference.uri or "").startswith("#") or any(t.algorithm not in CANONICAL for t in reference.transforms):
            continue
        found = document.with_id((reference.uri or "")[1:])
        if len(found) == 1 and signature in found[0].iterancestors(SIGNATURE):
            for holder in found[0].iter(f"{DS}SignatureProperty"):
                times = [e for e in children(holder) if local(e) == "SigningTime"]
                if len(times) == 1:
                    return time_of(times[0])
    return None


def _method(element: Any) -> dict[str, Any]:
    """Scheme, digest and parameters of a SignatureMethod."""
    uri = element.get("Algorithm", "")
    if "#hmac-" in uri:
        raise MalformedError("signature.unsupported", why="HMAC")
    scheme, digest = SIGNATURES.get(uri, (None, None))
    found: dict[str, Any] = {"signature_scheme": scheme, "signature_oid": uri or "?", "scheme_digest": digest}
    if uri == RSA_PSS:
        return found | _pss_parameters(element)
    if scheme == "rsassa-pss" and digest is not None:
        found |= {"salt_bytes": HASHES[digest].digest_size, "mask_digest": digest}
    return found


def _pss_parameters(method: Any) -> dict[str, Any]:
    """RSAPSSParams (RFC 9231 §2.3.9); what is left out is SHA-256 with a salt as long as the digest."""
    space = f"{{{MORE_2007}}}"
    parameters = only(method, f"{space}RSAPSSParams")
    own = mask = "sha256"
    salt = None
    if parameters is not None:
        own = _digest_method(only(parameters, f"{DS}DigestMethod"), own)
        generator = only(parameters, f"{space}MaskGenerationFunction")
        mask = _digest_method(only(generator, f"{DS}DigestMethod") if generator is not None else None, own)
        said = only(parameters, f"{space}SaltLength")
        salt = text(said).strip() if said is not None else None
        trailer = only(parameters, f"{space}TrailerField")
        if trailer is not None and text(trailer).strip() != "1":
            raise malformed("RSAPSSParams")
    if salt is not None and not (salt.isascii() and salt.isdecimal() and len(salt) < 4 and int(salt) <= MAX_SALT_BYTES):
        raise malformed("RSAPSSParams")
    length = int(salt) if salt is not None else HASHES[own].digest_size
    return {"scheme_digest": own, "mask_digest": mask, "salt_bytes": length}


def _digest_method(element: Any, default: str) -> str:
    if element is None:
        return default
    found = DIGESTS.get(element.get("Algorithm", ""))
    if found is None:
        raise MalformedError("signature.unsupported", why="RSASSA-PSS parameters")
    return found


# --- the signer ------------------------------------------------------------------------------------------------------


def names(digest: Digest, certificate: x509.Certificate) -> bool:
    """Whether `digest` is that certificate's."""
    algorithm = HASHES.get(digest.algorithm or "")
    return algorithm is not None and certificate.fingerprint(algorithm) == digest.value


def _signer(sig: XmlSignature, pool: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
    """The certificate that is named and whose key fits; else the best of what stands in the signature, or None."""
    held = tuple(dict.fromkeys((*sig.own_certificates, *sig.certificates)))
    own = sig.own_certificates[:MAX_TRIALS]
    named = [c for c in (*held, *pool) if any(names(d, c) for d in sig.bound)][:MAX_TRIALS]
    # one that is named but did not sign, or signed but is not named, is told apart by whoever checks the binding
    fitting = next((c for c in (*named, *own) if sig.is_by(c)), None)
    return fitting or next(iter((*named, *own)), None)


def _verify(sig: XmlSignature, public: Any, digest: Any) -> None:
    """Raise `InvalidSignature` unless the value holds; a key of another kind than the algorithm does not."""
    value, data, scheme = sig.signature_value, sig.signed_info, sig.signature_scheme
    if scheme == "ecdsa" and isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(_ecdsa(value, public.curve.key_size), data, ec.ECDSA(digest))
    elif scheme == "ed25519" and isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(value, data)
    elif scheme == "rsassa-pss" and isinstance(public, rsa.RSAPublicKey):
        mask = padding.MGF1(HASHES[sig.mask_digest or ""])
        public.verify(value, data, padding.PSS(mgf=mask, salt_length=sig.salt_bytes), digest)
    elif scheme == "rsa-pkcs1-v1_5" and isinstance(public, rsa.RSAPublicKey):
        public.verify(value, data, padding.PKCS1v15(), digest)
    else:
        raise InvalidSignature


def _ecdsa(value: bytes, bits: int) -> bytes:
    """r and s side by side, each as long as the field (XMLDSig §6.4.3), as DER."""
    size = (bits + 7) // 8
    if len(value) != 2 * size:
        raise InvalidSignature
    return utils.encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))


def signatures_in(root: Any) -> list[Any]:
    """Every ds:Signature, in the order of the document."""
    return list(root.iter(SIGNATURE))
