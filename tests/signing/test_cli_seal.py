"""`signing seal`: exit statuses, JSON, and a round from `make` to `check`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from eid import qr
from signing.cli import main
from signing.dev.people import OFFICE
from signing.pdf_check.verify import examine_pdf
from signing.report import Verdict
from signing.trust.store import TrustStore

INPUT = Path(__file__).parents[2] / "examples" / "inputs" / "result.pdf"


@pytest.fixture
def made(world, tmp_path, capsys):
    """The text of a seal made on the command line, and its facts."""
    pki = world.pki
    arguments = {
        "dossier": f"{OFFICE}-261121-0001",
        "procedure": "1.001193",
        "office": OFFICE,
        "number": "12/GKS",
        "holder": "Nguyễn V. An",
        "official": pki.folder / "certs" / "official.pem",
        "office-cert": pki.folder / "certs" / "clerk.pem",
        "keys": pki.folder / "keys" / "seal.pem",
        "book": tmp_path / "seals.db",
        "pass-file": pki.password_file,
    }
    flags = [part for name, value in arguments.items() for part in (f"--{name}", str(value))]
    assert main(["seal", "make", str(INPUT), *flags, "--json", "-o", str(tmp_path / "code.svg")]) == 0
    assert "<svg" in (tmp_path / "code.svg").read_text()
    assert main(["seal", "make", str(INPUT), *flags, "-o", "code.gif"]) == 2
    return json.loads(capsys.readouterr().out)


def run(capsys, *arguments):
    """Exit status and the JSON on stdout."""
    status = main(["seal", *map(str, arguments), "--json"])
    out = capsys.readouterr().out
    return status, json.loads(out) if out else None


def make_prepared(pki, folder):
    """The arguments of `seal make` for a result prepared.pdf in `folder`, with the book seals.db beside it."""
    facts = ["--dossier", f"{OFFICE}-261121-0001", "--procedure", "1", "--office", OFFICE, "--number", "1"]
    certificates = [
        f"--official={pki.folder / 'certs/official.pem'}",
        f"--office-cert={pki.folder / 'certs/clerk.pem'}",
    ]
    book = [f"--book={folder / 'seals.db'}", f"--keys={pki.folder / 'keys/seal.pem'}"]
    secret = ["--holder", "N. A.", f"--pass-file={pki.password_file}"]
    return ["seal", "make", str(INPUT), "--result", str(folder / "prepared.pdf"), *facts, *certificates, *book, *secret]


def sign(pki, source, target, role, who):
    """The arguments of `seal sign` as `role`, with the key of `who`."""
    given = ["seal", "sign", str(source), "-o", str(target), "--as", role, "--key", pki.key_uri(who)]
    services = ["--trust", str(pki.trust_folder), "--tsa", pki.tsa_url, "--allow", pki.base_url]
    return [*given, *services, "--pass-file", str(pki.password_file)]


@pytest.fixture
def prepared(world, tmp_path, capsys):
    """A result that waits for both signatures."""
    assert main(make_prepared(world.pki, tmp_path)) == 0
    capsys.readouterr()
    return tmp_path / "prepared.pdf"


def test_a_seal_made_here_is_pending_and_checks_offline(world, made, capsys):
    status, said = run(capsys, "check", made["text"], "--trust", world.pki.trust_folder)
    (seal,) = said["seals"]
    assert (seal["decoded"], seal["signature"], seal["fresh"], seal["status"]) == (True, True, True, "unknown")
    assert seal["facts"] == made["facts"]
    assert (status, said["verdict"]) == (3, "indeterminate")
    assert {f["code"] for f in said["findings"]} == {"seal.status-unknown", "seal.paper-only"}


def test_without_trust_the_answer_is_could_not_tell(made, capsys):
    status, said = run(capsys, "check", made["text"])
    assert (status, said["seals"][0]["signature"]) == (3, None)


def test_a_changed_text_is_not_valid(world, made, capsys):
    at = len(made["text"]) - 20
    changed = made["text"][:at] + ("0" if made["text"][at] != "0" else "1") + made["text"][at + 1 :]
    status, said = run(capsys, "check", changed, "--trust", world.pki.trust_folder)
    assert (status, said["verdict"]) == (1, "invalid")


def test_a_picture_and_a_text_file_are_read_like_the_text(made, tmp_path, capsys):
    picture, written = tmp_path / "seal.png", tmp_path / "seal.txt"
    picture.write_bytes(qr.png(made["text"]))
    written.write_text(made["text"] + "\n")
    for source in (picture, written):
        assert run(capsys, "check", source)[1]["seals"][0]["facts"] == made["facts"]
    assert run(capsys, "scan", picture) == (0, {"codes": [{"text": made["text"], "page": None, "seal": True}]})


def test_a_code_that_is_not_a_seal_is_shown_and_not_opened(tmp_path, capsys):
    picture = tmp_path / "link.png"
    picture.write_bytes(qr.png("https://dichvucong.gov.vn@evil.example/"))
    status, said = run(capsys, "scan", picture)
    assert (status, said["codes"][0]["seal"]) == (0, False)
    assert run(capsys, "check", picture)[0] == 1
    assert main(["seal", "scan", str(picture)]) == 0
    assert "not opened" in capsys.readouterr().err


def test_prose_says_unproven_beside_each_fact(made, capsys):
    assert main(["seal", "check", made["text"]]) == 3
    out = capsys.readouterr().out
    assert out.count("NOT proven") == 6


def test_an_empty_page_and_a_missing_file(tmp_path, capsys):
    assert main(["seal", "check", str(INPUT)]) == 1
    assert main(["seal", "scan", str(INPUT)]) == 1
    assert main(["seal", "check", str(tmp_path / "none.png")]) == 2
    assert "scan.nothing" in capsys.readouterr().err


def test_a_result_from_its_seal_to_its_withdrawal(world, tmp_path, capsys):
    """`make --result`, both signatures, `confirm`, `publish`, `revoke`: the seal says what the office's book says."""
    pki, trust, book = world.pki, tmp_path / "trust", tmp_path / "seals.db"
    shutil.copytree(pki.trust_folder, trust)
    secret = ["--pass-file", str(pki.password_file)]
    keys = ["--keys", str(pki.folder / "keys" / "seal.pem"), *secret]
    prepared, official, result = (tmp_path / f"{name}.pdf" for name in ("prepared", "official", "result"))
    make = make_prepared(pki, tmp_path)
    assert main(make) == 0
    places = book.read_bytes()
    assert main(make) == 2  # the result is there
    assert book.read_bytes() == places
    for source, target, role, who in (
        (prepared, official, "official", "official"),
        (official, result, "office", "clerk"),
    ):
        assert main(["seal", "confirm", str(source), "--book", str(book), "--trust", str(trust)]) == 1
        assert main(sign(pki, source, target, role, who)) == 0

    def status() -> str:
        assert main(["seal", "publish", "--book", str(book), "--trust", str(trust), *keys]) == 0
        capsys.readouterr()
        return run(capsys, "check", result, "--trust", trust)[1]["seals"][0]["status"]

    assert status() == "pending"
    assert main(["seal", "confirm", str(result), "--book", str(book), "--trust", str(trust)]) == 0
    assert status() == "valid"
    assert main(["seal", "revoke", str(result), "--book", str(book)]) == 0
    assert status() == "revoked"
    assert main(["seal", "confirm", str(result), "--book", str(book), "--trust", str(trust)]) == 1


def test_both_sign_in_their_prepared_fields_and_the_audit_says_valid(world, prepared, capsys):
    pki, official, result = world.pki, prepared.with_name("official.pdf"), prepared.with_name("result.pdf")
    image, ink = INPUT.parent / "con-dau-mau.png", INPUT.parent / "chu-ky-mau.png"
    assert main([*sign(pki, prepared, official, "official", "official"), "--image", str(ink)]) == 0
    assert main([*sign(pki, official, result, "office", "clerk"), "--image", str(image)]) == 0
    assert str(result) in capsys.readouterr().err
    found = examine_pdf(result.read_bytes(), trust=TrustStore.load(world.pki.trust_folder))
    assert found.verdict is Verdict.VALID
    assert [(s.id, s.baseline) for s in found.signatures] == [("Official", "B-LT"), ("Office", "B-LT")]


@pytest.mark.parametrize(("role", "who"), [("official", "official"), ("office", "clerk")])
def test_an_image_that_would_hide_what_is_below_it_is_refused(world, prepared, capsys, role, who):
    """NĐ 30/2020 Phụ lục I: images of signatures and seals have a transparent ground."""
    image = prepared.with_name("opaque.png")
    image.write_bytes(qr.png("con dấu"))
    target = prepared.with_name("signed.pdf")
    assert main([*sign(world.pki, prepared, target, role, who), "--image", str(image)]) == 2
    assert "[stamp.opaque]" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.parametrize(
    ("role", "who", "code"),
    [
        ("office", "clerk", "result.official-missing"),
        ("official", "clerk", "result.wrong-signer"),
        ("office", "official", "result.wrong-signer"),
    ],
)
def test_neither_the_office_before_the_official_nor_another_s_key_signs(world, prepared, capsys, role, who, code):
    target = prepared.with_name("signed.pdf")
    before = sorted(prepared.parent.iterdir())
    assert main(sign(world.pki, prepared, target, role, who)) == 1
    assert f"[{code}]" in capsys.readouterr().err
    assert sorted(prepared.parent.iterdir()) == before


def test_nobody_signs_twice_and_no_file_is_replaced_unasked(world, prepared, capsys):
    pki, official, again = world.pki, prepared.with_name("official.pdf"), prepared.with_name("again.pdf")
    official.write_bytes(b"another's")
    signing = sign(pki, prepared, official, "official", "official")
    assert main(signing) == 2
    assert official.read_bytes() == b"another's"
    assert main([*signing, "--force"]) == 0
    assert main([*sign(pki, official, official, "office", "clerk"), "--force"]) == 2
    assert main(sign(pki, official, again, "official", "official")) == 1
    told = capsys.readouterr().err
    for code in ("usage.output-exists", "usage.output-is-input", "result.already-signed"):
        assert f"[{code}]" in told
    assert not again.exists()


def test_without_a_timestamp_authority_the_default_baseline_is_refused(world, prepared, capsys):
    given = sign(world.pki, prepared, prepared.with_name("signed.pdf"), "official", "official")
    at = given.index("--tsa")
    assert main(given[:at] + given[at + 2 :]) == 2
    assert "[timestamp.needed]" in capsys.readouterr().err
