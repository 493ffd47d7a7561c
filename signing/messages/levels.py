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
    "details.counter": (
        "error",
        "a counter-signature does not hold {what}: it signs a signature, not a document",
        "chữ ký xác nhận không chứa {what}: nó ký lên một chữ ký, không phải lên văn bản",
    ),
    "content.needed": (
        "error",
        "the signed content is not inside the signature; give the file that was signed",
        "nội dung đã ký không nằm trong chữ ký; hãy đưa kèm tệp đã được ký",
    ),
    "content.detached": (
        "error",
        "the signature holds no content: it belongs to a file of its own",
        "chữ ký không chứa nội dung: nó đi kèm một tệp riêng",
    ),
    "signer.twice": (
        "error",
        "this certificate has signed here already",
        "chứng thư này đã ký ở đây rồi",
    ),
    "signer.index": (
        "error",
        "there is no signer number {index}; the file holds {count}, counted from 0",
        "không có người ký số {index}; tệp có {count} chữ ký, đếm từ 0",
    ),
    "signer.unsound": (
        "error",
        "nothing was signed, because a signature that is there already does not hold: {why}",
        "không ký gì cả, vì một chữ ký có sẵn không hợp lệ: {why}",
    ),
}
