"""Sentences about status lists, shards of them, and where they come from."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "status.unknown": (
        "it could not be learnt whether the token was revoked; give a status list (--status FILE)",
        "không biết được token đã bị thu hồi hay chưa; hãy cung cấp danh sách trạng thái (--status TỆP)",
    ),
    "status.stale": (
        "the status list is older than it may be; fetch a new one",
        "danh sách trạng thái đã quá hạn dùng; hãy tải bản mới",
    ),
    "status.early": (
        "the status list is dated after now; check the clocks of this machine and of the issuer",
        "danh sách trạng thái ghi thời điểm sau hiện tại; hãy kiểm tra đồng hồ của máy này và của bên cấp",
    ),
    "status.untrusted": (
        "the status list cannot be relied on: {why}",
        "không thể dựa vào danh sách trạng thái này: {why}",
    ),
    "status.unavailable": (
        "the status list could not be fetched ({why}); try again shortly, and treat the token as not checked",
        "không tải được danh sách trạng thái ({why}); hãy thử lại sau ít phút và coi token là chưa được kiểm tra",
    ),
    "status.foreign": (
        "the token names a status list outside {prefix}, which is not fetched; do not rely on the token",
        "token nêu một danh sách trạng thái nằm ngoài {prefix} nên không được tải; không dựa vào token này",
    ),
    "status.malformed": ("the status list is malformed: {why}", "danh sách trạng thái sai cấu trúc: {why}"),
    "status.limit": (
        "the status list has more than {limit} entries",
        "danh sách trạng thái có quá {limit} mục",
    ),
    "status.full": (
        "the status list has no free entry; start another list",
        "danh sách trạng thái đã hết chỗ; hãy mở danh sách khác",
    ),
    "status.key": (
        "this key is made for '{purpose}' and signs no status lists; give one made for 'status'",
        "khóa này dành cho '{purpose}', không ký danh sách trạng thái; hãy dùng khóa dành cho 'status'",
    ),
    "status.no-shard": (
        "no status list of this issuer is called {uri}",
        "bên cấp này không có danh sách trạng thái nào tên {uri}",
    ),
}
