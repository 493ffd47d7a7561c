"""The five steps and their loops as one table (NĐ 61/2018 Đ17-20, NĐ 118/2025 Đ21; described in `dossier`).

`RULES` is all there is: which step with which decision leads from which state to which, what it may bring in, and
what it must say. Signing and checking both read it, each on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import RefusedError, UsageError

CLERK = "clerk"  # the role of those who hold the office's key; it signs results, never steps of decision
PAPERS, RESULTS = "papers/", "results/"


class Step(StrEnum):
    """The five steps: tiếp nhận, thẩm định, phê duyệt, ký số, trả kết quả."""

    RECEIVE = "receive"
    APPRAISE = "appraise"
    APPROVE = "approve"
    SIGN = "sign"
    RETURN = "return"


class Decision(StrEnum):
    """What is decided in a step."""

    ACCEPTED = "accepted"  # complete and taken in
    DECLINED = "declined"  # not taken in
    SUPPLEMENT = "supplement"  # the applicant has to add something
    ELIGIBLE = "eligible"  # đủ điều kiện
    INELIGIBLE = "ineligible"
    SENT_BACK = "sent-back"  # to the step before
    ISSUED = "issued"  # the result that was asked for
    REFUSED = "refused"  # a signed refusal
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"  # at the applicant's request


class State(StrEnum):
    """Where a dossier stands between two steps."""

    NEW = "new"
    RECEIVED = "received"
    AWAITING = "awaiting-supplement"
    APPRAISED = "appraised"
    APPROVED = "approved"
    REJECTED = "rejected"
    SIGNED = "signed"
    RETURNED = "returned"
    DECLINED = "declined"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `step` with `decision` leads from `before` to `after` and is filed as `event`."""

    event: str
    step: Step
    decision: Decision
    before: State
    after: State
    role: str
    folders: tuple[str, ...] = ()
    needs_files: bool = False
    needs_note: bool = False


RULES: tuple[Rule, ...] = (
    Rule("receive", Step.RECEIVE, Decision.ACCEPTED, State.NEW, State.RECEIVED, "receiver", folders=(PAPERS,)),
    Rule(
        "decline", Step.RECEIVE, Decision.DECLINED, State.NEW, State.DECLINED, "receiver", folders=(PAPERS,),
        needs_note=True,
    ),
    Rule(
        "request-supplement", Step.APPRAISE, Decision.SUPPLEMENT, State.RECEIVED, State.AWAITING, "appraiser",
        needs_note=True,
    ),
    Rule(
        "supplement", Step.RECEIVE, Decision.ACCEPTED, State.AWAITING, State.RECEIVED, "receiver",
        folders=(PAPERS,), needs_files=True,
    ),
    *(
        Rule("appraise", Step.APPRAISE, decision, State.RECEIVED, State.APPRAISED, "appraiser")
        for decision in (Decision.ELIGIBLE, Decision.INELIGIBLE)
    ),
    Rule(
        "send-back", Step.APPROVE, Decision.SENT_BACK, State.APPRAISED, State.RECEIVED, "approver", needs_note=True
    ),
    Rule("approve", Step.APPROVE, Decision.ELIGIBLE, State.APPRAISED, State.APPROVED, "approver"),
    Rule("approve", Step.APPROVE, Decision.INELIGIBLE, State.APPRAISED, State.REJECTED, "approver"),
    *(
        Rule("send-back", Step.SIGN, Decision.SENT_BACK, before, State.APPRAISED, "official", needs_note=True)
        for before in (State.APPROVED, State.REJECTED)
    ),
    *(
        Rule(
            "sign", Step.SIGN, decision, before, State.SIGNED, "official", folders=(RESULTS,), needs_files=True
        )
        for decision, before in ((Decision.ISSUED, State.APPROVED), (Decision.REFUSED, State.REJECTED))
    ),
    Rule("return", Step.RETURN, Decision.DELIVERED, State.SIGNED, State.RETURNED, "receiver"),
    *(
        Rule("stop", Step.RECEIVE, Decision.WITHDRAWN, before, State.STOPPED, "receiver", needs_note=True)
        for before in (State.RECEIVED, State.AWAITING, State.APPRAISED, State.APPROVED, State.REJECTED)
    ),
)  # fmt: skip
_TABLE = {(r.before, r.step, r.decision): r for r in RULES}
_OBVIOUS = {Step.RECEIVE: Decision.ACCEPTED, Step.RETURN: Decision.DELIVERED}


def find_rule(state: State, step: Step, decision: Decision | None) -> Rule | None:
    """The row for this step and decision in this state, or None."""
    return None if decision is None else _TABLE.get((state, step, decision))


def following(state: State) -> str:
    """What may follow, for a person: steps with their decisions."""
    return ", ".join(f"{rule.step} {rule.decision}" for rule in RULES if rule.before is state) or "-"


def is_end(state: State) -> bool:
    """Whether no step can follow."""
    return all(rule.before is not state for rule in RULES)


def choose_rule(state: State, step: Step, decision: Decision | None) -> Rule:
    """The row for this step; where only one decision goes forward it need not be named.

    Raises `UsageError` (`dossier.decision-needed`) or `RefusedError` (`dossier.order`).
    """
    if decision is None:
        decision = _OBVIOUS.get(step)
    if decision is None and step is Step.SIGN:
        decision = Decision.REFUSED if state is State.REJECTED else Decision.ISSUED
    if decision is None:
        choices = ", ".join(sorted({r.decision for r in RULES if r.step is step}))
        raise UsageError("dossier.decision-needed", step=step, choices=choices)
    rule = find_rule(state, step, decision)
    if rule is None:
        raise RefusedError("dossier.order", step=step, decision=decision, state=state, choices=following(state))
    return rule


def check_content(rule: Rule, note: str, names: tuple[str, ...]) -> None:
    """Whether a step says and brings in what its row asks for. Raises `RefusedError`."""
    if rule.needs_note and not note.strip():
        raise RefusedError("dossier.note-needed", event=rule.event)
    if rule.needs_files and not names:
        raise RefusedError("dossier.files-needed", event=rule.event, folder=" ".join(rule.folders))
    for name in names:
        if not name.startswith(rule.folders or ("\0",)):
            folders = " ".join(rule.folders) or "-"
            raise RefusedError("dossier.files-forbidden", event=rule.event, name=name, folders=folders)
