"""Levels: PAdES B-T and B-LT beside B-B of the same key and page, the network left out.

`python benchmarks/run.py levels` prints the ratios. The authorities run in another process, and the time between asking
them and having their answer is taken off. Timestamps are asked for anew each time, and checked; answers of OCSP and CRL
services are remembered, as a batch remembers them, but read and checked for every file. Subjects take turns; what is
compared is the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench_dossier import running_office
from bench_pdf import Row, chromium_page, ratio

from signing.http import HttpClient
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.trust.revocation import Collector

ROUNDS, BATCH = 15, 4
STATED = ((Baseline.B_T, 2.0), (Baseline.B_LT, 3.5))


@dataclass(slots=True)
class Waiting:
    """An HTTP client that counts the seconds it waits and remembers all answers but timestamps."""

    client: HttpClient
    waited_s: float = 0.0
    kept: dict[object, bytes] = field(default_factory=dict)

    def get(self, url: str, **more: Any) -> bytes:
        """See `HttpClient`."""
        return self._keep(url, lambda: self.client.get(url, **more))

    def post(self, url: str, body: bytes, **more: Any) -> bytes:
        """See `HttpClient`."""
        if url.endswith("/tsa"):
            return self._wait(lambda: self.client.post(url, body, **more))
        return self._keep((url, body), lambda: self.client.post(url, body, **more))

    def _keep(self, key: object, ask: Callable[[], bytes]) -> bytes:
        if key not in self.kept:
            self.kept[key] = self._wait(ask)
        return self.kept[key]

    def _wait(self, ask: Callable[[], bytes]) -> bytes:
        begin = time.perf_counter()
        try:
            return ask()
        finally:
            self.waited_s += time.perf_counter() - begin


def own_time(http: Waiting, call: Callable[[], object]) -> float:
    """Seconds of a call without what it waited for."""
    waited, begin = http.waited_s, time.perf_counter()
    for _ in range(BATCH):
        call()
    return (time.perf_counter() - begin - (http.waited_s - waited)) / BATCH


def ratios() -> list[Row]:
    """All rows."""
    page = chromium_page()
    with running_office() as office:
        pki = office.world.pki
        http = Waiting(pki.http())
        signer, tsa = pki.signer("official"), pki.tsa()
        tsa = type(tsa)(url=tsa.url, http=http, policy=tsa.policy)
        collect = Collector(http=http, anchors=(pki.certificate("root"),))
        calls: dict[Baseline, Callable[[], object]] = {
            Baseline.B_B: lambda: sign_pdf(page, signer),
            Baseline.B_T: lambda: sign_pdf(page, signer, baseline=Baseline.B_T, tsa=tsa),
            Baseline.B_LT: lambda: sign_pdf(page, signer, baseline=Baseline.B_LT, tsa=tsa, collect=collect),
        }
        for call in calls.values():
            call()
        found: dict[Baseline, list[float]] = {baseline: [] for baseline in calls}
        for _ in range(ROUNDS):
            for baseline, call in calls.items():
                found[baseline].append(own_time(http, call))
    return [row(found, baseline, target) for baseline, target in STATED]


def row(found: dict[Baseline, list[float]], baseline: Baseline, target: float) -> Row:
    """One level's row."""
    middle, spread = ratio(found[baseline], found[Baseline.B_B])
    name, took_ms = baseline.name.replace("_", "-"), statistics.median(found[baseline]) * 1000
    return f"PAdES {name} / B-B, network excluded, {took_ms:.2f} ms", middle, target, spread, "≤"
