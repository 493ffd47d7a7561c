"""PKCS #11: a key on SoftHSM2, beside the bare `C_SignInit` and `C_Sign` of the same session, and beside pyHanko.

`python benchmarks/run.py pkcs11` prints the ratios. The bare operation is called through ctypes on a digest made
beforehand. A PDF is signed beside the bare operation and one verification, because every signature value is verified
before it is written; what is stated is what is left of the time. pyHanko signs with its own `PKCS11Signer` on the same
key, kept open, with room reserved; it does not verify. Subjects take turns, and the fastest of a few calls counts, so
that other work on the machine weighs less; what is compared is the median over the rounds of the ratio, or the
difference, within a round.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pkcs11
import pytest
from bench_pdf import RESERVED, Row, chromium_page, ratio
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.pkcs11 import PKCS11Signer

sys.path.insert(0, str(Path(__file__).parent.parent))

from signing.pdf.sign import sign_pdf
from signing.signer import Signer, open_signer, verify_value
from tests.signing.cms_makers import make_key, make_leaf, root
from tests.signing.softhsm import MODULE, PIN, SoftHsm, uri

ROUNDS = 25
TOKEN = "Đo tốc độ"
IDS = {"P-256": "01", "RSA-2048 PSS": "02", "RSA-3072 PSS": "03"}
KEYS = {"P-256": "p256", "RSA-2048 PSS": "rsa2048", "RSA-3072 PSS": "rsa3072"}
DATA = "Quyết định".encode() * 30  # about as long as signed attributes
_ULONG = ctypes.c_ulong


class _Mechanism(ctypes.Structure):
    _fields_ = (("mechanism", _ULONG), ("parameter", ctypes.c_void_p), ("length", _ULONG))


class Bare:
    """One key through the module's C functions, in a session of its own; the process is logged in already."""

    def __init__(self, slot: int, key_id: bytes, *, pss: bool) -> None:
        self.module = ctypes.CDLL(str(MODULE))
        self.session = _ULONG()
        self._call("C_OpenSession", _ULONG(slot), _ULONG(4), None, None, ctypes.byref(self.session))
        self.key = self._find(key_id)
        self.parameter = (_ULONG * 3)(0x250, 2, 32)  # CKM_SHA256, CKG_MGF1_SHA256, salt in bytes
        address, length = (ctypes.addressof(self.parameter), ctypes.sizeof(self.parameter)) if pss else (None, 0)
        self.mechanism = ctypes.byref(_Mechanism(0xD if pss else 0x1041, address, length))
        self.digest = hashlib.sha256(DATA).digest()
        self.value = ctypes.create_string_buffer(1024)

    def _call(self, name: str, *arguments: object) -> None:
        rv = getattr(self.module, name)(*arguments)
        assert rv == 0, f"{name}: {rv:#x}"

    def _find(self, key_id: bytes) -> ctypes.c_ulong:
        class Attribute(ctypes.Structure):
            _fields_ = (("type", _ULONG), ("value", ctypes.c_char_p), ("length", _ULONG))

        private = bytes(_ULONG(3))
        wanted = (Attribute * 2)(Attribute(0, private, len(private)), Attribute(0x102, key_id, len(key_id)))
        key, count = _ULONG(), _ULONG()
        self._call("C_FindObjectsInit", self.session, wanted, _ULONG(2))
        self._call("C_FindObjects", self.session, ctypes.byref(key), _ULONG(1), ctypes.byref(count))
        self._call("C_FindObjectsFinal", self.session)
        assert count.value == 1
        return key

    def sign(self) -> bytes:
        """The signature value as the module gives it: r‖s for ECDSA."""
        length = _ULONG(1024)
        self._call("C_SignInit", self.session, self.mechanism, self.key)
        self._call("C_Sign", self.session, self.digest, _ULONG(32), self.value, ctypes.byref(length))
        return self.value.raw[: length.value]


class World:
    """A token with a key of each kind, opened by everyone."""

    def __init__(self, folder: Path) -> None:
        hsm = SoftHsm.create(folder)
        hsm.token(TOKEN)
        for kind, key_id in IDS.items():
            hsm.key(TOKEN, make_key(KEYS[kind]), key_id)
            hsm.certificate(TOKEN, make_leaf(KEYS[kind]), key_id)
        hsm.certificate(TOKEN, root(), "99")
        self.signers: dict[str, Signer] = {
            kind: open_signer(uri(TOKEN, f"id=%{key_id}"), lambda _: PIN) for kind, key_id in IDS.items()
        }
        self.token = pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN)
        self.session = self.token.open()

    def bare(self, kind: str) -> Bare:
        return Bare(self.token.slot.slot_id, bytes.fromhex(IDS[kind]), pss=kind != "P-256")

    def checked(self, kind: str) -> Callable[[], None]:
        """The bare operation and one verification of its value."""
        bare, signer, pss = self.bare(kind), self.signers[kind], kind != "P-256"

        def call() -> None:
            value = bare.sign()
            if not pss:
                value = encode_dss_signature(int.from_bytes(value[:32]), int.from_bytes(value[32:]))
            assert verify_value(signer.certificate, signer.algorithm, value, DATA)

        return call

    def pyhanko(self, kind: str, page: bytes) -> Callable[[], None]:
        """pyHanko's signer on the same key, kept open."""
        key_id = bytes.fromhex(IDS[kind])
        theirs = PKCS11Signer(
            self.session,
            key_id=key_id,
            cert_id=key_id,
            prefer_pss=kind != "P-256",
            other_certs_to_pull=None,
            use_raw_mechanism=kind == "P-256",
        )
        meta = signers.PdfSignatureMetadata(
            field_name="Peer", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )

        def call() -> None:
            writer = IncrementalPdfFileWriter(io.BytesIO(page))
            signers.PdfSigner(meta, theirs).sign_pdf(writer, bytes_reserved=RESERVED)

        return call


# (kind, target of a signature over the bare C_Sign, target against pyHanko's PKCS11Signer). The binding asks a token
# for the length of each signature before it lets it sign: SoftHSM takes 7 µs for that, a tenth of a P-256 one.
STATED = (("P-256", 1.6, 15.0), ("RSA-2048 PSS", 1.1, 10.0), ("RSA-3072 PSS", 1.1, 5.0))
OVERHEAD_MS = 0.8


def measure(subjects: dict[str, Callable[[], object]], batch: int) -> dict[str, list[float]]:
    """Seconds of the fastest of `batch` operations of each subject, round by round; in a round they take turns."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        gc.collect()
        for name, run in subjects.items():
            times[name].append(min(_timed(run) for _ in range(batch)))
    return times


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ratios() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        return [row for kind, over, against in STATED for row in _rows(world, kind, over, against)]


def _rows(world: World, kind: str, over: float, against: float) -> list[Row]:
    signer, page = world.signers[kind], chromium_page()
    alone = measure({"ours": lambda: signer.sign(DATA), "bare": world.bare(kind).sign}, 20)
    bare_ms = statistics.median(alone["bare"]) * 1000
    middle, spread = ratio(alone["ours"], alone["bare"])
    pdf: dict[str, Callable[[], object]] = {"ours": lambda: sign_pdf(page, signer), "bare": world.checked(kind)}
    found = measure({**pdf, "pyHanko": world.pyhanko(kind, page)}, 5)
    peer, peer_spread = ratio(found["pyHanko"], found["ours"])
    left = [(ours - bare) * 1000 for ours, bare in zip(found["ours"], found["bare"], strict=True)]
    low, left_ms, high = statistics.quantiles(left, n=4)
    left_spread = (high - low) / 2 / left_ms
    return [
        (f"PKCS#11 signature / bare C_Sign ({bare_ms:.2f} ms), {kind}", middle, over, spread, "≤"),
        (f"PKCS#11 PAdES B-B over C_Sign and verify, {kind}, ms", left_ms, OVERHEAD_MS, left_spread, "≤"),
        (f"PKCS#11 PAdES B-B against pyHanko's PKCS11Signer, {kind}", peer, against, peer_spread, "≥"),
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("hsm"))


@pytest.mark.parametrize("kind", IDS)
def test_sign_on_a_token(benchmark, world, kind):
    benchmark(lambda: world.signers[kind].sign(DATA))


@pytest.mark.parametrize("kind", IDS)
def test_bare_c_sign(benchmark, world, kind):
    benchmark(world.bare(kind).sign)


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:70s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
