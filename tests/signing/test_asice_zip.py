"""Archives of other programs: what all of them read alike is judged, what two could read differently is refused."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from signing.asice.container import Container
from signing.audit import audit_bytes
from signing.errors import MalformedError
from signing.report import Report, Verdict
from signing.trust.store import TrustStore

VECTORS = Path(__file__).parent.parent / "vectors" / "xades"
ROOT = x509.load_pem_x509_certificate((VECTORS / "root.pem").read_bytes())
TRUST = TrustStore(ca=(ROOT,), tsa=(ROOT,))
FULL = 0xFFFFFFFF
DESCRIPTOR = 8


def contents(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(VECTORS / name) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


SIGNED = contents("asic-xades-B-LT.asice")
SIMPLE = contents("asic-xades-B-LT.asics")
PAPER = "to-trinh.txt"
AT = datetime.fromisoformat(json.loads((VECTORS / "made.json").read_text())["made"]) + timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class File:
    """One entry; what is None is as it should be."""

    name: bytes
    data: bytes
    flags: int = 0
    local: bytes | None = None  # its name in the local header
    stated: tuple[int, int, int] | None = None  # crc, packed size, size in the local header
    listed: tuple[int, int, int] | None = None  # the same in the central one
    local_extra: bytes = b""
    extra: bytes = b""
    comment: bytes = b""
    offset: int | None = None
    behind: bytes = b""  # between it and the next

    @property
    def sizes(self) -> tuple[int, int, int]:
        return zlib.crc32(self.data), len(self.data), len(self.data)


@dataclass(frozen=True, kw_only=True)
class Zip:
    """An archive, stored."""

    files: tuple[File, ...]
    before: bytes = b""
    end64: bytes | None = None
    end: Mapping[int, int] = field(default_factory=dict)  # field of the end record → value
    comment: bytes = b""
    behind: bytes = b""

    def built(self) -> bytes:
        body, listing = self.before, b""
        for file in self.files:
            at = len(body) if file.offset is None else file.offset
            name = file.name if file.local is None else file.local
            sizes = file.stated or file.sizes
            head = struct.pack("<5H3L2H", 45, file.flags, 0, 0, 33, *sizes, len(name), len(file.local_extra))
            body += b"PK\3\4" + head + name + file.local_extra + file.data + file.behind
            common = (*(file.listed or file.sizes), len(file.name), len(file.extra), len(file.comment))
            central = struct.pack("<6H3L5H2L", 45, 45, file.flags, 0, 0, 33, *common, 0, 0, 0, at)
            listing += b"PK\1\2" + central + file.name + file.extra + file.comment
        fields = [0, 0, len(self.files), len(self.files), len(listing), len(body), len(self.comment)]
        for place, value in self.end.items():
            fields[place] = value
        tail = self.end64 or b""
        return body + listing + tail + b"PK\5\6" + struct.pack("<4H2LH", *fields) + self.comment + self.behind


def archive(held: Mapping[str, bytes] = SIGNED) -> Zip:
    return Zip(files=tuple(File(name=name.encode(), data=data) for name, data in held.items()))


def changed(made: Zip, what: Callable[[File], File], name: str = PAPER) -> Zip:
    return replace(made, files=tuple(what(f) if f.name == name.encode() else f for f in made.files))


def wide(*values: int) -> bytes:
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def with_end64(made: Zip, entries: int = 0, offset: int = 0, start: int = 0, disks: int = 1) -> Zip:
    """With a zip64 end record; the numbers are added to what would be right."""
    plain = made.built()
    _, _, total, _, size, at, _ = struct.unpack_from("<4H2LH", plain, len(plain) - 18)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, total + entries, total + entries, size, at + offset)
    return replace(made, end64=record + struct.pack("<4sLQL", b"PK\6\7", 0, at + size + start, disks))


def audited(made: Zip | bytes, name: str = "x.asice") -> Report:
    data = made if isinstance(made, bytes) else made.built()
    return audit_bytes(data, TRUST, name=name, at=AT)


def descriptor(file: File, form: str = "<3L", magic: bytes = b"PK\7\x08") -> bytes:
    return magic + struct.pack(form, *file.sizes)


def streamed(file: File) -> File:
    return replace(file, flags=DESCRIPTOR, stated=(0, 0, 0), behind=descriptor(file))


def partly(file: File) -> File:
    return replace(streamed(file), stated=(0, 0, len(file.data)))


def streamed64(file: File) -> File:
    zeros, behind = (0, FULL, FULL), descriptor(file, "<LQQ")
    return replace(file, flags=DESCRIPTOR, stated=zeros, local_extra=wide(0, 0), behind=behind)


def local64(file: File) -> File:
    size = len(file.data)
    return replace(file, stated=(file.sizes[0], FULL, FULL), local_extra=wide(size, size))


def both64(file: File) -> File:
    return replace(local64(file), listed=(file.sizes[0], FULL, FULL), extra=wide(len(file.data), len(file.data)))


HARMLESS = {
    "comment": (replace(archive(), comment=b"mimetype=application/vnd.etsi.asic-e+zip\n"), "asice.gap"),
    "comment of an entry": (changed(archive(), lambda f: replace(f, comment=b"LIB DigiDoc4j")), "asice.gap"),
    "zeros before the directory": (
        changed(archive(), lambda f: replace(f, behind=bytes(512)), list(SIGNED)[-1]),
        "asice.gap",
    ),
    "zeros behind": (replace(archive(), behind=bytes(100)), "asice.gap"),
    "zip64 end": (with_end64(archive()), "asice.zip64"),
    "zip64 end alone": (replace(with_end64(archive()), end={2: 0xFFFF, 3: 0xFFFF, 4: FULL, 5: FULL}), "asice.zip64"),
    "zip64 in the local header": (changed(archive(), local64), "asice.zip64"),
    "zip64 in both": (changed(archive(), both64), "asice.zip64"),
    "stored with a descriptor": (changed(archive(), streamed), "asice.header"),
    "with a descriptor and a size": (changed(archive(), partly), "asice.header"),
    "zip64 descriptor": (changed(archive(), streamed64), "asice.zip64"),
    "the name twice": (
        changed(archive(), lambda f: replace(f, extra=struct.pack("<HHBL", 0x7075, 17, 1, 0) + f.name)),
        "asice.header",
    ),
    "no media type": (archive({k: v for k, v in SIGNED.items() if k != "mimetype"}), "asice.mimetype"),
    "media type last": (
        archive({k: v for k, v in SIGNED.items() if k != "mimetype"} | {"mimetype": SIGNED["mimetype"]}),
        "asice.mimetype",
    ),
    "media type with a line end": (archive(SIGNED | {"mimetype": SIGNED["mimetype"] + b"\n"}), "asice.mimetype"),
}


def test_the_archive_itself_is_valid_without_a_word() -> None:
    report = audited(archive())
    assert (report.verdict, report.findings) == (Verdict.VALID, ())
    assert audited(archive(SIMPLE), "x.asics").verdict is Verdict.VALID


@pytest.mark.parametrize("name", HARMLESS)
def test_what_every_program_reads_alike_is_judged_and_told(name: str) -> None:
    made, code = HARMLESS[name]
    report = audited(made)
    assert (report.verdict, {f.severity for f in report.findings}) == (Verdict.VALID, {"warning"})
    assert code in {f.code for f in report.findings}
    assert all(f.text_vi and f.text_vi != f.text for f in report.findings)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_dossier_is_read_strictly(name: str) -> None:
    """What this program writes has none of that, so it was added by somebody."""
    made, code = HARMLESS[name]
    with pytest.raises(MalformedError) as caught:
        Container.read(made.built())
    assert caught.value.code == code
    dossier = replace(made, files=(*made.files, File(name=b"dossier.json", data=b"{}")))
    report = audited(dossier)
    assert report.verdict is Verdict.INVALID
    assert not report.signatures


# --- what two programs could read differently ------------------------------------------------------------------------

FORGED = Zip(files=(File(name=PAPER.encode(), data=b"another paper"),)).built()
LOCAL_FORGED = FORGED[: FORGED.index(b"PK\1\2")]


def named(name: bytes, **more: bytes) -> Zip:
    """With one more file."""
    return replace(archive(), files=(*archive().files, File(name=name, data=b"x", **more)))  # type: ignore[arg-type]


def with_paper(data: bytes, what: Callable[[File], File]) -> Zip:
    return changed(archive(), lambda f: what(replace(f, data=data)))


def cut_short() -> Zip:
    made = archive()
    return replace(made, end={2: len(made.files) - 1, 3: len(made.files) - 1})


TWO_FACED = {
    "a second directory in the comment": replace(archive(), comment=FORGED),
    "an end record in the comment": replace(archive(), comment=FORGED[FORGED.rindex(b"PK\5\6") :]),
    "a local header in the comment": replace(archive(), comment=LOCAL_FORGED),
    "a zip64 locator in the comment": replace(archive(), comment=b"PK\6\7" + bytes(16)),
    "a comment that is no text": replace(archive(), comment=b"\xff\xfe\1"),
    "a comment longer than the file": replace(archive(), end={6: 10}),
    "a second archive behind": replace(archive(), behind=FORGED),
    "bytes behind": replace(archive(), behind=b"\0\0x"),
    "an older end record before zeros": changed(
        replace(archive(), behind=bytes(10)), lambda f: replace(f, comment=b"PK\5\6" + bytes(18))
    ),
    "an archive before": replace(archive(), before=FORGED),
    "a picture before": replace(archive(), before=b"GIF89a"),
    "zeros before": replace(archive(), before=bytes(4)),
    "an entry between entries that no directory lists": changed(archive(), lambda f: replace(f, behind=LOCAL_FORGED)),
    "zeros between entries, where streams seem to end": changed(archive(), lambda f: replace(f, behind=bytes(512))),
    "an entry behind zeros": changed(archive(), lambda f: replace(f, behind=bytes(64) + LOCAL_FORGED)),
    "an entry before the directory": changed(archive(), lambda f: replace(f, behind=LOCAL_FORGED), list(SIGNED)[-1]),
    "a directory with more entries than are counted": cut_short(),
    "a directory record in the comment of an entry": changed(archive(), lambda f: replace(f, comment=b"PK\1\2")),
    "two entries over one stretch of bytes": changed(archive(), lambda f: replace(f, offset=0)),
    "another name in the local header": changed(archive(), lambda f: replace(f, local=b"to-trinh.TXT")),
    "another name in an extra field": changed(
        archive(), lambda f: replace(f, extra=struct.pack("<HHBL", 0x7075, 10, 1, 0) + b"other")
    ),
    "another name in a local extra field": changed(
        archive(), lambda f: replace(f, local_extra=struct.pack("<HHBL", 0x7075, 10, 1, 0) + b"other")
    ),
    "another size in the local header": changed(archive(), lambda f: replace(f, stated=(f.sizes[0], 1, 1))),
    "another checksum in the local header": changed(archive(), lambda f: replace(f, stated=(1, *f.sizes[1:]))),
    "another size before a descriptor": changed(archive(), lambda f: replace(streamed(f), stated=(0, 0, 1))),
    "another size in the descriptor": changed(
        archive(), lambda f: replace(streamed(f), behind=b"PK\7\x08" + struct.pack("<3L", f.sizes[0], 1, 1))
    ),
    "a descriptor in the content": with_paper(SIGNED[PAPER] + b"PK\7\x08" + bytes(12) + LOCAL_FORGED, streamed),
    "no mark before a descriptor": changed(archive(), lambda f: replace(streamed(f), behind=descriptor(f, magic=b""))),
    "a zip64 size that the 32-bit one contradicts": changed(
        archive(), lambda f: replace(f, extra=wide(len(f.data) + 1, len(f.data)))
    ),
    "a zip64 size in the local header alone that differs": changed(
        archive(), lambda f: replace(local64(f), local_extra=wide(1, 1))
    ),
    "a zip64 size for one member, read for another": changed(
        archive(), lambda f: replace(f, listed=(f.sizes[0], FULL, len(f.data)), extra=wide(1, len(f.data)))
    ),
    "zip64 without its values": changed(archive(), lambda f: replace(f, listed=(f.sizes[0], FULL, FULL))),
    "zip64 values twice": changed(archive(), lambda f: replace(both64(f), extra=both64(f).extra * 2)),
    "zip64 values cut off": changed(archive(), lambda f: replace(both64(f), extra=both64(f).extra[:-3])),
    "a zip64 end record with fewer entries": with_end64(archive(), entries=-1),
    "a zip64 end record with another directory": with_end64(archive(), offset=46),
    "a zip64 locator that leads elsewhere": with_end64(archive(), start=-56),
    "a zip64 end record on another disk": with_end64(archive(), disks=2),
    "an end record that contradicts the zip64 one": replace(with_end64(archive()), end={5: 0}),
    "a zip64 locator alone": replace(archive(), end64=struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)),
    "a 64-bit value that nothing gives": replace(archive(), end={5: FULL}),
    "a name that is longer than names are": named(b"a/" * 300),
    "an entry without a name": named(b""),
    "a name that differs by case": named(b"TO-TRINH.txt"),
    "a name that differs by its separators": replace(
        archive(), files=(*named(b"a/b.txt").files, File(name=b"a\\b.txt", data=b"y"))
    ),
    "a name that differs by an empty segment": named(b".//to-trinh.txt"),
    "a name that differs by a final dot": named(b"to-trinh.txt."),
    "a name that differs by a blank": named(b"to-trinh.txt "),
    "a name that differs by its normal form": replace(
        archive(),
        files=(
            *archive().files,
            File(name="é".encode(), data=b"x", flags=0x800),
            File(name="e\u0301".encode(), data=b"x", flags=0x800),
        ),
    ),
    "a name that Windows writes to the same place": replace(
        archive(), files=(*named(b"a_.txt").files, File(name=b"a?.txt", data=b"y"))
    ),
}


@pytest.mark.parametrize("name", TWO_FACED)
def test_what_two_programs_could_read_differently_is_refused(name: str) -> None:
    for made, suffix in ((TWO_FACED[name], "asice"), (TWO_FACED[name], "asics")):
        report = audited(made, f"x.{suffix}")
        assert report.verdict is Verdict.INVALID
        assert not report.signatures
        (finding,) = report.findings
        assert finding.code.startswith("asice.") and finding.text_vi != finding.text


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [b"../x", b"/x", b"a//x", b"a\\x", b"C:x", b"a\x00b", "a\u202eb.pdf".encode(), b"\x82\xa0t.pdf"]
)
def test_under_a_name_that_programs_differ_over_the_signatures_are_judged_all_the_same(
    name: bytes,
) -> None:
    flags = 0 if name.startswith(b"\x82") else 0x800
    made = replace(archive(), files=(*archive().files, File(name=name, data=b"x", flags=flags)))
    report = audited(made)
    assert report.verdict is Verdict.INVALID
    assert {f.code for f in report.findings} == {"asice.name", "asice.uncovered"}
    assert [s.intact for s in report.signatures] == [True]


@pytest.mark.parametrize("media_type", [b"application/zip", b"application/vnd.etsi.asic-s+zip", b""])
def test_a_container_that_says_it_is_something_else_is_invalid_and_its_signatures_are_judged(media_type: bytes) -> None:
    report = audited(changed(archive(), lambda f: replace(f, data=media_type), "mimetype"))
    assert (report.verdict, [s.intact for s in report.signatures]) == (Verdict.INVALID, [True])


def test_a_container_of_a_format_that_builds_on_asic_cannot_be_told() -> None:
    report = audited(changed(archive(), lambda f: replace(f, data=b"application/vnd.bdoc-1.0"), "mimetype"))
    assert (report.verdict, [f.code for f in report.findings]) == (Verdict.INDETERMINATE, ["asice.other-format"])
    assert [s.intact for s in report.signatures] == [True]


# --- what is in them -------------------------------------------------------------------------------------------------


def test_a_container_without_a_file_is_invalid() -> None:
    """Whoever opens it finds nothing that could have been signed."""
    for held in ({}, {"mimetype": SIGNED["mimetype"]}, {k: v for k, v in SIGNED.items() if "META" in k}):
        report = audited(archive(held))
        assert report.verdict is Verdict.INVALID
        assert "asice.payload" in {f.code for f in report.findings}


def test_the_file_of_a_simple_container_stands_in_its_root() -> None:
    name = "META-INF/signature.p7s"
    held = contents("asic-cades-B-LT.asics")
    assert audited(archive(held), "x.asics").verdict is Verdict.VALID
    moved = {("a/" + n if n == PAPER else n): data for n, data in held.items()}
    report = audited(archive(moved), "x.asics")
    assert (report.verdict, {f.code for f in report.findings}) == (Verdict.INVALID, {"asics.folder"})
    assert [s.id for s in report.signatures] == [name]


def test_the_media_type_says_what_a_container_is_whatever_its_name() -> None:
    assert audited(archive(SIMPLE), "x.asice").kind == "asics"
    assert audited(archive(SIGNED), "x.scs").kind == "asice"


def test_a_proof_of_which_nothing_says_what_it_covers_cannot_be_told() -> None:
    """EN 319 162-1 §4.4.4: in ASiC-E a manifest leads to each timestamp and evidence record."""
    held = contents("asic-timestamp.asice")
    bare = {k: v for k, v in held.items() if "Manifest" not in k}
    report = audited(archive(bare))
    assert (report.verdict, report.findings) == (Verdict.INDETERMINATE, ())
    assert [s.sub_indication for s in report.signatures] == ["SIGNED_DATA_NOT_FOUND"]
    signed = SIGNED | {k: v for k, v in bare.items() if k.endswith(".tst")} | {"smuggled.txt": b"x"}
    report = audited(archive(signed))
    assert (report.verdict, {f.code for f in report.findings}) == (Verdict.INVALID, {"asice.uncovered"})
