"""The fake issuer: what it promises to users' tests, and its documentation as it stands."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import eid.testing
from eid import AuthenticationLevel, EidError, Key, KeySet, Level, OpenedStatusList, Person, VerificationError, Verifier
from eid.disclosure import present
from eid.holder import Holder
from eid.status import UNCHECKED
from eid.testing import FakeIssuer


@pytest.fixture
def fake() -> FakeIssuer:
    return FakeIssuer()


def code_of(verify: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(EidError) as caught:
        verify(*arguments, **{"level": Level.TWO, **options})
    return caught.value.code


def test_the_example_in_the_documentation_runs() -> None:
    block = "\n".join(line for line in (eid.testing.__doc__ or "").splitlines()[1:] if not line or line[0] == " ")
    code = textwrap.dedent(block)
    assert code.count("assert") >= 4
    exec(compile(code, "eid.testing", "exec"), {"__name__": "example"})


def test_it_needs_no_test_library() -> None:
    script = """
import sys
for name in ("pytest", "hypothesis", "_pytest", "PIL"):
    sys.modules[name] = None
from eid.testing import FakeIssuer
from eid import Level
fake = FakeIssuer()
assert fake.verifier.verify(fake.token(), level=Level.TWO)
assert "sqlalchemy" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_every_wrong_token_is_refused_with_the_code_it_names(fake: FakeIssuer) -> None:
    wrong = fake.wrong_tokens()
    for each in wrong:
        assert code_of(fake.verifier.verify, each.token) == each.code, each.name
        assert "token=" not in repr(each)
    assert len({each.name for each in wrong}) == len({each.code for each in wrong}) == len(wrong) >= 12


def test_every_method_that_makes_a_token_of_its_own_is_among_the_wrong_ones_or_passes(fake: FakeIssuer) -> None:
    wrong = {each.name for each in fake.wrong_tokens()}
    good = {"token", "token_with_number", "weak_login", "old_login"}
    for name, method in inspect.getmembers(FakeIssuer, inspect.isfunction):
        if name.startswith("_") or inspect.signature(method).return_annotation != "str" or name == "status_token":
            continue
        if name == "credential":
            continue  # no identity token
        if name in good:
            assert fake.verifier.verify(getattr(fake, name)(), level=Level.TWO).level is Level.TWO
        else:
            assert name.replace("_", " ") in wrong, name


def test_tokens_of_each_level_and_person(fake: FakeIssuer) -> None:
    for person in (fake.adult, fake.other, fake.child):
        for level in Level:
            identity = fake.verifier.verify(fake.token(level, person=person), level=level)
            assert identity.level is level
            assert identity.claims["name"] == person.full_name
            assert "personal_number" not in identity.claims
            assert person.mismatches == ()
    assert fake.child.age_on(fake.now.date()) == 10


def test_the_number_only_with_consent(fake: FakeIssuer) -> None:
    identity = fake.verifier.verify(fake.token_with_number(), level=Level.TWO)
    assert Person.from_claims(dict(identity.claims)).number == fake.adult.number
    assert code_of(fake.verifier.verify, fake.token_with_number(audience="x")) == "token.audience"


def test_demands_beyond_the_level(fake: FakeIssuer) -> None:
    verify = fake.verifier.verify
    assert code_of(verify, fake.weak_login(), auth_level=AuthenticationLevel.TWO) == "token.auth-level"
    assert code_of(verify, fake.old_login(), max_age_s=3600) == "token.auth-too-old"
    assert code_of(verify, fake.token(), max_evidence_age_s=3600) == "token.evidence-too-old"
    assert code_of(verify, fake.token(), nonce="n") == "token.nonce"
    assert code_of(fake.verifier_with(status=None).verify, fake.token()) == "status.unknown"


def test_bound_tokens_and_their_proofs(fake: FakeIssuer) -> None:
    token, proof = fake.bound_token("n-1")
    required = {"holder": Holder.REQUIRED, "nonce": "n-1"}
    assert fake.verifier.verify(token, level=Level.TWO, proof=proof, **required).level is Level.TWO
    mine = Key.generate()
    token, proof = fake.bound_token("n-1", holder=mine)
    other, _ = fake.bound_token("n-1", holder=mine)
    assert code_of(fake.verifier.verify, other, proof=proof, **required).startswith("holder.")
    assert code_of(fake.verifier.verify, token, proof=proof, holder=Holder.REQUIRED, nonce="n-2").startswith("holder.")


def test_credentials_are_shown_claim_by_claim(fake: FakeIssuer) -> None:
    mine = Key.generate()
    held = fake.credential(mine)
    asked = {"audience": fake.audience, "nonce": "n-1", "at": fake.now}
    shown = present(held, disclose=[("age_equal_or_over", "18")], key=mine, **asked)
    found = fake.disclosure_verifier().verify(shown, level=Level.TWO, nonce="n-1")
    assert found.age_equal_or_over(18)
    assert "name" not in found.claims
    assert code_of(fake.disclosure_verifier().verify, shown, nonce="n-2").startswith("holder.")
    fake.advance(timedelta(days=400))
    assert code_of(fake.disclosure_verifier().verify, shown, nonce="n-1") == "credential.expired"


def test_a_token_is_used_once(fake: FakeIssuer) -> None:
    token = fake.token()
    fake.verifier.verify(token, level=Level.TWO)
    assert code_of(fake.verifier.verify, token) == "token.replayed"


def test_the_clock_stands_still_and_moves_when_told() -> None:
    start = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    fake = FakeIssuer(now=start)
    token = fake.token()
    fake.advance(timedelta(seconds=299))
    fake.verifier.verify(token, level=Level.TWO)
    fake.advance(timedelta(seconds=1))
    assert code_of(fake.verifier.verify, token) == "token.expired"
    fake.expired()
    fake.early()
    assert fake.now == start + timedelta(seconds=300)


def test_a_program_with_its_own_verifier_needs_the_published_keys_and_list_alone() -> None:
    fake = FakeIssuer(audience="https://bank.example.vn")
    keys = KeySet.from_jwks(fake.jwks)
    token, gone = fake.token(), fake.revoked()
    status = OpenedStatusList.open(fake.status_token(), keys)
    theirs = Verifier(keys, issuer=fake.issuer.issuer, audience="https://bank.example.vn", status=status, replay=None)
    assert theirs.verify(token, level=Level.TWO).audience == "https://bank.example.vn"
    assert code_of(theirs.verify, gone) == "token.revoked"
    unchecked = fake.verifier_with(status=UNCHECKED)
    assert unchecked.verify(gone, level=Level.TWO).level is Level.TWO


def test_two_fakes_have_nothing_in_common(fake: FakeIssuer) -> None:
    with pytest.raises(VerificationError):
        fake.verifier.verify(FakeIssuer().token(), level=Level.TWO)
