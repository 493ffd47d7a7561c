"""Write rfc9901.json from the sources of the crate `ssi-sd-jwt` 0.6.0 and from text files of appendices A.3 and A.4.

    python cut_vectors.py CRATE_FOLDER A3_TEXT A4_TEXT

The crate's `src/kb.rs` and `tests/rfc_examples.rs` quote the RFC's own texts; A.3, A.4 are copied from the RFC. Every
signature and every `sd_hash` is checked by joserfc before anything is written, so a slip of the copy cannot stay.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

from joserfc import jws
from joserfc.jwk import ECKey

# appendix A.5
ISSUER = {
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
}
HOLDER = {
    "kty": "EC",
    "crv": "P-256",
    "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
    "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
}


def issuance(source: str) -> str:
    """The SD-JWT of one test of the crate: its JWT and all its disclosures, in the RFC's order."""
    token = re.search(r'jws!\("([^"]+)"\)', source)
    disclosures = re.findall(r'disclosure!\(\s*"([^"]+)"\s*\)', source)
    return "~".join([token.group(1), *disclosures, ""])


def check(text: str) -> None:
    """The signatures of A.5's keys hold, and a proof is over this text."""
    token, _, rest = text.partition("~")
    jws.deserialize_compact(token, ECKey.import_key(ISSUER), algorithms=["ES256"])
    proof = rest.rpartition("~")[2]
    if proof:
        opened = jws.deserialize_compact(proof, ECKey.import_key(HOLDER), algorithms=["ES256"])
        digest = hashlib.sha256(text[: len(text) - len(proof)].encode()).digest()
        said = json.loads(opened.payload)["sd_hash"]
        assert said == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def main(crate: Path, a3: Path, a4: Path) -> None:
    """Cut, check, write."""
    bound = (crate / "src/kb.rs").read_text().split("const SD_JWT_KB")[1]
    simple, structured = (crate / "tests/rfc_examples.rs").read_text().split("async fn rfc_a_2")
    texts = {
        "section-5-presentation": re.search(r'sd_jwt!\("([^"]+)"\)', bound).group(1),
        "a1-issuance": issuance(simple),
        "a2-issuance": issuance(structured),
        "a3-presentation": "".join(a3.read_text().split()),
        "a4-presentation": "".join(a4.read_text().split()),
    }
    for text in texts.values():
        check(text)
    out = Path(__file__).parent / "rfc9901.json"
    out.write_text(json.dumps({"issuer": ISSUER, "holder": HOLDER, "texts": texts}, indent=1) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
