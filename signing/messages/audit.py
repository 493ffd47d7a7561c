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
}
