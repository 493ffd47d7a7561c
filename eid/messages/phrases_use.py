"""Halves of sentences about calls and files, English → Vietnamese; see `phrases`."""

import errno
import os

_SYSTEM: dict[int, str] = {
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EACCES: "không có quyền truy cập",
    errno.EPERM: "thao tác không được phép",
    errno.EEXIST: "đã tồn tại",
    errno.EISDIR: "đây là một thư mục",
    errno.ENOTDIR: "một phần của đường dẫn không phải thư mục",
    errno.ENAMETOOLONG: "tên quá dài",
    errno.ELOOP: "liên kết dẫn vòng hoặc không được phép",
    errno.ENOSPC: "đĩa đã đầy",
    errno.EROFS: "hệ thống tệp chỉ cho đọc",
    errno.EIO: "lỗi đọc hoặc ghi của thiết bị",
}
PHRASES: dict[str, str] = {
    **{os.strerror(number): vietnamese for number, vietnamese in _SYSTEM.items()},  # what the operating system says
    # files and limits
    "a line": "một dòng",
    "closed": "luồng đã đóng",
    "more than {} files": "nhiều hơn {} tệp",
    "not a path": "không phải đường dẫn",
    "not a regular file": "không phải tệp thông thường",
    "not an integer": "không phải số nguyên",
    "the disk is full": "đĩa đã đầy",
    "the input": "dữ liệu đưa vào",
    "{} bytes": "{} byte",
    "{} files": "{} tệp",
    # what has to be of which kind
    "{} must be a function": "{} phải là một hàm",
    "{} must be a list of names": "{} phải là danh sách tên",
    "{} must be a short text": "{} phải là một văn bản ngắn",
    "{} must be a short URI that ends in '/'": "{} phải là một URI ngắn kết thúc bằng '/'",
    "{} must be a time in the past": "{} phải là một thời điểm đã qua",
    "{} must be a whole number above 0": "{} phải là số nguyên lớn hơn 0",
    "{} must be above 0 and at most {} seconds": "{} phải lớn hơn 0 và nhiều nhất {} giây",
    "{} must be a {}": "{} phải thuộc kiểu {}",
    "{} must be an {}": "{} phải thuộc kiểu {}",
    "{} must be whole seconds": "{} phải là số giây nguyên",
    "{} must be {} bytes": "{} phải đủ {} byte",
    "holder must be a Key, or None for an unbound code": "holder phải là một Key, hoặc None với mã không gắn khóa",
    "level and auth_level must be a Level and an AuthenticationLevel": (
        "level và auth_level phải thuộc kiểu Level và AuthenticationLevel"
    ),
    "level and auth_level must be levels": "level và auth_level phải là các mức",
    "the holder's key must be a Key": "khóa của người giữ phải thuộc kiểu Key",
    "a consent is a Consent": "sự đồng ý phải thuộc kiểu Consent",
    "a number is a text": "số định danh phải là văn bản",
    "a token or its identifier is a text": "token hoặc mã của token phải là văn bản",
    "evidence must be a list of Evidence": "evidence phải là danh sách các Evidence",
    "over must be a token's text": "over phải là nội dung một token",
    "password is text, max_pages a number": "password là văn bản, max_pages là số",
    "sign must be a function, and signature 'raw' or 'der'": "sign phải là một hàm, và signature là 'raw' hoặc 'der'",
    "status is a URI and an index": "status gồm một URI và một vị trí",
    "the holder of an account is a Person or an Organisation": "chủ tài khoản phải là Person hoặc Organisation",
    "what is inspected is bytes or text": "dữ liệu cần xem phải là chuỗi byte hoặc văn bản",
    "a PDF is given as bytes": "tệp PDF phải được đưa vào dạng chuỗi byte",
    # rules of calls
    "a batch has 1 to {} copies that live for some days": "một lô có từ 1 đến {} bản, có thời hạn vài ngày",
    "a credential lives at most {} seconds": "chứng nhận có thời hạn dài nhất {} giây",
    "a key set lies at a path": "bộ khóa nằm trong một tệp",
    "a module has 1 to {} pixels": "mỗi ô của mã QR có từ 1 đến {} điểm ảnh",
    "a profile has the header member alg, and typ where it names one": (
        "mỗi loại token phải có thành phần alg ở phần đầu, và typ nếu loại đó có"
    ),
    "a registry keeps its own status lists": "sổ đăng ký tự giữ các danh sách trạng thái của nó",
    "a status is asked for by a URI, an index and a second": "hỏi trạng thái phải nêu URI, vị trí và thời điểm",
    "a status list has 1 to {} entries": "danh sách trạng thái có từ 1 đến {} mục",
    "a step proof needs auth_level, nonce and max_age_s": "bằng chứng cho một bước cần auth_level, nonce và max_age_s",
    "a step-up asks for an authentication level, an age or both": (
        "yêu cầu nâng mức phải nêu mức xác thực, tuổi của lần đăng nhập, hoặc cả hai"
    ),
    "ages are whole years": "tuổi tính bằng năm tròn",
    "an object or array gets 0 to {} decoys": "mỗi đối tượng hoặc mảng có từ 0 đến {} giá trị mồi",
    "by is one of {}": "by thuộc {}",
    "claims are nested deeper than {}": "các trường lồng nhau sâu hơn {} tầng",
    "claims must be an object without the credential's own members": (
        "các trường phải là một đối tượng không chứa thành phần riêng của chứng nhận"
    ),
    "counter codes are signed by keys for tokens": "mã tại quầy phải được ký bằng khóa dùng cho token",
    "each copy needs its own key, identifier and place": "mỗi bản cần khóa, mã và vị trí riêng",
    "each copy of a batch needs its holder's key": "mỗi bản trong lô cần khóa của người giữ",
    "error correction is one of {}": "mức sửa lỗi thuộc {}",
    "more than {} claims to disclose": "nhiều hơn {} trường cần công bố",
    "no claim may be called {}": "không trường nào được mang tên {}",
    "no process can be started: {}": "không khởi động được tiến trình: {}",
    "only ECDSA signatures come as 'der'": "chỉ chữ ký ECDSA có dạng 'der'",
    "the base of status lists is a short URI that ends in '/'": (
        "địa chỉ gốc của các danh sách trạng thái là một URI ngắn kết thúc bằng '/'"
    ),
    "the claims are too long or too many: no verifier would take them": (
        "các trường quá dài hoặc quá nhiều: không bên nào chấp nhận"
    ),
    "the claims cannot be written as JSON": "không ghi được các trường thành JSON",
    "the claims to disclose must be a list of names or paths": "các trường cần công bố phải là danh sách tên hoặc đường dẫn",
    "the keys of a new set must be able to sign and have no times yet": (
        "các khóa của bộ mới phải ký được và chưa có mốc thời gian"
    ),
    "the list has no entry {}": "danh sách không có mục {}",
    "the next key must be able to sign and have no times yet": "khóa kế tiếp phải ký được và chưa có mốc thời gian",
    "the registry keeps the status lists of this issuer": "sổ đăng ký giữ các danh sách trạng thái của bên cấp này",
    "the set holds no external key of this public key and algorithm": (
        "bộ khóa không có khóa ngoài nào ứng với khóa công khai và thuật toán này"
    ),
    "this issuer has no registry with accounts": "bên cấp này không có sổ đăng ký kèm tài khoản",
    "this registry was opened without accounts": "sổ đăng ký này được mở mà không kèm tài khoản",
    "what a verifier relies on cannot be left to the holder": (
        "những trường mà bên kiểm tra dựa vào không thể để người giữ quyết định"
    ),
    # what is read from files and arguments
    "the JWKS": "bộ khóa công khai (JWKS)",
    "master list": "danh sách chứng thư quốc gia (master list)",
    "the card's text": "nội dung mã QR của thẻ",
    "the checkpoint": "điểm kiểm tra",
    "the evidence": "căn cứ xác minh",
    "the holder": "thông tin chủ tài khoản",
    "the holder's key": "khóa của người giữ",
    "the number": "số định danh",
    "the password file": "tệp mật khẩu",
    "the person": "thông tin công dân",
    "the proof": "bằng chứng giữ khóa",
    "the status list": "danh sách trạng thái",
    "the token": "token",
    "not one number or code": "không phải một số định danh hoặc mã tổ chức",
    "the file is no SQLite file": "tệp này không phải tệp SQLite",
    "not a ledger": "không phải tệp ghi nhớ các token đã cấp",
    # what a login or a level needs
    "one factor": "một yếu tố xác thực",
    "two different factors": "hai yếu tố xác thực khác loại",
    "two different factors, one of them biometric": "hai yếu tố xác thực khác loại, trong đó có sinh trắc học",
    "something known, something possessed and a biometric": (
        "một điều người dùng biết, một vật người dùng có và một đặc điểm sinh trắc học"
    ),
}
