"""Issuing to many people at once: a file of requests in, a file of tokens out, one line for one line (JSON Lines).

A batch of lines is entered in the registry, durably, before any of its tokens is written. A run that was stopped,
killed even, is run again with the same arguments: lines that are written stay, lines that were entered but not written
get their own token signed again, the others are new. No token is without its row, and no line gets two that hold.

A line of the input is `{"person": {…}, "evidence": […], "account": "…"}`: the claims of `Person.to_claims`, evidence
as `{"kind", "method", "time", "office"}`; `account` may be left out, or stand alone for an account of the registry. A
line of the output is `{"line", "token_id", "subject", "expires", "token"}`, or `{"line", "code", "text", "text_vi",
"job"}` where nothing was issued; `job` tells by which input and options.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from .bulk_files import append, job_of, open_binary, place_of, read_lines, resume
from .claims import Draft, account_id, evidence_list
from .encoding import dump_json, load_json
from .errors import EidError, LimitError, MalformedError, RefusedError, UsageError, VerificationError
from .evidence import Evidence
from .files import locked
from .issuance import Slot
from .issuer import Issuer
from .level import AuthenticationLevel, Level
from .person import Person
from .registry.bulk_rows import Entered, entered_lines, note_lines
from .registry.issuance import Issuance

BATCH = 1000  # lines entered in one transaction
_MEMBERS = frozenset({"person", "evidence", "account"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOptions:
    """What all tokens of a run have in common; see `Issuer.issue`. Lines about an account take its own level."""

    level: Level
    audience: str
    auth_level: AuthenticationLevel
    amr: tuple[str, ...] | None = None
    claims: tuple[str, ...] | None = None
    life_s: int = 300

    def to_json(self) -> dict[str, Any]:
        """JSON values, to recognise a run by."""
        return {
            "level": self.level.text,
            "audience": self.audience,
            "auth_level": self.auth_level.text,
            "amr": self.amr,
            "claims": self.claims,
            "life_s": self.life_s,
        }


@dataclass(slots=True)
class BulkProgress:
    """How far a run is: lines in the output, those of an earlier run among them (`kept`); `issued` counts this run's
    tokens, `refused` the lines of either in which nothing was issued."""

    lines: int = 0
    kept: int = 0
    issued: int = 0
    refused: int = 0


def issue_many(
    issuer: Issuer,
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    options: BulkOptions,
    *,
    progress: Callable[[BulkProgress], None] | None = None,
) -> BulkProgress:
    """Issue a token for each line of `source` into `target` (mode 0600), going on where an earlier run stopped.

    The issuer must have a registry. Memory stays flat. Raises `UsageError` (`bulk.registry`, `bulk.output` when
    `target` is not this run's, files), `RefusedError` (`bulk.taken` when another process runs the same job),
    `IndeterminateError`. What is wrong with one line stands in its line.
    """
    store = issuer.store
    if not isinstance(store, Issuance):
        raise UsageError("bulk.registry")
    done, place = BulkProgress(), place_of(target)
    with locked(place), open_binary(source, "rb") as lines, open_binary(place, "ab+") as out:
        job = job_of(lines, {"issuer": issuer.issuer, **options.to_json()})
        done.kept, done.refused = resume(out, store.database, job, target)
        done.lines = done.kept
        numbered = islice(read_lines(lines), done.lines, None)
        run = _Run(issuer, store, job, options)
        while batch := list(islice(numbered, BATCH)):
            answers = run.batch(done.lines + 1, batch)
            append(out, [dump_json(answer) for answer in answers], target)
            done.lines += len(answers)
            issued = sum("token" in answer for answer in answers)
            done.issued += issued
            done.refused += len(answers) - issued
            if progress is not None:
                progress(done)
    return done


class _Run:
    """One run of one job."""

    def __init__(self, issuer: Issuer, store: Issuance, job: bytes, options: BulkOptions) -> None:
        self._issuer, self._store, self._job, self._options = issuer, store, job, options

    def batch(self, first: int, lines: Sequence[bytes | LimitError]) -> list[dict[str, Any]]:
        """The answers to the lines from number `first` on; when this returns, their rows are durable."""
        answers: dict[int, dict[str, Any]] = {}
        new: dict[int, Draft] = {}
        replaced = []
        entered = entered_lines(self._store.database, self._job, first, first + len(lines) - 1)
        for number, line in enumerate(lines, first):
            try:
                draft = self._draft(line)
            except (MalformedError, RefusedError, VerificationError) as e:
                answers[number] = self._refused(number, e)
                continue
            known = entered.get(number)
            if known is not None and known.expires > draft.new.issued:
                answers[number] = self._again(number, draft, known)
                continue
            if known is not None:
                replaced.append(number)
            new[number] = draft
        answers |= self._enter(new, replaced)
        return [answers[number] for number in range(first, first + len(lines))]

    def _enter(self, new: dict[int, Draft], replaced: list[int]) -> dict[int, dict[str, Any]]:
        """Enter the drafts and sign them."""

        def note(connection: sa.Connection, places: list[tuple[int, int] | None]) -> None:
            note_lines(connection, self._job, zip(new, places, strict=True), replaced)

        slots = self._store.enter_many([draft.new for draft in new.values()], note)
        answers = {}
        for (number, draft), slot in zip(new.items(), slots, strict=True):
            if isinstance(slot, RefusedError):
                answers[number] = self._refused(number, slot)
            else:
                answers[number] = self._issued(number, draft, slot)
        return answers

    def _refused(self, number: int, e: EidError) -> dict[str, Any]:
        return {"line": number, "code": e.code, "text": e.text, "text_vi": e.text_vi, "job": self._job.hex()}

    def _again(self, number: int, draft: Draft, known: Entered) -> dict[str, Any]:
        """The token that was entered for this line and never written, with its own identifier, place and times."""
        same = draft.at(known.issued, known.expires)
        return self._issued(number, same, known.slot)

    def _issued(self, number: int, draft: Draft, slot: Slot) -> dict[str, Any]:
        return {
            "line": number,
            "token_id": slot.token_id,
            "subject": self._issuer.drafts.subject(draft, slot),
            "expires": draft.new.expires,
            "token": self._issuer.finish(draft, slot),
        }

    def _draft(self, line: bytes | LimitError) -> Draft:
        """The token that a line asks for. Raises `MalformedError`, `RefusedError`, `VerificationError`."""
        if isinstance(line, LimitError):
            raise line
        person, level, evidence, account = self._request(line)
        options = self._options
        return self._issuer.drafts.draft(
            person,
            level,
            audience=options.audience,
            auth_level=options.auth_level,
            evidence=evidence,
            amr=options.amr,
            claims=options.claims,
            life_s=options.life_s,
            account=account,
        )

    def _request(self, line: bytes) -> tuple[Person, Level, Sequence[Evidence], str | None]:
        try:
            value = load_json(line)
        except (ValueError, RecursionError):
            raise MalformedError("bulk.line", why="not strict JSON", why_vi="không phải JSON đúng chuẩn") from None
        if type(value) is not dict or not value or not _MEMBERS.issuperset(value):
            raise MalformedError(
                "bulk.line",
                why="members are person, evidence and account",
                why_vi="chỉ gồm các trường person, evidence và account",
            )
        account = _account(value["account"]) if "account" in value else None
        if "person" not in value and account is not None:
            facts = self._store.facts(account)
            return facts.person, facts.level, facts.evidence, account
        evidence = evidence_list(value.get("evidence"))
        return Person.from_claims(value.get("person")), self._options.level, evidence, account


def _account(value: object) -> str:
    try:
        return account_id(value)
    except UsageError:
        raise MalformedError(
            "bulk.line",
            why="an account is 32 hexadecimal digits",
            why_vi="mã tài khoản gồm 32 chữ số thập lục phân",
        ) from None
