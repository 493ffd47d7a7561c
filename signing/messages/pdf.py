"""Messages of the pdf room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    # making signatures, stamps and results
    "pdf.malformed": (
        "error",
        "the PDF is malformed: {why}; open it in its program and save it again",
        "tệp PDF sai cấu trúc: {why}; hãy mở bằng phần mềm tạo ra nó rồi lưu lại",
    ),
    "pdf.encrypted": (
        "error",
        "the PDF is encrypted; give its password with --password-file",
        "tệp PDF được mã hóa; hãy cung cấp mật khẩu bằng --password-file",
    ),
    "pdf.password": ("error", "the password of the PDF is wrong", "mật khẩu của tệp PDF không đúng"),
    "pdf.password-letters": (
        "error",
        "the password does not open the PDF: its old encryption knows Western letters alone, and the program that made it"
        " may have replaced the others; try the password as that program wrote it, or save the file with AES-256",
        "mật khẩu không mở được tệp PDF: kiểu mã hóa cũ của tệp chỉ nhận chữ cái Tây Âu, nên phần mềm tạo tệp có thể đã"
        " thay các chữ khác; hãy thử mật khẩu không dấu, hoặc lưu lại tệp với AES-256",
    ),
    "pdf.mac": (
        "error",
        "the encrypted PDF carries an authentication code that signing would break; save it without (ISO/TS 32004)",
        "tệp PDF mã hóa có mã chống sửa đổi (MAC) mà việc ký sẽ làm hỏng; hãy lưu lại không kèm mã này (ISO/TS 32004)",
    ),
    "pdf.certified": (
        "error",
        "the document is certified and allows no further signature (DocMDP level 1); ask its author for a copy that does",
        "tài liệu đã được chứng nhận và không cho ký thêm (DocMDP mức 1); hãy xin tác giả bản cho phép ký",
    ),
    "pdf.certified-new-field": (
        "error",
        "the document is certified: a visible signature needs a field that its author prepared; "
        "name one, or sign without a stamp",
        "tài liệu đã được chứng nhận: chữ ký có hình phải đặt vào ô do tác giả tạo sẵn; hãy chỉ ra ô đó hoặc ký không kèm hình",
    ),
    "pdf.field-locked": (
        "error",
        "an earlier signature locks the field {field}; sign in a field that it leaves open, if there is one",
        "chữ ký trước đã khóa ô {field}; hãy ký vào một ô mà chữ ký đó còn để mở, nếu có",
    ),
    "pdf.field-signed": (
        "error",
        "the field {field} is already signed; choose another",
        "ô {field} đã có chữ ký; hãy chọn ô khác",
    ),
    "pdf.field-name": (
        "error",
        "a new field cannot be named {field}: 1 to 200 printable characters without a full stop",
        "không thể đặt tên ô mới là {field}: cần 1 đến 200 ký tự in được, không có dấu chấm",
    ),
    "pdf.field-unusable": (
        "error",
        "the field {field} cannot be signed here: {why}; choose another",
        "không ký được vào ô {field}: {why}; hãy chọn ô khác",
    ),
    "pdf.certify-late": (
        "error",
        "only the first signature of a document can certify it, and this one is signed; sign without certifying",
        "chỉ chữ ký đầu tiên mới chứng nhận được tài liệu, mà tài liệu này đã có chữ ký; hãy ký không kèm chứng nhận",
    ),
    "pdf.certify-fields": (
        "error",
        "a document certified against all changes (DocMDP level 1) cannot hold fields for later signers; "
        "use level 2, or leave the fields out",
        "tài liệu chứng nhận không cho thay đổi (DocMDP mức 1) không thể có ô cho người ký sau; hãy dùng mức 2 hoặc bỏ các ô",
    ),
    "pdf.lock-unknown": (
        "error",
        "the lock names the field {field}, which the document does not have; correct the name",
        "khóa nêu tên ô {field} không có trong tài liệu; hãy sửa lại tên",
    ),
    "pdf.reason": (
        "error",
        "a PDF signature with a commitment type or a signature policy states no reason besides (EN 319 142-1); leave one out",
        "chữ ký PDF đã có loại cam kết hoặc chính sách chữ ký thì không ghi thêm lý do (EN 319 142-1); hãy bỏ một trong hai",
    ),
    "pdf.seed": (
        "error",
        "the author of the field {field} demands what this signature does not meet: {demand}; "
        "sign as demanded, or choose another field",
        "tác giả ô {field} đặt yêu cầu mà chữ ký này không đáp ứng: {demand}; hãy ký đúng yêu cầu hoặc chọn ô khác",
    ),
    "pdf.page": (
        "error",
        "the document has no page {page} (counted from 0)",
        "tài liệu không có trang {page} (đếm từ 0)",
    ),
    "pdf.reserve": (
        "error",
        "the signature needs more room than a PDF signature may have",
        "chữ ký cần nhiều chỗ hơn mức cho phép trong PDF",
    ),
    "pdf.unsigned": ("error", "the PDF holds no signature", "tệp PDF không có chữ ký"),
    "pdf.already-signed": (
        "error",
        "the PDF is already signed; the QR code and the fields must be put in before the first signature",
        "tệp PDF đã có chữ ký; phải chèn mã QR và các ô ký trước chữ ký đầu tiên",
    ),
    "pdf.field-exists": (
        "error",
        "the document already has a field named {field}",
        "tài liệu đã có ô tên {field}",
    ),
    "seal.qr-size": (
        "error",
        "the seal does not fit a QR code of {size} mm that a phone can read; make it larger",
        "nội dung con dấu xác thực không vừa mã QR {size} mm để điện thoại đọc được; hãy tăng kích thước",
    ),
    # checking
    "pdf.duplicate-key": (
        "error",
        "a dictionary at byte {offset} holds /{key} twice; viewers disagree on which one counts",
        "từ điển tại byte {offset} chứa /{key} hai lần; mỗi phần mềm hiểu một khác",
    ),
    "pdf.unopened": (
        "warning",
        "the PDF is encrypted and could not be opened, so changes after signing cannot be judged; give its password",
        "PDF được mã hóa và chưa mở được nên không xét được các thay đổi sau khi ký; hãy cung cấp mật khẩu",
    ),
    "pdf.unopened-recipients": (
        "warning",
        "the PDF is encrypted for the holders of certain certificates, whose keys are not used here, so changes after "
        "signing cannot be judged; have one of them save it without encryption",
        "PDF được mã hóa cho những người giữ chứng thư nhất định, không dùng khóa của họ ở đây nên không xét được "
        "các thay đổi sau khi ký; hãy nhờ một người trong số đó lưu bản không mã hóa",
    ),
    "pdf.byte-range": (
        "error",
        "the byte range of the signature is wrong: {why}",
        "vùng byte được ký (ByteRange) không đúng: {why}",
    ),
    "pdf.padding": (
        "warning",
        "in the room kept for the signature, bytes follow it that are no padding; nobody signed them and nothing shows them",
        "trong phần dành cho chữ ký, sau chữ ký còn dữ liệu không phải phần đệm; không ai ký và không gì hiển thị phần này",
    ),
    "pdf.signature-hidden": (
        "error",
        "the file holds a signature that its form does not show ({name}); it was removed or planted",
        "tệp chứa một chữ ký không xuất hiện trong biểu mẫu ({name}); chữ ký đã bị gỡ hoặc bị cài vào",
    ),
    "pdf.signature-twice": (
        "error",
        "one signature is used in several fields: {names}",
        "một chữ ký được dùng cho nhiều trường: {names}",
    ),
    "pdf.signature-missing": (
        "error",
        "the signature dictionary holds no signature",
        "từ điển chữ ký không chứa chữ ký nào",
    ),
    "pdf.trailing-bytes": (
        "error",
        "{count} bytes were added after the end of the signed document",
        "có {count} byte được thêm vào sau phần cuối của tài liệu đã ký",
    ),
    "pdf.rebuilt": (
        "warning",
        "viewers have to repair this file before they show it, each in its own way ({why}); "
        "what was changed after a signature cannot be told",
        "phần mềm đọc phải tự sửa tệp này mới hiển thị được, mỗi phần mềm một cách ({why}); "
        "không thể biết sau chữ ký có gì đã thay đổi",
    ),
    "pdf.xref": (
        "error",
        "the cross-reference table of revision {revision} would have to be repaired: {why}",
        "bảng tham chiếu của bản sửa đổi {revision} phải sửa mới đọc được: {why}",
    ),
    "pdf.stray-bytes": (
        "error",
        "bytes at {offset}, added after a signature, belong to no object of their revision",
        "dữ liệu tại byte {offset}, thêm sau khi ký, không thuộc đối tượng nào của bản sửa đổi",
    ),
    "pdf.changed-after": (
        "error",
        "the document was changed after this signature in a way that no signature allows",
        "tài liệu đã bị thay đổi sau chữ ký này theo cách không được phép",
    ),
    "pdf.changes-unknown": (
        "warning",
        "what was changed after this signature could not be found out",
        "không xác định được những gì đã thay đổi sau chữ ký này",
    ),
    "pdf.changed-permitted": (
        "info",
        "later revisions only added what is allowed: {kinds}",
        "các bản sửa đổi sau chỉ thêm nội dung được phép: {kinds}",
    ),
    "pdf.visible-after": (
        "warning",
        "a visible signature field was added after this signature; look whether it covers anything",
        "một ô chữ ký nhìn thấy được đã được thêm sau chữ ký này; hãy xem nó có che nội dung nào không",
    ),
    "pdf.field-filled": (
        "warning",
        "revision {revision} filled in the field {name} after this signature, as the document's author lets people do",
        "bản sửa đổi {revision} đã điền ô {name} sau chữ ký này, trong phạm vi tác giả tài liệu cho phép",
    ),
    "pdf.field-unread": (
        "warning",
        "whether the field {name}, filled in by revision {revision}, shows only its value could not be read; look at it",
        "không đọc được ô {name} (điền ở bản sửa đổi {revision}) có chỉ hiện đúng giá trị của nó không; hãy xem trực tiếp",
    ),
    "pdf.remark-added": (
        "warning",
        "revision {revision} added a remark on page {page} after this signature, as the document's author lets people do",
        "bản sửa đổi {revision} đã thêm ghi chú ở trang {page} sau chữ ký này, trong phạm vi tác giả tài liệu cho phép",
    ),
    "pdf.remark-shows": (
        "warning",
        "the remark that revision {revision} added on page {page} draws something; look whether it hides anything",
        "ghi chú mà bản sửa đổi {revision} thêm ở trang {page} có hình vẽ riêng; hãy xem nó có che nội dung nào không",
    ),
    "pdf.change-page": (
        "error",
        "revision {revision} changed page {page} (/{key}): what was signed is not what is shown now (shadow or "
        "incremental saving attack)",
        "bản sửa đổi {revision} đã thay đổi trang {page} (/{key}): nội dung hiển thị không còn là nội dung đã ký",
    ),
    "pdf.change-content": (
        "error",
        "revision {revision} replaced what was signed: {what} (shadow attack: replace)",
        "bản sửa đổi {revision} đã thay thế nội dung đã ký: {what}",
    ),
    "pdf.change-annotation": (
        "error",
        "revision {revision} added, changed or removed an annotation on page {page} (it may hide what was signed)",
        "bản sửa đổi {revision} đã thêm, sửa hoặc xóa một chú thích ở trang {page} (có thể che nội dung đã ký)",
    ),
    "pdf.change-form": (
        "error",
        "revision {revision} changed the form: {name}",
        "bản sửa đổi {revision} đã thay đổi biểu mẫu: {name}",
    ),
    "pdf.change-signature": (
        "error",
        "revision {revision} changed an existing signature or its field",
        "bản sửa đổi {revision} đã thay đổi một chữ ký có sẵn hoặc ô của chữ ký đó",
    ),
    "pdf.change-catalog": (
        "error",
        "revision {revision} changed the document's /{key}",
        "bản sửa đổi {revision} đã thay đổi /{key} của tài liệu",
    ),
    "pdf.change-metadata": (
        "error",
        "revision {revision} changed what the document says about itself: {key}",
        "bản sửa đổi {revision} đã thay đổi thông tin mô tả tài liệu: {key}",
    ),
    "pdf.change-object": (
        "error",
        "revision {revision} replaced what was signed: {what}",
        "bản sửa đổi {revision} đã thay thế phần đã ký: {what}",
    ),
    "pdf.change-removed": (
        "error",
        "revision {revision} removed what was signed: {what} (shadow attack: hide)",
        "bản sửa đổi {revision} đã gỡ bỏ phần đã ký: {what}",
    ),
    "pdf.change-surfacing": (
        "error",
        "revision {revision} filled {what}, to which the signed document already pointed (shadow attack: hide and replace)",
        "bản sửa đổi {revision} đã đưa vào {what} mà tài liệu đã ký trỏ tới sẵn (chuẩn bị trước để tráo nội dung)",
    ),
    "pdf.change-locked": (
        "error",
        "a later signature uses what this signature had locked: {what}",
        "chữ ký sau đã dùng phần mà chữ ký này đã khóa: {what}",
    ),
    "pdf.metadata-changed": (
        "info",
        "revision {revision} updated dates or tool names in the metadata",
        "bản sửa đổi {revision} đã cập nhật ngày tháng hoặc tên phần mềm trong siêu dữ liệu",
    ),
    "pdf.usage-rights": (
        "info",
        "the file carries usage rights of a reader program; they are no signature of a person",
        "tệp có quyền sử dụng dành cho phần mềm đọc; đó không phải chữ ký của người nào",
    ),
    "pdf.not-baseline": (
        "warning",
        "not a PAdES baseline signature: {why}",
        "không phải chữ ký PAdES mức cơ bản: {why}",
    ),
}
