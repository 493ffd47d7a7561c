"""What other programs say about everything that the demo made: poppler, openssl, pyHanko, joserfc, zbar.

A judge that is not installed fails the test and names its package (`make tools` installs them all).
"""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.errors import BadSignatureError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, EmbeddedPdfSignature, validate_pdf_signature

from eid import UNCHECKED, AuthenticationLevel, Issuer, KeySet, Level, VerificationError, Verifier
from signing.asice.manifest import parse_manifest
from signing.cms.cades import sign_detached
from signing.cms.signed_data import parse_cms
from signing.dev.people import IDENTITY_ISSUER, OFFICE
from signing.dev.pki import DevPki
from signing.policy import Baseline
from signing.report import Indication, Verdict
from signing.seal.scan import scan
from signing.story.identity import AUDIENCE, PERSON, evidence

from ..world import World
from .demo_run import Demo, entries
from .signed_pdfs import Samples

DOTS_PER_INCH = 200


def judge(program: str, package: str, *arguments: str | Path, stdin: bytes | None = None) -> str:
    """What `program` prints, stdout before stderr; its exit status must be 0."""
    if shutil.which(program) is None:
        pytest.fail(f"{program} is missing: apt-get install {package}")
    done = subprocess.run([program, *arguments], input=stdin, capture_output=True, timeout=60, check=False)
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, told
    return told


# --- poppler ---------------------------------------------------------------------------------------------------------


def test_pdfsig_calls_every_pades_signature_of_the_demo_valid(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "inside.pdf").write_bytes(entries(demo.dossier)["results/result.pdf"])
    for path in (demo.result, tmp_path / "inside.pdf"):
        told = judge("pdfsig", "poppler-utils", path)
        assert told.count("Signature Validation: Signature is Valid.") == 2, told
        assert told.count("Signature Type: ETSI.CAdES.detached") == 2
        assert re.findall(r"Signature Field Name: (\w+)", told) == ["Official", "Office"]


@pytest.mark.parametrize("baseline", list(Baseline)[:3])
@pytest.mark.parametrize("signer", ["receiver", "official"])  # ECDSA and RSA-PSS
def test_pdfsig_calls_each_baseline_and_algorithm_valid(
    samples: Samples, tmp_path: Path, baseline: Baseline, signer: str
) -> None:
    (tmp_path / "signed.pdf").write_bytes(samples.sign(samples.page, signer, baseline))
    assert "Signature is Valid" in judge("pdfsig", "poppler-utils", tmp_path / "signed.pdf")


# --- openssl ---------------------------------------------------------------------------------------------------------


def test_openssl_verifies_every_step_s_signature_over_its_manifest(demo: Demo, tmp_path: Path) -> None:
    checked = 0
    for container in demo.containers:
        if container.name == "steps-swapped.asice":
            continue  # its manifests and signatures changed places: refused below
        held = entries(container)
        for name in sorted(n for n in held if re.fullmatch(r"META-INF/signature\d+\.p7s", n)):
            manifest = name.replace("signature", "ASiCManifest").replace(".p7s", ".xml")
            assert parse_manifest(held[manifest], manifest).signature == name
            assert "successful" in _openssl_cms(demo.root, tmp_path, held[name], held[manifest])
            checked += 1
    assert checked >= 5 + 4 + 3 + 3 + 5


def test_openssl_refuses_swapped_manifests_as_we_do(demo: Demo, tmp_path: Path) -> None:
    held = entries(demo.dossier)
    with pytest.raises(AssertionError, match=r"Verification failure|digest failure"):
        _openssl_cms(demo.root, tmp_path, held["META-INF/signature002.p7s"], held["META-INF/ASiCManifest003.xml"])


def _openssl_cms(root: Path, folder: Path, signature: bytes, content: bytes) -> str:
    (folder / "s.p7s").write_bytes(signature)
    (folder / "content").write_bytes(content)
    # -purpose any: openssl's own purposes are those of S/MIME mail
    return judge(
        "openssl", "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "s.p7s",
        "-content", folder / "content", "-CAfile", root, "-purpose", "any", "-out", folder / "out",
    )  # fmt: skip


def test_openssl_verifies_the_cms_of_every_pades_signature_over_its_byte_range(demo: Demo, tmp_path: Path) -> None:
    checked = 0
    for path in demo.pdfs:
        for cms, signed in _pades(path):
            assert "successful" in _openssl_cms(demo.root, tmp_path, cms, signed)
            checked += 1
    assert checked == 8


def _pades(path: Path) -> list[tuple[bytes, bytes]]:
    """CMS and signed bytes of each signature, cut out by a pattern alone."""
    data = path.read_bytes()
    found = []
    for match in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data):
        start, first, second, rest = map(int, match.groups())
        assert start == 0
        hexed = data[first + 1 : second - 1]
        padded = bytes.fromhex(hexed.decode())
        length = 4 + int.from_bytes(padded[2:4], "big")
        assert padded[:2] == b"\x30\x82"
        found.append((padded[:length], data[:first] + data[second : second + rest]))
    return found


def test_openssl_verifies_every_timestamp(demo: Demo, tmp_path: Path) -> None:
    signatures = [cms for path in demo.pdfs for cms, _ in _pades(path)]
    for container in demo.containers:
        signatures += [c for n, c in entries(container).items() if n.endswith(".p7s")]
    checked = 0
    for signature in dict.fromkeys(signatures):
        # read with another parser than ours
        signed = asn1_cms.ContentInfo.load(signature)["content"]
        (info,) = signed["signer_infos"]
        value = info["signature"].native
        (token,) = [
            a["values"][0].dump() for a in info["unsigned_attrs"] if a["type"].native == "signature_time_stamp_token"
        ]
        assert parse_cms(signature).signature_value == value
        (tmp_path / "token").write_bytes(token)
        (tmp_path / "value").write_bytes(value)
        told = judge(
            "openssl", "openssl", "ts", "-verify", "-data", tmp_path / "value", "-in", tmp_path / "token",
            "-token_in", "-CAfile", demo.root,
        )  # fmt: skip
        assert "Verification: OK" in told
        checked += 1
    assert checked >= 12


@pytest.mark.parametrize("signer", ["receiver", "official"])
@pytest.mark.parametrize("baseline", list(Baseline)[:3])
def test_openssl_verifies_a_signature_beside_any_file(
    world: World, tmp_path: Path, signer: str, baseline: Baseline
) -> None:
    content = "Giấy tờ\r\nkhông phải PDF\n".encode()
    pki = world.pki
    cms = sign_detached(
        content,
        pki.signer(signer),
        baseline=baseline,
        tsa=pki.tsa() if baseline >= Baseline.B_T else None,
        collect=pki.collect if baseline >= Baseline.B_LT else None,
    )
    root = pki.trust_folder / "ca" / "root.pem"
    assert "successful" in _openssl_cms(root, tmp_path, cms, content)


# --- pyHanko ---------------------------------------------------------------------------------------------------------

# Where pyHanko's answer for a signature differs from ours, and why ours is right; nothing differs today.
EXPLAINED: dict[tuple[str, str], str] = {}
# Copies that are invalid as documents although each of their signatures is genuine and nothing followed it.
BEYOND_PYHANKO = {
    "qr-before-signing.pdf": "it knows nothing of seals: the signatures are genuine, the seal is not theirs"
}


@pytest.mark.filterwarnings("ignore")
def test_pyhanko_agrees_on_every_signature_genuine_and_forged(demo: Demo) -> None:
    (_, _, der) = asn1_pem.unarmor(demo.root.read_bytes())
    root = asn1_x509.Certificate.load(der)
    differing = {}
    for path in demo.pdfs:
        ours = {s.id: s for s in demo.reports[str(path.relative_to(demo.folder))].signatures}
        reader = PdfFileReader(io.BytesIO(path.read_bytes()))
        assert {s.field_name for s in reader.embedded_signatures} == set(ours)
        for signature in reader.embedded_signatures:
            mine = ours[signature.field_name].indication is Indication.PASSED
            if _pyhanko_says(reader, signature, root) != mine:
                differing[path.name, signature.field_name] = mine
    assert differing.keys() == EXPLAINED.keys(), differing


def _pyhanko_says(reader: PdfFileReader, signature: EmbeddedPdfSignature, root: asn1_x509.Certificate) -> bool:
    """Whether the signature is good with what the file holds: no network, and every revocation answer demanded."""
    store = DocumentSecurityStore.read_dss(reader)
    context = store.as_validation_context(
        {"trust_roots": [root], "allow_fetching": False, "revocation_mode": "require"}
    )
    status = validate_pdf_signature(signature, context)
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.valid
    return bool(status.bottom_line)


def test_what_pyhanko_cannot_know_is_listed(demo: Demo) -> None:
    beyond = set()
    for path in demo.pdfs:
        report = demo.reports[str(path.relative_to(demo.folder))]
        if report.verdict is Verdict.INVALID and all(s.indication is Indication.PASSED for s in report.signatures):
            beyond.add(path.name)
    assert beyond == set(BEYOND_PYHANKO)


# --- joserfc ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def issuer_keys(demo: Demo) -> dict[str, object]:
    """The identity issuer's JWKS as auditors trust it."""
    (path,) = (demo.trust_folder / "identity").glob("*.json")
    jwks: dict[str, object] = json.loads(path.read_text())
    return jwks


@pytest.mark.parametrize(
    ("name", "level"),
    [("level-1", "level-1"), ("level-2", "level-2"), ("level-2-revoked", "level-2")],
)
def test_joserfc_verifies_our_tokens(demo: Demo, issuer_keys: dict[str, object], name: str, level: str) -> None:
    keys = joserfc.jwk.KeySet.import_key_set(issuer_keys)
    token = joserfc.jwt.decode(demo.token(name), keys, algorithms=["ES256"])
    assert token.header["typ"] == "eid+jwt"
    assert token.claims["iss"] == IDENTITY_ISSUER
    assert token.claims["aud"] == AUDIENCE
    assert token.claims["verified_claims"]["verification"]["assurance_level"] == level


def test_joserfc_refuses_the_tampered_token(demo: Demo, issuer_keys: dict[str, object]) -> None:
    keys = joserfc.jwk.KeySet.import_key_set(issuer_keys)
    with pytest.raises(BadSignatureError):
        joserfc.jws.deserialize_compact(demo.token("level-2-tampered"), keys, algorithms=["ES256"])


def test_joserfc_verifies_every_step_proof(demo: Demo, issuer_keys: dict[str, object]) -> None:
    keys = joserfc.jwk.KeySet.import_key_set(issuer_keys)
    proofs = {n: c for n, c in entries(demo.dossier).items() if n.endswith(".proof.jwt")}
    assert len(proofs) == 5
    nonces = set()
    for content in proofs.values():
        token = joserfc.jwt.decode(content.decode().strip(), keys, algorithms=["ES256"])
        assert token.header["typ"] == "eid-step+jwt"
        assert token.claims["aud"] == OFFICE
        assert set(token.claims["cnf"]) == {"x5t#S256"}
        # neither name nor number: an authentication result is not passed on
        assert not {"name", "sub", "verified_claims", "personal_number"} & set(token.claims)
        nonces.add(token.claims["nonce"])
    assert len(nonces) == 5


def test_joserfc_verifies_the_seal_status_list(demo: Demo) -> None:
    (jwks,) = (demo.trust_folder / "seals").glob("*.json")
    (status,) = (demo.trust_folder / "seals").glob("*.jwt")
    keys = joserfc.jwk.KeySet.import_key_set(json.loads(jwks.read_text()))
    token = joserfc.jwt.decode(status.read_text().strip(), keys, algorithms=["ES256"])
    assert token.header["typ"] == "statuslist+jwt"
    assert token.claims["status_list"]["bits"] == 2


def test_we_verify_a_token_that_joserfc_made_with_the_same_key(demo: Demo) -> None:
    keys = DevPki.open(demo.folder / "pki").identity_keys()
    now = datetime.now(UTC)
    ours = Issuer(IDENTITY_ISSUER, keys).issue(
        PERSON,
        Level.TWO,
        audience=AUDIENCE,
        auth_level=AuthenticationLevel.FOUR,
        evidence=evidence(Level.TWO, now),
    )
    private = keys.active._private
    assert private is not None
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    header, claims = (json.loads(_unbase64(part)) for part in ours.split(".")[:2])
    theirs = joserfc.jwt.encode(header, claims, joserfc.jwk.ECKey.import_key(pem), algorithms=["ES256"])
    assert theirs != ours
    verifier = Verifier(
        KeySet.from_jwks(keys.public_jwks()),
        issuer=IDENTITY_ISSUER,
        audience=AUDIENCE,
        status=UNCHECKED,
        replay=None,
    )
    for token in (ours, theirs):
        identity = verifier.verify(token, level=Level.TWO, auth_level=AuthenticationLevel.FOUR)
        assert (identity.level, identity.claims["name"]) == (Level.TWO, PERSON.full_name)
    forged = joserfc.jwt.encode(header, claims, joserfc.jwk.ECKey.generate_key("P-256"), algorithms=["ES256"])
    with pytest.raises(VerificationError) as e:
        verifier.verify(forged, level=Level.TWO)
    assert e.value.code == "token.signature"


def _unbase64(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


# --- zbar ------------------------------------------------------------------------------------------------------------


def test_zbar_reads_the_same_seal_from_the_rendered_page(demo: Demo, tmp_path: Path) -> None:
    judge("pdftoppm", "poppler-utils", "-png", "-r", str(DOTS_PER_INCH), demo.result, tmp_path / "page")
    (page,) = tmp_path.glob("page*.png")
    ours = [code.text for code in scan(demo.result)]
    assert len(ours) == 1
    assert len(ours[0]) <= 350
    for picture in (page, demo.folder / "seal.png"):
        told = judge("zbarimg", "zbar-tools", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture)
        assert told.splitlines()[0] == ours[0]
        assert [code.text for code in scan(picture)] == ours
