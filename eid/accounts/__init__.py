"""The life of an identity account: who may hold which level, what ends or suspends it, who acts for whom."""

from .account import Account, Holder, Identifier, Link, LinkKind, Lock, State
from .decide import Rules
from .events import Act, Event
from .grounds import ACCOUNT_RULES, AccountRules, Asker, Ground
from .organisation import Organisation

__all__ = [
    "ACCOUNT_RULES",
    "Account",
    "AccountRules",
    "Act",
    "Asker",
    "Event",
    "Ground",
    "Holder",
    "Identifier",
    "Link",
    "LinkKind",
    "Lock",
    "Organisation",
    "Rules",
    "State",
]
