"""Identity tokens: verifying and issuing beside the bare ECDSA operation and beside four other libraries, in one run.

`python benchmarks/bench_tokens.py` prints the table; `pytest benchmarks/bench_tokens.py --benchmark-enable` times the
subjects one by one. Subjects take turns in short batches, so that a busy machine slows them alike; what is compared is
the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jose.jwk
import jose.jwt
import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from eid import (
    AuthenticationLevel,
    Evidence,
    Holder,
    Issuer,
    JsonLinesJournal,
    Key,
    KeySet,
    Level,
    MemoryReplay,
    OpenedStatusList,
    Person,
    SqliteReplay,
    Verifier,
    make_proof,
)
from eid.encoding import unb64url

with warnings.catch_warnings(record=True):  # Authlib says that this module moves to joserfc
    from authlib.jose import JsonWebKey, JsonWebToken

ISSUER = "https://id.tinh.example.vn"
AUDIENCE = "https://dichvucong.example.vn"
KEYS = 100
ROUNDS = 100
BATCH = 60  # operations of each subject in one round
ECDSA = ec.ECDSA(hashes.SHA256())
NONCE = "n-0S6_WzA2Mj"
ACCOUNT = "5f1d7c9ab24e4b0f8a6d3e2c1b0f9e8d"


@dataclass
class World:
    """One issuer with a hundred keys, one verifier, a fresh token for every verification."""

    keys: KeySet = field(default_factory=KeySet.generate)
    person: Person = field(
        default_factory=lambda: Person(
            number="001090123456",
            full_name="Nguyễn Thị Minh Khai",
            birth_date=date(1990, 1, 1),
            sex="female",
            residence="Số 12, ngõ 34, phố Trần Hưng Đạo, phường Cửa Nam, thành phố Hà Nội",
            place_of_origin="Xã Kim Liên, huyện Nam Đàn, tỉnh Nghệ An",
            old_number="012345678",
            card_issued=date(2021, 10, 15),
            card_expires=date(2030, 1, 1),
        )
    )

    holder: Key = field(default_factory=Key.generate)

    def __post_init__(self) -> None:
        while len(self.keys.keys) < KEYS:
            self.keys = self.keys.rotate(at=datetime.now(UTC) - timedelta(days=1))
        checked = datetime.now(UTC) - timedelta(days=400)
        self.evidence = [
            Evidence(kind="chip", method="passive-authentication", time=checked),
            Evidence(kind="face", method="in-person", time=checked),
            Evidence(kind="fingerprint", method="in-person", time=checked),
        ]
        self.issuer = Issuer(ISSUER, self.keys)
        published = KeySet.from_jwks(self.keys.public_jwks())
        self.status = OpenedStatusList.open(self.issuer.status_token(), published)
        self.verifier = Verifier(published, issuer=ISSUER, audience=AUDIENCE, status=self.status, replay=MemoryReplay())
        self.token = self.issue()
        self.signing_input, _, encoded = self.token.encode().rpartition(b".")
        raw = unb64url(encoded)
        self.signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        self.private = self.keys.active.private_key
        self.public = self.keys.active.public_key
        self.claims = joserfc.jwt.decode(self.token, joserfc.jwk.ECKey.import_key(self.keys.active.to_jwk())).claims

    def bound(self) -> str:
        """A holder-bound token and the holder's proof."""
        token = self.issue(holder=self.holder)
        return f"{token} {make_proof(self.holder, audience=AUDIENCE, nonce=NONCE, over=token)}"

    def issue(self, **more: Any) -> str:
        """A token about the holder of an account, as a registry's issuer makes it."""
        return self.issuer.issue(
            self.person,
            Level.TWO,
            audience=AUDIENCE,
            auth_level=AuthenticationLevel.THREE,
            evidence=self.evidence,
            amr=("pin", "hwk", "face"),
            nonce=NONCE,
            account=ACCOUNT,
            **more,
        )

    def verify(self, token: str) -> object:
        return self.verifier.verify(
            token, level=Level.TWO, auth_level=AuthenticationLevel.THREE, nonce=NONCE, max_age_s=600
        )


def verifiers(world: World) -> dict[str, Callable[[str], object]]:
    """Each takes a token; the libraries hold their keys loaded, as their manuals show."""
    jwks = {"keys": [{k: v for k, v in key.items() if k != "iat"} for key in world.keys.public_jwks()["keys"]]}
    jose_key = jose.jwk.construct(world.public, "ES256")
    required = ["iss", "sub", "aud", "iat", "exp", "jti", "auth_time", "acr", "amr", "verified_claims", "status"]
    pyjwt_keys = {key.key_id: key for key in pyjwt.PyJWKSet.from_dict(jwks).keys}
    rfc_keys = joserfc.jwk.KeySet.import_key_set(jwks)
    rfc_registry = joserfc.jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
    )
    authlib_jwt, authlib_keys = JsonWebToken(["ES256"]), JsonWebKey.import_key_set(jwks)
    authlib_options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
        "exp": {"essential": True},
    }
    signature, signing_input, public = world.signature, world.signing_input, world.public

    def use_joserfc(token: str) -> object:
        decoded = joserfc.jwt.decode(token, rfc_keys, algorithms=["ES256"])
        rfc_registry.validate(decoded.claims)
        return decoded

    def use_pyjwt(token: str) -> object:
        key = pyjwt_keys[pyjwt.get_unverified_header(token)["kid"]]
        return pyjwt.decode(
            token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER, options={"require": required}
        )

    def use_authlib(token: str) -> object:
        claims = authlib_jwt.decode(token, authlib_keys, claims_options=authlib_options)
        claims.validate()
        return claims

    return {
        "raw": lambda _: public.verify(signature, signing_input, ECDSA),
        "eid": world.verify,
        "jose.jwt.decode": lambda token: jose.jwt.decode(
            token, jose_key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER
        ),
        "PyJWT": use_pyjwt,
        "joserfc": use_joserfc,
        "Authlib": use_authlib,
    }


def bound_verifiers(world: World) -> dict[str, Callable[[str], object]]:
    """Each takes a holder-bound token and its proof, with a space between them: two signatures."""
    signature, signing_input, public = world.signature, world.signing_input, world.public

    def raw_twice(_: str) -> None:
        public.verify(signature, signing_input, ECDSA)
        public.verify(signature, signing_input, ECDSA)

    def use_eid(both: str) -> object:
        token, proof = both.split(" ")
        return world.verifier.verify(token, level=Level.TWO, nonce=NONCE, holder=Holder.REQUIRED, proof=proof)

    return {"raw": raw_twice, "eid": use_eid}


def durable_verifiers(world: World, folder: str) -> dict[str, Callable[[str], object]]:
    """With every use on disk before the verdict (SQLite, synchronous FULL), and with a journal beside it."""
    keys, signature, signing_input = KeySet.from_jwks(world.keys.public_jwks()), world.signature, world.signing_input

    def judge(name: str, journal: JsonLinesJournal | None) -> Verifier:
        replay = SqliteReplay(f"{folder}/{name}.db")
        return Verifier(keys, issuer=ISSUER, audience=AUDIENCE, status=world.status, replay=replay, journal=journal)

    replay, both = judge("replay", None), judge("both", JsonLinesJournal(f"{folder}/journal.jsonl"))
    return {
        "raw": lambda _: world.public.verify(signature, signing_input, ECDSA),
        "replay": lambda token: replay.verify(token, level=Level.TWO, nonce=NONCE),
        "both": lambda token: both.verify(token, level=Level.TWO, nonce=NONCE),
    }


def issuers(world: World) -> dict[str, Callable[[str], object]]:
    """Each makes one token; the libraries sign ready-made claims."""
    header = {"alg": "ES256", "typ": "eid+jwt", "kid": world.keys.active.kid}
    claims, private = world.claims, world.private
    jose_key = jose.jwk.construct(private, "ES256")
    rfc_key = joserfc.jwk.ECKey.import_key(private)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    authlib_key, authlib_jwt = JsonWebKey.import_key(pem), JsonWebToken(["ES256"])
    return {
        "raw": lambda _: private.sign(world.signing_input, ECDSA),
        "eid": lambda _: world.issue(),
        "jose.jwt.encode": lambda _: jose.jwt.encode(claims, jose_key, algorithm="ES256", headers=header),
        "PyJWT": lambda _: pyjwt.encode(claims, private, algorithm="ES256", headers=header),
        "joserfc": lambda _: joserfc.jwt.encode(header, claims, rfc_key),
        "Authlib": lambda _: authlib_jwt.encode(header, claims, authlib_key),
    }


def measure(subjects: dict[str, Callable[[str], object]], tokens: Callable[[], list[str]]) -> dict[str, list[float]]:
    """Seconds an operation of each subject, round by round; the subjects take turns within a round."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    enabled = gc.isenabled()
    try:
        for _ in range(ROUNDS):
            batch = tokens()
            gc.collect()
            gc.disable()
            for name, run in subjects.items():
                start = time.perf_counter()
                for token in batch:
                    run(token)
                times[name].append((time.perf_counter() - start) / len(batch))
    finally:
        if enabled:
            gc.enable()
    return times


def against(times: dict[str, list[float]], one: str, other: str) -> tuple[float, float]:
    """How many times as long `one` takes as `other`, and half the distance of the quartiles as a fraction."""
    within = [a / b for a, b in zip(times[one], times[other], strict=True)]
    low, middle, high = statistics.quantiles(within, n=4)
    return middle, (high - low) / 2 / middle


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison): measured is to be ≤ the target; the spread is a fraction."""
    world = World()
    verifying = measure(verifiers(world), lambda: [world.issue() for _ in range(BATCH)])
    issuing = measure(issuers(world), lambda: [""] * BATCH)
    rows = [
        ("Verifier.verify / raw ECDSA verify", *_row(verifying, "eid", "raw", 1.6)),
        ("Issuer.issue with account= / raw ECDSA sign", *_row(issuing, "eid", "raw", 1.9)),
    ]
    bound = measure(bound_verifiers(world), lambda: [world.bound() for _ in range(BATCH)])
    rows.append(("Verifier.verify, holder-bound with proof / two raw verifications", *_row(bound, "eid", "raw", 1.8)))
    with tempfile.TemporaryDirectory() as folder:
        durable = measure(durable_verifiers(world, folder), lambda: [world.issue() for _ in range(BATCH)])
    rows.append(("Verifier.verify, durable replay / raw ECDSA verify", *_row(durable, "replay", "raw", 40.0)))
    rows.append(("Verifier.verify, durable replay and journal / raw", *_row(durable, "both", "raw", 60.0)))
    for name in ("jose.jwt.decode", "PyJWT", "joserfc", "Authlib"):
        rows.append((f"Verifier.verify / {name}", *_row(verifying, "eid", name, 1.0)))
    for name in ("jose.jwt.encode", "PyJWT", "joserfc", "Authlib"):
        rows.append((f"Issuer.issue / {name} (its claims ready-made)", *_row(issuing, "eid", name, 1.0)))
    return rows


def _row(times: dict[str, list[float]], one: str, other: str, target: float) -> tuple[float, float, float, str]:
    measured, spread = against(times, one, other)
    return measured, target, spread, "≤"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    return World()


@pytest.mark.parametrize("name", ["raw", "eid", "jose.jwt.decode", "PyJWT", "joserfc", "Authlib"])
def test_verify(benchmark, world, name):
    run = verifiers(world)[name]
    benchmark.pedantic(run, setup=lambda: ((world.issue(),), {}), rounds=300)


@pytest.mark.parametrize("name", ["raw", "eid", "jose.jwt.encode", "PyJWT", "joserfc", "Authlib"])
def test_issue(benchmark, world, name):
    run = issuers(world)[name]
    benchmark.pedantic(run, args=("",), rounds=300)


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:60s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
