"""Reports as test results (JUnit XML, as Jenkins, GitLab and GitHub read it): a case a file.

An invalid document is a `failure`; one that cannot be judged is an `error`, which no such system takes for a success;
one without signature is `skipped`. The text of a case is what the Report says, Vietnamese first.
"""

from __future__ import annotations

import re
from html import escape
from typing import BinaryIO

from ..report import Report, Verdict
from .summary import Summary, reason_code, reason_of

_HEAD_BYTES = 400  # the counts stand before what they count: room is left for them
_ELEMENTS = {Verdict.INVALID: "failure", Verdict.INDETERMINATE: "error"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0 §2.2
_SPACES = str.maketrans({"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


class JUnitSuite:
    """Writes Reports to a file as they come; the file has to be one that can be gone back in."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._counts = out, Summary()
        out.write(self._head())

    def add(self, report: Report) -> None:
        """The case of one document."""
        self._counts.verdicts[str(report.verdict)] += 1
        self._counts.elapsed_ms += report.elapsed_ms
        self._out.write(_case(report).encode())

    def finish(self) -> None:
        """The end, and the counts at the beginning."""
        self._out.write(b"</testsuite></testsuites>\n")
        self._out.seek(0)
        self._out.write(self._head())
        self._out.seek(0, 2)

    def _head(self) -> bytes:
        of = self._counts.verdicts
        counts = (
            f'tests="{of.total()}" failures="{of["invalid"]}" errors="{of["indeterminate"]}" '
            f'time="{self._counts.elapsed_ms / 1000:.3f}"'
        )
        suite = f'<testsuite name="signing audit" {counts} skipped="{of["unsigned"]}">'
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>{suite}'
        return head.ljust(_HEAD_BYTES).encode() + b"\n"


def _case(report: Report) -> str:
    folder, _, name = report.path.rpartition("/")
    took = f'time="{report.elapsed_ms / 1000:.3f}"'
    about = f"<testcase classname={_quoted(folder or '.')} name={_quoted(name)} {took}"
    if report.verdict is Verdict.UNSIGNED:
        return f"{about}><skipped/></testcase>\n"
    if report.verdict is Verdict.VALID:
        return f"{about}/>\n"
    element, found = _ELEMENTS[report.verdict], reason_of(report)
    sentence = f"{found.text_vi} / {found.text}" if found else str(report.verdict)
    body = "\n".join(f"{f.text_vi}\n  {f}" for f in report.all_findings() if f.severity != "info")
    told = f"<{element} type={_quoted(reason_code(report) or 'unknown')} message={_quoted(sentence)}>"
    return f"{about}>{told}{_text(body)}</{element}></testcase>\n"


def _text(value: str) -> str:
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value))


def _quoted(value: str) -> str:
    return f'"{_text(value).translate(_SPACES)}"'
