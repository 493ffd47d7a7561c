"""Audits of what nobody can foresee: junk, traps in the file system, files that are two things, processes that die."""

from __future__ import annotations

import base64
import io
import json
import multiprocessing
import os
import random
import struct
import subprocess
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.audit import audit_bytes, audit_file, audit_files, audit_folder
from signing.audit import one as audit_one
from signing.audit import walk as audit_walk
from signing.cms.cades import sign_detached, sign_file
from signing.cms.multi import sign_attached
from signing.errors import UsageError
from signing.pdf_check.verify import verify_pdf
from signing.policy import Baseline
from signing.report import Report, Verdict

from ..patience import within
from ..world import World
from .cms_makers import make_signer
from .demo_run import Demo, entries
from .signed_pdfs import INPUTS, Samples
from .worker_tasks import Always, Once

KINDS = {
    "pdf",
    "dossier",
    "asice",
    "asics",
    "cades",
    "xades",
    "timestamp",
    "evidence-record",
    "seal",
    "token",
    "unknown",
}
HEADS = [b"", b"%PDF-1.7\n",
         b"PK\x03\x04", b"0\x82\x10\x00\x06\x09*\x86H\x86\xf7\r\x01\x07\x02", b"eyJhbGciOiJFUzI1NiJ9.",
         b"VS1:", b"<?xml version='1.0'?>", b"-----BEGIN PKCS7-----\n", b"\x89PNG", b"\0" * 40]  # fmt: skip
SUFFIXES = ["", ".pdf", ".asice", ".p7s", ".tst", ".tsr", ".jwt", ".xml", ".zip", ".asics", ".txt"]


def codes(report: Report) -> set[str]:
    return {f.code for f in report.all_findings()}


def told(reports: list[Report]) -> list[dict[str, object]]:
    """Reports without what changes from run to run."""
    return [{k: v for k, v in r.to_dict().items() if k not in {"elapsed_ms", "validated_at"}} for r in reports]


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as container:
        for name, content in files.items():
            container.writestr(name, content)
    return out.getvalue()


# --- junk ------------------------------------------------------------------------------------------------------------


def test_a_thousand_junk_files_give_a_thousand_reports(tmp_path: Path) -> None:
    chance = random.Random(2026)
    for number in range(1000):
        content = chance.choice(HEADS) + chance.randbytes(chance.choice([0, 1, 3, 50, 2000]))
        (tmp_path / f"{number:04}{chance.choice(SUFFIXES)}").write_bytes(content)
    with within():
        reports = list(audit_folder(tmp_path))
    assert [r.path for r in reports] == sorted(map(str, tmp_path.iterdir()))
    assert not [r for r in reports if r.verdict is Verdict.VALID]
    assert not [r for r in reports if "document.internal" in codes(r)]
    for report in reports:
        assert json.loads(report.to_json())["kind"] in KINDS


@settings(max_examples=150, deadline=None)
@given(
    head=st.sampled_from(HEADS),
    tail=st.binary(max_size=400),
    suffix=st.sampled_from(SUFFIXES),
)
def test_no_bytes_make_an_audit_raise_or_say_valid(head: bytes, tail: bytes, suffix: str) -> None:
    report = audit_bytes(head + tail, name="x" + suffix)
    assert report.verdict is not Verdict.VALID
    assert "document.internal" not in codes(report)
    assert report.kind in KINDS
    assert json.loads(report.to_json())["path"] == "x" + suffix


def test_cut_pdfs_and_containers_are_never_valid(demo: Demo) -> None:
    for path in (demo.result, demo.dossier):
        whole = path.read_bytes()
        for part in range(1, 40):
            cut = whole[: len(whole) * part // 40]
            report = audit_bytes(cut, demo.trust, name=path.name)
            assert report.verdict is not Verdict.VALID, (path.name, len(cut))
            assert "document.internal" not in codes(report)


def test_garbled_pdfs_and_containers_are_never_valid(demo: Demo) -> None:
    chance = random.Random(8)
    for path in (demo.result, demo.dossier):
        whole = bytearray(path.read_bytes())
        for _ in range(40):
            spot = chance.randrange(len(whole) - 200)
            garbled = whole.copy()
            garbled[spot : spot + 200] = chance.randbytes(200)
            report = audit_bytes(bytes(garbled), demo.trust, name=path.name)
            assert report.verdict is not Verdict.VALID, (path.name, spot)
            assert "document.internal" not in codes(report)


@pytest.mark.parametrize("name", ["result.pdf", "H26.19.asice"])
def test_a_damaged_first_byte_does_not_turn_a_signed_document_into_an_unsigned_one(demo: Demo, name: str) -> None:
    path = demo.result if name.endswith(".pdf") else demo.dossier
    report = audit_bytes(b"X" + path.read_bytes()[1:], demo.trust, name=name)
    assert report.verdict is Verdict.INVALID


# --- traps in the file system ----------------------------------------------------------------------------------------


def test_an_empty_file_is_unsigned(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    report = audit_file(tmp_path / "empty")
    assert (report.verdict, report.kind, report.sha256) == (
        Verdict.UNSIGNED,
        "unknown",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    )


def test_an_empty_pdf_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    assert audit_file(tmp_path / "empty.pdf").verdict is Verdict.INVALID


def test_a_folder_called_x_pdf_is_a_folder(tmp_path: Path, demo: Demo) -> None:
    (tmp_path / "x.pdf").mkdir()
    (tmp_path / "x.pdf" / "result.pdf").write_bytes(demo.result.read_bytes())
    (report,) = audit_folder(tmp_path, demo.trust)
    assert report.path == str(tmp_path / "x.pdf" / "result.pdf")
    assert report.verdict is Verdict.VALID
    assert audit_file(tmp_path / "x.pdf").verdict is Verdict.INDETERMINATE


def test_links_in_a_folder_are_reported_and_not_followed(tmp_path: Path, demo: Demo) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    for name, target in {
        "dangling.pdf": "nowhere",
        "loop": "loop",
        "passwd": "/etc/passwd",
        "signed.pdf": demo.result,
        "to-folder": demo.folder,
        "up": "..",
    }.items():
        (folder / name).symlink_to(target)
    reports = list(audit_folder(folder, demo.trust))
    assert [Path(r.path).name for r in reports] == ["dangling.pdf", "loop", "passwd", "signed.pdf", "to-folder", "up"]
    assert {(r.verdict, r.sha256) for r in reports} == {(Verdict.INDETERMINATE, None)}
    assert {c for r in reports for c in codes(r)} == {"document.not-regular"}


def test_a_link_that_the_caller_names_is_followed(tmp_path: Path, demo: Demo) -> None:
    (tmp_path / "signed.pdf").symlink_to(demo.result)
    (tmp_path / "dangling").symlink_to("nowhere")
    assert audit_file(tmp_path / "signed.pdf", demo.trust).verdict is Verdict.VALID
    assert [r.verdict for r in audit_files([tmp_path / "signed.pdf"], demo.trust)] == [Verdict.VALID]
    assert "document.unreadable" in codes(audit_file(tmp_path / "dangling"))


def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pdf")
    with within():
        (report,) = audit_folder(tmp_path)
        named = audit_file(tmp_path / "a.pdf")
        device = audit_file("/dev/zero")
    for each in (report, named, device):
        assert (each.verdict, codes(each)) == (Verdict.INDETERMINATE, {"document.not-regular"})


def test_a_file_that_cannot_be_read_is_a_line(tmp_path: Path) -> None:
    for path in ("/proc/self/mem", tmp_path / "gone", "a\0b", "half\ud800pair", tmp_path / ("x" * 300)):
        report = audit_file(path)
        assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"document.unreadable"}), path
        assert json.loads(report.to_json())["verdict"] == "indeterminate"
        assert [r.path for r in audit_files([path])] == [report.path]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("trust", "pki/trust"), ("trust", {}), ("at", "2026-11-22T00:00:00Z"), ("at", date(2026, 11, 22))),
        *(("policy", "policy.json"), ("register", 5), ("password", "secret"), ("online", "http://ocsp.example/")),
        *(("jobs", "2"), ("dask", 5), ("but", "in/a.txt"), ("polcy", None)),
    ],
)
def test_an_argument_of_a_wrong_kind_or_name_is_told_and_not_taken_for_a_fault_of_the_document(
    demo: Demo, name: str, wrong: object
) -> None:
    for audit in (audit_file, audit_folder):
        with pytest.raises(UsageError, match=r"usage\.argument"):
            audit(demo.result, **{"trust": demo.trust, name: wrong})  # type: ignore[operator]
    if name == "trust":
        with pytest.raises(UsageError, match=r"usage\.argument"):
            verify_pdf(demo.result, wrong)  # type: ignore[arg-type]


def test_a_buffer_is_bytes_and_a_register_s_path_its_url(demo: Demo) -> None:
    data = bytearray(demo.result.read_bytes())
    assert audit_bytes(data, demo.trust).verdict is Verdict.VALID
    assert verify_pdf(memoryview(data), demo.trust)
    with pytest.raises(UsageError, match=r"usage\.argument"):
        audit_bytes("text", demo.trust)  # type: ignore[arg-type]
    by_path = audit_file(demo.dossier, demo.trust, register=demo.folder / "register.db")
    assert by_path.dossier is not None and by_path.dossier.complete


def test_a_folder_that_cannot_be_listed_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "file").touch()
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(audit_walk.os, "scandir", scandir)
    reports = {Path(r.path).name: r for r in audit_folder(tmp_path)}
    assert {n: r.verdict for n, r in reports.items()} == {"closed": Verdict.INDETERMINATE, "file": Verdict.UNSIGNED}
    (finding,) = reports["closed"].findings
    assert (finding.code, "Permission denied" in finding.text) == ("document.unreadable", True)


def test_folders_nested_deeper_than_the_interpreter_recurses(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            deeper = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = deeper
    finally:
        os.close(here)
    try:
        with within():
            reports = list(audit_folder(tmp_path))
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # pytest's own cleaning recurses
    # beyond the longest path nothing can be listed
    assert {r.verdict for r in reports} <= {Verdict.INDETERMINATE}


NAMES = [b"two\nlines.pdf", b"esc\x1b[2J\x1b]0;title\x07.pdf", b"not-utf8-\xff\xfe.pdf", b"tab\t.pdf", b"cr\r.pdf",
         "bidi\u202efdp.exe".encode(), "line\u2028separator".encode(), "c1\x9b31m".encode(),
         "Giấy tờ số 1.pdf".encode(), b"-", b"'quote\".pdf", b"\xed\xa0\x80surrogate", b"%s{}.pdf"]  # fmt: skip


def test_any_file_name_gives_one_decodable_line_of_json(tmp_path: Path) -> None:
    for name in NAMES:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(b"x")
    reports = list(audit_folder(tmp_path))
    assert len(reports) == len(NAMES)
    for report in reports:
        line = report.to_json()
        assert line.isprintable()
        assert len(line.splitlines()) == 1
        assert json.loads(line.encode().decode())["path"] == report.path
    shown = {Path(r.path).name for r in reports}
    assert {"two\nlines.pdf", "Giấy tờ số 1.pdf", "not-utf8-\\xff\\xfe.pdf"} <= shown


def test_a_file_over_the_limit_is_not_judged_but_told(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "video.mp4").write_bytes(b"\0\0\0\x20ftyp" + bytes(5000))
    whole = demo.reports["result.pdf"]  # all tests share these reports: they are made before the limit shrinks
    monkeypatch.setattr(audit_one, "MAX_READ_BYTES", 1000)
    report = audit_file(demo.result, demo.trust)
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"input.too-large"})
    assert report.sha256 == whole.sha256
    # what cannot be signed never has to be in memory
    assert audit_file(tmp_path / "video.mp4").verdict is Verdict.UNSIGNED


@pytest.mark.parametrize("size", [4 * 1024**4, 60 * 1024**3])
def test_a_sparse_file_of_any_size_costs_nothing(tmp_path: Path, size: int) -> None:
    for name in ("disk.img", "huge.pdf"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    with within():
        reports = {Path(r.path).name: r for r in audit_folder(tmp_path)}
    assert reports["disk.img"].verdict is Verdict.UNSIGNED
    assert reports["huge.pdf"].verdict is Verdict.INDETERMINATE
    assert {r.sha256 for r in reports.values()} == {None}


def test_one_path_may_be_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_text("x")
    for path in (tmp_path / "x.pdf", str(tmp_path / "x.pdf"), [tmp_path / "x.pdf"], str(tmp_path)):
        assert [Path(r.path).name for r in audit_files(path)] == ["x.pdf"]
    wrong: Any
    for wrong in (b"x.pdf", [1], 1):
        with pytest.raises(UsageError):
            next(audit_files(wrong))


def test_memory_stays_flat_over_many_files(tmp_path: Path) -> None:
    size = 1_000_000
    for number in range(60):
        (tmp_path / f"{number}.xml").write_bytes(b"<a>" + random.Random(number).randbytes(size))
    tracemalloc.start()
    try:
        for _ in audit_folder(tmp_path):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * size, peak


# --- what a file is --------------------------------------------------------------------------------------------------

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA"
UNSIGNED = {
    "page.html": b"<!DOCTYPE html><p>x",
    "code.py": b'HEADER = b"%PDF-1.7"\n',
    "notes.txt": "Văn bản nói về %PDF- và PK\x03\x04".encode(),
    "backup.zip": zipped({"a.pdf": (INPUTS / "form.pdf").read_bytes()}),
    "empty.zip": b"PK\x05\x06" + bytes(18),
    "letter.docx": zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
    "letter.odt": zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}),
    "program.jar": zipped({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"}),
    "photo.png": (INPUTS / "anh-the.png").read_bytes(),
    "form.pdf": (INPUTS / "form.pdf").read_bytes(),
    "key.p12": b"\x30\x82\x01\x00\x02\x01\x03\x30",
    "mail.p7m": bytes.fromhex("308006092a864886f70d010703"),  # enveloped: encrypted, not signed
}


@pytest.mark.parametrize("name", UNSIGNED)
def test_an_ordinary_unsigned_file_is_no_alarm(name: str) -> None:
    report = audit_bytes(UNSIGNED[name], name=name)
    assert report.verdict is Verdict.UNSIGNED, report.to_json()
    assert report.kind == ("pdf" if name.endswith(".pdf") else "unknown")
    assert codes(report) == {"document.archive" if name == "backup.zip" else "document.unsigned"}


FOREIGN = {
    "signed.docx": (zipped({"[Content_Types].xml": b"x", "_xmlsignatures/sig1.xml": b"x"}), "unknown"),
    "signed.odt": (zipped({"mimetype": b"x", "META-INF/documentsignatures.xml": b"x"}), "unknown"),
    "signed.jar": (zipped({"META-INF/MANIFEST.MF": b"x", "META-INF/CERT.SF": b"x"}), "unknown"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_signed_in_a_way_we_do_not_check_is_not_called_unsigned(name: str) -> None:
    data, kind = FOREIGN[name]
    report = audit_bytes(data, name=name)
    assert (report.verdict, report.kind) == (Verdict.INDETERMINATE, kind)
    assert len(report.signatures) == 1
    assert codes(report) == {"signature.unsupported"}


@pytest.mark.parametrize("content", [TOKEN, TOKEN + "\n", TOKEN + "~WyJzYWx0Il0~"])
@pytest.mark.parametrize("name", ["x.jwt", "x.txt", "x"])
def test_a_token_is_named_and_sent_to_eid_verify(name: str, content: str) -> None:
    report = audit_bytes(content.encode(), name=name)
    assert (report.kind, report.verdict) == ("token", Verdict.INDETERMINATE)
    assert len(report.signatures) == 1
    assert "eid verify" in report.findings[0].text


def test_the_demo_s_tokens_are_recognised(demo: Demo) -> None:
    (status,) = (demo.trust_folder / "seals").glob("*.jwt")
    for content in (status.read_bytes(), demo.token("level-2").encode(), demo.token("level-1").encode()):
        assert audit_bytes(content).kind == "token"


def test_a_seal_s_text_is_checked_and_is_never_a_valid_document(demo: Demo) -> None:
    from signing.seal.scan import scan

    (code,) = scan(demo.result)
    for text in (code.text, code.text + "\n"):
        report = audit_bytes(text.encode(), demo.trust, name="seal.txt", at=demo.ended)
        (seal,) = report.seals
        assert (report.kind, report.verdict) == ("seal", Verdict.INDETERMINATE)
        assert (seal.decoded, seal.signature, seal.fresh, seal.status) == (True, True, True, "valid")
        assert seal.matches_document is None
        assert codes(report) == {"seal.paper-only"}
    forged = code.text[:-5] + ("A" if code.text[-5] != "A" else "B") + code.text[-4:]
    report = audit_bytes(forged.encode(), demo.trust)
    assert (report.kind, report.verdict) == ("seal", Verdict.INVALID)
    assert "seal.paper-only" not in codes(report)
    assert audit_bytes(code.text.encode()).verdict is Verdict.INDETERMINATE  # nobody's keys are trusted
    assert audit_bytes(b"VS1:", demo.trust).verdict is Verdict.INVALID


# --- bombs and polyglots ---------------------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    mimetype = {"mimetype": b"application/vnd.etsi.asic-e+zip"}
    bomb = zipped({"papers/a": bytes(200_000_000)}, zipfile.ZIP_DEFLATED)
    many = zipped({**mimetype, **{f"papers/{n}": b"" for n in range(5000)}})
    (tmp_path / "bomb.asice").write_bytes(bomb)
    (tmp_path / "many.asice").write_bytes(many)
    (tmp_path / "overlapping.asice").write_bytes(_overlapping())
    tracemalloc.start()
    try:
        with within():
            reports = list(audit_folder(tmp_path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    verdicts = {Path(r.path).stem: r.verdict for r in reports}
    limited = dict.fromkeys(("bomb", "many"), Verdict.INDETERMINATE)  # a limit of ours says nothing about a document
    assert verdicts == {**limited, "overlapping": Verdict.INVALID}
    assert {Path(r.path).name: codes(r) & {"asice.ratio", "asice.too-many", "asice.overlap"} for r in reports} == {
        "bomb.asice": {"asice.ratio"},
        "many.asice": {"asice.too-many"},
        "overlapping.asice": {"asice.overlap"},
    }
    assert peak < 30_000_000, peak


def _overlapping() -> bytes:
    """Two directory entries for one piece of data (the trick of the bomb that unpacks to petabytes)."""
    content = b"x" * 100
    local = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, zlib.crc32(content), 100, 100, 1, 0) + b"a" + content
    )
    rows = b"".join(
        struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, zlib.crc32(content), 100, 100, 1, 0, 0, 0, 0, 0, 0
        )
        + name
        for name in (b"a", b"b")
    )
    return local + rows + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(rows), len(local), 0)


def _as_comment(container: bytes, comment: bytes) -> bytes:
    return container[:-2] + struct.pack("<H", len(comment)) + comment


def test_a_pdf_that_is_also_a_zip_archive_is_not_valid(demo: Demo) -> None:
    pdf, container = demo.result.read_bytes(), demo.dossier.read_bytes()
    small = zipped({"other.txt": b"a second document"})
    for polyglot in (pdf + container, pdf + small, pdf + _as_comment(small, b"\n%%EOF\n")):
        for name in ("x.pdf", "x.asice", "x.zip", "x"):
            report = audit_bytes(polyglot, demo.trust, name=name)
            assert report.verdict is Verdict.INVALID, name
            assert (report.kind, "document.polyglot" in codes(report)) == ("pdf", True)


def test_an_unsigned_pdf_with_an_archive_behind_it_is_not_passed_over(demo: Demo) -> None:
    report = audit_bytes((INPUTS / "form.pdf").read_bytes() + demo.dossier.read_bytes(), demo.trust, name="form.pdf")
    assert report.verdict is Verdict.INVALID


def test_a_signature_over_a_polyglot_does_not_make_it_valid(samples: Samples) -> None:
    """The archive lies inside what the signature covers: the bytes are whole, the document is still two."""
    base = samples.page
    inside = base + b"\n" + zipped({"other.txt": b"a second document"})
    assert audit_bytes(inside, name="x.pdf").verdict is Verdict.INVALID


def test_a_container_with_a_pdf_before_or_behind_it_is_not_valid(demo: Demo) -> None:
    pdf, container = demo.result.read_bytes(), demo.dossier.read_bytes()
    assert len(pdf) > 65_535  # so that no comment can hold it
    for polyglot in (container + pdf, _as_comment(container, pdf[:65_535]), container + b"\n"):
        report = audit_bytes(polyglot, demo.trust, name="x.asice")
        assert report.verdict is Verdict.INVALID
        assert codes(report) & {"asice.gap", "asice.malformed", "asice.zip64"}


def test_an_archive_that_pdf_readers_open_as_pdf_is_judged_as_what_it_begins_with(demo: Demo) -> None:
    """A signed PDF stored first in a plain archive: the archive is not signed, and nobody says that it is."""
    report = audit_bytes(zipped({"result.pdf": demo.result.read_bytes()}), demo.trust, name="x.zip")
    assert (report.verdict, codes(report)) == (Verdict.UNSIGNED, {"document.archive"})
    hidden = audit_bytes(zipped({"result.pdf": demo.result.read_bytes()}), demo.trust, name="x.asice")
    assert hidden.verdict is Verdict.INVALID


def test_junk_before_a_signed_pdf_is_not_passed_over(demo: Demo) -> None:
    for name in ("x.pdf", "x.txt"):
        report = audit_bytes(b"junk\n" + demo.result.read_bytes(), demo.trust, name=name)
        assert (report.kind, report.verdict) == ("pdf", Verdict.INVALID)


def test_a_container_without_its_mimetype_is_not_passed_over(demo: Demo) -> None:
    held = entries(demo.dossier)
    for files in ({k: v for k, v in held.items() if k != "mimetype"}, {**held, "mimetype": b"application/zip"}):
        report = audit_bytes(zipped(files), demo.trust, name="x.zip")
        assert (report.verdict, codes(report)) == (Verdict.INVALID, {"asice.mimetype"})


# --- signatures beside files -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """`letter.txt` and its CAdES signature, B-LT."""

    content: bytes
    cms: bytes


@pytest.fixture(scope="module")
def beside(world: World) -> Beside:
    content = "Kính gửi".encode()
    pki = world.pki
    cms = sign_detached(content, pki.signer("receiver"), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect)
    return Beside(content, cms)


def test_a_signature_beside_its_file_is_valid(beside: Beside, world: World, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_bytes(beside.content)
    (tmp_path / "letter.txt.p7s").write_bytes(beside.cms)
    trust = world.pki.trust()
    reports = {Path(r.path).name: r for r in audit_folder(tmp_path, trust)}
    assert reports["letter.txt"].verdict is Verdict.UNSIGNED
    assert reports["letter.txt.p7s"].verdict is Verdict.VALID
    (signature,) = reports["letter.txt.p7s"].signatures
    assert (signature.format, signature.baseline) == ("CAdES", "B-LT")


def test_a_signature_in_pem_is_read(beside: Beside, world: World, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_bytes(beside.content)
    text = base64.encodebytes(beside.cms)
    (tmp_path / "letter.txt.p7s").write_bytes(b"-----BEGIN PKCS7-----\n" + text + b"-----END PKCS7-----\n")
    assert audit_file(tmp_path / "letter.txt.p7s", world.pki.trust()).verdict is Verdict.VALID
    (tmp_path / "letter.txt.p7s").write_bytes(b"-----BEGIN PKCS7-----\n!" + text + b"-----END PKCS7-----\n")
    assert audit_file(tmp_path / "letter.txt.p7s", world.pki.trust()).verdict is Verdict.INVALID


def test_a_signature_in_pem_inside_another_is_not_judged_in_its_place(world: World, tmp_path: Path) -> None:
    """Other programs read the outer one: who signed that, nobody knows."""
    pki = world.pki
    services: dict[str, Any] = {"baseline": Baseline.B_LT, "tsa": pki.tsa(), "collect": pki.collect}
    good = sign_attached(b"Pay 1", pki.signer("receiver"), **services)
    text = b"-----BEGIN CMS-----\n" + base64.encodebytes(good) + b"-----END CMS-----\n"
    outer = sign_attached(b"Pay 1000\n" + text, make_signer("p256"))
    for name in ("order.p7m", "order.p7s", "order"):
        for data, verdict in ((outer, Verdict.INDETERMINATE), (text, Verdict.VALID)):
            (tmp_path / name).write_bytes(data)
            assert audit_file(tmp_path / name, pki.trust()).verdict is verdict


@pytest.mark.parametrize(
    ("content", "verdict", "code"),
    [
        (None, Verdict.INDETERMINATE, "signature.content-missing"),
        ("Kính gửi!".encode(), Verdict.INVALID, "signature.digest"),
        (b"", Verdict.INVALID, "signature.digest"),
        ("folder", Verdict.INDETERMINATE, "signature.content-missing"),
        ("fifo", Verdict.INDETERMINATE, "signature.content-missing"),
    ],
)
def test_a_signature_without_its_file_or_beside_another(
    beside: Beside, world: World, tmp_path: Path, content: bytes | str | None, verdict: Verdict, code: str
) -> None:
    (tmp_path / "letter.txt.p7s").write_bytes(beside.cms)
    if content == "folder":
        (tmp_path / "letter.txt").mkdir()
    elif content == "fifo":
        os.mkfifo(tmp_path / "letter.txt")
    elif isinstance(content, bytes):
        (tmp_path / "letter.txt").write_bytes(content)
    with within():
        report = audit_file(tmp_path / "letter.txt.p7s", world.pki.trust())
    assert (report.kind, report.verdict) == ("cades", verdict)
    assert code in codes(report)


def test_a_signature_beside_a_sparse_file_of_terabytes_costs_nothing(
    beside: Beside, world: World, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt.p7s").write_bytes(beside.cms)
    with (tmp_path / "letter.txt").open("wb") as file:
        file.truncate(4 * 1024**4)
    with within():
        report = audit_file(tmp_path / "letter.txt.p7s", world.pki.trust())
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"input.too-large"})


@pytest.mark.parametrize("name", ["letter.txt.p7s", "letter.p7m", "x.tst", "x.tsr"])
@pytest.mark.parametrize("junk", [b"", b"zzzz", b"\x30", b"\x30\x80", bytes(100), b"\x30\x84\xff\xff\xff\xff"])
def test_a_garbled_signature_file_is_invalid_not_unsigned(name: str, junk: bytes) -> None:
    assert audit_bytes(junk, name=name).verdict is Verdict.INVALID


def test_a_timestamp_beside_its_file(world: World, tmp_path: Path) -> None:
    import hashlib

    token = world.pki.tsa().timestamp(hashlib.sha256(b"data").digest()).der
    trust = world.pki.trust()
    (tmp_path / "data").write_bytes(b"data")
    (tmp_path / "data.tst").write_bytes(token)
    # as `openssl ts -reply` writes it: a TimeStampResp around the token
    (tmp_path / "data.tsr").write_bytes(_der(b"\x30\x03\x02\x01\x00" + token))
    (tmp_path / "other.tst").write_bytes(token)
    reports = {Path(r.path).name: r for r in audit_folder(tmp_path, trust, online=(world.pki.base_url,))}
    assert {name: reports[name].kind for name in ("data.tst", "data.tsr", "other.tst")} == dict.fromkeys(
        ("data.tst", "data.tsr", "other.tst"), "timestamp"
    )
    assert reports["data.tst"].verdict is Verdict.VALID
    assert reports["data.tsr"].verdict is Verdict.VALID
    assert reports["other.tst"].verdict is Verdict.INDETERMINATE
    (tmp_path / "data").write_bytes(b"other")
    assert audit_file(tmp_path / "data.tst", trust).verdict is Verdict.INVALID


def _der(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content


# --- several processes -----------------------------------------------------------------------------------------------


def test_two_processes_say_the_same_in_the_same_order(demo: Demo) -> None:
    alone = list(audit_folder(demo.folder, demo.trust, register=demo.register))
    assert told(list(audit_folder(demo.folder, demo.trust, register=demo.register, jobs=2))) == told(alone)


def _archive(folder: Path, demo: Demo) -> list[str]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    names = [f"{n:02}.pdf" for n in range(14)]
    for name in names:
        (folder / name).write_bytes(demo.result.read_bytes())
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO((INPUTS / "form.pdf").read_bytes())))
    writer.encrypt(owner_pass="bí mật", user_pass="bí mật")
    with (folder / "05.pdf").open("wb") as out:
        writer.write(out)
    return names


def test_a_process_that_dies_once_loses_nothing(demo: Demo, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    names = _archive(folder, demo)
    with within():
        reports = list(audit_folder(folder, demo.trust, jobs=2, password=Once(tmp_path / "marker")))
    assert (tmp_path / "marker").exists()
    assert [Path(r.path).name for r in reports] == names
    assert {r.verdict for r in reports if r.path.endswith("05.pdf")} == {Verdict.UNSIGNED}
    assert {r.verdict for r in reports if not r.path.endswith("05.pdf")} == {Verdict.VALID}


def test_a_file_that_ends_every_process_is_told_and_the_others_are_judged(demo: Demo, tmp_path: Path) -> None:
    names = _archive(tmp_path, demo)
    with within():
        reports = list(audit_folder(tmp_path, demo.trust, jobs=2, password=Always()))
    assert [Path(r.path).name for r in reports] == names
    (killed,) = [r for r in reports if r.path.endswith("05.pdf")]
    assert (killed.verdict, codes(killed)) == (Verdict.INDETERMINATE, {"document.killed"})
    assert {r.verdict for r in reports if r is not killed} == {Verdict.VALID}


def test_who_stops_listening_leaves_no_process_behind(demo: Demo) -> None:
    reports = audit_folder(demo.folder, demo.trust, jobs=2)
    assert next(iter(reports)).path
    reports.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("jobs", [0, -1, 100_000])
def test_an_impossible_number_of_processes_is_refused(tmp_path: Path, jobs: int) -> None:
    with pytest.raises(UsageError) as e:
        list(audit_folder(tmp_path, jobs=jobs))
    assert e.value.code == "workers.unavailable"


def test_a_callback_that_cannot_travel_is_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as e:
        list(audit_folder(tmp_path, jobs=2, password=lambda _: ""))
    assert e.value.code == "workers.unavailable"


# --- how ------------------------------------------------------------------------------------------------------------


def test_the_time_of_the_check_is_one_and_the_same(demo: Demo) -> None:
    at = demo.reports["result.pdf"].validated_at + timedelta(hours=1)
    report = audit_file(demo.result, demo.trust, at=at)
    assert report.validated_at == at
    before = audit_file(demo.result, demo.trust, at=at - timedelta(days=300))
    assert before.verdict is not Verdict.VALID
    with pytest.raises(UsageError):
        audit_file(demo.result, at=datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_a_register_that_is_not_there_is_the_caller_s_fault(demo: Demo, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as e:
        audit_file(demo.dossier, demo.trust, register=f"sqlite:///{tmp_path}/none.db")
    assert e.value.code == "register.not-found"
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(UsageError):
        list(audit_folder(demo.folder, demo.trust, register=f"sqlite:///{tmp_path}/none.db", jobs=2))


@pytest.fixture(scope="module")
def without_evidence(samples: Samples) -> bytes:
    """A PDF with a timestamp and no revocation evidence."""
    return samples.sign(samples.page, "receiver", Baseline.B_T)


def test_what_lacks_evidence_is_settled_online_only_where_allowed(world: World, without_evidence: bytes) -> None:
    trust, audited = world.pki.trust(), _auditor(without_evidence)
    offline = audited(trust)
    assert (offline.verdict, offline.signatures[0].sub_indication) == (Verdict.INDETERMINATE, "TRY_LATER")
    elsewhere = audited(trust, online=("http://127.0.0.1:1/",))
    assert elsewhere.verdict is Verdict.INDETERMINATE
    online = audited(trust, online=(world.pki.base_url,))
    assert online.verdict is Verdict.VALID, online.to_json()
    # what was fetched is not in the file: it has not become B-LT
    assert online.signatures[0].baseline == offline.signatures[0].baseline == "B-T"
    assert "signature.no-evidence" in codes(online)


def test_online_without_trust_asks_nobody_and_proves_nothing(world: World, without_evidence: bytes) -> None:
    assert _auditor(without_evidence)(None, online=(world.pki.base_url,)).verdict is Verdict.INDETERMINATE


def test_online_finds_a_revocation(world: World, samples: Samples) -> None:
    name = world.newcomer()
    signed = samples.sign(samples.page, name, Baseline.B_B)
    world.pki.revoke(name)
    report = _auditor(signed)(world.pki.trust(), online=(world.pki.base_url,))
    assert report.verdict is Verdict.INDETERMINATE  # nothing proves that it was signed before
    assert report.signatures[0].sub_indication == "REVOKED_NO_POE"


def test_online_travels_to_other_processes(world: World, without_evidence: bytes, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.pdf").write_bytes(without_evidence)
    reports = list(audit_folder(tmp_path, world.pki.trust(), jobs=2, online=(world.pki.base_url,)))
    assert {r.verdict for r in reports} == {Verdict.VALID}


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://user@host/", "ldap://x/", "http://x/?q"])
def test_an_unusable_online_prefix_is_refused(demo: Demo, url: str) -> None:
    with pytest.raises(UsageError) as e:
        audit_file(demo.result, demo.trust, online=(url,))
    assert e.value.code == "http.allow-list"


def _auditor(data: bytes) -> Callable[..., Report]:
    return lambda trust, **how: audit_bytes(data, trust, name="x.pdf", **how)


def test_a_mistake_of_ours_in_a_pdf_is_not_held_against_the_document(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signing.pdf_check.verify.judge_changes", lambda *_: {}["ours"])
    report = audit_file(demo.result, demo.trust)
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"document.internal"})


def test_a_link_in_the_place_of_signed_content_is_not_followed(world: World, tmp_path: Path) -> None:
    """A link that leads out of the folder could have anything read, or something that never ends."""
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"secret")
    folder = tmp_path / "inbox"
    folder.mkdir()
    sign_file(secret, world.pki.signer("approver"), out=folder / "note.txt.p7s")
    (folder / "note.txt").symlink_to(secret)
    [signature] = [s for r in audit_folder(folder, world.pki.trust()) for s in r.signatures]
    assert signature.sub_indication == "SIGNED_DATA_NOT_FOUND"
    (folder / "note.txt").unlink()
    (folder / "note.txt").write_bytes(b"secret")
    [signature] = [s for r in audit_folder(folder, world.pki.trust()) for s in r.signatures]
    assert signature.intact is True
