"""Dossier codes of every grammar in force at some time, and the rule table."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.dossier.code import DossierCode, today_office
from signing.dossier.rules import RULES, Decision, State, Step, choose_rule, find_rule
from signing.errors import MalformedError, RefusedError


@pytest.mark.parametrize(
    ("text", "office", "received", "number"),
    [
        ("H26.19-261121-0001", "H26.19", date(2026, 11, 21), "0001"),
        ("000.00.19.H26-220314-0001", "H26.19", date(2022, 3, 14), "0001"),
        ("H15.50.05.13-261008-0975", "H15.50.05.13", date(2026, 10, 8), "0975"),
        ("H57.132-260804-0583", "H57.132", date(2026, 8, 4), "0583"),
        ("H26.19-261121-1500017", "H26.19", date(2026, 11, 21), "1500017"),
        ("G09.20-20260609-0092637", "G09.20", date(2026, 6, 9), "0092637"),
    ],
)
def test_every_grammar_is_read(text: str, office: str, received: date, number: str) -> None:
    code = DossierCode.parse(text)
    assert (code.office, code.received, code.number) == (office, received, number)
    assert str(code) == text


def test_what_is_unusual_is_a_warning() -> None:
    assert DossierCode.parse("H26.19-261121-0001").warnings() == ()
    assert DossierCode.parse("000.00.19.H26-220314-0001").warnings() == ()
    assert [f.severity for f in DossierCode.parse("G09.20-20260609-0092637").warnings()] == ["warning"]
    assert len(DossierCode.parse("ABC-261121-0001").warnings()) == 1


@pytest.mark.parametrize(
    "text",
    ["", "H26.19", "H26.19-261332-0001", "H26.19-261121-1", "H26..19-261121-0001", "h26-261121-0001",
     "H26.19-261121-0001\n", "H26.19-２６1121-0001", "../H26-261121-0001", "A" * 60 + "-261121-0001"],
)  # fmt: skip
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match=r"dossier\.code"):
        DossierCode.parse(text)


@given(st.text(max_size=80))
def test_any_text_gives_a_code_or_our_error(text: str) -> None:
    with contextlib.suppress(MalformedError):
        assert DossierCode.parse(text).text == text


def test_old_agency_codes_are_turned_round() -> None:
    assert today_office("000.00.18.G12") == "G12.18"
    assert today_office("000.00.00.G12") == "G12"
    assert today_office("001.05.18.G12") == "G12.18.05.001"
    assert today_office("H26.19") == "H26.19"


def test_the_table_is_a_function_and_every_state_is_reached() -> None:
    keys = [(r.before, r.step, r.decision) for r in RULES]
    assert len(keys) == len(set(keys))
    assert {r.after for r in RULES} | {State.NEW} == set(State)
    assert {r.step for r in RULES} == set(Step)
    assert {r.decision for r in RULES} == set(Decision)
    for closed in (State.RETURNED, State.DECLINED, State.STOPPED):
        assert not [r for r in RULES if r.before is closed]


def test_every_open_state_leads_to_an_end() -> None:
    ends = {State.RETURNED, State.DECLINED, State.STOPPED}
    while more := {r.before for r in RULES if r.after in ends} - ends:
        ends |= more
    assert ends == set(State)


def test_whoever_turns_something_back_says_why() -> None:
    for rule in RULES:
        forward = rule.event in {"receive", "supplement", "appraise", "approve", "sign", "return"}
        assert rule.needs_note is not forward


def test_only_sign_brings_results_and_only_the_desk_brings_papers() -> None:
    for rule in RULES:
        assert ("results/" in rule.folders) == (rule.event == "sign")
        assert ("papers/" in rule.folders) == (rule.event in {"receive", "decline", "supplement"})


@given(st.sampled_from(State), st.sampled_from(Step), st.sampled_from(Decision))
def test_what_is_not_in_the_table_is_refused(state: State, step: Step, decision: Decision) -> None:
    rule = find_rule(state, step, decision)
    if rule is None:
        with pytest.raises(RefusedError, match=r"dossier\.order"):
            choose_rule(state, step, decision)
    else:
        assert choose_rule(state, step, decision) is rule
