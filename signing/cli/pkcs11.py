"""`signing keys pkcs11:…`: the tokens that a module sees, their certificates and keys."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from ..sources.pkcs11_inventory import Entry, TokenContent, inventory
from ..sources.pkcs11_uri import percent
from ..trust.names import shown_name
from .common import ask_from, emit_json, printable

_KEY = {True: "có / yes", False: "không / no", None: "cần PIN mới biết / told after login (--pass-file)"}


def run_inventory(args: argparse.Namespace) -> int:
    """Every token that the URI fits; logged in when the PIN comes from a file or variable, never by asking for it."""
    ask = ask_from(args) if args.pass_file or args.pass_env else None
    tokens = inventory(args.uri.partition(":")[2], ask)
    if args.json:
        emit_json({"tokens": [_token(token) for token in tokens]})
        return 0
    for token in tokens:
        for line in _lines(token):
            print(printable(line))
    if not tokens:
        print("không có thiết bị / no token")
    return 0


def _token(token: TokenContent) -> dict[str, Any]:
    return {
        "slot": token.slot,
        "slot_description": token.slot_description,
        "token": token.name.label,
        "serial": token.name.serial,
        "manufacturer": token.name.manufacturer,
        "model": token.name.model,
        "pin": token.pin,
        "logged_in": token.logged_in,
        "keys": [_entry(entry) for entry in token.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {"id": percent(entry.id), "label": entry.label, "key": entry.key, "uri": entry.uri}
    certificate = entry.certificate
    if certificate is None:
        return told
    return {
        **told,
        "subject": shown_name(certificate.subject),
        "issuer": shown_name(certificate.issuer),
        "serial": f"{certificate.serial_number:x}",
        "sha256": sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "algorithms": list(entry.algorithms),
    }


def _lines(token: TokenContent) -> Iterator[str]:
    name = token.name
    yield f"{name}  [{name.manufacturer} {name.model}]  slot {token.slot}  PIN {token.pin}"
    for entry in token.entries:
        told = _entry(entry)
        yield f"  {told['uri']}"
        for field in ("label", "subject", "issuer", "serial", "sha256", "not_after"):
            if told.get(field):
                yield f"    {field}: {told[field]}"
        if told.get("algorithms"):
            yield f"    algorithms: {', '.join(told['algorithms'])}"
        yield f"    key: {_KEY[entry.key]}"
