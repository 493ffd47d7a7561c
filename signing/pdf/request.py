"""ISO 32000-2 §12.8.2: what is asked of a signature besides its look — certification, fields, locks, words.

EN 319 142-1 §6.3: the place stands in /Location, never in the CMS; /Reason is left out beside a commitment type or a
signature policy; who signs is said by the certificate, so that /Name is not written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

from ..cms.attributes import SigningDetails, signed_attributes
from ..errors import UsageError
from ..policy import Baseline
from .stamp import Stamp

if TYPE_CHECKING:
    from .raw import Dict

MAX_WORDS_CHARS = 1024  # characters of a reason or a contact
MAX_NEW_FIELDS = 100
LockAction = Literal["all", "include", "exclude"]


class Permission(IntEnum):
    """What a certified document still lets people do (DocMDP /P, Table 257)."""

    NO_CHANGES = 1
    SIGN = 2  # fill in forms and sign
    ANNOTATE = 3  # and comment


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLock:
    """Fields that a signature locks (§12.8.2.4): all, those named, or all but those named.

    `names` are full field names; a name stands for every field below it too. Raises `UsageError`.
    """

    action: LockAction = "all"
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.action not in {"all", "include", "exclude"} or bool(self.names) != (self.action != "all"):
            raise UsageError("usage.argument", why="a lock: all, or include / exclude with names of fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """An empty signature field for a later signer.

    `place` is where it shows (page, position and size of the stamp; what it shows comes with its signature), None for a
    field that does not. `lock` is what the signature in it will lock.
    """

    name: str
    place: Stamp | None = None
    lock: FieldLock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRequest:
    """Everything that a signature dictionary and its field say besides who signs and when.

    `certify` makes it the certification signature, which must be the document's first; `fields` are made in the same
    revision; `lock` is what it locks. `reason` and `contact` are texts for people. `baseline` is what the signature
    will become. Raises `UsageError` (`usage.argument`, `pdf.reason`, `pdf.certify-fields`, `details.pades`).
    """

    certify: Permission | None = None
    fields: tuple[FieldSpec, ...] = ()
    lock: FieldLock | None = None
    reason: str | None = None
    contact: str | None = None
    details: SigningDetails | None = None
    baseline: Baseline = Baseline.B_B

    def __post_init__(self) -> None:
        for words in (self.reason, self.contact):
            if words is not None and not (0 < len(words) <= MAX_WORDS_CHARS and words.isprintable()):
                raise UsageError("usage.argument", why=f"reason, contact: 1 – {MAX_WORDS_CHARS} printable characters")
        if self.certify is not None and self.certify not in tuple(Permission):
            raise UsageError("usage.argument", why="certify: 1, 2 or 3")
        if len(self.fields) > MAX_NEW_FIELDS or len({spec.name for spec in self.fields}) < len(self.fields):
            raise UsageError("usage.argument", why=f"fields: at most {MAX_NEW_FIELDS}, each with a name of its own")
        if self.certify == Permission.NO_CHANGES and self.fields:
            raise UsageError("pdf.certify-fields")
        if self.details is not None:
            signed_attributes(self.details, pades=True)  # told before anything is read
            if self.reason is not None and self.details.forbids_reason:
                raise UsageError("pdf.reason")

    def words(self, write: Callable[[str], bytes]) -> Dict:
        """/Reason, /Location and /ContactInfo as they apply, with texts encoded by `write`."""
        place = self.details.location if self.details is not None else None
        said = {b"/Reason": self.reason, b"/Location": place and place.text, b"/ContactInfo": self.contact}
        return {key: write(text) for key, text in said.items() if text}


NOTHING_MORE = SignatureRequest()
