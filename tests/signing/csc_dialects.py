"""Services that speak CSC in their own way, for the tests: Ascertia ADSS, VNPT SmartCA, and OAuth 2.0 beside it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .csc_loopback import RefusedError
from .csc_server import PASSWORD, SECRET, CscService


@dataclass(kw_only=True)
class AscertiaService(CscService):
    """Log-in by JSON outside the API's path; every hash comes with a document; leave is given in the app."""

    kind: str = "rsa3072"
    mode: str = "implicit"

    @property
    def path(self) -> str:
        return "/adss/service/ras/csc/v1"

    def answer(self, method: str, values: dict[str, Any], authorization: str) -> Any:
        if method == "adss/service/ras/v1/login":
            self.calls.append((method, values))
            if values != {"client_id": "so-tt", "client_secret": SECRET, "user_id": "lan", "profile_id": "p1"}:
                raise RefusedError(400, "invalid_client", f"secret {values['client_secret']} is wrong")
            return self.give_token()
        if method in {"credentials/authorize", "signatures/signHash"}:
            assert len(values["documents"]) == len(values["hash"])
        return super().answer(method, values, authorization)


@dataclass(kw_only=True)
class VnptService(CscService):
    """Transactions that the person confirms in the app: no SAD, wrapped answers, status numbers."""

    kind: str = "rsa3072"
    confirm_after: int = 2
    multisign: int = 50
    status: int = 1
    shuffled: bool = False
    code: int = 0
    transactions: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return "/csc"

    def answer(self, method: str, values: dict[str, Any], authorization: str) -> Any:
        if method == "auth/token":
            self.calls.append((method, values))
            if values.get("password") != PASSWORD or values.get("client_secret") != SECRET:
                raise RefusedError(400, "invalid_grant", f"bad {values}")
            return self.give_token()
        return super().answer(method, values, authorization)

    def credentials_list(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"code": 0, "content": list(self.credentials)}

    def credentials_info(self, values: dict[str, Any]) -> dict[str, Any]:
        answer = super().credentials_info({"credentialID": values["credentialId"]})
        answer["key"]["algo"] = ["RSA"]
        answer["cert"]["certificates"] = [c + "\r\n" for c in answer["cert"]["certificates"]]
        return answer

    def signature_signhash(self, values: dict[str, Any]) -> dict[str, Any]:
        documents = [{"name": d["name"], "sig": self.signed(d["hash"], {})} for d in values["datas"]]
        self.transactions["T-1"] = [self.confirm_after, documents[::-1] if self.shuffled else documents]
        return {"code": self.code, "message": "Thông báo", "content": {"tranId": "T-1"}}

    def credentials_gettraninfo(self, values: dict[str, Any]) -> dict[str, Any]:
        entry = self.transactions[values["tranId"]]
        entry[0] -= 1
        if entry[0] > 0:
            return {"code": 0, "content": {"tranStatus": 4000}}
        return {"code": 0, "content": {"tranStatus": self.status, "documents": entry[1]}}


@dataclass(kw_only=True)
class OAuthService(CscService):
    """Credentials of mode oauth2code, with the token endpoint at the same host; `browser` plays the person."""

    mode: str = "oauth2code"
    questions: dict[str, dict[str, str]] = field(default_factory=dict)
    forged_state: str | None = None

    def browser(self, prompt: str) -> str:
        """Open the address in the prompt, confirm, and paste where it led to."""
        address = next(word for word in prompt.split() if "://" in word)
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        code = self.new("code")
        self.questions[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={self.forged_state or asked['state']}"

    def answer(self, method: str, values: dict[str, Any], authorization: str) -> Any:
        if method != "oauth2/token":
            return super().answer(method, values, authorization)
        self.calls.append((method, values))
        self.headers.append(authorization)
        if values["grant_type"] == "client_credentials":
            if values["client_secret"] != SECRET:
                raise RefusedError(401, "invalid_client", f"wrong: {values['client_secret']}")
            return self.give_token()
        asked = self.questions.pop(values["code"])
        digest = hashlib.sha256(values["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        wanted = asked["hashes" if self.version == 2 else "hash"].split(",")
        hashes = [base64.b64encode(base64.urlsafe_b64decode(h + "==")).decode() for h in wanted]
        return {"access_token": self.grant(hashes, int(asked["numSignatures"]))["SAD"]}
