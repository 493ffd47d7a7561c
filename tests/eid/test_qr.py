"""QR codes: what is drawn is read back; what cannot be read gives our errors."""

from __future__ import annotations

import builtins
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eid import MalformedError, MissingExtraError, UsageError, qr

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
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("eid.scan.import_module", missing)
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
