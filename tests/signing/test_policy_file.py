"""signing.policy.load_policy: a file that does not say plainly what it allows is refused, and nothing is guessed."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing.errors import UsageError
from signing.policy import DEFAULT_POLICY, Policy, load_policy

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def loaded(folder: Path, text: str) -> Policy:
    path = folder / "policy.json"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


@pytest.mark.parametrize(
    "text",
    [
        *("[]", '""', "null", "0", "{", "[" * 9000),
        *('{"rsa_bits": [[true, null]]}', '{"rsa_bits": [[0, null]]}', '{"rsa_bits": [[-1, null]]}'),
        *('{"rsa_bits": [[Infinity, null]]}', '{"rsa_bits": [[1e999, null]]}', '{"rsa_bits": [[NaN, null]]}'),
        *('{"rsa_bits": [[2048.9, null]]}', '{"rsa_bits": [["1024", null]]}', '{"rsa_bits": {"12": null}}'),
        *('{"rsa_bits": [[2048, "2029-01-01"], [2048, null]]}', '{"rsa_bits": [2048]}', '{"rsa_bits": [[[], null]]}'),
        *(
            '{"ec_curves": "secp256r1"}',
            '{"ec_curves": [1, true, null]}',
            '{"ec_curves": {"secp256r1": 1}}',
            '{"ec_curves": ["P-256"]}',
        ),
        *('{"digests": {"SHA256": null}}', '{"digests": {"sha256": 1}}', '{"digests": {"sha256": true}}'),
        *('{"digests": []}', '{"schemes": {"rsa": null}}', '{"schemes": {"ecdsa": "0001-01-01T00:00:00+14:00"}}'),
        *('{"require_revocation": 0}', '{"require_revocation": null}', '{"name": null}', '{"name": "\\ud800"}'),
        *('{"require_revocation": true, "require_revocation": false}', '{"rsabits": []}'),
    ],
)
def test_a_policy_that_is_no_policy_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, text)
    assert caught.value.code in {"usage.argument", "input.unreadable"}


def test_what_a_policy_says_replaces_the_default_and_nothing_else(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{}") == DEFAULT_POLICY
    given = loaded(
        tmp_path,
        '{"name": "của tôi", "rsa_bits": [[3072, null], [2048, "2027-01-01"]], "ec_curves": ["secp384r1"],'
        ' "digests": {"md5": "2009-01-01", "sha512": null}, "require_revocation": false}',
    )
    assert (given.name, given.require_revocation, given.schemes) == ("của tôi", False, DEFAULT_POLICY.schemes)
    assert given.rsa_bits == ((2048, datetime(2027, 1, 1, tzinfo=UTC)), (3072, FOREVER))
    assert given.ec_curves == {"secp384r1"}
    assert given.digests == {"md5": datetime(2009, 1, 1, tzinfo=UTC), "sha512": FOREVER}


def test_a_sunset_keeps_its_time_zone(tmp_path: Path) -> None:
    given = loaded(tmp_path, '{"digests": {"sha1": "2029-01-01T00:00:00+07:00"}}')
    assert given.digests["sha1"] == datetime(2028, 12, 31, 17, tzinfo=UTC)


def test_a_policy_cannot_be_changed_behind_the_results_it_gave() -> None:
    table = dict(DEFAULT_POLICY.digests)
    policy = Policy(digests=table)
    table.clear()
    assert policy == DEFAULT_POLICY
    with pytest.raises(TypeError):
        policy.digests["md5"] = FOREVER  # type: ignore[index]
    again = pickle.loads(pickle.dumps(policy))
    assert again == copy.deepcopy(policy) == replace(policy) == DEFAULT_POLICY
