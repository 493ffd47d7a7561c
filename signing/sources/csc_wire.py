"""One line to a remote signing service: JSON over HTTPS (CSC API §7, §10; RFC 8259, RFC 6750 §2.1).

Everything that comes from the service is checked for its type before it is used; what it says about an error is shown
without the secrets that it may repeat.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from ..errors import ServiceError, SigningError, UsageError
from ..http import HttpClient, client_tls
from .csc_errors import PENDING, failure, meaning
from .csc_secrets import Secrets
from .csc_uri import CscAddress

MAX_JSON_BYTES = 4 * 1024 * 1024  # bytes of an answer; 1,000 signatures of RSA-4096 are below 1 MB
MAX_DEPTH = 32  # of an answer; a few are in use
MAX_TEXT_CHARS = 65_536  # of one string in an answer
MAX_FAILED_LOOKS = 3  # polls that may fail in a row without ending the wait
EXCHANGE_S = 30.0  # seconds for an exchange that waits for no person
_TRANSIENT = frozenset({"csc.busy", "csc.server", "http.timeout", "http.unreachable"})


class Reply(NamedTuple):
    """A successful answer: `pending` when the service has taken the request and is not done with it."""

    pending: bool
    values: dict[str, Any]


class Line:
    """Calls to one service. `token` goes into every call once it is set; `authorize` sets it again when it ended."""

    def __init__(self, address: CscAddress, secrets: Secrets) -> None:
        self.address, self.secrets = address, secrets
        self.token: str | None = None
        self.authorize: Callable[[], None] | None = None
        self.has_secret = False  # the client has one, and shows it wherever it asks for a token
        self.knows_user = False  # the token is a user's own; naming the user again is an error then
        self.tls = (
            client_tls(
                ca=address.ca, certificate=address.cert, ask=lambda: secrets.fresh(f"Password for {address.cert}")
            )
            if address.ca or address.cert
            else None
        )
        self.allow = (self.origin,) if address.oauth is None else (self.origin, address.oauth)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the service."""
        return "/".join(self.address.base.split("/")[:3])

    def call(self, method: str, values: Mapping[str, Any], *, wait_s: float = EXCHANGE_S) -> Reply:
        """POST `values` to a method of the service and read the answer; an access token that ended is renewed once.

        `wait_s` is the time for the whole exchange. Raises the errors of `csc_errors` and `http.*`.
        """
        url, body = self.address.at(method), orjson.dumps(values)
        try:
            return self._post(url, method, body, self._bearer(), wait_s)
        except UsageError as error:
            if error.code != "csc.unauthorized" or self.authorize is None:
                raise
            self.token = None
            self.authorize()
        return self._post(url, method, body, self._bearer(), wait_s)

    def _bearer(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """POST without the access token to an address that gives one: a log-in or a token endpoint."""
        return self._post(url, url.rpartition("/")[2], body, headers, EXCHANGE_S)

    def _post(self, url: str, method: str, body: bytes, headers: Mapping[str, str], wait_s: float) -> Reply:
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        http = HttpClient(allow=self.allow, timeout_s=wait_s, tls=self.tls)
        answer = http.exchange(url, body, headers=sent, max_bytes=MAX_JSON_BYTES)
        good = answer.status in {200, 201, 202}
        values = {} if answer.status == 204 or (answer.status == 202 and not answer.body) else _object(answer.body)
        if values is None:
            if good:
                raise self.malformed(method, "JSON")
            values = {}
        if (good or answer.status == 204) and not values.get("error"):
            return Reply(answer.status == 202, values)
        code = meaning(answer.status, values)
        if code == PENDING:
            return Reply(True, {})
        raise self.refusal(code, method, status=answer.status, why=_sentence(values))

    def poll(self, method: str, values: Mapping[str, Any], seconds: float) -> Iterator[Reply]:
        """Ask `method` again and again, at the address's interval, until the caller stops or the time is up.

        Raises `ServiceError` `csc.confirm-timeout`. A few failures in a row that may pass are passed over.
        """
        end, failed = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(self.address.poll_s, left))
            try:
                reply = self.call(method, values, wait_s=max(min(EXCHANGE_S, end - time.monotonic()), 0.1))
            except ServiceError as error:
                failed += 1
                if error.code not in _TRANSIENT or failed > MAX_FAILED_LOOKS:
                    raise
                continue
            failed = 0
            yield reply
        raise ServiceError("csc.confirm-timeout", service=self.address.host, seconds=f"{self.address.wait_s:g}")

    def refusal(self, code: str, method: str, *, status: int = 200, why: str) -> SigningError:
        """The error for `code`, its reason scrubbed of secrets."""
        return failure(
            code,
            service=self.address.host,
            method=method,
            status=status,
            why=self.secrets.scrub(why) or f"HTTP {status}",
            credential=self.address.credential or "-",
        )

    def malformed(self, method: str, why: str) -> ServiceError:
        """The error for an answer that breaks the protocol."""
        return ServiceError("csc.malformed", service=self.address.host, method=method, why=why)

    def text(self, method: str, values: Mapping[str, Any], name: str) -> str:
        """A member that must be a text of reasonable length and not empty."""
        value = values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARS:
            raise self.malformed(method, name)
        return value

    def texts(self, method: str, values: Mapping[str, Any], name: str, most: int) -> list[str]:
        """A member that must be a list of at most `most` texts."""
        value = values.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise self.malformed(method, name)
        if not all(isinstance(v, str) and len(v) <= MAX_TEXT_CHARS for v in value):
            raise self.malformed(method, name)
        return value

    def number(self, method: str, values: Mapping[str, Any], name: str, default: int) -> int:
        """A member that is a number of at least 0 if it is there; services write it as text, too."""
        value = values.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 9:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            raise self.malformed(method, name)
        return value


def _object(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or None."""
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return values if isinstance(values, dict) and _is_shallow(values) else None


def _is_shallow(values: dict[str, Any]) -> bool:
    """Whether nothing in it is deeper than Python can write out again."""
    level: list[Any] = [values]
    for _ in range(MAX_DEPTH):
        lists = [v.values() if isinstance(v, dict) else v for v in level if isinstance(v, dict | list)]
        level = [inner for one in lists for inner in one]
        if not level:
            return True
    return False


def _sentence(values: Mapping[str, Any]) -> str:
    """What the service says about its error."""
    said = [values.get(name) for name in ("error", "error_description")]
    return ": ".join(s for s in said if isinstance(s, str) and s)
