"""Data group 2, the face (ICAO 9303-10 §4.7.2; ISO/IEC 7816-11 templates around ISO/IEC 19794-5:2005 records).

The picture comes out as its bytes and is never decoded here: give it to a decoder in a process of its own.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..errors import MalformedError
from .der import DerError, Node, children, inside, read_small, sole
from .lds import group, malformed

MAX_FACES = 16  # faces in one file; every chip met has one

_RECORD = struct.Struct(">4s4sIH")  # identifier, version, length of the record, number of faces
_FACE = struct.Struct(">IH14x")  # length of the face's block, number of feature points
_IMAGE = struct.Struct(">BBHH6x")  # kind of face image, image format, width, height
_POINT_BYTES = 8  # bytes of one feature point
_INSTANCES, _INSTANCE, _HEADER, _BLOCKS = 0x7F61, 0x7F60, 0xA1, (0x5F2E, 0x7F2E)
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/j2c"),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FaceImage:
    """One picture: its bytes, `image/jpeg`, `image/jp2` or `image/j2c` (a bare JPEG 2000 codestream), and the width and
    height in pixels that the record states (0 where it states none)."""

    data: bytes
    media_type: str
    width_px: int
    height_px: int

    @property
    def suffix(self) -> str:
        """What a file of it is called: `.jpg`, `.jp2` or `.j2c`."""
        return {"image/jpeg": ".jpg"}.get(self.media_type, f".{self.media_type.partition('/')[2]}")

    def __repr__(self) -> str:
        return f"FaceImage({self.media_type}, {len(self.data)} bytes)"


def read_faces(data: bytes) -> tuple[FaceImage, ...]:
    """The pictures in data group 2, whose file is `data`.

    Raises `MalformedError`: `chip.malformed`, or `chip.face` for a record of another kind than ISO/IEC 19794-5.
    """
    try:
        count, *templates = inside(data, sole(group(data, 2)), _INSTANCES) or [(0, 0, 0, 0)]
        if read_small(data, count, MAX_FACES) != len(templates) or not templates:
            raise DerError("the number of faces is not the stated one")
        return tuple(face for template in templates for face in _faces(_block(data, template)))
    except (DerError, struct.error) as e:
        raise malformed(2, e if isinstance(e, DerError) else "a face record ends too early") from None


def _block(data: bytes, template: Node) -> bytes:
    if template[0] != _INSTANCE:
        raise DerError("not a biometric template")
    for tag, _, start, stop in children(data, template[2], template[3]):
        if tag in _BLOCKS:
            return data[start:stop]
        if tag != _HEADER:
            break
    raise DerError("a template without its face record")


def _faces(record: bytes) -> list[FaceImage]:
    if record[:8] != b"FAC\x00010\x00":
        raise MalformedError("chip.face")
    _, _, length, count = _RECORD.unpack_from(record)
    if length != len(record) or not 1 <= count <= MAX_FACES:
        raise DerError("a face record's length or number is wrong")
    faces, at = [], _RECORD.size
    for _ in range(count):
        block, points = _FACE.unpack_from(record, at)
        image = at + _FACE.size + points * _POINT_BYTES
        end = at + block
        _, _, width, height = _IMAGE.unpack_from(record, image)
        if not image + _IMAGE.size < end <= len(record):
            raise DerError("a face's length is wrong")
        faces.append(_picture(record[image + _IMAGE.size : end], width, height))
        at = end
    if at != len(record):
        raise DerError("bytes follow the last face")
    return faces


def _picture(data: bytes, width: int, height: int) -> FaceImage:
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return FaceImage(data=data, media_type=media_type, width_px=width, height_px=height)
    raise DerError("a picture that is neither JPEG nor JPEG 2000")
