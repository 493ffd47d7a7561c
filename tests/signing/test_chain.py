"""Certification paths: one table of good and bad chains, judged by us, by openssl and by pyhanko-certvalidator."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from signing.lru import Lru
from signing.policy import DEFAULT_POLICY
from signing.trust.certificates import facts, signed_by
from signing.trust.chain import ChainResult, Purpose
from signing.trust.evidence import Evidence
from signing.trust.path_search import MAX_DEPTH, MAX_TRIALS
from signing.trust.store import TrustStore

from ..patience import cost
from .authority import DAY, HOUR, NOW, TIME_STAMPING, Holder, crl, make, name, signed_with_sha1, usage

STRUCTURE_ONLY = replace(DEFAULT_POLICY, require_revocation=False)


def judge(
    leaf: Holder, anchors: list[Holder], pool: list[Holder], purpose: Purpose = Purpose.SIGNER, at: datetime = NOW
) -> ChainResult:
    certificates = tuple(h.certificate for h in anchors)
    trust = TrustStore(ca=certificates) if purpose is Purpose.SIGNER else TrustStore(tsa=certificates)
    return trust.validate(
        leaf.certificate, [h.certificate for h in pool], purpose, at=at, now=at, policy=STRUCTURE_ONLY
    )


def codes(result: ChainResult) -> set[str]:
    return {f.code for f in result.findings if f.severity == "error"}


@dataclass(frozen=True)
class Case:
    leaf: Holder
    anchors: list[Holder]
    pool: list[Holder]
    holds: bool
    code: str | None = None


def _good() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True, path_length=0)
    return Case(make("Leaf", issuing), [root], [issuing], True)


def _directly_under_root() -> Case:
    root = make("Root", ca=True)
    return Case(make("Leaf", root), [root], [], True)


def _anchor_below_a_root() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True)
    return Case(make("Leaf", issuing), [issuing], [], True)


def _cross_certificates() -> Case:
    old, new = make("Old root", ca=True), make("New root", ca=True)
    issuing = make("Issuing", new, ca=True)
    crossed = make("New root", old, ca=True, key=new.key)
    return Case(make("Leaf", issuing), [old], [make("Unrelated", ca=True), issuing, new, crossed], True)


def _one_name_two_keys() -> Case:
    root = make("Root", ca=True)
    first = make("Issuing", root, ca=True, key_ids=False)
    second = make("Issuing", root, ca=True, key_ids=False)
    return Case(make("Leaf", second, key_ids=False), [root], [first, second], True)


def _right_name_wrong_key() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True)
    return Case(make("Leaf", make("Issuing", ca=True)), [root], [issuing], False, "trust.wrong-key")


def _self_signed_leaf() -> Case:
    return Case(make("Leaf"), [make("Root", ca=True)], [], False, "trust.no-anchor")


def _self_signed_root_in_the_signature() -> Case:
    stranger = make("Root", ca=True)
    return Case(make("Leaf", stranger), [make("Root", ca=True)], [stranger], False, "trust.no-anchor")


def _intermediate_missing() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True)
    return Case(make("Leaf", issuing), [root], [], False, "trust.no-anchor")


def _issuer_without_basic_constraints() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=None, key_usage=usage("key_cert_sign", "digital_signature"))
    return Case(make("Leaf", issuing), [root], [issuing], False, "trust.not-a-ca")


def _leaf_issues_a_leaf() -> Case:
    root = make("Root", ca=True)
    person = make("Person", root, ca=False)
    return Case(make("Leaf", person), [root], [person], False, "trust.not-a-ca")


def _path_length_passed() -> Case:
    root = make("Root", ca=True)
    one = make("One", root, ca=True, path_length=0)
    two = make("Two", one, ca=True)
    return Case(make("Leaf", two), [root], [one, two], False, "trust.path-length")


def _path_length_ignores_self_issued() -> Case:
    root = make("Root", ca=True, path_length=1)
    one = make("One", root, ca=True, path_length=0)
    renewed = make("One", one, ca=True, path_length=0)
    return Case(make("Leaf", renewed), [root], [one, renewed], True)


def _may_not_sign_certificates() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True, key_usage=usage("crl_sign", "digital_signature"))
    return Case(make("Leaf", issuing), [root], [issuing], False, "trust.key-usage")


def _issuer_expired() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True, end=NOW - HOUR)
    return Case(make("Leaf", issuing), [root], [issuing], False, "trust.outside-validity")


def _leaf_expired() -> Case:
    root = make("Root", ca=True)
    return Case(make("Leaf", root, end=NOW - HOUR), [root], [], False, "trust.outside-validity")


def _leaf_not_yet_valid() -> Case:
    root = make("Root", ca=True)
    return Case(make("Leaf", root, begin=NOW + HOUR), [root], [], False, "trust.outside-validity")


def _anchor_expired() -> Case:
    root = make("Root", ca=True, end=NOW - HOUR)
    return Case(make("Leaf", root), [root], [], False, "trust.outside-validity")


def _unknown(critical: bool) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), critical)]


def _unknown_critical_in_leaf() -> Case:
    root = make("Root", ca=True)
    return Case(make("Leaf", root, extra=_unknown(True)), [root], [], False, "trust.critical-extension")


def _unknown_critical_in_issuer() -> Case:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True, extra=_unknown(True))
    return Case(make("Leaf", issuing), [root], [issuing], False, "trust.critical-extension")


def _unknown_harmless() -> Case:
    root = make("Root", ca=True)
    return Case(make("Leaf", root, extra=_unknown(False)), [root], [], True)


def _constraints(permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None = None) -> Holder:
    limits = x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=excluded)
    return make("Issuing", _ROOT, ca=True, extra=[(limits, True)])


_ROOT = make("Root", ca=True)
_OURS = x509.DirectoryName(
    x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Cơ quan thử nghiệm"),
        ]
    )
)


def _permitted_name() -> Case:
    issuing = _constraints([_OURS])
    return Case(make("Leaf", issuing), [_ROOT], [issuing], True)


def _name_not_permitted() -> Case:
    issuing = _constraints([_OURS])
    other = name("Leaf", organization="Cơ quan khác")
    return Case(make(other, issuing), [_ROOT], [issuing], False, "trust.name-constraints")


def _name_excluded() -> Case:
    issuing = _constraints(None, [_OURS])
    return Case(make("Leaf", issuing), [_ROOT], [issuing], False, "trust.name-constraints")


def _mail_not_permitted() -> Case:
    issuing = _constraints([x509.RFC822Name("hanoi.example")])
    mail = x509.SubjectAlternativeName([x509.RFC822Name("a@danang.example")])
    return Case(make("Leaf", issuing, extra=[(mail, False)]), [_ROOT], [issuing], False, "trust.name-constraints")


def _mail_permitted() -> Case:
    issuing = _constraints([x509.RFC822Name("hanoi.example")])
    mail = x509.SubjectAlternativeName([x509.RFC822Name("a@hanoi.example")])
    return Case(make("Leaf", issuing, extra=[(mail, False)]), [_ROOT], [issuing], True)


def _forged_signature() -> Case:
    root = make("Root", ca=True)
    good = make("Leaf", root)
    forged = bytearray(good.der)
    forged[-1] ^= 1
    return Case(Holder(x509.load_der_x509_certificate(bytes(forged)), good.key), [root], [], False, "trust.wrong-key")


def _rsa_chain() -> Case:
    root = make("Root", ca=True, key=rsa.generate_private_key(65537, 2048))
    return Case(make("Leaf", root), [root], [], True)


CASES: dict[str, Callable[[], Case]] = {
    key.strip("_"): value
    for key, value in list(globals().items())
    if getattr(value, "__annotations__", {}) == {"return": "Case"}
}


# openssl takes the first issuer that fits by name and key identifier and never goes back to try another.
OPENSSL_DIFFERS = {"cross_certificates", "one_name_two_keys"}
# pyhanko-certvalidator takes an anchor for its name and key alone (RFC 5280 §6.1.1 d); openssl and we want it valid.
CERTVALIDATOR_DIFFERS = {"anchor_expired"}


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]()


def test_we_judge_as_the_table_says(case: Case) -> None:
    result = judge(case.leaf, case.anchors, case.pool)
    assert result.passed is case.holds, result.findings
    if case.code is not None:
        assert case.code in codes(result)
    if case.holds:
        assert result.path[0] == case.leaf.certificate
        assert result.path[-1] in {a.certificate for a in case.anchors}


def test_openssl_agrees(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for file, holders in (("leaf", [case.leaf]), ("anchors", case.anchors), ("pool", case.pool)):
        (tmp_path / f"{file}.pem").write_bytes(b"".join(h.pem for h in holders))
    command = ["openssl", "verify", "-partial_chain", "-attime", str(int(NOW.timestamp())), "-trusted", "anchors.pem"]
    if case.pool:
        command += ["-untrusted", "pool.pem"]
    done = subprocess.run([*command, "leaf.pem"], cwd=tmp_path, capture_output=True, text=True, check=False)
    differs = request.node.callspec.params["case"] in OPENSSL_DIFFERS
    assert (done.returncode == 0) is (case.holds != differs), done.stdout + done.stderr


def test_certvalidator_agrees(case: Case, request: pytest.FixtureRequest) -> None:
    from asn1crypto.x509 import Certificate

    def load(holder: Holder) -> Certificate:
        return Certificate.load(holder.der)

    context = ValidationContext(
        trust_roots=[load(h) for h in case.anchors], moment=NOW, allow_fetching=False, revocation_mode="soft-fail"
    )
    validator = CertificateValidator(load(case.leaf), [load(h) for h in case.pool], validation_context=context)
    try:
        asyncio.run(validator.async_validate_path())
        holds = True
    except (PathBuildingError, PathValidationError, ValidationError):
        holds = False
    differs = request.node.callspec.params["case"] in CERTVALIDATOR_DIFFERS
    assert holds is (case.holds != differs)


# --- where we are stricter -------------------------------------------------------------------------------------------


def test_an_authority_does_not_sign_documents() -> None:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True, key_usage=usage("key_cert_sign", "digital_signature"))
    assert codes(judge(issuing, [root], [])) == {"trust.is-a-ca"}


@pytest.mark.parametrize("bits", [("key_encipherment",), ("key_cert_sign",), ("crl_sign",)])
def test_a_signer_needs_a_signing_key_usage(bits: tuple[str, ...]) -> None:
    root = make("Root", ca=True)
    assert codes(judge(make("Leaf", root, key_usage=usage(*bits)), [root], [])) == {"trust.key-usage"}


@pytest.mark.parametrize("oid", [TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING, ExtendedKeyUsageOID.SERVER_AUTH])
def test_a_certificate_for_other_purposes_signs_no_document(oid: x509.ObjectIdentifier) -> None:
    root = make("Root", ca=True)
    assert codes(judge(make("Leaf", root, eku=[oid]), [root], [])) == {"trust.extended-key-usage"}


def test_signers_with_the_usual_extended_usages_pass() -> None:
    root = make("Root", ca=True)
    usual = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]
    assert judge(make("Leaf", root, eku=usual), [root], []).passed


@pytest.mark.parametrize("year", [2011, 2012])
def test_sha1_was_good_enough_in_its_time(year: int) -> None:
    """Certificates and lists of archives; what is not proven to be so old may be a forgery of today."""
    at = datetime(year, 6, 1, tzinfo=UTC)
    span: dict[str, Any] = {"begin": at - DAY, "end": at + DAY}
    keys = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root, issuing = (make(name, ca=True, key=key, **span) for name, key in zip(("Root", "Issuing"), keys, strict=True))
    subject = make("Issuing", root, ca=True, key=issuing.key, **span)
    issuing = Holder(x509.load_der_x509_certificate(signed_with_sha1(subject.der, root)), issuing.key)
    leaf = make("Leaf", issuing, **span)
    leaf = Holder(x509.load_der_x509_certificate(signed_with_sha1(leaf.der, issuing)), leaf.key)
    evidence = Evidence(crls=tuple(signed_with_sha1(crl(by, at=at), by) for by in (root, issuing)))
    trust = TrustStore(ca=(root.certificate,))
    how: dict[str, Any] = {"at": at, "evidence": evidence, "pool": [issuing.certificate], "purpose": Purpose.SIGNER}
    assert trust.validate(leaf.certificate, now=at, **how).passed is (year == 2011)
    assert codes(trust.validate(leaf.certificate, now=NOW, **how)) == {"trust.algorithm"}
    wrong = make("Leaf", Holder(issuing.certificate, root.key), **span)
    wrong = Holder(x509.load_der_x509_certificate(signed_with_sha1(wrong.der, root)), leaf.key)
    assert "trust.wrong-key" in codes(trust.validate(wrong.certificate, now=at, **how))


def test_both_names_of_the_algorithm_on_a_certificate_have_to_be_the_same() -> None:
    root = make("Root", ca=True, key=rsa.generate_private_key(65537, 2048))
    for says_so in (True, False):
        encoded = signed_with_sha1(make("Leaf", root).der, root, says_so=says_so)
        assert signed_by(x509.load_der_x509_certificate(encoded), root.certificate) is says_so


def test_a_sha1_certificate_is_refused(tmp_path: Path) -> None:
    root = make("Root", ca=True)
    key = root.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "root.key").write_bytes(key)
    (tmp_path / "root.pem").write_bytes(root.pem)
    command = (
        "openssl req -new -x509 -sha1 -subj /CN=Leaf -CA root.pem -CAkey root.key -newkey ec -nodes -days 1 "
        "-pkeyopt ec_paramgen_curve:P-256 -addext keyUsage=nonRepudiation -keyout leaf.key -out leaf.pem"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    leaf = Holder(x509.load_pem_x509_certificate((tmp_path / "leaf.pem").read_bytes()), root.key)
    assert facts(leaf.certificate).digest == "sha1"
    result = judge(leaf, [root], [], at=leaf.certificate.not_valid_before_utc)
    assert codes(result) == {"trust.algorithm", "trust.is-a-ca"}
    assert not result.passed


def test_short_rsa_keys_are_refused() -> None:
    weak = make("Root", ca=True, key=rsa.generate_private_key(65537, 1024))
    result = judge(make("Leaf", weak, digest=SHA256()), [weak], [])
    assert codes(result) == {"trust.algorithm"}
    assert result.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE"


def test_an_unusual_curve_is_refused() -> None:
    root = make("Root", ca=True, key=ec.generate_private_key(ec.SECP256K1()))
    assert codes(judge(make("Leaf", root), [root], [])) == {"trust.algorithm"}


# --- purposes --------------------------------------------------------------------------------------------------------


def test_a_timestamp_anchor_accepts_no_signer_and_the_other_way_round() -> None:
    signers, stamps = make("Signer root", ca=True), make("TSA root", ca=True)
    trust = TrustStore(ca=(signers.certificate,), tsa=(stamps.certificate,))
    person = make("Person", stamps)
    unit = make("TSA", signers, eku=[TIME_STAMPING], eku_critical=True)
    for holder, purpose in ((person, Purpose.SIGNER), (unit, Purpose.TSA)):
        result = trust.validate(holder.certificate, [], purpose, at=NOW, now=NOW, policy=STRUCTURE_ONLY)
        assert result.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_timestamp_certificate_needs_exactly_one_critical_usage() -> None:
    root = make("TSA root", ca=True)
    good = make("TSA", root, eku=[TIME_STAMPING], eku_critical=True)
    assert judge(good, [root], [], Purpose.TSA).passed
    bad = [
        make("TSA", root),
        make("TSA", root, eku=[TIME_STAMPING]),
        make("TSA", root, eku=[TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION], eku_critical=True),
        make("TSA", root, eku=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], eku_critical=True),
    ]
    for holder in bad:
        assert codes(judge(holder, [root], [], Purpose.TSA)) == {"trust.extended-key-usage"}
    assert codes(judge(good, [root], [], Purpose.SIGNER)) == {"trust.extended-key-usage"}


def test_without_anchors_nothing_is_trusted() -> None:
    root = make("Root", ca=True)
    result = judge(make("Leaf", root), [], [root])
    assert (result.sub_indication, result.anchored) == ("NO_CERTIFICATE_CHAIN_FOUND", False)


def test_a_signers_own_certificate_may_be_the_anchor_but_makes_no_authority() -> None:
    person = make("Person")
    assert judge(person, [person], []).passed
    assert "trust.not-a-ca" in codes(judge(make("Leaf", person), [person], []))


# --- searching -------------------------------------------------------------------------------------------------------


def test_the_missing_certificate_is_named() -> None:
    root = make("Root", ca=True)
    issuing = make("CA cấp tỉnh", root, ca=True)
    [finding] = judge(make("Leaf", issuing), [], []).findings
    assert finding.code == "trust.no-anchor"
    assert "CA cấp tỉnh" in finding.text
    assert "CA cấp tỉnh" in finding.text_vi
    [finding] = judge(make("Leaf", issuing), [], [issuing]).findings
    assert "'Root'" in finding.text


def test_a_thousand_certificates_of_one_name_are_bounded() -> None:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True, key_ids=False)
    key = ec.generate_private_key(ec.SECP256R1())
    flood = [make("Issuing", root, ca=True, key=key, key_ids=False) for _ in range(1000)]
    leaf = make("Leaf", issuing, key_ids=False)
    with cost(10):
        result = judge(leaf, [root], flood)
    assert codes(result) == {"trust.no-anchor", "trust.wrong-key", "trust.limit"}
    assert str(MAX_TRIALS) in next(f.text for f in result.findings if f.code == "trust.limit")


def test_a_flood_does_not_hide_an_issuer_whose_key_identifier_fits() -> None:
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True)
    key = ec.generate_private_key(ec.SECP256R1())
    flood = [make("Issuing", root, ca=True, key=key) for _ in range(300)]
    assert judge(make("Leaf", issuing), [root], [*flood, issuing]).passed


def test_a_loop_of_cross_certificates_ends() -> None:
    key_a, key_b = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    a, b = make("A", ca=True, key=key_a), make("B", ca=True, key=key_b)
    pool = [make("A", b, ca=True, key=key_a), make("B", a, ca=True, key=key_b)]
    assert judge(make("Leaf", a), [], pool).sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_chain_that_is_too_long_is_not_followed() -> None:
    chain = [make("CA 0", ca=True)]
    for count in range(1, MAX_DEPTH):
        chain.append(make(f"CA {count}", chain[-1], ca=True))
    fitting = make("Leaf", chain[-2])
    assert judge(fitting, [chain[0]], chain[1:]).passed
    assert not judge(make("Leaf", chain[-1]), [chain[0]], chain[1:]).passed


def test_one_good_path_is_enough() -> None:
    root = make("Root", ca=True)
    key = ec.generate_private_key(ec.SECP256R1())
    old = make("Issuing", root, ca=True, key=key, end=NOW - DAY)
    new = make("Issuing", root, ca=True, key=key)
    for pool in ([old, new], [new, old]):
        assert judge(make("Leaf", new), [root], pool).passed


# --- memory ----------------------------------------------------------------------------------------------------------


def test_a_remembered_result_holds_only_for_its_times() -> None:
    root = make("Root", ca=True)
    leaf = make("Leaf", root, begin=NOW - DAY, end=NOW + DAY)
    trust = TrustStore(ca=(root.certificate,))

    def at(moment: datetime) -> ChainResult:
        return trust.validate(leaf.certificate, [], Purpose.SIGNER, at=moment, now=moment, policy=STRUCTURE_ONLY)

    first = at(NOW)
    assert at(NOW + HOUR) is first
    assert not at(NOW - 2 * DAY).passed
    assert not at(NOW + 2 * DAY).passed
    assert at(leaf.certificate.not_valid_after_utc).passed
    assert at(NOW - HOUR) is first
    assert not at(leaf.certificate.not_valid_after_utc + HOUR).passed


def test_anchors_of_another_store_are_not_remembered() -> None:
    root = make("Root", ca=True)
    leaf = make("Leaf", root)
    assert judge(leaf, [root], []).passed
    assert not judge(leaf, [make("Root", ca=True)], []).passed


def test_memory_is_bounded() -> None:
    memory: Lru[int, int] = Lru(10)
    for number in range(100):
        memory.put(number, number, weight=3)
    assert len(memory) == 3
    assert memory.get(99) == 99
    assert memory.get(0) is None
    memory.put(100, 100, weight=1000)
    assert len(memory) == 0


def test_a_certificate_with_an_extension_twice_is_no_issuer_and_no_exception() -> None:
    root = make("Root", ca=True)
    broken = Holder(x509.load_der_x509_certificate(_with_duplicate_extension(root)), root.key)
    result = judge(broken, [root], [broken])
    assert codes(result) == {"certificate.malformed"}


def _with_duplicate_extension(root: Holder) -> bytes:
    """A certificate in which one extension's OID was changed into that of another; its signature no longer holds."""
    first = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    second = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.2"), b"\x05\x00")
    der = make("Leaf", root, extra=[(first, False), (second, False)]).der
    prefix = bytes.fromhex("2b06010401868d1f")
    assert der.count(prefix) == 2
    return der.replace(prefix + b"\x02", prefix + b"\x01")


def test_facts_of_a_plain_certificate() -> None:
    known = facts(make("Leaf", make("Root", ca=True), crl_url="http://crl.example/a.crl").certificate)
    assert (known.scheme, known.digest, known.curve, known.is_ca) == ("ecdsa", "sha256", "secp256r1", False)
    assert known.crl_urls == ("http://crl.example/a.crl",)
    assert known.label == "Leaf"
