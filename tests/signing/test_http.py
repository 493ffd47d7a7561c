"""The HTTP client: what it refuses to reach, and what it does to servers that misbehave."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import ServiceError, UsageError
from signing.http import HttpClient

from ..patience import CLOSED_PORT, HANG_S, within

Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that does to each connection what `talk` does; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopping = False

        def run() -> None:
            while not stopping:
                raw, _ = listener.accept()
                raw.settimeout(HANG_S)
                with closing(raw), suppress(OSError):
                    if tls is not None:
                        raw = tls.wrap_socket(raw, server_side=True)
                    with closing(raw):
                        talk(raw)

        thread = Thread(target=run, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield port
        finally:
            stopping = True
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                pass
            thread.join(10)


def read_request(connection: socket.socket) -> bytes:
    """Head and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError  # the visit that ends the server
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def saying(answer: bytes) -> Talk:
    """A server that reads a request, says `answer` and hangs up."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    return talk


def ok(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body])


def client(port: int, path: str = "/", **options: float) -> HttpClient:
    return HttpClient(allow=(f"http://127.0.0.1:{port}{path}",), **options)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ServiceError) as caught:
        call()
    assert caught.value.exit_status == 3
    return caught.value.code


def test_get_and_post_return_the_body() -> None:
    seen = []

    def talk(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(ok(b"answer"))

    with server(talk) as port:
        reach = client(port)
        assert reach.get(f"http://127.0.0.1:{port}/crl/a.crl?x=1", accept="application/pkix-crl") == b"answer"
        assert reach.post(f"http://127.0.0.1:{port}/tsa", b"body" * 50_000, content_type="a/b") == b"answer"
    assert seen[0].startswith(b"GET /crl/a.crl?x=1 HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in seen[0]
    assert b"\r\nAccept: application/pkix-crl\r\n" in seen[0]
    assert b"\r\nContent-Type: a/b\r\n" in seen[1]
    assert seen[1].endswith(b"body" * 50_000)


ALLOWED = HttpClient(allow=("http://tsa.example:8318/tsa", "https://ca.example/crl/"), timeout_s=0.001)


@pytest.mark.parametrize(
    "url",
    [
        "http://tsa.example:8318/",
        "http://tsa.example:8318/tsaevil",
        "http://tsa.example:8318/TSA",
        "http://tsa.example/tsa",
        "https://tsa.example:8318/tsa",
        "http://tsa.example:8318@evil.example/tsa",
        "http://user@tsa.example:8318/tsa",
        "http://user:pw@tsa.example:8318/tsa",
        "http://tsa.example.:8318/tsa",
        "http://tsa.example.evil.example:8318/tsa",
        "http://evil-tsa.example:8318/tsa",
        "http://tsa.example:8318#@evil.example/tsa",
        "http://tsa.example:8318/tsa#fragment",
        "http://tsa.example:08318000/tsa",
        "http://tsa.example:0/tsa",
        "http://tsa.example:99999/tsa",
        "http://tsa.example:8318\\@evil.example/tsa",
        "http:\\\\tsa.example:8318/tsa",
        "http:/tsa.example:8318/tsa",
        "http:tsa.example:8318/tsa",
        "//tsa.example:8318/tsa",
        "tsa.example:8318/tsa",
        "file:///etc/passwd",
        "ftp://tsa.example:8318/tsa",
        "ldap://tsa.example:8318/tsa",
        "gopher://tsa.example:8318/tsa",
        "javascript:alert(1)",
        "https://ca.example/crl",
        "https://ca.example/crl/../admin",
        "https://ca.example/crl/..",
        "https://ca.example/crl/./a",
        "https://ca.example/crl/%2e%2e/admin",
        "https://ca.example/crl/%2E./admin",
        "https://ca.example/crl/..%2fadmin",
        "https://ca.example/crl/..%5cadmin",
        "https://ca.example/crl/a%00b",
        "https://ca.example/crl/a%0d%0aX:%20y",
        "https://ca.example/crl/a\r\nX: y",
        "https://ca.example/crl/a\nb",
        "https://ca.example/crl/a b",
        "https://ca.example/crl/a\tb",
        " https://ca.example/crl/a",
        "https://ca.example/crl/a\n",
        "https://ca.example/crl/%zz",
        "https://ca.example/crl/%",
        "https://ca.example/crl/đ",
        "https://cа.example/crl/a",  # a Cyrillic letter in the host
        "https://ca。example/crl/a",  # an ideographic full stop
        "https://ca.example/crl/" + "a" * 3000,
        "https://[::1/crl/",
        "",
    ],
)
def test_an_address_that_is_not_on_the_list_is_refused_before_any_socket(url: str, monkeypatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)  # any look-up would be a TypeError
    assert code_of(lambda: ALLOWED.get(url)) == "http.forbidden"
    assert code_of(lambda: ALLOWED.post(url, b"", content_type="a/b")) == "http.forbidden"


@pytest.mark.parametrize(
    "url",
    [
        "http://tsa.example:8318/tsa",
        "HTTP://TSA.example:8318/tsa",
        "http://tsa.example:8318/tsa/sub",
        "http://tsa.example:8318/tsa?a=b",
        "https://ca.example/crl/a%20b.crl",
        "https://ca.example:443/crl/a.crl",
        "https://ca.example/crl/a..b.crl",
    ],
)
def test_an_address_on_the_list_is_tried(url: str, monkeypatch) -> None:
    def nothing(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    assert code_of(lambda: ALLOWED.get(url)) == "http.unreachable"


@pytest.mark.parametrize("url", ["", "*", "http://", "ftp://a/", "http://a/?x=1", "http://u@a/", "http://a/../", "a.b"])
def test_a_list_with_a_doubtful_entry_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        HttpClient(allow=(url,))
    assert caught.value.code == "http.allow-list"


def test_an_empty_list_reaches_nothing() -> None:
    assert code_of(lambda: HttpClient(allow=()).get("http://127.0.0.1/")) == "http.forbidden"


@given(st.text(max_size=60))
@settings(deadline=None)
def test_no_text_makes_the_address_check_fail_otherwise(text: str) -> None:
    for url in (text, "http://tsa.example:8318" + text, "https://ca.example/crl/../" + text):
        with pytest.raises(ServiceError):
            HttpClient(allow=("http://127.0.0.1:1/never",)).get(url)


@pytest.mark.parametrize("status", [100, 201, 204, 206, 301, 302, 307, 308, 400, 401, 404, 500, 503])
def test_only_200_is_an_answer_and_a_redirect_is_not_followed(status: int) -> None:
    asked = []

    def talk(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 %d X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" % status)

    with server(talk) as port:
        code = code_of(lambda: client(port).get(f"http://127.0.0.1:{port}/"))
    assert code == ("http.status" if status != 100 else "http.unreachable")
    assert len(asked) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    with server(saying(ok(b"direct"))) as port:
        assert client(port).get(f"http://127.0.0.1:{port}/") == b"direct"


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"x" * 101),
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 101 + b"0\r\n\r\n",
    ],
)
def test_an_answer_above_the_limit_is_refused(answer: bytes) -> None:
    with server(saying(answer)) as port:
        assert code_of(lambda: client(port).get(f"http://127.0.0.1:{port}/", max_bytes=100)) == "http.too-large"


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"x" * 100),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100,
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + b"x" * 100 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"x" * 100),
    ],
)
def test_an_answer_at_the_limit_is_returned(answer: bytes) -> None:
    with server(saying(answer)) as port:
        assert client(port).get(f"http://127.0.0.1:{port}/", max_bytes=100) == b"x" * 100


def test_an_answer_without_end_is_cut_off_by_size() -> None:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        while True:  # a length of -1 makes http.client read to the end of the connection
            connection.sendall(b"x" * 65536)

    with server(talk) as port:
        code = code_of(lambda: client(port).get(f"http://127.0.0.1:{port}/", max_bytes=1000))
    assert code in {"http.too-large", "http.unreachable"}


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 C\r\n\r\n"]
)
def test_a_server_that_drips_is_cut_off_at_the_deadline(start: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(start)
        while True:
            time.sleep(0.05)
            connection.sendall(b"x")

    with server(talk) as port, within():
        assert code_of(lambda: client(port, timeout_s=0.4).get(f"http://127.0.0.1:{port}/")) == "http.timeout"


def test_a_server_that_reads_slowly_is_cut_off_at_the_deadline() -> None:
    done = Event()

    def talk(connection: socket.socket) -> None:
        while not done.is_set() and connection.recv(1):
            done.wait(0.01)

    with server(talk) as port, within():
        reach = client(port, timeout_s=0.4)
        url = f"http://127.0.0.1:{port}/"
        assert code_of(lambda: reach.post(url, bytes(20_000_000), content_type="a/b")) == "http.timeout"
        done.set()


def test_a_server_that_says_nothing_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        error = code_of(lambda: client(port, timeout_s=0.2).get(f"http://127.0.0.1:{port}/"))
    assert error == "http.timeout"


def test_nobody_there_is_unreachable() -> None:
    assert code_of(lambda: client(CLOSED_PORT).get(f"http://127.0.0.1:{CLOSED_PORT}/")) == "http.unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_answer_is_no_answer(answer: bytes) -> None:
    with server(saying(answer)) as port:
        assert code_of(lambda: client(port).get(f"http://127.0.0.1:{port}/")) == "http.unreachable"


def test_an_answer_of_any_bytes_is_a_body_or_our_error() -> None:
    answer = b""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    with server(talk) as port:

        @given(
            st.one_of(
                st.binary(max_size=200),
                st.binary(max_size=200).map(lambda b: b"HTTP/1.1 200 OK\r\n" + b),
                st.binary(max_size=200).map(lambda b: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b),
                st.binary(max_size=20).map(lambda b: b"HTTP/1.1 200 OK\r\nContent-Length: " + b + b"\r\n\r\nabc"),
            )
        )
        @settings(deadline=None, max_examples=100)
        def check(data: bytes) -> None:
            nonlocal answer
            answer = data
            with suppress(ServiceError):
                assert isinstance(client(port).get(f"http://127.0.0.1:{port}/"), bytes)

        check()


@pytest.mark.parametrize("status", [200, 202, 204, 302, 400, 401, 500, 503])
def test_an_exchange_returns_every_status_with_its_body_and_follows_no_redirect(status: int) -> None:
    seen = []

    def talk(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        body = b"" if status == 204 else b"why"
        head = b"HTTP/1.1 %d X\r\nLocation: /other\r\nContent-Type: Application/JSON; charset=utf-8\r\n" % status
        connection.sendall(head + (b"" if status == 204 else b"Content-Length: 3\r\n") + b"\r\n" + body)

    with server(talk) as port:
        answer = client(port).exchange(f"http://127.0.0.1:{port}/", b"{}", headers={"Authorization": "Bearer abc"})
    assert answer == (status, b"" if status == 204 else b"why", "application/json")
    assert len(seen) == 1
    assert b"\r\nAuthorization: Bearer abc\r\n" in seen[0]


@pytest.mark.parametrize("value", ["a\nInjected: 1", "a\rb", "bí mật", "\x00"])
def test_a_header_that_is_no_header_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        ALLOWED.exchange("http://tsa.example:8318/tsa", b"", headers={"Authorization": value})
    assert value not in str(caught.value) + repr(caught.value.details)


def test_errors_and_repr_hold_no_query() -> None:
    with server(saying(b"HTTP/1.1 500 X\r\n\r\n")) as port, pytest.raises(ServiceError) as caught:
        client(port).get(f"http://127.0.0.1:{port}/a?token=secret")
    assert f"127.0.0.1:{port}/a" in caught.value.text
    assert "secret" not in str(caught.value) + caught.value.text_vi + repr(caught.value.details)


def test_a_name_with_several_addresses_is_tried_in_turn() -> None:
    with server(saying(ok(b"found"))) as port:
        # localhost is often ::1 first, where nobody listens
        assert HttpClient(allow=(f"http://localhost:{port}",)).get(f"http://localhost:{port}/") == b"found"


# --- https -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key in one PEM file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(encoding)
    )
    return path


@pytest.fixture
def https_port(tls_files: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_files)
    with server(saying(ok(b"over TLS")), context) as port:
        yield port


def test_https_with_an_unknown_certificate_is_refused(https_port: int) -> None:
    url = f"https://127.0.0.1:{https_port}/"
    with pytest.raises(ServiceError) as caught:
        HttpClient(allow=(url,)).get(url)
    assert caught.value.code == "http.unreachable"
    assert "certificate verify failed" in caught.value.text


def test_https_with_a_trusted_certificate_works_and_with_another_name_does_not(
    tls_files: Path, https_port: int
) -> None:
    trust = ssl.create_default_context(cafile=str(tls_files))
    url, other = f"https://127.0.0.1:{https_port}/", f"https://localhost:{https_port}/"
    reach = HttpClient(allow=(url, other), tls=trust)
    assert reach.get(url) == b"over TLS"
    assert reach.post(url, b"x" * 100_000, content_type="a/b") == b"over TLS"
    assert code_of(lambda: reach.get(other)) == "http.unreachable"


def test_https_without_certificate_check_cannot_be_asked_for() -> None:
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with pytest.raises(UsageError) as caught:
        HttpClient(allow=("https://ca.example/",), tls=blind)
    assert caught.value.code == "http.allow-list"


def test_a_handshake_that_never_comes_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert code_of(lambda: HttpClient(allow=(url,), timeout_s=0.3).get(url)) == "http.timeout"


@pytest.mark.parametrize("line", [b"%b 200 OK", b"HTTP/9%b\x9b2J 200 OK", b"HTTP/1.1 %b no", b"HTTP/1.1 2%b"])
def test_a_server_that_sends_the_token_back_as_its_status_line_does_not_make_us_show_it(line: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        token = read_request(connection).split(b"Bearer ")[1].split(b"\r")[0]
        connection.sendall(line % token + b"\r\n\r\n")

    with server(talk) as port:
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(ServiceError) as e:
            client(port).exchange(url, b"", headers={"Authorization": "Bearer s3cr3t"})
    assert e.value.code == "http.unreachable"
    assert "s3cr3t" not in repr((e.value, vars(e.value), e.value.__cause__, e.value.__context__))
    assert "\x9b" not in str(e.value)


@pytest.mark.parametrize(
    "url",
    ["https://bob:hunter2@tsa.example/x", "https://tsa.example/x?key=hunter2", "https://tsa.example/x#hunter2",
     "ftp://bob:hunter2@tsa.example/x", "bob:hunter2@tsa.example/x", "https://a?b://hunter2@c", "//hunter2@x.example"],
)  # fmt: skip
def test_a_refused_address_is_shown_without_the_secret_in_it(url: str) -> None:
    for call in (lambda: HttpClient(allow=(url,)), lambda: HttpClient(allow=()).get(url)):
        with pytest.raises((UsageError, ServiceError)) as e:
            call()
        assert "hunter2" not in str(e.value) + repr(e.value.details)


# --- addresses from strangers' documents -----------------------------------------------------------------------------


def resolving(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> None:
    """Every name leads to these addresses."""

    def getaddrinfo(*_: object, **_more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.1.2.3",),
        ("192.168.0.9",),
        ("172.16.0.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("224.0.1.1",),
        ("255.255.255.255",),
        ("::1",),
        ("fe80::1%eth0",),
        ("fc00::1",),
        ("ff02::1",),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("2002:7f00:1::",),
        ("8.8.8.8", "127.0.0.1"),
        ("not an address",),
    ],
    ids=str,
)
def test_a_listed_name_that_leads_into_our_own_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    """DNS rebinding: the name was listed, its owner points it at us. What was resolved is what is connected to."""
    connected: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: connected.append(where))
    resolving(monkeypatch, 80, *addresses)
    client = HttpClient(allow=("http://ocsp.example.vn/",), public_only=True)
    with pytest.raises(ServiceError) as caught:
        client.get("http://ocsp.example.vn/a")
    assert caught.value.code == "http.not-public"
    assert not connected


def test_what_the_caller_names_itself_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with server(talk) as port:
        for listed in (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/"):
            assert HttpClient(allow=(listed,), public_only=True).get(listed) == b"ok"
        resolving(monkeypatch, port, "127.0.0.1")
        inside = HttpClient(allow=(f"internal+http://ocsp.province.local:{port}/",), public_only=True)
        assert inside.get(f"http://ocsp.province.local:{port}/a") == b"ok"
        with pytest.raises(ServiceError) as caught:
            inside.get(f"http://127.0.0.1:{port}/a")  # another host, though the same machine
        assert caught.value.code == "http.forbidden"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_other_spellings_of_an_address_are_names(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    resolving(monkeypatch, 80, "127.0.0.1")
    with pytest.raises(ServiceError) as caught:
        HttpClient(allow=(f"http://{host}/",), public_only=True).get(f"http://{host}/")
    assert caught.value.code == "http.not-public"


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the check and the connection nobody is asked again."""
    asked, connected = [], []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    def connect(_: socket.socket, where: object) -> None:
        connected.append(where)
        raise OSError("nobody there")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(ServiceError):
        HttpClient(allow=("http://ocsp.example.vn/",), public_only=True).get("http://ocsp.example.vn/")
    assert (asked, connected) == (["ocsp.example.vn"], [("8.8.8.8", 80)])


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ldap://ldap.example.vn/cn=CA?x", "ftp://a.example.vn/", "gopher://a/", "//a/", "\\\\a\\b"],
)
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(ServiceError) as caught:
        HttpClient(allow=("http://a.example.vn/",)).get(url)
    assert caught.value.code == "http.forbidden"
