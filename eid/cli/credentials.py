"""`eid credential issue | verify`, `eid present`: credentials whose holder shows one claim and keeps the rest."""

from __future__ import annotations

import argparse
from typing import Any

from ..claims import evidence_list
from ..clock import seconds
from ..console import add_secret_flags, ask_from, done, emit, kept, read_json, read_token, say, write_text
from ..disclosure import Credential, CredentialVerifier, present
from ..disclosure.paths import parse_path
from ..disclosure.presenting import bound_key
from ..errors import EidError
from ..holder import Holder
from ..issuer import Issuer
from ..journal import JsonLinesJournal
from ..jws import unverified_claims
from ..keys import Key, KeySet
from ..ledger import open_ledger
from ..level import Level
from ..notice import notice
from ..person import Person
from .common import Verbs, verb
from .sources import replay_memory, status_source

DAY_S = 86_400
LIFE_DAYS = 366
_ISSUE_EXAMPLE = """\
  eid keys publish holder.pem --pass-env PW > holder.jwks.json
  PW=secret eid credential issue --keys keys.pem --pass-env PW --ledger ledger.json --issuer https://id.example.vn \\
    --vct https://id.example.vn/credential/person --level 2 --evidence evidence.json --holder holder.jwks.json \\
    person.json > credential.txt"""
_VERIFY_EXAMPLE = """\
  eid credential verify --jwks jwks.json --issuer https://id.example.vn --audience H26.19 --level 2 \\
    --vct https://id.example.vn/credential/person --nonce n-0S6_WzA2Mj --require age_equal_or_over.18 \\
    --status status.jwt --json - < presentation.txt"""
_PRESENT_EXAMPLE = """\
  PW=secret eid present --keys holder.pem --pass-env PW --audience H26.19 --nonce n-0S6_WzA2Mj \\
    --disclose age_equal_or_over.18 - < credential.txt > presentation.txt"""


def add_parser(verbs: Verbs) -> None:
    """Add the verbs."""
    about = "issue and verify credentials with selective disclosure"
    group = verb(verbs, "credential", None, about, _ISSUE_EXAMPLE)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    _add_issue(actions)
    _add_verify(actions)
    _add_present(verbs)


def _add_issue(actions: Any) -> None:
    about = "issue a credential to its holder, or a batch of copies that cannot be linked"
    parser = verb(actions, "issue", issue, about, _ISSUE_EXAMPLE)
    parser.add_argument("person", metavar="PERSON", help="JSON file with the person's claims, or -")
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the issuer's key set")
    parser.add_argument("--ledger", metavar="FILE", type=kept, required=True, help="its memory; made if missing")
    parser.add_argument("--issuer", metavar="ISS", required=True, help="the issuer's URL")
    parser.add_argument("--vct", metavar="TYPE", required=True, help="the type of the credential, a URI")
    parser.add_argument("--level", type=int, choices=(1, 2), required=True, help="identity level of the account")
    parser.add_argument("--evidence", metavar="FILE", required=True, help="JSON list: kind, method, time, office")
    parser.add_argument("--holder", metavar="FILE", required=True, help="the holder's public key, a JWK or a JWKS")
    parser.add_argument("--batch", action="store_true", help="a copy for each key of the JWKS (default: for its first)")
    parser.add_argument("--claims", metavar="LIST", help="which claims to put in (default: all)")
    parser.add_argument("--life-days", metavar="N", type=int, default=LIFE_DAYS, help="days it lives (default: 366)")
    parser.add_argument("--status-uri", metavar="URI", help="name of the status list (default: ISS/status/1)")
    add_secret_flags(parser)


def issue(args: argparse.Namespace) -> int:
    """Issue, note each copy in the ledger, write one credential a line."""
    uri = f"{args.issuer.rstrip('/')}/status/1" if args.status_uri is None else args.status_uri
    holders = _holders(read_json(args.holder, "the holder's key"))
    request: dict[str, Any] = {
        "person": Person.from_claims(read_json(args.person, "the person")),
        "level": Level.numbered(args.level),
        "vct": args.vct,
        "evidence": evidence_list(read_json(args.evidence, "the evidence")),
        "claims": None if args.claims is None else args.claims.split(","),
        "life_s": args.life_days * DAY_S,
    }
    keys = KeySet.load(args.keys, ask_from(args))
    with open_ledger(args.ledger, now=seconds(None), uri=uri) as ledger:
        issuer = Issuer(args.issuer, keys, status=ledger.status_list)
        if args.batch:
            made = issuer.issue_credentials(**request, holders=holders)
        else:
            made = [issuer.issue_credential(**request, holder=holders[0])]
        claims = [unverified_claims(each.partition("~")[0]) for each in made]
        for each in claims:
            ledger.note(each)
    if args.json:
        emit({"credentials": made, "token_ids": [each["jti"] for each in claims], "expires": claims[0]["exp"]})
    else:
        write_text("-", "\n".join(made))
    return 0


def _holders(value: Any) -> tuple[Key, ...]:
    """The keys of a JWKS, or of one JWK, in their order."""
    jwks = value if isinstance(value, dict) and "keys" in value else {"keys": [value]}
    return KeySet.from_jwks(jwks).keys


def _add_verify(actions: Any) -> None:
    parser = verb(actions, "verify", verify, "verify a presented credential: every check, now", _VERIFY_EXAMPLE)
    parser.add_argument("presentation", metavar="PRESENTATION", help="the presentation, or - for stdin")
    parser.add_argument("--jwks", metavar="FILE", required=True, help="the issuer's published keys")
    parser.add_argument("--issuer", metavar="ISS", required=True, help="who must have issued it")
    parser.add_argument("--audience", metavar="AUD", required=True, help="to whom it must be presented: yourself")
    parser.add_argument("--vct", metavar="TYPE", required=True, help="the type that it must have")
    parser.add_argument("--level", type=int, choices=(1, 2), required=True, help="the identity level needed")
    parser.add_argument("--status", metavar="FILE|none", required=True, help="status list token; none: do not check")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--nonce", metavar="N", help="the nonce of your request; the holder's key must be proved")
    group.add_argument("--unbound", action="store_true", help="only credentials that are bound to nobody's key")
    parser.add_argument("--require", metavar="CLAIM", action="append", default=[], help="a claim that must be shown")
    parser.add_argument("--max-evidence-age", metavar="S", type=float, help="how old the level's evidence may be, in s")
    parser.add_argument("--replay", metavar="FILE", help="remember answered nonces in FILE and refuse a second answer")
    parser.add_argument("--journal", metavar="FILE", help="append the verdict to FILE, one JSON object a line")


def verify(args: argparse.Namespace) -> int:
    """Verify one presentation; with `--json` a refusal is an answer too."""
    try:
        credential = _verified(args)
    except EidError as e:
        if not args.json:
            raise
        emit({"valid": False, "code": e.code, "text": e.text, "text_vi": e.text_vi, "credential": None})
        return e.exit_status
    said = notice("credential.valid", level=credential.level)
    if args.json:
        answer = {"valid": True, "code": None, "text": said.text, "text_vi": said.text_vi}
        emit({**answer, "credential": credential.to_dict()})
    else:
        say(f"{said.text}\n{said.text_vi}")
        emit(credential.to_dict(), indent=2)
    return 0


def _verified(args: argparse.Namespace) -> Credential:
    keys = KeySet.from_jwks(read_json(args.jwks, "the JWKS"))
    status = status_source(args.status, keys)
    with replay_memory(args.replay) as replay:
        verifier = CredentialVerifier(
            keys,
            issuer=args.issuer,
            audience=args.audience,
            vct=args.vct,
            status=status,
            replay=replay,
            journal=None if args.journal is None else JsonLinesJournal(args.journal),
        )
        return verifier.verify(
            read_token(args.presentation),
            level=Level.numbered(args.level),
            nonce=args.nonce,
            holder=Holder.FORBIDDEN if args.unbound else Holder.REQUIRED,
            require=map(parse_path, args.require),
            max_evidence_age_s=args.max_evidence_age,
        )


def _add_present(verbs: Verbs) -> None:
    about = "present a credential: show the claims that you name, prove that you hold its key"
    parser = verb(verbs, "present", show, about, _PRESENT_EXAMPLE)
    parser.add_argument("credential", metavar="CREDENTIAL", help="the credential, or - for stdin")
    parser.add_argument("--keys", metavar="FILE", type=kept, required=True, help="the holder's key set")
    parser.add_argument("--audience", metavar="AUD", required=True, help="to whom it is presented")
    parser.add_argument("--nonce", metavar="N", required=True, help="the nonce of their request")
    group = parser.add_mutually_exclusive_group(required=True)
    shown = "a claim to show, such as name or age_equal_or_over.18; may be repeated"
    group.add_argument("--disclose", metavar="CLAIM", action="append", help=shown)
    group.add_argument("--everything", action="store_true", help="show every claim")
    parser.add_argument("-o", "--out", metavar="OUT", default="-", help="where to write (default: stdout)")
    add_secret_flags(parser)


def show(args: argparse.Namespace) -> int:
    """Make one presentation."""
    credential = read_token(args.credential)
    key = bound_key(credential, KeySet.load(args.keys, ask_from(args)))
    disclose = None if args.everything else [parse_path(name) for name in args.disclose]
    presentation = present(credential, disclose=disclose, key=key, audience=args.audience, nonce=args.nonce)
    if args.out == "-" and args.json:
        emit({"presentation": presentation})
        return 0
    write_text(args.out, presentation)
    return done(args, {"out": args.out}) if args.out != "-" else 0
