"""Keys, passwords and signers that misbehave: one of our errors each, and no password in anything that is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

from signing.cms.cades import sign_detached
from signing.errors import RefusedError, SigningError, UsageError
from signing.signer import SignatureAlgorithm, check_signable, open_signer

from .authority import NOW, OCSP_SIGNING, TIME_STAMPING, make, usage
from .cms_makers import make_key, make_leaf, pem

SECRET = "bí-mật"


@pytest.fixture(scope="module")
def uris(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("keys")
    key, certificate = make_key("p256"), make_leaf("p256")
    lock = BestAvailableEncryption(SECRET.encode())
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock) + pem(certificate))
    (folder / "key.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"n", key, certificate, None, lock))
    return {"pem": f"pem:{folder / 'key.pem'}", "pkcs12": f"pkcs12:{folder / 'key.p12'}"}


@pytest.mark.parametrize("scheme", ["pem", "pkcs12"])
@pytest.mark.parametrize(
    "answer", [f"{SECRET}\0", "\0", f"{SECRET}\udcff", f"{SECRET}\ud800", None, SECRET.encode(), 5]
)
def test_a_password_that_is_no_text_is_refused_and_shown_nowhere(
    scheme: str, answer: Any, uris: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """A password file in UTF-16 is full of NUL, an environment variable may hold any bytes."""
    with pytest.raises(UsageError) as caught:
        open_signer(uris[scheme], lambda _: answer)
    assert caught.value.code == "key.password"
    told = f"{caught.value!r}{caught.value.__context__ if not caught.value.__suppress_context__ else ''}"
    printed = "".join(capfd.readouterr())
    assert printed == ""
    assert SECRET not in told


@pytest.mark.parametrize("size", range(0, 36, 2))
@pytest.mark.parametrize("cipher", [b"AES-256-CBC", b"AES-128-CBC", b"DES-EDE3-CBC", b"DES-CBC", b"AES-256-GCM", b""])
def test_a_cut_initialization_vector_is_no_panic(
    cipher: bytes, size: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lock = BestAvailableEncryption(SECRET.encode())
    whole = make_key("p256").private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, lock)
    before, _, rest = whole.partition(b"DEK-Info: ")
    _, _, after = rest.partition(b"\n")
    path = tmp_path / "key.pem"
    path.write_bytes(before + b"DEK-Info: " + cipher + b"," + b"0" * size + b"\n" + after + pem(make_leaf("p256")))
    with pytest.raises(UsageError) as caught:
        open_signer(f"pem:{path}", lambda _: SECRET)
    assert caught.value.code in {"key.malformed", "key.password"}
    assert "".join(capfd.readouterr()) == ""
    path.write_bytes(whole + pem(make_leaf("p256")))
    assert open_signer(f"pem:{path}", lambda _: SECRET).certificate == make_leaf("p256")


@pytest.mark.parametrize("where", ["/a\0b", "/a\ud800b", "/" + "a" * 5000])
@pytest.mark.parametrize("scheme", ["pem", "pkcs12"])
def test_a_path_that_no_file_can_have_is_unreadable(scheme: str, where: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_signer(f"{scheme}:{where}")
    assert caught.value.code == "input.unreadable"
    caught.value.text.encode()


class Faulty:
    """A signer whose answers are whatever it likes."""

    chain = ()
    algorithm = SignatureAlgorithm.ECDSA_SHA256

    def __init__(self, answer: Any) -> None:
        self.certificate, self.answer = make_leaf("p256"), answer

    def sign(self, _data: bytes) -> Any:
        return self.answer


@pytest.mark.parametrize("answer", [b"", None, "text", 5, [1], memoryview(b"xy"), b"\x30\x06\x02\x01\0\x02\x01\0"])
def test_a_faulty_signer_is_found_out_by_the_self_check(answer: Any) -> None:
    with pytest.raises(SigningError) as caught:
        sign_detached(b"content", Faulty(answer))
    assert caught.value.code == "signature.self-check"


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({}, True),
        ({"eku": [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")]}, True),
        ({"eku": [OCSP_SIGNING, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")]}, True),
        ({"eku": [OCSP_SIGNING]}, False),
        ({"eku": [TIME_STAMPING], "eku_critical": True}, False),
        ({"eku": [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")]}, False),
        ({"ca": True, "key_usage": usage("digital_signature", "key_cert_sign")}, False),
        ({"key_usage": usage("key_agreement")}, False),
    ],
)
def test_a_certificate_for_something_else_signs_no_document(given: dict[str, Any], fits: bool) -> None:
    """What nobody could ever validate is refused before it is signed."""
    certificate = make("Officer", make("Root", ca=True), **given).certificate
    if fits:
        return check_signable(certificate, NOW)
    with pytest.raises(RefusedError) as caught:
        check_signable(certificate, NOW)
    assert caught.value.code == "certificate.purpose"
    return None
