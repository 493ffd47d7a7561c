"""`eid keys new | rotate | revoke | show | publish`: an issuer's keys."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import Any

from ..algorithms import GENERATED
from ..clock import moment
from ..console import add_secret_flags, ask_from, done, emit, kept, once, shown_time, write_text
from ..jwk import Key
from ..keys import KeySet, Purpose, change_file, rotate_file, state_of
from ..messages import clean
from .common import Verbs, verb

MAX_SECONDS_CHARS = 9  # digits of a number of seconds: thirty years
_STATES = {
    "next": "next, not used yet / kế tiếp, chưa dùng",
    "active": "active / đang dùng",
    "retired": "retired / đã thôi dùng",
}
_TIMES = {
    "published": "published / công bố",
    "iat": "signs from / ký từ",
    "exp": "signed until / ký đến",
    "revoked": "revoked / thu hồi",
}


def add_parser(verbs: Verbs) -> None:
    """Add the verb and its actions."""
    about = "make, rotate and publish an issuer's keys"
    group = verb(verbs, "keys", None, about, "  PW=secret eid keys new --pass-env PW keys.pem")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    new = _action(actions, "new", keys_new, "make a key set: one key that signs, one that is next")
    new.add_argument("--alg", choices=GENERATED, default="ES256", help="algorithm of the keys (default: ES256)")
    new.add_argument(
        "--purpose",
        choices=[each.value for each in Purpose],
        help="what the keys sign, and nothing else (default: anything)",
    )
    rotate = _action(actions, "rotate", keys_rotate, "let the next key sign and retire the present one")
    rotate.add_argument(
        "--lead", metavar="S", type=_seconds, default=0, help="refuse unless the next key was published S seconds ago"
    )
    revoke = _action(
        actions, "revoke", keys_revoke, "take a key back; the active one is replaced at once", " --kid=KID"
    )
    revoke.add_argument(
        "--kid", metavar="KID", required=True, help="the identifier of the key; '=' because it may begin with '-'"
    )
    _action(actions, "show", keys_show, "list the keys: what each is for and since when it signs")
    publish = _action(actions, "publish", keys_publish, "write the public keys as a JWKS")
    publish.add_argument(
        "--with",
        metavar="FILE",
        dest="more",
        type=kept,
        action="append",
        default=[],
        help="publish this set's keys too",
    )
    publish.add_argument("-o", "--out", metavar="OUT", default="-", help="where to write (default: stdout)")


def _action(actions: Any, name: str, run: Any, about: str, rest: str = "") -> Any:
    parser = verb(actions, name, run, about, f"  PW=secret eid keys {name} --pass-env PW keys.pem{rest}")
    parser.add_argument("keys", metavar="FILE", type=kept, help="the key set, encrypted")
    add_secret_flags(parser)
    return parser


def keys_new(args: argparse.Namespace) -> int:
    """Make a key set; an existing file is never overwritten."""
    keys = KeySet.generate(args.alg, purpose=None if args.purpose is None else Purpose(args.purpose))
    keys.save(args.keys, ask_from(args, twice=True), overwrite=False)
    return done(args, {"keys": args.keys, "active": keys.active.kid})


def keys_rotate(args: argparse.Namespace) -> int:
    """Rotate a key set in place."""
    keys = rotate_file(args.keys, ask_from(args), lead_s=args.lead)
    return done(args, {"keys": args.keys, "active": _first(keys)})


def keys_revoke(args: argparse.Namespace) -> int:
    """Revoke a key in place."""
    keys = change_file(args.keys, ask_from(args), lambda keys: keys.revoke(args.kid))
    return done(args, {"keys": args.keys, "revoked": clean(args.kid), "active": _first(keys)})


def keys_show(args: argparse.Namespace) -> int:
    """List the keys."""
    keys = [_facts(key) for key in KeySet.load(args.keys, ask_from(args)).keys]
    if args.json:
        emit({"keys": keys})
        return 0
    write_text("-", "\n".join(map(_line, keys)))
    return 0


def keys_publish(args: argparse.Namespace) -> int:
    """Write the JWKS."""
    ask = once(ask_from(args))
    sets = [KeySet.load(name, ask) for name in (args.keys, *args.more)]
    write_text(args.out, json.dumps(KeySet.merge(*sets).public_jwks()))
    return done(args, {"keys": args.keys, "out": args.out}) if args.out != "-" else 0


def _line(key: dict[str, Any]) -> str:
    """One key, for a person."""
    words = [key["alg"], key["purpose"] or "any purpose / mọi mục đích", _STATES[key["state"]]]
    words += ["in a device / trong thiết bị"] if key["device"] else []
    times = (
        f"{_TIMES[name]} {shown_time(datetime.fromisoformat(key[name]))}" for name in _TIMES if key[name] is not None
    )
    return f"{clean(key['kid'])}  {'; '.join([*words, *times])}"


def _facts(key: Key) -> dict[str, Any]:
    about = {"kid": key.kid, "alg": key.alg, "purpose": key.purpose, "state": state_of(key), "device": key.in_device}
    times = {name: getattr(key, name) for name in _TIMES}
    return about | {name: None if s is None else moment(s).isoformat() for name, s in times.items()}


def _first(keys: KeySet) -> str:
    """The name of the key that signs from now on, whether a device holds it or not."""
    return keys.keys[0].kid


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_SECONDS_CHARS:
        raise argparse.ArgumentTypeError("takes a number of seconds")
    return int(text)
