"""Layers of tokens: JWS (RFC 7515), SD-JWT (RFC 9901), status lists, JWKS (RFC 7517), counter codes (RFC 8392)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .. import cbor, cose
from ..clock import moment
from ..counter import (
    AUD,
    AUTH_LEVEL,
    CNF,
    CTI,
    CWT,
    EXP,
    HOLDER,
    IAT,
    ISS,
    LEVEL,
    NAME,
    PREFIX,
    STATUS,
    SUB,
    UNBOUND_PREFIX,
    decode_unverified,
)
from ..disclosure.compact import SdJwt
from ..disclosure.revealing import reveal
from ..encoding import load_json, load_long_json, unb64url
from ..errors import EidError, LimitError, MalformedError
from ..jws import MAX_TOKEN_CHARS, read_header
from ..keys import KeySet
from ..notice import Notice, notice
from ..status import BITS, PER_BYTE, inflate
from ..status import MAX_TOKEN_CHARS as MAX_LIST_CHARS
from .layer import Inspection, Reader, build, problem_of, shown

_TIMES = ("iat", "nbf", "exp", "auth_time")
_MAX_SECONDS = 253_402_300_800  # the year 10000
_PARTS = 3
_LIST_BITS = "lst"
_LABELS = {
    ISS: "iss",
    SUB: "sub",
    AUD: "aud",
    EXP: "exp",
    IAT: "iat",
    CTI: "cti",
    CNF: "cnf",
    STATUS: "status",
    LEVEL: "level",
    AUTH_LEVEL: "auth_level",
    NAME: "name",
}


def jws(text: str, *, show_numbers: bool) -> Inspection:
    """A compact JWS: its header and claims as they stand."""
    header, payload, signature = _split(text)
    members = _or_empty(lambda: read_header(header))
    claims: dict[str, Any] = {}

    def read_claims() -> Mapping[str, Any]:
        claims.update(_object(payload))
        return {name: value for name, value in claims.items() if name != "status_list"}

    readers: dict[str, Reader] = {
        "header": lambda: read_header(header),
        "claims": read_claims,
        "times": lambda: _times(claims),
        "status_list": lambda: _status_list(claims.get("status_list")),
        "signature_bytes": lambda: len(_decoded(signature, "signature")),
    }
    return build(_title(members.get("typ"), show_numbers), readers, show_numbers=show_numbers)


def _title(typ: object, show_numbers: bool) -> Notice:
    return notice(
        {
            "eid+jwt": "inspect.identity",
            "eid-step+jwt": "inspect.step-proof",
            "dc+sd-jwt": "inspect.credential",
            "kb+jwt": "inspect.key-binding",
            "statuslist+jwt": "inspect.status-list",
        }.get(typ if isinstance(typ, str) else "", "inspect.jws"),
        typ=shown(typ, show_numbers=show_numbers),
    )


def _split(text: str) -> tuple[bytes, bytes, bytes]:
    """Three encoded parts; what is missing is empty and will be somebody's problem."""
    parts = text.encode("utf-8", "replace").split(b".", _PARTS)
    header, payload, signature = (*parts, b"", b"")[:_PARTS]
    return header, payload, signature


def _or_empty(read: Reader) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read()
    except EidError:
        return {}
    return found


def _decoded(segment: bytes, what: str) -> bytes:
    try:
        return unb64url(segment)
    except ValueError:
        raise MalformedError("token.malformed", why=f"the {what} is not canonical base64url") from None


def _object(segment: bytes) -> dict[str, Any]:
    """The claims of a payload as long as a status list may be."""
    if len(segment) > MAX_LIST_CHARS:
        raise LimitError("token.too-large", limit=MAX_LIST_CHARS)
    data = _decoded(segment, "payload")
    try:
        value = load_json(data) if len(data) <= MAX_TOKEN_CHARS else load_long_json(data)
    except (ValueError, RecursionError):
        raise MalformedError("token.malformed", why="the claims are not strict JSON") from None
    if type(value) is not dict:
        raise MalformedError("token.malformed", why="the claims are not a JSON object")
    return value


def _times(claims: Mapping[Any, Any]) -> dict[str, str]:
    """The times among the claims, to be read by people."""
    values = {name: claims.get(name) for name in _TIMES}
    return {n: moment(s).isoformat() for n, s in values.items() if type(s) is int and 0 <= s < _MAX_SECONDS}


def _status_list(value: Any) -> dict[str, Any] | None:
    """How many entries a list has, and how many of each status."""
    if value is None:
        return None
    if type(value) is not dict or type(value.get(_LIST_BITS)) is not str:
        raise MalformedError("status.malformed", why="there are no bits", why_vi="không có dữ liệu bit")
    bits = inflate(value[_LIST_BITS])
    counted = Counter(bits)
    found = [0] * (1 << BITS)
    for byte, times in counted.items():
        for place in range(PER_BYTE):
            found[byte >> BITS * place & 3] += times
    names = ("valid", "revoked", "suspended", "application")
    return {"bits": value.get("bits"), "entries": PER_BYTE * len(bits), **dict(zip(names, found, strict=True))}


def sd_jwt(text: str, *, show_numbers: bool) -> Inspection:
    """An SD-JWT: the issuer's token, each disclosure, what they reveal, and the holder's proof."""
    try:
        parts = SdJwt.parse(text)
    except EidError as e:
        return Inspection(title=notice("inspect.sd-jwt"), problem=problem_of(e))
    payload = _split(parts.token)[1]
    layers = [jws(parts.token, show_numbers=show_numbers)]
    layers += [_disclosure(each, show_numbers=show_numbers) for each in parts.disclosures]
    if parts.proof is not None:
        layers.append(jws(parts.proof, show_numbers=show_numbers))
    readers: dict[str, Reader] = {
        "disclosures": lambda: len(parts.disclosures),
        "proof": lambda: parts.proof is not None,
        "revealed": lambda: reveal(_object(payload), parts.disclosures),
    }
    return build(notice("inspect.sd-jwt"), readers, tuple(layers), show_numbers=show_numbers)


def _disclosure(text: str, *, show_numbers: bool) -> Inspection:
    def read() -> Mapping[str, Any]:
        try:
            contents = load_json(unb64url(text.encode("ascii")))
        except (ValueError, RecursionError):
            contents = None
        if type(contents) is not list or len(contents) not in (2, 3):
            why, why_vi = "a disclosure is not a list of two or three", "phần công bố không có hai hoặc ba phần tử"
            raise MalformedError("disclosure.malformed", why=why, why_vi=why_vi)
        return {"name": contents[1], "value": contents[2]} if len(contents) == _PARTS else {"element": contents[1]}

    content = _or_empty(read)
    name = content.get("name")
    values = {str(name): content["value"]} if "name" in content else content
    title = notice("inspect.disclosure", name="[ ]" if name is None else shown(name, show_numbers=show_numbers))
    return build(title, {"discloses": lambda: values or read()}, show_numbers=show_numbers)


def counter_code(text: str, *, show_numbers: bool) -> Inspection:
    """A counter code: the device's signature, and the issuer's CWT under it."""
    try:
        code = decode_unverified(text)
    except EidError as e:
        return Inspection(title=notice("inspect.counter-code"), problem=problem_of(e))
    layers = [_cwt(code.unverified, code.issued_by, show_numbers=show_numbers)]
    readers: dict[str, Reader] = {"bound_to_a_device": lambda: code.bound}
    if code.holder is not None:
        outer = cose.parse_sign1(code.holder, profile=HOLDER)
        readers |= {"device_algorithm": lambda: outer.alg, "device_signature_bytes": lambda: len(outer.signature)}
    return build(notice("inspect.counter-code"), readers, tuple(layers), show_numbers=show_numbers)


def cwt(data: bytes, *, show_numbers: bool) -> Inspection:
    """A counter credential alone: the issuer's COSE_Sign1 and its claims."""
    try:
        message = cose.parse_sign1(data, profile=CWT)
        claims = cbor.decode(message.payload, text_labels=True)
    except EidError as e:
        return Inspection(title=notice("inspect.cwt"), problem=problem_of(e))
    return _cwt(claims if isinstance(claims, dict) else {}, message, show_numbers=show_numbers)


def _cwt(claims: Mapping[Any, Any], message: cose.Sign1, *, show_numbers: bool) -> Inspection:
    named = {_LABELS.get(label, str(label)) if isinstance(label, int) else label: v for label, v in claims.items()}
    readers: dict[str, Reader] = {
        "header": lambda: {"alg": message.alg, "kid": message.kid.decode("utf-8", "replace")},
        "claims": lambda: named,
        "times": lambda: _times(named),
        "signature_bytes": lambda: len(message.signature),
    }
    return build(notice("inspect.cwt"), readers, show_numbers=show_numbers)


def looks_like_code(text: str) -> bool:
    """Whether the text begins as a counter code does."""
    return text.startswith((PREFIX, UNBOUND_PREFIX))


def jwks(value: dict[str, Any], *, show_numbers: bool) -> Inspection:
    """A JWKS: which keys, for what, since when; never their bytes."""

    def keys() -> list[dict[str, Any]]:
        return [{"kid": key.kid, "alg": key.alg, "purpose": key.purpose, **_since(key)} for key in found().keys]

    def found() -> KeySet:
        return KeySet.from_jwks(value)

    return build(notice("inspect.jwks"), {"keys": keys}, show_numbers=show_numbers)


def _since(key: Any) -> dict[str, str]:
    values = {name: getattr(key, name) for name in ("iat", "exp", "revoked")}
    return {n: moment(s).isoformat() for n, s in values.items() if type(s) is int and 0 <= s < _MAX_SECONDS}
