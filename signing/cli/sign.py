"""`signing sign`, `extend` and `keys`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from ..audit import shown_path
from ..batch import Desk, Order, Outcome, is_pdf, sign_files
from ..cms.cades import extend_detached
from ..cms.timestamp import TimestampAuthority
from ..errors import UsageError
from ..files import exists
from ..http import HttpClient
from ..pdf.sign import extend_pdf
from ..pdf.stamp import Stamp
from ..policy import Baseline
from ..recognize import Shape, shape_of
from ..signer import open_signer
from ..trust.chain import Purpose
from ..trust.names import shown_name
from ..trust.precheck import tsa_checker
from ..trust.revocation import Collector
from .common import (
    PasswordFile,
    Verbs,
    add_secret_flags,
    ask_from,
    emit_json,
    job_count,
    open_trust,
    printable,
    read_input,
    say,
    tell_error,
    write_output,
)
from .pkcs11 import run_inventory

_EXTENDABLE = (Baseline.B_T, Baseline.B_LT, Baseline.B_LTA)


def add_parser(verbs: Verbs) -> None:
    """The three verbs."""
    sign = verbs.add_parser(
        "sign",
        help="PDF → PAdES; any other file → detached CAdES (.p7s)",
        epilog="Example: signing sign letter.pdf -o signed.pdf --key pkcs12:official.p12 --pass-file pin.txt",
    )
    sign.add_argument("inputs", nargs="+", metavar="IN", help="files, or - for stdin")
    sign.add_argument(
        "-o", "--out", required=True, metavar="OUT", help="a file, a folder for several, or -; NAME/ is made"
    )
    sign.add_argument("--key", required=True, metavar="URI", help="pem:PATH, pkcs12:PATH or pkcs11:token=LABEL;id=%%01")
    sign.add_argument("--baseline", type=Baseline, choices=list(Baseline), default=Baseline.B_B)
    _add_services(sign)
    sign.add_argument(
        "--stamp", type=stamp_of, metavar="PAGE,X,Y[,W,H]", help="visible: page 0, 1, … or last; millimetres"
    )
    sign.add_argument("--field", metavar="NAME", help="an empty signature field to fill, or the new field's name")
    sign.add_argument("--jobs", type=job_count, default=1, metavar="N", help="processes (default 1)")
    existing = sign.add_mutually_exclusive_group()
    existing.add_argument("--force", action="store_true", help="replace outputs that exist")
    existing.add_argument("--resume", action="store_true", help="go on with a batch that was stopped")
    sign.add_argument("--json", action="store_true", help="one JSON object a file on stdout")
    add_secret_flags(sign)
    sign.set_defaults(run=run_sign)

    extend = verbs.add_parser(
        "extend",
        help="raise a signed file to a longer-lived baseline",
        epilog="Example: signing extend signed.pdf -o kept.pdf --baseline B-LT --trust trust/",
    )
    extend.add_argument("input", metavar="IN", help="a PDF or a CMS signature (.p7s), or - for stdin")
    extend.add_argument("-o", "--out", required=True, metavar="OUT", help="a file, or - for stdout")
    extend.add_argument("--baseline", type=Baseline, choices=_EXTENDABLE, default=Baseline.B_LT)
    extend.add_argument("--force", action="store_true", help="replace an output that exists")
    _add_services(extend)
    extend.set_defaults(run=run_extend)

    keys = verbs.add_parser(
        "keys",
        help="what a key file or token holds",
        epilog="Example: signing keys pkcs12:official.p12 --pass-file pin.txt",
    )
    keys.add_argument("uri", metavar="URI")
    keys.add_argument("--json", action="store_true")
    add_secret_flags(keys)
    keys.set_defaults(run=run_keys)


def _add_services(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-file", metavar="FILE", help="password for encrypted PDFs")
    parser.add_argument("--tsa", metavar="URL", help="RFC 3161 timestamp authority, for B-T and above")
    parser.add_argument("--trust", metavar="DIR", help="check chains and revocation against this before signing")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )


def stamp_of(text: str) -> Stamp:
    """An argparse type: `PAGE,X,Y` or `PAGE,X,Y,WIDTH,HEIGHT`; the page from 0 or `last`, lengths in millimetres."""
    try:
        page, *lengths = text.split(",")
        numbers = [float(n) for n in lengths]
        if len(numbers) not in (2, 4) or not all(map(isfinite, numbers)):
            raise ValueError
        stamp = Stamp(page=-1 if page == "last" else int(page), x_mm=numbers[0], y_mm=numbers[1])
        return stamp if len(numbers) == 2 else replace(stamp, width_mm=numbers[2], height_mm=numbers[3])
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not PAGE,X,Y or PAGE,X,Y,WIDTH,HEIGHT") from None
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.text) from None


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
        password=PasswordFile(args.password_file) if args.password_file else None,
        overwrite=args.force,
        resume=args.resume,
    )
    if "-" in (*args.inputs, args.out):
        return _sign_stream(args, order)
    if args.out.endswith(os.sep):  # says itself that it is a folder
        _make_folder(args.out)
    statuses = set()
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("ký / signing", total=len(args.inputs))
        for outcome in sign_files(list(map(Path, args.inputs)), Path(args.out), order, ask_from(args), jobs=args.jobs):
            progress.advance(task)
            _tell(outcome, as_json=args.json)
            statuses.add(outcome.error.exit_status if outcome.error else 0)
    return next((status for status in (1, 3, 2) if status in statuses), 0)


def _make_folder(name: str) -> None:
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError("output.unwritable", path=name, why=getattr(error, "strerror", None) or error) from None


def _sign_stream(args: argparse.Namespace, order: Order) -> int:
    """One input, from stdin or to stdout."""
    to_stdout = args.out == "-"
    if len(args.inputs) > 1 or args.jobs > 1 or args.resume or (to_stdout and args.json):
        raise UsageError("usage.stream")
    source = args.inputs[0]
    if not to_stdout and not args.force and exists(args.out):
        raise UsageError("usage.output-exists", path=args.out)
    signed = Desk(order, ask_from(args)).sign_bytes(read_input(source))
    write_output(args.out, signed, overwrite=args.force)
    if not to_stdout:
        _tell(Outcome(source=Path(source), output=Path(args.out)), as_json=args.json)
    return 0


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    error, source, output = outcome.error, shown_path(outcome.source), shown_path(outcome.output)
    if as_json:
        told = {"code": error.code, "text": error.text, "text_vi": error.text_vi} if error else None
        done = None if error else output
        emit_json({"source": source, "output": done, "skipped": outcome.skipped, "error": told})
    if error is not None:
        tell_error(source, error)
    elif not as_json:
        say(f"{source} → {output}" + (" (đã có / kept)" if outcome.skipped else ""))


def run_extend(args: argparse.Namespace) -> int:
    """`signing extend IN -o OUT --baseline B-LT`."""
    if args.out != "-" and exists(args.out) and not args.force:
        raise UsageError("usage.output-exists", path=args.out)
    trust = open_trust(args.trust)
    http = HttpClient(allow=(*args.allow, *((args.tsa,) if args.tsa else ())))
    check = tsa_checker(trust) if trust is not None else None
    tsa = TimestampAuthority(url=args.tsa, http=http, check=check) if args.tsa else None
    anchors = (*trust.anchors(Purpose.SIGNER), *trust.anchors(Purpose.TSA)) if trust is not None else ()
    collect = Collector(http=http, anchors=anchors)
    extend_any = partial(extend_pdf, password=PasswordFile(args.password_file) if args.password_file else None)
    if "-" not in (args.input, args.out) and is_pdf(args.input):
        extend_any(Path(args.input), out=Path(args.out), baseline=args.baseline, tsa=tsa, collect=collect)
    else:
        data = read_input(args.input)
        shape = shape_of(args.input, data)
        if shape not in {Shape.PDF, Shape.CMS}:
            raise UsageError("extend.kind", path=args.input)
        extend = extend_any if shape is Shape.PDF else extend_detached
        extended = extend(data, baseline=args.baseline, tsa=tsa, collect=collect)
        write_output(args.out, extended or b"", overwrite=args.force)
    say(f"{args.input} → {args.out}")
    return 0


def run_keys(args: argparse.Namespace) -> int:
    """`signing keys URI`."""
    if args.uri.lower().startswith("pkcs11:"):
        return run_inventory(args)
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
            print(printable(f"{name}: {'; '.join(value) if isinstance(value, list) else value}"))
    return 0
