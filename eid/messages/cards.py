"""Sentences about numbers, card QR codes and machine-readable lines."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # what a number says, and does not
    "number.place": (
        "the number begins with the code of no province: a birth registered abroad, a later code, or a foreigner's"
        " number, whose parts mean something else",
        "ba số đầu không phải mã tỉnh, thành phố: nơi đăng ký khai sinh ở nước ngoài, mã ban hành sau, hoặc số định danh"
        " của người nước ngoài (có cấu trúc khác)",
    ),
    "number.future": (
        "the number speaks of a birth year that has not come; check the digits",
        "năm sinh trong số định danh chưa đến; hãy kiểm tra lại các chữ số",
    ),
    # the QR code of a card
    "card.unsigned": (
        "a card's QR code proves nothing: it is unsigned and anyone can print one; read the chip, or ask for a token",
        "mã QR trên thẻ không chứng minh được gì: mã không có chữ ký số, ai cũng in được; hãy đọc chip hoặc yêu cầu token",
    ),
    "card.malformed": (
        "this is not the text of a card's QR code: {why}",
        "đây không phải nội dung mã QR của thẻ căn cước: {why}",
    ),
    "card.field": (
        "the field '{field}' of the card's QR code cannot be used: {why}",
        "không dùng được trường '{field}' trong mã QR của thẻ: {why}",
    ),
    "card.too-large": (
        "the text of a card's QR code has at most {limit} characters",
        "nội dung mã QR của thẻ có tối đa {limit} ký tự",
    ),
    "card.not-found": (
        "none of the QR codes here ({count}) is a card's; hold the code of the card before the camera",
        "không có mã QR nào ở đây (tổng số: {count}) là của thẻ căn cước; hãy đưa mã QR của thẻ vào khung hình",
    ),
    "card.several": (
        "the QR codes of different cards are seen; show one card at a time",
        "thấy mã QR của nhiều thẻ khác nhau; mỗi lần chỉ đưa một thẻ",
    ),
    "card.repaired": (
        "the reader took the text for {table}; it was put back into Vietnamese, byte for byte",
        "máy đọc hiểu nhầm văn bản là {table}; đã khôi phục đúng tiếng Việt theo từng byte",
    ),
    "card.old-number": (
        "the old number has neither 9 nor 12 digits; compare it with the card",
        "số CMND/định danh cũ không phải 9 hoặc 12 chữ số; hãy đối chiếu với thẻ",
    ),
    "card.number-sex": (
        "the sex on the card is not the one in the number; it may have been corrected, look it up",
        "giới tính trên thẻ khác với giới tính trong số định danh; có thể đã được cải chính, hãy tra cứu lại",
    ),
    "card.number-birth": (
        "the birth year on the card is not the one in the number; it may have been corrected, look it up",
        "năm sinh trên thẻ khác với năm sinh trong số định danh; có thể đã được cải chính, hãy tra cứu lại",
    ),
    "card.birth-future": ("the date of birth has not come yet", "ngày sinh ở tương lai"),
    "card.issued-before-birth": (
        "the card would have been issued before its holder was born",
        "ngày cấp thẻ lại sớm hơn ngày sinh",
    ),
    "card.issued-future": (
        "the card would be issued after today; check the clock and the card",
        "ngày cấp thẻ sau ngày hôm nay; hãy kiểm tra đồng hồ và thẻ",
    ),
    "qr.frame": (
        "a camera's frame is 8-bit pixels, height × width or height × width × 3 or 4, or bytes with their size",
        "khung hình phải gồm các điểm ảnh 8 bit, dạng cao × rộng hoặc cao × rộng × 3 hay 4, hoặc dãy byte kèm kích thước",
    ),
    # machine-readable zone
    "mrz.malformed": (
        "this is not a machine-readable zone: {why}; read the lines again",
        "không phải vùng đọc máy (MRZ): {why}; hãy đọc lại các dòng",
    ),
    "mrz.check-digit": (
        "the check digit of the machine-readable zone does not fit ({which}); read the lines again",
        "chữ số kiểm tra của vùng đọc máy (MRZ) không khớp ({which}); hãy đọc lại các dòng",
    ),
    "mrz.too-large": (
        "a machine-readable zone has fewer than {limit} characters",
        "vùng đọc máy (MRZ) có ít hơn {limit} ký tự",
    ),
}
