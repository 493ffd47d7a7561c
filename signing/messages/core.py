"""Messages of keys, certificates, signatures, timestamps, revocation and services: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    # input and use
    "usage.argument": ("error", "{why}", "{why}"),
    "usage.output-exists": (
        "error",
        "{path} exists; name another output or pass --force",
        "{path} đã tồn tại; hãy chọn tên khác hoặc dùng --force",
    ),
    "input.unreadable": ("error", "cannot read {path}: {why}", "không đọc được {path}: {why}"),
    "output.unwritable": ("error", "cannot write {path}: {why}", "không ghi được {path}: {why}"),
    "input.too-large": (
        "error",
        "{what} is larger than the limit of {limit}",
        "{what} vượt quá giới hạn {limit}",
    ),
    "input.malformed": ("error", "{what} is malformed: {why}", "{what} sai cấu trúc: {why}"),
    "extra.missing": (
        "error",
        "this needs the optional part '{extra}': pip install 'eid-signing[{extra}]'",
        "cần cài thêm phần '{extra}': pip install 'eid-signing[{extra}]'",
    ),
    # keys
    "key.scheme": ("error", "no key source for '{scheme}' URIs", "không có nguồn khóa cho URI kiểu '{scheme}'"),
    "key.not-found": ("error", "no signing key at {where}", "không tìm thấy khóa ký tại {where}"),
    "key.password": (
        "error",
        "the password for {where} is wrong or missing; give it with --pass-file, --pass-env or at the prompt",
        "mật khẩu của {where} sai hoặc thiếu; dùng --pass-file, --pass-env hoặc nhập khi được hỏi",
    ),
    "key.malformed": ("error", "{where} holds no usable key: {why}", "{where} không chứa khóa dùng được: {why}"),
    "key.mismatch": (
        "error",
        "the private key does not belong to the certificate in {where}",
        "khóa bí mật không khớp với chứng thư trong {where}",
    ),
    # certificates
    "certificate.expired": (
        "error",
        "the certificate of {subject} expired on {time}; renew it before signing",
        "chứng thư của {subject} đã hết hạn ngày {time}; hãy gia hạn trước khi ký",
    ),
    "certificate.not-yet-valid": (
        "error",
        "the certificate of {subject} is not valid before {time}",
        "chứng thư của {subject} chưa có hiệu lực trước {time}",
    ),
    "certificate.revoked": (
        "error",
        "the certificate of {subject} was revoked on {time}",
        "chứng thư của {subject} đã bị thu hồi ngày {time}",
    ),
    "certificate.suspended": (
        "error",
        "the certificate of {subject} is suspended since {time}",
        "chứng thư của {subject} đang bị tạm dừng từ {time}",
    ),
    "certificate.purpose": (
        "error",
        "the certificate of {subject} may not be used for this: {why}",
        "chứng thư của {subject} không được dùng cho việc này: {why}",
    ),
    "certificate.malformed": ("error", "a certificate is malformed: {why}", "chứng thư sai cấu trúc: {why}"),
    "trust.no-anchor": (
        "error",
        "no trusted certificate leads to {subject}; the issuer '{issuer}' is not under --trust",
        "không có chứng thư tin cậy dẫn tới {subject}; nơi cấp '{issuer}' không có trong --trust",
    ),
    "trust.chain-invalid": ("error", "the chain of {subject} does not hold: {why}", "chuỗi chứng thư của {subject} không hợp lệ: {why}"),
    "trust.malformed": ("error", "the trust folder is malformed at {path}: {why}", "thư mục tin cậy sai tại {path}: {why}"),
    "revocation.unknown": (
        "error",
        "whether the certificate of {subject} was revoked could not be found out",
        "không kiểm tra được tình trạng thu hồi chứng thư của {subject}",
    ),
    "revocation.before-time": (
        "info",
        "the revocation answer for {subject} is older than the time it is used for",
        "trả lời thu hồi cho {subject} cũ hơn thời điểm cần kiểm tra",
    ),
    # signatures
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
    "signature.unsupported": ("error", "this signature cannot be checked here: {why}", "không kiểm tra được chữ ký này: {why}"),
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
    # timestamps
    "timestamp.malformed": ("error", "the timestamp is malformed: {why}", "dấu thời gian sai cấu trúc: {why}"),
    "timestamp.imprint": (
        "error",
        "the timestamp answers for another digest than the one asked",
        "dấu thời gian được cấp cho một giá trị băm khác",
    ),
    "timestamp.nonce": ("error", "the timestamp does not repeat our nonce", "dấu thời gian không lặp lại số nonce đã gửi"),
    "timestamp.policy": ("error", "the timestamp was made under policy {got}, not {wanted}", "dấu thời gian theo chính sách {got}, không phải {wanted}"),
    "timestamp.signature": ("error", "the timestamp's own signature does not hold", "chữ ký của dấu thời gian không hợp lệ"),
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
    # services
    "http.allow-list": (
        "error",
        "{url} cannot stand in the list of allowed services; write http(s)://host[:port]/path without user or query",
        "{url} không dùng được trong danh sách dịch vụ được phép; hãy ghi http(s)://máy[:cổng]/đường-dẫn, không kèm tên người dùng hay tham số",
    ),
    "http.forbidden": (
        "error",
        "{url} is not on the list of allowed services",
        "{url} không nằm trong danh sách dịch vụ được phép",
    ),
    "http.unreachable": ("error", "{url} does not answer: {why}", "{url} không trả lời: {why}"),
    "http.timeout": ("error", "{url} did not answer within {seconds} s", "{url} không trả lời trong {seconds} giây"),
    "http.status": ("error", "{url} answered with HTTP status {status}", "{url} trả về mã HTTP {status}"),
    "http.too-large": ("error", "the answer of {url} is larger than {limit} bytes", "trả lời của {url} lớn hơn {limit} byte"),
    # development PKI
    "devpki.exists": (
        "error",
        "{path} is not empty; give the development PKI a new folder",
        "{path} không rỗng; hãy chọn thư mục mới cho hạ tầng khóa thử nghiệm",
    ),
    "devpki.malformed": (
        "error",
        "the development PKI is broken at {path}: {why}; make a new one with 'signing pki init'",
        "hạ tầng khóa thử nghiệm hỏng tại {path}: {why}; hãy tạo lại bằng 'signing pki init'",
    ),
    "devpki.port": (
        "error",
        "port {port} of this machine cannot be used: {why}; stop what listens there or make the PKI with another --port",
        "không dùng được cổng {port} của máy này: {why}; hãy dừng chương trình đang chiếm cổng hoặc tạo lại với --port khác",
    ),
    "devpki.unknown-name": (
        "error",
        "the development PKI has no certificate called '{name}'",
        "hạ tầng khóa thử nghiệm không có chứng thư tên '{name}'",
    ),
    # audit
    "document.unsigned": ("info", "the file holds no signature", "tệp không có chữ ký"),
    "document.unreadable": ("error", "the file cannot be read: {why}", "không đọc được tệp: {why}"),
    "document.internal": (
        "error",
        "an unexpected condition stopped the check; the file is not judged",
        "việc kiểm tra bị dừng do lỗi ngoài dự kiến; tệp chưa được kết luận",
    ),
}
