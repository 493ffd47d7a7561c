"""Trust in countries (ICAO 9303-12 §3–§4, §7): country signing certificates, their links, their revocation lists.

A certificate is an anchor because the caller put it here, never because a chip or a list brought it. A certificate that
its own key signed is an anchor; any other is a link (a country's new key, signed by its old one) and counts only below
an anchor.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from ..errors import EidError, IndeterminateError, UsageError, VerificationError
from .certificate import CardCertificate, key_of, scheme_of
from .countries import two_letters
from .crl import Crl
from .csca_files import Skipped, read_folder
from .der import DerError
from .signatures import UnsupportedError, WeakError, check_strength, is_signed, read_scheme

MAX_CERTIFICATES = 4096  # certificates in one store; all countries together have some 700
MAX_LINKS = 4  # link certificates between a document signer and an anchor
MAX_REMEMBERED = 4096  # certificate signatures whose outcome is kept; document signers repeat

_CERT_SIGN, _CRL_SIGN = 0x04, 0x02
_NOBODYS = "CRL: no certificate here signed it"


class Listed(Protocol):
    """What a store takes from a `MasterList`."""

    @property
    def certificates(self) -> tuple[CardCertificate, ...]:
        """The certificates of the list."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Those that cannot be read."""


class CscaStore:
    """Anchors, links and revocation lists, as the caller chose them. Immutable; one store serves many threads.

    `skipped` tells what was given and not used, and why.
    """

    __slots__ = ("_by_key", "_by_name", "_crls", "_remembered", "_waiting", "anchors", "links", "skipped")

    def __init__(
        self,
        certificates: Iterable[CardCertificate | bytes] = (),
        *,
        crls: Iterable[Crl | bytes] = (),
        skipped: Iterable[Skipped] = (),
    ) -> None:
        """Certificates and lists as DER or parsed; unusable ones are skipped. Raises `UsageError` for too many."""
        self.skipped: tuple[Skipped, ...] = tuple(skipped)
        self._remembered: dict[tuple[bytes, bytes], bool] = {}
        usable = list(dict.fromkeys(self._usable(certificates)))
        self.anchors = tuple(c for c in usable if _is_self_signed(c))
        known = set(self.anchors)
        self.links = tuple(c for c in usable if c not in known)
        self._by_key: dict[bytes, list[CardCertificate]] = {}
        self._by_name: dict[object, list[CardCertificate]] = {}
        for certificate in (*self.anchors, *self.links):
            if certificate.subject_key_id is not None:
                self._by_key.setdefault(certificate.subject_key_id, []).append(certificate)
            self._by_name.setdefault(certificate.subject.key, []).append(certificate)
        self._waiting: tuple[Crl, ...] = ()  # lists whose signer is not here, but may be where this store is merged
        self._crls = self._signed_lists(crls)

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> CscaStore:
        """Every certificate and revocation list (DER or PEM) in the files of `folder`, not of folders below it.

        Putting a file there is the decision to trust it. Raises `UsageError` (`input.unreadable`).
        """
        certificates, crls, skipped = read_folder(folder)
        return cls(certificates, crls=crls, skipped=skipped)

    @classmethod
    def from_master_list(cls, master_list: Listed, *, countries: Iterable[str] | None = None) -> CscaStore:
        """The certificates of a list whose publisher the caller trusts for all of `countries` (two letters), or all."""
        wanted = None if countries is None else {country.upper() for country in countries}
        return cls(
            (c for c in master_list.certificates if wanted is None or two_letters(c.country or "") in wanted),
            skipped=master_list.skipped,
        )

    def merged(self, other: CscaStore) -> CscaStore:
        """What either store trusts; a revocation list of the one counts if a certificate of the other signed it."""
        lists = (*self._crls, *other._crls)
        return CscaStore(
            (*self.anchors, *self.links, *other.anchors, *other.links),
            crls=(*(crl for crl, _ in lists), *self._waiting, *other._waiting),
            skipped=(each for each in (*self.skipped, *other.skipped) if each.why != _NOBODYS),
        )

    def __len__(self) -> int:
        return len(self.anchors)

    def __repr__(self) -> str:
        return f"CscaStore({len(self.anchors)} anchors, {len(self.links)} links, {len(self._crls)} lists)"

    # --- used by the rooms that verify -------------------------------------------------------------------------------

    def chain(self, signer: CardCertificate, at: datetime) -> tuple[CardCertificate, ...]:
        """The issuers of `signer`, nearest first; the last one is an anchor, and all are valid `at`.

        Raises `IndeterminateError` (`chip.no-anchor`, `chip.algorithm-unknown`), `VerificationError`
        (`chip.certificate-signature`, `chip.certificate-expired`, `chip.algorithm-weak`).
        """
        try:
            found = self._climb(signer, at, MAX_LINKS)
            if found is None:
                raise self._no_chain(signer)
        except WeakError as e:
            raise VerificationError("chip.algorithm-weak", what="certificate", what_vi="chứng thư", why=e) from None
        except UnsupportedError as e:
            raise IndeterminateError("chip.algorithm-unknown", what="certificate", what_vi="chứng thư", why=e) from None
        except DerError:
            raise VerificationError("chip.certificate-signature", issuer=signer.issuer) from None
        return found

    def _no_chain(self, signer: CardCertificate) -> EidError:
        if self._climb(signer, None, MAX_LINKS) is not None:
            return VerificationError("chip.certificate-expired", which="country (CSCA)", which_vi="quốc gia (CSCA)")
        if signer.authority_key_id is not None and any(
            c.subject_key_id == signer.authority_key_id for c in self.anchors
        ):
            return VerificationError("chip.certificate-signature", issuer=signer.issuer)
        return IndeterminateError("chip.no-anchor", issuer=signer.issuer)

    def check_revocations(self, signer: CardCertificate, issuers: tuple[CardCertificate, ...], at: datetime) -> bool:
        """Whether lists covered the signer and every link of its chain; the anchor is the caller's own decision.

        Raises as `check_revocation` does.
        """
        checked = True
        for certificate, issuer in zip((signer, *issuers[:-1]), issuers, strict=True):
            checked &= self.check_revocation(certificate, issuer, at)  # every one, whatever the one before said
        return checked

    def check_revocation(self, certificate: CardCertificate, issuer: CardCertificate, at: datetime) -> bool:
        """Whether a fresh list of `issuer` says that `certificate` is not revoked; False without any list.

        A revoked certificate is refused whatever the date of its revocation, because what it signed bears no trusted
        time, and whichever key of its issuer signed the list: a country that has a new key disowns with that one.
        Raises `VerificationError` (`chip.revoked`), `IndeterminateError` (`chip.crl-stale`).
        """
        lists = [crl for crl, key in self._crls if key == issuer.key_der]
        named = (crl for crl, _ in self._crls if crl.issuer.key == certificate.issuer.key)
        if any(certificate.serial in crl.serials for crl in (*lists, *named)):
            raise VerificationError("chip.revoked", issuer=certificate.issuer)
        if not lists:
            return False
        newest = max(lists, key=lambda crl: crl.this_update)
        if newest.next_update is None or newest.next_update <= at:
            raise IndeterminateError("chip.crl-stale", issuer=certificate.issuer)
        return True

    def _usable(self, certificates: Iterable[CardCertificate | bytes]) -> Iterator[CardCertificate]:
        skipped = []
        for number, given in enumerate(certificates):
            if number >= MAX_CERTIFICATES:
                raise UsageError("usage.argument", why=f"more than {MAX_CERTIFICATES} certificates")
            try:
                certificate = given if isinstance(given, CardCertificate) else CardCertificate.parse(given)
                why = _unusable(certificate)
            except EidError as e:
                skipped.append(Skipped(f"certificate {number + 1}", e.text))
                continue
            if why is None:
                yield certificate
            else:
                skipped.append(Skipped(str(certificate.subject), why))
        self.skipped += tuple(skipped)

    def _signed_lists(self, crls: Iterable[Crl | bytes]) -> tuple[tuple[Crl, bytes], ...]:
        """Each list with the key (SubjectPublicKeyInfo) that signed it; others are skipped."""
        kept, waiting, skipped = [], [], []
        for number, given in enumerate(crls):
            try:
                crl = given if isinstance(given, Crl) else Crl.parse(given)
            except EidError as e:
                skipped.append(Skipped(f"CRL {number + 1}", e.text))
                continue
            signer = next((c for c in self._by_name.get(crl.issuer.key, ()) if _signed_list(crl, c)), None)
            if signer is None:
                waiting.append(crl)
                skipped.append(Skipped(str(crl.issuer), _NOBODYS))
            else:
                kept.append((crl, signer.key_der))
        self.skipped += tuple(skipped)
        self._waiting = tuple(waiting)
        return tuple(kept)

    def _candidates(self, certificate: CardCertificate) -> list[CardCertificate]:
        """Who may have signed it, by key identifier and by name; anchors stand first."""
        by_key = self._by_key.get(certificate.authority_key_id, []) if certificate.authority_key_id else []
        return list(dict.fromkeys((*by_key, *self._by_name.get(certificate.issuer.key, ()))))

    def _climb(
        self, certificate: CardCertificate, at: datetime | None, links: int
    ) -> tuple[CardCertificate, ...] | None:
        """A way up; what cannot be checked on one way is raised only when there is no other."""
        doubt: DerError | None = None
        for issuer in self._candidates(certificate):
            if at is not None and not issuer.not_before <= at <= issuer.not_after:
                continue
            try:
                if not self._is_signed_by(certificate, issuer):
                    continue
                if issuer in self.anchors:
                    return (issuer,)
                above = self._climb(issuer, at, links - 1) if links else None
            except DerError as e:
                doubt = doubt or e
                continue
            if above is not None:
                return (issuer, *above)
        if doubt is not None:
            raise doubt
        return None

    def _is_signed_by(self, certificate: CardCertificate, issuer: CardCertificate) -> bool:
        """Whether the signature holds, which never changes and so is remembered."""
        pair = certificate.der, issuer.key_der
        known = self._remembered.get(pair)
        if known is None:
            known = is_signed(key_of(issuer), scheme_of(certificate), certificate.signature, certificate.tbs)
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[pair] = known
        return known


def _unusable(certificate: CardCertificate) -> str | None:
    """Why a certificate cannot speak for a country; None if it can."""
    try:
        check_strength(key_of(certificate))
    except DerError as e:
        return str(e)
    may_sign = None if certificate.key_usage is None else bool(certificate.key_usage & _CERT_SIGN)
    if certificate.is_ca is False or (certificate.is_ca is None and may_sign is not True):
        return "not a certificate of an authority"  # some countries state the use of the key alone
    if may_sign is False:
        return "its key may not sign certificates"
    if certificate.critical:
        return f"a critical extension that is not understood: {certificate.critical[0]}"
    return None


def _is_self_signed(certificate: CardCertificate) -> bool:
    """Whether its own key signed it. The signature adds no trust, so where its algorithm is too old to be checked,
    names and key identifiers decide."""
    if certificate.issuer.key != certificate.subject.key:
        return False
    try:
        return is_signed(key_of(certificate), scheme_of(certificate), certificate.signature, certificate.tbs)
    except DerError:
        return certificate.authority_key_id in (None, certificate.subject_key_id)


def _signed_list(crl: Crl, certificate: CardCertificate) -> bool:
    if certificate.key_usage is not None and not certificate.key_usage & _CRL_SIGN:
        return False
    try:
        return is_signed(key_of(certificate), read_scheme(crl.algorithm), crl.signature, crl.tbs)
    except DerError:
        return False
