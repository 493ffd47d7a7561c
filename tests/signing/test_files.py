"""Files appear whole or not at all, and nothing that is not a file stalls a reader."""

from __future__ import annotations

import errno
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from signing.errors import LimitError, UsageError
from signing.files import (
    NotRegularError,
    assert_writable,
    discard_leftovers,
    exists,
    is_file,
    is_folder,
    open_regular,
    read_file,
    read_stream,
    replacing,
    write_file,
)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_file_appears_whole(tmp_path: Path) -> None:
    write_file(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    write_file(tmp_path / "a", b"newer")
    assert (tmp_path / "a").read_bytes() == b"newer"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, OSError])
def test_a_failure_in_the_middle_leaves_what_was_there(tmp_path: Path, failure: type[BaseException]) -> None:
    (tmp_path / "a").write_bytes(b"older")
    with pytest.raises((failure, UsageError)), replacing(tmp_path / "a") as out:
        out.write(b"half")
        raise failure
    assert (tmp_path / "a").read_bytes() == b"older"
    assert names(tmp_path) == ["a"]


def test_nobody_sees_the_file_before_it_is_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as out:
        out.write(b"half")
        out.flush()
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").exists()


def test_without_overwrite_the_first_one_wins(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as e, replacing(tmp_path / "a", overwrite=False) as out:
        out.write(b"mine")
        (tmp_path / "a").write_bytes(b"somebody else was faster")
    assert e.value.code == "usage.output-exists"
    assert (tmp_path / "a").read_bytes() == b"somebody else was faster"
    assert names(tmp_path) == ["a"]


def test_a_device_or_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    """An administrator's `--csv /dev/null` took the device away from the whole machine."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(UsageError, match=r"output\.unwritable"), replacing(tmp_path / name) as out:
            out.write(b"x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "pipe"]


def test_a_link_is_replaced_and_what_it_led_to_is_not(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"stays")
    (tmp_path / "link").symlink_to("target")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"stays"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(("umask", "mode", "wanted"), [(0o022, 0o644, 0o644), (0o077, 0o644, 0o600), (0, 0o600, 0o600)])
def test_the_umask_is_kept(tmp_path: Path, umask: int, mode: int, wanted: int) -> None:
    before = os.umask(umask)
    try:
        write_file(tmp_path / "a", b"", mode=mode)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == wanted


@pytest.mark.parametrize("name", ["none/x", "file/x", "x" * 300, "a\0b", "half\ud800", "."])
def test_places_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    for attempt in (
        lambda: write_file(tmp_path / name, b"x"),
        lambda: write_file(tmp_path / name, b"x", overwrite=False),
    ):
        with pytest.raises(UsageError) as e:
            attempt()
        assert e.value.code in {"output.unwritable", "usage.output-exists"}
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["ế" * 85, "😀" * 63, "a" * 255])
def test_a_name_of_full_length_leaves_room_for_its_temporary_file(tmp_path: Path, name: str) -> None:
    write_file(tmp_path / name, b"x")
    assert names(tmp_path) == [name]


def test_what_cannot_be_written_is_known_before_the_work(tmp_path: Path) -> None:
    assert_writable(tmp_path / "a")
    assert names(tmp_path) == []
    with pytest.raises(UsageError) as e:
        assert_writable(tmp_path / "none" / "a")
    assert e.value.code == "output.unwritable"


def test_leftovers_of_a_killed_process_are_known_by_their_target(tmp_path: Path) -> None:
    code = (
        "import os, sys; from signing.files import replacing\n"
        "with replacing(sys.argv[1]) as out: out.write(b'half'); out.flush(); os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("a.pdf", "a.pdf.x", "giấy tờ.pdf"):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=False, env=environment)
    assert len(names(tmp_path)) == 3
    (tmp_path / "a.pdf").write_bytes(b"whole")
    discard_leftovers([tmp_path / "a.pdf", tmp_path / "giấy tờ.pdf", tmp_path / "none" / "x"])
    left = names(tmp_path)
    assert left[1:] == ["a.pdf"]
    assert left[0].startswith(".a.pdf.x.")


def test_a_second_run_does_not_remove_what_a_first_one_is_still_writing(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as out:
        out.write(b"hours of work")
        discard_leftovers([tmp_path / "a"])
    assert (tmp_path / "a").read_bytes() == b"hours of work"
    assert names(tmp_path) == ["a"]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_file(tmp_path / "a", max_bytes=5) == b"12345"
    with pytest.raises(LimitError) as e:
        read_file(tmp_path / "a", max_bytes=4)
    assert e.value.code == "input.too-large"


@pytest.mark.parametrize("name", ["gone", "folder", "a\0b", "half\ud800", "x" * 300])
def test_what_cannot_be_read_is_our_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as e:
        read_file(tmp_path / name)
    assert e.value.code == "input.unreadable"


def test_a_password_may_come_through_a_pipe() -> None:
    """`--pass-file <(pass show office)`."""
    reader, writer = os.pipe()
    os.write(writer, b"secret\n")
    os.close(writer)
    try:
        assert read_file(f"/dev/fd/{reader}", max_bytes=4096) == b"secret\n"
    finally:
        os.close(reader)


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_stream_is_cut_a_byte_after_the_limit(size: int) -> None:
    data = os.urandom(size)
    assert read_stream(io.BytesIO(data), size) == data
    assert len(read_stream(io.BytesIO(data + b"more"), size)) == size + 1


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    with open_regular(tmp_path / "file", follow=False) as source:
        assert source.read() == b"x"
    with open_regular(tmp_path / "link") as source:
        assert source.read() == b"x"
    for path, follow in (
        (tmp_path / "link", False),
        (tmp_path / "pipe", True),
        (tmp_path, True),
        (Path("/dev/zero"), True),
    ):
        with pytest.raises(NotRegularError):
            open_regular(path, follow=follow)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "gone")


def test_a_file_that_becomes_a_pipe_before_it_is_opened_does_not_stall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    known = (tmp_path / "file").stat()
    (tmp_path / "file").unlink()
    os.mkfifo(tmp_path / "file")
    monkeypatch.setattr(Path, "stat", lambda *_, **__: known)
    with pytest.raises(NotRegularError):
        open_regular(tmp_path / "file")


def test_questions_about_names_never_raise(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    impossible = ["a\0b", "half\ud800", tmp_path / ("x" * 300), tmp_path / "file" / "below"]
    assert [exists(p) or is_file(p) or is_folder(p) for p in impossible] == [False] * 4
    assert (exists(tmp_path / "dangling"), is_file(tmp_path / "dangling")) == (True, False)
    assert (is_file(tmp_path / "file"), is_folder(tmp_path)) == (True, True)


def test_what_the_system_says_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_file(tmp_path / "nowhere")
    assert caught.value.text.endswith("No such file or directory")
    assert caught.value.text_vi.endswith("không có tệp hoặc thư mục này")


def test_a_reader_of_our_output_that_goes_away_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError), replacing(tmp_path / "page.html"):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    assert not list(tmp_path.iterdir())
