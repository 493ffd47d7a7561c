"""ASiC-S containers (EN 319 162-1 §4.3): one file, with its signatures, timestamp or evidence record in `META-INF/`.

META-INF/signature.p7s       CAdES signatures over the file
META-INF/signatures.xml      XAdES signatures that refer to the file by its name
META-INF/timestamp.tst       a timestamp token over the file
META-INF/evidencerecord.ers  an evidence record over the file
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

from ..errors import LimitError
from ..report import Finding, SignatureReport
from ..validation.timestamp import validate_timestamp
from ..xades.file import Conditions, Examined
from .cades import examine_cades
from .container import META, Container
from .longterm import LongTerm, is_long_term, judge_long_term
from .xades import examine_in_container
from .zip import read_any_zip

MEDIA_TYPE = "application/vnd.etsi.asic-s+zip"
MAX_PROOFS = 64  # signature files, timestamps and evidence records of one container
_CADES = re.compile(rf"{META}[^/]*signature[^/]*\.p7s", re.IGNORECASE)
_XADES = re.compile(rf"{META}[^/]*signature[^/]*\.xml", re.IGNORECASE)
_TIMESTAMP = re.compile(rf"{META}timestamp\.tst", re.IGNORECASE)


def read_simple(data: bytes) -> tuple[Container, tuple[str, ...]]:
    """The entries of an ASiC-S file, without `mimetype`, and the names of those outside `META-INF/`: one, the signed.

    Raises `MalformedError` or `LimitError` for what is no acceptable archive.
    """
    files, oddities = read_any_zip(data)
    stated = files.pop("mimetype", None)
    if stated is not None and stated.strip() != MEDIA_TYPE.encode():
        oddities += (Finding.of("asics.mimetype"),)
    payload = tuple(name for name in files if not name.startswith(META))
    return Container(MappingProxyType(files), oddities), payload


def examine_simple(data: bytes, conditions: Conditions) -> Examined:
    """Every signature, timestamp and evidence record of an ASiC-S container.

    Raises `MalformedError` or `LimitError` when `data` is not an acceptable container; never for what it holds.
    """
    container, outside = read_simple(data)
    payload = container[outside[0]] if len(outside) == 1 else None
    proofs = [name for name in container if name.startswith(META)]
    if len(proofs) > MAX_PROOFS:
        raise LimitError("asice.too-many", what=META, limit=MAX_PROOFS)
    long_term = _long_term(container, proofs, outside, conditions)
    reports = [
        long_term.raised(report, name)
        for name in proofs
        for report in _judge(container, name, payload, conditions, long_term.proven.get(name))
    ]
    reports += long_term.reports
    findings = [] if payload is not None else [Finding.of("asics.payload", count=len(outside))]
    if payload is not None and "/" in outside[0]:
        findings.append(Finding.of("asics.folder", name=outside[0]))
    if not reports:
        findings.append(Finding.of("asics.unsigned"))
    return Examined(reports=tuple(reports), findings=(*findings, *container.oddities))


def _long_term(container: Container, proofs: list[str], payload: tuple[str, ...], conditions: Conditions) -> LongTerm:
    """Evidence records, and the timestamps of archive manifests; not the one over the file itself."""
    return judge_long_term(
        container,
        [name for name in proofs if is_long_term(name) and not _TIMESTAMP.fullmatch(name)],
        trust=conditions.trust,
        at=conditions.at,
        policy=conditions.policy,
        payload=payload[0] if len(payload) == 1 else None,
    )


def _judge(
    container: Container, name: str, payload: bytes | None, conditions: Conditions, poe: datetime | None
) -> Iterator[SignatureReport]:
    if _CADES.fullmatch(name):
        yield from examine_cades(container, name, payload, conditions, poe)
    elif _XADES.fullmatch(name):
        yield from examine_in_container(container, name, conditions, poe).reports
    elif _TIMESTAMP.fullmatch(name):
        yield _timestamp(container, name, payload, conditions, poe)


def _timestamp(
    container: Container, name: str, payload: bytes | None, conditions: Conditions, poe: datetime | None
) -> SignatureReport:
    def digest_of(algorithm: str) -> bytes:
        return hashlib.new(algorithm, payload or b"", usedforsecurity=False).digest()

    return validate_timestamp(
        id=name,
        token=container[name],
        digest_of=None if payload is None else digest_of,
        trust=conditions.trust,
        at=conditions.at,
        policy=conditions.policy,
        poe=poe,
    )
