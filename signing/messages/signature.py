"""Messages of signatures and timestamps: code → (severity, English, Vietnamese)."""

from .levels import MESSAGES as _LEVELS

MESSAGES: dict[str, tuple[str, str, str]] = {
    "signature.digest": (
        "error",
        "the content was changed after signing (its digest differs)",
        "nội dung đã bị thay đổi sau khi ký (giá trị băm không khớp)",
    ),
    "signature.value": (
        "error",
        "the signature value does not verify with the signer's key",
        "giá trị chữ ký không khớp với khóa của người ký",
    ),
    "signature.malformed": ("error", "the signature is malformed: {why}", "chữ ký sai cấu trúc: {why}"),
    "signature.algorithm": (
        "error",
        "the algorithm {algorithm} is not accepted: {why}",
        "thuật toán {algorithm} không được chấp nhận: {why}",
    ),
    "signature.unsupported": (
        "error",
        "this signature cannot be checked here: {why}",
        "không kiểm tra được chữ ký này: {why}",
    ),
    "signature.no-certificate": (
        "error",
        "the signer's certificate is not in the signature",
        "chữ ký không chứa chứng thư của người ký",
    ),
    "signature.certificate-binding": (
        "error",
        "the signature names another signing certificate than the one it carries",
        "chữ ký chỉ tới một chứng thư khác với chứng thư kèm theo",
    ),
    "signature.self-check": (
        "error",
        "the key answered with a signature that does not verify; nothing was written",
        "khóa trả về chữ ký không hợp lệ; không ghi gì cả",
    ),
    "signature.not-timestamped": (
        "info",
        "no trusted timestamp: the signing time is only claimed",
        "không có dấu thời gian tin cậy: thời điểm ký chỉ là lời khai",
    ),
    "signature.ended": (
        "error",
        "the algorithm {algorithm} is accepted only for signatures proven older than {day}",
        "thuật toán {algorithm} chỉ được chấp nhận với chữ ký được chứng minh có trước ngày {day}",
    ),
    "signature.weak": (
        "error",
        "the algorithm or key {algorithm} is not accepted",
        "thuật toán hoặc khóa {algorithm} không được chấp nhận",
    ),
    "signature.no-signing-time": (
        "info",
        "not a baseline signature: the signing time that its format demands is missing",
        "chưa đạt mức baseline: thiếu thời điểm ký mà định dạng yêu cầu",
    ),
    "signature.no-binding": (
        "info",
        "not a baseline signature: it does not name its signing certificate (signing-certificate-v2)",
        "chưa đạt mức baseline: chữ ký không chỉ rõ chứng thư ký (signing-certificate-v2)",
    ),
    "signature.content-type": (
        "info",
        "not a baseline signature: it signs content of the type {oid}, not plain data",
        "chưa đạt mức baseline: nội dung được ký thuộc kiểu {oid}, không phải dữ liệu thường",
    ),
    "signature.cms-signing-time": (
        "info",
        "not a PAdES baseline signature: the signing time stands inside the CMS signature",
        "chưa đạt mức PAdES baseline: thời điểm ký nằm trong cấu trúc CMS",
    ),
    "signature.no-evidence": (
        "info",
        "for B-LT the file lacks proof that these certificates were not revoked: {subjects}",
        "để đạt B-LT, tệp còn thiếu bằng chứng không bị thu hồi của các chứng thư: {subjects}",
    ),
    "baseline.unsupported": (
        "error",
        "{format} {baseline} cannot be made here; the highest baseline is {highest}",
        "không tạo được {format} mức {baseline}; mức cao nhất là {highest}",
    ),
    "signature.content-missing": (
        "error",
        "the signed content is not at hand, so the signature cannot be checked against it",
        "không có nội dung đã ký nên không đối chiếu được chữ ký",
    ),
    "time.claimed-future": (
        "warning",
        "the claimed signing time {time} lies in the future",
        "thời điểm ký được khai {time} nằm ở tương lai",
    ),
    "time.claimed-after-timestamp": (
        "warning",
        "the claimed signing time {time} is later than the timestamp of {timestamp}",
        "thời điểm ký được khai {time} muộn hơn dấu thời gian {timestamp}",
    ),
    "time.claimed-outside-validity": (
        "warning",
        "at the claimed signing time {time} the certificate was not valid",
        "tại thời điểm ký được khai {time}, chứng thư không có hiệu lực",
    ),
    "timestamp.malformed": ("error", "the timestamp is malformed: {why}", "dấu thời gian sai cấu trúc: {why}"),
    "timestamp.imprint": (
        "error",
        "the timestamp answers for another digest than the one asked",
        "dấu thời gian được cấp cho một giá trị băm khác",
    ),
    "timestamp.nonce": (
        "error",
        "the timestamp does not repeat our nonce",
        "dấu thời gian không lặp lại số nonce đã gửi",
    ),
    "timestamp.policy": (
        "error",
        "the timestamp was made under policy {got}, not {wanted}",
        "dấu thời gian theo chính sách {got}, không phải {wanted}",
    ),
    "timestamp.signature": (
        "error",
        "the timestamp's own signature does not hold",
        "chữ ký của dấu thời gian không hợp lệ",
    ),
    "timestamp.certificate": (
        "error",
        "the timestamp's certificate may not make timestamps: {why}",
        "chứng thư của dấu thời gian không được phép cấp dấu thời gian: {why}",
    ),
    "timestamp.refused": ("error", "the timestamp authority refused: {why}", "máy chủ dấu thời gian từ chối: {why}"),
    "timestamp.needed": (
        "error",
        "baseline {baseline} needs a timestamp authority (--tsa URL)",
        "mức {baseline} cần máy chủ dấu thời gian (--tsa URL)",
    ),
    "timestamp.contradiction": (
        "error",
        "the times contradict each other: {why}",
        "các mốc thời gian mâu thuẫn nhau: {why}",
    ),
    "timestamp.accuracy": (
        "error",
        "the timestamp claims an accuracy of only {accuracy}; it is not counted",
        "dấu thời gian chỉ có độ chính xác {accuracy} nên không được tính",
    ),
    "timestamp.untrusted": (
        "warning",
        "the timestamp of {time} is not counted: its authority could not be proven trustworthy",
        "dấu thời gian {time} không được tính: chưa chứng minh được tổ chức cấp đáng tin cậy",
    ),
    "timestamp.future": (
        "error",
        "the timestamp of {time} lies in the future; it is not counted",
        "dấu thời gian {time} nằm ở tương lai nên không được tính",
    ),
    "timestamp.order": (
        "error",
        "the timestamp of {time} is later than the time at which it was proven to exist; it is not counted",
        "dấu thời gian {time} muộn hơn thời điểm đã chứng minh là nó tồn tại nên không được tính",
    ),
    **_LEVELS,
}
