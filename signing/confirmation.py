"""ETSI TS 102 204, DataToBeDisplayed: what a person compares before confirming a signature on a device of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .signer import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the person is asked: the document's name, the verification code, and the text on the device."""

    document: str
    code: str
    text: str


Show = Callable[[Confirmation], None]


@runtime_checkable
class ConfirmedSigner(Signer, Protocol):
    """A signer whose device shows which document is signed, and a code that the caller shows as well."""

    def for_document(self, name: str, show: Show | None = None) -> Signer:
        """The signer for a document of that name; `show` is called with the code before the device asks."""


def for_document(signer: Signer, name: str, show: Show | None = None) -> Signer:
    """`signer`, told which document it is where somebody sees that; any other signer as it is."""
    return signer.for_document(name, show) if isinstance(signer, ConfirmedSigner) else signer


def verification_code(digest: bytes) -> str:
    """What a person compares on two screens before confirming: the first four bytes of the digest that is signed."""
    digits = digest[:4].hex().upper()
    return f"{digits[:4]} {digits[4:]}"
