"""Messages of the container room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    # the zip itself
    "asice.malformed": (
        "error",
        "the container is malformed: {why}",
        "tệp chứa hồ sơ sai cấu trúc: {why}",
    ),
    "asice.mimetype": (
        "error",
        "the container does not begin with the stored entry 'mimetype' of an ASiC-E container",
        "tệp không bắt đầu bằng mục 'mimetype' (không nén) của định dạng ASiC-E",
    ),
    "asice.other-format": (
        "error",
        "the container says that it is of another format, '{format}', whose own rules are not checked here",
        "tệp tự ghi là thuộc định dạng khác, '{format}', có quy định riêng không được kiểm tra ở đây",
    ),
    "asice.name": (
        "error",
        "the container holds an entry with a forbidden name '{name}': {why}; do not unpack it",
        "tệp chứa mục có tên không được phép '{name}': {why}; không nên giải nén",
    ),
    "asice.name-unusual": (
        "warning",
        "the name of the entry '{name}' is unusual, so that some systems change or refuse it: {why}",
        "tên của mục '{name}' khác thường nên một số hệ thống sẽ đổi hoặc không nhận: {why}",
    ),
    "asice.duplicate": (
        "error",
        "the container holds two entries that are one name to some systems: '{name}'",
        "tệp chứa hai mục trùng tên trên một số hệ thống: '{name}'",
    ),
    "asice.encrypted": ("error", "the entry '{name}' is encrypted", "mục '{name}' bị mã hóa"),
    "asice.link": (
        "error",
        "the entry '{name}' is a link or a special file; do not unpack it",
        "mục '{name}' là liên kết hoặc tệp đặc biệt; không nên giải nén",
    ),
    "asice.compression": (
        "error",
        "the entry '{name}' uses a compression other than stored or deflate",
        "mục '{name}' dùng cách nén không được hỗ trợ",
    ),
    "asice.header": (
        "error",
        "the entry '{name}' is described differently in two places of the container: {why}",
        "mục '{name}' được mô tả khác nhau ở hai nơi trong tệp: {why}",
    ),
    "asice.gap": (
        "error",
        "the container holds bytes that belong to no entry ({why})",
        "tệp chứa dữ liệu không thuộc mục nào ({why})",
    ),
    "asice.overlap": ("error", "the entry '{name}' overlaps another one", "mục '{name}' chồng lên mục khác"),
    "asice.zip64": (
        "error",
        "the container uses zip64 structures, which containers below 4 GB do not need",
        "tệp dùng cấu trúc zip64, không cần thiết với tệp dưới 4 GB",
    ),
    "asice.content": (
        "error",
        "the content of '{name}' does not have the stated size or checksum",
        "nội dung của '{name}' không đúng kích thước hoặc mã kiểm đã ghi",
    ),
    "asice.too-large": (
        "error",
        "{what} is larger than the limit of {limit} bytes",
        "{what} vượt quá giới hạn {limit} byte",
    ),
    "asice.too-many": (
        "error",
        "{what} holds more than {limit} entries",
        "{what} có nhiều hơn {limit} mục",
    ),
    "asice.ratio": (
        "error",
        "the entry '{name}' would unpack to more than {limit} times its size",
        "mục '{name}' khi giải nén lớn hơn {limit} lần kích thước",
    ),
    # manifests
    "asice.xml": ("error", "{name} is not acceptable XML: {why}", "{name} không phải XML hợp lệ: {why}"),
    "asice.manifest": ("error", "the manifest {name} is malformed: {why}", "bảng kê {name} sai cấu trúc: {why}"),
    "asice.reference-missing": (
        "error",
        "'{name}' is listed in {manifest} but is not in the container",
        "'{name}' có trong bảng kê {manifest} nhưng không có trong tệp",
    ),
    "asice.reference-digest": (
        "error",
        "'{name}' was changed after {manifest} was signed",
        "'{name}' đã bị thay đổi sau khi ký {manifest}",
    ),
    "asice.reference-algorithm": (
        "error",
        "{manifest} lists '{name}' with a digest that is not accepted",
        "{manifest} ghi '{name}' bằng thuật toán băm không được chấp nhận",
    ),
    "asice.payload": (
        "error",
        "the container holds no file outside META-INF that could have been signed",
        "tệp không có tài liệu nào ngoài META-INF để ký",
    ),
    "asice.uncovered": (
        "error",
        "'{name}' is in the container but no signature covers it",
        "'{name}' có trong tệp nhưng không chữ ký nào bao phủ",
    ),
    "asice.signature-missing": (
        "error",
        "{manifest} names the signature {name}, which is not in the container",
        "{manifest} chỉ tới chữ ký {name} nhưng tệp không có chữ ký này",
    ),
    "asice.manifest-missing": (
        "error",
        "the signature {name} has no manifest that says what it signs",
        "chữ ký {name} không có bảng kê cho biết ký nội dung nào",
    ),
}
