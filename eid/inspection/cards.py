"""Layers of cards: QR code, machine-readable zone (ICAO 9303-3), files of the chip (ICAO 9303-10), certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..cards.active import read_chip_key
from ..cards.card_qr import CardQR
from ..cards.certificate import CardCertificate
from ..cards.crl import Crl
from ..cards.der import DerError, only
from ..cards.dg2 import read_faces
from ..cards.dg11 import read_details
from ..cards.dg13 import read_vietnamese
from ..cards.dg14 import read_security_infos
from ..cards.lds import TAGS, Com, read_mrz
from ..cards.master_list import MasterList
from ..cards.mrz import Mrz
from ..cards.sod import TAG as SOD_TAG
from ..cards.sod import Sod
from ..errors import EidError
from ..notice import notice
from ..number import PersonalNumber
from .layer import Inspection, Reader, build, mask, problem_of

COM_TAG = 0x60
_GROUPS = {tag: number for number, tag in TAGS.items()}
_MAX_CERTIFICATES = 64  # layers shown of a list; it may hold some hundred


def card_qr(text: str, *, show_numbers: bool) -> Inspection:
    """The text of a card's QR code, which nobody signed."""
    card: CardQR | None = None

    def read() -> Mapping[str, Any]:
        nonlocal card
        card = CardQR.parse(text)
        tail = card.tail if show_numbers else ["…" if each else "" for each in card.tail]
        return {
            "form": int(card.form),
            "number": card.number.value,
            "old_number": card.old_number,
            "full_name": card.full_name,
            "birth_date": card.birth_date,
            "sex": card.sex.value,
            "residence": card.residence,
            "issued": card.issued,
            "tail": list(tail),
            "repaired": card.repaired,
        }

    readers: dict[str, Reader] = {
        "card": read,
        "signed": lambda: CardQR.signed,
        "warnings": lambda: [] if card is None else [each.code for each in card.warnings],
    }
    return build(notice("inspect.card-qr"), readers, show_numbers=show_numbers)


def mrz(text: str, *, show_numbers: bool) -> Inspection:
    """A machine-readable zone whose check digits hold."""
    return build(
        notice("inspect.mrz"), {"zone": lambda: _zone(Mrz.parse(text), show_numbers)}, show_numbers=show_numbers
    )


def _zone(zone: Mrz, show_numbers: bool) -> dict[str, Any]:
    optional = zone.optional_data if show_numbers else [mask(each) for each in zone.optional_data]
    return {
        "format": zone.format.value,
        "document_code": zone.document_code,
        "issuing_state": zone.issuing_state,
        "document_number": zone.document_number,
        "nationality": zone.nationality,
        "name": zone.full_name,
        "birth": zone.birth_date or zone.birth_text,
        "sex": None if zone.sex is None else zone.sex.value,
        "expires": zone.expires,
        "optional_data": list(optional),
    }


def number(text: str, *, show_numbers: bool) -> Inspection:
    """A personal number: what its digits say, if a citizen has it."""

    def read() -> Mapping[str, Any]:
        parts = PersonalNumber.parse(text)
        facts = {"number": text, "place": parts.place, "sex": parts.sex.value, "birth_year": parts.birth_year}
        return {name: value for name, value in facts.items() if value is not None}

    return build(notice("inspect.number"), {"says": read}, show_numbers=show_numbers)


def chip_file(data: bytes, *, show_numbers: bool) -> Inspection | None:
    """A file of a chip, by its tag; None for bytes that are not one whole element of such a tag."""
    tag = data[0] if data else 0
    if tag not in (SOD_TAG, COM_TAG) and tag not in _GROUPS:
        return None
    try:
        only(data, tag)
    except DerError:
        return None
    if tag == SOD_TAG:
        return _sod(data, show_numbers=show_numbers)
    if tag == COM_TAG:
        name, inside = "EF.COM", {"com": lambda: _present(Com.parse(data))}
    else:
        group = _GROUPS[tag]
        name, inside = f"DG{group}", _group_readers(group, data, show_numbers)
    readers: dict[str, Reader] = {"bytes": lambda: len(data), **inside}
    return build(notice("inspect.chip-file", file=name), readers, show_numbers=show_numbers)


def _group_readers(group: int, data: bytes, show_numbers: bool) -> dict[str, Reader]:
    readers: dict[int, dict[str, Callable[[], Any]]] = {
        1: {"zone": lambda: _zone(read_mrz(data), show_numbers)},
        2: {"faces": lambda: [[f.media_type, f.width_px, f.height_px, len(f.data)] for f in read_faces(data)]},
        11: {"details": lambda: _present(read_details(data))},
        13: {"fields": lambda: {str(n): list(texts) for n, texts in read_vietnamese(data).fields.items()}},
        14: {"protocols": lambda: list(read_security_infos(data).protocols)},
        15: {"key": lambda: _key(data)},
    }
    return dict(readers.get(group, {}))


def _present(details: Any) -> dict[str, Any]:
    """The fields of a value that are there."""
    values = {name: getattr(details, name) for name in type(details).__dataclass_fields__}
    return {name: value for name, value in values.items() if value not in (None, ())}


def _key(data: bytes) -> str:
    key = read_chip_key(data)
    return f"{type(key).__name__.removeprefix('_').removesuffix('PublicKey')}, {key.key_size} bits"


def _sod(data: bytes, *, show_numbers: bool) -> Inspection:
    title = notice("inspect.chip-file", file="EF.SOD")
    try:
        sod = Sod.parse(data)
    except EidError as e:
        return Inspection(title=title, facts={"bytes": len(data)}, problem=problem_of(e))
    readers: dict[str, Reader] = {
        "bytes": lambda: len(data),
        "hash": lambda: sod.hash_algorithm().name,
        "hashes": lambda: {f"DG{n}": value.hex() for n, value in sorted(sod.hashes.items())},
        "lds_version": lambda: sod.lds_version,
    }
    layers = tuple(certificate(each, show_numbers=show_numbers) for each in sod.signed.certificates[:_MAX_CERTIFICATES])
    return build(title, readers, layers, show_numbers=show_numbers)


def certificate(der: bytes, *, show_numbers: bool) -> Inspection:
    """A certificate of a country or of a document signer."""
    try:
        found = CardCertificate.parse(der)
    except EidError as e:
        return Inspection(title=notice("inspect.certificate"), problem=problem_of(e))
    return _certificate_layer(found, show_numbers)


def _certificate_layer(found: CardCertificate, show_numbers: bool) -> Inspection:
    return build(notice("inspect.certificate"), {"certificate": lambda: _certificate(found)}, show_numbers=show_numbers)


def _certificate(found: CardCertificate) -> dict[str, Any]:
    return {
        "subject": str(found.subject),
        "issuer": str(found.issuer),
        "serial": f"{found.serial:x}",
        "not_before": found.not_before,
        "not_after": found.not_after,
        "authority": bool(found.is_ca),
        "sha256": found.fingerprint,
    }


def der(data: bytes, *, show_numbers: bool) -> Inspection | None:
    """A certificate, a revocation list or a master list; None for other DER."""
    for read in (_whole_certificate, _revocation_list, _master_list):
        try:
            return read(data, show_numbers)
        except EidError:
            continue
    return None


def _whole_certificate(data: bytes, show_numbers: bool) -> Inspection:
    CardCertificate.parse(data)
    return certificate(data, show_numbers=show_numbers)


def _revocation_list(data: bytes, show_numbers: bool) -> Inspection:
    found = Crl.parse(data)
    facts = {
        "issuer": str(found.issuer),
        "this_update": found.this_update,
        "next_update": found.next_update,
        "revoked": len(found.serials),
    }
    return build(notice("inspect.crl"), {"list": lambda: facts}, show_numbers=show_numbers)


def _master_list(data: bytes, show_numbers: bool) -> Inspection:
    found = MasterList.read_unverified(data)
    layers = tuple(_certificate_layer(each, show_numbers) for each in found.certificates[:_MAX_CERTIFICATES])
    readers: dict[str, Reader] = {
        "certificates": lambda: len(found.certificates),
        "unreadable": lambda: len(found.skipped),
    }
    return build(notice("inspect.master-list"), readers, layers, show_numbers=show_numbers)
