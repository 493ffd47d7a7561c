"""The `signing` command: one file a group of verbs; exit 0 valid or done, 1 not valid, 2 usage, 3 could not tell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import cast

from eid import EidError

from ..errors import SigningError
from . import audit, demo, dossier, pki, seal, sign
from .common import emit_json, say


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="signing",
        description="Sign dossiers and results, make and check verification seals, audit signed documents.",
        epilog="Start with: signing demo out/",
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for group in (demo, pki, sign, audit, dossier, seal):
        group.add_parser(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; our own errors become a sentence on stderr (and JSON on stdout with --json) and an exit status."""
    args = parser().parse_args(argv)
    run = cast(Callable[[argparse.Namespace], int], args.run)
    try:
        return run(args)
    except (SigningError, EidError) as error:
        if getattr(args, "json", False):
            emit_json({"error": {"code": error.code, "text": error.text, "text_vi": error.text_vi}})
        say(f"{args.verb}: {error.text} [{error.code}]\n{args.verb}: {error.text_vi}")
        return error.exit_status
    except KeyboardInterrupt:
        say(f"{args.verb}: interrupted")
        return 130
    except BrokenPipeError:
        # the reader of our output went away: nothing is wrong with the document
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
