"""Keys, passwords and signers that misbehave: one of our errors each, and no password in anything that is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

from signing.cms.cades import sign_detached
from signing.errors import SigningError, UsageError
from signing.signer import SignatureAlgorithm, open_signer

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
