"""Reports read back from their JSON: the line of the contract, from a journal or a results file, a `Report` again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import orjson

from . import (
    DossierReport,
    Finding,
    Indication,
    Report,
    SealReport,
    SignatureReport,
    SignerInfo,
    StepReport,
    Verdict,
)

T = TypeVar("T")


def parse_json(line: bytes) -> Any:
    """Any JSON value. Raises `ValueError`."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            return json.loads(line)  # halves of surrogate pairs
        except RecursionError:
            raise ValueError("nested") from None


def report_from(told: Any) -> Report:
    """The report that `Report.to_dict` told. Raises `ValueError` for anything else."""
    try:
        return _report(told)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as e:
        raise ValueError(f"{type(e).__name__}: {e}") from None


def _report(told: Any) -> Report:
    return Report(
        path=_text(told["path"]),
        sha256=_maybe(_text, told["sha256"]),
        kind=_text(told["kind"]),
        verdict=Verdict(told["verdict"]),
        validated_at=_time(told["validated_at"]),
        policy=_text(told["policy"]),
        signatures=_each(_signature, told["signatures"]),
        dossier=_maybe(_dossier, told["dossier"]),
        seals=_each(_seal, told["seals"]),
        findings=_each(_finding, told["findings"]),
        elapsed_ms=float(told["elapsed_ms"]),
    )


def _signature(told: Mapping[str, Any]) -> SignatureReport:
    texts = ("sub_indication", "baseline", "coverage", "changes_after", "digest_algorithm", "signature_algorithm")
    return SignatureReport(
        id=_text(told["id"]),
        type=_text(told["type"]),
        format=_text(told["format"]),
        indication=Indication(told["indication"]),
        intact=_maybe(_flag, told["intact"]),
        signer=_maybe(_signer, told["signer"]),
        findings=_each(_finding, told["findings"]),
        signing_time=_maybe(_time, told["signing_time"]),
        timestamp=_maybe(_time, told["timestamp"]),
        best_signature_time=_maybe(_time, told["best_signature_time"]),
        **{name: _maybe(_text, told[name]) for name in texts},  # type: ignore[arg-type]  # all of them are texts
    )


def _signer(told: Mapping[str, Any]) -> SignerInfo:
    ids = tuple((_text(kind), _text(value)) for kind, value in told["ids"].items())
    return SignerInfo(
        subject=_text(told["subject"]), issuer=_text(told["issuer"]), serial=_text(told["serial"]), ids=ids
    )


def _finding(told: Mapping[str, Any]) -> Finding:
    return Finding(*(_text(told[name]) for name in ("code", "severity", "text", "text_vi")))


def _dossier(told: Mapping[str, Any]) -> DossierReport:
    return DossierReport(
        code=_text(told["code"]),
        procedure=_text(told["procedure"]),
        state=_text(told["state"]),
        complete=_flag(told["complete"]),
        head=_maybe(_text, told["head"]),
        steps=_each(_step, told["steps"]),
    )


def _step(told: Mapping[str, Any]) -> StepReport:
    if type(told["seq"]) is not int:
        raise ValueError("seq")
    texts = {name: _text(told[name]) for name in ("step", "event", "office", "role", "signature")}
    return StepReport(
        seq=told["seq"], decision=_maybe(_text, told["decision"]), time=_maybe(_time, told["time"]), **texts
    )


def _seal(told: Mapping[str, Any]) -> SealReport:
    if type(told["facts"]) is not dict:
        raise ValueError("facts")
    flags = {name: _maybe(_flag, told[name]) for name in ("signature", "fresh", "matches_document")}
    return SealReport(
        id=_text(told["id"]), facts=told["facts"], decoded=_flag(told["decoded"]), status=_text(told["status"]), **flags
    )


def _each(read: Callable[[Any], T], told: Any) -> tuple[T, ...]:
    if type(told) is not list:
        raise ValueError("not a list")
    return tuple(map(read, told))


def _maybe(read: Callable[[Any], T], told: Any) -> T | None:
    return None if told is None else read(told)


def _text(told: Any) -> str:
    if type(told) is not str:
        raise ValueError("not a text")
    return told


def _flag(told: Any) -> bool:
    if type(told) is not bool:
        raise ValueError("not true or false")
    return told


def _time(told: Any) -> datetime:
    time = datetime.fromisoformat(_text(told))
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time
