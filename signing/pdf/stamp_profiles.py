"""NĐ 30/2020/NĐ-CP Phụ lục I: the looks that rules prescribe for signatures, as dated data (`data/stamps.json`).

A profile is what one rule says from one day on: the next rule becomes another entry with the same name, and the day
of signing chooses. The competent person's signature and the agency's seal are images with a transparent ground;
attachments, copies and digitised papers show black text of size 10 and never an image.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from ..clock import moment
from ..errors import UsageError
from .anchor import Anchor
from .stamp import VIETNAM, Stamp
from .stamp_image import read_image

MAX_SAID_CHARS = 200  # a document's number, or the kind of a copy

Imaging = Literal["transparent", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StampProfile:
    """One prescribed look, and the days for which it is prescribed (`until` is the first day on which it is not).

    `asks` says which words the profile needs besides what certificate and clock give; `choices` are the words that it
    takes, all when empty. `over` names the profile on which this one, a seal of `seal_mm`, is laid.
    """

    name: str
    source: str
    what: Mapping[str, str] = field(repr=False)
    since: date
    until: date | None
    image: Imaging
    entries: Mapping[str, Any] = field(repr=False)
    text: str | None = None
    asks: str | None = None
    choices: tuple[str, ...] = ()
    over: str | None = None
    seal_mm: float | None = None

    def stamp(self, *, image: bytes | None = None, said: str | None = None) -> Stamp:
        """The stamp as prescribed, with the given image and words; without an image its text.

        Raises `UsageError` (`stamp.profile-image`, `stamp.profile-text`, `stamp.image`), `LimitError`.
        """
        self._check_image(image)
        words = self._words(said)
        text = None if image is not None else words
        return Stamp(**self.entries, image=image, text=text)

    def seal(self, below: Stamp, *, image: bytes | None = None) -> Stamp:
        """Seal over the left third of the signature that `below` shows, or its text beside it. Raises as `stamp`."""
        self._check_image(image)
        stamp = Stamp.office(below, image, diameter_mm=self.seal_mm or below.height_mm)
        if image is not None:
            return stamp
        return replace(stamp, x_mm=below.x_mm - stamp.width_mm, text=self._words(None))

    def _check_image(self, image: bytes | None) -> None:
        if image is None:
            return
        if self.image == "none":
            raise UsageError("stamp.profile-image", profile=self.name, source=self.source)
        if not read_image(image).transparent:
            raise UsageError("stamp.opaque", profile=self.name, source=self.source)

    def _words(self, said: str | None) -> str | None:
        """The text, its `{said}` filled in; the other placeholders are filled when the signer is known."""
        if self.asks is None:
            if said is not None:
                raise UsageError("stamp.profile-words", profile=self.name)
            return self.text
        wanted = {choice.casefold(): choice for choice in self.choices}
        said = unicodedata.normalize("NFC", said or "").replace("\u00a0", " ")  # as typed, or copied from elsewhere
        if said.isprintable():
            said = " ".join(said.split())
        found = wanted.get(said.casefold()) if wanted else said
        if not found or len(found) > MAX_SAID_CHARS or not found.isprintable() or "{" in found:
            asked = f"{self.asks} ({', '.join(self.choices)})" if self.choices else self.asks
            raise UsageError("stamp.profile-text", profile=self.name, asked=asked)
        return (self.text or "").replace("{said}", found)


@cache  # the data never change while the process runs
def _profiles() -> tuple[StampProfile, ...]:
    data = json.loads(files("signing").joinpath("data", "stamps.json").read_text("utf-8"))
    return tuple(_profile(entry) for entry in data["profiles"])


def _profile(entry: dict[str, Any]) -> StampProfile:
    until = entry["until"]
    return StampProfile(
        name=entry["name"],
        source=entry["source"],
        what=entry["what"],
        since=date.fromisoformat(entry["since"]),
        until=date.fromisoformat(until) if until else None,
        image=entry["image"],
        entries=entry["stamp"],
        text=entry.get("text"),
        asks=entry.get("asks"),
        choices=tuple(entry.get("choices", ())),
        over=entry.get("over"),
        seal_mm=entry.get("seal_mm"),
    )


def profile_names() -> tuple[str, ...]:
    """The names of all profiles, in the order of the rules."""
    return tuple(dict.fromkeys(p.name for p in _profiles()))


def stamp_profile(name: str, *, at: datetime | None = None) -> StampProfile:
    """The profile of that name as prescribed on the day of `at` in Vietnam (now when None).

    Raises `UsageError` (`stamp.profile`) for a name that is unknown or not in force on that day.
    """
    try:
        day = moment(at).astimezone(VIETNAM).date()
    except OverflowError:
        raise UsageError("usage.argument", why="a time that no calendar has") from None
    for profile in _profiles():
        if profile.name == name and profile.since <= day and (profile.until is None or day < profile.until):
            return profile
    raise UsageError("stamp.profile", profile=name, day=day.isoformat(), known=", ".join(profile_names()))


def profiled_stamp(
    name: str,
    *,
    image: bytes | None = None,
    said: str | None = None,
    anchor: Anchor | None = None,
    at: datetime | None = None,
) -> Stamp:
    """The stamp of a profile, at the place that its rule or our default gives, or at `anchor`.

    For a seal these are the place of the signature that it lies over.
    Raises `UsageError` (`stamp.profile*`, `stamp.opaque`, `stamp.image`), `LimitError`.
    """
    profile = stamp_profile(name, at=at)
    if profile.over is None:
        return replace(profile.stamp(image=image, said=said), anchor=anchor)
    if said is not None:
        raise UsageError("stamp.profile-words", profile=name)
    return profile.seal(replace(stamp_profile(profile.over, at=at).stamp(), anchor=anchor), image=image)
