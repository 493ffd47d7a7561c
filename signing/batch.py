"""Signing many files with one key: loaded once a process, each output written whole, a killed run resumed.

An output that exists is finished, because outputs appear by a rename; so `resume=True` leaves it and goes on.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from .cades import Collect, sign_file
from .certificates import facts
from .clock import moment
from .errors import SigningError, UsageError
from .http import HttpClient
from .pdf import sign_pdf
from .policy import Baseline
from .precheck import assert_not_revoked, tsa_checker
from .revocation import collect_evidence
from .signer import Signer, open_signer
from .stamp import Stamp
from .timestamp import TimestampAuthority
from .trust import TrustStore

_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start
_PENDING_PER_JOB = 4  # files handed to the workers ahead of the reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How to sign: everything but the files.

    `allow` lists URL prefixes of OCSP and CRL services beside the timestamp authority and those that the signer's own
    certificates name. With `trust` the signer's and the authority's chains are checked before anything is signed.
    """

    key: str
    baseline: Baseline = Baseline.B_B
    tsa_url: str | None = None
    trust: TrustStore | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    stamp: Stamp | None = None
    field_name: str | None = None
    overwrite: bool = False
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one input: `output` when it was signed, `skipped` when it had been, else the `error`."""

    source: Path
    output: Path
    skipped: bool = False
    error: SigningError | None = None


class Desk:
    """One opened key with its services; signs one file after the other."""

    def __init__(self, order: Order, ask: Callable[[str], str] | None) -> None:
        self.order = order
        self.signer: Signer = open_signer(order.key, ask)
        own = (self.signer.certificate, *self.signer.chain)
        services = [url for c in own for url in (*facts(c).ocsp_urls, *facts(c).crl_urls)]
        tsa = (order.tsa_url,) if order.tsa_url else ()
        self._http = HttpClient(allow=(*order.allow, *tsa, *services))
        check = tsa_checker(order.trust, http=self._http) if order.trust is not None else None
        self.tsa = TimestampAuthority(url=order.tsa_url, http=self._http, check=check) if order.tsa_url else None
        self._crls: dict[str, bytes] = {}
        if order.trust is not None:
            assert_not_revoked(self.signer, trust=order.trust, http=self._http)

    @property
    def collect(self) -> Collect:
        """Fetches evidence for B-LT; CRLs are kept for the whole batch."""
        return lambda chains: collect_evidence(chains, self._http, moment(None), self._crls)

    def sign(self, source: Path, output: Path) -> Outcome:
        """Sign one file. Our errors become part of the outcome, so that a batch goes on."""
        order = self.order
        try:
            if output.exists() and not order.overwrite:
                if order.resume:
                    return Outcome(source=source, output=output, skipped=True)
                raise UsageError("usage.output-exists", path=output)
            if is_pdf(source):
                sign_pdf(
                    source,
                    self.signer,
                    out=output,
                    baseline=order.baseline,
                    tsa=self.tsa,
                    collect=self.collect,
                    stamp=order.stamp,
                    field=order.field_name,
                )
            else:
                sign_file(source, self.signer, out=output, baseline=order.baseline, tsa=self.tsa, collect=self.collect)
        except SigningError as error:
            return Outcome(source=source, output=output, error=error)
        return Outcome(source=source, output=output)


def is_pdf(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a PDF does. Raises `UsageError` when it cannot be read."""
    try:
        with Path(path).open("rb") as source:
            return b"%PDF-" in source.read(_PDF_HEADER_WINDOW)
    except OSError as e:
        raise UsageError("input.unreadable", path=path, why=e.strerror or e) from None


def outputs(sources: Sequence[Path], out: Path) -> list[Path]:
    """Where each source's signature goes: `out` itself for one file, else a file of the same name in the folder `out`
    (`.p7s` appended unless it is a PDF). Two sources of one name are refused with `UsageError`."""
    if len(sources) == 1 and not out.is_dir():
        return [out]
    if not out.is_dir():
        raise UsageError("usage.argument", why=f"{out} must be a folder, because there are several inputs")
    found = [out / (s.name if is_pdf(s) else s.name + ".p7s") for s in sources]
    if len(set(found)) != len(found):
        raise UsageError("usage.argument", why="two inputs have the same file name")
    return found


def sign_files(
    sources: Sequence[Path], out: Path, order: Order, ask: Callable[[str], str] | None = None, *, jobs: int = 1
) -> Iterator[Outcome]:
    """Sign `sources` into `out` (see `outputs`), one `Outcome` each and in their order, as they are ready.

    With `jobs` > 1 that many processes share the work; the secret is asked for once and handed to them through a
    pipe. Raises `UsageError` and what opening the key raises; what goes wrong with a file is in its outcome.
    """
    pairs = list(zip(sources, outputs(sources, out), strict=True))
    if jobs <= 1 or len(pairs) == 1:
        desk = Desk(order, ask)
        for source, output in pairs:
            yield desk.sign(source, output)
        return
    secrets: dict[str, str] = {}

    def remember(name: str) -> str:
        secrets[name] = ask(name) if ask else ""
        return secrets[name]

    open_signer(order.key, remember if ask else None)  # a wrong password is told once, not by every worker
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (order, secrets)) as pool:
        waiting: deque[Future[Outcome]] = deque()
        for source, output in pairs:
            waiting.append(pool.submit(_sign_in_worker, source, output))
            if len(waiting) > jobs * _PENDING_PER_JOB:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_desk: Desk | None = None


def _start_worker(order: Order, secrets: dict[str, str]) -> None:
    global _desk  # one per process, opened once by the pool
    _desk = Desk(order, secrets.__getitem__)


def _sign_in_worker(source: Path, output: Path) -> Outcome:
    if _desk is None:
        raise RuntimeError("the pool did not start this worker")
    return _desk.sign(source, output)
