"""Sentences about accounts, their grounds and their history, and about the registry that keeps them."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # who may hold what
    "level.too-young": (
        "a person under {age} years has no account with a level of their own ({law}); act through the guardian's account",
        "người dưới {age} tuổi chưa được cấp tài khoản có mức độ riêng ({law}); thực hiện qua tài khoản người giám hộ",
    ),
    # accounts
    "account.unknown": ("there is no such account here", "không có tài khoản này tại đây"),
    "account.malformed": ("the account's data is not usable: {why}", "dữ liệu tài khoản không dùng được: {why}"),
    "account.number-used": (
        "this number belongs, or once belonged, to another account; numbers are never given to a second one",
        "số này đang hoặc đã từng thuộc một tài khoản khác; số định danh không được cấp lại cho tài khoản thứ hai",
    ),
    "account.locked": (
        "the account is locked ({grounds}); it must be unlocked first",
        "tài khoản đang bị khóa ({grounds}); cần mở khóa trước",
    ),
    "account.cancelled": (
        "the account was cancelled; nothing more can be done with it",
        "tài khoản đã bị hủy; không thể thực hiện thao tác này",
    ),
    "account.not-cancelled": (
        "only a cancelled account can be purged; cancel it first",
        "chỉ xóa dữ liệu của tài khoản đã hủy; hãy hủy tài khoản trước",
    ),
    "account.purged": (
        "the account's personal data was erased",
        "dữ liệu cá nhân của tài khoản đã được xóa",
    ),
    "account.retention": (
        "the account's data must be kept until {day} ({law}); purge it after that day",
        "dữ liệu của tài khoản phải được lưu đến ngày {day} ({law}); chỉ được xóa sau ngày đó",
    ),
    "account.ground": (
        "'{ground}' is no ground to {act} this account ({law}); known are {known}",
        "'{ground}' không phải là căn cứ để {act} tài khoản này ({law}); các căn cứ hợp lệ: {known}",
    ),
    "account.asker": (
        "'{by}' may not ask to {act} the account on the ground '{ground}' ({law}); this may {known}",
        "'{by}' không có quyền yêu cầu {act} tài khoản theo căn cứ '{ground}' ({law}); có quyền: {known}",
    ),
    "account.final": (
        "an account locked on the ground '{ground}' is never unlocked ({law})",
        "tài khoản bị khóa theo căn cứ '{ground}' không được mở lại ({law})",
    ),
    "account.not-locked": (
        "the account is not locked on the ground '{ground}'",
        "tài khoản không bị khóa theo căn cứ '{ground}'",
    ),
    "account.locked-already": (
        "the account is already locked on the ground '{ground}'",
        "tài khoản đã bị khóa theo căn cứ '{ground}'",
    ),
    "account.no-rule": (
        "no rule for accounts was in force on {day}",
        "không có quy định về tài khoản nào có hiệu lực vào ngày {day}",
    ),
    "account.level": (
        "the account is already at {level}; renew its evidence instead",
        "tài khoản đã ở {level}; hãy cập nhật căn cứ xác minh thay cho nâng mức",
    ),
    "account.no-level": (
        "an organisation's account has no level",
        "tài khoản của cơ quan, tổ chức không phân mức độ",
    ),
    "account.other-person": (
        "the account that was named is not this person's; name none, so that the person's own is found by the number",
        "tài khoản được nêu không phải của công dân này; hãy để trống để hệ thống tìm tài khoản theo số định danh",
    ),
    "account.holder": (
        "this would make the account another holder's: {why}",
        "thay đổi này sẽ chuyển tài khoản sang chủ thể khác: {why}",
    ),
    "account.representative-needed": (
        "this account needs a {kind} with an account of its own at {level} ({law})",
        "tài khoản này cần có người đại diện ({kind}) đã có tài khoản {level} ({law})",
    ),
    "account.representative": (
        "the representative's account must be active and at {level}",
        "tài khoản của người đại diện phải đang hoạt động và ở {level}",
    ),
    "account.not-representative": (
        "that account does not act for this one now",
        "tài khoản đó hiện không đại diện cho tài khoản này",
    ),
    "account.represents-already": (
        "that account acts for this one already",
        "tài khoản đó đã là người đại diện của tài khoản này",
    ),
    "account.no-consent": (
        "no consent for this recipient is recorded",
        "chưa ghi nhận sự đồng ý nào cho bên nhận này",
    ),
    "account.too-many": (
        "the account holds more {what} than {limit}; end some first",
        "tài khoản có quá {limit} {what}; hãy kết thúc bớt trước",
    ),
    # history and checkpoints
    "history.broken": (
        "the history does not hold ({count} findings); the first: {why}",
        "lịch sử không còn nguyên vẹn ({count} phát hiện); đầu tiên: {why}",
    ),
    "history.row-missing": (
        "account {account}: row {seq} of its history is missing",
        "tài khoản {account}: thiếu dòng {seq} trong lịch sử",
    ),
    "history.row-changed": (
        "account {account}: row {seq} of its history was changed",
        "tài khoản {account}: dòng {seq} trong lịch sử đã bị sửa",
    ),
    "history.act": (
        "account {account}: row {seq} of its history cannot follow those before it",
        "tài khoản {account}: dòng {seq} trong lịch sử không thể nối tiếp các dòng trước",
    ),
    "history.head": (
        "account {account}: its history ends at row {seq}, another end was recorded",
        "tài khoản {account}: lịch sử kết thúc ở dòng {seq}, khác với điểm cuối đã ghi",
    ),
    "history.state": (
        "account {account}: '{field}' is not what its history says",
        "tài khoản {account}: '{field}' không khớp với lịch sử",
    ),
    "history.personal-missing": (
        "account {account}: the personal data of row {seq} is missing and was not purged",
        "tài khoản {account}: thiếu dữ liệu cá nhân của dòng {seq} dù chưa được xóa theo quy định",
    ),
    "history.personal-changed": (
        "account {account}: the personal data of row {seq} is not what the history commits to",
        "tài khoản {account}: dữ liệu cá nhân của dòng {seq} không khớp với cam kết trong lịch sử",
    ),
    "history.personal-left": (
        "account {account}: personal data of row {seq} is there although it was purged",
        "tài khoản {account}: dữ liệu cá nhân của dòng {seq} vẫn còn dù đã xóa theo quy định",
    ),
    "history.account-missing": (
        "account {account}: its row was removed, its history is there",
        "tài khoản {account}: dòng tài khoản đã bị xóa trong khi lịch sử vẫn còn",
    ),
    "history.number": (
        "account {account}: its number does not lead to it",
        "tài khoản {account}: số định danh không dẫn đến tài khoản này",
    ),
    "history.tokens": (
        "account {account}: its tokens are not treated as its history says; revoke them, or lock the account again",
        "tài khoản {account}: các token không được xử lý đúng theo lịch sử; hãy thu hồi token hoặc khóa lại tài khoản",
    ),
    "checkpoint.other": (
        "checkpoint {number} belongs to another registry",
        "điểm kiểm tra {number} thuộc một sổ đăng ký khác",
    ),
    "checkpoint.untrusted": (
        "a checkpoint is not signed by a key that is trusted here: {why}",
        "có điểm kiểm tra không được ký bằng khóa đáng tin cậy tại đây: {why}",
    ),
    "checkpoint.accounts": (
        "checkpoint {number} counted {wanted} accounts, the registry then had {found}: accounts were removed or added",
        "điểm kiểm tra {number} ghi nhận {wanted} tài khoản, sổ đăng ký khi đó có {found}: đã có tài khoản bị xóa hoặc thêm",
    ),
    "checkpoint.history": (
        "the history before checkpoint {number} is not what was signed: rows were cut, or a chain was made anew",
        "lịch sử trước điểm kiểm tra {number} khác với nội dung đã ký: có dòng bị cắt hoặc chuỗi bị tạo lại",
    ),
    # the registry
    "registry.url": (
        "the registry is a path of an SQLite file, sqlite:///… or postgresql+psycopg://…",
        "sổ đăng ký là đường dẫn tệp SQLite, sqlite:///… hoặc postgresql+psycopg://…",
    ),
    "registry.not-found": ("there is no registry at {path}", "không có sổ đăng ký tại {path}"),
    "registry.newer": (
        "the registry's part '{part}' has schema {version}, this program knows up to {known}; update the program",
        "phần '{part}' của sổ đăng ký có phiên bản {version}, chương trình chỉ biết đến {known};"
        " hãy cập nhật chương trình",
    ),
    "registry.row": (
        "the registry holds a {what} that this program does not know; nothing was changed, check who wrote it",
        "sổ đăng ký chứa một {what} mà chương trình không biết; chưa có gì thay đổi, hãy kiểm tra ai đã ghi",
    ),
    "registry.unavailable": (
        "the registry does not answer ({why}); nothing was changed, try again",
        "sổ đăng ký không trả lời ({why}); chưa có gì thay đổi, hãy thử lại",
    ),
}
