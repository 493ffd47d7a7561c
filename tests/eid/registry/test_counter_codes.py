"""Counter codes of an issuer with a registry: a row before the code, the account's state at once, one person's name."""

from __future__ import annotations

from datetime import date

import pytest

from eid import AuthenticationLevel, Issuer, Key, Level, Person, RefusedError, StatusList, UsageError, VerificationError
from eid.accounts import Asker
from eid.counter import decode_unverified, new_challenge, present_at_counter
from eid.counter_check import verify_counter_code
from eid.counter_issue import issue_counter_credential
from eid.encoding import b64url_text
from eid.issuance import MemoryIssuance
from eid.registry import Registry
from eid.status import StatusSource

from ..made import ISSUER, KEYS, LEVEL_ONE, LEVEL_TWO, NOW, PERSON, PUBLIC, clock
from .scene import two

COUNTER, DEVICE = "H26.19/quay-3", Key.generate()


def credential(issuer: Issuer, **options):
    wanted = {"person": PERSON, "level": Level.TWO, "counter": COUNTER, "evidence": LEVEL_TWO, "holder": DEVICE}
    wanted |= {"auth_level": AuthenticationLevel.THREE, **options}
    return issue_counter_credential(issuer, wanted.pop("person"), wanted.pop("level"), **wanted)


def shown(cwt: bytes, status: StatusSource, level: Level = Level.TWO):
    challenge = new_challenge()
    text = present_at_counter(cwt, holder=DEVICE, challenge=challenge)
    return verify_counter_code(
        text,
        PUBLIC,
        issuer=ISSUER,
        counter=COUNTER,
        challenge=challenge,
        level=level,
        status=status,
        replay=None,
        at=NOW,
    )


def test_a_code_names_the_person_by_the_pairwise_subject_alone():
    issuer = Issuer(ISSUER, KEYS, clock=clock())
    proven = shown(credential(issuer), issuer.status_list)
    assert proven.name is None
    assert proven.subject == KEYS.pseudonym(COUNTER, issuer.drafts.account_of(PERSON))
    assert shown(credential(issuer, with_name=True), issuer.status_list).name == PERSON.full_name
    assert PERSON.number.value.encode() not in credential(issuer, with_name=True)


def test_the_rules_of_the_levels_hold_for_codes_too():
    issuer = Issuer(ISSUER, KEYS, clock=clock())
    with pytest.raises(RefusedError):
        credential(issuer, evidence=LEVEL_ONE)
    child = Person(number="001222654321", full_name="Trần Văn Bé", birth_date=date(2022, 2, 1), sex="male")
    with pytest.raises(RefusedError) as refused:
        credential(issuer, person=child)
    assert refused.value.code == "level.age"
    assert shown(credential(issuer, level=Level.ONE, evidence=LEVEL_ONE), issuer.status_list, Level.ONE)
    for life_s in (61, 0, True):
        with pytest.raises(UsageError):
            credential(issuer, life_s=life_s)


def test_a_code_is_entered_before_it_leaves_and_revoked_by_its_identifier(registry: Registry):
    issuer = Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance)
    account = two(registry)
    cwt = credential(issuer, account=account.id)
    proven = shown(cwt, registry.issuance)
    kept = registry.issuance.find(proven.code_id, int(NOW.timestamp()))
    assert (kept.kind, kept.account, kept.level, kept.is_for(COUNTER)) == ("counter+cwt", account.id, Level.TWO, True)
    assert issuer.introspect(proven.code_id).active
    issuer.revoke(proven.code_id)
    assert not issuer.introspect(proven.code_id).active
    with pytest.raises(VerificationError) as refused:
        shown(cwt, registry.issuance)
    assert refused.value.code == "counter.revoked"


def test_a_locked_account_gets_no_code_and_its_codes_fall(registry: Registry):
    issuer = Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance)
    account = two(registry)
    cwt = credential(issuer, account=account.id)
    registry.accounts.lock(account.id, "own-request", by=Asker.HOLDER)
    with pytest.raises(VerificationError) as fallen:
        shown(cwt, registry.issuance)
    assert fallen.value.code == "counter.suspended"
    with pytest.raises(RefusedError) as refused:
        credential(issuer, account=account.id)
    assert refused.value.code == "account.locked"
    assert registry.issuance.find(decode_unverified(_text(cwt)).unverified[7].hex(), int(NOW.timestamp())).kind
    registry.accounts.unlock(account.id, "own-request", by=Asker.HOLDER)
    assert shown(cwt, registry.issuance).holder_bound


def _text(cwt: bytes) -> str:
    return present_at_counter(cwt, holder=DEVICE, challenge=new_challenge())


class CountingStore(MemoryIssuance):
    """How many were entered."""

    entered = 0

    def enter(self, new):
        self.entered += 1
        return super().enter(new)


RSA_DEVICE = Key.from_jwk(
    {"kty": "RSA", "alg": "RS256", "kid": "r", "e": "AQAB", "n": b64url_text((2**2047 + 1).to_bytes(256, "big"))}
)


@pytest.mark.parametrize(
    "options",
    [
        {"holder": RSA_DEVICE},
        {"holder": "key"},
        {"holder": None, "counter": "x" * 301},
        {"life_s": 0},
        {"life_s": -1},
        {"life_s": 61},
    ],
    ids=["key that fits no code", "no key", "long name of a counter", "no life", "negative life", "long life"],
)
def test_what_cannot_be_made_into_a_code_is_not_entered(options):
    store = CountingStore(StatusList(f"{ISSUER}/status/1", 1000))
    issuer = Issuer(ISSUER, KEYS, clock=clock(), registry=store)
    with pytest.raises(UsageError):
        credential(issuer, **options)
    assert store.entered == 0
    credential(issuer)
    assert store.entered == 1
