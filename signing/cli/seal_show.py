"""What `signing seal check` prints: each seal's separate facts, what it says, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console

from ..html.words import SEAL_FACTS, SEAL_STATUS
from ..report import Finding, SealReport, Verdict
from ..report.plain import ordered
from .audit_show import said, show_finding
from .common import printable

_STATES = {True: "✓", False: "✗", None: "?"}
_PLACES: Mapping[str, str] = {"revision": "bản sửa đổi", "page": "trang", "code": "mã"}


def show_seals(reports: Iterable[SealReport], findings: Iterable[Finding], verdict: Verdict) -> None:
    """All of one document, the verdict last."""
    for report in reports:
        _seal(report)
    console = Console(highlight=False)
    for finding in ordered(findings):
        show_finding(console, finding)
    console.print(said(verdict))


def _seal(report: SealReport) -> None:
    """Nothing that hangs on the signature is told before it."""
    proven = report.signature is True
    kind, _, number = report.id.partition(" ")
    print(printable(f"{_PLACES[kind]} {number} / {report.id}" if kind in _PLACES else report.id))
    print(f"  {_STATES[report.decoded]} đọc được / decoded")
    print(f"  {_STATES[report.signature]} chữ ký của cơ quan / office's signature")
    print(f"  {_STATES[report.fresh if proven else None]} còn hạn / fresh")
    vi, en = SEAL_STATUS[report.status if proven else "unknown"]
    holds = {"valid": True, "revoked": False}.get(report.status) if proven else None
    print(f"  {_STATES[holds]} trạng thái / status: {vi} / {en}")
    if report.matches_document is not None:
        print(f"  {_STATES[report.matches_document]} khớp văn bản / fits the document")
    note = "" if proven else "  (CHƯA được chứng minh / NOT proven)"
    for name, (vi, en) in SEAL_FACTS.items():
        if report.facts.get(name) is not None:
            print(f"    {vi} / {en}: {printable(str(report.facts[name]))}{note}")
