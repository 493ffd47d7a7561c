"""Chains of certificates (RFC 5280 §6): good ones, and ones that lead to no anchor or may not be used."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.signing.authority import DAY, Holder, make, name, signed_with_sha1, usage

from .case import Case
from .pdf_bases import Bench
from .stories import GENUINE, UNPROVEN, Signing, Stories, cases_of, usual

UNKNOWN_EXTENSION = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True)

STORIES = Stories()
story = STORIES.tell


def cases(bench: Bench) -> Iterator[Case]:
    """All of them."""
    yield from cases_of(bench, STORIES)


CHAIN = "chain"


@story("genuine", GENUINE, "fresh lists of every authority")
def lists_are_fresh(b: Bench) -> Signing:
    return usual(b)


@story(CHAIN, UNPROVEN, "no root that the checker trusts")
def strangers_root(b: Bench) -> Signing:
    root = make("Gốc khác", ca=True, begin=b.now - DAY, end=b.now + DAY)
    return Signing(holder=b.leaf("Ai đó", root), chain=[root], crls=[b.list_of(root)])


@story(CHAIN, UNPROVEN, "the root has the name of a trusted one, and another key")
def root_of_the_same_name(b: Bench) -> Signing:
    root = make(b.root.certificate.subject, ca=True, begin=b.now - DAY, end=b.now + DAY)
    return Signing(holder=b.leaf("Ai đó", root), chain=[root], crls=[b.list_of(root)])


@story(CHAIN, UNPROVEN, "the root has the name and the key identifier of a trusted one, and another key")
def root_of_the_same_identifier(b: Bench) -> Signing:
    theirs = b.root.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    root = make(
        b.root.certificate.subject, ca=True, key_ids=False, extra=[(theirs, False)], begin=b.now - DAY, end=b.now + DAY
    )
    person = b.leaf("Ai đó", root, key_ids=False)
    return Signing(holder=person, chain=[root], crls=[b.list_of(root)])


@story(CHAIN, UNPROVEN, "the issuer has the name of a real one, and signed itself")
def issuer_of_the_same_name(b: Bench) -> Signing:
    issuing = make(
        b.issuing.certificate.subject,
        ca=True,
        issuer_name=b.root.certificate.subject,
        begin=b.now - DAY,
        end=b.now + DAY,
    )
    return Signing(holder=b.leaf("Ai đó", issuing), chain=[issuing], crls=[b.list_of(issuing), b.list_of(b.root)])


@story(CHAIN, UNPROVEN, "a person's certificate issued another one")
def issued_by_a_person(b: Bench) -> Signing:
    person = b.leaf("Nạn nhân", b.person)
    return Signing(holder=person, chain=[b.person, b.issuing], crls=[*b.lists(), b.list_of(b.person)])


@story(CHAIN, UNPROVEN, "an issuer that may not sign certificates issued the person's")
def issuer_without_key_usage(b: Bench) -> Signing:
    issuing = make("Trung gian sai", b.root, ca=True, key_usage=usage("crl_sign"), begin=b.now - DAY, end=b.now + DAY)
    return Signing(holder=b.leaf("Ai đó", issuing), chain=[issuing], crls=[*b.lists(), b.list_of(issuing)])


@story(CHAIN, UNPROVEN, "the chain is longer than an authority allows")
def chain_too_long(b: Bench) -> Signing:
    period = {"begin": b.now - DAY, "end": b.now + DAY}
    first = make("Trung gian một", b.root, ca=True, path_length=0, **period)  # type: ignore[arg-type]
    second = make("Trung gian hai", first, ca=True, **period)  # type: ignore[arg-type]
    crls = [*b.lists(), b.list_of(first), b.list_of(second)]
    return Signing(holder=b.leaf("Ai đó", second), chain=[second, first], crls=crls)


@story(CHAIN, UNPROVEN, "name constraints of an authority exclude the person")
def name_excluded(b: Bench) -> Signing:
    other = x509.DirectoryName(name("Không ai", organization="Cơ quan khác"))
    only = x509.NameConstraints(permitted_subtrees=[other], excluded_subtrees=None)
    issuing = make("Trung gian hẹp", b.root, ca=True, extra=[(only, True)], begin=b.now - DAY, end=b.now + DAY)
    return Signing(holder=b.leaf("Ai đó", issuing), chain=[issuing], crls=[*b.lists(), b.list_of(issuing)])


@story(CHAIN, UNPROVEN, "the person's certificate has a critical extension that nobody knows")
def critical_extension(b: Bench) -> Signing:
    return usual(b, b.leaf("Ai đó", extra=[UNKNOWN_EXTENSION]))


@story(CHAIN, UNPROVEN, "an authority's certificate has a critical extension that nobody knows")
def critical_extension_of_issuer(b: Bench) -> Signing:
    issuing = make("Trung gian lạ", b.root, ca=True, extra=[UNKNOWN_EXTENSION], begin=b.now - DAY, end=b.now + DAY)
    return Signing(holder=b.leaf("Ai đó", issuing), chain=[issuing], crls=[*b.lists(), b.list_of(issuing)])


@story(CHAIN, UNPROVEN, "the certificate had expired, and nothing proves that the signature is older")
def expired(b: Bench) -> Signing:
    return usual(b, b.leaf("Ai đó", begin=b.now - 60 * DAY, end=b.now - 30 * DAY), at=-40 * DAY)


@story(CHAIN, UNPROVEN, "the certificate is not valid yet")
def not_yet_valid(b: Bench) -> Signing:
    return usual(b, b.leaf("Ai đó", begin=b.now + 10 * DAY, end=b.now + 30 * DAY))


@story(CHAIN, UNPROVEN, "the issuer's certificate had expired")
def issuer_expired(b: Bench) -> Signing:
    issuing = make("Trung gian cũ", b.root, ca=True, begin=b.now - 60 * DAY, end=b.now - DAY)
    return Signing(holder=b.leaf("Ai đó", issuing), chain=[issuing], crls=[*b.lists(), b.list_of(issuing)])


@story(CHAIN, UNPROVEN, "the certificate may not sign documents: key usage")
def wrong_key_usage(b: Bench) -> Signing:
    return usual(b, b.leaf("Máy chủ", key_usage=usage("key_encipherment")))


@story(CHAIN, UNPROVEN, "a certificate of a CA signed the document")
def signed_by_an_authority(b: Bench) -> Signing:
    return Signing(holder=b.issuing, chain=[b.root], crls=b.lists())


@story(CHAIN, UNPROVEN, "the certificate is signed with SHA-1")
def certificate_with_sha1(b: Bench) -> Signing:
    issuing = make(
        "Trung gian RSA", b.root, ca=True, key=rsa.generate_private_key(65537, 3072), begin=b.now - DAY,
        end=b.now + DAY,
    )  # fmt: skip
    person = b.leaf("Ai đó", issuing)
    person = Holder(x509.load_der_x509_certificate(signed_with_sha1(person.der, issuing)), person.key)
    return Signing(holder=person, chain=[issuing], crls=[*b.lists(), b.list_of(issuing)])


@story(CHAIN, UNPROVEN, "the person's key is RSA with 1024 bits")
def weak_key(b: Bench) -> Signing:
    return usual(b, b.leaf("Ai đó", key=rsa.generate_private_key(65537, 1024)), weak=True)


@story(CHAIN, UNPROVEN, "the anchor is trusted for timestamps, not for documents")
def anchor_of_another_purpose(b: Bench) -> Signing:
    return Signing(holder=b.leaf("Ai đó", b.tsa_root), chain=[b.tsa_root], crls=b.lists())


@story(CHAIN, UNPROVEN, "the issuer's certificate is nowhere")
def issuer_missing(b: Bench) -> Signing:
    return Signing(holder=b.person, chain=[], crls=b.lists())


@story("genuine", GENUINE, "the chain runs over two authorities")
def two_authorities(b: Bench) -> Signing:
    period = {"begin": b.now - DAY, "end": b.now + DAY}
    first = make("Cấp một", b.root, ca=True, **period)  # type: ignore[arg-type]
    second = make("Cấp hai", first, ca=True, **period)  # type: ignore[arg-type]
    crls = [*b.lists(), b.list_of(first), b.list_of(second)]
    return Signing(holder=b.leaf("Ai đó", second), chain=[second, first], crls=crls)


@story("genuine", GENUINE, "certificates of strangers lie beside the chain")
def strangers_beside(b: Bench) -> Signing:
    twin = make(b.issuing.certificate.subject, ca=True, begin=b.now - DAY, end=b.now + DAY)
    return usual(b, certificates=[twin, make("Người lạ", begin=b.now - DAY, end=b.now + DAY)])


@story("genuine", GENUINE, "P-384, P-521 or RSA keys")
def larger_curve(b: Bench) -> Signing:
    return usual(b, b.leaf("Ai đó", key=ec.generate_private_key(ec.SECP384R1())))


@story("genuine", GENUINE, "an RSA key with 3072 bits")
def rsa_key(b: Bench) -> Signing:
    return usual(b, b.leaf("Ai đó", key=rsa.generate_private_key(65537, 3072)))
