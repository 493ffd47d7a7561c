"""Reasons that complete a sentence of the container and dossier rooms, in English and Vietnamese."""

from __future__ import annotations

# key → (English, Vietnamese); they stand for {why} and {why_vi}
REASONS: dict[str, tuple[str, str]] = {
    "no-statement": ("its statement is not there", "thiếu nội dung bước"),
    "no-proof": ("its step proof is not there", "thiếu bằng chứng xác thực"),
    "no-manifest": ("its manifest is not there", "thiếu bảng kê"),
    "no-signature": ("its signature is not there", "thiếu chữ ký"),
    "two-statements": ("it has more than one statement", "có nhiều hơn một nội dung bước"),
    "number": ("its statement has the number {got}", "nội dung bước ghi số thứ tự {got}"),
    "event": ("its statement says '{got}', its file name '{wanted}'", "nội dung ghi '{got}', tên tệp ghi '{wanted}'"),
    "record": ("dossier.json is not the one that was signed", "dossier.json không phải bản đã ký"),
    "papers": (
        "{name} is not both in the list of dossier.json and in the step",
        "{name} không có đồng thời trong danh mục của dossier.json và trong nội dung bước",
    ),
    "first-previous": ("the first step names a step before it", "bước đầu tiên lại ghi có bước trước"),
    "no-previous": ("it names no step before it", "không ghi bước trước"),
    "previous-number": ("it names step {got} as the one before", "ghi bước trước là bước {got}"),
    "previous-statement": ("the statement before it is another one", "nội dung của bước trước không khớp"),
    "previous-signature": ("the signature before it is another one", "chữ ký của bước trước không khớp"),
    "previous-timestamp": ("the timestamp before it is another one", "dấu thời gian của bước trước không khớp"),
    "register": ("it names another register", "ghi một sổ đăng ký khác"),
    "receipt": ("its receipt is not for the step before", "biên nhận không phải của bước trước"),
    "wrong-signature-file": ("its manifest is for {got}", "bảng kê dành cho {got}"),
    "root": ("its manifest does not mark the statement as root", "bảng kê không đánh dấu nội dung bước là tệp gốc"),
    "not-sha256": ("{name} is not listed with SHA-256", "{name} không được ghi bằng SHA-256"),
    "not-listed": ("{name} is not listed", "{name} không có trong bảng kê"),
    "not-stated": (
        "{name} is listed but no statement brings it in",
        "{name} có trong bảng kê nhưng không bước nào đưa vào",
    ),
    "stated-digest": ("{name} differs from what the statement says", "{name} khác với nội dung bước đã ghi"),
    "stated-again": ("{name} was brought in before", "{name} đã được đưa vào trước đó"),
    "not-entitled": (
        "the signature '{name}' was made when its holder had no such role",
        "chữ ký '{name}' được tạo khi người ký không có vai trò đó",
    ),
    "changed-digest": ("{name} is not what the step before listed", "{name} khác với bảng kê của bước trước"),
    "content": (
        "it says or brings in what its step may not: {detail}",
        "nội dung hoặc tệp kèm theo không được phép: {detail}",
    ),
    "no-official": (
        "its first signature is not that of the official who signs the step",
        "chữ ký đầu tiên không phải của người ký bước này",
    ),
    "no-office": ("no signature of the office follows", "chưa có chữ ký của cơ quan theo sau"),
    "not-intact": ("the signature '{name}' does not hold", "chữ ký '{name}' không hợp lệ"),
    "no-clerk": (
        "no one holds the office's key according to the roles",
        "dữ liệu vai trò không có người giữ khóa của cơ quan",
    ),
    # containers, manifests and records
    "zip-absolute": ("not a relative path", "không phải đường dẫn tương đối"),
    "zip-utf8": ("not UTF-8", "không phải UTF-8"),
    "xml-doctype": ("a document type is not allowed", "không được có khai báo kiểu tài liệu"),
    "xml-form": ("not well-formed", "sai cú pháp XML"),
    "xml-comment": ("comments and instructions are not allowed", "không được có chú thích hoặc chỉ thị"),
    "manifest-root": ("not an ASiCManifest with a reference", "không phải ASiCManifest có tham chiếu"),
    "manifest-signature": ("no SigReference", "thiếu SigReference"),
    "manifest-twice": ("a file is listed twice", "một tệp được ghi hai lần"),
    "manifest-element": ("an unexpected element", "có phần tử không mong đợi"),
    "manifest-base64": ("a digest is not Base64", "giá trị băm không phải Base64"),
    "manifest-reference": ("a damaged reference", "tham chiếu bị hỏng"),
    "zip-header-cut": ("a header is cut off", "phần đầu của một mục bị cắt"),
    "zip-no-end": ("no end record of a zip archive", "không có bản ghi kết thúc của tệp zip"),
    "zip-disks": ("several disks, or a comment", "chia nhiều đĩa hoặc có chú thích"),
    "zip-directory": ("a central directory header is damaged", "danh mục của tệp bị hỏng"),
    "zip-directory-cut": ("the central directory is cut off", "danh mục của tệp bị cắt"),
    "zip-entry-disk": ("an entry on another disk, or with a comment", "có mục ở đĩa khác hoặc có chú thích"),
    "zip-not-utf8": ("not marked and encoded as UTF-8", "không được đánh dấu và mã hóa UTF-8"),
    "zip-second-name": ("a second name", "có tên thứ hai"),
    "zip-extra": ("a damaged extra field", "trường mở rộng bị hỏng"),
    "zip-sizes": ("a stored entry with two sizes", "mục không nén lại có hai kích thước"),
    "zip-no-local": ("no local header", "thiếu phần đầu của mục"),
    "zip-name": ("another name", "tên khác nhau"),
    "zip-flags": ("other flags or compression", "cờ hoặc cách nén khác nhau"),
    "zip-checksum": ("another size or checksum", "kích thước hoặc mã kiểm khác nhau"),
    "zip-descriptor": ("its data descriptor differs", "phần mô tả dữ liệu khác nhau"),
    "json-kind": ("not JSON of whole numbers and text", "không phải JSON chỉ gồm số nguyên và văn bản"),
    "json-canonical": ("not one object in canonical form", "không phải một đối tượng ở dạng chuẩn tắc"),
    "json-object": ("an object is missing", "thiếu một đối tượng"),
    "code-parts": ("an agency code, a date and a number are needed", "cần mã cơ quan, ngày và số thứ tự"),
    "missing": ("it is missing", "không có trong tệp"),
    "not-a-proof": ("not a step proof", "không phải bằng chứng xác thực"),
    "not-a-draft": ("not a draft of this version", "không phải bản nháp của phiên bản này"),
    "member": ("the member '{member}'", "thành phần '{member}'"),
    "code-date": ("{day} is not a date", "{day} không phải ngày"),
    "office-length": ("an agency code has at most {most} characters", "mã cơ quan dài nhất {most} ký tự"),
    "office-form": (
        "{office} is in none of the known forms of agency codes",
        "{office} không theo dạng mã cơ quan nào đã biết",
    ),
    "date-digits": ("the date has eight digits", "ngày được ghi bằng tám chữ số"),
    "name-length": ("empty or longer than {most} bytes", "trống hoặc dài hơn {most} byte"),
    "name-absolute": ("a backslash or an absolute path", "có dấu gạch chéo ngược hoặc là đường dẫn tuyệt đối"),
    "name-segment": (
        "an empty, relative or blank-edged path segment",
        "có phần đường dẫn trống, tương đối hoặc có dấu cách ở đầu, cuối",
    ),
    "name-character": (
        "a control, invisible or reserved character",
        "có ký tự điều khiển, ký tự ẩn hoặc ký tự dành riêng",
    ),
    "name-nfc": ("not in Unicode normal form C", "không ở dạng chuẩn Unicode C"),
}


def why(reason: str, **details: object) -> dict[str, str]:
    """`why` and `why_vi` for a finding or an error. An unknown reason is our own mistake: `KeyError`."""
    english, vietnamese = REASONS[reason]
    return {"why": english.format(**details), "why_vi": vietnamese.format(**details)}
