"""Messages of identity tokens in an audit: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "token.malformed": (
        "error",
        "the token cannot be read: {why}",
        "không đọc được token: {why}",
    ),
    "token.kind-unknown": (
        "warning",
        "a signed token of a kind that is not checked here; ask whoever made it how to check it",
        "token có chữ ký thuộc loại không kiểm tra được ở đây; hãy hỏi bên tạo ra cách kiểm tra",
    ),
    "token.issuer-untrusted": (
        "warning",
        "nothing is known of the token's issuer; put its keys into the folder '{folder}' of --trust, or check a token that is shown to you now with 'eid verify'",
        "chưa biết bên cấp token; hãy đưa khóa của bên đó vào thư mục '{folder}' của --trust, hoặc kiểm tra token đang được xuất trình bằng 'eid verify'",
    ),
    "token.issuer-keys": (
        "warning",
        "the keys of the token's issuer cannot be used: {why}",
        "không dùng được khóa của bên cấp token: {why}",
    ),
    "token.key-unknown": (
        "warning",
        "none of the issuer's published keys is the one that the token names; get the issuer's newest keys",
        "bên cấp không công bố khóa mà token nêu; hãy lấy bộ khóa mới nhất của bên cấp",
    ),
    "token.signature": (
        "error",
        "the signature does not fit the token and the issuer's key: it was changed or forged; do not rely on it",
        "chữ ký không khớp với token và khóa của bên cấp: token đã bị sửa hoặc giả mạo; không được tin dùng",
    ),
    "token.refused": (
        "error",
        "the token breaks a rule of its kind: {why}",
        "token vi phạm quy tắc của loại token này: {why}",
    ),
    "token.ended": (
        "warning",
        "the token ended at {time} and proves nothing any more, nor does a timestamp prove that it existed before; ask for a new "
        "one and check it with 'eid verify'",
        "token đã hết hiệu lực từ {time} nên không còn chứng minh được gì, cũng không có dấu thời gian cho thấy nó có "
        "trước đó; hãy yêu cầu token mới và kiểm tra bằng 'eid verify'",
    ),
    "token.early": (
        "warning",
        "the token begins only at {time}; check it again then",
        "token chỉ có hiệu lực từ {time}; hãy kiểm tra lại sau thời điểm đó",
    ),
    "token.key-revoked": (
        "warning",
        "the issuer has revoked the key that signed; nothing proves that the token was made before",
        "bên cấp đã thu hồi khóa đã ký; không có gì chứng minh token được tạo trước thời điểm đó",
    ),
    "token.key-inactive": (
        "error",
        "the key did not sign at the time that the token states",
        "khóa không được dùng để ký vào thời điểm ghi trong token",
    ),
    "token.status-unknown": (
        "warning",
        "whether the token was revoked could not be checked: the issuer's status list is not asked for here; 'eid verify --status' does",
        "không kiểm tra được token đã bị thu hồi hay chưa: ở đây không hỏi danh sách trạng thái của bên cấp; hãy dùng 'eid verify --status'",
    ),
    "token.holder-unproven": (
        "warning",
        "the token is good only together with a proof of its holder's key, which is not there",
        "token chỉ có giá trị khi kèm bằng chứng về khóa của người giữ, nhưng không có bằng chứng đó",
    ),
    "token.holder-alone": (
        "warning",
        "a holder's proof without the token or credential that names the holder's key",
        "bằng chứng của người giữ không kèm token hoặc chứng nhận nêu khóa của người giữ",
    ),
    "token.not-for-use": (
        "info",
        "signature, issuer and times hold; for whom and for what the token was made was not compared with anything",
        "chữ ký, bên cấp và thời hạn đều đúng; chưa đối chiếu token được cấp cho ai và cho việc gì",
    ),
}
