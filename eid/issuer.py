"""Issuing identity tokens and step proofs (OpenID Connect for Identity Assurance 1.0; NĐ 69/2024 for the levels).

An issuer here is whoever runs this program. Nothing it makes is issued by VNeID or accepted there, and an issuer
that names itself so is refused.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from .arguments import check_part
from .claims import (
    LIFE_S,
    Draft,
    Drafts,
    account_id,
    check_levels,
    issuer_name,
    life,
    past,
    short,
    words,
)
from .clock import Clock, moment, reader
from .consent import Consent
from .credentials import CredentialMaker
from .encoding import b64url_text, dump_json
from .errors import UsageError
from .evidence import RULES, Evidence, LevelRules
from .introspection import Introspection, find, introspect
from .issuance import (
    FORGET_S,
    ID_BYTES,
    IssuanceStore,
    IssuedToken,
    MemoryIssuance,
    Slot,
    check_status,
)
from .jws import header_segment, sign_compact
from .keys import Key, KeySet
from .level import AuthenticationLevel, Level
from .person import Person
from .status import TTL_S, Status, StatusList
from .token import IDENTITY, STEP_PROOF

__all__ = ["FORGET_S", "LIFE_S", "IssuedToken", "Issuer"]

SHA256_BYTES = 32


class Issuer:
    """Issues tokens in the name `issuer` with the active key of `keys`.

    `status` is the list that new tokens get their entry in; without one a list in memory named `issuer`/status/1 is
    made. With a `registry` (`Registry.issuance`) every token is entered there, durably, before it is handed over, and
    the registry keeps the lists. `status_keys` sign the lists (default: `keys`). `trust_framework` is the issuer's own
    name for its rules (default: `issuer`); `rules` are the levels' rules by date.
    """

    def __init__(
        self,
        issuer: str,
        keys: KeySet,
        *,
        clock: Clock | None = None,
        status: StatusList | None = None,
        trust_framework: str | None = None,
        status_keys: KeySet | None = None,
        registry: IssuanceStore | None = None,
        rules: Sequence[LevelRules] = RULES,
    ) -> None:
        self.issuer = issuer_name("issuer", issuer)
        framework = issuer_name("trust_framework", issuer if trust_framework is None else trust_framework)
        for given in (keys, keys if status_keys is None else status_keys):
            if not isinstance(given, KeySet):
                raise UsageError("usage.argument", why="keys must be a KeySet")
        self.status_keys = keys if status_keys is None else status_keys
        check_part("registry", registry, "enter")
        check_part("status", status, "allocate")
        if registry is not None and status is not None:
            raise UsageError("usage.argument", why="a registry keeps its own status lists")
        self.keys = keys
        self._key = keys.active
        self._now = reader(clock)
        self._lists: StatusList | None = None
        if registry is None:
            self._lists = StatusList(f"{issuer.rstrip('/')}/status/1") if status is None else status
            self.store: IssuanceStore = MemoryIssuance(self._lists)
        else:
            self.store = registry
        self.drafts = Drafts(self.issuer, keys, framework=framework, rules=rules, now=self._now, keyed=self.store.keyed)
        self._credentials = CredentialMaker(
            issuer=self.issuer, key=self._key, drafts=self.drafts, store=self.store, rules=rules, now=self._now
        )
        self._identity_header = header_segment(self._key, IDENTITY)
        self._step_header = header_segment(self._key, STEP_PROOF)

    @property
    def trust_framework(self) -> str:
        """The issuer's own name for its rules."""
        return self.drafts.trust_framework

    @property
    def status_list(self) -> StatusList:
        """The list in memory, which also serves a verifier in this process. `UsageError` where a registry keeps it."""
        if self._lists is None:
            raise UsageError("usage.argument", why="the registry keeps the status lists of this issuer")
        return self._lists

    def issue(
        self,
        person: Person,
        level: Level,
        *,
        audience: str,
        auth_level: AuthenticationLevel,
        evidence: Sequence[Evidence],
        amr: Sequence[str] | None = None,
        auth_time: datetime | None = None,
        nonce: str | None = None,
        claims: Collection[str] | None = None,
        life_s: int = LIFE_S,
        account: str | None = None,
        holder: Key | None = None,
        consent: Consent | None = None,
    ) -> str:
        """An identity token (`eid+jwt`) about `person` for one `audience`, good for `life_s` (at most 600) seconds.

        `evidence` must carry `level` under the rules in force when it was gathered; `amr` (RFC 8176 names), if the
        login system tells it, must carry `auth_level`. `auth_time` is when the person logged in (default: now).
        `claims` names the person's claims to hand over (default: all but the personal numbers, which also need a
        `consent` that covers them). With `holder` the token is good only in the hands of that key (`cnf`).

        `sub` is made from `account` (random, 32 hex digits), so that it outlives a change of the person's number; one
        that the registry knows as another person's is refused (`account.other-person`). Without it `sub` is made from
        the account to which the number leads in the registry, which must not be locked or cancelled, and from the
        number itself where there is none. Raises `RefusedError`, `UsageError`, and `IndeterminateError` when the
        registry does not answer; then nothing was issued.
        """
        draft = self.drafts.draft(
            person,
            level,
            audience=audience,
            auth_level=auth_level,
            evidence=evidence,
            amr=amr,
            auth_time=auth_time,
            nonce=nonce,
            claims=claims,
            life_s=life_s,
            account=account,
            holder=holder,
            consent=consent,
        )
        return self.finish(draft, self.store.enter(draft.new))

    def issue_for(
        self,
        account: str,
        *,
        audience: str,
        auth_level: AuthenticationLevel,
        claims: Collection[str] | None = None,
        **options: Any,
    ) -> str:
        """An identity token about the holder of an account of the registry.

        Person, level and evidence are the account's, and so is the consent to `claims` that its holder recorded. The
        other `options` are those of `issue`. Raises what `issue` raises, `account.unknown` and `account.no-level`.
        """
        facts = self.store.facts(account_id(account))
        wanted, now = None if claims is None else words("claims", claims), int(self._now())
        given = (consent for consent in facts.consents if consent.covers(audience, wanted or (), now))
        return self.issue(
            facts.person,
            facts.level,
            audience=audience,
            auth_level=auth_level,
            evidence=facts.evidence,
            claims=wanted,
            account=account,
            consent=next(given, None),
            **options,
        )

    def finish(self, draft: Draft, slot: Slot) -> str:
        """The signed token of a draft (`Issuer.drafts`) that was entered in the store and got `slot` there."""
        return sign_compact(self._key, self._identity_header, self.drafts.payload(draft, slot))

    def issue_credential(
        self, person: Person, level: Level, *, vct: str, evidence: Sequence[Evidence], holder: Key, **options: Any
    ) -> str:
        """A credential (`dc+sd-jwt`) of type `vct` about `person`, bound to the key of its `holder`, who keeps it and
        shows single claims of it to whom it likes (`eid.disclosure.present`).

        It holds all claims of the person, also the numbers: nobody sees them but by the holder's choice. `options`:
        `claims` names fewer, `ages` are the years for `age_equal_or_over`, `life_s` the seconds it lives (default: a
        year), `account` as for `issue`. Raises what `issue` raises.
        """
        (made,) = self._credentials.make(
            person, level, vct=vct, evidence=evidence, holders=[holder], batch=False, **options
        )
        return made

    def issue_credentials(
        self,
        person: Person,
        level: Level,
        *,
        vct: str,
        evidence: Sequence[Evidence],
        holders: Sequence[Key],
        **options: Any,
    ) -> list[str]:
        """Single-use copies of one credential, one for each key of the holder, which verifiers cannot link: each has
        its own salts, identifier and place in a status list, and times cut to the day. See `issue_credential`."""
        return self._credentials.make(person, level, vct=vct, evidence=evidence, holders=holders, batch=True, **options)

    def prove_step(
        self,
        *,
        level: Level,
        auth_level: AuthenticationLevel,
        audience: str,
        nonce: str,
        certificate_sha256: bytes,
        auth_time: datetime | None = None,
        life_s: int = LIFE_S,
    ) -> str:
        """A step proof (`eid-step+jwt`): a person of `level` logged in at `auth_time` with `auth_level`, for `nonce`,
        and will sign with the certificate whose SHA-256 is given (32 bytes). It names nobody.
        """
        now = int(self._now())
        check_levels(level, auth_level)
        if type(certificate_sha256) is not bytes or len(certificate_sha256) != SHA256_BYTES:
            raise UsageError("usage.argument", why="certificate_sha256 must be 32 bytes")
        body = {
            "iss": self.issuer,
            "aud": short("audience", audience),
            "iat": now,
            "exp": now + life(life_s),
            "jti": os.urandom(ID_BYTES).hex(),
            "auth_time": now if auth_time is None else past("auth_time", auth_time, now),
            "acr": auth_level.text,
            "assurance_level": level.text,
            "nonce": short("nonce", nonce),
            "cnf": {"x5t#S256": b64url_text(certificate_sha256)},
        }
        return sign_compact(self._key, self._step_header, dump_json(body))

    def revoke(self, token: str, *, status: Status = Status.REVOKED) -> IssuedToken:
        """Set the status of a token of this issuer, given its text or its identifier (`jti`).

        `Status.SUSPENDED` can be taken back with `Status.VALID`; a revocation cannot. Raises `RefusedError`
        (`token.unknown`, `token.revoked`) and, for text that is not this issuer's token, what verifying raises.
        """
        check_status(status)
        issued, _ = find(self.store, token, keys=self.keys, issuer=self.issuer, now=int(self._now()))
        self.store.set_status(issued, status)
        return issued

    def introspect(self, token: str, *, audience: str | None = None) -> Introspection:
        """Whether a token of this issuer holds at this moment (RFC 7662), given its text or its identifier (`jti`).

        It knows at once what was revoked, locked or cancelled. A relying party that asks names itself in `audience`
        and is told nothing of another's token. Raises `IndeterminateError` when the registry does not answer.
        """
        now = int(self._now())
        return introspect(self.store, token, keys=self.keys, issuer=self.issuer, audience=audience, now=now)

    def status_token(self, *, ttl_s: int = TTL_S) -> str:
        """The status list as a signed token (`statuslist+jwt`), to be published at the list's URI."""
        return self.status_list.token(self.status_keys.active, at=moment(int(self._now())), ttl_s=ttl_s)

    def status_tokens(self, *, ttl_s: int = TTL_S) -> Iterator[tuple[str, str]]:
        """The name of every status list of this issuer that still matters, and the list as a signed token: publish
        each at its name, and all of them again before `ttl_s` has passed."""
        return self.store.status_tokens(self.status_keys.active, at=moment(int(self._now())), ttl_s=ttl_s)
