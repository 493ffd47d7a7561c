"""Synthetic chips for tests: a country with its certificates, document signers, and cards of people who do not exist.

    country = SyntheticCountry()
    card = country.signer().card(person)
    Chip.read(card.files).verify(country.store(), answer=card.answered(new_challenge()))

The files are shaped like a Vietnamese card's (ICAO 9303-10; a curve with explicit parameters; data group 13). They
prove nothing to anybody who does not trust this country, and nobody should.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ..person import Person
from . import synthetic_pki as pki
from .active import ActiveAnswer
from .csca import CscaStore
from .der import UTF8, tlv
from .lds import TAGS
from .mrz import check_digit

LIFE = timedelta(days=15 * 365)  # of every synthetic certificate
# the smallest thing that begins and ends like a JPEG picture
PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


class SyntheticCountry:
    """A country signing key and certificate; `code` two letters, `state` the three of machine-readable zones.

    By default as Vietnam's is: brainpoolP512r1 written as explicit parameters, ECDSA with SHA-512.
    """

    def __init__(
        self, code: str = "VN", state: str = "VNM", *, key: pki.SigningKey | None = None, since: datetime | None = None
    ) -> None:
        self.code, self.state = code, state
        self.key = key or pki.SigningKey.generate(ec.BrainpoolP512R1(), hashes.SHA512())
        begin = (since or datetime.now(UTC) - timedelta(days=30)).replace(microsecond=0)
        self.valid = begin, begin + LIFE
        self.name = pki.name(code, f"Synthetic CSCA {code}")
        self.certificate = self.issue(self.key, self.name, pki.authority_extensions(), serial=1)

    def issue(
        self,
        key: pki.SigningKey,
        subject: bytes,
        extensions: Sequence[bytes],
        *,
        serial: int,
        valid: tuple[datetime, datetime] | None = None,
    ) -> bytes:
        """A certificate of this country for any key, name and extensions."""
        return pki.certificate(
            subject=subject,
            issuer=self.name,
            key=key,
            signer=self.key,
            serial=serial,
            valid=valid or self.valid,
            extensions=extensions,
        )

    def link(self, successor: SyntheticCountry) -> bytes:
        """The link certificate that carries trust from this country's key to its successor's."""
        return self.issue(successor.key, successor.name, pki.authority_extensions(), serial=2)

    def signer(self, key: pki.SigningKey | None = None, *, serial: int = 100) -> SyntheticSigner:
        """A document signer; P-256 unless another key is given."""
        key = key or pki.SigningKey.generate(ec.SECP256R1())
        subject = pki.name(self.code, f"Synthetic document signer {serial}")
        certificate = self.issue(key, subject, pki.signer_extensions(), serial=serial)
        return SyntheticSigner(country=self, key=key, certificate=certificate, serial=serial)

    def revocation_list(self, *serials: int, at: datetime | None = None) -> bytes:
        """A list valid for ninety days from `at` (now)."""
        begin = at or datetime.now(UTC)
        return pki.revocation_list(
            issuer=self.name,
            signer=self.key,
            serials=serials,
            this_update=begin,
            next_update=begin + timedelta(days=90),
        )

    def master_list(self, *certificates: bytes) -> bytes:
        """A master list of `certificates`, signed by a list signer of this country."""
        key = pki.SigningKey.generate(ec.SECP256R1())
        signer = self.issue(key, pki.name(self.code, "Synthetic list signer"), pki.list_signer_extensions(), serial=50)
        return pki.signed_data(
            content_type="2.23.136.1.1.2",
            content=pki.sequence(pki.integer(0), pki.set_of(*certificates)),
            key=key,
            certificates=[signer, self.certificate],
            signer_id=tlv(0x80, key.key_id),
        )

    def store(self, **options: Sequence[bytes]) -> CscaStore:
        """A store that trusts this country alone; `crls` as for `CscaStore`."""
        return CscaStore([self.certificate], crls=options.get("crls", ()))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SyntheticSigner:
    """A document signer: what signs the hashes of chips."""

    country: SyntheticCountry
    key: pki.SigningKey
    certificate: bytes
    serial: int

    @property
    def signer_id(self) -> bytes:
        """IssuerAndSerialNumber."""
        return pki.sequence(self.country.name, pki.integer(self.serial))

    def card(
        self,
        person: Person,
        *,
        chip_key: pki.SigningKey | None = None,
        picture: bytes = PICTURE,
        expires: date | None = None,
        version: int = 0,
    ) -> SyntheticCard:
        """A card of `person` with COM, SOD and data groups 1, 2, 13, 14 and 15."""
        chip_key = chip_key or pki.SigningKey.generate(ec.SECP256R1())
        day = expires or person.card_expires or (self.country.valid[0] + timedelta(days=3650)).date()
        groups = {
            1: tlv(TAGS[1], tlv(0x5F1F, zone(person, self.country.state, day).encode())),
            2: face_file(picture),
            13: details_file(person, day),
            14: tlv(TAGS[14], pki.set_of(_active_info(chip_key))),
            15: tlv(TAGS[15], chip_key.spki),
        }
        return self.write(groups, chip_key=chip_key, version=version)

    def write(self, groups: Mapping[int, bytes], *, chip_key: pki.SigningKey, version: int = 0) -> SyntheticCard:
        """A card of any data groups."""
        tags = bytes(TAGS[number] for number in groups)
        com = tlv(0x60, tlv(0x5F01, b"0107"), tlv(0x5F36, b"040000"), tlv(0x5C, tags))
        files = {"EF.COM": com, "EF.SOD": self.sod(groups, version=version)}
        return SyntheticCard(files=files | {f"DG{n}.bin": data for n, data in groups.items()}, key=chip_key)

    def sod(self, groups: Mapping[int, bytes], *, version: int = 0, **changes: Sequence[bytes]) -> bytes:
        """EF.SOD over `groups`; `attributes` or `certificates` in place of the right ones."""
        return tlv(
            0x77,
            pki.signed_data(
                content_type="2.23.136.1.1.1",
                content=security_object(groups, self.key.digest, version),
                key=self.key,
                certificates=changes.get("certificates", [self.certificate]),
                signer_id=self.signer_id,
                attributes=changes.get("attributes"),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SyntheticCard:
    """The files of a chip by name, and the key that stays inside."""

    files: dict[str, bytes]
    key: pki.SigningKey

    def answered(self, challenge: bytes) -> ActiveAnswer:
        """The chip's answer to a challenge of eight bytes (ICAO 9303-11 §6.1)."""
        private = self.key.private
        if isinstance(private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(private.sign(challenge, ec.ECDSA(self.key.digest)))
            size = (private.curve.key_size + 7) // 8
            return ActiveAnswer(challenge=challenge, response=r.to_bytes(size, "big") + s.to_bytes(size, "big"))
        numbers = private.private_numbers()
        size = private.key_size // 8
        block = int.from_bytes(recoverable(challenge, size, self.key.digest.name), "big")
        response = pow(block, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
        return ActiveAnswer(challenge=challenge, response=response)


_TRAILERS = {
    "sha1": b"\xbc",
    "sha256": b"\x34\xcc",
    "sha512": b"\x35\xcc",
    "sha384": b"\x36\xcc",
    "sha224": b"\x38\xcc",
}


def recoverable(challenge: bytes, size: int, digest: str) -> bytes:
    """The block of `size` bytes that ISO/IEC 9796-2 scheme 1 signs over a random number and `challenge`."""
    trailer = _TRAILERS[digest]
    own = secrets.token_bytes(size - 1 - hashlib.new(digest).digest_size - len(trailer))
    return b"\x6a" + own + hashlib.new(digest, own + challenge).digest() + trailer


def security_object(groups: Mapping[int, bytes], digest: hashes.HashAlgorithm, version: int = 0) -> bytes:
    """LDSSecurityObject over `groups`."""
    listed = [
        pki.sequence(pki.integer(number), pki.octets(hashlib.new(digest.name, data).digest()))
        for number, data in groups.items()
    ]
    versions = pki.sequence(tlv(0x13, b"0108"), tlv(0x13, b"040000")) if version else b""
    return pki.sequence(pki.integer(version), pki.digest_algorithm(digest), pki.sequence(*listed), versions)


def zone(person: Person, state: str, expires: date) -> str:
    """The ninety characters of a card's machine-readable zone (TD1), the number where Vietnam has it."""
    number = person.number.value
    upper = _checked(number[3:]) + f"{number}".ljust(15, "<")
    birth, until = _checked(f"{person.birth_date:%y%m%d}"), _checked(f"{expires:%y%m%d}")
    sex = "F" if person.sex.value == "female" else "M"
    composite = check_digit(upper + birth + until + "<" * 11)
    middle = f"{birth}{sex}{until}{state:<<3}{'<' * 11}{composite}"
    surname, _, given = _plain(person.full_name).partition(" ")
    return f"ID{state:<<3}{upper}{middle}" + f"{surname}<<{given.replace(' ', '<')}"[:30].ljust(30, "<")


def _checked(field: str) -> str:
    return field + check_digit(field)


def _plain(name: str) -> str:
    """Capitals without diacritics."""
    letters = unicodedata.normalize("NFD", name.upper().replace("Đ", "D"))
    return "".join(letter for letter in letters if letter == " " or "A" <= letter <= "Z")


def face_file(picture: bytes, *, width_px: int = 480, height_px: int = 640) -> bytes:
    """Data group 2 with one ISO/IEC 19794-5 record around `picture`."""
    image = struct.pack(">BBHHBBHH", 1, 0, width_px, height_px, 1, 2, 0, 0) + picture
    face = struct.pack(">IH14x", 20 + len(image), 0) + image
    record = b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(face), 1) + face
    template = tlv(0x7F60, tlv(0xA1, tlv(0x87, b"\x01\x01"), tlv(0x88, b"\x00\x08")), tlv(0x5F2E, record))
    return tlv(TAGS[2], tlv(0x7F61, pki.integer(1), template))


def details_file(person: Person, expires: date) -> bytes:
    """Data group 13 as Vietnamese cards have it."""
    texts = {
        1: person.number.value,
        2: person.full_name,
        3: f"{person.birth_date:%d/%m/%Y}",
        4: person.sex.vietnamese,
        5: "Việt Nam",
        6: "Kinh",
        7: "Không",
        8: person.place_of_origin,
        9: person.residence,
        11: f"{person.card_issued:%d/%m/%Y}" if person.card_issued else None,
        12: f"{expires:%d/%m/%Y}",
        15: person.old_number,
        16: "0123456789ABCDEF",
    }
    fields = [
        pki.sequence(pki.integer(number), tlv(UTF8, text.encode()))
        for number, text in texts.items()
        if text is not None
    ]
    parents = pki.sequence(*(tlv(UTF8, name.encode()) for name in ("Nguyễn Văn Cha", "Trần Thị Mẹ")))
    fields.append(pki.sequence(pki.integer(13), parents))
    coding = pki.identifier("1.0.10646.1.0.8")
    return tlv(TAGS[13], pki.sequence(pki.integer(1), coding, pki.set_of(*fields)))


def _active_info(key: pki.SigningKey) -> bytes:
    plain = {"sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}[key.digest.name]
    signature = pki.identifier(f"0.4.0.127.0.7.1.1.4.1.{plain}")
    return pki.sequence(pki.identifier("2.23.136.1.1.5"), pki.integer(1), signature)
