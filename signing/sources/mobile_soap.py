"""ETSI TS 102 204, the web service of mobile signatures: requests as fixed text, answers read strictly (SOAP 1.1, 1.2).

An answer is a stranger's XML: no document type, no entities, no network, bounded. It is believed only when it names
the transaction that was asked for.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from ..errors import MalformedError, VerificationError
from .mobile_uri import MobileAddress

MAX_ANSWER_BYTES = 512 * 1024  # bytes; a CMS signature with its certificates has 10 kB
MAX_ELEMENTS = 2000
MAX_CERTIFICATES = 16
MSS = "http://uri.etsi.org/TS102204/v1.1.2#"
ENVELOPES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
_FORMAT_URI = {"pkcs1": MSS + "PKCS1", "pkcs7": MSS + "PKCS7"}
_MODE = {"synch": "synch", "asynch": "asynchClientServer"}
_FAULT_CODE = re.compile(r"(?:.*:)?_?([0-9]{3})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{3}", re.ASCII)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service answered, not yet believed.

    `kind` is the name of the answer's element (`MSS_SignatureResp` …, or `Fault`), `status` its number, None if it
    names none. `ap_transaction` and `mssp_transaction` are the two sides' identifiers.
    """

    kind: str
    status: int | None
    message: str
    ap: str | None = None
    ap_transaction: str | None = None
    mssp_transaction: str | None = None
    msisdn: str | None = None
    signature: bytes | None = None
    certificates: tuple[bytes, ...] = ()


# --- requests --------------------------------------------------------------------------------------------------------


def is_writable(text: str) -> bool:
    """Whether XML 1.0 can hold the text at all."""
    return not _NOT_XML.search(text)


def headers(address: MobileAddress, action: str) -> dict[str, str]:
    """The HTTP headers of a request."""
    if address.soap == "1.2":
        return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
    return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}


def signature_request(address: MobileAddress, transaction: str, password: str, data: bytes, shown: str) -> bytes:
    """MSS_SignatureReq for `data`, with what the person sees."""
    attributes = f' MessagingMode="{_MODE[address.mode]}" TimeOut="{max(1, int(address.wait_s))}"'
    encoded = base64.b64encode(data).decode()
    body = (
        f'<mss:DataToBeSigned MimeType="application/octet-stream" Encoding="base64">{encoded}</mss:DataToBeSigned>'
        f'<mss:DataToBeDisplayed MimeType="text/plain" Encoding="UTF-8">{_text(shown)}</mss:DataToBeDisplayed>'
        f"<mss:SignatureProfile><mss:mssURI>{_text(address.profile)}</mss:mssURI></mss:SignatureProfile>"
        f"{_services(address)}"
        f"<mss:MSS_Format><mss:mssURI>{_FORMAT_URI[address.format]}</mss:mssURI></mss:MSS_Format>"
    )
    return _request(address, "Signature", "Signature", transaction, password, _user(address) + body, attributes)


def status_request(address: MobileAddress, transaction: str, password: str, mssp_transaction: str) -> bytes:
    """MSS_StatusReq for a transaction that is under way."""
    attributes = f" MSSP_TransID={quoteattr(mssp_transaction)}"
    return _request(address, "StatusQuery", "Status", transaction, password, "", attributes)


def certificate_request(address: MobileAddress, transaction: str, password: str) -> bytes:
    """MSS_RegistrationReq or MSS_ProfileReq, whichever the service answers with the certificate."""
    operation, name = ("Registration",) * 2 if address.lookup == "registration" else ("ProfileQuery", "Profile")
    return _request(address, operation, name, transaction, password, _user(address))


def _request(
    address: MobileAddress,
    operation: str,
    name: str,
    transaction: str,
    password: str,
    body: str,
    attributes: str = "",
) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{ENVELOPES[address.soap]}">'
        f'<soap:Body><MSS_{operation}><mss:MSS_{name}Req xmlns:mss="{MSS}" MajorVersion="1" MinorVersion="1"'
        f"{attributes}><mss:AP_Info AP_ID={quoteattr(address.ap)} AP_PWD={quoteattr(password)}"
        f" AP_TransID={quoteattr(transaction)} Instant={quoteattr(now)}/>"
        f"<mss:MSSP_Info><mss:MSSP_ID><mss:URI>{_text(address.mssp)}</mss:URI></mss:MSSP_ID></mss:MSSP_Info>"
        f"{body}</mss:MSS_{name}Req></MSS_{operation}></soap:Body></soap:Envelope>"
    ).encode()


def _user(address: MobileAddress) -> str:
    return f"<mss:MobileUser><mss:MSISDN>{address.msisdn}</mss:MSISDN></mss:MobileUser>"


def _services(address: MobileAddress) -> str:
    named = "".join(
        f"<mss:Service><mss:Description><mss:mssURI>{_text(uri)}</mss:mssURI></mss:Description></mss:Service>"
        for uri in address.services
    )
    return f"<mss:AdditionalServices>{named}</mss:AdditionalServices>" if named else ""


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- answers ---------------------------------------------------------------------------------------------------------


def parse_answer(data: bytes) -> Answer:
    """The one answer in a SOAP envelope. Raises `MalformedError` `mobile.answer`."""
    root = _parse(data)
    if root.tag not in {f"{{{uri}}}Envelope" for uri in ENVELOPES.values()}:
        raise MalformedError("mobile.answer", why="Envelope")
    soap = root.tag.partition("}")[0] + "}"
    bodies = root.findall(soap + "Body")
    if len(bodies) != 1:
        raise MalformedError("mobile.answer", why="Body")
    faults = bodies[0].findall(soap + "Fault")
    if faults:
        return _fault(faults[0])
    found = [e for e in bodies[0].iter() if e.tag.startswith(f"{{{MSS}}}MSS_") and e.tag.endswith("Resp")]
    if len(found) != 1:
        raise MalformedError("mobile.answer", why="MSS_*Resp")
    return _response(found[0])


def assert_same(answer: Answer, address: MobileAddress, transaction: str, mssp_transaction: str | None = None) -> None:
    """Raise `VerificationError` `mobile.transaction` unless the answer is for exactly what was asked."""
    asked = {"AP_TransID": (answer.ap_transaction, transaction), "AP_ID": (answer.ap, address.ap)}
    if answer.msisdn is not None:
        asked["MSISDN"] = (answer.msisdn.lstrip("+"), address.msisdn.lstrip("+"))
    if mssp_transaction is not None and answer.mssp_transaction is not None:
        asked["MSSP_TransID"] = (answer.mssp_transaction, mssp_transaction)
    for what, (got, wanted) in asked.items():
        if got != wanted:
            raise VerificationError("mobile.transaction", what=what)


def _parse(data: bytes) -> Any:
    if len(data) > MAX_ANSWER_BYTES:
        raise MalformedError("mobile.answer", why=f"> {MAX_ANSWER_BYTES} bytes")
    if b"\0" in data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # no encoding but those that contain ASCII
        raise MalformedError("mobile.answer", why="DOCTYPE")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError, LookupError):
        raise MalformedError("mobile.answer", why="XML") from None
    if root.getroottree().docinfo.doctype or any(not isinstance(e.tag, str) for e in root.iter()):
        raise MalformedError("mobile.answer", why="DOCTYPE")
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise MalformedError("mobile.answer", why=f"> {MAX_ELEMENTS} elements")
    return root


def _fault(fault: Any) -> Answer:
    """A SOAP fault; the service's own number stands in its subcode, its faultcode or its detail."""
    number = _status(fault)
    for element in fault.iter():
        name = etree.QName(element).localname
        if number is None and name in {"faultcode", "Value"}:
            found = _FAULT_CODE.fullmatch(_content(element))
            number = int(found[1]) if found else None
    words = [_content(e) for e in fault.iter() if etree.QName(e).localname in {"faultstring", "Text", "detail"}]
    return Answer(kind="Fault", status=number, message=" ".join(filter(None, words)))


def _response(element: Any) -> Answer:
    info = _only(element, "AP_Info")
    user = _only(element, "MSISDN")
    encoded = [e for e in element.iter() if etree.QName(e).localname == "X509Certificate"]
    if len(encoded) > MAX_CERTIFICATES:
        raise MalformedError("mobile.answer", why=f"> {MAX_CERTIFICATES} X509Certificate")
    signature = _only(element, "Base64Signature")
    message = _only(element, "StatusMessage")
    return Answer(
        kind=etree.QName(element).localname,
        status=_status(element),
        message=_content(message) if message is not None else "",
        ap=info.get("AP_ID") if info is not None else None,
        ap_transaction=info.get("AP_TransID") if info is not None else None,
        mssp_transaction=element.get("MSSP_TransID"),
        msisdn=_content(user) if user is not None else None,
        signature=_decoded(signature) if signature is not None else None,
        certificates=tuple(_decoded(e) for e in encoded),
    )


def _status(element: Any) -> int | None:
    code = _only(element, "StatusCode")
    value = (code.get("Value") or "") if code is not None else ""
    return int(value) if _NUMBER.fullmatch(value) else None


def _only(parent: Any, name: str) -> Any:
    """The one descendant of that name, or None; two would let each reader choose its own."""
    found = parent.findall(f".//{{{MSS}}}{name}")
    if len(found) > 1:
        raise MalformedError("mobile.answer", why=f"{len(found)} × {name}")
    return found[0] if found else None


def _content(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _decoded(element: Any) -> bytes:
    try:
        return base64.b64decode("".join(_content(element).split()), validate=True)
    except (ValueError, binascii.Error):
        raise MalformedError("mobile.answer", why=f"{etree.QName(element).localname}: base64") from None
