"""Our evidence records (RFC 4998) read by Bouncy Castle: made for many, renewed, rehashed; and refused for others."""

from __future__ import annotations

import hashlib
import subprocess
from functools import partial
from pathlib import Path

from judges import HERE, maven

from signing.dev.pki import DevPki
from signing.ers.make import make_records, rehash_records, renew_records

COUNTS = (1, 2, 3, 5, 8, 21)  # documents under one timestamp


def make(pki: DevPki, folder: Path) -> list[tuple[Path, Path, bool]]:
    """Record, document, and whether the one is for the other. `pki` has to be served."""
    folder.mkdir()
    other, cases = folder / "other.txt", []
    other.write_bytes("Quyết định khác".encode())
    for count in COUNTS:
        documents = [f"Quyết định số {number} của {count}".encode() for number in range(count)]
        made = make_records([hashlib.sha256(one).digest() for one in documents], pki.tsa())
        renewed = renew_records(made, pki.tsa())
        stronger = pki.tsa().using("sha512")
        rehashed = rehash_records(renewed, [partial(_digest, one) for one in documents], stronger)
        for number, document in enumerate(documents):
            paper = folder / f"{count}-{number}.txt"
            paper.write_bytes(document)
            for kind, records in (("made", made), ("renewed", renewed), ("rehashed", rehashed)):
                path = folder / f"{paper.name}.{kind}.ers"
                path.write_bytes(records[number])
                cases += [(path, paper, True), (path, other, False)]
    return cases


def _digest(document: bytes, name: str) -> bytes:
    return hashlib.new(name, document).digest()


def faults(cases: list[tuple[Path, Path, bool]]) -> list[str]:
    """Where Bouncy Castle does not say what it has to."""
    printed = subprocess.run(
        ["java", "-Xmx512m", "-cp", maven(HERE / "dss"), "interop.Records"],
        input="\n".join(f"{record}\t{document}" for record, document, _ in cases).encode(),
        check=True,
        capture_output=True,
    ).stdout.decode()
    answers = printed.splitlines()
    found = [] if len(answers) == len(cases) else [f"{len(cases)} records, Bouncy Castle answers {len(answers)}"]
    for (record, document, right), answer in zip(cases, answers, strict=False):
        if (answer == "OK") is not right:
            found.append(f"{record.name} for {document.name}: Bouncy Castle says {answer}")
    return found
