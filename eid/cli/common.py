"""What every verb of the command line has: its help with an example, `--json`, the shape of its function, and a
table of facts for people."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from ..number import Sex

Verbs = Any  # argparse's sub-parser action, whose type argparse keeps private
Run = Callable[[argparse.Namespace], int]
_LABELS = {  # how facts are called for people
    "birth_date": "ngày sinh",
    "birth_year": "năm sinh",
    "form": "mẫu mã QR",
    "full_name": "họ và tên",
    "issued": "ngày cấp",
    "number": "số định danh",
    "old_number": "số CMND cũ",
    "place": "nơi đăng ký khai sinh",
    "place_code": "mã nơi đăng ký",
    "repaired_from": "đã sửa từ bảng mã",
    "residence": "nơi cư trú",
    "sex": "giới tính",
    "tail": "các trường sau cùng",
}


def verb(verbs: Verbs, name: str, run: Run | None, about: str, example: str) -> Any:
    """The parser of one verb; without `run` it has actions of its own, each made by this function."""
    parser = verbs.add_parser(
        name,
        help=about,
        allow_abbrev=False,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.add_argument("--json", action="store_true", help="machine-readable JSON on stdout, nothing else there")
        parser.set_defaults(run=run)
    return parser


def table(facts: Mapping[str, Any]) -> str:
    """A line for each fact, its name in both languages; `-` where there is none."""
    names = {name: f"{name} / {_LABELS[name]}" for name in facts}
    width = max(map(len, names.values()))
    return "\n".join(f"{names[name]:{width}}  {_shown(name, value)}" for name, value in facts.items())


def _shown(name: str, value: Any) -> str:
    if name == "sex":
        return f"{value} / {Sex(value).vietnamese.lower()}"
    if isinstance(value, list):
        value = ", ".join(each or "-" for each in value)
    return "-" if value in (None, "") else str(value)
