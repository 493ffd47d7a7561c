"""Keeping a dossier for long: archive manifests, each under a timestamp (EN 319 162-1 §4.4.4, Annex A.7).

An archive manifest lists every entry, signatures and older archive manifests with their timestamps included; what it
covers is frozen. The newest is named `META-INF/ASiCArchiveManifest.xml`. Before a new one is made, the one before it
gets a number and its timestamp newer evidence for its authority, so that the new one keeps both.
"""

from __future__ import annotations

import hashlib
import re

from ..asice.container import META, Container, read_manifest
from ..asice.longterm import ARCHIVE
from ..asice.manifest import write_manifest
from ..cms.cades import Collect
from ..cms.signed_data import add_long_term, parse_cms
from ..cms.timestamp import TimestampToken, parse_timestamp
from ..cms.tsa_pool import TimestampSource
from ..errors import RefusedError
from ..signer import order_chain

NEWEST = f"{META}ASiCArchiveManifest.xml"
_TOKEN = re.compile(rf"{META}timestamp(\d{{3,6}})\.tst", re.ASCII)
_SIGNATURE = re.compile(rf"{META}signature\d+\.p7s", re.ASCII)
_TOKEN_TYPE = "application/vnd.etsi.timestamp-token"  # noqa: S105  # a media type


def frozen(container: Container) -> frozenset[str]:
    """The entries that an archive manifest covers: no byte of them may change."""
    manifests = (read_manifest(container, name)[0] for name in container if ARCHIVE.fullmatch(name))
    return frozenset(name for found in manifests if found is not None for name in found.digests())


def archived(container: Container, tsa: TimestampSource, collect: Collect) -> Container:
    """`container` with one more archive manifest over all that is in it.

    `collect` finds the evidence for its timestamp, and for that of the one before. Raises `MalformedError`,
    `RefusedError` (`dossier.not-sound`), and what `tsa` and `collect` raise.
    """
    older, before = None, container
    if NEWEST in container:
        before, older = _closed(container, collect)
    numbers = [int(found[1]) for name in before if (found := _TOKEN.fullmatch(name))]
    token = f"{META}timestamp{max(numbers, default=0) + 1:03}.tst"
    digests = [(name, before.sha256(name)) for name in before]
    manifest = write_manifest(token, digests, root=older or "", signature_type=_TOKEN_TYPE)
    stamp = tsa.using("sha256").timestamp(hashlib.sha256(manifest).digest())
    return before.with_files({NEWEST: manifest, token: _with_evidence(stamp, collect, container)})


def _closed(container: Container, collect: Collect) -> tuple[Container, str]:
    """The container whose newest archive manifest has a number, and the evidence for its timestamp; its new name."""
    manifest, wrong = read_manifest(container, NEWEST)
    found = _TOKEN.fullmatch(manifest.signature) if manifest is not None else None
    if manifest is None or wrong or found is None:
        finding = wrong[0] if wrong else None
        said = (
            {"why": NEWEST, "why_vi": NEWEST} if finding is None else {"why": finding.text, "why_vi": finding.text_vi}
        )
        raise RefusedError("dossier.not-sound", **said)
    name = f"{META}ASiCArchiveManifest{found[1]}.xml"
    files = {(name if old == NEWEST else old): data for old, data in container.files.items()}
    files[manifest.signature] = _with_evidence(parse_timestamp(container[manifest.signature]), collect, container)
    return Container(files), name


def _with_evidence(stamp: TimestampToken, collect: Collect, container: Container) -> bytes:
    """The token with what shows that its authority was not revoked: nothing else in the container says so."""
    signer = stamp.cms.signer_certificate
    if signer is None:
        return stamp.der
    steps = (parse_cms(data) for name, data in container.files.items() if _SIGNATURE.fullmatch(name))
    known = dict.fromkeys(c for cms in (stamp.cms, *steps) for c in cms.certificates)
    chain = order_chain(signer, tuple(known))
    evidence = collect([chain])
    certificates = dict.fromkeys((*chain, *evidence.certificates))
    return add_long_term(stamp.der, certificates, evidence.crls, evidence.ocsps)
