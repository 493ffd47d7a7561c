"""`signing seal sign`: both signatures on a prepared result, in the order of NĐ 30/2020/NĐ-CP Điều 32."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from ..batch import Desk, Order
from ..confirmation import for_document
from ..errors import UsageError
from ..files import assert_writable, exists, read_file, write_file
from ..pdf.stamp_image import MAX_IMAGE_BYTES
from ..pdf.stamp_profiles import profiled_stamp
from ..policy import Baseline
from ..seal.result import sign_office, sign_official
from ..trust.store import TrustStore
from .common import KEY_HELP, Verbs, add_secret_flags, ask_from, say, tell_code


def add_sign(actions: Verbs) -> None:
    """Add `seal sign`."""
    sign = actions.add_parser(
        "sign",
        help="sign a prepared result: first the official, then the office",
        epilog="Example: signing seal sign prepared.pdf -o official.pdf --as official --key pkcs12:official.p12 "
        "--pass-file pin.txt --trust trust/ --tsa URL",
    )
    sign.add_argument("pdf", metavar="PDF", help="the result, as written by: signing seal make --result")
    sign.add_argument("-o", "--out", required=True, metavar="OUT", help="the signed result")
    sign.add_argument(
        "--as",
        dest="role",
        required=True,
        choices=("official", "office"),
        help="who signs; the office signs only what the official has validly signed",
    )
    sign.add_argument("--key", required=True, metavar="URI", help=f"{KEY_HELP}; the seal names whose")
    sign.add_argument(
        "--trust",
        required=True,
        metavar="DIR",
        help="check chains, revocation and the official's signature against this",
    )
    sign.add_argument(
        "--baseline", type=Baseline, choices=list(Baseline), default=Baseline.B_LT, help="default %(default)s"
    )
    sign.add_argument("--tsa", metavar="URL", help="RFC 3161 timestamp authority, for B-T and above")
    sign.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )
    sign.add_argument(
        "--image",
        metavar="PNG",
        help="the handwritten signature, or the office's round seal, on a transparent ground (NĐ 30/2020); else text",
    )
    sign.add_argument("--force", action="store_true", help="replace an output that exists")
    add_secret_flags(sign)
    sign.set_defaults(run=run_seal_sign)


def run_seal_sign(args: argparse.Namespace) -> int:
    """`signing seal sign`: the field and the stamp's place are those that `seal make` prepared."""
    _assert_free(args.pdf, args.out, overwrite=args.force)
    pdf = read_file(args.pdf)
    image = read_file(args.image, max_bytes=MAX_IMAGE_BYTES) if args.image is not None else None
    stamp = profiled_stamp(args.role, image=image)
    trust = TrustStore.load(Path(args.trust))
    order = Order(key=args.key, baseline=args.baseline, tsa_url=args.tsa, trust=trust, allow=tuple(args.allow))
    desk = Desk(order, ask_from(args))
    signer = for_document(desk.signer, Path(args.pdf).name, tell_code)
    if args.role == "official":
        signed = sign_official(pdf, signer, baseline=order.baseline, tsa=desk.tsa, collect=desk.collect, stamp=stamp)
    else:
        signed = sign_office(
            pdf, signer, trust=trust, baseline=order.baseline, tsa=desk.tsa, collect=desk.collect, stamp=stamp
        )
    write_file(args.out, signed, overwrite=args.force)
    say(f"{args.pdf} → {args.out}")
    return 0


def _assert_free(source: str, output: str, *, overwrite: bool) -> None:
    """Refuse an output before a secret is asked for; what is signed is never replaced by its signature."""
    assert_writable(output)
    if not exists(output):
        return
    with suppress(OSError, ValueError):
        if Path(output).samefile(source):
            raise UsageError("usage.output-is-input", path=output)
    if not overwrite:
        raise UsageError("usage.output-exists", path=output)
