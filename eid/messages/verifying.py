"""Sentences about verifying: holder proofs, step-up, evidence age, journals."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # holder keys and proofs
    "holder.key": (
        "the holder's key in the token cannot be used: {why}",
        "khóa của người giữ ghi trong token không dùng được: {why}",
    ),
    "holder.malformed": (
        "the holder's proof is malformed: {why}",
        "bằng chứng của người giữ sai cấu trúc: {why}",
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
    "holder.bound": (
        "the token is bound to its holder's key, so it is not accepted without a proof; ask for one (holder required)",
        "token gắn với khóa của người giữ nên không được chấp nhận khi không có bằng chứng; hãy yêu cầu bằng chứng của người giữ",
    ),
    "holder.unexpected": (
        "a holder's proof came with the token, but none is checked here; require holder-bound tokens or send no proof",
        "có bằng chứng của người giữ kèm theo token nhưng ở đây không kiểm tra; hãy yêu cầu token gắn khóa hoặc bỏ bằng chứng",
    ),
    "holder.unbound": (
        "the token is not bound to a holder's key, which is required here",
        "token không gắn với khóa của người giữ, trong khi ở đây bắt buộc",
    ),
    "holder.proof-missing": (
        "the holder has not proved the possession of the token's key; ask for a proof for your nonce",
        "người giữ chưa chứng minh đang giữ khóa của token; hãy yêu cầu bằng chứng cho nonce của bạn",
    ),
    # evidence and journal
    "token.evidence-too-old": (
        "the evidence behind the level is older than {limit} seconds; the person has to be verified again by the issuer",
        "căn cứ xác lập mức độ đã cũ hơn {limit} giây; công dân cần được bên cấp xác minh lại",
    ),
    "journal.unavailable": (
        "the journal of verifications cannot be written, so no verdict is given: {why}",
        "không ghi được nhật ký xác minh nên không đưa ra kết luận: {why}",
    ),
    # step-up
    "step-up.malformed": (
        "the step-up challenge is malformed: {why}",
        "yêu cầu xác thực bổ sung (step-up) sai cấu trúc: {why}",
    ),
}
