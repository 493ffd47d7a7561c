"""The seven items that checking software has to show of every signature (TT 15/2025/TT-BKHCN Đ6).

Issuer, subject, managing unit, signing time or timestamp, integrity, whether the certificate was valid at the signing
time, and its validity period. An item that could not be checked is `UNKNOWN` and shown as a warning, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..clock import vietnam_time
from ..rfc4514 import name_parts
from . import Indication, SealReport, SignatureReport, SignerInfo

Words = tuple[str, str]  # Vietnamese, English


class LawState(StrEnum):
    """What was found out about one item; `NOT_APPLICABLE` where this kind of signature has no such thing."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class LawItem:
    """One item: `key` is stable, the label is there in both languages.

    `data` is what the document says, the same in any language, and may be empty; `note` is our word on it.
    """

    key: str
    label: Words
    data: str
    note: Words | None
    state: LawState

    @property
    def value(self) -> Words:
        """Data and note together."""
        if self.note is None:
            return self.data, self.data
        vi, en = self.note
        return (f"{self.data} ({vi})", f"{self.data} ({en})") if self.data else (vi, en)


@dataclass(frozen=True, slots=True)
class _Told:
    state: LawState
    note: Words | None = None
    data: str = ""


LABELS: Mapping[str, Words] = {
    "issuer": ("Tổ chức cấp chứng thư", "Issuer of the certificate"),
    "subject": ("Chủ thể của chứng thư", "Subject of the certificate"),
    "managing-unit": ("Đơn vị quản lý", "Managing unit"),
    "time": ("Thời điểm ký hoặc dấu thời gian", "Signing time or timestamp"),
    "integrity": ("Tính toàn vẹn", "Integrity"),
    "valid-at-signing": ("Hiệu lực của chứng thư khi ký", "Certificate valid when signing"),
    "validity": ("Thời hạn của chứng thư", "Validity of the certificate"),
}

_NO_CERTIFICATE = (
    "không tìm thấy chứng thư nên chưa kiểm tra được",
    "no certificate found, so it could not be checked",
)
_NOT_TOLD = ("chứng thư không ghi", "the certificate does not say")
_NONE: Words = ("không áp dụng: loại này không dùng chứng thư", "not applicable: this kind uses no certificate")
_UNTRUSTED: Words = ("theo chứng thư, chưa được xác nhận", "as the certificate says, not confirmed")
_ORIGINS: Mapping[str, Words] = {
    "subject": ("ghi ở chủ thể", "named by the subject"),
    "issuer": ("ghi ở tổ chức cấp", "named by the issuer"),
}
_AS_WRITTEN: Words = ("ngày cấp do cơ quan ghi", "day of issue, as the office wrote it")
_SEAL_HOLDS: Mapping[LawState, Words] = {
    LawState.OK: ("chữ ký của con dấu đúng", "the seal's signature holds"),
    LawState.BAD: ("chữ ký của con dấu sai", "the seal's signature fails"),
}
_WITHOUT_CERTIFICATES = frozenset({"COSE", "JWS"})

# What the chain lacks, in words; the first three say that the certificate was not valid.
_NOT_VALID: Mapping[str, Words] = {
    "REVOKED": ("không: đã bị thu hồi trước khi ký", "no: it had been revoked before"),
    "EXPIRED": ("không: đã hết hạn trước khi ký", "no: it had ended before"),
    "NOT_YET_VALID": ("không: chưa có hiệu lực khi ký", "no: it had not begun"),
}
_NOT_KNOWN: Mapping[str, Words] = {
    "REVOKED_NO_POE": (
        "chưa xác định: đã bị thu hồi và không có bằng chứng là ký trước đó",
        "unknown: it was revoked, and nothing proves that the signature is older",
    ),
    "REVOKED_CA_NO_POE": (
        "chưa xác định: chứng thư của tổ chức cấp đã bị thu hồi",
        "unknown: the certificate of its issuer was revoked",
    ),
    "OUT_OF_BOUNDS_NO_POE": (
        "chưa xác định: đã hết hạn và không có bằng chứng là ký khi còn hạn",
        "unknown: it has ended, and nothing proves that the signature is older",
    ),
    "TRY_LATER": (
        "chưa xác định: không kiểm tra được có bị thu hồi hay không",
        "unknown: whether it was revoked could not be checked",
    ),
    "NO_CERTIFICATE_CHAIN_FOUND": (
        "chưa xác định: không dẫn tới tổ chức được tin cậy trong lần kiểm tra này",
        "unknown: it leads to no authority that is trusted in this check",
    ),
    "CHAIN_CONSTRAINTS_FAILURE": (
        "chưa xác định: chuỗi chứng thư không đạt yêu cầu",
        "unknown: its chain does not meet the requirements",
    ),
}
_ALIASES = {
    "OUT_OF_BOUNDS_NOT_REVOKED": "OUT_OF_BOUNDS_NO_POE",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": "TRY_LATER",
    "NO_CERTIFICATE_CHAIN_FOUND_NO_POE": "NO_CERTIFICATE_CHAIN_FOUND",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": "CHAIN_CONSTRAINTS_FAILURE",
}
_UNCHECKED: Words = ("chưa kiểm tra được", "could not be checked")


def law_items(signature: SignatureReport) -> tuple[LawItem, ...]:
    """The seven items of one signature, timestamp or evidence record, in the order of the law."""
    if signature.signer is None and signature.format in _WITHOUT_CERTIFICATES:
        about = dict.fromkeys(LABELS, _Told(LawState.NOT_APPLICABLE, _NONE))
    elif signature.signer is None:
        about = dict.fromkeys(LABELS, _Told(LawState.UNKNOWN, _NO_CERTIFICATE))
    else:
        about = {**_names(signature, signature.signer), **_validity(signature, signature.signer)}
    about |= {"time": _time(signature), "integrity": _integrity(signature)}
    return _items(about)


def seal_law_items(seal: SealReport) -> tuple[LawItem, ...]:
    """The same items of a seal: it has a key that its office publishes, and no certificate."""
    proven = {True: LawState.OK, False: LawState.BAD, None: LawState.UNKNOWN}[seal.signature]
    told = proven if proven is LawState.OK else LawState.UNKNOWN
    office, issued, expires = (_fact(seal, name) for name in ("office", "issued", "expires"))
    about = dict.fromkeys(LABELS, _Told(LawState.NOT_APPLICABLE, _NONE))
    about["managing-unit"] = _Told(told, None, office) if office else _Told(LawState.UNKNOWN, _UNCHECKED)
    about["time"] = _Told(LawState.UNKNOWN, _AS_WRITTEN if issued else _UNCHECKED, issued)
    about["integrity"] = _Told(proven, _SEAL_HOLDS.get(proven, _UNCHECKED))
    if expires:
        about["validity"] = _Told(told, ("con dấu có giá trị đến ngày này", "the seal is good until then"), expires)
    return _items(about)


def _items(about: Mapping[str, _Told]) -> tuple[LawItem, ...]:
    return tuple(
        LawItem(key=key, label=label, data=about[key].data, note=about[key].note, state=about[key].state)
        for key, label in LABELS.items()
    )


def _fact(seal: SealReport, name: str) -> str:
    value = seal.facts.get(name)
    return "" if value is None else str(value)


def organisation(rfc4514: str) -> str:
    """A name of a certificate as people say it: the common name, then the organisation if that says more."""
    parts = name_parts(rfc4514)
    said = [part for part in (parts.get("CN"), parts.get("O")) if part]
    return ", ".join(dict.fromkeys(said)) or rfc4514


# --- names -----------------------------------------------------------------------------------------------------------


def _names(signature: SignatureReport, signer: SignerInfo) -> dict[str, _Told]:
    """What the certificate says of people is worth what its chain and the signature are worth."""
    proven = is_anchored(signature) and signature.intact is True  # else it may be someone else's certificate
    state, doubt = (LawState.OK, None) if proven else (LawState.UNKNOWN, _UNTRUSTED)
    told = {
        "issuer": _Told(state, doubt, organisation(signer.issuer)),
        "subject": _Told(state, doubt, organisation(signer.subject)),
    }
    if signer.managing_unit is None:
        return {**told, "managing-unit": _Told(LawState.UNKNOWN, _NOT_TOLD)}
    vi, en = _ORIGINS[signer.unit_from or "subject"]
    note = (vi, en) if doubt is None else (f"{vi}; {doubt[0]}", f"{en}; {doubt[1]}")
    return {**told, "managing-unit": _Told(state, note, signer.managing_unit)}


def is_anchored(signature: SignatureReport) -> bool:
    """Whether the certificate leads to an authority that is trusted in this check."""
    return signature.trail.anchored if signature.trail is not None else signature.indication is Indication.PASSED


# --- time and content ------------------------------------------------------------------------------------------------


def _time(signature: SignatureReport) -> _Told:
    if signature.timestamp is not None:
        time = vietnam_time(signature.timestamp)
        if signature.type == "signature" or signature.indication is Indication.PASSED:
            return _Told(LawState.OK, ("dấu thời gian", "timestamp"), time)
        return _Told(LawState.UNKNOWN, ("dấu thời gian chưa được xác nhận", "timestamp, not confirmed"), time)
    if is_proven(signature) and signature.best_signature_time is not None:
        time = vietnam_time(signature.best_signature_time)
        return _Told(LawState.OK, ("muộn nhất, có bằng chứng", "at the latest, proven"), time)
    if signature.signing_time is not None:
        time = vietnam_time(signature.signing_time)
        return _Told(LawState.UNKNOWN, ("chỉ là lời khai của người ký", "only the signer's word"), time)
    return _Told(LawState.UNKNOWN, ("không ghi thời điểm ký", "no time is told"))


def is_proven(signature: SignatureReport) -> bool:
    """Whether the best signature time rests on a proof rather than on the time of the check."""
    return signature.timestamp is not None or (signature.trail is not None and signature.trail.proven)


def _integrity(signature: SignatureReport) -> _Told:
    if signature.intact is False:
        return _Told(LawState.BAD, ("không: nội dung hoặc chữ ký đã bị sửa", "no: content or signature was altered"))
    if signature.changes_after == "forbidden":
        return _Told(LawState.BAD, ("không: đã bị sửa sau khi ký", "no: it was changed after signing"))
    if signature.intact is None or signature.changes_after == "unknown" or signature.coverage == "partial":
        return _Told(LawState.UNKNOWN, _UNCHECKED)
    if signature.changes_after == "permitted":
        added = ("còn nguyên vẹn; sau khi ký chỉ có bổ sung được phép", "intact; only permitted additions since")
        return _Told(LawState.OK, added)
    return _Told(LawState.OK, ("còn nguyên vẹn", "intact"))


# --- the certificate's validity --------------------------------------------------------------------------------------


def _validity(signature: SignatureReport, signer: SignerInfo) -> dict[str, _Told]:
    start, end = signer.valid_from, signer.valid_until
    if start is None or end is None:
        period = _Told(LawState.UNKNOWN, _UNCHECKED)
    else:
        outside = signature.sub_indication in {"EXPIRED", "NOT_YET_VALID"}
        period = _Told(LawState.BAD if outside else LawState.OK, None, f"{_day(start)} – {_day(end)}")
    return {"valid-at-signing": _valid_when_signing(signature), "validity": period}


def _day(value: datetime) -> str:
    return vietnam_time(value)[:10]


def _valid_when_signing(signature: SignatureReport) -> _Told:
    sub, trail = signature.sub_indication or "", signature.trail
    if sub in _NOT_VALID:
        return _Told(LawState.BAD, _NOT_VALID[sub])
    passed = trail.chain_passed if trail is not None else None
    if passed is None:
        passed = signature.indication is Indication.PASSED
    if passed:
        if is_proven(signature):
            return _Told(LawState.OK, ("có hiệu lực", "valid"))
        return _Told(LawState.OK, ("có hiệu lực, xét tại lúc kiểm tra", "valid, as of the time of this check"))
    lack = (trail.chain_sub_indication if trail is not None else None) or sub
    return _Told(LawState.UNKNOWN, _NOT_KNOWN.get(_ALIASES.get(lack, lack), _UNCHECKED))
