"""Published keys, key files, and the file in which a desk keeps its issued tokens."""

from __future__ import annotations

import tempfile
from pathlib import Path

from eid import Key, KeySet
from eid.encoding import dump_json
from eid.errors import RefusedError
from eid.ledger import open_ledger
from eid.pkcs8 import decrypt_pem

from .json_input import json_value, strict
from .target import Target, text

KEYS = [KeySet.generate(alg) for alg in ("ES256", "ES384", "Ed25519")]
RSA_JWK = {
    "kty": "RSA",
    "n": "uS7-bDsP5ZvLmFo0aG2VbF8t7Jw3yY3kq1Wb2n4CqRk" + "A" * 300,
    "e": "AQAB",
    "alg": "PS256",
    "use": "sig",
    "kid": "rsa",
}
FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name) / "keys.pem"
KEYS[0].save(FILE, lambda _: "word")
LEDGER = Path(FOLDER.name) / "ledger.json"
SAVED = FILE.read_bytes()
BLOCK = SAVED[SAVED.index(b"-----BEGIN ENCRYPTED") :].split(b"-----END", 1)[0] + b"-----END ENCRYPTED PRIVATE KEY-----"


def load(data: bytes) -> object:
    FILE.write_bytes(data)
    return KeySet.load(FILE, lambda _: "word")


def ledger(data: bytes) -> object:
    """What a ledger's file says; leaving with an error, so that nothing is written back."""
    LEDGER.write_bytes(data)
    with open_ledger(LEDGER, now=1_800_000_000) as opened:
        assert opened.status_list
        raise RefusedError("status.full")


def new_ledger() -> bytes:
    LEDGER.unlink(missing_ok=True)
    with open_ledger(LEDGER, now=1_800_000_000, uri="https://id.example.vn/status/1") as opened:
        opened.tokens["0" * 32] = opened.status_list.allocate(), 1_800_000_300
    return LEDGER.read_bytes()


def open_pem(data: bytes) -> object:
    return strict(lambda pem: decrypt_pem(pem, "word"), text(data))


TARGETS = (
    Target(
        "jwks",
        lambda data: KeySet.from_jwks(json_value(data)),
        (*(dump_json(keys.public_jwks()) for keys in KEYS), dump_json({"keys": [RSA_JWK]}), b'{"keys":[{}]}', b"[]"),
    ),
    Target(
        "jwk",
        lambda data: Key.from_jwk(json_value(data)),
        (*(dump_json(keys.active.to_jwk()) for keys in KEYS), dump_json(RSA_JWK), b"{}"),
    ),
    Target("ledger", ledger, (new_ledger(), b"{}")),
    Target("key file", load, (SAVED, SAVED[:200], b"{}")),
    Target("pem", open_pem, (BLOCK, b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", b"")),
)
