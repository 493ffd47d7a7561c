"""Collected evidence weighed against the key that has just signed (NĐ 23/2025 Đ15), before anything is written.

Evidence that calls the key revoked would be embedded and make the new signature worthless to everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from cryptography import x509

from ..clock import moment
from ..errors import RefusedError
from ..signer import MAX_CHAIN
from .answer import State
from .certificates import facts, signed_by
from .evidence import Evidence
from .revocation_check import check_revocation, stamp

Chain = Sequence[x509.Certificate]
Collect = Callable[[Iterable[Chain]], Evidence]

_REFUSED = {State.REVOKED: "certificate.revoked", State.SUSPENDED: "certificate.suspended"}


def weighed(collect: Collect | None, certificate: x509.Certificate | None) -> Collect | None:
    """`collect`, whose evidence is refused where it tells against `certificate` or an issuer of it; None for None.

    What was collected for other chains of the document, be it against them, is kept: it proves when they were good.
    The answer raises `RefusedError` (`certificate.revoked`, `certificate.suspended`), and as `collect`.
    """
    if collect is None or certificate is None:
        return collect

    def refusing(chains: Iterable[Chain]) -> Evidence:
        found = [tuple(chain) for chain in chains]
        evidence = collect(found)
        for chain in found:
            if chain and chain[0] == certificate:
                _weigh(chain, evidence)
        return evidence

    return refusing


def _weigh(chain: tuple[x509.Certificate, ...], evidence: Evidence) -> None:
    now = moment(None)
    for subject, issuer in pairwise(_led_on(chain, evidence.certificates)):
        status = check_revocation(subject, issuer, evidence, control_time=now, now=now)
        if status.state in _REFUSED:
            time = stamp(status.time) if status.time else "?"
            raise RefusedError(_REFUSED[status.state], subject=facts(subject).label, time=time)


def _led_on(chain: tuple[x509.Certificate, ...], brought: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The chain, with the issuers that only the evidence brings."""
    whole = list(chain)
    while len(whole) <= MAX_CHAIN and not signed_by(whole[-1], whole[-1]):
        issuer = next((c for c in brought if c not in whole and signed_by(whole[-1], c)), None)
        if issuer is None:
            break
        whole.append(issuer)
    return whole
