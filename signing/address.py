"""RFC 3986: the http(s) addresses that may be asked, and which of them an entry of the allow-list covers.

RFC 6890: which IP addresses are public; the others belong to this machine, to its network, or to many at once.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
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

    @property
    def is_own(self) -> bool:
        """Whether the host itself says where it is: an IP address in its usual form, or this machine."""
        try:
            return bool(ip_address(self.host.strip("[]")))
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")  # RFC 6761 §6.3

    def __str__(self) -> str:
        """The address without its query, which may hold a secret."""
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"


def shown_url(url: str) -> str:
    """An address that is refused, without user, password, query and fragment, which may hold a secret."""
    before, slashes, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{before}{slashes}{host.rpartition('@')[2]}{slash}{path}" if slashes else before.rpartition("@")[2]


_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address behind a translator


def is_public(address: str) -> bool:
    """Whether an IP address, as a resolver gives it, is one machine on the public internet; IPv4 inside IPv6 too."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = [found, *_inside(found)] if isinstance(found, IPv6Address) else [found]
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in inner)


def _inside(address: IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    found: list[IPv4Address | IPv6Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _TRANSLATED:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]
