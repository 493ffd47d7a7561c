"""`signing ers`: evidence records (RFC 4998), one timestamp for thousands of documents: make, renew, rehash."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..batch.plan import Filters, Plan, planned
from ..batch.records import SUFFIX, make_all, record_beside, rehash_all, renew_all
from ..batch.stage import Outcome
from ..cms.timestamp import TimestampAuthority
from ..cms.tsa_pool import TimestampSource, TsaPool
from ..files import is_folder
from ..http import HttpClient
from ..trust.precheck import tsa_checker
from .bulk import Tally, is_batch, line, make_folder
from .common import Verbs, emit_json, open_trust
from .extend import days
from .progress import Meter

_DIGESTS = ("sha256", "sha384", "sha512")

Run = Callable[[Plan, TimestampSource], Iterable[Outcome]]


def add_parser(verbs: Verbs) -> None:
    """Add `ers make`, `ers renew` and `ers rehash`."""
    group = verbs.add_parser(
        "ers", help="evidence records: one timestamp for thousands of documents, renewed before it ends"
    )
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser(
        "make",
        help="a record for each document, all by one timestamp (16,384 at most)",
        epilog="Example: signing ers make archive/ --tsa http://127.0.0.1:8318/tsa --trust trust/",
    )
    make.add_argument("inputs", nargs="+", metavar="IN", help="documents of any kind, or folders of them")
    _add_common(make, f"a file, or a folder; without it NAME{SUFFIX} beside each document, where audit finds it")
    existing = make.add_mutually_exclusive_group()
    existing.add_argument("--force", action="store_true", help="replace records that exist")
    existing.add_argument("--resume", action="store_true", help="keep records that exist, make the others")
    make.set_defaults(run=run_make)
    renew = actions.add_parser(
        "renew",
        help="a new timestamp over the newest one of each record, before that one ends",
        epilog="Example: signing ers renew archive/ --tsa http://127.0.0.1:8318/tsa --due 90",
    )
    renew.add_argument("--due", type=days, metavar="DAYS", help="only records whose newest timestamp ends within DAYS")
    renew.set_defaults(run=run_renew)
    rehash = actions.add_parser(
        "rehash",
        help="a new chain with a stronger digest, for which the documents have to lie beside their records",
        epilog="Example: signing ers rehash archive/ --digest sha512 --tsa http://127.0.0.1:8318/tsa",
    )
    rehash.set_defaults(run=run_rehash)
    for parser in (renew, rehash):
        parser.add_argument("inputs", nargs="+", metavar="IN", help=f"records (*{SUFFIX}), or folders of them")
        _add_common(parser, "a file, or a folder; without it each record is replaced, at once or not at all")
        parser.add_argument("--force", action="store_true", help="replace outputs that exist")
    for parser in (make, rehash):
        parser.add_argument("--digest", choices=_DIGESTS, default="sha256", help="of the hash tree (default sha256)")


def _add_common(parser: argparse.ArgumentParser, out: str) -> None:
    parser.add_argument("-o", "--out", metavar="OUT", help=out)
    parser.add_argument(
        "--tsa",
        action="append",
        required=True,
        metavar="URL",
        help="RFC 3161 timestamp authority; given again: asked when the one before fails",
    )
    parser.add_argument("--trust", metavar="DIR", help="trusted certificates, tsa/ among them: take no other timestamp")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="URL", help="prefix of an OCSP or CRL service that may be asked"
    )
    parser.add_argument("--include", action="append", default=[], metavar="GLOB", help="of a folder only these")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="of a folder all but these")
    parser.add_argument("--json", action="store_true", help="one JSON object a file on stdout")


def run_make(args: argparse.Namespace) -> int:
    """`signing ers make IN… [-o OUT] --tsa URL`."""
    filters = Filters(include=tuple(args.include), exclude=(*args.exclude, f"*{SUFFIX}"))

    def run(plan: Plan, tsa: TimestampSource) -> Iterator[Outcome]:
        return make_all(plan, tsa.using(args.digest), overwrite=args.force, resume=args.resume)

    return _run(args, "ghi bằng chứng / records", record_beside, filters, run)


def run_renew(args: argparse.Namespace) -> int:
    """`signing ers renew IN… [-o OUT] --tsa URL`."""
    run = partial(renew_all, overwrite=args.force, due=args.due)
    return _run(args, "gia hạn / renewing", _itself, _records(args), run)


def run_rehash(args: argparse.Namespace) -> int:
    """`signing ers rehash IN… [-o OUT] --tsa URL`."""

    def run(plan: Plan, tsa: TimestampSource) -> Iterator[Outcome]:
        return rehash_all(plan, tsa.using(args.digest), overwrite=args.force)

    return _run(args, "băm lại / rehashing", _itself, _records(args), run)


def _records(args: argparse.Namespace) -> Filters:
    return Filters(include=tuple(args.include) or (f"*{SUFFIX}",), exclude=tuple(args.exclude))


def _itself(path: Path) -> Path:
    return path


def _run(args: argparse.Namespace, name: str, output: Callable[[Path], Path], filters: Filters, run: Run) -> int:
    """0 when each file has its record, 1 when one has not; what stops the run raises."""
    tsa = _source(args)
    tally = Tally()
    with _planned(args, output, filters) as plan, Meter(name, lambda: plan.total) as meter:
        try:
            for outcome in run(plan, tsa):
                meter.advance()
                tally.count(outcome)
                if args.json:
                    emit_json(line(outcome))
        finally:
            tally.tell(plan.total)
    return 1 if tally.counts["failed"] else 0


def _source(args: argparse.Namespace) -> TimestampSource:
    http = HttpClient(allow=(*args.allow, *args.tsa))
    trust = open_trust(args.trust)
    check = tsa_checker(trust, http=http if args.allow else None) if trust is not None else None
    members = tuple(TimestampAuthority(url=url, http=http, check=check) for url in args.tsa)
    return TsaPool(members=members) if len(members) > 1 else members[0]


@contextmanager
def _planned(args: argparse.Namespace, output: Callable[[Path], Path], filters: Filters) -> Iterator[Plan]:
    """Inputs and outputs. Without `--out` an output stands in its input's folder: its name is a whole path."""
    sources = [Path(name) for name in args.inputs]
    if args.out is None:
        with planned(sources, Path(os.devnull), lambda path: os.path.abspath(output(path)), filters) as plan:  # noqa: PTH100  # links stay
            yield plan
        return
    out = Path(args.out)
    if is_batch(args) or args.out.endswith(os.sep):
        make_folder(args.out)
    if is_folder(out):
        with planned(sources, out, lambda path: output(path).name, filters) as plan:
            yield plan
    else:
        with planned(sources, out.parent, lambda _: out.name, filters) as plan:
            yield plan
