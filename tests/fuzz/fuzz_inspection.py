"""`inspect`: every parser from another side, and never an error at all."""

from __future__ import annotations

import json

from eid.cards.synthetic import SyntheticCountry
from eid.encoding import dump_json
from eid.inspection import inspect
from eid.testing import FakeIssuer

from .fuzz_cards import ELEVEN, SEVEN, TD1, TD3
from .fuzz_counters import BOUND, CODE
from .fuzz_disclosures import PRESENTED
from .target import Target, text

FAKE = FakeIssuer()
CARD = SyntheticCountry().signer().card(FAKE.adult)


class NoErrorAllowedError(Exception):
    """`inspect` answers whatever it is given."""


def show(data: bytes | str) -> object:
    try:
        found = inspect(data)
    except Exception as e:
        raise NoErrorAllowedError(repr(e)) from e
    return json.dumps(found.to_dict())


TOKENS = (FAKE.token().encode(), FAKE.status_token().encode(), PRESENTED.encode(), dump_json(FAKE.jwks))
CODES = (CODE.encode(), SEVEN.encode(), ELEVEN.encode(), TD1.encode(), TD3.encode(), b"001090123456")
TARGETS = (
    Target("text", lambda data: show(text(data)), TOKENS + CODES),
    Target("bytes", show, (*CARD.files.values(), BOUND, TOKENS[0], b"-----BEGIN X-----\n-----END X-----")),
)
