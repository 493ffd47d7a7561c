"""`eid chip`: what the files of a card's chip prove."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping

from ..cards.active import ActiveAnswer
from ..cards.chip import Chip
from ..cards.chip_report import report
from ..cards.csca import CscaStore
from ..cards.dg2 import FaceImage
from ..cards.master_list import MasterList
from ..console import emit, read_input, say, time_of
from ..errors import UsageError
from ..files import PRIVATE, write_beside_keys
from ..notice import notice
from .common import Verbs, verb


def add_parser(verbs: Verbs) -> None:
    """Add the verb."""
    about = "what the files of a card's chip prove, by the country certificates that you trust"
    example = (
        "  eid chip card/ --csca csca/\n"
        "  eid chip card/ --csca csca/ --master-list DE.ml --challenge 0123456789abcdef --response 5f…"
    )
    parser = verb(verbs, "chip", chip, about, example)
    parser.add_argument("folder", metavar="DIR", help="the files of the chip: EF.SOD, DG1, DG2, DG13 …")
    csca = "certificates (CSCA) and revocation lists that you trust; a country without one here cannot be told"
    parser.add_argument("--csca", metavar="DIR", required=True, help=csca)
    listed = "trust the certificates of this list too; a certificate in --csca must stand above its signer"
    parser.add_argument("--master-list", metavar="FILE", help=listed)
    parser.add_argument("--challenge", metavar="HEX", type=_hex, help="the eight bytes that you gave the chip, once")
    parser.add_argument("--response", metavar="HEX", type=_hex, help="what the chip answered (INTERNAL AUTHENTICATE)")
    parser.add_argument("--at", metavar="TIME", help="judge as of this time, ISO 8601 with offset (default: now)")
    parser.add_argument("--face", metavar="FILE", help="write the face there; its format is told")
    parser.add_argument("--show-numbers", action="store_true", help="do not mask numbers")


def chip(args: argparse.Namespace) -> int:
    """Verify the files of a chip."""
    at = None if args.at is None else time_of(args.at)
    store = CscaStore.from_folder(args.csca)
    if args.master_list is not None:
        listed = MasterList.verify(read_input(args.master_list), store, at=at)
        store = store.merged(CscaStore.from_master_list(listed))
    passed_over = [notice("csca.skipped", where=each.where, why=each.why) for each in store.skipped]
    _say(each.to_dict() for each in passed_over)
    result = Chip.read(args.folder).verify(store, at=at, answer=_answer(args))
    shown = report(result, show_numbers=args.show_numbers)
    if args.face is not None:
        _write_face(args.face, result.faces())
    if args.json:
        emit(shown)
        return 0
    _say((*shown["proves"], *shown["notices"]))
    emit(shown, indent=2)
    return 0


def _say(notices: Iterable[Mapping[str, str]]) -> None:
    for each in notices:
        say(f"{each['text']} [{each['code']}]\n{each['text_vi']}")


def _answer(args: argparse.Namespace) -> ActiveAnswer | None:
    if args.challenge is None and args.response is None:
        return None
    if args.challenge is None or args.response is None:
        raise UsageError(
            "usage.argument",
            why="--challenge and --response go together",
            why_vi="--challenge và --response phải đi cùng nhau",
        )
    return ActiveAnswer(challenge=args.challenge, response=args.response)


def _write_face(path: str, faces: tuple[FaceImage, ...]) -> None:
    if not faces:
        raise UsageError(
            "usage.argument",
            why="the chip's data group 2 is not among the files",
            why_vi="trong các tệp không có nhóm dữ liệu 2 (DG2) của chip",
        )
    write_beside_keys(path, faces[0].data, mode=PRIVATE)
    say(f"{path}: {faces[0].media_type}")


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not hexadecimal") from None
