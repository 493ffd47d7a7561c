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
    "level.needs-timestamp": (
        "info",
        "for B-T the signature lacks a timestamp: extend it with --tsa URL",
        "để đạt B-T, chữ ký còn thiếu dấu thời gian: hãy nâng mức với --tsa URL",
    ),
    "level.needs-evidence": (
        "info",
        "for B-LT the file lacks proof that its certificates were not revoked: extend it with --trust DIR and --allow URL",
        "để đạt B-LT, tệp còn thiếu bằng chứng các chứng thư không bị thu hồi: hãy nâng mức với --trust DIR và --allow URL",
    ),
    "level.needs-archive": (
        "info",
        "for B-LTA the file lacks a timestamp over the signature with all its evidence: extend it with --baseline B-LTA",
        "để đạt B-LTA, tệp còn thiếu dấu thời gian lưu trữ trên chữ ký cùng mọi bằng chứng: hãy nâng mức với --baseline B-LTA",
    ),
    "level.needs-signing": (
        "info",
        "the signature is below B-B, which cannot be mended afterwards: sign the document again",
        "chữ ký chưa đạt B-B và không sửa được về sau: hãy ký lại văn bản",
    ),
    "level.ends-certificate": (
        "info",
        "what proves the signature lasts until {day}, when the certificate of {subject} expires; renew it before (B-LTA)",
        "bằng chứng của chữ ký có hiệu lực đến {day}, khi chứng thư của {subject} hết hạn; hãy gia hạn trước ngày đó (B-LTA)",
    ),
    "level.ends-algorithm": (
        "info",
        "what proves the signature lasts until {day}, when {algorithm} is no longer accepted; renew it before (B-LTA)",
        "bằng chứng của chữ ký có hiệu lực đến {day}, khi {algorithm} không còn được chấp nhận; hãy gia hạn trước ngày đó (B-LTA)",
    ),
    "level.ended-certificate": (
        "warning",
        "what proves the signature ended on {day}, when the certificate of {subject} expired; a new timestamp does not "
        "bring it back",
        "bằng chứng của chữ ký đã hết hiệu lực ngày {day}, khi chứng thư của {subject} hết hạn; dấu thời gian mới không "
        "khôi phục được",
    ),
    "level.ended-algorithm": (
        "warning",
        "what proves the signature ended on {day}, when {algorithm} was given up; a new timestamp does not bring it back",
        "bằng chứng của chữ ký đã hết hiệu lực ngày {day}, khi {algorithm} không còn được chấp nhận; dấu thời gian mới "
        "không khôi phục được",
    ),
    "level.end-unknown": (
        "warning",
        "until when the signature can be proven is not known: no accepted chain leads from it to a trusted authority",
        "không rõ chữ ký còn chứng minh được đến khi nào: không có chuỗi chứng thư được chấp nhận dẫn tới nơi tin cậy",
    ),
    "said.proof-of-origin": (
        "info",
        "the signer says: proof of origin: the signer made and sent it",
        "người ký khai: xác nhận nguồn gốc: người ký tạo và gửi văn bản",
    ),
    "said.proof-of-receipt": (
        "info",
        "the signer says: proof of receipt: the signer received the content",
        "người ký khai: xác nhận đã nhận: người ký đã nhận nội dung",
    ),
    "said.proof-of-delivery": (
        "info",
        "the signer says: proof of delivery: the content was put where its receiver can get it",
        "người ký khai: xác nhận đã chuyển: nội dung đã được đưa đến nơi người nhận lấy được",
    ),
    "said.proof-of-sender": (
        "info",
        "the signer says: proof of sender: the signer sent the content, and need not have made it",
        "người ký khai: xác nhận người gửi: người ký gửi nội dung, không nhất thiết là người tạo",
    ),
    "said.proof-of-approval": (
        "info",
        "the signer says: proof of approval: the signer approves the content",
        "người ký khai: xác nhận phê duyệt: người ký phê duyệt nội dung",
    ),
    "said.proof-of-creation": (
        "info",
        "the signer says: proof of creation: the signer made the content, and neither approves nor sends it",
        "người ký khai: xác nhận tạo lập: người ký tạo nội dung, không hàm ý phê duyệt hay gửi",
    ),
    "said.commitment": ("info", "the signer commits to {oid}", "người ký cam kết theo mã {oid}"),
    "said.role": (
        "info",
        "the signer claims to act as: {role}; nobody vouches for it",
        "người ký tự khai vai trò: {role}; không có bên nào xác nhận",
    ),
    "said.certified-role": (
        "info",
        "the signature brings {count} attribute certificate(s) for roles; they are not checked here",
        "chữ ký kèm {count} chứng thư thuộc tính về vai trò; ở đây không kiểm tra các chứng thư này",
    ),
    "said.location": (
        "info",
        "the signer says that it was signed at: {place}",
        "người ký khai nơi ký: {place}",
    ),
    "said.policy": (
        "info",
        "the signer follows the signature policy {oid}; whether it was kept is not checked here",
        "người ký theo chính sách ký {oid}; ở đây không kiểm tra việc tuân thủ",
    ),
    "cosign.kind": (
        "error",
        "{path} is no CMS signature (.p7s): sign it with 'signing sign', or with its content inside by --enclose",
        "{path} không phải chữ ký CMS (.p7s): hãy ký bằng 'signing sign', hoặc ký kèm nội dung với --enclose",
    ),
}
