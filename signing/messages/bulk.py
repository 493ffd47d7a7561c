"""Messages of batches: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {
    "bulk.busy": (
        "error",
        "another run is writing to this folder (it holds {path}); wait for it or name another folder",
        "một lượt chạy khác đang ghi vào thư mục này (đang giữ {path}); hãy chờ hoặc chọn thư mục khác",
    ),
    "bulk.link": (
        "error",
        "{path} is a link that leads out of its folder or nowhere, so it was not followed; name its target itself",
        "{path} là liên kết trỏ ra ngoài thư mục hoặc không trỏ tới đâu nên không được đi theo; hãy ghi rõ tệp đích",
    ),
    "bulk.reserved": (
        "error",
        "what {path} would become has the name of a file that the batch itself needs; rename it or sign it alone",
        "kết quả của {path} sẽ trùng tên tệp mà chính lượt ký cần dùng; hãy đổi tên tệp hoặc ký riêng tệp này",
    ),
    "bulk.index": (
        "error",
        "the list of files cannot be kept: {why}; free space in the folder for temporary files (TMPDIR)",
        "không lưu được danh sách tệp: {why}; hãy giải phóng dung lượng thư mục tạm (TMPDIR)",
    ),
    "bulk.done": (
        "error",
        "{path} was made by an earlier run; pass --resume to keep it and go on, or --force to make it again",
        "{path} đã được tạo ở lượt chạy trước; dùng --resume để giữ lại và chạy tiếp, hoặc --force để tạo lại",
    ),
    "bulk.unknown-output": (
        "error",
        "{path} exists and the journal does not know it; remove it, or pass --force instead of --resume",
        "{path} đã tồn tại nhưng nhật ký không ghi nhận; hãy xóa tệp này hoặc dùng --force thay cho --resume",
    ),
    "bulk.other-job": (
        "error",
        "{path} was made by a run with another key or baseline; name another folder, or pass --force",
        "{path} được tạo ở lượt chạy dùng khóa hoặc mức chữ ký khác; hãy chọn thư mục khác hoặc dùng --force",
    ),
    "bulk.input-changed": (
        "error",
        "{path} was changed after its output was made; check it, then sign it into another folder or pass --force",
        "{path} đã bị sửa sau khi có kết quả; hãy kiểm tra rồi ký vào thư mục khác hoặc dùng --force",
    ),
    "bulk.output-changed": (
        "error",
        "{path} is not what the journal says was written; remove it and run again with --resume",
        "{path} không đúng với nội dung nhật ký đã ghi; hãy xóa tệp này rồi chạy lại với --resume",
    ),
    "bulk.input-moving": (
        "error",
        "{path} was being written while it was read; run again with --resume when it is complete",
        "{path} đang bị ghi trong khi đọc; hãy chạy lại với --resume khi tệp đã hoàn chỉnh",
    ),
    "bulk.disk-full": (
        "error",
        "no space is left at {path}; free some and run again with --resume: what is done stays",
        "hết dung lượng tại {path}; hãy giải phóng rồi chạy lại với --resume, phần đã làm được giữ nguyên",
    ),
    "bulk.stopped": (
        "error",
        "stopped after {count} failures of one kind, one after the other ({why}); mend that, then pass --resume",
        "dừng sau {count} lỗi cùng loại liên tiếp ({why}); hãy khắc phục rồi chạy lại với --resume",
    ),
    "journal.malformed": (
        "error",
        "line {line} of {path} is not of a journal ({why}); name another journal with --journal",
        "dòng {line} của {path} không phải nhật ký ({why}); hãy chỉ định nhật ký khác bằng --journal",
    ),
    "journal.unwritable": (
        "error",
        "the journal {path} cannot be written: {why}; nothing further was made, run again with --resume",
        "không ghi được nhật ký {path}: {why}; chưa tạo thêm kết quả nào, hãy chạy lại với --resume",
    ),
}
