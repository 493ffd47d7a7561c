"""Keys that never leave their device: sign documents and identity tokens with keys on a PKCS #11 token (SoftHSM2 here).

Any token or HSM with a PKCS #11 module works the same; only the module's path and the token's name differ.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from eid import AuthenticationLevel, Evidence, Issuer, Key, KeySet, Level, Person, Verifier
from signing import Baseline, TrustStore, open_signer, sign_pdf, verify_pdf
from signing.dev.people import Holder
from signing.dev.pki import DevPki

PAPER = Path(__file__).parent / "inputs" / "Giấy chứng sinh.pdf"
TOKEN, PIN = "Văn phòng Thử Nghiệm", secrets.token_hex(4)
PLACES = ("lib*/softhsm", "lib*/*/softhsm", "lib*/pkcs11", "local/lib/softhsm")
MODULE = next((found for place in PLACES for found in Path("/usr").glob(f"{place}/libsofthsm2.so")), None)

if MODULE is None or not shutil.which("softhsm2-util") or not shutil.which("pkcs11-tool"):
    print("this example needs SoftHSM2 and OpenSC: apt-get install softhsm2 opensc", file=sys.stderr)
    sys.exit(2)


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def move_to_token(pki: DevPki, name: str, key_id: str) -> None:
    """What an office does once: the key and certificate that its CA delivered as a file go into the token."""
    file = Path(pki.key_uri(name).removeprefix("pkcs12:"))
    key, certificate, issuers = pkcs12.load_key_and_certificates(file.read_bytes(), pki.ask("").encode())
    plain, der = folder / "key.pem", folder / "certificate.der"
    plain.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    run("softhsm2-util", "--import", plain, "--token", TOKEN, "--label", name, "--id", key_id, "--pin", PIN)
    plain.unlink()
    for number, one in enumerate([certificate, *issuers]):
        der.write_bytes(one.public_bytes(Encoding.DER))
        write = ("--write-object", der, "--type", "cert", "--id", key_id if number == 0 else f"f{number}")
        run("pkcs11-tool", "--module", MODULE, "--token-label", TOKEN, "--login", "--pin", PIN, *write)


with tempfile.TemporaryDirectory() as made:
    folder = Path(made)
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    os.environ.update(SOFTHSM2_CONF=f"{folder}/softhsm2.conf", EID_PKCS11_MODULE=str(MODULE))
    run("softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", secrets.token_hex(4), "--pin", PIN)
    pki = DevPki.create(folder / "pki", password=secrets.token_urlsafe(), port=0)
    pki.issue("identity", Holder(common_name="Dịch vụ định danh (DEV)", uid="MST:0100109106"))
    move_to_token(pki, "official", "01")
    move_to_token(pki, "identity", "02")

    # documents: one login, however many papers
    asked = []
    official = open_signer(f"pkcs11:token={TOKEN};id=%01", ask=lambda name: asked.append(name) or PIN)
    with pki.serve():
        services = {"baseline": Baseline.B_LT, "tsa": pki.tsa(), "collect": pki.collect}
        papers = [sign_pdf(PAPER, official, **services) or b"" for _ in range(3)]
    trust = TrustStore.load(pki.trust_folder)
    print(len(asked), "PIN:", *(verify_pdf(paper, trust)[0].indication for paper in papers))

    # identity tokens: the same kind of key behind an issuer
    service = open_signer(f"pkcs11:token={TOKEN};id=%02", ask=lambda _: PIN)
    key = Key.external(service.certificate.public_key(), service.sign, signature="der")
    issuer = Issuer("https://dinhdanh.thu-nghiem.example", KeySet.around(key))
    now, desk = datetime.now(UTC), "https://motcua.thu-nghiem.example"
    person = Person(number="001190654321", full_name="Trần Thị Kiểm Thử", birth_date=date(1990, 5, 17), sex="female")
    seen = [Evidence(kind=kind, method="in-person", time=now) for kind in ("chip", "face", "fingerprint")]
    token = issuer.issue(person, Level.TWO, audience=desk, auth_level=AuthenticationLevel.THREE, evidence=seen)
    public = KeySet.from_jwks(issuer.keys.public_jwks())
    verifier = Verifier(public, issuer=issuer.issuer, audience=desk, status=issuer.status_list, replay=None)
    print(verifier.verify(token, level=Level.TWO).claims["name"], "- signed by", service)
