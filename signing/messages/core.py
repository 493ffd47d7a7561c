"""Messages of keys, certificates, signatures, timestamps, revocation and services: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    # input and use
    "usage.argument": ("error", "{why}", "tham số chưa đúng: {why}"),
    "usage.output-exists": (
        "error",
        "{path} exists; name another output or pass --force",
        "{path} đã tồn tại; hãy chọn tên khác hoặc dùng --force",
    ),
    "usage.no-variable": (
        "error",
        "the environment variable {name} is not set",
        "biến môi trường {name} chưa được đặt",
    ),
    "usage.folder-needed": (
        "error",
        "{path} is not a folder; several inputs need a folder to go to",
        "{path} không phải thư mục; nhiều tệp đầu vào cần một thư mục đích",
    ),
    "usage.same-name": (
        "error",
        "two inputs would be written to {path}; sign them into different folders",
        "hai tệp đầu vào cùng ghi ra {path}; hãy ký vào các thư mục khác nhau",
    ),
    "usage.output-is-input": (
        "error",
        "{path} is an input; a signature never replaces what it signs, so name another output",
        "{path} là tệp đầu vào; kết quả ký không được ghi đè lên tệp gốc, hãy chọn tên khác",
    ),
    "usage.stream": (
        "error",
        "with '-' there is one input, no --jobs or --resume, and no --json beside a result on stdout",
        "khi dùng '-' chỉ được một đầu vào, không dùng --jobs, --resume, và không dùng --json khi kết quả ra stdout",
    ),
    "input.not-regular": (
        "error",
        "{path} is not a regular file; use '-' to read from a pipe",
        "{path} không phải tệp thông thường; hãy dùng '-' để đọc từ ống dẫn",
    ),
    "extend.kind": (
        "error",
        "{path} is neither a PDF nor a CMS signature (.p7s); a dossier is extended with 'signing dossier extend'",
        "{path} không phải PDF hay chữ ký CMS (.p7s); hồ sơ được nâng mức bằng 'signing dossier extend'",
    ),
    "demo.folder": (
        "error",
        "{path} holds something that the demo did not make; name another folder",
        "{path} chứa dữ liệu không do bản trình diễn tạo ra; hãy chọn thư mục khác",
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
    "key.scheme": (
        "error",
        "no key source for '{scheme}' URIs; name a key as pem:PATH or pkcs12:PATH",
        "không có nguồn khóa cho URI kiểu '{scheme}'; hãy ghi khóa dạng pem:ĐƯỜNG_DẪN hoặc pkcs12:ĐƯỜNG_DẪN",
    ),
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
        "the certificate of {subject} may not be used for this: {why}",
        "chứng thư của {subject} không được dùng cho việc này: {why}",
    ),
    "certificate.malformed": ("error", "a certificate is malformed: {why}", "chứng thư sai cấu trúc: {why}"),
    "trust.no-anchor": (
        "error",
        "no trusted certificate leads to {subject}; the issuer '{issuer}' is not under --trust",
        "không có chứng thư tin cậy dẫn tới {subject}; nơi cấp '{issuer}' không có trong --trust",
    ),
    "trust.chain-invalid": (
        "error",
        "the chain of {subject} does not hold: {why}",
        "chuỗi chứng thư của {subject} không hợp lệ: {why}",
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
    "signature.unsupported": (
        "error",
        "this signature cannot be checked here: {why}",
        "không kiểm tra được chữ ký này: {why}",
    ),
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
    "signature.ended": (
        "error",
        "the algorithm {algorithm} is accepted only for signatures proven older than {day}",
        "thuật toán {algorithm} chỉ được chấp nhận với chữ ký được chứng minh có trước ngày {day}",
    ),
    "signature.weak": (
        "error",
        "the algorithm or key {algorithm} is not accepted",
        "thuật toán hoặc khóa {algorithm} không được chấp nhận",
    ),
    "signature.no-signing-time": (
        "info",
        "not a baseline signature: the signing time that its format demands is missing",
        "chưa đạt mức baseline: thiếu thời điểm ký mà định dạng yêu cầu",
    ),
    "signature.no-binding": (
        "info",
        "not a baseline signature: it does not name its signing certificate (signing-certificate-v2)",
        "chưa đạt mức baseline: chữ ký không chỉ rõ chứng thư ký (signing-certificate-v2)",
    ),
    "signature.content-type": (
        "info",
        "not a baseline signature: it signs content of the type {oid}, not plain data",
        "chưa đạt mức baseline: nội dung được ký thuộc kiểu {oid}, không phải dữ liệu thường",
    ),
    "signature.cms-signing-time": (
        "info",
        "not a PAdES baseline signature: the signing time stands inside the CMS signature",
        "chưa đạt mức PAdES baseline: thời điểm ký nằm trong cấu trúc CMS",
    ),
    "signature.no-evidence": (
        "info",
        "for B-LT the file lacks proof that these certificates were not revoked: {subjects}",
        "để đạt B-LT, tệp còn thiếu bằng chứng không bị thu hồi của các chứng thư: {subjects}",
    ),
    "evidence.needed": (
        "error",
        "baseline {baseline} needs revocation evidence: give the trust folder and allow the services of its CAs",
        "mức {baseline} cần bằng chứng trạng thái chứng thư: hãy chỉ ra thư mục tin cậy và cho phép truy cập dịch vụ của CA",
    ),
    "baseline.unsupported": (
        "error",
        "{format} {baseline} cannot be made here; the highest baseline is {highest}",
        "không tạo được {format} mức {baseline}; mức cao nhất là {highest}",
    ),
    "signature.content-missing": (
        "error",
        "the signed content is not at hand, so the signature cannot be checked against it",
        "không có nội dung đã ký nên không đối chiếu được chữ ký",
    ),
    "time.claimed-future": (
        "warning",
        "the claimed signing time {time} lies in the future",
        "thời điểm ký được khai {time} nằm ở tương lai",
    ),
    "time.claimed-after-timestamp": (
        "warning",
        "the claimed signing time {time} is later than the timestamp of {timestamp}",
        "thời điểm ký được khai {time} muộn hơn dấu thời gian {timestamp}",
    ),
    "time.claimed-outside-validity": (
        "warning",
        "at the claimed signing time {time} the certificate was not valid",
        "tại thời điểm ký được khai {time}, chứng thư không có hiệu lực",
    ),
    # timestamps
    "timestamp.malformed": ("error", "the timestamp is malformed: {why}", "dấu thời gian sai cấu trúc: {why}"),
    "timestamp.imprint": (
        "error",
        "the timestamp answers for another digest than the one asked",
        "dấu thời gian được cấp cho một giá trị băm khác",
    ),
    "timestamp.nonce": (
        "error",
        "the timestamp does not repeat our nonce",
        "dấu thời gian không lặp lại số nonce đã gửi",
    ),
    "timestamp.policy": (
        "error",
        "the timestamp was made under policy {got}, not {wanted}",
        "dấu thời gian theo chính sách {got}, không phải {wanted}",
    ),
    "timestamp.signature": (
        "error",
        "the timestamp's own signature does not hold",
        "chữ ký của dấu thời gian không hợp lệ",
    ),
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
    "timestamp.accuracy": (
        "error",
        "the timestamp claims an accuracy of only {accuracy}; it is not counted",
        "dấu thời gian chỉ có độ chính xác {accuracy} nên không được tính",
    ),
    "timestamp.untrusted": (
        "warning",
        "the timestamp of {time} is not counted: its authority could not be proven trustworthy",
        "dấu thời gian {time} không được tính: chưa chứng minh được nơi cấp đáng tin cậy",
    ),
    "timestamp.future": (
        "error",
        "the timestamp of {time} lies in the future; it is not counted",
        "dấu thời gian {time} nằm ở tương lai nên không được tính",
    ),
    "timestamp.order": (
        "error",
        "the timestamp of {time} is later than the time at which it was proven to exist; it is not counted",
        "dấu thời gian {time} muộn hơn thời điểm đã chứng minh là nó tồn tại nên không được tính",
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
    "http.too-large": (
        "error",
        "the answer of {url} is larger than {limit} bytes",
        "trả lời của {url} lớn hơn {limit} byte",
    ),
    # work of several processes
    "workers.unavailable": (
        "error",
        "no worker processes can be started ({why}); use one process (--jobs 1)",
        "không khởi động được các tiến trình phụ ({why}); hãy dùng một tiến trình (--jobs 1)",
    ),
    "workers.killed": (
        "error",
        "the process that signed {path} was ended from outside or ran out of memory; sign it again",
        "tiến trình ký {path} bị dừng từ bên ngoài hoặc hết bộ nhớ; hãy ký lại",
    ),
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
    "document.not-regular": (
        "error",
        "not a regular file (a link, folder, pipe or device); it was not opened",
        "không phải tệp thông thường (liên kết, thư mục, ống dẫn hoặc thiết bị) nên không được mở",
    ),
    "document.killed": (
        "error",
        "the process that checked this file was ended from outside or ran out of memory; the file is not judged",
        "tiến trình kiểm tra tệp này bị dừng từ bên ngoài hoặc hết bộ nhớ; tệp chưa được kết luận",
    ),
    "document.polyglot": (
        "error",
        "the file is a PDF and a zip archive at once: two programs would show two different documents",
        "tệp vừa là PDF vừa là tệp nén zip: hai phần mềm có thể hiển thị hai nội dung khác nhau",
    ),
    "document.archive": (
        "info",
        "an archive; the files in it were not checked: unpack it and audit the folder",
        "tệp nén; các tệp bên trong chưa được kiểm tra: hãy giải nén rồi kiểm tra cả thư mục",
    ),
    "document.token": (
        "info",
        "a token, not a document: it lives for minutes and is checked where it is presented, with 'eid verify'",
        "đây là mã xác thực (token), không phải văn bản: chỉ có hiệu lực vài phút, được kiểm tra khi xuất trình bằng 'eid verify'",
    ),
    "document.unreadable": ("error", "the file cannot be read: {why}", "không đọc được tệp: {why}"),
    "document.internal": (
        "error",
        "an unexpected condition stopped the check; the file is not judged",
        "việc kiểm tra bị dừng do lỗi ngoài dự kiến; tệp chưa được kết luận",
    ),
}
