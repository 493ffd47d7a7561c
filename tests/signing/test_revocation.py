"""Revocation: which CRLs and OCSP responses are believed, for which times, and what they prove."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import IndeterminateError, LimitError, MalformedError, ServiceError
from signing.trust.answer import State
from signing.trust.crl import parse_crl
from signing.trust.ocsp import MAX_OCSP_BYTES, parse_ocsp
from signing.trust.revocation import Collector, Evidence, RevocationStatus, check_revocation, collect_evidence

from .authority import DAY, HOUR, NOW, OCSP_SIGNING, Holder, crl, make, name, ocsp_response, usage

ROOT = make("Root", ca=True)
CA = make("Issuing", ROOT, ca=True)
LEAF = make("Leaf", CA)
OTHER = make("Other", CA)
REVOKED = ocsp.OCSPCertStatus.REVOKED
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.2"), b"\x05\x00")
Reason = x509.ReasonFlags


def check(
    *answers: bytes,
    leaf: Holder = LEAF,
    issuer: Holder = CA,
    at: datetime = NOW,
    now: datetime | None = None,
    proven: datetime | None = None,
    certificates: tuple[Holder, ...] = (),
) -> RevocationStatus:
    crls = tuple(a for a in answers if _is_crl(a))
    ocsps = tuple(a for a in answers if not _is_crl(a))
    evidence = Evidence(tuple(h.certificate for h in certificates), crls, ocsps)
    return check_revocation(
        leaf.certificate,
        issuer.certificate,
        evidence,
        control_time=at,
        now=now or max(NOW + HOUR, at),
        proven_time=proven,
    )


def _is_crl(der: bytes) -> bool:
    try:
        parse_crl(der)
    except MalformedError:
        return False
    return True


def codes(status: RevocationStatus) -> list[str]:
    return [f.code for f in status.findings]


# --- CRLs ------------------------------------------------------------------------------------------------------------


def test_a_fresh_list_without_the_certificate_is_good() -> None:
    assert check(crl(CA, (OTHER, NOW - DAY, None))).state is State.GOOD


@pytest.mark.parametrize(
    ("since", "told"),
    [(NOW - 3 * HOUR, ["revocation.after-time", "revocation.invalid-since"]), (NOW, ["revocation.after-time"])],
)
def test_a_key_suspected_before_the_proven_time_is_told_though_it_was_revoked_later(
    since: datetime, told: list[str]
) -> None:
    """The invalidity date (RFC 5280 §5.3.2) takes no validity, but whoever relies on the signature has to know."""
    entry = (LEAF, NOW - HOUR, Reason.key_compromise)
    extra = [(x509.InvalidityDate(since.replace(tzinfo=None)), False)]
    status = check(crl(CA, entry, entry_extra=extra), at=NOW - 2 * HOUR)
    assert (status.state, codes(status)) == (State.GOOD, told)
    assert codes(check(crl(CA, entry, entry_extra=extra), at=NOW - HOUR)) == ["certificate.revoked"]


def test_without_evidence_the_state_is_unknown_and_never_good() -> None:
    status = check()
    assert (status.state, codes(status)) == (State.UNKNOWN, ["revocation.unknown"])


def test_a_revoked_certificate_is_revoked_with_time_and_reason() -> None:
    status = check(crl(CA, (LEAF, NOW - DAY, Reason.key_compromise)))
    assert (status.state, status.time, status.reason) == (State.REVOKED, NOW - DAY, "keyCompromise")
    assert codes(status) == ["certificate.revoked"]


def test_a_certificate_on_hold_is_suspended_until_a_newer_list_releases_it() -> None:
    held = crl(CA, (LEAF, NOW - DAY, Reason.certificate_hold), at=NOW - DAY)
    assert check(held).state is State.SUSPENDED
    assert check(held, crl(CA)).state is State.GOOD
    assert check(held, at=NOW - 2 * DAY).state is State.GOOD


def test_remove_from_crl_in_a_complete_list_settles_nothing() -> None:
    assert check(crl(CA, (LEAF, NOW - DAY, Reason.remove_from_crl))).state is State.UNKNOWN


def test_a_revocation_after_the_proven_time_does_not_hurt() -> None:
    answer = crl(CA, (LEAF, NOW, Reason.key_compromise))
    assert check(answer, at=NOW - HOUR).state is State.GOOD
    assert codes(check(answer, at=NOW - HOUR)) == ["revocation.after-time"]
    assert check(answer, at=NOW).state is State.REVOKED


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (Reason.key_compromise, State.REVOKED),
        (Reason.ca_compromise, State.REVOKED),
        (None, State.REVOKED),
        (Reason.superseded, State.GOOD),
        (Reason.cessation_of_operation, State.GOOD),
        (Reason.affiliation_changed, State.GOOD),
    ],
)
def test_a_later_revocation_of_a_tsa_hurts_unless_the_reason_is_harmless(reason: Reason | None, state: State) -> None:
    answer = crl(CA, (LEAF, NOW, reason))
    assert check(answer, at=NOW - HOUR, proven=NOW + HOUR).state is state
    assert check(answer, at=NOW - HOUR, proven=NOW - HOUR).state is State.GOOD


def test_a_permanent_revocation_counts_in_an_old_list_too() -> None:
    old = crl(CA, (LEAF, NOW - 60 * DAY, Reason.superseded), at=NOW - 60 * DAY, until=NOW - 50 * DAY)
    assert check(old).state is State.REVOKED
    assert check(old, crl(CA)).state is State.REVOKED


def test_a_list_that_ended_before_the_time_is_stale() -> None:
    old = crl(CA, at=NOW - 10 * DAY, until=NOW - DAY)
    status = check(old)
    assert (status.state, codes(status)) == (State.UNKNOWN, ["revocation.unknown", "revocation.stale"])
    assert check(old, at=NOW - 2 * DAY).state is State.GOOD


def test_a_list_from_before_the_time_counts_while_it_lasts_and_says_so() -> None:
    assert codes(check(crl(CA, at=NOW - HOUR))) == ["revocation.before-time"]
    assert codes(check(crl(CA, at=NOW + HOUR))) == []


def test_a_list_from_the_future_is_not_used() -> None:
    status = check(crl(CA, at=NOW + DAY), now=NOW)
    assert (status.state, codes(status)) == (State.UNKNOWN, ["revocation.unknown", "revocation.future"])


def test_a_list_made_after_the_certificate_expired_no_longer_tells() -> None:
    short = make("Short", CA, end=NOW - DAY)
    late = crl(CA)
    assert codes(check(late, leaf=short, at=NOW - 2 * DAY)) == ["revocation.unknown", "revocation.late"]


def test_a_list_by_another_key_of_the_same_name_is_refused() -> None:
    impostor = make("Issuing", ROOT, ca=True)
    assert codes(check(crl(impostor))) == ["revocation.unknown", "revocation.signature"]


def test_a_list_by_someone_else_is_passed_over() -> None:
    assert codes(check(crl(ROOT))) == ["revocation.unknown"]
    assert codes(check(crl(make("Stranger", ca=True), issuer_name=CA.certificate.subject))) == [
        "revocation.unknown",
        "revocation.signature",
    ]


def test_an_issuer_that_may_not_sign_lists_is_refused() -> None:
    issuer = make("Issuing", ROOT, ca=True, key_usage=usage("key_cert_sign"))
    leaf = make("Leaf", issuer)
    assert "revocation.signature" in codes(check(crl(issuer), leaf=leaf, issuer=issuer))


def _scope(**given: object) -> x509.IssuingDistributionPoint:
    members = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(members | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "extension",
    [
        x509.DeltaCRLIndicator(1),
        _scope(indirect_crl=True),
        _scope(only_contains_attribute_certs=True),
        _scope(only_some_reasons=frozenset({Reason.key_compromise})),
        _scope(only_contains_ca_certs=True),
        _scope(full_name=[x509.UniformResourceIdentifier("http://elsewhere.example/part7.crl")]),
        _scope(relative_name=x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "part")])),
        UNKNOWN,
    ],
    ids=[
        "delta",
        "indirect",
        "attribute certificates",
        "some reasons",
        "authorities only",
        "another part",
        "a part by a relative name",
        "unknown",
    ],
)
def test_a_list_that_is_not_complete_for_the_certificate_is_not_used(extension: x509.ExtensionType) -> None:
    status = check(crl(CA, extra=[(extension, True)]))
    assert (status.state, codes(status)) == (State.UNKNOWN, ["revocation.unknown", "revocation.scope"])


def test_a_partitioned_list_counts_for_certificates_that_name_its_part() -> None:
    url = "http://crl.example/part1.crl"
    leaf = make("Leaf", CA, crl_url=url)
    part = _scope(full_name=[x509.UniformResourceIdentifier(url)], only_contains_user_certs=True)
    answer = crl(CA, extra=[(part, True)])
    assert check(answer, leaf=leaf).state is State.GOOD
    assert check(answer).state is State.UNKNOWN
    sub = make("Sub", CA, ca=True, crl_url=url)
    assert check(answer, leaf=sub).state is State.UNKNOWN


def test_an_entry_with_an_unknown_critical_extension_settles_nothing() -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.3"), b"\x05\x00")
    answer = crl(CA, (LEAF, NOW - DAY, None), entry_extra=[(strange, True)])
    assert check(answer).state is State.UNKNOWN


def test_lists_with_rsa_keys_hold_too() -> None:
    issuer = make("RSA CA", ROOT, ca=True, key=rsa.generate_private_key(65537, 2048))
    leaf = make("Leaf", issuer)
    assert check(crl(issuer), leaf=leaf, issuer=issuer).state is State.GOOD


def test_a_weak_key_signs_no_list_and_no_answer() -> None:
    issuer = make("Weak CA", ROOT, ca=True, key=rsa.generate_private_key(65537, 1024))
    leaf = make("Leaf", issuer)
    for answer in (crl(issuer), ocsp_response(leaf, issuer)):
        assert "revocation.algorithm" in codes(check(answer, leaf=leaf, issuer=issuer))


# --- OCSP ------------------------------------------------------------------------------------------------------------


def responder(issuer: Holder = CA, *, no_check: bool = True, **given: object) -> Holder:
    extra = [(x509.OCSPNoCheck(), False)] if no_check else []
    members = {"eku": [OCSP_SIGNING], "key_usage": usage("digital_signature"), "extra": extra}
    return make("Responder", issuer, **(members | given))  # type: ignore[arg-type]


@pytest.mark.parametrize("by_name", [True, False])
def test_an_answer_of_the_issuer_itself_is_good(by_name: bool) -> None:
    assert check(ocsp_response(LEAF, CA, by_name=by_name)).state is State.GOOD


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("algorithm", [SHA256(), SHA384()])
def test_an_answer_of_a_delegated_responder_is_good(by_name: bool, algorithm: SHA256) -> None:
    assert check(ocsp_response(LEAF, CA, responder(), by_name=by_name, algorithm=algorithm)).state is State.GOOD


def test_a_responder_certificate_may_stand_elsewhere_in_the_evidence() -> None:
    by = responder()
    answer = ocsp_response(LEAF, CA, by, certificates=[])
    assert check(answer).state is State.UNKNOWN
    assert check(answer, certificates=(by,)).state is State.GOOD


def test_a_responder_without_no_check_needs_its_own_proof() -> None:
    by = responder(no_check=False)
    answer = ocsp_response(LEAF, CA, by)
    assert codes(check(answer)) == ["revocation.unknown", "revocation.responder"]
    assert check(answer, crl(CA, at=NOW - HOUR)).state is State.GOOD
    assert codes(check(answer, crl(CA, (by, NOW - DAY, None), at=NOW - 60 * DAY, until=NOW - 50 * DAY)))[1:] == [
        "revocation.responder",
        "revocation.stale",
    ]


def test_a_responder_does_not_vouch_for_itself() -> None:
    by = responder(no_check=False)
    assert check(ocsp_response(LEAF, CA, by), ocsp_response(by, CA, by)).state is State.UNKNOWN


def test_an_answer_for_another_authority_with_the_same_key_is_not_about_this_one() -> None:
    """CertID holds the issuer's name and key; one key may serve two authorities that count serial numbers apart."""
    twin = make("Twin", ROOT, ca=True, key=CA.key)
    other = make("Leaf", twin, serial=LEAF.certificate.serial_number)
    assert codes(check(ocsp_response(other, twin))) == ["revocation.unknown"]


@pytest.mark.parametrize(
    "make_responder",
    [
        lambda: responder(ROOT),
        lambda: responder(make("Issuing", ROOT, ca=True)),
        lambda: responder(eku=[]),
        lambda: responder(eku=[ExtendedKeyUsageOID.EMAIL_PROTECTION]),
        lambda: responder(end=NOW - DAY),
        lambda: responder(key_usage=usage("key_encipherment")),
        lambda: responder(extra=[(UNKNOWN, True)]),
        lambda: OTHER,
        lambda: make("Responder"),
    ],
    ids=[
        "of the root",
        "of a namesake",
        "no usage",
        "other usage",
        "expired",
        "key usage",
        "unknown and critical",
        "a colleague",
        "self-signed",
    ],
)
def test_an_answer_by_someone_else_is_refused(make_responder: Callable[[], Holder]) -> None:
    status = check(ocsp_response(LEAF, CA, make_responder()))
    assert (status.state, codes(status)) == (State.UNKNOWN, ["revocation.unknown", "revocation.signature"])


def test_an_answer_about_another_certificate_is_passed_over() -> None:
    twin = make("Leaf", make("Issuing", ROOT, ca=True), serial=LEAF.certificate.serial_number)
    assert codes(check(ocsp_response(OTHER, CA))) == ["revocation.unknown"]
    assert twin.certificate.serial_number == LEAF.certificate.serial_number
    assert codes(check(ocsp_response(twin, make("Issuing", ROOT, ca=True)))) == ["revocation.unknown"]


def test_an_answer_revoked_or_unknown_is_not_good() -> None:
    revoked = ocsp_response(LEAF, CA, status=REVOKED, revoked_at=NOW - DAY, reason=Reason.superseded)
    assert (check(revoked).state, check(revoked).reason) == (State.REVOKED, "superseded")
    held = ocsp_response(LEAF, CA, status=REVOKED, revoked_at=NOW - DAY, reason=Reason.certificate_hold)
    assert check(held).state is State.SUSPENDED
    assert check(ocsp_response(LEAF, CA, status=ocsp.OCSPCertStatus.UNKNOWN)).state is State.UNKNOWN


def test_revoked_wins_over_a_newer_good_answer() -> None:
    assert check(crl(CA, (LEAF, NOW - DAY, None), at=NOW - HOUR), ocsp_response(LEAF, CA)).state is State.REVOKED


def test_an_answer_is_fresh_until_its_next_update_and_briefly_without_one() -> None:
    assert check(ocsp_response(LEAF, CA), at=NOW + DAY - HOUR, now=NOW + DAY).state is State.GOOD
    assert check(ocsp_response(LEAF, CA), at=NOW + DAY, now=NOW + DAY).state is State.UNKNOWN
    open_ended = ocsp_response(LEAF, CA, until=None)
    assert check(open_ended, at=NOW).state is State.GOOD
    assert check(open_ended, at=NOW - DAY).state is State.GOOD
    assert check(open_ended, at=NOW + HOUR).state is State.UNKNOWN


def test_an_unknown_critical_extension_in_an_answer_is_refused() -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.4"), b"\x05\x00")
    assert check(ocsp_response(LEAF, CA, extra=[(strange, False)])).state is State.GOOD
    assert check(ocsp_response(LEAF, CA, extra=[(strange, True)])).state is State.UNKNOWN


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_other_keys_answer_too(key: ec.EllipticCurvePrivateKey) -> None:
    issuer = make("CA", ROOT, ca=True, key=key)
    leaf = make("Leaf", issuer)
    assert check(ocsp_response(leaf, issuer), leaf=leaf, issuer=issuer).state is State.GOOD


def test_a_tampered_answer_or_list_is_refused() -> None:
    for answer in (ocsp_response(LEAF, CA), crl(CA)):
        bad = answer[:-1] + bytes([answer[-1] ^ 1])
        assert codes(check(bad)) == ["revocation.unknown", "revocation.signature"]


# --- hostile bytes ---------------------------------------------------------------------------------------------------

_CRL, _OCSP = crl(CA, (OTHER, NOW, Reason.superseded)), ocsp_response(LEAF, CA, responder())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for parse in (parse_crl, parse_ocsp):
        with pytest.raises(MalformedError):
            parse(data)
    evidence = Evidence(crls=(data,), ocsps=(data,))
    status = check_revocation(LEAF.certificate, CA.certificate, evidence, control_time=NOW, now=NOW)
    assert status.state is State.UNKNOWN


@given(st.integers(0, len(_OCSP) - 1), st.integers(1, 255), st.booleans())
def test_a_changed_byte_never_makes_a_certificate_good(position: int, change: int, of_crl: bool) -> None:
    whole = _CRL if of_crl else _OCSP
    position %= len(whole)
    changed = whole[:position] + bytes([whole[position] ^ change]) + whole[position + 1 :]
    evidence = Evidence(crls=(changed,)) if of_crl else Evidence(ocsps=(changed,))
    status = check_revocation(LEAF.certificate, CA.certificate, evidence, control_time=NOW, now=NOW + HOUR)
    if status.state is State.GOOD:  # a bit outside what is signed: padding, the response's status, a certificate
        if of_crl:
            assert parse_crl(changed).parsed.tbs_certlist_bytes == parse_crl(_CRL).parsed.tbs_certlist_bytes
        else:
            assert parse_ocsp(changed).parsed.tbs_response_bytes == parse_ocsp(_OCSP).parsed.tbs_response_bytes


def test_too_large_an_answer_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(LimitError):
        parse_ocsp(bytes(MAX_OCSP_BYTES + 1))


def test_a_response_that_says_no_is_not_an_answer() -> None:
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    with pytest.raises(MalformedError) as caught:
        parse_ocsp(refusal.public_bytes(Encoding.DER))
    assert caught.value.code == "revocation.refused"


def test_evidence_adds_up_without_repeats() -> None:
    one = Evidence((LEAF.certificate,), (_CRL,), (_OCSP,))
    assert one + one == one
    assert one + Evidence() is one
    assert one.fingerprint() != Evidence((LEAF.certificate,), (_OCSP,), (_CRL,)).fingerprint()
    assert not Evidence()


# --- fetching --------------------------------------------------------------------------------------------------------


@dataclass
class Net:
    """Answers from a table; every call is noted."""

    table: dict[str, bytes]
    calls: list[str] = field(default_factory=list)

    def get(self, url: str, *, max_bytes: int = 0, accept: str = "") -> bytes:
        self.calls.append(f"GET {url}")
        if url not in self.table:
            raise ServiceError("http.unreachable", url=url, why="no route")
        return self.table[url]

    def post(self, url: str, body: bytes, *, content_type: str, max_bytes: int = 0) -> bytes:
        assert ocsp.load_der_ocsp_request(body).serial_number
        self.calls.append(f"POST {url}")
        if url not in self.table:
            raise ServiceError("http.unreachable", url=url, why="no route")
        return self.table[url]


CRL_URL, OCSP_URL, ROOT_URL = "http://ca.example/a.crl", "http://ca.example/ocsp", "http://ca.example/root.crl"
ISSUING = make("Issuing", ROOT, ca=True, crl_url=ROOT_URL)
CLIENT = make("Client", ISSUING, crl_url=CRL_URL, ocsp_url=OCSP_URL)
CHAIN = [h.certificate for h in (CLIENT, ISSUING, ROOT)]


def test_leaves_are_asked_for_by_ocsp_and_authorities_by_crl() -> None:
    by = responder(ISSUING)
    net = Net({OCSP_URL: ocsp_response(CLIENT, ISSUING, by), ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)})
    evidence = collect_evidence([CHAIN], net, NOW)
    assert net.calls == [f"POST {OCSP_URL}", f"GET {ROOT_URL}"]
    assert (len(evidence.crls), len(evidence.ocsps)) == (1, 1)
    assert {by.certificate, *CHAIN} == set(evidence.certificates)


def test_a_silent_responder_is_replaced_by_the_list() -> None:
    net = Net({ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)})
    evidence = collect_evidence([CHAIN], net, NOW)
    assert (len(evidence.crls), len(evidence.ocsps)) == (2, 0)


def test_an_answer_that_settles_nothing_is_not_kept() -> None:
    liar = ocsp_response(CLIENT, ISSUING, make("Liar"))
    evidence = collect_evidence([CHAIN], Net({OCSP_URL: liar, ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)}), NOW)
    assert not evidence.ocsps


def test_a_responder_without_no_check_is_looked_up_in_the_list() -> None:
    by = responder(ISSUING, no_check=False, crl_url=CRL_URL)
    net = Net({OCSP_URL: ocsp_response(CLIENT, ISSUING, by), ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)})
    evidence = collect_evidence([CHAIN], net, NOW)
    assert (len(evidence.crls), len(evidence.ocsps)) == (2, 1)
    assert check_revocation(CHAIN[0], CHAIN[1], evidence, control_time=NOW, now=NOW).state is State.GOOD


@pytest.mark.parametrize(
    "table",
    [
        {},
        {ROOT_URL: crl(ROOT)},
        {ROOT_URL: crl(ROOT), CRL_URL: b"<html>404</html>", OCSP_URL: b"\x30\x03\x0a\x01\x06"},
        {ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING, at=NOW - 60 * DAY, until=NOW - 50 * DAY)},
    ],
    ids=["nothing answers", "only the root", "rubbish", "stale"],
)
def test_evidence_that_cannot_be_had_is_an_error(table: dict[str, bytes]) -> None:
    with pytest.raises(ServiceError) as caught:
        collect_evidence([CHAIN], Net(table), NOW)
    assert caught.value.code == "revocation.unknown"


def test_a_list_served_as_pem_is_understood() -> None:
    pem = x509.load_der_x509_crl(crl(ISSUING)).public_bytes(Encoding.PEM)
    evidence = collect_evidence([CHAIN], Net({ROOT_URL: crl(ROOT), CRL_URL: pem}), NOW)
    assert all(der[:1] == b"\x30" for der in evidence.crls)
    with pytest.raises(ServiceError):
        collect_evidence([CHAIN], Net({ROOT_URL: crl(ROOT), CRL_URL: pem[:200]}), NOW)


def test_a_batch_fetches_each_list_once() -> None:
    net = Net({ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)})
    collect = Collector(http=net, at=NOW)
    people = [make(f"Client {n}", ISSUING, crl_url=CRL_URL) for n in range(3)]
    for person in people:
        assert collect([[person.certificate, *CHAIN[1:]]]).crls
    assert net.calls == [f"GET {CRL_URL}", f"GET {ROOT_URL}"]


def test_a_chain_that_stops_short_is_led_on_to_the_anchor() -> None:
    net = Net({ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)})
    evidence = Collector(http=net, at=NOW, anchors=(ROOT.certificate,))([CHAIN[:2]])
    assert len(evidence.crls) == 2
    assert ROOT.certificate in evidence.certificates


@pytest.mark.parametrize("anchors", [(), (CA.certificate,)])
def test_a_chain_that_leads_nowhere_is_not_evidence(anchors: tuple[x509.Certificate, ...]) -> None:
    net = Net({ROOT_URL: crl(ROOT), CRL_URL: crl(ISSUING)})
    for short in (CHAIN[:1], CHAIN[:2]):
        with pytest.raises(IndeterminateError) as caught:
            Collector(http=net, at=NOW, anchors=anchors)([short])
        assert caught.value.code == "trust.no-anchor"


# --- outside judges --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revoked", [False, True])
def test_openssl_reads_the_same_from_the_same_list(tmp_path: Path, revoked: bool) -> None:
    entries = [(LEAF, NOW - DAY, Reason.superseded)] if revoked else []
    der = crl(CA, *entries, at=NOW - HOUR)
    (tmp_path / "a.crl").write_bytes(der)
    subprocess.run(["openssl", "crl", "-inform", "DER", "-in", "a.crl", "-out", "a.pem"], cwd=tmp_path, check=True)
    (tmp_path / "ca.pem").write_bytes(CA.pem)
    (tmp_path / "leaf.pem").write_bytes(LEAF.pem)
    command = ["openssl", "verify", "-partial_chain", "-crl_check", "-attime", str(int(NOW.timestamp()))]
    done = subprocess.run(
        [*command, "-trusted", "ca.pem", "-CRLfile", "a.pem", "leaf.pem"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("certificate revoked" in done.stderr) is revoked
    assert (done.returncode == 0) is (check(der).state is State.GOOD)


def test_openssl_verifies_the_same_answer(tmp_path: Path) -> None:
    by = responder()
    (tmp_path / "r.der").write_bytes(ocsp_response(LEAF, CA, by, at=NOW - HOUR))
    (tmp_path / "ca.pem").write_bytes(CA.pem)
    (tmp_path / "leaf.pem").write_bytes(LEAF.pem)
    command = ["openssl", "ocsp", "-respin", "r.der", "-issuer", "ca.pem", "-cert", "leaf.pem", "-CAfile", "ca.pem"]
    done = subprocess.run(
        [*command, "-partial_chain", "-attime", str(int(NOW.timestamp())), "-validity_period", "999999999"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Response verify OK" in done.stderr
    assert "leaf.pem: good" in done.stdout


def test_names_in_findings_hide_personal_numbers() -> None:
    person = make(name("Nguyễn Văn A 001090123456"), CA)
    [finding, *_] = check(leaf=person).findings
    assert "001*****3456" in finding.text
    assert "001090123456" not in finding.text + finding.text_vi
