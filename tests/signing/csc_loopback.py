"""Any service of the tests on loopback: JSON and forms over real HTTP or HTTPS, and faults that it is told to make.

`faults[method]` of a service is a list of what to do instead of answering, one a call.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs


class Service(Protocol):
    """What runs here: it answers a method, whose path is below its own, or raises `RefusedError`."""

    port: int

    @property
    def path(self) -> str: ...

    def answer(self, method: str, values: dict[str, Any], authorization: str) -> Any: ...


Served = TypeVar("Served", bound=Service)


class RefusedError(Exception):
    """An answer with a status of its own: error and sentence, these values, or any bytes."""

    def __init__(
        self,
        status: int,
        error: str = "",
        sentence: str = "",
        *,
        values: dict[str, Any] | None = None,
        body: bytes | None = None,
    ) -> None:
        super().__init__(error)
        self.status = status
        said = {"error": error, "error_description": sentence} if values is None else values
        self.body = json.dumps(said).encode() if body is None else body


Fault = Callable[[dict[str, Any]], Any]


def refuse(status: int, error: str = "", sentence: str = "", body: bytes | None = None) -> Fault:
    """A fault: that answer."""

    def fault(_: dict[str, Any]) -> Any:
        raise RefusedError(status, error, sentence, body=body)

    return fault


def sleep(seconds: float) -> Fault:
    """A fault: silence."""
    return lambda _: time.sleep(seconds) or {}


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = "urlencoded" in self.headers["Content-Type"]
        values = {k: v[0] for k, v in parse_qs(body.decode()).items()} if form else json.loads(body)
        method = self.path.removeprefix(f"{self.service.path}/").lstrip("/")
        try:
            answer = self.service.answer(method, values, self.headers.get("Authorization", ""))
            status, sent = (204, b"") if answer is None else (200, json.dumps(answer).encode())
        except RefusedError as refusal:
            status, sent = refusal.status, refusal.body
        self.send_response(status)
        if status in {301, 302, 307, 308}:
            self.send_header("Location", "/elsewhere")
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if status != 204:
            self.wfile.write(sent)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's signature
        """Nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news; a mistake of the service's own is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def running(service: Served, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """The service on a free port of 127.0.0.1 while the block runs."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    service.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
