"""What a group of parsers gives to the fuzzer: functions of bytes, each with honest inputs to begin from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from eid.errors import EidError
from signing.errors import SigningError


class Target(NamedTuple):
    """A parser as a function of bytes; `seeds` are inputs that it takes, or that come close."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def text(data: bytes) -> str:
    """Any text: what is not UTF-8 stays as odd characters."""
    return data.decode("utf-8", "surrogateescape")


def survive(target: Target, data: bytes) -> bool:
    """Whether the parser took the input. Anything but a value or one of our errors goes through: a finding."""
    try:
        target.run(data)
    except (EidError, SigningError):
        return False
    return True


def one_input(targets: Sequence[Target]) -> Callable[[bytes], None]:
    """The function that a fuzzer calls: the first byte chooses the parser."""

    def run(data: bytes) -> None:
        if data:
            survive(targets[data[0] % len(targets)], data[1:])

    return run


def corpus(targets: Sequence[Target]) -> list[bytes]:
    """The seeds of all, as `one_input` reads them."""
    return [bytes([number]) + seed for number, target in enumerate(targets) for seed in target.seeds]
