"""ASiC-E containers: what is written, and every zip trick that is refused."""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import zipfile
import zlib
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.asice.container import MEDIA_TYPE, Container, looks_like_asice, read_manifest
from signing.asice.manifest import name_of, parse_manifest, uri_of, write_manifest
from signing.asice.zip import MAX_ENTRIES, read_zip, write_zip
from signing.dossier.examine import examine_container
from signing.errors import LimitError, MalformedError, SigningError

PAPERS = {"dossier.json": b"{}", "papers/Giấy khai sinh.pdf": b"%PDF-1.7 ...", "papers/a.png": b"\x89PNG" * 50}


def container() -> Container:
    return Container(MappingProxyType(dict(PAPERS)))


def python_zip(entries: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    """A container as other programs write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("mimetype"), MEDIA_TYPE)
        for name, content in entries.items():
            made.writestr(name, content, compress_type=method)
    return out.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(SigningError) as caught:
        Container.read(data)
    assert isinstance(caught.value, (MalformedError, LimitError))
    assert caught.value.text
    assert caught.value.text_vi
    return caught.value.code


def test_written_container_reads_back_and_is_the_same_bytes_every_time() -> None:
    data = container().to_bytes()
    again = Container.read(data)
    assert dict(again.files) == PAPERS
    assert again.to_bytes() == data
    assert looks_like_asice(data)


def test_media_type_stands_first_stored_at_byte_38() -> None:
    data = container().to_bytes()
    assert data[30:38] == b"mimetype"
    assert data[38 : 38 + len(MEDIA_TYPE)] == MEDIA_TYPE.encode()


def test_python_s_zipfile_reads_it_and_sees_vietnamese_names() -> None:
    with zipfile.ZipFile(io.BytesIO(container().to_bytes())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["mimetype", *PAPERS]
        assert archive.getinfo("papers/Giấy khai sinh.pdf").flag_bits & 0x800


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_containers_of_other_programs_are_read(method: int) -> None:
    assert dict(Container.read(python_zip(PAPERS, method=method)).files) == PAPERS


def test_data_descriptors_are_read() -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("b.txt", b"b")
        made.writestr("a.txt", b"abc" * 100)
    assert read_zip(out.getvalue()) == {"b.txt": b"b", "a.txt": b"abc" * 100}


@pytest.mark.parametrize(
    "name",
    [
        "../etc/passwd",
        "papers/../../x",
        "/etc/passwd",
        "papers\\x.pdf",
        "C:/x",
        "papers//x",
        "papers/",
        "papers/./x",
        "papers/x ",
        "papers/x.",
        "papers/a\x00b",
        "papers/a\u202eb.pdf",
        "papers/e\u0301.pdf",
        "",
        "x" * 600,
    ],
)
def test_names_that_could_write_elsewhere_or_deceive_are_refused(name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("mimetype"), MEDIA_TYPE)
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        made.writestr(info, b"x")
    assert refused(out.getvalue()) in {"asice.name", "asice.zip64"}
    with pytest.raises(MalformedError):
        container().with_files({name: b"x"})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("papers/a.pdf", "papers/A.PDF"),
        ("papers/đ.pdf", "papers/Đ.pdf"),
        ("papers/ß", "papers/SS"),
        ("papers", "papers/x"),
    ],
)
def test_names_that_are_one_on_some_systems_are_refused(one: str, two: str) -> None:
    assert refused(python_zip({one: b"1", two: b"2"})) == "asice.duplicate"
    with pytest.raises(MalformedError, match=r"asice\.duplicate"):
        write_zip({one: b"1", two: b"2"})


def test_duplicate_names_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        out = io.BytesIO(python_zip({"a": b"1"}))
        with zipfile.ZipFile(out, "a") as made:
            made.writestr("a", b"2")
    assert refused(out.getvalue()) == "asice.duplicate"


def test_symbolic_link_is_refused() -> None:
    out = io.BytesIO(python_zip({}))
    with zipfile.ZipFile(out, "a") as made:
        link = zipfile.ZipInfo("papers/link")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert refused(out.getvalue()) == "asice.link"


@pytest.mark.parametrize("system", [0, 3, 5, 16, 19, 30])
def test_symbolic_link_is_refused_whatever_system_is_stated(system: int) -> None:
    """Unpackers believe the modes of Unix, but also those of Atari, BeOS and others."""
    data = bytearray(container().to_bytes())
    at = data.find(b"PK\1\2")
    data[at + 5] = system
    struct.pack_into("<L", data, at + 38, 0o120777 << 16)
    assert refused(bytes(data)) == "asice.link"


@pytest.mark.parametrize("attribute", [0x08, 0x10, 0x40, 0x400])
def test_file_that_some_programs_take_for_a_label_a_folder_or_a_link_is_refused(attribute: int) -> None:
    """They leave it out without a word, where others show it."""
    data = bytearray(container().to_bytes())
    struct.pack_into("<L", data, data.rfind(b"PK\1\2") + 38, attribute | 0x20)
    assert refused(bytes(data)) == "asice.link"
    with pytest.raises(MalformedError, match=r"asice\.link"):
        Container.read(bytes(data), strict=False)


def test_stored_entry_with_a_descriptor_is_refused() -> None:
    """Who reads it as a stream looks for the end of its content in the content."""
    content, name = b"x" * 5 + b"PK\7\b" + b"y" * 5, b"papers/x.bin"
    crc, size = zlib.crc32(content), len(content)
    base = write_zip({"mimetype": MEDIA_TYPE.encode()})
    offset = base.find(b"PK\1\2")
    first = base[offset : base.rfind(b"PK\5\6")]
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 8, 0, 0, 33, 0, 0, 0, len(name), 0) + name + content
    local += struct.pack("<4s3L", b"PK\7\b", crc, size, size)
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 8, 0, 0, 33, crc, size, size, len(name), 0, 0, 0, 0, 0, offset
    )
    listing = first + entry + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(listing), offset + len(local), 0)
    assert refused(base[:offset] + local + listing + end) == "asice.header"


def test_a_file_is_digested_once_however_many_manifests_list_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made, real, asked = container(), hashlib.new, []

    def counted(name: str, data: bytes) -> object:
        asked.append(name)
        return real(name, data)

    monkeypatch.setattr(hashlib, "new", counted)
    for _ in range(3):
        for algorithm in ("sha256", "sha512"):
            assert made.digest("papers/a.png", algorithm) == real(algorithm, PAPERS["papers/a.png"]).digest()
    assert asked == ["sha256", "sha512"]
    made.with_files({"dossier.json": b"{ }"}).digest("papers/a.png", "sha512")
    assert asked == ["sha256", "sha512"]
    assert made.with_files({"papers/a.png": b""}).digest("papers/a.png", "sha512") == real("sha512", b"").digest()


@pytest.mark.parametrize("where", [b"<asic:ASiCManifest ", b"<asic:SigReference ", b"<asic:DataObjectReference "])
def test_a_manifest_that_moves_its_uris_is_refused(where: bytes) -> None:
    made = write_manifest("META-INF/signature001.p7s", [("a.txt", b"\0" * 32)], root="a.txt")
    with pytest.raises(MalformedError, match=r"asice\.manifest"):
        parse_manifest(made.replace(where, where + b'xml:base="papers/" ', 1), "m")


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "utf-16", "UTF-7", "windows-1258", ""])
def test_a_manifest_that_others_would_decode_to_other_names_is_refused(encoding: str) -> None:
    made = write_manifest("META-INF/signature001.p7s", [("a.txt", b"\0" * 32)], root="a.txt")
    for stated in (f'encoding="{encoding}"', f"encoding = '{encoding}'"):
        with pytest.raises(MalformedError, match=r"asice\.xml"):
            parse_manifest(made.replace(b'encoding="UTF-8"', stated.encode()), "m")
    assert parse_manifest(made.replace(b'encoding="UTF-8"', b"encoding='utf-8'"), "m")


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    data = python_zip({"papers/zeros": b"\0" * (8 << 20)}, method=zipfile.ZIP_DEFLATED)
    assert refused(data) == "asice.ratio"


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(python_zip({"papers/zeros": b"\0" * (8 << 20)}, method=zipfile.ZIP_DEFLATED))
    real = struct.pack("<L", 8 << 20)
    while (at := data.find(real)) >= 0:
        data[at : at + 4] = struct.pack("<L", 1000)
    assert refused(bytes(data)) == "asice.content"


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(LimitError, match=r"asice\.too-many"):
        write_zip({f"f{i}": b"" for i in range(MAX_ENTRIES + 1)})
    assert refused(python_zip({f"f{i}": b"" for i in range(MAX_ENTRIES)})) == "asice.too-many"


def test_encrypted_entry_is_refused() -> None:
    data = bytearray(container().to_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.rfind(magic)
        data[at + offset] |= 1
    assert refused(bytes(data)) == "asice.encrypted"


def test_unknown_compression_is_refused() -> None:
    assert refused(python_zip({"a": b"a" * 100}, method=zipfile.ZIP_BZIP2)) == "asice.compression"


def _patched(magic: bytes, offset: int, value: bytes) -> bytes:
    data = bytearray(container().to_bytes())
    at = data.rfind(magic)
    data[at + offset : at + offset + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("what", "offset", "value"),
    [
        ("crc", 14, b"\1\2\3\4"),
        ("packed", 18, b"\1\0\0\0"),
        ("method", 8, b"\x08\0"),
        ("flags", 6, b"\0\x08"),
        ("name", 30, b"q"),
    ],
)
def test_local_header_that_differs_from_the_directory_is_refused(what: str, offset: int, value: bytes) -> None:
    assert refused(_patched(b"PK\x03\x04", offset, value)) == "asice.header"


def test_content_with_a_wrong_checksum_is_refused() -> None:
    data = bytearray(container().to_bytes())
    at = bytes(data).find(b"%PDF-1.7")
    data[at] ^= 1
    assert refused(bytes(data)) == "asice.content"


def test_bytes_before_between_and_behind_are_refused() -> None:
    data = container().to_bytes()
    assert refused(b"GIF89a" + data) == "asice.gap"
    assert refused(data + b"\0") == "asice.gap"
    end = data.rfind(b"PK\x05\x06")
    total, size, offset = struct.unpack_from("<HLL", data, end + 10)
    tail = data[offset:end]
    shifted = data[:offset] + b"hidden" + tail + data[end : end + 16] + struct.pack("<L", offset + 6) + b"\0\0"
    assert refused(shifted) == "asice.gap"
    assert total == len(PAPERS) + 1
    assert size == len(tail)


def test_comment_is_refused() -> None:
    data = container().to_bytes()
    assert refused(data[:-2] + b"\x03\x00abc") == "asice.gap"


def test_overlapping_entries_are_refused() -> None:
    """Two directory entries for one stretch of bytes: the trick behind bombs without nesting."""
    content, name = b"x" * 50, b"aa"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(content), 50, 50, 2, 0) + name + content
    base = write_zip({"mimetype": MEDIA_TYPE.encode()})
    offset = base.find(b"PK\1\2")
    first = base[offset : base.rfind(b"PK\5\6")]
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, zlib.crc32(content), 50, 50, 2, 0, 0, 0, 0, 0, offset
    )
    listing = first + entry + name + entry + b"ab"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(listing), offset + len(local), 0)
    assert refused(base[:offset] + local + listing + end) == "asice.overlap"


def test_zip64_is_refused() -> None:
    data = container().to_bytes()
    end = data.rfind(b"PK\5\6")
    assert refused(data[: end + 8] + b"\xff\xff\xff\xff" + data[end + 12 :]) == "asice.zip64"
    out = io.BytesIO(python_zip({}))
    with zipfile.ZipFile(out, "a") as made, made.open("a", "w", force_zip64=True) as entry:
        entry.write(b"x")
    assert refused(out.getvalue()) in {"asice.zip64", "asice.header"}


@pytest.mark.parametrize("content", [b"application/zip", MEDIA_TYPE.encode() + b"\n", b""])
def test_another_media_type_is_refused(content: bytes) -> None:
    assert refused(write_zip({"mimetype": content, "a": b"x"})) == "asice.mimetype"


def test_media_type_that_is_not_first_or_is_compressed_is_refused() -> None:
    assert refused(write_zip({"a": b"x", "mimetype": MEDIA_TYPE.encode()})) == "asice.mimetype"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", MEDIA_TYPE, compress_type=zipfile.ZIP_DEFLATED)
    assert refused(out.getvalue()) == "asice.mimetype"


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"%PDF-1.7", b"PK\x03\x04" * 100])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    refused(data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_container_gives_one_of_our_errors_or_the_same_content(data: st.DataObject) -> None:
    whole = bytearray(python_zip(PAPERS, method=zipfile.ZIP_DEFLATED))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))]) if data.draw(st.booleans()) else bytes(whole)
    with contextlib.suppress(SigningError):
        assert set(Container.read(cut).files.values()) <= set(PAPERS.values())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(SigningError):
        Container.read(data)


# --- manifests ------------------------------------------------------------------------------------------------------


def manifest() -> bytes:
    made = container()
    return write_manifest("META-INF/signature001.p7s", [(n, made.sha256(n)) for n in made], root="dossier.json")


def test_manifest_reads_back() -> None:
    read = parse_manifest(manifest(), "m")
    assert read.signature == "META-INF/signature001.p7s"
    assert read.signature_type == "application/x-pkcs7-signature"
    assert read.root == "dossier.json"
    assert list(read.digests()) == list(PAPERS)


def test_uris_are_percent_encoded_utf8() -> None:
    assert uri_of("papers/Giấy khai sinh.pdf") == "papers/Gi%E1%BA%A5y%20khai%20sinh.pdf"
    assert name_of(uri_of("papers/50% & #1.pdf")) == "papers/50% & #1.pdf"


@pytest.mark.parametrize(
    "uri", ["http://x/y", "/a", "../a", "a#b", "a?b", "a\\b", "%2e%2e/a", "a%2f%2fb", "%ff", "file:a", "papers%5Ca"]
)
def test_uris_that_leave_the_container_are_refused(uri: str) -> None:
    with pytest.raises(MalformedError, match=r"asice\.name"):
        name_of(uri)


def test_entities_and_document_types_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'
    with pytest.raises(MalformedError, match=r"asice\.xml"):
        parse_manifest(bomb, "m")
    with pytest.raises(MalformedError, match=r"asice\.xml"):
        parse_manifest('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16"), "m")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ASiCManifest", b"Other"),
        (b"SigReference", b"Else"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>*"),
        (b"DataObjectReference", b"Thing"),
        (b'Rootfile="true"', b'Rootfile="maybe"'),
        (b"papers/a.png", b"dossier.json"),
        (b"<asic:SigReference", b"<!-- note --><asic:SigReference"),
        (b"<asic:SigReference", b"<?php x?><asic:SigReference"),
        (b"</asic:ASiCManifest>", b""),
    ],
)
def test_manifests_outside_the_schema_are_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_manifest(manifest().replace(old, new), "m")


def test_large_manifest_is_refused() -> None:
    with pytest.raises(LimitError):
        parse_manifest(manifest() + b" " * (3 << 20), "m")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_manifest_gives_one_of_our_errors(data: st.DataObject) -> None:
    whole = bytearray(manifest())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SigningError):
        parse_manifest(bytes(whole), "m")


def codes(files: dict[str, bytes]) -> list[str]:
    _, found = read_manifest(Container(MappingProxyType(files)), "META-INF/ASiCManifest001.xml")
    return [f.code for f in found]


def test_what_differs_between_manifest_and_files_is_found() -> None:
    files = {**PAPERS, "META-INF/ASiCManifest001.xml": manifest(), "META-INF/signature001.p7s": b"x"}
    assert codes(files) == []
    assert codes({**files, "papers/a.png": b"other"}) == ["asice.reference-digest"]
    assert codes({k: v for k, v in files.items() if k != "papers/a.png"}) == ["asice.reference-missing"]
    assert codes({k: v for k, v in files.items() if not k.endswith("p7s")}) == ["asice.signature-missing"]
    sha1 = manifest().replace(b"xmlenc#sha256", b"xmldsig#sha1")
    assert set(codes({**files, "META-INF/ASiCManifest001.xml": sha1})) == {"asice.reference-algorithm"}
    assert codes({**files, "META-INF/ASiCManifest001.xml": b"<x/>"}) == ["asice.manifest"]


def test_other_programs_containers_may_hold_folders_and_their_media_type_elsewhere() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("META-INF/", b"")
        made.writestr("a.txt", b"x")
        made.writestr("mimetype", MEDIA_TYPE, compress_type=zipfile.ZIP_DEFLATED)
    assert dict(Container.read(out.getvalue(), strict=False).files) == {"a.txt": b"x"}
    found = examine_container(out.getvalue(), trust=None)
    assert [f.severity for f in found.findings if f.code == "asice.mimetype"] == ["warning"]
    assert refused(out.getvalue()) == "asice.mimetype"


def test_a_folder_is_no_file_and_holds_nothing() -> None:
    out = io.BytesIO(python_zip({"a": b"x"}))
    with zipfile.ZipFile(out, "a") as made:
        made.writestr("a/", b"")
    assert refused(out.getvalue()) == "asice.duplicate"
    out = io.BytesIO(python_zip({"a": b"x"}))
    with zipfile.ZipFile(out, "a") as made:
        made.writestr(zipfile.ZipInfo("b/"), b"content")
    assert refused(out.getvalue()) == "asice.name"
