"""`eid issue`, `eid revoke`, `eid status`: what an issuer does with its keys and its ledger."""

from __future__ import annotations

import argparse
from typing import Any

from ..clock import seconds
from ..console import add_secret_flags, ask_from, done, emit, kept, read_json, read_token, time_of, write_text
from ..errors import MalformedError
from ..evidence import Evidence
from ..issuer import LIFE_S, Issuer
from ..jws import unverified_claims
from ..keys import KeySet
from ..ledger import open_ledger
from ..level import AuthenticationLevel, Level
from ..person import Person
from ..status import TTL_S, Status
from .common import Verbs, verb


def add_parser(verbs: Verbs) -> None:
    """Add the verbs."""
    for add in (_add_issue, _add_revoke, _add_status):
        add(verbs)


_ISSUE_EXAMPLE = """\
  echo '{"personal_number": "001090123456", "name": "Nguyễn Văn A",
         "birthdate": "1990-01-01", "gender": "male"}' > person.json
  echo '[{"kind": "chip", "method": "passive-authentication", "time": "2026-01-02T09:00:00+07:00"},
         {"kind": "face", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"},
         {"kind": "fingerprint", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"}]' > evidence.json
  PW=secret eid issue --keys keys.pem --pass-env PW --ledger ledger.json --issuer https://id.example.vn \\
    --audience H26.19 --level 2 --auth-level 3 --evidence evidence.json person.json > token.txt"""


def _add_issue(verbs: Verbs) -> None:
    parser = verb(verbs, "issue", issue, "issue an identity token about a person to one audience", _ISSUE_EXAMPLE)
    parser.add_argument("person", metavar="PERSON", help="JSON file with the person's claims, or -")
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the issuer's key set")
    parser.add_argument("--ledger", metavar="FILE", type=kept, required=True, help="its memory; made if missing")
    parser.add_argument("--issuer", metavar="ISS", required=True, help="the issuer's URL")
    parser.add_argument("--audience", metavar="AUD", required=True, help="the one recipient")
    parser.add_argument("--level", type=int, choices=(1, 2), required=True, help="identity level of the account")
    parser.add_argument("--auth-level", type=int, choices=(1, 2, 3, 4), required=True, help="level of this login")
    parser.add_argument("--evidence", metavar="FILE", required=True, help="JSON list: kind, method, time, office")
    parser.add_argument("--amr", metavar="LIST", help="how the person logged in, as RFC 8176 names: pin,hwk,face")
    parser.add_argument("--auth-time", metavar="TIME", help="when, as ISO 8601 with an offset (default: now)")
    parser.add_argument("--nonce", metavar="N", help="the nonce of the recipient's request")
    parser.add_argument("--claims", metavar="LIST", help="which claims to hand over (default: all)")
    parser.add_argument("--life", metavar="S", type=int, default=LIFE_S, help="seconds, at most 600 (default: 300)")
    parser.add_argument("--status-uri", metavar="URI", help="name of the status list (default: ISS/status/1)")
    add_secret_flags(parser)


def issue(args: argparse.Namespace) -> int:
    """Issue one token and note its entry in the status list."""
    person = Person.from_claims(read_json(args.person, "the person"))
    evidence = _evidence(read_json(args.evidence, "the evidence"))
    keys = KeySet.load(args.keys, ask_from(args))
    uri = f"{args.issuer.rstrip('/')}/status/1" if args.status_uri is None else args.status_uri
    with open_ledger(args.ledger, now=seconds(None), uri=uri) as ledger:
        token = Issuer(args.issuer, keys, status=ledger.status_list).issue(
            person,
            Level.numbered(args.level),
            audience=args.audience,
            auth_level=AuthenticationLevel.numbered(args.auth_level),
            evidence=evidence,
            amr=None if args.amr is None else args.amr.split(","),
            auth_time=None if args.auth_time is None else time_of(args.auth_time),
            nonce=args.nonce,
            claims=None if args.claims is None else args.claims.split(","),
            life_s=args.life,
        )
        claims = unverified_claims(token)
        ledger.note(claims)
    if args.json:
        emit({"token": token, "token_id": claims["jti"], "subject": claims["sub"], "expires": claims["exp"]})
    else:
        write_text("-", token)
    return 0


def _evidence(entries: Any) -> list[Evidence]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise MalformedError("evidence.malformed", why="not a JSON list of objects")
    try:
        return [Evidence(**{**entry, "time": time_of(entry.get("time"))}) for entry in entries]
    except TypeError:
        raise MalformedError("evidence.malformed", why="members are kind, method, time and office") from None


# eid revoke, eid status


def _add_revoke(verbs: Verbs) -> None:
    example = "  eid revoke --ledger ledger.json - < token.txt"
    parser = verb(verbs, "revoke", revoke, "revoke a token, or suspend it for a while", example)
    parser.add_argument("token", metavar="TOKEN|ID", help="the token or its identifier (jti), or - for stdin")
    parser.add_argument("--ledger", metavar="FILE", type=kept, required=True, help="what the issuer remembers")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--suspend", action="store_true", help="suspend instead; can be taken back")
    group.add_argument("--restore", action="store_true", help="take a suspension back")


def revoke(args: argparse.Namespace) -> int:
    """Change a token's entry in the status list; publish the list afterwards."""
    token = read_token(args.token)
    token_id = str(unverified_claims(token).get("jti")) if "." in token else token
    status = Status.SUSPENDED if args.suspend else Status.VALID if args.restore else Status.REVOKED
    with open_ledger(args.ledger, now=seconds(None)) as ledger:
        ledger.set(token_id, status)
    return done(args, {"token_id": token_id, "status": status.name.lower()})


def _add_status(verbs: Verbs) -> None:
    example = "  PW=secret eid status --keys keys.pem --pass-env PW --ledger ledger.json -o status.jwt"
    parser = verb(verbs, "status", status, "sign the status list, to be published and renewed", example)
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the issuer's key set")
    parser.add_argument("--ledger", metavar="FILE", type=kept, required=True, help="what the issuer remembers")
    parser.add_argument("--ttl", metavar="S", type=int, default=TTL_S, help="seconds, at most 900 (default: 900)")
    parser.add_argument("-o", "--out", metavar="OUT", default="-", help="where to write (default: stdout)")
    add_secret_flags(parser)


def status(args: argparse.Namespace) -> int:
    """Sign the status list."""
    keys = KeySet.load(args.keys, ask_from(args))
    with open_ledger(args.ledger, now=seconds(None)) as ledger:
        token = ledger.status_list.token(keys.active, ttl_s=args.ttl)
        uri = ledger.status_list.uri
    if args.json and args.out == "-":
        emit({"uri": uri, "token": token})
        return 0
    write_text(args.out, token)
    return done(args, {"uri": uri, "out": args.out}) if args.out != "-" else 0
