"""Identifiers of XML signatures (XMLDSig 1.1 §6, RFC 9231, EN 319 132-1 §4.3) and the names of their algorithms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
MORE_2021 = "http://www.w3.org/2021/04/xmldsig-more#"
XMLENC = "http://www.w3.org/2001/04/xmlenc#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XADES_132 = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
XML = "http://www.w3.org/XML/1998/namespace"

DS = f"{{{DSIG}}}"
XADES = f"{{{XADES_132}}}"
XADES141 = f"{{{XADES_141}}}"
SIGNATURE = f"{DS}Signature"
OBJECT = f"{DS}Object"

# --- reference types (XMLDSig §4.4.3, EN 319 132-1 §4.4, §5.2.7) ------------------------------------------------------

MANIFEST_TYPE = f"{DSIG}Manifest"

# --- algorithms -------------------------------------------------------------------------------------------------------

DIGESTS: Mapping[str, str] = MappingProxyType(
    {
        f"{MORE}md5": "md5",
        f"{DSIG}sha1": "sha1",
        f"{MORE}sha224": "sha224",
        f"{XMLENC}sha256": "sha256",
        f"{MORE}sha384": "sha384",
        f"{XMLENC}sha512": "sha512",
        f"{MORE_2007}sha3-224": "sha3_224",
        f"{MORE_2007}sha3-256": "sha3_256",
        f"{MORE_2007}sha3-384": "sha3_384",
        f"{MORE_2007}sha3-512": "sha3_512",
    }
)
# The weakest first: a signature is as strong as the weakest digest among its references.
STRENGTH = ("md5", "sha1", "sha224", "sha3_224", "sha256", "sha3_256", "sha384", "sha3_384", "sha512", "sha3_512")

_SHA2 = ("sha224", "sha256", "sha384", "sha512")
RSA_PSS = f"{MORE_2007}rsa-pss"

# URI → (scheme, digest); the digest of RSA_PSS stands in its parameters.
SIGNATURES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        f"{MORE}rsa-md5": ("rsa-pkcs1-v1_5", "md5"),
        f"{DSIG}rsa-sha1": ("rsa-pkcs1-v1_5", "sha1"),
        **{f"{MORE}rsa-{d}": ("rsa-pkcs1-v1_5", d) for d in _SHA2},
        RSA_PSS: ("rsassa-pss", None),
        **{f"{MORE_2007}{d}-rsa-MGF1": ("rsassa-pss", d) for d in ("sha1", *_SHA2)},
        **{f"{MORE_2007}sha3-{n}-rsa-MGF1": ("rsassa-pss", f"sha3_{n}") for n in (224, 256, 384, 512)},
        **{f"{MORE}ecdsa-{d}": ("ecdsa", d) for d in ("sha1", *_SHA2)},
        **{f"{MORE_2021}ecdsa-sha3-{n}": ("ecdsa", f"sha3_{n}") for n in (224, 256, 384, 512)},
        f"{MORE_2021}eddsa-ed25519": ("ed25519", "sha512"),
    }
)

# --- canonicalisation and transforms (XMLDSig §6.5, §6.6) -------------------------------------------------------------

# URI → (exclusive, with comments, version 1.1)
CANONICAL: Mapping[str, tuple[bool, bool, bool]] = MappingProxyType(
    {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False, False),
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True, False),
        "http://www.w3.org/2006/12/xml-c14n11": (False, False, True),
        "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True, True),
        EXCLUSIVE: (True, False, False),
        f"{EXCLUSIVE}WithComments": (True, True, False),
    }
)
DEFAULT_CANONICAL = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DSIG}enveloped-signature"
BASE64 = f"{DSIG}base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
