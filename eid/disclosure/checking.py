"""Verifying presented credentials (RFC 9901 §7.1, §7.3; SD-JWT VC): every check, in this order, none an option.

 1. Format: the text is one SD-JWT of bounded length, whose issuer-signed JWT has one spelling.
 2. Kind: the header has exactly the members of a credential's, and is of that kind.
 3. Algorithm: it is the key's own.
 4. Key: the credential names a known key, made for tokens, which was active then and is not revoked.
 5. Signature: it holds; nothing behind the header is read before this.
 6. Claims: strict JSON, every one that a credential needs, each of its type before any is compared.
 7. Issuer: the expected one.
 8. Type: exactly the expected `vct`.
 9. Times: the credential has not ended, has begun, and does not live longer than its kind may.
10. Level: the identity level is at least the one that the caller states.
11. Disclosures: each belongs to a digest that the issuer signed, once; none touches what was checked before.
12. Holder: bound to a holder's key exactly if policy says so, and proved for our audience and nonce.
13. Shown: every claim that the caller requires; evidence is a list, and not older than the caller allows.
14. Status: known and valid (Token Status List).
15. Replay: the nonce was not answered before; only a presentation that passed everything else is remembered.

Nothing is fetched here. With a journal, each verdict is written before it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from ..arguments import check_part
from ..checks import Asked, opening_check
from ..clock import Clock, moment, reader
from ..encoding import load_json
from ..errors import EidError, IndeterminateError, UsageError
from ..holder import Holder
from ..journal import Journal, JournalEntry
from ..jws import open_compact
from ..keys import Key, KeySet, Purpose
from ..level import Level
from ..replay import ReplayStore
from ..status import UNCHECKED, StatusSource
from ..token import claims_object
from .compact import SdJwt
from .credential import PROFILE
from .paths import Path, paths_of
from .result import Credential
from .rules import RULES, CredentialCase, CredentialCheck


class CredentialVerifier:
    """Verifies credentials of one issuer and one type that are presented to one audience.

    `status` answers whether a credential was revoked: a status list, or `UNCHECKED` to decide not to ask; with None
    every one is `status.unknown`. `replay` remembers answered nonces; None means that the caller makes sure that none
    is used twice. `journal` is told every verdict, and no verdict is given that it could not write.
    """

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        audience: str,
        vct: str,
        status: StatusSource | None,
        replay: ReplayStore | None,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        _check_expectations(keys, {"issuer": issuer, "audience": audience, "vct": vct})
        check_part("status", status, "status")
        check_part("replay", replay, "use")
        check_part("journal", journal, "record")
        self._find = keys.finder(Purpose.TOKEN)
        self._issuer, self._audience, self._vct = issuer, audience, vct
        self._status, self._replay, self._journal = status, replay, journal
        self._now = reader(clock)
        self._headers: dict[bytes, Key] = {}

    def verify(
        self,
        presentation: str,
        *,
        level: Level,
        nonce: str | None,
        holder: Holder = Holder.REQUIRED,
        require: Iterable[str | Path] = (),
        max_evidence_age_s: float | None = None,
    ) -> Credential:
        """The credential that `presentation` proves now, at least of `level`, with what its holder chose to show.

        `nonce` is the fresh one sent with the request. `require` names the claims that must be shown, as `present`
        does; with `max_evidence_age_s` the time of the evidence must be shown and not be older. With
        `Holder.FORBIDDEN` (and `nonce=None`) only credentials that are bound to nobody are taken, without proof.
        Raises `MalformedError`, `VerificationError`, and `IndeterminateError` when the status cannot be learnt or the
        journal not written.
        """
        asked = Asked(level, None, nonce, None, max_evidence_age_s, holder)
        if nonce is not None and holder is not Holder.REQUIRED:
            raise UsageError(
                "usage.argument",
                why="only a holder's proof carries a nonce",
                why_vi="chỉ bằng chứng của người giữ mới mang nonce",
            )
        case = CredentialCase(
            presentation,
            self._now(),
            asked,
            issuer=self._issuer,
            audience=self._audience,
            status=self._status,
            replay=self._replay,
        )
        case.vct, case.require = self._vct, _required(require)
        self._judge(case)
        return Credential(
            level=case.actual,
            token_claims=MappingProxyType(case.revealed),
            presented=None if case.made is None else moment(case.made),
            status_checked=case.status is not UNCHECKED,
        )

    def _judge(self, case: CredentialCase) -> None:
        """Run the checks in their order, and write the verdict down."""
        check: CredentialCheck | None = None
        try:
            case.sd_jwt = SdJwt.parse(case.token)  # 1
            payload, case.key = open_compact(case.sd_jwt.token, PROFILE, self._find, known=self._headers)  # 1-5
            check = CredentialCheck.CLAIMS
            case.claims = claims_object(payload, load_json)
            for check, rule in RULES:  # noqa: B007  # what the journal says decided
                rule(case)
        except EidError as refusal:
            if self._journal is not None:
                self._record(case, check or CredentialCheck(opening_check(refusal.code)), refusal)
            raise
        if self._journal is not None:
            self._record(case, None, None)

    def _record(self, case: CredentialCase, check: CredentialCheck | None, refusal: EidError | None) -> None:
        """Write the verdict; one that cannot be written is not given. `IndeterminateError` (`journal.unavailable`)."""
        token_id = getattr(case, "claims", {}).get("jti")
        entry = JournalEntry(
            time=moment(int(self._now())),
            accepted=refusal is None,
            check=None if check is None else check.value,
            rule=None if check is None else check.rule,
            code=None if refusal is None else refusal.code,
            issuer=self._issuer,
            audience=self._audience,
            token_id=token_id if type(token_id) is str else None,
            subject=None,
        )
        try:
            self._journal.record(entry)  # type: ignore[union-attr]  # both callers have looked
        except EidError:
            raise
        except Exception as e:  # a journal of the caller's own, and whatever it raises
            raise IndeterminateError("journal.unavailable", why=type(e).__name__) from e


def _check_expectations(keys: object, texts: dict[str, object]) -> None:
    """An expectation that is empty or of another type would match what it must not."""
    if not isinstance(keys, KeySet):
        raise UsageError("usage.argument", why="keys must be a KeySet")
    for name, value in texts.items():
        if not isinstance(value, str) or not value:
            raise UsageError("usage.argument", why=f"{name} must be a text", why_vi=f"{name} phải là một văn bản")


def _required(require: Iterable[str | Path]) -> tuple[Path, ...]:
    paths = paths_of(require)
    if any(None in path for path in paths):
        raise UsageError(
            "usage.argument", why="a required claim is named in full", why_vi="trường bắt buộc phải được nêu đầy đủ"
        )
    return paths
