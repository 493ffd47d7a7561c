"""`signing cosign`: sign beside those who signed already, over a signature, or with the content inside (CAdES)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..batch import Desk, Order, assert_writable
from ..batch.extend import signed_beside
from ..cms.cades import digest_file
from ..cms.multi import add_signer, counter_sign, sign_attached
from ..confirmation import for_document
from ..errors import UsageError
from ..files import is_file
from ..policy import Baseline
from ..recognize import Shape, shape_of
from .common import (
    KEY_HELP,
    Verbs,
    add_secret_flags,
    add_services,
    ask_from,
    open_trust,
    read_input,
    say,
    tell_code,
    write_output,
)
from .details import add_detail_flags, details_from


def add_parser(verbs: Verbs) -> None:
    """The verb."""
    cosign = verbs.add_parser(
        "cosign",
        help="sign beside those who signed already, over a signature, or with the content inside",
        epilog="Example: signing cosign minutes.txt.p7s -o both.p7s --key pkcs12:clerk.p12 --content minutes.txt",
    )
    cosign.add_argument("input", metavar="IN", help="a CMS signature (.p7s), or any file with --enclose; - for stdin")
    cosign.add_argument("-o", "--out", required=True, metavar="OUT", help="a file, or - for stdout")
    cosign.add_argument("--key", required=True, metavar="URI", help=KEY_HELP)
    how = cosign.add_mutually_exclusive_group()
    how.add_argument("--content", metavar="FILE", help="what was signed, unless it is inside or lies beside IN")
    how.add_argument(
        "--counter", type=_number, metavar="N", help="sign over the signature of signer N (from 1) instead of beside"
    )
    how.add_argument("--enclose", action="store_true", help="the first signature, with IN inside it")
    cosign.add_argument(
        "--baseline", type=Baseline, choices=list(Baseline), default=Baseline.B_B, help="default %(default)s"
    )
    cosign.add_argument("--force", action="store_true", help="replace an output that exists")
    add_services(cosign)
    add_detail_flags(cosign)
    add_secret_flags(cosign)
    cosign.set_defaults(run=run_cosign)


def _number(text: str) -> int:
    """An argparse type: which signer, from 1."""
    if not text.isascii() or not text.isdigit() or not int(text[:9]) >= 1:
        raise argparse.ArgumentTypeError("not a number from 1")
    return int(text)


def run_cosign(args: argparse.Namespace) -> int:
    """`signing cosign IN -o OUT --key URI`."""
    if args.out != "-":
        assert_writable(Path(args.input), Path(args.out), overwrite=args.force)
    details, data = details_from(args), read_input(args.input)
    if not args.enclose and shape_of(args.input, data) is not Shape.CMS:
        raise UsageError("cosign.kind", path=args.input)
    order = Order(
        key=args.key,
        baseline=args.baseline,
        tsa_url=next(iter(args.tsa), None),
        spare_tsa_urls=tuple(args.tsa[1:]),
        trust=open_trust(args.trust),
        allow=tuple(args.allow),
    )
    desk = Desk(order, ask_from(args))
    signer = for_document(desk.signer, Path(args.input).name, tell_code)
    made = _way(args)(data, signer, baseline=args.baseline, tsa=desk.tsa, collect=desk.collect, details=details)
    write_output(args.out, made, overwrite=args.force)
    say(f"{args.input} → {args.out}")
    return 0


def _way(args: argparse.Namespace) -> Callable[..., bytes]:
    """The library's function for the flags."""
    if args.enclose:
        return sign_attached
    if args.counter is not None:
        return partial(counter_sign, index=args.counter - 1)
    beside = Path(args.content) if args.content is not None else signed_beside(Path(args.input))
    if beside is not None and (args.content is not None or is_file(beside)):
        return partial(add_signer, content=partial(digest_file, beside))
    return add_signer
