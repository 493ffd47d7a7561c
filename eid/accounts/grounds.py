"""On what ground an account is locked, unlocked or cancelled, and who may ask, as dated data.

NĐ 69/2024 Đ30 and Luật Căn cước 2023 Đ34 (from 1/7/2024); NĐ 59/2022 Đ19 before. The article of NĐ 69/2024 that lists
the grounds for accounts was not at hand: its table follows Luật Căn cước Đ34 and NĐ 59/2022 Đ19. It is data, recalled;
an issuer gives its own table where `ACCOUNT_RULES` is the default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..errors import RefusedError
from ..level import Level
from ..rules import VIETNAM, HolderKind, midnight


class Asker(StrEnum):
    """In what role someone asks: a word, never a name."""

    HOLDER = "holder"
    REPRESENTATIVE = "representative"  # acts for the holder by a recorded link
    MANAGER = "manager"  # the body that keeps the accounts
    SYSTEM = "system"  # a program of that body, when the ground is seen in its data
    AUTHORITY = "authority"
    PROCEEDINGS = "proceedings-body"
    RELYING_PARTY = "relying-party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground: who may ask for what on it, and whose accounts it can concern.

    With `Asker.SYSTEM` among the unlockers the lock ends by itself when the ground does. A `final` ground is never
    unlocked. After a cancellation on a ground that is `again`, the same number may open an account once more.
    """

    name: str
    text: str
    text_vi: str
    lockers: frozenset[Asker] = frozenset()
    unlockers: frozenset[Asker] = frozenset()
    cancellers: frozenset[Asker] = frozenset()
    holders: frozenset[HolderKind] = frozenset(HolderKind)
    final: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRules:
    """The rules for the life of accounts from one day to another (inclusive); ages and times in years."""

    name: str
    law: str
    valid_from: date
    valid_to: date | None
    grounds: tuple[Ground, ...]
    guardian_below_age: int
    representative_level: Level
    retention_years: int

    def ground(self, name: str) -> Ground | None:
        """The ground of this name."""
        return next((ground for ground in self.grounds if ground.name == name), None)


_SELF = frozenset({Asker.HOLDER, Asker.REPRESENTATIVE})
_KEEPER = frozenset({Asker.MANAGER, Asker.SYSTEM})
_PEOPLE = frozenset({HolderKind.CITIZEN, HolderKind.FOREIGNER})


def _automatic(name: str, text: str, text_vi: str, *holders: HolderKind, again: bool = False) -> Ground:
    """A ground that is seen in the keeper's own data, and ends there."""
    return Ground(
        name=name,
        text=text,
        text_vi=text_vi,
        lockers=_KEEPER,
        unlockers=_KEEPER,
        cancellers=_KEEPER if again else frozenset(),
        holders=frozenset(holders),
        again=again,
    )


def _by_a_body(name: str, text: str, text_vi: str, asker: Asker) -> Ground:
    """A ground that lasts until the body that asked asks again."""
    return Ground(name=name, text=text, text_vi=text_vi, lockers=frozenset({asker}), unlockers=frozenset({asker}))


_GROUNDS: tuple[Ground, ...] = (
    Ground(
        name="own-request",
        text="the holder asks",
        text_vi="chủ thể yêu cầu",
        lockers=_SELF,
        unlockers=_SELF,
        cancellers=_SELF,
        again=True,
    ),
    Ground(
        name="terms-breach",
        text="breach of the terms of use",
        text_vi="vi phạm thỏa thuận sử dụng",
        lockers=_KEEPER,
        unlockers=frozenset({Asker.MANAGER}),
    ),
    _automatic("card-revoked", "the card was revoked or is held", "thẻ bị thu hồi hoặc bị giữ", HolderKind.CITIZEN),
    Ground(
        name="death",
        text="the holder died",
        text_vi="chủ thể đã chết",
        lockers=_KEEPER,
        cancellers=_KEEPER,
        holders=_PEOPLE,
        final=True,
    ),
    _automatic(
        "travel-document-expired",
        "the travel document expired",
        "giấy tờ đi lại quốc tế hết hạn",
        HolderKind.FOREIGNER,
    ),
    _automatic(
        "residence-ended",
        "the term of residence ended",
        "hết thời hạn cư trú",
        HolderKind.FOREIGNER,
        again=True,
    ),
    _automatic(
        "organisation-stopped",
        "the organisation stopped its activity or was dissolved",
        "tổ chức ngừng hoạt động hoặc giải thể",
        HolderKind.ORGANISATION,
        again=True,
    ),
    _by_a_body(
        "proceedings",
        "a body conducting legal proceedings asks",
        "cơ quan tiến hành tố tụng yêu cầu",
        Asker.PROCEEDINGS,
    ),
    _by_a_body("authority", "a competent authority asks", "cơ quan có thẩm quyền yêu cầu", Asker.AUTHORITY),
    Ground(
        name="registered-in-error",
        text="the account was registered in error",
        text_vi="tài khoản được đăng ký nhầm",
        cancellers=frozenset({Asker.MANAGER}),
        again=True,
    ),
)

ACCOUNT_RULES: tuple[AccountRules, ...] = (
    AccountRules(
        name="nd-69-2024",
        law="NĐ 69/2024 Đ30; Luật Căn cước Đ34",
        valid_from=date(2024, 7, 1),
        valid_to=None,
        grounds=_GROUNDS,
        guardian_below_age=14,
        representative_level=Level.TWO,
        retention_years=5,
    ),
    AccountRules(
        name="nd-59-2022",
        law="NĐ 59/2022 Đ19",
        valid_from=date(2022, 10, 20),
        valid_to=date(2024, 6, 30),
        grounds=(
            *_GROUNDS,
            _by_a_body("relying-party", "a relying party asks", "bên sử dụng dịch vụ yêu cầu", Asker.RELYING_PARTY),
        ),
        guardian_below_age=14,
        representative_level=Level.TWO,
        retention_years=5,
    ),
)


def account_rules_at(s: int, rules: Sequence[AccountRules] = ACCOUNT_RULES) -> AccountRules:
    """The one of `rules` that is in force at second `s`; none is `RefusedError` (`account.no-rule`)."""
    for found in rules:
        if midnight(found.valid_from) <= s and (
            found.valid_to is None or s < midnight(found.valid_to + timedelta(days=1))
        ):
            return found
    raise RefusedError("account.no-rule", day=datetime.fromtimestamp(s, VIETNAM).date())
