"""Counter-signatures in CMS (RFC 5652 §11.4; EN 319 102-1 §5.1.4.2), of files and of PDFs: each a signature of its own.

What a counter-signature signs is the value of the signature above it. Its answer is its own: a bad one says nothing
about the signature above, whose signer never saw it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from ..cms.der import DerError
from ..cms.layout import MAX_SIGNERS, Layout, counter_frame, counter_infos, join, layout
from ..cms.names import COUNTER_SIGNATURE
from ..cms.parse import CmsSignature, parse_cms
from ..errors import LimitError, MalformedError, SigningError
from ..policy import DEFAULT_POLICY
from ..report import SignatureReport
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs
from ..trust.store import TrustStore
from .archive import Archives, judge_archives
from .signature import How, validate_signature
from .timestamp import DigestOf
from .unread import ATTRIBUTES_SIGNED, malformed_report, may_be_of_another

MAX_COUNTER_DEPTH = 4  # counter-signatures of counter-signatures


class Counters:
    """Where the counter-signatures of one file are judged, by the same rules; 64 of them at most.

    `how` is what is known of the file: policy, evidence, proofs; `poe` of a signature is given with it.
    """

    def __init__(self, trust: TrustStore | None, at: datetime, how: How) -> None:
        self.trust, self.at, self.how = trust or TrustStore(), at, how
        self.left = MAX_SIGNERS  # that are still judged

    def reports(
        self,
        id: str,  # noqa: A002
        cms: CmsSignature,
        digest_of: DigestOf | None,
        poe: datetime | None,
        inside: datetime | None = None,
        depth: int = MAX_COUNTER_DEPTH,
    ) -> list[SignatureReport]:
        """Reports of the counter-signatures of `cms`, and of theirs (`ID/counter-1` …); a broken one has its entry too.

        `digest_of` gives the digests of what `cms` signs; `poe` is when `cms` was proven to exist, with all that it
        carries, `inside` the same of its signerInfo alone: certificates and answers stand beside that.
        """
        if COUNTER_SIGNATURE not in cms.unsigned_attributes:
            return []
        parts = layout(cms.der)
        try:
            infos = counter_infos(parts.unsigned)
            if len(infos) > self.left or depth == 0:
                raise LimitError("input.too-large", what="counter-signatures", limit=str(MAX_SIGNERS))
        except SigningError as e:
            return [malformed_report(f"{id}/counter", "CAdES", e)]
        self.left -= len(infos)
        archives = self._archives(cms, digest_of, poe, inside)
        found = []
        for number, info in enumerate(infos, 1):
            name = f"{id}/counter-{number}"
            try:
                counter = replace(parse_cms(_view(parts, info)), countersignature=True)
            except SigningError as e:
                found.append(malformed_report(name, "CAdES", e))
                continue
            if may_be_of_another(counter, cms.signature_value):
                found.append(malformed_report(name, "PKCS7", ATTRIBUTES_SIGNED))
                continue
            value = _digests(cms.signature_value)
            proven = archives.proof_of(COUNTER_SIGNATURE, info, inside)
            how: How = {**self.how, "poe": poe}
            how["proofs"] = self.how.get("proofs", Proofs()) + _of_info(counter, proven) + archives.proofs()
            found.append(self._report(name, counter, value, how))
            found += self.reports(name, counter, value, poe, proven, depth - 1)
        return found

    def _report(self, id: str, counter: CmsSignature, value: DigestOf, how: How) -> SignatureReport:  # noqa: A002
        return validate_signature(
            id=id,
            format="CAdES" if counter.signing_certificate_hashes else "PKCS7",
            cms=counter,
            content_digest=value,
            trust=self.trust,
            at=self.at,
            **how,
        )

    def _archives(
        self, cms: CmsSignature, digest_of: DigestOf | None, poe: datetime | None, inside: datetime | None
    ) -> Archives:
        return judge_archives(
            cms,
            digest_of,
            trust=self.trust,
            at=self.at,
            policy=self.how.get("policy", DEFAULT_POLICY),
            evidence=Evidence(cms.certificates, cms.crls, cms.ocsps) + self.how.get("evidence", Evidence()),
            poe=poe,
            proofs=self.how.get("proofs", Proofs()) + _of_info(cms, inside),
        )


def _of_info(cms: CmsSignature, time: datetime | None) -> Proofs:
    """What a signerInfo holds that is proven to have existed at `time`: the signature, and its timestamps."""
    return Proofs.of((cms.signature_value, *cms.timestamp_tokens, *cms.archive_tokens), time)


def _view(parts: Layout, info: bytes) -> bytes:
    try:
        return join(counter_frame(parts, info))
    except DerError as e:
        raise MalformedError("signature.malformed", why=e) from None


def _digests(value: bytes) -> DigestOf:
    return lambda name: hashlib.new(name, value, usedforsecurity=False).digest()
