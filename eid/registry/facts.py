"""What the book of accounts says about the holder of an account, for issuing (NĐ 69/2024 Đ7)."""

from __future__ import annotations

from ..errors import RefusedError
from ..issuance import AccountFacts
from .accounts import AccountBook


def account_facts(book: AccountBook, account_id: str) -> AccountFacts:
    """Person, level, evidence and consents of an active account.

    Raises `RefusedError`: `account.unknown`, `account.locked`, `account.cancelled`, and `account.no-level` for an
    organisation. Whether the account is still active is asked again when the token is entered.
    """
    account = book.show(account_id)
    account.check_active()
    if account.person is None or account.level is None:
        raise RefusedError("account.no-level")
    return AccountFacts(account.person, account.level, account.evidence, account.consents)
