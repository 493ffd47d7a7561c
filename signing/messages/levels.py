"""Messages of what signers say, archive timestamps, several signers, levels and their end."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "details.pades": (
        "error",
        "a PDF signature does not hold {what}: the content is the PDF; leave it out",
        "chữ ký trên PDF không chứa {what}: nội dung chính là tệp PDF; hãy bỏ đi",
    ),
    "timestamp.pool": (
        "error",
        "no timestamp authority of the pool answered with a good token: {why}",
        "không máy chủ dấu thời gian nào trong nhóm trả về dấu hợp lệ: {why}",
    ),
    "archive.content-needed": (
        "error",
        "the signature's own digest ({algorithm}) does not carry an archive timestamp; give the signed content",
        "giá trị băm trong chữ ký ({algorithm}) không đủ cho dấu thời gian lưu trữ; hãy đưa kèm nội dung đã ký",
    ),
    "archive.index": (
        "error",
        "an archive timestamp names evidence that is not in the signature, or does not say what it covers; it is not "
        "counted",
        "dấu thời gian lưu trữ nhắc đến bằng chứng không có trong chữ ký, hoặc không nói rõ phạm vi, nên không được tính",
    ),
}
