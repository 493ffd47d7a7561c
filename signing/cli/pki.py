"""`signing pki`: make and serve the development PKI (RFC 3161, RFC 5280, RFC 6960 services on loopback)."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

from ..dev.pki import DEFAULT_PORT, DevPki
from .common import Verbs, emit_json, say


def add_parser(verbs: Verbs) -> None:
    """Add `pki init` and `pki serve`."""
    group = verbs.add_parser("pki", help="make and serve a development PKI; it has no legal value")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    init = actions.add_parser("init", help="make keys, certificates and a trust folder in a new DIR")
    init.add_argument("folder", metavar="DIR", type=Path)
    init.add_argument("--port", type=int, default=DEFAULT_PORT, help="loopback port; 0 takes a free one")
    init.set_defaults(run=run_init)
    serve = actions.add_parser("serve", help="answer for TSA, OCSP and CRLs of DIR until Ctrl-C")
    serve.add_argument("folder", metavar="DIR", type=Path)
    serve.set_defaults(run=run_serve)
    for parser in (init, serve):
        parser.add_argument("--json", action="store_true", help="say where everything is as one line of JSON on stdout")


def run_init(args: argparse.Namespace) -> int:
    """`signing pki init DIR`: the password is made up and written beside the keys."""
    pki = DevPki.create(args.folder, password=secrets.token_urlsafe(18), port=args.port)
    if args.json:
        emit_json(_places(pki))
    say(f"development PKI in {pki.folder}; trust folder {pki.trust_folder}; password in {pki.password_file}")
    say(f"hạ tầng khóa thử nghiệm tại {pki.folder}; chạy dịch vụ bằng: signing pki serve {pki.folder}")
    return 0


def run_serve(args: argparse.Namespace) -> int:
    """`signing pki serve DIR`: in the foreground; SIGINT and SIGTERM end it with status 0."""
    pki = DevPki.open(args.folder)
    # SIGINT too, because a shell that starts us in the background has it ignored.
    previous = {s: signal.signal(s, signal.default_int_handler) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(KeyboardInterrupt), pki.serve():
            if args.json:
                emit_json(_places(pki))
                sys.stdout.flush()
            say(f"serving {pki.base_url} (TSA: {pki.tsa_url}); Ctrl-C ends it / nhấn Ctrl-C để dừng")
            Event().wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return 0


def _places(pki: DevPki) -> dict[str, str | int]:
    return {
        "folder": str(pki.folder),
        "trust": str(pki.trust_folder),
        "password_file": str(pki.password_file),
        "port": pki.port,
        "tsa": pki.tsa_url,
    }
