"""`eid verify`: one identity token, every check, now."""

from __future__ import annotations

import argparse

from ..console import emit, read_input, read_json, read_token, say, text_of
from ..keys import KeySet
from ..level import AuthenticationLevel, Level
from ..messages import message
from ..replay import SqliteReplay
from ..status import UNCHECKED, OpenedStatusList, StatusSource
from ..verifier import Verifier
from .common import Verbs, verb


def add_parser(verbs: Verbs) -> None:
    """Add the verb."""
    _add_verify(verbs)


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
    parser.add_argument("--replay", metavar="FILE", help="remember used tokens in FILE and refuse a second use")


def verify(args: argparse.Namespace) -> int:
    """Verify one token."""
    keys = KeySet.from_jwks(read_json(args.jwks, "the JWKS"))
    verifier = Verifier(
        keys,
        issuer=args.issuer,
        audience=args.audience,
        status=_status_source(args.status, keys),
        replay=None if args.replay is None else SqliteReplay(args.replay),
    )
    identity = verifier.verify(
        read_token(args.token),
        level=Level.numbered(args.level),
        auth_level=None if args.auth_level is None else AuthenticationLevel.numbered(args.auth_level),
        nonce=args.nonce,
        max_age_s=args.max_age,
    )
    text, text_vi = message("token.valid", level=identity.level, auth_level=identity.auth_level)
    if args.json:
        emit({"valid": True, "code": None, "text": text, "text_vi": text_vi, "identity": identity.to_dict()})
    else:
        say(f"{text}\n{text_vi}")
        emit(identity.to_dict(), indent=2)
    return 0


def _status_source(name: str, keys: KeySet) -> StatusSource:
    if name == "none":
        return UNCHECKED
    return OpenedStatusList.open(text_of(read_input(name), "the status list"), keys)
