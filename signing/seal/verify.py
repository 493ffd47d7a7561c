"""Checking a seal offline: four separate facts, each from its own source (architecture: "Seals").

1. decoded: the text follows the format (`seal.decode_unverified`);
2. signature: a key that trust gives to the office the seal names made it (RFC 9052 §4.4); never a key from the seal;
3. fresh: made in the past and not past its last day;
4. status: what the office's own signed status list says (IETF Token Status List): valid, revoked or pending.

A seal has no trusted time: what it says of its own making is only a claim. So a revoked key proves nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from eid import EidError, Key, KeySet, OpenedStatusList, Status
from eid.keys import Purpose

from ..clock import VIETNAM, moment, shifted
from ..errors import IndeterminateError, SigningError, VerificationError
from ..report import Finding, SealReport, Verdict
from .facts import Seal, UnverifiedSeal, decode_unverified, key_hint

if TYPE_CHECKING:
    from ..trust.store import TrustStore

CLOCK_SKEW = timedelta(minutes=2)  # how far in the future a seal may say it was made
_NO_LIST = {
    "why": "no status list of the office was given",
    "why_vi": "chưa có danh sách trạng thái của cơ quan",
}
_STATUS = {Status.VALID: "valid", Status.REVOKED: "revoked", Status.SUSPENDED: "pending"}


def seal_status_uri(office: str, number: int) -> str:
    """The name of an office's status list `number`, which its token carries as `sub`."""
    return f"urn:eid-signing:seal-status:{office}:{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSeal:
    """What was found out about one seal. `seal` is None unless its signature holds; `problems` are not raised."""

    report: SealReport
    problems: tuple[SigningError, ...] = ()
    seal: Seal | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The problems as an audit shows them."""
        return tuple(Finding.from_error(problem) for problem in self.problems)

    @property
    def verdict(self) -> Verdict:
        """The seal alone, without a document: valid only when all four facts are good."""
        if not self.problems:
            return Verdict.VALID
        told = all(isinstance(problem, IndeterminateError) for problem in self.problems)
        return Verdict.INDETERMINATE if told else Verdict.INVALID


class SealVerifier:
    """The offices' seal keys and status lists out of `trust`, opened once; `status` adds newer list tokens."""

    def __init__(self, trust: TrustStore | None, *, status: Iterable[bytes | str] = ()) -> None:
        self._jwks = {} if trust is None else trust.seals
        given = (*status, *(() if trust is None else trust.seal_status))
        self._tokens = [t if isinstance(t, str) else t.decode("ascii", "replace").strip() for t in given]
        self._keys: dict[str, KeySet] = {}
        self._lists: dict[str, list[OpenedStatusList]] = {}

    def check(self, text: str, *, at: datetime | None = None, name: str = "seal") -> CheckedSeal:
        """Everything that can be found out about `text` without a document; never raises for a bad seal.

        `name` becomes the report's `id`: where the seal was seen.
        """
        try:
            message = decode_unverified(text)
        except SigningError as problem:
            return CheckedSeal(report=_report(name), problems=(problem,))
        facts = message.unverified.facts()
        try:
            self._check_signature(message)
        except IndeterminateError as problem:
            return CheckedSeal(report=_report(name, facts), problems=(problem,))
        except SigningError as problem:
            return CheckedSeal(report=_report(name, facts, signature=False), problems=(problem,))
        seal, now = message.unverified, moment(at)
        late, (status, doubt) = _age_problem(seal, now), self._status(seal, now)
        return CheckedSeal(
            report=_report(name, facts, signature=True, fresh=late is None, status=status),
            problems=tuple(problem for problem in (late, doubt) if problem is not None),
            seal=seal,
        )

    def verify(self, text: str, *, at: datetime | None = None) -> Seal:
        """The seal, when all four facts are good; the paper or document was not looked at.

        Raises `MalformedError`, `LimitError`, `VerificationError`, or `IndeterminateError` (unknown office, pending, no
        status list), with the code of the first finding that `check` would give.
        """
        checked = self.check(text, at=at)
        # a reason to refuse is told before a reason to doubt
        for problem in sorted(checked.problems, key=lambda p: isinstance(p, IndeterminateError)):
            raise problem
        if checked.seal is None:
            raise VerificationError("seal.signature", office="?")
        return checked.seal

    def _check_signature(self, message: UnverifiedSeal) -> None:
        """Return if a key of the office, active when the seal says it was made, signed it; raise why not."""
        seal = message.unverified
        keys = [key for key in self._office_keys(seal.office).keys if key_hint(key) == message.kid]
        candidates = [key for key in keys if key.alg == "ES256" and key.serves(Purpose.SEAL)]
        if not candidates:
            raise VerificationError("seal.unknown-key", office=seal.office)
        signed_by = next((key for key in candidates if _verifies(key, message)), None)
        if signed_by is None:
            raise VerificationError("seal.signature", office=seal.office)
        if signed_by.revoked is not None:
            raise VerificationError("seal.key-revoked", office=seal.office, number=seal.number)
        minted = int(seal.minted_at.timestamp())
        if not signed_by.was_active(minted, minted, int(CLOCK_SKEW.total_seconds())):
            raise VerificationError("seal.key-not-active", office=seal.office, time=seal.minted_at)

    def _office_keys(self, office: str) -> KeySet:
        if office not in self._jwks:
            raise IndeterminateError("seal.unknown-office", office=office)
        if office not in self._keys:
            try:
                self._keys[office] = KeySet.from_jwks(dict(self._jwks[office]))
            except EidError as e:
                raise IndeterminateError("seal.office-keys", office=office, why=e.text, why_vi=e.text_vi) from None
        return self._keys[office]

    def _status(self, seal: Seal, now: datetime) -> tuple[str, SigningError | None]:
        uri = seal_status_uri(seal.office, seal.status_list)
        lists = [opened for opened in self._office_lists(seal.office) if opened.uri == uri]
        if not lists:
            return "unknown", IndeterminateError("seal.status-unknown", **_NO_LIST)
        newest = max(lists, key=lambda opened: opened.expires)
        try:
            status = _STATUS[newest.status(uri, seal.status_index, now.timestamp())]
        except EidError as e:
            # the first half says what is wrong; what to do is said once, by our own sentence
            why, why_vi = e.text.split(";")[0], e.text_vi.split(";")[0]
            return "unknown", IndeterminateError("seal.status-unknown", why=why, why_vi=why_vi)
        if status == "revoked":
            return status, VerificationError("seal.revoked", number=seal.number)
        return status, IndeterminateError("seal.pending", number=seal.number) if status == "pending" else None

    def _office_lists(self, office: str) -> list[OpenedStatusList]:
        """The status lists that this office's own keys signed; another office's tokens are passed over."""
        if office not in self._lists:
            self._lists[office] = list(filter(None, (_opened(token, self._keys[office]) for token in self._tokens)))
        return self._lists[office]


def _report(
    name: str,
    facts: dict[str, Any] | None = None,
    *,
    signature: bool | None = None,
    fresh: bool | None = None,
    status: str = "unknown",
) -> SealReport:
    """What is known so far; `facts` are None as long as the text could not be decoded."""
    return SealReport(
        id=name,
        facts=facts or {},
        decoded=facts is not None,
        signature=signature,
        fresh=fresh,
        status=status,
        matches_document=None,
    )


def _opened(token: str, keys: KeySet) -> OpenedStatusList | None:
    try:
        return OpenedStatusList.open(token, keys)
    except EidError:
        return None


def verify_seal(text: str, trust: TrustStore, *, at: datetime | None = None) -> Seal:
    """The proven facts of a seal's text, checked offline; see `SealVerifier.verify`, which is faster for many."""
    return SealVerifier(trust).verify(text, at=at)


def _verifies(key: Key, message: UnverifiedSeal) -> bool:
    try:
        key.verify_raw(message.signed, message.signature)
    except EidError:
        return False
    return True


def _age_problem(seal: Seal, now: datetime) -> SigningError | None:
    if seal.minted_at > shifted(now, CLOCK_SKEW):
        return VerificationError("seal.from-the-future", time=seal.minted_at)
    # the last day ends in Vietnam, whose law the result is made under
    if seal.expires is None:
        return None
    if now >= shifted(datetime.combine(seal.expires, time.min, VIETNAM), timedelta(days=1)):
        return VerificationError("seal.expired", time=seal.expires.isoformat())
    return None
