"""Halves of sentences about PDFs, English → Vietnamese; see `phrases`."""

PHRASES: dict[str, str] = {
    # syntax
    "a compressed stream": "một luồng dữ liệu nén",
    "a content stream has a filter that is not known": "luồng nội dung dùng bộ lọc không xác định",
    "a content stream is damaged": "luồng nội dung bị hỏng",
    "a content stream is too long": "luồng nội dung quá dài",
    "a content stream": "luồng nội dung của trang",
    "a name holds what some viewers read as a reference": "một tên chứa nội dung mà một số phần mềm hiểu là tham chiếu",
    "a number is too long": "một số dài quá mức cho phép",
    "a stream does not end where its /Length says": "một luồng dữ liệu không kết thúc đúng chỗ /Length đã ghi",
    "a string at byte {} has no end": "chuỗi tại byte {} không có điểm kết thúc",
    "a trailer is not a dictionary": "phần cuối tệp (trailer) không phải từ điển",
    "an object at byte {} has no number": "đối tượng tại byte {} không có số hiệu",
    "another object stands where {} should": "ở chỗ của {} lại là một đối tượng khác",
    "brackets do not close after byte {}": "dấu ngoặc sau byte {} không được đóng",
    "brackets do not match at byte {}": "dấu ngoặc tại byte {} không khớp",
    "brackets or entries are not whole at byte {}": "dấu ngoặc hoặc mục không trọn vẹn tại byte {}",
    "byte range": "vùng byte được ký (ByteRange)",
    "bytes before its header, and a signature that may cover them": (
        "có dữ liệu trước phần đầu tệp, và có chữ ký có thể bao phủ phần đó"
    ),
    "deflated stream: {}": "luồng nén deflate: {}",
    "document security store": "kho dữ liệu kiểm tra (DSS) của tài liệu",
    "filter {}": "bộ lọc {}",
    "form fields nested too deep": "các ô của biểu mẫu lồng nhau quá sâu",
    "it does not begin with %PDF-": "tệp không bắt đầu bằng %PDF-",
    "it is shown in several places, or in none": "ô hiện ở nhiều chỗ hoặc không hiện ở đâu",
    "it holds objects that no table names, and viewers may find them": (
        "tệp chứa đối tượng không bảng nào ghi mà phần mềm vẫn có thể tìm thấy"
    ),
    "its pages cannot be read": "không đọc được các trang",
    "key {} is repeated": "khóa {} bị lặp lại",
    "length of a stream": "độ dài của một luồng dữ liệu",
    "nesting of PDF objects": "độ lồng nhau của các đối tượng PDF",
    "nested too deep": "lồng nhau quá sâu",
    "no array": "thiếu một mảng",
    "no dictionary at byte {}": "không có từ điển tại byte {}",
    "no integer": "thiếu một số nguyên",
    "no key at byte {}": "không có khóa tại byte {}",
    "no number": "thiếu một số",
    "no object at byte {}": "không có đối tượng tại byte {}",
    "no object starts at byte {}": "không có đối tượng nào bắt đầu tại byte {}",
    "no page tree": "thiếu cây trang",
    "no string": "thiếu một chuỗi",
    "no value at byte {}": "không có giá trị tại byte {}",
    "no %PDF- among its first {} bytes": "không có %PDF- trong {} byte đầu",
    "object at byte {} does not end": "đối tượng tại byte {} không có điểm kết thúc",
    "object larger than the limit": "có đối tượng vượt quá giới hạn kích thước",
    "object outside the file": "có đối tượng nằm ngoài tệp",
    "object stream": "luồng đối tượng",
    "object stream inside another": "luồng đối tượng nằm trong một luồng khác",
    "object stream out of order": "luồng đối tượng sai thứ tự",
    "object stream {} has no usable /N and /First": "luồng đối tượng {} không có /N và /First dùng được",
    "object stream {} has no usable header": "luồng đối tượng {} không có phần đầu dùng được",
    "object streams larger than the limit": "các luồng đối tượng vượt quá giới hạn kích thước",
    "object {} does not end": "đối tượng {} không có điểm kết thúc",
    "object {} has no stream": "đối tượng {} không có luồng dữ liệu",
    "object {} is not in its object stream": "đối tượng {} không có trong luồng đối tượng đã ghi",
    "object {} is not in this revision": "đối tượng {} không có trong bản sửa đổi này",
    "object {} is there, and a table says that it is deleted": "đối tượng {} vẫn còn dù bảng ghi là đã xóa",
    "object {} stands in it twice": "đối tượng {} xuất hiện hai lần",
    "page box": "khung của trang",
    "page tree": "cây trang",
    "rectangle of a field": "khung chữ nhật của một ô",
    "references in a circle": "các tham chiếu dẫn vòng",
    "stream larger than the limit": "luồng dữ liệu vượt quá giới hạn kích thước",
    "string without end": "có chuỗi không có điểm kết thúc",
    "the PDF": "tệp PDF",
    "the dictionary at byte {} is not made of pairs": "từ điển tại byte {} không gồm các cặp khóa và giá trị",
    "the form": "biểu mẫu",
    "the form of the PDF": "biểu mẫu của tệp PDF",
    "the length in object {} is not clear": "độ dài ghi trong đối tượng {} không rõ ràng",
    "the length of a stream is missing, or there several times": "độ dài của một luồng dữ liệu bị thiếu hoặc ghi nhiều lần",
    "the number of byte ranges": "số vùng byte được ký",
    "the number of object {} is not written as it should be": "số hiệu của đối tượng {} ghi sai cách",
    "the number of revisions": "số bản sửa đổi",
    "the number of signatures": "số chữ ký",
    "the object at byte {} has no endobj": "đối tượng tại byte {} thiếu endobj",
    "the object streams": "các luồng đối tượng",
    "the objects of the PDF": "các đối tượng của tệp PDF",
    "the stream at byte {} does not begin on a line of its own": "luồng tại byte {} không bắt đầu ở một dòng riêng",
    "the stream at byte {} does not end where its length says": "luồng tại byte {} không kết thúc đúng độ dài đã ghi",
    "the stream at byte {} has no usable length": "luồng tại byte {} không có độ dài dùng được",
    "the stream of object {} does not end where its /Length says": (
        "luồng của đối tượng {} không kết thúc đúng chỗ /Length đã ghi"
    ),
    "unbalanced brackets at byte {}": "dấu ngoặc tại byte {} không cân",
    "user unit": "đơn vị đo của trang (UserUnit)",
    "something follows the end": "có dữ liệu sau điểm kết thúc",
    "more than {} values": "nhiều hơn {} giá trị",
    "a compressed stream is cut short": "một luồng nén bị cắt cụt",
    "a compressed stream is damaged": "một luồng nén bị hỏng",
    "a content stream ends without its last operator": "luồng nội dung kết thúc khi thiếu toán tử cuối",
    "a predicted stream has an incomplete row": "một luồng dùng bộ dự đoán có dòng bị thiếu",
    "a predicted stream has an unknown row type": "một luồng dùng bộ dự đoán có loại dòng không xác định",
    "a stream of the file's structure has data that viewers seek in different places": (
        "dữ liệu của một luồng cấu trúc bị các phần mềm tìm ở những chỗ khác nhau"
    ),
    "a stream of the file's structure has parameters that stand elsewhere": "tham số của một luồng cấu trúc nằm ở chỗ khác",
    "a stream of the file's structure uses a filter other than FlateDecode": (
        "một luồng cấu trúc dùng bộ lọc khác FlateDecode"
    ),
    "a stream of the file's structure uses an unknown predictor": "một luồng cấu trúc dùng bộ dự đoán không xác định",
    "an operator has too many operands": "một toán tử có quá nhiều toán hạng",
    "no object number is left": "không còn số hiệu đối tượng nào",
    "not a signature field": "không phải ô ký",
    "object stream {} does not exist": "không có luồng đối tượng {}",
    "object {} is not an object stream": "đối tượng {} không phải luồng đối tượng",
    "object {} is not where the cross-reference table says": "đối tượng {} không ở chỗ bảng tham chiếu đã ghi",
    "object {} needs itself": "đối tượng {} phụ thuộc vào chính nó",
    "references lead in a circle": "các tham chiếu dẫn vòng",
    "several fields have this name": "có nhiều ô cùng tên này",
    "something stands before %PDF-": "có dữ liệu đứng trước %PDF-",
    "the trailer names no catalog": "phần cuối (trailer) không chỉ tới danh mục của tài liệu",
    "a name holds a zero byte, at which it ends for some viewers": "một tên chứa byte 0, nơi một số phần mềm coi là hết tên",
    "an object that was changed is one that some viewers do not see": (
        "một đối tượng đã thay đổi là đối tượng mà một số phần mềm không đọc thấy"
    ),
    "an object that was changed stands in it once more, where no table names it": (
        "một đối tượng đã thay đổi còn xuất hiện lần nữa ở chỗ không bảng nào ghi"
    ),
    "object {} does not exist, and viewers that look for it find others": (
        "không có đối tượng {}, và phần mềm dò tìm sẽ gặp đối tượng khác"
    ),
    "object {} has another generation": "đối tượng {} mang số thế hệ khác",
    "object {} has another generation than before": "đối tượng {} mang số thế hệ khác trước",
    # tables of objects, and files without
    "/Size is too small": "/Size quá nhỏ",
    "/XRefStm is not an offset": "/XRefStm không phải vị trí trong tệp",
    "a PDF that has to be repaired": "tệp PDF phải sửa mới đọc được",
    "a cross-reference section is said to be at byte {}": "bảng tham chiếu được ghi là ở byte {} nhưng không có ở đó",
    "a cross-reference section lists an object twice": "một bảng tham chiếu ghi một đối tượng hai lần",
    "a cross-reference stream at byte {} lists an object twice": "luồng tham chiếu tại byte {} ghi một đối tượng hai lần",
    "a cross-reference stream has an indirect length": "luồng tham chiếu ghi độ dài qua một đối tượng khác",
    "a cross-reference table lists object {} twice": "bảng tham chiếu ghi đối tượng {} hai lần",
    "a linearized file is damaged": "tệp dạng xem nhanh trên mạng (linearized) bị hỏng",
    "a cross-reference stream has entries of a kind that nobody knows": "luồng tham chiếu có mục thuộc loại không xác định",
    "a table names objects that came after it": "một bảng ghi những đối tượng xuất hiện sau nó",
    "cross-reference entry": "mục trong bảng tham chiếu",
    "cross-reference section outside the file": "bảng tham chiếu nằm ngoài tệp",
    "cross-reference sections in a circle": "các bảng tham chiếu dẫn vòng",
    "cross-reference stream too short": "luồng tham chiếu quá ngắn",
    "cross-reference table": "bảng tham chiếu",
    "cross-reference table too large": "bảng tham chiếu quá lớn",
    "index of the cross-reference stream": "chỉ mục của luồng tham chiếu",
    "it gives a place to object 0": "bảng ghi vị trí cho đối tượng 0",
    "it has several trailers that name different catalogs": "có nhiều phần cuối (trailer) chỉ tới các danh mục khác nhau",
    "its table of objects and its trailer are missing, and it has {} catalogs": (
        "thiếu bảng đối tượng và phần cuối (trailer), và có {} danh mục"
    ),
    "its table of objects is broken, and its trailers name several catalogs": (
        "bảng đối tượng bị hỏng, và các phần cuối (trailer) chỉ tới nhiều danh mục"
    ),
    "its table of objects is broken, and more than {} bytes are not searched": (
        "bảng đối tượng bị hỏng, và chương trình không dò tệp lớn hơn {} byte"
    ),
    "more objects, or larger numbers of objects, than a table is made again for": (
        "có quá nhiều đối tượng, hoặc số hiệu quá lớn, để lập lại bảng đối tượng"
    ),
    "no /Root in the trailer": "phần cuối (trailer) thiếu /Root",
    "no catalog can be found in it": "không tìm thấy danh mục của tài liệu",
    "no cross-reference section": "thiếu bảng tham chiếu",
    "no cross-reference stream at byte {}": "không có luồng tham chiếu tại byte {}",
    "no cross-reference table at byte {}": "không có bảng tham chiếu tại byte {}",
    "no startxref and %%EOF at its end": "cuối tệp thiếu startxref và %%EOF",
    "no startxref at the end": "cuối tệp thiếu startxref",
    "predictor of the cross-reference stream": "bộ dự đoán của luồng tham chiếu",
    "the chain of cross-reference sections does not end": "chuỗi bảng tham chiếu không có điểm dừng",
    "the cross-reference section at byte {} has no startxref": "bảng tham chiếu tại byte {} thiếu startxref",
    "the cross-reference section at byte {} is not followed by its startxref and %%EOF": (
        "sau bảng tham chiếu tại byte {} không có startxref và %%EOF của nó"
    ),
    "the cross-reference sections": "các bảng tham chiếu",
    "the cross-reference stream at byte {} does not hold what it announces": (
        "luồng tham chiếu tại byte {} không chứa đúng những gì đã khai"
    ),
    "the cross-reference stream at byte {} has no usable /W or /Index": (
        "luồng tham chiếu tại byte {} không có /W hoặc /Index dùng được"
    ),
    "the cross-reference table": "bảng tham chiếu",
    "the cross-reference table at byte {} has no trailer": "bảng tham chiếu tại byte {} thiếu phần cuối (trailer)",
    "the cross-reference table before byte {} does not hold what it announces": (
        "bảng tham chiếu trước byte {} không chứa đúng những gì đã khai"
    ),
    "the revisions of the file overlap": "các bản sửa đổi của tệp chồng lên nhau",
    "the table is not well formed": "bảng sai cấu trúc",
    "the table stands in the place of object {}": "bảng nằm ở chỗ của đối tượng {}",
    "the trailer at byte {} is not a dictionary": "phần cuối (trailer) tại byte {} không phải từ điển",
    "too many cross-reference sections": "có quá nhiều bảng tham chiếu",
    "viewers that begin at its front may see another document": (
        "phần mềm đọc từ đầu tệp có thể hiển thị một tài liệu khác"
    ),
    "viewers that begin at its front see another document": "phần mềm đọc từ đầu tệp hiển thị một tài liệu khác",
    "what looks like a trailer stands inside object {}": "trong đối tượng {} có phần giống phần cuối (trailer) của tệp",
    "what looks like object {} stands inside another object": "phần giống đối tượng {} nằm trong một đối tượng khác",
    "widths of the cross-reference stream": "độ rộng cột của luồng tham chiếu",
    # what a signature covers
    "/Contents is not a plain hexadecimal string": "/Contents không phải chuỗi thập lục phân thông thường",
    "a signature": "một chữ ký",
    "a signature field that is no object of its own": "ô ký không phải một đối tượng riêng",
    "it does not stop at the end of a revision": "vùng này không dừng ở cuối một bản sửa đổi",
    "it is not four whole numbers": "không phải bốn số nguyên",
    "its numbers do not fit the file": "các số không khớp với tệp",
    "no signature in this revision": "bản sửa đổi này không có chữ ký",
    "the revision that it covers does not hold the signature": "bản sửa đổi được bao phủ không chứa chữ ký",
    "the signature dictionary does not stand in the file as plain bytes": (
        "từ điển chữ ký không nằm trực tiếp trong tệp (bị nén hoặc mã hóa)"
    ),
    "too many signatures": "có quá nhiều chữ ký",
    "what it leaves out is not exactly the signature itself": "phần để ngoài không đúng bằng chính chữ ký",
    # what came after a signature
    "annotation": "chú thích",
    "dss": "dữ liệu kiểm tra (DSS)",
    "empty-signature-field": "ô ký còn trống",
    "extensions": "khai báo phần mở rộng",
    "form-field": "ô biểu mẫu mới",
    "form-fill": "điền biểu mẫu",
    "other": "nội dung khác",
    "metadata": "siêu dữ liệu",
    "remark": "ghi chú",
    "signature": "chữ ký",
    "timestamp": "dấu thời gian",
    "visible-signature": "chữ ký có hình trên trang",
    # stamps and images
    "PNG predictor": "bộ dự đoán PNG",
    "TIFF predictor": "bộ dự đoán TIFF",
    "a kind of JPEG that PDF does not know; save it as an ordinary one": (
        "PDF không hỗ trợ loại JPEG này; hãy lưu lại dạng JPEG thông thường"
    ),
    "cut off": "bị cắt cụt",
    "damaged": "bị hỏng",
    "palette": "bảng màu sai",
    "transparency": "lớp trong suốt sai",
    "its camera notes that the picture is turned; turn it in a program and save it again": (
        "máy ảnh ghi chú là ảnh bị xoay; hãy xoay ảnh bằng phần mềm rồi lưu lại"
    ),
    "neither grey nor RGB with 8 bits; four inks (CMYK) must be turned into RGB first": (
        "không phải ảnh xám hoặc RGB 8 bit; ảnh bốn màu in (CMYK) phải chuyển sang RGB trước"
    ),
    "no header": "thiếu phần đầu",
    "no soft mask": "thiếu lớp trong suốt",
    "not a JPEG": "không phải JPEG",
    "not a PNG": "không phải PNG",
    "the font lacks {}": "phông chữ thiếu ký tự {}",
    "the stamp's image": "hình của dấu hiệu ký",
    "too many segments": "có quá nhiều đoạn",
    "unexpected tables: {}": "có các bảng không mong đợi: {}",
    "{} pixels, 8 bits a sample": "{} điểm ảnh, 8 bit mỗi mẫu",
    "the content of a page refers to an object that came later": "nội dung trang tham chiếu đến một đối tượng được thêm sau",
}
