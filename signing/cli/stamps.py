"""What `sign` and `external prepare` share about stamps: their place, profile, image and words."""

from __future__ import annotations

import argparse
from dataclasses import replace
from math import isfinite
from typing import TypedDict

from ..errors import UsageError
from ..files import read_file
from ..pdf.anchor import Anchor, FieldAnchor, TextAnchor
from ..pdf.stamp import Stamp
from ..pdf.stamp_image import MAX_IMAGE_BYTES
from ..pdf.stamp_profiles import profile_names, profiled_stamp


class Place(TypedDict, total=False):
    """What `--stamp` says: the page and millimetres from its lower left corner."""

    page: int
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


def add_stamp_flags(parser: argparse.ArgumentParser) -> None:
    """Where the signature shows, and how."""
    parser.add_argument(
        "--stamp",
        type=place_of,
        metavar="PAGE,X,Y[,W,H]",
        help="visible: page 0, 1, … or last; millimetres from the page's lower left corner to the stamp's",
    )
    parser.add_argument(
        "--stamp-profile", choices=profile_names(), help="the look and place that NĐ 30/2020 prescribes"
    )
    parser.add_argument("--stamp-image", metavar="FILE", help="PNG or JPEG; profiles want a transparent ground")
    parser.add_argument(
        "--stamp-text", metavar="TEXT", help="words; for attachment the document's number, for copy the kind of copy"
    )
    parser.add_argument(
        "--stamp-anchor",
        type=anchor_of,
        metavar="text:WORDS[|WORDS] or field:NAME",
        help="under words of the page, between two, or at a field; for a seal: where the signature below it stands",
    )


def anchor_of(text: str) -> Anchor:
    """An argparse type: `text:TITLE`, `text:TITLE|NAME` or `field:NAME`."""
    kind, colon, words = text.partition(":")
    if not colon or not words or kind not in ("text", "field"):
        raise argparse.ArgumentTypeError(f"{text!r} is not text:WORDS, text:TITLE|NAME or field:NAME")
    if kind == "field":
        return FieldAnchor(field=words)
    title, bar, name = words.partition("|")
    try:
        return TextAnchor(text=title, until=name if bar else None)
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.text) from None


def place_of(text: str) -> Place:
    """An argparse type: `PAGE,X,Y` or `PAGE,X,Y,WIDTH,HEIGHT`; the page from 0 or `last`, lengths in millimetres."""
    try:
        page, *lengths = text.split(",")
        numbers = [float(n) for n in lengths]
        if len(numbers) not in (2, 4) or not all(map(isfinite, numbers)):
            raise ValueError
        place = Place(page=-1 if page == "last" else int(page), x_mm=numbers[0], y_mm=numbers[1])
        if len(numbers) == 4:
            place["width_mm"], place["height_mm"] = numbers[2:]
        Stamp(**place)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not PAGE,X,Y or PAGE,X,Y,WIDTH,HEIGHT") from None
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.text) from None
    return place


def stamp_from(args: argparse.Namespace) -> Stamp | None:
    """The stamp that the flags describe, None when there are none. Raises `UsageError` (`stamp.*`), `LimitError`."""
    flags = (args.stamp, args.stamp_profile, args.stamp_image, args.stamp_text, args.stamp_anchor)
    if all(flag is None for flag in flags):
        return None
    image = read_file(args.stamp_image, max_bytes=MAX_IMAGE_BYTES) if args.stamp_image is not None else None
    anchor = args.stamp_anchor
    if anchor is not None and args.stamp is not None:
        raise UsageError("usage.argument", why="--stamp and --stamp-anchor both say where; leave one out")
    if args.stamp_profile is not None:
        stamp = profiled_stamp(args.stamp_profile, image=image, said=args.stamp_text, anchor=anchor)
    else:
        stamp = Stamp(image=image, text=args.stamp_text, anchor=anchor)
    return replace(stamp, corner="bottom-left", **args.stamp) if args.stamp is not None else stamp
