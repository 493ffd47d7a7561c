"""`signing extend`: one signed file, or every one in folders."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..batch import is_pdf
from ..batch_extend import ExtendDesk, ExtendOrder
from ..errors import UsageError
from ..files import exists
from ..pdf.sign import extend_pdf
from ..policy import Baseline
from ..recognize import Shape, shape_of
from .bulk import add_batch_flags, is_batch, make_folder, run_all
from .common import PasswordFile, Verbs, add_services, emit_json, open_trust, read_input, say, write_output

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
        "-o", "--out", required=True, metavar="OUT", help="a file, a folder for several, or -; NAME/ is made"
    )
    extend.add_argument("--baseline", type=Baseline, choices=_EXTENDABLE, default=Baseline.B_LT)
    add_batch_flags(extend)
    add_services(extend)
    extend.set_defaults(run=run_extend)


def run_extend(args: argparse.Namespace) -> int:
    """`signing extend IN… -o OUT --baseline B-LT`."""
    order = ExtendOrder(
        baseline=args.baseline,
        tsa_url=args.tsa,
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
    if target != "-" and exists(target) and not args.force:
        raise UsageError("usage.output-exists", path=target)
    desk = ExtendDesk(order)
    if "-" not in (name, target) and is_pdf(name):
        extend_pdf(
            Path(name),
            out=Path(target),
            baseline=order.baseline,
            tsa=desk.tsa,
            collect=desk.collect,
            password=order.password,
        )
    else:
        data = read_input(name)
        shape = shape_of(name, data)
        if shape not in {Shape.PDF, Shape.CMS}:
            raise UsageError("extend.kind", path=name)
        write_output(target, desk.extend_bytes(data, shape), overwrite=args.force)
    if args.json:
        emit_json({"source": name, "output": target, "skipped": False, "error": None})
    else:
        say(f"{name} → {target}")
    return 0
