"""Sentences about credentials with selective disclosure."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "disclosure.malformed": (
        "the SD-JWT is malformed: {why}; ask the holder to present it again",
        "SD-JWT sai cấu trúc: {why_vi}; đề nghị người giữ xuất trình lại",
    ),
    "disclosure.hash": (
        "the SD-JWT names another hash than {known}, the only one used here",
        "SD-JWT dùng hàm băm khác {known}, là hàm duy nhất được chấp nhận ở đây",
    ),
    "disclosure.repeated": (
        "one disclosure is given twice; refuse the presentation",
        "có phần công bố bị lặp lại; hãy từ chối lần xuất trình này",
    ),
    "disclosure.digest-repeated": (
        "one digest occurs twice; refuse the presentation",
        "có giá trị băm xuất hiện hai lần; hãy từ chối lần xuất trình này",
    ),
    "disclosure.unreferenced": (
        "a disclosure belongs to nothing that the issuer signed: it was changed or comes from elsewhere",
        "có phần công bố không thuộc nội dung mà bên cấp đã ký: đã bị sửa hoặc lấy từ nơi khác",
    ),
    "disclosure.overwrites": (
        "a disclosure would write over the claim '{name}'; refuse the presentation",
        "có phần công bố ghi đè trường '{name}'; hãy từ chối lần xuất trình này",
    ),
    "disclosure.reserved-name": (
        "a disclosure uses the reserved name '{name}'; refuse the presentation",
        "có phần công bố dùng tên dành riêng '{name}'; hãy từ chối lần xuất trình này",
    ),
    "disclosure.no-claim": (
        "there is no claim '{path}' that could be disclosed; check its name",
        "không có trường '{path}' để công bố; hãy kiểm tra lại tên trường",
    ),
}
