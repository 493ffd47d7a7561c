"""Signing many files with one opened key: one question for the secret, one outcome a file, processes that die."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing import batch
from signing.audit import audit_file
from signing.batch import Desk, Order, is_pdf, signed_name
from signing.batch.plan import planned
from signing.batch.run import sign_files
from signing.errors import RefusedError, UsageError
from signing.http import HttpClient
from signing.policy import Baseline
from signing.signer import SignatureAlgorithm

from ..world import World
from .signed_pdfs import INPUTS

FORM = INPUTS / "form.pdf"


class Ask:
    """The secret, and how often it was asked for."""

    def __init__(self, world: World) -> None:
        self.password, self.asked = world.pki.ask(""), 0

    def __call__(self, name: str) -> str:
        self.asked += 1
        return self.password


@pytest.fixture
def ask(world: World) -> Ask:
    return Ask(world)


@pytest.fixture
def letters(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.pdf").write_bytes(FORM.read_bytes())
    return sorted(folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def order(world: World, who: str = "receiver", **more: object) -> Order:
    return Order(key=world.pki.key_uri(who), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_secret_is_asked_for_once(world: World, ask: Ask, letters: list[Path], out: Path, jobs: int) -> None:
    outcomes = list(sign_files(letters, out, order(world), ask, jobs=jobs))
    assert ask.asked == 1
    assert [(o.source, o.output, o.skipped, o.error) for o in outcomes] == [
        (p, out / p.name, False, None) for p in letters
    ]
    for letter in letters:
        (signature,) = audit_file(out / letter.name, world.pki.trust()).signatures
        assert signature.intact


def test_two_processes_make_b_lt_as_one_does(world: World, ask: Ask, letters: list[Path], out: Path) -> None:
    how = order(world, "official", baseline=Baseline.B_LT, tsa_url=world.pki.tsa_url, trust=world.pki.trust())
    assert [o.error for o in sign_files(letters, out, how, ask, jobs=2)] == [None] * 5
    assert all(audit_file(out / p.name, world.pki.trust()) for p in letters)


def test_the_order_never_shows_trust_or_secrets(world: World, ask: Ask) -> None:
    assert "Certificate" not in repr(order(world, trust=world.pki.trust()))
    assert ask.password not in repr(Desk(order(world), ask).order)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_wrong_with_the_key_is_raised_once(
    world: World, ask: Ask, letters: list[Path], out: Path, jobs: int
) -> None:
    with pytest.raises(RefusedError) as e:
        list(sign_files(letters, out, order(world, "revoked", trust=world.pki.trust()), ask, jobs=jobs))
    assert e.value.code == "certificate.revoked"
    with pytest.raises(UsageError):
        list(sign_files(letters, out, order(world), lambda _: "sai", jobs=jobs))
    with pytest.raises(UsageError) as wanted:
        list(sign_files(letters, out, order(world, baseline=Baseline.B_T), ask, jobs=jobs))
    assert wanted.value.code == "timestamp.needed"
    assert list(out.iterdir()) == []


def test_the_algorithm_is_the_key_s_unless_another_that_fits_it_is_asked_for(world: World, ask: Ask, out: Path) -> None:
    wanted = SignatureAlgorithm.RSA_PKCS1_SHA384
    assert Desk(order(world, "official", algorithm=wanted), ask).sign(FORM, out / "a.pdf").error is None
    (signature,) = audit_file(out / "a.pdf", world.pki.trust()).signatures
    assert (signature.signature_algorithm, signature.digest_algorithm) == ("rsa-pkcs1-v1_5", "sha384")
    assert signature.intact
    with pytest.raises(UsageError) as e:
        Desk(order(world, "official", algorithm=SignatureAlgorithm.ECDSA_SHA256), ask)
    assert e.value.code == "key.malformed"


def test_evidence_that_tells_against_the_signer_ends_in_a_refusal(world: World, ask: Ask, out: Path) -> None:
    """Revoked after the desk was opened: the OCSP answer that would go into the file says so."""
    name = world.newcomer()
    desk = Desk(order(world, name, baseline=Baseline.B_LT, tsa_url=world.pki.tsa_url), ask)
    assert desk.sign(FORM, out / "before.pdf").error is None
    world.pki.revoke(name, "key_compromise")
    for source, name_out in ((FORM, "after.pdf"), (INPUTS / "anh-the.png", "after.p7s")):
        outcome = desk.sign(source, out / name_out)
        assert outcome.error is not None
        assert outcome.error.code == "certificate.revoked"
    assert [p.name for p in out.iterdir()] == ["before.pdf"]


def test_bytes_are_signed_as_files_are(world: World, ask: Ask, tmp_path: Path) -> None:
    desk = Desk(order(world), ask)
    (tmp_path / "a.pdf").write_bytes(desk.sign_bytes(FORM.read_bytes()))
    (tmp_path / "note").write_bytes(b"note")
    (tmp_path / "note.p7s").write_bytes(desk.sign_bytes(b"note"))
    for name in ("a.pdf", "note.p7s"):
        assert audit_file(tmp_path / name, world.pki.trust()).signatures[0].intact


def test_only_addresses_that_can_be_asked_are_taken_from_the_certificates(
    world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAs publish ldap: addresses and queries too; they must not stop anybody from signing."""
    signer = Desk(order(world), ask).signer

    class Known:
        ocsp_urls = ("ldap://ca.example/cn=CRL", "http://user@ca.example/", "http://ca.example/ocsp")
        crl_urls = ("http://ca.example/crl?which=1", "", "https://ca.example/ca.crl")

    monkeypatch.setattr(batch, "facts", lambda _: Known)
    usable = batch._services(signer)
    assert set(usable) == {"http://ca.example/ocsp", "https://ca.example/ca.crl"}
    HttpClient(allow=tuple(usable))


# --- where outputs go ------------------------------------------------------------------------------------------------


def test_outputs(tmp_path: Path, letters: list[Path], out: Path) -> None:
    (tmp_path / "note.txt").touch()
    (tmp_path / "named.pdf").write_bytes(b"not one")
    mixed = [letters[0], tmp_path / "note.txt", tmp_path / "named.pdf", tmp_path / "gone"]
    with planned(mixed, out, signed_name) as plan:
        assert [item.output.name for item in plan] == ["0.pdf", "note.txt.p7s", "named.pdf.p7s", "gone.p7s"]
    with pytest.raises(UsageError) as twice, planned([letters[0], letters[0]], out, signed_name):
        pass
    assert twice.value.code == "usage.same-name"


def test_one_file_goes_to_a_file_or_a_folder_and_several_to_a_folder(
    world: World, ask: Ask, tmp_path: Path, letters: list[Path], out: Path
) -> None:
    how = order(world)
    assert [o.output for o in sign_files(letters[:1], tmp_path / "x.pdf", how, ask)] == [tmp_path / "x.pdf"]
    assert [o.output for o in sign_files(letters[:1], out, how, ask)] == [out / "0.pdf"]
    with pytest.raises(UsageError) as e:
        sign_files(letters, tmp_path / "x.pdf", how, ask)
    assert e.value.code == "usage.folder-needed"


def test_a_pdf_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"junk\n%PDF-1.7")
    (tmp_path / "b.pdf").write_bytes(b"no")
    assert is_pdf(tmp_path / "a.txt")
    assert not is_pdf(tmp_path / "b.pdf")
    for name in ("gone", "a\0b"):
        with pytest.raises(UsageError) as e:
            is_pdf(tmp_path / name)
        assert e.value.code == "input.unreadable"
