"""Sentences about keys and algorithms."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "key.algorithm": (
        "no key can be made for '{alg}'; known are {known}",
        "không tạo được khóa cho '{alg}'; chỉ hỗ trợ {known}",
    ),
    "key.public-only": (
        "this key set holds no active private key, so it can verify but not sign",
        "bộ khóa này không có khóa bí mật đang dùng, nên chỉ xác minh được chứ không ký được",
    ),
    "key.password": (
        "{where} does not open: the password is wrong or missing, or the file is damaged;"
        " give the password with --pass-file, --pass-env or at the prompt",
        "không mở được {where}: mật khẩu sai hoặc thiếu, hoặc tệp bị hỏng;"
        " nhập mật khẩu bằng --pass-file, --pass-env hoặc khi được hỏi",
    ),
    "key.malformed": ("{where} holds no usable keys: {why}", "{where} không chứa khóa dùng được: {why}"),
    "key.signature": (
        "the signature does not verify with this key",
        "chữ ký không khớp với khóa này",
    ),
    "key.not-published": (
        "the next key has not been published for {lead} seconds, so verifiers may not know it yet;"
        " publish the JWKS now and rotate later",
        "khóa kế tiếp chưa được công bố đủ {lead} giây nên bên xác minh có thể chưa biết;"
        " hãy công bố JWKS ngay và xoay vòng khóa sau",
    ),
    "key.no-next": (
        "the signing key is held by a device and no next key is known; add the device's next key before rotating",
        "khóa ký do thiết bị giữ và chưa có khóa kế tiếp; hãy thêm khóa kế tiếp của thiết bị trước khi xoay vòng",
    ),
    "key.detached": (
        "the private half of the active key is held by a device; attach it with KeySet.attach before signing",
        "phần bí mật của khóa đang dùng do thiết bị giữ; hãy gắn khóa bằng KeySet.attach trước khi ký",
    ),
    "key.external": (
        "the device that holds the key did not return a usable signature: {why};"
        " check that it signs the whole message with the right key and algorithm",
        "thiết bị giữ khóa không trả về chữ ký dùng được: {why};"
        " hãy kiểm tra thiết bị có ký trên toàn bộ thông điệp, đúng khóa và đúng thuật toán hay không",
    ),
    "jwks.malformed": ("the JWKS is malformed: {why}", "tệp JWKS sai cấu trúc: {why}"),
    "jwks.private": (
        "the JWKS holds a private key; treat key {kid} as leaked, replace it and publish public members only",
        "tệp JWKS chứa khóa bí mật; hãy coi khóa {kid} là đã lộ, thay khóa mới và chỉ công bố phần công khai",
    ),
    "jwks.no-keys": ("the JWKS holds no key of a known kind", "tệp JWKS không có khóa thuộc loại được hỗ trợ"),
}
