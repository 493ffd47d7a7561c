"""One synthetic country shaped like Vietnam, one document signer, one card; and how an attacker changes its files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from eid import Chip, ChipResult, CscaStore, EidError, Person
from eid.cards.synthetic import SyntheticCountry, SyntheticSigner
from eid.cards.synthetic_pki import SigningKey

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SINCE = AT - timedelta(days=400)
PERSON = Person(
    number="001190654321",
    full_name="Trần Thị Kiểm Thử",
    birth_date=date(1990, 5, 17),
    sex="female",
    residence="Số 1, phường Cửa Nam, Hà Nội",
    place_of_origin="Hà Nội",
    old_number="012345678",
    card_issued=date(2025, 3, 1),
    card_expires=date(2030, 5, 17),
)
COUNTRY = SyntheticCountry(since=SINCE)
SIGNER = COUNTRY.signer()
CARD = SIGNER.card(PERSON)
STORE = COUNTRY.store()
OTHER = SyntheticCountry("DE", "D", key=SigningKey.generate(ec.BrainpoolP384R1()), since=SINCE)


def verify(files: dict[str, bytes] | None = None, store: CscaStore = STORE, **options: Any) -> ChipResult:
    return Chip.read(CARD.files if files is None else files).verify(store, **({"at": AT} | options))


def groups(files: dict[str, bytes] = CARD.files) -> dict[int, bytes]:
    """The data groups of a card by number."""
    return {int(name[2:-4]): data for name, data in files.items() if name.startswith("DG")}


def changed(**files: bytes | None) -> dict[str, bytes]:
    """The card's files with some replaced, or removed for None; `EF_SOD` stands for EF.SOD, `DG1` for DG1.bin."""
    named = {("EF.SOD" if name == "EF_SOD" else f"{name}.bin"): data for name, data in files.items()}
    return {name: data for name, data in {**CARD.files, **named}.items() if data is not None}


def resigned(signer: SyntheticSigner = SIGNER, **changes: Any) -> dict[str, bytes]:
    """The card's data groups under an EF.SOD made anew by `signer`."""
    return changed(EF_SOD=signer.sod(groups(), **changes))


def refused_by_type(kind: type[EidError], code: str, *args: Any, **options: Any) -> EidError:
    """The refusal of a chip, which must be of this kind and code."""
    with pytest.raises(kind) as caught:
        verify(*args, **options)
    assert caught.value.code == code
    return caught.value
