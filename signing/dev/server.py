"""The loopback server of the development PKI: HTTP/1.1 (RFC 9110) for TSA, OCSP, CRLs and CA certificates.

It serves public data only, to this machine only. Whatever a client sends, the answer is an HTTP status or an error
inside the protocol, and the server lives on.
"""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import Any

from ..errors import SigningError, UsageError

HOST = "127.0.0.1"
MAX_REQUEST_BYTES = 64 * 1024  # bytes of a request's body; timestamp and status requests have a few hundred
_PORTS = range(20_000, 32_768)  # systems give clients ports from 32768 on (Linux) or from 49152 on (RFC 6335)
_TRIES = 100
IDLE_S = 10.0  # seconds that a connection may keep silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address: GET without a body when `accepts` is None, else POST of that content type.

    `answer` gets the body and returns the answer's body. `produces` is its content type.
    """

    answer: Callable[[bytes], bytes]
    produces: str
    accepts: str | None = None


Routes = Mapping[str, Route]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, routes: Routes) -> None:
        self.routes = routes
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """As HTTPServer's, without its look-up of this machine's name, which may ask a name server and wait."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is our mistake and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    wbufsize = -1  # head and body leave in one packet; apart, the second may wait 40 ms for an acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # the name that the base looks for
        """A certificate or CRL."""
        route = self._route(posted=False)
        if route is not None:
            self._answer(route, b"")

    def do_POST(self) -> None:
        """A timestamp or status request."""
        route = self._route(posted=True)
        if route is None:
            return None
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()) or "Transfer-Encoding" in self.headers:
            return self.send_error(HTTPStatus.LENGTH_REQUIRED)
        if len(length) > 9 or int(length) > MAX_REQUEST_BYTES:
            return self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.headers.get_content_type() != route.accepts:
            return self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        body = self.rfile.read(int(length))
        if len(body) == int(length):
            return self._answer(route, body)
        self.close_connection = True
        return None

    def _route(self, *, posted: bool) -> Route | None:
        """The route of the path, or None after an error was sent."""
        route = self.server.routes.get(self.path)
        if route is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif (route.accepts is not None) != posted:
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            return route
        return None

    def _answer(self, route: Route, body: bytes) -> None:
        try:
            answer = route.answer(body)
        except SigningError:
            return self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", route.produces)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        return None

    def version_string(self) -> str:
        """The Server header."""
        return "eid-signing-development"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's signature
        """Nothing: requests are not news."""


@contextmanager
def serving(port: int, routes: Routes) -> Iterator[None]:
    """A server of `routes` on 127.0.0.1:`port` while the block runs. Raises `UsageError` when the port is taken."""
    try:
        server = _Server(port, routes)
    except OSError as e:
        raise UsageError("devpki.port", port=port, why=e.strerror or e) from None
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now.

    It lies below those that systems hand out by themselves, so no program's connection takes it before it is used.
    """
    for _ in range(_TRIES):
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise UsageError("devpki.port", port=_PORTS[0], why=f"{_TRIES} ports were tried")
