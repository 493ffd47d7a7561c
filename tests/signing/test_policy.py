"""What is accepted and until when: baselines in order, sunsets as data."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from signing.policy import DEFAULT_POLICY, Baseline, Policy

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def day(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def test_baselines_compare_by_what_they_prove_not_by_their_letters() -> None:
    assert list(Baseline) == ["B-B", "B-T", "B-LT", "B-LTA"]
    assert sorted([Baseline.B_LTA, Baseline.B_T, Baseline.B_LT, Baseline.B_B]) == list(Baseline)
    assert Baseline.B_B < Baseline.B_T < Baseline.B_LT < Baseline.B_LTA
    assert Baseline.B_LT < "B-LTA"
    assert Baseline.B_LT >= "B-LT"
    assert not Baseline.B_LT > Baseline.B_LTA
    assert Baseline.B_T <= Baseline.B_T
    assert [b.rank for b in Baseline] == [0, 1, 2, 3]


@pytest.mark.parametrize("wrong", ["b-lt", "LT", "B-X", "", "1"])
def test_an_unknown_baseline_is_never_comparable(wrong: str) -> None:
    with pytest.raises(ValueError):
        Baseline(wrong)
    with pytest.raises(ValueError):
        assert wrong > Baseline.B_B


@pytest.mark.parametrize(
    ("digest", "ends"),
    [("sha256", FOREVER), ("sha3_512", FOREVER), ("sha224", day(2029)), ("sha1", day(2012)), ("md5", None), ("", None)],
)
def test_digests_and_their_ends(digest: str, ends: datetime | None) -> None:
    assert DEFAULT_POLICY.digest_ends(digest) == ends


@pytest.mark.parametrize(
    ("scheme", "bits", "curve", "ends"),
    [
        ("ecdsa", 256, "secp256r1", FOREVER),
        ("ecdsa", 256, "brainpoolP256r1", FOREVER),
        ("ecdsa", 256, "secp256k1", None),
        ("ecdsa", 192, "secp192r1", None),
        ("ecdsa", 256, None, None),
        ("ed25519", 256, "ed25519", FOREVER),
        ("rsassa-pss", 4096, None, FOREVER),
        ("rsassa-pss", 3000, None, FOREVER),
        ("rsassa-pss", 2999, None, day(2029)),
        ("rsassa-pss", 2048, None, day(2029)),
        ("rsassa-pss", 2047, None, None),
        ("rsa-pkcs1-v1_5", 4096, None, day(2029)),
        ("rsa-pkcs1-v1_5", 1024, None, None),
        ("dsa", 3072, None, None),
        ("1.2.3", 4096, None, None),
    ],
)
def test_schemes_keys_and_their_ends(scheme: str, bits: int, curve: str | None, ends: datetime | None) -> None:
    assert DEFAULT_POLICY.signature_ends(scheme, bits, curve) == ends


def test_another_policy_is_another_value() -> None:
    strict = replace(DEFAULT_POLICY, name="strict", schemes={"ecdsa": FOREVER})
    assert strict.signature_ends("rsassa-pss", 4096, None) is None
    assert DEFAULT_POLICY.signature_ends("rsassa-pss", 4096, None) == FOREVER


def test_a_policy_travels_to_other_processes() -> None:
    copy = pickle.loads(pickle.dumps(DEFAULT_POLICY))
    assert isinstance(copy, Policy)
    assert copy.name == DEFAULT_POLICY.name
    for digest in DEFAULT_POLICY.digests:
        assert copy.digest_ends(digest) == DEFAULT_POLICY.digest_ends(digest)
