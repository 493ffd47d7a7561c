"""signing.sources.pkcs11: keys in tokens, chosen by identifier or certificate, under one login; on SoftHSM2."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import traceback
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from eid import Key, KeySet
from eid.jws import header_segment, open_compact, sign_compact
from signing import audit_file
from signing.cli import main
from signing.cms.cades import sign_detached
from signing.errors import MissingExtraError, ServiceError, SigningError, UsageError
from signing.signer import SignatureAlgorithm, open_signer, verify_value

from .cms_makers import KINDS, ROOT_NAME, make_certificate, make_key, make_leaf, openssl_accepts, root
from .softhsm import MODULE, PIN, SoftHsm, uri

OFFICE = "Văn phòng số 1"
IDS = {"p256": "01", "p384": "02", "p521": "03", "rsa2048": "04"}


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """One token with a key of every kind."""
    made = SoftHsm.create(tmp_path_factory.mktemp("hsm"))
    made.token(OFFICE)
    for kind, key_id in IDS.items():
        made.key(OFFICE, make_key(kind), key_id)
        made.certificate(OFFICE, make_leaf(kind), key_id)
    made.certificate(OFFICE, root(), "99")
    return made


@pytest.fixture(autouse=True)
def _logged_out() -> None:
    gc.collect()  # a signer that an earlier test left in a cycle keeps the token logged in


def asked(answer: object = PIN) -> tuple[Callable[[str], Any], list[str]]:
    prompts: list[str] = []

    def ask(prompt: str) -> Any:
        prompts.append(prompt)
        return answer

    return ask, prompts


def key_of(kind: str) -> str:
    name = kind if kind in IDS else "rsa2048"
    return uri(OFFICE, f"id=%{IDS[name]}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_algorithm_signs_and_the_certificate_verifies(kind: str, hsm: SoftHsm) -> None:
    signer = open_signer(key_of(kind), asked()[0], algorithm=KINDS[kind])
    value = signer.sign("dữ liệu".encode())
    assert verify_value(signer.certificate, KINDS[kind], value, "dữ liệu".encode())
    assert signer.chain == (root(),)


def refused(where: str, code: str, ask: Any = None, **named: Any) -> SigningError:
    with pytest.raises(SigningError) as caught:
        open_signer(where, ask, **named)
    assert caught.value.code == code
    return caught.value


def test_the_pin_is_asked_once_for_any_number_of_signatures(hsm: SoftHsm) -> None:
    ask, prompts = asked()
    signer = open_signer(key_of("p256"), ask)
    assert len({signer.sign(b"%d" % i) for i in range(20)}) == 20
    assert len(prompts) == 1
    assert OFFICE in prompts[0]


def test_names_with_vietnamese_letters_match_in_either_normal_form(hsm: SoftHsm) -> None:
    for form in ("NFC", "NFD"):
        label = unicodedata.normalize(form, OFFICE)
        assert open_signer(f"pkcs11:token={label};id=%01?module-path={MODULE}", asked()[0])


def test_the_module_may_come_from_the_environment_or_by_name(hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = key_of("p256").partition("?")[0]
    monkeypatch.delenv("EID_PKCS11_MODULE", raising=False)
    refused(bare, "pkcs11.module-unnamed")
    monkeypatch.setenv("EID_PKCS11_MODULE", "libsofthsm2.so")
    refused(bare, "pkcs11.module")
    monkeypatch.setenv("EID_PKCS11_MODULE", str(MODULE))
    assert open_signer(bare, asked()[0]).certificate == make_leaf("p256")
    assert open_signer(f"{bare}?module-name=softhsm2", asked()[0]).certificate == make_leaf("p256")


@pytest.mark.parametrize("path", ["/none/module.so", "/etc/passwd", "/"])
def test_what_is_no_module_says_so(path: str, hsm: SoftHsm) -> None:
    error = refused(f"pkcs11:token=x?module-path={path}", "pkcs11.module")
    assert path in error.text


def test_a_token_that_is_not_there_is_told_with_those_that_are(hsm: SoftHsm) -> None:
    assert OFFICE in refused(uri("Không có"), "pkcs11.token-missing").text_vi


def test_a_key_is_named_by_its_certificate(hsm: SoftHsm) -> None:
    wanted = make_leaf("p384")
    digest = hashlib.sha256(wanted.public_bytes(Encoding.DER)).hexdigest().upper()
    colons = ":".join(digest[i : i + 2] for i in range(0, 64, 2))
    for named in (f"cert-sha256={digest}", f"cert-sha256={colons}", f"cert-serial={wanted.serial_number:x}"):
        assert open_signer(uri(OFFICE, named), asked()[0]).certificate == wanted
    refused(uri(OFFICE, f"cert-sha256={'0' * 64}"), "pkcs11.key-missing", asked()[0])
    refused(uri(OFFICE, f"cert-sha256={digest}", "id=%01"), "pkcs11.key-missing", asked()[0])


def test_a_label_that_several_keys_have_chooses_none_of_them(hsm: SoftHsm) -> None:
    error = refused(uri(OFFICE, f"object={quote('Khóa ký')}"), "pkcs11.key-several", asked()[0])
    assert "id=%01" in error.text
    assert "id=%04" in error.text
    one = uri(OFFICE, f"object={quote('Khóa ký')}", "id=%02")
    assert open_signer(one, asked()[0]).certificate == make_leaf("p384")
    refused(uri(OFFICE, "object=khac", "id=%02"), "pkcs11.key-missing", asked()[0])


def test_without_a_choice_in_the_uri_several_keys_are_refused(hsm: SoftHsm) -> None:
    refused(uri(OFFICE), "pkcs11.key-several", asked()[0])


def test_an_algorithm_of_another_family_is_refused_with_those_that_work(hsm: SoftHsm) -> None:
    error = refused(key_of("p256"), "pkcs11.mechanism", asked()[0], algorithm=SignatureAlgorithm.RSA_PSS_SHA256)
    assert "ecdsa-sha256" in error.text


def test_two_processes_sign_pdfs_with_a_session_each(hsm: SoftHsm, tmp_path: Path) -> None:
    paper = Path(__file__).parents[2] / "examples/inputs/Giấy chứng sinh.pdf"
    sources, out = [tmp_path / f"{i}.pdf" for i in range(4)], tmp_path / "out"
    for source in sources:
        source.write_bytes(paper.read_bytes())
    out.mkdir()
    (tmp_path / "pin").write_text(PIN)
    given = ["--key", key_of("rsa2048"), "--pass-file", str(tmp_path / "pin"), "--jobs", "2"]
    assert main(["sign", *map(str, sources), "-o", str(out), *given]) == 0
    for source in sources:
        (signature,) = audit_file(out / source.name).signatures
        assert signature.intact


@pytest.mark.parametrize(
    ("kind", "alg", "form"), [("p256", "ES256", "der"), ("p384", "ES384", "der"), ("rsa2048", "PS256", "raw")]
)
def test_a_signer_on_a_token_signs_identity_tokens(kind: str, alg: str, form: Any, hsm: SoftHsm) -> None:
    signer = open_signer(key_of(kind), asked()[0])
    key = Key.external(signer.certificate.public_key(), signer.sign, signature=form)
    keys = KeySet.around(key)
    token = sign_compact(keys.active, header_segment(keys.active, "eid+jwt"), b"{}")
    public = KeySet.from_jwks(keys.public_jwks())
    assert open_compact(token, "eid+jwt", public.find, known={})[1].alg == alg


def test_openssl_accepts_what_a_token_signed(hsm: SoftHsm, tmp_path: Path) -> None:
    for kind in ("p256", "rsa2048"):
        signed = sign_detached(b"noi dung", open_signer(key_of(kind), asked()[0]))
        assert openssl_accepts(signed, b"noi dung", tmp_path)


def test_a_forked_process_logs_in_for_itself_and_leaves_its_parent_alone(hsm: SoftHsm) -> None:
    ask, prompts = asked()
    signer = open_signer(key_of("p256"), ask)
    for _ in range(2):
        child = os.fork()
        if child == 0:
            value = signer.sign(b"child")
            fine = verify_value(signer.certificate, signer.algorithm, value, b"child") and len(prompts) == 2
            os._exit(0 if fine else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert verify_value(signer.certificate, signer.algorithm, signer.sign(b"parent"), b"parent")
    assert len(prompts) == 1


@pytest.mark.parametrize("answer", ["sai-mã-pin-9315", "sai mã\U0001f511"])
def test_a_wrong_pin_is_shown_nowhere(answer: str, hsm: SoftHsm) -> None:
    error = refused(key_of("p256"), "pkcs11.pin-low", asked(answer)[0])
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown = "".join(traceback.format_exception(error)) + repr(error.details) + error.text + error.text_vi
    assert answer not in shown + "".join(frames.format())
    assert PIN not in repr(open_signer(key_of("p256"), asked()[0]))


@pytest.mark.parametrize("answer", ["", "a\0b", "\ud800", None, b"1234"])
def test_what_is_no_pin_spends_no_try_and_is_shown_nowhere(answer: object, hsm: SoftHsm) -> None:
    error = refused(key_of("p256"), "pkcs11.pin-malformed", asked(answer)[0])
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "1234" not in "".join(traceback.format_exception(error)) + "".join(frames.format())
    refused(key_of("p256"), "pkcs11.pin-needed")


def test_threads_may_share_a_signer(hsm: SoftHsm) -> None:
    signer = open_signer(key_of("rsa2048"), asked()[0])
    texts = [b"%d" % i for i in range(60)]
    with ThreadPoolExecutor(4) as pool:
        values = list(pool.map(signer.sign, texts))
    assert all(verify_value(signer.certificate, signer.algorithm, *pair) for pair in zip(values, texts, strict=True))


def test_a_token_whose_files_go_and_come_back(hsm: SoftHsm) -> None:
    signer = open_signer(key_of("p256"), asked()[0])
    tokens, away = hsm.folder / "tokens", hsm.folder / "away"
    signer.sign(b"x")
    tokens.rename(away)
    tokens.mkdir()
    for _ in range(2):
        with pytest.raises(ServiceError) as caught:
            signer.sign(b"x")
        assert caught.value.code == "pkcs11.removed"
    tokens.rmdir()
    away.rename(tokens)
    assert signer.sign(b"x")


def test_another_signer_on_the_token_needs_the_right_pin_too(hsm: SoftHsm) -> None:
    first = open_signer(key_of("p256"), asked()[0])
    refused(key_of("p384"), "pkcs11.pin-differs", asked("sai")[0])
    second = open_signer(key_of("p384"), asked()[0])
    del second
    assert first.sign(b"x")


def test_a_pin_file_is_read_and_a_program_is_not_run(hsm: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(f"{PIN}\n")
    for form in (f"file:{tmp_path}/pin", f"file://{tmp_path}/pin", f"file://localhost{tmp_path}/pin"):
        assert open_signer(f"{key_of('p256')}&pin-source={quote(form)}").sign(b"x")
    refused(f"{key_of('p256')}&pin-source=|{tmp_path}/pin", "pkcs11.uri")
    refused(f"{key_of('p256')}&pin-source=file:{tmp_path}/none", "input.unreadable")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(MissingExtraError) as caught:
        open_signer(uri("x"))
    assert "eid-signing[pkcs11]" in caught.value.text


def test_a_key_that_wants_the_pin_before_each_signature_gets_it(hsm: SoftHsm) -> None:
    hsm.strict_key(OFFICE, make_key("p256", 7), "07")
    mine = make_certificate(make_key("p256", 7), "Lê Thị Cẩn", issuer=(ROOT_NAME, make_key("p256", 100)))
    hsm.certificate(OFFICE, mine, "07")
    ask, prompts = asked()
    signer = open_signer(uri(OFFICE, "id=%07"), ask)
    for text in (b"1", b"2"):
        assert verify_value(mine, signer.algorithm, signer.sign(text), text)
    assert len(prompts) == 3
    answers = iter([PIN, "sai"])
    signer = open_signer(uri(OFFICE, "id=%07"), lambda _: next(answers))
    for _ in range(3):
        with pytest.raises(UsageError) as caught:
            signer.sign(b"x")
        assert caught.value.code == "pkcs11.pin-low"
