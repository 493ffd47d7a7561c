"""What the verbs share: secrets, trust, times and output. No verb holds logic of its own."""

from __future__ import annotations

import argparse
import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Any

from eid.errors import EidError

from ..confirmation import Confirmation
from ..errors import SigningError, UsageError
from ..files import MAX_READ_BYTES, read_file, read_stream, write_file
from ..report import json_line
from ..trust.store import TrustStore
from ..workers import MAX_JOBS

MAX_SECRET_BYTES = 4096  # bytes; a password file larger than this is not one
_PASSWORD_FOR = re.compile("^(?:password|pin) for ", re.IGNORECASE)  # how prompts for secrets begin

# what --key takes; % is doubled for argparse
KEY_HELP = "pem:PATH, pkcs12:PATH, pkcs11:token=LABEL;id=%%01, csc+https://HOST… or mobile+https://HOST…"

Verbs = Any  # argparse's sub-parser action, whose type argparse keeps private


def add_secret_flags(parser: argparse.ArgumentParser) -> None:
    """`--pass-file` and `--pass-env`; without either the terminal asks."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--pass-file", metavar="FILE", help="read the key's password from the first line of FILE")
    group.add_argument("--pass-env", metavar="VAR", help="read the key's password from the environment variable VAR")


def ask_from(args: argparse.Namespace) -> Callable[[str], str]:
    """The callback that finds a secret where the flags say; it never comes from an argument."""

    def ask(name: str) -> str:
        if args.pass_file:
            return first_line(args.pass_file)
        if args.pass_env:
            if args.pass_env not in os.environ:
                raise UsageError("usage.no-variable", name=args.pass_env)
            return os.environ[args.pass_env].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        asked = name.rstrip(": ")
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("key.password", where=_PASSWORD_FOR.sub("", asked))
        return getpass(f"{asked}: ")

    return ask


def first_line(path: str) -> str:
    """The secret in a file: its first line."""
    lines = read_file(path, max_bytes=MAX_SECRET_BYTES).decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""


class StdoutError(Exception):
    """Stdout takes no more; its cause, an `OSError`, says why. Not one itself: files being written are not at fault."""


@contextmanager
def printing() -> Iterator[None]:
    """For what is printed while files are open. Raises `StdoutError`."""
    try:
        yield
    except OSError as e:
        raise StdoutError from e


class PasswordFile:
    """The `password` callback for PDFs, in any process: a file's name travels, not the secret."""

    def __init__(self, path: str) -> None:
        self._path = path
        first_line(path)  # a file that cannot be read is told before the first document

    def __call__(self, _name: str) -> str:
        return first_line(self._path)


def add_services(parser: argparse.ArgumentParser) -> None:
    """The services and rules that signing and extending share."""
    parser.add_argument("--password-file", metavar="FILE", help="password for encrypted PDFs")
    parser.add_argument(
        "--tsa",
        action="append",
        default=[],
        metavar="URL",
        help="RFC 3161 timestamp authority, for B-T and above; given again: asked when the one before fails",
    )
    parser.add_argument("--trust", metavar="DIR", help="check chains and revocation against this before signing")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )


def open_trust(folder: str | None) -> TrustStore | None:
    """The trust folder or PEM file named by `--trust`, or None when the flag is absent."""
    if not folder:
        return None
    from ..trusted_list import load_trust  # its libraries are not needed for --help

    store = load_trust(folder)
    if not (store.ca or store.tsa or store.identity or store.seals):
        say(
            f"không có gì được tin cậy trong {folder}: thư mục này cần có ca/, tsa/, identity/ hoặc seals/ / "
            f"nothing is trusted: {folder} has neither ca/ nor tsa/, identity/ or seals/ with anything in it"
        )
    return store


def aware_time(text: str) -> datetime:
    """An argparse type: ISO 8601 with an offset, such as 2026-11-21T09:00:00+07:00."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from None
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} needs a time zone, such as +07:00")
    return value


def job_count(text: str) -> int:
    """An argparse type: a number of processes."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_JOBS:
        raise argparse.ArgumentTypeError(f"not a number from 1 to {MAX_JOBS}")
    return int(text)


def emit_json(value: Any) -> None:
    """One line of JSON on stdout."""
    print(json_line(value))


def say(text: str) -> None:
    """Prose for a person, on stderr."""
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)


def tell_error(about: str, error: SigningError | EidError) -> None:
    """An error on stderr, in both languages; with the one that it came from, which often names the address or file."""
    say(f"{about}: {error.text} [{error.code}]\n{about}: {error.text_vi}")
    cause = error.__cause__
    if isinstance(cause, SigningError | EidError):
        say(f"  {cause.text} [{cause.code}]\n  {cause.text_vi}")


def tell_code(asked: Confirmation) -> None:
    """The code that a person's own device shows as well, on stderr, before it asks for the confirmation."""
    say(f"{asked.document or '-'}: mã trên điện thoại phải là / the phone must show: {asked.code}")


def printable(text: str) -> str:
    """`text` without what steers a terminal: file names and certificates hold anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def read_input(name: str) -> bytes:
    """The bytes of a file, or of stdin for `-`."""
    if name == "-":
        if sys.stdin is None:  # closed by who started us: not the same as an empty document
            raise UsageError("input.unreadable", path="stdin", why=os.strerror(errno.EBADF))
        data = read_stream(sys.stdin.buffer, MAX_READ_BYTES)
        if len(data) > MAX_READ_BYTES:
            raise UsageError("input.too-large", what="stdin", limit=f"{MAX_READ_BYTES} bytes")
        return data
    return read_file(name)


def assert_file(name: str) -> None:
    """Raise `UsageError` for a name that is none, or a folder's: the call is wrong, nothing was judged."""
    if name == "-":
        return
    try:
        mode = Path(name).lstat().st_mode
    except (FileNotFoundError, NotADirectoryError) as e:
        raise UsageError("input.unreadable", path=name, why=e.strerror) from None
    except (OSError, ValueError):
        return  # what else is wrong with it, the check tells
    if stat.S_ISDIR(mode):
        raise UsageError("input.folder", path=name)


def write_output(name: str, data: bytes, *, overwrite: bool) -> None:
    """`data` as a whole file, or on stdout for `-`."""
    if name == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    else:
        write_file(name, data, overwrite=overwrite)
