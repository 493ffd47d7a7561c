"""Messages of anchors' periods and trusted lists: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "trust.anchor-period": (
        "error",
        "{subject} was not trusted at the time that counts: its period under --trust, or its status in the trusted list, "
        "does not cover it",
        "{subject} không được tin cậy tại thời điểm cần xét: thời kỳ ghi trong --trust, hoặc tình trạng trong danh sách tin "
        "cậy, không bao trùm thời điểm ấy",
    ),
    "trust.lists": (
        "error",
        "{path} holds trusted lists, which have to be verified: open the folder with load_trust",
        "{path} chứa danh sách tin cậy cần được kiểm tra chữ ký: hãy mở thư mục bằng load_trust",
    ),
    "trust.list-future": (
        "error",
        "the trusted list {path} was issued on {time}, after the time of this check: check this machine's clock, and fetch "
        "the list again",
        "danh sách tin cậy {path} được phát hành lúc {time}, sau thời điểm kiểm tra này: hãy kiểm tra đồng hồ của máy và tải "
        "lại danh sách",
    ),
    "trust.list-malformed": (
        "error",
        "the trusted list {path} cannot be used: {why}",
        "không dùng được danh sách tin cậy {path}: {why}",
    ),
    "trust.list-rolled-back": (
        "error",
        "the trusted list of {territory} in {path} is older than one seen before (number {got}, at least {least} by "
        "numbers.json), or is missing: withdrawals may be unknown to it; fetch the list again",
        "danh sách tin cậy của {territory} trong {path} cũ hơn danh sách đã biết trước đây (số {got}, theo numbers.json ít "
        "nhất phải là {least}), hoặc bị thiếu: có thể danh sách này chưa ghi việc thu hồi; hãy tải lại danh sách",
    ),
    "trust.list-signature": (
        "error",
        "the trusted list {path} is not signed by a key given beside it: {why}; put its operator's certificate into lists/",
        "danh sách tin cậy {path} không được ký bằng khóa đã cho kèm theo: {why}; hãy đặt chứng thư của bên phát hành vào "
        "thư mục lists/",
    ),
}
