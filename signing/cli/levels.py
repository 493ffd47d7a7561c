"""What level signed files have and what the next one lacks: `signing extend` without an output."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..batch.extend import shape_of_file
from ..batch.plan import Filters, Item, planned
from ..errors import SigningError, UsageError
from ..levels import LevelReport, SignatureLevel, due, level_of
from ..recognize import Shape
from ..report import iso
from ..trust.store import TrustStore
from .bulk import is_batch
from .common import PasswordFile, emit_json, open_trust, printable, tell_error

_SIGNED = {Shape.PDF, Shape.CMS, Shape.CONTAINER}


def run_levels(args: argparse.Namespace) -> int:
    """Lines a signature, or one JSON object a file; 1 when a file of several cannot be read.

    Files without signatures and, with `--due`, those that need nothing yet are left out.
    """
    if "-" in args.inputs:
        raise UsageError("usage.stream")
    trust, failed = open_trust(args.trust), False
    filters = Filters(include=tuple(args.include), exclude=tuple(args.exclude))
    sources = [Path(name) for name in args.inputs]
    with planned(sources, Path(os.devnull), os.path.abspath, filters) as plan:
        for item in plan:
            try:
                report = _report(item, args, trust)
            except SigningError as error:
                if not is_batch(args):
                    raise
                tell_error(os.fspath(item.source), error)
                failed = True
                continue
            if report is not None and report.signatures:
                _tell(report, as_json=args.json)
    return 1 if failed else 0


def _report(item: Item, args: argparse.Namespace, trust: TrustStore | None) -> LevelReport | None:
    if item.error is not None:
        raise item.error
    if shape_of_file(item.source) not in _SIGNED:
        return None
    password = PasswordFile(args.password_file) if args.password_file else None
    if args.due is not None and not due(item.source, args.due, trust, password=password):
        return None
    return level_of(item.source, trust, password=password)


def _tell(report: LevelReport, *, as_json: bool) -> None:
    if as_json:
        emit_json(report.to_dict())
        return
    for signature in report.signatures:
        print(printable(f"{report.path}: {_line(signature)}"))
        for finding in (*signature.missing, *((signature.why,) if signature.why else ())):
            print(printable(f"  {finding.text}"))
            print(printable(f"  {finding.text_vi}"))


def _line(signature: SignatureLevel) -> str:
    above = f" → {signature.next}" if signature.next else ""
    return f"{signature.id}: {signature.baseline or '-'}{above} ({iso(signature.ends) or '?'})"
