"""Files of a chip, and the certificates and lists of countries; the chip as a whole, and its active answer."""

from __future__ import annotations

import base64
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from eid.cards import synthetic_pki as pki
from eid.cards.active import ActiveAnswer, read_chip_key
from eid.cards.certificate import CardCertificate
from eid.cards.chip import Chip
from eid.cards.chip_report import report
from eid.cards.crl import Crl
from eid.cards.csca import CscaStore
from eid.cards.der import tlv
from eid.cards.dg2 import read_faces
from eid.cards.dg11 import read_details
from eid.cards.dg13 import read_vietnamese
from eid.cards.dg14 import read_security_infos
from eid.cards.lds import TAGS, Com, read_mrz
from eid.cards.master_list import MasterList
from eid.cards.sod import Sod
from eid.cards.synthetic import SyntheticCountry
from eid.testing import FakeIssuer

from .target import Target

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
PERSON = FakeIssuer(now=NOW).adult
VIETNAM = SyntheticCountry(since=SINCE)
COUNTRY = SyntheticCountry(since=SINCE, key=pki.SigningKey.generate(ec.SECP256R1(), hashes.SHA256()))  # quicker
STORE = COUNTRY.store(crls=[COUNTRY.revocation_list(7, at=NOW)])
SIGNER = COUNTRY.signer()
CARD = SIGNER.card(PERSON)
FILES = CARD.files
GROUPS = {n: FILES[f"DG{n}.bin"] for n in (1, 2, 13, 14, 15)}
NAMES = tlv(0x5C, b"\x5f\x0e\x5f\x10") + tlv(0x5F0E, "Nguyễn Văn A".encode()) + tlv(0x5F10, b"001090123456")
DETAILS = tlv(TAGS[11], NAMES)
FOLDER = tempfile.TemporaryDirectory()
PEM = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(COUNTRY.certificate) + b"-----END CERTIFICATE-----\n"
CHALLENGE = bytes(8)
ANSWER = CARD.answered(CHALLENGE).response
BRAINPOOL = VIETNAM.signer().card(PERSON).files["EF.SOD"]
LIST = COUNTRY.master_list(COUNTRY.certificate, VIETNAM.certificate)


def whole(name: str, data: bytes) -> object:
    """The chip with one file that is anything: the signed hash catches it, unless the file says nothing new."""
    chip = Chip.read({**FILES, name: data})
    return chip.unverified_com, chip.verify(STORE, at=NOW).notices


def signed_again(number: int, data: bytes) -> object:
    """A chip whose signed data group is anything: what stands behind the signature is read."""
    card = SIGNER.write({**GROUPS, number: data}, chip_key=CARD.key)
    found = Chip.read(card.files).verify(STORE, at=NOW)
    return found.person(), found.faces(), found.security_infos(), found.notices, report(found)


def active(response: bytes) -> object:
    answer = ActiveAnswer(challenge=CHALLENGE, response=response)
    return Chip.read(FILES).verify(STORE, at=NOW, answer=answer)


def certificate(data: bytes) -> object:
    found = CardCertificate.parse(data)
    store = CscaStore([data])
    return str(found.subject), store.chain(found, NOW)


def folder(data: bytes) -> object:
    """A folder of anchors with one file that is anything."""
    (Path(FOLDER.name) / "anchor.pem").write_bytes(data)
    return CscaStore.from_folder(FOLDER.name)


TARGETS = (
    Target("sod", Sod.parse, (FILES["EF.SOD"], BRAINPOOL)),
    Target("sod of a chip", lambda data: whole("EF.SOD", data), (FILES["EF.SOD"],)),
    Target("dg1 of a chip", lambda data: signed_again(1, data), (GROUPS[1],)),
    Target("dg13 of a chip", lambda data: signed_again(13, data), (GROUPS[13],)),
    Target("dg2 of a chip", lambda data: signed_again(2, data), (GROUPS[2],)),
    Target("com", Com.parse, (FILES["EF.COM"],)),
    Target("dg1", lambda data: read_mrz(data, at=NOW), (GROUPS[1],)),
    Target("dg2", read_faces, (GROUPS[2],)),
    Target("dg11", read_details, (DETAILS,)),
    Target("dg13", read_vietnamese, (GROUPS[13],)),
    Target("dg14", read_security_infos, (GROUPS[14],)),
    Target("dg15", read_chip_key, (GROUPS[15],)),
    Target("active answer", active, (ANSWER,)),
    Target("certificate", certificate, (COUNTRY.certificate, VIETNAM.certificate, SIGNER.certificate)),
    Target("folder", folder, (COUNTRY.certificate, PEM, COUNTRY.revocation_list(7, at=NOW))),
    Target("crl", Crl.parse, (COUNTRY.revocation_list(1, 2, at=NOW),)),
    Target("master list", MasterList.read_unverified, (LIST,)),
    Target("signed master list", lambda data: MasterList.verify(data, STORE, at=NOW), (LIST,)),
)
