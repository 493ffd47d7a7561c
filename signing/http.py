"""The only socket of the package: an HTTP/1.1 client for RFC 3161, RFC 6960 and RFC 5280 services (RFC 9110, RFC 3986).

An address may come from a certificate in a stranger's document, so nothing is fetched that is not on the caller's
list. Redirects are not followed, proxies of the environment are not used. To `get` and `post` only status 200 is an
answer; `exchange` returns any status, for services that put their errors into the body. Size and time are limited as
a whole: a server that sends one byte a second is cut off. Not limited is the look-up of a host name, which belongs to
the system's resolver.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import BadStatusLine, HTTPConnection, HTTPException, HTTPResponse, RemoteDisconnected, UnknownProtocol
from typing import NamedTuple, Protocol

from .address import PORTS, Address, is_public, shown_url
from .errors import ServiceError, UsageError

MAX_ANSWER_BYTES = 8 * 1024 * 1024  # bytes of a body; the largest public CRLs of Vietnam are below 5 MB
MAX_OVERHEAD_BYTES = 256 * 1024  # bytes of status line, headers and chunk marks
_BLOCK = 64 * 1024
_INTERNAL = "internal+"  # before an entry of the allow-list whose name may lead into the caller's own network

_HEADER = re.compile(r"[\x20-\x7e]*", re.ASCII)  # http.client would show in its error what it refuses


class Answer(NamedTuple):
    """What a server answered: the status, the body (at most as many bytes as were allowed) and its content type."""

    status: int
    body: bytes
    content_type: str = ""


class Http(Protocol):
    """What a room needs of the network; tests and callers may put their own in its place."""

    def get(self, url: str, *, max_bytes: int = MAX_ANSWER_BYTES, accept: str = "") -> bytes:
        """The body of the answer, at most `max_bytes`. Raises `ServiceError` with a code `http.*`."""
        ...

    def post(self, url: str, body: bytes, *, content_type: str, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """The body of the answer to `body`. Raises `ServiceError` with a code `http.*`."""
        ...


class HttpExchange(Http, Protocol):
    """What a room needs whose service says in the body of any status what went wrong (JSON errors, SOAP faults)."""

    def exchange(
        self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int = MAX_ANSWER_BYTES
    ) -> Answer:
        """The answer to a POST, whatever its status; no redirect is followed. Raises `ServiceError` `http.*`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpClient:
    """An `Http` that reaches only what `allow` lists.

    `allow` holds URL prefixes such as `http://127.0.0.1:8318/`: scheme, host and port compare exactly, the path by
    whole segments. `timeout_s` is the time for one whole exchange. `tls` replaces the system's trust for https and
    has to check certificates and host names; otherwise `UsageError` with code `http.allow-list`.

    `public_only` refuses names that lead to addresses which are not public. An entry that is itself such an address
    (or `localhost`) is meant, and so is a name after `internal+`: `internal+http://ocsp.province.local/`.
    """

    allow: tuple[str, ...]
    timeout_s: float = 10.0
    public_only: bool = False
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    _allowed: tuple[Address, ...] = field(init=False, repr=False, compare=False)
    _internal: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        allowed, internal = [], set()
        for url in self.allow:
            address = Address.parse(url.removeprefix(_INTERNAL))
            if address is None or address.query:
                raise UsageError("http.allow-list", url=shown_url(url))
            allowed.append(address)
            if url.startswith(_INTERNAL) or address.is_own:
                internal.add(address.host)
        if self.tls is not None and not (self.tls.verify_mode is ssl.CERT_REQUIRED and self.tls.check_hostname):
            raise UsageError("http.allow-list", url="https without certificate check")
        object.__setattr__(self, "_allowed", tuple(allowed))
        object.__setattr__(self, "_internal", frozenset(internal))

    def get(self, url: str, *, max_bytes: int = MAX_ANSWER_BYTES, accept: str = "") -> bytes:
        """See `Http.get`."""
        return self._exchange("GET", url, None, {"Accept": accept} if accept else {}, max_bytes).body

    def post(self, url: str, body: bytes, *, content_type: str, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """See `Http.post`."""
        return self._exchange("POST", url, body, {"Content-Type": content_type}, max_bytes).body

    def exchange(
        self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int = MAX_ANSWER_BYTES
    ) -> Answer:
        """See `HttpExchange.exchange`. A header that is not printable ASCII is a `UsageError` that does not show it."""
        for name, value in headers.items():
            if not _HEADER.fullmatch(value):
                raise UsageError("usage.argument", why=f"{name}: ASCII")
        return self._exchange("POST", url, body, dict(headers), max_bytes, any_status=True)

    def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        max_bytes: int,
        *,
        any_status: bool = False,
    ) -> Answer:
        address = Address.parse(url)
        if address is None or not any(prefix.covers(address) for prefix in self._allowed):
            raise ServiceError("http.forbidden", url=shown_url(url))
        deadline = time.monotonic() + self.timeout_s
        headers = {"User-Agent": "eid-signing", "Connection": "close", **headers}
        try:
            with self._open(address, deadline) as raw:
                connection = _connection(address, _DeadlineSocket(raw, deadline, 2 * max_bytes + MAX_OVERHEAD_BYTES))
                connection.request(method, address.path + address.query, body, headers)
                with connection.getresponse() as response:
                    if response.status != 200 and not any_status:
                        raise ServiceError("http.status", url=str(address), status=response.status)
                    content_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
                    return Answer(response.status, _read(response, max_bytes), content_type)
        except TimeoutError:
            raise ServiceError("http.timeout", url=str(address), seconds=self.timeout_s) from None
        except _TooMuchError:
            raise ServiceError("http.too-large", url=str(address), limit=max_bytes) from None
        except (OSError, HTTPException, ValueError) as e:
            why = _reason(e)
        raise ServiceError("http.unreachable", url=str(address), why=why)  # out there: nothing hangs on to the cause

    def _open(self, address: Address, deadline: float) -> socket.socket:
        """A connected socket, with TLS where the address asks for it."""
        raw = _open_socket(address, deadline, public=self.public_only and address.host not in self._internal)
        if address.scheme == "http":
            return raw
        try:
            raw.settimeout(_left(deadline))
            return (self.tls or _system_tls()).wrap_socket(raw, server_hostname=_bare(address.host))
        except BaseException:
            raw.close()
            raise


def client_tls(
    *,
    certificate: str | None = None,
    key: str | None = None,
    ca: str | None = None,
    ask: Callable[[], str] | None = None,
) -> ssl.SSLContext:
    """Trust for https: the system's, or the PEM file `ca` alone; with a client certificate for mutual TLS.

    `certificate` and `key` are PEM files, the key in either; `ask` is called if it is encrypted. Certificates and
    host names of servers are always checked. Raises `UsageError` `http.client-certificate`.
    """
    tried = ca
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate is not None:
            tried = key or certificate
            context.load_cert_chain(certificate, key, password=ask or (lambda: ""))
    except (OSError, ValueError):  # ValueError: a password longer than OpenSSL takes
        raise UsageError("http.client-certificate", path=tried or "-") from None
    return context


@cache
def _system_tls() -> ssl.SSLContext:
    """The system's trust; loading it costs more than an exchange, so it is kept."""
    return ssl.create_default_context()


def _connection(address: Address, connected: _DeadlineSocket) -> HTTPConnection:
    """An http.client connection over `connected`; by itself it would time each single read, not the whole."""
    connection = HTTPConnection(_bare(address.host), address.port)
    if address.port == PORTS[address.scheme]:
        connection.port = connection.default_port  # the Host header then leaves the port out
    connection.sock = connected
    return connection


def _open_socket(address: Address, deadline: float, *, public: bool) -> socket.socket:
    """A connected socket to the first of the host's addresses that answers; with `public`, of those alone."""
    found = socket.getaddrinfo(_bare(address.host), address.port, type=socket.SOCK_STREAM)
    if public and not all(is_public(str(where[0])) for *_, where in found):
        raise ServiceError("http.not-public", url=str(address))
    last: OSError = OSError("the host has no address")
    for family, kind, protocol, _, where in found:
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(_left(deadline))
            made.connect(where)
        except OSError as e:
            made.close()
            last = e
        else:
            with suppress(OSError):
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
    raise last


def _read(response: HTTPResponse, max_bytes: int) -> bytes:
    """The body of an answer, refused as soon as it is known to be too large, or shorter than announced."""
    if (response.length or 0) > max_bytes:
        raise _TooMuchError
    parts, total = [], 0
    while block := response.read(min(_BLOCK, max_bytes + 1 - total)):
        parts.append(block)
        total += len(block)
        if total > max_bytes:
            raise _TooMuchError
    if response.length:
        raise HTTPException("the answer was cut short")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    """Why an exchange failed. What is no HTTP is not shown: a server may send back there the token that it got."""
    if isinstance(error, RemoteDisconnected):
        return "closed without an answer"
    if isinstance(error, BadStatusLine | UnknownProtocol):
        return "no HTTP"
    own = "" if isinstance(error, ValueError) else str(error)
    return getattr(error, "strerror", None) or own or type(error).__name__


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _bare(host: str) -> str:
    """An IPv6 host without its brackets."""
    return host.strip("[]")


class _TooMuchError(Exception):
    """More bytes than allowed; becomes `http.too-large`."""


class _DeadlineSocket:
    """The part of a socket that http.client uses, with one deadline and one byte count for the whole exchange."""

    def __init__(self, raw: socket.socket, deadline: float, max_bytes: int) -> None:
        self._raw, self._deadline, self._max_bytes = raw, deadline, max_bytes

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._raw.settimeout(_left(self._deadline))
            view = view[self._raw.send(view[:_BLOCK]) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._raw, self._deadline, self._max_bytes))

    def close(self) -> None:
        """Nothing: http.client closes before the body is read; whoever opened the socket closes it."""


class _DeadlineReader(io.RawIOBase):
    """Reads of a socket, each allowed only what is left of the time and the bytes."""

    def __init__(self, raw: socket.socket, deadline: float, max_bytes: int) -> None:
        super().__init__()
        self._raw, self._deadline, self._left = raw, deadline, max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base says any writable buffer
        self._raw.settimeout(_left(self._deadline))
        count = self._raw.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise _TooMuchError
        return count
