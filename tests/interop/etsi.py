"""Our validation reports (ETSI TS 119 102-2) read by EU DSS against its schema: what we wrote is what it reads."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from judges import HERE, maven

from signing.report import Report
from signing.report.etsi import validation_report


def faults(reports: Sequence[Report]) -> list[str]:
    """What EU DSS finds wrong with the XML of `reports`, or reads differently."""
    with tempfile.TemporaryDirectory() as held:
        paths = []
        for number, report in enumerate(reports):
            paths.append(Path(held) / f"{number}.xml")
            paths[-1].write_bytes(validation_report(report))
        printed = subprocess.run(
            ["java", "-Xmx1g", "-cp", maven(HERE / "dss"), "interop.EtsiReports"],
            input="\n".join(map(str, paths)).encode(),
            check=True,
            capture_output=True,
        ).stdout.decode()
    lines = printed.splitlines()
    found = [] if len(lines) == len(reports) else [f"{len(reports)} reports in XML, EU DSS reads {len(lines)}"]
    for report, line in zip(reports, lines, strict=False):
        wanted = [f"S-{n}={s.indication.replace('-', '_')}" for n, s in enumerate(report.signatures, 1)]
        read = [part for part in line.split("\t") if not part.startswith(("Q-", "D-"))]
        if read != wanted:
            found.append(f"{report.path}: EU DSS reads {line}, not {' '.join(wanted)}")
    return found
