"""`signing sign`, `extend` and `keys`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from ..batch import Order, Outcome, is_pdf, sign_files
from ..clock import moment
from ..errors import UsageError
from ..http import HttpClient
from ..names import shown_name
from ..pdf import extend_pdf
from ..policy import Baseline
from ..precheck import tsa_checker
from ..revocation import collect_evidence
from ..signer import open_signer
from ..stamp import Stamp
from ..timestamp import TimestampAuthority
from .common import Verbs, add_secret_flags, ask_from, emit_json, open_trust, say

_EXTENDABLE = (Baseline.B_LT,)


def add_parser(verbs: Verbs) -> None:
    """The three verbs."""
    sign = verbs.add_parser(
        "sign",
        help="PDF → PAdES; any other file → detached CAdES (.p7s)",
        epilog="Example: signing sign letter.pdf -o signed.pdf --key pkcs12:official.p12 --pass-file pin.txt",
    )
    sign.add_argument("inputs", nargs="+", type=Path, metavar="IN")
    sign.add_argument("-o", "--out", required=True, type=Path, metavar="OUT", help="a file, or a folder for several")
    sign.add_argument("--key", required=True, metavar="URI", help="pem:PATH or pkcs12:PATH")
    sign.add_argument("--baseline", type=Baseline, choices=list(Baseline)[:3], default=Baseline.B_B)
    _add_services(sign)
    sign.add_argument("--stamp", type=stamp_of, metavar="PAGE,X,Y[,W,H]", help="visible: page (-1 = last), millimetres")
    sign.add_argument("--field", metavar="NAME", help="an empty signature field to fill, or the new field's name")
    sign.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default 1)")
    existing = sign.add_mutually_exclusive_group()
    existing.add_argument("--force", action="store_true", help="replace outputs that exist")
    existing.add_argument("--resume", action="store_true", help="go on with a batch that was stopped")
    sign.add_argument("--json", action="store_true", help="one JSON object a file on stdout")
    add_secret_flags(sign)
    sign.set_defaults(run=run_sign)

    extend = verbs.add_parser(
        "extend",
        help="raise a signed PDF to a longer-lived baseline",
        epilog="Example: signing extend signed.pdf -o kept.pdf --baseline B-LT --trust trust/",
    )
    extend.add_argument("input", type=Path, metavar="IN")
    extend.add_argument("-o", "--out", required=True, type=Path, metavar="OUT")
    extend.add_argument("--baseline", type=Baseline, choices=_EXTENDABLE, default=Baseline.B_LT)
    extend.add_argument("--force", action="store_true", help="replace an output that exists")
    _add_services(extend)
    extend.set_defaults(run=run_extend)

    keys = verbs.add_parser(
        "keys", help="what a key file holds", epilog="Example: signing keys pkcs12:official.p12 --pass-file pin.txt"
    )
    keys.add_argument("uri", metavar="URI")
    keys.add_argument("--json", action="store_true")
    add_secret_flags(keys)
    keys.set_defaults(run=run_keys)


def _add_services(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tsa", metavar="URL", help="RFC 3161 timestamp authority, for B-T and above")
    parser.add_argument("--trust", metavar="DIR", help="check chains and revocation against this before signing")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )


def stamp_of(text: str) -> Stamp:
    """An argparse type: `PAGE,X,Y` or `PAGE,X,Y,WIDTH,HEIGHT`, lengths in millimetres."""
    try:
        page, *lengths = text.split(",")
        numbers = [float(n) for n in lengths]
        if len(numbers) not in (2, 4):
            raise ValueError
        stamp = Stamp(page=int(page), x_mm=numbers[0], y_mm=numbers[1])
        return stamp if len(numbers) == 2 else replace(stamp, width_mm=numbers[2], height_mm=numbers[3])
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not PAGE,X,Y or PAGE,X,Y,WIDTH,HEIGHT") from None


def run_sign(args: argparse.Namespace) -> int:
    """`signing sign IN… -o OUT --key URI`."""
    order = Order(
        key=args.key,
        baseline=args.baseline,
        tsa_url=args.tsa,
        trust=open_trust(args.trust),
        allow=tuple(args.allow),
        stamp=args.stamp,
        field_name=args.field,
        overwrite=args.force,
        resume=args.resume,
    )
    if args.baseline >= Baseline.B_T and not args.tsa:
        raise UsageError("timestamp.needed", baseline=args.baseline)
    worst = 0
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("ký / signing", total=len(args.inputs))
        for outcome in sign_files(args.inputs, args.out, order, ask_from(args), jobs=args.jobs):
            progress.advance(task)
            _tell(outcome, as_json=args.json)
            if outcome.error is not None:
                worst = max(worst, outcome.error.exit_status)
    return worst


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    error = outcome.error
    if as_json:
        told = {"code": error.code, "text": error.text, "text_vi": error.text_vi} if error else None
        done = None if error else str(outcome.output)
        emit_json({"source": str(outcome.source), "output": done, "skipped": outcome.skipped, "error": told})
    elif error is not None:
        say(f"{outcome.source}: {error.text} [{error.code}]\n{outcome.source}: {error.text_vi}")
    else:
        say(f"{outcome.source} → {outcome.output}" + (" (đã có / kept)" if outcome.skipped else ""))


def run_extend(args: argparse.Namespace) -> int:
    """`signing extend IN -o OUT --baseline B-LT`."""
    if not is_pdf(args.input):
        raise UsageError("usage.argument", why="only PDFs are extended here; a dossier is extended with its own verb")
    if args.out.exists() and not args.force:
        raise UsageError("usage.output-exists", path=args.out)
    trust = open_trust(args.trust)
    http = HttpClient(allow=(*args.allow, *((args.tsa,) if args.tsa else ())))
    check = tsa_checker(trust) if trust is not None else None
    extend_pdf(
        args.input,
        out=args.out,
        baseline=args.baseline,
        tsa=TimestampAuthority(url=args.tsa, http=http, check=check) if args.tsa else None,
        collect=lambda chains: collect_evidence(chains, http, moment(None)),
    )
    say(f"{args.input} → {args.out}")
    return 0


def run_keys(args: argparse.Namespace) -> int:
    """`signing keys URI`."""
    signer = open_signer(args.uri, ask_from(args))
    certificate = signer.certificate
    held = {
        "subject": shown_name(certificate.subject),
        "issuer": shown_name(certificate.issuer),
        "serial": f"{certificate.serial_number:x}",
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "algorithm": str(signer.algorithm),
        "chain": [shown_name(c.subject) for c in signer.chain],
    }
    if args.json:
        emit_json(held)
    else:
        for name, value in held.items():
            print(f"{name}: {'; '.join(value) if isinstance(value, list) else value}")
    return 0
