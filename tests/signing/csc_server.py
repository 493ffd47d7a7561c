"""A remote signing service on loopback: CSC API 1.0.4 and 2.0, Ascertia's and VNPT's dialects, with faults on demand.

It checks what a real one checks: access tokens, PIN and OTP, that an authorisation is for these hashes and that many
signatures, and it signs hashes with a key of its own. `faults[method]` is a list of what to do instead, one a call.
"""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from .cms_makers import make_key, make_leaf, root
from .csc_loopback import Fault, RefusedError

PASSWORD, SECRET, PIN, OTP = "mật-khẩu-dịch-vụ", "bí-mật-máy-khách", "482915", "730164"
ALGORITHMS = {
    "p256": ["1.2.840.10045.4.3.2"],
    "p384": ["1.2.840.10045.2.1"],
    "rsa2048": ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"],
    "rsa3072": ["1.2.840.113549.1.1.11"],
}
HASHES = {32: hashes.SHA256(), 48: hashes.SHA384(), 64: hashes.SHA512()}


@dataclass(kw_only=True)
class CscService:
    """What the service is and has seen; all of it may be changed while it runs."""

    kind: str = "p256"
    version: int = 1
    mode: str = "explicit"
    scal: str = "2"
    multisign: int = 10
    pin: bool = True
    otp: bool = False
    expression: str | None = None
    challenge: str | None = None  # in-band question of a factor FACE in place of OTP
    asynchronous: bool = False
    confirm_after: int = 0  # polls
    extend: bool = True
    ways: tuple[str, ...] = ("basic", "oauth2code")
    life_s: int = 300
    raw_ecdsa: bool = False
    certificate: x509.Certificate | None = None
    info: dict[str, Any] = field(default_factory=dict)
    credentials: tuple[str, ...] = ("KY-01",)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    grants: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[str, list[Any]] = field(default_factory=dict)
    port: int = 0
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def leaf(self) -> x509.Certificate:
        return self.certificate or make_leaf(self.kind)

    def uri(self, **options: object) -> str:
        query = "&".join(f"{k}={v}" for k, v in ({"user": "lan", "poll": "0.01"} | options).items() if v is not None)
        return f"csc+http://127.0.0.1:{self.port}{self.path}?{query}"

    @property
    def path(self) -> str:
        return f"/csc/v{self.version}"

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def new(self, what: str) -> str:
        return f"{what}-{next(self._count)}-{'x' * 20}"

    # --- the API ------------------------------------------------------------------------------------------------------

    def answer(self, method: str, values: dict[str, Any], authorization: str) -> Any:
        self.calls.append((method, values))
        self.headers.append(authorization)
        if self.faults.get(method):
            done = self.faults[method].pop(0)(values)
            if done is not None:
                return done
        if method == "info":
            return self.about()
        if method == "auth/login":
            return self.login(authorization)
        if authorization.removeprefix("Bearer ") not in self.tokens and "none" not in self.ways:
            raise RefusedError(401, "invalid_token", "The access token is not valid")
        name = method.replace("/", "_").replace(".", "_").lower()
        return getattr(self, name)(values)

    def about(self) -> dict[str, Any]:
        methods = ["auth/login", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"]
        methods += ["credentials/extendTransaction"] * self.extend + ["credentials/sendOTP"]
        methods += ["signatures/signPolling"] * self.asynchronous + ["credentials/getChallenge"] * bool(self.challenge)
        specs = {1: "1.0.4.0", 2: "2.0.0.0"}[self.version]
        return {"specs": specs, "name": "Thử", "methods": methods, "authType": list(self.ways)} | {
            "asynchronousOperationMode": self.asynchronous,
            "oauth2": f"http://127.0.0.1:{self.port}",
            **self.info,
        }

    def login(self, authorization: str) -> dict[str, Any]:
        if base64.b64decode(authorization.removeprefix("Basic ")).decode() != f"lan:{PASSWORD}":
            raise RefusedError(400, "authentication_error", f"wrong: {authorization}")
        return self.give_token()

    def give_token(self) -> dict[str, Any]:
        token = self.new("token")
        self.tokens.add(token)
        return {"access_token": token, "expires_in": 3600}

    def credentials_list(self, values: dict[str, Any]) -> dict[str, Any]:
        if "auth/login" in self.methods() and "userID" in values:
            raise RefusedError(400, "invalid_request", "userID parameter MUST be null")
        return {"credentialIDs": list(self.credentials)}

    def credentials_info(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["credentialID"] not in self.credentials:
            raise RefusedError(400, "invalid_request", "Invalid parameter credentialID")
        leaf = self.leaf
        chain = [base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in (leaf, root())]
        answer: dict[str, Any] = {
            "key": {"status": "enabled", "algo": ALGORITHMS[self.kind], "len": leaf.public_key().key_size},
            "cert": {"status": "valid", "certificates": chain, "serialNumber": f"{leaf.serial_number:X}"},
            "SCAL": self.scal,
            "multisign": self.multisign,
        }
        return answer | (self.factors_v1() if self.version == 1 else self.factors_v2())

    def factors_v1(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"authMode": self.mode}
        if self.mode == "explicit":
            answer["PIN"] = {"presence": str(self.pin).lower(), "format": "N", "label": "Mã PIN"}
            answer["OTP"] = {"presence": str(self.otp).lower(), "type": "online", "format": "N"}
        return answer

    def factors_v2(self) -> dict[str, Any]:
        objects = [{"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}] * self.pin
        objects += [{"type": "Password", "id": "OTP", "format": "N", "label": "Mobile OTP"}] * self.otp
        objects += [{"type": "ChallengeResponse", "id": "FACE"}] * bool(self.challenge)
        mode = "explicit" if self.mode == "implicit" else self.mode
        return {
            "auth": {"mode": mode, "objects": objects} | ({"expression": self.expression} if self.expression else {})
        }

    def credentials_sendotp(self, _: dict[str, Any]) -> None:
        return None

    def credentials_getchallenge(self, values: dict[str, Any]) -> dict[str, Any]:
        assert values["authObjectID"] == "FACE"
        return {"challenge": self.challenge}

    def credentials_authorize(self, values: dict[str, Any]) -> dict[str, Any]:
        given = {v["id"]: v["value"] for v in values.get("authData", [])} or values
        if self.mode == "explicit" and self.pin and given.get("PIN") != PIN:
            error = {1: "invalid_pin", 2: "invalid_authentication_data"}[self.version]
            raise RefusedError(400, error, f"PIN {given.get('PIN')} is wrong")
        if self.otp and given.get("OTP") != OTP:
            raise RefusedError(400, "invalid_otp", "The OTP is invalid")
        if not 1 <= values["numSignatures"] <= self.multisign:
            raise RefusedError(400, "invalid_request", "Numbers of signatures is too high")
        wanted = values.get("hashes" if self.version == 2 else "hash")
        if self.confirm_after and self.version == 2:
            return self.wait(lambda: self.grant(wanted, values["numSignatures"]), "handle")
        return self.grant(wanted, values["numSignatures"])

    def grant(self, wanted: list[str] | None, left: int) -> dict[str, Any]:
        if self.scal == "2" and not wanted:
            raise RefusedError(400, "invalid_request", "Missing hash")
        sad = self.new("SAD")
        self.grants[sad] = {"hashes": wanted, "left": left, "until": time.monotonic() + self.life_s}
        return {"SAD": sad, "expiresIn": self.life_s}

    def credentials_extendtransaction(self, values: dict[str, Any]) -> dict[str, Any]:
        old = self.spend(values["SAD"], [])
        return self.grant(values.get("hashes") or values.get("hash"), old["left"])

    def credentials_authorizecheck(self, values: dict[str, Any]) -> Any:
        return self.look(values["handle"], "handle")

    def wait(self, outcome: Callable[[], Any], name: str) -> Any:
        identifier = self.new(name)
        self.waiting[identifier] = [self.confirm_after, outcome]
        return {name: identifier}

    def look(self, identifier: str, name: str) -> Any:
        entry = self.waiting[identifier]
        entry[0] -= 1
        if entry[0] > 0:
            raise RefusedError(202, values={name: identifier})
        return entry[1]()

    def spend(self, sad: str, wanted: list[str]) -> dict[str, Any]:
        grant = self.grants.get(sad)
        if grant is None:
            raise RefusedError(400, "invalid_request", "Invalid parameter SAD")
        if grant["until"] < time.monotonic():
            raise RefusedError(400, "invalid_request", "SAD expired")
        if len(wanted) > grant["left"] or (grant["hashes"] and not set(wanted) <= set(grant["hashes"])):
            raise RefusedError(400, "invalid_request", "Hash is not authorized by the SAD")
        grant["left"] -= len(wanted)
        return grant

    def signatures_signhash(self, values: dict[str, Any]) -> Any:
        wanted = values["hashes" if self.version == 2 else "hash"]
        assert values["signAlgo"] in ALGORITHMS[self.kind]
        self.spend(values["SAD"], wanted)
        made = {"signatures": [self.signed(h, values) for h in wanted]}
        return self.wait(lambda: made, "responseID") if values.get("operationMode") == "A" else made

    def signatures_signpolling(self, values: dict[str, Any]) -> Any:
        return self.look(values["requestID"], "responseID")

    def signed(self, encoded: str, values: dict[str, Any]) -> str:
        digest, key = base64.b64decode(encoded), make_key(self.kind)
        hasher = HASHES[len(digest)]
        if isinstance(key, ec.EllipticCurvePrivateKey):
            made = key.sign(digest, ec.ECDSA(Prehashed(hasher)))
            if self.raw_ecdsa:
                size = (key.curve.key_size + 7) // 8
                made = b"".join(n.to_bytes(size) for n in decode_dss_signature(made))
        else:
            pss = padding.PSS(padding.MGF1(hasher), hasher.digest_size)
            made = key.sign(digest, pss if "signAlgoParams" in values else padding.PKCS1v15(), Prehashed(hasher))
        return base64.b64encode(made).decode()
