"""Sentences about accounts, their grounds and their history, and about the registry that keeps them."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "registry.url": (
        "the registry is a path of an SQLite file, sqlite:///… or postgresql+psycopg://…",
        "sổ đăng ký là đường dẫn tệp SQLite, sqlite:///… hoặc postgresql+psycopg://…",
    ),
    "registry.not-found": ("there is no registry at {path}", "không có sổ đăng ký tại {path}"),
    "registry.newer": (
        "the registry's part '{part}' has schema {version}, this program knows up to {known}; update the program",
        "phần '{part}' của sổ đăng ký có phiên bản {version}, chương trình chỉ biết đến {known};"
        " hãy cập nhật chương trình",
    ),
    "registry.unavailable": (
        "the registry does not answer ({why}); nothing was changed, try again",
        "sổ đăng ký không trả lời ({why}); chưa có gì thay đổi, hãy thử lại",
    ),
}
