"""Messages of PKCS #11 tokens and HSMs: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "pkcs11.uri": (
        "error",
        "the pkcs11: URI cannot be read ({why}); write pkcs11:token=LABEL;id=%01 (RFC 7512)",
        "không đọc được URI pkcs11: ({why}); hãy ghi theo dạng pkcs11:token=NHÃN;id=%01 (RFC 7512)",
    ),
    "pkcs11.pin-value": (
        "error",
        "a PIN must not stand in a pkcs11: URI, where every process of the machine can read it; remove pin-value and use --pass-file, --pass-env, the prompt or pin-source=file:/path",
        "không được ghi mã PIN trong URI pkcs11: vì mọi tiến trình trên máy đều đọc được; hãy bỏ pin-value và dùng --pass-file, --pass-env, nhập khi được hỏi hoặc pin-source=file:/đường-dẫn",
    ),
    "pkcs11.module-unnamed": (
        "error",
        "no PKCS#11 module is named; add ?module-path=/path/to/module.so to the URI or set EID_PKCS11_MODULE",
        "chưa chỉ ra mô-đun PKCS#11; hãy thêm ?module-path=/đường-dẫn/module.so vào URI hoặc đặt biến EID_PKCS11_MODULE",
    ),
    "pkcs11.module": (
        "error",
        "the PKCS#11 module {path} cannot be loaded: {why}; install the token's driver or correct the path",
        "không nạp được mô-đun PKCS#11 {path}: {why}; hãy cài trình điều khiển của thiết bị hoặc sửa đường dẫn",
    ),
    "pkcs11.token-missing": (
        "error",
        "no token matches the URI; present: {present}; insert the token or correct token= or serial=",
        "không có thiết bị nào khớp với URI; đang có: {present}; hãy cắm thiết bị hoặc sửa token=, serial=",
    ),
    "pkcs11.token-several": (
        "error",
        "several tokens match the URI: {present}; add serial= or slot-id=",
        "có nhiều thiết bị khớp với URI: {present}; hãy thêm serial= hoặc slot-id=",
    ),
    "pkcs11.key-missing": (
        "error",
        "the token {token} holds no signing key that the URI names; it holds: {present}",
        "thiết bị {token} không có khóa ký mà URI chỉ tới; đang có: {present}",
    ),
    "pkcs11.key-several": (
        "error",
        "the token {token} holds several keys that the URI may mean: {present}; name one with id= or cert-sha256=",
        "thiết bị {token} có nhiều khóa khớp với URI: {present}; hãy chỉ rõ bằng id= hoặc cert-sha256=",
    ),
    "pkcs11.label-alone": (
        "error",
        "a label alone does not prove which key of the token {token} is meant; name it with id= or cert-sha256=: {present}",
        "chỉ có nhãn thì chưa đủ để xác định khóa trên thiết bị {token}; hãy chỉ rõ bằng id= hoặc cert-sha256=: {present}",
    ),
    "pkcs11.no-certificate": (
        "error",
        "the key {key} on the token {token} has no certificate there; write the certificate to the token or name its file with cert-file=",
        "khóa {key} trên thiết bị {token} không có chứng thư kèm theo; hãy nạp chứng thư vào thiết bị hoặc chỉ ra tệp chứng thư bằng cert-file=",
    ),
    "pkcs11.mechanism": (
        "error",
        "the token {token} cannot sign with {algorithm}; choose an algorithm that it offers: {present}",
        "thiết bị {token} không ký được bằng {algorithm}; hãy chọn thuật toán thiết bị hỗ trợ: {present}",
    ),
    "pkcs11.pin-needed": (
        "error",
        "the token {token} needs its PIN; give it with --pass-file, --pass-env, pin-source=file:/path or at the prompt",
        "thiết bị {token} cần mã PIN; hãy dùng --pass-file, --pass-env, pin-source=file:/đường-dẫn hoặc nhập khi được hỏi",
    ),
    "pkcs11.pin-malformed": (
        "error",
        "what was given as PIN of the token {token} is empty or no text; no try was spent",
        "mã PIN đưa cho thiết bị {token} rỗng hoặc không phải văn bản; chưa mất lượt thử nào",
    ),
    "pkcs11.pin-wrong": (
        "error",
        "the PIN of the token {token} is wrong; it was tried once and is not tried again",
        "sai mã PIN của thiết bị {token}; đã thử một lần và không thử lại",
    ),
    "pkcs11.pin-differs": (
        "error",
        "this process is logged in to the token {token} with another PIN than the one given; no try was spent",
        "tiến trình này đã đăng nhập thiết bị {token} bằng mã PIN khác với mã vừa đưa; chưa mất lượt thử nào",
    ),
    "pkcs11.pin-low": (
        "error",
        "the PIN of the token {token} is wrong; the token counts wrong tries and locks itself after a few more",
        "sai mã PIN của thiết bị {token}; thiết bị đang đếm số lần sai và sẽ tự khóa nếu sai thêm vài lần",
    ),
    "pkcs11.pin-last": (
        "error",
        "the PIN of the token {token} is wrong and one try is left; the next wrong PIN locks the token",
        "sai mã PIN của thiết bị {token}, chỉ còn một lần thử; sai lần nữa thiết bị sẽ bị khóa",
    ),
    "pkcs11.pin-final-try": (
        "error",
        "one PIN try is left on the token {token}, and it was not spent; log in once with the token's own program, then sign again",
        "thiết bị {token} chỉ còn một lần thử mã PIN nên chương trình không thử; hãy đăng nhập một lần bằng phần mềm quản lý thiết bị rồi ký lại",
    ),
    "pkcs11.pin-locked": (
        "error",
        "the PIN of the token {token} is locked after too many wrong tries; ask its issuer to unlock it",
        "mã PIN của thiết bị {token} đã bị khóa do nhập sai nhiều lần; hãy liên hệ nơi cấp để mở khóa",
    ),
    "pkcs11.pin-expired": (
        "error",
        "the PIN of the token {token} has expired; change it with the token's own program",
        "mã PIN của thiết bị {token} đã hết hạn; hãy đổi PIN bằng phần mềm quản lý thiết bị",
    ),
    "pkcs11.pin-length": (
        "error",
        "the PIN of the token {token} is not of a length that the token allows",
        "độ dài mã PIN của thiết bị {token} không đúng quy định của thiết bị",
    ),
    "pkcs11.pin-unset": (
        "error",
        "the token {token} has no user PIN yet; set one with the token's own program",
        "thiết bị {token} chưa đặt mã PIN người dùng; hãy đặt PIN bằng phần mềm quản lý thiết bị",
    ),
    "pkcs11.removed": (
        "error",
        "the token {token} was removed; insert it again and go on with --resume",
        "thiết bị {token} đã bị rút ra; hãy cắm lại và chạy tiếp với --resume",
    ),
    "pkcs11.session-lost": (
        "error",
        "the session with the token {token} was lost twice, also after logging in again; check cable, driver or HSM and sign again",
        "phiên làm việc với thiết bị {token} bị mất hai lần, kể cả sau khi đăng nhập lại; hãy kiểm tra kết nối, trình điều khiển hoặc HSM rồi ký lại",
    ),
    "pkcs11.sessions": (
        "error",
        "the token {token} allows no further session; close other programs that use it, or use fewer --jobs",
        "thiết bị {token} không cho mở thêm phiên; hãy đóng chương trình khác đang dùng hoặc giảm --jobs",
    ),
    "pkcs11.cancelled": (
        "error",
        "the signature or the PIN was refused at the token {token}",
        "thao tác ký hoặc nhập PIN đã bị từ chối trên thiết bị {token}",
    ),
    "pkcs11.answer": (
        "error",
        "the token {token} answered with something that is no signature: {why}; nothing was signed",
        "thiết bị {token} trả về dữ liệu không phải chữ ký: {why}; chưa ký gì cả",
    ),
    "pkcs11.failed": (
        "error",
        "the token {token} failed: {why}",
        "thiết bị {token} báo lỗi: {why}",
    ),
}
