"""Messages of long-term validation: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "revocation.no-poe": (
        "info",
        "a revocation answer for {subject} is not proven to be older than the day on which its authority was revoked, "
        "and may have been dated back; it was not used",
        "một trả lời thu hồi cho {subject} không chứng minh được là có trước ngày tổ chức cấp bị thu hồi, có thể đã bị "
        "ghi lùi ngày nên không được dùng",
    ),
    "trust.no-poe": (
        "error",
        "the authority {issuer} was revoked, and nothing proves that the certificate of {subject} existed before; an "
        "archive timestamp from before that day would",
        "tổ chức {issuer} đã bị thu hồi và không có gì chứng minh chứng thư của {subject} có trước đó; dấu thời gian lưu "
        "trữ lập trước ngày ấy mới chứng minh được",
    ),
    "time.content-timestamp": (
        "info",
        "the document was timestamped before it was signed: the signature is not older than {time}",
        "văn bản được đóng dấu thời gian trước khi ký: chữ ký không thể có trước {time}",
    ),
    "time.content-timestamp-unusable": (
        "info",
        "a timestamp made before signing does not count: {why}",
        "một dấu thời gian lập trước khi ký không được tính: {why}",
    ),
    "time.signed-after-revocation": (
        "error",
        "the signature was made on {time} or later, after its certificate was revoked ({revoked})",
        "chữ ký được tạo vào {time} hoặc muộn hơn, sau khi chứng thư bị thu hồi ({revoked})",
    ),
    "time.signed-after-expiry": (
        "error",
        "the signature was made on {time} or later, after its certificate had expired ({expired})",
        "chữ ký được tạo vào {time} hoặc muộn hơn, sau khi chứng thư hết hạn ({expired})",
    ),
    "timestamp.not-judged": (
        "warning",
        "timestamps of a kind that is not judged here, or beyond the number that is, stand beside the signature ({kind}): "
        "what they may prove did not count; a validator that knows them may find the signature older",
        "bên cạnh chữ ký có dấu thời gian thuộc loại chương trình này không xét, hoặc vượt quá số lượng được xét ({kind}): "
        "điều chúng có thể chứng minh chưa được tính; phần mềm kiểm tra biết loại này có thể xác định chữ ký có sớm hơn",
    ),
    "ers.malformed": ("error", "the evidence record is malformed: {why}", "bản ghi bằng chứng sai cấu trúc: {why}"),
    "ers.not-covered": (
        "error",
        "the evidence record does not cover this document, or the document was changed after {time}",
        "bản ghi bằng chứng không bao trùm tài liệu này, hoặc tài liệu đã bị thay đổi sau {time}",
    ),
    "ers.chain": (
        "error",
        "the evidence record was renewed against the rules: its digests or times do not follow each other ({why})",
        "bản ghi bằng chứng được gia hạn sai quy tắc: giá trị băm hoặc thời điểm không nối tiếp nhau ({why})",
    ),
    "ers.name": (
        "error",
        "{path} does not end in .ers, so its document cannot be found: it is the file of the same name without .ers",
        "tên tệp {path} không kết thúc bằng .ers nên không tìm được tài liệu của nó: tài liệu là tệp cùng tên bỏ đuôi .ers",
    ),
    "ers.renewed": (
        "info",
        "the evidence record was renewed {count} times, last on {time}",
        "bản ghi bằng chứng đã được gia hạn {count} lần, lần cuối {time}",
    ),
}
