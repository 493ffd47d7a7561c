"""Dossiers kept for long: an archive manifest with its timestamp, and one renewed."""

from __future__ import annotations

from pathlib import Path

from judges import Case  # beside this file

from signing.dev.pki import DevPki
from signing.policy import Baseline
from tests.signing.office import Office
from tests.world import World


def make(pki: DevPki, folder: Path) -> list[Case]:
    """One dossier of two steps at B-LTA, and the same renewed; no register is asked, so only EU DSS is."""
    folder.mkdir(parents=True, exist_ok=True)
    office = Office.make(World(pki=pki), folder, register=False)
    cases = []
    dossier = office.five_steps(office.new(name="working.asice"), until=2)
    for name in ("archived", "renewed"):
        dossier = dossier.extend(Baseline.B_LTA, collect=pki.collect)
        path = folder / f"{name}.asice"
        path.write_bytes(dossier.file.container.to_bytes())
        cases.append(Case(path=path, kind="dossiers kept for long", baseline=Baseline.B_LTA, judges=("EU DSS", "own")))
    (folder / "working.asice").unlink()
    return cases
