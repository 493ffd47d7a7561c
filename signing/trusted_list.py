"""Trusted lists (ETSI TS 119 612 v2.1.1 to v2.4.1: list versions 5 and 6): which authorities were approved, and when.

    lists/*.xml                 trusted lists
    lists/*.pem|crt|cer|der     certificates of those who sign them, trusted as they are
    lists/numbers.json          the least number that a list may have (`list_numbers`)

1. A list counts only if its own signature, over all of it, is by one of the given keys; nothing else of it is read.
2. Services that issue certificates for signatures become anchors of signers, services that make timestamps anchors for
   timestamps. Services for websites alone, and of other kinds, are passed over.
3. A service is trusted in the periods in which its status was granted, by its history; a renewed status goes on.
4. What a list says holds until its next update. Afterwards it could not tell a withdrawal; a closed list has no end.
5. Of several lists of one operator only the newest counts: an older one does not know of a withdrawal. One alone may
   be older than what was seen before, which only `numbers.json` can tell. A list from the future is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from .clock import moment, shifted, vietnam_time
from .errors import LimitError, MalformedError, SigningError, VerificationError
from .files import read_file
from .list_numbers import refuse_rolled_back
from .policy import DEFAULT_POLICY, Policy
from .signer import CERTIFICATE_ERRORS, load_certificate
from .trust.chain import Purpose
from .trust.folder import read_certificates
from .trust.periods import Period, Periods, joined
from .trust.store import LISTS, TrustStore
from .xades.document import parse_xml
from .xades.enveloped import verify_enveloped
from .xades.values import decoded, need, only, text, time_of

MAX_LIST_BYTES = 32 * 1024 * 1024  # bytes; the largest of Europe has 6 MB
MAX_LISTS = 100  # in one folder
MAX_SERVICES = 20_000  # in one list
MAX_INSTANCES = 200  # states in the history of one service

_TSL = "{http://uri.etsi.org/02231/v2#}"
_SIE = "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}"
_VERSIONS = frozenset({"5", "6"})
_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/"
_PURPOSES = {
    **dict.fromkeys((f"{_TYPE}CA/QC", f"{_TYPE}CA/PKC", f"{_TYPE}NationalRootCA-QC"), Purpose.SIGNER),
    **dict.fromkeys((f"{_TYPE}TSA", f"{_TYPE}TSA/QTST", f"{_TYPE}TSA/TSS-QC"), Purpose.TSA),
    f"{_TYPE}TSA/TSS-AdESQCandQES": Purpose.TSA,
}
_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
_OLD_STATUS = "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/"
_GRANTED = frozenset(
    {f"{_STATUS}{name}" for name in ("granted", "recognisedatnationallevel", "setbynationallaw")}
    | {
        f"{base}{name}"
        for base in (_STATUS, _OLD_STATUS)
        for name in ("undersupervision", "supervisionincessation", "accredited")
    }
)
_ADDED = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
_FOR_SIGNING, _FOR_WEB = {f"{_ADDED}ForeSignatures", f"{_ADDED}ForeSeals"}, f"{_ADDED}ForWebSiteAuthentication"
_UNDERSTOOD = frozenset(
    {f"{_SIE}Qualifications", f"{_TSL}AdditionalServiceInformation", f"{_TSL}ExpiredCertsRevocationInfo"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One approved service: the certificates that it is known by, and when it was trusted."""

    purpose: Purpose
    certificates: tuple[x509.Certificate, ...]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedList:
    """A verified list. `territory` is its country; `next_update` None for a list that is closed for ever."""

    territory: str
    operator: frozenset[str]
    sequence: int
    issued: datetime
    next_update: datetime | None
    services: tuple[Service, ...]

    def is_older(self, other: TrustedList) -> bool:
        """Whether `other` is a newer list of the same operator, by any of its names, for the same country."""
        same = self.operator == other.operator or bool(self.operator & other.operator)
        return (
            self.territory == other.territory and same and (self.sequence, self.issued) < (other.sequence, other.issued)
        )

    def anchors(self, purpose: Purpose) -> tuple[tuple[x509.Certificate, ...], Periods]:
        """The anchors for `purpose`, and when each may be trusted."""
        fitting = [(c, s) for s in self.services if s.purpose is purpose and s.periods for c in s.certificates]
        known = ((c.fingerprint(SHA256()), period) for c, s in fitting for period in s.periods)
        return tuple(dict.fromkeys(c for c, _ in fitting)), MappingProxyType(joined(known))


def load_trust(path: str | PathLike[str], *, at: datetime | None = None, policy: Policy = DEFAULT_POLICY) -> TrustStore:
    """The trust in `path`: a folder (`TrustStore.load`) with its `lists/`, or one PEM file of signers' anchors.

    Lists are verified at `at`, or now. Raises `UsageError`, `LimitError`, `MalformedError` (`trust.malformed`,
    `trust.list-malformed`) and `VerificationError` (`trust.list-signature`, `.list-future`, `.list-rolled-back`).
    """
    place = Path(path)
    if place.is_file():
        return TrustStore(ca=tuple(read_certificates(place)))
    store = TrustStore.of_folder(place)
    if not (place / LISTS).exists():
        return store
    found = tuple(_read_lists(place / LISTS, moment(at), policy))
    newest = [one for one in found if not any(one.is_older(other) for other in found)]
    refuse_rolled_back(place / LISTS, newest)
    for one in newest:
        store = with_list(store, one)
    return store


def with_list(store: TrustStore, found: TrustedList) -> TrustStore:
    """`store` with the anchors of a list; an anchor that it holds already stays as it is."""
    ca, ca_periods = found.anchors(Purpose.SIGNER)
    tsa, tsa_periods = found.anchors(Purpose.TSA)
    return replace(
        store,
        ca=tuple(dict.fromkeys((*store.ca, *ca))),
        tsa=tuple(dict.fromkeys((*store.tsa, *tsa))),
        ca_periods=_merged(store.ca, store.ca_periods, ca_periods),
        tsa_periods=_merged(store.tsa, store.tsa_periods, tsa_periods),
    )


def _merged(anchors: Iterable[x509.Certificate], known: Periods, more: Periods) -> Periods:
    """A second list adds its periods; what the caller trusts for ever is not limited by a list."""
    always = {c.fingerprint(SHA256()) for c in anchors} - known.keys()
    added = {digest: (*known.get(digest, ()), *periods) for digest, periods in more.items() if digest not in always}
    return MappingProxyType({**known, **added})


def _read_lists(folder: Path, at: datetime, policy: Policy) -> Iterator[TrustedList]:
    try:
        paths = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as e:
        raise MalformedError("trust.malformed", path=folder, why=e.strerror or e) from None
    lists = [p for p in paths if p.suffix.lower() == ".xml"]
    if len(lists) > MAX_LISTS:
        raise LimitError("input.too-large", what=folder, limit=f"{MAX_LISTS} lists")
    keys = [c for p in paths if p.suffix.lower() in {".pem", ".crt", ".cer", ".der"} for c in read_certificates(p)]
    for path in lists:
        xml = read_file(path, max_bytes=MAX_LIST_BYTES)
        yield read_trusted_list(xml, keys, at=at, policy=policy, name=path)


def read_trusted_list(
    xml: bytes,
    certificates: Iterable[x509.Certificate],
    *,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    name: str | PathLike[str] = "-",
) -> TrustedList:
    """The list in `xml`, signed by one of `certificates`; algorithms are judged at `at`, `name` stands in errors.

    Raises `VerificationError` `trust.list-signature`, or `trust.list-future` for one that was issued after `at`;
    `MalformedError` `trust.list-malformed`, `LimitError`.
    """
    try:
        content = verify_enveloped(xml, certificates, at=at, policy=policy).content
    except LimitError:
        raise
    except SigningError as e:
        raise VerificationError("trust.list-signature", path=name, why=e) from None
    try:
        found = _list(parse_xml(content))
    except MalformedError as e:
        raise MalformedError("trust.list-malformed", path=name, why=e.details.get("why", e.code)) from None
    if found.issued > shifted(at, policy.clock_skew):
        raise VerificationError("trust.list-future", path=name, time=vietnam_time(found.issued))
    return found


def _wrong(why: str) -> MalformedError:
    return MalformedError("trust.list-malformed", path="", why=why)


def _time(element: Any) -> datetime:
    found = time_of(element)
    if found is None:
        raise _wrong("a time that is none")
    return found


def _list(root: Any) -> TrustedList:
    if root.tag != f"{_TSL}TrustServiceStatusList":
        raise _wrong("not a TrustServiceStatusList")
    scheme = need(root, f"{_TSL}SchemeInformation")
    version = text(need(scheme, f"{_TSL}TSLVersionIdentifier")).strip()
    if version not in _VERSIONS:
        raise _wrong(f"version {version}")
    sequence = text(need(scheme, f"{_TSL}TSLSequenceNumber")).strip()
    if not (sequence.isascii() and sequence.isdecimal() and len(sequence) < 10):
        raise _wrong("TSLSequenceNumber")
    update = only(need(scheme, f"{_TSL}NextUpdate"), f"{_TSL}dateTime")
    next_update = None if update is None else _time(update)
    found = root.findall(
        f"{_TSL}TrustServiceProviderList/{_TSL}TrustServiceProvider/{_TSL}TSPServices/{_TSL}TSPService"
    )
    if len(found) > MAX_SERVICES:
        raise LimitError("input.too-large", what="trusted list", limit=f"{MAX_SERVICES} services")
    services = (_service(element, next_update) for element in found)
    return TrustedList(
        territory=text(need(scheme, f"{_TSL}SchemeTerritory")).strip(),
        operator=frozenset(text(name).strip() for name in scheme.findall(f"{_TSL}SchemeOperatorName/{_TSL}Name")),
        sequence=int(sequence),
        issued=_time(need(scheme, f"{_TSL}ListIssueDateTime")),
        next_update=next_update,
        services=tuple(service for service in services if service is not None),
    )


def _service(element: Any, until: datetime | None) -> Service | None:
    """One service; None for kinds that make no anchor."""
    now = need(element, f"{_TSL}ServiceInformation")
    kind = _uri(now, "ServiceTypeIdentifier")
    purpose = _PURPOSES.get(kind)
    if purpose is None or not _fits(now):
        return None
    states = [_state(now)]
    history = only(element, f"{_TSL}ServiceHistory")
    instances = [] if history is None else history.findall(f"{_TSL}ServiceHistoryInstance")
    if len(instances) > MAX_INSTANCES:
        raise LimitError("input.too-large", what="trusted list", limit=f"{MAX_INSTANCES} states")
    for old in instances:
        start, granted = _state(old)  # one for another use ends what was before it
        states.append((start, granted and _uri(old, "ServiceTypeIdentifier") == kind and _fits(old)))
    return Service(purpose=purpose, certificates=tuple(_certificates(now)), periods=_periods(states, until))


def _uri(parent: Any, name: str) -> str:
    return text(need(parent, f"{_TSL}{name}")).strip()


def _state(instance: Any) -> tuple[datetime, bool]:
    """When a status began, and whether it grants trust."""
    return _time(need(instance, f"{_TSL}StatusStartingTime")), _uri(instance, "ServiceStatus") in _GRANTED


def _periods(states: list[tuple[datetime, bool]], until: datetime | None) -> tuple[Period, ...]:
    """The periods of granted states; of two that begin together, the one that takes trust away decides."""
    ordered = sorted(states, key=lambda state: (state[0], not state[1]))
    ends = [start for start, _ in ordered[1:]] + [until]
    found: list[Period] = []
    for (start, granted), end in zip(ordered, ends, strict=True):
        if not granted or (end is not None and start >= end):
            continue
        if found and found[-1].end == start:
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(Period(start=start, end=end))
    return tuple(found)


def _fits(instance: Any) -> bool:
    """Whether nothing about a service limits it to other uses, or to conditions that are not understood here."""
    added = set()
    for extension in instance.findall(f"{_TSL}ServiceInformationExtensions/{_TSL}Extension"):
        parts = [part for part in extension if isinstance(part.tag, str)]
        if extension.get("Critical", "false").strip() in {"true", "1"} and any(p.tag not in _UNDERSTOOD for p in parts):
            return False
        for part in parts:
            if part.tag == f"{_TSL}AdditionalServiceInformation":
                added.add(_uri(part, "URI"))
    return _FOR_WEB not in added or bool(added & _FOR_SIGNING)


def _certificates(information: Any) -> Iterator[x509.Certificate]:
    """The certificates of the service's digital identity; one that cannot be read makes no anchor."""
    path = f"{_TSL}ServiceDigitalIdentity/{_TSL}DigitalId/{_TSL}X509Certificate"
    for element in information.findall(path):
        try:
            yield load_certificate(decoded(element))
        except CERTIFICATE_ERRORS:
            continue
