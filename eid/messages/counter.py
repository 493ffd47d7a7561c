"""Sentences about counter codes and their layers."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # layers
    "base45.malformed": (
        "the text is not Base45; scan the code again",
        "văn bản không phải Base45; hãy quét lại mã",
    ),
    "base45.too-large": (
        "the text is longer than the {limit} characters of a QR code",
        "văn bản dài hơn {limit} ký tự mà một mã QR chứa được",
    ),
    "cbor.malformed": (
        "the content is not deterministic CBOR: {why}",
        "dữ liệu không phải CBOR ở dạng xác định: {why}",
    ),
    "cose.malformed": (
        "the signature structure (COSE) is malformed: {why}",
        "cấu trúc chữ ký (COSE) bị sai: {why}",
    ),
    "cose.inflate": (
        "the compressed content inflates to more than {limit} bytes and was not read",
        "dữ liệu nén lớn hơn {limit} byte khi giải nén nên không được đọc",
    ),
}
