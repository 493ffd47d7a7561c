"""VNPT SmartCA's OAuth API, shaped after CSC API v1 but without SAD: a transaction that the person confirms in the app.

Answers are wrapped: `code` 0 for success, `content` for what CSC returns. From clients that others published.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from ..errors import ServiceError, SigningError
from .csc_credential import Credential
from .csc_dialect import VNPT_DONE, VNPT_FAILURES, VNPT_MAX_HASHES, VNPT_TRANSACTION, VNPT_WAITING
from .csc_wire import Line

MAX_HASHES = VNPT_MAX_HASHES


class Transactions:
    """Signing by transactions; each hash is found again in the answer by the name that it was given."""

    def __init__(self, line: Line, credential: Credential) -> None:
        self._line, self._credential = line, credential

    def sign(self, hashes: Sequence[str]) -> list[str]:
        """The values for `hashes`. Raises `csc.declined`, `csc.expired`, `csc.confirm-timeout` and the others."""
        line, method = self._line, self._line.address.dialect.sign
        names = [f"{i:04d}" for i in range(len(hashes))]
        values = {
            "credentialId": self._credential.id,
            "refTranId": str(uuid.uuid4()),
            "description": f"Ký {len(hashes)} văn bản",
            "datas": [{"name": name, "hash": h} for name, h in zip(names, hashes, strict=True)],
        }
        content = self._content(method, line.call(method, values).values)
        transaction = line.text(method, content, "tranId")
        return self._outcome(transaction, names)

    def _outcome(self, transaction: str, names: Sequence[str]) -> list[str]:
        line = self._line
        for reply in line.poll(VNPT_TRANSACTION, {"tranId": transaction}, line.address.wait_s):
            content = self._content(VNPT_TRANSACTION, reply.values)
            status = line.number(VNPT_TRANSACTION, content, "tranStatus", VNPT_WAITING)
            if status == VNPT_DONE:
                return self._values(content, names)
            if status != VNPT_WAITING:
                raise self._failed(status)
        raise line.malformed(VNPT_TRANSACTION, "tranStatus")

    def _values(self, content: dict[str, Any], names: Sequence[str]) -> list[str]:
        """The values in the order of `names`; an answer without names is taken to be in that order already."""
        documents = content.get("documents")
        if not isinstance(documents, list) or not all(isinstance(d, dict) for d in documents):
            raise self._line.malformed(VNPT_TRANSACTION, "documents")
        if len(documents) != len(names):
            service = self._line.address.host
            raise ServiceError("csc.count", service=service, got=len(documents), wanted=len(names))
        named = {str(d.get("name")): d for d in documents}
        ordered = [named[name] for name in names] if set(names) == set(named) else documents
        return [self._line.text(VNPT_TRANSACTION, {"sig": d.get("sig") or d.get("dataSigned")}, "sig") for d in ordered]

    def _content(self, method: str, values: dict[str, Any]) -> dict[str, Any]:
        """What an answer wraps. Raises `csc.refused` when its code says that something was wrong."""
        code = self._line.number(method, values, "code", 0)
        if code:
            why = f"{code} {values.get('message') or values.get('codeDesc') or ''}"
            raise self._line.refusal("csc.refused", method, why=why)
        content = values.get("content")
        if not isinstance(content, dict):
            raise self._line.malformed(method, "content")
        return content

    def _failed(self, status: int) -> SigningError:
        code, why = VNPT_FAILURES.get(status, ("csc.refused", str(status)))
        return self._line.refusal(code, VNPT_TRANSACTION, why=why)
