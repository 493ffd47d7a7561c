"""What viewers read differently: a later revision makes some of them show something else, and no signature survives."""

from __future__ import annotations

import re

import pytest

from signing.pdf_check.verify import examine_pdf
from signing.report import Verdict

from ..vectors.forgeries.pdf_inline import INLINE
from ..vectors.forgeries.pdf_prepared import CONTENT, PAGE, SHOWN, Attack, page, shown
from ..vectors.forgeries.pdf_viewers import SHOWN_BY_ALL, SHOWN_BY_SOME, UNPROVEN
from ..vectors.forgeries.pdf_whole import filled, signed_whole, with_signature, with_unnamed
from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import Samples
from .test_pdf_verify import codes


@pytest.mark.parametrize("attack", SHOWN_BY_ALL + SHOWN_BY_SOME)
def test_what_viewers_read_differently_is_forbidden(world: World, samples: Samples, attack: Attack) -> None:
    opened, forged = attack(world, samples)
    assert examine_pdf(opened.data, trust=world.pki.trust()).verdict is Verdict.VALID
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert found.signatures[0].changes_after == "forbidden"
    assert found.signatures[0].intact is True


@pytest.mark.parametrize("attack", UNPROVEN + INLINE, ids=lambda attack: attack.__name__)
def test_what_viewers_may_read_differently_is_not_called_valid(world: World, samples: Samples, attack: Attack) -> None:
    opened, forged = attack(world, samples)
    assert examine_pdf(opened.data, trust=world.pki.trust()).verdict is Verdict.VALID
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INDETERMINATE, codes(found)
    assert found.signatures[0].intact is True


@pytest.mark.parametrize("attack", SHOWN_BY_ALL)
def test_these_are_attacks(world: World, samples: Samples, attack: Attack) -> None:
    opened, forged = attack(world, samples)
    assert _shown(forged) != shown(opened.data), "no attack: nothing else is shown"


def _shown(data: bytes) -> bytes | None:
    try:
        return shown(data)
    except RuntimeError:  # no page is left
        return None


def test_a_document_signed_as_a_whole_may_get_what_nobody_uses(world: World, samples: Samples) -> None:
    opened = signed_whole(samples, page())
    found = examine_pdf(opened.append({90: b"(x)"}), trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)


@pytest.mark.parametrize("dangling", [0, 30, 88])  # 30 is free, 88 unknown
def test_objects_that_no_table_names_harm_where_a_viewer_may_look_for_them(
    world: World, samples: Samples, dangling: int
) -> None:
    """As long as every reference leads to its object, nobody looks."""
    objects = page()
    objects[3] = objects[3].replace(b"/Contents", b"/Thumb %d 0 R /Contents" % dangling if dangling else b"/Contents")
    data = with_unnamed(forge.document(with_signature(objects)), 4, forge.stream(b"0 0 9 9 re f"))
    opened = forge.Opened(filled(samples, data))
    found = examine_pdf(opened.append({90: b"(x)"}), trust=world.pki.trust())
    assert found.verdict is (Verdict.INDETERMINATE if dangling else Verdict.VALID), codes(found)


@pytest.mark.parametrize(
    "header", [b"4 0 obj", b"4\n0\nobj", b"04 0 obj", b"4 %x\n0 obj", b"4 0 %" + b"x" * 900 + b"\nobj"]
)
def test_an_object_inside_a_new_stream_however_its_number_is_written(
    world: World, samples: Samples, header: bytes
) -> None:
    opened = signed_whole(samples, page())
    found = examine_pdf(opened.append({90: forge.stream(b"\n" + header + b"\n<<>>\nendobj")}), trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert "pdf.stray-bytes" in codes(found)


@pytest.mark.parametrize(("waits", "after"), [(b"91 0 R", "permitted"), (b"90 0 R", "unknown")])
def test_content_of_an_old_program_that_waits_for_a_later_object(
    world: World, samples: Samples, waits: bytes, after: str
) -> None:
    """Some write a carriage return alone behind `stream`; what stands there is read all the same."""
    objects = page(b"/Span <</ActualText " + waits + b">> BDC " + SHOWN + b" EMC")
    objects[CONTENT] = objects[CONTENT].replace(b"stream\n", b"stream\r", 1)
    opened = forge.Opened(samples.sign(forge.document(objects)))
    made = opened.append({90: b"(x)", 1: opened.changed(1, Extensions={"A": {"BaseVersion": "1.7"}})})
    found = examine_pdf(made, trust=world.pki.trust())
    assert found.signatures[0].changes_after == after, codes(found)


@pytest.mark.parametrize(("waits", "after"), [(b"91 0 R", "permitted"), (b"90 0 R", "unknown")])
def test_the_last_of_many_contents_with_wrong_lengths_that_waits_for_a_later_object(
    world: World, samples: Samples, waits: bytes, after: str
) -> None:
    """What cannot be read is sought where it stands, each part by itself."""
    objects = page()
    parts = range(40, 60)
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R " + b" ".join(b"%d 0 R" % n for n in parts) + b"]")
    for number in parts:
        said = waits if number == parts[-1] else b"92 0 R"
        whole = forge.stream(b"/Span <</ActualText " + said + b">> BDC EMC")
        objects[number] = re.sub(rb"/Length \d+", b"/Length 3", whole)
    opened = forge.Opened(samples.sign(forge.document(objects)))
    made = opened.append({90: b"(x)", 1: opened.changed(1, Extensions={"A": {"BaseVersion": "1.7"}})})
    found = examine_pdf(made, trust=world.pki.trust())
    assert found.signatures[0].changes_after == after, codes(found)
