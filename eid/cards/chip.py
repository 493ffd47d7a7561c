"""The chip of a card or passport (ICAO 9303-10 and -11): passive authentication, and active on top of it.

`Chip.verify` is one numbered list of checks:

1. EF.SOD and data group 1 are there and can be read;
2. the document signer's signature over the hashes holds, by the algorithm that its SignerInfo names;
3. the document signer's certificate is for signing documents and valid;
4. country signing certificates that the caller trusts stand above it, by signature (no anchor: could not tell);
5. the country has not revoked it, where a revocation list was given;
6. every data group given is listed, and its hash is the listed one;
7. the country in the machine-readable zone is that of both certificates;
8. if the caller challenged the chip: its answer holds with the key in data group 15, which 1 to 7 have just bound.

1 to 7 prove the data, not the chip: files can be copied. 8 shows that the chip is not a copy. Chip authentication,
which shows the same, needs a live session with the chip and is not offered.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..clock import moment, seconds
from ..errors import IndeterminateError, MalformedError, VerificationError
from ..notice import Notice, notice
from ..person import Person
from .active import ActiveAnswer, check_answer, read_chip_key
from .certificate import CardCertificate
from .cms import hasher
from .countries import two_letters
from .csca import CscaStore
from .dg2 import FaceImage, read_faces
from .dg11 import PersonalDetails, read_details
from .dg13 import VietnameseDetails, read_vietnamese
from .dg14 import SecurityInfos, read_security_infos
from .holder_data import mismatches, person_of
from .lds import COM, SOD, TAGS, Com, read_files, read_mrz
from .mrz import Mrz
from .sod import Sod

_DIGITAL_SIGNATURE = 0x80
_GROUPS = {f"DG{number}": number for number in TAGS}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChipResult:
    """What a chip proves. `groups` are the files of its data groups, each equal to its signed hash.

    `active` says whether the chip answered a challenge; without it the data is genuine and may sit on a copy.
    `revocation_checked` says whether a fresh revocation list covered the whole chain. `repr` shows no person.
    """

    mrz: Mrz
    groups: Mapping[int, bytes]
    listed: tuple[int, ...]
    document_signer: CardCertificate
    issuers: tuple[CardCertificate, ...]
    active: bool
    revocation_checked: bool
    checked_at: datetime

    @property
    def anchor(self) -> CardCertificate:
        """The country signing certificate that the caller trusts."""
        return self.issuers[-1]

    @property
    def country(self) -> str:
        """Two letters, also where the certificate has three."""
        return two_letters(self.anchor.country or "") or ""

    @property
    def expired(self) -> bool:
        """Whether the document's own last day was over when it was checked; its data is genuine all the same."""
        return self.mrz.expires is not None and self.mrz.expires < self.checked_at.date()

    @property
    def proves(self) -> tuple[Notice, ...]:
        """What was shown: `chip.genuine`, and `chip.not-copied` if the chip was challenged."""
        genuine = notice("chip.genuine", country=self.country)
        return (genuine, notice("chip.not-copied")) if self.active else (genuine,)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What to know before relying on it: `chip.copy-possible`, `chip.revocation-unchecked`,
        `chip.document-expired`, `chip.fields-differ`; `chip.malformed` for a data group 13 of another structure."""
        found = [
            (not self.active, notice("chip.copy-possible")),
            (not self.revocation_checked, notice("chip.revocation-unchecked")),
            (self.expired, notice("chip.document-expired")),
        ]
        try:
            found.append((bool(self.mismatches), notice("chip.fields-differ")))
        except MalformedError as e:
            found.append((True, Notice(e.code, e.text, e.text_vi)))
        return tuple(remark for holds, remark in found if holds)

    def person(self) -> Person:
        """The holder: data group 13 where there is one, else the machine-readable zone (no diacritics there).

        Raises `MalformedError`: `chip.person` when a field that a person needs is missing, `chip.malformed`.
        """
        return person_of(self.mrz, self.vietnamese(), self.details())

    @property
    def mismatches(self) -> tuple[str, ...]:
        """Fields of data group 13 that contradict the machine-readable zone; both are signed."""
        return mismatches(self.mrz, self.vietnamese())

    def faces(self) -> tuple[FaceImage, ...]:
        """The pictures of data group 2; none without it. Raises `MalformedError` (`chip.malformed`, `chip.face`)."""
        return read_faces(self.groups[2]) if 2 in self.groups else ()

    def details(self) -> PersonalDetails | None:
        """Data group 11. Raises `MalformedError` (`chip.malformed`)."""
        return read_details(self.groups[11]) if 11 in self.groups else None

    def vietnamese(self) -> VietnameseDetails | None:
        """Data group 13 of Vietnamese cards; None for other countries, whose own it is."""
        return read_vietnamese(self.groups[13]) if 13 in self.groups and self.country == "VN" else None

    def security_infos(self) -> SecurityInfos | None:
        """Data group 14. Raises `MalformedError` (`chip.malformed`)."""
        return read_security_infos(self.groups[14]) if 14 in self.groups else None

    def __repr__(self) -> str:
        return f"ChipResult({self.country}, {self.mrz.format}, active={self.active})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Chip:
    """The files of a chip as somebody read them. Nothing in them is proven before `verify`."""

    unverified_files: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, source: str | os.PathLike[str] | Mapping[str, bytes]) -> Chip:
        """The files in a folder, or names and bytes: EF.SOD, EF.COM, DG1 … DG16 in the usual spellings.

        Raises `UsageError` (`input.unreadable`), `LimitError` (`chip.too-large`), `MalformedError` (`chip.file-twice`).
        """
        return cls(unverified_files=read_files(source))

    @property
    def unverified_com(self) -> Com | None:
        """EF.COM, which nothing ever signs. Raises `MalformedError` (`chip.malformed`)."""
        data = self.unverified_files.get(COM)
        return None if data is None else Com.parse(data)

    def verify(self, store: CscaStore, *, at: datetime | None = None, answer: ActiveAnswer | None = None) -> ChipResult:
        """Every check above, `at` a time (now) that certificates and lists are asked about.

        Raises `MalformedError` (`chip.file-missing`, `chip.malformed`, `csca.malformed`, `mrz.…`), `VerificationError`
        (`chip.digest`, `chip.signature`, `chip.certificate-…`, `chip.revoked`, `chip.group-unlisted`,
        `chip.group-changed`, `chip.country`, `chip.active-failed`, `chip.algorithm-weak`), `IndeterminateError`
        (`chip.no-signer`, `chip.no-anchor`, `chip.crl-stale`, `chip.algorithm-unknown`, `chip.active-…`).
        """
        now = moment(seconds(at))
        sod = Sod.parse(self._file(SOD))  # 1
        first = self._file("DG1")
        signer = sod.check_signature()  # 2
        _check_document_signer(signer, now)  # 3
        issuers = store.chain(signer, now)  # 4
        revocation_checked = store.check_revocations(signer, issuers, now)  # 5
        groups = self._groups()
        _check_hashes(sod, groups)  # 6
        mrz = read_mrz(first, at=now)
        _check_country(mrz, signer, issuers[-1])  # 7
        if answer is not None:  # 8
            _check_active(groups, answer)
        return ChipResult(
            mrz=mrz,
            groups=groups,
            listed=tuple(sorted(sod.hashes)),
            document_signer=signer,
            issuers=issuers,
            active=answer is not None,
            revocation_checked=revocation_checked,
            checked_at=now,
        )

    def _file(self, name: str) -> bytes:
        if name not in self.unverified_files:
            raise MalformedError("chip.file-missing", file=name)
        return self.unverified_files[name]

    def _groups(self) -> dict[int, bytes]:
        return {_GROUPS[name]: data for name, data in self.unverified_files.items() if name in _GROUPS}

    def __repr__(self) -> str:
        return f"Chip({', '.join(sorted(self.unverified_files))})"


def _check_document_signer(signer: CardCertificate, at: datetime) -> None:
    """ICAO 9303-12 §7.1.1: not an authority, for signatures, without an extended use (those are of list signers)."""
    forbidden = signer.is_ca or signer.extended_key_usage or signer.critical
    if forbidden or (signer.key_usage is not None and not signer.key_usage & _DIGITAL_SIGNATURE):
        raise VerificationError("chip.certificate-use", what="EF.SOD", what_vi="EF.SOD")
    if not signer.not_before <= at <= signer.not_after:
        raise VerificationError("chip.certificate-expired", which="document signer", which_vi="bên ký giấy tờ")


def _check_hashes(sod: Sod, groups: Mapping[int, bytes]) -> None:
    hashed = hasher(sod.hash_algorithm())
    for number, data in groups.items():
        expected = sod.hashes.get(number)
        if expected is None:
            raise VerificationError("chip.group-unlisted", number=number)
        if hashed(data).digest() != expected:
            raise VerificationError("chip.group-changed", number=number)


def _check_country(mrz: Mrz, signer: CardCertificate, anchor: CardCertificate) -> None:
    stated = two_letters(mrz.issuing_state)
    certified = {two_letters(country) if country else None for country in (signer.country, anchor.country)}
    if stated is None or certified != {stated}:
        raise VerificationError("chip.country", state=mrz.issuing_state, country=anchor.country or "-")


def _check_active(groups: Mapping[int, bytes], answer: ActiveAnswer) -> None:
    if 15 not in groups:
        raise IndeterminateError("chip.active-unsupported")
    infos = read_security_infos(groups[14]) if 14 in groups else None
    check_answer(read_chip_key(groups[15]), infos, answer)
