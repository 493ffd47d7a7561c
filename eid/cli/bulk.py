"""`eid issue --bulk`: a file of requests into a file of tokens."""

from __future__ import annotations

import argparse
import time

from ..bulk import BulkOptions, BulkProgress, issue_many
from ..console import ask_from, done, say
from ..errors import UsageError
from ..issuer import Issuer
from ..keys import KeySet
from ..level import AuthenticationLevel, Level
from ..registry import open_registry

EVERY_S = 1.0  # seconds between two lines of progress
_OF_ONE = ("person", "evidence", "account", "holder", "nonce", "auth_time", "consent")


def issue_bulk(args: argparse.Namespace) -> int:
    """Issue for every line of the file; exit status 1 when any line was refused."""
    if args.registry is None:
        raise UsageError("bulk.registry")
    if args.out is None or args.level is None:
        raise UsageError("usage.argument", why="--bulk needs -o and --level", why_vi="--bulk cần có -o và --level")
    given = next((name for name in _OF_ONE if getattr(args, name) is not None), None)
    if given is not None:
        raise UsageError(
            "usage.argument",
            why=f"{given.replace('_', '-')} belongs to one token, not to --bulk",
            why_vi=f"{given.replace('_', '-')} chỉ dùng cho một token, không dùng với --bulk",
        )
    options = BulkOptions(
        level=Level.numbered(args.level),
        audience=args.audience,
        auth_level=AuthenticationLevel.numbered(args.auth_level),
        amr=None if args.amr is None else tuple(args.amr.split(",")),
        claims=None if args.claims is None else tuple(args.claims.split(",")),
        life_s=args.life,
    )
    keys = KeySet.load(args.keys, ask_from(args))
    with open_registry(args.registry, keys) as registry:
        issuer = Issuer(args.issuer, keys, registry=registry.issuance)
        result = issue_many(issuer, args.bulk, args.out, options, progress=_Progress())
    facts = {"out": args.out, "lines": result.lines, "kept": result.kept}
    status = done(args, {**facts, "issued": result.issued, "refused": result.refused})
    return 1 if result.refused else status


class _Progress:
    """Says on stderr how far a run is, about once a second."""

    def __init__(self) -> None:
        self._start = self._said = time.monotonic()

    def __call__(self, progress: BulkProgress) -> None:
        now = time.monotonic()
        if now - self._said < EVERY_S:
            return
        self._said = now
        rate = progress.issued / (now - self._start)
        say(
            f"{progress.lines} lines, {progress.issued} issued, {progress.refused} refused, {rate:.0f}/s / "
            f"{progress.lines} dòng, đã cấp {progress.issued}, từ chối {progress.refused}, {rate:.0f}/giây"
        )
