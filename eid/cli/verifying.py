"""`eid verify`: one identity token, every check, now; `eid prove`: the holder's proof that a bound token needs."""

from __future__ import annotations

import argparse

from ..console import (
    add_secret_flags,
    ask_from,
    done,
    emit,
    kept,
    read_input,
    read_json,
    read_token,
    say,
    text_of,
    write_text,
)
from ..holder import Holder, make_proof
from ..journal import JsonLinesJournal
from ..keys import KeySet
from ..level import AuthenticationLevel, Level
from ..messages import message
from ..verifier import Verifier
from .common import Verbs, verb
from .sources import replay_memory, status_source


def add_parser(verbs: Verbs) -> None:
    """Add the verbs."""
    _add_verify(verbs)
    _add_prove(verbs)


def _add_verify(verbs: Verbs) -> None:
    example = (
        "  eid verify --jwks jwks.json --issuer https://id.example.vn --audience H26.19 --level 2 \\\n"
        "    --status status.jwt --json - < token.txt"
    )
    parser = verb(verbs, "verify", verify, "verify an identity token: every check, now", example)
    parser.add_argument("token", metavar="TOKEN", help="the token, or - for stdin")
    parser.add_argument("--jwks", metavar="FILE", required=True, help="the issuer's published keys")
    parser.add_argument("--issuer", metavar="ISS", required=True, help="who must have issued it")
    parser.add_argument("--audience", metavar="AUD", required=True, help="for whom it must be: yourself")
    parser.add_argument("--level", type=int, choices=(1, 2), required=True, help="the identity level needed")
    parser.add_argument("--status", metavar="FILE|none", required=True, help="status list token; none: do not check")
    parser.add_argument("--nonce", metavar="N", help="the nonce of your request")
    parser.add_argument("--auth-level", type=int, choices=(1, 2, 3, 4), help="the authentication level needed")
    parser.add_argument("--max-age", metavar="S", type=float, help="how old the login may be, in seconds")
    parser.add_argument("--max-evidence-age", metavar="S", type=float, help="how old the level's evidence may be, in s")
    parser.add_argument(
        "--proof",
        metavar="FILE",
        help="the token must be bound to its holder's key, and FILE holds the proof; needs --nonce",
    )
    parser.add_argument("--replay", metavar="FILE", help="remember used tokens in FILE and refuse a second use")
    parser.add_argument("--journal", metavar="FILE", help="append the verdict to FILE, one JSON object a line")


def _add_prove(verbs: Verbs) -> None:
    example = (
        "  PW=secret eid prove --keys holder.pem --pass-env PW --audience H26.19 --nonce n-0S6_WzA2Mj \\\n"
        "    -o proof.jwt - < token.txt"
    )
    parser = verb(verbs, "prove", prove, "prove that you hold the key that a token is bound to", example)
    parser.add_argument("token", metavar="TOKEN", help="the token, or - for stdin")
    parser.add_argument(
        "--keys", metavar="FILE", required=True, type=kept, help="the holder's key set; its active key signs"
    )
    parser.add_argument("--audience", metavar="AUD", required=True, help="to whom the proof is sent")
    parser.add_argument("--nonce", metavar="N", required=True, help="the nonce of their request")
    parser.add_argument("-o", "--out", metavar="OUT", default="-", help="where to write (default: stdout)")
    add_secret_flags(parser)


def verify(args: argparse.Namespace) -> int:
    """Verify one token."""
    keys = KeySet.from_jwks(read_json(args.jwks, "the JWKS"))
    status = status_source(args.status, keys)
    with replay_memory(args.replay) as replay:
        verifier = Verifier(
            keys,
            issuer=args.issuer,
            audience=args.audience,
            status=status,
            replay=replay,
            journal=None if args.journal is None else JsonLinesJournal(args.journal),
        )
        identity = verifier.verify(
            read_token(args.token),
            level=Level.numbered(args.level),
            auth_level=None if args.auth_level is None else AuthenticationLevel.numbered(args.auth_level),
            nonce=args.nonce,
            max_age_s=args.max_age,
            max_evidence_age_s=args.max_evidence_age,
            holder=Holder.FORBIDDEN if args.proof is None else Holder.REQUIRED,
            proof=None if args.proof is None else text_of(read_input(args.proof), "the proof"),
        )
    text, text_vi = message("token.valid", level=identity.level, auth_level=identity.auth_level)
    if args.json:
        emit({"valid": True, "code": None, "text": text, "text_vi": text_vi, "identity": identity.to_dict()})
    else:
        say(f"{text}\n{text_vi}")
        emit(identity.to_dict(), indent=2)
    return 0


def prove(args: argparse.Namespace) -> int:
    """Make one proof."""
    token = read_token(args.token)
    key = KeySet.load(args.keys, ask_from(args)).active
    proof = make_proof(key, audience=args.audience, nonce=args.nonce, over=token)
    if args.out == "-" and args.json:
        emit({"proof": proof})
        return 0
    write_text(args.out, proof)
    return done(args, {"out": args.out}) if args.out != "-" else 0
