"""Dossier codes (mã số hồ sơ): one tolerant parser for the grammars in force at different times.

    TT 01/2018/TT-VPCP Đ19       000.00.19.H26-220314-0001    agency code of QCVN 102:2016, reversed
    QĐ 20/2020/QĐ-TTg            H26.19-261121-0001           agency code from the left
    TT 4/2025/TT-VPCP Đ23        H26.19-261121-150001         number led by two digits of the central body
    seen at vendors              G09.20-20260609-0092637      eight-digit date

The date is the day of receiving in Vietnam; the number restarts daily and has at least four digits. What is unusual
gives a warning, not a refusal: codes of other systems must be readable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from ..errors import MalformedError
from ..messages.reasons import why
from ..report import Finding

MAX_CODE_CHARS = 64
MAX_OFFICE_CHARS = 35  # QĐ 20/2020 Đ4
_CODE = re.compile(r"(?P<office>[0-9A-Z]+(?:\.[0-9A-Z]+)*)-(?P<date>[0-9]{6}|[0-9]{8})-(?P<number>[0-9]{4,12})")
_OLD_OFFICE = re.compile(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}")
_NEW_OFFICE = re.compile(r"[A-Y][0-9]{2}(?:\.[0-9A-Z]+)*|Z[0-9]{2}[0-9A-Z.]+")


@dataclass(frozen=True, slots=True)
class DossierCode:
    """A dossier code and its parts; `office` is in today's order whatever the grammar was."""

    text: str
    office: str
    received: date
    number: str

    @classmethod
    def parse(cls, text: str) -> DossierCode:
        """Read a code of any grammar. Raises `MalformedError` (`dossier.code`)."""
        match = _CODE.fullmatch(text) if len(text) <= MAX_CODE_CHARS else None
        if match is None:
            raise MalformedError("dossier.code", got=text, **why("code-parts"))
        day = match["date"]
        try:
            received = datetime.strptime(day, "%y%m%d" if len(day) == 6 else "%Y%m%d").date()  # noqa: DTZ007
        except ValueError:
            raise MalformedError("dossier.code", got=text, **why("code-date", day=day)) from None
        return cls(text, today_office(match["office"]), received, match["number"])

    def __str__(self) -> str:
        return self.text

    def warnings(self) -> tuple[Finding, ...]:
        """What is unusual about the code."""
        office = self.text.partition("-")[0]
        unusual = []
        if len(office) > MAX_OFFICE_CHARS:
            unusual.append(why("office-length", most=MAX_OFFICE_CHARS))
        if not (_OLD_OFFICE.fullmatch(office) or _NEW_OFFICE.fullmatch(office)):
            unusual.append(why("office-form", office=office))
        if len(self.text.split("-")[1]) == 8:
            unusual.append(why("date-digits"))
        return tuple(Finding.of("dossier.code-style", got=self.text, **reason) for reason in unusual)


def today_office(office: str) -> str:
    """An agency code in today's order (QĐ 20/2020): `000.00.19.H26` becomes `H26.19`; others stay as they are."""
    if not _OLD_OFFICE.fullmatch(office):
        return office
    return ".".join(group for group in reversed(office.split(".")) if group.strip("0"))
