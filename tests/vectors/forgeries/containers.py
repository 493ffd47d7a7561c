"""ASiC-E containers with CAdES (EN 319 162-1), and forgeries: entries, manifests, signatures, and the zip itself."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from types import MappingProxyType

from signing.asice.container import MEDIA_TYPE, Container
from signing.asice.manifest import write_manifest
from signing.cms.cades import sign_detached
from signing.policy import Baseline

from .case import Answer, Case
from .pdf_bases import Bench
from .stories import FORGED, GENUINE, UNPROVEN

MANIFEST, SIGNATURE = "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"
PAPERS = {"papers/Tờ khai.txt": b"Kh\xc3\xa1m s\xe1\xbb\xa9c kh\xe1\xbb\x8fe\n" * 20, "papers/anh.png": b"\x89PNG" * 50}
Files = dict[str, bytes]


def signed(b: Bench, papers: Files, number: int = 1, who: str = "receiver") -> Files:
    """The entries of a container that this person signed."""
    container = Container(MappingProxyType(dict(papers)))
    manifest, signature = f"META-INF/ASiCManifest{number:03}.xml", f"META-INF/signature{number:03}.p7s"
    listed = [(n, container.sha256(n)) for n in papers if not n.startswith("META-INF/")]
    body = write_manifest(signature, listed, root=listed[0][0])
    pki = b.world.pki
    cms = sign_detached(body, pki.signer(who), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect)
    return {**papers, manifest: body, signature: cms}


def zipped(
    entries: list[tuple[str, bytes]], *, media_type: bytes = MEDIA_TYPE.encode(), deflate: bool = False
) -> bytes:
    """A container with these entries in this order, names as they are given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("mimetype"), media_type)
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
            made.writestr(info, content)
    return out.getvalue()


def cases(bench: Bench) -> Iterator[Case]:
    """Each container untouched, and forged."""
    one = signed(bench, PAPERS)
    two = signed(bench, one, 2, "clerk")
    other = signed(bench, {"papers/khac.txt": b"other"}, 1, "official")
    yield _case("one", "genuine", GENUINE, "untouched", Container(MappingProxyType(one)).to_bytes())
    yield _case("two", "genuine", GENUINE, "two signers", Container(MappingProxyType(two)).to_bytes())
    yield _case("python", "genuine", GENUINE, "packed by another program", zipped(list(one.items())))
    yield _case("deflated", "genuine", GENUINE, "packed by another program", zipped(list(one.items()), deflate=True))
    for name, files in {"one": one, "two": two}.items():
        yield from _papers(name, files)
        yield from _manifests(name, files, other)
        yield from _zips(name, files)


def _case(name: str, class_name: str, answer: Answer, why: str, data: bytes) -> Case:
    return Case(
        name=f"container-{name}", group="asice", class_name=class_name, answer=answer, why=why, data=data,
        suffix=".asice",
    )  # fmt: skip


def _forged(name: str, class_name: str, why: str, files: Files) -> Case:
    return _case(name, class_name, FORGED, why, zipped(list(files.items())))


def _papers(name: str, files: Files) -> Iterator[Case]:
    first, second = list(PAPERS)
    class_name = "files changed"
    yield _forged(f"{name}-changed", class_name, "a file was changed", {**files, first: b"forged"})
    yield _forged(f"{name}-emptied", class_name, "a file was emptied", {**files, second: b""})
    swapped = {**files, first: files[second], second: files[first]}
    yield _forged(f"{name}-swapped", class_name, "two files were exchanged", swapped)
    yield _forged(f"{name}-removed", class_name, "a file was removed", {k: v for k, v in files.items() if k != first})
    yield _forged(f"{name}-added", class_name, "a file was added that nobody signed", {**files, "papers/new.txt": b"x"})
    renamed = {("papers/khac.txt" if k == first else k): v for k, v in files.items()}
    yield _forged(f"{name}-renamed", class_name, "a file was renamed", renamed)
    beside = {**files, "META-INF/new.txt": b"x"}
    why = "META-INF is for whatever programs keep there, and no signature is over it"
    yield _case(f"{name}-beside", "harmless: META-INF", GENUINE, why, zipped(list(beside.items())))


def _manifests(name: str, files: Files, other: Files) -> Iterator[Case]:
    class_name = "manifests and signatures"
    body, cms = files[MANIFEST], files[SIGNATURE]
    reference = body[body.index(b"<asic:DataObjectReference") : body.index(b"</asic:DataObjectReference>") + 27]
    changes = {
        "reference-removed": body.replace(reference, b""),
        "reference-twice": body.replace(reference, reference + reference),
        "comment": body.replace(b"<asic:SigReference", b"<!-- x --><asic:SigReference"),
        "blank": body + b"\n",
        "doctype": body.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1),
        "other-signature": body.replace(b"signature001", b"signature002"),
        "outside": body.replace(b'URI="papers', b'URI="../papers'),
        "web": body.replace(b'URI="papers', b'URI="https://example.org/papers'),
        "sha1": body.replace(b"xmlenc#sha256", b"xmlenc#sha1"),
    }
    for label, changed in changes.items():
        if changed != body:
            why = "the manifest was changed after signing"
            yield _forged(f"{name}-manifest-{label}", class_name, why, {**files, MANIFEST: changed})
    without = {k: v for k, v in files.items() if k != MANIFEST}
    yield _forged(f"{name}-no-manifest", class_name, "the manifest was removed", without)
    theirs = {**files, SIGNATURE: other[SIGNATURE]}
    yield _forged(f"{name}-signature-of-another", class_name, "the signature is of another container", theirs)
    both = {**files, SIGNATURE: other[SIGNATURE], MANIFEST: other[MANIFEST]}
    yield _forged(f"{name}-pair-of-another", class_name, "signature and manifest are of another container", both)
    again = {**files, "META-INF/ASiCManifest009.xml": body.replace(b"signature001", b"signature009")}
    again["META-INF/signature009.p7s"] = cms
    yield _forged(f"{name}-copied", class_name, "the signature was copied for a manifest of the forger's", again)
    hollow = {**files, SIGNATURE: b""}
    yield _forged(f"{name}-hollow", class_name, "the signature is empty", hollow)
    gone = {k: v for k, v in files.items() if not k.startswith("META-INF/")}
    yield _case(f"{name}-stripped", class_name, UNPROVEN, "all signatures were removed", zipped(list(gone.items())))
    alone = {k: v for k, v in files.items() if "signature" not in k}
    yield _case(
        f"{name}-only-manifests", class_name, UNPROVEN, "the signatures were removed", zipped(list(alone.items()))
    )


def _zips(name: str, files: Files) -> Iterator[Case]:
    class_name = "zip tricks"
    entries = list(files.items())
    first = entries[0][0]
    whole = zipped(entries)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        doubled = zipped([*entries, (first, b"forged")])
        doubled_first = zipped([(first, b"forged"), *entries])
    tricks = {
        "doubled": (doubled, "one name stands twice"),
        "doubled-first": (doubled_first, "one name stands twice"),
        "case": (zipped([*entries, (first.upper(), b"forged")]), "two names differ in case only"),
        "traversal": (zipped([*entries, ("../evil.sh", b"x")]), "a name leads outside"),
        "absolute": (zipped([*entries, ("/etc/passwd", b"x")]), "a name leads outside"),
        "before": (b"#!/bin/sh\n" + whole, "bytes stand before the container"),
        "behind": (whole + b"tail", "bytes stand behind the container"),
        "comment": (_commented(whole), "the archive has a comment that hides another"),
        "local-name": (_local_name(whole, first), "the name inside differs from the list's"),
        "unlisted": (_unlisted(whole), "an entry stands in the archive that the list leaves out"),
        "media-type": (zipped(entries, media_type=b"application/zip"), "the media type is another"),
        "encrypted": (_flagged(whole), "an entry says that it is encrypted"),
    }
    for label, (data, why) in tricks.items():
        yield _case(f"{name}-zip-{label}", class_name, FORGED, why, data)


def _commented(whole: bytes) -> bytes:
    at = whole.rindex(b"PK\x05\x06")
    inner = whole[at:]
    return whole[: at + 20] + struct.pack("<H", len(inner)) + inner


def _local_name(whole: bytes, name: str) -> bytes:
    raw = name.encode()
    return whole.replace(raw, raw[:-1] + b"X", 1)


def _unlisted(whole: bytes) -> bytes:
    body = b"forged"
    name = b"papers/hidden.txt"
    head = struct.pack(
        "<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(body), len(body), len(body), len(name), 0
    )
    extra = head + name + body
    end = whole.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", whole[end + 16 : end + 20])[0]
    tail = whole[start:end] + whole[end : end + 16] + struct.pack("<I", start + len(extra)) + whole[end + 20 :]
    return whole[:start] + extra + tail


def _flagged(whole: bytes) -> bytes:
    at = whole.index(b"PK\x01\x02")
    out = bytearray(whole)
    out[at + 8] |= 1
    return bytes(out)
