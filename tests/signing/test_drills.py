"""Compromise drills (EN 319 102-1 §5.6.2): keys leaked, authorities revoked, algorithms given up; then and now."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ReasonFlags as Reason
from cryptography.x509 import ocsp

from signing.cms import names
from signing.cms.archive import add_archive_timestamp
from signing.cms.build import CmsTemplate
from signing.cms.signed_data import add_long_term, add_unsigned, parse_cms
from signing.cms.values import attribute
from signing.policy import DEFAULT_POLICY
from signing.report import Indication, SignatureReport
from signing.signer import LocalSigner, default_algorithm
from signing.trust.evidence import Evidence
from signing.trust.proofs import Proofs
from signing.validation.file import validate_file_signatures

from .authority import DAY, HOUR, NOW, OCSP_SIGNING, Holder, crl, make, ocsp_response, usage
from .cms_makers import digest_of, openssl
from .scene import CONTENT, Scene, judge, sign, stamped, token
from .test_archive import Authority

PASSED, FAILED, INDETERMINATE = Indication.PASSED, Indication.FAILED, Indication.INDETERMINATE
FAR = NOW + 4000 * DAY
SIGNED = NOW - 30 * DAY
LEAKED = NOW - 10 * DAY  # when whatever a drill takes was revoked


def answer(report: SignatureReport) -> tuple[Indication, str | None]:
    return report.indication, report.sub_indication


def codes(report: SignatureReport) -> set[str]:
    return {f.code for f in report.findings}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(root=make("Root", ca=True, end=FAR), tsa_root=make("TSA root", ca=True, end=FAR))


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing(end=FAR)


@pytest.fixture(scope="module")
def leaf(issuing: Holder) -> Holder:
    return make("Người ký", issuing)


@pytest.fixture(scope="module")
def tsa(scene: Scene) -> Holder:
    return scene.tsa(end=NOW + 2000 * DAY)


def then(scene: Scene, issuing: Holder, at: datetime = SIGNED + HOUR) -> tuple[bytes, ...]:
    """What the authorities said when the signature was made."""
    return crl(scene.root, at=at), crl(issuing, at=at), crl(scene.tsa_root, at=at)


def b_lt(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> bytes:
    cms = stamped(sign(leaf, [issuing, scene.root], at=SIGNED), tsa, at=SIGNED)
    held = [scene.root.certificate, scene.tsa_root.certificate]
    return add_long_term(cms, held, then(scene, issuing), [])


def archived(cms: bytes, tsa: Holder, at: datetime) -> bytes:
    return add_archive_timestamp(cms, Authority(tsa, at), digest_of(CONTENT))


def by_openssl(holder: Holder, chain: Holder, folder: Path, *how: str) -> bytes:
    """A signature in a way that we make none."""
    (folder / "content").write_bytes(CONTENT)
    (folder / "signer.pem").write_bytes(holder.pem)
    (folder / "chain.pem").write_bytes(chain.pem)
    key = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    files = ["-in", folder / "content", "-signer", folder / "signer.pem", "-inkey", folder / "key.pem"]
    more = ["-certfile", folder / "chain.pem", "-out", folder / "made", "-outform", "DER"]
    done = openssl("cms", "-sign", "-binary", *how, *files, *more)
    assert done.returncode == 0, done.stderr
    return (folder / "made").read_bytes()


# --- an authority's key ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaked(scene: Scene, issuing: Holder) -> Evidence:
    """What is known now: the issuing authority's key was stolen."""
    return Evidence(crls=(crl(scene.root, (issuing, LEAKED, Reason.ca_compromise)), crl(scene.tsa_root)))


def test_who_stole_an_authoritys_key_cannot_unsay_a_revocation(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    """The official's key was revoked before it signed; the list that denies it was signed with the stolen key."""
    forged = crl(issuing, at=SIGNED + HOUR)
    cms = add_long_term(stamped(sign(leaf, [issuing], at=SIGNED), tsa, at=SIGNED), [], [forged], [])
    report = judge(cms, scene.trust, evidence=leaked)
    assert answer(report) == (INDETERMINATE, "REVOKED_CA_NO_POE")
    assert "revocation.no-poe" in codes(report)


def test_nor_by_a_revocation_dated_after_the_signature(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    late = crl(issuing, (leaf, SIGNED + DAY, Reason.superseded), at=SIGNED + 2 * DAY)
    cms = add_long_term(stamped(sign(leaf, [issuing], at=SIGNED), tsa, at=SIGNED), [], [late], [])
    assert answer(judge(cms, scene.trust, evidence=leaked)) == (INDETERMINATE, "REVOKED_CA_NO_POE")


def test_a_revocation_counts_against_the_signer_whoever_says_it(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    revoked = crl(issuing, (leaf, SIGNED - DAY, Reason.key_compromise), at=NOW)
    cms = add_long_term(b_lt(scene, issuing, leaf, tsa), [], [revoked], [])
    assert judge(cms, scene.trust, evidence=leaked).sub_indication in {"REVOKED", "REVOKED_NO_POE"}


def test_an_archive_timestamp_from_before_the_theft_keeps_a_signature(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    good = b_lt(scene, issuing, leaf, tsa)
    assert answer(judge(good, scene.trust, evidence=leaked))[1] == "REVOKED_CA_NO_POE"
    assert answer(judge(archived(good, tsa, LEAKED - DAY), scene.trust, evidence=leaked)) == (PASSED, None)
    assert answer(judge(archived(good, tsa, LEAKED + DAY), scene.trust, evidence=leaked))[1] == "REVOKED_CA_NO_POE"


def test_a_certificate_that_the_thief_issued_later_proves_nothing(
    scene: Scene, issuing: Holder, tsa: Holder, leaked: Evidence, tmp_path: Path
) -> None:
    """A signature that does not name its certificate fits any later one with the same name, number and key."""
    thief = make("Kẻ trộm", issuing, begin=SIGNED - DAY)
    cms = stamped(by_openssl(thief, issuing, tmp_path, "-md", "sha256"), tsa, at=SIGNED)
    lists = Evidence(crls=(*then(scene, issuing), *leaked.crls))
    for poe in (None, LEAKED + DAY):
        report = judge(cms, scene.trust, evidence=lists, format="PKCS7", poe=poe)
        assert answer(report) == (INDETERMINATE, "REVOKED_CA_NO_POE")
        assert "trust.no-poe" in codes(report)


def test_a_document_timestamp_proves_the_same_for_what_it_covers(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    good = b_lt(scene, issuing, leaf, tsa)
    for poe, expected in ((LEAKED - DAY, PASSED), (LEAKED + DAY, INDETERMINATE)):
        assert judge(good, scene.trust, evidence=leaked, poe=poe).indication is expected


def test_a_proof_of_the_signature_alone_says_nothing_of_the_answers_beside_it(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    """A later step, or a register, names a signature's value and its timestamp: what is added to it may be younger."""
    cms = parse_cms(b_lt(scene, issuing, leaf, tsa))
    named = Proofs.of((cms.signature_value, *cms.timestamp_tokens), LEAKED - DAY)
    report = judge(cms.der, scene.trust, evidence=leaked, proofs=named)
    assert answer(report) == (INDETERMINATE, "REVOKED_CA_NO_POE")
    assert report.best_signature_time == SIGNED
    bare = judge(sign(leaf, [issuing], at=SIGNED), scene.trust, evidence=leaked)
    assert bare.best_signature_time == NOW
    value = parse_cms(sign(leaf, [issuing], at=SIGNED))
    report = judge(value.der, scene.trust, evidence=leaked, proofs=Proofs.of((value.signature_value,), LEAKED - DAY))
    assert report.best_signature_time == LEAKED - DAY


def test_an_archive_timestamp_over_a_counter_signature_says_nothing_of_answers_added_later(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder
) -> None:
    """Revoked before; the thief of its authority's key denies that, in a list put beside what is archived."""
    robbed = scene.issuing(end=FAR)
    second = make("Người ký thứ hai", robbed)
    lists = [crl(scene.root, (robbed, LEAKED, Reason.ca_compromise)), crl(scene.tsa_root)]
    made = counter_signed(add_long_term(b_lt(scene, issuing, leaf, tsa), [robbed.certificate], lists, []), second)
    made = archived(made, tsa, LEAKED - DAY)
    honest = add_long_term(made, [], [crl(robbed, (second, SIGNED - DAY, Reason.key_compromise), at=NOW)], [])
    forged = add_long_term(made, [], [crl(robbed, at=LEAKED - HOUR)], [])
    for cms, expected in ((honest, (FAILED, "REVOKED")), (forged, (INDETERMINATE, "REVOKED_CA_NO_POE"))):
        _, (above, counter) = validate_file_signatures(cms, CONTENT, trust=scene.trust, at=NOW)
        assert answer(above) == (PASSED, None)
        assert counter.id == "signature/counter-1"
        assert answer(counter) == expected, codes(counter)
    again = archived(forged, tsa, LEAKED - HOUR)  # before the theft: then it was no forgery
    _, (_, counter) = validate_file_signatures(again, CONTENT, trust=scene.trust, at=NOW)
    assert answer(counter) == (PASSED, None)


def counter_signed(cms: bytes, holder: Holder) -> bytes:
    signer = LocalSigner(
        certificate=holder.certificate,
        key=holder.key,  # type: ignore[arg-type]
        chain=(),
        algorithm=default_algorithm(holder.key.public_key()),
    )
    digest = hashlib.new(signer.algorithm.digest, parse_cms(cms).signature_value).digest()
    info = CmsTemplate.for_signer(signer, signing_time=True).build_info(digest, signing_time=SIGNED, counter=True)
    return add_unsigned(add_long_term(cms, [holder.certificate], [], []), attribute(names.COUNTER_SIGNATURE, info))


# --- a responder's key -----------------------------------------------------------------------------------------------


def test_a_stolen_responders_key_answers_for_nobody(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    responder = make("OCSP", issuing, eku=[OCSP_SIGNING], key_usage=usage("digital_signature"))
    said = ocsp_response(leaf, issuing, responder, at=SIGNED + HOUR, until=SIGNED + DAY)
    now = crl(issuing, (responder, LEAKED, Reason.key_compromise), at=SIGNED - HOUR, until=NOW + DAY)
    cms = stamped(sign(leaf, [issuing, scene.root], at=SIGNED), tsa, at=SIGNED)
    # Of the signer no list speaks: that of the issuer leaves its time to the responder.
    silent = crl(issuing, (responder, LEAKED, Reason.key_compromise), at=SIGNED - 9 * DAY, until=SIGNED - 2 * DAY)
    assert now != silent
    cms = add_long_term(cms, [scene.root.certificate, responder.certificate], [silent], [said])
    fresh = Evidence(crls=(crl(scene.root), crl(scene.tsa_root)))
    report = judge(cms, scene.trust, evidence=fresh)
    assert report.indication is INDETERMINATE
    assert "revocation.responder" in codes(report)


def test_its_answers_proven_to_be_older_still_count(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    responder = make("OCSP", issuing, eku=[OCSP_SIGNING], key_usage=usage("digital_signature"))
    said = ocsp_response(leaf, issuing, responder, at=SIGNED + HOUR, until=SIGNED + DAY)
    # A list that excludes the signer's time by its own: it ends before, and says what happened to the responder.
    told = crl(issuing, (responder, LEAKED, Reason.key_compromise), at=SIGNED - 9 * DAY, until=SIGNED - 2 * DAY)
    good = crl(issuing, at=SIGNED - DAY, until=SIGNED - HOUR)
    cms = stamped(sign(leaf, [issuing, scene.root], at=SIGNED), tsa, at=SIGNED)
    cms = add_long_term(
        cms, [scene.root.certificate, scene.tsa_root.certificate], [good, *then(scene, issuing)], [said]
    )
    cms = archived(cms, tsa, LEAKED - DAY)
    fresh = Evidence(crls=(told, crl(scene.root), crl(scene.tsa_root)))
    assert judge(cms, scene.trust, evidence=fresh).indication is PASSED


def test_an_answer_ends_with_its_responders_certificate_unless_it_is_proven_older(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder
) -> None:
    """Afterwards nobody says whether its key was stolen; of one that need not be looked up nobody ever did."""
    ends = datetime.now(UTC).replace(microsecond=0) + 2 * DAY  # answers say that they were produced now
    members = {"eku": [OCSP_SIGNING], "extra": [(x509.OCSPNoCheck(), False)], "end": ends}
    responder = make("OCSP", issuing, **members)  # type: ignore[arg-type]
    said = ocsp_response(leaf, issuing, responder, at=SIGNED + HOUR, until=SIGNED + DAY)
    lists = [crl(scene.root, at=SIGNED + HOUR), crl(scene.tsa_root, at=SIGNED + HOUR)]
    cms = stamped(sign(leaf, [issuing, scene.root], at=SIGNED), tsa, at=SIGNED)
    cms = add_long_term(cms, [scene.root.certificate, scene.tsa_root.certificate], lists, [said])
    soon, late = archived(cms, tsa, ends - DAY), archived(cms, tsa, ends + HOUR)
    at = ends + 2 * HOUR
    fresh = Evidence(crls=(crl(scene.tsa_root, at=at - HOUR, until=at),))
    expired = (INDETERMINATE, "REVOCATION_OUT_OF_BOUNDS_NO_POE")
    assert answer(judge(cms, scene.trust, at=ends - HOUR)) == (PASSED, None)
    assert answer(judge(soon, scene.trust, at=at, evidence=fresh)) == (PASSED, None)
    assert [answer(judge(one, scene.trust, at=at, evidence=fresh)) for one in (cms, late)] == [expired, expired]
    assert judge(cms, scene.trust, at=at, evidence=fresh).baseline == "B-LT"


def test_what_an_ended_responder_said_against_the_signer_still_counts(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder
) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + DAY
    members = {"eku": [OCSP_SIGNING], "extra": [(x509.OCSPNoCheck(), False)], "end": ends}
    responder = make("OCSP", issuing, **members)  # type: ignore[arg-type]
    revoked = {"status": ocsp.OCSPCertStatus.REVOKED, "revoked_at": SIGNED - DAY, "reason": Reason.key_compromise}
    said = ocsp_response(leaf, issuing, responder, at=SIGNED + HOUR, until=SIGNED + DAY, **revoked)  # type: ignore[arg-type]
    lists = [crl(scene.root), crl(scene.tsa_root), crl(issuing)]
    cms = add_long_term(stamped(sign(leaf, [issuing], at=SIGNED), tsa, at=SIGNED), [], lists, [said])
    assert answer(judge(cms, scene.trust, at=ends + DAY))[1] in {"REVOKED", "REVOKED_NO_POE"}


# --- an authority for timestamps -------------------------------------------------------------------------------------


def test_a_leaked_timestamp_key_needs_a_later_archive_timestamp(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    first, second = scene.tsa(), scene.tsa(end=NOW + 2000 * DAY)
    expired = Evidence(
        crls=(crl(scene.tsa_root, (first, LEAKED, Reason.key_compromise)), crl(scene.root), crl(issuing))
    )
    good = b_lt(scene, issuing, leaf, first)
    report = judge(good, scene.trust, evidence=expired)
    assert report.timestamp is None
    assert "timestamp.untrusted" in codes(report)
    assert judge(archived(good, second, LEAKED - DAY), scene.trust, evidence=expired).timestamp == SIGNED
    assert judge(archived(good, second, LEAKED + DAY), scene.trust, evidence=expired).timestamp is None


def test_an_official_revoked_is_not_saved_by_a_timestamp_dated_back(
    scene: Scene, issuing: Holder, leaf: Holder
) -> None:
    leaky = scene.tsa()
    lists = Evidence(
        crls=(
            crl(issuing, (leaf, NOW - 20 * DAY, Reason.key_compromise)),
            crl(scene.root),
            crl(scene.tsa_root, (leaky, LEAKED, Reason.key_compromise)),
        )
    )
    forged = stamped(sign(leaf, [issuing], at=SIGNED), leaky, at=SIGNED)
    assert answer(judge(forged, scene.trust, evidence=lists)) == (INDETERMINATE, "REVOKED_NO_POE")
    real = archived(forged, scene.tsa(), NOW - 25 * DAY)  # whoever timestamps this before the theft proves it genuine
    assert answer(judge(real, scene.trust, evidence=lists)) == (PASSED, None)


def test_the_authority_above_the_timestamps_leaked(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    middle = make("TSA issuing", scene.tsa_root, ca=True, end=FAR)
    below = Scene(root=scene.root, tsa_root=middle).tsa()
    cms = stamped(sign(leaf, [issuing], at=SIGNED), below, at=SIGNED, chain=[middle])
    gone = crl(scene.tsa_root, (middle, LEAKED, Reason.ca_compromise))
    lists = Evidence(crls=(crl(issuing), crl(scene.root), crl(middle, at=SIGNED), gone))
    assert judge(cms, scene.trust, evidence=lists).timestamp is None
    assert judge(cms, scene.trust, evidence=lists, poe=LEAKED - DAY).timestamp is None  # its list has no proof
    assert judge(add_long_term(cms, [], [crl(middle, at=SIGNED)], []), scene.trust, evidence=lists).timestamp is None
    held = add_long_term(cms, [middle.certificate], [crl(middle, at=SIGNED)], [])
    assert judge(held, scene.trust, evidence=lists, poe=LEAKED - DAY).timestamp == SIGNED


# --- all of it expired -----------------------------------------------------------------------------------------------


def test_a_chain_of_archive_timestamps_outlives_every_certificate_in_it() -> None:
    """Signer, issuer and two timestamp authorities have expired one after the other; each was renewed in time."""
    scene = Scene(root=make("Root", ca=True, end=NOW + 400 * DAY), tsa_root=make("TSA root", ca=True, end=FAR))
    issuing = scene.issuing(end=NOW + 300 * DAY)
    leaf = make("Người ký", issuing, end=NOW + 100 * DAY)
    authorities = [scene.tsa(end=NOW + days * DAY) for days in (200, 500, 900)]
    cms = b_lt(scene, issuing, leaf, authorities[0])
    once = archived(cms, authorities[1], NOW + 150 * DAY)
    more = add_long_term(once, [], [crl(scene.tsa_root, at=NOW + 160 * DAY)], [])
    twice = archived(more, authorities[2], NOW + 450 * DAY)
    late = NOW + 800 * DAY
    for made, expected in ((cms, INDETERMINATE), (once, INDETERMINATE), (twice, PASSED)):
        fresh = Evidence(crls=(crl(scene.tsa_root, at=late - HOUR),))
        report = judge(made, scene.trust, at=late, evidence=fresh)
        assert report.indication is expected, report.findings
    assert report.best_signature_time == SIGNED
    assert report.baseline == "B-LTA"


# --- algorithms, then and now ----------------------------------------------------------------------------------------

OLD = datetime(2010, 6, 1, tzinfo=UTC)  # SHA-1 was still accepted (until 2012)
YOUNG = OLD - 30 * DAY


@pytest.fixture(scope="module")
def weak() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


RULES = replace(
    DEFAULT_POLICY,
    rsa_bits=((1024, datetime(2011, 1, 1, tzinfo=UTC)), *DEFAULT_POLICY.rsa_bits),
)


@pytest.mark.parametrize("weak_authority", [False, True], ids=["authority of today", "authority with RSA-1024"])
def test_sha1_and_rsa_1024_then_and_now(weak: rsa.RSAPrivateKey, tmp_path: Path, weak_authority: bool) -> None:
    """Judged today, the old signature holds only if a timestamp of then proves it and all that it rests on."""
    ages = {"begin": YOUNG, "end": FAR}
    scene = Scene(root=make("Root", ca=True, **ages), tsa_root=make("TSA root", ca=True, **ages))
    issuing = make("Issuing", scene.root, ca=True, key=weak if weak_authority else None, **ages)
    person = make("RSA-1024", issuing, key=weak, **ages)
    tsa = scene.tsa(**ages)
    bare = by_openssl(person, issuing, tmp_path, "-cades", "-md", "sha1")
    at_once = [crl(holder, at=OLD + HOUR) for holder in (scene.root, issuing, scene.tsa_root)]
    lists = Evidence(crls=tuple(at_once))
    fresh = lists + Evidence(crls=(crl(scene.tsa_root, at=NOW - HOUR),))
    no_poe = (INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")

    def judged(cms: bytes, at: datetime = NOW, evidence: Evidence = fresh) -> SignatureReport:
        return judge(cms, scene.trust, at=at, evidence=evidence, policy=RULES)

    assert judged(bare, OLD + DAY, lists).indication is PASSED  # then
    assert answer(judged(bare)) == no_poe  # now
    assert answer(judged(stamped(bare, tsa, at=NOW - DAY))) == no_poe
    early = stamped(bare, tsa, at=OLD + HOUR)
    if not weak_authority:
        assert answer(judged(early)) == (PASSED, None)
        return
    # A list by RSA-1024 of which nothing is known but that it is here now may have been made now.
    assert judged(early).indication is INDETERMINATE
    assert "revocation.algorithm" in codes(judged(early))
    whole = add_long_term(early, [issuing.certificate], at_once, [])
    assert answer(judged(archived(whole, tsa, OLD + DAY))) == (PASSED, None)
    assert judged(archived(whole, tsa, NOW - DAY)).indication is INDETERMINATE


def test_an_old_authority_certificate_by_a_broken_key_needs_proof_too(weak: rsa.RSAPrivateKey) -> None:
    """Whoever factors the root's old key makes authorities below it at will; the signature's own are all of today."""
    ages = {"begin": YOUNG, "end": FAR}
    scene = Scene(root=make("Root", ca=True, key=weak, **ages), tsa_root=make("TSA root", ca=True, **ages))
    issuing = make("Issuing", scene.root, ca=True, **ages)
    person, tsa = make("Người ký", issuing, **ages), scene.tsa(**ages)
    lists = [crl(holder, at=OLD + HOUR) for holder in (scene.root, issuing, scene.tsa_root)]
    cms = stamped(sign(person, [issuing], at=OLD), tsa, at=OLD + HOUR)
    whole = add_long_term(cms, [issuing.certificate], lists, [])
    fresh = Evidence(crls=(crl(scene.tsa_root, at=NOW - HOUR),))
    report = judge(whole, scene.trust, evidence=fresh, policy=RULES)
    assert answer(report) == (INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
    assert "trust.algorithm" in codes(report)
    kept = archived(whole, tsa, OLD + DAY)
    assert answer(judge(kept, scene.trust, evidence=fresh, policy=RULES)) == (PASSED, None)


# --- not older than a timestamp inside -------------------------------------------------------------------------------


def with_content_timestamp(holder: Holder, chain: list[Holder], tsa: Holder, at: datetime) -> bytes:
    """A signature whose signer timestamped the document first (EN 319 122-1 §5.2.8)."""
    signer = LocalSigner(
        certificate=holder.certificate,
        key=holder.key,  # type: ignore[arg-type]
        chain=tuple(h.certificate for h in chain),
        algorithm=default_algorithm(holder.key.public_key()),
    )
    template = CmsTemplate.for_signer(signer, signing_time=True)
    inside = attribute(names.CONTENT_TIMESTAMP, token(CONTENT, tsa, at))
    template = replace(template, _said=(inside,))
    return template.build(hashlib.sha256(CONTENT).digest(), signing_time=SIGNED)


def test_a_document_timestamped_after_the_revocation_was_signed_after_it(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder
) -> None:
    revoked = crl(issuing, (leaf, LEAKED, Reason.key_compromise))
    lists = Evidence(crls=(revoked, crl(scene.root), crl(scene.tsa_root)))
    for at, expected in ((LEAKED + DAY, (FAILED, "REVOKED")), (LEAKED - DAY, (INDETERMINATE, "REVOKED_NO_POE"))):
        report = judge(with_content_timestamp(leaf, [issuing], tsa, at), scene.trust, evidence=lists)
        assert answer(report) == expected
        assert "time.content-timestamp" in codes(report)


def test_a_document_timestamped_after_the_expiry_was_signed_after_it(
    scene: Scene, issuing: Holder, tsa: Holder
) -> None:
    person = make("Hết hạn", issuing, end=LEAKED)
    lists = Evidence(crls=(crl(issuing, at=LEAKED - HOUR), crl(scene.root), crl(scene.tsa_root)))
    for at, expected in ((LEAKED + DAY, (FAILED, "EXPIRED")), (LEAKED - DAY, (INDETERMINATE, "OUT_OF_BOUNDS_NO_POE"))):
        report = judge(with_content_timestamp(person, [issuing], tsa, at), scene.trust, evidence=lists)
        assert answer(report) == expected


def test_a_content_timestamp_of_an_unknown_authority_counts_for_nothing(
    scene: Scene, issuing: Holder, leaf: Holder
) -> None:
    alien = Scene(tsa_root=make("Lạ", ca=True)).tsa()
    lists = Evidence(crls=(crl(issuing, (leaf, LEAKED, None)), crl(scene.root)))
    report = judge(with_content_timestamp(leaf, [issuing], alien, NOW - HOUR), scene.trust, evidence=lists)
    assert answer(report) == (INDETERMINATE, "REVOKED_NO_POE")
    assert "time.content-timestamp-unusable" in codes(report)


def test_chains_are_remembered_by_what_is_proven_of_their_evidence(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, leaked: Evidence
) -> None:
    """One file's archive timestamp must not speak for the evidence of the next file."""
    good = b_lt(scene, issuing, leaf, tsa)
    kept = archived(good, tsa, LEAKED - DAY)
    trust = scene.trust
    for _ in range(2):
        assert judge(kept, trust, evidence=leaked).indication is PASSED
        assert judge(good, trust, evidence=leaked).indication is INDETERMINATE
