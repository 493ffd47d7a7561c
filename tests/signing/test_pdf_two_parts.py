"""Shadow attacks by fields: what is filled in or signed with them shows, hides or replaces what a page said."""

from __future__ import annotations

import pytest

from signing.pdf_check.content import operations
from signing.pdf_check.looks import is_modest_text
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..vectors.forgeries.pdf_fields import with_annots
from ..vectors.forgeries.pdf_prepared import Attack, page, shown, signed
from ..vectors.forgeries.pdf_two_parts import (
    BUTTON,
    EMPTY,
    PAINTED_BY_SOME,
    TICK,
    TWO_PARTS,
    evidence_as_page,
    form,
    with_empty_field,
    with_field,
)
from ..vectors.forgeries.pdf_values import HIDING
from ..world import World
from . import pdf_forge as forge
from .pdf_forge import Ref
from .signed_pdfs import Samples
from .test_pdf_verify import codes


@pytest.mark.parametrize("attack", [*TWO_PARTS, evidence_as_page])
def test_a_field_that_plays_another_part_too(world: World, samples: Samples, attack: Attack) -> None:
    opened, forged = attack(world, samples)
    assert shown(forged) != shown(opened.data), "no attack: nothing else is shown"
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert found.signatures[0].changes_after == "forbidden"


@pytest.mark.parametrize("attack", PAINTED_BY_SOME)
def test_a_new_empty_field_that_some_viewers_paint(world: World, samples: Samples, attack: Attack) -> None:
    found = examine_pdf(attack(world, samples)[1], trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)


def test_a_new_empty_field_that_shows_nothing_may_come(world: World, samples: Samples) -> None:
    opened = signed(world, samples, page(AcroForm={"Fields": []}))
    found = examine_pdf(with_empty_field(opened, MK={"CA": b"x"}), trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)


@pytest.mark.parametrize("attack", HIDING)
def test_what_is_filled_in_hides_what_stands_below(world: World, samples: Samples, attack: Attack) -> None:
    found = examine_pdf(attack(world, samples)[1], trust=world.pki.trust())
    assert found.verdict is Verdict.INDETERMINATE
    assert {"pdf.field-unread", "pdf.changes-unknown"} <= codes(found)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b"q BT /ZaDb 12 Tf 0 g 2 5 Td (4) Tj ET Q", Verdict.VALID),
        (b"0 0 1 RG 2 w 2 2 m 18 18 l S 0 g 5 5 m 9 9 l 9 5 l f", Verdict.VALID),
        (b"BT /ZaDb 12 Tf 0 g 2 5 Td (44) Tj ET", Verdict.INDETERMINATE),
        (b"1 g 0 0 20 20 re f", Verdict.INDETERMINATE),
        (b"1 G 99 w 0 0 m 20 20 l S", Verdict.INDETERMINATE),
        (b"/X Do", Verdict.INDETERMINATE),
        (b"(", Verdict.INDETERMINATE),
    ],
)
def test_a_tick_is_one_sign_that_hides_nothing(world: World, samples: Samples, body: bytes, verdict: Verdict) -> None:
    field = {**BUTTON, "AP": {"N": {"Yes": forge.Ref(7, 0)}}}
    opened = signed(world, samples, with_field(field, page(AcroForm=form())) | {7: forge.stream(body, **TICK)})
    found = examine_pdf(opened.append({6: opened.changed(6, V="Yes", AS="Yes")}), trust=world.pki.trust())
    assert found.verdict is verdict, codes(found)


@pytest.mark.parametrize("state", [{"Yes": 1}, [b"Yes"], 7])
def test_a_state_that_is_no_name(world: World, samples: Samples, state: object) -> None:
    field = {**BUTTON, "AP": {"N": {"Yes": forge.Ref(7, 0)}}}
    opened = signed(world, samples, with_field(field, page(AcroForm=form())) | {7: forge.stream(b"", **TICK)})
    found = examine_pdf(opened.append({6: opened.changed(6, V=state, AS=state)}), trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID
    assert "document.internal" not in codes(found)


@pytest.mark.parametrize(
    ("body", "modest"),
    [
        (b"0 g BT /F 12 Tf (x) Tj ET", True),
        (b"BT /F 1 Tf 12 0 0 12 0 0 Tm (x) Tj ET", True),
        (b"1 g BT /F 12 Tf (x) Tj ET", False),
        (b"0 0 0 0 k BT /F 12 Tf (x) Tj ET", False),
        (b"BT /F 999 Tf (x) Tj ET", False),
        (b"BT /F 1 Tf 999 0 0 999 0 0 Tm (x) Tj ET", False),
        (b"q 99 0 0 99 0 0 cm BT /F 12 Tf (x) Tj ET Q", False),
        (b"q 99 0 0 99 0 0 cm Q BT /F 12 Tf (x) Tj ET", True),
        (b"BT /F /x Tf (x) Tj ET", False),
        (b"BT /F 12 Tf 90000 Tz (x) Tj ET", False),
        (b"BT /F 12 Tf 50 Tz (x) Tj ET", True),
    ],
)
def test_letters_that_hide(body: bytes, *, modest: bool) -> None:
    assert is_modest_text(operations(body, 1000), 1.0, light=False) is modest


@pytest.mark.parametrize(
    ("colour", "verdict"),
    [
        ([1, 1, 0], Verdict.VALID),
        ([0, 1, 0], Verdict.VALID),
        ([], Verdict.VALID),
        ([0, 0, 1, 0], Verdict.VALID),
        ([0, 0, 0], Verdict.INDETERMINATE),
        ([0.2], Verdict.INDETERMINATE),
        ([0, 0, 0, 1], Verdict.INDETERMINATE),
        ([b"1"], Verdict.INDETERMINATE),
    ],
)
def test_a_highlight_as_dark_as_letters(world: World, samples: Samples, colour: list[object], verdict: Verdict) -> None:
    opened = forge.Opened(samples.sign(forge.document(page()), baseline=Baseline.B_LT, certify=3))  # type: ignore[arg-type]
    mark = {"Type": "Annot", "Subtype": "Highlight", "Rect": [0, 0, 612, 792], "C": colour, "F": 4}
    mark["QuadPoints"] = [0, 792, 612, 792, 0, 0, 612, 0]
    forged = opened.append({90: forge.write(mark), **with_annots(opened, 90)})
    assert examine_pdf(forged, trust=world.pki.trust()).verdict is verdict


@pytest.mark.parametrize("kind", ["StrikeOut", "Underline", "Squiggly"])
@pytest.mark.parametrize(
    ("colour", "verdict"),
    [
        ([1, 0, 0], Verdict.VALID),
        ([1, 1, 1], Verdict.INDETERMINATE),
        ([1], Verdict.INDETERMINATE),
        ([0, 0, 0, 0], Verdict.INDETERMINATE),
        ([b"1"], Verdict.INDETERMINATE),
    ],
)
def test_lines_in_the_colour_of_paper(
    world: World, samples: Samples, kind: str, colour: list[object], verdict: Verdict
) -> None:
    """Many white lines rub out what stands below them, and nobody sees that they were drawn."""
    opened = forge.Opened(samples.sign(forge.document(page()), baseline=Baseline.B_LT, certify=3))  # type: ignore[arg-type]
    strips = [n for y in range(792) for n in (0, y + 2, 612, y + 2, 0, y, 612, y)]
    mark = {"Type": "Annot", "Subtype": kind, "Rect": [0, 0, 612, 792], "C": colour, "QuadPoints": strips, "F": 4}
    forged = opened.append({90: forge.write(mark), **with_annots(opened, 90)})
    assert examine_pdf(forged, trust=world.pki.trust()).verdict is verdict


ODD_LOOK = b"BT /F1 12 Tf (x) Tj ET"


@pytest.mark.parametrize("odd", [[1], {"A": 1}], ids=["list", "dictionary"])
def test_lists_and_dictionaries_where_names_belong(world: World, samples: Samples, odd: object) -> None:
    """An audit says what is wrong, and not that it could not go on: nothing that came later is lost sight of."""
    font = {"DR": {"Font": {"F1": {"Type": "Font", "Subtype": odd, "BaseFont": "Helvetica"}}}}
    text = {**EMPTY, "DA": b"/F1 12 Tf 0 g"}
    states = {7: forge.stream(b"", **TICK)}
    changes: list[tuple[dict[str, object], dict[str, object]]] = [
        (text, {"V": b"x"}),
        (text, {"V": b"x", "AP": {"N": Ref(90, 0)}}),
        ({**text, "DA": forge.write(odd) + b" 12 Tf 0 g"}, {"V": b"x"}),
        ({**BUTTON, "AS": odd, "AP": {"N": {"Yes": Ref(7, 0)}}}, {"V": "Yes", "AS": "Yes"}),
    ]
    for field, change in changes:
        opened = signed(world, samples, with_field(field, page(AcroForm=form(**font))) | states)
        made = opened.append({6: opened.changed(6, **change), 90: forge.stream(ODD_LOOK, **TICK)})
        found = examine_pdf(made, trust=world.pki.trust())
        assert found.signatures[0].changes_after in ("permitted", "unknown")
        assert "document.internal" not in codes(found)
    opened = signed(world, samples, page())
    mark = forge.write({"Type": "Annot", "Subtype": odd, "Rect": [0, 0, 9, 9]})
    made = opened.append({90: mark, 3: opened.changed(3, Annots=[Ref(90, 0)])})
    assert examine_pdf(made, trust=world.pki.trust()).verdict is Verdict.INVALID


@pytest.mark.parametrize("odd", [[[1]], {"A": 1}], ids=["list", "dictionary"])
def test_content_with_a_filter_that_is_no_name(world: World, samples: Samples, odd: object) -> None:
    made = samples.sign(forge.document(page() | {4: forge.stream(b"x", Filter=odd)}), baseline=Baseline.B_LT)
    found = examine_pdf(made, trust=world.pki.trust())
    assert found.verdict is Verdict.INDETERMINATE
    assert "document.internal" not in codes(found)
