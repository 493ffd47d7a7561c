"""Signatures that do not hold, or hold for something else (RFC 5652 §5.4, §11), each as a PDF and as CAdES."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from signing.cms import der, names
from signing.cms.values import attribute
from tests.signing.authority import Holder, make

from .by_hand import Parts, binding, content_type, message_digest, plain_value
from .case import Answer, Case
from .pdf_bases import Bench, signed_outside, with_evidence
from .stories import CONTENT, FORGED, GENUINE, HOUR, UNPROVEN

Make = Callable[[Bench, Parts, bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way for a signature to be wrong: `make` gives the CMS from the right parts and the content."""

    name: str
    class_name: str
    answer: Answer
    why: str
    make: Make


FAULTS: list[Fault] = []


def fault(class_name: str, why: str, answer: Answer = FORGED) -> Callable[[Make], Make]:
    """Enter the decorated function."""

    def enter(make_it: Make) -> Make:
        name = make_it.__name__.replace("_", "-")
        FAULTS.append(Fault(name=name, class_name=class_name, answer=answer, why=why, make=make_it))
        return make_it

    return enter


def cases(bench: Bench) -> Iterator[Case]:
    """Every fault, as a PDF and as a CAdES signature beside its content."""
    for wrong in FAULTS:
        about = {"class_name": wrong.class_name, "answer": wrong.answer, "why": wrong.why}
        data = signed_outside(bench.samples.page, lambda c, w=wrong: w.make(bench, parts(bench), c))  # type: ignore[misc]
        data = with_evidence(data, bench.lists(), [bench.issuing])
        yield Case(name=f"{wrong.name}-pdf", group="pdf", data=data, **about)  # type: ignore[arg-type]
        whole = parts(bench, cades=True)
        cms = wrong.make(bench, whole, CONTENT)
        yield Case(name=f"{wrong.name}.txt", group="cades", suffix=".p7s", data=cms, content=CONTENT, **about)  # type: ignore[arg-type]


def parts(b: Bench, *, cades: bool = False) -> Parts:
    """A signature of the person; with evidence inside and the time when it stands alone."""
    brought = [b.person.der, b.issuing.der]
    if not cades:
        return Parts(holder=b.person, brought=brought)
    return Parts(holder=b.person, brought=brought, at=b.now - HOUR, crls=b.lists())


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@fault("genuine", "put together by hand, and right", GENUINE)
def by_hand(_: Bench, p: Parts, content: bytes) -> bytes:
    return p.build(content)


VALUE = "signature value"


@fault(VALUE, "a bit of the value is wrong")
def value_flipped(b: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, value=lambda data: flipped(plain_value(b.person, data), 20)).build(content)


@fault(VALUE, "the value is empty")
def value_empty(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, value=lambda _: b"").build(content)


@fault(VALUE, "ECDSA with r = s = 0")
def value_zero(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, value=lambda _: der.seq(der.integer(0), der.integer(0))).build(content)


@fault(VALUE, "the value is of the content, though there are signed attributes")
def value_of_the_content(b: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, value=lambda _: plain_value(b.person, content)).build(content)


@fault(VALUE, "the forger signed with a key of their own, and names the victim's certificate")
def value_of_the_forger(b: Bench, p: Parts, content: bytes) -> bytes:
    forger = b.leaf("Kẻ giả mạo")
    return replace(p, value=lambda data: plain_value(forger, data)).build(content)


@fault(VALUE, "the signed attributes are of an older signature, the value too")
def value_replayed(_: Bench, p: Parts, content: bytes) -> bytes:
    old = p.usual(b"another document")
    return replace(p, attributes=lambda _: old).build(content)


ATTRIBUTES = "signed attributes"


@fault(ATTRIBUTES, "the digest is of another content")
def digest_of_another(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, attributes=lambda c: [*p.usual(c)[:1], message_digest(b"other"), *p.usual(c)[2:]]).build(content)


@fault(ATTRIBUTES, "there is no digest of the content")
def digest_missing(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, attributes=lambda c: [*p.usual(c)[:1], *p.usual(c)[2:]]).build(content)


@fault(ATTRIBUTES, "there are two digests of the content, one right")
def digest_twice(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, attributes=lambda c: [*p.usual(c), message_digest(b"other")]).build(content)


@fault(ATTRIBUTES, "the attribute holds two digests, one right")
def digest_of_two_values(_: Bench, p: Parts, content: bytes) -> bytes:
    both = [der.octets(hashlib.sha256(c).digest()) for c in (content, b"other")]
    double = attribute(names.MESSAGE_DIGEST, *both)
    return replace(p, attributes=lambda c: [*p.usual(c)[:1], double, *p.usual(c)[2:]]).build(content)


@fault(ATTRIBUTES, "the content type is another than is said outside")
def content_type_of_another(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, attributes=lambda c: [content_type(names.TST_INFO), *p.usual(c)[1:]]).build(content)


@fault(ATTRIBUTES, "the content type is missing")
def content_type_missing(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, attributes=lambda c: p.usual(c)[1:]).build(content)


@fault(ATTRIBUTES, "the signed attributes name another certificate", UNPROVEN)
def names_another(b: Bench, p: Parts, content: bytes) -> bytes:
    other = b.leaf("Người khác")
    return replace(p, attributes=lambda c: [*p.usual(c)[:-1], binding(other.der)]).build(content)


@fault(ATTRIBUTES, "the certificate was exchanged for one of the same key with another name", UNPROVEN)
def twin_of_the_same_key(b: Bench, p: Parts, content: bytes) -> bytes:
    twin = b.leaf("Bộ trưởng", key=b.person.key)
    brought = [twin.der, b.issuing.der]
    return replace(p, named=twin.der, brought=brought).build(content)


@fault(ATTRIBUTES, "the certificate was exchanged for one of the same key and number with another name", UNPROVEN)
def twin_of_the_same_number(b: Bench, p: Parts, content: bytes) -> bytes:
    twin = b.leaf("Bộ trưởng", key=b.person.key, serial=b.person.certificate.serial_number)
    return replace(p, brought=[twin.der, b.issuing.der]).build(content)


@fault(ATTRIBUTES, "the signature names a certificate that is not there", UNPROVEN)
def certificate_missing(b: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, brought=[b.issuing.der]).build(content)


@fault(ATTRIBUTES, "there are no certificates at all", UNPROVEN)
def no_certificates(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, brought=[]).build(content)


ALGORITHMS = "algorithms"


@fault(ALGORITHMS, "the content's digest is MD5", UNPROVEN)
def digest_md5(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, digest="md5").build(content)


@fault(ALGORITHMS, "the content's digest is SHA-1", UNPROVEN)
def digest_sha1(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, digest="sha1").build(content)


@fault(ALGORITHMS, "the scheme is a keyed digest, no signature", UNPROVEN)
def scheme_hmac(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, scheme=der.seq(der.oid("1.2.840.113549.2.9"))).build(content)


@fault(ALGORITHMS, "the scheme is one that nobody knows", UNPROVEN)
def scheme_unknown(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, scheme=der.seq(der.oid("1.2.3.4.5"))).build(content)


@fault(ALGORITHMS, "the scheme is RSA, the key is of a curve")
def scheme_of_another_key(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, scheme=der.seq(der.oid("1.2.840.113549.1.1.11"), der.null())).build(content)


@fault(ALGORITHMS, "the scheme names another digest than the value was made with")
def scheme_of_another_digest(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, scheme=der.seq(der.oid("1.2.840.10045.4.3.4"))).build(content)


SIGNERS = "several signers"


def second(b: Bench, p: Parts, holder: Holder) -> Parts:
    return replace(p, holder=holder, brought=[*p.brought, holder.der])


@fault(SIGNERS, "the second of two signers signed something else")
def second_signed_another(b: Bench, p: Parts, content: bytes) -> bytes:
    other = second(b, p, b.leaf("Người thứ hai"))
    return other.around([p.info(content), other.info(b"another document")])


@fault(SIGNERS, "the first of two signers signed something else")
def first_signed_another(b: Bench, p: Parts, content: bytes) -> bytes:
    other = second(b, p, b.leaf("Người thứ hai"))
    return other.around([p.info(b"another document"), other.info(content)])


@fault(SIGNERS, "the second of two signers is a stranger", UNPROVEN)
def second_is_a_stranger(b: Bench, p: Parts, content: bytes) -> bytes:
    other = second(b, p, make("Người lạ", begin=b.now - HOUR, end=b.now + HOUR))
    return other.around([p.info(content), other.info(content)])


@fault(SIGNERS, "nobody signed", UNPROVEN)
def nobody(_: Bench, p: Parts, content: bytes) -> bytes:
    return p.around([])


@fault(SIGNERS, "a counter-signature was moved here from another signature")
def counter_of_another(b: Bench, p: Parts, content: bytes) -> bytes:
    clerk = b.leaf("Văn thư")
    digest = [message_digest(b"the value of another signature"), binding(clerk.der)]
    counter = Parts(holder=clerk, brought=[], attributes=lambda _: digest).info(b"")
    unsigned = der.tlv(0xA1, attribute(names.COUNTER_SIGNATURE, counter))
    return replace(p, unsigned=unsigned, brought=[*p.brought, clerk.der]).build(content)


ENCODING = "encoding"


@fault(ENCODING, "another content stands inside, and that is what was signed")
def content_inside(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, inside=b"another content").build(b"another content")


@fault(ENCODING, "another content stands inside, the one beside was signed")
def content_inside_unsigned(_: Bench, p: Parts, content: bytes) -> bytes:
    return replace(p, inside=b"another content").build(content)


@fault(ENCODING, "it is no SignedData", UNPROVEN)
def enveloped(_: Bench, p: Parts, content: bytes) -> bytes:
    old, new = der.oid(names.SIGNED_DATA), der.oid("1.2.840.113549.1.7.3")
    return p.build(content).replace(old, new, 1)


@fault(ENCODING, "the end is missing")
def cut_off(_: Bench, p: Parts, content: bytes) -> bytes:
    return p.build(content)[:-9]


@fault(ENCODING, "it is a certificate, no signature")
def a_certificate(b: Bench, p: Parts, content: bytes) -> bytes:
    return b.person.der
