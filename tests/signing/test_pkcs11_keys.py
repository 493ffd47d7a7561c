"""signing.sources.pkcs11_keys and pkcs11_inventory: which key is meant, and what `signing keys` shows; on SoftHSM2."""

from __future__ import annotations

import gc
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from pkcs11.attributes import AttributeMapper

from signing.cli import main
from signing.errors import SigningError
from signing.signer import open_signer, verify_value
from signing.sources.pkcs11_inventory import inventory
from signing.sources.pkcs11_keys import HeldCertificate, HeldKey, belongs
from signing.sources.pkcs11_module import load_module
from signing.sources.pkcs11_uri import parse_uri

from .cms_makers import ROOT_NAME, SIGNS, make_certificate, make_key, make_leaf, pem, root
from .softhsm import MODULE, PIN, SoftHsm, uri

UNDER_ROOT = {"issuer": (ROOT_NAME, make_key("p256", 100)), "extensions": SIGNS}
RENEWED, SAME_LABELS, BARE, LONE = "Gia hạn", "Trùng nhãn", "Chỉ có khóa", "Một khóa"
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    made = SoftHsm.create(tmp_path_factory.mktemp("hsm"))
    for token in (RENEWED, SAME_LABELS, BARE, LONE):
        made.token(token)
    # renewed: an expired certificate and key, and a new key with two certificates, the CA's beside them
    made.key(RENEWED, make_key("p256", 1), "01")
    made.certificate(RENEWED, make_certificate(make_key("p256", 1), "Trần Cũ", end=PAST, **UNDER_ROOT), "01")
    made.key(RENEWED, make_key("p256", 2), "02")
    for year, name in ((2030, "Trần Giữa"), (2034, "Trần Mới")):
        end = datetime(year, 1, 1, tzinfo=UTC)
        made.certificate(RENEWED, make_certificate(make_key("p256", 2), name, end=end, **UNDER_ROOT), "02")
    made.certificate(RENEWED, root(), "99")
    # the same label and CKA_ID for another certificate: the public key tells them apart where the token shows it
    made.key(SAME_LABELS, make_key("rsa2048"), "0a", "Ký số")
    made.certificate(SAME_LABELS, make_leaf("p256"), "0a", "Ký số")
    made.certificate(SAME_LABELS, make_leaf("rsa2048"), "0b", "Ký số")
    made.key(BARE, make_key("p256"), "01")
    # the token shows no point of its EC key: CKA_ID alone joins key and certificate
    made.key(LONE, make_key("p256"), "01", "Khóa")
    made.remove(LONE, "pubkey", "01")
    made.certificate(LONE, make_leaf("p256"), "01")
    return made


def ask(_: str) -> str:
    return PIN


def refused(where: str, code: str) -> SigningError:
    with pytest.raises(SigningError) as caught:
        open_signer(where, ask)
    assert caught.value.code == code
    return caught.value


def test_of_several_keys_the_one_whose_certificate_may_sign_now_is_meant(hsm: SoftHsm) -> None:
    signer = open_signer(uri(RENEWED), ask)
    assert "Trần Mới" in signer.certificate.subject.rfc4514_string()
    assert signer.chain == (root(),)


def test_a_key_that_is_named_is_taken_though_its_certificate_has_expired(hsm: SoftHsm) -> None:
    signer = open_signer(uri(RENEWED, "id=%01"), ask)
    assert signer.certificate.not_valid_after_utc == PAST


def test_a_certificate_with_the_key_s_label_and_id_but_another_public_key_is_not_its_own(hsm: SoftHsm) -> None:
    for named in ("id=%0A", "id=%0B", f"object={quote('Ký số')}"):
        signer = open_signer(uri(SAME_LABELS, named), ask)
        assert signer.certificate == make_leaf("rsa2048")
        assert verify_value(signer.certificate, signer.algorithm, signer.sign(b"x"), b"x")


def test_a_key_without_certificate_says_so(hsm: SoftHsm) -> None:
    for more in ((), ("id=%01",)):
        assert "id=%01" in refused(uri(BARE, *more), "pkcs11.no-certificate").text


def test_a_certificate_may_stand_in_a_file_beside_the_token(hsm: SoftHsm, tmp_path: Path) -> None:
    file = tmp_path / "chứng thư.pem"
    file.write_bytes(pem(make_leaf("p384")) + pem(make_leaf("p256")) + pem(root()))
    signer = open_signer(f"{uri(BARE)}&cert-file={quote(str(file))}", ask)
    assert (signer.certificate, signer.chain) == (make_leaf("p256"), (root(),))
    assert verify_value(signer.certificate, signer.algorithm, signer.sign(b"x"), b"x")
    file.write_bytes(pem(make_leaf("p384")))
    refused(f"{uri(BARE)}&cert-file={quote(str(file))}", "pkcs11.no-certificate")
    refused(f"{uri(LONE, 'id=%02')}&cert-file={quote(str(file))}", "pkcs11.key-missing")
    refused(f"{uri(BARE)}&cert-file=/none", "input.unreadable")


def test_a_label_alone_is_refused_where_the_token_does_not_prove_the_key(hsm: SoftHsm) -> None:
    refused(uri(LONE, f"object={quote('Khóa')}"), "pkcs11.label-alone")
    assert open_signer(uri(LONE, "id=%01"), ask).sign(b"x")
    assert open_signer(uri(LONE, f"cert-serial={make_leaf('p256').serial_number:x}"), ask).sign(b"x")


def test_several_tokens_are_not_guessed_between(hsm: SoftHsm) -> None:
    error = refused(f"pkcs11:manufacturer=SoftHSM%20project?module-path={MODULE}", "pkcs11.token-several")
    assert RENEWED in error.text


def test_tokens_are_told_apart_by_serial_slot_model_and_module(hsm: SoftHsm) -> None:
    (content,) = inventory(uri(RENEWED).removeprefix("pkcs11:"))
    named = (
        f"pkcs11:serial={content.name.serial};slot-id={content.slot};library-manufacturer=SoftHSM;model=SoftHSM%20v2"
    )
    assert open_signer(f"{named}?module-path={MODULE}", ask).sign(b"x")
    refused(f"pkcs11:serial={content.name.serial};slot-id=1?module-path={MODULE}", "pkcs11.token-missing")


def test_without_a_pin_certificates_are_listed_and_keys_are_unknown(hsm: SoftHsm) -> None:
    gc.collect()  # a signer that an earlier test left in a cycle keeps its token logged in
    contents = inventory(f"?module-path={MODULE}")
    assert {content.name.label for content in contents} == {RENEWED, SAME_LABELS, BARE, LONE}
    entries = [entry for content in contents for entry in content.entries]
    assert len(entries) == 7
    assert {entry.key for entry in entries} == {None}


def test_after_the_login_each_certificate_tells_whether_its_key_is_there(hsm: SoftHsm) -> None:
    (content,) = inventory(uri(RENEWED).removeprefix("pkcs11:"), ask)
    assert [(entry.id, entry.key) for entry in content.entries] == [
        (b"\x01", True), (b"\x02", True), (b"\x02", True), (b"\x99", False)
    ]  # fmt: skip
    (content,) = inventory(uri(BARE).removeprefix("pkcs11:"), ask)
    assert [(entry.id, entry.key, entry.certificate) for entry in content.entries] == [(b"\x01", True, None)]


def test_a_pin_is_not_tried_on_several_tokens(hsm: SoftHsm) -> None:
    def never(_: str) -> str:
        raise AssertionError

    assert len(inventory(f"?module-path={MODULE}", never)) == 4


def test_every_uri_that_is_listed_opens_its_key(hsm: SoftHsm) -> None:
    for token in (RENEWED, SAME_LABELS, LONE):
        (content,) = inventory(uri(token).removeprefix("pkcs11:"), ask)
        for entry in content.entries:
            if entry.key and entry.certificate:
                assert open_signer(entry.uri, ask).sign(b"x")


@pytest.fixture
def pin_file(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "pin"
    path.write_text(PIN)
    yield str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    status = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    assert PIN not in out + err
    return status, out, err


def test_the_command_lists_a_token_as_text_and_json(hsm: SoftHsm, pin_file: str, capsys: Any) -> None:
    status, out, _ = run(capsys, "keys", uri(RENEWED), "--pass-file", pin_file)
    assert status == 0
    for shown in (RENEWED, "id=%02", "Trần Mới", "ecdsa-sha256", "có / yes", "không / no"):
        assert shown in out
    status, out, _ = run(capsys, "keys", uri(RENEWED), "--pass-file", pin_file, "--json")
    (token,) = json.loads(out)["tokens"]
    assert (token["token"], token["pin"], token["logged_in"]) == (RENEWED, "ok", True)
    assert token["keys"][0]["subject"] == "Trần Cũ"
    assert [key["key"] for key in token["keys"]] == [True, True, True, False]


def test_the_command_asks_for_no_pin(hsm: SoftHsm, capsys: Any) -> None:
    status, out, err = run(capsys, "keys", uri(LONE))
    assert (status, err) == (0, "")
    assert "--pass-file" in out


def test_the_command_signs_a_pdf_that_pdfsig_accepts(hsm: SoftHsm, pin_file: str, tmp_path: Path, capsys: Any) -> None:
    paper = Path(__file__).parents[2] / "examples/inputs/Giấy chứng sinh.pdf"
    for token in (RENEWED, SAME_LABELS):
        signed = tmp_path / f"{token}.pdf"
        key = uri(token, "id=%0B") if token == SAME_LABELS else uri(token)
        assert run(capsys, "sign", paper, "-o", signed, "--key", key, "--pass-file", pin_file)[0] == 0
        told = subprocess.run(["pdfsig", "-nocert", signed], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in told


def test_a_pin_on_the_command_line_is_refused_by_the_command(hsm: SoftHsm, tmp_path: Path, capsys: Any) -> None:
    key = f"{uri(RENEWED)}&pin-value={PIN}"
    status, _, err = run(capsys, "sign", __file__, "-o", tmp_path / "x.p7s", "--key", key)
    assert status == 2
    assert "pkcs11.pin-value" in err


def test_nonsense_on_a_token_is_passed_over(hsm: SoftHsm) -> None:
    """Certificates that are none, labels in no encoding, keys of other kinds: the good key beside them still signs."""
    hsm.token("Rác")
    hsm.key("Rác", make_key("p256"), "01")
    hsm.certificate("Rác", make_leaf("p256"), "01")
    mapper = AttributeMapper()
    mapper.register_handler(pkcs11.Attribute.LABEL, bytes, bytes)
    (token,) = load_module(parse_uri(f"?module-path={MODULE}")).find(lambda token: token.label == "Rác")
    der = make_leaf("p256").public_bytes(Encoding.DER)
    with token.open(rw=True, user_pin=PIN, attribute_mapper=mapper) as session:
        for value in (b"", b"\0", b"khong phai", der[:-1], der + b"\0", bytes(300_000)):
            thing = {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.ID: b"\x01",
                pkcs11.Attribute.SUBJECT: b"\xff",
                pkcs11.Attribute.LABEL: b"\xff\xfe\x1b[31m",
                pkcs11.Attribute.VALUE: value,
            }
            session.create_object(thing)
        session.generate_key(pkcs11.KeyType.AES, 256, store=True, label=b"\xff")
    hsm.generate("Rác", "EC:edwards25519", "02")
    signer = open_signer(uri("Rác"), ask)
    assert signer.certificate == make_leaf("p256")
    assert verify_value(signer.certificate, signer.algorithm, signer.sign(b"x"), b"x")
    (content,) = inventory(uri("Rác").removeprefix("pkcs11:"), ask)
    assert [entry.id for entry in content.entries] == [b"\x01"]


@given(st.binary(max_size=300), st.sampled_from(["ec", "rsa"]), st.sampled_from(["p256", "p521", "rsa2048", "ed25519"]))
def test_any_public_value_of_a_token_is_equal_or_not(value: bytes, kind: str, of: str) -> None:
    held = HeldCertificate(id=b"\x01", label="", certificate=make_leaf(of))
    assert not belongs(HeldKey(id=b"\x01", label="", kind=kind, public=value or b"\0"), held)
