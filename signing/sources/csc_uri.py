"""The address of a remote key: `csc+https://HOST/csc/v1?credential=…&user=…` (RFC 3986; CSC API §8.1).

No secret has a place in it: names of options that are not known are refused, and nothing of a refused address is shown.

| option | meaning |
|---|---|
| `credential`, `user` | which key, and whose; the only one there is without `credential` |
| `auth` | `basic` (user and password), `bearer` (a token from elsewhere), `client`, `login` (a dialect's own), `none` |
| `client`, `profile`, `oauth`, `redirect` | OAuth 2.0: client, profile, the server, where a browser is sent |
| `certificate` | SHA-256 that the signing certificate must have |
| `signatures` | how many signatures one authorisation is asked to allow when documents come one by one |
| `dialect` | `v1`, `v2`, `ascertia`, `vnpt`; else seen in the path |
| `ca`, `cert` | PEM files: the authority of the service's TLS certificate, our own certificate with its key |
| `password-file`, `pin-file`, `secret-file`, `token-file` | files whose first line is that secret |
| `poll`, `wait` | seconds between two looks, and for the person's confirmation |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from ..errors import UsageError
from ..http import HttpClient
from .csc_dialect import DIALECTS, Dialect, dialect_of
from .csc_secrets import KINDS

MAX_ADDRESS_CHARS = 2048
MAX_OPTION_CHARS = 512
MAX_BATCH = 1000  # signatures for one authorisation
POLL_S = (0.01, 60.0)  # seconds between two looks, least and most
WAIT_S = (1.0, 3600.0)  # seconds that a person has for confirming, least and most
OPTIONS = (
    "credential",
    "user",
    "auth",
    "client",
    "profile",
    "oauth",
    "redirect",
    "certificate",
    "signatures",
    "dialect",
    "ca",
    "cert",
    "poll",
    "wait",
    *(f"{kind}-file" for kind in KINDS),
)
WAYS = ("basic", "bearer", "client", "login", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class CscAddress:
    """Where a remote key is and how to ask for it.

    `base` has no query and no slash at its end. `certificate` is the SHA-256 that the certificate must have.
    `ca` is the PEM file of the only authority that the service's TLS certificate may come from, `cert` the PEM file of
    a client certificate with its key. `files` names files whose first line is a secret, by the secret's kind.
    `signatures` is how many one authorisation is asked to allow when documents come one by one. Times in seconds.
    """

    base: str
    dialect: Dialect
    credential: str | None = None
    user: str | None = None
    auth: str | None = None
    client: str | None = None
    profile: str | None = None
    oauth: str | None = None
    redirect: str | None = None
    certificate: bytes | None = None
    ca: str | None = None
    cert: str | None = None
    files: tuple[tuple[str, str], ...] = ()
    signatures: int = 1
    poll_s: float = 2.0
    wait_s: float = 300.0

    @classmethod
    def parse(cls, where: str) -> CscAddress:
        """The address in `where` (`https://…`, or `http://` on this machine). Raises `UsageError` `csc.address`."""
        if len(where) > MAX_ADDRESS_CHARS:
            raise UsageError("csc.address", why=f"> {MAX_ADDRESS_CHARS}")
        base, _, query = where.partition("?")
        given = _options(query)
        base = _service(base, "HOST/PATH")
        dialect = DIALECTS.get(given.get("dialect", dialect_of(base).name))
        auth = given.get("auth")
        if dialect is None or (auth is not None and auth not in WAYS):
            raise UsageError("csc.address", why=f"dialect={'|'.join(DIALECTS)}, auth={'|'.join(WAYS)}")
        return cls(
            base=base,
            dialect=dialect,
            credential=given.get("credential"),
            user=given.get("user"),
            auth=auth,
            client=given.get("client"),
            profile=given.get("profile"),
            oauth=_service(given["oauth"], "oauth") if "oauth" in given else None,
            redirect=given.get("redirect"),
            certificate=_fingerprint(given.get("certificate")),
            ca=given.get("ca"),
            cert=given.get("cert"),
            files=tuple((kind, given[f"{kind}-file"]) for kind in KINDS if f"{kind}-file" in given),
            signatures=int(_number(given, "signatures", 1, (1, MAX_BATCH))),
            poll_s=_number(given, "poll", 2.0, POLL_S),
            wait_s=_number(given, "wait", 300.0, WAIT_S),
        )

    @property
    def host(self) -> str:
        """Host and port, for messages and prompts."""
        return urlsplit(self.base).netloc

    def at(self, path: str) -> str:
        """The URL of a method; `..` goes up a segment, as in a dialect's own paths."""
        base = self.base
        while path.startswith("../"):
            base, path = base.rpartition("/")[0], path[3:]
        return f"{base}/{path}"


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _options(query: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for item in query.split("&") if query else ():
        name, _, value = item.partition("=")
        text = unquote(value, errors="replace")
        if name not in OPTIONS or name in given:
            raise UsageError(
                "csc.address", why=f"one each of {', '.join(OPTIONS)}; secrets are asked for, or read from files"
            )
        if not 0 < len(text) <= MAX_OPTION_CHARS or not text.isprintable() or "\ufffd" in text:
            raise UsageError("csc.address", why=name)
        given[name] = text
    return given


def _service(url: str, what: str) -> str:
    """`url` if it is https, or http on this machine, and plain; without a slash at its end."""
    url = url.rstrip("/")
    if "@" in url or not is_plain(url):
        raise UsageError("csc.address", why=what)
    parts = urlsplit(url)
    if parts.scheme.lower() != "https" and not _is_loopback(parts.hostname or ""):
        raise UsageError("csc.address", why=f"{what}: http:// only on this machine, else https://")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path}"


def is_plain(url: str) -> bool:
    """Whether the HTTP client takes the address; its own error would show it, and with it a password."""
    try:
        HttpClient(allow=(url,))
        urlsplit(url)  # it knows more about what may stand in brackets
    except (UsageError, ValueError):
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fingerprint(text: str | None) -> bytes | None:
    if text is None:
        return None
    plain = text.replace(":", "")
    if not re.fullmatch("[0-9a-fA-F]{64}", plain):
        raise UsageError("csc.address", why="certificate=SHA-256, 64 hex digits")
    return bytes.fromhex(plain)


def _number(given: dict[str, str], name: str, default: float, limits: tuple[float, float]) -> float:
    text = given.get(name)
    if text is None:
        return default
    whole = isinstance(limits[0], int)
    if not re.fullmatch(r"[0-9]{1,6}" if whole else r"[0-9]{1,6}(\.[0-9]{1,3})?", text, re.ASCII):
        raise UsageError("csc.address", why=f"{name}={limits[0]}…{limits[1]}")
    if not limits[0] <= float(text) <= limits[1]:
        raise UsageError("csc.address", why=f"{name}={limits[0]}…{limits[1]}")
    return float(text)
