"""Messages of identity tokens in an audit: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "token.malformed": (
        "error",
        "the token cannot be read: {why}",
        "không đọc được mã xác thực: {why}",
    ),
    "token.kind-unknown": (
        "warning",
        "a signed token of a kind that is not checked here; ask whoever made it how to check it",
        "mã xác thực có chữ ký thuộc loại không kiểm tra được ở đây; hãy hỏi bên tạo ra cách kiểm tra",
    ),
    "token.issuer-untrusted": (
        "warning",
        "nothing is known of the token's issuer; put its keys into the folder '{folder}' of what is trusted",
        "chưa biết bên cấp mã xác thực; hãy đưa khóa của bên đó vào thư mục '{folder}' của phần tin cậy",
    ),
    "token.issuer-keys": (
        "warning",
        "the keys of the token's issuer cannot be used: {why}",
        "không dùng được khóa của bên cấp mã xác thực: {why}",
    ),
    "token.key-unknown": (
        "warning",
        "none of the issuer's published keys is the one that the token names; get the issuer's newest keys",
        "bên cấp không công bố khóa mà mã xác thực nêu; hãy lấy bộ khóa mới nhất của bên cấp",
    ),
    "token.signature": (
        "error",
        "the signature does not fit the token and the issuer's key: it was changed or forged",
        "chữ ký không khớp với mã xác thực và khóa của bên cấp: mã đã bị sửa hoặc giả mạo",
    ),
    "token.refused": (
        "error",
        "the token breaks a rule of its kind: {why}",
        "mã xác thực vi phạm quy tắc của loại mã này: {why}",
    ),
    "token.ended": (
        "warning",
        "the token ended on {time}; it proves nothing any more, and no timestamp proves that it existed before",
        "mã xác thực đã hết hiệu lực từ {time}; nay không còn giá trị chứng minh và không có dấu thời gian cho thấy "
        "mã có trước đó",
    ),
    "token.early": (
        "warning",
        "the token begins only on {time}",
        "mã xác thực chỉ có hiệu lực từ {time}",
    ),
    "token.key-revoked": (
        "warning",
        "the issuer has revoked the key that signed; nothing proves that the token was made before",
        "bên cấp đã thu hồi khóa đã ký; không có gì chứng minh mã được tạo trước thời điểm đó",
    ),
    "token.key-inactive": (
        "error",
        "the key did not sign at the time that the token states",
        "khóa không được dùng để ký vào thời điểm ghi trong mã xác thực",
    ),
    "token.status-unknown": (
        "warning",
        "whether the token was revoked could not be checked: the issuer's status list is not asked for here",
        "không kiểm tra được mã xác thực đã bị thu hồi hay chưa: ở đây không hỏi danh sách trạng thái của bên cấp",
    ),
    "token.holder-unproven": (
        "warning",
        "the token is good only together with a proof of its holder's key, which is not there",
        "mã xác thực chỉ có giá trị khi kèm bằng chứng về khóa của người giữ, nhưng không có bằng chứng đó",
    ),
    "token.holder-alone": (
        "warning",
        "a holder's proof without the token or credential that names the holder's key",
        "bằng chứng của người giữ không kèm mã hoặc chứng nhận nêu khóa của người giữ",
    ),
    "token.not-for-use": (
        "info",
        "signature, issuer and times hold; for whom and for what the token was made was not compared with anything",
        "chữ ký, bên cấp và thời hạn đều đúng; chưa đối chiếu mã được cấp cho ai và cho việc gì",
    ),
}
