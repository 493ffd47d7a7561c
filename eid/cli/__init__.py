"""The command `eid`: one file a group of verbs; exit status 0 valid or done, 1 not valid, 2 usage, 3 could not tell.

Secrets come from `--pass-file`, `--pass-env` or a prompt, never from an argument; `-` is stdin or stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from ..console import STDOUT, emit, guarded, say
from ..errors import EidError
from .common import Verbs

# verb → the file of its group, and its line in `eid --help`: one verb loads no other's libraries
VERBS = {
    "keys": ("keys", "make, rotate and publish an issuer's keys"),
    "issue": ("issuing", "issue identity tokens, each about a person to one audience"),
    "verify": ("verifying", "verify an identity token: every check, now"),
    "prove": ("verifying", "prove that you hold the key that a token is bound to"),
    "credential": ("credentials", "issue and verify credentials with selective disclosure"),
    "present": ("credentials", "present a credential: show the claims that you name"),
    "revoke": ("issuing", "revoke a token, or suspend it for a while"),
    "status": ("issuing", "sign the status lists, to be published and renewed"),
    "introspect": ("issuing", "ask the registry whether a token holds at this moment"),
    "account": ("accounts", "identity accounts: open, raise, lock, cancel, share, represent; their history"),
    "number": ("people", "what a personal number says; never whether it was issued"),
    "card-qr": ("cards", "what the QR code of an identity card says; it is unsigned and proves nothing"),
    "chip": ("chip", "what the files of a card's chip prove, by the country certificates that you trust"),
    "inspect": ("inspection", "what a token, QR code or chip file says, layer by layer; nothing of it is verified"),
    "counter": ("counter", "codes for one counter and one minute, bound to the holder's device"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit status; our errors become a sentence, or JSON with `--json`."""
    given = sys.argv[1:] if argv is None else list(argv)
    name = next((word for word in given if not word.startswith("-")), "")
    args = parser(name if name in VERBS else None).parse_args(given)
    return guarded(lambda: _run(args, name))


def _run(args: argparse.Namespace, name: str) -> int:
    try:
        status: int = args.run(args)
    except EidError as e:
        if args.json and e.details.get("path") != STDOUT:
            answer = {"code": e.code, "text": e.text, "text_vi": e.text_vi}
            emit({"valid": False, **answer, "identity": None} if name == "verify" else answer)
        else:
            say(f"{e.text} [{e.code}]\n{e.text_vi}")
        return e.exit_status
    return status


def parser(name: str | None = None) -> argparse.ArgumentParser:
    """The command line with the options of the group of verb `name`, or with the names of all verbs alone."""
    top = argparse.ArgumentParser(
        prog="eid",
        description="People, levels and tokens. Exit status: 0 valid or done, 1 not valid, 2 usage, 3 could not tell.",
    )
    verbs: Verbs = top.add_subparsers(metavar="VERB", required=True)
    if name is not None:
        import_module(f".{VERBS[name][0]}", __package__).add_parser(verbs)
    else:
        for each, (_, about) in VERBS.items():
            verbs.add_parser(each, help=about)
    return top
