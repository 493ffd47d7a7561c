"""The demo plays to its end, and what it leaves behind proves itself when nothing answers any more."""

from __future__ import annotations

import json
import shutil
import socket
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from signing.audit import audit_file, audit_folder
from signing.cli import main
from signing.dev.pki import DevPki
from signing.errors import UsageError
from signing.http import HttpClient
from signing.report import Indication, Report, Verdict
from signing.story.dossier import PAPERS
from signing.story.play import MARK, play
from signing.trust.certificates import facts
from signing.trust.store import TrustStore

from .demo_run import FORGED_FINDINGS, NEED_REGISTER, Demo, entries

REPORT = ["path", "sha256", "kind", "verdict", "signatures", "dossier", "seals", "validated_at", "policy", "findings",
          "elapsed_ms"]  # fmt: skip
SIGNATURE = ["id", "type", "format", "baseline", "indication", "sub_indication", "intact", "coverage", "changes_after",
             "signer", "signing_time", "timestamp", "best_signature_time", "digest_algorithm", "signature_algorithm",
             "findings"]  # fmt: skip
SIGNER = ["subject", "issuer", "serial", "ids"]
DOSSIER = ["code", "procedure", "state", "complete", "head", "steps"]
STEP = ["seq", "step", "event", "decision", "office", "role", "signature", "time"]
SEAL = ["id", "facts", "decoded", "signature", "fresh", "status", "matches_document"]
FINDING = ["code", "severity", "text", "text_vi"]


# --- the run ---------------------------------------------------------------------------------------------------------


def test_every_line_of_the_demo_comes_as_it_has_to(demo: Demo) -> None:
    assert [p for p in demo.proofs if not p.holds] == []
    assert {p.chapter for p in demo.proofs} == {"identity", "dossier", "audit", "forged"}


@pytest.mark.parametrize(
    "wanted",
    ["token.level", "token.expired", "token.revoked", "token.signature", "token.audience",
     "dossier.order", "dossier.moved-on", "dossier.role", "dossier.proof", "result.official-missing",
     "pending", "valid", "the seal", "valid, complete"],
)  # fmt: skip
def test_the_story_has_each_refusal_and_each_proof(demo: Demo, wanted: str) -> None:
    assert wanted in {p.got for p in demo.proofs}


def test_every_line_points_at_something_to_look_at(demo: Demo) -> None:
    for proof in demo.proofs:
        assert (demo.folder / proof.where).is_file(), proof
    assert json.loads((demo.folder / "proofs.json").read_text()) == [p.to_dict() for p in demo.proofs]


def test_everything_is_left_to_look_at(demo: Demo) -> None:
    trust = {p.name for p in demo.trust_folder.iterdir()}
    assert trust == {"ca", "tsa", "identity", "seals", "roles"}
    names = {p.name for p in demo.folder.iterdir()}
    assert {"pki", "identity", "forged", "result.pdf", "seal.png", "receipt.json", "register.db", "seals.db",
            "report.html", "audit.jsonl", "proofs.json", MARK, demo.dossier.name} == names  # fmt: skip
    documents = {p.name for p in (demo.folder / "forged").iterdir() if p.suffix in {".pdf", ".asice"}}
    assert documents == set(FORGED_FINDINGS)
    held = entries(demo.dossier)
    assert {f"papers/{name}" for name in PAPERS} < set(held)
    assert held["results/result.pdf"] == demo.result.read_bytes()
    assert "Giấy chứng sinh.pdf" in PAPERS


def test_the_four_kinds_of_paper_come_from_real_programs(demo: Demo) -> None:
    held = entries(demo.dossier)
    assert "LibreOffice".encode("utf-16-be").hex().upper().encode() in held["papers/form.pdf"]
    assert b"Skia/PDF" in held["papers/Giấy chứng sinh.pdf"]
    assert b"/Image" in held["papers/giay-ket-hon-scan.pdf"]
    assert held["papers/anh-the.png"].startswith(b"\x89PNG")


def test_no_secret_and_no_identity_token_lies_where_auditors_look(demo: Demo) -> None:
    password = (demo.folder / "pki" / "development-password.txt").read_text().strip().encode()
    for path in (demo.result, demo.dossier, demo.folder / "report.html", demo.folder / "audit.jsonl"):
        content = path.read_bytes()
        assert password not in content
        assert demo.token("level-2").encode() not in content
        assert b"001190654321" not in content  # the citizen's number
    for key in (demo.folder / "pki" / "keys").iterdir():
        assert key.stat().st_mode & 0o077 == 0, key


def test_a_second_run_replaces_only_what_a_first_one_made(tmp_path: Path) -> None:
    out, beside = tmp_path / "out", tmp_path / "other.txt"
    out.mkdir()
    (out / MARK).touch()
    (out / "left from the first run").touch()
    beside.write_text("stays")
    proofs = play(out)
    assert all(p.holds for p in proofs)
    assert not (out / "left from the first run").exists()
    assert beside.read_text() == "stays"


@pytest.mark.parametrize("kind", ["folder", "file", "link", "link to a demo"])
def test_what_the_demo_did_not_make_is_refused_and_untouched(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, real = tmp_path / "out", tmp_path / "real"
    real.mkdir()
    (real / "thesis.docx").write_text("ten years of work")
    if kind == "folder":
        real.rename(out)
        real = out
    elif kind == "file":
        out.write_text("a file")
    else:
        if kind == "link to a demo":
            (real / MARK).touch()
        out.symlink_to(real)
    assert main(["demo", str(out)]) == 2
    told = capsys.readouterr()
    assert "demo.folder" in told.err
    assert told.out == ""
    assert (real / "thesis.docx").read_text() == "ten years of work"
    if kind == "file":
        assert out.read_text() == "a file"


def test_an_empty_folder_is_taken_and_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as e:
        play(tmp_path / "file" / "out")
    assert e.value.code in {"output.unwritable", "demo.folder"}


# --- what is left proves itself offline ------------------------------------------------------------------------------


def test_the_services_have_stopped(demo: Demo) -> None:
    pki = DevPki.open(demo.folder / "pki")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", pki.port)) != 0


def test_what_is_genuine_is_valid_offline(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise AssertionError("an audit must not use the network")

    monkeypatch.setattr(HttpClient, "_exchange", refuse)
    for path, signatures in ((demo.result, 2), (demo.dossier, 7)):
        report = audit_file(path, demo.trust)
        assert report.verdict is Verdict.VALID, report.to_json()
        assert len(report.signatures) == signatures
        assert {s.indication for s in report.signatures} == {Indication.PASSED}
        assert {s.baseline for s in report.signatures} == {"B-LT"}
        assert all(s.intact and s.timestamp and s.signer for s in report.signatures)


def test_ecdsa_and_rsa_pss_are_both_used(demo: Demo) -> None:
    used = {s.signature_algorithm for s in demo.reports["result.pdf"].signatures}
    assert used == {"ecdsa", "rsassa-pss"}


def test_the_register_alone_makes_the_dossier_complete(demo: Demo) -> None:
    alone, known = demo.reports[demo.dossier.name], demo.with_register(demo.dossier.name)
    assert alone.dossier is not None
    assert known.dossier is not None
    assert (alone.dossier.complete, known.dossier.complete) == (False, True)
    assert [s.event for s in known.dossier.steps] == ["receive", "appraise", "approve", "sign", "return"]
    assert "dossier.head-unproven" in {f.code for f in alone.findings}
    assert known.verdict is Verdict.VALID


def test_the_result_s_seal_fits_and_says_valid(demo: Demo) -> None:
    (seal,) = demo.reports["result.pdf"].seals
    assert (seal.decoded, seal.signature, seal.fresh, seal.status, seal.matches_document) == (
        True, True, True, "valid", True,
    )  # fmt: skip


@pytest.mark.parametrize("name", FORGED_FINDINGS)
def test_a_forged_copy_is_invalid_for_its_reason(demo: Demo, name: str) -> None:
    alone = demo.reports[f"forged/{name}"]
    report = demo.with_register(f"forged/{name}")
    assert report.verdict is Verdict.INVALID
    errors = {f.code for f in report.all_findings() if f.severity == "error"}
    assert FORGED_FINDINGS[name] in errors
    if name in NEED_REGISTER:
        assert alone.dossier is not None
        assert not alone.dossier.complete
        assert "dossier.head-unproven" in {f.code for f in alone.findings}
        assert report.dossier is not None
        assert not report.dossier.complete
    else:
        assert alone.verdict is Verdict.INVALID


def test_without_trust_nothing_is_valid(demo: Demo) -> None:
    reports = list(audit_folder(demo.folder))
    assert Verdict.VALID not in {r.verdict for r in reports}
    result = next(r for r in reports if r.path.endswith("/result.pdf"))
    assert result.verdict is Verdict.INDETERMINATE
    assert all(s.intact for s in result.signatures)
    assert "trust.no-anchor" in {f.code for f in result.all_findings()}


VALID, UNKNOWN = Verdict.VALID, Verdict.INDETERMINATE
# purpose of the trust folder → the verdicts of the result and of the dossier without it, and what is said
WITHOUT = {
    "ca": (UNKNOWN, UNKNOWN, "trust.no-anchor"),
    # the result's chains are good now, which is all that EN 319 102-1 §5.3 asks; nothing says when it was signed
    "tsa": (VALID, UNKNOWN, "timestamp.untrusted"),
    "identity": (VALID, UNKNOWN, "dossier.proof-untrusted"),
    # the signatures do not need the seal, but the seal proves nothing
    "seals": (VALID, VALID, "seal.unknown-office"),
    "roles": (VALID, UNKNOWN, "dossier.role-unknown"),
}


@pytest.mark.parametrize("purpose", WITHOUT)
def test_what_one_purpose_of_trust_proves_no_other_does(demo: Demo, tmp_path: Path, purpose: str) -> None:
    shutil.copytree(demo.trust_folder, tmp_path / "trust")
    shutil.rmtree(tmp_path / "trust" / purpose)
    trust = TrustStore.load(tmp_path / "trust")
    result, dossier = audit_file(demo.result, trust), audit_file(demo.dossier, trust)
    *verdicts, code = WITHOUT[purpose]
    assert [result.verdict, dossier.verdict] == verdicts
    assert code in {f.code for f in (*result.all_findings(), *dossier.all_findings()) if f.severity != "info"}
    if purpose == "tsa":
        assert {s.timestamp for s in result.signatures} == {None}
        assert {s.best_signature_time for s in result.signatures} == {result.validated_at}
    if purpose == "seals":
        assert {(s.signature, s.status, s.matches_document) for s in result.seals} == {(None, "unknown", None)}


@pytest.mark.parametrize("purpose", WITHOUT)
def test_no_forged_copy_becomes_valid_for_want_of_trust(demo: Demo, tmp_path: Path, purpose: str) -> None:
    shutil.copytree(demo.trust_folder, tmp_path / "trust")
    shutil.rmtree(tmp_path / "trust" / purpose)
    trust = TrustStore.load(tmp_path / "trust")
    # everything about this one is genuine but that its seal belongs to another result: only seal keys show that
    blind = {"qr-before-signing.pdf"} if purpose == "seals" else set()
    for name in set(FORGED_FINDINGS) - blind:
        report = audit_file(demo.folder / "forged" / name, trust, register=demo.register)
        assert report.verdict is not Verdict.VALID, name


def test_in_ten_years_the_kept_proofs_do_not_turn_into_failures(demo: Demo) -> None:
    """B-LT without a later archive timestamp: the TSA's certificate has ended, so nothing can be told."""
    report = demo.reports["result.pdf"]
    later = audit_file(demo.result, demo.trust, at=report.validated_at + timedelta(days=3650 + 30))
    assert later.verdict is Verdict.INDETERMINATE


# --- the command line over the whole folder --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What `signing audit OUT --trust OUT/pki/trust --json` prints; its exit status is 1 because of `forged/`."""
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main(["audit", str(demo.folder), "--trust", str(demo.trust_folder), "--json"])
    assert status == 1
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_there_is_a_line_for_every_file(demo: Demo, lines: list[dict[str, object]]) -> None:
    files = {str(p) for p in demo.folder.rglob("*") if p.is_file()}
    assert {str(line["path"]) for line in lines} == files
    assert len(lines) == len(files)


def test_each_line_has_exactly_the_members_of_the_contract_in_order(lines: list[dict[str, object]]) -> None:
    nested = {"signatures": SIGNATURE, "seals": SEAL, "findings": FINDING}
    seen = set()
    for line in lines:
        assert list(line) == REPORT
        for member, wanted in nested.items():
            for inner in line[member]:  # type: ignore[attr-defined]
                assert list(inner) == wanted
                seen.add(member)
        for signature in line["signatures"]:  # type: ignore[attr-defined]
            assert signature["signer"] is None or list(signature["signer"]) == SIGNER
            assert all(list(f) == FINDING for f in signature["findings"])
        dossier = line["dossier"]
        if dossier is not None:
            assert list(dossier) == DOSSIER  # type: ignore[call-overload]
            assert all(list(step) == STEP for step in dossier["steps"])  # type: ignore[index]
            seen.add("dossier")
    assert seen == {*nested, "dossier"}


def test_each_member_has_a_value_of_the_contract(lines: list[dict[str, object]]) -> None:
    allowed = {
        "type": {"signature", "timestamp", "evidence-record"},
        "format": {"PAdES", "PKCS7", "CAdES", "XAdES", "RFC3161", "ERS", "COSE", "JWS"},
        "baseline": {"B-B", "B-T", "B-LT", "B-LTA", None},
        "indication": {"TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"},
        "intact": {True, False, None},
        "coverage": {"whole-file", "revision", "partial", None},
        "changes_after": {"none", "permitted", "forbidden", "unknown", None},
    }
    kinds = {"pdf", "dossier", "asice", "asics", "cades", "xades", "timestamp", "evidence-record", "seal", "token",
             "unknown"}  # fmt: skip
    for line in lines:
        assert line["kind"] in kinds
        assert line["verdict"] in {"valid", "invalid", "indeterminate", "unsigned"}
        assert len(str(line["sha256"])) == 64
        assert isinstance(line["elapsed_ms"], float)
        for signature in line["signatures"]:  # type: ignore[attr-defined]
            for member, values in allowed.items():
                assert signature[member] in values, (line["path"], member)
        for seal in line["seals"]:  # type: ignore[attr-defined]
            assert seal["status"] in {"valid", "revoked", "pending", "unknown"}


def test_personal_numbers_are_masked_unless_asked_for(demo: Demo) -> None:
    masked = demo.reports["result.pdf"].to_json()
    shown = audit_file(demo.result, demo.trust, show_ids=True).to_json()
    assert "001072123404" not in masked
    assert "001072123404" in shown


def test_the_html_report_fetches_nothing_and_hides_the_forged(demo: Demo) -> None:
    page = (demo.folder / "report.html").read_text()
    assert "result.pdf" in page
    assert "forged/" not in page
    assert "http-equiv" in page
    assert not [w for w in ("<script", "<iframe", "src=", "<link") if w in page]


def test_verdicts_of_the_folder(demo: Demo) -> None:
    told: dict[str, Report] = {p: r for p, r in demo.reports.items() if r.verdict is not Verdict.UNSIGNED}
    valid = {p for p, r in told.items() if r.verdict is Verdict.VALID}
    # without the register, a cut tail and a fork cannot be told from the whole
    lists = {"pki/trust/seals/H26.19-1.jwt"}  # the seals in force, for a quarter of an hour
    assert valid == {"result.pdf", demo.dossier.name} | lists | {f"forged/{name}" for name in NEED_REGISTER}
    assert {p for p, r in told.items() if r.verdict is Verdict.INVALID} == {
        f"forged/{name}" for name in FORGED_FINDINGS if name not in NEED_REGISTER
    }


def test_addresses_in_the_certificates_are_loopback(demo: Demo) -> None:
    pki = DevPki.open(demo.folder / "pki")
    urls = [u for name in ("official", "clerk") for u in facts(pki.certificate(name)).ocsp_urls]
    assert urls
    assert {urlsplit(u).hostname for u in urls} == {"127.0.0.1"}
