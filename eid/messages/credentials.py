"""Sentences about credentials with selective disclosure."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "disclosure.malformed": (
        "the SD-JWT is malformed: {why}; ask the holder to present it again",
        "SD-JWT sai cấu trúc: {why}; đề nghị người giữ xuất trình lại",
    ),
    "credential.malformed": (
        "the credential is malformed: {why}; take it whole from where it is kept, or ask its issuer for a new one",
        "chứng nhận sai cấu trúc: {why}; hãy lấy lại nguyên vẹn từ nơi lưu giữ, hoặc đề nghị bên cấp cấp lại",
    ),
    "disclosure.hash": (
        "the SD-JWT names another hash than {known}, the only one used here",
        "SD-JWT dùng hàm băm khác {known}, là hàm duy nhất được chấp nhận ở đây",
    ),
    "disclosure.repeated": (
        "one disclosure is given twice; refuse the presentation",
        "có phần công bố bị lặp lại; hãy từ chối lần xuất trình này",
    ),
    "disclosure.digest-repeated": (
        "one digest occurs twice; refuse the presentation",
        "có giá trị băm xuất hiện hai lần; hãy từ chối lần xuất trình này",
    ),
    "disclosure.unreferenced": (
        "a disclosure belongs to nothing that the issuer signed: it was changed or comes from elsewhere",
        "có phần công bố không thuộc nội dung mà bên cấp đã ký: đã bị sửa hoặc lấy từ nơi khác",
    ),
    "disclosure.overwrites": (
        "a disclosure would write over the claim '{name}'; refuse the presentation",
        "có phần công bố ghi đè trường '{name}'; hãy từ chối lần xuất trình này",
    ),
    "disclosure.reserved-name": (
        "a disclosure uses the reserved name '{name}'; refuse the presentation",
        "có phần công bố dùng tên dành riêng '{name}'; hãy từ chối lần xuất trình này",
    ),
    "disclosure.no-claim": (
        "there is no claim '{path}' that could be disclosed; check its name",
        "không có trường '{path}' để công bố; hãy kiểm tra lại tên trường",
    ),
    "credential.type": (
        "the credential is not of the type '{expected}'",
        "chứng nhận không thuộc loại '{expected}'",
    ),
    "credential.expired": (
        "the credential has expired; ask its holder to get a new one from the issuer",
        "chứng nhận đã hết hạn; đề nghị người giữ xin bên cấp cấp lại",
    ),
    "credential.protected": (
        "the claim '{claim}' must not be left to the holder's choice; refuse the credential",
        "trường '{claim}' không được để người giữ tùy ý công bố; hãy từ chối chứng nhận này",
    ),
    "credential.not-shown": (
        "the holder did not show the claim '{claim}', which is needed here; ask for it",
        "người giữ chưa công bố trường '{claim}' cần cho việc này; hãy yêu cầu bổ sung",
    ),
    "credential.replayed": (
        "this request (nonce) was answered before; make a fresh one for each presentation",
        "yêu cầu này (nonce) đã được trả lời trước đó; hãy tạo nonce mới cho mỗi lần xuất trình",
    ),
    "credential.other-key": (
        "none of these keys is the one that the credential is bound to; give the holder's own key set",
        "không khóa nào trong bộ này là khóa mà chứng nhận được gắn; hãy dùng đúng bộ khóa của người giữ",
    ),
    "credential.valid": (
        "the credential is valid: {level}",
        "chứng nhận hợp lệ: {level}",
    ),
}
