"""Signed PDFs to forge: by this product, pyHanko and openssl, each with what offline judges need to call it valid."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.pdf.request import Permission
from signing.pdf.sign import extend_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline
from signing.trust.store import TrustStore
from tests.signing import pdf_forge as forge
from tests.signing.authority import DAY, HOUR, Holder, crl, make
from tests.signing.pdf_forge import Opened, Ref
from tests.signing.scene import Scene
from tests.signing.signed_pdfs import INPUTS, Samples
from tests.world import World

RESERVED = 12_000  # hexadecimal digits kept for a signature made outside


@dataclass
class Bench:
    """Everything that makers need: the development PKI, and a second PKI whose every date and list can be chosen."""

    world: World
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        self.samples = Samples(self.world)
        begin, end = self.now - 3000 * DAY, self.now + 3000 * DAY
        self.root = make("Gốc thử nghiệm", ca=True, begin=begin, end=end)
        self.tsa_root = make("Gốc dấu thời gian", ca=True, begin=begin, end=end)
        self.scene = Scene(root=self.root, tsa_root=self.tsa_root, now=self.now)
        self.issuing = make("Trung gian thử nghiệm", self.root, ca=True, begin=begin, end=end)
        self.person = self.leaf("Người ký thử nghiệm")

    def leaf(self, name: str, issuer: Holder | None = None, **given: object) -> Holder:
        """A certificate for signing documents, valid for a year around now."""
        usual = {"begin": self.now - 365 * DAY, "end": self.now + 365 * DAY}
        return make(name, issuer or self.issuing, **{**usual, **given})  # type: ignore[arg-type]

    def list_of(self, issuer: Holder, *revoked: object, **given: object) -> bytes:
        """A CRL that is fresh now."""
        return crl(issuer, *revoked, **{"at": self.now + HOUR * 0, **given})  # type: ignore[arg-type]

    def lists(self) -> list[bytes]:
        """Fresh CRLs of every authority, nothing revoked."""
        return [self.list_of(self.root), self.list_of(self.issuing), self.list_of(self.tsa_root)]

    @cached_property
    def trust(self) -> TrustStore:
        """Both PKIs: anchors of signers, anchors of timestamps, and the development PKI's issuers, seals and roles."""
        own = self.world.pki.trust()
        return replace(own, ca=(*own.ca, self.root.certificate), tsa=(*own.tsa, self.tsa_root.certificate))

    @property
    def anchors(self) -> list[x509.Certificate]:
        """The roots, for judges that know no purposes."""
        return [self.world.pki.certificate("root"), self.root.certificate, self.tsa_root.certificate]

    @cached_property
    def signed(self) -> dict[str, bytes]:
        """The signed files by name, all genuine and valid."""
        return {name: make_one(self) for name, make_one in BASES.items()}


def signed_outside(
    data: bytes,
    make_cms: Callable[[bytes], bytes],
    *,
    sub_filter: str = "ETSI.CAdES.detached",
    name: bytes = b"Outside",
    **entries: object,
) -> bytes:
    """`data` with a signature field whose value is what `make_cms` gives for the covered bytes."""
    o = Opened(data)
    about = {"Type": "Sig", "Filter": "Adobe.PPKLite", "SubFilter": sub_filter, "M": b"D:20260101000000Z", **entries}
    about = {key: value for key, value in about.items() if value is not None}
    value = forge.write(about)[:-2] + b" /ByteRange [0 %s] /Contents <%s>>>" % (b" " * 33, b"0" * RESERVED)
    number = max(o.size, 8000)
    page = o.pages()[0]
    widget = {
        "Type": "Annot", "Subtype": "Widget", "FT": "Sig", "T": name, "F": 132, "Rect": [0, 0, 0, 0],
        "V": Ref(number, 0), "P": Ref(page, 0),
    }  # fmt: skip
    old = o.file.dictionary(o.catalog.get("AcroForm"), o.file.last)
    listed = [*o.file.array(old.get("Fields"), o.file.last), Ref(number + 1, 0)]
    annots = [*o.file.array(o.get(page).get("Annots"), o.file.last), Ref(number + 1, 0)]  # type: ignore[union-attr]
    made = o.append(
        {
            number: value, number + 1: forge.write(widget), page: o.changed(page, Annots=annots),
            o.root: o.changed(o.root, AcroForm={**old, "Fields": listed, "SigFlags": 3}),
        }
    )  # fmt: skip
    start = made.rindex(b"/Contents <") + len(b"/Contents ")
    stop = start + RESERVED + 2
    numbers = b"[0 %d %d %d]" % (start, stop, len(made) - stop)
    at = made.rindex(b"/ByteRange [") + len(b"/ByteRange ")
    made = made[:at] + numbers.ljust(37)[: len(b"[0 ") + 34] + made[at + 37 :]
    cms = make_cms(made[:start] + made[stop:]).hex().encode()
    assert len(cms) <= RESERVED, len(cms)
    return made[: start + 1] + cms.ljust(RESERVED, b"0") + made[stop - 1 :]


def with_evidence(data: bytes, crls: list[bytes], certificates: list[Holder] = [], ocsps: list[bytes] = []) -> bytes:  # noqa: B006
    """`data` with a /DSS that holds these."""
    o = Opened(data)
    number = max(o.size, 8500)
    objects: dict[int, bytes] = {}
    store: dict[str, object] = {"Type": "DSS"}
    parts = {"Certs": [h.der for h in certificates], "CRLs": crls, "OCSPs": ocsps}
    for key, values in parts.items():
        refs = []
        for value in values:
            objects[number] = forge.stream(value)
            refs.append(Ref(number, 0))
            number += 1
        if refs:
            store[key] = refs
    objects[number] = forge.write(store)
    return o.append({**objects, o.root: o.changed(o.root, DSS=Ref(number, 0))})


# --- other signers


def hanko_signer(holder: Holder, chain: list[Holder]) -> signers.SimpleSigner:
    store = SimpleCertificateStore()
    for other in chain:
        store.register(asn1_x509.Certificate.load(other.der))
    key = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(holder.der), cert_registry=store,
        signing_key=asn1_keys.PrivateKeyInfo.load(key),
    )  # fmt: skip


def hanko_signed(bench: Bench, data: bytes, *, pades: bool = True, name: str = "Hanko", **more: object) -> bytes:
    """`data` signed by pyHanko, as it does by default."""
    sub = fields.SigSeedSubFilter.PADES if pades else fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    about = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256", subfilter=sub, **more)
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    signer = hanko_signer(bench.person, [bench.issuing])
    signers.PdfSigner(about, signer).sign_pdf(writer, output=out)
    return out.getvalue()


def openssl_cms(bench: Bench, content: bytes, *arguments: str, holder: Holder | None = None) -> bytes:
    """A detached CMS signature by the openssl command."""
    by = holder or bench.person
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "content").write_bytes(content)
        key = by.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (here / "key.pem").write_bytes(by.pem + key)
        (here / "chain.pem").write_bytes(bench.issuing.pem)
        command = ["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-in", here / "content"]
        more = ["-signer", here / "key.pem", "-certfile", here / "chain.pem", *arguments]
        return subprocess.run([*command, *more], check=True, capture_output=True).stdout


# --- the table


def _extended(bench: Bench, data: bytes) -> bytes:
    return with_evidence(data, bench.lists(), [bench.issuing, bench.root])


def _certified(level: Permission) -> Callable[[Bench], bytes]:
    return lambda b: b.samples.sign(b.samples.form, baseline=Baseline.B_LT, certify=level)


def _lta(bench: Bench) -> bytes:
    pki = bench.world.pki
    return extend_pdf(bench.samples.valid, baseline=Baseline.B_LTA, tsa=pki.tsa(), collect=pki.collect) or b""


def _openssl(bench: Bench) -> bytes:
    made = signed_outside(
        bench.samples.page, lambda content: openssl_cms(bench, content), sub_filter="adbe.pkcs7.detached"
    )
    return _extended(bench, made)


BASES: dict[str, Callable[[Bench], bytes]] = {
    "page": lambda b: b.samples.valid,
    "form": lambda b: b.samples.valid_form,
    "twice": lambda b: b.samples.twice,
    "visible": lambda b: b.samples.sign(
        (INPUTS / "result.pdf").read_bytes(), baseline=Baseline.B_LT, stamp=Stamp(page=-1, x_mm=20, y_mm=30)
    ),
    "packed": lambda b: b.samples.sign(forge.compressed_document(), baseline=Baseline.B_LT),
    "certified-1": _certified(Permission.NO_CHANGES),
    "certified-2": _certified(Permission.SIGN),
    "certified-3": _certified(Permission.ANNOTATE),
    "lta": _lta,
    "hanko-pades": lambda b: _extended(b, hanko_signed(b, b.samples.page)),
    "hanko-adbe": lambda b: _extended(b, hanko_signed(b, b.samples.page, pades=False)),
    "openssl": _openssl,
}


def genuine(bench: Bench) -> Iterator[tuple[str, bytes]]:
    """The signed files, untouched."""
    yield from bench.signed.items()


def digest_of(content: bytes, name: str = "sha256") -> bytes:
    return hashlib.new(name, content).digest()
