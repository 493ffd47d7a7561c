"""Whose a new token is: the account that was named, when it is the person's, or the one to which the number leads."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ..issuance import NewToken
from .accounts_schema import numbers


def owners_of(connection: sa.Connection, new: Sequence[NewToken]) -> tuple[list[bytes], set[NewToken]]:
    """Under which account each token stands: the one that was named, or the one to which the person's number leads.
    Then the tokens whose named account is not the one of their person: a lock would not reach them."""
    wanted = {token.number for token in new if token.number is not None}
    found: dict[str | None, str] = {}
    if wanted:
        query = sa.select(numbers.c.keyed, numbers.c.account).where(numbers.c.keyed.in_(wanted))
        found = {row.keyed: row.account for row in connection.execute(query)}
    doubtful = {token for token in new if token.named and token.number and found.get(token.number) != token.account}
    named = {token.account for token in doubtful if token.number not in found}
    known: set[str] = set()  # accounts whose numbers are other ones; of an account kept elsewhere nothing is known
    if named:
        query = sa.select(numbers.c.account).where(numbers.c.account.in_(named))
        known = {str(account) for account in connection.execute(query).scalars()}
    strangers = {token for token in doubtful if token.number in found or token.account in known}
    owners = (token.account if token.named else found.get(token.number, token.account) for token in new)
    return [bytes.fromhex(owner) for owner in owners], strangers
