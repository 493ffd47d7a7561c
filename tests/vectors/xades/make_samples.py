"""EN 319 132-1, EN 319 162-1: make the samples of this folder again; see README.md.

    python -m tests.vectors.xades.make_samples       needs a JDK (17 or newer) and Maven; from the top folder

Keys and certificates are thrown away; only the root stays, as `root.pem`. Everything shown is made up.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from signing.dev.pki import DevPki

HERE = Path(__file__).parent
PASSWORD = "mat-khau-thu"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        pki = DevPki.create(work / "pki", password=PASSWORD, port=0)
        for old in (*HERE.glob("*.xml"), *HERE.glob("*.asic?"), *HERE.glob("*.txt")):
            old.unlink()
        (HERE / "root.pem").write_bytes(pki.certificate("root").public_bytes(Encoding.PEM))
        with pki.serve():
            by_dss(pki, work)
        made = {"made": datetime.now(UTC).isoformat(timespec="seconds")}
        (HERE / "made.json").write_text(json.dumps(made) + "\n")


def by_dss(pki: DevPki, work: Path) -> None:
    """EU DSS signs with the development PKI's certificates and services."""
    maker = work / "maker"
    shutil.copytree(HERE / "maker", maker)
    build = ["mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"]
    subprocess.run(build, cwd=maker, check=True)
    classes = f"{maker / 'target/classes'}:{(maker / 'target/classpath').read_text()}"
    keys = [pki.key_uri(name).removeprefix("pkcs12:") for name in ("official", "receiver")]
    arguments = [str(HERE), str(HERE / "root.pem"), pki.tsa_url, PASSWORD, *keys]
    subprocess.run(["java", "-cp", classes, "maker.Maker", *arguments], check=True)


if __name__ == "__main__":
    main()
