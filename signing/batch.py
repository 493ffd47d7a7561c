"""Signing many files with one key: loaded once a process, each output written whole, a killed run resumed.

An output that exists is finished, because outputs appear by a rename; so `resume=True` leaves it and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .clock import moment
from .cms.cades import Chain, sign_detached, sign_file
from .cms.timestamp import TimestampAuthority
from .errors import RefusedError, SigningError, UsageError
from .files import NotRegularError, discard_leftovers, exists, is_folder, open_regular
from .http import HttpClient
from .pdf.sign import sign_pdf
from .pdf.stamp import Stamp
from .policy import Baseline
from .signer import Signer, open_signer, subject_of
from .trust.certificates import facts
from .trust.chain import Purpose
from .trust.evidence import Evidence
from .trust.precheck import assert_not_revoked, tsa_checker
from .trust.revocation import Collector, State, check_revocation
from .trust.revocation_check import stamp as shown_time
from .trust.store import TrustStore
from .workers import Work, spread

_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How to sign: everything but the files.

    `allow` lists URL prefixes of OCSP and CRL services beside the timestamp authority and those that the signer's own
    certificates name. With `trust` the signer's and the authority's chains are checked before anything is signed.
    `password` opens encrypted PDFs; it travels to other processes.
    """

    key: str
    baseline: Baseline = Baseline.B_B
    tsa_url: str | None = None
    trust: TrustStore | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    stamp: Stamp | None = None
    field_name: str | None = None
    password: Callable[[str], str] | None = field(default=None, repr=False)
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
    """One opened key with its services; signs one file after the other. Raises what opening and checking it raise."""

    def __init__(self, order: Order, ask: Callable[[str], str] | None) -> None:
        if order.baseline >= Baseline.B_T and order.tsa_url is None:
            raise UsageError("timestamp.needed", baseline=order.baseline)
        self.order = order
        self.signer: Signer = open_signer(order.key, ask)
        tsa = (order.tsa_url,) if order.tsa_url else ()
        http = HttpClient(allow=(*order.allow, *tsa, *_services(self.signer)))
        check = tsa_checker(order.trust, http=http) if order.trust is not None else None
        self.tsa = TimestampAuthority(url=order.tsa_url, http=http, check=check) if order.tsa_url else None
        anchors = (*order.trust.anchors(Purpose.SIGNER), *order.trust.anchors(Purpose.TSA)) if order.trust else ()
        self._collector = Collector(http=http, anchors=anchors)
        if order.trust is not None:
            assert_not_revoked(self.signer, trust=order.trust, http=http)

    def collect(self, chains: Iterable[Chain]) -> Evidence:
        """Evidence for B-LT; CRLs are kept for the whole batch. Refuses when it tells against the signer."""
        evidence = self._collector(chains)
        if self.signer.chain:
            certificate = self.signer.certificate
            status = check_revocation(
                certificate, self.signer.chain[0], evidence, control_time=moment(None), now=moment(None)
            )
            if status.state in {State.REVOKED, State.SUSPENDED}:
                code = "certificate.revoked" if status.state is State.REVOKED else "certificate.suspended"
                time = shown_time(status.time) if status.time else "?"
                raise RefusedError(code, subject=subject_of(certificate), time=time)
        return evidence

    def sign(self, source: Path, output: Path) -> Outcome:
        """Sign one file. Our errors become part of the outcome, so that a batch goes on."""
        order = self.order
        try:
            if order.resume and exists(output):
                return Outcome(source=source, output=output, skipped=True)
            _assert_writable(source, output, overwrite=order.overwrite)
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
                    password=order.password,
                )
            else:
                sign_file(source, self.signer, out=output, baseline=order.baseline, tsa=self.tsa, collect=self.collect)
        except SigningError as error:
            return Outcome(source=source, output=output, error=error)
        return Outcome(source=source, output=output)

    def sign_bytes(self, data: bytes) -> bytes:
        """A signed PDF, or a detached CAdES signature over anything else."""
        order, collect = self.order, self.collect
        if not _looks_like_pdf(data[:_PDF_HEADER_WINDOW]):
            return sign_detached(data, self.signer, baseline=order.baseline, tsa=self.tsa, collect=collect)
        signed = sign_pdf(
            data,
            self.signer,
            baseline=order.baseline,
            tsa=self.tsa,
            collect=collect,
            stamp=order.stamp,
            field=order.field_name,
            password=order.password,
        )
        return signed or b""


def _services(signer: Signer) -> list[str]:
    """The OCSP and CRL addresses in the signer's own certificates that can be asked; others are ldap: and the like."""
    found = []
    for certificate in (signer.certificate, *signer.chain):
        known = facts(certificate)
        for url in (*known.ocsp_urls, *known.crl_urls):
            with suppress(UsageError):
                HttpClient(allow=(url,))
                found.append(url)
    return found


def _assert_writable(source: Path, output: Path, *, overwrite: bool) -> None:
    if not exists(output):
        return
    with suppress(OSError):
        if output.samefile(source):
            raise UsageError("usage.output-is-input", path=output)
    if not overwrite:
        raise UsageError("usage.output-exists", path=output)


def is_pdf(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a PDF does. Raises `UsageError` when it cannot be read or is not a regular file."""
    try:
        with open_regular(path) as source:
            return _looks_like_pdf(source.read(_PDF_HEADER_WINDOW))
    except NotRegularError:
        raise UsageError("input.not-regular", path=path) from None
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None


def _looks_like_pdf(beginning: bytes) -> bool:
    """A zip archive, such as a dossier, may begin with a PDF that it holds."""
    return b"%PDF-" in beginning and not beginning.startswith(b"PK\x03\x04")


def outputs(sources: Sequence[Path], out: Path) -> list[Path]:
    """Where each source's signature goes: `out` itself for one file, else a file of the same name in the folder `out`
    (`.p7s` appended unless it is a PDF). Raises `UsageError`: no folder, or two sources for one output."""
    if len(sources) == 1 and not is_folder(out):
        return [out]
    if not is_folder(out):
        raise UsageError("usage.folder-needed", path=out)
    found: dict[Path, None] = {}
    for source in sources:
        output = out / (source.name if _is_readable_pdf(source) else source.name + ".p7s")
        if output in found:
            raise UsageError("usage.same-name", path=output)
        found[output] = None
    return list(found)


def _is_readable_pdf(source: Path) -> bool:
    with suppress(UsageError):  # a source that cannot be read is told when its turn comes
        return is_pdf(source)
    return False


def sign_files(
    sources: Sequence[Path], out: Path, order: Order, ask: Callable[[str], str] | None = None, *, jobs: int = 1
) -> Iterator[Outcome]:
    """Sign `sources` into `out` (see `outputs`), one `Outcome` each and in their order, as they are ready.

    With `jobs` > 1 that many processes share the work; the secret is asked for once and handed to them through a
    pipe. Raises `UsageError` and what opening the key raises; what goes wrong with a file is in its outcome.
    """
    pairs = list(zip(sources, outputs(sources, out), strict=True))
    secrets: dict[str, str] = {}

    def remember(name: str) -> str:
        secrets[name] = ask(name) if ask else ""
        return secrets[name]

    desk = Desk(order, remember if ask else None)  # what is wrong with the key is told once, not by every process
    if order.resume:
        discard_leftovers(output for _, output in pairs)
    if jobs == 1 or len(pairs) == 1:
        return (desk.sign(source, output) for source, output in pairs)
    work = Work(start=_start_worker, given=(order, secrets), call=_sign_in_worker, lost=_lost)
    return spread(work, pairs, jobs)


_desk: Desk | SigningError | None = None


def _start_worker(order: Order, secrets: dict[str, str]) -> None:
    global _desk  # one per process, opened once by the pool
    try:
        _desk = Desk(order, secrets.__getitem__ if secrets else None)
    except SigningError as error:  # a service that answered a moment ago; each file tells it
        _desk = error


def _sign_in_worker(pair: tuple[Path, Path]) -> Outcome:
    if _desk is None:
        raise RuntimeError("the pool did not start this worker")
    if isinstance(_desk, SigningError):
        return Outcome(source=pair[0], output=pair[1], error=_desk)
    return _desk.sign(*pair)


def _lost(pair: tuple[Path, Path]) -> Outcome:
    return Outcome(source=pair[0], output=pair[1], error=SigningError("workers.killed", path=pair[0]))
