"""What a remote key needs to be told in secret, asked of a person and kept from every message (CSC API §8.2, §8.3).

Passwords, PINs and access tokens live in this object alone for as long as the signer does; one-time passwords are not
kept. Whatever was asked for or given by the service as a token is cut out of text that a service sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import NoReturn
from urllib.parse import quote, quote_plus

from ..errors import UsageError
from ..files import read_file

MAX_SECRET_CHARS = 16_384  # access tokens are long
MAX_SECRET_BYTES = 65_536  # bytes of a file that holds one
KINDS = ("password", "pin", "secret", "token")  # what may come from a file; `secret` is the client's own
MAX_HIDDEN = 64  # secrets of a kind that are remembered for hiding, lasting ones and brief ones
_LEAST_HIDDEN = 3  # characters; hiding single digits would hide everything

Ask = Callable[[str], str]


class Secrets:
    """The answers of `ask`, or the first lines of `files` (kind → path); `repr` shows nothing.

    Raises `UsageError`: `key.password`, `csc.no-answer`, `csc.secret-form`, `csc.same-answer`,
    `input.unreadable`.
    """

    __slots__ = ("_ask", "_brief", "_files", "_kept", "_last", "_lasting", "_wrong")

    def __init__(self, ask: Ask | None, files: Mapping[str, str] | None = None) -> None:
        self._ask, self._files = ask, files or {}
        self._kept: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self._wrong: dict[str, str] = {}
        self._lasting: list[str] = []
        self._brief: list[str] = []

    def __repr__(self) -> str:
        return "Secrets()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not written anywhere")

    def once(self, name: str, kind: str, *, digits: bool = False) -> str:
        """The answer to `name`, found when first needed: in the file for its kind, else by asking."""
        if name not in self._kept:
            self._kept[name] = self._checked(name, self._found(name, kind), digits=digits)
        return self._kept[name]

    def fresh(self, name: str, *, about: str = "", digits: bool = False) -> str:
        """The answer to `name`, asked for now and not kept. With `digits` nothing else is let through.

        `about` follows the name in the prompt: what is signed now. It also makes the prompt another one each time, so
        that a callback which remembers its answers does not give a used one-time password.
        """
        return self._checked(name, self._asked(name, about), digits=digits)

    def _found(self, name: str, kind: str) -> object:
        path = self._files.get(kind)
        if path is None:
            return self._asked(name, "")
        lines = read_file(path, max_bytes=MAX_SECRET_BYTES).decode("utf-8", "replace").splitlines()
        return lines[0] if lines else ""

    def _asked(self, name: str, about: str) -> object:
        if self._ask is None:
            raise UsageError("key.password", where=_about(name))
        try:
            return self._ask(f"{name}{about}: ")
        except LookupError:  # answers given beforehand do not hold this one
            raise UsageError("csc.no-answer", name=name) from None

    def _checked(self, name: str, answer: object, *, digits: bool) -> str:
        if not isinstance(answer, str) or not answer:
            raise UsageError("key.password", where=_about(name))
        self.hide(answer, brief=True)  # what is kept is hidden for as long as it is kept
        if len(answer) > MAX_SECRET_CHARS or not answer.isprintable():
            raise UsageError("csc.secret-form", name=name, why="printable text")
        if digits and not re.fullmatch("[0-9]+", answer):
            raise UsageError("csc.secret-form", name=name, why="0-9")
        if self._wrong.get(name) == answer:  # a batch would go on to try it with every file until the key is locked
            raise UsageError("csc.same-answer", name=name)
        self._last[name] = answer
        return answer

    def forget(self, name: str) -> None:
        """Ask again next time."""
        self._kept.pop(name, None)

    def reject(self, name: str) -> None:
        """The answer was wrong: ask again next time, and do not send the same again."""
        self.forget(name)
        if name in self._last:
            self._wrong[name] = self._last[name]

    def hide(self, secret: str, *, brief: bool = False) -> str:
        """Remember what must not be shown; returns it. `brief` is what is of no use to anyone after a few more."""
        hidden = self._brief if brief else self._lasting
        if len(secret) >= _LEAST_HIDDEN and secret not in hidden:
            hidden.append(secret)
            del hidden[:-MAX_HIDDEN]
        return secret

    def scrub(self, text: str) -> str:
        """`text` without any of the secrets; the longest go first, because one may hold another."""
        secrets = {*self._lasting, *self._brief, *self._kept.values()}
        for spelled in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
            text = text.replace(spelled, "…")
        return text


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is, and as forms, addresses and JSON spell it: a service may repeat what it was sent."""
    escaped = json.dumps(secret)[1:-1]
    return secret, quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace"), escaped


def _about(name: str) -> str:
    return re.sub("^Password for ", "", name)
