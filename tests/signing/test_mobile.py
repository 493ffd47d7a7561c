"""signing.sources.mobile against a service over real HTTP: what the person sees, what goes wrong, what is refused."""

from __future__ import annotations

import hashlib
import re
import ssl
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.cms import der
from signing.cms.build import CmsTemplate
from signing.cms.cades import sign_detached
from signing.cms.signed_data import check_cms, parse_cms
from signing.confirmation import Confirmation, for_document
from signing.errors import RefusedError, ServiceError, SigningError, UsageError, VerificationError
from signing.external import complete_pdf, prepare_pdf
from signing.pdf.sign import sign_pdf
from signing.signer import SignatureAlgorithm, open_signer, verify_value
from signing.sources.mobile import MobileSigner
from signing.sources.mobile_soap import parse_answer
from signing.sources.mobile_status import STATUSES, Stage
from signing.sources.mobile_uri import parse_address

from ..patience import HANG_S, within
from .cli_run import run
from .cms_makers import digest_of, key_usage, make_certificate, make_key, make_signer, pem, root
from .mobile_server import AP, NUMBER, PASSWORD, Mobile, serving
from .pdf_shapes import VALID, one_page, pdfsig

DATA = b"thu\xe1\xbb\x99c t\xc3\xadnh \xc4\x91\xc3\xa3 k\xc3\xbd"


def ask(_name: str) -> str:
    return PASSWORD


@pytest.fixture
def mobile() -> Iterator[Mobile]:
    with serving(Mobile(make_signer("pkcs1"))) as made:
        yield made


def opened(mobile: Mobile, **options: object) -> MobileSigner:
    signer = open_signer(mobile.uri(**options), ask)
    assert isinstance(signer, MobileSigner)
    return signer


def refused(code: str, call: Callable[..., Any], *given: Any, **named: Any) -> SigningError:
    with pytest.raises(SigningError) as caught:
        call(*given, **named)
    error = caught.value
    assert error.code == code, error
    told = "".join(traceback.format_exception(error)) + repr(error.details) + error.text_vi
    assert PASSWORD not in told
    assert NUMBER not in told
    return error


# --- what works -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["asynch", "synch"])
@pytest.mark.parametrize("soap", ["1.1", "1.2"])
@pytest.mark.parametrize("kind", ["pkcs1", "p256", "p384"])
def test_a_signature_is_made_in_every_mode(kind: str, soap: str, mode: str) -> None:
    local = make_signer(kind)
    with serving(Mobile(local, pending=2)) as mobile:
        signer = opened(mobile, mode=mode, soap=soap)
        assert (signer.certificate, signer.chain) == (local.certificate, (root(),))
        assert signer.algorithm is local.algorithm
        assert verify_value(signer.certificate, signer.algorithm, signer.sign(DATA), DATA)
        assert mobile.pending == (0 if mode == "asynch" else 2)


def test_pdf_and_cades_are_signed_by_a_sim(mobile: Mobile, tmp_path: Path) -> None:
    signer = opened(mobile)
    signed = sign_pdf(one_page(), signer)
    assert pdfsig(signed or b"", tmp_path) == [VALID]
    assert check_cms(parse_cms(sign_detached(DATA, signer)), digest_of(DATA))[0] is True


def test_the_service_gets_a_digest_info_and_who_asks(mobile: Mobile) -> None:
    opened(mobile).sign(DATA)
    (kind, request) = mobile.asked[1]
    assert kind == "Signature"
    sent = request.findtext("{*}DataToBeSigned")
    info = der.seq(der.seq(der.oid("2.16.840.1.101.3.4.2.1"), der.null()), der.octets(hashlib.sha256(DATA).digest()))
    import base64

    assert base64.b64decode(sent) == info
    assert request.find("{*}AP_Info").get("AP_ID") == AP
    assert re.fullmatch(r"T[0-9a-f]{24}", request.find("{*}AP_Info").get("AP_TransID"))
    assert request.findtext("{*}MSS_Format/{*}mssURI").endswith("#PKCS1")
    assert (request.get("MessagingMode"), request.get("TimeOut")) == ("asynchClientServer", "60")
    assert len({r.find("{*}AP_Info").get("AP_TransID") for _, r in mobile.asked}) == len(mobile.asked)


def test_the_person_and_the_caller_see_the_same_code_before_it_is_signed(mobile: Mobile) -> None:
    seen: list[tuple[Confirmation, int]] = []
    signer = opened(mobile).for_document("Quyết định 12.pdf", lambda c: seen.append((c, len(mobile.asked))))
    signer.sign(DATA)
    ((confirmation, asked),) = seen
    code = hashlib.sha256(DATA).hexdigest()[:8].upper()
    assert confirmation.code == f"{code[:4]} {code[4:]}"
    assert mobile.shown == confirmation.text == f"Mã {confirmation.code}. Ký: Quyết định 12.pdf"
    assert asked == 1  # only the certificate had been asked for


def test_only_signers_that_show_something_are_told_the_document(mobile: Mobile) -> None:
    local, signer = make_signer("p256"), opened(mobile)
    assert for_document(local, "a.pdf") is local
    told = for_document(signer, "a.pdf")
    assert isinstance(told, MobileSigner)
    assert (told.document, told.certificate) == ("a.pdf", signer.certificate)


@pytest.mark.parametrize(
    "name", ["x" * 500, "a\u202eb\x07c", "Mã 0000 0000. Ký: thư mời", "]]><!-- & \"'", "\x00\ufffe", "📄 đơn"]
)
def test_no_name_of_a_document_hides_the_code(name: str, mobile: Mobile) -> None:
    opened(mobile).for_document(name).sign(DATA)
    code = hashlib.sha256(DATA).hexdigest()[:8].upper()
    assert mobile.shown.startswith(f"Mã {code[:4]} {code[4:]}. Ký: ")
    assert len(mobile.shown) <= 120
    assert mobile.shown.isprintable()


def test_the_command_line_shows_the_code_of_each_document(mobile: Mobile, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(PASSWORD)
    for name in ("a.pdf", "đơn.txt"):
        (tmp_path / name).write_bytes(one_page())
    secret = ("--pass-file", tmp_path / "pin")
    told = run("sign", tmp_path / "a.pdf", "-o", tmp_path / "out.pdf", "--key", mobile.uri(), *secret)
    assert told.status == 0, told
    code = mobile.shown[3:12]
    assert f"a.pdf: mã trên điện thoại phải là / the phone must show: {code}" in told.err
    (tmp_path / "out").mkdir()
    both = (tmp_path / "a.pdf", tmp_path / "đơn.txt")
    told = run("sign", *both, "-o", tmp_path / "out", "--key", mobile.uri(), *secret)
    assert told.status == 0, told
    assert told.err.count("the phone must show: ") == 2
    assert PASSWORD not in told.err + told.out


def test_the_command_line_says_what_a_sim_holds(mobile: Mobile, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(PASSWORD)
    told = run("keys", mobile.uri(), "--pass-file", tmp_path / "pin", "--json")
    assert told.status == 0, told
    assert told.json["algorithm"] == "rsa-pkcs1-v1_5-sha256"


def test_the_two_halves_may_be_called_apart(mobile: Mobile) -> None:
    mobile.pending = 2
    signer = opened(mobile)
    prepared = prepare_pdf(one_page(), certificate=signer.certificate, chain=signer.chain, algorithm=signer.algorithm)
    pending = signer.for_document("a.pdf").begin(prepared.to_sign)
    assert pending.confirmation.code == prepared.code
    assert [signer.collect(pending), signer.collect(pending)] == [None, None]
    value = signer.collect(pending)
    assert value is not None
    assert complete_pdf(prepared, value) is not None


def test_a_cms_signature_of_the_service_completes_a_document(mobile: Mobile) -> None:
    def service_signs(data: bytes) -> bytes:
        return CmsTemplate.for_signer(mobile.signer, signing_time=False).build(data[-32:])

    mobile.signature = service_signs
    signer = opened(mobile, format="pkcs7")
    prepared = prepare_pdf(one_page(), name="đơn.pdf")
    assert complete_pdf(prepared, cms=signer.sign_cms(prepared)) is not None
    assert "đơn.pdf" in mobile.shown
    refused("mobile.cms", signer.sign, DATA)  # its attributes are not ours


def test_a_cms_signature_without_attributes_carries_the_value(mobile: Mobile) -> None:
    template = CmsTemplate.for_signer(mobile.signer, signing_time=False)

    def bare(data: bytes) -> bytes:
        whole = parse_cms(template.build(data[-32:]))
        value = mobile.sim(data)
        attributes = b"\xa0" + (whole.signed_attributes_der or b"")[1:]
        return _without(whole.der, attributes, whole.signature_value, value)

    mobile.signature = bare
    assert opened(mobile, format="pkcs7").sign(DATA)


def _without(cms: bytes, attributes: bytes, old: bytes, new: bytes) -> bytes:
    """A CMS signature with its signed attributes taken out and another value; lengths made to fit."""

    def again(data: bytes) -> bytes:
        out, at = [], 0
        while at < len(data):
            value = der.read(data, at)
            raw = value.raw(data)
            if raw != attributes:
                inside = value.content(data)
                if value.tag == der.OCTET_STRING and inside == old:
                    inside = new
                constructed = value.tag & 0x20 and (old in inside)
                out.append(der.tlv(value.tag, again(inside) if constructed else inside))
            at = value.stop
        return b"".join(out)

    return again(cms)


def test_an_ecdsa_sim_may_answer_r_and_s() -> None:
    with serving(Mobile(make_signer("p256"))) as mobile:

        def plain(data: bytes) -> bytes:
            r, s = utils.decode_dss_signature(mobile.sim(data))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")

        mobile.signature = plain
        assert opened(mobile).sign(DATA)[0] == der.SEQUENCE


def test_a_bare_digest_lets_a_sim_pad_as_pss() -> None:
    with serving(Mobile(make_signer("pss256"))) as mobile:
        signer = open_signer(mobile.uri(data="digest"), ask, algorithm=SignatureAlgorithm.RSA_PSS_SHA256)
        assert verify_value(signer.certificate, signer.algorithm, signer.sign(DATA), DATA)
        refused("mobile.address", open_signer, mobile.uri(), ask, algorithm=SignatureAlgorithm.RSA_PSS_SHA256)


def test_the_certificate_may_come_from_a_file_or_a_profile(mobile: Mobile, tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_bytes(pem(mobile.signer.certificate) + pem(root()))
    assert opened(mobile, certificate=tmp_path / "c.pem").sign(DATA)
    assert [kind for kind, _ in mobile.asked] == ["Signature", "Status"]
    assert opened(mobile, lookup="profile").certificate == mobile.signer.certificate


def test_services_may_live_at_addresses_of_their_own(mobile: Mobile) -> None:
    options = {"signature": "/soap/MSS_SignaturePort", "status": "/soap/MSS_StatusPort", "registration": "/reg"}
    assert opened(mobile, **options).sign(DATA)


def test_vietnamese_services_are_asked_for_what_they_offer_and_others_are_not(mobile: Mobile) -> None:
    opened(mobile).sign(DATA)
    names = [e.text for e in mobile.asked[1][1].iter("{*}mssURI")]
    assert names[:3] == [
        "http://mobile-id.vn/digitalSignature",
        "http://mobile-id.vn/MSSP/v1.0.0#signingCertificate",
        "http://mobile-id.vn/MSSP/v1.0.0#signatureValidation",
    ]
    for options in ({"profile": "http://mss.example/p"}, {"services": "none"}):
        mobile.asked.clear()
        opened(mobile, **options).sign(DATA)
        assert mobile.asked[1][1].find("{*}AdditionalServices") is None


def test_one_transaction_identifier_may_serve_a_batch_so_that_one_pin_does(mobile: Mobile) -> None:
    signer = opened(mobile, shared="900")
    for _ in range(3):
        signer.sign(DATA)
    assert len({r.find("{*}AP_Info").get("AP_TransID") for _, r in mobile.asked}) == 1


@pytest.mark.parametrize("mode", ["asynch", "synch"])
def test_a_success_of_another_name_with_a_signature_is_one(mode: str, mobile: Mobile) -> None:
    mobile.statuses = {"Signature": 408 if mode == "synch" else 100, "Status": 408}
    assert opened(mobile, mode=mode).sign(DATA)


def test_a_number_with_its_plus_sign_is_sent_as_written(mobile: Mobile) -> None:
    assert opened(mobile, msisdn="+84912345678").sign(DATA)
    assert mobile.asked[0][1].findtext("{*}MobileUser/{*}MSISDN") == "+84912345678"


def test_a_lost_answer_while_the_person_confirms_is_asked_for_again(mobile: Mobile) -> None:
    mobile.lost = 3
    assert opened(mobile).sign(DATA)
    mobile.lost = 4
    refused("http.status", opened(mobile).sign, DATA)


# --- what goes wrong --------------------------------------------------------------------------------------------------

FAILURES = {number: status for number, status in STATUSES.items() if status.stage is Stage.FAILED}


@pytest.mark.parametrize("number", [*FAILURES, 600, 999])
@pytest.mark.parametrize("where", ["Signature", "Status"])
def test_every_failure_has_its_own_code(number: int, where: str, mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.statuses[where] = number
    error = refused(FAILURES[number].code if number in FAILURES else "mobile.service", signer.sign, DATA)
    kinds = {401: RefusedError, 501: RefusedError, 503: VerificationError}
    assert isinstance(error, kinds.get(number, ServiceError))


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_a_fault_with_a_number_means_the_same(soap: str, mobile: Mobile) -> None:
    signer = opened(mobile, soap=soap)
    mobile.fault = "402"
    refused("mobile.pin-blocked", signer.sign, DATA)
    mobile.fault = "Server"
    refused("mobile.service", signer.sign, DATA)


def test_a_person_who_does_not_confirm_in_time(mobile: Mobile) -> None:
    mobile.pending = 10**9
    signer, begun = opened(mobile, wait="1"), time.monotonic()
    with within():
        refused("mobile.timeout", signer.sign, DATA)
    assert time.monotonic() - begun > 0.9


def test_a_person_who_takes_too_long_for_a_service_that_answers_at_once(mobile: Mobile) -> None:
    signer = opened(mobile, mode="synch")
    mobile.delay_s = HANG_S
    object.__setattr__(signer.service.http, "timeout_s", 0.2)
    refused("mobile.timeout", signer.sign, DATA)
    mobile.delay_s = 0
    object.__setattr__(signer.service.http, "timeout_s", HANG_S)
    assert signer.sign(DATA)


def test_a_wrong_application_password_is_told_and_shown_nowhere(mobile: Mobile) -> None:
    wrong = "sai-hoàn-toàn"
    with pytest.raises(ServiceError) as caught:
        open_signer(mobile.uri(), lambda _: wrong)
    assert caught.value.code == "mobile.access"
    assert wrong not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.details)
    refused("mobile.password", open_signer, mobile.uri(), None)
    refused("mobile.password", open_signer, mobile.uri(), lambda _: "a\x01b")


def test_nothing_secret_is_in_any_repr(mobile: Mobile) -> None:
    signer = opened(mobile)
    pending = signer.begin(DATA)
    shown = repr(signer) + repr(signer.service) + repr(pending)
    assert PASSWORD not in shown
    assert NUMBER not in repr(signer)


@pytest.mark.parametrize("status", [302, 404, 502, 503])
def test_other_http_answers_are_errors_and_redirects_are_not_followed(status: int, mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.http_status, mobile.headers = status, {"Location": "http://127.0.0.1:1/"}
    refused("http.status", signer.sign, DATA)
    mobile.http_status = 401
    refused("mobile.access", signer.sign, DATA)


def test_an_error_page_is_no_answer(mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.raw, mobile.http_status = b"<html>nginx</html>", 500
    refused("http.status", signer.sign, DATA)
    mobile.http_status = 200
    refused("mobile.answer", signer.sign, DATA)


def test_a_huge_or_slow_answer_is_cut_off(mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.raw = b" " * (1 << 20)
    refused("http.too-large", signer.sign, DATA)
    mobile.raw, mobile.delay_s = None, HANG_S
    object.__setattr__(signer.service.http, "timeout_s", 0.2)
    refused("http.timeout", signer.sign, DATA)


def test_a_service_that_is_not_there(mobile: Mobile) -> None:
    refused("http.unreachable", open_signer, f"mobile+http://127.0.0.1:1/mss?msisdn={NUMBER}&ap=a", ask)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_signature_over_something_else_is_refused(mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.signature = lambda data: mobile.sim(data[:-1] + b"!")
    refused("mobile.value", signer.sign, DATA)


def test_a_signature_by_another_key_is_refused(mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.signer = make_signer("p256")
    refused("mobile.value", signer.sign, DATA)


def test_a_cms_signature_of_another_person_is_refused(mobile: Mobile) -> None:
    signer = opened(mobile, format="pkcs7")
    other = CmsTemplate.for_signer(make_signer("p256"), signing_time=False)
    mobile.signature = lambda data: other.build(data[-32:])
    refused("mobile.certificate", signer.sign, DATA)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (r'AP_TransID="T', 'AP_TransID="U', "AP_TransID"),
        (r'AP_ID="[^"]*"', 'AP_ID="http://other.example"', "AP_ID"),
        (NUMBER, "84900000000", "MSISDN"),
        (r'MSSP_TransID="M0"', 'MSSP_TransID="M9"', "MSSP_TransID"),
        (r"<m:AP_Info [^>]*/>", "", "AP_TransID"),
        (r"MSS_StatusResp", "MSS_SignatureResp", "MSS_SignatureResp"),
    ],
)
def test_an_answer_for_another_transaction_is_refused(old: str, new: str, what: str, mobile: Mobile) -> None:
    signer = opened(mobile)

    def change(text: str) -> str:
        if what in {"MSSP_TransID", "MSS_SignatureResp"} and "StatusResp" not in text:
            return text  # of a first answer there is nothing to compare yet
        return re.sub(old, new, text)

    mobile.change = change
    assert what in refused("mobile.transaction", signer.sign, DATA).text


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<m:StatusCode", "<m:StatusCode Value='500'/><m:StatusCode"),
        lambda text: text.replace("<m:AP_Info", '<m:AP_Info AP_ID="x" AP_TransID="y"/><m:AP_Info'),
        lambda text: re.sub(r'MSSP_TransID="[^"]*"', "", text),
        lambda text: re.sub(r'Value="\d+"', 'Value="+100"', text),
        lambda text: re.sub(r'Value="\d+"', 'Value="500"', text),  # signed, but where is the signature
        lambda text: text.replace("<s:Body>", "<s:Body/><s:Body>"),
        lambda text: text.replace("Envelope", "Umschlag"),
        lambda text: '<!DOCTYPE x [<!ENTITY a "b">]>' + text,
        lambda text: text.replace("<m:Status>", "<m:Status>" + "<x/>" * 3000),
        lambda text: text[:-5],
    ],
)
def test_a_malformed_answer_is_refused(change: Callable[[str], str], mobile: Mobile) -> None:
    signer = opened(mobile)
    mobile.change = change
    refused("mobile.answer", signer.sign, DATA)


def test_entities_read_no_file() -> None:
    xml = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
    for encoded in (xml, b"\xef\xbb\xbf" + xml, xml.decode().encode("utf-16"), xml.decode().encode("utf-32")):
        refused("mobile.answer", parse_answer, encoded)
    refused("mobile.answer", parse_answer, b"<a>" * 1000)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda t: f"<a>{t}</a>".encode("utf-8", "replace")))
def test_any_answer_gives_only_our_errors(data: bytes) -> None:
    with pytest.raises(SigningError):
        parse_answer(data)


def test_certificates_that_are_none_or_of_an_authority_alone(mobile: Mobile) -> None:
    for held, code in (((), "mobile.no-certificate"), ((b"0\x00",), "mobile.answer"), ((b"",), "mobile.answer")):
        mobile.certificates = held
        refused(code, open_signer, mobile.uri(), ask)
    mobile.certificates = (root().public_bytes(Encoding.DER),)
    refused("mobile.no-certificate", open_signer, mobile.uri(), ask)
    mobile.certificates = (make_certificate(make_key("rsa1024"), "Yếu").public_bytes(Encoding.DER),)
    refused("signature.algorithm", open_signer, mobile.uri(), ask)


@pytest.mark.parametrize(
    "where",
    [
        "http://mssp.example/m?msisdn=84912345678&ap=a",  # not on this machine
        "https:///m?msisdn=84912345678&ap=a",
        "https://user@h/m?msisdn=84912345678&ap=a",
        "https://h/m?msisdn=84912345678&ap=a#f",
        "https://h/m?msisdn=0912345678&ap=a",
        "https://h/m?msisdn=849123456789012345&ap=a",
        "https://h/m?ap=a",
        "https://h/m?msisdn=84912345678",
        "https://h/m?msisdn=84912345678&ap=",
        "https://h/m?msisdn=84912345678&ap=a&ap=b",
        "https://h/m?msisdn=84912345678&ap=a&pwd=secret",
        "https://h/m?msisdn=84912345678&ap=a&password=secret",
        "https://h/m?msisdn=84912345678&ap=%ff",
        "https://h/m?msisdn=84912345678&ap=a%00b",
        "https://h/m?msisdn=84912345678&ap=a&mode=push",
        "https://h/m?msisdn=84912345678&ap=a&poll=0",
        "https://h/m?msisdn=84912345678&ap=a&wait=nan",
        "https://h/m?msisdn=84912345678&ap=a&status=//evil/",
        "https://h/m?msisdn=84912345678&ap=a&status=../x",
        "https://h:99999/m?msisdn=84912345678&ap=a",
        "https://[::1/m?msisdn=84912345678&ap=a",
        "",
        "x" * 5000,
    ],
)
def test_wrong_addresses_say_what_is_wanted_and_show_no_secret(where: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(where)
    assert caught.value.code in {"mobile.address", "http.allow-list"}
    assert "secret" not in str(caught.value)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=80))
def test_any_address_gives_only_our_errors(text: str) -> None:
    for where in (text, f"https://h/m?msisdn=84912345678&ap={text}"):
        try:
            parse_address(where)
        except UsageError:
            continue


# --- TLS --------------------------------------------------------------------------------------------------------------


def _host(name: str, key: Any, host: str, ca: bool = False) -> x509.Certificate:
    names, above = x509.SubjectAlternativeName([x509.DNSName(host)]), make_key("p256", 50)
    link = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key())  # Python 3.13 wants it
    more = ((names, False), (link, False))
    return make_certificate(key, name, issuer=("CA TLS", above), extensions=more, ca=ca)


@pytest.fixture
def tls(tmp_path: Path) -> Callable[[str], ssl.SSLContext]:
    """Makes a server's context that wants client certificates; files of the client beside it."""
    usage = ((key_usage(key_cert_sign=True), True),)
    authority = make_certificate(make_key("p256", 50), "CA TLS", ca=True, extensions=usage)
    (tmp_path / "ca.pem").write_bytes(pem(authority))
    (tmp_path / "client.pem").write_bytes(pem(_host("AP", make_key("p256", 51), "ap.example")))
    secret = BestAvailableEncryption(PASSWORD.encode())
    key = make_key("p256", 51).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    (tmp_path / "client.key").write_bytes(key)

    def context(host: str) -> ssl.SSLContext:
        (tmp_path / "server.pem").write_bytes(
            pem(make_key("p256", 52)) + pem(_host("MSSP", make_key("p256", 52), host))
        )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(tmp_path / "server.pem")
        made.load_verify_locations(tmp_path / "ca.pem")
        made.verify_mode = ssl.CERT_REQUIRED
        return made

    return context


def test_mutual_tls_with_an_encrypted_key(tls: Callable[[str], ssl.SSLContext], tmp_path: Path) -> None:
    files = {"client": tmp_path / "client.pem", "key": tmp_path / "client.key", "ca": tmp_path / "ca.pem"}
    with serving(Mobile(make_signer("pkcs1")), tls("localhost")) as mobile:
        assert opened(mobile, **files).sign(DATA)
        for missing in ("client", "ca"):
            some = {k: v for k, v in files.items() if k != missing and (missing != "client" or k != "key")}
            refused("http.unreachable", open_signer, mobile.uri(**some), ask)
        refused("http.client-certificate", open_signer, mobile.uri(**{**files, "ca": tmp_path / "none"}), ask)
        wrong = mobile.uri(**files, password="none")
        refused("http.client-certificate", open_signer, wrong, lambda _: "sai")


def test_a_server_of_another_name_is_refused(tls: Callable[[str], ssl.SSLContext], tmp_path: Path) -> None:
    files = {"client": tmp_path / "client.pem", "key": tmp_path / "client.key", "ca": tmp_path / "ca.pem"}
    with serving(Mobile(make_signer("pkcs1")), tls("other.example")) as mobile:
        refused("http.unreachable", open_signer, mobile.uri(**files), ask)
        assert mobile.asked == []
