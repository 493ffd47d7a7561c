"""Sentences about chips, country signing certificates and master lists."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # files of the chip
    "chip.file-missing": (
        "the chip's file {file} is missing; read the chip again",
        "thiếu tệp {file} của chip; hãy đọc lại chip",
    ),
    "chip.file-twice": (
        "the file {file} is there twice; keep the one that was read from the chip",
        "có hai tệp cùng là {file}; chỉ giữ lại tệp đọc từ chip",
    ),
    "chip.malformed": (
        "{what} of the chip is malformed: {why}; read the chip again",
        "{what} của chip sai cấu trúc: {why}; hãy đọc lại chip",
    ),
    "chip.too-large": ("{what} is larger than the limit of {limit}", "{what} vượt quá giới hạn {limit}"),
    "chip.face": (
        "the face is recorded in a format that is not read here (ISO/IEC 19794-5:2005 is)",
        "ảnh khuôn mặt ghi theo định dạng chưa đọc được (chỉ hỗ trợ ISO/IEC 19794-5:2005)",
    ),
    "chip.person": (
        "the chip does not tell the holder's {which}",
        "chip không ghi {which} của chủ thẻ",
    ),
    # passive authentication
    "chip.digest": (
        "the signed digest of {what} is not that of its content: it was changed",
        "giá trị băm được ký của {what} không khớp nội dung: dữ liệu đã bị sửa",
    ),
    "chip.signature": (
        "the signature of {what} is wrong: it was changed or not made by the certificate it names",
        "chữ ký của {what} sai: dữ liệu đã bị sửa hoặc không do chứng thư được nêu ký",
    ),
    "chip.algorithm-weak": (
        "{what} is signed with what proves nothing any more ({why}); do not rely on the chip",
        "{what} dùng thuật toán hoặc khóa không còn an toàn ({why}); không được tin vào chip này",
    ),
    "chip.algorithm-unknown": (
        "{what} uses what cannot be checked here ({why}); the chip is neither proven nor refuted",
        "{what} dùng thuật toán không kiểm tra được ở đây ({why}); chưa kết luận được về chip",
    ),
    "chip.no-signer": (
        "{what} does not bring the certificate of its signer, so its signature cannot be checked",
        "{what} không kèm chứng thư của bên ký nên không kiểm tra được chữ ký",
    ),
    "chip.no-anchor": (
        "no country signing certificate (CSCA) is at hand for the issuer '{issuer}', so it cannot be told whether the"
        " chip is genuine; get the certificate from that country and give it with --csca",
        "không có chứng thư gốc quốc gia (CSCA) cho bên cấp '{issuer}' nên không biết chip có thật hay không; hãy lấy"
        " chứng thư từ quốc gia đó và cung cấp bằng --csca",
    ),
    "chip.certificate-signature": (
        "the document signer's certificate was not issued by the country that it names ('{issuer}')",
        "chứng thư ký giấy tờ không do quốc gia được nêu ('{issuer}') cấp",
    ),
    "chip.certificate-expired": (
        "the certificate of the {which} was not valid at that time",
        "chứng thư của {which} không còn hoặc chưa có hiệu lực tại thời điểm đó",
    ),
    "chip.certificate-use": (
        "the certificate that signed {what} is not for that purpose",
        "chứng thư ký {what} không được cấp cho mục đích này",
    ),
    "chip.revoked": (
        "the certificate of '{issuer}' that signed the chip was revoked; do not rely on the chip",
        "chứng thư do '{issuer}' cấp để ký chip đã bị thu hồi; không được tin vào chip này",
    ),
    "chip.crl-stale": (
        "the revocation list of '{issuer}' is out of date; fetch a new one",
        "danh sách thu hồi của '{issuer}' đã quá hạn; hãy tải bản mới",
    ),
    "chip.group-unlisted": (
        "data group {number} is not among those that the country signed; do not rely on the chip",
        "nhóm dữ liệu {number} không có trong danh mục được quốc gia ký; không được tin vào chip này",
    ),
    "chip.group-changed": (
        "data group {number} is not the one that the country signed: it was changed",
        "nhóm dữ liệu {number} không phải bản được quốc gia ký: dữ liệu đã bị sửa",
    ),
    "chip.country": (
        "the document says it is from {state}, the certificates are of {country}",
        "giấy tờ ghi quốc gia cấp là {state}, trong khi chứng thư thuộc {country}",
    ),
    # active authentication
    "chip.challenge": (
        "a challenge has {length} bytes, a response 1 to {limit}",
        "thử thách (challenge) dài đúng {length} byte, câu trả lời dài 1 đến {limit} byte",
    ),
    "chip.active-unsupported": (
        "the chip has no data group 15, so it cannot show that it is not a copy; compare the person and the card by eye",
        "chip không có nhóm dữ liệu 15 nên không chứng minh được đây không phải bản sao; hãy đối chiếu người và thẻ",
    ),
    "chip.active-algorithm": (
        "the chip answers with a key or hash that cannot be checked here, so a copy cannot be excluded",
        "chip trả lời bằng khóa hoặc hàm băm không kiểm tra được ở đây nên chưa loại trừ được bản sao",
    ),
    "chip.active-failed": (
        "the chip did not answer the challenge with its own key: it is a copy, or the answer is to another challenge",
        "chip không trả lời thử thách bằng khóa của chính nó: đây là bản sao, hoặc câu trả lời thuộc thử thách khác",
    ),
    # what a result says, and does not say
    "chip.genuine": (
        "the chip's data is genuine: signed by {country}",
        "dữ liệu trong chip là thật: do {country} ký",
    ),
    "chip.not-copied": (
        "the chip answered the challenge: it is not a copy",
        "chip đã trả lời thử thách: không phải bản sao",
    ),
    "chip.copy-possible": (
        "the chip was not challenged: the data is genuine, but it may sit on a copy",
        "chưa thử thách chip: dữ liệu là thật nhưng có thể nằm trên chip sao chép",
    ),
    "chip.revocation-unchecked": (
        "no revocation list that can be used was given, so a revoked document signer would not be noticed",
        "không có danh sách thu hồi nào dùng được nên không phát hiện được chứng thư ký đã bị thu hồi",
    ),
    "chip.document-expired": (
        "the document itself has expired",
        "giấy tờ đã hết hạn sử dụng",
    ),
    "chip.fields-differ": (
        "the chip's data group 13 and machine-readable zone tell different things; look at both",
        "nhóm dữ liệu 13 và vùng đọc máy (MRZ) trên chip không thống nhất; hãy xem cả hai",
    ),
    # certificates and lists
    "csca.skipped": (
        "'{where}' is not used as a country certificate or revocation list: {why}",
        "không dùng '{where}' làm chứng thư quốc gia hay danh sách thu hồi: {why}",
    ),
    "csca.malformed": ("the {what} is malformed: {why}", "{what} sai cấu trúc: {why}"),
}
