"""`signing seal`: verification seals, from making to withdrawing. A code that is scanned is shown, never opened."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from cryptography import x509

from eid import KeySet, qr

from ..clock import moment
from ..errors import MalformedError, UsageError
from ..files import read_file, write_file
from ..pdf_check.verify import examine_pdf
from ..report import Finding, SealReport, Verdict, worst
from ..seal.book import SealBook, SealState
from ..seal.check import check_seal_in_pdf
from ..seal.facts import PREFIX, decode_unverified, looks_like_seal
from ..seal.result import confirm_result, make_result, mint_for
from ..seal.scan import ScannedCode, scan
from ..seal.verify import SealVerifier
from ..trust.store import TrustStore
from .common import Verbs, add_secret_flags, ask_from, aware_time, emit_json, open_trust, printable, say
from .seal_show import show_seals
from .seal_sign import add_sign

MAX_TEXT_BYTES = 16_384  # bytes of a seal's text read from a file or stdin
MAX_STATUS_BYTES = 4 * 1024 * 1024  # bytes of one status list token
_EXIT = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.INDETERMINATE: 3}
_BOOK = "the office's book of seals"
_KEYS = "the office's seal keys, as written by: eid keys new"
_TRUST = "trusted certificates and keys; seals/ holds the offices'"
_SEAL = f"PDF, picture, text that begins with {PREFIX}, or - for stdin"


def add_parser(verbs: Verbs) -> None:
    """Add `seal make`, `sign`, `confirm`, `revoke`, `publish`, `check` and `scan`."""
    group = verbs.add_parser("seal", help="make, check and scan verification seals")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_make(actions)
    add_sign(actions)
    _add_confirm(actions)
    _add_revoke(actions)
    _add_publish(actions)
    _add_check(actions)
    look = actions.add_parser(
        "scan",
        help="show the QR codes of a picture or PDF; nothing is opened",
        epilog="Example: signing seal scan photo.jpg",
    )
    look.add_argument("file", metavar="FILE", help="PNG, JPEG or PDF")
    look.add_argument("--json", action="store_true", help="one JSON object on stdout")
    look.set_defaults(run=run_scan)


def _add_make(actions: Verbs) -> None:
    make = actions.add_parser(
        "make",
        help="sign the facts of one result; prints the text for its QR code",
        epilog="Example: signing seal make draft.pdf --result result.pdf --number 123/GKS --holder 'Nguyễn V. An' "
        "--dossier H26.19-261121-0001 --procedure 1.001193 --office H26.19 --official official.pem "
        "--office-cert office.pem --keys seal.pem --book seals.db",
    )
    make.add_argument("pdf", metavar="PDF", help="the result that the seal will be printed on")
    for flag, text in (
        ("dossier", "code of the dossier"),
        ("procedure", "code of the procedure"),
        ("office", "code of the office whose key signs"),
        ("number", "number of the result"),
        ("holder", "name of the holder, masked as the office chooses"),
        ("official", "certificate (PEM or DER) of the official who will sign"),
        ("office-cert", "certificate (PEM or DER) that will sign for the office"),
        ("keys", _KEYS),
        ("book", "the office's book of seals; made when there is none"),
    ):
        make.add_argument(f"--{flag}", required=True, help=text)
    make.add_argument("-o", "--out", metavar="OUT", help="also draw the QR code, as .png or .svg")
    make.add_argument(
        "--result", metavar="OUT", help="also write the PDF with the seal on it and empty fields Official and Office"
    )
    make.add_argument("--issued", type=_day, metavar="DATE", help="date of the result (2026-11-21); today if absent")
    make.add_argument("--expires", type=_day, metavar="DATE", help="the seal's last good day; it never ends if absent")
    make.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_secret_flags(make)
    make.set_defaults(run=run_make)


def _add_confirm(actions: Verbs) -> None:
    confirm = actions.add_parser(
        "confirm",
        help="set the seal of a result valid, after both signatures passed every check",
        epilog="Example: signing seal confirm result.pdf --book seals.db --trust trust/; then publish",
    )
    confirm.add_argument("pdf", metavar="PDF", help="the result, signed by official and office")
    confirm.add_argument("--book", required=True, help=_BOOK)
    confirm.add_argument("--trust", required=True, metavar="DIR", help=_TRUST)
    confirm.set_defaults(run=run_confirm)


def _add_revoke(actions: Verbs) -> None:
    revoke = actions.add_parser(
        "revoke",
        help="withdraw a result for ever: its seal reads revoked from the next publish on",
        epilog="Example: signing seal revoke result.pdf --book seals.db",
    )
    revoke.add_argument("seal", metavar="SEAL", help=_SEAL)
    revoke.add_argument("--book", required=True, help=_BOOK)
    revoke.set_defaults(run=run_revoke)


def _add_publish(actions: Verbs) -> None:
    publish = actions.add_parser(
        "publish",
        help="sign the book's status lists; each is good for 15 minutes",
        epilog="Example: signing seal publish --book seals.db --keys seal.pem --trust trust/ --pass-file pin.txt",
    )
    publish.add_argument("--book", required=True, help=_BOOK)
    publish.add_argument("--keys", required=True, help=_KEYS)
    publish.add_argument("--trust", required=True, metavar="DIR", help="trust folder that gets them, under seals/")
    add_secret_flags(publish)
    publish.set_defaults(run=run_publish)


def _add_check(actions: Verbs) -> None:
    check = actions.add_parser(
        "check",
        help="check a seal offline, and the document that it is in",
        epilog="Example: signing seal check out/result.pdf --trust out/pki/trust",
    )
    check.add_argument("seal", metavar="SEAL", help=_SEAL)
    check.add_argument("--trust", metavar="DIR", help=_TRUST)
    check.add_argument("--status", metavar="FILE", action="append", default=[], help="a newer status list (.jwt)")
    check.add_argument("--at", type=aware_time, metavar="TIME", help="judge as of this time (ISO 8601 with offset)")
    check.add_argument("--json", action="store_true", help="one JSON object on stdout")
    check.set_defaults(run=run_check)


def run_make(args: argparse.Namespace) -> int:
    """`signing seal make`: the seal is pending until both signatures are on the result."""
    draw = _drawing(args.out)
    key = KeySet.load(args.keys, ask_from(args)).active
    facts = {
        "key": key,
        "official": _certificate(args.official),
        "office_seal": _certificate(args.office_cert),
        "dossier": args.dossier,
        "procedure": args.procedure,
        "number": args.number,
        "holder": args.holder,
        "issued": args.issued,
        "expires": args.expires,
    }
    pdf = read_file(args.pdf)
    if args.result and Path(args.result).exists():  # before a place in the book is spent
        raise UsageError("usage.output-exists", path=args.result)
    with SealBook.open(args.book, office=args.office) as book:
        if args.result:
            made = make_result(pdf, book=book, **facts)
            seal, text = made.seal, made.text
            write_file(args.result, made.pdf, overwrite=False)
        else:
            seal, text = mint_for(pdf, book=book, **facts)
    if draw is not None:
        write_file(args.out, draw(text))
    if args.json:
        emit_json({"text": text, "facts": seal.facts()})
    else:
        print(text)
    return 0


def run_confirm(args: argparse.Namespace) -> int:
    """`signing seal confirm`: as an auditor would check it; only then valid."""
    trust = TrustStore.load(Path(args.trust))
    with SealBook.open(args.book) as book:
        seal = confirm_result(read_file(args.pdf), trust=trust, book=book)
    say(f"{args.pdf}: {seal.number} hợp lệ, hãy công bố / valid, to be published: signing seal publish")
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """`signing seal revoke`: the office's book alone decides; a revoked seal stays revoked."""
    text, data = _seal_or_file(args.seal)
    texts = [code.text for code in scan(data)] if data else [text]
    seals = [decode_unverified(found).unverified for found in texts if looks_like_seal(found)]
    if len(seals) != 1:
        raise MalformedError("scan.nothing")
    (seal,) = seals
    with SealBook.open(args.book) as book:
        if seal.office != book.office:
            raise UsageError("seal.book", path=args.book, why=f"it belongs to office {book.office}, not {seal.office}")
        book.set((seal.status_list, seal.status_index), SealState.REVOKED)
    say(f"{seal.number} đã thu hồi, hãy công bố / revoked, to be published: signing seal publish")
    return 0


def run_publish(args: argparse.Namespace) -> int:
    """`signing seal publish`: new status lists in the trust folder, each replaced whole."""
    key = KeySet.load(args.keys, ask_from(args)).active
    with SealBook.open(args.book) as book:
        for path in book.publish_to(Path(args.trust) / "seals", key):
            say(str(path))
    return 0


def run_check(args: argparse.Namespace) -> int:
    """`signing seal check`: each seal's four facts, and whether it fits the document that holds it."""
    trust, at = open_trust(args.trust), moment(args.at)
    tokens = [read_file(path, max_bytes=MAX_STATUS_BYTES) for path in args.status]
    reports: tuple[SealReport, ...]
    text, data = _seal_or_file(args.seal)
    if b"%PDF-" in data[:1024]:
        found = examine_pdf(data, trust=trust, at=at)
        reports, findings = check_seal_in_pdf(data, found, trust=trust, at=at, status=tokens)
        if not reports and not findings:
            raise MalformedError("scan.nothing")
        verdict = _verdict_in_document(reports, findings)
    else:
        codes = scan(data) if data else (ScannedCode(text),)
        if not codes:
            raise MalformedError("scan.nothing")
        verifier = SealVerifier(trust, status=tokens)
        checked = [verifier.check(code.text, at=at, name=f"code {n}") for n, code in enumerate(codes, 1)]
        reports = tuple(c.report for c in checked)
        findings = tuple(f for c in checked for f in c.findings)
        findings += (Finding.of("seal.paper-only"),) if any(c.seal for c in checked) else ()
        verdict = worst(c.verdict for c in checked)
    if args.json:
        seals = [r.to_dict() for r in reports]
        emit_json({"verdict": str(verdict), "seals": seals, "findings": [f.to_dict() for f in findings]})
    else:
        show_seals(reports, findings, verdict)
    return _EXIT[verdict]


def _verdict_in_document(reports: tuple[SealReport, ...], findings: tuple[Finding, ...]) -> Verdict:
    if any(f.severity == "error" for f in findings):
        return Verdict.INVALID
    good = reports and all(r.signature and r.fresh and r.status == "valid" and r.matches_document for r in reports)
    return Verdict.VALID if good else Verdict.INDETERMINATE


def _seal_or_file(name: str) -> tuple[str, bytes]:
    """The text of a seal, or the bytes of a picture or PDF."""
    if name == "-":
        raw = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
        return raw.decode("utf-8", "replace").rstrip("\r\n"), b""
    if looks_like_seal(name):
        return name, b""
    if Path(name).is_dir():
        raise UsageError("input.folder", path=name)
    if not Path(name).is_file():
        raise UsageError("input.unreadable", path=name, why=f"neither a file nor a text that begins with {PREFIX}")
    data = read_file(name)
    if len(data) <= MAX_TEXT_BYTES and data.startswith(PREFIX.encode()):
        return data.decode("utf-8", "replace").rstrip("\r\n"), b""
    return "", data


def run_scan(args: argparse.Namespace) -> int:
    """`signing seal scan`: the texts of all codes; 1 when there is none."""
    codes = scan(args.file)
    if args.json:
        found = [{"text": c.text, "page": c.page, "seal": looks_like_seal(c.text)} for c in codes]
        emit_json({"codes": found})
    elif codes:
        for code in codes:
            place = f"trang {code.page} / page {code.page}: " if code.page else ""
            print(place + printable(code.text))
            if not looks_like_seal(code.text):
                say("không phải con dấu xác thực, không mở / not a seal, not opened")
    if not codes:
        problem = Finding.of("scan.nothing")
        say(f"{problem.text_vi} / {problem.text} [{problem.code}]")
    return 0 if codes else 1


def _certificate(path: str) -> x509.Certificate:
    """The first certificate of a PEM file, or the one of a DER file."""
    data = read_file(path, max_bytes=MAX_TEXT_BYTES * 4)
    try:
        pem = b"-----BEGIN" in data
        return x509.load_pem_x509_certificates(data)[0] if pem else x509.load_der_x509_certificate(data)
    except (ValueError, IndexError):
        raise UsageError("certificate.malformed", why=path) from None


def _drawing(out: str | None) -> Callable[[str], bytes] | None:
    """How to draw the code for the ending of `out`."""
    if out is None:
        return None
    drawings: dict[str, Callable[[str], bytes]] = {".png": qr.png, ".svg": lambda text: qr.svg(text).encode()}
    ending = Path(out).suffix.lower()
    if ending not in drawings:
        raise UsageError("usage.argument", why="a QR code is drawn as .png or .svg")
    return drawings[ending]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-21") from None
