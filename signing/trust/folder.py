"""Reading a trust folder strictly: what cannot be read is an error, never a smaller set of trusted things."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from ..errors import LimitError, MalformedError, UsageError
from ..files import read_file
from .certificates import PARSE_ERRORS, facts
from .names import quietly
from .periods import ALWAYS, Period, Periods, joined
from .roles import RoleGrant

MAX_FILE_BYTES = 4 * 1024 * 1024  # bytes of one file
MAX_FILES = 2_000  # files in one of the folders
MAX_CERTIFICATES = 2_000  # in one of the folders
MAX_GRANTS = 100_000

PERIODS = "periods.json"  # beside anchors: when each may be trusted
_PERIOD_MEMBERS = {"certificate_sha256", "not_before", "not_after"}
_CERTIFICATES = (".pem", ".crt", ".cer", ".der")
_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]*CERTIFICATE-----")
_OFFICE = re.compile(r"[A-Z0-9.]{1,35}", re.ASCII)
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_GRANT_MEMBERS = {"certificate_sha256", "office", "role", "steps", "not_before", "not_after", "title"}

T = TypeVar("T")


@dataclass(slots=True)
class TrustFolder:
    """The contents of a trust folder."""

    ca: tuple[x509.Certificate, ...] = ()
    tsa: tuple[x509.Certificate, ...] = ()
    ca_periods: Periods = field(default_factory=lambda: ALWAYS)
    tsa_periods: Periods = field(default_factory=lambda: ALWAYS)
    identity: dict[str, dict[str, Any]] = field(default_factory=dict)
    seals: dict[str, dict[str, Any]] = field(default_factory=dict)
    seal_status: tuple[bytes, ...] = ()
    roles: tuple[RoleGrant, ...] = ()


def read_folder(folder: Path) -> TrustFolder:
    """Everything in `folder`. Raises `UsageError` (no folder), `LimitError`, `MalformedError` (`trust.malformed`)."""
    if not folder.is_dir():
        raise UsageError("input.unreadable", path=folder, why="not a folder")
    found = TrustFolder(ca=_anchors(folder, "ca"), tsa=_anchors(folder, "tsa"))
    found.ca_periods = _periods(folder, "ca", found.ca)
    found.tsa_periods = _periods(folder, "tsa", found.tsa)
    for path in _files(folder, "identity", (".json",)):
        _add_keys(path, "issuer", found.identity, lambda value: value.startswith("https://") and len(value) < 512)
    for path in _files(folder, "seals", (".json",)):
        _add_keys(path, "office", found.seals, lambda value: bool(_OFFICE.fullmatch(value)))
    status = (read_file(path, max_bytes=MAX_FILE_BYTES).strip() for path in _files(folder, "seals", (".jwt",)))
    found.seal_status = tuple(status)
    found.roles = tuple(grant for path in _files(folder, "roles", (".json",)) for grant in _grants(path))
    if len(found.roles) > MAX_GRANTS:
        raise LimitError("input.too-large", what=folder / "roles", limit=f"{MAX_GRANTS} roles")
    return found


def _files(folder: Path, name: str, endings: tuple[str, ...]) -> Iterator[Path]:
    """The files of one sub-folder, by name; links that lead out of the trust folder are refused."""
    place = folder / name
    if not place.exists() and not place.is_symlink():  # a link that leads nowhere is a mistake, not an empty folder
        return
    home = folder.resolve()
    try:
        paths = sorted(p for p in place.iterdir() if p.suffix.lower() in endings and not p.name.startswith("."))
    except OSError as e:
        raise MalformedError("trust.malformed", path=place, why=e.strerror or e) from None
    if len(paths) > MAX_FILES:
        raise LimitError("input.too-large", what=place, limit=f"{MAX_FILES} files")
    for path in paths:
        if not _stays(path, home):
            raise MalformedError("trust.malformed", path=path, why="a link that leads out of the folder")
        if not path.is_file():
            raise MalformedError("trust.malformed", path=path, why="not a file")
        yield path


def _stays(path: Path, home: Path) -> bool:
    try:
        return path.resolve().is_relative_to(home)
    except (OSError, RuntimeError):  # links in a circle
        return False


def _anchors(folder: Path, name: str) -> tuple[x509.Certificate, ...]:
    found: dict[x509.Certificate, None] = {}
    for path in _files(folder, name, _CERTIFICATES):
        data = read_file(path, max_bytes=MAX_FILE_BYTES)
        found.update(dict.fromkeys(_certificates(path, data)))
        if len(found) > MAX_CERTIFICATES:
            raise LimitError("input.too-large", what=path.parent, limit=f"{MAX_CERTIFICATES} certificates")
    return tuple(found)


def _periods(folder: Path, name: str, anchors: tuple[x509.Certificate, ...]) -> Periods:
    known = {certificate.fingerprint(SHA256()) for certificate in anchors}
    found: list[tuple[bytes, Period]] = []
    for path in _files(folder, name, (".json",)):
        if path.name != PERIODS:
            raise MalformedError("trust.malformed", path=path, why=f"only {PERIODS} is read here")
        for entry in _json(path, list):
            try:
                found.append(_period(entry, known))
            except (ValueError, TypeError, KeyError, AttributeError) as e:
                raise MalformedError("trust.malformed", path=path, why=f"entry {len(found) + 1}: {e}") from None
    return joined(found)


def _period(entry: dict[str, Any], known: set[bytes]) -> tuple[bytes, Period]:
    if set(entry) - _PERIOD_MEMBERS:
        raise ValueError(f"unknown member {min(set(entry) - _PERIOD_MEMBERS)}")
    digest = bytes.fromhex(entry["certificate_sha256"])
    if digest not in known:
        raise ValueError("no certificate here has this certificate_sha256")
    period = Period(start=_time(entry.get("not_before")), end=_time(entry.get("not_after")))
    if period.start is not None and period.end is not None and period.start >= period.end:
        raise ValueError("it ends before it begins")
    return digest, period


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of one PEM or DER file. Raises `UsageError`, `LimitError`, `MalformedError`."""
    return _certificates(path, read_file(path, max_bytes=MAX_FILE_BYTES))


def _certificates(path: Path, data: bytes) -> list[x509.Certificate]:
    try:
        with quietly():
            if b"-----BEGIN" in data:
                certificates = x509.load_pem_x509_certificates(data)
                if len(certificates) != len(_BEGIN.findall(data)):
                    raise ValueError("a certificate that is cut off, or of a kind that is not read")
            else:
                certificates = [x509.load_der_x509_certificate(data)]
        for certificate in certificates:
            facts(certificate)
    except PARSE_ERRORS as e:
        raise MalformedError("trust.malformed", path=path, why=e) from None
    except MalformedError as e:
        raise MalformedError("trust.malformed", path=path, why=e.details.get("why")) from None
    return certificates


def _json(path: Path, kind: type[T]) -> T:
    data = read_file(path, max_bytes=MAX_FILE_BYTES)
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as e:
        raise MalformedError("trust.malformed", path=path, why=e) from None
    if not isinstance(value, kind):
        raise MalformedError("trust.malformed", path=path, why=f"not a JSON {kind.__name__}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member occurs twice")
    return dict(pairs)


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _add_keys(path: Path, owner: str, into: dict[str, dict[str, Any]], fits: Callable[[str], bool]) -> None:
    """One key set into `into`, under the name of its owner."""
    value = _json(path, dict)
    name, keys = value.get(owner), value.get("keys")
    if not isinstance(name, str) or not fits(name):
        raise MalformedError("trust.malformed", path=path, why=f"'{owner}' is missing or wrong")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise MalformedError("trust.malformed", path=path, why="'keys' is not a list of keys")
    if any(_PRIVATE_MEMBERS & key.keys() for key in keys):
        raise MalformedError("trust.malformed", path=path, why="it holds a private key")
    if name in into:
        raise MalformedError("trust.malformed", path=path, why=f"a second file for {name}")
    into[name] = {"keys": keys}


def _grants(path: Path) -> list[RoleGrant]:
    grants: list[RoleGrant] = []
    for entry in _json(path, list):
        try:
            grants.append(_grant(entry))
        except (ValueError, TypeError, KeyError, AttributeError) as e:
            raise MalformedError("trust.malformed", path=path, why=f"role {len(grants) + 1}: {e}") from None
    return grants


def _grant(entry: dict[str, Any]) -> RoleGrant:
    if set(entry) - _GRANT_MEMBERS:
        raise ValueError(f"unknown member {min(set(entry) - _GRANT_MEMBERS)}")
    digest = bytes.fromhex(entry["certificate_sha256"])
    office, role, steps, title = entry["office"], entry["role"], entry["steps"], entry.get("title")
    if len(digest) != 32:
        raise ValueError("certificate_sha256 is not 32 bytes")
    if not _OFFICE.fullmatch(office):
        raise ValueError("office")
    if not (isinstance(role, str) and role.isprintable() and role):
        raise ValueError("role")
    if not (title is None or (isinstance(title, str) and title.isprintable())):
        raise ValueError("title")
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise ValueError("steps")
    return RoleGrant(
        certificate_sha256=digest,
        office=office,
        role=role,
        steps=tuple(steps),
        not_before=_time(entry.get("not_before")),
        not_after=_time(entry.get("not_after")),
        title=title,
    )


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time
