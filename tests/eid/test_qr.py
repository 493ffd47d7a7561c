"""QR codes: what is drawn is read back; what cannot be read gives our errors."""

from __future__ import annotations

import builtins
import io
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eid import LimitError, MalformedError, MissingExtraError, UsageError, qr
from eid.scan import ScannedCode, scan, scan_frame

TEXT = "Giấy khai sinh số 12/2026 – Nguyễn Văn Á"


@pytest.mark.parametrize("text", [TEXT, "HTTPS://TRA-CUU.EXAMPLE.VN/A1", "0123456789", "a" * 1000, "6BF:ABC 12$%*+-./"])
@pytest.mark.parametrize("correction", ["L", "M", "Q"])
def test_png_is_read_back(text: str, correction: str) -> None:
    assert qr.scan(qr.png(text, correction=correction)) == (text,)


def test_other_pictures_and_a_pdf(tmp_path) -> None:
    picture = Image.open(io.BytesIO(qr.png(TEXT))).convert("RGB")
    for kind in ("JPEG", "PDF", "TIFF"):
        out = io.BytesIO()
        picture.save(out, kind)
        assert qr.scan(out.getvalue()) == (TEXT,)
        path = tmp_path / f"page.{kind.lower()}"
        path.write_bytes(out.getvalue())
        assert qr.scan(path) == qr.scan(str(path)) == (TEXT,)


def test_two_codes_in_one_picture_from_top_to_bottom() -> None:
    pictures = [Image.open(io.BytesIO(qr.png(text))).convert("L") for text in ("UPPER", "LOWER")]
    sheet = Image.new("L", (400, 600), 255)
    sheet.paste(pictures[1], (20, 320))
    sheet.paste(pictures[0], (100, 10))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    assert qr.scan(out.getvalue()) == ("UPPER", "LOWER")


def test_modules_svg_and_terminal() -> None:
    rows = qr.modules("A1")
    assert len(rows) == len(rows[0]) == 21
    assert all(rows[0][:7])
    assert "<script" not in qr.svg(TEXT)
    assert qr.svg(TEXT).startswith("<")
    assert len(qr.terminal("A1").splitlines()) >= 14


def test_alphanumeric_text_takes_the_smaller_symbol() -> None:
    assert len(qr.modules("ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 10)) < len(qr.modules("abcdefghijklmnopqrstuvwxyz" * 10))


def test_no_code_found() -> None:
    out = io.BytesIO()
    Image.new("L", (100, 100), 255).save(out, "PNG")
    assert qr.scan(out.getvalue()) == ()


@pytest.mark.parametrize("text", ["", "x" * 5000, "x" * 4000])
def test_text_that_does_not_fit(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        qr.png(text)
    assert caught.value.code == "qr.too-long"


@pytest.mark.parametrize("options", [{"correction": "H"}, {"module_px": 0}, {"module_px": 1000}, {"module_px": 1.5}])
def test_wrong_calls(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        qr.png("A", **options)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n%%EOF", b"\x89PNG\r\n\x1a\n\0\0", b"GIF89a", qr.png("A")[:90]])
def test_broken_pictures(data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        qr.scan(data)
    assert caught.value.code == "qr.malformed"


def test_picture_of_a_billion_pixels() -> None:
    bomb = qr.png("A").replace(b"IHDR" + (232).to_bytes(4, "big") * 2, b"IHDR" + (40_000).to_bytes(4, "big") * 2)
    with pytest.raises(MalformedError):
        qr.scan(bomb)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.4\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"]))
def test_any_bytes_as_a_picture(data: bytes, start: bytes) -> None:
    with pytest.raises(MalformedError):
        qr.scan(start + data)


def test_missing_file(tmp_path) -> None:
    with pytest.raises(UsageError):
        qr.scan(tmp_path / "nothing.png")


def test_missing_extra_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.scan.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        qr.scan(qr.png("A"))
    assert caught.value.code == "extra.missing"
    assert "eid-signing[scan]" in caught.value.text


def test_drawing_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".")[0] in {"PIL", "zxingcpp", "pypdfium2", "numpy"}:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert qr.png("A").startswith(b"\x89PNG")
    assert qr.svg("A")
    assert qr.terminal("A")


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def test_a_code_on_the_second_page_of_a_tiff_is_not_overlooked() -> None:
    first, second = (Image.open(io.BytesIO(qr.png(text))).convert("L") for text in ("GENUINE", "SECOND"))
    found = scan(saved(first, "TIFF", save_all=True, append_images=[second]))
    assert [(code.text, code.page) for code in found] == [("GENUINE", 1), ("SECOND", 2)]
    with pytest.raises(LimitError):
        scan(saved(first, "TIFF", save_all=True, append_images=[second] * 3), max_pages=3)


@pytest.mark.parametrize("size", [(70_000, 2), (2, 70_000)])
def test_a_side_longer_than_the_reader_takes_is_our_error(size: tuple[int, int]) -> None:
    for run in (lambda: scan(saved(Image.new("1", size), "PNG")), lambda: scan_frame(bytes(140_000), size=size)):
        with pytest.raises(LimitError) as caught:
            run()
        assert caught.value.code == "qr.too-large"
        assert caught.value.text_vi == "số điểm ảnh của một cạnh vượt quá giới hạn 65535"


def pages_of(box: str, count: int) -> bytes:
    kids = " ".join(["3 0 R"] * count)
    return (
        f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}>>endobj "
        f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {box}]>>endobj trailer<</Root 1 0 R>>\n%%EOF"
    ).encode()


def test_a_page_like_a_ribbon_is_drawn_coarser() -> None:
    assert scan(pages_of("100000 3", 1)) == ()


def test_a_hundred_posters_in_a_few_bytes_are_not_all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.scan.MAX_ALL_PIXELS", 3_000_000)
    assert scan(pages_of("200 200", 4)) == ()
    with pytest.raises(LimitError):
        scan(pages_of("200 200", 9))
    blank = Image.new("1", (1000, 1000))
    with pytest.raises(LimitError):
        scan(saved(blank, "TIFF", save_all=True, append_images=[blank] * 3))


def test_a_few_bytes_do_not_take_half_a_gigabyte() -> None:
    """The pixels of a picture without transparency are kept once, in one byte each."""
    data = saved(Image.new("1", (6_000, 6_000)), "PNG")
    script = (  # not ru_maxrss, which begins with what the process was forked from
        "import sys; from eid.scan import scan; scan(sys.stdin.buffer.read());"
        "print(next(int(line.split()[1]) // 1024 for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert len(data) < 10_000
    assert int(done.stdout) < 300


def test_a_scanned_code_does_not_tell_its_text_in_passing() -> None:
    (found,) = scan(qr.png("001190654321|name"))
    assert found == ScannedCode("001190654321|name")
    assert "001190654321" not in repr(found)
