"""What the caller gives as files: policies, folders of what is trusted, journals of audits and of batches."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from eid import KeySet
from signing.audit import audit_bytes
from signing.audit.entry import Entry, State, head_of, line_of, parse_line
from signing.errors import MalformedError
from signing.journal import opened
from signing.policy import load_policy
from signing.report.read import report_from
from signing.trust.store import TrustStore

from .signed import leaf, scene
from .target import Target

POLICY = {"name": "p", "digests": {"sha1": "2017-01-01"}, "rsa_bits": [[3072, None]], "require_revocation": True}
KEYS = KeySet.generate().public_jwks()
GRANT = {
    "certificate_sha256": "00" * 32,
    "office": "H26.19",
    "role": "official",
    "steps": ["sign"],
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": None,
    "title": "Chủ tịch",
}
PERIOD = {"certificate_sha256": "00" * 32, "not_before": "2026-01-01T00:00:00Z"}
REPORT = audit_bytes(b"x", name="x")
LINE = line_of(Entry(path="x", state=State(text="1 2 3 4", seen_ns=1), told=None), REPORT)
MADE = (
    b'{"run": {"verb": "sign", "certificate": "c", "baseline": "B-B"}}\n'
    b'{"source": "a", "output": "b", "code": "pdf.malformed", "text": "t"}\n'
)
RUNS = tempfile.TemporaryDirectory()  # one for the process
FOLDER = Path(RUNS.name)


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def written(name: str, use: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A parser of the file `name`."""
    path = FOLDER / name

    def run(data: bytes) -> object:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return use(path)

    return run


def trusted(name: str, *seeds: bytes) -> Target:
    """A folder of what is trusted that holds one file."""
    place, _, file = name.partition("/")
    return Target(name, written(f"{place}-{file}/{name}", lambda path: TrustStore.load(path.parents[1])), seeds)


def resumed(path: Path) -> object:
    """A journal of a batch, read; its index of before is gone."""
    for old in path.parent.glob("journal.jsonl?*"):
        old.unlink()
    with opened(path) as journal:
        return journal


def line(data: bytes) -> object:
    """A line of an audit's journal, whose parsers promise `ValueError`."""
    try:
        read = parse_line(data)
        return report_from(read.told) if isinstance(read, Entry) else head_of(read, 1)
    except (ValueError, KeyError) as e:
        if isinstance(e, KeyError) and e.args != ("audit",):
            raise
        raise MalformedError("input.malformed", what="line", why=e) from None


TARGETS = (
    Target("policy", written("policy.json", load_policy), (as_bytes(POLICY),)),
    trusted("ca/a.pem", leaf().pem, scene().root.pem),
    trusted("ca/a.der", leaf().certificate.public_bytes(Encoding.DER)),
    trusted("tsa/periods.json", as_bytes([]), as_bytes([PERIOD])),
    trusted("identity/a.json", as_bytes({"issuer": "https://id.example.vn", **KEYS})),
    trusted("seals/a.json", as_bytes({"office": "H26.19", **KEYS})),
    trusted("roles/a.json", as_bytes([GRANT])),
    Target("line of an audit", line, (LINE,)),
    Target("journal of a batch", written("journal.jsonl", resumed), (MADE,)),
)
