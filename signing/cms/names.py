"""Object identifiers of CMS (RFC 5652, RFC 5754, RFC 4055, RFC 8419, EN 319 122-1) and the names of algorithms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
CONTENT_HINTS = "1.2.840.113549.1.9.16.2.4"
SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15"
COMMITMENT_TYPE = "1.2.840.113549.1.9.16.2.16"
SIGNER_LOCATION = "1.2.840.113549.1.9.16.2.17"
POLICY_URI = "1.2.840.113549.1.9.16.5.1"
MIME_TYPE = "0.4.0.1733.2.1"
ARCHIVE_TIMESTAMP_V3 = "0.4.0.1733.2.4"
# Timestamps of older formats, which are told and not judged (ETSI TS 101 733 §6.3, §6.4): what each is called.
OLDER_TIMESTAMPS: Mapping[str, str] = MappingProxyType(
    {
        "1.2.840.113549.1.9.16.2.25": "CAdES-C-timestamp",
        "1.2.840.113549.1.9.16.2.26": "time-stamped-certs-crls-references",
        "1.2.840.113549.1.9.16.2.27": "archive-timestamp (v1)",
        "1.2.840.113549.1.9.16.2.48": "archive-timestamp-v2",
        "0.4.0.1733.2.2": "long-term-validation",
    }
)
SIGNER_ATTRIBUTES_V2 = "0.4.0.19122.1.1"
ATS_HASH_INDEX_V3 = "0.4.0.19122.1.5"
ADOBE_REVOCATION = "1.2.840.113583.1.1.8"

RI_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
PKIX_OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1"

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
RSASSA_PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
ED25519 = "1.3.101.112"
ED448 = "1.3.101.113"

DIGESTS: Mapping[str, str] = MappingProxyType(
    {
        "1.2.840.113549.2.5": "md5",
        "1.3.14.3.2.26": "sha1",
        "2.16.840.1.101.3.4.2.4": "sha224",
        "2.16.840.1.101.3.4.2.1": "sha256",
        "2.16.840.1.101.3.4.2.2": "sha384",
        "2.16.840.1.101.3.4.2.3": "sha512",
        "2.16.840.1.101.3.4.2.5": "sha512_224",
        "2.16.840.1.101.3.4.2.6": "sha512_256",
        "2.16.840.1.101.3.4.2.7": "sha3_224",
        "2.16.840.1.101.3.4.2.8": "sha3_256",
        "2.16.840.1.101.3.4.2.9": "sha3_384",
        "2.16.840.1.101.3.4.2.10": "sha3_512",
    }
)
DIGEST_OIDS: Mapping[str, str] = MappingProxyType({name: oid for oid, name in DIGESTS.items()})

HASHES: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {
        "md5": hashes.MD5(),  # noqa: S303 - old signatures are still told apart from forged ones
        "sha1": hashes.SHA1(),  # noqa: S303
        "sha224": hashes.SHA224(),
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
        "sha512_224": hashes.SHA512_224(),
        "sha512_256": hashes.SHA512_256(),
        "sha3_224": hashes.SHA3_224(),
        "sha3_256": hashes.SHA3_256(),
        "sha3_384": hashes.SHA3_384(),
        "sha3_512": hashes.SHA3_512(),
    }
)

# BSI TR-03111 §5.2.1: r and s of one length, one behind the other.
PLAIN_ECDSA: Mapping[str, str] = MappingProxyType(
    {
        f"0.4.0.127.0.7.1.1.4.1.{number}": digest
        for number, digest in (
            (1, "sha1"),
            (2, "sha224"),
            (3, "sha256"),
            (4, "sha384"),
            (5, "sha512"),
            (8, "sha3_224"),
            (9, "sha3_256"),
            (10, "sha3_384"),
            (11, "sha3_512"),
        )
    }
)

# OID → (scheme, digest); None where the digest is named elsewhere: in digestAlgorithm, or in the parameters of PSS.
SIGNATURES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        RSA_ENCRYPTION: ("rsa-pkcs1-v1_5", None),
        "1.2.840.113549.1.1.4": ("rsa-pkcs1-v1_5", "md5"),
        "1.2.840.113549.1.1.5": ("rsa-pkcs1-v1_5", "sha1"),
        "1.3.14.3.2.29": ("rsa-pkcs1-v1_5", "sha1"),
        "1.2.840.113549.1.1.14": ("rsa-pkcs1-v1_5", "sha224"),
        "1.2.840.113549.1.1.11": ("rsa-pkcs1-v1_5", "sha256"),
        "1.2.840.113549.1.1.12": ("rsa-pkcs1-v1_5", "sha384"),
        "1.2.840.113549.1.1.13": ("rsa-pkcs1-v1_5", "sha512"),
        "1.2.840.113549.1.1.15": ("rsa-pkcs1-v1_5", "sha512_224"),
        "1.2.840.113549.1.1.16": ("rsa-pkcs1-v1_5", "sha512_256"),
        "2.16.840.1.101.3.4.3.13": ("rsa-pkcs1-v1_5", "sha3_224"),
        "2.16.840.1.101.3.4.3.14": ("rsa-pkcs1-v1_5", "sha3_256"),
        "2.16.840.1.101.3.4.3.15": ("rsa-pkcs1-v1_5", "sha3_384"),
        "2.16.840.1.101.3.4.3.16": ("rsa-pkcs1-v1_5", "sha3_512"),
        RSASSA_PSS: ("rsassa-pss", None),
        EC_PUBLIC_KEY: ("ecdsa", None),
        "1.2.840.10045.4.1": ("ecdsa", "sha1"),
        "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
        "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
        "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
        "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
        "2.16.840.1.101.3.4.3.9": ("ecdsa", "sha3_224"),
        "2.16.840.1.101.3.4.3.10": ("ecdsa", "sha3_256"),
        "2.16.840.1.101.3.4.3.11": ("ecdsa", "sha3_384"),
        "2.16.840.1.101.3.4.3.12": ("ecdsa", "sha3_512"),
        **{oid: ("ecdsa", digest) for oid, digest in PLAIN_ECDSA.items()},
        ED25519: ("ed25519", "sha512"),
        ED448: ("ed448", None),
    }
)
