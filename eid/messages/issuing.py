"""Sentences about issuing with a registry, introspection and consent."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "consent.missing": (
        "{claims} is handed over only with the person's recorded consent for this recipient; ask for it first",
        "chỉ được cung cấp {claims} khi chủ thể đã đồng ý cho chính bên nhận này; hãy xin ý kiến đồng ý trước",
    ),
    "consent.asker": (
        "only the holder, or a representative, can agree to share, not '{by}'; ask the holder",
        "chỉ chủ thể hoặc người đại diện mới được đồng ý chia sẻ, không phải '{by}'; hãy hỏi ý kiến chủ thể",
    ),
    "consent.malformed": (
        "the stored consent is damaged: {why}",
        "dữ liệu về sự đồng ý đã lưu bị hỏng: {why}",
    ),
    "token.inactive": (
        "the token does not hold any more, or never did ({why}); ask the person to log in again",
        "token không còn hoặc chưa từng có hiệu lực ({why}); hãy yêu cầu người dùng đăng nhập lại",
    ),
    "bulk.registry": (
        "bulk issuing needs a registry; name one with --registry",
        "cấp hàng loạt cần có sổ đăng ký; hãy chỉ định bằng --registry",
    ),
    "bulk.line": ("this line is no request: {why}", "dòng này không phải là yêu cầu hợp lệ: {why}"),
    "bulk.output": (
        "{path} holds something other than the first lines of this run; name another file for the output",
        "{path} không phải là kết quả dở dang của lần chạy này; hãy chọn tệp kết quả khác",
    ),
    "bulk.taken": (
        "another process is issuing for the same lines; let it finish, then run again",
        "một tiến trình khác đang cấp cho chính các dòng này; hãy chờ xong rồi chạy lại",
    ),
}
