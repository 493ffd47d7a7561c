"""`signing external`: prepare a document, let a key elsewhere sign it, complete it."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography import x509

from ..answers import holder_of
from ..batch import is_pdf
from ..cms.timestamp import TimestampAuthority
from ..errors import UsageError
from ..external import complete_detached, complete_pdf, prepare_detached, prepare_pdf, read_answer
from ..files import exists, read_file, write_file
from ..http import HttpClient
from ..pdf.request import Permission
from ..policy import Baseline
from ..prepared import DIGEST_SIZES, Prepared, read_certificates
from ..signer import SignatureAlgorithm
from ..trust.chain import Purpose
from ..trust.precheck import assert_not_revoked, tsa_checker
from ..trust.revocation import Collector
from ..trust.store import TrustStore
from .common import PasswordFile, Verbs, emit_json, open_trust, printable, say
from .details import add_detail_flags, details_from
from .fields import add_field_flags, fields_from
from .stamps import add_stamp_flags, stamp_from

MAX_ANSWER_FILE_BYTES = 4 * 1024 * 1024  # bytes; PEM and hexadecimal are longer than what they stand for
_PDF_ALONE = (
    "stamp",
    "stamp_profile",
    "stamp_image",
    "stamp_text",
    "stamp_anchor",
    "field",
    "room",
    "certify",
    "new_field",
    "field_lock",
    "lock",
    "reason",
    "contact",
)  # what other files cannot be given
_CERTIFICATE = "PEM or DER; the signer's certificate first, then its issuers"


def add_parser(verbs: Verbs) -> None:
    """Add `external prepare`, `bind`, `show` and `complete`."""
    group = verbs.add_parser("external", help="sign in two phases with a key that this program cannot reach")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_prepare(actions)
    _add_bind(actions)
    _add_complete(actions)
    show = actions.add_parser(
        "show", help="what a prepared document waits for", epilog="Example: signing external show letter.prepared"
    )
    show.add_argument("prepared", metavar="PREPARED")
    show.add_argument("--json", action="store_true", help="one JSON object on stdout")
    show.set_defaults(run=run_show)


def _add_prepare(actions: Verbs) -> None:
    prepare = actions.add_parser(
        "prepare",
        help="PDF → PAdES, any other file → detached CAdES: say what is to be signed",
        epilog="Example: signing external prepare letter.pdf -o letter.prepared --certificate official.pem "
        "--to-sign letter.bin",
    )
    prepare.add_argument("input", metavar="IN")
    _add_output(prepare, "PREPARED", "where the prepared document is kept until the signature comes")
    prepare.add_argument("--certificate", metavar="FILE", help=f"{_CERTIFICATE}; without it, bind it later")
    prepare.add_argument("--algorithm", type=SignatureAlgorithm, choices=list(SignatureAlgorithm))
    prepare.add_argument("--digest", choices=list(DIGEST_SIZES), default="sha256", help="when nothing else says it")
    prepare.add_argument(
        "--baseline", type=Baseline, choices=list(Baseline), default=Baseline.B_B, help="what it shall become"
    )
    prepare.add_argument("--room", type=int, metavar="BYTES", help="room for the signature in a PDF")
    add_stamp_flags(prepare)
    prepare.add_argument("--field", metavar="NAME", help="an empty signature field to fill, or the new field's name")
    prepare.add_argument("--certify", type=int, choices=[1, 2, 3], help="certify: 1 no changes, 2 sign, 3 comment, too")
    prepare.add_argument("--reason", metavar="TEXT", help="why it is signed")
    prepare.add_argument("--contact", metavar="TEXT", help="how to reach the signer")
    prepare.add_argument("--password-file", metavar="FILE", help="password for encrypted PDFs")
    add_field_flags(prepare)
    add_detail_flags(prepare)
    _add_outgoing(prepare)
    prepare.set_defaults(run=run_prepare)


def _add_bind(actions: Verbs) -> None:
    bind = actions.add_parser(
        "bind",
        help="tell a prepared document whose certificate will sign: now the bytes to sign are known",
        epilog="Example: signing external bind letter.prepared -o letter.bound --certificate citizen.pem",
    )
    bind.add_argument("prepared", metavar="PREPARED")
    _add_output(bind, "BOUND", "the prepared document with its certificate")
    bind.add_argument("--certificate", metavar="FILE", required=True, help=_CERTIFICATE)
    bind.add_argument("--algorithm", type=SignatureAlgorithm, choices=list(SignatureAlgorithm))
    _add_outgoing(bind)
    bind.set_defaults(run=run_bind)


def _add_complete(actions: Verbs) -> None:
    complete = actions.add_parser(
        "complete",
        help="put the signature that came back into its document, after checking it",
        epilog="Example: signing external complete letter.prepared --value letter.sig -o signed.pdf",
    )
    complete.add_argument("prepared", metavar="PREPARED")
    answer = complete.add_mutually_exclusive_group(required=True)
    answer.add_argument("--value", metavar="FILE", help="the signature value: raw, DER, base64 or hexadecimal")
    answer.add_argument("--cms", metavar="FILE", help="a whole detached CMS signature: DER, PEM, base64")
    _add_output(complete, "OUT", "the signed PDF, or the signature (.p7s)")
    complete.add_argument("--certificate", metavar="FILE", help=f"{_CERTIFICATE}; if not yet bound")
    complete.add_argument("--algorithm", type=SignatureAlgorithm, choices=list(SignatureAlgorithm))
    complete.add_argument("--document", metavar="IN", help="the file that a CAdES signature is for, to check it again")
    complete.add_argument(
        "--baseline", type=Baseline, choices=list(Baseline), default=Baseline.B_B, help="default %(default)s"
    )
    complete.add_argument("--tsa", metavar="URL", help="RFC 3161 timestamp authority, for B-T and above")
    complete.add_argument("--password-file", metavar="FILE", help="password for encrypted PDFs")
    _add_trust(complete)
    complete.set_defaults(run=run_complete)


def _add_output(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    parser.add_argument("-o", "--out", required=True, metavar=metavar, help=text)
    parser.add_argument("--force", action="store_true", help="replace outputs that exist")


def _add_outgoing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to-sign", metavar="FILE", help="also write the bytes to sign there")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    _add_trust(parser)


def _add_trust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--trust", metavar="DIR", help="check chains and revocation against this before signing")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )


def run_prepare(args: argparse.Namespace) -> int:
    """`signing external prepare IN -o PREPARED`."""
    _assert_free(args, args.out, args.to_sign)
    held = read_certificates(args.certificate) if args.certificate else ()
    known: dict[str, Any] = {
        "certificate": held[0] if held else None,
        "chain": held[1:],
        "algorithm": args.algorithm,
        "digest": args.digest,
        "details": details_from(args),
    }
    if not is_pdf(args.input):
        given = [f"--{name.replace('_', '-')}" for name in _PDF_ALONE if getattr(args, name) is not None]
        if given:
            raise UsageError("external.pdf-only", path=args.input, options=", ".join(given))
        prepared = prepare_detached(Path(args.input), **known)
    else:
        prepared = prepare_pdf(
            Path(args.input),
            **known,
            baseline=args.baseline,
            room_bytes=args.room,
            stamp=stamp_from(args),
            field=args.field,
            certify=Permission(args.certify) if args.certify else None,
            fields=fields_from(args),
            lock=args.lock,
            reason=args.reason,
            contact=args.contact,
            password=PasswordFile(args.password_file) if args.password_file else None,
        )
    return _hand_out(args, prepared)


def run_bind(args: argparse.Namespace) -> int:
    """`signing external bind PREPARED -o BOUND --certificate FILE`."""
    _assert_free(args, args.out, args.to_sign)
    held = read_certificates(args.certificate)
    return _hand_out(args, Prepared.load(args.prepared).for_certificate(held[0], held[1:], args.algorithm))


def run_show(args: argparse.Namespace) -> int:
    """`signing external show PREPARED`."""
    _tell(Prepared.load(args.prepared), as_json=args.json)
    return 0


def run_complete(args: argparse.Namespace) -> int:
    """`signing external complete PREPARED --value FILE -o OUT`."""
    _assert_free(args, args.out)
    prepared = Prepared.load(args.prepared)
    held = read_certificates(args.certificate) if args.certificate else ()
    if held:
        prepared = prepared.for_certificate(held[0], held[1:], args.algorithm)
    trust = open_trust(args.trust)
    http = HttpClient(allow=(*args.allow, *((args.tsa,) if args.tsa else ())))
    answer = read_answer(read_file(args.value or args.cms, max_bytes=MAX_ANSWER_FILE_BYTES))
    holder = prepared.holder if args.value else holder_of(answer)
    if trust is not None and holder is not None:
        assert_not_revoked(holder, trust=trust, http=http)
    check = tsa_checker(trust) if trust is not None else None
    services: dict[str, Any] = {
        "baseline": args.baseline,
        "tsa": TimestampAuthority(url=args.tsa, http=http, check=check) if args.tsa else None,
        "collect": Collector(http=http, anchors=_anchors(trust)),
    }
    given: dict[str, Any] = {"value": answer} if args.value else {"cms": answer}
    if prepared.kind == "PAdES":
        password = PasswordFile(args.password_file) if args.password_file else None
        signed = complete_pdf(prepared, **given, **services, password=password)
    else:
        content = Path(args.document) if args.document else None
        signed = complete_detached(prepared, **given, **services, content=content)
    write_file(args.out, signed or b"", overwrite=args.force)
    say(f"{args.prepared} → {args.out}")
    return 0


def _anchors(trust: TrustStore | None) -> tuple[x509.Certificate, ...]:
    return (*trust.anchors(Purpose.SIGNER), *trust.anchors(Purpose.TSA)) if trust is not None else ()


def _assert_free(args: argparse.Namespace, *names: str | None) -> None:
    """Nothing is prepared or asked for an output that could not be written, and no input is ever written over."""
    inputs = ("input", "prepared", "certificate", "value", "cms", "document")
    given = [Path(path) for path in (getattr(args, name, None) for name in inputs) if path]
    for name in filter(None, names):
        for path in given if exists(name) else ():
            with suppress(OSError, ValueError):
                if path.samefile(name):
                    raise UsageError("usage.output-is-input", path=name)
        if exists(name) and not args.force:
            raise UsageError("usage.output-exists", path=name)


def _hand_out(args: argparse.Namespace, prepared: Prepared) -> int:
    """Keep a prepared document and say what is to be signed, once its signer is known to be fit."""
    trust = open_trust(args.trust)
    if trust is not None and prepared.holder is not None:
        http = HttpClient(allow=tuple(args.allow)) if args.allow else None
        assert_not_revoked(prepared.holder, trust=trust, http=http)
    if args.to_sign:
        write_file(args.to_sign, prepared.to_sign, overwrite=args.force)
    prepared.save(args.out, overwrite=args.force)
    _tell(prepared, as_json=args.json)
    return 0


def _tell(prepared: Prepared, *, as_json: bool) -> None:
    told = prepared.to_json()
    if as_json:
        emit_json(told)
        return
    for name, value in told.items():
        print(printable(f"{name}: {value if value is not None else '-'}"))
