"""Audits of PDFs: signed ones, and what only looks like one."""

from __future__ import annotations

from ..signing import pdf_forge as forge
from .signed import VECTORS, audited, signed_pdf
from .target import Target

PAGE = forge.document(forge.page_document())
SIGNED = signed_pdf(PAGE)
TWICE = signed_pdf(SIGNED)
SAMPLES = ("hybrid-reference", "no-table-at-all", "old-mac-line-ends", "bytes-before-header")
ODD = tuple((VECTORS / "pdf" / f"{name}.pdf").read_bytes() for name in SAMPLES)

TARGETS = (
    Target("signed", lambda data: audited("fuzzed.pdf", data), (SIGNED, TWICE, PAGE)),
    Target("odd", lambda data: audited("fuzzed.pdf", data), (*ODD, b"%PDF-1.7\n/ByteRange [0 1 2 3]")),
    # mutations behind the signature, which holds: what came after is judged
    Target("after", lambda data: audited("fuzzed.pdf", SIGNED + data), (TWICE[len(SIGNED) :], b"\n")),
)
