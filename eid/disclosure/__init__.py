"""Credentials with selective disclosure (SD-JWT, RFC 9901; SD-JWT VC): the holder shows one claim and keeps the rest.

    credential = issuer.issue_credential(person, Level.TWO, vct=VCT, evidence=evidence, holder=holder_key)
    shown = present(credential, disclose=[("age_equal_or_over", "18")], key=holder_key, audience=bar, nonce=nonce)
    CredentialVerifier(keys, issuer=ISSUER, audience=bar, vct=VCT, status=status, replay=MemoryReplay()).verify(
        shown, level=Level.TWO, nonce=nonce
    ).age_equal_or_over(18)

Beneath stands the RFC itself, for vectors and other profiles: `SdJwt` takes a text apart, `conceal` and `reveal` are
issuer and verifier, `choose` is the holder; whoever calls them signs and checks signatures.
"""

from .checking import CredentialVerifier
from .choosing import choose
from .compact import SdJwt, combine
from .concealing import conceal
from .credential import AGES, CREDENTIAL, Contents, Copy, make_batch, make_credential, person_claims
from .paths import Path
from .presenting import present
from .result import Credential
from .revealing import reveal
from .rules import CredentialCheck

__all__ = [
    "AGES",
    "CREDENTIAL",
    "Contents",
    "Copy",
    "Credential",
    "CredentialCheck",
    "CredentialVerifier",
    "Path",
    "SdJwt",
    "choose",
    "combine",
    "conceal",
    "make_batch",
    "make_credential",
    "person_claims",
    "present",
    "reveal",
]
