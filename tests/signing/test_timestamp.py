"""Timestamps: tokens of an independent authority over real HTTP hold; everything a bad one does is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from signing.cms import der, names
from signing.cms.layout import join
from signing.cms.parse import parse_frame
from signing.cms.signed_data import CmsTemplate, parse_cms
from signing.cms.timestamp import (
    TimestampAuthority,
    TimestampToken,
    check_timestamp,
    encode_request,
    parse_timestamp,
    read_response,
)
from signing.errors import MalformedError, ServiceError, SigningError, UsageError, VerificationError
from signing.http import HttpClient
from signing.signer import LocalSigner

from ..patience import HANG_S, silent
from .cms_makers import ROOT_NAME, digest_of, make_certificate, make_key, make_leaf, openssl, pem, root, service

DATA = b"ch\xe1\xbb\xaf k\xc3\xbd"
DIGEST = hashlib.sha256(DATA).digest()
POLICY = "1.3.6.1.4.1.4146.2.3"


def stamper(kind: str, *, certificate: x509.Certificate | None = None, **options: Any) -> TimeStamper:
    """Certomancer's authority, with our key and certificate."""
    leaf = certificate or make_leaf(kind, "Dấu thời gian", "stamp")
    key = make_key(kind).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return TimeStamper(
        asn1_x509.Certificate.load(leaf.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(key),
        certs_to_embed=[asn1_x509.Certificate.load(root().public_bytes(Encoding.DER))],
        **options,
    )


def answer_of(authority: TimeStamper) -> Callable[[bytes], bytes]:
    def reply(body: bytes) -> bytes:
        made: bytes = authority.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
        return made

    return reply


def serving(reply: Callable[[bytes], bytes]) -> Any:
    return service(lambda body: (200, reply(body)))


def client(url: str, *, timeout_s: float = HANG_S, **options: Any) -> TimestampAuthority:
    return TimestampAuthority(url=url, http=HttpClient(allow=(url,), timeout_s=timeout_s), **options)


def altered_tst(change: Callable[[dict[str, Any]], None], *, purpose: str = "stamp") -> Callable[[bytes], bytes]:
    """An authority of our own making whose TSTInfo is changed before it is signed."""
    leaf = make_leaf("p256", "Dấu thời gian", purpose)
    signer = LocalSigner(certificate=leaf, key=make_key("p256"), chain=(root(),))

    def reply(body: bytes) -> bytes:
        request = tsp.TimeStampReq.load(body)
        info: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": request["message_imprint"],
            "serial_number": 7,
            "gen_time": datetime.now(UTC),
            "nonce": request["nonce"],
        }
        change(info)
        content = tsp.TSTInfo({k: v for k, v in info.items() if v is not None}).dump()
        token = CmsTemplate.for_signer(signer, signing_time=True).build(
            hashlib.sha256(content).digest(), content_type_oid=names.TST_INFO, content=content
        )
        return der.seq(der.seq(der.integer(0)), token)

    return reply


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(answer_of(stamper("p256"))) as address:
        yield address


# --- what an authority does right ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_token_of_certomancer_holds_and_openssl_agrees(kind: str, digest: str, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    with serving(answer_of(stamper(kind))) as address:
        token = client(address, digest=digest, policy=POLICY).timestamp(hashlib.new(digest, DATA).digest())
    assert before <= token.time <= datetime.now(UTC)
    assert (token.policy, token.imprint_algorithm, token.accuracy) == (POLICY, digest, timedelta(0))
    assert token.certificate == make_leaf(kind, "Dấu thời gian", "stamp")
    assert check_timestamp(token, digest_of(DATA)) == (True, ())
    assert openssl_accepts_token(token.der, DATA, tmp_path)
    assert not openssl_accepts_token(token.der, DATA + b".", tmp_path)


def openssl_accepts_token(token: bytes, data: bytes, folder: Path) -> bool:
    for file, content in {"t.tst": token, "t.bin": data, "root.pem": pem(root())}.items():
        (folder / file).write_bytes(content)
    files = ["-in", folder / "t.tst", "-data", folder / "t.bin", "-CAfile", folder / "root.pem"]
    return openssl("ts", "-verify", "-token_in", *files).returncode == 0


def test_our_request_is_what_openssl_reads(tmp_path: Path) -> None:
    (tmp_path / "r.tsq").write_bytes(encode_request(DIGEST, "sha256", 0x8123456789ABCDEF, "1.2.3.4"))
    text = openssl("ts", "-query", "-in", tmp_path / "r.tsq", "-text").stdout.decode()
    for expected in (
        "Hash Algorithm: sha256",
        "Policy OID: 1.2.3.4",
        "0x8123456789ABCDEF",
        "Certificate required: yes",
    ):
        assert expected in text


def test_every_request_has_a_fresh_nonce(url: str) -> None:
    nonces = {client(url).timestamp(DIGEST).nonce for _ in range(5)}
    assert len(nonces) == 5


def test_a_token_of_openssl_holds_with_its_accuracy(tmp_path: Path) -> None:
    token = openssl_token(tmp_path, DIGEST)
    assert token.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=100)
    assert token.policy == "1.2.3.4.1"
    assert check_timestamp(token, digest_of(DATA)) == (True, ())


def openssl_token(folder: Path, digest: bytes) -> TimestampToken:
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n"
        "digests = sha256\naccuracy = secs:1, millisecs:500, microsecs:100\nordering = yes\ntsa_name = yes\n"
        "ess_cert_id_chain = no\ness_cert_id_alg = sha256\n".replace("serial = serial", f"serial = {folder}/serial")
    )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.pem").write_bytes(pem(make_leaf("p256", "Dấu thời gian", "stamp")))
    (folder / "tsa.key").write_bytes(pem(make_key("p256")))
    (folder / "r.tsq").write_bytes(encode_request(digest, "sha256", 99))
    base = ["ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", folder / "r.tsq"]
    done = openssl(*base, "-signer", folder / "tsa.pem", "-inkey", folder / "tsa.key")
    assert done.returncode == 0, done.stderr
    return parse_timestamp(read_response(done.stdout))


def test_the_callers_check_of_trust_decides(url: str) -> None:
    seen = []

    def refuse(token: TimestampToken) -> None:
        seen.append(token)
        raise VerificationError("timestamp.certificate", why="x")

    with pytest.raises(VerificationError):
        client(url, check=refuse).timestamp(DIGEST)
    assert isinstance(seen[0], TimestampToken)


# --- what an authority does wrong ------------------------------------------------------------------------------------


def refused(
    reply: Callable[[bytes], bytes], kind: type[SigningError], code: str, status: int = 200, **options: Any
) -> SigningError:
    with service(lambda body: (status, reply(body))) as address, pytest.raises(kind) as caught:
        client(address, **options).timestamp(DIGEST)
    assert caught.value.code == code
    return caught.value


def other_imprint(info: dict[str, Any]) -> None:
    info["message_imprint"] = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}


def other_algorithm(info: dict[str, Any]) -> None:
    info["message_imprint"] = {"hash_algorithm": {"algorithm": "sha3_256"}, "hashed_message": DIGEST}


def other_nonce(info: dict[str, Any]) -> None:
    info["nonce"] = 5


def no_nonce(info: dict[str, Any]) -> None:
    info["nonce"] = None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (other_imprint, "timestamp.imprint"),
        (other_algorithm, "timestamp.imprint"),
        (other_nonce, "timestamp.nonce"),
        (no_nonce, "timestamp.nonce"),
    ],
)
def test_an_answer_for_something_else_is_refused(change: Callable[[dict[str, Any]], None], code: str) -> None:
    refused(altered_tst(change), VerificationError, code)


def test_an_answer_replayed_from_an_earlier_request_is_refused() -> None:
    kept: list[bytes] = []
    honest = answer_of(stamper("p256"))

    def replay(body: bytes) -> bytes:
        kept.append(honest(body))
        return kept[0]

    with serving(replay) as address:
        client(address).timestamp(DIGEST)
        with pytest.raises(VerificationError) as caught:
            client(address).timestamp(DIGEST)
    assert caught.value.code == "timestamp.nonce"


def test_another_policy_than_the_one_asked_for_is_refused(url: str) -> None:
    with pytest.raises(VerificationError) as caught:
        client(url, policy="1.2.3").timestamp(DIGEST)
    assert caught.value.code == "timestamp.policy"
    assert "1.2.3" in str(caught.value)


def usage(*purposes: Any, critical: bool = True) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.ExtendedKeyUsage(list(purposes)), critical),) if purposes else ()


@pytest.mark.parametrize(
    "extensions",
    [
        usage(ExtendedKeyUsageOID.TIME_STAMPING, critical=False),
        usage(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING),
        usage(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),
        usage(),
    ],
    ids=["not-critical", "more-purposes", "any", "none"],
)
def test_a_certificate_for_other_purposes_makes_no_timestamps(extensions: Any) -> None:
    leaf = make_certificate(
        make_key("p256"), "Không phải TSA", issuer=(ROOT_NAME, make_key("p256", 100)), extensions=extensions
    )
    error = refused(answer_of(stamper("p256", certificate=leaf)), VerificationError, "timestamp.certificate")
    assert "extKeyUsage" in error.text


def test_a_token_signed_by_another_key_is_refused() -> None:
    leaf = make_certificate(
        make_key("p256", 1),
        "TSA",
        issuer=(ROOT_NAME, make_key("p256", 100)),
        extensions=usage(ExtendedKeyUsageOID.TIME_STAMPING),
    )
    refused(answer_of(stamper("p256", certificate=leaf)), VerificationError, "timestamp.signature")


def test_a_token_without_its_certificate_is_refused() -> None:
    def reply(body: bytes) -> bytes:
        made = tsp.TimeStampResp.load(answer_of(stamper("p256"))(body))
        made["time_stamp_token"]["content"]["certificates"] = []
        dumped: bytes = made.dump(force=True)
        return dumped

    refused(reply, VerificationError, "timestamp.signature")


def test_a_refusal_is_told_with_its_reason() -> None:
    info = der.seq(der.integer(2), der.seq(der.tlv(der.UTF8_STRING, "quá tải".encode())), bytes.fromhex("030205a0"))
    error = refused(lambda _: der.seq(info), ServiceError, "timestamp.refused")
    assert "status 2" in error.text
    assert "quá tải" in error.text
    assert "badAlg" in error.text
    assert "badRequest" in error.text
    assert error.exit_status == 3


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", der.seq(der.seq(der.integer(0))), der.seq(der.seq(der.integer(0)), der.integer(1)), b"\x30\x80"],
    ids=["nothing", "html", "no-token", "not-a-token", "cut"],
)
def test_garbage_is_a_fault_of_the_service(answer: bytes) -> None:
    refused(lambda _: answer, ServiceError, "timestamp.malformed")


def test_a_plain_signature_is_no_timestamp() -> None:
    signer = LocalSigner(certificate=make_leaf("p256"), key=make_key("p256"))
    plain = CmsTemplate.for_signer(signer, signing_time=True).build(DIGEST)
    refused(lambda _: der.seq(der.seq(der.integer(0)), plain), ServiceError, "timestamp.malformed")


def test_a_failing_silent_slow_or_endless_service_is_a_service_error(url: str) -> None:
    refused(lambda _: b"busy", ServiceError, "http.status", status=503)
    refused(lambda _: bytes(2 << 20), ServiceError, "http.too-large")
    with pytest.raises(ServiceError) as caught:
        client("http://127.0.0.1:9/tsa").timestamp(DIGEST)
    assert caught.value.code == "http.unreachable"

    refused(silent, ServiceError, "http.timeout", timeout_s=0.2)


def test_wrong_use_is_refused_before_anything_is_sent() -> None:
    authority = client("http://127.0.0.1:9/tsa")
    with pytest.raises(UsageError):
        authority.timestamp(b"short")
    for options in ({"digest": "sha1"}, {"digest": "x"}, {"policy": "not.an.oid"}):
        with pytest.raises(UsageError):
            client("http://127.0.0.1:9/tsa", **options)


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def token(url: str) -> TimestampToken:
    return client(url).timestamp(DIGEST)


def test_a_token_for_other_data_does_not_hold(token: TimestampToken) -> None:
    holds, findings = check_timestamp(token, digest_of(b"other"))
    assert holds is False
    assert [f.code for f in findings] == ["timestamp.imprint"]


def test_an_altered_token_does_not_hold(token: TimestampToken) -> None:
    moved = replace(token.cms, content=(token.cms.content or b"").replace(b"20", b"19", 1))
    holds, findings = check_timestamp(replace(token, cms=moved), digest_of(DATA))
    assert holds is False
    assert [f.code for f in findings] == ["timestamp.signature"]


def test_without_binding_to_its_certificate_a_token_does_not_hold(token: TimestampToken) -> None:
    unbound = replace(token.cms, signing_certificate_hashes=())
    holds, findings = check_timestamp(replace(token, cms=unbound), digest_of(DATA))
    assert holds is False
    assert [f.code for f in findings] == ["timestamp.certificate"]


def test_without_certificate_or_with_unknown_digest_it_cannot_be_told(token: TimestampToken) -> None:
    bare = replace(token, cms=replace(token.cms, signer_certificate=None))
    assert check_timestamp(bare, digest_of(DATA))[0] is None
    assert check_timestamp(replace(token, imprint_algorithm=None), digest_of(DATA))[0] is None


def test_every_cut_or_changed_token_gives_only_our_errors(token: TimestampToken) -> None:
    for at in range(0, len(token.der), 7):
        for data in (token.der[:at], token.der[:at] + b"\xff" + token.der[at + 1 :]):
            try:
                parsed = parse_timestamp(data)
            except MalformedError as e:
                assert e.code == "timestamp.malformed"
            else:
                check_timestamp(parsed, digest_of(DATA))


@given(st.binary(max_size=200))
def test_any_bytes_give_only_our_errors(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_timestamp(data)
    with pytest.raises(ServiceError):
        read_response(data)


def enclosed(content: bytes) -> bytes:
    signer = LocalSigner(certificate=make_leaf("p256", "Dấu thời gian", "stamp"), key=make_key("p256"))
    template = CmsTemplate.for_signer(signer, signing_time=True)
    return template.build(hashlib.sha256(content).digest(), content_type_oid=names.TST_INFO, content=content)


def tst(*, version: int = 1, moment: bytes = b"\x18\x0f20261121013005Z", rest: bytes = b"") -> bytes:
    imprint = der.seq(der.seq(der.oid(names.DIGEST_OIDS["sha256"])), der.octets(DIGEST))
    return der.seq(der.integer(version), der.oid(POLICY), imprint, der.integer(1), moment, rest)


def test_a_minimal_tst_info_is_read() -> None:
    read = parse_timestamp(enclosed(tst()))
    assert (read.time, read.nonce, read.serial) == (datetime(2026, 11, 21, 1, 30, 5, tzinfo=UTC), None, 1)
    assert read.der == parse_cms(read.der).der


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30\x00",
        tst(version=2),
        tst(moment=b"\x17\x0d261121013005Z"),
        tst(moment=b"\x18\x0f20261321013005Z"),
        tst(rest=der.integer(1) + der.seq()),
        tst(rest=der.integer(1) + der.integer(2)),
        tst(rest=der.seq(der.tlv(0x80, b"\x03\xe8"))),
        tst(rest=der.null()),
        tst() + b"\0",
    ],
)
def test_a_broken_tst_info_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_timestamp(enclosed(content))
    assert caught.value.code == "timestamp.malformed"


@pytest.mark.parametrize("critical", [True, False])
def test_a_critical_extension_that_nobody_knows_makes_a_token_unreadable(critical: bool) -> None:
    """RFC 3161 §2.4.2: it may say that the time means something else."""
    made = parse_frame(read_response(answer_of(stamper("p256"))(encode_request(DIGEST, "sha256", 7))))
    assert made.content is not None
    mark = der.boolean(True) if critical else b""
    extension = der.seq(der.oid("1.3.6.1.4.1.99999.3"), mark, der.octets(der.null()))
    fields = der.whole(made.content, der.SEQUENCE).content(made.content)
    info = der.seq(fields, der.tlv(0xA1, extension))
    inside = der.seq(der.oid(names.TST_INFO), der.tlv(0xA0, der.octets(info)))
    token = join(replace(made, encapsulated=inside))
    if not critical:
        assert parse_timestamp(token).imprint == DIGEST
        return
    with pytest.raises(MalformedError) as caught:
        parse_timestamp(token)
    assert caught.value.code == "timestamp.malformed"
