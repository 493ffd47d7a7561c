"""Sentences about verifying: holder proofs, step-up, evidence age, journals."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # holder keys and proofs
    "holder.key": (
        "the holder's key in the token cannot be used: {why}",
        "khóa của người giữ ghi trong token không dùng được: {why_vi}",
    ),
    "holder.malformed": (
        "the holder's proof is malformed: {why}",
        "bằng chứng của người giữ sai cấu trúc: {why_vi}",
    ),
    "holder.type": (
        "the holder's proof is a token of another kind; a proof of kind 'kb+jwt' is needed",
        "bằng chứng của người giữ là một loại token khác; cần bằng chứng loại 'kb+jwt'",
    ),
    "holder.algorithm": (
        "the algorithm of the holder's proof is not that of the holder's key",
        "thuật toán của bằng chứng không phải thuật toán của khóa người giữ",
    ),
    "holder.signature": (
        "the holder's proof was changed or was made with another key than the one in the token",
        "bằng chứng của người giữ đã bị sửa hoặc được ký bằng khóa khác với khóa ghi trong token",
    ),
    "holder.claim": (
        "the claim '{claim}' of the holder's proof is missing or of the wrong type",
        "trường '{claim}' trong bằng chứng của người giữ bị thiếu hoặc sai kiểu",
    ),
    "holder.too-old": (
        "the holder's proof is older than {limit} seconds or has ended; ask the holder for a new one",
        "bằng chứng của người giữ đã quá {limit} giây hoặc đã hết hạn; hãy yêu cầu bằng chứng mới",
    ),
    "holder.not-yet-valid": (
        "the time of the holder's proof lies in the future; check the clocks",
        "thời điểm của bằng chứng nằm ở tương lai; hãy kiểm tra đồng hồ",
    ),
    "holder.audience": (
        "the holder's proof was made for another recipient",
        "bằng chứng của người giữ được tạo cho một bên nhận khác",
    ),
    "holder.nonce": (
        "the holder's proof was not made for this request (nonce)",
        "bằng chứng của người giữ không được tạo cho yêu cầu này (nonce không khớp)",
    ),
    "holder.other-token": (
        "the holder's proof is about another token than the one beside it",
        "bằng chứng của người giữ gắn với một token khác, không phải token đi kèm",
    ),
}
