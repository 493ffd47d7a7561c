"""The command `eid`: one short function per verb; exit status 0 valid or done, 1 not valid, 2 usage, 3 could not tell.

Secrets come from `--pass-file`, `--pass-env` or a prompt, never from an argument; `-` is stdin or stdout.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any

from .clock import seconds
from .console import (
    STDOUT,
    add_secret_flags,
    ask_from,
    done,
    emit,
    guarded,
    kept,
    once,
    read_input,
    read_json,
    read_token,
    say,
    text_of,
    time_of,
    write_text,
)
from .errors import EidError, MalformedError
from .evidence import Evidence
from .issuer import LIFE_S, Issuer
from .jws import unverified_claims
from .keys import KeySet
from .ledger import open_ledger
from .level import AuthenticationLevel, Level
from .messages import message
from .number import PersonalNumber
from .person import Person
from .replay import SqliteReplay
from .status import TTL_S, UNCHECKED, OpenedStatusList, Status, StatusSource
from .verifier import Verifier

Verbs = Any  # argparse's sub-parser action, whose type argparse keeps private
Run = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit status; our errors become a sentence, or JSON with `--json`."""
    args = _parser().parse_args(argv)
    return guarded(lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    try:
        status: int = args.run(args)
    except EidError as e:
        if args.json and e.details.get("path") != STDOUT:
            answer = {"code": e.code, "text": e.text, "text_vi": e.text_vi}
            emit({"valid": False, **answer, "identity": None} if args.run is verify else answer)
        else:
            say(f"{e.text} [{e.code}]\n{e.text_vi}")
        return e.exit_status
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eid",
        description="People, levels and tokens. Exit status: 0 valid or done, 1 not valid, 2 usage, 3 could not tell.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for add in (_add_keys, _add_issue, _add_verify, _add_revoke, _add_status, _add_number):
        add(verbs)
    return parser


def _verb(verbs: Verbs, name: str, run: Run | None, about: str, example: str) -> Any:
    parser = verbs.add_parser(
        name,
        help=about,
        allow_abbrev=False,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.add_argument("--json", action="store_true", help="machine-readable JSON on stdout, nothing else there")
        parser.set_defaults(run=run)
    return parser


# eid keys new | rotate | publish


def _add_keys(verbs: Verbs) -> None:
    about = "make, rotate and publish an issuer's keys"
    group = _verb(verbs, "keys", None, about, "  PW=secret eid keys new --pass-env PW keys.pem")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    for name, run, about in (
        ("new", keys_new, "make a key set: one key that signs, one that is next"),
        ("rotate", keys_rotate, "let the next key sign and retire the present one"),
        ("publish", keys_publish, "write the public keys as a JWKS"),
    ):
        parser = _verb(actions, name, run, about, f"  PW=secret eid keys {name} --pass-env PW keys.pem")
        parser.add_argument("keys", metavar="FILE", type=kept, help="the key set, encrypted")
        add_secret_flags(parser)
        if run is keys_publish:
            parser.add_argument("-o", "--out", metavar="OUT", default="-", help="where to write (default: stdout)")


def keys_new(args: argparse.Namespace) -> int:
    """Make a key set; an existing file is never overwritten."""
    keys = KeySet.generate()
    keys.save(args.keys, ask_from(args, twice=True), overwrite=False)
    return done(args, {"keys": args.keys, "active": keys.active.kid})


def keys_rotate(args: argparse.Namespace) -> int:
    """Rotate a key set in place."""
    ask = once(ask_from(args))
    keys = KeySet.load(args.keys, ask).rotate()
    keys.save(args.keys, ask)
    return done(args, {"keys": args.keys, "active": keys.active.kid})


def keys_publish(args: argparse.Namespace) -> int:
    """Write the JWKS."""
    keys = KeySet.load(args.keys, ask_from(args))
    write_text(args.out, json.dumps(keys.public_jwks()))
    return done(args, {"keys": args.keys, "out": args.out}) if args.out != "-" else 0


# eid issue


_ISSUE_EXAMPLE = """\
  echo '{"personal_number": "001090123456", "name": "Nguyễn Văn A",
         "birthdate": "1990-01-01", "gender": "male"}' > person.json
  echo '[{"kind": "chip", "method": "passive-authentication", "time": "2026-01-02T09:00:00+07:00"},
         {"kind": "face", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"},
         {"kind": "fingerprint", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"}]' > evidence.json
  PW=secret eid issue --keys keys.pem --pass-env PW --ledger ledger.json --issuer https://id.example.vn \\
    --audience H26.19 --level 2 --auth-level 3 --evidence evidence.json person.json > token.txt"""


def _add_issue(verbs: Verbs) -> None:
    parser = _verb(verbs, "issue", issue, "issue an identity token about a person to one audience", _ISSUE_EXAMPLE)
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


# eid verify


def _add_verify(verbs: Verbs) -> None:
    example = (
        "  eid verify --jwks jwks.json --issuer https://id.example.vn --audience H26.19 --level 2 \\\n"
        "    --status status.jwt --json - < token.txt"
    )
    parser = _verb(verbs, "verify", verify, "verify an identity token: every check, now", example)
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


# eid revoke, eid status


def _add_revoke(verbs: Verbs) -> None:
    example = "  eid revoke --ledger ledger.json - < token.txt"
    parser = _verb(verbs, "revoke", revoke, "revoke a token, or suspend it for a while", example)
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
    parser = _verb(verbs, "status", status, "sign the status list, to be published and renewed", example)
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


# eid number


def _add_number(verbs: Verbs) -> None:
    about = "what a personal number says; there is no check digit, so never whether it was issued"
    parser = _verb(verbs, "number", number, about, "  eid number 001090123456")
    parser.add_argument("number", metavar="NUMBER", help="twelve digits, or - for stdin")


def number(args: argparse.Namespace) -> int:
    """Take a personal number apart."""
    text = text_of(read_input(args.number), "the number") if args.number == "-" else args.number
    parsed = PersonalNumber.parse(text)
    facts = {
        "number": parsed.masked,
        "place_code": parsed.place_code,
        "place": parsed.place,
        "sex": parsed.sex.value,
        "birth_year": parsed.birth_year,
    }
    if args.json:
        emit(facts)
    else:
        write_text("-", "\n".join(f"{name:11} {'-' if value is None else value}" for name, value in facts.items()))
    return 0
