"""Signed PDFs that are encrypted: opened or not, each signature is found, named and seen to be intact."""

from __future__ import annotations

import io
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from pyhanko.pdf_utils.crypt import PubKeySecurityHandler
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: F401 - registers the handlers
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.errors import IndeterminateError, MalformedError, UsageError
from signing.pdf_check.crypt import unlock
from signing.pdf_check.file import PdfFile
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


def with_crypt_filter(folder: Path, about: dict[str, object]) -> tuple[forge.Opened, dict[str, object], list[bytes]]:
    """An encrypted page that names a filter for its content: the file, its trailer's rest, two texts of the content.

    Decrypted, both are one; as they stand, they are two.
    """
    opened = forge.Opened(encrypted(folder, "aes-128", "--object-streams=disable"))
    number = opened.file.dictionary(Ref(opened.pages()[0], 0), 0)["Contents"].number
    handler = PdfFileReader(io.BytesIO(opened.data))
    handler.decrypt(WORD)
    aes = handler.security_handler.get_stream_filter()
    texts = [aes.encrypt(aes.derive_object_key(number, 0), b"0 0 99 99 re f") for _ in range(2)]
    trailer = {key: opened.trailer[key] for key in ("Encrypt", "ID")}
    first = opened.append({number: forge.stream(texts[0], **about)}, trailer=trailer)
    return forge.Opened(first), trailer, [forge.stream(text, **about) for text in texts]


IDENTITY = {"Filter": ["Crypt"], "DecodeParms": [{"Name": "Identity"}]}


@pytest.mark.parametrize("about", [IDENTITY, {"Filter": "Crypt"}, {}], ids=["identity", "no name", "none"])
def test_content_encrypted_anew_where_viewers_may_not_decrypt(
    world: World, samples: Samples, tmp_path: Path, about: dict[str, object]
) -> None:
    """To who decrypts nothing, as the stream's own filter says, it is another content.

    Nor can be told, of content with such a filter, what it says: evidence that came later may not be added to it.
    """
    same_again = Verdict.INDETERMINATE if about else Verdict.VALID
    opened, trailer, texts = with_crypt_filter(tmp_path, about)
    number = opened.file.dictionary(Ref(opened.pages()[0], 0), opened.file.last)["Contents"].number
    made = forge.Opened(samples.sign(opened.data, baseline=Baseline.B_LT, password=ask))
    for text, verdict in ((texts[0], same_again), (texts[1], Verdict.INVALID)):
        found = examine_pdf(made.append({number: text}, trailer=trailer), trust=world.pki.trust(), password=ask)
        assert found.verdict is verdict, codes(found)


@pytest.mark.parametrize(
    ("about", "raw"),
    [
        (IDENTITY, True),
        ({"Filter": "Crypt"}, True),
        ({"Filter": "Crypt", "DecodeParms": {"Name": "StdCF"}}, False),
        ({}, False),
        ({"Type": "EmbeddedFile"}, True),
        ({"Type": "Metadata"}, False),
    ],
    ids=["identity", "no name", "by name", "none", "embedded file", "metadata"],
)
def test_each_stream_is_decrypted_as_it_says(tmp_path: Path, about: dict[str, object], *, raw: bool) -> None:
    """ISO 32000-2 §7.6.6; here embedded files are said not to be encrypted."""
    opened, _, texts = with_crypt_filter(tmp_path, about)
    data = re.sub(rb"/EncryptMetadata true|/StmF /StdCF", b"/EFF /Identity \\g<0>", opened.data, count=1)
    file = PdfFile(data, rebuilt=MalformedError("pdf.malformed", why="another dictionary"))
    unlock(file, ask)
    number = file.dictionary(Ref(opened.pages()[0], 0), file.last)["Contents"].number
    found = file.get(number, file.last)
    assert (found.raw != b"0 0 99 99 re f") is raw
    assert found.stored in texts[0]


@pytest.mark.parametrize(
    "about",
    [
        {"Filter": "Crypt", "DecodeParms": {"Name": "Unknown"}},
        {"Filter": ["FlateDecode", "Crypt"]},
        {"Filter": ["Crypt", "Crypt"]},
        {"Filter": "Crypt", "DecodeParms": Ref(1, 0)},
    ],
    ids=["unknown", "behind another", "twice", "elsewhere"],
)
def test_a_filter_that_cannot_be_told_opens_nothing(tmp_path: Path, about: dict[str, object]) -> None:
    opened, _, _ = with_crypt_filter(tmp_path, about)
    unlock(opened.file, ask)
    number = opened.file.dictionary(Ref(opened.pages()[0], 0), opened.file.last)["Contents"].number
    with pytest.raises(IndeterminateError) as e:
        opened.file.at(number, opened.file.entry(number, opened.file.last), opened.file.last)
    assert e.value.code == "pdf.unopened"


def test_a_file_for_recipients_says_so(world: World) -> None:
    made = forge.document(
        {**forge.page_document(), 6: forge.write({"Filter": "Adobe.PubSec", "SubFilter": "adbe.pkcs7.s4", "V": 1})},
        Encrypt=Ref(6, 0),
    )
    assert PubKeySecurityHandler.get_name() == "/Adobe.PubSec"
    found = examine_pdf(made)
    assert codes(found) <= {"pdf.unopened-recipients", "pdf.unopened"}
