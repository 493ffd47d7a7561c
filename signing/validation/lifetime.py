"""Until when what protects a signature lasts (EN 319 102-1 §5.6.3; TT 15/2025): certificates, and algorithms' sunsets.

A signature is judged by the newest proof that it existed. That proof, a timestamp or the signature itself, ends with
the first certificate of its chain to expire or the first of its algorithms to be given up; before that day it has to
be renewed. OCSP answers that no archive timestamp covers end with the certificate of their responder. Revocation is
another matter: nobody knows of it beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509

from ..cms.signed_data import CmsSignature
from ..cms.timestamp import TimestampToken
from ..errors import LimitError, MalformedError
from ..policy import Policy
from ..report import Finding
from ..signer import order_chain
from ..trust.certificates import Facts, facts, signature_end
from ..trust.ocsp import is_responder, parse_ocsp


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """When something ends, and what ends it: a certificate's `subject`, or an `algorithm`."""

    ends: datetime
    subject: str | None = None
    algorithm: str | None = None

    def finding(self, now: datetime) -> Finding:
        """The same as a sentence: what is to come, or is past at `now`."""
        tense = "ended" if self.ends <= now else "ends"
        day = f"{self.ends:%Y-%m-%d}"
        if self.subject is not None:
            return Finding.of(f"level.{tense}-certificate", subject=self.subject, day=day)
        return Finding.of(f"level.{tense}-algorithm", algorithm=self.algorithm, day=day)


def answers_end(answers: Iterable[bytes]) -> Lifetime | None:
    """When the first certificate is left without an answer of a responder whose own still holds; None without any.

    `answers` are OCSP responses, DER; those that cannot be read, or are by the authority itself, end nothing. A CRL
    beside them may speak longer: this errs on the early side.
    """
    ends: dict[tuple[int, bytes], Lifetime] = {}
    for data in answers:
        try:
            answer = parse_ocsp(data)
            held = [facts(c) for c in answer.certificates]
        except (MalformedError, LimitError):
            continue
        by = next((k for k in held if not k.is_ca and is_responder(answer, k)), None)
        about = (answer.serial, answer.key_digest)
        if by is not None and (about not in ends or ends[about].ends < by.not_after):
            ends[about] = Lifetime(ends=by.not_after, subject=by.label)
    return min(ends.values(), key=lambda one: one.ends, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What lifetimes are measured by: certificates at hand, anchors (none: every chain counts), the policy."""

    pool: tuple[x509.Certificate, ...]
    signers: tuple[x509.Certificate, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()
    trusted: bool = False
    policy: Policy

    def of_signature(self, cms: CmsSignature) -> Lifetime | None:
        """How long the signature holds by itself; None if it leads nowhere trusted, or is accepted by no rule."""
        return self._measure(cms, (), self.signers)

    def of_token(self, token: TimestampToken) -> Lifetime | None:
        """How long the timestamp proves what it covers; None as for `of_signature`."""
        return self._measure(token.cms, (token.imprint_algorithm,), self.authorities)

    def longest(self, cms: CmsSignature, tokens: Iterable[TimestampToken]) -> Lifetime | None:
        """How long `cms` is protected by the timestamps that cover it, or by itself where none counts.

        Each proof has to be made before the one that it renews has ended; what came later proves nothing that was
        still certain then.
        """
        own = self.of_signature(cms)
        limit, found = own.ends if own is not None else None, list[Lifetime]()
        for token in sorted(tokens, key=lambda one: one.time):
            if limit is not None and token.time > limit:
                break
            proof = self.of_token(token)
            if proof is not None:
                found.append(proof)
                limit = proof.ends if limit is None else max(limit, proof.ends)
        return max(found, key=lambda one: one.ends, default=own)

    def _measure(
        self, cms: CmsSignature, digests: Sequence[str | None], anchors: tuple[x509.Certificate, ...]
    ) -> Lifetime | None:
        own = cms.with_certificates(self.pool).signer_certificate
        if own is None:
            return None
        chain = order_chain(own, (*cms.certificates, *self.pool, *anchors))
        if self.trusted:
            end = next((n for n, c in enumerate(chain, 1) if c in anchors), None)
            if end is None:
                return None
            chain = chain[:end]
        try:
            return self._first(cms, [facts(c) for c in chain], (cms.digest_algorithm, *digests))
        except MalformedError:
            return None

    def _first(self, cms: CmsSignature, chain: list[Facts], digests: Sequence[str | None]) -> Lifetime | None:
        """What ends first of certificates and algorithms; None where one was never accepted."""
        policy, scheme = self.policy, cms.signature_scheme or cms.signature_oid
        algorithms = {f"{scheme}-{cms.scheme_digest}": signature_end(policy, scheme, cms.scheme_digest, chain[0].key)}
        for known, issuer in pairwise(chain):
            name = f"{known.scheme}-{known.digest} ({known.label})"
            algorithms[name] = signature_end(policy, known.scheme, known.digest, issuer.key)
        algorithms |= {str(name): policy.digest_ends(name) if name else None for name in digests}
        found = [Lifetime(ends=known.not_after, subject=known.label) for known in chain]
        for name, end in algorithms.items():
            if end is None:
                return None
            found.append(Lifetime(ends=end, algorithm=name))
        return min(found, key=lambda one: one.ends)
