"""`signing extend`: one signed file, or every one in folders; without an output, what level they have."""

from __future__ import annotations

import argparse
import os
from datetime import timedelta
from pathlib import Path

from ..batch import assert_writable, is_pdf
from ..batch.extend import ExtendDesk, ExtendOrder, signed_beside
from ..batch.stage import Outcome
from ..errors import UsageError
from ..policy import Baseline
from ..recognize import Shape, shape_of
from .bulk import add_batch_flags, is_batch, make_folder, run_all, tell
from .common import PasswordFile, Verbs, add_services, open_trust, read_input, say, write_output
from .levels import run_levels

MAX_DAYS = 36_500  # of --due: a century
_EXTENDABLE = (Baseline.B_T, Baseline.B_LT, Baseline.B_LTA)


def add_parser(verbs: Verbs) -> None:
    """The verb."""
    extend = verbs.add_parser(
        "extend",
        help="raise signed files to a longer-lived baseline",
        epilog="Example: signing extend signed/ -o kept/ --baseline B-LT --trust trust/",
    )
    extend.add_argument(
        "inputs", nargs="+", metavar="IN", help="PDFs and CMS signatures (.p7s), folders of them, or - for stdin"
    )
    extend.add_argument(
        "-o",
        "--out",
        metavar="OUT",
        help="a file, a folder for several, or -; NAME/ is made; without it the levels are told and nothing is written",
    )
    extend.add_argument(
        "--baseline", type=Baseline, choices=_EXTENDABLE, help="default B-LT; with --due B-LTA, which renews"
    )
    extend.add_argument(
        "--due", type=days, metavar="DAYS", help="only files with a signature whose newest proof ends within DAYS"
    )
    add_batch_flags(extend)
    add_services(extend)
    extend.set_defaults(run=run_extend)


def days(text: str) -> timedelta:
    """An argparse type: a number of days."""
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > MAX_DAYS:
        raise argparse.ArgumentTypeError(f"not a number of days from 0 to {MAX_DAYS}")
    return timedelta(days=int(text))


def run_extend(args: argparse.Namespace) -> int:
    """`signing extend IN… -o OUT --baseline B-LT`; without `-o`, what there is to do."""
    if args.out is None:
        return run_levels(args)
    order = ExtendOrder(
        baseline=args.baseline or (Baseline.B_LT if args.due is None else Baseline.B_LTA),
        tsa_url=next(iter(args.tsa), None),
        spare_tsa_urls=tuple(args.tsa[1:]),
        due=args.due,
        trust=open_trust(args.trust),
        allow=tuple(args.allow),
        password=PasswordFile(args.password_file) if args.password_file else None,
        overwrite=args.force,
        resume=args.resume,
    )
    if "-" not in (*args.inputs, args.out) and is_batch(args):
        return run_all(args, order, None)
    return _extend_one(args, order)


def _extend_one(args: argparse.Namespace, order: ExtendOrder) -> int:
    """One file, from a path or stdin, to a path or stdout."""
    if len(args.inputs) > 1 or args.jobs > 1 or args.resume or (args.out == "-" and args.json):
        raise UsageError("usage.stream")
    (name,) = args.inputs
    if args.out.endswith(os.sep):
        make_folder(args.out)
    target = os.fspath(Path(args.out) / Path(name).name) if Path(args.out).is_dir() and name != "-" else args.out
    if target != "-":
        assert_writable(Path(name), Path(target), overwrite=args.force)
    desk = ExtendDesk(order)
    source = None if name == "-" else Path(name)
    if source is not None and not desk.is_due(source):
        tell(Outcome(source=source, output=Path(target), skipped=True, reason="not-due"), as_json=args.json)
        return 0
    if source is not None and target != "-" and is_pdf(source):
        desk.extend_pdf(source, Path(target))
    else:
        data = read_input(name)
        shape = shape_of(name, data)
        if shape not in {Shape.PDF, Shape.CMS}:
            raise UsageError("extend.kind", path=name)
        beside = None if source is None else signed_beside(source)
        write_output(target, desk.extend_bytes(data, shape, beside), overwrite=args.force)
    if target != "-":
        tell(Outcome(source=Path(name), output=Path(target)), as_json=args.json)
    else:
        say(f"{name} → {target}")
    return 0
