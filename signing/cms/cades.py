"""Detached CAdES baseline signatures: B-B, B-T, B-LT (EN 319 122-1 §6), over bytes, a digest or a file of any size.

B-LT means certificates, CRLs and OCSP responses in SignedData, for the signer, its issuers, the timestamp's authority
and whoever answered for them; no certificate-values or revocation-values attributes. Growing leaves what was signed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from ..clock import moment
from ..errors import RefusedError, UsageError
from ..files import write_file
from ..policy import Baseline
from ..signer import Signer, check_signable, order_chain
from ..trust.evidence import Evidence
from .attributes import SigningDetails
from .signed_data import CmsSignature, CmsTemplate, add_long_term, add_timestamp, parse_cms
from .timestamp import check_timestamp, parse_timestamp
from .tsa_pool import TimestampSource

Chain = Sequence[x509.Certificate]
Collect = Callable[[Iterable[Chain]], Evidence]


def sign_detached(
    content: bytes,
    signer: Signer,
    *,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    details: SigningDetails | None = None,
    at: datetime | None = None,
) -> bytes:
    """A detached CAdES signature over `content`, DER; see `sign_digest`."""
    digest = hashlib.new(signer.algorithm.digest, content).digest()
    return sign_digest(digest, signer, baseline=baseline, tsa=tsa, collect=collect, details=details, at=at)


def sign_digest(
    digest: bytes,
    signer: Signer,
    *,
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    details: SigningDetails | None = None,
    at: datetime | None = None,
) -> bytes:
    """A detached CAdES signature over content whose digest, by `signer.algorithm.digest`, is `digest`; DER.

    `at` is the claimed signing time, now unless given. B-T needs `tsa`; B-LT also `collect`, which is called with the
    chains of the signer and of the timestamp and gives the evidence for them.
    Raises `RefusedError` (`certificate.*`), `UsageError` (`timestamp.needed`, `evidence.needed`,
    `baseline.unsupported`), `ServiceError`, `VerificationError` (`timestamp.*`).
    """
    _check_request(baseline, tsa, collect)
    now = moment(at)
    check_signable(signer.certificate, now)
    cms = CmsTemplate.for_signer(signer, signing_time=True, details=details).build(digest, signing_time=now)
    if tsa is not None and baseline >= Baseline.B_T:
        cms = to_b_t(cms, tsa)
    if collect is not None and baseline >= Baseline.B_LT:
        cms = to_b_lt(cms, collect)
    return cms


def sign_file(
    path: str | os.PathLike[str],
    signer: Signer,
    *,
    out: str | os.PathLike[str],
    baseline: Baseline = Baseline.B_B,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    details: SigningDetails | None = None,
    at: datetime | None = None,
    overwrite: bool = True,
) -> None:
    """Write a detached CAdES signature over the file `path` to `out`, whole or not at all; the file is read in pieces.

    Raises as `sign_digest`, and `UsageError` `input.unreadable`, `output.unwritable`, `usage.output-exists`.
    """
    _check_request(baseline, tsa, collect)
    digest = digest_file(path, signer.algorithm.digest)
    if Path(out).exists() and (not overwrite or Path(out).samefile(path)):
        raise UsageError("usage.output-exists", path=out)
    cms = sign_digest(digest, signer, baseline=baseline, tsa=tsa, collect=collect, details=details, at=at)
    write_file(out, cms, overwrite=overwrite)


def digest_file(path: str | os.PathLike[str], algorithm: str) -> bytes:
    """The digest of a file, read in pieces. Raises `UsageError` `input.unreadable`."""
    try:
        with Path(path).open("rb") as source:
            return hashlib.file_digest(source, algorithm).digest()
    except OSError as e:
        raise UsageError("input.unreadable", path=path, why=e.strerror or e) from None


def _check_request(baseline: Baseline, tsa: TimestampSource | None, collect: Collect | None) -> None:
    """Refuse what cannot succeed before anything is signed."""
    if baseline > Baseline.B_LT:
        raise UsageError("baseline.unsupported", format="CAdES", baseline=baseline, highest=Baseline.B_LT)
    if baseline >= Baseline.B_T and tsa is None:
        raise UsageError("timestamp.needed", baseline=baseline)
    if baseline >= Baseline.B_LT and collect is None:
        raise UsageError("evidence.needed", baseline=baseline)


def to_b_t(cms: bytes, tsa: TimestampSource) -> bytes:
    """`cms` with a timestamp over its signature value (EN 319 122-1 §5.3).

    Raises `MalformedError`, and as `TimestampSource.timestamp`.
    """
    value = parse_cms(cms).signature_value
    token = tsa.timestamp(hashlib.new(tsa.digest, value).digest())
    return add_timestamp(cms, token.der)


def to_b_lt(cms: bytes, collect: Collect) -> bytes:
    """`cms`, which holds a timestamp, with the evidence that `collect` finds for its chains.

    Raises `MalformedError`, `RefusedError` `timestamp.needed` without a timestamp, and what `collect` raises.
    """
    sig = parse_cms(cms)
    if not sig.timestamp_tokens:
        raise RefusedError("timestamp.needed", baseline=Baseline.B_LT)
    chains = chains_of(sig)
    evidence = collect(chains)
    certificates = dict.fromkeys(c for chain in chains for c in chain)
    certificates.update(dict.fromkeys(evidence.certificates))
    return add_long_term(cms, certificates, evidence.crls, evidence.ocsps)


def extend_detached(
    cms: bytes,
    *,
    baseline: Baseline = Baseline.B_LT,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
) -> bytes:
    """`cms` raised to `baseline` (B-T, B-LT): a timestamp where it has none that fits, then evidence.

    What was signed stays. A timestamp that is there must hold for this signature; whom it is by is not asked.
    Raises `UsageError` (`timestamp.needed`, `evidence.needed`, `baseline.unsupported`), and as `to_b_t`, `to_b_lt`.
    """
    timed = _timestamped(parse_cms(cms))
    if baseline > Baseline.B_LT:
        raise UsageError("baseline.unsupported", format="CAdES", baseline=baseline, highest=Baseline.B_LT)
    if baseline >= Baseline.B_LT and collect is None:
        raise UsageError("evidence.needed", baseline=baseline)
    if not timed and tsa is None:
        raise UsageError("timestamp.needed", baseline=baseline)
    if not timed and tsa is not None:
        cms = to_b_t(cms, tsa)
    return to_b_lt(cms, collect) if collect is not None and baseline >= Baseline.B_LT else cms


def _timestamped(sig: CmsSignature) -> bool:
    def digest_of(name: str) -> bytes:
        return hashlib.new(name, sig.signature_value).digest()

    tokens = (parse_timestamp(encoded) for encoded in sig.timestamp_tokens)
    return any(check_timestamp(token, digest_of)[0] for token in tokens)


def chains_of(sig: CmsSignature) -> list[tuple[x509.Certificate, ...]]:
    """Chains of the signer and of each signature timestamp, leaf first, as far as the signature holds them.

    Raises `MalformedError` for a broken timestamp, `RefusedError` `signature.no-certificate` without the signer's.
    """
    if sig.signer_certificate is None:
        raise RefusedError("signature.no-certificate")
    chains = [order_chain(sig.signer_certificate, sig.certificates)]
    for encoded in sig.timestamp_tokens:
        token = parse_timestamp(encoded).cms.with_certificates(sig.certificates)
        if token.signer_certificate is not None:
            pool = (*token.certificates, *sig.certificates)
            chains.append(order_chain(token.signer_certificate, pool))
    return chains
