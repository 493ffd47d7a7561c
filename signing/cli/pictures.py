"""`--pictures DIR` of `verify` and `audit`: the pages that look different since they were signed, then and now."""

from __future__ import annotations

import argparse
from typing import Protocol

from ..pictures import assert_can_draw, with_pictures
from ..report import Report
from .common import PasswordFile


class Draw(Protocol):
    """What becomes of a report; `data` are the bytes of a file that is not at its path."""

    def __call__(self, report: Report, data: bytes | None = None) -> Report:
        """The report with what there is to say of the pictures."""


def add_pictures(parser: argparse.ArgumentParser) -> None:
    """The flag."""
    parser.add_argument(
        "--pictures",
        metavar="DIR",
        help="PNGs and a page of HTML there: PDF pages that changed after a signature, as signed and now (extra scan)",
    )


def drawer(args: argparse.Namespace) -> Draw:
    """What draws as the flags say; tells at once if it cannot. Raises as `assert_can_draw`."""
    if not args.pictures:
        return lambda report, _=None: report
    folder = assert_can_draw(args.pictures)
    password = PasswordFile(args.password_file) if args.password_file else None

    def draw(report: Report, data: bytes | None = None) -> Report:
        return with_pictures(report, report.path if data is None else data, folder, password=password)

    return draw
