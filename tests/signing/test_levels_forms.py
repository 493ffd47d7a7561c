"""signing.levels on signatures in every wrapping and nesting, and on proofs that were renewed too late."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from signing.cms import names
from signing.cms.archive import add_archive_timestamp
from signing.cms.build import CmsTemplate
from signing.cms.layout import counter_frame, join, layout
from signing.cms.parse import parse_cms, parse_frame
from signing.cms.signed_data import add_long_term, add_unsigned
from signing.cms.values import attribute
from signing.levels import due, level_of
from signing.policy import Baseline
from signing.signer import LocalSigner, default_algorithm, load_certificate

from .authority import DAY, NOW, OCSP_SIGNING, Holder, crl, make, ocsp_response
from .cms_makers import digest_of
from .scene import CONTENT, Scene, all_lists, sign, stamped, with_lists
from .test_archive import Authority
from .test_levels import Parts


def days(when: datetime | None) -> int | None:
    return None if when is None else (when - NOW).days


def pem(cms: bytes, label: bytes = b"CMS") -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, base64.encodebytes(cms), label)


def test_a_signature_in_pem_lasts_as_long_as_the_same_in_der(tmp_path: Path) -> None:
    parts = Parts()
    made = parts.archived(parts.second)
    for label in (b"CMS", b"PKCS7"):
        report = level_of(pem(made, label), content=CONTENT, at=NOW + 2 * DAY)
        assert days(report.ends) == 2000
        assert report.signatures == level_of(made, content=CONTENT, at=NOW + 2 * DAY).signatures
    (tmp_path / "a").write_bytes(CONTENT)
    (tmp_path / "a.p7s").write_bytes(pem(made))
    assert days(level_of(tmp_path / "a.p7s", at=NOW + 2 * DAY).ends) == 2000


def test_a_proof_over_the_document_beside_counts_whatever_its_digest(tmp_path: Path) -> None:
    parts = Parts()
    tsa = Authority(parts.second, NOW + DAY, digest="sha512")
    made = add_archive_timestamp(parts.b_lt, tsa, digest_of(CONTENT))
    (tmp_path / "a.txt").write_bytes(CONTENT)
    (tmp_path / "a.txt.p7s").write_bytes(made)
    assert days(level_of(made, content=CONTENT, at=NOW + 2 * DAY).ends) == 2000
    assert days(level_of(tmp_path / "a.txt.p7s", at=NOW + 2 * DAY).ends) == 2000
    assert due(tmp_path / "a.txt.p7s", 500 * DAY, at=NOW + 2 * DAY) == ()


def test_counter_signatures_of_counter_signatures_have_their_end_too() -> None:
    parts = Parts()

    def countered(view: bytes) -> bytes:
        leaf = make("Người ký", parts.issuing, end=NOW + 90 * DAY)
        key, algorithm = leaf.key, default_algorithm(leaf.key.public_key())
        signer = LocalSigner(certificate=leaf.certificate, key=key, chain=(), algorithm=algorithm)  # type: ignore[arg-type]
        digest = hashlib.new(algorithm.digest, parse_cms(view).signature_value).digest()
        info = CmsTemplate.for_signer(signer, signing_time=True).build_info(digest, signing_time=NOW, counter=True)
        return join(replace(counter_frame(layout(view), info), certificates=(leaf.der, *layout(view).certificates)))

    first = countered(parts.b_lt)
    second = countered(first)
    nested = add_unsigned(first, attribute(names.COUNTER_SIGNATURE, parse_frame(second).infos[0]))
    held = [load_certificate(c) for c in parse_frame(second).certificates]
    made = add_unsigned(parts.b_lt, attribute(names.COUNTER_SIGNATURE, parse_frame(nested).infos[0]))
    made = add_long_term(made, held, [], [])
    whole = add_archive_timestamp(made, Authority(parts.second, NOW + DAY), digest_of(CONTENT))
    for cms, ends in ((made, [300, 90, 90]), (whole, [2000, 2000, 2000])):
        report = level_of(cms, parts.scene.trust, content=CONTENT, at=NOW + 2 * DAY)
        ids = ["signature", "signature/counter-1", "signature/counter-1/counter-1"]
        assert [(s.id, days(s.ends)) for s in report.signatures] == list(zip(ids, ends, strict=True))


def test_a_proof_made_after_the_one_before_had_ended_renews_nothing() -> None:
    parts = Parts()
    late = add_archive_timestamp(parts.b_lt, Authority(parts.second, NOW + 400 * DAY), digest_of(CONTENT))
    in_time = add_archive_timestamp(parts.b_lt, Authority(parts.second, NOW + 200 * DAY), digest_of(CONTENT))
    at = NOW + 500 * DAY
    for trust in (None, parts.scene.trust):
        assert days(level_of(in_time, trust, content=CONTENT, at=at).ends) == 2000
        report = level_of(late, trust, content=CONTENT, at=at)
        assert days(report.ends) == 300
        assert report.signatures[0].why is not None
        assert report.signatures[0].why.code == "level.ended-certificate"


def test_a_timestamp_made_after_the_signers_certificate_had_ended_proves_nothing() -> None:
    scene = Scene()
    issuing = scene.issuing()
    leaf = make("Người ký", issuing, end=NOW - 10 * DAY)
    cms = sign(leaf, [issuing, scene.root])
    late = with_lists(stamped(cms, scene.tsa(end=NOW + 900 * DAY)), *all_lists(scene, issuing, NOW).crls)
    assert days(level_of(late, scene.trust, content=CONTENT, at=NOW).ends) == -10


def test_proofs_follow_each_other_whatever_their_order_in_the_file() -> None:
    parts = Parts()
    scene = parts.scene
    holders: list[tuple[Holder, int]] = [(scene.tsa(end=NOW + 600 * DAY), 250), (scene.tsa(end=NOW + 900 * DAY), 550)]
    made = parts.b_lt
    for holder, day in holders:
        made = add_archive_timestamp(made, Authority(holder, NOW + day * DAY), digest_of(CONTENT))
    report = level_of(made, scene.trust, content=CONTENT, at=NOW + 560 * DAY)
    assert days(report.ends) == 900


def test_answers_end_with_the_responders_certificate() -> None:
    """Whoever extends in time need not know why: an answer that no archive timestamp covers ends with its responder."""
    scene = Scene()
    issuing = scene.issuing()
    ends = datetime.now(UTC).replace(microsecond=0) + 2 * DAY
    responder = make("OCSP", issuing, eku=[OCSP_SIGNING], extra=[(x509.OCSPNoCheck(), False)], end=ends)
    leaf = make("Người ký", issuing)
    cms = stamped(sign(leaf, [issuing, scene.root]), scene.tsa())
    lists = [crl(scene.root), crl(scene.tsa_root)]
    held = [scene.root.certificate, scene.tsa_root.certificate]
    made = add_long_term(cms, held, lists, [ocsp_response(leaf, issuing, responder)])
    level = level_of(made, scene.trust, content=CONTENT).signatures[0]
    assert (level.baseline, level.ends) == (Baseline.B_LT, ends)
    own = add_long_term(cms, held, lists, [ocsp_response(leaf, issuing)])
    assert level_of(own, scene.trust, content=CONTENT).signatures[0].ends != ends
