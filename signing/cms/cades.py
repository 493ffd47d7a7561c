"""CAdES baseline signatures B-B … B-LTA (EN 319 122-1 §6), over bytes, a digest or a file of any size.

B-LT means certificates, CRLs and OCSP responses in SignedData, for the signer, its issuers, the timestamp's authority
and whoever answered for them; no certificate-values or revocation-values attributes. Growing leaves what was signed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from ..clock import moment
from ..errors import RefusedError, UsageError
from ..files import write_file
from ..policy import Baseline
from ..signer import Signer, check_signable, order_chain
from ..trust.weigh import Chain, weighed
from ..trust.weigh import Collect as Collect
from .archive import DigestOf, add_archive_timestamp, content_digests, newest_archive
from .attributes import SigningDetails
from .layout import join, put_back, views
from .parse import parse_frame
from .signed_data import CmsSignature, CmsTemplate, add_long_term, add_timestamp, parse_cms
from .timestamp import TimestampToken, check_timestamp, parse_timestamp
from .tsa_pool import TimestampSource


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
    chains of the signer and of the timestamp and gives the evidence for them; B-LTA ends in an archive timestamp.
    Evidence against the signer refuses the signature. `details` is what the signer says beside it.
    Raises `RefusedError` (`certificate.*`), `UsageError` (`timestamp.needed`, `evidence.needed`,
    `baseline.unsupported`), `ServiceError`, `VerificationError` (`timestamp.*`).
    """
    check_request(baseline, tsa, collect)
    now = moment(at)
    check_signable(signer.certificate, now)
    cms = CmsTemplate.for_signer(signer, signing_time=True, details=details).build(digest, signing_time=now)
    if tsa is not None and baseline >= Baseline.B_T:
        cms = to_b_t(cms, tsa)
    if (collect := weighed(collect, signer.certificate)) is not None and baseline >= Baseline.B_LT:
        cms = to_b_lt(cms, collect)
    if tsa is not None and baseline >= Baseline.B_LTA:
        cms = add_archive_timestamp(cms, tsa)
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
    check_request(baseline, tsa, collect)
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


def check_request(baseline: Baseline, tsa: TimestampSource | None, collect: Collect | None) -> None:
    """Refuse what cannot succeed before anything is signed."""
    if baseline not in tuple(Baseline):
        raise UsageError("usage.argument", why=f"there is no baseline {baseline}")
    if tsa is not None and not callable(getattr(tsa, "timestamp", None)):
        raise UsageError("usage.argument", why="a timestamp authority is a TimestampAuthority, no address")
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
    return _with_evidence(cms, chains_of(sig), collect)


def _with_evidence(cms: bytes, chains: Sequence[Chain], collect: Collect) -> bytes:
    evidence = collect(chains)
    certificates = dict.fromkeys(c for chain in chains for c in chain)
    certificates.update(dict.fromkeys(evidence.certificates))
    return add_long_term(cms, certificates, evidence.crls, evidence.ocsps)


def to_b_lta(cms: bytes, tsa: TimestampSource, collect: Collect, content: DigestOf | None = None) -> bytes:
    """`cms`, which holds a timestamp, with an archive timestamp over it and all its evidence (EN 319 122-1 §5.5).

    Where an archive timestamp stands already, this is its renewal: evidence is collected for the newest alone, because
    what came before is settled by what it covers. `content(name)` is the digest of detached content, needed only when
    the signature's own digest algorithm no longer carries. Raises as `to_b_lt` and `add_archive_timestamp`.
    """
    sig = parse_cms(cms)
    newest = newest_archive(sig, content_digests(sig, content) or (lambda _: sig.message_digest or b""))
    cms = to_b_lt(cms, collect) if newest is None else _with_evidence(cms, [_token_chain(newest, sig)], collect)
    return add_archive_timestamp(cms, tsa, content)


def extend_detached(
    cms: bytes,
    *,
    baseline: Baseline = Baseline.B_LT,
    tsa: TimestampSource | None = None,
    collect: Collect | None = None,
    content: DigestOf | None = None,
) -> bytes:
    """`cms` raised to `baseline` (B-T, B-LT, B-LTA): a timestamp where it has none that fits, evidence, an archive
    timestamp; one at B-LTA is renewed.

    What was signed stays. A timestamp that is there must hold for this signature; whom it is by is not asked. `content`
    as for `to_b_lta`. Raises `UsageError` (`timestamp.needed`, `evidence.needed`), and as `to_b_t`, `to_b_lt`,
    `to_b_lta`. Of several signers beside each other, each is raised.
    """
    parts = parse_frame(cms)
    if len(parts.infos) == 1:
        return _extended(cms, baseline, tsa, collect, content)
    for index in range(len(parts.infos)):
        view = _extended(views(parts)[index], baseline, tsa, collect, content)
        parts = put_back(parts, index, parse_frame(view))
    return join(parts)


def _extended(
    cms: bytes, baseline: Baseline, tsa: TimestampSource | None, collect: Collect | None, content: DigestOf | None
) -> bytes:
    timed = bool(holding_timestamps(parse_cms(cms)))
    if baseline >= Baseline.B_LT and collect is None:
        raise UsageError("evidence.needed", baseline=baseline)
    if tsa is None and (not timed or baseline >= Baseline.B_LTA):
        raise UsageError("timestamp.needed", baseline=baseline)
    if not timed and tsa is not None:
        cms = to_b_t(cms, tsa)
    if collect is None or baseline < Baseline.B_LT:
        return cms
    if tsa is None or baseline < Baseline.B_LTA:
        return to_b_lt(cms, collect)
    return to_b_lta(cms, tsa, collect, content)


def holding_timestamps(sig: CmsSignature) -> list[TimestampToken]:
    """The signature timestamps that hold for this signature; whom they are by is not asked. Raises `MalformedError`."""

    def digest_of(name: str) -> bytes:
        return hashlib.new(name, sig.signature_value).digest()

    tokens = (parse_timestamp(encoded) for encoded in sig.timestamp_tokens)
    return [token for token in tokens if check_timestamp(token, digest_of)[0]]


def chains_of(sig: CmsSignature) -> list[tuple[x509.Certificate, ...]]:
    """Chains of the signer and of each signature timestamp, leaf first, as far as the signature holds them.

    Raises `MalformedError` for a broken timestamp, `RefusedError` `signature.no-certificate` without the signer's.
    """
    if sig.signer_certificate is None:
        raise RefusedError("signature.no-certificate")
    chains = [order_chain(sig.signer_certificate, sig.certificates)]
    for encoded in sig.timestamp_tokens:
        if chain := _token_chain(parse_timestamp(encoded), sig):
            chains.append(chain)
    return chains


def _token_chain(token: TimestampToken, sig: CmsSignature) -> tuple[x509.Certificate, ...]:
    """The authority's chain as far as token and signature hold it; empty without its certificate."""
    own = token.cms.with_certificates(sig.certificates)
    if own.signer_certificate is None:
        return ()
    return order_chain(own.signer_certificate, (*own.certificates, *sig.certificates))
