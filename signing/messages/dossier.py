"""Messages of the dossier room and its register: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    # codes
    "dossier.code": (
        "error",
        "'{got}' is not a dossier code such as H26.19-261121-0001: {why}",
        "'{got}' không phải mã số hồ sơ (ví dụ H26.19-261121-0001): {why}",
    ),
    "dossier.code-style": (
        "warning",
        "the dossier code '{got}' is unusual: {why}",
        "mã số hồ sơ '{got}' khác thường: {why}",
    ),
    # taking a step
    "dossier.order": (
        "error",
        "'{step}' with the decision '{decision}' cannot follow: the dossier is in the state '{state}', where these may: {choices}",
        "không thể thực hiện bước '{step}' với quyết định '{decision}': hồ sơ đang ở trạng thái '{state}', chỉ có thể: {choices}",
    ),
    "dossier.decision-needed": (
        "error",
        "the step '{step}' needs a decision; one of: {choices}",
        "bước '{step}' cần một quyết định, chọn trong: {choices}",
    ),
    "dossier.note-needed": (
        "error",
        "'{event}' needs a note that tells the reason",
        "'{event}' cần ghi rõ lý do",
    ),
    "dossier.files-needed": (
        "error",
        "'{event}' needs at least one file under {folder}",
        "'{event}' cần ít nhất một tệp trong {folder}",
    ),
    "dossier.files-forbidden": (
        "error",
        "'{event}' may not add '{name}'; only files under: {folders}",
        "'{event}' không được thêm '{name}'; chỉ được thêm tệp trong: {folders}",
    ),
    "dossier.file-exists": (
        "error",
        "'{name}' is in the dossier already; files of a dossier never change, choose another name",
        "'{name}' đã có trong hồ sơ; tệp trong hồ sơ không được thay đổi, hãy chọn tên khác",
    ),
    "dossier.closed-to-files": (
        "error",
        "step 1 has been signed; give further files to the step that brings them in",
        "bước 1 đã ký; hãy đưa tệp mới vào cùng bước bổ sung tệp đó",
    ),
    "dossier.trust-needed": (
        "error",
        "a step can only be taken with a trust folder: it says who may take which step (--trust DIR)",
        "cần thư mục tin cậy để biết ai được thực hiện bước nào (--trust DIR)",
    ),
    "dossier.moved-on": (
        "error",
        "the dossier was changed since this step was prepared; prepare the step again",
        "hồ sơ đã thay đổi sau khi chuẩn bị bước này; hãy chuẩn bị lại",
    ),
    "dossier.register-needed": (
        "error",
        "the steps of this dossier are entered in the register {got}; give it (--register URL)",
        "các bước của hồ sơ được ghi trong sổ đăng ký {got}; hãy chỉ ra sổ đó (--register URL)",
    ),
    "dossier.not-sound": (
        "error",
        "the dossier does not hold, so no further step may be signed: {why}",
        "hồ sơ không hợp lệ nên không được ký bước tiếp theo: {why}",
    ),
    "dossier.draft-malformed": (
        "error",
        "the saved draft is malformed: {why}",
        "bản nháp của bước sai cấu trúc: {why}",
    ),
    # who
    "dossier.proof": (
        "error",
        "the step proof of step {seq} does not hold: {why}",
        "bằng chứng xác thực của bước {seq} không hợp lệ: {why}",
    ),
    "dossier.proof-untrusted": (
        "warning",
        "no identity issuer is trusted, so who took step {seq} cannot be checked",
        "chưa có nơi cấp danh tính tin cậy nên không kiểm tra được người thực hiện bước {seq}",
    ),
    "dossier.proof-time": (
        "warning",
        "step {seq} has no trusted timestamp, so its step proof cannot be checked as of its time",
        "bước {seq} không có dấu thời gian tin cậy nên không kiểm tra được bằng chứng xác thực tại thời điểm đó",
    ),
    "dossier.role": (
        "error",
        "the certificate that signed step {seq} was not entitled to '{step}' at office {office} as '{role}'",
        "chứng thư ký bước {seq} không có thẩm quyền '{step}' tại {office} với vai trò '{role}'",
    ),
    "dossier.role-unknown": (
        "warning",
        "no roles are known, so whether step {seq} was taken by an entitled person cannot be checked",
        "chưa có dữ liệu vai trò nên không kiểm tra được thẩm quyền ở bước {seq}",
    ),
    # results
    "dossier.result-unsigned": (
        "error",
        "the result '{name}' is not signed by the official who takes the sign step and then by the office: {why}",
        "kết quả '{name}' chưa được người có thẩm quyền rồi đến cơ quan ký: {why}",
    ),
    "dossier.result-other": (
        "error",
        "the seal in the result '{name}' is for another dossier or office ({got})",
        "con dấu trong kết quả '{name}' thuộc hồ sơ hoặc cơ quan khác ({got})",
    ),
    # the file
    "dossier.record-malformed": (
        "error",
        "'{name}' is not a proper record of a dossier: {why}",
        "'{name}' sai cấu trúc của một hồ sơ: {why}",
    ),
    "dossier.stray-file": (
        "error",
        "'{name}' has no place in a dossier",
        "'{name}' không thuộc thành phần nào của hồ sơ",
    ),
    "dossier.step-missing": (
        "error",
        "step {seq} is missing or incomplete: {why}",
        "bước {seq} bị thiếu hoặc không đầy đủ: {why}",
    ),
    "dossier.step-mismatch": (
        "error",
        "step {seq} does not fit its place: {why}",
        "bước {seq} không đúng vị trí: {why}",
    ),
    "dossier.other-dossier": (
        "error",
        "step {seq} was made for another dossier ({got})",
        "bước {seq} được ký cho hồ sơ khác ({got})",
    ),
    "dossier.other-office": (
        "warning",
        "step {seq} was taken at the office {got}; the dossier is of {office}",
        "bước {seq} do cơ quan {got} thực hiện; hồ sơ thuộc {office}",
    ),
    "dossier.chain": (
        "error",
        "step {seq} does not continue step {before}: {why}",
        "bước {seq} không nối tiếp bước {before}: {why}",
    ),
    "dossier.order-broken": (
        "error",
        "step {seq} ('{step}', decision '{decision}') may not follow the state '{state}'",
        "bước {seq} ('{step}', quyết định '{decision}') không được thực hiện ở trạng thái '{state}'",
    ),
    "dossier.manifest-mismatch": (
        "error",
        "the files that step {seq} signed are not those of its statement: {why}",
        "các tệp được ký ở bước {seq} không khớp với nội dung bước: {why}",
    ),
    "dossier.uncovered": (
        "error",
        "'{name}' was put into the dossier after its last signed step",
        "'{name}' được đưa vào hồ sơ sau bước ký cuối cùng",
    ),
    "dossier.not-registered": (
        "error",
        "step {seq} is not in the register",
        "bước {seq} không có trong sổ đăng ký",
    ),
    "dossier.forked": (
        "error",
        "the register holds another step {seq} of this dossier: this file is a fork",
        "sổ đăng ký ghi một bước {seq} khác của hồ sơ này: tệp này là bản rẽ nhánh",
    ),
    "dossier.truncated": (
        "error",
        "the file ends with step {have}, but step {known} was taken: later steps were cut off",
        "tệp kết thúc ở bước {have} nhưng bước {known} đã được thực hiện: các bước sau bị cắt bỏ",
    ),
    "dossier.head-unproven": (
        "warning",
        "valid up to step {seq}; without the register, later steps cannot be excluded",
        "hợp lệ đến bước {seq}; không có sổ đăng ký nên không loại trừ còn bước sau",
    ),
    "dossier.register-unavailable": (
        "warning",
        "the register did not answer, so whether step {seq} is the last cannot be said",
        "sổ đăng ký không trả lời nên chưa thể kết luận bước {seq} là bước cuối",
    ),
    "dossier.register-broken": (
        "warning",
        "entries of the register were changed or removed, so whether step {seq} is the last cannot be said",
        "sổ đăng ký có mục bị sửa hoặc bị xóa nên chưa thể kết luận bước {seq} là bước cuối",
    ),
    "dossier.invalid": (
        "error",
        "the dossier is not valid: {why}",
        "hồ sơ không hợp lệ: {why}",
    ),
    "dossier.indeterminate": (
        "error",
        "the dossier could not be judged: {why}",
        "chưa thể kết luận về hồ sơ: {why}",
    ),
    # the register
    "register.url": (
        "error",
        "a register is the path of an SQLite file or a URL sqlite:///… or postgresql+psycopg://…",
        "sổ đăng ký phải là đường dẫn tệp SQLite hoặc URL sqlite:///… hay postgresql+psycopg://…",
    ),
    "register.not-found": ("error", "there is no register at {path}", "không có sổ đăng ký tại {path}"),
    "register.unavailable": (
        "error",
        "the register's database does not answer ({why})",
        "cơ sở dữ liệu sổ đăng ký không trả lời ({why})",
    ),
    "register.newer": (
        "error",
        "the register has schema version {version}, this program knows {known}; update the program",
        "sổ đăng ký có phiên bản {version}, chương trình chỉ hỗ trợ {known}; hãy cập nhật chương trình",
    ),
    "register.taken": (
        "error",
        "step {seq} of {dossier} was already taken by someone else; open the dossier again",
        "bước {seq} của hồ sơ {dossier} đã có người thực hiện; hãy mở lại hồ sơ",
    ),
    "register.order": (
        "error",
        "step {seq} of {dossier} does not continue what the register holds; this file is old or a fork",
        "bước {seq} của hồ sơ {dossier} không nối tiếp sổ đăng ký; tệp này đã cũ hoặc là bản rẽ nhánh",
    ),
    "register.receipt-malformed": (
        "error",
        "this is not a receipt of a register",
        "đây không phải biên nhận của sổ đăng ký",
    ),
    "register.broken": (
        "error",
        "the register does not hold ({count} findings): {why}",
        "sổ đăng ký không toàn vẹn ({count} lỗi): {why}",
    ),
    "register.changed": (
        "error",
        "entry {number} of the register was changed after it was made",
        "mục {number} của sổ đăng ký đã bị sửa",
    ),
    "register.missing": (
        "error",
        "entry {number} of the register was removed",
        "mục {number} của sổ đăng ký đã bị xóa",
    ),
    "register.head": (
        "error",
        "the register's chain does not end with entry {number}, as its head says",
        "chuỗi của sổ đăng ký không kết thúc ở mục {number} như đã ghi",
    ),
    "register.cut": (
        "error",
        "the register ends with entry {number}, but there is a {what}: later entries were cut off",
        "sổ đăng ký kết thúc ở mục {number} nhưng có {what}: các mục sau đã bị cắt bỏ",
    ),
    "register.rewritten": (
        "error",
        "entry {number} of the register is not the one of the {what}: the register was rewritten",
        "mục {number} của sổ đăng ký không khớp với {what}: sổ đã bị viết lại",
    ),
    "register.other": (
        "error",
        "the receipt is from another register ({got})",
        "biên nhận thuộc sổ đăng ký khác ({got})",
    ),
}
