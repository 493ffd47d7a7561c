"""Everything that a token, a QR code or a file of a chip says, layer by layer, and nothing of it proven.

    print(inspect(token).to_dict())

Inspecting does not mean verifying: no signature is checked and no key is asked for. It is for people who look at what
another program refused. Odd bytes are an `Inspection` of kind `unknown`, never an error.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ..cards.lds import read_files
from ..encoding import load_json
from ..errors import EidError, LimitError, UsageError
from ..notice import notice
from ..scan import scan
from . import cards, tokens
from .layer import Inspection, build, problem_of

__all__ = ["Inspection", "inspect", "inspect_chip"]

MAX_BYTES = 4 << 20  # bytes of one thing inspected; a picture or the largest file of a chip

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"%PDF-")
_DER, _COSE = 0x30, 0xD2
_JWS = re.compile(r"[\w=+/-]*\.[\w=+/-]*\.[\w=+/-]*", re.ASCII)
_ZONE = re.compile(r"[A-Z0-9<\r\n ]{60,120}")
_OBJECT = ("ey", "ew")  # how JSON objects begin in base64url
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_BARS = (6, 10)  # between the fields of a card's QR code
_MAX_PEM = 64  # blocks shown of one file


def inspect(data: bytes | str, *, show_numbers: bool = False) -> Inspection:
    """What `data` is and says. Personal numbers are masked unless `show_numbers`.

    Known are: tokens (`eid+jwt`, `eid-step+jwt`, `dc+sd-jwt` with its disclosures and `kb+jwt`, `statuslist+jwt`, other
    JWS), JWKS, counter codes, texts of card QR codes, machine-readable zones, personal numbers, files of a chip,
    certificates, revocation and master lists, and pictures and PDFs with QR codes on them (extra `scan`).
    """
    given: object = data
    if not isinstance(given, bytes | str):
        raise UsageError("usage.argument", why="what is inspected is bytes or text")
    size = len(data)
    if size > MAX_BYTES:
        too_large = LimitError("input.too-large", what="the input", limit=f"{MAX_BYTES} bytes")
        return Inspection(title=notice("inspect.unknown"), facts={"bytes": size}, problem=problem_of(too_large))
    if isinstance(data, str):
        return _text(data, show_numbers) or _unknown(data.encode("utf-8", "surrogatepass"))
    found = _binary(data, show_numbers)
    if found is None:
        try:
            found = _text(data.decode("utf-8-sig"), show_numbers)
        except UnicodeDecodeError:
            found = None
    return found or _unknown(data)


def inspect_chip(files: Mapping[str, bytes], *, show_numbers: bool = False) -> Inspection:
    """The files of one chip, by their names; other files are passed over, and none of a chip's are `unknown`.

    Raises `EidError` as `Chip.read` does.
    """
    known = read_files(files)
    if not known:
        return Inspection(title=notice("inspect.unknown"), facts={"files": []})
    layers = tuple(inspect(data, show_numbers=show_numbers) for data in known.values())
    return build(notice("inspect.chip"), {"files": lambda: list(known)}, layers, show_numbers=show_numbers)


def _binary(data: bytes, show_numbers: bool) -> Inspection | None:
    if data.startswith(_PICTURES):
        return _picture(data, show_numbers)
    if data[:1] == bytes([_DER]):
        return cards.der(data, show_numbers=show_numbers)
    if data[:1] == bytes([_COSE]):
        return tokens.cwt(data, show_numbers=show_numbers)
    return cards.chip_file(data, show_numbers=show_numbers)


def _text(text: str, show_numbers: bool) -> Inspection | None:
    text = text.strip("\r\n\t \ufeff")
    if tokens.looks_like_code(text):
        return tokens.counter_code(text, show_numbers=show_numbers)
    if "~" in text and _JWS.match(text):
        return tokens.sd_jwt(text, show_numbers=show_numbers)
    if text.startswith(_OBJECT) and _JWS.fullmatch(text):
        return tokens.jws(text, show_numbers=show_numbers)
    if text.startswith("{"):
        return _json(text, show_numbers)
    if text.startswith("-----BEGIN"):
        return _pem(text, show_numbers)
    if text.count("|") in _BARS:
        return cards.card_qr(text, show_numbers=show_numbers)
    if "<" in text and _ZONE.fullmatch(text):
        return cards.mrz(text, show_numbers=show_numbers)
    if re.fullmatch(r"[0-9]{12}", text):
        return cards.number(text, show_numbers=show_numbers)
    return None


def _json(text: str, show_numbers: bool) -> Inspection | None:
    try:
        value: Any = load_json(text.encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and "keys" in value:
        return tokens.jwks(value, show_numbers=show_numbers)
    return None


def _pem(text: str, show_numbers: bool) -> Inspection:
    """Certificates in PEM; of keys only that they are there."""
    layers, others = [], []
    for found in list(_PEM.finditer(text))[:_MAX_PEM]:
        if found[1] == "CERTIFICATE":
            try:
                layers.append(cards.certificate(base64.b64decode(found[2]), show_numbers=show_numbers))
            except binascii.Error:
                others.append("CERTIFICATE (not base64)")
        else:
            others.append(found[1])
    return build(notice("inspect.pem"), {"blocks": lambda: others}, tuple(layers), show_numbers=show_numbers)


def _picture(data: bytes, show_numbers: bool) -> Inspection:
    """The QR codes on a picture or on the pages of a PDF."""
    title = notice("inspect.picture")
    try:
        codes = scan(data)
    except EidError as e:
        return Inspection(title=title, facts={"bytes": len(data)}, problem=problem_of(e))
    layers = tuple(_text(code.text, show_numbers) or _unknown(code.text.encode("utf-8", "replace")) for code in codes)
    return build(title, {"codes": lambda: len(codes)}, layers, show_numbers=show_numbers)


def _unknown(data: bytes) -> Inspection:
    facts = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return Inspection(title=notice("inspect.unknown"), facts=facts)
