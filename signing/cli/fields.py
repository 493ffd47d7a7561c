"""What `sign` and `external prepare` share about form fields: those made for later signers, and what is locked."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace

from ..errors import UsageError
from ..pdf.request import FieldLock, FieldSpec
from ..pdf.stamp import Stamp
from .stamps import place_of

_PLACED = re.compile(r"(?P<name>.+):(?P<place>(?:last|-?\d+),[^:]*)", re.DOTALL)
_LOCK = "all, include:NAME,NAME… or exclude:NAME,NAME…"


def add_field_flags(parser: argparse.ArgumentParser) -> None:
    """`--new-field`, `--field-lock` and `--lock`."""
    group = parser.add_argument_group("form fields of a PDF; new ones come with its first signature or not at all")
    group.add_argument(
        "--new-field",
        action="append",
        type=field_of,
        metavar="NAME[:PAGE,X,Y,W,H]",
        help="an empty signature field for a later signer, shown there (page 0, 1, … or last; millimetres) or hidden",
    )
    group.add_argument(
        "--field-lock",
        action="append",
        type=field_lock_of,
        metavar="NAME=LOCK",
        help="what the signature in that new field will lock",
    )
    group.add_argument("--lock", type=lock_of, metavar="LOCK", help=f"which fields nobody may change any more: {_LOCK}")


def field_of(text: str) -> FieldSpec:
    """An argparse type: `NAME` or `NAME:PAGE,X,Y,W,H`."""
    found = _PLACED.fullmatch(text)
    if found is None:
        return FieldSpec(name=text)
    return FieldSpec(name=found["name"], place=Stamp(corner="bottom-left", **place_of(found["place"])))


def lock_of(text: str) -> FieldLock:
    """An argparse type: `all`, `include:A,B` or `exclude:A,B`."""
    action, _, names = text.partition(":")
    try:
        if action == "include":
            return FieldLock(action="include", names=_names(names))
        if action == "exclude":
            return FieldLock(action="exclude", names=_names(names))
    except UsageError:
        pass  # without names
    if text != "all":
        raise argparse.ArgumentTypeError(f"{text!r} is not {_LOCK}")
    return FieldLock()


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def field_lock_of(text: str) -> tuple[str, FieldLock]:
    """An argparse type: `NAME=LOCK`."""
    name, equals, lock = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=LOCK")
    return name, lock_of(lock)


def fields_from(args: argparse.Namespace) -> tuple[FieldSpec, ...]:
    """The fields to be made, with their locks. Raises `UsageError` for the lock of a field that is not among them."""
    specs: dict[str, FieldSpec] = {}
    for spec in args.new_field or ():
        if spec.name in specs:
            raise UsageError("pdf.field-exists", field=spec.name)
        specs[spec.name] = spec
    for name, lock in args.field_lock or ():
        if name not in specs or specs[name].lock is not None:
            raise UsageError("usage.argument", why=f"--field-lock {name}: wants one --new-field of that name")
        specs[name] = replace(specs[name], lock=lock)
    return tuple(specs.values())
