"""`signing pki`: make and serve the development PKI (RFC 3161, RFC 5280, RFC 6960 services on loopback), and let its
identity issuer answer for a draft of a step."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

from cryptography.hazmat.primitives.hashes import SHA256

from eid import AuthenticationLevel, Issuer, Level

from ..dev.people import HOLDERS, IDENTITY_ISSUER
from ..dev.pki import DEFAULT_PORT, DevPki
from ..dossier.input import load_draft
from ..dossier.people import nonce_of
from ..dossier.statement import Statement
from ..files import read_file
from .common import Verbs, emit_json, say, write_output

_SIGNERS = [name for name, holder in HOLDERS.items() if holder.steps]


def add_parser(verbs: Verbs) -> None:
    """Add `pki init`, `pki serve` and `pki prove`."""
    group = verbs.add_parser("pki", help="make and serve a development PKI; it has no legal value")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    init = actions.add_parser("init", help="make keys, certificates and a trust folder in a new DIR")
    init.add_argument("folder", metavar="DIR", type=Path)
    init.add_argument("--port", type=int, default=DEFAULT_PORT, help="loopback port; 0 takes a free one")
    init.set_defaults(run=run_init)
    serve = actions.add_parser("serve", help="answer for TSA, OCSP and CRLs of DIR until Ctrl-C")
    serve.add_argument("folder", metavar="DIR", type=Path)
    serve.set_defaults(run=run_serve)
    prove = actions.add_parser(
        "prove",
        help="let the identity issuer of DIR give the step proof for a saved draft",
        epilog="Example: signing pki prove pki/ --draft draft.json --as approver -o proof.jwt",
    )
    prove.add_argument("folder", metavar="DIR", type=Path)
    prove.add_argument("--draft", required=True, metavar="FILE", help="what signing dossier step --draft has written")
    prove.add_argument(
        "--as", required=True, dest="holder", metavar="NAME", help=f"who will sign: {', '.join(_SIGNERS)}, …"
    )
    prove.add_argument(
        "-o", "--out", default="-", metavar="OUT", help="a file, replaced if it exists; stdout if absent"
    )
    prove.set_defaults(run=run_prove)
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


def run_prove(args: argparse.Namespace) -> int:
    """`signing pki prove DIR --draft FILE --as NAME`: as if NAME had just logged in with a level-2 identity."""
    pki = DevPki.open(args.folder)
    _, statement, _ = load_draft(read_file(args.draft))
    proof = Issuer(IDENTITY_ISSUER, pki.identity_keys()).prove_step(
        level=Level.TWO,
        auth_level=AuthenticationLevel.THREE,
        audience=Statement.parse(statement, "statement").office,
        nonce=nonce_of(statement),
        certificate_sha256=pki.certificate(args.holder).fingerprint(SHA256()),
    )
    write_output(args.out, f"{proof}\n".encode(), overwrite=True)
    return 0


def _places(pki: DevPki) -> dict[str, str | int]:
    return {
        "folder": str(pki.folder),
        "trust": str(pki.trust_folder),
        "password_file": str(pki.password_file),
        "port": pki.port,
        "tsa": pki.tsa_url,
    }
