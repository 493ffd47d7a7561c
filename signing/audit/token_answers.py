"""What an audit says of a token that is not called good, and what stands in any compact JWS (RFC 7515 §7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from eid import errors as eid_errors
from eid.encoding import load_long_json, unb64url
from eid.inspection.layer import shown
from eid.jws import PARTS, read_header
from eid.status import MAX_TOKEN_CHARS as MAX_LIST_CHARS

from ..clock import vietnam_time
from ..report import Finding, Indication, SignatureReport, SignerInfo

_MAX_SECONDS = 253_402_300_800  # the year 10000
_ALGORITHMS = {
    "ES256": ("sha256", "ecdsa"),
    "ES384": ("sha384", "ecdsa"),
    "EdDSA": (None, "ed25519"),
    "Ed25519": (None, "ed25519"),
    "PS256": ("sha256", "rsassa-pss"),
    "RS256": ("sha256", "rsa-pkcs1-v1_5"),
}


class Answer(Exception):  # noqa: N818  # no error: what ends the judgement
    """Why a token is not called good. `intact` is whether a trusted issuer signed it as it is."""

    def __init__(self, indication: Indication, sub_indication: str, finding: Finding, intact: bool | None) -> None:
        super().__init__(sub_indication)
        self.indication, self.sub_indication, self.finding, self.intact = indication, sub_indication, finding, intact


def failed(sub_indication: str, code: str, *, intact: bool | None = True, **details: str) -> Answer:
    """A token that no later knowledge makes good."""
    return Answer(Indication.FAILED, sub_indication, Finding.of(code, severity=None, **details), intact)


def doubt(sub_indication: str, code: str, *, intact: bool | None = True, **details: str) -> Answer:
    """A token about which something cannot be told."""
    return Answer(Indication.INDETERMINATE, sub_indication, Finding.of(code, severity=None, **details), intact)


_BROKEN = {  # codes of `eid` → whether the issuer's signature holds all the same
    "token.signature": (False, "SIG_CRYPTO_FAILURE"),
    "holder.signature": (False, "SIG_CRYPTO_FAILURE"),
    "holder.other-token": (True, "HASH_FAILURE"),
}


def answer_of(error: eid_errors.EidError) -> Answer:
    """What a refusal by `eid` means in the words of EN 319 102-1."""
    if error.code == "token.key-unknown":
        return doubt("NO_SIGNING_CERTIFICATE_FOUND", "token.key-unknown", intact=None)
    if isinstance(error, eid_errors.LimitError):
        return doubt("GENERIC", "token.refused", intact=None, why=error.text, why_vi=error.text_vi)
    if error.code in _BROKEN:
        intact, sub_indication = _BROKEN[error.code]
        code = "token.refused" if intact else "token.signature"
        return failed(sub_indication, code, intact=intact, why=error.text, why_vi=error.text_vi)
    if error.code.startswith("disclosure.") and isinstance(error, eid_errors.VerificationError):
        return failed("HASH_FAILURE", "token.refused", why=error.text, why_vi=error.text_vi)
    code = "token.malformed" if isinstance(error, eid_errors.MalformedError) else "token.refused"
    return failed("FORMAT_FAILURE", code, intact=None, why=error.text, why_vi=error.text_vi)


@contextmanager
def signed() -> Iterator[None]:
    """Refusals of a token whose signature holds already."""
    try:
        yield
    except eid_errors.EidError as e:
        answer = answer_of(e)
        answer.intact = True
        raise answer from None


def told(about: SignatureReport, answer: Answer) -> SignatureReport:
    """The entry with that answer."""
    return replace(
        about,
        indication=answer.indication,
        sub_indication=answer.sub_indication,
        intact=answer.intact,
        findings=(answer.finding,),
    )


def about(name: str, text: str) -> SignatureReport:
    """An entry with what a token says of itself, unproven; personal numbers in it are masked."""
    header, claims = _or_empty(header_of, text), _or_empty(claims_of, text)
    digest, algorithm = _ALGORITHMS.get(str(header.get("alg")), (None, None))
    issuer, kid, made = claims.get("iss"), header.get("kid"), claims.get("iat")
    signer = None
    if type(issuer) is str or type(kid) is str:
        who, which = _masked(issuer), _masked(kid)
        signer = SignerInfo(subject=who, issuer=who, serial=which)
    return SignatureReport(
        id=name,
        type="signature",
        format="JWS",
        indication=Indication.INDETERMINATE,
        signer=signer,
        signing_time=_moment(made),
        digest_algorithm=digest,
        signature_algorithm=algorithm,
    )


def _masked(value: object) -> str:
    return str(shown(value, show_numbers=False)) if type(value) is str else ""


def _moment(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if type(value) is int and 0 <= value < _MAX_SECONDS else None


def shown_time(second: int) -> str:
    """A second since 1970 for people."""
    found = _moment(second)
    return "?" if found is None else vietnam_time(found)


def _or_empty(read: Callable[[str], dict[str, Any]], text: str) -> dict[str, Any]:
    try:
        return read(text)
    except eid_errors.EidError:
        return {}


def header_of(text: str) -> dict[str, Any]:
    """The header, unproven. Raises `MalformedError`, `LimitError` of `eid`."""
    return read_header(text.split(".", 1)[0].encode("utf-8", "replace"))


def claims_of(text: str) -> dict[str, Any]:
    """The claims of a token as long as a status list may be, unproven. Raises `MalformedError`."""
    parts = text[: MAX_LIST_CHARS + 1].encode("utf-8", "replace").split(b".", PARTS)
    if len(parts) != PARTS or len(text) > MAX_LIST_CHARS:
        raise eid_errors.MalformedError("token.malformed", why="not three parts of bounded length")
    try:
        value = load_long_json(unb64url(parts[1]))
    except (ValueError, RecursionError):
        raise eid_errors.MalformedError("token.malformed", why="the claims are not strict JSON") from None
    if type(value) is not dict:
        raise eid_errors.MalformedError("token.malformed", why="the claims are not a JSON object")
    return value
