"""Signature timestamps (RFC 3161): the certificate is revoked today, and only a timestamp from before proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.cms.parse import parse_cms
from signing.cms.signed_data import add_timestamp
from tests.signing.authority import DAY, HOUR, Holder, make, usage
from tests.signing.scene import sign, stamped, token

from .case import Case
from .pdf_bases import Bench
from .stories import CONTENT, GENUINE, REASON, UNPROVEN, Signing, Stories, cases_of, usual

MINUTE = timedelta(minutes=1)

STORIES = Stories()
story = STORIES.tell


def cases(bench: Bench) -> Iterator[Case]:
    """All of them."""
    yield from cases_of(bench, STORIES)


STAMP = "timestamps"


def _revoked_now(b: Bench) -> list[bytes]:
    mine = b.list_of(b.issuing, (b.person, b.now - DAY, REASON.key_compromise))
    return [b.list_of(b.root), b.list_of(b.tsa_root), mine]


def tsa_of(b: Bench, **given: object) -> Holder:
    period = {"begin": b.now - 300 * DAY, "end": b.now + 300 * DAY}
    return b.scene.tsa(**{**period, **given})


def stamped_at(b: Bench, when: object, tsa: Holder | None = None, **more: object) -> Signing:
    by = tsa or tsa_of(b)
    given = {"crls": _revoked_now(b), "certificates": [b.tsa_root], "at": -3 * DAY, **more}
    return usual(b, stamp=lambda cms: stamped(cms, by, when, [b.tsa_root]), **given)  # type: ignore[arg-type]


def _with_token(b: Bench, make_token: Callable[[bytes], bytes]) -> Signing:
    """The token that `make_token` gives for the CMS."""
    given = {"crls": _revoked_now(b), "certificates": [b.tsa_root], "at": -3 * DAY}
    return usual(b, stamp=lambda cms: add_timestamp(cms, make_token(cms)), **given)  # type: ignore[arg-type]


@story("genuine", GENUINE, "revoked after the time that a timestamp proves")
def stamped_before_revocation(b: Bench) -> Signing:
    return stamped_at(b, b.now - 2 * DAY)


@story("genuine", GENUINE, "with a timestamp, nothing revoked")
def stamped_and_good(b: Bench) -> Signing:
    return stamped_at(b, b.now - 30 * MINUTE, crls=b.lists(), at=-HOUR)


@story(STAMP, UNPROVEN, "the timestamp is later than the revocation")
def stamped_after_revocation(b: Bench) -> Signing:
    return stamped_at(b, b.now - HOUR)


@story(STAMP, UNPROVEN, "the timestamp belongs to another signature")
def stamp_of_another(b: Bench) -> Signing:
    def other(cms: bytes) -> bytes:
        theirs = sign(b.person, [b.issuing], at=b.now - 3 * DAY, content=b"other")
        return token(parse_cms(theirs).signature_value, tsa_of(b), b.now - 2 * DAY, [b.tsa_root])

    return _with_token(b, other)


@story(STAMP, UNPROVEN, "the timestamp is over the document, not over the signature")
def stamp_over_the_content(b: Bench) -> Signing:
    return _with_token(b, lambda _: token(CONTENT, tsa_of(b), b.now - 2 * DAY, [b.tsa_root]))


@story(STAMP, UNPROVEN, "the authority of the timestamp is not trusted")
def stamp_of_nobody(b: Bench) -> Signing:
    root = make("Gốc TSA giả", ca=True, begin=b.now - 9 * DAY, end=b.now + DAY)
    tsa = make(
        "TSA giả", root, eku=TIME, eku_critical=True, key_usage=usage("digital_signature"), begin=b.now - 9 * DAY
    )
    return _with_token(b, lambda c: token(parse_cms(c).signature_value, tsa, b.now - 2 * DAY, [root]))


TIME = [ExtendedKeyUsageOID.TIME_STAMPING]


@story(STAMP, UNPROVEN, "the authority of the timestamp has the name of a trusted one")
def stamp_of_the_same_name(b: Bench) -> Signing:
    root = make(b.tsa_root.certificate.subject, ca=True, begin=b.now - 9 * DAY, end=b.now + DAY)
    tsa = make("TSA", root, eku=TIME, eku_critical=True, key_usage=usage("digital_signature"), begin=b.now - 9 * DAY)
    return _with_token(b, lambda c: token(parse_cms(c).signature_value, tsa, b.now - 2 * DAY, [root]))


@story(STAMP, UNPROVEN, "a person's certificate made the timestamp")
def stamp_of_a_person(b: Bench) -> Signing:
    return _with_token(b, lambda c: token(parse_cms(c).signature_value, b.person, b.now - 2 * DAY, [b.issuing]))


@story(STAMP, UNPROVEN, "the authority's certificate may do other things than timestamps, too")
def stamp_with_more_purposes(b: Bench) -> Signing:
    tsa = tsa_of(b, eku=[*TIME, ExtendedKeyUsageOID.CODE_SIGNING])
    return _with_token(b, lambda c: token(parse_cms(c).signature_value, tsa, b.now - 2 * DAY, [b.tsa_root]))


@story(STAMP, UNPROVEN, "the authority's certificate is not marked for timestamps as critical")
def stamp_not_critical(b: Bench) -> Signing:
    return stamped_at(b, b.now - 2 * DAY, tsa_of(b, eku_critical=False))


@story(STAMP, UNPROVEN, "the authority of the timestamp was revoked for a leaked key")
def stamp_of_a_revoked(b: Bench) -> Signing:
    tsa = tsa_of(b)
    lists = [*_revoked_now(b)[::2], b.list_of(b.tsa_root, (tsa, b.now - 5 * DAY, REASON.key_compromise))]
    return stamped_at(b, b.now - 2 * DAY, tsa, crls=lists)


@story(STAMP, UNPROVEN, "the authority's certificate was not valid at the time of the timestamp")
def stamp_outside_validity(b: Bench) -> Signing:
    return stamped_at(b, b.now - 2 * DAY, tsa_of(b, begin=b.now - HOUR))


@story(STAMP, UNPROVEN, "a bit of the token was changed: the time")
def stamp_altered(b: Bench) -> Signing:
    def altered(cms: bytes) -> bytes:
        real = token(parse_cms(cms).signature_value, tsa_of(b), b.now - 12 * HOUR, [b.tsa_root])
        said = (b.now - 12 * HOUR).strftime("%Y%m%d%H%M%SZ").encode()
        return real.replace(said, (b.now - 60 * HOUR).strftime("%Y%m%d%H%M%SZ").encode())

    return _with_token(b, altered)


@story(STAMP, UNPROVEN, "the timestamp is of before the certificate existed")
def stamp_before_the_certificate(b: Bench) -> Signing:
    person = b.leaf("Ai đó", begin=b.now - 2 * HOUR)
    mine = b.list_of(b.issuing, (person, b.now - HOUR, REASON.key_compromise))
    tsa = tsa_of(b)
    return usual(
        b, person, crls=[b.list_of(b.root), b.list_of(b.tsa_root), mine], certificates=[b.tsa_root], at=-HOUR,
        stamp=lambda c: stamped(c, tsa, b.now - 2 * DAY, [b.tsa_root]),
    )  # fmt: skip


@story(STAMP, UNPROVEN, "the token is none: a signature over the signature")
def stamp_is_a_signature(b: Bench) -> Signing:
    return _with_token(
        b, lambda c: sign(b.person, [b.issuing], at=b.now - 2 * DAY, content=parse_cms(c).signature_value)
    )
