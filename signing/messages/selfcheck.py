"""How to check a document oneself, in a citizen's words: name of the step → (Vietnamese, English)."""

STEPS: dict[str, tuple[str, str]] = {
    "pdf": (
        "Mở đúng tệp PDF này bằng Adobe Acrobat Reader trên máy tính, mở ngăn “Chữ ký” (Signatures). Tên người ký, thời điểm và câu “không bị sửa đổi từ khi ký” phải trùng với bảng ở trên. Trình duyệt và điện thoại thường chỉ hiện hình con dấu mà không kiểm tra gì: hình con dấu thì ai cũng vẽ được.",
        "Open this very PDF in Adobe Acrobat Reader on a computer and open its Signatures panel. Signer, time and “not modified since” have to be those of the table above. Browsers and phones mostly show the picture of a stamp and check nothing: anyone can draw a stamp.",
    ),
    "dossier": (
        "Đổi tên một bản sao của tệp .asice thành .zip rồi mở ra: giấy tờ nằm trong “papers”, kết quả trong “results”, từng bước trong “steps”. Từng chữ ký có thể kiểm tra bằng phần mềm khác đọc được ASiC-E, ví dụ DigiDoc4 hoặc bản trình diễn EU DSS.",
        "Rename a copy of the .asice file to .zip and open it: papers are in “papers”, results in “results”, each step in “steps”. Every signature can be checked by other programs that read ASiC-E, such as DigiDoc4 or the EU DSS demonstration.",
    ),
    "dossier-steps": (
        "Phần mềm khác không biết thứ tự các bước, cũng không biết còn bước nào sau đó. Hãy so mã trên giấy biên nhận của bạn với sổ đăng ký của cơ quan, hoặc hỏi bộ phận một cửa.",
        "Other programs know neither the order of the steps nor whether more follow. Compare the code on your receipt with the office's register, or ask at the one-stop desk.",
    ),
    "container": (
        "Đổi tên một bản sao của gói thành .zip rồi mở để đọc các tệp bên trong; kiểm tra chữ ký bằng phần mềm khác đọc được ASiC, ví dụ DigiDoc4 hoặc bản trình diễn EU DSS.",
        "Rename a copy of the container to .zip and open it to read the files inside; check its signatures by another program that reads ASiC, such as DigiDoc4 or the EU DSS demonstration.",
    ),
    "detached": (
        "Chữ ký nằm ở tệp riêng: để hai tệp cạnh nhau, giữ nguyên cả hai, và kiểm tra bằng phần mềm khác, ví dụ bản trình diễn EU DSS hoặc lệnh openssl cms -verify.",
        "The signature is a file of its own: keep both files side by side and unchanged, and check them by another program, such as the EU DSS demonstration or openssl cms -verify.",
    ),
    "timestamp": (
        "Dấu thời gian chỉ nói rằng dữ liệu đã có từ lúc đó, không nói ai làm ra. Kiểm tra bằng phần mềm khác, ví dụ lệnh openssl ts -verify.",
        "A timestamp says that the data existed then, not who made it. Check it by another program, such as openssl ts -verify.",
    ),
    "seal": (
        "Mã QR đọc được chưa phải là thật: ai cũng in được mã QR. Quét bằng ứng dụng của cơ quan rồi so từng chữ: số, ngày, họ tên với tờ giấy đang cầm.",
        "A QR code that can be read is not yet genuine: anyone can print one. Scan it with the office's own program and compare number, day and name with the paper in your hand, letter by letter.",
    ),
    "token": (
        "Token định danh chỉ dùng giữa bạn và nơi yêu cầu, trong vài phút; không gửi, không in, không lưu vào hồ sơ. Muốn biết tài khoản còn hiệu lực hay không, hãy mở ứng dụng định danh của bạn.",
        "An identity token is for you and whoever asked for it, for minutes; do not send, print or file it. To learn whether an account is in force, open your own identity application.",
    ),
    "root": (
        "Nếu phần mềm báo “chưa tin cậy” thì có thể chỉ vì nó chưa biết tổ chức cấp chứng thư. Tải chứng thư gốc quốc gia từ trang của Trung tâm Chứng thực điện tử quốc gia (NEAC, neac.gov.vn), với chứng thư công vụ thì từ Ban Cơ yếu Chính phủ (ca.gov.vn); so dấu vân tay của chứng thư với số được công bố ở nơi khác trước khi cho máy tin cậy.",
        "If the program says “not trusted”, it may only not know the authority. Get the national root certificate from the National Electronic Authentication Centre (NEAC, neac.gov.vn), for public-duty certificates from the Government Cipher Committee (ca.gov.vn), and compare its fingerprint with one published elsewhere before you let a computer trust it.",
    ),
    "office": (
        "Hỏi nơi đã ban hành: tra số văn bản hoặc mã hồ sơ trên cổng dịch vụ công của cơ quan, hay gọi số điện thoại công khai. Hãy tự gõ địa chỉ cổng; đừng bấm liên kết và đừng theo mã QR nằm trong chính văn bản.",
        "Ask whoever issued it: look up the document's number or the dossier's code on the office's portal, or call its public number. Type the portal's address yourself; follow no link and no QR code of the document itself.",
    ),
    "print": (
        "Bản in không tự chứng minh được gì: chữ ký số nằm trong tệp, không nằm trên giấy. Hãy xin tệp gốc, hoặc bản giấy chuyển đổi có ghi hệ thống, người chuyển đổi và mã tra cứu (NĐ 137/2024, Điều 5).",
        "A print-out proves nothing by itself: the signature is in the file and not on the paper. Ask for the file, or for a converted paper copy that names the system, the person who converted it and a code to look up (Decree 137/2024, Article 5).",
    ),
    "fingerprint": (
        "Tính dấu vân tay SHA-256 của tệp bạn đang giữ (Windows: certutil -hashfile TÊN_TỆP SHA256; macOS: shasum -a 256 TÊN_TỆP; Linux: sha256sum TÊN_TỆP). Khác dù một ký tự thì đó không phải tệp đã được kiểm tra.",
        "Work out the SHA-256 fingerprint of the file that you hold (Windows: certutil -hashfile FILE SHA256; macOS: shasum -a 256 FILE; Linux: sha256sum FILE). If one character differs, it is not the file that was checked.",
    ),
}
