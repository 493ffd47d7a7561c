"""Messages of use, input, keys, services and documents: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
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
    "usage.no-stream": (
        "error",
        "'-' stands for one document on stdin: it is not watched, and only --json writes to stdout; name a file",
        "'-' là một văn bản từ stdin: không theo dõi được, và chỉ --json ghi ra stdout; hãy chỉ định tên tệp",
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
    "input.folder": (
        "error",
        "{path} is a folder and this checks one document; check all that is in it with 'signing audit {path}'",
        "{path} là một thư mục, còn lệnh này kiểm tra một văn bản; hãy kiểm tra cả thư mục bằng 'signing audit {path}'",
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
    "key.scheme": (
        "error",
        "no key source for '{scheme}' URIs; name a key as pem:PATH, pkcs12:PATH, pkcs11:token=LABEL;id=%01, csc+https://HOST/csc/v1?user=NAME or mobile+https://HOST?msisdn=84…",
        "không có nguồn khóa cho URI kiểu '{scheme}'; hãy ghi khóa dạng pem:ĐƯỜNG_DẪN, pkcs12:ĐƯỜNG_DẪN, pkcs11:token=NHÃN;id=%01, csc+https://MÁY/csc/v1?user=TÊN hoặc mobile+https://MÁY?msisdn=84…",
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
    "http.not-public": (
        "error",
        "{url} leads into this machine's own network; if that is meant, write internal+ before it in the list of allowed "
        "services",
        "{url} dẫn vào mạng nội bộ của máy này; nếu đúng ý, hãy ghi internal+ trước địa chỉ ấy trong danh sách dịch vụ "
        "được phép",
    ),
    "http.unreachable": ("error", "{url} does not answer: {why}", "{url} không trả lời: {why}"),
    "http.timeout": ("error", "{url} did not answer within {seconds} s", "{url} không trả lời trong {seconds} giây"),
    "http.status": ("error", "{url} answered with HTTP status {status}", "{url} trả về mã HTTP {status}"),
    "http.too-large": (
        "error",
        "the answer of {url} is larger than {limit} bytes",
        "trả lời của {url} lớn hơn {limit} byte",
    ),
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
        "the file is a PDF and something else at once: two programs would show two different documents",
        "tệp vừa là PDF vừa là một loại tệp khác: hai phần mềm có thể hiển thị hai nội dung khác nhau",
    ),
    "document.archive": (
        "info",
        "an archive; the files in it were not checked: unpack it and audit the folder",
        "tệp nén; các tệp bên trong chưa được kiểm tra: hãy giải nén rồi kiểm tra cả thư mục",
    ),
    "document.token": (
        "info",
        "a token, not a document: it lives for minutes and is checked where it is presented, with 'eid verify'",
        "đây là token định danh, không phải văn bản: chỉ có hiệu lực vài phút, được kiểm tra khi xuất trình bằng 'eid verify'",
    ),
    "document.unreadable": ("error", "the file cannot be read: {why}", "không đọc được tệp: {why}"),
    "document.internal": (
        "error",
        "an unexpected condition stopped the check; the file is not judged",
        "việc kiểm tra bị dừng do lỗi ngoài dự kiến; tệp chưa được kết luận",
    ),
}
