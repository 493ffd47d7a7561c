"""Signed PDFs that are encrypted: opened or not, each signature is found, named and seen to be intact."""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest
from pyhanko.pdf_utils.crypt import PubKeySecurityHandler
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: F401 - registers the handlers

from signing.errors import UsageError
from signing.pdf_check.objects import Ref
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import Samples
from .test_pdf_verify import codes

WORD = "mat khau"
METHODS = {
    "rc4-40": ["--allow-weak-crypto", "--encrypt", WORD, "owner", "40", "--"],
    "rc4-128": ["--allow-weak-crypto", "--encrypt", WORD, "owner", "128", "--use-aes=n", "--"],
    "aes-128": ["--encrypt", WORD, "owner", "128", "--use-aes=y", "--"],
    "aes-256-revision-5": ["--encrypt", WORD, "owner", "256", "--force-R5", "--"],
    "aes-256": ["--encrypt", WORD, "owner", "256", "--"],
    "metadata in clear": ["--encrypt", WORD, "owner", "256", "--cleartext-metadata", "--"],
}


def ask(_: str) -> str:
    return WORD


def encrypted(folder: Path, method: str, *options: str) -> bytes:
    """A page with a text field, encrypted by qpdf."""
    objects = forge.page_document(AcroForm={"Fields": [Ref(6, 0)]})
    objects[6] = forge.write({"FT": "Tx", "T": b"Name", "V": b"An"})
    plain, locked = folder / "plain.pdf", folder / "locked.pdf"
    plain.write_bytes(forge.document(objects))
    subprocess.run(["qpdf", *options, *METHODS[method], plain, locked], check=True)
    return locked.read_bytes()


@pytest.mark.parametrize("packed", ["disable", "generate"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_opened_and_not(world: World, samples: Samples, tmp_path: Path, method: str, packed: str) -> None:
    data = encrypted(tmp_path, method, f"--object-streams={packed}")
    made = samples.sign(data, baseline=Baseline.B_LT, password=ask)
    opened = examine_pdf(made, trust=world.pki.trust(), password=ask)
    assert opened.verdict is Verdict.VALID, codes(opened)
    assert [(s.id, s.intact, s.baseline) for s in opened.signatures] == [("Signature1", True, Baseline.B_LT)]
    for password in (None, lambda _: "sai"):
        locked = examine_pdf(made, trust=world.pki.trust(), password=password)
        assert locked.verdict is Verdict.INDETERMINATE, codes(locked)
        assert "pdf.unopened" in codes(locked)
        (signature,) = locked.signatures
        assert (signature.intact, signature.changes_after) == (True, "unknown")
        assert signature.id.isprintable()
        assert signature.baseline is None


def test_a_password_that_the_old_encoding_cannot_write(samples: Samples, tmp_path: Path) -> None:
    """Up to revision 4 passwords are PDFDocEncoding, which lacks most Vietnamese letters; programs write UTF-8 then."""
    word, plain, locked = "mật khẩu", tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(forge.compressed_document())
    options = ["--password-mode=bytes", "--encrypt", word, "owner", "128", "--use-aes=y", "--"]
    subprocess.run(["qpdf", *options, plain, locked], check=True)
    for password, opened in ((word, True), ("mật", False)):
        found = examine_pdf(locked.read_bytes(), password=lambda _, p=password: p)
        assert ("pdf.unopened" not in codes(found)) is opened
    signed = examine_pdf(samples.sign(locked.read_bytes(), password=lambda _: word), password=lambda _: word)
    assert [s.intact for s in signed.signatures] == [True]
    for password, code in (
        ("mật", "pdf.password-letters"),
        ("sai", "pdf.password"),
        ("\ud800", "pdf.password-letters"),
    ):
        with pytest.raises(UsageError) as e:
            samples.sign(locked.read_bytes(), password=lambda _, p=password: p)
        assert e.value.code == code


def test_a_password_that_its_program_did_not_normalise(samples: Samples, tmp_path: Path) -> None:
    """RFC 4013 would compose the letters; some programs take the bytes as they were typed."""
    word, plain, locked = unicodedata.normalize("NFD", "mật khẩu"), tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(forge.compressed_document())
    subprocess.run(["qpdf", "--password-mode=bytes", "--encrypt", word, "x", "256", "--", plain, locked], check=True)
    signed = examine_pdf(samples.sign(locked.read_bytes(), password=lambda _: word), password=lambda _: word)
    assert [s.intact for s in signed.signatures] == [True]
    assert "pdf.unopened" not in codes(signed)


def test_a_file_for_recipients_says_so(world: World) -> None:
    made = forge.document(
        {**forge.page_document(), 6: forge.write({"Filter": "Adobe.PubSec", "SubFilter": "adbe.pkcs7.s4", "V": 1})},
        Encrypt=Ref(6, 0),
    )
    assert PubKeySecurityHandler.get_name() == "/Adobe.PubSec"
    found = examine_pdf(made)
    assert codes(found) <= {"pdf.unopened-recipients", "pdf.unopened"}
