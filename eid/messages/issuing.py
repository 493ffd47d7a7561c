"""Sentences about issuing with a registry, introspection and consent."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "consent.missing": (
        "{claims} is handed over only with the person's recorded consent for this recipient; ask for it first",
        "chỉ được cung cấp {claims} khi chủ thể đã đồng ý cho chính bên nhận này; hãy xin ý kiến đồng ý trước",
    ),
    "consent.malformed": (
        "the stored consent is damaged: {why}",
        "dữ liệu về sự đồng ý đã lưu bị hỏng: {why}",
    ),
    "token.inactive": (
        "the token does not hold any more, or never did ({why}); ask the person to log in again",
        "mã thông báo không còn hoặc chưa từng có hiệu lực ({why}); hãy yêu cầu người dùng đăng nhập lại",
    ),
}
