"""Folders of small documents of every verdict, and what tests compare of their Reports."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signing.cms.multi import sign_attached
from signing.policy import Baseline
from signing.report import Report
from signing.trust.store import TrustStore

from ..world import World

VARIES = {"elapsed_ms", "validated_at"}  # from run to run


@dataclass(frozen=True)
class Folder:
    """`path` holds `count` documents: of ten, seven are valid, one forged, one cut short, one not signed."""

    path: Path
    count: int
    trust: TrustStore


def make_folder(path: Path, world: World, count: int) -> Folder:
    """Copies of one signature, so that a folder of thousands is quickly made."""
    pki = world.pki
    good = sign_attached(
        b"Quyet dinh 1", pki.signer("receiver"), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect
    )
    kinds = {7: good.replace(b"Quyet dinh 1", b"Quyet dinh 2"), 8: good[:-20], 9: b"chi la van ban"}
    path.mkdir(parents=True)
    for number in range(count):
        sub = path / f"{number // 500:02}"
        sub.mkdir(exist_ok=True)
        name = f"{number:05}.txt" if number % 10 == 9 else f"{number:05}.p7m"
        (sub / name).write_bytes(kinds.get(number % 10, good))
    return Folder(path, count, pki.trust())


def told(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """Reports without what varies."""
    return [{k: v for k, v in r.to_dict().items() if k not in VARIES} for r in reports]


def told_in(results: Path) -> list[dict[str, Any]]:
    """The same of a results file."""
    lines = results.read_bytes().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in VARIES} for line in lines]
