"""Identity tokens as files: what of a token (RFC 7519, RFC 9901, Token Status List) can be judged long after its use.

A token is made for one recipient and a few minutes. Signature, issuer, key, kind and times are checked with the
issuers' keys that are trusted; audience, nonce, level and replay are the recipient's, and are not. The answers are
those of EN 319 102-1 §5.1.3, with the issuer's key in the place of a certificate:

| the token | indication | sub-indication |
|---|---|---|
| is not one, or breaks a rule of its kind | TOTAL-FAILED | FORMAT_FAILURE |
| was changed | TOTAL-FAILED | SIG_CRYPTO_FAILURE |
| comes with disclosures, or a holder's proof, of another | TOTAL-FAILED | HASH_FAILURE |
| states a time at which its key did not sign | TOTAL-FAILED | NOT_YET_VALID, EXPIRED |
| has an issuer that nobody trusts | INDETERMINATE | NO_CERTIFICATE_CHAIN_FOUND |
| names a key that its issuer does not publish | INDETERMINATE | NO_SIGNING_CERTIFICATE_FOUND |
| is signed by a key that was revoked since | INDETERMINATE | REVOKED_NO_POE |
| has ended: it is never revived, and nothing proves when it was made | INDETERMINATE | OUT_OF_BOUNDS_NO_POE |
| lives, and has a status that is not known here | INDETERMINATE | TRY_LATER |

Nothing about a person is shown: neither names nor numbers, subjects or claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from eid import errors as eid_errors
from eid.checks import Asked, Case, active_key, authentication, identity_claims, issuer, step_claims, times
from eid.disclosure.compact import SdJwt
from eid.disclosure.credential import CREDENTIAL
from eid.disclosure.credential import PROFILE as CREDENTIAL_PROFILE
from eid.disclosure.rules import RULES, CredentialCase, CredentialCheck
from eid.encoding import load_json
from eid.holder import KEY_BINDING, MAX_AGE_S, check_proof, holder_key
from eid.jws import Profile, open_compact
from eid.keys import Key, KeySet, Purpose
from eid.level import Level
from eid.status import MAX_TOKEN_CHARS as MAX_LIST_CHARS
from eid.status import OpenedStatusList
from eid.token import IDENTITY, SKEW_S, STATUS_LIST, STEP_PROOF, claims_object

from ..report import Finding, Indication, SignatureReport, SignerInfo
from ..trust.store import TrustStore
from .token_answers import Answer, about, answer_of, claims_of, doubt, failed, header_of, shown_time, signed, told

_SEAL_LIST = "urn:eid-signing:seal-status:"
_CREDENTIAL_RULES = dict(RULES)
_PROOF_TEXTS = ("aud", "nonce")
_ASKED = Asked(Level.ONE, None, None, None)


def examine_token(data: bytes, *, trust: TrustStore | None, at: datetime) -> tuple[SignatureReport, ...]:
    """An entry for the token in a file, and one for the holder's proof behind it; never raises for a bad one.

    `at` is the time of the check (aware); a token that has ended since is not judged as it would have been then.
    """
    text = data.decode("ascii", "replace").strip("\r\n\t \ufeff")
    judge = _Judge(trust, at.timestamp())
    if "~" in text:
        return tuple(judge.presentation(text))
    return (judge.token(text),)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Whom one trusts, and the second of the check."""

    trust: TrustStore | None
    now: float

    @property
    def latest(self) -> float:
        """What ended before the real present stays ended, whatever time is asked about."""
        return max(self.now, datetime.now(UTC).timestamp())

    def token(self, text: str) -> SignatureReport:
        """One compact JWS."""
        entry = about("token", text)
        try:
            kind = header_of(text).get("typ")
            if kind in (IDENTITY, STEP_PROOF):
                return self._passed(entry, self._identity(text, kind))
            if kind == STATUS_LIST:
                entry = replace(entry, id="status-list")
                return self._passed(replace(entry, signer=self._list(text)), ())
            if kind == CREDENTIAL:  # without the tilde that ends one
                SdJwt.parse(text)
            if kind == KEY_BINDING:
                raise doubt("NO_SIGNING_CERTIFICATE_FOUND", "token.holder-alone", intact=None)
            claims_of(text)  # refuses what is no token at all
            raise doubt("GENERIC", "token.kind-unknown", intact=None)
        except Answer as answer:
            return told(entry, answer)
        except eid_errors.EidError as e:
            return told(entry, answer_of(e))

    def presentation(self, text: str) -> Iterator[SignatureReport]:
        """A credential with its disclosures, and the holder's proof where there is one."""
        entry = about("credential", text.split("~")[0])
        try:
            parts = SdJwt.parse(text)
        except eid_errors.EidError as e:
            yield told(entry, answer_of(e))
            return
        try:
            if header_of(parts.token).get("typ") != CREDENTIAL:
                raise doubt("GENERIC", "token.kind-unknown", intact=None)
            answer = self._credential(text, parts)
        except Answer as refused:
            answer = refused
        except eid_errors.EidError as e:
            answer = answer_of(e)
        yield told(entry, answer)
        if parts.proof is not None:
            # only what the issuer did sign says whose key it is
            yield self._proof(parts, claims_of(parts.token).get("cnf") if answer.intact else None)

    def _passed(self, entry: SignatureReport, findings: tuple[Finding, ...]) -> SignatureReport:
        return replace(
            entry,
            indication=Indication.PASSED,
            sub_indication=None,
            intact=True,
            findings=findings,
        )

    # --- the kinds

    def _identity(self, text: str, kind: str) -> tuple[Finding, ...]:
        claims, key = self._opened(text, kind, Purpose.TOKEN)
        case = Case(text, 0, _ASKED, claims.get("iss", ""), claims.get("aud", ""))
        case.claims, case.key = claims, key
        with signed():
            (identity_claims if kind == IDENTITY else step_claims)(case)
            case.now = claims["iat"]
            for rule in (issuer, times, authentication):
                rule(case)
        self._in_time(key, claims["iat"], claims["exp"], lambda: active_key(case))
        if kind == IDENTITY:
            raise doubt("TRY_LATER", "token.status-unknown")
        return (Finding.of("token.not-for-use"),)

    def _credential(self, text: str, parts: SdJwt) -> Answer:
        """Never good: whether it was revoked is not known here."""
        claims, key = self._opened(parts.token, CREDENTIAL_PROFILE, Purpose.TOKEN)
        case = CredentialCase(text, 0, _ASKED, issuer=claims.get("iss", ""), audience="", status=None, replay=None)
        case.claims, case.key, case.sd_jwt = claims, key, parts
        with signed():
            _CREDENTIAL_RULES[CredentialCheck.CLAIMS](case)
            case.now = claims["iat"]
            for check in (CredentialCheck.ISSUER, CredentialCheck.TIMES, CredentialCheck.DISCLOSURES):
                _CREDENTIAL_RULES[check](case)
        self._in_time(key, claims["iat"], claims["exp"], lambda: active_key(case))
        if "cnf" in claims and parts.proof is None:
            return doubt("SIG_CONSTRAINTS_FAILURE", "token.holder-unproven")
        return doubt("TRY_LATER", "token.status-unknown")

    def _proof(self, parts: SdJwt, cnf: Any) -> SignatureReport:
        """The holder's proof over credential and disclosures, made with the key that the issuer named."""
        proof = parts.proof or ""
        entry = about("key-binding", proof)
        try:
            if cnf is None:
                raise doubt("NO_SIGNING_CERTIFICATE_FOUND", "token.holder-alone", intact=None)
            said = claims_of(proof)
            texts = {name: said[name] if type(said.get(name)) is str and said[name] else "?" for name in _PROOF_TEXTS}
            time = said.get("iat")
            made = check_proof(
                proof,
                holder_key(cnf),
                audience=texts["aud"],
                nonce=texts["nonce"],
                over=parts.over,
                now=time if type(time) is int else 0,
            )
            self._in_time(None, made, made + MAX_AGE_S, None)
            return self._passed(entry, (Finding.of("token.not-for-use"),))
        except Answer as answer:
            return told(entry, answer)
        except eid_errors.EidError as e:
            return told(entry, answer_of(e))

    def _list(self, text: str) -> SignerInfo:
        """The issuer, or the office, whose status list it is."""
        payload = claims_of(text)
        uri = payload.get("sub")
        named = uri if type(uri) is str else ""
        if named.startswith(_SEAL_LIST):
            office = named[len(_SEAL_LIST) :].rpartition(":")[0]
            trusted = {office: self._trusted("seals", office)}
        else:
            issuers = () if self.trust is None else tuple(self.trust.identity)
            trusted = {name: self._trusted("identity", name) for name in issuers}
        for name, keys in trusted.items():
            try:
                key = open_compact(text, STATUS_LIST, keys.finder(Purpose.STATUS), known={}, max_chars=MAX_LIST_CHARS)[
                    1
                ]
            except eid_errors.VerificationError as e:
                if e.code == "token.key-unknown":
                    continue
                raise
            self._assert_fresh(text, keys, key)
            return SignerInfo(subject=name, issuer=name, serial=key.kid)
        folder = "seals" if named.startswith(_SEAL_LIST) else "identity"
        if trusted:
            raise doubt("NO_SIGNING_CERTIFICATE_FOUND", "token.key-unknown", intact=None)
        raise doubt("NO_CERTIFICATE_CHAIN_FOUND", "token.issuer-untrusted", folder=folder, intact=None)

    def _assert_fresh(self, text: str, keys: KeySet, key: Key) -> None:
        if key.revoked is not None and key.revoked <= self.latest:
            raise doubt("REVOKED_NO_POE", "token.key-revoked")
        with signed():
            opened = OpenedStatusList.open(text, keys)
        self._in_time(None, opened.issued, opened.expires, None)

    # --- what they share

    def _opened(self, text: str, profile: Profile | str, purpose: Purpose) -> tuple[dict[str, Any], Key]:
        """The claims of a token that its issuer, who is trusted, has signed."""
        name = claims_of(text).get("iss")
        keys = self._trusted("identity", name if type(name) is str else "")
        payload, key = open_compact(text, profile, keys.finder(purpose), known={})
        with signed():
            return claims_object(payload, load_json), key

    def _trusted(self, folder: str, name: str) -> KeySet:
        found: Mapping[str, dict[str, Any]] = {} if self.trust is None else getattr(self.trust, folder)
        if name not in found:
            raise doubt("NO_CERTIFICATE_CHAIN_FOUND", "token.issuer-untrusted", folder=folder, intact=None)
        try:
            return KeySet.from_jwks(dict(found[name]))
        except eid_errors.EidError as e:
            why = {"why": e.text, "why_vi": e.text_vi}
            raise doubt("NO_CERTIFICATE_CHAIN_FOUND", "token.issuer-keys", intact=None, **why) from None

    def _in_time(self, key: Key | None, made: int, ended: int, active: Callable[[], None] | None) -> None:
        """The key signed then and was not revoked since; the token has begun and not ended."""
        if key is not None and key.revoked is not None and key.revoked <= self.latest:
            raise doubt("REVOKED_NO_POE", "token.key-revoked")
        try:
            if active is not None:
                active()
        except eid_errors.VerificationError:
            early = key is not None and key.iat is not None and made < key.iat
            raise failed("NOT_YET_VALID" if early else "EXPIRED", "token.key-inactive") from None
        if self.latest >= ended:
            raise doubt("OUT_OF_BOUNDS_NO_POE", "token.ended", time=shown_time(ended))
        if made > self.now + SKEW_S:
            raise doubt("OUT_OF_BOUNDS_NO_POE", "token.early", time=shown_time(made))
