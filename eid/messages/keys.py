"""Sentences about keys and algorithms."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
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
        "thiết bị giữ khóa không trả về chữ ký dùng được: {why_vi};"
        " hãy kiểm tra thiết bị có ký trên toàn bộ thông điệp, đúng khóa và đúng thuật toán hay không",
    ),
}
