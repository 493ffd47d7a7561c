"""ISO 32000-2 §8.9: the image of a stamp, from a PNG or a JPEG, told apart by how it begins."""

from __future__ import annotations

from .jpeg import MAX_JPEG_BYTES, read_jpeg
from .png import MAX_PNG_BYTES, Image, read_png

MAX_IMAGE_BYTES = max(MAX_PNG_BYTES, MAX_JPEG_BYTES)


def read_image(data: bytes) -> Image:
    """A PNG or a JPEG as image. Raises `UsageError` (`stamp.image`), `LimitError`."""
    return read_jpeg(data) if data.startswith(b"\xff\xd8") else read_png(data)
