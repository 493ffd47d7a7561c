"""Ways of speaking the Cloud Signature Consortium API, as data: versions 1.0.4 and 2.0, and services that differ.

What stands here about a provider comes from clients that others published, not from the provider: names of members
and paths were seen in several of them, times and limits in one or two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Names of members and methods; methods are paths below the service's address.

    `authorize` is None where `sign` alone starts the confirmation. `login` is the path of a log-in by JSON (client,
    secret, user, profile), relative to the service's address, where the API's own `auth/login` is not used.
    """

    name: str
    version: int
    hashes: str = "hash"
    hash_algorithm: str = "hashAlgo"
    credential: str = "credentialID"
    auth_data: bool = False  # version 2: a list of factors instead of members PIN and OTP
    info: bool = True
    authorize: str | None = "credentials/authorize"
    sign: str = "signatures/signHash"
    login: str | None = None
    token: str | None = None  # path of the token endpoint for a user's password (RFC 6749 §4.3)
    documents: bool = False  # each hash is named by a document beside it
    algorithm: str | None = None  # the only one, whatever key.algo says


CSC_V1 = Dialect(name="v1", version=1)
CSC_V2 = Dialect(name="v2", version=2, hashes="hashes", hash_algorithm="hashAlgorithmOID", auth_data=True)

# Ascertia ADSS RAS, as Viettel MySign runs it (paths /adss/service/ras/csc/v1 and /vtss/service/ras/csc/v1). The
# authorisation is answered only when the person has confirmed in the app; its SAD serves a batch.
ASCERTIA = Dialect(name="ascertia", version=1, login="../../v1/login", documents=True)

# VNPT SmartCA's OAuth API: no SAD; signing starts a transaction that the person confirms in the app, and the values
# are fetched by polling. RSA, SHA-256, PKCS#1 v1.5; at most 50 hashes; a transaction lives 5 minutes.
VNPT = Dialect(
    name="vnpt",
    version=1,
    credential="credentialId",
    info=False,
    authorize=None,
    sign="signature/signhash",
    token="../auth/token",  # noqa: S106  # a path
    algorithm="1.2.840.113549.1.1.11",
)
VNPT_MAX_HASHES = 50
VNPT_TRANSACTION = "credentials/gettraninfo"
VNPT_WAITING, VNPT_DONE = 4000, 1
VNPT_FAILURES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        4001: ("csc.expired", "4001 EXPIRED"),
        4002: ("csc.declined", "4002 SIGNER_REJECTED"),
        4003: ("csc.pin", "4003 AUTHORIZE_KEY_FAILED"),
        4004: ("csc.refused", "4004 SIGN_FAILED"),
    }
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({d.name: d for d in (CSC_V1, CSC_V2, ASCERTIA, VNPT)})


def dialect_of(path: str) -> Dialect:
    """What the path of a service's address says about its dialect: version 1 unless it ends in `v2`."""
    if "/service/ras/csc/" in f"{path}/":
        return ASCERTIA
    return CSC_V2 if path.rstrip("/").endswith("/v2") else CSC_V1
