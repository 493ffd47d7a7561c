"""The address of a key in a SIM: `mobile+https://HOST/PATH?msisdn=84…&ap=…` (RFC 3986, ITU-T E.164).

No secret has a place in it: unknown options are refused, and nothing of a refused address is shown. Services that
have an address for each request, as the government's has, get it by options:
`…/soap/services/MSS_SignaturePort?registration=/soap/services/MSS_RegistrationPort&status=…&client=ap.pem&ca=…`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from ..errors import UsageError
from ..http import HttpClient

MAX_ADDRESS_CHARS = 2048
MAX_OPTION_CHARS = 512
POLL_S = (0.01, 60.0)  # seconds between two questions, least and most
WAIT_S = (1.0, 3600.0)  # seconds that a person has for confirming, least and most
FORMATS = ("pkcs1", "pkcs7")
MODES = ("asynch", "synch")
DATA = ("digestinfo", "digest")  # what DataToBeSigned holds: DigestInfo (RFC 8017 §9.2) or the bare digest
SOURCES = ("registration", "profile")
VIETNAM_PROFILE = "http://mobile-id.vn/digitalSignature"  # of the services for Vietnamese SIMs
# What these services are asked for besides: the certificate in the answer, and a check of their own.
VIETNAM_SERVICES = tuple(
    f"http://mobile-id.vn/MSSP/v1.0.0#{name}" for name in ("signingCertificate", "signatureValidation")
)
SHARED_S = (0.0, 900.0)  # seconds for which one transaction identifier serves; the PIN then holds as long in some SIMs
_MSISDN = re.compile(r"(\+?[1-9][0-9]{7,14})", re.ASCII)
_TEXT = re.compile(r"[^\x00-\x20\x7f-\x9f]+")
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileAddress:
    """Where a mobile signature service is and how to ask it.

    `base` is scheme and host, the three paths lead to the services. `msisdn` has its country code; a plus sign before
    it is sent as written. `ap` identifies the application to the service, `mssp` the service. Files: `certificate` the
    signer's, `client` and `key` those of mutual TLS, `ca` what the server is trusted by. `services` are additional
    ones that are asked for. With `shared_s` our transaction identifier is kept that long: Vietnamese services then
    ask for one PIN in a batch. Times in seconds.
    """

    base: str
    signature: str
    status: str
    registration: str
    msisdn: str
    ap: str
    mssp: str
    profile: str = VIETNAM_PROFILE
    format: str = "pkcs1"
    mode: str = "asynch"
    data: str = "digestinfo"
    lookup: str = "registration"
    language: str = "vi"
    soap: str = "1.1"
    password: bool = True
    services: tuple[str, ...] = VIETNAM_SERVICES
    shared_s: float = 0.0
    certificate: str | None = None
    client: str | None = None
    key: str | None = None
    ca: str | None = None
    poll_s: float = 5.0
    wait_s: float = 300.0

    @property
    def host(self) -> str:
        """The host and port, for messages."""
        return self.base.partition("://")[2]

    @property
    def phone(self) -> str:
        """The number with its middle hidden: it names a person, and messages travel."""
        number = self.msisdn.lstrip("+")
        return f"{number[:4]}***{number[-3:]}"


def parse_address(where: str) -> MobileAddress:
    """The address in `where` (`https://…`; http on this machine alone). Raises `UsageError` `mobile.address`."""
    try:
        parts = urlsplit(where) if len(where) <= MAX_ADDRESS_CHARS and where.isascii() else None
    except ValueError:
        parts = None
    if parts is None or parts.fragment or "@" in parts.netloc or not parts.hostname:
        raise UsageError("mobile.address", why="https://HOST/PATH?…")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise UsageError("mobile.address", why="https")
    options = _options(parts.query)
    path = parts.path or "/"
    base = f"{parts.scheme}://{parts.netloc}"
    paths: dict[str, Any] = {name: options.pop(name, path) for name in ("signature", "status", "registration")}
    if not all(_PATH.fullmatch(p) for p in paths.values()):
        raise UsageError("mobile.address", why="signature, status, registration: /PATH")
    for one in paths.values():
        HttpClient(allow=(base + one,))  # as strict as the client itself
    return MobileAddress(base=base, **paths, **_checked({"mssp": f"{base}/", **options}))


def _options(query: str) -> dict[str, str]:
    """Each option once, percent-decoded. A plus sign stays one: numbers begin with it."""
    found: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        name, equals, raw = item.partition("=")
        value = unquote(raw, errors="strict") if _decodable(raw) else ""
        if name not in _KNOWN or not equals or name in found:
            raise UsageError("mobile.address", why=f"options: {', '.join(sorted(_KNOWN))}")
        if len(value) > MAX_OPTION_CHARS or not _TEXT.fullmatch(value.replace(" ", "_")):
            raise UsageError("mobile.address", why=name)
        found[name] = value
    return found


def _decodable(raw: str) -> bool:
    try:
        unquote(raw, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


_CHOICES = {
    "format": FORMATS,
    "mode": MODES,
    "data": DATA,
    "lookup": SOURCES,
    "language": ("vi", "en"),
    "soap": ("1.1", "1.2"),
}
_FILES = ("certificate", "client", "key", "ca")
_KNOWN = frozenset(
    {
        "msisdn",
        "ap",
        "mssp",
        "profile",
        "password",
        "services",
        "shared",
        "poll",
        "wait",
        "signature",
        "status",
        "registration",
    }
    | set(_CHOICES)
    | set(_FILES)
)


def _checked(options: dict[str, str]) -> dict[str, Any]:
    """The options as members of `MobileAddress`."""
    number = _MSISDN.fullmatch(options.pop("msisdn", ""))
    if number is None:
        raise UsageError("mobile.address", why="msisdn=84912345678")
    if not options.get("ap"):
        raise UsageError("mobile.address", why="ap=…")
    for name, allowed in _CHOICES.items():
        if options.get(name, allowed[0]) not in allowed:
            raise UsageError("mobile.address", why=f"{name}: {', '.join(allowed)}")
    asked = options.pop("password", "ask")
    if asked not in {"ask", "none"}:
        raise UsageError("mobile.address", why="password: ask, none")
    named = options.pop("services", "default")
    if named not in {"default", "none"}:
        raise UsageError("mobile.address", why="services: default, none")
    vietnamese = options.get("profile", VIETNAM_PROFILE) == VIETNAM_PROFILE and named == "default"
    times = {
        "shared_s": _seconds(options.pop("shared", "0"), *SHARED_S, "shared"),
        "poll_s": _seconds(options.pop("poll", "5"), *POLL_S, "poll"),
        "wait_s": _seconds(options.pop("wait", "300"), *WAIT_S, "wait"),
    }
    services = VIETNAM_SERVICES if vietnamese else ()
    return {**options, **times, "msisdn": number[1], "password": asked == "ask", "services": services}


def _seconds(text: str, least: float, most: float, name: str) -> float:
    try:
        seconds = float(text) if text.isascii() else -1.0
    except ValueError:
        seconds = -1.0
    if not least <= seconds <= most:
        raise UsageError("mobile.address", why=f"{name}: {least:g} … {most:g}")
    return seconds


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
