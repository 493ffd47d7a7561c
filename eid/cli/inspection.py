"""`eid inspect`: every layer of a token, QR code or chip file, and nothing of it verified."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from ..cards.lds import read_files
from ..console import emit, read_input, say, write_text
from ..inspection import Inspection, inspect, inspect_chip
from ..notice import notice
from .common import Verbs, verb

_INDENT = "  "
_COULD_NOT_TELL = 3


def add_parser(verbs: Verbs) -> None:
    """Add the verb."""
    about = "what a token, QR code or chip file says, layer by layer; nothing of it is verified"
    example = "  eid inspect token.txt\n  eid inspect card.png --json\n  eid inspect - < presentation.txt"
    parser = verb(verbs, "inspect", run, about, example)
    parser.add_argument(
        "what", metavar="FILE|DIR|TEXT|-", help="a file, a folder of a chip's files, the text, or stdin"
    )
    parser.add_argument("--show-numbers", action="store_true", help="do not mask personal numbers")


def run(args: argparse.Namespace) -> int:
    """Show it; exit status 3 for what is not known."""
    found = _found(args.what, args.show_numbers)
    if args.json:
        emit(found.to_dict())
    else:
        warning = notice("inspect.unverified")
        say(f"{warning.text}\n{warning.text_vi}")
        write_text("-", "\n".join(_lines(found, 0)))
    return _COULD_NOT_TELL if found.kind == "unknown" else 0


def _found(what: str, show_numbers: bool) -> Inspection:
    if what not in ("", "-") and _is(what, Path.is_dir):
        return inspect_chip(read_files(what), show_numbers=show_numbers)
    if what == "-" or (what and _is(what, Path.exists)):
        return inspect(read_input(what), show_numbers=show_numbers)
    return inspect(what, show_numbers=show_numbers)


def _is(what: str, test: Callable[[Path], bool]) -> bool:
    """Whether such a file exists; a token is too long a name for one."""
    try:
        return test(Path(what))
    except (OSError, ValueError):
        return False


def _lines(layer: Inspection, depth: int) -> list[str]:
    inside = _INDENT * (depth + 1)
    lines = [f"{_INDENT * depth}[unverified] {layer.title.text} · {layer.title.text_vi}"]
    for name, value in layer.facts.items():
        members = value.items() if isinstance(value, dict) else [("", value)]
        for member, each in members:
            label = f"{name}.{member}" if member else name
            lines.append(f"{inside}{label}: {each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)}")
    if layer.problem is not None:
        lines.append(f"{inside}! {layer.problem.text} [{layer.problem.code}]")
        lines.append(f"{inside}! {layer.problem.text_vi}")
    return lines + [line for each in layer.layers for line in _lines(each, depth + 1)]
