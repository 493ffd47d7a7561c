"""Evidence records (RFC 4998): made with one timestamp for many, renewed, and judged; what they must not prove."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.x509 import ReasonFlags as Reason
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.audit import audit_file
from signing.cms import der
from signing.errors import MalformedError, SigningError, UsageError
from signing.ers.make import make_records, record_files, rehash_records, renew_records
from signing.ers.record import encode_record, encode_stamp, looks_like_record, parse_record
from signing.ers.tree import node, reduced, root
from signing.ers.verify import validate_record
from signing.policy import DEFAULT_POLICY, Policy
from signing.report import Indication, SignatureReport
from signing.trust.evidence import Evidence

from .authority import DAY, HOUR, NOW, Holder, crl, make
from .cms_makers import digest_of
from .scene import Scene
from .test_archive import Authority

FAR = NOW + 4000 * DAY
MADE = NOW - 100 * DAY
DOCUMENTS = [f"Quyết định số {number}".encode() for number in range(1, 12)]
PASSED, FAILED, INDETERMINATE = Indication.PASSED, Indication.FAILED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(tsa_root=make("TSA root", ca=True, begin=MADE - DAY, end=FAR))


@pytest.fixture(scope="module")
def tsa(scene: Scene) -> Holder:
    return scene.tsa(begin=MADE - DAY, end=NOW + 50 * DAY)


@pytest.fixture(scope="module")
def records(tsa: Holder) -> tuple[bytes, ...]:
    return make_records(digests("sha256"), Authority(tsa, MADE))


def digests(name: str, documents: Sequence[bytes] = DOCUMENTS) -> list[bytes]:
    return [hashlib.new(name, document).digest() for document in documents]


def judge(
    record: bytes,
    scene: Scene,
    *documents: bytes,
    at: datetime = NOW,
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence | None = None,
) -> SignatureReport:
    return validate_record(
        id="record",
        record=record,
        objects=[digest_of(document) for document in documents] or None,
        trust=scene.trust,
        at=at,
        policy=policy,
        evidence=evidence or Evidence(crls=(crl(scene.tsa_root, at=at - HOUR),)),
    )


def answer(report: SignatureReport) -> tuple[Indication, str | None]:
    return report.indication, report.sub_indication


def codes(report: SignatureReport) -> set[str]:
    return {f.code for f in report.findings}


# --- one timestamp for many ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 11])
def test_each_document_of_many_has_its_own_proof_by_the_same_timestamp(scene: Scene, tsa: Holder, count: int) -> None:
    made = make_records(digests("sha256")[:count], Authority(tsa, MADE))
    tokens = {parse_record(record).chains[0].stamps[0].encoded for record in made}
    assert len(made) == count
    assert len(tokens) == 1
    for record, document in zip(made, DOCUMENTS, strict=False):
        report = judge(record, scene, document)
        assert answer(report) == (PASSED, None), report.findings
        assert report.best_signature_time == report.timestamp == MADE
        assert report.intact is True
        assert looks_like_record(record)


def test_a_record_proves_nothing_for_another_document(records: tuple[bytes, ...], scene: Scene) -> None:
    for other in (DOCUMENTS[4], DOCUMENTS[0] + b".", b""):
        report = judge(records[0], scene, other)
        assert (*answer(report), report.intact) == (FAILED, "HASH_FAILURE", False)
        assert "ers.not-covered" in codes(report)
        assert report.best_signature_time is None


def test_a_digest_inside_the_tree_is_no_document(scene: Scene, tsa: Holder) -> None:
    """Only the first list holds documents: a sibling from higher up is not taken for one."""
    (record, *_) = make_records(digests("sha256")[:8], Authority(tsa, MADE))
    above = parse_record(record).chains[0].stamps[0].lists[1][0]
    report = validate_record(id="1", record=record, objects=[lambda _: above], trust=scene.trust, at=NOW)
    assert answer(report) == (FAILED, "HASH_FAILURE")


def test_a_group_is_covered_as_a_whole_or_not_at_all(scene: Scene, tsa: Holder) -> None:
    group = digests("sha256")[:3]
    value, _ = reduced("sha256", group)
    stamp = encode_stamp("sha256", [group], Authority(tsa, MADE).timestamp(value).der)
    record = encode_record(["sha256"], [der.seq(stamp)])
    assert judge(record, scene, *DOCUMENTS[:3]).indication is PASSED
    assert judge(record, scene, DOCUMENTS[0]).indication is PASSED
    assert judge(record, scene, *DOCUMENTS[:4]).indication is FAILED
    bare = encode_record(
        ["sha256"], [der.seq(encode_stamp("sha256", [], Authority(tsa, MADE).timestamp(group[0]).der))]
    )
    assert judge(bare, scene, DOCUMENTS[0]).indication is PASSED
    assert judge(bare, scene, *DOCUMENTS[:2]).indication is FAILED


def test_a_digest_that_stands_twice_in_a_list_counts_twice_or_once(scene: Scene, tsa: Holder) -> None:
    """A record over two copies of one document: programs differ, and either value proves that it was there."""
    one, other, *_ = digests("sha256")
    twice, once = hashlib.sha256(b"".join(sorted([one, one, other]))), hashlib.sha256(b"".join(sorted([one, other])))
    for value, passed in ((twice.digest(), True), (once.digest(), True), (hashlib.sha256(one * 2).digest(), False)):
        stamp = encode_stamp("sha256", [[one, one, other]], Authority(tsa, MADE).timestamp(value).der)
        record = encode_record(["sha256"], [der.seq(stamp)])
        assert (judge(record, scene, DOCUMENTS[0]).indication is PASSED) is passed
        assert judge(record, scene, DOCUMENTS[2]).indication is FAILED


def test_without_the_document_nothing_is_proven(records: tuple[bytes, ...], scene: Scene) -> None:
    report = judge(records[0], scene)
    assert (*answer(report), report.intact) == (INDETERMINATE, "SIGNED_DATA_NOT_FOUND", None)


def test_files_get_their_records(tmp_path: Path, scene: Scene, tsa: Holder) -> None:
    for number, document in enumerate(DOCUMENTS):
        (tmp_path / f"{number}.txt").write_bytes(document)
    made = record_files(tmp_path.iterdir(), Authority(tsa, MADE))
    assert len(made) == len(DOCUMENTS)
    for path, record in made.items():
        assert judge(record, scene, path.read_bytes()).indication is PASSED


def test_wrong_digests_are_refused(tsa: Holder) -> None:
    for wrong in ([], [b"short"], [bytes(32), bytes(64)]):
        with pytest.raises(UsageError):
            make_records(wrong, Authority(tsa, MADE))


# --- what a tree must be ---------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True))
def test_every_leaf_leads_to_the_root_and_no_list_holds_a_node_alone(leaves: list[bytes]) -> None:
    value, lists = reduced("sha256", leaves)
    for leaf, path in lists.items():
        if len(leaves) == 1:
            assert (value, path) == (leaf, [])
            continue
        assert leaf in path[0]
        assert len(path[0]) > 1
        assert all(len(siblings) == 1 for siblings in path[1:])
        assert root("sha256", path) == value


def test_a_node_is_the_digest_of_its_children_in_order() -> None:
    assert node("sha256", [b"b", b"a"]) == node("sha256", [b"a", b"b"]) == hashlib.sha256(b"ab").digest()
    assert node("sha256", [b"a"]) == b"a"


# --- trust, time, renewal --------------------------------------------------------------------------------------------


def test_an_untrusted_or_revoked_authority_proves_nothing(
    records: tuple[bytes, ...], scene: Scene, tsa: Holder
) -> None:
    assert judge(records[0], Scene(), DOCUMENTS[0]).sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    gone = Evidence(crls=(crl(scene.tsa_root, (tsa, NOW - DAY, Reason.key_compromise)),))
    assert answer(judge(records[0], scene, DOCUMENTS[0], evidence=gone)) == (INDETERMINATE, "REVOKED_NO_POE")


def test_a_record_ends_with_its_authority_unless_it_is_renewed_in_time(
    records: tuple[bytes, ...], scene: Scene
) -> None:
    late = NOW + 300 * DAY
    young = scene.tsa(begin=MADE, end=FAR)
    then = Evidence(crls=(crl(scene.tsa_root, at=NOW), crl(scene.tsa_root, at=late - HOUR)))
    assert judge(records[0], scene, DOCUMENTS[0], at=late, evidence=then).indication is INDETERMINATE
    for at, expected in ((NOW + DAY, PASSED), (NOW + 60 * DAY, INDETERMINATE)):
        renewed = renew_records(records, Authority(young, at))
        assert len({parse_record(r).chains[0].stamps[1].encoded for r in renewed}) == 1
        for record, document in zip(renewed, DOCUMENTS, strict=True):
            report = judge(record, scene, document, at=late, evidence=then)
            assert report.indication is expected, report.findings
            assert report.intact is True
            assert report.timestamp == MADE
            assert "ers.renewed" in codes(report)


def test_a_leaked_timestamp_key_is_outlived_by_a_renewal_before(
    records: tuple[bytes, ...], scene: Scene, tsa: Holder
) -> None:
    gone = Evidence(crls=(crl(scene.tsa_root, (tsa, NOW - 10 * DAY, Reason.key_compromise)),))
    young = scene.tsa(begin=MADE, end=FAR)
    for at, expected in ((NOW - 20 * DAY, PASSED), (NOW - DAY, INDETERMINATE)):
        renewed, *_ = renew_records(records[:1], Authority(young, at))
        assert judge(renewed, scene, DOCUMENTS[0], evidence=gone).indication is expected


ENDING = replace(DEFAULT_POLICY, digests={**DEFAULT_POLICY.digests, "sha256": NOW - 10 * DAY})


def test_a_broken_digest_is_outlived_by_a_stronger_one_before(
    records: tuple[bytes, ...], scene: Scene, tsa: Holder
) -> None:
    """SHA-256 ends in this policy; the certificates are of elliptic curves with SHA-256 too, and proven as old."""
    rules = replace(ENDING, require_revocation=False)
    report = judge(records[0], scene, DOCUMENTS[0], policy=rules)
    assert report.indication is INDETERMINATE
    assert report.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_hash_tree_renewal_covers_documents_and_all_before(records: tuple[bytes, ...], scene: Scene) -> None:
    young = scene.tsa(begin=MADE, end=FAR)
    again = rehash_records(records, [digest_of(d) for d in DOCUMENTS], Authority(young, NOW - DAY, "sha512"))
    thrice = renew_records(again, Authority(young, NOW - HOUR, "sha512"))
    for made, stamps in ((again, 2), (thrice, 3)):
        for record, document in zip(made, DOCUMENTS, strict=True):
            parsed = parse_record(record)
            assert len(parsed.chains) == 2
            assert sum(len(chain.stamps) for chain in parsed.chains) == stamps
            report = judge(record, scene, document)
            assert answer(report) == (PASSED, None), report.findings
            assert report.best_signature_time == MADE
            assert judge(record, scene, document + b".").indication is FAILED
    assert {s.algorithm for s in parse_record(thrice[0]).chains[1].stamps} == {"sha512"}


def test_a_renewal_of_another_record_is_found_out(records: tuple[bytes, ...], scene: Scene) -> None:
    young = scene.tsa(begin=MADE, end=FAR)
    old = make_records(digests("sha256")[:1], Authority(scene.tsa(begin=MADE - DAY, end=FAR), MADE + DAY))
    stolen = parse_record(renew_records(old, Authority(young, NOW - DAY))[0]).chains[0]
    own, other = parse_record(records[0]).chains[0].encoded, stolen.encoded
    renewal = der.children(other, der.whole(other, der.SEQUENCE))[1].raw(other)
    mixed = encode_record(["sha256"], [der.seq(der.whole(own, der.SEQUENCE).content(own), renewal)])
    report = judge(mixed, scene, DOCUMENTS[0])
    assert answer(report) == (FAILED, "HASH_FAILURE")


def test_a_renewal_that_is_older_than_what_it_renews_is_found_out(records: tuple[bytes, ...], scene: Scene) -> None:
    backdated = renew_records(records[:1], Authority(scene.tsa(begin=MADE - 9 * DAY, end=FAR), MADE - DAY))
    report = judge(backdated[0], scene, DOCUMENTS[0])
    assert report.indication is FAILED
    assert "ers.chain" in codes(report)


def test_a_weaker_digest_slipped_into_a_chain_is_found_out(
    records: tuple[bytes, ...], scene: Scene, tsa: Holder
) -> None:
    chain = parse_record(records[0]).chains[0]
    value = hashlib.sha512(chain.stamps[0].encoded).digest()
    stamp = encode_stamp("sha512", [], Authority(tsa, NOW - DAY, "sha512").timestamp(value).der)
    inside = der.whole(chain.encoded, der.SEQUENCE).content(chain.encoded)
    report = judge(encode_record(["sha256"], [der.seq(inside, stamp)]), scene, DOCUMENTS[0])
    assert report.indication is FAILED
    assert "ers.chain" in codes(report)


def test_records_of_different_digests_are_not_renewed_together(records: tuple[bytes, ...], tsa: Holder) -> None:
    other = make_records(digests("sha512")[:1], Authority(tsa, MADE, "sha512"))
    with pytest.raises(UsageError):
        renew_records([records[0], *other], Authority(tsa, NOW))
    with pytest.raises(UsageError):
        rehash_records(records, [], Authority(tsa, NOW))


# --- what cannot be read ---------------------------------------------------------------------------------------------


def spoilt(record: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return der.seq(change(der.whole(record, der.SEQUENCE).content(record)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda c: b"\x02\x01\x02" + c[3:], "ers.malformed"),
        (lambda c: c[:3], "ers.malformed"),
        (lambda c: c + der.null(), "ers.malformed"),
        (lambda c: c[:3] + der.seq() + der.tlv(0xA1, der.null()) + der.seq(), "signature.unsupported"),
        (lambda c: c[:3] + der.seq() + der.seq(), "ers.malformed"),
        (lambda c: c[:3] + der.seq() + der.seq(der.seq()), "ers.malformed"),
        (lambda c: c[:3] + der.seq() + der.seq(*[der.seq()] * 100), "ers.malformed"),
    ],
    ids=["version", "cut", "more", "encrypted", "no chain", "no timestamp", "too many"],
)
def test_what_is_no_record_is_told(
    records: tuple[bytes, ...], scene: Scene, change: Callable[[bytes], bytes], code: str
) -> None:
    report = judge(spoilt(records[0], change), scene, DOCUMENTS[0])
    assert report.indication is not PASSED
    assert code in codes(report)
    assert (report.type, report.format) == ("evidence-record", "ERS")


def test_a_record_in_xml_is_said_to_be_unsupported(scene: Scene) -> None:
    xml = b'<?xml version="1.0"?><EvidenceRecord xmlns="urn:ietf:params:xml:ns:ers" Version="1.0"/>'
    report = judge(xml, scene, DOCUMENTS[0])
    assert report.indication is INDETERMINATE
    assert "signature.unsupported" in codes(report)


def test_too_large_a_record_is_told_with_the_limit(scene: Scene) -> None:
    report = judge(bytes(33 << 20), scene, DOCUMENTS[0])
    assert report.indication is INDETERMINATE
    assert "input.too-large" in codes(report)


@settings(max_examples=150)
@given(st.binary(max_size=100), st.integers(0, 10_000), st.integers(1, 255))
def test_any_bytes_become_a_report_and_no_changed_byte_passes(
    records: tuple[bytes, ...], scene: Scene, junk: bytes, place: int, change: int
) -> None:
    assert judge(junk, scene, DOCUMENTS[0]).indication is not PASSED
    good = records[0]
    place %= len(good)
    altered = good[:place] + bytes([good[place] ^ change]) + good[place + 1 :]
    report = judge(altered, scene, DOCUMENTS[0])
    if report.indication is PASSED:  # only where nothing that is proven stands: in hints, and in unsigned attributes
        assert report.best_signature_time == MADE
        assert parse_record(altered).chains[0].stamps[0].lists == parse_record(good).chains[0].stamps[0].lists
    try:
        parse_record(altered)
    except SigningError as e:
        assert isinstance(e, MalformedError) or e.code == "input.too-large"


# --- files of their own ----------------------------------------------------------------------------------------------


def test_a_record_beside_its_file_is_audited(tmp_path: Path, records: tuple[bytes, ...], scene: Scene) -> None:
    relaxed = replace(DEFAULT_POLICY, require_revocation=False)

    def audited(name: str) -> tuple[str, str, str | None]:
        report = audit_file(tmp_path / name, scene.trust, at=NOW, policy=relaxed)
        return report.kind, str(report.verdict), report.signatures[0].sub_indication

    (tmp_path / "a.txt").write_bytes(DOCUMENTS[0])
    (tmp_path / "a.txt.ers").write_bytes(records[0])
    (tmp_path / "b.txt").write_bytes(DOCUMENTS[0] + b".")
    (tmp_path / "b.txt.ers").write_bytes(records[0])
    (tmp_path / "alone").write_bytes(records[0])  # found by content, not by name
    (tmp_path / "c.ers").write_bytes(b"no record")
    (tmp_path / "d.xml").write_bytes(b'<EvidenceRecord xmlns="urn:ietf:params:xml:ns:ers" Version="1.0"/>')
    assert audited("a.txt.ers") == ("evidence-record", "valid", None)
    assert audited("b.txt.ers") == ("evidence-record", "invalid", "HASH_FAILURE")
    assert audited("alone") == ("evidence-record", "indeterminate", "SIGNED_DATA_NOT_FOUND")
    assert audited("c.ers") == ("evidence-record", "invalid", "FORMAT_FAILURE")
    assert audited("d.xml") == ("evidence-record", "indeterminate", "GENERIC")
