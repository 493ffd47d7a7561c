"""`signing sign`, `extend` and `keys`: what they make, and what they leave when they cannot (nothing)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signing import batch
from signing.audit import audit_file
from signing.cms.timestamp import encode_request
from signing.dev.people import HOLDERS
from signing.dev.server import Route, free_port, serving
from signing.http import HttpClient
from signing.journal import NAME
from signing.report import Report, Verdict
from signing.seal.scan import scan  # noqa: F401 - the optional part is installed for these tests

from ..patience import CLOSED_PORT, HANG_S, silent
from ..world import World
from .cli_run import COMMAND, ENVIRONMENT, Ran, assert_told, leaving_nothing, process, run
from .signed_pdfs import INPUTS, Samples

FORM = INPUTS / "form.pdf"


class Desk:
    """A folder to work in, and the flags that every run needs."""

    def __init__(self, world: World, folder: Path) -> None:
        self.pki, self.folder = world.pki, folder
        self.trust = world.pki.trust()
        self.letter = folder / "letter.pdf"
        self.letter.write_bytes(FORM.read_bytes())
        self.out = folder / "out"
        self.out.mkdir()
        self.signed = self.out / "signed.pdf"

    def key(self, who: str = "receiver") -> list[str | Path]:
        return ["--key", self.pki.key_uri(who), "--pass-file", self.pki.password_file]

    def at(self, baseline: str) -> list[str]:
        tsa = [] if baseline == "B-B" else ["--tsa", self.pki.tsa_url]
        return ["--baseline", baseline, *tsa]

    def sign(self, *more: str | Path, who: str = "receiver") -> Ran:
        return run("sign", self.letter, "-o", self.signed, *self.key(who), *more)

    def report(self, path: Path | None = None) -> Report:
        return audit_file(path or self.signed, self.trust)


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


# --- what is made ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", ["B-B", "B-T", "B-LT"])
@pytest.mark.parametrize("who", ["receiver", "official"])
def test_a_pdf_becomes_pades(desk: Desk, baseline: str, who: str) -> None:
    ran = desk.sign(*desk.at(baseline), who=who)
    assert (ran.status, ran.out) == (0, "")
    assert "→" in ran.err
    report = desk.report()
    (signature,) = report.signatures
    assert (signature.format, signature.baseline, signature.intact) == ("PAdES", baseline, True)
    assert signature.signature_algorithm == ("rsassa-pss" if who == "official" else "ecdsa")
    assert report.verdict is (Verdict.VALID if baseline == "B-LT" else Verdict.INDETERMINATE)
    assert desk.letter.read_bytes() == FORM.read_bytes()


@pytest.mark.parametrize("baseline", ["B-B", "B-T", "B-LT"])
def test_any_other_file_gets_cades_beside_it(desk: Desk, baseline: str) -> None:
    letter = desk.folder / "Giấy đề nghị.docx"
    letter.write_bytes(b"PK not really")
    ran = run("sign", letter, "-o", desk.folder, *desk.key(), *desk.at(baseline))
    assert ran.status == 0, ran.err
    report = desk.report(desk.folder / "Giấy đề nghị.docx.p7s")
    (signature,) = report.signatures
    assert (signature.format, signature.baseline, signature.intact) == ("CAdES", baseline, True)
    assert report.verdict is (Verdict.VALID if baseline == "B-LT" else Verdict.INDETERMINATE)


def test_with_trust_the_chain_is_checked_first(desk: Desk) -> None:
    assert desk.sign("--trust", desk.pki.trust_folder, *desk.at("B-LT")).status == 0
    assert desk.report().verdict is Verdict.VALID


def test_the_password_may_come_from_the_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIN", desk.pki.password_file.read_text().strip())
    arguments = ["sign", desk.letter, "-o", desk.signed, "--key", desk.pki.key_uri("receiver"), "--pass-env", "PIN"]
    assert run(*arguments).status == 0
    assert desk.signed.exists()


def test_json_is_one_object_a_file_and_nothing_else(desk: Desk) -> None:
    ran = desk.sign("--json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.json == {"source": str(desk.letter), "output": str(desk.signed), "skipped": False, "error": None}


def test_a_stamp_is_drawn_where_it_is_wanted(desk: Desk) -> None:
    assert desk.sign("--stamp", "last,120,30").status == 0
    assert b"/AP" in desk.signed.read_bytes()[len(FORM.read_bytes()) :]
    again = run("sign", desk.letter, "-o", desk.out / "sized.pdf", *desk.key(), "--stamp", "0,20,30,60,25")
    assert again.status == 0
    assert run("sign", desk.letter, "-o", desk.out / "minus.pdf", *desk.key(), "--stamp=-1,20,30").status == 0
    assert [s.intact for s in desk.report(desk.out / "sized.pdf").signatures] == [True]


def test_a_field_is_made_or_filled_and_never_filled_twice(desk: Desk, samples: Samples) -> None:
    desk.letter.write_bytes(samples.form)  # it has an empty field "Office"
    assert desk.sign("--field", "Office").status == 0
    assert [s.id for s in desk.report().signatures] == ["Office"]
    second = desk.out / "second.pdf"
    assert run("sign", desk.signed, "-o", second, *desk.key("official"), "--field", "Official").status == 0
    assert [s.id for s in desk.report(second).signatures] == ["Office", "Official"]
    with leaving_nothing(desk.out):
        taken = run("sign", desk.signed, "-o", desk.out / "third.pdf", *desk.key(), "--field", "Office")
    assert_told(taken, 1, "pdf.field-signed")


def test_what_the_signer_says_and_a_certification_go_into_the_signature_of_a_pdf(desk: Desk) -> None:
    ran = desk.sign("--reason", "Đã duyệt", "--contact", "van-thu@example.vn", "--certify", "2")
    assert ran.status == 0, ran.err
    added = desk.signed.read_bytes()[len(FORM.read_bytes()) :]
    assert b"/DocMDP" in added
    assert (
        "Đã duyệt".encode("utf-16-be").hex().upper().encode() in added.upper()
        or "Đã duyệt".encode("utf-16-be") in added
    )
    assert b"van-thu@example.vn" in added
    assert desk.report().signatures[0].intact
    with leaving_nothing(desk.out):
        again = run("sign", desk.signed, "-o", desk.out / "again.pdf", *desk.key("official"), "--certify", "2")
    assert (again.status, "[pdf.certif" in again.err) == (1, True)


def test_commitment_role_and_place_go_into_both_kinds_of_signature(desk: Desk) -> None:
    (desk.folder / "note.txt").write_text("ghi chú")
    says = ["--commitment", "approval", "--role", "Chủ tịch", "--location", "Hà Nội,VN"]
    assert run("sign", desk.letter, desk.folder / "note.txt", "-o", desk.out, *desk.key(), *says).status == 0
    note = (desk.out / "note.txt.p7s").read_bytes()
    assert all(text.encode() in note for text in ("Chủ tịch", "Hà Nội"))
    assert "Chủ tịch".encode().hex().encode() in (desk.out / "letter.pdf").read_bytes().lower()
    assert desk.report(desk.out / "letter.pdf").signatures[0].baseline == "B-B"


# --- streams ---------------------------------------------------------------------------------------------------------


def test_stdin_to_stdout_and_on_to_verify(desk: Desk) -> None:
    done = process("sign", "-", "-o", "-", *desk.key(), *desk.at("B-LT"), stdin=FORM.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(FORM.read_bytes())
    checked = process("verify", "-", "--trust", desk.pki.trust_folder, "--json", stdin=done.stdout)
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["verdict"] == "valid"


def test_stdin_to_a_file_and_a_file_to_stdout(desk: Desk) -> None:
    assert process("sign", "-", "-o", desk.signed, *desk.key(), stdin=b"any file").returncode == 0
    (desk.out / "content").write_bytes(b"any file")
    desk.signed.rename(desk.out / "content.p7s")
    assert desk.report(desk.out / "content.p7s").signatures[0].intact
    done = process("sign", desk.letter, "-o", "-", *desk.key())
    assert done.stdout.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "arguments",
    [["-", "letter.pdf", "-o", "-"], ["-", "-o", "-", "--jobs", "2"], ["-", "-o", "-", "--resume"],
     ["-", "-o", "-", "--json"]],
)  # fmt: skip
def test_what_cannot_be_streamed_is_refused(desk: Desk, arguments: list[str]) -> None:
    ran = run("sign", *arguments, *desk.key())
    if "--json" in arguments:
        assert (ran.status, ran.json["error"]["code"]) == (2, "usage.stream")
    else:
        assert_told(ran, 2, "usage.stream")


# --- refusals leave nothing ------------------------------------------------------------------------------------------

Case = Callable[[Desk], list[str | Path]]


def _replace(flags: list[str | Path], name: str, value: str | Path) -> list[str | Path]:
    at = flags.index(name)
    return [*flags[: at + 1], value, *flags[at + 2 :]]


def _wrong_password(desk: Desk) -> list[str | Path]:
    (desk.folder / "wrong").write_text("sai mật khẩu\n")
    return _replace(desk.key(), "--pass-file", desk.folder / "wrong")


def _empty_password(desk: Desk) -> list[str | Path]:
    (desk.folder / "empty").touch()
    return _replace(desk.key(), "--pass-file", desk.folder / "empty")


def _huge_password(desk: Desk) -> list[str | Path]:
    (desk.folder / "huge").write_bytes(b"x" * 100_000)
    return _replace(desk.key(), "--pass-file", desk.folder / "huge")


def _not_a_key(desk: Desk) -> list[str | Path]:
    (desk.folder / "junk.p12").write_bytes(b"junk")
    return _replace(desk.key(), "--key", f"pkcs12:{desk.folder}/junk.p12")


def _only_a_certificate(desk: Desk) -> list[str | Path]:
    return _replace(desk.key(), "--key", f"pem:{desk.pki.folder}/certs/receiver.pem")


REFUSED: dict[str, tuple[Case, int, str]] = {
    "wrong password": (_wrong_password, 2, "key.password"),
    "empty password": (_empty_password, 2, "key.password"),
    "password file too large": (_huge_password, 1, "input.too-large"),
    "no password file": (lambda d: _replace(d.key(), "--pass-file", "/gone"), 2, "input.unreadable"),
    "no variable": (lambda d: [*d.key()[:2], "--pass-env", "NOT_SET_ANYWHERE"], 2, "usage.no-variable"),
    "no key file": (lambda d: _replace(d.key(), "--key", "pkcs12:/gone"), 2, "input.unreadable"),
    "key is a folder": (lambda d: _replace(d.key(), "--key", f"pem:{d.folder}"), 2, "input.unreadable"),
    "not a key": (_not_a_key, 2, "key.malformed"),
    "only a certificate": (_only_a_certificate, 2, "key.not-found"),
    "unknown kind of key": (lambda d: _replace(d.key(), "--key", "vault:secret"), 2, "key.scheme"),
    "no kind of key": (lambda d: _replace(d.key(), "--key", "official.p12"), 2, "key.scheme"),
    "B-T without an authority": (lambda d: [*d.key(), "--baseline", "B-T"], 2, "timestamp.needed"),
    "B-LT without an authority": (lambda d: [*d.key(), "--baseline", "B-LT"], 2, "timestamp.needed"),
    "authority is down": (
        lambda d: [*d.key(), "--baseline", "B-T", "--tsa", f"http://127.0.0.1:{CLOSED_PORT}/tsa"],
        3,
        "http.unreachable",
    ),
    "authority is not there": (
        lambda d: [*d.key(), "--baseline", "B-T", "--tsa", d.pki.base_url + "elsewhere"],
        3,
        "http.status",
    ),
    "authority's address": (lambda d: [*d.key(), "--baseline", "B-T", "--tsa", "file:///x"], 2, "http.allow-list"),
    "allowed address": (lambda d: [*d.key(), "--allow", "nonsense"], 2, "http.allow-list"),
    "expired": (lambda d: d.key("expired"), 1, "certificate.expired"),
    "not yet valid": (lambda d: d.key("not-yet-valid"), 1, "certificate.not-yet-valid"),
    "revoked": (lambda d: [*d.key("revoked"), "--trust", d.pki.trust_folder], 1, "certificate.revoked"),
    "suspended": (lambda d: [*d.key("suspended"), "--trust", d.pki.trust_folder], 1, "certificate.suspended"),
    "revoked, seen from its own evidence": (lambda d: [*d.key("revoked"), *d.at("B-LT")], 1, "certificate.revoked"),
    "suspended, seen from its own evidence": (
        lambda d: [*d.key("suspended"), *d.at("B-LT")],
        1,
        "certificate.suspended",
    ),
    "impostor": (lambda d: [*d.key("impostor"), "--trust", d.pki.trust_folder], 3, "trust.no-anchor"),
    "no trust folder": (lambda d: [*d.key(), "--trust", "/gone"], 2, "input.unreadable"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_why_in_two_languages_and_leaves_nothing(desk: Desk, case: str) -> None:
    make, status, code = REFUSED[case]
    flags = make(desk)
    with leaving_nothing(desk.out):
        assert_told(run("sign", desk.letter, "-o", desk.signed, *flags), status, code)
    with leaving_nothing(desk.out):
        ran = run("sign", desk.letter, "-o", desk.signed, *flags, "--json")
    assert ran.status == status
    assert ran.json["error"]["code"] == code
    assert ran.json["error"]["text_vi"] != ran.json["error"]["text"]


def test_every_unusable_certificate_of_the_pki_is_refused(desk: Desk) -> None:
    unusable = {"expired", "not-yet-valid", "revoked", "suspended"}
    assert unusable < set(HOLDERS)
    for who in unusable:
        with leaving_nothing(desk.out):
            assert desk.sign("--trust", desk.pki.trust_folder, who=who).status == 1


def test_no_password_and_no_terminal(desk: Desk) -> None:
    done = process("sign", desk.letter, "-o", desk.signed, "--key", desk.pki.key_uri("receiver"))
    assert done.returncode == 2
    assert b"key.password" in done.stderr
    assert not desk.signed.exists()


def test_no_secret_is_ever_said(desk: Desk) -> None:
    secret = "một-bí-mật-rất-dài"
    (desk.folder / "wrong").write_text(secret)
    for flags in (["--pass-file", str(desk.folder / "wrong")], ["--pass-env", "WRONG"]):
        done = process(
            "sign", desk.letter, "-o", desk.signed, "--key", desk.pki.key_uri("receiver"), *flags, WRONG=secret
        )
        assert done.returncode == 2
        assert secret.encode() not in done.stdout + done.stderr


def _tsa(answer: Callable[[bytes], bytes]) -> Route:
    return Route(answer=answer, accepts="application/timestamp-query", produces="application/timestamp-reply")


@pytest.fixture
def authority(desk: Desk) -> Iterator[Callable[[Callable[[bytes], bytes]], str]]:
    """Start a timestamp service that answers as told; its address."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(answer: Callable[[bytes], bytes]) -> str:
            port = free_port()
            stack.enter_context(serving(port, {"/tsa": _tsa(answer)}))
            return f"http://127.0.0.1:{port}/tsa"

        yield start


def test_a_timestamp_authority_that_is_slow_or_lies(
    desk: Desk, authority: Callable[[Callable[[bytes], bytes]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = desk.pki.http()

    def forward(body: bytes) -> bytes:
        return genuine.post(desk.pki.tsa_url, body, content_type="application/timestamp-query")

    def other_digest(body: bytes) -> bytes:
        at = body.index(b"\x04\x20") + 2
        return forward(body[:at] + bytes(32) + body[at + 32 :])

    answers: dict[str, tuple[Callable[[bytes], bytes], int]] = {
        "http.timeout": (silent, 3),
        "timestamp.malformed": (lambda _: b"<html>", 3),
        "timestamp.imprint": (other_digest, 1),
        "timestamp.nonce": (lambda _: forward(encode_request(bytes(32), "sha256", 7)), 1),
        "timestamp.refused": (lambda _: bytes.fromhex("30053003020102"), 3),
    }
    for code, (answer, status) in answers.items():
        waits = 0.4 if answer is silent else HANG_S
        monkeypatch.setattr(batch, "HttpClient", partial(HttpClient, timeout_s=waits))
        with leaving_nothing(desk.out):
            ran = desk.sign("--baseline", "B-T", "--tsa", authority(answer))
        assert_told(ran, status, code)


def test_an_authority_that_the_trust_folder_does_not_know(desk: Desk, tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    shutil.copytree(desk.pki.trust_folder, trust)
    shutil.rmtree(trust / "tsa")
    with leaving_nothing(desk.out):
        assert_told(desk.sign("--trust", trust, *desk.at("B-T")), 3, "trust.no-anchor")


def test_evidence_that_cannot_be_had_names_the_address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cause is told below the error, so that one knows what to allow."""
    monkeypatch.setattr(batch, "_services", lambda _: [])
    with leaving_nothing(desk.out):
        ran = desk.sign(*desk.at("B-LT"))
    assert_told(ran, 3, "revocation.unknown")
    assert "http.forbidden" in ran.err
    assert desk.pki.base_url in ran.err


# --- inputs and outputs ----------------------------------------------------------------------------------------------


def test_what_exists_is_kept_unless_forced(desk: Desk) -> None:
    desk.signed.write_bytes(b"older")
    with leaving_nothing(desk.out):
        assert_told(desk.sign(), 2, "usage.output-exists")
    assert desk.sign("--force").status == 0
    assert desk.signed.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_an_input_is_never_written_over(desk: Desk, force: list[str]) -> None:
    (desk.folder / "link.pdf").hardlink_to(desk.letter)
    for out in (desk.letter, desk.folder, desk.folder / "link.pdf"):
        with leaving_nothing(desk.folder):
            ran = run("sign", desk.letter, "-o", out, *desk.key(), *force)
        assert_told(ran, 2, "usage.output-is-input")


def test_places_that_cannot_be_written(desk: Desk) -> None:
    for out in (desk.folder / "none" / "x.pdf", desk.letter / "x.pdf", Path("/proc/x.pdf"), desk.out / ("x" * 300)):
        with leaving_nothing(desk.folder):
            assert_told(run("sign", desk.letter, "-o", out, *desk.key()), 2, "output.unwritable")


def test_inputs_that_cannot_be_read(desk: Desk) -> None:
    os.mkfifo(desk.folder / "pipe.pdf")
    (desk.folder / "loop").symlink_to("loop")
    for name, code in {
        "gone.pdf": "input.unreadable",
        "loop": "input.unreadable",
        "pipe.pdf": "input.not-regular",
    }.items():
        with leaving_nothing(desk.out):
            assert_told(run("sign", desk.folder / name, "-o", desk.signed, *desk.key()), 2, code)


@pytest.mark.parametrize("junk", [b"%PDF-1.7\n", b"%PDF-1.7\ntrailer<</Root 1 0 R>>", b"%PDF-" + bytes(500)])
def test_a_pdf_that_cannot_be_read_is_refused(desk: Desk, junk: bytes) -> None:
    desk.letter.write_bytes(junk)
    with leaving_nothing(desk.out):
        ran = desk.sign()
    assert ran.status == 1
    assert "[pdf." in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("junk", [b"", b"<html>", b"PK\x03\x04%PDF-1.7"])
def test_what_is_no_pdf_but_is_named_so_gets_no_signature_of_another_kind(desk: Desk, junk: bytes) -> None:
    letter = desk.folder / "LETTER.PDF"
    letter.write_bytes(junk)
    with leaving_nothing(desk.out):
        assert_told(run("sign", letter, "-o", desk.out / "one.p7s", *desk.key()), 1, "pdf.malformed")
    assert_told(run("sign", letter, desk.letter, "-o", desk.out, *desk.key()), 1, "pdf.malformed")
    assert [name for name in outputs(desk.out) if name.endswith((".pdf", ".p7s"))] == ["letter.pdf"]


# --- many files ------------------------------------------------------------------------------------------------------


def outputs(folder: Path) -> list[str]:
    """All that a batch left, but for its journal."""
    return sorted(p.name for p in folder.iterdir() if p.name != NAME)


def _letters(desk: Desk, count: int) -> list[Path]:
    folder = desk.folder / "in"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.pdf").write_bytes(FORM.read_bytes())
    return sorted(folder.iterdir())


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_batch_goes_on_after_a_bad_file_and_says_the_worst(desk: Desk, jobs: str) -> None:
    letters = _letters(desk, 6)
    letters[2].write_bytes(b"%PDF-1.7 broken")
    letters[4].unlink()
    (desk.out / letters[5].name).write_bytes(b"older")
    ran = run("sign", *letters, "-o", desk.out, *desk.key(), "--jobs", jobs, "--json")
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 1
    assert [t["source"] for t in told] == [str(p) for p in letters]
    found = [t["error"] and t["error"]["code"] for t in told]
    assert [found[0], found[1], found[3]] == [None, None, None]
    assert found[2].startswith("pdf.")
    assert found[4:] == ["input.unreadable", "usage.output-exists"]
    assert outputs(desk.out) == ["000.pdf", "001.pdf", "003.pdf", "005.pdf"]
    for name in ("000.pdf", "001.pdf", "003.pdf"):
        assert desk.report(desk.out / name).signatures[0].intact


def test_mixed_kinds_go_to_one_folder(desk: Desk) -> None:
    (desk.folder / "note.txt").write_text("ghi chú")
    ran = run("sign", desk.letter, desk.folder / "note.txt", "-o", desk.out, *desk.key())
    assert ran.status == 0
    assert outputs(desk.out) == ["letter.pdf", "note.txt.p7s"]


def test_a_batch_needs_a_folder_and_different_names(desk: Desk) -> None:
    (desk.folder / "b").mkdir()
    (desk.folder / "b" / "letter.pdf").write_bytes(FORM.read_bytes())
    both = [desk.letter, desk.folder / "b" / "letter.pdf"]
    with leaving_nothing(desk.folder):
        assert_told(run("sign", *both, "-o", desk.signed, *desk.key()), 2, "usage.folder-needed")
        assert_told(run("sign", *both, "-o", desk.out, *desk.key()), 2, "usage.same-name")


def test_a_wrong_password_is_told_once_for_a_whole_batch(desk: Desk) -> None:
    letters = _letters(desk, 4)
    ran = run("sign", *letters, "-o", desk.out, *_wrong_password(desk), "--jobs", "2")
    assert_told(ran, 2, "key.password")
    assert len(ran.err.splitlines()) == 2
    assert list(desk.out.iterdir()) == []


def test_resume_keeps_what_is_done(desk: Desk) -> None:
    letters = _letters(desk, 3)
    assert run("sign", *letters[:2], "-o", desk.out, *desk.key()).status == 0
    before = {p.name: p.stat().st_mtime_ns for p in desk.out.glob("*.pdf")}
    ran = run("sign", *letters, "-o", desk.out, *desk.key(), "--resume", "--json")
    assert ran.status == 0
    assert [json.loads(line)["skipped"] for line in ran.out.splitlines()] == [True, True, False]
    assert {p.name: p.stat().st_mtime_ns for p in desk.out.glob("*.pdf") if p.name in before} == before
    assert outputs(desk.out) == ["000.pdf", "001.pdf", "002.pdf"]


def test_one_file_is_resumed_without_a_journal(desk: Desk) -> None:
    (desk.out / ".signed.pdf.0badc0de.tmp").write_bytes(b"half a file")
    (desk.out / ".other.pdf.0badc0de.tmp").write_bytes(b"of somebody else")
    assert desk.sign("--resume").status == 0
    first = desk.signed.read_bytes()
    ran = desk.sign("--resume", "--json")
    assert (ran.status, ran.json["skipped"], ran.json["reason"]) == (0, True, "kept")
    assert sorted(p.name for p in desk.out.iterdir()) == [".other.pdf.0badc0de.tmp", "signed.pdf"]
    assert desk.signed.read_bytes() == first


def test_a_folder_is_signed_in_its_shape_and_the_failures_come_last(desk: Desk) -> None:
    folder = desk.folder / "in"
    for name in ("a.pdf", "sub/b.pdf", "sub/c.txt", "broken.pdf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"%PDF-1.7 broken" if name == "broken.pdf" else FORM.read_bytes())
    ran = run("sign", folder, "-o", desk.folder / "new", *desk.key(), "--include", "*.pdf")
    assert (ran.status, ran.out) == (1, "")
    english, vietnamese, figures = ran.err.splitlines()
    assert english.startswith(f"{folder / 'broken.pdf'}: ")
    assert vietnamese.startswith(f"{folder / 'broken.pdf'}: ")
    assert figures.startswith("xong / done 2 · lỗi / failed 1 · ")
    assert outputs(desk.folder / "new") == ["a.pdf", "sub"]
    assert outputs(desk.folder / "new" / "sub") == ["b.pdf"]
    journal = desk.folder / "elsewhere.jsonl"
    more = ["--exclude", "broken*", "--journal", journal]
    assert run("sign", folder, "-o", desk.folder / "other", *desk.key(), *more).status == 0
    assert [p.name for p in (desk.folder / "other").iterdir() if p.is_file()] == ["a.pdf"]
    ran = run("sign", folder, "-o", desk.folder / "other", *desk.key(), *more, "--resume", "--json")
    assert [json.loads(line)["reason"] for line in ran.out.splitlines()] == ["kept"] * 3
    assert len(journal.read_bytes().splitlines()) == 7


def test_a_run_that_had_to_stop_says_what_was_made_what_failed_and_why_it_stopped(desk: Desk) -> None:
    letters = _letters(desk, 8)
    services = ["--baseline", "B-T", "--tsa", f"http://127.0.0.1:{CLOSED_PORT}/tsa"]
    ran = run("sign", letters[0].parent, "-o", desk.out, *desk.key(), *services)
    assert ran.status == 3
    assert "chưa làm / not tried 3" in ran.err
    assert "[bulk.stopped]" in ran.err
    assert ran.err.count("[http.unreachable]") == 6  # five files, and the cause of the stop
    assert outputs(desk.out) == []


def test_many_failures_are_counted_not_listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signing.cli.bulk.MAX_LISTED", 2)
    letters = _letters(desk, 5)
    for letter in letters:
        letter.write_bytes(b"%PDF-1.7 broken")
    ran = run("sign", letters[0].parent, "-o", desk.out, *desk.key())
    assert (ran.status, len(ran.err.splitlines())) == (1, 6)
    assert "… +3" in ran.err


def test_progress_is_shown_on_a_terminal_with_rate_and_time_left(desk: Desk) -> None:
    letters = _letters(desk, 60)
    main, terminal = os.openpty()
    command = [*COMMAND, "sign", os.fspath(letters[0].parent), "-o", os.fspath(desk.out), *map(os.fspath, desk.key())]
    running = subprocess.Popen(command, env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "100"}, stderr=terminal)
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(main, 65536):
            shown += part
    except OSError:  # the terminal is gone with its last process
        pass
    finally:
        os.close(main)
    assert running.wait() == 0
    text = shown.decode()
    assert "ký / signing" in text
    assert "/60" in text
    assert "/s" in text
    assert "xong / done 60" in text


# --- extend ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["B-B", "B-T"])
def test_a_pdf_is_raised_to_b_lt(desk: Desk, start: str) -> None:
    assert desk.sign(*desk.at(start)).status == 0
    kept = desk.out / "kept.pdf"
    services = ["--tsa", desk.pki.tsa_url, "--allow", desk.pki.base_url, "--trust", desk.pki.trust_folder]
    assert run("extend", desk.signed, "-o", kept, *services).status == 0
    report = desk.report(kept)
    assert report.verdict is Verdict.VALID, report.to_json()
    signatures = [s for s in report.signatures if s.type == "signature"]
    assert [s.baseline for s in signatures] == ["B-LT"]
    assert kept.read_bytes().startswith(desk.signed.read_bytes())


@pytest.mark.parametrize("start", ["B-B", "B-T"])
def test_a_signature_beside_a_file_is_raised_to_b_lt(desk: Desk, start: str) -> None:
    note, signature = desk.out / "note.txt", desk.out / "first.p7s"
    note.write_text("ghi chú")
    assert run("sign", note, "-o", signature, *desk.key(), *desk.at(start)).status == 0
    services = ["--tsa", desk.pki.tsa_url, "--allow", desk.pki.base_url]
    assert run("extend", signature, "-o", desk.out / "note.txt.p7s", *services).status == 0
    report = desk.report(desk.out / "note.txt.p7s")
    assert (report.verdict, report.signatures[0].baseline) == (Verdict.VALID, "B-LT")


def test_b_b_is_raised_to_b_t_and_streams_do(desk: Desk) -> None:
    assert desk.sign().status == 0
    done = process(
        "extend", "-", "-o", "-", "--baseline", "B-T", "--tsa", desk.pki.tsa_url, stdin=desk.signed.read_bytes()
    )
    assert done.returncode == 0, done.stderr
    (desk.out / "b-t.pdf").write_bytes(done.stdout)
    report = audit_file(desk.out / "b-t.pdf", desk.trust, online=(desk.pki.base_url,))
    assert [s.baseline for s in report.signatures if s.type == "signature"] == ["B-T"]


@pytest.mark.parametrize("way", ["itself", "a link", "its folder"])
def test_extending_never_replaces_its_own_input(desk: Desk, way: str) -> None:
    assert desk.sign().status == 0
    before = desk.signed.read_bytes()
    target = {"itself": desk.signed, "a link": desk.folder / "link.pdf", "its folder": desk.signed.parent}[way]
    if way == "a link":
        target.hardlink_to(desk.signed)
    services = ["--baseline", "B-T", "--tsa", desk.pki.tsa_url]
    assert_told(run("extend", desk.signed, "-o", target, "--force", *services), 2, "usage.output-is-input")
    assert desk.signed.read_bytes() == before
    other = desk.out / "other.pdf"
    other.write_bytes(b"older")
    assert run("extend", desk.signed, "-o", other, "--force", *services).status == 0
    assert other.read_bytes().startswith(before)


def test_a_signature_in_pem_is_raised(desk: Desk) -> None:
    note, signature = desk.out / "note.txt", desk.out / "note.pem.p7s"
    note.write_text("ghi chú")
    assert run("sign", note, "-o", desk.out / "note.txt.p7s", *desk.key()).status == 0
    text = base64.encodebytes((desk.out / "note.txt.p7s").read_bytes())
    signature.write_bytes(b"-----BEGIN CMS-----\n" + text + b"-----END CMS-----\n")
    (desk.out / "note.txt.p7s").unlink()
    services = ["--baseline", "B-T", "--tsa", desk.pki.tsa_url, "--trust", desk.pki.trust_folder]
    assert run("extend", signature, "-o", desk.out / "note.txt.p7s", *services).status == 0
    assert desk.report(desk.out / "note.txt.p7s").signatures[0].baseline == "B-T"


def test_what_cannot_be_extended_leaves_nothing(desk: Desk, world: World) -> None:
    allow = ["--tsa", desk.pki.tsa_url, "--allow", desk.pki.base_url]
    assert desk.sign().status == 0
    junk = desk.folder / "junk.asice"
    junk.write_bytes(b"PK\x03\x04junk")
    (desk.out / "exists.pdf").write_bytes(b"older")
    out = desk.out / "x.pdf"
    with leaving_nothing(desk.out):
        assert_told(run("extend", desk.letter, "-o", out, *allow), 1, "pdf.unsigned")
        assert_told(run("extend", junk, "-o", out, *allow), 2, "extend.kind")
        assert_told(run("extend", desk.folder / "gone", "-o", out, *allow), 2, "input.unreadable")
        assert_told(run("extend", desk.signed, "-o", desk.out / "exists.pdf", *allow), 2, "usage.output-exists")
        assert_told(run("extend", desk.signed, "-o", out), 2, "timestamp.needed")
        ran = run("extend", desk.signed, "-o", out, "--tsa", desk.pki.tsa_url)
        assert_told(ran, 3, "revocation.unknown")
        assert "http.forbidden" in ran.err


# --- keys ------------------------------------------------------------------------------------------------------------


def test_keys_tells_what_a_file_holds_and_nothing_secret(desk: Desk) -> None:
    uri, password = desk.pki.key_uri("official"), ["--pass-file", desk.pki.password_file]
    ran = run("keys", uri, *password, "--json")
    assert ran.status == 0
    assert list(ran.json) == ["subject", "issuer", "serial", "not_before", "not_after", "algorithm", "chain"]
    assert ran.json["algorithm"] == "rsassa-pss-sha256"
    assert len(ran.json["chain"]) == 2
    assert "001072123404" not in ran.out
    shown = run("keys", uri, *password)
    assert "Trần Quốc Đạt" in shown.out
    assert desk.pki.password_file.read_text().strip() not in shown.out + ran.out


def test_keys_fails_as_sign_does(desk: Desk) -> None:
    assert_told(run("keys", "pkcs12:/gone"), 2, "input.unreadable")
    assert_told(run("keys", "smartcard:1"), 2, "key.scheme")
    assert_told(run("keys", desk.pki.key_uri("official"), "--pass-env", "NOT_SET_ANYWHERE"), 2, "usage.no-variable")


# --- mistakes in the arguments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["nonsense"], ["sign"], ["sign", "x.pdf"], ["sign", "x.pdf", "-o", "y"], ["extend"], ["keys"],
            ["extend", "x", "--due", "-1"], ["extend", "x", "--due", "36501"], ["extend", "x", "--due", "soon"],
            ["extend", "x", "--due", "0" * 9 + "9" * 12],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--baseline", "B-X"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--jobs", "0"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--jobs", "many"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--stamp", "1"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--stamp", "1,nan,3"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--stamp", "1,2,3,-4,5"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--certify", "4"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--certify", "all"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--force", "--resume"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--pass-file", "a", "--pass-env", "b"],
        ["sign", "x", "-o", "y", "--key", "pem:z", "--password", "never on the command line"],
    ],
)  # fmt: skip
def test_mistakes_in_the_arguments_exit_2_before_anything_is_touched(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "usage:" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("inputs", [1, 2])
def test_a_name_that_ends_as_folders_do_is_made_one(desk: Desk, inputs: int) -> None:
    other = desk.folder / "other.pdf"
    shutil.copy(desk.letter, other)
    new = desk.folder / "new" / "signed"
    letters = [desk.letter, other][:inputs]
    assert run("sign", *letters, "-o", f"{new}{os.sep}", *desk.key()).status == 0
    assert outputs(new) == sorted(p.name for p in letters)
    assert_told(run("sign", *letters, "-o", f"{other}{os.sep}", *desk.key()), 2, "output.unwritable")


def test_a_pdf_is_kept_beyond_its_algorithms_and_its_timestamp_renewed(desk: Desk) -> None:
    extended, renewed = desk.out / "extended.pdf", desk.out / "renewed.pdf"
    services = ["--baseline", "B-LTA", "--tsa", desk.pki.tsa_url, "--allow", desk.pki.base_url]
    assert desk.sign("--baseline", "B-LTA", "--tsa", desk.pki.tsa_url).status == 0
    assert desk.report().signatures[0].baseline == "B-LTA"
    for source, target, stamps in ((desk.signed, extended, 2), (extended, renewed, 3)):
        assert run("extend", source, "-o", target, *services).status == 0
        report = desk.report(target)
        assert (report.verdict, report.signatures[0].baseline) == (Verdict.VALID, "B-LTA")
        assert len([s for s in report.signatures if s.type == "timestamp"]) == stamps
    note = desk.folder / "note.txt"
    note.write_text("no PDF")
    kept, again = desk.out / "note.txt.p7s", desk.out / "renewed.p7s"
    (desk.out / "note.txt").write_text("no PDF")
    assert run("sign", note, "-o", kept, *desk.key(), *services).status == 0
    assert desk.report(kept).signatures[0].baseline == "B-LTA"
    assert run("extend", kept, "-o", again, *services).status == 0
    assert len(again.read_bytes()) > len(kept.read_bytes())


def test_an_encrypted_pdf_is_signed_and_extended_with_its_password(desk: Desk) -> None:
    plain, extended = desk.folder / "enc.pdf", desk.out / "extended.pdf"
    with FORM.open("rb") as source, plain.open("wb") as target:
        writer = copy_into_new_writer(PdfFileReader(source))
        writer.encrypt("of the owner", "of the reader", pdf_mac=False)
        writer.write(target)
    password, wrong = desk.folder / "password.txt", desk.folder / "wrong.txt"
    password.write_text("of the reader\n")
    wrong.write_text("of nobody\n")
    sign = ["sign", plain, "-o", desk.signed, *desk.key(), *desk.at("B-T")]
    assert_told(run(*sign), 2, "pdf.encrypted")
    assert_told(run(*sign, "--password-file", wrong), 2, "pdf.password")
    assert run(*sign, "--password-file", password, "--jobs", "2").status == 0
    extend = ["extend", desk.signed, "-o", extended, "--allow", desk.pki.base_url]
    assert run(*extend, "--password-file", password).status == 0
    report = audit_file(extended, desk.trust, password=lambda _: "of the reader")
    assert (report.verdict, report.signatures[0].baseline) == (Verdict.VALID, "B-LT")


def test_an_archive_that_holds_a_pdf_is_no_pdf(desk: Desk) -> None:
    archive, signature = desk.folder / "papers.zip", desk.out / "papers.zip.p7s"
    with ZipFile(archive, "w") as papers:
        papers.write(desk.letter, "letter.pdf")
    assert b"%PDF-" in archive.read_bytes()[:1024]
    assert run("sign", archive, "-o", signature, *desk.key()).status == 0
    again = process("sign", "-", "-o", desk.out / "again.p7s", *desk.key(), stdin=archive.read_bytes())
    assert again.returncode == 0
    assert desk.report(signature).signatures[0].format == "CAdES"
    assert_told(run("extend", archive, "-o", desk.out / "x.zip", *desk.at("B-LT")), 2, "extend.kind")
