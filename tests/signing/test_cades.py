"""signing.cms.cades: B-B, B-T and B-LT over bytes and files, judged by openssl and by our own validation."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing.cms.cades import chains_of, digest_file, sign_detached, sign_digest, sign_file, to_b_lt, to_b_t
from signing.cms.layout import layout
from signing.cms.signed_data import CmsSignature, check_cms, parse_cms
from signing.cms.timestamp import TimestampAuthority, check_timestamp, parse_timestamp
from signing.errors import MalformedError, RefusedError, ServiceError, SigningError, UsageError
from signing.http import HttpClient
from signing.policy import Baseline
from signing.report import Indication
from signing.signer import LocalSigner, Signer
from signing.trust.evidence import Evidence
from signing.validation.file import validate_signature

from ..world import World
from .cms_makers import END, SIGNS, digest_of, make_certificate, make_key, make_leaf, make_signer, openssl, pem

CONTENT = "Giấy khai sinh, số 12/2026".encode() * 100
PEOPLE = ["official", "receiver"]  # one of them holds an RSA key


def roots(world: World, folder: Path) -> Path:
    path = folder / "root.pem"
    path.write_bytes(pem(world.pki.certificate("root")))
    return path


def openssl_accepts(cms: bytes, content: bytes, world: World, folder: Path) -> bool:
    (folder / "s.p7s").write_bytes(cms)
    (folder / "s.bin").write_bytes(content)
    options = ["-binary", "-inform", "DER", "-purpose", "any", "-cades", "-CAfile", roots(world, folder)]
    done = openssl(
        "cms", "-verify", *options, "-in", folder / "s.p7s", "-content", folder / "s.bin", "-out", "/dev/null"
    )
    return done.returncode == 0 and b"CAdES Verification successful" in done.stderr


def openssl_accepts_timestamp(sig: CmsSignature, world: World, folder: Path) -> bool:
    (folder / "t.tst").write_bytes(sig.timestamp_tokens[0])
    (folder / "t.bin").write_bytes(sig.signature_value)
    issuers = folder / "issuers.pem"
    issuers.write_bytes(b"".join(pem(c) for c in sig.certificates))
    files = ["-in", folder / "t.tst", "-data", folder / "t.bin", "-CAfile", roots(world, folder), "-untrusted", issuers]
    return openssl("ts", "-verify", "-token_in", *files).returncode == 0


@pytest.mark.parametrize("person", PEOPLE)
def test_b_b_is_accepted_by_openssl_and_says_when(person: str, world: World, tmp_path: Path) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    made = sign_detached(CONTENT, world.pki.signer(person), at=at)
    assert openssl_accepts(made, CONTENT, world, tmp_path)
    assert not openssl_accepts(made, CONTENT + b".", world, tmp_path)
    sig = parse_cms(made)
    assert (sig.signing_time, sig.content, sig.timestamp_tokens) == (at, None, ())


@pytest.mark.parametrize("person", PEOPLE)
def test_b_t_holds_a_timestamp_over_the_signature_value(person: str, world: World, tmp_path: Path) -> None:
    made = sign_detached(CONTENT, world.pki.signer(person), baseline=Baseline.B_T, tsa=world.pki.tsa())
    sig = parse_cms(made)
    assert openssl_accepts(made, CONTENT, world, tmp_path)
    assert openssl_accepts_timestamp(sig, world, tmp_path)
    token = parse_timestamp(sig.timestamp_tokens[0])
    assert check_timestamp(token, digest_of(sig.signature_value)) == (True, ())


@pytest.mark.parametrize("person", PEOPLE)
def test_b_lt_holds_evidence_for_every_certificate_in_signed_data(person: str, world: World, tmp_path: Path) -> None:
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer(person), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect)
    sig = parse_cms(made)
    assert openssl_accepts(made, CONTENT, world, tmp_path)
    assert openssl_accepts_timestamp(sig, world, tmp_path)
    assert {pki.certificate(name) for name in (person, "issuing", "tsa")} <= set(sig.certificates)
    assert sig.crls
    assert sig.ocsps
    assert layout(made).version == 5
    assert set(sig.unsigned_attributes) == {"1.2.840.113549.1.9.16.2.14"}


def test_growing_step_by_step_leaves_what_was_signed(world: World) -> None:
    pki = world.pki
    b_b = sign_detached(CONTENT, pki.signer("official"))
    b_t = to_b_t(b_b, pki.tsa())
    b_lt = to_b_lt(b_t, pki.collect)
    assert layout(b_b).info == layout(b_t).info == layout(b_lt).info
    assert parse_cms(b_t).timestamp_tokens == parse_cms(b_lt).timestamp_tokens
    assert to_b_lt(b_lt, lambda chains: Evidence()) == b_lt


def test_chains_are_those_of_signer_and_timestamp_leaf_first(world: World) -> None:
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer("official"), baseline=Baseline.B_T, tsa=pki.tsa())
    signer, stamp = chains_of(parse_cms(made))
    assert signer == pki.chain("official")[: len(signer)]
    assert stamp == pki.chain("tsa")[: len(stamp)]
    assert len(signer) >= 2


def test_what_we_sign_is_valid_in_our_own_validation(world: World) -> None:
    pki = world.pki
    made = sign_detached(CONTENT, pki.signer("official"), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect)
    report = validate_signature(
        id="s",
        format="CAdES",
        cms=parse_cms(made),
        content_digest=digest_of(CONTENT),
        trust=pki.trust(),
        at=datetime.now(UTC),
        require_signing_time=True,
    )
    assert report.indication is Indication.PASSED, report.findings
    assert report.baseline == Baseline.B_LT


# --- refused before anything is signed ------------------------------------------------------------


class Untouched:
    """A signer that must not be asked."""

    def __init__(self, signer: Signer) -> None:
        self.certificate, self.chain, self.algorithm = signer.certificate, signer.chain, signer.algorithm

    def sign(self, data: bytes) -> bytes:
        raise AssertionError("the key was used")


@pytest.mark.parametrize(
    ("baseline", "with_tsa", "code"),
    [
        (Baseline.B_T, False, "timestamp.needed"),
        (Baseline.B_LT, False, "timestamp.needed"),
        (Baseline.B_LT, True, "evidence.needed"),
        (Baseline.B_LTA, True, "evidence.needed"),
    ],
)
def test_what_cannot_be_reached_is_refused_before_the_key_is_used(
    baseline: Baseline, with_tsa: bool, code: str, tmp_path: Path
) -> None:
    url = "http://127.0.0.1:9/"
    tsa = TimestampAuthority(url=url, http=HttpClient(allow=(url,))) if with_tsa else None
    signer = Untouched(make_signer("p256"))
    (tmp_path / "in").write_bytes(CONTENT)
    for attempt in (
        lambda: sign_detached(CONTENT, signer, baseline=baseline, tsa=tsa),
        lambda: sign_file(tmp_path / "in", signer, out=tmp_path / "out", baseline=baseline, tsa=tsa),
    ):
        with pytest.raises(UsageError) as caught:
            attempt()
        assert caught.value.code == code
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]


def test_an_expired_certificate_does_not_sign() -> None:
    signer = Untouched(make_signer("p256"))
    with pytest.raises(RefusedError) as caught:
        sign_detached(CONTENT, signer, at=END + timedelta(days=1))
    assert caught.value.code == "certificate.expired"


def test_a_digest_of_another_algorithm_is_refused() -> None:
    with pytest.raises(UsageError):
        sign_digest(hashlib.sha512(CONTENT).digest(), make_signer("p256"))


def test_b_lt_needs_a_timestamp_first_and_a_certificate(world: World) -> None:
    b_b = sign_detached(CONTENT, make_signer("p256"))
    with pytest.raises(RefusedError) as caught:
        to_b_lt(b_b, world.pki.collect)
    assert caught.value.code == "timestamp.needed"
    for grow in (lambda d: to_b_t(d, world.pki.tsa()), lambda d: to_b_lt(d, world.pki.collect)):
        with pytest.raises(MalformedError):
            grow(b_b[:-1])


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_signed_as_its_bytes_are(world: World, tmp_path: Path) -> None:
    source, out = tmp_path / "đơn xin.bin", tmp_path / "đơn xin.bin.p7s"
    content = bytes(range(256)) * 20_000
    source.write_bytes(content)
    sign_file(source, world.pki.signer("receiver"), out=out, baseline=Baseline.B_T, tsa=world.pki.tsa())
    assert check_cms(parse_cms(out.read_bytes()), lambda name: digest_file(source, name)) == (True, ())
    assert openssl_accepts(out.read_bytes(), content, world, tmp_path)
    assert out.stat().st_mode & 0o777 == 0o644


def test_a_timestamp_that_does_not_come_leaves_no_file(tmp_path: Path) -> None:
    source, out = tmp_path / "a", tmp_path / "a.p7s"
    source.write_bytes(CONTENT)
    url = "http://127.0.0.1:9/tsa"
    tsa = TimestampAuthority(url=url, http=HttpClient(allow=(url,)))
    with pytest.raises(ServiceError) as caught:
        sign_file(source, make_signer("p256"), out=out, baseline=Baseline.B_T, tsa=tsa)
    assert caught.value.exit_status == 3
    assert list(tmp_path.iterdir()) == [source]


def test_the_signed_file_is_never_overwritten_by_its_signature(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(CONTENT)
    link = tmp_path / "b"
    link.symlink_to(source)
    for out in (source, link):
        with pytest.raises(UsageError) as caught:
            sign_file(source, make_signer("p256"), out=out)
        assert caught.value.code == "usage.output-exists"
    assert source.read_bytes() == CONTENT


def test_an_existing_output_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    source, out = tmp_path / "a", tmp_path / "a.p7s"
    source.write_bytes(CONTENT)
    out.write_bytes(b"old")
    with pytest.raises(UsageError) as caught:
        sign_file(source, make_signer("p256"), out=out, overwrite=False)
    assert caught.value.code == "usage.output-exists"
    assert out.read_bytes() == b"old"
    sign_file(source, make_signer("p256"), out=out)
    assert parse_cms(out.read_bytes()).message_digest == hashlib.sha256(CONTENT).digest()


def test_an_input_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError) as caught:
            sign_file(path, make_signer("p256"), out=tmp_path / "o")
        assert caught.value.code == "input.unreadable"
    with pytest.raises(UsageError) as caught:
        (tmp_path / "a").write_bytes(b"x")
        sign_file(tmp_path / "a", make_signer("p256"), out=tmp_path / "no" / "o")
    assert caught.value.code == "output.unwritable"


def test_two_timestamps_may_stand_side_by_side(world: World) -> None:
    made = to_b_t(to_b_t(sign_detached(CONTENT, world.pki.signer("official")), world.pki.tsa()), world.pki.tsa())
    assert len(parse_cms(made).timestamp_tokens) == 2
    assert len(chains_of(parse_cms(made))) == 3


def test_a_certificate_from_a_stranger_in_the_chain_changes_nothing() -> None:
    stranger = make_certificate(make_key("p256", 9), "Người lạ", extensions=SIGNS)
    signer = LocalSigner(certificate=make_leaf("p256"), key=make_key("p256"), chain=(stranger,))
    sig = parse_cms(sign_detached(CONTENT, signer))
    assert sig.signer_certificate == make_leaf("p256")
    assert chains_of(sig) == [(make_leaf("p256"),)]
    assert stranger.public_bytes(Encoding.DER) in sig.der


@pytest.mark.parametrize("data", [b"", b"\x30\x80", bytes(1000)])
def test_only_our_errors_leave_for_any_bytes(data: bytes, world: World) -> None:
    for grow in (lambda d: to_b_t(d, world.pki.tsa()), lambda d: to_b_lt(d, world.pki.collect)):
        with pytest.raises(SigningError):
            grow(data)


@pytest.mark.parametrize("wrong", [{"baseline": "bogus"}, {"baseline": Baseline.B_T, "tsa": "http://127.0.0.1/tsa"}])
def test_a_baseline_or_authority_of_the_wrong_kind_is_told(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        sign_digest(b"\0" * 32, world.pki.signer("approver"), **wrong)
    assert refused.value.code == "usage.argument"
