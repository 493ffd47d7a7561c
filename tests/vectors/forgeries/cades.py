"""CAdES signatures of this product and of openssl, and what becomes of them when content or parts are moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from signing.cms import der, names
from signing.cms.cades import sign_detached
from signing.cms.layout import counter_infos, join, layout
from signing.cms.multi import add_signer, counter_sign, sign_attached
from signing.cms.parse import parse_cms, parse_frame
from signing.cms.signed_data import add_long_term, add_unsigned
from signing.cms.values import attribute
from signing.policy import Baseline

from .case import Answer, Case
from .pdf_bases import Bench, openssl_cms
from .stories import CONTENT, FORGED, GENUINE, UNPROVEN

PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n"
)
OTHER = CONTENT.replace(b"7", b"8", 1)


def digest_of(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def bases(b: Bench) -> dict[str, bytes]:
    """Genuine signatures over `CONTENT`; those whose names begin with `attached` hold it."""
    pki = b.world.pki
    official, receiver, clerk = (pki.signer(n) for n in ("official", "receiver", "clerk"))
    services = {"tsa": pki.tsa(), "collect": pki.collect}
    long = {"baseline": Baseline.B_LT, **services}
    lta = {"baseline": Baseline.B_LTA, **services}
    one = sign_detached(CONTENT, receiver, **long)  # type: ignore[arg-type]
    two = add_signer(one, official, content=digest_of, **long)  # type: ignore[arg-type]
    attached = sign_attached(CONTENT, official, **long)  # type: ignore[arg-type]
    foreign = openssl_cms(b, CONTENT, "-cades")
    return {
        "one": one,
        "lta": sign_detached(CONTENT, official, **lta),  # type: ignore[arg-type]
        "two": two,
        "counter": counter_sign(one, clerk, **long),  # type: ignore[arg-type]
        "attached": attached,
        "attached-two": add_signer(attached, receiver, **long),  # type: ignore[arg-type]
        "openssl": add_long_term(foreign, [b.issuing.certificate], b.lists(), []),
    }


def cases(bench: Bench) -> Iterator[Case]:
    """Each signature untouched, and forged."""
    signed = bases(bench)
    for name, cms in signed.items():
        beside = None if name.startswith("attached") else CONTENT
        yield _case(f"cades-{name}", "genuine", GENUINE, "untouched", cms, beside)
        yield from _content(name, cms, beside)
        yield from _bits(name, cms, beside)
    yield from _signers(bench, signed)
    yield from _two_faced(bench)


def _two_faced(b: Bench) -> Iterator[Case]:
    """A signature that encloses a PDF, and one over a note into which pages were put where it covers nothing."""
    signer, long = b.world.pki.signer("official"), {"tsa": b.world.pki.tsa(), "collect": b.world.pki.collect}
    whole = PAGES + b"startxref\n0\n%%EOF\n"
    enclosing = sign_attached(whole, signer, baseline=Baseline.B_LT, **long)  # type: ignore[arg-type]
    yield _case("cades-encloses-a-pdf", "genuine", GENUINE, "the signed content is a PDF", enclosing, None)
    frame = parse_frame(sign_attached(CONTENT, signer, baseline=Baseline.B_LT, **long))  # type: ignore[arg-type]
    hidden = der.tlv(0xA3, der.oid("1.2.3.4") + der.octets(whole))
    shown = join(replace(frame, certificates=(hidden, *frame.certificates)))
    why = "programs for PDF show pages from among the certificates, which nobody signed"
    case = _case("cades-shows-pages", "two documents in one", FORGED, why, shown, None)
    yield replace(case, name="cades-shows-pages", suffix=".pdf")


def _case(name: str, class_name: str, answer: Answer, why: str, cms: bytes, content: bytes | None) -> Case:
    return Case(
        name=f"{name}.txt", group="cades", class_name=class_name, answer=answer, why=why, data=cms, suffix=".p7s",
        content=content,
    )  # fmt: skip


def _content(name: str, cms: bytes, beside: bytes | None) -> Iterator[Case]:
    class_name = "content swapped"
    if beside is None:
        assert CONTENT in cms
        yield _case(
            f"{name}-inside", class_name, FORGED, "the content inside was changed", cms.replace(CONTENT, OTHER), None
        )
        yield _case(f"{name}-beside", class_name, FORGED, "another content lies beside the one inside", cms, OTHER)
        return
    variants = {"swapped": OTHER, "empty": b"", "longer": CONTENT + b"\n", "shorter": CONTENT[:-1]}
    for label, content in variants.items():
        yield _case(f"{name}-{label}", class_name, FORGED, "the content beside is another", cms, content)
    yield _case(f"{name}-alone", class_name, UNPROVEN, "the content is not there", cms, None)


def _bits(name: str, cms: bytes, beside: bytes | None) -> Iterator[Case]:
    """A bit wrong in each part that is signed, and in what is not."""
    frame = parse_frame(cms)
    parsed = parse_cms(join(replace(frame, infos=frame.infos[:1])))
    places = {"attributes": parsed.signed_attributes_der or b"", "value": parsed.signature_value}
    for label, part in places.items():
        at = cms.index(part[2:] if label == "attributes" else part) + len(part) // 2
        why = f"a bit of the signer's {label} is wrong"
        yield _case(f"{name}-bit-{label}", "bits", FORGED, why, cms[:at] + bytes([cms[at] ^ 1]) + cms[at + 1 :], beside)
    yield _case(f"{name}-cut", "bits", FORGED, "the end is missing", cms[: len(cms) * 3 // 4], beside)
    yield _case(f"{name}-tail", "bits", FORGED, "bytes follow the signature", cms + b"tail", beside)


def _signers(b: Bench, signed: dict[str, bytes]) -> Iterator[Case]:
    class_name = "signers moved"
    two = parse_frame(signed["two"])
    stripped = join(replace(two, infos=two.infos[:1]))
    why = "one of two signers was taken away, of which nothing tells: the other one's signature holds"
    yield _case("stripped", "harmless: a signer taken away", GENUINE, why, stripped, CONTENT)
    bare = join(replace(two, certificates=()))
    yield _case("no-certificates-left", class_name, UNPROVEN, "the certificates were taken out", bare, CONTENT)
    pki = b.world.pki
    other = sign_detached(OTHER, pki.signer("official"))
    (info,) = counter_infos(layout(signed["counter"]).unsigned)
    moved = add_unsigned(other, attribute(names.COUNTER_SIGNATURE, info))
    yield _case("counter-moved", class_name, FORGED, "a counter-signature was moved under another", moved, OTHER)
    foreign = parse_frame(other)
    mixed = replace(two, infos=(*two.infos, *foreign.infos), certificates=(*two.certificates, *foreign.certificates))
    yield _case(
        "third-signer", class_name, FORGED, "a signer of another document stands beside two", join(mixed), CONTENT
    )
