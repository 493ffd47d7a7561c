"""People, levels and tokens: who acts, proven.

    issuer = Issuer("https://id.example.vn", KeySet.generate())
    token = issuer.issue(person, Level.TWO, audience="H26.19", auth_level=AuthenticationLevel.THREE, evidence=evidence)
    verifier = Verifier(issuer.keys, issuer="https://id.example.vn", audience="H26.19",
                        status=issuer.status_list, replay=MemoryReplay())
    identity = verifier.verify(token, level=Level.TWO)

The package opens no socket. Its tokens are modelled on the levels of Vietnamese law; they are not VNeID's.
"""

from .cards.active import ActiveAnswer
from .cards.card_qr import CardQR
from .cards.chip import Chip, ChipResult
from .cards.csca import CscaStore
from .cards.master_list import MasterList
from .errors import (
    EidError,
    IndeterminateError,
    LimitError,
    MalformedError,
    MissingExtraError,
    RefusedError,
    UsageError,
    VerificationError,
)
from .evidence import Evidence, EvidenceKind
from .holder import Holder, make_proof
from .issuer import Issuer
from .journal import Journal, JournalEntry, JsonLinesJournal
from .keys import Key, KeySet, Purpose
from .level import AuthenticationLevel, Level
from .number import PersonalNumber, Sex
from .person import Person
from .replay import MemoryReplay, ReplayStore, SqliteReplay
from .shards import Shards
from .status import UNCHECKED, OpenedStatusList, Status, StatusList, StatusSource
from .status_cache import StatusCache
from .stepup import StepUp
from .token import Identity, StepProof
from .verifier import Verifier, verify_step_proof

__all__ = [
    "UNCHECKED",
    "ActiveAnswer",
    "AuthenticationLevel",
    "CardQR",
    "Chip",
    "ChipResult",
    "CscaStore",
    "EidError",
    "Evidence",
    "EvidenceKind",
    "Holder",
    "Identity",
    "IndeterminateError",
    "Issuer",
    "Journal",
    "JournalEntry",
    "JsonLinesJournal",
    "Key",
    "KeySet",
    "Level",
    "LimitError",
    "MalformedError",
    "MasterList",
    "MemoryReplay",
    "MissingExtraError",
    "OpenedStatusList",
    "Person",
    "PersonalNumber",
    "Purpose",
    "RefusedError",
    "ReplayStore",
    "Sex",
    "Shards",
    "SqliteReplay",
    "Status",
    "StatusCache",
    "StatusList",
    "StatusSource",
    "StepProof",
    "StepUp",
    "UsageError",
    "VerificationError",
    "Verifier",
    "make_proof",
    "verify_step_proof",
]
