"""Credentials with ten claims: issuing, presenting and verifying beside bare ECDSA and two other libraries, in one run.

`python benchmarks/bench_disclosure.py` prints the table; `pytest benchmarks/bench_disclosure.py --benchmark-enable`
times the subjects one by one. Subjects take turns in short batches, as in `bench_tokens.py`. All sign with ES256 and
random salts, carry the same ten disclosures, `cnf` and `status`, and bind to audience and nonce; only `eid` looks at
the level, the type, the status and the nonce's second use. `openvc-core` cannot choose what to present, so presenting
everything is what is compared with it; `sd-jwt` checks no times.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from bench_tokens import against, measure
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.jwk import JWK
from openvc.keys import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite

from eid import Key, KeySet, Level, MemoryReplay, StatusList
from eid.disclosure import Contents, Copy, CredentialVerifier, make_credential, present

with warnings.catch_warnings(record=True):
    from sd_jwt.common import SDObj
    from sd_jwt.holder import SDJWTHolder
    from sd_jwt.issuer import SDJWTIssuer
    from sd_jwt.verifier import SDJWTVerifier

ISSUER = "https://id.tinh.example.vn"
AUDIENCE = "https://dichvucong.example.vn"
VCT = "https://id.tinh.example.vn/credential/person"
BATCH = 30  # operations of each subject in one round
ECDSA = ec.ECDSA(hashes.SHA256())
CHOSEN = ("name", "gender")
CLAIMS = {
    "name": "Nguyễn Thị Minh Khai",
    "birthdate": "1990-01-01",
    "gender": "female",
    "nationalities": ["VN"],
    "personal_number": "001190654321",
    "residence": "Số 12, ngõ 34, phố Trần Hưng Đạo, phường Cửa Nam, thành phố Hà Nội",
    "place_of_origin": "Xã Kim Liên, huyện Nam Đàn, tỉnh Nghệ An",
    "old_number": "012345678",
    "card_issued": "2021-10-15",
    "card_expires": "2030-01-01",
}


@dataclass
class World:
    """One issuer, one holder, one verifier, and the same keys in the form that each library wants."""

    keys: KeySet = field(default_factory=KeySet.generate)
    holder: Key = field(default_factory=Key.generate)
    status: StatusList = field(default_factory=lambda: StatusList(f"{ISSUER}/status/1"))

    def __post_init__(self) -> None:
        self.now = datetime.now(UTC)
        self.expires = self.now + timedelta(days=300)
        self.contents = Contents(
            issuer=ISSUER, vct=VCT, level=Level.TWO, rule_set="nd-69-2024", trust_framework=ISSUER, claims=CLAIMS
        )
        self.verifier = CredentialVerifier(
            KeySet.from_jwks(self.keys.public_jwks()),
            issuer=ISSUER,
            audience=AUDIENCE,
            vct=VCT,
            status=self.status,
            replay=MemoryReplay(),
        )
        self.private, self.holder_private = self.keys.active.private_key, self.holder.private_key
        self.public, self.holder_public = self.keys.active.public_key, self.holder.public_key
        self.count = 0
        self.credential = self.issue()
        signed = {name: value for name, value in self._payload().items() if name != "cnf"}
        self.sd_claims = {**signed, **{SDObj(name): value for name, value in CLAIMS.items()}}
        self.vc_claims = {**self._payload(), **CLAIMS}
        self.jwk = JWK.from_pyca(self.private)
        self.public_jwk = JWK.from_pyca(self.public)
        self.holder_jwk = JWK.from_pyca(self.holder_private)

    def issue(self) -> str:
        self.count += 1
        copy = Copy(
            credential_id=f"{self.count:032x}", uri=self.status.uri, index=self.count % 1000, holder=self.holder
        )
        return make_credential(self.keys.active, self.contents, copy, issued=self.now, expires=self.expires)

    def _payload(self) -> dict[str, object]:
        return {
            "iss": ISSUER,
            "vct": VCT,
            "iat": int(self.now.timestamp()),
            "exp": int(self.expires.timestamp()),
            "jti": "0" * 32,
            "status": {"status_list": {"idx": 1, "uri": self.status.uri}},
            "verification": self.contents.verification,
            "cnf": {"jwk": {n: v for n, v in self.holder.to_jwk().items() if n in ("kty", "crv", "x", "y")}},
        }

    def presentation(self) -> tuple[str, str]:
        """Everything shown, for a nonce of its own."""
        self.count += 1
        nonce = f"nonce-{self.count}"
        return present(self.credential, disclose=None, key=self.holder, audience=AUDIENCE, nonce=nonce), nonce


def issuers(world: World) -> dict[str, Callable[[object], object]]:
    """Each makes one credential with ten disclosures."""
    suite, key = SdJwtVcProofSuite(), P256SigningKey(world.private, world.keys.active.kid)
    header = {"typ": "dc+sd-jwt", "kid": world.keys.active.kid}
    cnf = world.vc_claims["cnf"]["jwk"]
    data = b"x" * 1200
    return {
        "raw": lambda _: world.private.sign(data, ECDSA),
        "eid": lambda _: world.issue(),
        "sd-jwt": lambda _: (
            SDJWTIssuer(world.sd_claims, world.jwk, world.holder_jwk, extra_header_parameters=header).sd_jwt_issuance
        ),
        "openvc-core": lambda _: suite.issue(world.vc_claims, signing_key=key, disclosable=CLAIMS, holder_jwk=cnf),
    }


def holders(world: World) -> dict[str, Callable[[object], object]]:
    """Each makes one presentation: two claims of ten, or all."""
    suite, key = SdJwtVcProofSuite(), P256SigningKey(world.holder_private, "holder")
    data = b"x" * 300

    def sd_jwt(chosen: object) -> str:
        held = SDJWTHolder(world.credential)
        held.create_presentation(chosen, "n-0S6_WzA2Mj", AUDIENCE, world.holder_jwk)
        return held.sd_jwt_presentation

    def eid(chosen: object) -> str:
        return present(world.credential, disclose=chosen, key=world.holder, audience=AUDIENCE, nonce="n-0S6_WzA2Mj")

    return {
        "raw": lambda _: world.holder_private.sign(data, ECDSA),
        "eid": lambda _: eid(CHOSEN),
        "sd-jwt": lambda _: sd_jwt(dict.fromkeys(CHOSEN, True)),
        "eid, all": lambda _: eid(None),
        "openvc-core, all": lambda _: suite.create_presentation(
            world.credential, holder_key=key, audience=AUDIENCE, nonce="n-0S6_WzA2Mj"
        ),
    }


def verifiers(world: World) -> dict[str, Callable[[tuple[str, str]], object]]:
    """Each takes a presentation and its nonce."""
    suite, public = SdJwtVcProofSuite(), world.keys.active.to_jwk()
    one, two = b"x" * 1200, b"y" * 300
    first, second = world.private.sign(one, ECDSA), world.holder_private.sign(two, ECDSA)

    def raw(_: tuple[str, str]) -> None:
        world.public.verify(first, one, ECDSA)
        world.holder_public.verify(second, two, ECDSA)

    return {
        "raw": raw,
        "eid": lambda shown: world.verifier.verify(shown[0], level=Level.TWO, nonce=shown[1]),
        "sd-jwt": lambda shown: SDJWTVerifier(
            shown[0], lambda *_: world.public_jwk, AUDIENCE, shown[1]
        ).get_verified_payload(),
        "openvc-core": lambda shown: suite.verify(
            shown[0],
            public_key_jwk=public,
            audience=AUDIENCE,
            nonce=shown[1],
            require_key_binding=True,
            expected_vct=VCT,
        ),
    }


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison); the spread is a fraction."""
    world = World()
    issuing = measure(issuers(world), lambda: [""] * BATCH)
    presenting = measure(holders(world), lambda: [""] * BATCH)
    verifying = measure(verifiers(world), lambda: [world.presentation() for _ in range(BATCH)])
    rows = [
        ("sd-jwt issue / make_credential", issuing, "sd-jwt", "eid", 2.0, "≥"),
        ("sd-jwt present / present", presenting, "sd-jwt", "eid", 2.0, "≥"),
        ("sd-jwt verify / CredentialVerifier.verify", verifying, "sd-jwt", "eid", 1.5, "≥"),
        ("make_credential / openvc-core", issuing, "eid", "openvc-core", 1.0, "≤"),
        ("present all / openvc-core", presenting, "eid, all", "openvc-core, all", 1.0, "≤"),
        ("CredentialVerifier.verify / openvc-core", verifying, "eid", "openvc-core", 1.0, "≤"),
        ("CredentialVerifier.verify / two raw ECDSA verify", verifying, "eid", "raw", 2.1, "≤"),
    ]
    found = []
    for subject, times, one, other, target, comparison in rows:
        measured, spread = against(times, one, other)
        found.append((subject, measured, target, spread, comparison))
    return found


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    return World()


@pytest.mark.parametrize("name", ["raw", "eid", "sd-jwt", "openvc-core"])
def test_issue(benchmark, world, name):
    benchmark.pedantic(issuers(world)[name], args=("",), rounds=200)


@pytest.mark.parametrize("name", ["raw", "eid", "sd-jwt", "eid, all", "openvc-core, all"])
def test_present(benchmark, world, name):
    benchmark.pedantic(holders(world)[name], args=("",), rounds=200)


@pytest.mark.parametrize("name", ["raw", "eid", "sd-jwt", "openvc-core"])
def test_verify(benchmark, world, name):
    benchmark.pedantic(verifiers(world)[name], setup=lambda: ((world.presentation(),), {}), rounds=200)


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:60s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
