"""`eid keys new | rotate | publish`: an issuer's keys."""

from __future__ import annotations

import argparse
import json

from ..console import add_secret_flags, ask_from, done, kept, once, write_text
from ..keys import KeySet
from .common import Verbs, verb


def add_parser(verbs: Verbs) -> None:
    """Add the verb and its actions."""
    _add_keys(verbs)


def _add_keys(verbs: Verbs) -> None:
    about = "make, rotate and publish an issuer's keys"
    group = verb(verbs, "keys", None, about, "  PW=secret eid keys new --pass-env PW keys.pem")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    for name, run, about in (
        ("new", keys_new, "make a key set: one key that signs, one that is next"),
        ("rotate", keys_rotate, "let the next key sign and retire the present one"),
        ("publish", keys_publish, "write the public keys as a JWKS"),
    ):
        parser = verb(actions, name, run, about, f"  PW=secret eid keys {name} --pass-env PW keys.pem")
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
