"""Making the development PKI: root, issuing CA, TSA, OCSP responder, holders, unusable certificates, trust folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from eid.keys import KeySet

from ..errors import UsageError
from .certs import RESPONDER, SIGNER, TSA, Authority, PrivateKey, Validity, self_signed, subordinate
from .people import HOLDERS, IDENTITY_ISSUER, IMPOSTOR_OF, OFFICE, SERVICES, service_name
from .store import DATABASE_FILE, PASSWORD_FILE, Store, pem, to_json

IDENTITY_KEYS, SEAL_KEYS = "keys/identity.pem", "keys/seal.pem"
RSA_BITS = 3072
RSA_HOLDER = "official"  # so that RSA-PSS is used wherever a result is signed
_AUTHORITY_BEFORE, _AUTHORITY_AFTER = timedelta(days=2 * 365), timedelta(days=10 * 365)
_HOLDER_BEFORE, _HOLDER_AFTER = timedelta(days=1), timedelta(days=2 * 365)
_NOTICE = """\
ĐÂY LÀ HẠ TẦNG KHÓA THỬ NGHIỆM – không có giá trị pháp lý. Mật khẩu nằm cạnh khóa: không dùng cho việc thật.
This is a DEVELOPMENT PKI without legal value. The password lies beside the keys: never use them for anything real.
"""


def make(store: Store, *, at: datetime, port: int, base_url: str, with_rsa: bool) -> None:
    """Fill the empty folder of `store`; `at` is the moment around which certificates are valid, whole seconds."""
    life = Validity(begin=at - _AUTHORITY_BEFORE, end=at + _AUTHORITY_AFTER)
    database: dict[str, Any] = {
        "development_only": True,
        "port": port,
        "authorities": {name: {"issued": {}, "revoked": {}} for name in ("root", "issuing")},
    }
    store.write("README.txt", _NOTICE.encode())
    store.write(PASSWORD_FILE, f"{store.password}\n".encode(), mode=0o600)
    root = self_signed("root", service_name(SERVICES["root"]), new_key(), life)
    store.put("root", root.key, [root.certificate])
    issuing = subordinate("issuing", root, service_name(SERVICES["issuing"]), new_key(), life, base_url=base_url)
    store.put("issuing", issuing.key, [issuing.certificate, root.certificate])
    _record(database, "root", "issuing", issuing.certificate)
    for name, issuer, profile in (("tsa", root, TSA), ("ocsp", issuing, RESPONDER)):
        key = new_key()
        certificate = issuer.issue(service_name(SERVICES[name]), key, profile, life, base_url=base_url)
        _put(store, database, name, key, certificate, _chain(issuer, root))
    for name, holder in HOLDERS.items():
        key = new_key(with_rsa and name == RSA_HOLDER)
        certificate = issuing.issue(holder.subject(), key, SIGNER, _validity(name, at), base_url=base_url)
        _put(store, database, name, key, certificate, [issuing.certificate, root.certificate])
    for name, reason in (
        ("revoked", x509.ReasonFlags.key_compromise),
        ("suspended", x509.ReasonFlags.certificate_hold),
    ):
        revoke(database, store.certificate(name), at - timedelta(hours=1), reason)
    _make_impostor(store, root, life, _validity(IMPOSTOR_OF, at), base_url)
    store.write(DATABASE_FILE, to_json(database))
    _make_trust(store, root)
    _make_key_set(store, IDENTITY_KEYS, f"trust/identity/{OFFICE}-dev.json", {"issuer": IDENTITY_ISSUER}, at)
    _make_key_set(store, SEAL_KEYS, f"trust/seals/{OFFICE}.json", {"office": OFFICE}, at)


def new_key(with_rsa: bool = False) -> PrivateKey:
    """P-256, or RSA with 3072 bits."""
    return rsa.generate_private_key(65537, RSA_BITS) if with_rsa else ec.generate_private_key(ec.SECP256R1())


def default_validity(at: datetime) -> Validity:
    """A holder's two years around `at`."""
    return Validity(begin=at - _HOLDER_BEFORE, end=at + _HOLDER_AFTER)


def _validity(name: str, at: datetime) -> Validity:
    if name == "expired":
        return Validity(begin=at - timedelta(days=400), end=at - timedelta(days=35))
    if name == "not-yet-valid":
        return Validity(begin=at + timedelta(days=35), end=at + timedelta(days=400))
    return default_validity(at)


def _chain(issuer: Authority, root: Authority) -> list[x509.Certificate]:
    return [root.certificate] if issuer is root else [issuer.certificate, root.certificate]


def _put(
    store: Store,
    database: dict[str, Any],
    name: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    chain: list[x509.Certificate],
) -> None:
    store.put(name, key, [certificate, *chain])
    _record(database, "root" if len(chain) == 1 else "issuing", name, certificate)


def _record(database: dict[str, Any], authority: str, name: str, certificate: x509.Certificate) -> None:
    database["authorities"][authority]["issued"][f"{certificate.serial_number:x}"] = name


def record(database: dict[str, Any], name: str, certificate: x509.Certificate) -> None:
    """Note a certificate that the issuing CA issued."""
    _record(database, "issuing", name, certificate)


def revoke(database: dict[str, Any], certificate: x509.Certificate, at: datetime, reason: x509.ReasonFlags) -> None:
    """Note a revocation with the CA that issued the certificate. Raises `UsageError` when none of ours did."""
    serial = f"{certificate.serial_number:x}"
    for authority in database["authorities"].values():
        if serial in authority["issued"]:
            authority["revoked"][serial] = {"time": at.replace(microsecond=0).isoformat(), "reason": reason.name}
            return
    raise UsageError("devpki.unknown-name", name=serial)


def _make_impostor(store: Store, genuine: Authority, life: Validity, validity: Validity, base_url: str) -> None:
    """The same names, numbers and even root key identifier under another root: only the keys tell them apart."""
    identifier = genuine.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    root = self_signed("root", genuine.certificate.subject, new_key(), life, key_identifier=identifier)
    issuing = subordinate("issuing", root, service_name(SERVICES["issuing"]), new_key(), life, base_url=base_url)
    key = new_key()
    certificate = issuing.issue(HOLDERS[IMPOSTOR_OF].subject(), key, SIGNER, validity, base_url=base_url)
    store.put("impostor", key, [certificate, issuing.certificate, root.certificate])
    store.write("certs/impostor-root.pem", pem(root.certificate))


def _make_trust(store: Store, root: Authority) -> None:
    """The trust folder: the root for signers and for the TSA, and who may take which step."""
    for purpose in ("ca", "tsa"):
        store.write(f"trust/{purpose}/root.pem", pem(root.certificate))
    grants = [
        {
            "certificate_sha256": store.certificate(name).fingerprint(hashes.SHA256()).hex(),
            "office": OFFICE,
            "role": holder.role,
            "steps": list(holder.steps),
            "not_before": None,
            "not_after": None,
            "title": holder.title,
        }
        for name, holder in HOLDERS.items()
        if holder.role
    ]
    store.write(f"trust/roles/{OFFICE}.json", to_json(grants))


def _make_key_set(store: Store, path: str, published: str, owner: dict[str, str], at: datetime) -> None:
    """Keys of the identity issuer or of the office's seals; the public half goes into the trust folder."""
    keys = KeySet.generate(at=at - _HOLDER_BEFORE)
    keys.save(store.folder / path, lambda _: store.password)
    store.write(published, to_json(owner | keys.public_jwks()))
