"""An issuer's day: accounts in a registry, a lock that is felt at once, keys that rotate, a key that leaked."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from eid import AuthenticationLevel, EidError, Evidence, Issuer, KeySet, Level, OpenedStatusList, Person, Verifier
from eid.accounts import Asker
from eid.registry import open_registry

now = datetime.now(UTC)
desk = "H26.19"
person = Person(number="001190654321", full_name="Trần Thị Kiểm Thử", birth_date=date(1990, 5, 17), sex="female")
in_the_app = [Evidence(kind=kind, method="app", time=now) for kind in ("number", "sim", "face")]
in_person = [Evidence(kind=kind, method="in-person", time=now) for kind in ("chip", "face", "fingerprint")]
keys = KeySet.generate(at=now - timedelta(days=90))

with open_registry(Path(tempfile.mkdtemp()) / "registry.sqlite", keys) as registry:
    accounts = registry.accounts
    account = accounts.register(person, Level.ONE, evidence=in_the_app, by=Asker.HOLDER)
    accounts.raise_level(account.id, Level.TWO, evidence=in_person, by=Asker.MANAGER)
    issuer = Issuer("https://dinhdanh.thu-nghiem.example", keys, registry=registry.issuance)

    def token(by: Issuer) -> str:
        return by.issue_for(account.id, audience=desk, auth_level=AuthenticationLevel.THREE)

    def verdict(text: str, by: Issuer) -> str:
        published = KeySet.from_jwks(by.keys.public_jwks())
        _, signed = next(iter(by.status_tokens()))  # each at its own URI; again before 15 minutes have passed
        status = OpenedStatusList.open(signed, published)
        verifier = Verifier(published, issuer=by.issuer, audience=desk, status=status, replay=None)
        try:
            return str(verifier.verify(text, level=Level.TWO).level)
        except EidError as refusal:
            return refusal.code

    first = token(issuer)
    print("good:", verdict(first, issuer))

    accounts.lock(account.id, "own-request", by=Asker.HOLDER)
    print("locked, asked at once:", issuer.introspect(first).code, "- by the next list:", verdict(first, issuer))
    accounts.unlock(account.id, "own-request", by=Asker.HOLDER)
    print("unlocked:", issuer.introspect(first).active)

    # the next key, published long before, signs from now on
    later = Issuer(issuer.issuer, keys.rotate(), registry=registry.issuance)
    print("made before the rotation:", verdict(first, later), "- after it:", verdict(token(later), later))

    warned = Issuer(issuer.issuer, later.keys.revoke(keys.active.kid), registry=registry.issuance)
    print("the old key leaked:", verdict(first, warned), "- the new one holds:", verdict(token(warned), warned))

    print("history:", *(entry.act for entry in accounts.history(account.id)))
    print("intact:", accounts.verify_history([accounts.checkpoint().token]).accounts, "account")
