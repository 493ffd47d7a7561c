"""PDFs of other programs (tests/vectors/pdf): certified by one, signed by another in a field made for them, B-LT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judges import Case  # beside this file
from kinds import PASSWORD, Kind, samples
from matrix import services

from signing.cms.attributes import SignerLocation, SigningDetails
from signing.dev.pki import DevPki
from signing.pdf.request import FieldSpec, Permission
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline

_PLACE = Stamp(page=0, x_mm=10, y_mm=10, width_mm=50, height_mm=20)
_SAID = SigningDetails(location=SignerLocation(country="VN", locality="Hà Nội"))


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Every sample in `folder`. `pki` has to be served."""
    folder.mkdir()
    cases = []
    for name, kind in samples().items():
        path = folder / f"{name}.pdf"
        path.write_bytes(_signed(pki, kind))
        password = PASSWORD if kind.locked else None
        cases.append(Case(path=path, kind=name, baseline=Baseline.B_LT, password=password))
    return cases


def _signed(pki: DevPki, kind: Kind) -> bytes:
    long: dict[str, Any] = {**services(pki, Baseline.B_LT), "password": lambda _: PASSWORD}
    office = FieldSpec(name="Office", place=_PLACE)
    person, clerk = pki.signer("official"), pki.signer("clerk")
    first = sign_pdf(kind.pdf, person, certify=Permission.SIGN, fields=[office], details=_SAID, reason="Thử", **long)
    second = sign_pdf(first or b"", clerk, field="Office", stamp=_PLACE, **long)
    return second or b""
