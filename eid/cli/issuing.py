"""`eid issue`, `eid revoke`, `eid status`, `eid introspect`: what an issuer does with its keys and its memory.

The memory is a ledger, a file for one desk, or a registry, a database that many processes share.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..claims import evidence_list
from ..clock import seconds
from ..consent import Consent
from ..console import add_secret_flags, ask_from, done, emit, kept, read_json, read_token, say, time_of, write_text
from ..errors import UsageError, VerificationError
from ..files import make_folder
from ..introspection import introspect
from ..issuer import LIFE_S, Issuer
from ..jws import unverified_claims
from ..keys import Key, KeySet
from ..ledger import open_ledger
from ..level import AuthenticationLevel, Level
from ..person import Person
from ..status import TTL_S, Status
from .common import Verbs, verb

if TYPE_CHECKING:
    from ..registry import Issuance

_REGISTRY_HELP = "its registry: path of an SQLite file, sqlite:///… or postgresql+psycopg://…"


def add_parser(verbs: Verbs) -> None:
    """Add the verbs."""
    for add in (_add_issue, _add_revoke, _add_status, _add_introspect):
        add(verbs)


def _add_memory(parser: Any, ledger: str) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--ledger", metavar="FILE", type=kept, help=ledger)
    group.add_argument("--registry", metavar="URL", help=_REGISTRY_HELP)


_ISSUE_EXAMPLE = """\
  echo '{"personal_number": "001090123456", "name": "Nguyễn Văn A",
         "birthdate": "1990-01-01", "gender": "male"}' > person.json
  echo '[{"kind": "chip", "method": "passive-authentication", "time": "2026-01-02T09:00:00+07:00"},
         {"kind": "face", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"},
         {"kind": "fingerprint", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"}]' > evidence.json
  PW=secret eid issue --keys keys.pem --pass-env PW --ledger ledger.json --issuer https://id.example.vn \\
    --audience H26.19 --level 2 --auth-level 3 --evidence evidence.json person.json > token.txt

  # many at once, a line for each; stopped, it goes on when it is run again
  echo "{\\"person\\": $(tr -d '\\n' < person.json), \\"evidence\\": $(tr -d '\\n' < evidence.json)}" > people.jsonl
  PW=secret eid issue --bulk people.jsonl -o tokens.jsonl --registry registry.sqlite --keys keys.pem --pass-env PW \\
    --issuer https://id.example.vn --audience H26.19 --level 2 --auth-level 3"""


def _add_issue(verbs: Verbs) -> None:
    parser = verb(verbs, "issue", issue, "issue identity tokens, each about a person to one audience", _ISSUE_EXAMPLE)
    parser.add_argument("person", metavar="PERSON", nargs="?", help="JSON file with the person's claims, or -")
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the issuer's key set")
    _add_memory(parser, "its memory, a file; made if missing")
    parser.add_argument("--issuer", metavar="ISS", required=True, help="the issuer's URL")
    parser.add_argument("--audience", metavar="AUD", required=True, help="the one recipient")
    parser.add_argument("--level", type=int, choices=(1, 2), help="identity level (an account has its own)")
    parser.add_argument("--auth-level", type=int, choices=(1, 2, 3, 4), required=True, help="level of this login")
    parser.add_argument("--evidence", metavar="FILE", help="JSON list: kind, method, time, office")
    parser.add_argument("--account", metavar="ID", help="the account; alone, without PERSON, of the registry")
    parser.add_argument("--bulk", metavar="FILE", type=kept, help="issue for every line of FILE (JSON Lines)")
    parser.add_argument("-o", "--out", metavar="OUT", type=kept, help="where the tokens of --bulk go")
    parser.add_argument("--holder", metavar="FILE", help="public JWK of the one key that may use the token (cnf)")
    parser.add_argument("--amr", metavar="LIST", help="how the person logged in, as RFC 8176 names: pin,hwk,face")
    parser.add_argument("--auth-time", metavar="TIME", help="when, as ISO 8601 with an offset (default: now)")
    parser.add_argument("--nonce", metavar="N", help="the nonce of the recipient's request")
    parser.add_argument("--claims", metavar="LIST", help="which claims to hand over (default: all but the numbers)")
    parser.add_argument("--consent", metavar="TIME", help="when the person agreed that AUD is told --claims")
    parser.add_argument("--life", metavar="S", type=int, default=LIFE_S, help="seconds, at most 600 (default: 300)")
    parser.add_argument("--status-uri", metavar="URI", help="name of the ledger's list (default: ISS/status/1)")
    add_secret_flags(parser)


def issue(args: argparse.Namespace) -> int:
    """Issue one token and note its entry in the status list; or many."""
    if args.bulk is not None:
        from .bulk import issue_bulk

        return issue_bulk(args)
    keys = KeySet.load(args.keys, ask_from(args))
    token = _issue_with_ledger(args, keys) if args.registry is None else _issue_with_registry(args, keys)
    claims = unverified_claims(token)
    if args.json:
        emit({"token": token, "token_id": claims["jti"], "subject": claims["sub"], "expires": claims["exp"]})
    else:
        write_text("-", token)
    return 0


def _issue_with_ledger(args: argparse.Namespace, keys: KeySet) -> str:
    uri = f"{args.issuer.rstrip('/')}/status/1" if args.status_uri is None else args.status_uri
    request = _request(args)
    with open_ledger(args.ledger, now=seconds(None), uri=uri) as ledger:
        token = Issuer(args.issuer, keys, status=ledger.status_list).issue(**request)
        ledger.note(unverified_claims(token))
    return token


def _issue_with_registry(args: argparse.Namespace, keys: KeySet) -> str:
    from ..registry import open_registry

    with open_registry(args.registry, keys) as registry:
        issuer = Issuer(args.issuer, keys, registry=registry.issuance)
        if args.person is not None:
            return issuer.issue(**_request(args))
        if args.account is None or args.level is not None or args.evidence is not None:
            raise UsageError(
                "usage.argument",
                why="give PERSON with --level and --evidence, or --account alone",
                why_vi="hãy nêu PERSON cùng --level và --evidence, hoặc chỉ --account",
            )
        return issuer.issue_for(args.account, **_login(args))


def _request(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `Issuer.issue` about a person."""
    if args.person is None or args.level is None or args.evidence is None:
        raise UsageError(
            "usage.argument",
            why="PERSON, --level and --evidence are needed",
            why_vi="cần có PERSON, --level và --evidence",
        )
    options = _login(args)
    if args.consent is not None:
        options["consent"] = Consent(
            audience=args.audience, claims=frozenset(options["claims"] or ()), given=time_of(args.consent)
        )
    return {
        "person": Person.from_claims(read_json(args.person, "the person")),
        "level": Level.numbered(args.level),
        "evidence": evidence_list(read_json(args.evidence, "the evidence")),
        "account": args.account,
        **options,
    }


def _login(args: argparse.Namespace) -> dict[str, Any]:
    """What `Issuer.issue` and `Issuer.issue_for` both take."""
    return {
        "audience": args.audience,
        "auth_level": AuthenticationLevel.numbered(args.auth_level),
        "amr": None if args.amr is None else args.amr.split(","),
        "auth_time": None if args.auth_time is None else time_of(args.auth_time),
        "nonce": args.nonce,
        "claims": None if args.claims is None else args.claims.split(","),
        "life_s": args.life,
        "holder": None if args.holder is None else _holder(args.holder),
    }


def _holder(name: str) -> Key:
    key = Key.from_jwk(read_json(name, "the holder's key"))
    if key is None:
        raise UsageError(
            "usage.argument",
            why="the holder's key is of a kind that is not known here",
            why_vi="khóa của người giữ thuộc loại không được hỗ trợ ở đây",
        )
    return key


# eid revoke, eid status, eid introspect


@contextmanager
def _issuance(url: str) -> Iterator[Issuance]:
    """The issued tokens of an existing registry; no keys are needed."""
    from ..registry import PARTS, Database, Issuance

    with Database.open(url, PARTS, create=False) as database:
        yield Issuance(database)


def _add_revoke(verbs: Verbs) -> None:
    example = "  eid revoke --ledger ledger.json - < token.txt"
    parser = verb(verbs, "revoke", revoke, "revoke a token, or suspend it for a while", example)
    parser.add_argument("token", metavar="TOKEN|ID", help="the token or its identifier (jti), or - for stdin")
    _add_memory(parser, "what the issuer remembers, a file")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--suspend", action="store_true", help="suspend instead; can be taken back")
    group.add_argument("--restore", action="store_true", help="take a suspension back")


def revoke(args: argparse.Namespace) -> int:
    """Change a token's entry in the status list; publish the list afterwards."""
    token = read_token(args.token)
    token_id = str(unverified_claims(token.partition("~")[0]).get("jti")) if "." in token else token
    status = Status.SUSPENDED if args.suspend else Status.VALID if args.restore else Status.REVOKED
    if args.registry is not None:
        with _issuance(args.registry) as store:
            store.set_status(store.find(token_id, seconds(None)), status)
    else:
        with open_ledger(args.ledger, now=seconds(None)) as ledger:
            ledger.set(token_id, status)
    return done(args, {"token_id": token_id, "status": status.name.lower()})


def _add_status(verbs: Verbs) -> None:
    example = (
        "  PW=secret eid status --keys keys.pem --pass-env PW --ledger ledger.json -o status.jwt\n"
        "  PW=secret eid status --keys status.pem --pass-env PW --registry registry.sqlite -o lists/"
    )
    parser = verb(verbs, "status", status, "sign the status lists, to be published and renewed", example)
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the key set that signs lists")
    _add_memory(parser, "what the issuer remembers, a file")
    parser.add_argument("--ttl", metavar="S", type=int, default=TTL_S, help="seconds, at most 900 (default: 900)")
    out = "where to write (default: stdout); with --registry a folder, each list in a file NUMBER.jwt"
    parser.add_argument("-o", "--out", metavar="OUT", default="-", help=out)
    add_secret_flags(parser)


def status(args: argparse.Namespace) -> int:
    """Sign the status list, or all lists of a registry."""
    keys = KeySet.load(args.keys, ask_from(args))
    if args.registry is not None:
        return _status_of_registry(args, keys.active)
    with open_ledger(args.ledger, now=seconds(None)) as ledger:
        token = ledger.status_list.token(keys.active, ttl_s=args.ttl)
        uri = ledger.status_list.uri
    if args.json and args.out == "-":
        emit({"uri": uri, "token": token})
        return 0
    write_text(args.out, token)
    return done(args, {"uri": uri, "out": args.out}) if args.out != "-" else 0


def _status_of_registry(args: argparse.Namespace, key: Key) -> int:
    lists = []
    if args.out != "-":
        make_folder(args.out)
    with _issuance(args.registry) as store:
        for uri, token in store.status_tokens(key, ttl_s=args.ttl):
            out = args.out if args.out == "-" else str(Path(args.out) / f"{uri.rpartition('/')[2]}.jwt")
            if out == "-":
                emit({"uri": uri, "token": token})  # a line each
                continue
            write_text(out, token)
            lists.append({"uri": uri, "out": out})
    if args.out == "-":
        return 0
    if args.json:
        emit({"lists": lists})
    else:
        for one in lists:
            say(f"{one['uri']} → {one['out']}")
    return 0


def _add_introspect(verbs: Verbs) -> None:
    example = (
        "  eid introspect --registry registry.sqlite --jwks jwks.json --issuer https://id.example.vn - < token.txt\n"
        "  eid introspect --registry registry.sqlite --issuer https://id.example.vn 00000001000b2a5f9c0e12d47a51b3c8"
    )
    parser = verb(verbs, "introspect", ask, "ask the registry whether a token holds at this moment", example)
    parser.add_argument("token", metavar="TOKEN|ID", help="the token or its identifier (jti), or - for stdin")
    parser.add_argument("--registry", metavar="URL", required=True, help=_REGISTRY_HELP)
    parser.add_argument("--issuer", metavar="ISS", required=True, help="the issuer's URL")
    parser.add_argument("--jwks", metavar="FILE", help="the issuer's published keys; needed for a token's text")
    parser.add_argument("--audience", metavar="AUD", help="who asks: nothing is said about another's token")


def ask(args: argparse.Namespace) -> int:
    """Say whether one token is active; exit status 1 when it is not."""
    token = read_token(args.token)
    keys = None if args.jwks is None else KeySet.from_jwks(read_json(args.jwks, "the JWKS"))
    with _issuance(args.registry) as store:
        answer = introspect(store, token, keys=keys, issuer=args.issuer, audience=args.audience, now=seconds(None))
    if answer.active:
        return done(args, answer.to_dict())
    refusal = VerificationError("token.inactive", why=answer.code)
    if args.json:
        emit({"active": False, "code": answer.code, "text": refusal.text, "text_vi": refusal.text_vi})
    else:
        say(f"{refusal.text}\n{refusal.text_vi}")
    return 1
