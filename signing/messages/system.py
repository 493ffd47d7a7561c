"""What the operating system says when a file or a connection fails (POSIX errno), in Vietnamese."""

from __future__ import annotations

import errno
import os

_BY_NUMBER: dict[int, str] = {
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EACCES: "không có quyền truy cập",
    errno.EPERM: "thao tác không được phép",
    errno.EEXIST: "đã tồn tại",
    errno.EISDIR: "đây là một thư mục",
    errno.ENOTDIR: "một phần của đường dẫn không phải thư mục",
    errno.ENOTEMPTY: "thư mục không trống",
    errno.ENAMETOOLONG: "tên quá dài",
    errno.ELOOP: "liên kết dẫn vòng hoặc không được phép",
    errno.ENOSPC: "đĩa đã đầy",
    errno.EDQUOT: "đã hết hạn mức đĩa",
    errno.EFBIG: "tệp quá lớn",
    errno.EROFS: "hệ thống tệp chỉ cho đọc",
    errno.EIO: "lỗi đọc hoặc ghi của thiết bị",
    errno.EMFILE: "mở quá nhiều tệp cùng lúc",
    errno.ENFILE: "hệ thống mở quá nhiều tệp cùng lúc",
    errno.ENOMEM: "không đủ bộ nhớ",
    errno.EADDRINUSE: "cổng đang có chương trình khác dùng",
    errno.ECONNREFUSED: "kết nối bị từ chối",
    errno.ECONNRESET: "kết nối bị ngắt",
    errno.ETIMEDOUT: "quá thời gian chờ",
    errno.ENETUNREACH: "không có đường mạng tới đó",
    errno.EHOSTUNREACH: "không tới được máy chủ",
}
PHRASES: dict[str, str] = {os.strerror(number): vietnamese for number, vietnamese in _BY_NUMBER.items()}
