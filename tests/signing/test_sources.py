"""signing.sources: PEM and PKCS#12 files as openssl and others write them; a password leaves no trace."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from signing.errors import SigningError, UsageError
from signing.signer import LocalSigner, SignatureAlgorithm, open_signer

from .cms_makers import ROOT_NAME, make_certificate, make_key, make_leaf, openssl, pem, root

PASSWORD = "mật-khẩu-bí-mật"


def asked(answer: str = PASSWORD) -> tuple[Callable[[str], str], list[str]]:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return answer

    return ask, prompts


def refused(uri: str, code: str, ask: Any = None) -> UsageError:
    with pytest.raises(UsageError) as caught:
        open_signer(uri, ask)
    assert caught.value.code == code
    return caught.value


def write(folder: Path, *parts: bytes) -> Path:
    path = folder / "key file.pem"
    path.write_bytes(b"".join(parts))
    return path


def encrypted(key: Any, kind: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.PEM, kind, BestAvailableEncryption(PASSWORD.encode()))


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_a_pem_file_holds_key_and_chain_in_any_order(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, b"ghi ch\xc3\xba\n", pem(root()), pem(make_key(kind)), b"\r\n", pem(make_leaf(kind)))
    signer = open_signer(f"pem:{path}")
    assert (signer.certificate, signer.chain) == (make_leaf(kind), (root(),))


@pytest.mark.parametrize("kind", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_pem_key_asks_once(kind: PrivateFormat, tmp_path: Path) -> None:
    path = write(tmp_path, encrypted(make_key("p256"), kind), pem(make_leaf("p256")))
    ask, prompts = asked()
    assert open_signer(f"pem:{path}", ask).certificate == make_leaf("p256")
    assert len(prompts) == 1
    assert str(path) in prompts[0]


def test_an_unencrypted_pem_key_does_not_ask(tmp_path: Path) -> None:
    ask, prompts = asked()
    open_signer(f"pem:{write(tmp_path, pem(make_key('p256')), pem(make_leaf('p256')))}", ask)
    assert prompts == []


@pytest.mark.parametrize("kind", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_wrong_or_missing_password_says_so_and_shows_nothing(kind: PrivateFormat, tmp_path: Path) -> None:
    path = write(tmp_path, encrypted(make_key("p256"), kind), pem(make_leaf("p256")))
    refused(f"pem:{path}", "key.password")
    for wrong in ("sai-hoàn-toàn", ""):
        error = refused(f"pem:{path}", "key.password", asked(wrong)[0])
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.details)
        assert "sai-hoàn-toàn" not in shown


def test_the_certificate_of_the_key_is_chosen_and_the_newest_of_several(tmp_path: Path) -> None:
    under_root = (ROOT_NAME, make_key("p256", 100))
    old = make_certificate(make_key("p256"), "Cũ", issuer=under_root, end=datetime(2026, 1, 1, tzinfo=UTC))
    other = make_certificate(make_key("p256", 1), "Khác", issuer=under_root)
    path = write(tmp_path, *map(pem, (other, old, make_leaf("p256"), root())), pem(make_key("p256")))
    signer = open_signer(f"pem:{path}")
    assert (signer.certificate, signer.chain) == (make_leaf("p256"), (root(),))


def test_of_several_keys_the_one_with_a_certificate_is_meant(tmp_path: Path) -> None:
    path = write(tmp_path, pem(make_key("p256", 1)), pem(make_key("p256")), pem(make_leaf("p256")))
    assert open_signer(f"pem:{path}").certificate == make_leaf("p256")


def test_the_algorithm_is_the_callers_choice(tmp_path: Path) -> None:
    path = write(tmp_path, pem(make_key("rsa2048")), pem(make_leaf("rsa2048")))
    assert open_signer(f"pem:{path}").algorithm is SignatureAlgorithm.RSA_PSS_SHA256
    chosen = open_signer(f"pem:{path}", algorithm=SignatureAlgorithm.RSA_PKCS1_SHA256)
    assert chosen.algorithm is SignatureAlgorithm.RSA_PKCS1_SHA256


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((), "key.not-found"),
        ((pem(make_leaf("p256")),), "key.not-found"),
        ((pem(make_key("p256")),), "key.mismatch"),
        ((pem(make_key("p256", 1)), pem(make_leaf("p256"))), "key.mismatch"),
        ((pem(make_key("ed25519")), pem(make_leaf("ed25519"))), "key.malformed"),
        ((pem(make_key("p256"))[:100] + pem(make_key("p256"))[110:], pem(make_leaf("p256"))), "key.malformed"),
        ((pem(make_key("p256")), pem(make_leaf("p256"))[:200] + b"!!" + pem(make_leaf("p256"))[202:]), "key.malformed"),
        ((pem(make_leaf("p256")) * 65,), "key.malformed"),
        ((b"\0" * 1000,), "key.not-found"),
    ],
)
def test_other_pem_files_say_what_is_wrong(parts: tuple[bytes, ...], code: str, tmp_path: Path) -> None:
    refused(f"pem:{write(tmp_path, *parts)}", code)


def test_a_missing_or_huge_file_says_so(tmp_path: Path) -> None:
    for scheme in ("pem", "pkcs12"):
        refused(f"{scheme}:{tmp_path}/none", "input.unreadable")
        refused(f"{scheme}:{tmp_path}", "input.unreadable")
    path = write(tmp_path, bytes(2 << 20))
    with pytest.raises(SigningError) as caught:
        open_signer(f"pem:{path}")
    assert caught.value.code == "input.too-large"


def p12(key: Any, certificate: Any, *more: Any, password: str = PASSWORD) -> bytes:
    secret = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"signer", key, certificate, list(more) or None, secret)


def test_a_pkcs12_file_holds_key_and_chain(tmp_path: Path) -> None:
    path = write(tmp_path, p12(make_key("rsa2048"), make_leaf("rsa2048"), root()))
    ask, prompts = asked()
    signer = open_signer(f"pkcs12:{path}", ask)
    assert (signer.certificate, signer.chain) == (make_leaf("rsa2048"), (root(),))
    assert len(prompts) == 1


@pytest.mark.parametrize("legacy", [False, True], ids=["aes", "legacy"])
def test_a_pkcs12_file_of_openssl_is_read(legacy: bool, tmp_path: Path) -> None:
    (tmp_path / "in.pem").write_bytes(pem(make_key("p256")) + pem(make_leaf("p256")) + pem(root()))
    options = ["-legacy"] if legacy else []
    arguments = ["pkcs12", "-export", *options, "-in", tmp_path / "in.pem", "-passout", f"pass:{PASSWORD}"]
    assert openssl(*arguments, "-out", tmp_path / "o.p12").returncode == 0
    signer = open_signer(f"pkcs12:{tmp_path / 'o.p12'}", asked()[0])
    assert (signer.certificate, signer.chain) == (make_leaf("p256"), (root(),))


@pytest.mark.parametrize("ask", [None, asked("")[0]])
def test_a_pkcs12_file_without_password_needs_none(ask: Any, tmp_path: Path) -> None:
    path = write(tmp_path, p12(make_key("p256"), make_leaf("p256"), password=""))
    assert open_signer(f"pkcs12:{path}", ask).certificate == make_leaf("p256")


def test_a_wrong_pkcs12_password_says_so_and_shows_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, p12(make_key("p256"), make_leaf("p256")))
    refused(f"pkcs12:{path}", "key.password")
    error = refused(f"pkcs12:{path}", "key.password", asked("sai-hoàn-toàn")[0])
    assert "sai-hoàn-toàn" not in "".join(traceback.format_exception(error)) + repr(error.details)


def test_other_pkcs12_files_say_what_is_wrong(tmp_path: Path) -> None:
    good = p12(make_key("p256"), make_leaf("p256"))
    for data in (b"", b"\0" * 100, pem(make_leaf("p256")), good[:200]):
        refused(f"pkcs12:{write(tmp_path, data)}", "key.malformed", asked()[0])
    refused(f"pkcs12:{write(tmp_path, p12(None, None, root()))}", "key.not-found", asked()[0])
    refused(f"pkcs12:{write(tmp_path, p12(make_key('p256'), None, root()))}", "key.mismatch", asked()[0])
    ed = p12(make_key("ed25519"), make_leaf("ed25519"))
    refused(f"pkcs12:{write(tmp_path, ed)}", "key.malformed", asked()[0])


def test_the_key_is_loaded_once(tmp_path: Path) -> None:
    path = write(tmp_path, encrypted(make_key("p256")), pem(make_leaf("p256")))
    ask, prompts = asked()
    signer = open_signer(f"pem:{path}", ask)
    path.unlink()
    for _ in range(3):
        signer.sign(b"x")
    assert len(prompts) == 1
    assert isinstance(signer, LocalSigner)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    assert PASSWORD not in repr(signer)
