"""A mobile signature service (ETSI TS 102 204) over real HTTP: it holds a SIM's key, and does what a test tells it."""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from signing.signer import LocalSigner

MSS = "http://uri.etsi.org/TS102204/v1.1.2#"
SOAP = {
    "text/xml": "http://schemas.xmlsoap.org/soap/envelope/",
    "application/soap+xml": "http://www.w3.org/2003/05/soap-envelope",
}
NUMBER, AP, PASSWORD = "84912345678", "http://ứng-dụng.example/một-cửa", "mật&khẩu<bí>\"mật'"


@dataclass
class Mobile:
    """The service. `asked` keeps every request's kind and element; the other members are what may go wrong."""

    signer: LocalSigner
    asked: list[tuple[str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)  # kind of request → status code answered
    pending: int = 0  # status questions answered with 504 first
    lost: int = 0  # status questions that end in HTTP 503 first
    delay_s: float = 0.0
    http_status: int = 200
    fault: str = ""  # a subcode
    certificates: tuple[bytes, ...] | None = None
    signature: Callable[[bytes], bytes] | None = None  # what the SIM makes of DataToBeSigned
    change: Callable[[str], str] = str  # the answer's text
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _begun: dict[str, bytes] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """What stood on the phone last."""
        request = next(r for kind, r in reversed(self.asked) if kind == "Signature")
        return str(request.findtext(f"{{{MSS}}}DataToBeDisplayed"))

    def uri(self, **options: object) -> str:
        """The address of the key."""
        known = {"msisdn": NUMBER, "ap": AP, "poll": "0.01", "wait": "60", **options}
        from urllib.parse import quote

        return f"mobile+{self.url}/mss?" + "&".join(f"{k}={quote(str(v), safe='')}" for k, v in known.items())

    def answer(self, body: bytes, content_type: str) -> bytes:
        """The SOAP answer to a SOAP request."""
        soap = SOAP[content_type]
        (request,) = [e for e in etree.fromstring(body).iter() if str(e.tag).endswith("Req")]
        kind = etree.QName(request).localname[4:-3]
        self.asked.append((kind, request))
        info = request.find(f"{{{MSS}}}AP_Info")
        if info.get("AP_PWD") != PASSWORD:
            return _fault(soap, "104")
        if self.fault:
            return _fault(soap, self.fault)
        inside, attributes, status = getattr(self, f"_{kind.lower()}")(request)
        status = self.statuses.get(kind, status)
        text = (
            f'<s:Envelope xmlns:s="{soap}"><s:Body><MSS_{kind}Response><m:MSS_{kind}Resp xmlns:m="{MSS}" '
            f'MajorVersion="1" MinorVersion="1"{attributes}><m:AP_Info AP_ID="{info.get("AP_ID")}" AP_PWD="" '
            f'AP_TransID="{info.get("AP_TransID")}" Instant="2026-11-21T00:00:00Z"/>{inside}'
            f'<m:Status><m:StatusCode Value="{status}"/><m:StatusMessage>nói gì đó</m:StatusMessage></m:Status>'
            f"</m:MSS_{kind}Resp></MSS_{kind}Response></s:Body></s:Envelope>"
        )
        return self.change(text).encode()

    def _registration(self, _request: Any) -> tuple[str, str, int]:
        held = self.certificates
        if held is None:
            held = tuple(c.public_bytes(Encoding.DER) for c in (*self.signer.chain, self.signer.certificate))
        inside = "".join(f"<m:X509Certificate>{base64.b64encode(c).decode()}</m:X509Certificate>" for c in held)
        return inside, "", 408

    _profile = _registration

    def _signature(self, request: Any) -> tuple[str, str, int]:
        data = base64.b64decode(request.findtext(f"{{{MSS}}}DataToBeSigned"))
        number = request.findtext(f"{{{MSS}}}MobileUser/{{{MSS}}}MSISDN")
        user = f"<m:MobileUser><m:MSISDN>{number}</m:MSISDN></m:MobileUser>"
        signature = (self.signature or self.sim)(data)
        if request.get("MessagingMode") == "synch":
            return user + _encoded(signature), ' MSSP_TransID="M1"', 502
        name = f"M{len(self._begun)}"
        self._begun[name] = signature
        return user, f' MSSP_TransID="{name}"', 100

    def _status(self, request: Any) -> tuple[str, str, int]:
        name = request.get("MSSP_TransID")
        if self.pending:
            self.pending -= 1
            return "", f' MSSP_TransID="{name}"', 504
        return _encoded(self._begun[name]), f' MSSP_TransID="{name}"', 500

    def sim(self, data: bytes) -> bytes:
        """The SIM's signature over a DigestInfo, or over a bare digest."""
        digest = hashes.SHA384() if len(data) in {48, 67} else hashes.SHA256()
        raw = data[-digest.digest_size :]
        key: Any = self.signer.key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return bytes(key.sign(raw, ec.ECDSA(utils.Prehashed(digest))))
        pad: Any = padding.PKCS1v15() if len(data) > digest.digest_size else padding.PSS(padding.MGF1(digest), 32)
        return bytes(key.sign(raw, pad, utils.Prehashed(digest)))


def _encoded(signature: bytes) -> str:
    text = base64.encodebytes(signature).decode()
    return f"<m:MSS_Signature><m:Base64Signature>{text}</m:Base64Signature></m:MSS_Signature>"


def _fault(soap: str, code: str) -> bytes:
    if soap.endswith("envelope/"):
        inside = (
            f"<faultcode>m:_{code}</faultcode><faultstring>{PASSWORD.replace('&', '').replace('<', '')}</faultstring>"
        )
    else:
        inside = (
            f"<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>m:_{code}</s:Value></s:Subcode></s:Code>"
            "<s:Reason><s:Text>no</s:Text></s:Reason>"
        )
    return f'<s:Envelope xmlns:s="{soap}"><s:Body><s:Fault>{inside}</s:Fault></s:Body></s:Envelope>'.encode()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        mobile: Mobile = self.server.mobile  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(mobile.delay_s)
        status = mobile.http_status
        if b"MSS_StatusReq" in body and mobile.lost:
            mobile.lost -= 1
            status = 503
        answer = mobile.raw if mobile.raw is not None else mobile.answer(body, self.headers.get_content_type())
        self.send_response(500 if b"Fault>" in answer and status == 200 else status)
        for name, value in {"Content-Type": "text/xml", "Content-Length": str(len(answer)), **mobile.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(answer)
        except OSError:  # the client had enough
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(mobile: Mobile, tls: ssl.SSLContext | None = None) -> Iterator[Mobile]:
    """`mobile` on a port of this machine while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that refuses us is what is tested
    server.mobile = mobile  # type: ignore[attr-defined]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
    mobile.url = f"{scheme}://{host}:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield mobile
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
