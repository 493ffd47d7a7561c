"""`signing audit` and `verify`: exit statuses, machine output, and text that no document can take over."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from signing.audit import How, HowAndWhere, audit_file, audit_files
from signing.audit.outputs import Outputs
from signing.audit.watch import watch_files
from signing.batch import Order
from signing.batch.extend import ExtendOrder
from signing.cli import VERBS, overview, parser
from signing.cms.cades import extend_detached
from signing.pdf.sign import extend_pdf

from .cli_run import COMMAND, ENVIRONMENT, assert_told, leaving_nothing, process, run
from .demo_run import Demo
from .signed_pdfs import INPUTS


@pytest.fixture
def folder(tmp_path: Path, demo: Demo) -> Path:
    """One valid, one unsigned document."""
    (tmp_path / "valid.pdf").write_bytes(demo.result.read_bytes())
    (tmp_path / "unsigned.pdf").write_bytes((INPUTS / "form.pdf").read_bytes())
    return tmp_path


def _forge(folder: Path, demo: Demo) -> None:
    (folder / "forged.pdf").write_bytes((demo.folder / "forged" / "result-changed.pdf").read_bytes())


# --- exit statuses ---------------------------------------------------------------------------------------------------


def test_exit_0_1_3_by_the_worst_and_unsigned_files_do_not_count(folder: Path, demo: Demo, tmp_path: Path) -> None:
    trust = ["--trust", demo.trust_folder]
    assert run("audit", folder, *trust).status == 0
    assert run("audit", folder / "unsigned.pdf").status == 0
    assert run("audit", folder).status == 3
    assert run("audit", folder / "gone").status == 3
    _forge(folder, demo)
    assert run("audit", folder, *trust).status == 1
    assert run("audit", folder).status == 1  # invalid beside indeterminate


def test_verify_is_for_one_document_and_unsigned_is_no_proof(folder: Path, demo: Demo) -> None:
    trust = ["--trust", demo.trust_folder]
    _forge(folder, demo)
    names = ("valid.pdf", "unsigned.pdf", "forged.pdf", "gone")
    told = {name: run("verify", folder / name, "--detail", *trust) for name in names}
    assert {name: ran.status for name, ran in told.items()} == {
        "valid.pdf": 0,
        "unsigned.pdf": 3,
        "forged.pdf": 1,
        "gone": 2,  # a wrong call: nothing was judged
    }
    assert "hợp lệ / valid" in told["valid.pdf"].out
    assert "Trần Quốc Đạt" in told["valid.pdf"].out
    assert "document.unsigned" in told["unsigned.pdf"].out
    assert "pdf.changed-after" in told["forged.pdf"].out


def test_verify_shows_a_dossier_s_steps(demo: Demo) -> None:
    ran = run("verify", demo.dossier, "--trust", demo.trust_folder, "--register", demo.register)
    assert ran.status == 0
    assert "receive → appraise → approve → sign → return" in ran.out
    assert "dossier.head-unproven" not in ran.out


def test_the_register_finds_what_was_cut_off(demo: Demo) -> None:
    cut = demo.folder / "forged" / "last-removed.asice"
    assert run("audit", cut, "--trust", demo.trust_folder).status == 0
    ran = run("audit", cut, "--trust", demo.trust_folder, "--register", demo.register)
    assert ran.status == 1
    assert "dossier.truncated" in ran.out


# --- machine output --------------------------------------------------------------------------------------------------


def test_json_is_one_object_a_document_and_nothing_else(folder: Path, demo: Demo) -> None:
    ran = run("audit", folder, "--trust", demo.trust_folder, "--json")
    assert ran.err == ""
    assert [json.loads(line)["verdict"] for line in ran.out.splitlines()] == ["unsigned", "valid"]
    assert run("verify", folder / "valid.pdf", "--trust", demo.trust_folder, "--json").json["kind"] == "pdf"


def test_several_paths_and_stdin_in_one_run(folder: Path, demo: Demo) -> None:
    done = process(
        "audit", folder / "valid.pdf", "-", folder, "--json", "--trust", demo.trust_folder, "--jobs", "2",
        stdin=demo.dossier.read_bytes(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted((Path(t["path"]).name, t["kind"]) for t in told) == [
        ("-", "dossier"), ("unsigned.pdf", "pdf"), ("valid.pdf", "pdf"), ("valid.pdf", "pdf"),
    ]  # fmt: skip


def test_html_is_written_beside_the_lines_whole_or_not_at_all(folder: Path, demo: Demo, tmp_path: Path) -> None:
    page = folder / "report.html"  # in the audited folder itself, as people do
    ran = run("audit", folder, "--trust", demo.trust_folder, "--json", "--html", page)
    assert (ran.status, len(ran.out.splitlines())) == (0, 2)
    assert "valid.pdf" in page.read_text()
    # told before the first document, not after hours of work
    with leaving_nothing(folder):
        assert_told(run("audit", folder, "--html", tmp_path / "none" / "x.html"), 2, "output.unwritable")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_json_is_utf_8_whatever_the_terminal_is(folder: Path, demo: Demo, encoding: str) -> None:
    done = process("audit", folder, "--trust", demo.trust_folder, "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert "Trần Quốc Đạt" in told[1]["signatures"][0]["signer"]["subject"]
    plain = process("audit", folder, "--trust", demo.trust_folder, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert plain.returncode == 0, plain.stderr
    assert plain.stderr == b""


HOSTILE = [b"two\nlines.pdf", b"esc\x1b[2J\x1b]0;title\x07.pdf", b"not-utf8-\xff.pdf", b"cr\r.pdf", b"[red]x[bold].pdf",
           "bidi\u202efdp.pdf".encode(), "c1\x9b31m.pdf".encode()]  # fmt: skip


def test_no_file_name_steers_the_terminal_or_breaks_a_line(folder: Path, demo: Demo) -> None:
    for name in HOSTILE:
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(demo.result.read_bytes())
    plain = process("audit", folder, "--trust", demo.trust_folder)
    assert plain.returncode == 0
    text = plain.stdout.decode("utf-8")
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.splitlines()) == len(HOSTILE) + 2
    assert "[red]x[bold].pdf" in text
    lines = process("audit", folder, "--trust", demo.trust_folder, "--json").stdout.decode("utf-8")
    assert all(line.isprintable() for line in lines.split("\n"))
    assert len([json.loads(line) for line in lines.splitlines()]) == len(HOSTILE) + 2


def test_a_name_in_a_message_does_not_steer_it_either(tmp_path: Path) -> None:
    done = process("sign", "x\x1b[2J\n", "-o", tmp_path / "y", "--key", "pem:\x1b]0;z\x07", "--pass-env", "PATH")
    assert done.returncode == 2
    assert all(line.isprintable() for line in done.stderr.decode().split("\n"))


def test_a_reader_that_goes_away_is_no_error(demo: Demo) -> None:
    running = subprocess.Popen(
        [*COMMAND, "audit", str(demo.folder), "--json"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    told = running.stderr.read()
    running.stderr.close()
    assert (running.wait(), told) == (141, b"")


def _closed(command: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """A run whose streams the shell redirects as `command` says."""
    line = ["sh", "-c", f'"$@" {command}', "sh", *COMMAND, *map(str, arguments)]
    return subprocess.run(line, env=ENVIRONMENT, capture_output=True, check=False)


@pytest.mark.parametrize("extra", [[], ["--json"], ["--json", "--csv", "x.csv"]])
def test_a_disk_that_is_full_behind_stdout_is_not_a_document_that_is_not_valid(
    folder: Path, tmp_path: Path, extra: list[str]
) -> None:
    extra = [str(tmp_path / e) if e.endswith(".csv") else e for e in extra]
    done = _closed(">/dev/full", "audit", folder, *extra)
    assert done.returncode == 2, done.stderr
    assert b"stdout" in done.stderr
    assert b"[output.unwritable]" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.csv"))


def test_a_reader_that_goes_away_while_a_table_is_written(demo: Demo, tmp_path: Path) -> None:
    running = subprocess.Popen(
        [*COMMAND, "audit", str(demo.folder), "--json", "--csv", str(tmp_path / "x.csv")],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    running.stdout = None
    assert (running.communicate()[1], running.returncode) == (b"", 141)


@pytest.mark.parametrize("streams", [">&-", ">&- 2>&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_answer_and_receive_no_file(folder: Path, demo: Demo, streams: str) -> None:
    page = folder / "report.html"
    for flag in ([], ["--json"]):
        done = _closed(streams, "audit", folder, "--trust", demo.trust_folder, "--html", page, *flag)
        assert (done.returncode, done.stderr.count(b"Traceback")) == (0, 0)
        assert page.read_text().startswith("<!")
    (folder / "valid.pdf").write_bytes(demo.result.read_bytes()[:-40])
    assert _closed(streams, "audit", folder, "--trust", demo.trust_folder).returncode == 1


def test_a_stdin_that_is_closed_is_not_an_empty_document() -> None:
    done = _closed("<&-", "audit", "-", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "input.unreadable")


@pytest.mark.parametrize("arguments", [["x", "--html", "-"], ["x", "--journal", "-"], ["-", "--watch", "--out", "o"]])
def test_a_dash_where_no_stream_can_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with leaving_nothing(tmp_path):
        assert_told(run("audit", *arguments), 2, "usage.no-stream")


# --- mistakes --------------------------------------------------------------------------------------------------------


def test_each_wrong_flag_is_told_and_nothing_is_judged(folder: Path, demo: Demo, tmp_path: Path) -> None:
    bad = tmp_path / "policy.json"
    bad.write_text('{"digest": {}}')
    for flags, status, code in (
        (["--trust", "/gone"], 2, "input.unreadable"),
        (["--policy", "/gone"], 2, "input.unreadable"),
        (["--policy", bad], 2, "usage.argument"),
        (["--password-file", "/gone"], 2, "input.unreadable"),
        (["--trust", demo.trust_folder, "--online", "file:///etc/"], 2, "http.allow-list"),
    ):
        assert_told(run("audit", folder, *flags), status, code)
        assert run("audit", folder, *flags, "--json").json["error"]["code"] == code


def test_a_register_that_is_not_there(demo: Demo, tmp_path: Path) -> None:
    ran = run("audit", demo.dossier, "--register", f"sqlite:///{tmp_path}/none.db")
    assert_told(ran, 2, "register.not-found")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [["audit"], ["verify"], ["verify", "a", "b"], ["audit", "x", "--at", "yesterday"], ["audit", "x", "--jobs", "-1"],
     ["audit", "x", "--at", "2026-01-01T00:00:00"], ["audit", "x", "--password", "secret"]],
)  # fmt: skip
def test_mistakes_in_the_arguments_exit_2(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "usage:" in ran.err


def test_a_spoilt_trust_folder_is_not_an_empty_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "trust" / "ca").mkdir(parents=True)
    (tmp_path / "trust" / "ca" / "root.pem").write_text("not a certificate")
    ran = run("audit", folder, "--trust", tmp_path / "trust")
    assert ran.status in {1, 2}
    assert "trust.malformed" in ran.err
    assert ran.out == ""


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    ran = run("audit", tmp_path)
    assert (ran.status, "no files" in ran.out) == (0, True)


def test_a_trust_folder_in_which_nothing_is_trusted_is_told(folder: Path, demo: Demo) -> None:
    """The folder above the one that was meant: all would be "could not tell", and nothing say why."""
    for place, told in ((demo.trust_folder.parent, True), (demo.trust_folder, False)):
        ran = run("audit", folder, "--trust", place, "--json")
        assert ((f"nothing is trusted: {place}" in ran.err), ran.status) == (told, 3 if told else 0)


def test_an_encrypted_pdf_and_its_password_file(samples: object, demo: Demo, tmp_path: Path) -> None:
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO((INPUTS / "form.pdf").read_bytes())))
    writer.encrypt(owner_pass="bí mật", user_pass="bí mật")
    with (tmp_path / "locked.pdf").open("wb") as out:
        writer.write(out)
    (tmp_path / "password").write_text("bí mật\n")
    for jobs in ("1", "2"):
        ran = run("audit", tmp_path / "locked.pdf", "--password-file", tmp_path / "password", "--jobs", jobs, "--json")
        assert (ran.json["kind"], ran.json["verdict"]) == ("pdf", "unsigned")
        assert "bí mật" not in ran.out + ran.err


# --- the command line mirrors the library ----------------------------------------------------------------------------


def _flags(verb: str) -> set[str]:
    """The names of a verb's arguments, as its code sees them."""
    (group,) = parser(verb)._subparsers._group_actions  # type: ignore[union-attr]
    return {action.dest for action in group.choices[verb]._actions} - {"help"}  # type: ignore[union-attr, call-overload]


def test_the_contract_s_verbs_are_there() -> None:
    assert {
        "demo", "pki", "sign", "extend", "external", "verify", "audit", "dossier", "register", "seal", "keys",
        "cosign", "ers",
    } == set(VERBS)  # fmt: skip


def test_the_overview_says_what_the_verbs_say() -> None:
    def told(top: object) -> dict[str, str | None]:
        (group,) = top._subparsers._group_actions  # type: ignore[attr-defined]
        return {choice.dest: choice.help for choice in group._choices_actions}

    assert told(overview()) == told(parser())
    assert list(told(parser())) == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_loads_alone(verb: str) -> None:
    ran = run(verb, "--help")
    assert ran.status == 0
    assert f"usage: signing {verb}" in ran.out


def test_flags_of_audit_are_the_library_s_keywords() -> None:
    keywords = {*HowAndWhere.__annotations__, *inspect.signature(audit_files).parameters} - {"how", "but"}
    keywords |= {f.name for f in fields(Outputs)} - {"results"}  # that is what --json prints
    keywords |= set(inspect.signature(watch_files).parameters) - {"how", "stop", "told"}
    renamed = {"password": "password_file"}  # a secret never stands on the command line
    assert {renamed.get(k, k) for k in keywords} | {"json", "out", "watch", "pictures"} == _flags("audit")
    one = {*How.__annotations__, *inspect.signature(audit_file).parameters} - {"how", "path"}
    assert {renamed.get(k, k) for k in one} | {"json", "file", "detail", "html", "etsi", "pictures"} == _flags("verify")


BATCH = {"inputs", "out", "jobs", "json", "include", "exclude", "journal"}
DETAILS = {"commitment", "role", "location", "policy_oid", "policy_file", "policy_uri"}
NEW_FIELDS = {"new_field", "field_lock"}
RENAMED = {"tsa_url": "tsa", "field_name": "field", "overwrite": "force", "password": "password_file"}


def _fields(order: type[Order] | type[ExtendOrder]) -> set[str]:
    """The fields of an order as flags; spare authorities are `--tsa` given again, a phone's code is always shown."""
    return {RENAMED.get(f.name, f.name) for f in fields(order)} - {"spare_tsa_urls", "show", "details", "fields"}


def test_flags_of_sign_and_extend_are_the_library_s_keywords() -> None:
    signing = {name for name in _flags("sign") if not name.startswith("stamp_")}  # those make the one stamp
    assert _fields(Order) | BATCH | DETAILS | NEW_FIELDS | {"pass_file", "pass_env"} == signing
    for function in (extend_pdf, extend_detached):
        assert {"baseline", "tsa"} <= set(inspect.signature(function).parameters)
    assert _fields(ExtendOrder) | BATCH == _flags("extend")


def test_help_is_quick_because_it_loads_no_library() -> None:
    heavy = ("sqlalchemy", "pyhanko", "cbor2", "PIL", "zxingcpp", "lxml")
    code = "import sys; from signing.cli import overview; overview(); print(*sys.modules)"
    done = subprocess.run([*COMMAND[:1], "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert not [name for name in heavy if name in done.stdout.split()]
