"""Messages of signing in two phases: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "external.malformed": (
        "error",
        "not a prepared document, or changed since it was prepared: {why}; prepare it again",
        "không phải tài liệu đã chuẩn bị để ký, hoặc đã bị thay đổi sau khi chuẩn bị ({why}); hãy chuẩn bị lại",
    ),
    "external.kind": (
        "error",
        "the prepared document is a {kind} signature; complete it as such",
        "tài liệu đã chuẩn bị thuộc loại chữ ký {kind}; hãy hoàn tất đúng loại đó",
    ),
    "external.certificate-needed": (
        "error",
        "what is to be signed is not known without the certificate; give it with --certificate",
        "chưa có chứng thư nên chưa biết phải ký dữ liệu nào; hãy cung cấp bằng --certificate",
    ),
    "external.certificate": (
        "error",
        "the document was prepared for the certificate of {subject}, the signature comes with another; prepare it again for that one",
        "tài liệu được chuẩn bị cho chứng thư của {subject} nhưng chữ ký kèm chứng thư khác; hãy chuẩn bị lại cho chứng thư đó",
    ),
    "external.algorithm": (
        "error",
        "{algorithm} does not fit the key of {subject} and the prepared digest {digest}; choose another, or prepare again",
        "{algorithm} không phù hợp với khóa của {subject} và hàm băm {digest} đã chuẩn bị; hãy chọn thuật toán khác hoặc chuẩn bị lại",
    ),
    "external.value": (
        "error",
        "this is not the signature of {subject} over the prepared document; nothing was written. "
        "Sign exactly the bytes (or the digest) that were handed out, with {algorithm}",
        "đây không phải chữ ký của {subject} trên tài liệu đã chuẩn bị; chưa ghi tệp nào. "
        "Hãy ký đúng dữ liệu (hoặc giá trị băm) đã được cung cấp, bằng {algorithm}",
    ),
    "external.answer": (
        "error",
        "give either a signature value or a whole CMS signature",
        "hãy cung cấp hoặc giá trị chữ ký, hoặc toàn bộ chữ ký CMS",
    ),
    "external.cms": (
        "error",
        "the CMS signature cannot complete this document: {why}; nothing was written",
        "chữ ký CMS không dùng được cho tài liệu này ({why}); chưa ghi tệp nào",
    ),
    "external.room": (
        "error",
        "the signature has {needed} bytes, the document has room for {room}; prepare it again with more room",
        "chữ ký dài {needed} byte, tài liệu chỉ chừa {room} byte; hãy chuẩn bị lại với chỗ trống lớn hơn",
    ),
    "external.stamp": (
        "error",
        "the stamp shows what stands in the certificate; give the certificate, or a stamp of fixed text or an image",
        "hình chữ ký hiển thị thông tin của chứng thư; hãy cung cấp chứng thư, hoặc dùng hình có nội dung cố định",
    ),
    "external.pdf-only": (
        "error",
        "{path} is no PDF; {options} are for PDFs alone",
        "{path} không phải PDF; các tùy chọn {options} chỉ dùng cho PDF",
    ),
    "external.document": (
        "error",
        "{path} is not the file that was prepared, or it was changed since; nothing was written",
        "{path} không phải tệp đã được chuẩn bị, hoặc đã bị thay đổi sau đó; chưa ghi tệp nào",
    ),
}
