"""Getting into a remote signing service (CSC API v1.0.4 §8.3, §11.2; v2.0 §8.4, §11.2; RFC 6749 §4.3, §4.4; RFC 7617).

`login` sets the line's access token and how to get another one when it ends.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from ..errors import RefusedError, UsageError
from .csc_uri import is_plain, same_origin
from .csc_wire import Line

MAX_METHODS = 128
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a service says about itself: methods, ways to log in, the OAuth server's address or None."""

    methods: frozenset[str] = frozenset()
    ways: tuple[str, ...] = ()
    oauth: str | None = None
    asynchronous: bool = False


def read_service(line: Line) -> Service:
    """`info` of the service; a dialect without it offers nothing. Raises what `Line.call` does."""
    if not line.address.dialect.info:
        return Service()
    values = line.call("info", {}).values
    oauth = values.get("oauth2") or values.get("oauth2Issuer")
    return Service(
        methods=frozenset(line.texts("info", values, "methods", MAX_METHODS)),
        ways=tuple(line.texts("info", values, "authType", 16)),
        oauth=oauth.rstrip("/") if isinstance(oauth, str) and oauth else None,
        asynchronous=values.get("asynchronousOperationMode") is True,
    )


def login(line: Line, service: Service) -> None:
    """Log in the way that the address names, or the first that the service offers and the address has a name for."""
    ways: Mapping[str, Callable[[Line, Service], None]] = {
        "basic": _basic,
        "bearer": _bearer,
        "client": _client,
        "login": _by_json,
        "none": _without,
    }
    way = line.address.auth or _default(line, service)
    enter = ways[way]
    line.has_secret = way in {"client", "login"}
    line.knows_user = way == "basic" or line.address.dialect.token is not None

    def again() -> None:
        enter(line, service)

    line.authorize = None if enter is _without else again
    again()


def _default(line: Line, service: Service) -> str:
    address = line.address
    if address.dialect.login or address.dialect.token:
        return "login"
    if address.cert is not None and "TLS" in service.ways:
        return "none"
    if address.user is not None and "basic" in service.ways:
        return "basic"
    if address.client is not None and "oauth2client" in service.ways:
        return "client"
    if {"oauth2code", "oauth2client", "oauth2"} & set(service.ways):
        return "bearer"
    if {"external", "TLS"} & set(service.ways):
        return "none"
    offered = ", ".join(service.ways) + (" – user=" if "basic" in service.ways else "")
    raise UsageError("csc.authorization", service=address.host, offered=offered)


def _without(line: Line, service: Service) -> None:
    """Nothing: the network or TLS says who we are."""


def _bearer(line: Line, service: Service) -> None:  # noqa: ARG001
    """An access token that the person has from elsewhere; a second call means that the first has ended."""
    name = f"Access token for {line.address.host}"
    if line.token is None:
        line.secrets.forget(name)
    line.token = line.secrets.once(name, "token")


def _basic(line: Line, service: Service) -> None:  # noqa: ARG001
    """`auth/login` with the user's name and password."""
    user = _needed(line, line.address.user, "user")
    if ":" in user:  # RFC 7617 §2: it would end the name
        raise UsageError("csc.address", why="user")
    name = f"Password for {user} at {line.address.host}"
    pair = f"{user}:{line.secrets.once(name, 'password')}"
    header = line.secrets.hide(base64.b64encode(pair.encode()).decode())
    url = line.address.at("auth/login")
    _enter(line, name, url, orjson.dumps({}), {"Authorization": f"Basic {header}"})


def _client(line: Line, service: Service) -> None:
    """The client's own credentials at the token endpoint."""
    client = _needed(line, line.address.client, "client")
    name = f"Client secret for {client} at {line.address.host}"
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": line.secrets.once(name, "secret")}
    _enter(line, name, f"{oauth_base(line, service)}/oauth2/token", urlencode(form).encode(), FORM)


def _by_json(line: Line, service: Service) -> None:
    """A dialect's own log-in, or its token endpoint for a user's password."""
    address = line.address
    client = _needed(line, address.client, "client")
    user = _needed(line, address.user, "user")
    name = f"Client secret for {client} at {address.host}"
    secret = line.secrets.once(name, "secret")
    if address.dialect.token:
        name = f"Password for {user} at {address.host}"
        form = {"grant_type": "password", "client_id": client, "client_secret": secret, "username": user}
        form["password"] = line.secrets.once(name, "password")
        return _enter(line, name, address.at(address.dialect.token), urlencode(form).encode(), FORM)
    if address.dialect.login is None:
        raise UsageError("csc.authorization", service=address.host, offered=", ".join(service.ways))
    values = {"client_id": client, "client_secret": secret, "user_id": user, "profile_id": address.profile or ""}
    return _enter(line, name, address.at(address.dialect.login), orjson.dumps(values), {})


def _enter(line: Line, secret: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Fetch an access token. A refusal makes the secret to be asked for again next time."""
    line.token = None
    try:
        reply = line.post(url, body, headers)
    except (UsageError, RefusedError):
        line.secrets.reject(secret)
        raise
    line.token = access_token(line, url.rpartition("/")[2], reply.values)


def access_token(line: Line, method: str, values: Mapping[str, object]) -> str:
    """The `access_token` of an answer, in the characters that a header may have (RFC 6750 §2.1)."""
    token = line.secrets.hide(line.text(method, values, "access_token"))
    if not token.isascii() or not token.isprintable() or " " in token:
        raise line.malformed(method, "access_token")
    return token


def oauth_base(line: Line, service: Service) -> str:
    """Where the OAuth server is: as the address says, else as the service says if that is the service's own host.

    A service could otherwise send the client's secret anywhere. Raises `UsageError` `csc.oauth-elsewhere`.
    """
    if line.address.oauth is not None:
        return line.address.oauth
    if service.oauth is None:
        return line.address.base
    if not is_plain(service.oauth):
        raise line.malformed("info", "oauth2")
    if not same_origin(service.oauth, line.address.base):
        raise UsageError("csc.oauth-elsewhere", service=line.address.host, url=service.oauth)
    return service.oauth


def _needed(line: Line, value: str | None, option: str) -> str:
    if value is None:
        raise UsageError("csc.address", why=f"{line.address.host}: {option}=")
    return value
