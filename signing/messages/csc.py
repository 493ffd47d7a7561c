"""Messages of remote signing services (Cloud Signature Consortium API): code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "csc.address": (
        "error",
        "the address of the signing service cannot be used: {why}; write csc+https://HOST/csc/v1?credential=ID&user=NAME",
        "địa chỉ dịch vụ ký không dùng được: {why}; hãy ghi csc+https://MÁY/csc/v1?credential=MÃ&user=TÊN",
    ),
    "csc.several": (
        "error",
        "{service} holds {count} credentials; add credential=ID to the address, one of: {ids}",
        "{service} có {count} chứng thư ký; hãy thêm credential=MÃ vào địa chỉ, một trong các mã: {ids}",
    ),
    "csc.authorization": (
        "error",
        "{service} offers no way to log in that is known here ({offered}); name one with auth=basic, bearer, client or none",
        "{service} không có cách đăng nhập nào được hỗ trợ ({offered}); hãy chọn bằng auth=basic, bearer, client hoặc none",
    ),
    "csc.oauth-elsewhere": (
        "error",
        "{service} sends the log-in to another host ({url}); if that is right, add oauth={url} to the address",
        "{service} chuyển việc đăng nhập sang máy chủ khác ({url}); nếu đúng, hãy thêm oauth={url} vào địa chỉ",
    ),
    "csc.oauth-state": (
        "error",
        "the authorisation that came back does not belong to this signature; open the address again and paste what it shows",
        "kết quả ủy quyền trả về không thuộc lần ký này; hãy mở lại địa chỉ và dán đúng nội dung hiển thị",
    ),
    "csc.secret-form": (
        "error",
        "the answer for {name} cannot be right ({why}); nothing was sent, so no try was lost",
        "giá trị nhập cho {name} không thể đúng ({why}); chưa gửi đi nên chưa mất lần thử nào",
    ),
    "csc.same-answer": (
        "error",
        "the answer for {name} is the one that was refused a moment ago; it was not sent again, so that the key is not locked",
        "giá trị nhập cho {name} trùng với giá trị vừa bị từ chối; chưa gửi lại để tránh khóa chứng thư",
    ),
    "csc.no-answer": (
        "error",
        "{name} is needed for every authorisation and there is nobody to ask; sign in one process (--jobs 1) at a terminal",
        "mỗi lần ủy quyền cần {name} nhưng không có ai để hỏi; hãy ký trong một tiến trình (--jobs 1) tại cửa sổ lệnh",
    ),
    "csc.factors": (
        "error",
        "the credential {credential} is unlocked in a way that is not known here: {why}",
        "chứng thư {credential} yêu cầu cách xác thực chưa được hỗ trợ: {why}",
    ),
    "csc.unauthorized": (
        "error",
        "{service} does not accept the log-in or the access token: {why}; log in again",
        "{service} không chấp nhận thông tin đăng nhập hoặc mã truy cập: {why}; hãy đăng nhập lại",
    ),
    "csc.pin": (
        "error",
        "{service} says that the PIN or password of the credential is wrong; after several tries it locks the credential",
        "{service} báo mã PIN hoặc mật khẩu của chứng thư sai; sau vài lần sai chứng thư sẽ bị khóa",
    ),
    "csc.otp": (
        "error",
        "{service} says that the one-time password is wrong or too old; ask for a new one and sign again",
        "{service} báo mã OTP sai hoặc hết hạn; hãy lấy mã mới và ký lại",
    ),
    "csc.locked": (
        "error",
        "the credential is locked at {service} after too many wrong tries; have the provider unlock it",
        "chứng thư bị khóa tại {service} do nhập sai nhiều lần; hãy đề nghị nhà cung cấp mở khóa",
    ),
    "csc.declined": (
        "error",
        "the person, or {service}, declined the signature: {why}",
        "người ký hoặc {service} đã từ chối ký: {why}",
    ),
    "csc.expired": (
        "error",
        "the authorisation at {service} ended before the signature was made: {why}; sign again and confirm sooner",
        "lượt ủy quyền tại {service} hết hạn trước khi ký xong: {why}; hãy ký lại và xác nhận sớm hơn",
    ),
    "csc.confirm-timeout": (
        "error",
        "nobody confirmed the signature at {service} within {seconds} s; sign again, or allow more time with wait=SECONDS",
        "không có xác nhận ký tại {service} trong {seconds} giây; hãy ký lại hoặc tăng thời gian chờ bằng wait=GIÂY",
    ),
    "csc.key-status": (
        "error",
        "the credential {credential} cannot sign: {service} says {status}",
        "chứng thư {credential} không ký được: {service} báo {status}",
    ),
    "csc.algorithm": (
        "error",
        "the credential {credential} does not sign with {algorithm}; the service offers {offered}",
        "chứng thư {credential} không ký được bằng {algorithm}; dịch vụ chỉ hỗ trợ {offered}",
    ),
    "csc.certificate": (
        "error",
        "the certificate that {service} gives for {credential} is not the one it should be: {why}; nothing was signed",
        "chứng thư mà {service} trả về cho {credential} không đúng: {why}; chưa ký gì",
    ),
    "csc.signature": (
        "error",
        "{service} returned a signature that does not verify with the certificate ({index} of {count}); it was not used",
        "{service} trả về chữ ký không khớp với chứng thư (thứ {index} trong {count}); chữ ký này không được sử dụng",
    ),
    "csc.count": (
        "error",
        "{service} returned {got} signatures for {wanted} documents; none was used",
        "{service} trả về {got} chữ ký cho {wanted} văn bản; không chữ ký nào được sử dụng",
    ),
    "csc.sad": (
        "error",
        "{service} does not accept its own authorisation for these documents: {why}; sign again",
        "{service} không chấp nhận lượt ủy quyền đã cấp cho các văn bản này: {why}; hãy ký lại",
    ),
    "csc.refused": (
        "error",
        "{service} refused {method}: {why}",
        "{service} từ chối yêu cầu {method}: {why}",
    ),
    "csc.busy": (
        "error",
        "{service} is overloaded or under maintenance (HTTP {status}); try again later",
        "{service} đang quá tải hoặc bảo trì (HTTP {status}); hãy thử lại sau",
    ),
    "csc.server": (
        "error",
        "{service} failed inside (HTTP {status}); it may or may not have counted the signature, so look before trying again",
        "{service} gặp lỗi bên trong (HTTP {status}); lượt ký có thể đã bị tính, hãy kiểm tra trước khi ký lại",
    ),
    "csc.redirect": (
        "error",
        "{service} points to another address (HTTP {status}); redirects are not followed, so name the right address",
        "{service} chuyển hướng sang địa chỉ khác (HTTP {status}); chương trình không đi theo, hãy ghi đúng địa chỉ",
    ),
    "csc.malformed": (
        "error",
        "the answer of {service} to {method} breaks the protocol: {why}",
        "trả lời của {service} cho {method} sai giao thức: {why}",
    ),
}
