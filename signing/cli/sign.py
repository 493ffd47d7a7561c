"""`signing sign` and `keys`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..batch import Desk, Order
from ..batch.run import sign_files
from ..batch.stage import Outcome
from ..errors import UsageError
from ..files import exists
from ..pdf.request import Permission
from ..policy import Baseline
from ..signer import SignatureAlgorithm, open_signer
from ..trust.names import shown_name
from .bulk import add_batch_flags, is_batch, make_folder, run_all, tell
from .common import (
    KEY_HELP,
    PasswordFile,
    Verbs,
    add_secret_flags,
    add_services,
    ask_from,
    emit_json,
    open_trust,
    printable,
    read_input,
    tell_code,
    write_output,
)
from .details import add_detail_flags, details_from
from .fields import add_field_flags, fields_from
from .pkcs11 import run_inventory
from .stamps import add_stamp_flags, stamp_from


def add_parser(verbs: Verbs) -> None:
    """Both verbs."""
    sign = verbs.add_parser(
        "sign",
        help="PDF → PAdES; any other file → detached CAdES (.p7s)",
        epilog="Example: signing sign letters/ -o signed/ --key pkcs12:official.p12 --pass-file pin.txt --jobs 2",
    )
    sign.add_argument("inputs", nargs="+", metavar="IN", help="files, folders, or - for stdin")
    sign.add_argument(
        "-o", "--out", required=True, metavar="OUT", help="a file, a folder for several, or -; NAME/ is made"
    )
    sign.add_argument("--key", required=True, metavar="URI", help=KEY_HELP)
    sign.add_argument(
        "--algorithm", type=SignatureAlgorithm, choices=list(SignatureAlgorithm), help="default: by the key, the newest"
    )
    sign.add_argument(
        "--baseline", type=Baseline, choices=list(Baseline), default=Baseline.B_B, help="default %(default)s"
    )
    add_services(sign)
    add_stamp_flags(sign)
    sign.add_argument("--field", metavar="NAME", help="an empty signature field to fill, or the new field's name")
    sign.add_argument("--reason", metavar="TEXT", help="why, in the signature of a PDF")
    sign.add_argument("--contact", metavar="TEXT", help="how the signer can be reached, in the signature of a PDF")
    sign.add_argument(
        "--certify",
        type=_permission,
        metavar="1|2|3",
        help="certify a PDF by its first signature: 1 no changes, 2 forms and signatures, 3 comments as well",
    )
    add_field_flags(sign)
    add_detail_flags(sign)
    add_batch_flags(sign)
    add_secret_flags(sign)
    sign.set_defaults(run=run_sign)

    keys = verbs.add_parser(
        "keys",
        help="what a key file or token holds",
        epilog="Example: signing keys pkcs12:official.p12 --pass-file pin.txt",
    )
    keys.add_argument("uri", metavar="URI")
    keys.add_argument("--json", action="store_true")
    add_secret_flags(keys)
    keys.set_defaults(run=run_keys)


def _permission(text: str) -> Permission:
    """An argparse type: what a certification permits."""
    try:
        return Permission(int(text))
    except ValueError:
        raise argparse.ArgumentTypeError("not 1, 2 or 3") from None


def run_sign(args: argparse.Namespace) -> int:
    """`signing sign IN… -o OUT --key URI`."""
    order = Order(
        key=args.key,
        algorithm=args.algorithm,
        baseline=args.baseline,
        tsa_url=next(iter(args.tsa), None),
        spare_tsa_urls=tuple(args.tsa[1:]),
        trust=open_trust(args.trust),
        allow=tuple(args.allow),
        stamp=stamp_from(args),
        field_name=args.field,
        details=details_from(args),
        reason=args.reason,
        contact=args.contact,
        certify=args.certify,
        fields=fields_from(args),
        lock=args.lock,
        password=PasswordFile(args.password_file) if args.password_file else None,
        overwrite=args.force,
        resume=args.resume,
        show=tell_code,
    )
    if "-" in (*args.inputs, args.out):
        return _sign_stream(args, order)
    if is_batch(args):
        return run_all(args, order, ask_from(args))
    if args.out.endswith(os.sep):  # says itself that it is a folder
        make_folder(args.out)
    (outcome,) = sign_files([Path(args.inputs[0])], Path(args.out), order, ask_from(args))
    tell(outcome, as_json=args.json)
    return outcome.error.exit_status if outcome.error else 0


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
        tell(Outcome(source=Path(source), output=Path(args.out)), as_json=args.json)
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
