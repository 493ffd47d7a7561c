"""Sentences about input, people, levels, tokens and QR codes."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # input and use
    "usage.argument": ("{why}", "tham số chưa đúng: {why}"),
    "usage.output-exists": ("{path} exists; name another output", "{path} đã tồn tại; hãy chọn tên khác"),
    "input.unreadable": ("cannot read {path}: {why}", "không đọc được {path}: {why}"),
    "input.malformed": ("{what} is malformed: {why}", "{what} sai cấu trúc: {why}"),
    "input.too-large": ("{what} is larger than the limit of {limit}", "{what} vượt quá giới hạn {limit}"),
    "output.unwritable": ("cannot write {path}: {why}", "không ghi được {path}: {why}"),
    "extra.missing": (
        "this needs the optional part '{extra}': pip install 'eid-signing[{extra}]'",
        "cần cài thêm phần '{extra}': pip install 'eid-signing[{extra}]'",
    ),
    # people
    "number.malformed": (
        "a personal number is exactly 12 digits 0-9, without spaces: {why}",
        "số định danh cá nhân gồm đúng 12 chữ số, không có dấu cách: {why}",
    ),
    "person.malformed": (
        "{field} of the person is not usable: {why}",
        "trường {field} của công dân không dùng được: {why}",
    ),
    # levels and evidence
    "level.unknown": (
        "'{value}' is not a level; known are {known}",
        "'{value}' không phải là một mức độ; các mức độ hợp lệ: {known}",
    ),
    "level.age": (
        "a person under {age} years may hold level 1 only ({law})",
        "người dưới {age} tuổi chỉ được cấp tài khoản mức độ 1 ({law})",
    ),
    "evidence.malformed": ("the evidence is not usable: {why}", "căn cứ xác minh không dùng được: {why}"),
    "evidence.missing": (
        "{level} needs evidence of {missing} ({law}); collect it before issuing",
        "{level} cần căn cứ {missing} ({law}); hãy thu thập trước khi cấp",
    ),
    "evidence.remote": (
        "{level} needs '{kind}' checked in person ({law}), not by '{method}'",
        "{level} yêu cầu đối chiếu trực tiếp '{kind}' ({law}), không chấp nhận phương thức '{method}'",
    ),
    "evidence.future": (
        "evidence '{kind}' is dated after now; check the clock",
        "căn cứ '{kind}' có thời điểm sau hiện tại; hãy kiểm tra đồng hồ",
    ),
    "evidence.no-rule": (
        "no rule for identity levels was in force on {day}",
        "không có quy định về mức độ định danh nào có hiệu lực vào ngày {day}",
    ),
    "factors.insufficient": (
        "{level} needs {needed}; the login used {used}",
        "{level} cần {needed}; lần đăng nhập này đã dùng {used}",
    ),
    # tokens
    "token.valid": (
        "the token is valid: {level}, {auth_level}",
        "token hợp lệ: {level}, {auth_level}",
    ),
    "token.malformed": ("the token is malformed: {why}", "token sai cấu trúc: {why}"),
    "token.too-large": ("the token is longer than {limit} characters", "token dài quá {limit} ký tự"),
    "token.header": ("the token's header is not acceptable: {why}", "phần đầu của token không được chấp nhận: {why}"),
    "token.type": (
        "the token is not of the kind '{expected}'",
        "token không thuộc loại '{expected}'",
    ),
    "token.algorithm": (
        "the token's algorithm is not that of the key",
        "thuật toán ghi trong token không phải thuật toán của khóa",
    ),
    "token.key-unknown": (
        "the token names a key that the issuer has not published; refresh the JWKS or refuse the token",
        "token nêu một khóa mà bên cấp chưa công bố; hãy cập nhật JWKS hoặc từ chối token",
    ),
    "token.key-inactive": (
        "the token's key was not active or was revoked at that time",
        "khóa ký token không còn hiệu lực hoặc đã bị thu hồi tại thời điểm đó",
    ),
    "token.signature": (
        "the token's signature is wrong: it was changed or was not made by this issuer",
        "chữ ký của token sai: nội dung đã bị sửa hoặc không do bên cấp này ký",
    ),
    "token.claim-missing": ("the token lacks the claim '{claim}'", "token thiếu trường bắt buộc '{claim}'"),
    "token.claim": ("the claim '{claim}' is not acceptable: {why}", "trường '{claim}' không được chấp nhận: {why}"),
    "token.issuer": ("the token comes from another issuer", "token do một bên cấp khác phát hành"),
    "token.audience": ("the token is meant for another recipient", "token dành cho một bên nhận khác"),
    "token.expired": (
        "the token has expired; ask the person to log in again",
        "token đã hết hạn; đề nghị người dùng đăng nhập lại",
    ),
    "token.not-yet-valid": (
        "the token's time lies in the future; check the clocks",
        "thời điểm của token ở tương lai; hãy kiểm tra đồng hồ",
    ),
    "token.lifetime": (
        "the token lives longer than the {limit} seconds allowed for its kind",
        "token có thời hạn dài hơn mức {limit} giây cho phép đối với loại này",
    ),
    "token.level": (
        "the identity is {actual}, but {needed} is required here",
        "danh tính ở {actual}, trong khi ở đây yêu cầu {needed}",
    ),
    "token.auth-level": (
        "the login was {actual}, but {needed} is required; ask the person to authenticate again with more factors",
        "lần đăng nhập đạt {actual}, trong khi yêu cầu {needed}; đề nghị xác thực lại với nhiều yếu tố hơn",
    ),
    "token.auth-too-old": (
        "the login is older than {limit} seconds; ask the person to authenticate again",
        "lần đăng nhập đã quá {limit} giây; đề nghị xác thực lại",
    ),
    "token.nonce": (
        "the token was not made for this request (nonce)",
        "token không được tạo cho yêu cầu này (nonce không khớp)",
    ),
    "token.replayed": ("the token was used before", "token đã được sử dụng trước đó"),
    "token.binding": (
        "the step proof is bound to another certificate than the one that signs",
        "bằng chứng của bước này gắn với một chứng thư khác chứng thư dùng để ký",
    ),
    "token.revoked": ("the token was revoked by its issuer", "token đã bị bên cấp thu hồi"),
    "token.suspended": ("the token is suspended by its issuer", "token đang bị bên cấp tạm khóa"),
    "token.unknown": (
        "no token with this identifier was issued here",
        "không có token nào mang mã này được cấp tại đây",
    ),
    "replay.full": (
        "the replay memory is full, so a second use could not be told; enlarge it or wait",
        "bộ nhớ chống dùng lại đã đầy nên không phân biệt được lần dùng thứ hai; hãy tăng dung lượng hoặc chờ",
    ),
    "replay.unavailable": (
        "the replay memory cannot be used: {why}",
        "không dùng được bộ nhớ chống dùng lại: {why}",
    ),
    # issuer
    "issuer.name": (
        "'{name}' must not name or imitate VNeID: these tokens are not issued by it",
        "'{name}' không được mang tên hoặc gây nhầm với VNeID: các token này không do VNeID cấp",
    ),
    # QR
    "qr.too-long": ("the text does not fit into one QR code", "nội dung quá dài, không vừa một mã QR"),
    "qr.malformed": ("this cannot be searched for QR codes: {why}", "không tìm được mã QR ở đây: {why}"),
    "qr.too-large": ("{what} is larger than the limit of {limit}", "{what} vượt quá giới hạn {limit}"),
}
