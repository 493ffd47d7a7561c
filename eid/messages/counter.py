"""Sentences about counter codes and their layers."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # layers
    "base45.malformed": (
        "the text is not Base45; scan the code again",
        "văn bản không phải Base45; hãy quét lại mã",
    ),
    "base45.too-large": (
        "the text is longer than the {limit} characters of a QR code",
        "văn bản dài hơn {limit} ký tự mà một mã QR chứa được",
    ),
    "cbor.malformed": (
        "the content is not deterministic CBOR: {why}",
        "dữ liệu không phải CBOR ở dạng xác định: {why}",
    ),
    "cose.malformed": (
        "the signature structure (COSE) is malformed: {why}",
        "cấu trúc chữ ký (COSE) bị sai: {why}",
    ),
    "cose.inflate": (
        "the compressed content inflates to more than {limit} bytes and was not read",
        "dữ liệu nén lớn hơn {limit} byte khi giải nén nên không được đọc",
    ),
    # the code
    "counter.valid": (
        "the counter code is valid: {level}, {auth_level}",
        "mã tại quầy hợp lệ: {level}, {auth_level}",
    ),
    "counter.unbound": (
        "this code is not bound to the holder's device: whoever photographs the screen can show it too;"
        " look at the person and the card as well",
        "mã này không gắn với thiết bị của người giữ: ai chụp lại màn hình cũng dùng được;"
        " hãy đối chiếu thêm người và thẻ",
    ),
    "counter.malformed": (
        "this is not a counter code: {why}; ask for a new one",
        "đây không phải mã tại quầy: {why}; hãy yêu cầu mã mới",
    ),
    "counter.binding-missing": (
        "the code lacks the proof of the holder's device, so a screenshot would do as well; ask for a bound code",
        "mã thiếu bằng chứng từ thiết bị của người giữ nên ảnh chụp màn hình cũng dùng được;"
        " hãy yêu cầu mã có gắn thiết bị",
    ),
    "counter.binding-unexpected": (
        "the code is bound to a holder's device, but no binding is checked here; require bound codes",
        "mã gắn với thiết bị của người giữ nhưng ở đây không kiểm tra; hãy đặt yêu cầu mã có gắn thiết bị",
    ),
    "counter.key-unknown": (
        "the code names a key that the issuer has not published for such codes; refresh the JWKS or refuse the code",
        "mã nêu một khóa mà bên cấp chưa công bố cho loại mã này; hãy cập nhật JWKS hoặc từ chối mã",
    ),
    "counter.key-inactive": (
        "the code's key was not active or was revoked at that time",
        "khóa ký mã không còn hiệu lực hoặc đã bị thu hồi tại thời điểm đó",
    ),
    "counter.signature": (
        "the code's signature is wrong: it was changed or was not made by this issuer",
        "chữ ký của mã sai: nội dung đã bị sửa hoặc không do bên cấp này ký",
    ),
    "counter.holder-signature": (
        "the holder's device did not sign for this challenge: the code was made for another moment, counter or person",
        "thiết bị của người giữ không ký cho yêu cầu này: mã được tạo cho lúc khác, quầy khác hoặc người khác",
    ),
    "counter.issuer": ("the code comes from another issuer", "mã do một bên cấp khác phát hành"),
    "counter.other-counter": ("the code was made for another counter", "mã được tạo cho một quầy khác"),
    "counter.expired": (
        "the code has expired; ask for a new one",
        "mã đã hết hạn; hãy yêu cầu mã mới",
    ),
    "counter.not-yet-valid": (
        "the code's time lies in the future; check the clocks",
        "thời điểm của mã ở tương lai; hãy kiểm tra đồng hồ",
    ),
    "counter.lifetime": (
        "the code lives longer than the {limit} seconds allowed",
        "mã có thời hạn dài hơn mức {limit} giây cho phép",
    ),
    "counter.level": (
        "the identity is {actual}, but {needed} is required here",
        "danh tính ở {actual}, trong khi ở đây yêu cầu {needed}",
    ),
    "counter.auth-level": (
        "the login was {actual}, but {needed} is required; ask the person to authenticate again with more factors",
        "lần đăng nhập đạt {actual}, trong khi yêu cầu {needed}; đề nghị xác thực lại với nhiều yếu tố hơn",
    ),
    "counter.revoked": ("the account behind the code was revoked", "tài khoản của mã này đã bị thu hồi"),
    "counter.suspended": ("the account behind the code is locked for now", "tài khoản của mã này đang bị tạm khóa"),
    "counter.replayed": ("the code was used before", "mã đã được sử dụng trước đó"),
    "counter.holder": (
        "this device holds another key than the one the code is bound to",
        "thiết bị này giữ khóa khác với khóa mà mã được gắn vào",
    ),
}
