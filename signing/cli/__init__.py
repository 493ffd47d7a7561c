"""The `signing` command: one file a group of verbs; exit 0 valid or done, 1 not valid, 2 usage, 3 could not tell."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from eid.errors import EidError

from ..errors import SigningError, UsageError
from .common import StdoutError, emit_json, say, tell_error

# verb → the file of its group, and its line in `signing --help`: one verb loads no other's libraries
VERBS = {
    "demo": ("demo", "the whole story, offline: identities, a dossier in five steps, a result, an audit, forgeries"),
    "pki": ("pki", "make and serve a development PKI; it has no legal value"),
    "sign": ("sign", "PDF → PAdES; any other file → detached CAdES (.p7s)"),
    "keys": ("sign", "what a key file or token holds"),
    "cosign": ("cosign", "sign beside those who signed already, over a signature, or with the content inside"),
    "extend": ("extend", "raise signed files to a longer-lived baseline"),
    "external": ("external", "sign in two phases with a key that this program cannot reach"),
    "audit": ("audit", "check files and folders: JSON Lines, HTML, or a table"),
    "verify": ("verify", "check one document, for a person"),
    "dossier": ("dossier", "one application: papers, signed steps, results, in one .asice file"),
    "register": ("register", "the office's register of steps: timestamp it daily, verify it"),
    "ers": ("ers", "evidence records: one timestamp for thousands of documents, renewed before it ends"),
    "seal": ("seal", "make, check and scan verification seals"),
}
_LAST_STREAM = 2  # descriptor of stderr


class _Parser(argparse.ArgumentParser):
    """No abbreviations: `--password SECRET` must not be taken for `--password-file SECRET`."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**{**named, "allow_abbrev": False})


def parser(verb: str | None = None) -> argparse.ArgumentParser:
    """The command line, with the options of every verb, or of the group of `verb` alone."""
    top, verbs = _top()
    groups = [VERBS[verb][0]] if verb is not None else [group for group, _ in VERBS.values()]
    for group in dict.fromkeys(groups):
        import_module(f".{group}", __package__).add_parser(verbs)
    return top


def overview() -> argparse.ArgumentParser:
    """The command line with the names of the verbs alone: for `--help` and for mistakes."""
    top, verbs = _top()
    for verb, (_, about) in VERBS.items():
        verbs.add_parser(verb, help=about)
    return top


def _top() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction[argparse.ArgumentParser]]:
    top: argparse.ArgumentParser = _Parser(
        prog="signing",
        description="Sign dossiers and results, make and check verification seals, audit signed documents.",
        epilog="Start with: signing demo out/",
    )
    return top, top.add_subparsers(dest="verb", metavar="VERB", required=True)


_RESUMED = ("; what is done stays, --resume goes on", "; phần đã làm được giữ nguyên, dùng --resume để làm tiếp")
_GOES_ON = {
    "sign": _RESUMED,
    "extend": _RESUMED,
    "audit": ("; with --out the same command goes on", "; nếu có --out thì chạy lại cùng lệnh để làm tiếp"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; our own errors become a sentence on stderr (and JSON on stdout with --json) and an exit status."""
    given = sys.argv[1:] if argv is None else list(argv)
    _open_closed_streams()
    verb = next((word for word in given if not word.startswith("-")), "")
    args = (parser(verb) if verb in VERBS else overview()).parse_args(given)
    as_json = getattr(args, "json", False)
    _prepare_streams(as_json=as_json)
    try:
        status = _run(args, as_json=as_json)
        sys.stdout.flush()
    except (OSError, StdoutError) as error:
        return _unprinted(args.verb, error.__cause__ if isinstance(error, StdoutError) else error)
    return status


def _run(args: argparse.Namespace, *, as_json: bool) -> int:
    try:
        return cast(Callable[[argparse.Namespace], int], args.run)(args)
    except (SigningError, EidError) as error:
        if as_json:
            emit_json({"error": {"code": error.code, "text": error.text, "text_vi": error.text_vi}})
        tell_error(args.verb, error)
        return error.exit_status
    except KeyboardInterrupt:
        say(f"{args.verb}: interrupted{_GOES_ON.get(args.verb, ('', ''))[0]}")
        say(f"{args.verb}: đã dừng{_GOES_ON.get(args.verb, ('', ''))[1]}")
        return 130


def _unprinted(verb: str, why: BaseException | None) -> int:
    """Stdout takes no more: never the exit status of a document that is not valid."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(why, BrokenPipeError):
        return 141  # the reader of our output went away: nothing is wrong with the document
    error = UsageError("output.unwritable", path="stdout", why=getattr(why, "strerror", None) or why)
    tell_error(verb, error)
    return error.exit_status


def _open_closed_streams() -> None:
    """Who closed our streams wants no prose; what is opened next must not take their place and be written into."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
        pass
    os.close(handle)
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as we live
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _prepare_streams(*, as_json: bool) -> None:
    """File names and terminals of any encoding must not stop us; JSON is UTF-8 everywhere (RFC 8259 §8.1)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
