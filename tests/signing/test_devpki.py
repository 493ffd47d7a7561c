"""The development PKI: what OpenSSL says of its certificates, where its secrets are, what is refused."""

from __future__ import annotations

import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.keys import KeySet
from eid.number import PersonalNumber
from signing.dev.people import HOLDERS, IDENTITY_ISSUER, OFFICE, Holder
from signing.dev.pki import DevPki
from signing.errors import MalformedError, SigningError, UsageError
from signing.signer import check_signable
from signing.trust.store import Purpose
from tests.world import PASSWORD, World

USABLE = ("receiver", "appraiser", "approver", "official", "clerk", "citizen", "stranger")


@pytest.fixture(scope="module")
def status_files(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the CRLs of root and issuing CA in PEM, as fetched from their distribution points."""
    folder = tmp_path_factory.mktemp("crl")
    for name in ("root", "issuing"):
        crl = x509.load_der_x509_crl(world.pki.http().get(f"{world.pki.base_url}crl/{name}.crl"))
        (folder / f"{name}.pem").write_bytes(crl.public_bytes(Encoding.PEM))
    return folder


def openssl_verify(world: World, name: str, status: Path, *options: str) -> subprocess.CompletedProcess[str]:
    certs = world.pki.folder / "certs"
    command = ["openssl", "verify", "-x509_strict", "-crl_check_all", *options]
    command += ["-CRLfile", status / "root.pem", "-CRLfile", status / "issuing.pem"]
    command += ["-CAfile", certs / "root.pem", "-untrusted", certs / "issuing.pem", certs / f"{name}.pem"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", USABLE)
def test_openssl_verifies_every_usable_certificate(world: World, status_files: Path, name: str) -> None:
    done = openssl_verify(world, name, status_files, "-purpose", "smimesign")
    assert done.returncode == 0, done.stderr


def test_openssl_verifies_tsa_and_responder(world: World, status_files: Path) -> None:
    assert openssl_verify(world, "tsa", status_files, "-purpose", "timestampsign").returncode == 0
    assert openssl_verify(world, "ocsp", status_files, "-purpose", "ocsphelper").returncode == 0


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("revoked", "error 23"),
        ("suspended", "error 23"),
        ("expired", "error 10"),
        ("not-yet-valid", "error 9"),
        ("impostor", "error "),
    ],
)
def test_openssl_refuses_every_unusable_certificate(world: World, status_files: Path, name: str, error: str) -> None:
    done = openssl_verify(world, name, status_files)
    assert done.returncode == 2
    assert error in done.stderr


def test_an_official_is_no_timestamp_authority(world: World, status_files: Path) -> None:
    assert openssl_verify(world, "official", status_files, "-purpose", "timestampsign").returncode == 2
    assert openssl_verify(world, "tsa", status_files, "-purpose", "smimesign").returncode == 2


def test_the_impostor_differs_from_the_approver_in_keys_only(world: World) -> None:
    fake, real = world.pki.certificate("impostor"), world.pki.certificate("approver")
    assert (fake.subject, fake.issuer) == (real.subject, real.issuer)
    assert fake.public_key() != real.public_key()
    fake_root, root = world.pki.certificate("impostor-root"), world.pki.certificate("root")
    assert fake_root.subject == root.subject
    identifiers = [c.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value for c in (fake_root, root)]
    assert identifiers[0] == identifiers[1]
    assert not (world.pki.trust_folder / "ca" / "impostor-root.pem").exists()


# --- profiles --------------------------------------------------------------------------------------------------------


def all_certificates(world: World) -> dict[str, x509.Certificate]:
    names = [path.stem for path in (world.pki.folder / "certs").iterdir()]
    return {name: world.pki.certificate(name) for name in names}


def test_every_certificate_says_that_it_is_for_development(world: World) -> None:
    for name, certificate in all_certificates(world).items():
        text = certificate.issuer.rfc4514_string() + certificate.subject.rfc4514_string()
        assert "thử nghiệm" in text, name
        assert "DEV" in text, name


def test_personal_numbers_are_well_formed_and_each_person_has_one_of_their_own(world: World) -> None:
    numbers = [holder.number for holder in HOLDERS.values() if holder.number]
    assert len(set(numbers)) == len(numbers) == len(HOLDERS) - 1
    for number in numbers:
        PersonalNumber(number)
    [uid] = world.pki.certificate("citizen").subject.get_attributes_for_oid(NameOID.USER_ID)
    assert uid.value == "CCCD:001090123456"
    [uid] = world.pki.certificate("clerk").subject.get_attributes_for_oid(NameOID.USER_ID)
    assert uid.value == "MST:0100000000"


def test_names_keep_their_diacritics(world: World) -> None:
    text = world.pki.certificate("official").subject.rfc4514_string()
    assert "Trần Quốc Đạt" in text
    assert "Chủ tịch" in text
    assert "UBND phường Thử Nghiệm (DEV)" in text


@pytest.mark.parametrize("name", [*USABLE, "tsa", "ocsp", "issuing"])
def test_every_address_in_a_certificate_is_below_the_base_address_and_answers(world: World, name: str) -> None:
    extensions = world.pki.certificate(name).extensions
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    urls = {entry.access_location.value: entry.access_method for entry in access}
    issuers = [url for url, method in urls.items() if method == AuthorityInformationAccessOID.CA_ISSUERS]
    issuer = x509.load_der_x509_certificate(world.pki.http().get(issuers[0]))
    world.pki.certificate(name).verify_directly_issued_by(issuer)
    assert all(url.startswith(world.pki.base_url) for url in urls)
    assert (AuthorityInformationAccessOID.OCSP in urls.values()) == (name in USABLE)
    if name == "ocsp":
        extensions.get_extension_for_class(x509.OCSPNoCheck)
        return
    with pytest.raises(x509.ExtensionNotFound):
        extensions.get_extension_for_class(x509.OCSPNoCheck)
    [point] = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    crl = x509.load_der_x509_crl(world.pki.http().get(point.full_name[0].value))
    assert crl.is_signature_valid(issuer.public_key())


def test_usages_are_those_of_the_profiles(world: World) -> None:
    def usage(name: str) -> x509.KeyUsage:
        return world.pki.certificate(name).extensions.get_extension_for_class(x509.KeyUsage).value

    assert usage("official").content_commitment
    assert not usage("official").key_cert_sign
    assert usage("issuing").key_cert_sign
    assert usage("issuing").crl_sign
    extended = world.pki.certificate("tsa").extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extended.critical
    assert list(extended.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    constraints = world.pki.certificate("issuing").extensions.get_extension_for_class(x509.BasicConstraints).value
    assert constraints.path_length == 0


def test_the_official_has_an_rsa_key_only_if_asked(world: World, tmp_path: Path) -> None:
    key = world.pki.certificate("official").public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 3072
    assert world.pki.signer("official").algorithm == "rsassa-pss-sha256"
    plain = DevPki.create(tmp_path / "pki", password=PASSWORD, rsa=False)
    assert isinstance(plain.certificate("official").public_key(), ec.EllipticCurvePublicKey)
    assert plain.port == 8318


# --- keys and secrets ------------------------------------------------------------------------------------------------


def test_every_private_key_is_encrypted_and_readable_by_its_owner_alone(world: World) -> None:
    keys = sorted((world.pki.folder / "keys").iterdir())
    assert len(keys) >= 18
    for path in keys:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        load = load_pem_private_key if path.suffix == ".pem" else pkcs12.load_key_and_certificates
        with pytest.raises((ValueError, TypeError)):
            load(path.read_bytes(), b"wrong")
        with pytest.raises((ValueError, TypeError)):
            load(path.read_bytes(), None)
    assert stat.S_IMODE(world.pki.password_file.stat().st_mode) == 0o600


def test_no_private_key_and_no_password_lies_elsewhere(world: World) -> None:
    for path in world.pki.folder.rglob("*"):
        if path.is_file() and path.parent.name != "keys":
            data = path.read_bytes()
            assert b"PRIVATE KEY" not in data, path
            assert (PASSWORD.encode() in data) == (path == world.pki.password_file), path
    assert PASSWORD not in repr(world.pki)


def test_a_signer_signs_and_is_loaded_once(world: World) -> None:
    signer = world.pki.signer("approver")
    assert signer is world.pki.signer("approver")
    assert signer.certificate == world.pki.certificate("approver")
    assert signer.chain == (world.pki.certificate("issuing"), world.pki.certificate("root"))
    signer.certificate.public_key().verify(
        signer.sign(b"data"), b"data", ec.ECDSA(signer.certificate.signature_hash_algorithm)
    )


def test_the_folder_opens_again_with_its_password_only(world: World) -> None:
    assert DevPki.open(world.pki.folder).signer("clerk").certificate == world.pki.certificate("clerk")
    assert DevPki.open(world.pki.folder, lambda _: PASSWORD).port == world.pki.port
    wrong = DevPki.open(world.pki.folder, lambda _: "wrong")
    with pytest.raises(UsageError, match=r"key\.password"):
        wrong.signer("clerk")
    with pytest.raises(UsageError, match=r"key\.password"), wrong.serve():
        pass


@pytest.mark.parametrize("name", ["nobody", "", "..", "../keys/root", "A", "a/b", "a\0b", "a" * 100])
def test_a_name_that_is_not_there_is_refused(world: World, name: str) -> None:
    for call in (world.pki.signer, world.pki.certificate, world.pki.revoke, world.pki.holder):
        with pytest.raises(UsageError, match=r"devpki\.unknown-name"):
            call(name)


# --- trust folder ----------------------------------------------------------------------------------------------------


def test_the_trust_folder_holds_the_root_for_both_purposes(world: World) -> None:
    for purpose in ("ca", "tsa"):
        [path] = (world.pki.trust_folder / purpose).iterdir()
        assert x509.load_pem_x509_certificate(path.read_bytes()) == world.pki.certificate("root")


def test_roles_are_granted_to_certificates(world: World) -> None:
    [path] = (world.pki.trust_folder / "roles").iterdir()
    grants = {entry["role"]: entry for entry in json.loads(path.read_text())}
    assert {role: entry["steps"] for role, entry in grants.items()} == {
        "receiver": ["receive", "return"],
        "appraiser": ["appraise"],
        "approver": ["approve"],
        "official": ["sign"],
        "clerk": [],
    }
    thumbprint = subprocess.run(
        ["openssl", "x509", "-in", world.pki.folder / "certs/approver.pem", "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    wanted = thumbprint.strip().partition("=")[2].replace(":", "").lower()
    assert grants["approver"]["certificate_sha256"] == wanted
    assert all(entry["office"] == OFFICE for entry in grants.values())


def test_the_published_keys_are_the_public_halves_of_the_kept_ones(world: World) -> None:
    for folder, keys, member, owner in (
        ("identity", world.pki.identity_keys(), "issuer", IDENTITY_ISSUER),
        ("seals", world.pki.seal_keys(), "office", OFFICE),
    ):
        [path] = (world.pki.trust_folder / folder).iterdir()
        published = json.loads(path.read_text())
        assert published[member] == owner
        known = KeySet.from_jwks({"keys": published["keys"]}).find(keys.active.kid)
        assert known is not None
        known.verify_raw(b"data", keys.active.sign_raw(b"data"))


@pytest.mark.parametrize("name", USABLE)
def test_the_trust_store_accepts_every_usable_certificate_with_its_evidence(world: World, name: str) -> None:
    evidence, now = world.collect([world.pki.chain(name)]), datetime.now(UTC)
    assert evidence.ocsps
    assert evidence.crls
    certificate = world.pki.certificate(name)
    assert world.pki.trust().validate(certificate, (), Purpose.SIGNER, at=now, now=now, evidence=evidence).passed
    assert not world.pki.trust().validate(certificate, (), Purpose.TSA, at=now, now=now, evidence=evidence).passed


@pytest.mark.parametrize("name", ["revoked", "suspended", "not-yet-valid", "impostor", "tsa", "ocsp"])
def test_the_trust_store_refuses_every_other_certificate_as_a_signer(world: World, name: str) -> None:
    evidence, now = world.collect([world.pki.chain("receiver")]), datetime.now(UTC)
    if name in {"revoked", "suspended"}:
        evidence += world.collect([world.pki.chain(name)])
    certificate = world.pki.certificate(name)
    assert not world.pki.trust().validate(certificate, (), Purpose.SIGNER, at=now, now=now, evidence=evidence).passed


def test_a_timestamp_leads_to_the_trusted_authority(world: World) -> None:
    token, now = world.pki.tsa().timestamp(bytes(32)), datetime.now(UTC)
    evidence = world.collect([world.pki.chain("tsa")])
    assert token.certificate is not None
    assert (
        world.pki.trust().validate(token.certificate, (), Purpose.TSA, at=token.time, now=now, evidence=evidence).passed
    )


# --- making, issuing, revoking ---------------------------------------------------------------------------------------


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    for target in (tmp_path, tmp_path / "mine"):
        with pytest.raises(UsageError, match=r"devpki\.exists"):
            DevPki.create(target, password=PASSWORD)
    with pytest.raises(UsageError, match=r"output\.unwritable"):
        DevPki.create(tmp_path / "mine" / "pki", password=PASSWORD)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_making_fails_without_leaving_anything(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("signing.dev.make._make_trust", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(UsageError, match=r"output\.unwritable"):
        DevPki.create(tmp_path / "pki", password=PASSWORD)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [{"port": -1}, {"port": 65536}, {"password": ""}, {"at": datetime(2026, 1, 1)}])  # noqa: DTZ001
def test_wrong_arguments_are_usage_errors(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        DevPki.create(tmp_path / "pki", **{"password": PASSWORD, **wrong})


def test_certificates_are_valid_around_the_given_moment(tmp_path: Path) -> None:
    at = datetime(2031, 5, 6, 7, 8, 9, 10, tzinfo=UTC)
    pki = DevPki.create(tmp_path / "pki", password=PASSWORD, at=at, rsa=False)
    check_signable(pki.certificate("official"), at)
    check_signable(pki.certificate("official"), at + timedelta(days=700))
    with pytest.raises(SigningError, match=r"certificate\.expired"):
        check_signable(pki.certificate("expired"), at)
    with pytest.raises(SigningError, match=r"certificate\.not-yet-valid"):
        check_signable(pki.certificate("not-yet-valid"), at)


def test_a_newcomer_is_known_at_once_and_can_be_revoked(world: World) -> None:
    name = world.newcomer()
    chain = world.pki.chain(name)
    assert len(chain) == 3
    at = datetime.now(UTC).replace(microsecond=0)
    world.pki.revoke(name, "certificate_hold", at - timedelta(hours=2))
    crl = x509.load_der_x509_crl(world.pki.http().get(world.pki.base_url + "crl/issuing.crl"))
    entry = crl.get_revoked_certificate_by_serial_number(chain[0].serial_number)
    assert entry is not None
    assert entry.revocation_date_utc == at - timedelta(hours=2)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.certificate_hold


def test_a_key_kept_elsewhere_is_certified_and_answered_for(world: World) -> None:
    holder = Holder(common_name="Trần Thị Ở Xa", uid="CCCD:001090299901")
    chain = world.pki.certify("elsewhere", holder, ec.generate_private_key(ec.SECP384R1()))
    evidence, now = world.collect([chain]), datetime.now(UTC)
    assert world.pki.trust().validate(chain[0], (), Purpose.SIGNER, at=now, now=now, evidence=evidence).passed
    with pytest.raises(UsageError, match=r"devpki\.unknown-name"):
        world.pki.signer("elsewhere")
    with pytest.raises(UsageError, match=r"devpki\.unknown-name"):
        world.pki.certify("../elsewhere", holder, ec.generate_private_key(ec.SECP384R1()))


def test_a_reason_that_does_not_exist_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match=r"usage\.argument"):
        world.pki.revoke(world.newcomer(), "because")


def test_an_unrelated_certificate_cannot_be_revoked_here(world: World) -> None:
    before = (world.pki.folder / "pki.json").read_bytes()
    with pytest.raises(UsageError, match=r"devpki\.unknown-name"):
        world.pki.revoke("impostor")
    assert (world.pki.folder / "pki.json").read_bytes() == before


def test_opening_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"input\.unreadable"):
        DevPki.open(tmp_path)
    with pytest.raises(UsageError, match=r"input\.unreadable"):
        DevPki.open(tmp_path, lambda _: PASSWORD)


EMPTY = {name: {"issued": {}, "revoked": {}} for name in ("root", "issuing")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"port": 1}',
        json.dumps({"port": "1", "authorities": EMPTY}),
        json.dumps({"port": 0, "authorities": EMPTY}),
        '{"port": 1, "authorities": {"root": {"issued": {"zz": 1}, "revoked": {}}}}',
        '{"port": 1, "authorities": {"root": {"issued": {}, "revoked": {"1": {"time": "x", "reason": "y"}}}}}',
        '{"port": 1, "authorities": {"root": {"issued": [], "revoked": []}}}',
        "[" * 100_000,
    ],
)
def test_a_broken_database_is_malformed(tmp_path: Path, text: str) -> None:
    (tmp_path / "pki.json").write_text(text)
    with pytest.raises(MalformedError, match=r"devpki\.malformed"):
        DevPki.open(tmp_path, lambda _: PASSWORD)


def test_a_database_of_any_bytes_is_opened_or_our_error(tmp_path: Path) -> None:
    leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("1")
    value = st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["port", "authorities", "root", "issuing", "issued", "revoked", "1", "time", "reason"]),
                inner,
            )
        ),
    )

    @given(st.binary(max_size=100) | value.map(lambda v: json.dumps(v).encode()))
    @settings(max_examples=100, deadline=None)
    def check(data: bytes) -> None:
        (tmp_path / "pki.json").write_bytes(data)
        with pytest.raises(SigningError):
            DevPki.open(tmp_path, lambda _: PASSWORD)

    check()
