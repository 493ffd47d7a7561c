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
}
