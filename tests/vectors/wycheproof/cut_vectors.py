"""Cut the vectors that our algorithms need out of a copy of Wycheproof's `testvectors_v1` files.

python tests/vectors/wycheproof/cut_vectors.py FOLDER-WITH-JSON-FILES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = {
    "ES256": ["ecdsa_secp256r1_sha256_p1363_test.json"],
    "ES384": ["ecdsa_secp384r1_sha384_p1363_test.json"],
    "EdDSA": ["ed25519_test.json"],
    "PS256": [f"rsa_pss_{bits}_sha256_mgf1_32_test.json" for bits in (2048, 4096)],
    "RS256": [f"rsa_signature_{bits}_sha256_test.json" for bits in (2048, 4096)],
    # PSS as others use it: nothing of it is a PS256 signature
    "PSS-other": ["rsa_pss_2048_sha256_mgf1_0_test.json"],
}


def cut(group: dict[str, Any]) -> dict[str, Any]:
    """The key as SubjectPublicKeyInfo, and of each test what decides it; octets in hex."""
    tests = [[test[name] for name in ("tcId", "comment", "msg", "sig", "result")] for test in group["tests"]]
    return {"key": group["publicKeyDer"], "tests": tests}


def main(folder: Path) -> None:
    for name, files in FILES.items():
        groups = [group for file in files for group in json.loads((folder / file).read_text())["testGroups"]]
        lines = ",\n".join(json.dumps(cut(group), separators=(",", ":")) for group in groups)
        (HERE / f"{name.lower()}.json").write_text(f'{{"files":{json.dumps(files)},"groups":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
