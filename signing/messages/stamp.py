"""Messages of the stamp room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "stamp.glyph": (
        "error",
        "the stamp's font has no letter for {characters}; change the text",
        "phông chữ của dấu hiệu ký không có ký tự {characters}; hãy sửa nội dung",
    ),
    "stamp.image": (
        "error",
        "the stamp's image cannot be used: {why}; give an ordinary PNG or JPEG",
        "không dùng được hình của dấu hiệu ký: {why}; hãy lưu lại thành tệp PNG hoặc JPEG (RGB) thông thường",
    ),
    "stamp.value": (
        "error",
        "the signer's certificate has no {name} to show; leave {{{name}}} out of the stamp's text",
        "chứng thư số của người ký không có {name} để thể hiện; hãy bỏ {{{name}}} khỏi nội dung dấu hiệu ký",
    ),
    "stamp.place": (
        "error",
        "the stamp does not lie on the page of {page}; change its place or size",
        "vị trí dấu hiệu ký nằm ngoài trang khổ {page}; hãy đổi vị trí hoặc kích thước",
    ),
    "stamp.overlap": (
        "error",
        "the stamp would cover part of the box {box} mm that must stay clear; move it or make it smaller",
        "dấu hiệu ký sẽ che vùng {box} mm phải để trống; hãy dời đi hoặc giảm kích thước",
    ),
    "stamp.too-small": (
        "error",
        "the stamp's text does not fit its box even at {smallest} points; make the box larger or the text shorter",
        "nội dung không vừa khung dù cỡ chữ {smallest}; hãy tăng khung hoặc rút ngắn nội dung",
    ),
    "stamp.no-text": (
        "error",
        "the pages hold no text to look for, as scans do not; place the stamp in millimetres or by a field",
        "các trang không có chữ để tìm (bản quét); hãy đặt dấu hiệu ký theo milimét hoặc theo ô",
    ),
    "stamp.no-words": (
        "error",
        "the words {words} are not on the {pages} pages searched; write them as printed, or name the page",
        "không tìm thấy {words} trong {pages} trang đã tìm; hãy ghi đúng như in hoặc chỉ rõ trang",
    ),
    "stamp.no-field": (
        "error",
        "no field named {field} shows on a page; name one that does, or place the stamp in millimetres",
        "không có ô {field} hiển thị trên trang; hãy chọn ô khác hoặc đặt dấu hiệu ký theo milimét",
    ),
    "stamp.no-room": (
        "error",
        "between title and name there are {room} mm, and the stamp is {height} mm high; make it smaller",
        "giữa chức vụ và họ tên chỉ có {room} mm, dấu hiệu ký cao {height} mm; hãy giảm kích thước",
    ),
    "stamp.qr": (
        "error",
        "the QR code does not fit a square of {side} mm that a phone can read; make the stamp larger or the text shorter",
        "mã QR không vừa ô vuông {side} mm để điện thoại đọc được; hãy tăng kích thước hoặc rút ngắn nội dung",
    ),
    "stamp.profile": (
        "error",
        "no stamp profile {profile} is in force on {day}; there are: {known}",
        "không có mẫu thể hiện chữ ký {profile} có hiệu lực vào ngày {day}; các mẫu hiện có: {known}",
    ),
    "stamp.profile-image": (
        "error",
        "the profile {profile} shows text and no image ({source}); leave the image out",
        "mẫu {profile} chỉ thể hiện bằng chữ, không hiển thị hình ảnh ({source}); hãy bỏ tệp hình",
    ),
    "stamp.profile-text": (
        "error",
        "the profile {profile} needs words for the stamp: {asked}; give them with --stamp-text",
        "mẫu {profile} cần nội dung chữ ({asked}); hãy cung cấp bằng --stamp-text",
    ),
    "stamp.profile-words": (
        "error",
        "the profile {profile} takes its words from the certificate and the clock; leave the text out",
        "mẫu {profile} lấy nội dung từ chứng thư và thời gian ký; hãy bỏ phần nội dung chữ",
    ),
    "stamp.opaque": (
        "error",
        "the profile {profile} needs an image with a transparent ground ({source}); "
        "remove its background and save it as PNG",
        "mẫu {profile} cần hình ảnh có nền trong suốt ({source}); hãy xóa nền và lưu thành tệp PNG",
    ),
}
