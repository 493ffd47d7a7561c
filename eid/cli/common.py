"""What every verb of the command line has: its help with an example, `--json`, and the shape of its function."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Verbs = Any  # argparse's sub-parser action, whose type argparse keeps private
Run = Callable[[argparse.Namespace], int]


def verb(verbs: Verbs, name: str, run: Run | None, about: str, example: str) -> Any:
    """The parser of one verb; without `run` it has actions of its own, each made by this function."""
    parser = verbs.add_parser(
        name,
        help=about,
        allow_abbrev=False,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.add_argument("--json", action="store_true", help="machine-readable JSON on stdout, nothing else there")
        parser.set_defaults(run=run)
    return parser
