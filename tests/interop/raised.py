"""Signatures raised level by level with `extend`, as an archive does it: B-B → B-T → B-LT → B-LTA → renewed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from judges import Case  # beside this file
from kinds import PASSWORD, kinds
from matrix import CONTENT, services

from signing.cms.cades import extend_detached, sign_detached
from signing.dev.pki import DevPki
from signing.pdf.sign import extend_pdf, sign_pdf
from signing.policy import Baseline

KIND = "raised by extend"
ON = ("plain", "form", "signed-once", "signed-by-pyhanko", "certified", "qpdf-encrypted-r6", "libreoffice-pdfa-1b")
STEPS = (*list(Baseline)[1:], Baseline.B_LTA)  # the last one renews


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Every step of each file in `folder`. `pki` has to be served."""
    folder.mkdir()
    cases = []
    known = kinds(pki)
    for name in ON:
        kind = known[name]
        locked: dict[str, Any] = {"password": (lambda _: PASSWORD) if kind.locked else None}
        pdf = sign_pdf(kind.pdf, pki.signer("clerk"), **kind.options, **locked) or b""
        for number, baseline in enumerate(STEPS):
            pdf = extend_pdf(pdf, **locked, **services(pki, baseline)) or b""
            path = folder / f"{name}-{number}-{baseline}.pdf"
            path.write_bytes(pdf)
            password = PASSWORD if kind.locked else None
            cases.append(Case(path=path, kind=KIND, baseline=baseline, mixed=kind.signed, password=password))
    for name in ("clerk", "official"):
        cms = sign_detached(CONTENT, pki.signer(name))
        for number, baseline in enumerate(STEPS):
            cms = extend_detached(cms, **services(pki, baseline), content=_digest)
            path = folder / f"{name}-{number}-{baseline}.txt.p7s"
            path.write_bytes(cms)
            path.with_suffix("").write_bytes(CONTENT)
            cases.append(Case(path=path, kind=KIND, baseline=baseline))
    return cases


def _digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()
