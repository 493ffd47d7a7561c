"""Issuing the CWT of a counter code (RFC 8392) about a person: levels, evidence and registry as for identity tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from .clock import moment
from .counter import LIFE_S, make_counter_credential
from .errors import UsageError
from .evidence import Evidence
from .issuer import Issuer
from .keys import Key
from .level import AuthenticationLevel, Level
from .person import Person
from .token import COUNTER_CODE


def issue_counter_credential(
    issuer: Issuer,
    person: Person,
    level: Level,
    *,
    counter: str,
    auth_level: AuthenticationLevel,
    evidence: Sequence[Evidence],
    holder: Key | None,
    amr: Sequence[str] | None = None,
    with_name: bool = False,
    account: str | None = None,
    life_s: int = LIFE_S,
) -> bytes:
    """The credential that the device of `holder` presents at one `counter` (`present_at_counter`), 60 seconds at most.

    It names the person by the pairwise subject alone, and by the name where the counter needs it (`with_name`). It is
    entered in the issuer's store before it leaves, so it can be revoked by its identifier, and it falls with the
    account. `holder` None gives a code that a screenshot replays. Raises what `Issuer.issue` raises.
    """
    if type(life_s) is not int or life_s > LIFE_S:  # before anything is entered
        raise UsageError(
            "usage.argument",
            why=f"a counter code lives 1 to {LIFE_S} seconds",
            why_vi=f"mã tại quầy có thời hạn từ 1 đến {LIFE_S} giây",
        )
    draft = issuer.drafts.draft(
        person,
        level,
        audience=counter,
        auth_level=auth_level,
        evidence=evidence,
        amr=amr,
        claims=(),
        life_s=life_s,
        account=account,
    )
    make = partial(
        make_counter_credential,
        issuer.keys,
        issuer=issuer.issuer,
        counter=counter,
        level=level,
        auth_level=auth_level,
        holder=holder,
        name=person.full_name if with_name else None,
        life_s=life_s,
        at=moment(draft.new.issued),
    )
    make(subject=issuer.keys.pseudonym(counter, draft.new.account))  # what cannot be made is refused, and not entered
    slot = issuer.store.enter(draft.new._replace(kind=COUNTER_CODE))
    subject, status = issuer.drafts.subject(draft, slot), (slot.uri, slot.place)
    return make(subject=subject, status=status, code_id=bytes.fromhex(slot.token_id))
