"""Leave to use a key by way of a browser: OAuth 2.0 codes of scope `credential` (CSC API v1.0.4 §8.3.2, v2.0 §8.4).

The person opens an address, confirms there, and pastes the code or the whole address that the browser was sent to.
Proof Key for Code Exchange (RFC 7636) binds the code to this process, `state` binds the answer to this question.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..errors import UsageError
from .csc_credential import Credential
from .csc_login import FORM, Service, access_token, oauth_base
from .csc_wire import Line

MAX_PASTED_FIELDS = 32


def credential_token(
    line: Line, service: Service, credential: Credential, hashes: Sequence[str], digest_oid: str
) -> str:
    """An access token that stands in for the SAD of these hashes.

    With `client=` and `redirect=` in the address the code flow is gone through; else the token itself is asked for.
    Raises `UsageError` `csc.oauth-state`, `csc.oauth-elsewhere`, and what the token endpoint answers.
    """
    address = line.address
    if address.client is None or address.redirect is None:
        return line.secrets.fresh(
            f"Access token with scope credential for {credential.id} at {address.host}", about=f" – {hashes[0]}"
        )
    base = oauth_base(line, service)
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    question = {
        "response_type": "code",
        "client_id": address.client,
        "redirect_uri": address.redirect,
        "scope": "credential",
        "credentialID": credential.id,
        "numSignatures": str(len(hashes)),
        **_hashes(line, hashes, digest_oid),
        "code_challenge": _plain(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
        "state": state,
    }
    pasted = line.secrets.fresh(f"Code (or address) that {base}/oauth2/authorize?{urlencode(question)} leads to")
    form = {
        "grant_type": "authorization_code",
        "code": line.secrets.hide(_code(pasted, state), brief=True),
        "client_id": address.client,
        "redirect_uri": address.redirect,
        "code_verifier": verifier,
    }
    return _exchanged(line, f"{base}/oauth2/token", form)


def _exchanged(line: Line, url: str, form: dict[str, str]) -> str:
    """The token for a code; a client with a secret shows it here, too."""
    if line.has_secret:
        name = f"Client secret for {form['client_id']} at {line.address.host}"
        form = form | {"client_secret": line.secrets.once(name, "secret")}
    return access_token(line, "token", line.post(url, urlencode(form).encode(), FORM).values)


def _hashes(line: Line, hashes: Sequence[str], digest_oid: str) -> dict[str, str]:
    """The hashes as a query carries them: base64url, joined by commas."""
    joined = ",".join(_plain(base64.b64decode(h)) for h in hashes)
    dialect = line.address.dialect
    return {dialect.hashes: joined} | ({dialect.hash_algorithm: digest_oid} if dialect.auth_data else {})


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _code(pasted: str, state: str) -> str:
    """The code in what was pasted. An address must hold our `state`, or it answers somebody else's question."""
    text = pasted.strip()
    if "://" not in text:
        return text
    try:
        given = dict(parse_qsl(urlsplit(text).query, max_num_fields=MAX_PASTED_FIELDS))
    except ValueError:
        raise UsageError("csc.oauth-state") from None
    if not compare_digest(given.get("state", "").encode(), state.encode()) or not given.get("code"):
        raise UsageError("csc.oauth-state")
    return given["code"]
