"""People, organisations and evidence for the registry's tests; all synthetic."""

from __future__ import annotations

from datetime import date, timedelta

from eid import Evidence, Level, Person
from eid.accounts import Account, Asker, LinkKind, Organisation
from eid.registry import Registry

from ..made import LEVEL_ONE, LEVEL_TWO, NOW, PERSON

WOMAN = Person(number="001190654321", full_name="Trần Thị Kiểm Thử", birth_date=date(1990, 5, 5), sex="female")
CHILD = Person(number="001218000001", full_name="Nguyễn Văn B", birth_date=date(2018, 3, 3), sex="male")
FOREIGNER = Person(
    number="800090123456", full_name="John Example", birth_date=date(1990, 1, 1), sex="male", nationality="US"
)
COMPANY = Organisation(code="0100100100", name="Công ty TNHH Kiểm Thử", founded=date(2015, 6, 1), address="Hà Nội")
PASSPORT = [
    Evidence(kind="passport", method="in-person", time=NOW - timedelta(days=8)),
    *LEVEL_TWO[1:],
]
HOLDER, MANAGER, SYSTEM = Asker.HOLDER, Asker.MANAGER, Asker.SYSTEM


def numbered(n: int) -> Person:
    """One of many people."""
    return Person(number=f"001090{n:06d}", full_name=f"Người Thứ {n}", birth_date=date(1990, 1, 1), sex="male")


def one(registry: Registry, person: Person = PERSON) -> Account:
    """An account at level 1."""
    return registry.accounts.register(person, Level.ONE, evidence=LEVEL_ONE)


def two(registry: Registry, person: Person = PERSON) -> Account:
    """An account at level 2."""
    return registry.accounts.register(person, Level.TWO, evidence=LEVEL_TWO)


def child(registry: Registry) -> tuple[Account, Account]:
    """A guardian and the child in his care."""
    guardian = two(registry)
    return guardian, registry.accounts.register(CHILD, Level.ONE, evidence=LEVEL_ONE, representative=guardian.id)


def company(registry: Registry) -> tuple[Account, Account]:
    """A legal representative and the company."""
    head = two(registry)
    return head, registry.accounts.register(COMPANY, representative=head.id, link=LinkKind.LEGAL)
