"""Archive timestamps of CAdES: B-LTA outlives its timestamps' authorities, and proves no more than its index lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.cms import archive, der, names
from signing.cms.archive import add_archive_timestamp, make_index, read_index
from signing.cms.build import CmsTemplate
from signing.cms.cades import digest_file, extend_detached, sign_detached, sign_file, to_b_lta
from signing.cms.layout import counter_frame, join, layout
from signing.cms.parse import parse_cms, parse_frame
from signing.cms.signed_data import _joined, add_long_term, add_unsigned
from signing.cms.timestamp import TimestampToken, parse_timestamp
from signing.cms.values import attribute
from signing.dev.tsa import TimestampRequest, TimestampService
from signing.errors import RefusedError, SigningError, UsageError
from signing.policy import DEFAULT_POLICY, Baseline
from signing.report import Indication, SignatureReport
from signing.signer import LocalSigner, default_algorithm, load_certificate
from signing.trust.evidence import Evidence
from signing.validation.file import validate_file_signatures

from ..patience import cost
from ..world import World
from .authority import DAY, NOW, Holder, crl, make
from .cms_makers import digest_of, make_signer, openssl, pem
from .scene import CONTENT, Scene, judge, sign, stamped

LATER = NOW + 300 * DAY  # when the first timestamp's authority has expired


@dataclass(frozen=True, slots=True)
class Authority:
    """A source of timestamps whose clock stands where it is put."""

    holder: Holder
    at: datetime
    digest: str = "sha256"
    url: str = "http://tsa"

    def using(self, digest: str) -> Authority:
        return replace(self, digest=digest)

    def timestamp(self, digest: bytes) -> TimestampToken:
        imprint = der.seq(der.seq(der.oid(names.DIGEST_OIDS[self.digest])), der.octets(digest))
        request = TimestampRequest(imprint=imprint, policy=None, nonce=None, certificate_wanted=True)
        service = TimestampService(certificate=self.holder.certificate, key=self.holder.key)  # type: ignore[arg-type]
        return parse_timestamp(service.token(request, self.at))


@dataclass(frozen=True, slots=True)
class Archived:
    """A signature at B-LT whose timestamp's authority ends soon, and a newer authority."""

    scene: Scene
    issuing: Holder
    b_lt: bytes
    young: Holder

    def judge(self, cms: bytes, *, at: datetime = LATER, **more: Any) -> SignatureReport:
        # What the newest authority's state is now comes from outside, as it does for whoever validates online.
        fresh = Evidence(crls=(crl(self.scene.tsa_root, at=at - timedelta(hours=1)),))
        return judge(cms, self.scene.trust, at=at, **{"evidence": fresh} | more)

    def add(self, cms: bytes, at: datetime = NOW + DAY, **given: Any) -> bytes:
        return add_archive_timestamp(cms, Authority(self.young, at, **given), digest_of(CONTENT))


@pytest.fixture(scope="module")
def old() -> Archived:
    far = NOW + 4000 * DAY
    scene = Scene(root=make("Root", ca=True, end=far), tsa_root=make("TSA root", ca=True, end=far))
    issuing = scene.issuing(end=far)
    leaf = make("Người ký", issuing, end=NOW + 100 * DAY)
    cms = stamped(sign(leaf, [issuing, scene.root]), scene.tsa(end=NOW + 90 * DAY))
    lists = [crl(h, at=NOW) for h in (scene.root, issuing, scene.tsa_root)]
    held = [scene.root.certificate, issuing.certificate, scene.tsa_root.certificate]
    b_lt = add_long_term(cms, held, lists, [])
    return Archived(scene, issuing, b_lt, scene.tsa(end=NOW + 2000 * DAY))


def codes(report: SignatureReport) -> set[str]:
    return {f.code for f in report.findings}


def without(cms: bytes, which: Any) -> bytes:
    """`cms` without the first revocation answer or certificate that `which` picks."""
    parts = layout(cms)
    kept = [r for r in parts.revocation if not which(r)]
    certificates = [c for c in parts.certificates if not which(c)]
    assert len(kept) + len(certificates) == len(parts.revocation) + len(parts.certificates) - 1
    return _joined(parts, certificates, kept, parts.unsigned)


def reindexed(cms: bytes, change: Any) -> bytes:
    """`cms` whose archive timestamp carries another index."""
    parts = layout(cms)
    (raw,) = parse_cms(cms).archive_tokens
    token = layout(raw)
    (index,) = parse_timestamp(raw).cms.unsigned_attributes[names.ATS_HASH_INDEX_V3]
    changed = change(index)
    fresh = [attribute(names.ATS_HASH_INDEX_V3, changed)] if changed else []
    moved = attribute(names.ARCHIVE_TIMESTAMP_V3, _joined(token, token.certificates, token.revocation, fresh))
    others = [u for u in parts.unsigned if raw not in u]
    return _joined(parts, parts.certificates, parts.revocation, [*others, moved])


# --- what it is for ------------------------------------------------------------------------------------


def test_without_an_archive_timestamp_the_signature_ends_with_its_timestamps_authority(old: Archived) -> None:
    assert old.judge(old.b_lt, at=NOW + DAY).indication is Indication.PASSED
    report = old.judge(old.b_lt)
    assert report.indication is Indication.INDETERMINATE
    assert report.baseline != Baseline.B_LTA


def test_an_archive_timestamp_made_in_time_outlives_it(old: Archived) -> None:
    report = old.judge(old.add(old.b_lt))
    assert report.indication is Indication.PASSED, report.findings
    assert report.baseline == Baseline.B_LTA
    assert report.timestamp is not None
    assert report.best_signature_time == report.timestamp < NOW


def test_an_archive_timestamp_made_too_late_helps_no_more(old: Archived) -> None:
    report = old.judge(old.add(old.b_lt, at=NOW + 200 * DAY))
    assert report.indication is Indication.INDETERMINATE


def test_a_renewal_carries_the_archive_timestamp_before_it(old: Archived) -> None:
    once = old.add(old.b_lt)
    far = NOW + 2500 * DAY
    assert old.judge(once, at=far).indication is Indication.INDETERMINATE
    next_one = old.scene.tsa(begin=NOW + 1000 * DAY, end=NOW + 3900 * DAY)

    def collect(chains: Iterable[Sequence[x509.Certificate]]) -> Evidence:
        (chain,) = chains  # the newest alone: the signer's certificate expired long ago
        assert chain[0] == old.young.certificate
        return Evidence(crls=(crl(old.scene.tsa_root, at=NOW + 1500 * DAY),))

    renewed = to_b_lta(once, Authority(next_one, NOW + 1500 * DAY), collect, digest_of(CONTENT))
    report = old.judge(renewed, at=far)
    assert report.indication is Indication.PASSED, report.findings
    assert report.baseline == Baseline.B_LTA
    assert len(parse_cms(renewed).archive_tokens) == 2
    assert layout(renewed).info == layout(old.b_lt).info


def test_a_stronger_digest_is_used_where_the_content_is_at_hand(old: Archived) -> None:
    made = old.add(old.b_lt, digest="sha512")
    (token,) = parse_cms(made).archive_tokens
    assert parse_timestamp(token).imprint_algorithm == "sha512"
    assert read_index(parse_timestamp(token).cms).algorithm == "sha512"
    assert old.judge(made).indication is Indication.PASSED


def test_without_the_content_the_signatures_own_digest_is_used(old: Archived) -> None:
    made = add_archive_timestamp(old.b_lt, Authority(old.young, NOW + DAY, "sha512"))
    (token,) = parse_cms(made).archive_tokens
    assert parse_timestamp(token).imprint_algorithm == "sha256"
    assert old.judge(made).indication is Indication.PASSED


def test_a_weak_digest_of_the_signature_is_not_enough(old: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_FOR_IMPRINTS", frozenset({"sha512"}))
    with pytest.raises(UsageError) as caught:
        add_archive_timestamp(old.b_lt, Authority(old.young, NOW + DAY))
    assert caught.value.code == "archive.content-needed"
    assert add_archive_timestamp(old.b_lt, Authority(old.young, NOW + DAY, "sha512"), digest_of(CONTENT))


def test_it_needs_a_signature_timestamp_first(old: Archived) -> None:
    leaf = make("Người ký", old.issuing)
    with pytest.raises(RefusedError) as caught:
        old.add(sign(leaf, [old.issuing]))
    assert caught.value.code == "timestamp.needed"


def test_an_archive_timestamp_carries_counter_signatures_of_counter_signatures(old: Archived) -> None:
    def counter(view: bytes) -> bytes:
        leaf = make("Người ký", old.issuing, end=NOW + 100 * DAY)
        signer = LocalSigner(
            certificate=leaf.certificate,
            key=leaf.key,  # type: ignore[arg-type]
            chain=(),
            algorithm=default_algorithm(leaf.key.public_key()),
        )
        digest = hashlib.new(signer.algorithm.digest, parse_cms(view).signature_value).digest()
        info = CmsTemplate.for_signer(signer, signing_time=True).build_info(digest, signing_time=NOW, counter=True)
        return join(replace(counter_frame(layout(view), info), certificates=(leaf.der, *layout(view).certificates)))

    first = counter(old.b_lt)
    second = counter(first)
    nested = add_unsigned(first, attribute(names.COUNTER_SIGNATURE, parse_frame(second).infos[0]))
    held = [load_certificate(c) for c in parse_frame(second).certificates]
    made = add_unsigned(old.b_lt, attribute(names.COUNTER_SIGNATURE, parse_frame(nested).infos[0]))
    made = old.add(add_long_term(made, held, [], []))
    policy = replace(DEFAULT_POLICY, require_revocation=False)
    _, reports = validate_file_signatures(made, CONTENT, trust=old.scene.trust, at=LATER, policy=policy)
    assert [r.id for r in reports] == ["signature", "signature/counter-1", "signature/counter-1/counter-1"]
    assert {r.indication for r in reports} == {Indication.PASSED}, [r.findings for r in reports]


# --- what it must not prove ----------------------------------------------------------------------------


def test_evidence_that_the_index_names_and_someone_took_away_ends_it(old: Archived) -> None:
    """A list that says 'revoked' is not made to vanish from under an archive timestamp."""
    made = old.add(old.b_lt)
    lists = layout(made).revocation
    for item in (lists[0], lists[-1], layout(made).certificates[0]):
        report = old.judge(without(made, lambda one, item=item: one == item))
        assert "archive.index" in codes(report)
        assert report.indication is not Indication.PASSED
        assert report.baseline != Baseline.B_LTA


def test_evidence_added_later_does_no_harm_and_is_not_covered(old: Archived) -> None:
    early = old.add(without(old.b_lt, lambda one: one == layout(old.b_lt).revocation[0]))
    assert old.judge(early).baseline == Baseline.B_T
    late = add_long_term(early, [], [layout(old.b_lt).revocation[0]], [])
    report = old.judge(late)
    assert report.indication is Indication.PASSED, report.findings
    assert report.baseline == Baseline.B_LT  # the archive timestamp does not keep what B-LT needs
    assert old.judge(old.add(late)).baseline == Baseline.B_LTA


def test_a_timestamp_that_the_index_does_not_list_is_not_carried(old: Archived) -> None:
    """Whoever holds an expired authority's key can date a timestamp back, but not into an old index."""
    leaf = make("Người ký", old.issuing, end=NOW + 100 * DAY)
    bare = sign(leaf, [old.issuing, old.scene.root], at=NOW - DAY)
    parts = layout(bare)
    index = make_index(parts, "sha256")
    imprint = archive.imprint_input(parts, hashlib.sha256(CONTENT).digest(), index)
    token = Authority(old.young, NOW + DAY).timestamp(hashlib.sha256(imprint).digest()).der
    kept = add_unsigned(token, attribute(names.ATS_HASH_INDEX_V3, index))
    made = add_unsigned(bare, attribute(names.ARCHIVE_TIMESTAMP_V3, kept))
    forged = stamped(made, old.scene.tsa(end=NOW + 90 * DAY), at=NOW - 10 * DAY)
    report = old.judge(forged)
    assert report.timestamp is None
    assert report.best_signature_time == NOW + DAY


@pytest.mark.parametrize("change", [lambda _: b"", lambda i: i[:-1] + b"\0", lambda _: der.seq(), lambda _: der.null()])
def test_an_index_that_is_gone_or_altered_ends_it(old: Archived, change: Any) -> None:
    made = reindexed(old.add(old.b_lt), change)
    report = old.judge(made)
    assert report.indication is not Indication.PASSED
    assert report.baseline != Baseline.B_LTA
    assert report.best_signature_time == LATER


def test_an_empty_index_that_was_not_timestamped_ends_it(old: Archived) -> None:
    empty = der.seq(der.seq(der.oid(names.DIGEST_OIDS["sha256"])), der.seq(), der.seq(), der.seq())
    report = old.judge(reindexed(old.add(old.b_lt), lambda _: empty))
    assert report.indication is not Indication.PASSED
    assert report.baseline != Baseline.B_LTA


def test_an_archive_timestamp_of_another_signature_is_not_counted(old: Archived) -> None:
    other = stamped(sign(make("Khác", old.issuing), [old.issuing]), old.scene.tsa())
    (token,) = parse_cms(old.add(other)).archive_tokens
    report = old.judge(add_unsigned(old.b_lt, attribute(names.ARCHIVE_TIMESTAMP_V3, token)))
    assert report.indication is not Indication.PASSED


def test_other_content_is_found_out_by_both(old: Archived) -> None:
    report = old.judge(old.add(old.b_lt), content=CONTENT + b".")
    assert (report.indication, report.sub_indication) == (Indication.FAILED, "HASH_FAILURE")
    assert old.judge(old.add(old.b_lt), content=None).indication is Indication.INDETERMINATE


def test_an_index_made_with_a_digest_that_is_not_accepted_lists_nothing(old: Archived) -> None:
    """With collisions at hand, what the index 'lists' could be anything."""
    policy = replace(DEFAULT_POLICY, digests={k: v for k, v in DEFAULT_POLICY.digests.items() if k != "sha384"})
    made = old.add(old.b_lt, digest="sha384")
    assert old.judge(made).baseline == Baseline.B_LTA
    report = old.judge(made, policy=policy)
    assert report.indication is Indication.INDETERMINATE
    assert report.baseline != Baseline.B_LTA


@pytest.mark.parametrize("trusted", [True, False])
def test_an_index_made_with_a_broken_digest_keeps_nothing_whoever_made_it(old: Archived, trusted: bool) -> None:
    """What 'is listed' with SHA-1 may be anything, also where nobody trusts the authority."""
    maker = old.young if trusted else Scene().tsa(end=NOW + 2000 * DAY)
    parts = layout(old.b_lt)
    index = make_index(parts, "sha1")
    imprint = archive.imprint_input(parts, hashlib.sha256(CONTENT).digest(), index)
    token = Authority(maker, NOW + DAY).timestamp(hashlib.sha256(imprint).digest()).der
    kept = add_unsigned(token, attribute(names.ATS_HASH_INDEX_V3, index))
    report = old.judge(add_unsigned(old.b_lt, attribute(names.ARCHIVE_TIMESTAMP_V3, kept)), at=NOW + 2 * DAY)
    assert report.baseline == Baseline.B_LT
    assert "signature.weak" in codes(report)


def test_an_archive_timestamp_of_an_untrusted_authority_proves_nothing(old: Archived) -> None:
    alien = Scene().tsa(end=NOW + 2000 * DAY)
    made = add_archive_timestamp(old.b_lt, Authority(alien, NOW + DAY), digest_of(CONTENT))
    report = old.judge(made)
    assert report.indication is Indication.INDETERMINATE
    assert "timestamp.untrusted" in codes(report)


@settings(max_examples=150)
@given(st.binary(max_size=60), st.integers(0, 10_000), st.integers(0, 255))
def test_any_bytes_in_its_place_are_reported_and_never_raise(old: Archived, junk: bytes, where: int, byte: int) -> None:
    (token,) = parse_cms(old.add(old.b_lt)).archive_tokens
    place = where % len(token)
    altered = token[:place] + bytes([byte]) + token[place + 1 :]
    for value in (der.tlv(der.OCTET_STRING, junk), der.seq(junk), altered):
        made = add_unsigned(old.b_lt, der.seq(der.oid(names.ARCHIVE_TIMESTAMP_V3), der.tlv(der.SET, value)))
        try:
            report = old.judge(made)
        except SigningError:
            continue  # the attribute itself is broken: so is the file
        if report.indication is Indication.PASSED:  # only where the byte did not matter
            assert report.baseline == Baseline.B_LTA


# --- made over the wire --------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["official", "receiver"])
def test_b_lta_is_made_directly_and_later_and_renewed(person: str, world: World, tmp_path: Path) -> None:
    pki = world.pki
    given: dict[str, Any] = {"baseline": Baseline.B_LTA, "tsa": pki.tsa(), "collect": pki.collect}
    (tmp_path / "a").write_bytes(CONTENT)
    sign_file(tmp_path / "a", pki.signer(person), out=tmp_path / "a.p7s", **given)
    directly = (tmp_path / "a.p7s").read_bytes()
    later = extend_detached(sign_detached(CONTENT, pki.signer(person)), **given)
    renewed = extend_detached(directly, **given, content=lambda name: digest_file(tmp_path / "a", name))
    for cms, count in ((directly, 1), (later, 1), (renewed, 2)):
        report = judge(cms, pki.trust(), at=datetime.now(UTC) + timedelta(seconds=2))
        assert report.indication is Indication.PASSED, report.findings
        assert report.baseline == Baseline.B_LTA
        assert len(parse_cms(cms).archive_tokens) == count
    (tmp_path / "root.pem").write_bytes(pem(pki.certificate("root")))
    files = ["-in", tmp_path / "a.p7s", "-content", tmp_path / "a", "-CAfile", tmp_path / "root.pem"]
    done = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades", *files, "-out", "/dev/null"
    )
    assert done.returncode == 0, done.stderr


def test_an_archive_timestamp_needs_an_authority_and_a_collector(world: World) -> None:
    cms = sign_detached(CONTENT, world.pki.signer("official"), baseline=Baseline.B_T, tsa=world.pki.tsa())
    for services, code in (
        ({"tsa": world.pki.tsa()}, "evidence.needed"),
        ({"collect": world.pki.collect}, "timestamp.needed"),
    ):
        with pytest.raises(UsageError) as caught:
            extend_detached(cms, baseline=Baseline.B_LTA, **services)
        assert caught.value.code == code
    with pytest.raises(UsageError):
        sign_detached(CONTENT, make_signer("p256"), baseline=Baseline.B_LTA, tsa=world.pki.tsa())


def test_many_archive_timestamps_over_much_evidence_are_judged_in_bounded_time(old: Archived) -> None:
    """Each index lists everything: what is listed is digested once, not once for each of them."""
    heavy = add_long_term(old.b_lt, [], [der.seq(der.octets(bytes(4 << 20)))], [])
    once = old.add(heavy)
    (token,) = parse_cms(once).archive_tokens
    parts = layout(once)
    stamps = [attribute(names.ARCHIVE_TIMESTAMP_V3, token) for _ in range(40)]
    made = _joined(parts, parts.certificates, parts.revocation, [*layout(heavy).unsigned, *stamps])
    with cost(30):  # some 0.2 where digests are fast
        assert old.judge(made).indication is Indication.PASSED
