"""Messages of the seal room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    # reading a seal
    "seal.prefix": (
        "error",
        "this is not a verification seal: its text does not begin with {prefix}",
        "đây không phải con dấu xác thực: nội dung không bắt đầu bằng {prefix}",
    ),
    "seal.too-large": (
        "error",
        "the text is longer than {limit} characters; no seal is",
        "nội dung dài hơn {limit} ký tự; không con dấu xác thực nào dài như vậy",
    ),
    "seal.base45": (
        "error",
        "the seal's text is damaged: it is not Base45; scan the code again",
        "nội dung con dấu xác thực bị hỏng (không phải Base45); hãy quét lại mã",
    ),
    "seal.cbor": (
        "error",
        "the seal's content is malformed: {why}; scan the code again",
        "dữ liệu của con dấu xác thực sai cấu trúc: {why}; hãy quét lại mã",
    ),
    "seal.cose": (
        "error",
        "the seal's signature structure is malformed: {why}; do not rely on it",
        "phần chữ ký của con dấu xác thực sai cấu trúc: {why}; không được tin dùng",
    ),
    "seal.inflate": (
        "error",
        "the seal's content inflates to more than {limit} bytes and was not read",
        "dữ liệu nén của con dấu xác thực lớn hơn {limit} byte khi giải nén nên không được đọc",
    ),
    "seal.facts": (
        "error",
        "the seal's facts are not what a seal holds: {why}; do not rely on it",
        "thông tin trong con dấu xác thực không đúng quy cách: {why}; không được tin dùng",
    ),
    # who made it
    "seal.unknown-office": (
        "warning",
        "no seal keys of office {office} are trusted, so the seal proves nothing; add them under --trust seals/",
        "chưa có khóa tin cậy của cơ quan {office}, nên con dấu xác thực chưa chứng minh được gì; "
        "hãy thêm khóa vào seals/ của --trust",
    ),
    "seal.office-keys": (
        "warning",
        "the trusted seal keys of office {office} cannot be used: {why}",
        "không dùng được các khóa tin cậy của cơ quan {office}: {why}",
    ),
    "seal.unknown-key": (
        "error",
        "the seal names a key that office {office} does not have; do not rely on it",
        "con dấu xác thực chỉ tới một khóa mà cơ quan {office} không có; không được tin dùng",
    ),
    "seal.signature": (
        "error",
        "the seal was not signed by office {office}, or its facts were changed",
        "con dấu xác thực không do cơ quan {office} ký, hoặc thông tin đã bị sửa đổi",
    ),
    "seal.key-revoked": (
        "error",
        "the key that made this seal was withdrawn by office {office}; ask the office about result {number}",
        "khóa đã tạo con dấu xác thực này đã bị cơ quan {office} thu hồi; hãy hỏi cơ quan về kết quả số {number}",
    ),
    "seal.key-not-active": (
        "error",
        "the seal says it was made at {time}, when office {office} did not use the key that made it",
        "con dấu xác thực ghi thời điểm tạo {time}, khi cơ quan {office} không dùng khóa đã tạo ra nó",
    ),
    # time and status
    "seal.expired": (
        "error",
        "the seal was good until {time}; ask the office for a new copy",
        "con dấu xác thực chỉ có giá trị đến {time}; hãy đề nghị cơ quan cấp bản mới",
    ),
    "seal.from-the-future": (
        "error",
        "the seal says it was made at {time}, which has not come yet",
        "con dấu xác thực ghi thời điểm tạo {time}, là thời điểm chưa đến",
    ),
    "seal.status-unknown": (
        "warning",
        "whether the seal still holds is unknown: {why}; load the office's newest status list",
        "chưa biết con dấu xác thực còn giá trị hay không: {why}; hãy tải danh sách trạng thái mới nhất của cơ quan",
    ),
    "seal.pending": (
        "warning",
        "the seal is pending: the office has not confirmed that result {number} was signed, or has suspended it",
        "con dấu xác thực đang chờ: cơ quan chưa xác nhận kết quả số {number} đã được ký, hoặc đang tạm dừng hiệu lực",
    ),
    "seal.revoked": (
        "error",
        "the office withdrew result {number}",
        "cơ quan đã thu hồi kết quả số {number}",
    ),
    "seal.paper-only": (
        "info",
        "these facts were signed by the office; the paper itself was not checked",
        "các thông tin này do cơ quan ký; bản thân tờ giấy chưa được kiểm tra",
    ),
    # seal and document
    "seal.wrong-document": (
        "error",
        "the seal belongs to another document: no part of this file is what it was made for "
        "(result {number}, dossier {dossier})",
        "con dấu xác thực thuộc về một văn bản khác: không phần nào của tệp này là nội dung đã được đóng dấu "
        "(kết quả số {number}, hồ sơ {dossier})",
    ),
    "seal.revision-mismatch": (
        "error",
        "the seal does not stand where it was put: {why}",
        "con dấu xác thực không nằm đúng chỗ đã được đặt: {why}",
    ),
    "seal.signer-mismatch": (
        "error",
        "the {role} signature that the seal names is missing or not valid in this document",
        "văn bản không có chữ ký hợp lệ của {role} mà con dấu xác thực đã nêu",
    ),
    "seal.not-signed-yet": (
        "warning",
        "the seal was put on, but the {role} signature that it names is not there yet",
        "đã đóng con dấu xác thực nhưng chưa có chữ ký của {role} như con dấu nêu",
    ),
    "seal.signer-unproven": (
        "warning",
        "the {role} signature that the seal names is there, but could not be proven",
        "đã có chữ ký của {role} mà con dấu xác thực nêu, nhưng chưa chứng minh được",
    ),
    "seal.office-first": (
        "error",
        "the office signed before the competent official (Decree 30/2020, Article 32)",
        "cơ quan đã ký số trước người có thẩm quyền (Điều 32 Nghị định 30/2020/NĐ-CP)",
    ),
    "seal.several": (
        "error",
        "the document carries {count} different seals; a result has one",
        "văn bản mang {count} con dấu xác thực khác nhau; một kết quả chỉ có một",
    ),
    "seal.printed-differs": (
        "error",
        "page {page} shows a seal that is not the one put into the document",
        "trang {page} in một con dấu xác thực không phải con dấu đã được đưa vào văn bản",
    ),
    "seal.not-printed": (
        "warning",
        "the document holds a seal, but none of its pages shows that QR code",
        "văn bản có chứa con dấu xác thực nhưng không trang nào hiện mã QR đó",
    ),
    "seal.not-scanned": (
        "info",
        "the pages were not scanned for printed seals: {why}",
        "chưa quét các trang để tìm con dấu xác thực đã in: {why}",
    ),
    # making a seal
    "seal.fact": (
        "error",
        "the seal's {name} cannot be used: {why}",
        "không dùng được trường {name} của con dấu xác thực: {why}",
    ),
    "seal.too-long": (
        "error",
        "the seal would have {chars} characters, {over} more than the {limit} of a code that scans well; "
        "shorten or mask the holder's name or the number",
        "con dấu xác thực sẽ dài {chars} ký tự, vượt {over} so với mức {limit} để quét được tốt; "
        "hãy rút gọn hoặc che bớt tên người được cấp hoặc số kết quả",
    ),
    "seal.key": (
        "error",
        "this key cannot make seals; a private ES256 key of the office is needed",
        "khóa này không tạo được con dấu xác thực; cần khóa bí mật ES256 của cơ quan",
    ),
    "seal.book": (
        "error",
        "the book of seals {path} cannot be used: {why}",
        "không dùng được sổ con dấu xác thực {path}: {why}",
    ),
    "seal.book-transition": (
        "error",
        "seal {index} is {state}; it cannot become {wanted}",
        "con dấu xác thực {index} đang ở trạng thái {state}; không thể chuyển sang {wanted}",
    ),
    "seal.book-unknown": (
        "error",
        "the book of seals {path} has no seal {index}",
        "sổ con dấu xác thực {path} không có con dấu {index}",
    ),
    # scanning
    "scan.unreadable": (
        "error",
        "the picture or document cannot be scanned: {why}",
        "không quét được ảnh hoặc văn bản: {why}",
    ),
    "scan.too-large": (
        "error",
        "{what} is above the limit for scanning ({limit})",
        "{what} vượt quá giới hạn quét ({limit})",
    ),
    "scan.nothing": (
        "error",
        "no QR code was found; scan it sharper or larger",
        "không tìm thấy mã QR; hãy quét rõ hơn hoặc lớn hơn",
    ),
    # results
    "result.official-missing": (
        "error",
        "the competent official has not signed this result yet, or that signature is not valid; "
        "the office may sign only after the official (Decree 30/2020, Article 32)",
        "kết quả chưa có chữ ký hợp lệ của người có thẩm quyền; cơ quan chỉ được ký số sau khi người có thẩm quyền "
        "đã ký (Điều 32 Nghị định 30/2020/NĐ-CP)",
    ),
    "result.wrong-signer": (
        "error",
        "the seal names another certificate for the {role}; use the key of {wanted}",
        "con dấu xác thực nêu một chứng thư khác cho {role}; hãy dùng khóa của {wanted}",
    ),
    "result.already-signed": (
        "error",
        "the {role} has signed this result already",
        "{role} đã ký kết quả này rồi",
    ),
    "result.not-a-result": (
        "error",
        "the document is not a prepared result: {why}",
        "văn bản chưa phải là kết quả đã chuẩn bị: {why}",
    ),
    "result.not-valid": (
        "error",
        "the signed result does not pass its own check, so its seal stays pending: {why}",
        "kết quả đã ký không qua được bước tự kiểm tra nên con dấu xác thực vẫn ở trạng thái chờ: {why}",
    ),
}
