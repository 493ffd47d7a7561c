"""Messages of mobile signatures: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "mobile.address": (
        "error",
        "the address of the mobile key is wrong: {why}; write mobile+https://HOST/PATH?msisdn=84…&ap=YOUR-ID",
        "địa chỉ khóa di động chưa đúng: {why}; hãy ghi mobile+https://MÁY/ĐƯỜNG-DẪN?msisdn=84…&ap=MÃ-ỨNG-DỤNG",
    ),
    "mobile.declined": (
        "error",
        "the person declined on the phone {phone}; nothing was signed",
        "người ký đã từ chối trên điện thoại {phone}; chưa ký gì",
    ),
    "mobile.pin-blocked": (
        "error",
        "the signing PIN of the SIM {phone} is blocked; the operator unblocks it",
        "mã PIN ký của SIM {phone} đã bị khóa; hãy liên hệ nhà mạng để mở khóa",
    ),
    "mobile.card-blocked": (
        "error",
        "the SIM {phone} is blocked; ask the operator for another",
        "SIM {phone} đã bị khóa; hãy liên hệ nhà mạng để đổi SIM",
    ),
    "mobile.no-key": (
        "error",
        "the SIM {phone} holds no signing key; register it with the certificate authority first",
        "SIM {phone} không có khóa ký; hãy đăng ký với tổ chức chứng thực trước",
    ),
    "mobile.no-certificate": (
        "error",
        "the service gives no certificate for {phone}; name it in the address as certificate=FILE",
        "dịch vụ không trả về chứng thư của {phone}; hãy ghi certificate=TỆP trong địa chỉ khóa",
    ),
    "mobile.unknown-number": (
        "error",
        "the service does not know the number {phone}; check it and its registration",
        "dịch vụ không biết số {phone}; hãy kiểm tra số và việc đăng ký",
    ),
    "mobile.revoked": (
        "error",
        "the service says that the certificate of {phone} is revoked; nothing was signed with it",
        "dịch vụ báo chứng thư của {phone} đã bị thu hồi; không dùng chữ ký này",
    ),
    "mobile.unchecked": (
        "error",
        "the service could not check the certificate of {phone} ({status}); try again later",
        "dịch vụ không kiểm tra được chứng thư của {phone} ({status}); hãy thử lại sau",
    ),
    "mobile.phone": (
        "error",
        "the phone {phone} could not be reached or failed while signing ({status}); switch it on and try again",
        "không liên lạc được điện thoại {phone} hoặc điện thoại lỗi khi ký ({status}); hãy bật máy và thử lại",
    ),
    "mobile.expired": (
        "error",
        "the request to {phone} expired before it was confirmed; sign again",
        "yêu cầu gửi tới {phone} đã hết hạn trước khi được xác nhận; hãy ký lại",
    ),
    "mobile.timeout": (
        "error",
        "{phone} did not confirm within {seconds} s; sign again and confirm in time",
        "{phone} không xác nhận trong {seconds} giây; hãy ký lại và xác nhận kịp thời",
    ),
    "mobile.access": (
        "error",
        "the service refuses {ap}: unknown, wrong password, or not entitled ({status}); ask the operator",
        "dịch vụ từ chối {ap}: chưa đăng ký, sai mật khẩu hoặc không có quyền ({status}); hãy hỏi nhà cung cấp",
    ),
    "mobile.request": (
        "error",
        "the service does not accept the request ({status}); check profile, format and mode in the address of the key",
        "dịch vụ không chấp nhận yêu cầu ({status}); hãy kiểm tra profile, format và mode trong địa chỉ khóa",
    ),
    "mobile.service": (
        "error",
        "the mobile signature service failed ({status}); try again later",
        "dịch vụ ký di động gặp lỗi ({status}); hãy thử lại sau",
    ),
    "mobile.answer": (
        "error",
        "the answer of the mobile signature service is malformed: {why}",
        "trả lời của dịch vụ ký di động sai cấu trúc: {why}",
    ),
    "mobile.transaction": (
        "error",
        "the mobile signature service answered for another transaction ({what}); its answer was not used",
        "dịch vụ ký di động trả lời cho một giao dịch khác ({what}); không dùng trả lời này",
    ),
    "mobile.value": (
        "error",
        "what came back from {phone} is not the signature of {subject} over what was sent; nothing was written",
        "dữ liệu trả về từ {phone} không phải chữ ký của {subject} trên nội dung đã gửi; chưa ghi tệp nào",
    ),
    "mobile.certificate": (
        "error",
        "the signature of {phone} came with another certificate than that of {subject}; nothing was written",
        "chữ ký của {phone} kèm chứng thư khác với chứng thư của {subject}; chưa ghi tệp nào",
    ),
    "mobile.cms": (
        "error",
        "the service signs attributes of its own; use format=pkcs1, or complete a prepared document with its CMS signature",
        "dịch vụ ký các thuộc tính riêng của nó; hãy dùng format=pkcs1 hoặc hoàn tất tài liệu đã chuẩn bị bằng chữ ký CMS đó",
    ),
    "mobile.password": (
        "error",
        "the password of {ap} at {host} is missing or cannot be written in XML",
        "thiếu mật khẩu của {ap} tại {host}, hoặc mật khẩu có ký tự không ghi được trong XML",
    ),
    "http.client-certificate": (
        "error",
        "the client certificate or trust for TLS cannot be used: {path}; it takes PEM, and the key's password if it has one",
        "không dùng được chứng thư máy khách hoặc tệp tin cậy cho TLS: {path}; cần tệp PEM và mật khẩu khóa nếu có",
    ),
}
