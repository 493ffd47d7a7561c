"""Audits of containers: dossiers, ASiC-E and ASiC-S, with every entry changed before it is packed, and after."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import MappingProxyType

from signing.asice.container import Container
from signing.audit.judges import Judged
from signing.dossier.statement import DossierRecord, Statement

from ..signing.office import Office
from ..world import make_world
from .signed import VECTORS, audited
from .target import Target

SAMPLES = VECTORS / "xades"
ASICE = tuple((SAMPLES / f"asic-{name}.asice").read_bytes() for name in ("xades-B-B", "timestamp"))
ASICS = tuple((SAMPLES / f"asic-{name}.asics").read_bytes() for name in ("cades-B-LTA", "xades-B-B", "timestamp"))


def _dossier() -> dict[str, bytes]:
    """The files of a dossier of one step."""
    with tempfile.TemporaryDirectory() as folder, make_world(Path(folder)) as world:
        office = Office.make(world, Path(folder), register=False)
        return dict(office.five_steps(office.new(papers={"a.txt": b"a"}), until=1).file.container.files)


FILES = _dossier()
NAMES = [name for name in FILES if name not in ("mimetype", "papers/a.txt")]
STATEMENT = "steps/001-receive.json"
WHOLE = Container(MappingProxyType(FILES)).to_bytes()


def entry(data: bytes) -> Judged:
    """The dossier with one entry, which the first byte chooses, replaced."""
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    return audited("fuzzed.asice", Container(MappingProxyType({**FILES, name: data[1:]})).to_bytes())


TARGETS = (
    Target("dossier", lambda data: audited("fuzzed.asice", data), (WHOLE,)),
    Target("entry", entry, tuple(bytes([n]) + FILES[name] for n, name in enumerate(NAMES))),
    Target("asic-e", lambda data: audited("fuzzed.asice", data), ASICE),
    Target("asic-s", lambda data: audited("fuzzed.asics", data), ASICS),
    Target("record", DossierRecord.parse, (FILES["dossier.json"],)),
    Target("statement", lambda data: Statement.parse(data, STATEMENT), (FILES[STATEMENT],)),
)
