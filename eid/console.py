"""What the verbs of the command line share: secrets, input, output."""

from __future__ import annotations

import argparse
import codecs
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from getpass import getpass
from typing import Any, TextIO

from .encoding import load_json
from .errors import LimitError, MalformedError, UsageError
from .files import read_file, write_beside_keys
from .rules import VIETNAM

INTERRUPTED, READER_GONE = 130, 141  # exit statuses, as shells give them for SIGINT and SIGPIPE
STDOUT = "stdout"
MAX_SECRET_BYTES = 4096  # bytes; a password file larger than this is not one
MAX_CONTAINERS = 20_000  # objects and arrays in one JSON file; a JWKS may hold a thousand keys
MAX_INPUT_BYTES = 4 * 1024 * 1024  # bytes of a JWKS, a person, evidence or a token


def add_secret_flags(parser: argparse.ArgumentParser) -> None:
    """`--pass-file` and `--pass-env`; without either the terminal asks."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--pass-file", metavar="FILE", help="read the keys' password from the first line of FILE")
    group.add_argument("--pass-env", metavar="VAR", help="read the keys' password from the environment variable VAR")


def ask_from(args: argparse.Namespace, *, twice: bool = False) -> Callable[[str], str]:
    """The callback that finds the password where the flags say."""

    def ask(name: str) -> str:
        if args.pass_file is not None:
            text = text_of(read_file(args.pass_file, max_bytes=MAX_SECRET_BYTES), "the password file")
            return text.partition("\n")[0].rstrip("\r")
        if args.pass_env is not None:
            return os.environ.get(args.pass_env, "")
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("key.password", where=name.removeprefix("password for "))
        try:
            password = getpass(f"{name}: ")
            again = getpass(f"{name}, again: ") if twice else password
        except EOFError:
            raise UsageError("key.password", where=name.removeprefix("password for ")) from None
        if again != password:
            raise UsageError(
                "usage.argument", why="the two passwords differ", why_vi="hai lần nhập mật khẩu không giống nhau"
            )
        return password

    return ask


def guarded(run: Callable[[], int]) -> int:
    """The exit status of `run`, also when a person or the reader of our output stops it."""
    try:
        return run()
    except KeyboardInterrupt:
        say("interrupted / đã dừng")
        return INTERRUPTED
    except BrokenPipeError:
        return READER_GONE


def kept(name: str) -> str:
    """The name of a file that stays: keys and ledgers are neither read from stdin nor written to stdout."""
    if name == "-":
        raise argparse.ArgumentTypeError("this is kept in a file; name one")
    return name


def once(ask: Callable[[str], str]) -> Callable[[str], str]:
    """`ask`, but a person is asked only once."""
    known: list[str] = []

    def ask_once(name: str) -> str:
        if not known:
            known.append(ask(name))
        return known[0]

    return ask_once


def shown_time(time: datetime) -> str:
    """As people in Vietnam read it: ISO 8601 in their time, to the second."""
    return time.astimezone(VIETNAM).isoformat(timespec="seconds")


def time_of(text: object) -> datetime:
    """ISO 8601 with an offset."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise UsageError(
            "usage.argument",
            why=f"'{text}' is not an ISO 8601 time",
            why_vi=f"'{text}' không phải thời điểm theo ISO 8601",
        ) from None


def read_input(name: str) -> bytes:
    """The bytes of a file, or of stdin for `-`."""
    if name != "-":
        return read_file(name, max_bytes=MAX_INPUT_BYTES)
    try:
        if sys.stdin is None:
            raise UsageError("input.unreadable", path="stdin", why="closed")
        data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    except OSError as e:
        raise UsageError("input.unreadable", path="stdin", why=e.strerror or e) from None
    if len(data) > MAX_INPUT_BYTES:
        raise LimitError("input.too-large", what="stdin", limit=f"{MAX_INPUT_BYTES} bytes")
    return data


def text_of(data: bytes, what: str) -> str:
    """Text without the newline that ends a file."""
    try:
        return data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise MalformedError("input.malformed", what=what, why="not UTF-8") from None


def read_json(name: str, what: str) -> Any:
    """The value of a strict JSON file, or of stdin for `-`."""
    data = read_input(name)
    try:
        return load_json(data, max_containers=MAX_CONTAINERS)
    except (ValueError, RecursionError):
        raise MalformedError("input.malformed", what=what, why="not strict JSON") from None


def read_token(name: str) -> str:
    """The argument itself, or the text on stdin for `-`."""
    return text_of(read_input(name), "the token") if name == "-" else name


def write_text(name: str, text: str) -> None:
    """`text` and a newline to a file, or to stdout for `-`. A key set is never written over: `usage.output-exists`."""
    if name == "-":
        _print(sys.stdout, text)
    else:
        write_beside_keys(name, f"{text}\n".encode())


def emit(value: Any, *, indent: int | None = None) -> None:
    """JSON on stdout, one line unless indented; where the stream is not UTF-8, names are escaped, never lost."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    escape = codecs.lookup(encoding).name != "utf-8"
    _print(sys.stdout, json.dumps(value, ensure_ascii=escape, indent=indent))


def say(text: str) -> None:
    """Prose for a person, on stderr; nobody may be listening."""
    with suppress(OSError, UsageError):
        _print(sys.stderr, text)


def _print(stream: TextIO | None, text: str) -> None:
    """A line, whatever the terminal's encoding; half characters from file names do not stop it.

    Raises `UsageError` (`output.unwritable`), and `BrokenPipeError` when the reader has gone.
    """
    if stream is None:
        raise UsageError("output.unwritable", path=STDOUT, why="closed")
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except OSError as e:
        with suppress(OSError, ValueError):  # what is left in the buffer must not fail once more when we end
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(e, BrokenPipeError):
            raise
        raise UsageError("output.unwritable", path=STDOUT, why=e.strerror or e) from None


def done(args: argparse.Namespace, facts: dict[str, Any]) -> int:
    """Say what was done, and exit status 0."""
    if args.json:
        emit(facts)
    else:
        say(", ".join(f"{name}: {value}" for name, value in facts.items()))
    return 0
