"""Messages of certificates, trust and revocation: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "certificate.expired": (
        "error",
        "the certificate of {subject} expired on {time}; renew it before signing",
        "chứng thư của {subject} đã hết hạn ngày {time}; hãy gia hạn trước khi ký",
    ),
    "certificate.not-yet-valid": (
        "error",
        "the certificate of {subject} is not valid before {time}",
        "chứng thư của {subject} chỉ có hiệu lực từ {time}",
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
        "the certificate of {subject} may not be used for this; what it lacks or must not have: {why}",
        "chứng thư của {subject} không được dùng cho việc này; phần còn thiếu hoặc không được có: {why}",
    ),
    "certificate.malformed": ("error", "a certificate is malformed: {why}", "chứng thư sai cấu trúc: {why}"),
    "trust.no-anchor": (
        "error",
        "no trusted certificate leads to {subject}: the issuer '{issuer}' is not under --trust; if you trust it, put its certificate there",
        "không có chứng thư tin cậy dẫn tới {subject}: tổ chức cấp '{issuer}' không có trong --trust; nếu tin cậy tổ chức đó, hãy đưa chứng thư của họ vào",
    ),
    "trust.outside-validity": (
        "error",
        "the certificate of {subject} is valid from {start} to {end}, which does not cover the proven time",
        "chứng thư của {subject} có hiệu lực từ {start} đến {end}, không bao trùm thời điểm được chứng minh",
    ),
    "trust.not-a-ca": (
        "error",
        "the certificate of {subject} stands as an issuer in the chain but is not a certificate authority's",
        "chứng thư của {subject} đứng ở vị trí nơi cấp trong chuỗi nhưng không phải chứng thư của tổ chức chứng thực",
    ),
    "trust.is-a-ca": (
        "error",
        "the certificate of {subject} is a certificate authority's and may not sign documents or timestamps",
        "chứng thư của {subject} là chứng thư của tổ chức chứng thực, không được dùng để ký văn bản hay dấu thời gian",
    ),
    "trust.path-length": (
        "error",
        "the authority {subject} allows fewer authorities below it than this chain has",
        "tổ chức chứng thực {subject} giới hạn số cấp bên dưới ít hơn số cấp trong chuỗi này",
    ),
    "trust.key-usage": (
        "error",
        "the key of {subject} is not meant for this use (key usage)",
        "khóa của {subject} không dành cho mục đích này (trường key usage)",
    ),
    "trust.extended-key-usage": (
        "error",
        "the certificate of {subject} is meant for other purposes (extended key usage)",
        "chứng thư của {subject} dành cho mục đích khác (trường extended key usage)",
    ),
    "trust.critical-extension": (
        "error",
        "the certificate of {subject} demands a rule that is not understood here (critical extension {oid})",
        "chứng thư của {subject} đòi hỏi một quy tắc mà chương trình không hiểu (phần mở rộng quan trọng {oid})",
    ),
    "trust.name-constraints": (
        "error",
        "the authority {issuer} may not issue certificates for the names of {subject}",
        "tổ chức chứng thực {issuer} không được cấp chứng thư cho các tên của {subject}",
    ),
    "trust.algorithm": (
        "error",
        "the certificate of {subject} is signed with an algorithm or key that is not accepted ({algorithm})",
        "chứng thư của {subject} được ký bằng thuật toán hoặc khóa không được chấp nhận ({algorithm})",
    ),
    "trust.wrong-key": (
        "error",
        "a certificate named '{issuer}' is at hand, but its key did not issue the certificate of {subject}",
        "có chứng thư mang tên '{issuer}' nhưng khóa của nó không phải khóa đã cấp chứng thư của {subject}",
    ),
    "trust.limit": (
        "error",
        "the search for the chain of {subject} was stopped: more than {limit} certificates had to be tried",
        "đã dừng việc tìm chuỗi chứng thư của {subject}: phải thử hơn {limit} chứng thư",
    ),
    "trust.malformed": (
        "error",
        "the trust folder is malformed at {path}: {why}",
        "thư mục tin cậy có lỗi tại {path}: {why}",
    ),
    "revocation.unknown": (
        "error",
        "whether the certificate of {subject} was revoked could not be found out; let its authority's service be asked "
        "(--online, --allow), or keep its answer in the file (B-LT)",
        "không kiểm tra được tình trạng thu hồi chứng thư của {subject}; hãy cho phép hỏi dịch vụ của tổ chức chứng thực "
        "(--online, --allow) hoặc lưu câu trả lời trong tệp (B-LT)",
    ),
    "revocation.before-time": (
        "info",
        "the revocation answer for {subject} is older than the time it is used for",
        "trả lời thu hồi cho {subject} cũ hơn thời điểm cần kiểm tra",
    ),
    "revocation.after-time": (
        "info",
        "the certificate of {subject} was revoked on {time}, after the proven time; what was signed before still counts",
        "chứng thư của {subject} bị thu hồi ngày {time}, sau thời điểm được chứng minh; chữ ký có trước vẫn có giá trị",
    ),
    "revocation.invalid-since": (
        "warning",
        "the certificate of {subject} was revoked after the proven time, but its authority suspects the key since {time}, "
        "which is before; ask the signer whether the signature is theirs",
        "chứng thư của {subject} bị thu hồi sau thời điểm được chứng minh, nhưng đơn vị cấp nghi ngờ khóa đã lộ từ {time}, "
        "tức là trước đó; hãy hỏi người ký xem chữ ký có đúng là của họ không",
    ),
    "revocation.malformed": (
        "info",
        "a revocation answer ({kind}) is malformed and was not used: {why}",
        "một trả lời thu hồi ({kind}) sai cấu trúc nên không được dùng: {why}",
    ),
    "revocation.refused": (
        "error",
        "the revocation service refused to answer: {why}",
        "dịch vụ kiểm tra thu hồi từ chối trả lời: {why}",
    ),
    "revocation.signature": (
        "info",
        "a revocation answer for {subject} is not signed by one who may; it was not used",
        "một trả lời thu hồi cho {subject} không do nơi có thẩm quyền ký nên không được dùng",
    ),
    "revocation.scope": (
        "info",
        "a revocation answer for {subject} does not settle its state (partial list, unknown state or rule); it was not used",
        "một trả lời thu hồi cho {subject} không kết luận được (danh sách không đầy đủ, tình trạng hoặc quy tắc không rõ) "
        "nên không được dùng",
    ),
    "revocation.stale": (
        "info",
        "a revocation answer for {subject} ended before the time that counts; it was not used",
        "một trả lời thu hồi cho {subject} đã hết hạn trước thời điểm cần kiểm tra nên không được dùng",
    ),
    "revocation.late": (
        "info",
        "a revocation answer for {subject} was made after the certificate expired and no longer tells; it was not used",
        "một trả lời thu hồi cho {subject} được lập sau khi chứng thư hết hạn, không còn giá trị kết luận nên không được dùng",
    ),
    "revocation.future": (
        "info",
        "a revocation answer for {subject} is dated in the future; it was not used",
        "một trả lời thu hồi cho {subject} mang thời điểm trong tương lai nên không được dùng",
    ),
    "revocation.algorithm": (
        "info",
        "a revocation answer for {subject} is signed with an algorithm that is not accepted; it was not used",
        "một trả lời thu hồi cho {subject} được ký bằng thuật toán không được chấp nhận nên không được dùng",
    ),
    "revocation.responder": (
        "info",
        "whether the responder that answered for {subject} was itself revoked is not known; its answer was not used",
        "không rõ máy chủ đã trả lời cho {subject} có bị thu hồi hay không nên trả lời đó không được dùng",
    ),
    "revocation.responder-expired": (
        "info",
        "the certificate of the responder that answered for {subject} has ended, and nothing proves that the answer is "
        "older: an archive timestamp from before would; it was not used",
        "chứng thư của máy chủ đã trả lời cho {subject} đã hết hạn và không có gì chứng minh trả lời ấy có trước đó; dấu thời "
        "gian lưu trữ lập trước ngày ấy mới chứng minh được; trả lời đó không được dùng",
    ),
    "evidence.needed": (
        "error",
        "baseline {baseline} needs revocation evidence: give the trust folder and allow the services of its CAs",
        "mức {baseline} cần bằng chứng trạng thái chứng thư: hãy chỉ ra thư mục tin cậy và cho phép truy cập dịch vụ của CA",
    ),
}
