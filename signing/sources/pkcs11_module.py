"""PKCS #11 modules and the tokens in their slots (OASIS PKCS #11 v2.40 §2.6, §5.4–5.5).

A module is loaded and initialised once a process; after a fork the child initialises it again. It is taken to be ours:
when a session was lost it is initialised afresh, which ends the sessions of anyone else in the process.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from ..errors import LimitError, MissingExtraError, ServiceError, UsageError
from .pkcs11_mechanisms import MECHANISMS
from .pkcs11_uri import MODULE_ATTRIBUTES, SLOT_ATTRIBUTES, TOKEN_ATTRIBUTES, Pkcs11Uri, comparable

if TYPE_CHECKING:
    import pkcs11
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class, by the name that the binding gives it

MODULE_VARIABLE = "EID_PKCS11_MODULE"
MAX_SLOTS = 1000  # slots of one module
_MODULE_FOLDERS = ("/usr/lib/pkcs11", "/usr/local/lib/pkcs11", "/usr/lib/softhsm", "/usr/local/lib", "/usr/lib")
_SUFFIXES = {"win32": (".dll",), "darwin": (".dylib", ".so")}.get(sys.platform, (".so",))


def binding() -> ModuleType:
    """The library between Python and modules. Raises `MissingExtraError` (`pkcs11`)."""
    try:
        import pkcs11
    except ImportError:
        raise MissingExtraError("pkcs11") from None
    return pkcs11


class TokenName(NamedTuple):
    """What makes a token that token, whatever slot it is in."""

    label: str
    serial: str
    manufacturer: str
    model: str

    @classmethod
    def of(cls, token: pkcs11.Token) -> TokenName:
        """The name of a token that is present."""
        serial = token.serial.decode("utf-8", "replace")
        return cls(*map(comparable, (token.label, serial, token.manufacturer_id, token.model)))

    def __str__(self) -> str:
        return f"{self.label or '?'} ({self.serial})" if self.serial else self.label or "?"


@dataclass(slots=True, eq=False)
class Module:
    """A loaded module. After a fork it is initialised again in the child, as §2.6 of the base specification says."""

    path: str
    lib: Library
    process: int
    open: weakref.WeakSet[object] = field(default_factory=weakref.WeakSet)

    def here(self) -> Module:
        """This module, usable in the process that we are in."""
        if self.process != os.getpid():
            self.process = os.getpid()
            self.open.clear()
            self._restart()
        return self

    def release(self) -> None:
        """Forget every session, if none is in use: a failed login leaves one open that only this closes, and drivers
        often notice a token that came back only then."""
        if not self.open:
            self._restart()

    def _restart(self) -> None:
        error = binding().PKCS11Error
        with suppress(error):  # a module that knows by itself that it was forked, or that lost its device
            self.lib.finalize()
        try:
            self.lib.initialize()
        except error as e:
            raise UsageError("pkcs11.module", path=self.path, why=said(e)) from None

    def tokens(self) -> Iterator[pkcs11.Token]:
        """Tokens that are present, initialised and readable."""
        initialised = binding().TokenFlag.TOKEN_INITIALIZED
        for slot in self.slots():
            try:
                token = slot.get_token()
            except binding().PKCS11Error:
                continue
            if token.flags & initialised:
                yield token

    def find(self, fits: Callable[[pkcs11.Token], bool]) -> list[pkcs11.Token]:
        """The tokens that fit; some modules see one that has come since only after they begin afresh."""
        found = list(filter(fits, self.tokens()))
        if not found and not self.open:
            self._restart()
            found = list(filter(fits, self.tokens()))
        return found

    def slots(self) -> list[pkcs11.Slot]:
        """Slots with something in them. Raises `LimitError`, `ServiceError` (`pkcs11.failed`)."""
        try:
            slots = self.lib.get_slots(token_present=True)
        except binding().PKCS11Error as e:
            raise ServiceError("pkcs11.failed", token=self.path, why=said(e)) from None
        if len(slots) > MAX_SLOTS:
            raise LimitError("input.too-large", what="PKCS#11", limit=f"{MAX_SLOTS} slots")
        return slots


_modules: dict[str, Module] = {}  # modules are process-wide whether we like it or not: they are initialised once
_lock = RLock()


def load_module(uri: Pkcs11Uri) -> Module:
    """The module of `uri`, or of `EID_PKCS11_MODULE`. Raises `UsageError`: `pkcs11.module-unnamed`, `pkcs11.module`."""
    path = os.path.realpath(_module_path(uri))  # one library by two names would be initialised twice
    library = binding()
    with _lock:
        known = _modules.get(path)
        if known is None:
            try:
                loaded = library.lib(path)
            except (library.PKCS11Error, OSError, ValueError, TypeError) as e:
                raise UsageError("pkcs11.module", path=path, why=said(e)) from None
            known = _modules[path] = Module(path, loaded, os.getpid())
        return known.here()


def _module_path(uri: Pkcs11Uri) -> str:
    if uri.module_path is not None:
        return uri.module_path
    if uri.module_name is not None:
        names = [f"{prefix}{uri.module_name}{suffix}" for suffix in _SUFFIXES for prefix in ("", "lib")]
        folders = [*_MODULE_FOLDERS, *map(str, sorted(Path("/usr/lib").glob("*-linux-*/pkcs11")))]
        paths = (Path(folder) / name for folder in folders for name in names)
        found = next((path for path in paths if path.is_file()), None)
        if found is None:
            raise UsageError("pkcs11.module", path=uri.module_name, why=", ".join(folders))
        return str(found)
    named = os.environ.get(MODULE_VARIABLE, "")
    if not named:
        raise UsageError("pkcs11.module-unnamed")
    if not Path(named).is_absolute():
        raise UsageError("pkcs11.module", path=named, why="absolute path")
    return named


def matching(module: Module, uri: Pkcs11Uri) -> list[pkcs11.Token]:
    """The tokens that every attribute of `uri` fits."""
    return module.find(lambda token: _matches(module, token, uri))


def choose_token(module: Module, uri: Pkcs11Uri) -> pkcs11.Token:
    """The one token that `uri` names. Raises `UsageError`: `pkcs11.token-missing`, `pkcs11.token-several`."""
    found = matching(module, uri)
    if len(found) == 1:
        return found[0]
    present = found or list(module.tokens())
    code = "pkcs11.token-several" if found else "pkcs11.token-missing"
    raise UsageError(code, present="; ".join(str(TokenName.of(token)) for token in present) or "-")


def _matches(module: Module, token: pkcs11.Token, uri: Pkcs11Uri) -> bool:
    name, slot, lib = TokenName.of(token), token.slot, module.lib
    values = (
        lib.manufacturer_id,
        lib.library_description,
        ".".join(map(str, lib.library_version)),
        str(slot.slot_id),
        slot.slot_description,
        slot.manufacturer_id,
        *name,
    )
    has = dict(zip((*MODULE_ATTRIBUTES, *SLOT_ATTRIBUTES, *TOKEN_ATTRIBUTES), map(comparable, values), strict=True))
    return all(has[attribute] == value for attribute, value in uri.wanted)


def lenient_attributes() -> pkcs11.attributes.AttributeMapper:
    """Attributes as the binding reads them, but for labels in whatever encoding they were written."""
    from pkcs11.attributes import AttributeMapper
    from pkcs11.constants import Attribute

    mapper = AttributeMapper()
    mapper.register_handler(Attribute.LABEL, str.encode, lambda value: value.decode("utf-8", "replace"))
    return mapper


def signing_mechanisms(slot: pkcs11.Slot) -> set[str]:
    """Names, without CKM_, of those of our mechanisms that the token in `slot` says it signs with.

    Raises what the binding raises.
    """
    library = binding()
    known = [m for m in slot.get_mechanisms() if isinstance(m, library.Mechanism) and MECHANISMS.fullmatch(m.name)]
    return {m.name for m in known if slot.get_mechanism_info(m).flags & library.MechanismFlag.SIGN}


def said(error: BaseException) -> str:
    """An exception of the binding in words: its classes are named after CKR codes and mostly say no more."""
    return str(error) or type(error).__name__
