"""A report read back from a journal tells the same in full: trail, validity, managing unit."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.html.page import render_html
from signing.report.etsi import validation_report
from signing.report.more import more_of, with_more
from signing.report.read import report_from

from .demo_run import Demo


def _again(report):
    return with_more(report_from(json.loads(report.to_json())), json.loads(json.dumps(more_of(report))))


def test_page_and_xml_are_the_same_after_a_journal(demo: Demo) -> None:
    for name, report in demo.reports.items():
        read = _again(report)
        assert validation_report(read) == validation_report(report), name
        assert render_html([read], at=report.validated_at) == render_html([report], at=report.validated_at), name


def test_the_line_of_the_contract_has_no_more_members(demo: Demo) -> None:
    signature = demo.reports["result.pdf"].to_dict()["signatures"][0]
    assert set(signature["signer"]) == {"subject", "issuer", "serial", "ids"}
    assert not {"trail", "certificate_sha256"} & set(signature)


BROKEN = [[], [{}], [{"trail": {}}, {}], [{"x": 1}, {}], [{"signer": [1, 2, 3]}, {}], "more", [None, None]]


@pytest.mark.parametrize("told", BROKEN)
def test_anything_else_is_a_value_error(demo: Demo, told: object) -> None:
    with pytest.raises(ValueError, match="more"):
        with_more(demo.reports["result.pdf"], told)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda s: st.lists(s, max_size=3), max_leaves=4
)


@given(data=st.data(), value=json_values)
def test_a_spoilt_member_is_a_value_error_or_a_report(demo: Demo, data: st.DataObject, value: object) -> None:
    report = demo.reports["result.pdf"]
    told = copy.deepcopy(more_of(report))
    assert told is not None
    part = data.draw(st.sampled_from(["signer", "trail"]))
    if part == "signer":
        told[0]["signer"][data.draw(st.integers(0, 3))] = value
    else:
        told[0]["trail"][data.draw(st.sampled_from(sorted(told[0]["trail"])))] = value
    try:
        read = with_more(report, told)
    except ValueError:
        return
    assert len(read.signatures) == len(report.signatures)
