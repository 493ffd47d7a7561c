"""Leave to use a key for certain hashes: Signature Activation Data (CSC API v1.0.4 §11.6–§11.8, v2.0 §11.6–§11.9).

One authorisation covers a batch. Where documents come one by one, a transaction that was asked to allow more goes on:
its next SAD is fetched for the next hashes, and nobody is asked again.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import UsageError
from .csc_credential import Credential, Factor
from .csc_login import Service
from .csc_oauth import credential_token
from .csc_wire import Line

DEFAULT_LIFE_S = 3600  # seconds that a SAD lives when the service does not say
EXTEND = "credentials/extendTransaction"
SEND = "credentials/sendOTP"
CHALLENGE = "credentials/getChallenge"
CHECK = "credentials/authorizeCheck"


@dataclass(slots=True)
class _Grant:
    """A SAD, how many signatures it still allows, and until when (monotonic seconds)."""

    sad: str = field(repr=False)
    left: int
    until: float


class Authorizer:
    """Gets a SAD for hashes. `digest_oid` names the digest that made them."""

    def __init__(self, line: Line, service: Service, credential: Credential, digest_oid: str) -> None:
        self._line, self._service, self._credential, self._digest = line, service, credential, digest_oid
        self._grant: _Grant | None = None

    def ask_first(self) -> None:
        """Ask now for what stays the same, so that a batch does not stop in the middle for it."""
        for factor in self._credential.factors:
            if not factor.one_time:
                self._line.secrets.once(self._name(factor), "pin", digits=factor.digits)

    def drop(self) -> None:
        """Forget the transaction: something went wrong with it."""
        self._grant = None

    def sad(self, hashes: Sequence[str]) -> str:
        """A SAD for these hashes (Base64). Raises what the service answers; a person may be asked for factors."""
        if self._credential.oauth:
            return credential_token(self._line, self._service, self._credential, hashes, self._digest)
        grant, self._grant = self._grant, None
        if grant is not None and grant.left >= len(hashes) and grant.until > time.monotonic():
            if EXTEND in self._service.methods:
                reply = self._line.call(EXTEND, {**self._bound(hashes), "SAD": grant.sad})
                grant = self._granted(EXTEND, reply.values, grant.left)
        else:
            grant = self._authorize(hashes)
        grant.left -= len(hashes)
        self._grant = grant if grant.left else None
        return grant.sad

    def _authorize(self, hashes: Sequence[str]) -> _Grant:
        """A new transaction; the answer may wait for the person, or say where to ask whether they confirmed."""
        method, line, address = "credentials/authorize", self._line, self._line.address
        goes_on = EXTEND in self._service.methods or not self._credential.scal2
        count = max(len(hashes), min(address.signatures, self._credential.multisign) if goes_on else 0)
        values = self._bound(hashes)
        if count > len(hashes) and EXTEND not in self._service.methods:
            del values[address.dialect.hashes]  # a SAD that is bound to these would not serve the next ones
        values |= {"numSignatures": count, "description": _description(hashes)}
        began = time.monotonic()
        try:
            reply = line.call(method, {**values, **self._answers(hashes)}, wait_s=address.wait_s)
            if reply.values.get("handle") and not reply.values.get("SAD"):
                values = self._confirmed(line.text(method, reply.values, "handle"), address.wait_s - _since(began))
            else:
                values = reply.values
        except UsageError as error:
            self._reject(error.code)
            raise
        return self._granted(method, values, count)

    def _bound(self, hashes: Sequence[str]) -> dict[str, Any]:
        """The members that name the credential and the hashes."""
        dialect = self._line.address.dialect
        values: dict[str, Any] = {dialect.credential: self._credential.id, dialect.hashes: list(hashes)}
        if dialect.auth_data:
            values[dialect.hash_algorithm] = self._digest
        if dialect.documents:
            values["documents"] = documents(hashes)
        return values

    def _confirmed(self, handle: str, seconds: float) -> dict[str, Any]:
        """Ask until the person has confirmed; a new handle takes the place of the old."""
        asked = {"handle": handle}
        for reply in self._line.poll(CHECK, asked, seconds):
            if reply.values.get("SAD"):
                return reply.values
            if reply.values.get("handle"):
                asked["handle"] = self._line.text(CHECK, reply.values, "handle")
            elif not reply.pending:
                break
        raise self._line.malformed(CHECK, "SAD")

    def _granted(self, method: str, values: dict[str, Any], left: int) -> _Grant:
        sad = self._line.secrets.hide(self._line.text(method, values, "SAD"), brief=True)
        life = self._line.number(method, values, "expiresIn", DEFAULT_LIFE_S)
        return _Grant(sad, left, time.monotonic() + life)

    def _answers(self, hashes: Sequence[str]) -> dict[str, Any]:
        """The factors' answers, as the version writes them."""
        answers = {f.id: self._answer(f, hashes) for f in self._credential.factors}
        if not self._line.address.dialect.auth_data:
            return dict(answers)
        return {"authData": [{"id": name, "value": value} for name, value in answers.items()]} if answers else {}

    def _answer(self, factor: Factor, hashes: Sequence[str]) -> str:
        name, secrets, about = self._name(factor), self._line.secrets, f" – {len(hashes)} × {_code(hashes[0])}"
        if not factor.one_time:
            return secrets.once(name, "pin", digits=factor.digits)
        if factor.challenge or (factor.sent and self._line.address.dialect.auth_data):
            question = self._challenge(factor)
            about += f" – {question}" if question else ""
        elif factor.sent:
            self._line.call(SEND, {self._line.address.dialect.credential: self._credential.id})
        return secrets.fresh(name, about=about, digits=factor.digits)

    def _challenge(self, factor: Factor) -> str:
        """Have a challenge sent; the text of one that comes at once. Older services know `sendOTP` alone."""
        asked = {"credentialID": self._credential.id}
        if SEND in self._service.methods and not factor.challenge:
            self._line.call(SEND, asked)
            return ""
        if CHALLENGE not in self._service.methods:
            return ""
        values = self._line.call(CHALLENGE, {**asked, "authObjectID": factor.id}).values
        challenge = str(values.get("challenge") or "")[:200]
        return "".join(c for c in challenge if c.isprintable())

    def _name(self, factor: Factor) -> str:
        """What the person is asked for: our words first, the service's in quotes after them."""
        shown = f' ("{factor.label}")' if factor.label and factor.label != factor.id else ""
        return f"{factor.id} for {self._credential.id} at {self._line.address.host}{shown}"

    def _reject(self, code: str) -> None:
        """Do not send again what the service called wrong; version 2 does not say which factor that was."""
        factors, secrets = self._credential.factors, self._line.secrets
        open_which = self._line.address.dialect.auth_data and any(f.one_time for f in factors)
        for factor in factors:
            if code == ("csc.otp" if factor.one_time else "csc.pin") and not open_which:
                secrets.reject(self._name(factor))
            elif code in {"csc.otp", "csc.pin"} and open_which:
                (secrets.reject if factor.one_time else secrets.forget)(self._name(factor))


def documents(hashes: Sequence[str]) -> list[dict[str, str]]:
    """A document for each hash, named by the beginning of its digest: what the person can compare in the app."""
    return [{"document_id": str(i), "document_name": _code(h)} for i, h in enumerate(hashes, 1)]


def _description(hashes: Sequence[str]) -> str:
    """What the person may be shown; at most 500 characters."""
    return f"Ký {len(hashes)} văn bản: {', '.join(_code(h) for h in hashes[:8])}{' …' if len(hashes) > 8 else ''}"


def _code(encoded: str) -> str:
    """The first four bytes of a digest, as a person reads them."""
    text = base64.b64decode(encoded)[:4].hex().upper()
    return f"{text[:4]}-{text[4:]}"


def _since(began: float) -> float:
    return time.monotonic() - began
