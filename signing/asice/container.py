"""ASiC-E containers with CAdES signatures (EN 319 162-1 §4.4, Annex A).

A `Container` is the whole file in memory: names and contents, in order. `read` takes only what every program unpacks
alike (see `.zip`); `to_bytes` gives the same bytes for the same content. Files outside `META-INF/` are what is
signed; inside it stand manifests and signatures.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType

from ..errors import LimitError, MalformedError
from ..report import Finding
from .manifest import Manifest, Reference, parse_manifest
from .names import check_name
from .zip import read_any_zip, read_zip, write_zip

MAX_MANIFESTS_BYTES = 64 * 1024 * 1024  # bytes of all manifests: each may list every file, and all are read
MAX_MANIFEST_FINDINGS = 100  # what is wrong with one manifest; more would tell nobody more
MEDIA_TYPE = "application/vnd.etsi.asic-e+zip"
META = "META-INF/"
_NATIONAL = re.compile(rb"application/vnd\.(?!etsi\.)[A-Za-z0-9.+-]{1,80}")  # formats that build on ASiC: BDOC, ADOC
_MANIFEST = re.compile(rf"{META}.*Manifest.*\.xml")


@dataclass(frozen=True, slots=True)
class Container:
    """The entries of one ASiC-E file, without `mimetype`, by name and in order.

    `oddities` is what another program did in an unusual way: an error where programs differ over it.
    """

    files: Mapping[str, bytes]
    oddities: tuple[Finding, ...] = ()
    _digests: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: bytes, *, strict: bool = True) -> Container:
        """Parse and check a container. Raises `MalformedError` or `LimitError`.

        Unless `strict`, what other programs write and all of them read alike is taken and told in `oddities`; the
        media type may stand anywhere, compressed too, or be absent: nothing that is signed depends on it.
        """
        files, oddities = (read_zip(data), ()) if strict else read_any_zip(data)
        first = next(iter(files), None) == "mimetype"
        stated = files.pop("mimetype", None)
        if stated != MEDIA_TYPE.encode() or not (first and is_plain_mimetype(data)):
            if strict:
                raise MalformedError("asice.mimetype")
            oddities += (_odd_media_type(stated),)
        return cls(MappingProxyType(files), oddities)

    def to_bytes(self) -> bytes:
        """The container as a file. Raises `MalformedError` for a name that may not be used, or `LimitError`."""
        return write_zip({"mimetype": MEDIA_TYPE.encode(), **self.files})

    def __contains__(self, name: object) -> bool:
        return name in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __getitem__(self, name: str) -> bytes:
        return self.files[name]

    def with_files(self, files: Mapping[str, bytes]) -> Container:
        """A container with these files replaced in place or added at the end."""
        for name in files:
            check_name(name)
        kept = {key: d for key, d in self._digests.items() if key[0] not in files}
        return Container(MappingProxyType({**self.files, **files}), self.oddities, kept)

    def payload(self) -> tuple[str, ...]:
        """The names outside `META-INF/`: what signatures must cover."""
        return tuple(name for name in self.files if not name.startswith(META))

    def sha256(self, name: str) -> bytes:
        """SHA-256 of one file."""
        return self.digest(name, "sha256")

    def digest(self, name: str, algorithm: str) -> bytes:
        """The digest of one file under an accepted algorithm, computed once: a thousand manifests may list the file."""
        known = self._digests.get((name, algorithm))
        if known is None:
            known = self._digests[name, algorithm] = hashlib.new(algorithm, self.files[name]).digest()
        return known


def _odd_media_type(stated: bytes | None) -> Finding:
    """What is said of a media type that stands elsewhere, is absent, or is that of another format."""
    if stated is None or stated.strip() == MEDIA_TYPE.encode():
        return Finding.of("asice.mimetype", severity="warning")
    if _NATIONAL.fullmatch(stated.strip()):
        return Finding.of("asice.other-format", format=stated.decode().strip())
    return Finding.of("asice.mimetype")


def is_plain_mimetype(data: bytes) -> bool:
    """Whether the media type stands stored at byte 38, as programs that look for it expect."""
    return data[30:38] == b"mimetype" and data[8:10] == b"\0\0" and data[38:].startswith(MEDIA_TYPE.encode())


def looks_like_asice(data: bytes) -> bool:
    """Whether the first bytes are those of an ASiC-E container; nothing else is checked."""
    return data[:4] == b"PK\x03\x04" and is_plain_mimetype(data[:128])


def check_manifests(container: Container) -> None:
    """Refuse a container whose manifests would take minutes to read. Raises `LimitError`."""
    if sum(len(data) for name, data in container.files.items() if _MANIFEST.search(name)) > MAX_MANIFESTS_BYTES:
        raise LimitError("asice.too-large", what=f"{META}*Manifest*.xml", limit=MAX_MANIFESTS_BYTES)


def read_manifest(container: Container, name: str) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest `name` and what is wrong between it and the files; None when it cannot be read."""
    try:
        manifest = parse_manifest(container[name], name)
    except (MalformedError, LimitError) as e:
        return None, (Finding.from_error(e),)
    wrong = (f for r in manifest.references if (f := check_reference(container, r, name)))
    found = list(islice(wrong, MAX_MANIFEST_FINDINGS))
    if manifest.signature not in container:
        found.append(Finding.of("asice.signature-missing", name=manifest.signature, manifest=name))
    return manifest, tuple(found)


def check_reference(container: Container, reference: Reference, manifest: str) -> Finding | None:
    """What is wrong with one listed file: missing, changed, or listed under a digest that is not accepted."""
    details = {"name": reference.name, "manifest": manifest}
    if reference.name not in container:
        return Finding.of("asice.reference-missing", **details)
    if reference.algorithm is None:
        return Finding.of("asice.reference-algorithm", **details)
    if container.digest(reference.name, reference.algorithm) != reference.digest:
        return Finding.of("asice.reference-digest", **details)
    return None
