"""The services of the development PKI, judged by OpenSSL and asn1crypto, and what hostile requests do to them."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.dev.pki import DevPki
from signing.dev.server import MAX_REQUEST_BYTES
from signing.dev.tsa import POLICY
from signing.errors import ServiceError, UsageError
from tests.world import PASSWORD, World

from ..patience import HANG_S

DER = serialization.Encoding.DER


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=HANG_S)


# --- OCSP ------------------------------------------------------------------------------------------------------------


def ask_openssl(world: World, name: str, tmp_path: Path, *options: str) -> str:
    certs = world.pki.folder / "certs"
    done = run(
        *("openssl", "ocsp", *options, "-issuer", certs / "issuing.pem", "-cert", certs / f"{name}.pem"),
        *("-url", world.pki.base_url + "ocsp", "-CAfile", certs / "root.pem"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "Response verify OK" in done.stderr
    assert "WARNING" not in done.stderr  # of a nonce that is missing
    return done.stdout


@pytest.mark.parametrize("digest", [[], ["-sha256"], ["-sha512"]])
def test_openssl_accepts_ocsp_answers_for_each_state(world: World, tmp_path: Path, digest: list[str]) -> None:
    assert "receiver.pem: good" in ask_openssl(world, "receiver", tmp_path, *digest)
    revoked = ask_openssl(world, "revoked", tmp_path, *digest)
    assert "revoked.pem: revoked" in revoked
    assert "Reason: keyCompromise" in revoked
    assert "Reason: certificateHold" in ask_openssl(world, "suspended", tmp_path, *digest)
    assert "impostor.pem: unknown" in ask_openssl(world, "impostor", tmp_path, *digest)


def test_openssl_refuses_an_ocsp_answer_under_another_root(world: World, tmp_path: Path) -> None:
    certs = world.pki.folder / "certs"
    done = run(
        *("openssl", "ocsp", "-issuer", certs / "issuing.pem", "-cert", certs / "clerk.pem"),
        *("-url", world.pki.base_url + "ocsp", "-CAfile", certs / "impostor-root.pem"),
        cwd=tmp_path,
    )
    assert "Response Verify Failure" in done.stderr


def ocsp_answer(world: World, serial: int, issuer: str = "issuing", digest: hashes.HashAlgorithm | None = None):
    digest = digest or hashes.SHA1()  # what clients send
    hashed = ocsp.OCSPRequestBuilder().add_certificate(
        world.pki.certificate("receiver"), world.pki.certificate(issuer), digest
    )
    names = hashed.build()
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        names.issuer_name_hash, names.issuer_key_hash, serial, digest
    )
    body = request.build().public_bytes(DER)
    answer = world.pki.http().post(world.pki.base_url + "ocsp", body, content_type="application/ocsp-request")
    return ocsp.load_der_ocsp_response(answer)


def test_an_unknown_serial_number_is_unknown_and_another_issuer_unauthorized(world: World) -> None:
    assert ocsp_answer(world, 4711).certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    other = ocsp_answer(world, 4711, issuer="root")
    assert other.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_a_revocation_is_seen_at_once(world: World) -> None:
    name = world.newcomer()
    serial = world.pki.certificate(name).serial_number
    assert ocsp_answer(world, serial).certificate_status is ocsp.OCSPCertStatus.GOOD
    world.pki.revoke(name, "cessation_of_operation")
    answer = ocsp_answer(world, serial)
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_reason is x509.ReasonFlags.cessation_of_operation


def test_a_status_is_never_older_than_a_timestamp_asked_for_before_it(world: World) -> None:
    serial = world.pki.certificate("receiver").serial_number
    for _ in range(20):
        stamped = world.pki.tsa().timestamp(bytes(32)).time
        answer = ocsp_answer(world, serial)
        assert answer.this_update_utc >= stamped
        assert answer.next_update_utc - answer.this_update_utc == timedelta(hours=1)
        crl = x509.load_der_x509_crl(world.pki.http().get(world.pki.base_url + "crl/root.crl"))
        assert crl.last_update_utc >= stamped


@pytest.mark.parametrize("body", [b"", b"0\x00", b"garbage", b"0\x80" * 1000, bytes(1000)])
def test_a_broken_ocsp_request_gets_an_ocsp_error(world: World, body: bytes) -> None:
    answer = world.pki.http().post(world.pki.base_url + "ocsp", body, content_type="application/ocsp-request")
    assert ocsp.load_der_ocsp_response(answer).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


# --- CRL -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["root", "issuing"])
def test_openssl_verifies_each_crl(world: World, tmp_path: Path, name: str) -> None:
    (tmp_path / "crl").write_bytes(world.pki.http().get(f"{world.pki.base_url}crl/{name}.crl"))
    certs = world.pki.folder / "certs"
    done = run(
        "openssl", "crl", "-inform", "DER", "-in", "crl", "-CAfile", certs / f"{name}.pem", "-text", cwd=tmp_path
    )
    assert "verify OK" in done.stderr
    for part in ("X509v3 CRL Number", "X509v3 Authority Key Identifier", "Next Update"):
        assert part in done.stdout


# --- timestamps ------------------------------------------------------------------------------------------------------


def stamp(world: World, body: bytes) -> bytes:
    return world.pki.http().post(world.pki.tsa_url, body, content_type="application/timestamp-query")


@pytest.mark.parametrize(
    "options", [["-sha256"], ["-sha512", "-no_nonce"], ["-sha3-256"], ["-sha384", "-tspolicy", POLICY]]
)
def test_openssl_verifies_timestamps(world: World, tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "data").write_bytes(b"content")
    run("openssl", "ts", "-query", "-data", "data", *options, "-cert", "-out", "query", cwd=tmp_path)
    (tmp_path / "reply").write_bytes(stamp(world, (tmp_path / "query").read_bytes()))
    root = world.pki.folder / "certs" / "root.pem"
    for what in (["-queryfile", "query"], ["-data", "data"]):
        done = run("openssl", "ts", "-verify", *what, "-in", "reply", "-CAfile", root, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    (tmp_path / "data").write_bytes(b"another")
    done = run("openssl", "ts", "-verify", "-data", "data", "-in", "reply", "-CAfile", root, cwd=tmp_path)
    assert "message imprint mismatch" in done.stdout + done.stderr
    impostor = world.pki.folder / "certs" / "impostor-root.pem"
    done = run("openssl", "ts", "-verify", "-queryfile", "query", "-in", "reply", "-CAfile", impostor, cwd=tmp_path)
    assert done.returncode == 1


class Response(core.Sequence):
    """TimeStampResp; asn1crypto's own insists on a token, which a rejection does not have."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


def request(digest: str = "sha256", size: int | None = None, **fields: object) -> bytes:
    """A TimeStampReq made by asn1crypto."""
    imprint = {
        "hash_algorithm": {"algorithm": digest},
        "hashed_message": bytes(size or hashlib.new(digest).digest_size),
    }
    return tsp.TimeStampReq({"version": 1, "message_imprint": imprint, **fields}).dump()


def test_a_token_repeats_the_request_and_names_its_certificate(world: World) -> None:
    nonce = 0x8899AABBCCDDEEFF
    before = datetime.now(UTC)
    response = tsp.TimeStampResp.load(stamp(world, request(nonce=nonce, cert_req=True)))
    assert response["status"]["status"].native == "granted"
    signed = response["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert info["nonce"].native == nonce
    assert info["policy"].native == POLICY
    assert info["accuracy"]["seconds"].native == 1
    assert abs(info["gen_time"].native - before) < timedelta(seconds=5)
    assert info["gen_time"].native.microsecond == 0
    assert [c.chosen.sha256 for c in signed["certificates"]] == [
        world.pki.certificate("tsa").fingerprint(hashes.SHA256())
    ]
    attributes = {a["type"].native: a["values"][0] for a in signed["signer_infos"][0]["signed_attrs"]}
    assert set(attributes) == {"content_type", "message_digest", "signing_certificate_v2"}
    named = attributes["signing_certificate_v2"]["certs"][0]
    assert named["cert_hash"].native == world.pki.certificate("tsa").fingerprint(hashes.SHA256())
    assert named["issuer_serial"]["serial_number"].native == world.pki.certificate("tsa").serial_number


def test_serial_numbers_do_not_repeat_and_certificates_come_only_when_asked_for(world: World) -> None:
    serials = set()
    for _ in range(50):
        signed = tsp.TimeStampResp.load(stamp(world, request()))["time_stamp_token"]["content"]
        assert not signed["certificates"]
        info = signed["encap_content_info"]["content"].parsed
        assert info["nonce"].native is None
        assert info["serial_number"].native.bit_length() == 128
        serials.add(info["serial_number"].native)
    assert len(serials) == 50


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (request("md5"), "bad_alg"),
        (request("sha1"), "bad_alg"),
        (request(size=31), "bad_data_format"),
        (request(size=64), "bad_data_format"),
        (request(req_policy="1.2.3.4"), "unaccepted_policy"),
        (request(version=2), "bad_request"),
        (request(nonce=1 << 8000), "bad_request"),
        (
            request(extensions=[{"extn_id": "1.2.3.4", "critical": True, "extn_value": b"x"}]),
            "unaccepted_extensions",
        ),
        (b"", "bad_data_format"),
        (b"garbage", "bad_data_format"),
        (request() + b"\0", "bad_data_format"),
        (request()[:-1], "bad_data_format"),
        (b"\x30\x80" * 5000, "bad_data_format"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_a_request_that_cannot_be_served_is_rejected_with_its_reason(world: World, body: bytes, failure: str) -> None:
    response = Response.load(stamp(world, body))
    assert response["status"]["status"].native == "rejection"
    assert response["status"]["fail_info"].native == {failure}
    assert response["time_stamp_token"].native is None


def test_bytes_of_any_kind_get_an_answer_of_the_protocol(world: World) -> None:
    good = request(nonce=5, cert_req=True)

    def spoilt(edit: tuple[int, int]) -> bytes:
        return good[: edit[0]] + bytes([edit[1]]) + good[edit[0] + 1 :]

    spoils = st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)).map(spoilt)

    @given(st.binary(max_size=100) | spoils)
    @settings(max_examples=150, deadline=None)
    def check(body: bytes) -> None:
        status = Response.load(stamp(world, body))["status"]["status"].native
        assert status in {"granted", "rejection"}
        answer = world.pki.http().post(world.pki.base_url + "ocsp", body, content_type="application/ocsp-request")
        ocsp.load_der_ocsp_response(answer)

    check()


def test_the_services_tell_the_time_they_are_given(tmp_path: Path) -> None:
    at = datetime(2027, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
    pki = DevPki.create(tmp_path / "pki", password=PASSWORD, at=at, port=0, rsa=False)
    with pki.serve(clock=lambda: at):
        assert pki.tsa().timestamp(bytes(32)).time == at.replace(microsecond=0)
        crl = x509.load_der_x509_crl(pki.http().get(pki.base_url + "crl/issuing.crl"))
        assert crl.last_update_utc == at.replace(microsecond=0)


# --- hostile clients -------------------------------------------------------------------------------------------------


def alive(world: World) -> None:
    world.pki.tsa().timestamp(bytes(32))


def raw(world: World, data: bytes) -> bytes:
    """What the server says to `data`, then to the end of our half of the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", world.pki.port), timeout=HANG_S) as connection:
        with suppress(OSError):  # it may hang up before all is sent
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while part := connection.recv(65536):
                answer += part
    return answer


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode("latin-1") + body


QUERY = "Content-Type: application/timestamp-query"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", b""),
        (b"\0" * 10_000, b"400"),
        (b"garbage\r\n\r\n", b"400"),
        (b"A" * 100_000, b"414"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"BREW /tsa HTTP/1.1\r\n\r\n", b"501"),
        (b"GET /../pki.json HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /development-password.txt HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /keys/root.p12 HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /crl/../ca/root.cer HTTP/1.1\r\n\r\n", b"404"),
        (b"GET http://evil.example/ HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /tsa HTTP/1.1\r\n\r\n", b"405"),
        (post("/crl/root.crl", "Content-Length: 0"), b"405"),
        (post("/nowhere", "Content-Length: 0"), b"404"),
        (post("/tsa", QUERY), b"411"),
        (post("/tsa", QUERY, "Content-Length: -1"), b"411"),
        (post("/tsa", QUERY, "Content-Length: 1e3"), b"411"),
        (post("/tsa", QUERY, "Content-Length: ²"), b"411"),
        (post("/tsa", QUERY, "Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), b"411"),
        (post("/tsa", QUERY, f"Content-Length: {MAX_REQUEST_BYTES + 1}"), b"413"),
        (post("/tsa", QUERY, "Content-Length: " + "9" * 5000), b"413"),
        (post("/tsa", "Content-Type: text/plain", "Content-Length: 5", body=b"12345"), b"415"),
        (post("/tsa", "Content-Length: 5", body=b"12345"), b"415"),
        (post("/tsa", QUERY, "Content-Length: 500", body=b"too short"), b""),
    ],
    ids=lambda value: value[:40].decode("latin-1").encode("unicode_escape").decode() if len(value) > 3 else None,
)
def test_a_hostile_request_gets_a_status_and_the_server_lives_on(world: World, data: bytes, status: bytes) -> None:
    answer = raw(world, data)
    assert (answer == b"") == (status == b"")
    assert status in answer[:400]  # of the page's text where the request was too broken for a status line
    assert PASSWORD.encode() not in answer
    alive(world)


def test_connections_that_say_nothing_do_not_keep_others_waiting(world: World) -> None:
    silent = [socket.create_connection(("127.0.0.1", world.pki.port)) for _ in range(30)]
    try:
        alive(world)
    finally:
        for connection in silent:
            connection.close()
    alive(world)


def test_a_port_in_use_is_a_usage_error(world: World) -> None:
    with pytest.raises(UsageError, match=r"devpki\.port"), world.pki.serve():
        pass
    alive(world)


def test_serving_ends_with_its_block_and_can_begin_again(tmp_path: Path) -> None:
    pki = DevPki.create(tmp_path / "pki", password=PASSWORD, port=0, rsa=False)
    url = pki.base_url + "ca/root.cer"
    threads = threading.active_count()
    for _ in range(2):
        with pki.serve():
            assert pki.http().get(url)
        with pytest.raises(ServiceError, match=r"http\.unreachable"):
            pki.http().get(url)
    assert threading.active_count() <= threads


def test_a_broken_database_is_a_server_error_and_no_end(tmp_path: Path) -> None:
    pki = DevPki.create(tmp_path / "pki", password=PASSWORD, port=0, rsa=False)
    fetch: Callable[[], bytes] = lambda: pki.http().get(pki.base_url + "crl/root.crl")  # noqa: E731
    database = pki.folder / "pki.json"
    with pki.serve():
        kept = database.read_bytes()
        database.write_bytes(b"broken")
        with pytest.raises(ServiceError) as caught:
            fetch()
        assert caught.value.details["status"] == 500
        database.write_bytes(kept)
        assert fetch()
