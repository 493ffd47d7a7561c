"""Trust folders with something wrong in them: an error each, never a smaller or stranger set of trusted things."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from signing.errors import MalformedError
from signing.trust.store import TrustStore

from .authority import make

ROOT = make("Root", ca=True)
OTHER = make("Other", ca=True)
GRANT = {"certificate_sha256": "ab" * 32, "office": "H26.19", "role": "official", "steps": ["sign"]}


def cut(folder: Path) -> None:
    (folder / "ca").mkdir()
    (folder / "ca" / "both.pem").write_bytes(ROOT.pem + OTHER.pem[: len(OTHER.pem) // 2])


def other_kind(folder: Path) -> None:
    (folder / "ca").mkdir()
    (folder / "ca" / "both.pem").write_bytes(ROOT.pem + OTHER.pem.replace(b" CERT", b" TRUSTED CERT"))


def loop(folder: Path) -> None:
    (folder / "ca").symlink_to(folder / "ca")


def nowhere(folder: Path) -> None:
    (folder / "tsa").symlink_to(folder / "gone")


def not_a_folder(folder: Path) -> None:
    (folder / "ca").write_bytes(ROOT.pem)


@pytest.mark.parametrize("spoil", [cut, other_kind, loop, nowhere, not_a_folder])
def test_a_part_that_cannot_be_read_is_not_left_out(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(tmp_path)
    with pytest.raises(MalformedError) as caught:
        TrustStore.load(tmp_path)
    assert caught.value.code == "trust.malformed"


def test_whole_files_of_several_certificates_are_read(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "both.pem").write_bytes(b"a note\n" + ROOT.pem.replace(b"\n", b"\r\n") + OTHER.pem)
    assert TrustStore.load(tmp_path).ca == (ROOT.certificate, OTHER.certificate)


@pytest.mark.parametrize("member", ["role", "title"])
@pytest.mark.parametrize("text", ["\x1b[31mofficial", "lai\u202ecif", "\ud800", "a\nb"])
def test_a_role_that_cannot_be_shown_is_refused(tmp_path: Path, member: str, text: str) -> None:
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "roles.json").write_text(json.dumps([{**GRANT, member: text}]), encoding="utf-8")
    with pytest.raises(MalformedError):
        TrustStore.load(tmp_path)
