"""Seals, and audits of tokens."""

from __future__ import annotations

from datetime import UTC, date, datetime

from eid import KeySet
from eid.status import StatusList
from signing.seal.facts import Seal, decode_unverified, mint_seal
from signing.seal.verify import SealVerifier, seal_status_uri
from signing.trust.store import TrustStore

from .fuzz_disclosures import PRESENTED
from .signed import FAKE, audited
from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
KEYS = KeySet.generate(at=NOW)
OFFICE = "H26.19"
SEAL = Seal(
    dossier="H26.19-261121-0001",
    procedure="1.001193",
    office=OFFICE,
    number="123/GKS",
    issued=date(2026, 11, 21),
    holder="Nguyễn Văn A",
    revision_sha256=bytes(32),
    official=b"o" * 16,
    office_seal=b"s" * 16,
    minted_at=NOW,
    status_list=1,
    status_index=7,
)
TEXT = mint_seal(SEAL, KEYS.active).encode()
LIST = StatusList(seal_status_uri(OFFICE, 1), 64).token(KEYS.active, at=NOW).encode()
TRUST = TrustStore(seals={OFFICE: KEYS.public_jwks()}, seal_status=(LIST,))
TOKENS = (FAKE.token().encode(), FAKE.status_token().encode(), PRESENTED.encode())

TARGETS = (
    Target("text", lambda data: decode_unverified(text(data)), (TEXT,)),
    Target("checked", lambda data: SealVerifier(TRUST).check(text(data), at=NOW), (TEXT,)),
    Target("status list", lambda data: SealVerifier(TRUST, status=[data]).check(TEXT.decode(), at=NOW), (LIST,)),
    Target("file", lambda data: audited("fuzzed.txt", data), (TEXT,)),
    Target("token", lambda data: audited("fuzzed.jwt", data), TOKENS),
)
