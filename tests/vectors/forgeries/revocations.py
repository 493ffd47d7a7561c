"""Revocation lists and OCSP answers (RFC 5280 §5, RFC 6960): fresh, stale, forged, replayed, about others."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509 import ocsp

from tests.signing.authority import DAY, OCSP_SIGNING, Holder, make, ocsp_response, usage

from .case import Case
from .chains import UNKNOWN_EXTENSION
from .pdf_bases import Bench
from .stamps import stamped_at
from .stories import GENUINE, REASON, UNPROVEN, Signing, Stories, cases_of, usual

STORIES = Stories()
story = STORIES.tell


def cases(bench: Bench) -> Iterator[Case]:
    """All of them."""
    yield from cases_of(bench, STORIES)


CRL, OCSP = "revocation lists", "OCSP answers"


def crls(b: Bench, mine: bytes) -> Signing:
    """The usual, with `mine` instead of the issuing authority's list."""
    return usual(b, crls=[b.list_of(b.root), b.list_of(b.tsa_root), mine])


@story(CRL, UNPROVEN, "there is no evidence about the person's certificate")
def no_evidence(b: Bench) -> Signing:
    return usual(b, crls=[b.list_of(b.root)])


@story(CRL, UNPROVEN, "the certificate is revoked, and nothing proves that the signature is older")
def revoked(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, (b.person, b.now - DAY, REASON.key_compromise)))


@story(CRL, UNPROVEN, "the certificate was revoked before the timestamp")
def revoked_before(b: Bench) -> Signing:
    revoked_list = b.list_of(b.issuing, (b.person, b.now - 9 * DAY, REASON.key_compromise))
    return stamped_at(b, b.now - 2 * DAY, crls=[b.list_of(b.root), b.list_of(b.tsa_root), revoked_list])


@story(CRL, UNPROVEN, "the issuing authority itself is revoked")
def issuer_revoked(b: Bench) -> Signing:
    roots = b.list_of(b.root, (b.issuing, b.now - DAY, REASON.ca_compromise))
    return usual(b, crls=[roots, b.list_of(b.issuing)])


@story(CRL, UNPROVEN, "the certificate is suspended")
def suspended(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, (b.person, b.now - DAY, REASON.certificate_hold)))


@story(CRL, UNPROVEN, "the only list ended long ago")
def stale_list(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, at=b.now - 60 * DAY, until=b.now - 53 * DAY))


@story(CRL, UNPROVEN, "the list comes from the future")
def future_list(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, at=b.now + 5 * DAY))


@story(CRL, UNPROVEN, "the list is signed by another key under the authority's name")
def forged_list(b: Bench) -> Signing:
    forger = make(b.issuing.certificate.subject, ca=True, begin=b.now - DAY, end=b.now + DAY)
    return crls(b, b.list_of(forger))


@story(CRL, UNPROVEN, "the list is another authority's")
def list_of_another(b: Bench) -> Signing:
    return crls(b, b.list_of(b.root))


@story(CRL, UNPROVEN, "a byte of the list was changed: the revoked number is another one now")
def altered_list(b: Bench) -> Signing:
    real = b.list_of(b.issuing, (b.person, b.now - DAY, REASON.key_compromise))
    number = b.person.certificate.serial_number.to_bytes(20, "big").lstrip(b"\0")
    at = real.index(number)
    return crls(b, real[: at + 5] + bytes([real[at + 5] ^ 1]) + real[at + 6 :])


@story(CRL, UNPROVEN, "the list is about authorities only")
def partial_list(b: Bench) -> Signing:
    only = x509.IssuingDistributionPoint(
        full_name=None, relative_name=None, only_contains_user_certs=False, only_contains_ca_certs=True,
        only_some_reasons=None, indirect_crl=False, only_contains_attribute_certs=False,
    )  # fmt: skip
    return crls(b, b.list_of(b.issuing, extra=[(only, True)]))


@story(CRL, UNPROVEN, "the list has a critical extension that nobody knows")
def list_with_critical_extension(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, extra=[UNKNOWN_EXTENSION]))


@story(CRL, UNPROVEN, "the list tells only what changed since another")
def delta_list(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, extra=[(x509.DeltaCRLIndicator(7), True), (x509.CRLNumber(8), False)]))


@story(CRL, UNPROVEN, "a fresh list says revoked, an older one does not")
def older_list_beside(b: Bench) -> Signing:
    old = b.list_of(b.issuing, at=b.now - 2 * DAY)
    new = b.list_of(b.issuing, (b.person, b.now - DAY, REASON.key_compromise))
    return usual(b, crls=[b.list_of(b.root), old, new])


@story("genuine", GENUINE, "someone else is on the list")
def others_revoked(b: Bench) -> Signing:
    return crls(b, b.list_of(b.issuing, (b.leaf("Người khác"), b.now - DAY, REASON.key_compromise)))


def answered(b: Bench, answer: bytes, *more: Holder) -> Signing:
    """OCSP instead of the issuing authority's list."""
    return usual(b, crls=[b.list_of(b.root), b.list_of(b.tsa_root)], ocsps=[answer], certificates=more)


def responder(b: Bench, issuer: Holder | None = None, **given: object) -> Holder:
    usual_ = {"eku": [OCSP_SIGNING], "key_usage": usage("digital_signature"), "extra": [(x509.OCSPNoCheck(), False)]}
    period = {"begin": b.now - DAY, "end": b.now + DAY}
    return make("Trả lời OCSP", issuer or b.issuing, **{**usual_, **period, **given})  # type: ignore[arg-type]


def good(b: Bench, by: Holder | None = None, subject: Holder | None = None, **given: object) -> bytes:
    period = {"at": b.now, "until": b.now + DAY}
    return ocsp_response(subject or b.person, b.issuing, by, **{**period, **given})  # type: ignore[arg-type]


@story("genuine", GENUINE, "the issuing authority answers by OCSP")
def answer_of_the_issuer(b: Bench) -> Signing:
    return answered(b, good(b))


@story("genuine", GENUINE, "a responder of the issuing authority answers by OCSP")
def answer_of_a_responder(b: Bench) -> Signing:
    return answered(b, good(b, responder(b)))


@story(OCSP, UNPROVEN, "the answer says revoked")
def answer_revoked(b: Bench) -> Signing:
    status = ocsp.OCSPCertStatus.REVOKED
    return answered(b, good(b, status=status, revoked_at=b.now - DAY, reason=REASON.key_compromise))


@story(OCSP, UNPROVEN, "the answer says unknown")
def answer_unknown(b: Bench) -> Signing:
    return answered(b, good(b, status=ocsp.OCSPCertStatus.UNKNOWN))


@story(OCSP, UNPROVEN, "the answer is old: a good one replayed")
def answer_replayed(b: Bench) -> Signing:
    return answered(b, good(b, at=b.now - 60 * DAY, until=b.now - 59 * DAY))


@story(OCSP, UNPROVEN, "the answer comes from the future")
def answer_from_the_future(b: Bench) -> Signing:
    return answered(b, good(b, at=b.now + 3 * DAY, until=b.now + 5 * DAY))


@story(OCSP, UNPROVEN, "the answer is about another certificate")
def answer_about_another(b: Bench) -> Signing:
    return answered(b, good(b, subject=b.leaf("Người khác")))


@story(OCSP, UNPROVEN, "the responder may not answer: no extended key usage")
def responder_without_purpose(b: Bench) -> Signing:
    return answered(b, good(b, responder(b, eku=[])))


@story(OCSP, UNPROVEN, "the responder's certificate is by another authority")
def responder_of_another(b: Bench) -> Signing:
    return answered(b, good(b, responder(b, b.root)))


@story(OCSP, UNPROVEN, "the responder made its certificate itself")
def responder_of_nobody(b: Bench) -> Signing:
    root = make(b.issuing.certificate.subject, ca=True, begin=b.now - DAY, end=b.now + DAY)
    return answered(b, good(b, responder(b, root)), root)


@story(OCSP, UNPROVEN, "another person of the same authority answers")
def answered_by_a_person(b: Bench) -> Signing:
    return answered(b, good(b, b.leaf("Kẻ giả danh")))


@story(OCSP, UNPROVEN, "the answer was altered from revoked to good")
def answer_altered(b: Bench) -> Signing:
    real = bytearray(good(b))
    real[-9] ^= 1
    return answered(b, bytes(real))


@story(OCSP, UNPROVEN, "the responder's certificate had expired")
def responder_expired(b: Bench) -> Signing:
    return answered(b, good(b, responder(b, begin=b.now - 9 * DAY, end=b.now - 5 * DAY)))
