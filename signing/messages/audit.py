"""Messages of audits at scale: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "document.time-limit": (
        "error",
        "the check needs more than the {limit} seconds of processor time that one file may take, so the file is not judged; give more with --max-seconds",
        "việc kiểm tra cần nhiều hơn {limit} giây xử lý cho phép với một tệp nên tệp chưa được kết luận; hãy tăng bằng --max-seconds",
    ),
    "document.memory-limit": (
        "error",
        "the check needs more than the {limit} MiB of memory that one file may take, so the file is not judged; give more with --max-memory",
        "việc kiểm tra cần nhiều hơn {limit} MiB bộ nhớ cho phép với một tệp nên tệp chưa được kết luận; hãy tăng bằng --max-memory",
    ),
    "audit.journal-malformed": (
        "error",
        "line {line} of {path} is not of an audit's journal ({why}); name another file with --journal or another folder with --out",
        "dòng {line} của {path} không phải nhật ký kiểm tra ({why}); hãy chỉ định tệp khác bằng --journal hoặc thư mục khác bằng --out",
    ),
    "audit.journal-other": (
        "error",
        "the journal {path} was made with another {what}, so its answers do not hold here; name another journal or folder, or give the same",
        "nhật ký {path} được lập với {what} khác nên kết quả trong đó không dùng lại được; hãy chọn nhật ký hoặc thư mục khác, hoặc dùng đúng như trước",
    ),
    "audit.journal-untrusted": (
        "error",
        "others may write to the journal {path}, so what it says is not relied on; make it yours alone (chmod 600) or name another",
        "người khác có thể ghi vào nhật ký {path} nên không thể tin nội dung của nó; hãy đặt quyền riêng (chmod 600) hoặc chọn nhật ký khác",
    ),
    "audit.journal-unwritable": (
        "error",
        "the journal {path} cannot be written: {why}; mend that and run again: what it holds is not judged anew",
        "không ghi được nhật ký {path}: {why}; hãy khắc phục rồi chạy lại, các tệp đã ghi nhật ký sẽ không phải kiểm tra lại",
    ),
    "audit.busy": (
        "error",
        "another audit is writing the journal {path}; wait for it or name another",
        "một lượt kiểm tra khác đang ghi nhật ký {path}; hãy chờ hoặc chọn nhật ký khác",
    ),
    "audit.watch-journal": (
        "error",
        "watching needs a journal, so that no file is judged twice: give --out DIR or --journal FILE",
        "chế độ theo dõi cần nhật ký để không kiểm tra một tệp hai lần: hãy thêm --out DIR hoặc --journal FILE",
    ),
    "audit.one-output": (
        "error",
        "{path} is named for two outputs of this audit; give each a name of its own",
        "{path} được chỉ định cho hai kết quả của lượt kiểm tra này; hãy đặt tên riêng cho từng kết quả",
    ),
    "audit.cluster": (
        "error",
        "the Dask cluster at {address} cannot be used: {why}; its workers need this program and the files under the same paths",
        "không dùng được cụm Dask tại {address}: {why}; các máy trong cụm cần có chương trình này và các tệp ở cùng đường dẫn",
    ),
    "pictures.made": (
        "info",
        "{count} pages that look different since a signature are shown in {path}",
        "{count} trang trông khác so với khi ký được trình bày trong {path}",
    ),
    "pictures.same": (
        "info",
        "no page looks different from when it was signed",
        "không trang nào trông khác so với khi ký",
    ),
    "pictures.more": (
        "warning",
        "{count} pages of the document were not compared, or not drawn, for the signature {what}: there is too much to draw",
        "{count} trang chưa được so sánh hoặc chưa được vẽ cho chữ ký {what} vì nội dung quá nhiều",
    ),
    "pictures.left-out": (
        "warning",
        "no pictures were drawn for the signature {what}: the document has too many signatures",
        "không vẽ trang cho chữ ký {what} vì tài liệu có quá nhiều chữ ký",
    ),
    "pictures.limit": (
        "warning",
        "the pages were not drawn: they need more than {limit}, which is what drawing may take; do not open the file in a viewer without care",
        "không vẽ được các trang vì cần nhiều hơn mức {limit} cho phép khi vẽ; hãy thận trọng khi mở tệp này bằng phần mềm xem",
    ),
    "pictures.unreadable": (
        "warning",
        "the pages were not drawn: PDFium cannot show the document as it was when it was signed, or as it is now",
        "không vẽ được các trang: PDFium không hiển thị được tài liệu như khi ký hoặc như hiện nay",
    ),
    "pictures.other-file": (
        "warning",
        "the pages were not drawn: the file changed while it was checked; check it again",
        "không vẽ được các trang vì tệp đã thay đổi trong lúc kiểm tra; hãy kiểm tra lại",
    ),
}
