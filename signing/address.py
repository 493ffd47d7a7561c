"""RFC 3986: the http(s) addresses that may be asked, and which of them an entry of the allow-list covers."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_URL_CHARS = 2048
PORTS = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/(?:[a-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?"
    r"(?P<query>\?(?:[a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?",
    re.ASCII | re.IGNORECASE,
)
# A dot, slash, backslash or control character that hides behind a percent sign: servers disagree on what it means.
_HIDDEN = re.compile(r"%(?:2e|2f|5c|7f|[01][0-9a-f])", re.ASCII | re.IGNORECASE)


class Address(NamedTuple):
    """The parts of an address, scheme and host in lower case; the query with its question mark."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @classmethod
    def parse(cls, url: str) -> Address | None:
        """The parts of a URL, or None when it is anything but plain http(s) without user, fragment or dot segments."""
        found = _URL.fullmatch(url) if len(url) <= MAX_URL_CHARS else None
        if found is None:
            return None
        scheme, path = found["scheme"].lower(), found["path"] or "/"
        port = int(found["port"] or PORTS[scheme])
        if not 0 < port < 65536 or _HIDDEN.search(path) or {".", ".."} & set(path.split("/")):
            return None
        return cls(scheme, found["host"].lower(), port, path, found["query"] or "")

    def covers(self, other: Address) -> bool:
        """Whether `other` is at or below this address; a path matches by whole segments."""
        if self[:3] != other[:3]:
            return False
        return other.path == self.path or other.path.startswith(self.path.rstrip("/") + "/")

    def __str__(self) -> str:
        """The address without its query, which may hold a secret."""
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"


def shown_url(url: str) -> str:
    """An address that is refused, without user, password, query and fragment, which may hold a secret."""
    before, slashes, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{before}{slashes}{host.rpartition('@')[2]}{slash}{path}" if slashes else before.rpartition("@")[2]
