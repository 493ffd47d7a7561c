"""What a Report knows beyond its JSON line, for journals: trails, and what certificates say beyond their names.

Kept beside the line of the contract, never in it, so that reports in full are the same whether a file was judged now or
in an earlier run.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from . import Report, SignatureReport, iso
from .trail import Stamp, Trail

_DIGEST_BYTES = 32  # SHA-256


def more_of(report: Report) -> list[dict[str, Any]] | None:
    """JSON values, one a signature; None where there is nothing to keep."""
    told = [_of_signature(signature) for signature in report.signatures]
    return told if any(told) else None


def with_more(report: Report, told: Any) -> Report:
    """`report` with what `more_of` told. Raises `ValueError` for anything else."""
    if told is None:
        return report
    if type(told) is not list or len(told) != len(report.signatures):
        raise ValueError("more")
    try:
        signatures = tuple(_with(s, one) for s, one in zip(report.signatures, told, strict=True))
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as e:
        raise ValueError(f"more: {type(e).__name__}: {e}") from None
    return replace(report, signatures=signatures)


def _of_signature(signature: SignatureReport) -> dict[str, Any]:
    told: dict[str, Any] = {}
    signer, trail = signature.signer, signature.trail
    if signer is not None and (signer.valid_from or signer.managing_unit):
        times = iso(signer.valid_from), iso(signer.valid_until)
        told["signer"] = [*times, signer.managing_unit, signer.unit_from]
    if trail is not None:
        told["trail"] = _of_trail(trail)
    return told


def _of_trail(trail: Trail) -> dict[str, Any]:
    content = trail.content
    return {
        "chain": [digest.hex() for digest in trail.chain],
        "anchored": trail.anchored,
        "passed": trail.chain_passed,
        "sub_indication": trail.chain_sub_indication,
        "proven": trail.proven,
        "stamps": [[s.sha256.hex(), iso(s.time), s.counts, s.archive] for s in trail.stamps],
        "value": b64encode(trail.signature_value).decode(),
        "content": [content[0], content[1].hex()] if content is not None else None,
    }


def _with(signature: SignatureReport, told: Mapping[str, Any]) -> SignatureReport:
    if set(told) - {"signer", "trail"}:
        raise ValueError("members")
    signer = signature.signer
    if signer is not None and "signer" in told:
        start, end, unit, origin = told["signer"]
        if origin not in {None, "subject", "issuer"}:
            raise ValueError("unit_from")
        signer = replace(
            signer, valid_from=_time(start), valid_until=_time(end), managing_unit=_text(unit), unit_from=origin
        )
    trail = _trail(told["trail"]) if "trail" in told else None
    return replace(signature, signer=signer, trail=trail)


def _trail(told: Mapping[str, Any]) -> Trail:
    content, passed = told["content"], told["passed"]
    return Trail(
        chain=tuple(_digest(digest) for digest in told["chain"]),
        anchored=_flag(told["anchored"]),
        chain_passed=None if passed is None else _flag(passed),
        chain_sub_indication=_text(told["sub_indication"]),
        proven=_flag(told["proven"]),
        stamps=tuple(_stamp(*stamp) for stamp in told["stamps"]),
        signature_value=b64decode(told["value"], validate=True),
        content=None if content is None else (str(_text(content[0])), bytes.fromhex(content[1])),
    )


def _stamp(digest: str, time: str, counts: bool, archive: bool) -> Stamp:
    moment = _time(time)
    if moment is None:
        raise ValueError("time")
    return Stamp(sha256=_digest(digest), time=moment, counts=_flag(counts), archive=_flag(archive))


def _digest(told: str) -> bytes:
    digest = bytes.fromhex(told)
    if len(digest) != _DIGEST_BYTES:
        raise ValueError("digest")
    return digest


def _text(told: Any) -> str | None:
    if told is not None and type(told) is not str:
        raise ValueError("not a text")
    return told


def _flag(told: Any) -> bool:
    if type(told) is not bool:
        raise ValueError("not true or false")
    return told


def _time(told: Any) -> datetime | None:
    if told is None:
        return None
    time = datetime.fromisoformat(told)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time
