"""Messages of XML signatures: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "xades.xml": (
        "error",
        "the XML cannot be read: {why}; ask the sender for the file again",
        "không đọc được tệp XML: {why}; đề nghị người gửi cung cấp lại tệp",
    ),
    "xades.reference-digest": (
        "error",
        "what the signature covers as '{name}' was changed after signing (its digest differs)",
        "nội dung '{name}' mà chữ ký bao phủ đã bị thay đổi sau khi ký (giá trị băm không khớp)",
    ),
    "xades.not-found": (
        "error",
        "'{name}', which the signature covers, is not at hand; put the file beside the signature and check again",
        "không có '{name}' mà chữ ký bao phủ; hãy đặt tệp đó cạnh tệp chữ ký rồi kiểm tra lại",
    ),
    "xades.duplicate-id": (
        "error",
        "two elements have the identifier '{name}' that is signed, so nobody can tell which of them was signed",
        "có hai phần tử cùng mang định danh '{name}' được ký nên không thể biết phần tử nào đã được ký",
    ),
    "xades.nothing-signed": (
        "error",
        "the signature covers nothing but parts of itself: no document is signed by it",
        "chữ ký chỉ bao phủ các phần của chính nó: không có văn bản nào được ký",
    ),
    "xades.wrapping": (
        "error",
        "an unsigned element with the name of a signed one stands in the document ({names}): it may have been put in "
        "the place of the signed one; do not rely on what is shown",
        "trong tệp có phần tử không được ký trùng tên với phần tử đã ký ({names}): nội dung đã ký có thể đã bị tráo; "
        "không nên tin vào nội dung hiển thị",
    ),
    "xades.partial": (
        "warning",
        "only a part of the document is signed ({names}); what stands outside it is not protected",
        "chỉ một phần của tệp được ký ({names}); nội dung nằm ngoài phần đó không được bảo vệ",
    ),
    "xades.instructions": (
        "warning",
        "outside the signed part stand instructions for programs that the signature does not protect: a stylesheet may "
        "make the document show something else",
        "bên ngoài phần được ký có chỉ thị dành cho phần mềm mà chữ ký không bảo vệ: tệp định dạng hiển thị có thể làm "
        "nội dung hiện ra khác với nội dung đã ký",
    ),
    "xades.unsigned-object": (
        "warning",
        "inside the signature stands content that it does not cover; do not rely on it",
        "bên trong chữ ký có nội dung mà chữ ký không bao phủ; không nên tin vào nội dung đó",
    ),
    "xades.comments": (
        "warning",
        "comments stand inside signed texts, and the signature does not protect them: programs may show such a text cut "
        "off",
        "trong phần văn bản đã ký có chú thích XML mà chữ ký không bảo vệ: chương trình khác có thể hiển thị văn bản bị cắt",
    ),
    "xades.properties-unsigned": (
        "error",
        "the signature has properties (signing time, certificate) that it does not cover; they are not believed",
        "chữ ký có các thuộc tính (thời điểm ký, chứng thư) mà chính nó không bao phủ; các thuộc tính này không được tin",
    ),
    "xades.not-countersigned": (
        "error",
        "it stands as a counter-signature but does not sign the value of the signature that it stands in",
        "chữ ký đặt ở vị trí xác nhận nhưng không ký lên giá trị của chữ ký chứa nó",
    ),
    "xades.no-properties": (
        "info",
        "a plain XML signature without XAdES properties: it has no baseline and names no signing certificate",
        "chữ ký XML thường, không có thuộc tính XAdES: không đạt mức baseline và không chỉ rõ chứng thư ký",
    ),
    "xades.no-data-object-format": (
        "info",
        "not a baseline signature: it does not state the format of what it signs (DataObjectFormat)",
        "chưa đạt mức baseline: chữ ký không ghi định dạng của nội dung được ký (DataObjectFormat)",
    ),
    "xades.not-signed": (
        "error",
        "the XML document does not hold exactly one signature over all of it",
        "tệp XML không chứa đúng một chữ ký bao phủ toàn bộ nội dung",
    ),
    "xades.not-by-these": (
        "error",
        "the XML document is not signed by any of the given certificates",
        "tệp XML không được ký bằng chứng thư nào trong số các chứng thư đã cho",
    ),
    "xades.not-intact": (
        "error",
        "the signature of the XML document does not hold: {why}",
        "chữ ký của tệp XML không hợp lệ: {why}",
    ),
    "asics.mimetype": (
        "error",
        "the container's entry 'mimetype' does not say ASiC-S",
        "mục 'mimetype' của tệp không ghi định dạng ASiC-S",
    ),
    "asics.payload": (
        "error",
        "an ASiC-S container holds exactly one signed file, this one holds {count}",
        "tệp ASiC-S chứa đúng một tệp được ký, tệp này chứa {count}",
    ),
    "asics.folder": (
        "error",
        "the signed file of an ASiC-S container stands in its root folder, this one is '{name}'",
        "tài liệu được ký của tệp ASiC-S phải ở thư mục gốc, tài liệu này là '{name}'",
    ),
    "asics.unsigned": (
        "error",
        "the container is made for a signed file but holds no signature, timestamp or evidence record",
        "tệp thuộc định dạng dành cho tệp đã ký nhưng không có chữ ký, dấu thời gian hay bản ghi bằng chứng nào",
    ),
}
