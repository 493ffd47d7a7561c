"""The journal of a batch: strict about what it reads, because what stands in it is used as paths."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import MalformedError, SigningError, UsageError
from signing.journal import MAX_LINE_BYTES, Job, Journal, Made, Missed, opened

JOB = Job(verb="sign", certificate="ab" * 32, baseline="B-B")
OTHER = Job(verb="sign", certificate="cd" * 32, baseline="B-B")
TIME = "2026-11-22T00:00:00+00:00"


def made(output: str = "a.pdf", **more: Any) -> Made:
    values: dict[str, Any] = {
        "source": "/in/a.pdf", "size": 3, "mtime_ns": 4, "sha256": "00" * 32, "output": output, "output_size": 9,
        "output_sha256": "11" * 32, "temporary": "0123456789abcdef.tmp",
    }  # fmt: skip
    return Made(**(values | more))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def write(path: Path, *entries: Made | Missed, job: Job = JOB, overwrite: bool = False) -> None:
    with opened(path) as book:
        book.begin(job, overwrite=overwrite, time=TIME)
        book.append(entries)


def found(path: Path, output: str, job: Job = JOB) -> tuple[Made, bool] | None:
    with opened(path) as book:
        book.begin(job, overwrite=False, time=TIME)
        return book.find(output)


def test_the_newest_entry_counts_and_says_whether_the_job_was_the_same(path: Path) -> None:
    write(path, made(size=1), made("b.pdf"), job=OTHER)
    write(path, made(size=2))
    assert found(path, "a.pdf") == (made(size=2), True)
    assert found(path, "b.pdf") == (made("b.pdf"), False)
    assert found(path, "c.pdf") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_output_that_was_missed_later_is_not_known(path: Path) -> None:
    write(path, made(), Missed(source="/in/a.pdf", output="a.pdf", code="x", text="y"))
    assert found(path, "a.pdf") is None
    write(path, made())
    with opened(path) as book:
        book.forget(Missed(source="/in/a.pdf", output="a.pdf", code="x", text="y"))
        assert book.find("a.pdf") is None
    assert found(path, "a.pdf") is None


def test_what_waits_for_its_name_is_found_by_its_temporary_one(path: Path) -> None:
    other = made("b.pdf", temporary="feedfeedfeedfeed.tmp")
    write(path, made())
    write(path, other, overwrite=True)
    with opened(path) as book:
        assert book.pending(frozenset()) == []
        assert book.pending(frozenset({"feedfeedfeedfeed.tmp", "x"})) == [(other, True)]
        assert book.pending(frozenset({made().temporary})) == [(made(), False)]


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_a_line_that_a_power_failure_cut_is_dropped_and_the_next_is_whole(path: Path, cut: int) -> None:
    write(path, made(), made("b.pdf"))
    os.truncate(path, path.stat().st_size - cut)
    assert found(path, "b.pdf") is None
    write(path, made("c.pdf"))
    assert found(path, "a.pdf") == (made(), True)
    assert found(path, "c.pdf") == (made("c.pdf"), True)
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_names_that_are_no_text_come_back_as_they_were(path: Path) -> None:
    name = os.fsdecode(b"th\xff\xfe/Gi\xe1\xba\xa5y\n.pdf")
    write(path, made(name))
    assert found(path, name) == (made(name), True)


@pytest.mark.parametrize(
    "change",
    [
        {"temporary": "../x.tmp"}, {"temporary": "/etc/passwd"}, {"temporary": "x.tmp"},
        {"temporary": "01234567.tmp\n"},
        {"output": "../a"}, {"output": "/a"}, {"output": ""}, {"output": "a//b"}, {"output": "a/./b"},
        {"output": "a\0b"}, {"output": "\ud800"}, {"output": 5}, {"sha256": "x"}, {"output_sha256": "11" * 31},
        {"size": "3"}, {"size": True}, {"size": 2**64}, {"size": 1.5}, {"more": 1},
    ],
)  # fmt: skip
def test_an_entry_that_could_lead_astray_is_refused(path: Path, change: dict[str, Any]) -> None:
    write(path, made())
    head, line = path.read_bytes().splitlines()
    path.write_bytes(head + b"\n" + json.dumps(json.loads(line) | change).encode() + b"\n")
    with pytest.raises(MalformedError) as e, opened(path):
        pass
    assert (e.value.code, "line 2" in e.value.text) == ("journal.malformed", True)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"x", b"[]", b"5", b'{"run": 5}', b'{"run": {}}', b'{"code": 5}', b'{"output_sha256": ""}', b"\xff\xfe",
        b"[" * 60_000, b"1" * 5000, b"x" * (2 * MAX_LINE_BYTES), b'"' + b"x" * MAX_LINE_BYTES + b'"',
    ],
)  # fmt: skip
def test_what_is_no_journal_is_refused_and_left_as_it_is(path: Path, line: bytes) -> None:
    path.write_bytes(line + b"\n")
    with pytest.raises(MalformedError) as e, opened(path):
        pass
    assert e.value.code == "journal.malformed"
    assert path.read_bytes() == line + b"\n"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.recursive(
                st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
                lambda inner: st.one_of(
                    st.lists(inner, max_size=3),
                    st.dictionaries(st.sampled_from([*Made.__dataclass_fields__, "run", "code", "text"]), inner),
                ),
                max_leaves=12,
            ).map(lambda value: json.dumps(value).encode()),
        ),
        max_size=4,
    )
)
def test_whatever_stands_in_it_only_our_errors_come_out(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    try:
        with opened(path) as book:
            book.begin(JOB, overwrite=False, time=TIME)
            book.find("a.pdf")
            book.pending(frozenset({"0123456789abcdef.tmp"}))
    except SigningError:
        pass


def test_places_where_no_journal_can_be(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    places = (tmp_path, tmp_path / "none" / "x", tmp_path / "pipe", tmp_path / "loop", Path("/dev/null"), Path("a\0b"))
    for place in places:
        with pytest.raises(UsageError) as e, opened(place):
            pass
        assert e.value.code == "journal.unwritable", place


def test_one_process_at_a_time(path: Path) -> None:
    with opened(path):
        with pytest.raises(UsageError) as e, opened(path):
            pass
        assert e.value.code == "bulk.busy"
    with opened(path) as book:
        assert isinstance(book, Journal)


@pytest.mark.parametrize(
    "data",
    [b"the only copy of a line", b'{"a": 1}\n{"b": 2}', b'{"a": 1}', b"\0x", b'{"end": {}}\n{"b', b'{"run": {"verb"; '],
)
def test_a_file_of_somebody_else_that_is_named_as_journal_keeps_every_byte(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(MalformedError) as e, opened(path):
        pass
    assert (e.value.code, path.read_bytes()) == ("journal.malformed", data)


@pytest.mark.parametrize("left", [0, 1, 20, 40])
@pytest.mark.parametrize("zeros", [0, 9])
def test_a_journal_whose_first_line_was_cut_begins_anew(path: Path, left: int, zeros: int) -> None:
    write(path)
    path.write_bytes(path.read_bytes()[:left] + bytes(zeros))
    write(path, made())
    assert found(path, "a.pdf") == (made(), True)


def test_a_link_in_the_place_of_the_journal_leads_to_no_file_elsewhere(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError) as e, opened(path):
        pass
    assert (e.value.code, (tmp_path / "elsewhere").exists()) == ("journal.unwritable", False)
