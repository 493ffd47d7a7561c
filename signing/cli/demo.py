"""`signing demo [DIR]`: the whole story, offline."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..story.book import Proof
from ..story.play import play
from .common import Verbs, emit_json, printable

_LOG_COLUMNS = 160  # width of the table in a file or log


def add_parser(verbs: Verbs) -> None:
    """The verb."""
    demo = verbs.add_parser(
        "demo",
        help="the whole story, offline: identities, a dossier in five steps, a result, an audit, forgeries",
        epilog="Example: signing demo out/",
    )
    demo.add_argument("folder", nargs="?", default="out", type=Path, metavar="DIR", help="where to leave it (out/)")
    demo.add_argument("--json", action="store_true", help="the proofs as one JSON array on stdout")
    demo.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play, show what was proven, and say with the exit status whether all of it was."""
    console = Console(stderr=True, highlight=False)
    with console.status("…") as status:
        proofs = play(args.folder, say=status.update)
    if args.json:
        emit_json([p.to_dict() for p in proofs])
    else:
        shown = Console(highlight=False, width=None if sys.stdout.isatty() else _LOG_COLUMNS)
        shown.print(_table(proofs))
        failed = sum(not p.holds for p in proofs)
        summary = f"{len(proofs) - failed} of {len(proofs)} as they have to be; look into {args.folder}/"
        shown.print(Text(printable(summary)), soft_wrap=True)
    return 0 if all(p.holds for p in proofs) else 1


def _table(proofs: tuple[Proof, ...]) -> Table:
    table = Table(title="Đã chứng minh / what was proven")
    for column in ("", "chapter", "what", "answer", "look at"):
        table.add_column(column, overflow="fold")
    last = None
    for proof in proofs:
        if last is not None and proof.chapter != last:
            table.add_section()
        last, mark = proof.chapter, Text("✓", "green") if proof.holds else Text("✗", "bold red")
        answer = proof.got if proof.holds else f"{proof.got} (wanted: {proof.wanted})"
        table.add_row(mark, *(Text(printable(cell)) for cell in (proof.chapter, proof.what, answer, proof.where)))
    return table
