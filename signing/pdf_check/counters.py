"""Counter-signatures inside the CMS of a PDF's signature: PAdES knows none (EN 319 142-1 §6.3), files hold them.

They stand outside every byte range: whoever has the file can add one. Each is judged as in CAdES, with the document's
evidence; the signature above is as good as it is without them.
"""

from __future__ import annotations

from datetime import datetime

from ..cms import der, names
from ..cms.parse import parse_cms
from ..errors import SigningError
from ..report import SignatureReport
from ..validation.counters import Counters
from .judge import Bench, covered_digests
from .kinds import unpadded
from .scan import Place

_MARK = der.oid(names.COUNTER_SIGNATURE)


def judge_counters(place: Place, bench: Bench, poe: datetime | None) -> tuple[SignatureReport, ...]:
    """The reports of what counter-signs the signature at `place`, `NAME/counter-1` …; `poe` as for `judge`."""
    if place.kind == "timestamp" or _MARK not in place.contents:
        return ()
    try:
        cms = parse_cms(unpadded(place.contents))
    except SigningError:
        return ()  # the signature above has its entry, which says so
    desk = Counters(
        bench.trust,
        bench.at,
        {
            "policy": bench.policy,
            "evidence": bench.evidence,
            "evidence_embedded": True,
            "proofs": bench.proofs,
            "show_ids": bench.show_ids,
        },
    )
    enclosed = None if cms.content else covered_digests(place, bench)
    return tuple(desk.reports(place.id, cms, enclosed, poe))
