"""`signing external`: two phases on the command line, with openssl as the key elsewhere."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from signing.cms.cades import sign_detached
from signing.cms.signed_data import check_cms, parse_cms

from ..world import World
from .cli_run import Ran, assert_told, leaving_nothing, run
from .cms_makers import digest_of, make_key, make_leaf, openssl, pem, root
from .pdf_shapes import VALID, one_page, pdfsig


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a PDF, another file, a certificate with its issuer, and a key that only openssl uses."""
    (tmp_path / "letter.pdf").write_bytes(one_page())
    (tmp_path / "đơn.txt").write_bytes("Đơn đề nghị".encode())
    (tmp_path / "cert.pem").write_bytes(pem(make_leaf("p256")) + pem(root()))
    (tmp_path / "key.pem").write_bytes(pem(make_key("p256")))
    return tmp_path


def external(*arguments: str | Path) -> Ran:
    return run("external", *arguments)


def elsewhere(desk: Path) -> None:
    """The key that this program cannot reach signs what it was handed."""
    key, to_sign, value = desk / "key.pem", desk / "to-sign", desk / "value"
    assert openssl("dgst", "-sha256", "-sign", key, "-out", value, to_sign).returncode == 0


def test_a_pdf_is_prepared_signed_by_openssl_and_completed(desk: Path) -> None:
    arguments = ("-o", desk / "kept", "--certificate", desk / "cert.pem", "--to-sign", desk / "to-sign", "--json")
    told = external("prepare", desk / "letter.pdf", *arguments)
    assert told.status == 0, told
    assert base64.b64decode(told.json["to_sign"]) == (desk / "to-sign").read_bytes()
    assert (told.json["name"], told.json["kind"], told.json["signer"]) == ("letter.pdf", "PAdES", "Nguyễn Văn Ký")
    assert told.json["code"].replace(" ", "").lower() == told.json["digest"][:8]
    elsewhere(desk)
    done = external("complete", desk / "kept", "--value", desk / "value", "-o", desk / "signed.pdf")
    assert done.status == 0, done
    assert pdfsig((desk / "signed.pdf").read_bytes(), desk) == [VALID]


def test_the_certificate_may_come_in_the_middle_or_at_the_end(desk: Path) -> None:
    assert external("prepare", desk / "đơn.txt", "-o", desk / "kept").status == 0
    shown = external("show", desk / "kept", "--json")
    assert shown.json["to_sign"] is None
    assert len(shown.json["content_digest"]) == 64
    bind = (
        "bind",
        desk / "kept",
        "-o",
        desk / "bound",
        "--certificate",
        desk / "cert.pem",
        "--to-sign",
        desk / "to-sign",
    )
    assert external(*bind).status == 0
    elsewhere(desk)
    value = (desk / "value").read_bytes()
    (desk / "hex").write_text(value.hex() + "\n")
    document = ("--document", desk / "đơn.txt")
    for name, kept, more in (("a", "bound", ()), ("b", "kept", ("--certificate", desk / "cert.pem"))):
        done = external("complete", desk / kept, "--value", desk / "hex", "-o", desk / name, *document, *more)
        assert done.status == 0, done
    assert (desk / "a").read_bytes() == (desk / "b").read_bytes()
    content = (desk / "đơn.txt").read_bytes()
    assert check_cms(parse_cms((desk / "a").read_bytes()), digest_of(content))[0] is True


def test_a_whole_cms_signature_completes(desk: Path) -> None:
    assert external("prepare", desk / "đơn.txt", "-o", desk / "kept").status == 0
    made = openssl(
        "cms", "-sign", "-cades", "-binary", "-in", desk / "đơn.txt", "-inkey", desk / "key.pem",
        "-signer", desk / "cert.pem", "-outform", "PEM", "-out", desk / "cms", "-md", "sha256",
    )  # fmt: skip
    assert made.returncode == 0
    assert external("complete", desk / "kept", "--cms", desk / "cms", "-o", desk / "out.p7s").status == 0


def test_services_raise_the_signature_to_b_lt(desk: Path, world: World) -> None:
    signer = world.pki.signer("receiver")
    (desk / "cert.pem").write_bytes(b"".join(map(pem, (signer.certificate, *signer.chain))))
    trust = ("--trust", world.pki.trust_folder, "--allow", world.pki.base_url)
    arguments = ("-o", desk / "kept", "--certificate", desk / "cert.pem", "--baseline", "B-LT", "--to-sign", desk / "b")
    assert external("prepare", desk / "letter.pdf", *arguments, *trust).status == 0
    (desk / "value").write_bytes(signer.sign((desk / "b").read_bytes()))
    services = ("--baseline", "B-LT", "--tsa", world.pki.tsa_url, *trust)
    done = external("complete", desk / "kept", "--value", desk / "value", "-o", desk / "signed.pdf", *services)
    assert done.status == 0, done
    assert run("verify", desk / "signed.pdf", "--trust", world.pki.trust_folder).status == 0


def test_a_revoked_signer_is_refused_before_anything_is_handed_out(desk: Path, world: World) -> None:
    name = world.newcomer()
    signer = world.pki.signer(name)
    world.pki.revoke(name)
    (desk / "cert.pem").write_bytes(b"".join(map(pem, (signer.certificate, *signer.chain))))
    trust = ("--trust", world.pki.trust_folder, "--allow", world.pki.base_url)
    with leaving_nothing(desk):
        arguments = ("-o", desk / "kept", "--certificate", desk / "cert.pem", "--to-sign", desk / "to-sign")
        assert_told(external("prepare", desk / "letter.pdf", *arguments, *trust), 1, "certificate.revoked")


def test_a_wrong_value_writes_nothing(desk: Path) -> None:
    arguments = ("-o", desk / "kept", "--certificate", desk / "cert.pem", "--to-sign", desk / "to-sign")
    assert external("prepare", desk / "letter.pdf", *arguments).status == 0
    (desk / "value").write_bytes(b"0" * 128)
    with leaving_nothing(desk):
        done = external("complete", desk / "kept", "--value", desk / "value", "-o", desk / "signed.pdf")
        assert_told(done, 1, "external.value")


def test_a_certification_with_a_reason_is_prepared(desk: Path) -> None:
    arguments = ("-o", desk / "kept", "--certificate", desk / "cert.pem", "--to-sign", desk / "to-sign")
    said = ("--certify", "2", "--reason", "Ban hành", "--contact", "văn thư")
    assert external("prepare", desk / "letter.pdf", *arguments, *said).status == 0
    elsewhere(desk)
    assert external("complete", desk / "kept", "--value", desk / "value", "-o", desk / "signed.pdf").status == 0
    signed = (desk / "signed.pdf").read_bytes()
    assert pdfsig(signed, desk) == [VALID]
    assert b"/DocMDP" in signed
    assert_told(external("prepare", desk / "đơn.txt", "-o", desk / "k", "--reason", "x"), 2, "external.pdf-only")


def test_what_the_signer_says_is_prepared(desk: Path) -> None:
    said = ("--commitment", "approval", "--role", "Chủ tịch", "--location", "Hà Nội,VN")
    for name in ("letter.pdf", "đơn.txt"):
        arguments = ("-o", desk / f"{name}.kept", "--certificate", desk / "cert.pem", "--to-sign", desk / "to-sign")
        assert external("prepare", desk / name, *arguments, *said, "--force").status == 0
        assert "Chủ tịch".encode() in (desk / "to-sign").read_bytes()
        elsewhere(desk)
        done = external("complete", desk / f"{name}.kept", "--value", desk / "value", "-o", desk / f"{name}.signed")
        assert done.status == 0, done


def test_an_input_is_never_written_over(desk: Path) -> None:
    with leaving_nothing(desk):
        prepare = ("prepare", desk / "letter.pdf", "--certificate", desk / "cert.pem", "--force")
        assert_told(external(*prepare, "-o", desk / "letter.pdf"), 2, "usage.output-is-input")
        to_sign = ("-o", desk / "kept", "--to-sign", desk / "cert.pem")
        assert_told(external(*prepare, *to_sign), 2, "usage.output-is-input")


def test_whoever_signed_a_cms_signature_must_not_be_revoked(desk: Path, world: World) -> None:
    name = world.newcomer()
    signer = world.pki.signer(name)
    world.pki.revoke(name)
    assert external("prepare", desk / "đơn.txt", "-o", desk / "kept").status == 0
    (desk / "cms").write_bytes(sign_detached((desk / "đơn.txt").read_bytes(), signer))
    complete = ("complete", desk / "kept", "--cms", desk / "cms", "-o", desk / "out")
    trust = ("--trust", world.pki.trust_folder, "--allow", world.pki.base_url)
    with leaving_nothing(desk):
        assert_told(external(*complete, *trust), 1, "certificate.revoked")


def test_outputs_that_exist_and_wrong_files_are_refused(desk: Path) -> None:
    with leaving_nothing(desk):
        prepare = ("prepare", desk / "letter.pdf", "-o")
        assert_told(external(*prepare, desk / "cert.pem"), 2, "usage.output-exists")
        assert_told(external(*prepare, desk / "k", "--certificate", desk / "letter.pdf"), 2, "key.malformed")
        assert_told(external(*prepare, desk / "k", "--certificate", desk / "none"), 2, "input.unreadable")
        assert_told(external(*prepare, desk / "k", "--stamp", "last,20,20"), 2, "external.stamp")
        assert_told(external("prepare", desk / "đơn.txt", "-o", desk / "k", "--field", "A"), 2, "external.pdf-only")
        assert_told(external("show", desk / "letter.pdf"), 1, "external.malformed")
        complete = ("complete", desk / "letter.pdf", "--value", desk / "key.pem", "-o", desk / "o")
        assert_told(external(*complete), 1, "external.malformed")
        to_sign = ("--to-sign", desk / "to-sign")
        assert_told(external(*prepare, desk / "k", *to_sign), 2, "external.certificate-needed")
