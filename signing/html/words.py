"""The words of the HTML report: contract values → (Vietnamese, English)."""

from __future__ import annotations

from collections.abc import Mapping

Words = tuple[str, str]

VERDICTS: Mapping[str, Words] = {
    "valid": ("Hợp lệ", "Valid"),
    "invalid": ("Không hợp lệ", "Not valid"),
    "indeterminate": ("Chưa kết luận được", "Could not tell"),
    "unsigned": ("Không có chữ ký", "Not signed"),
}

VERDICTS_BY_URGENCY = ("invalid", "indeterminate", "valid", "unsigned")

VERDICT_MEANING: Mapping[str, Words] = {
    "valid": (
        "Mọi chữ ký đều đúng và nội dung không bị thay đổi sau khi ký.",
        "Every signature holds and nothing was changed after signing.",
    ),
    "invalid": (
        "Không được sử dụng văn bản này; lý do ghi bên dưới.",
        "Do not rely on this document; the reason is below.",
    ),
    "indeterminate": (
        "Chưa đủ căn cứ để kết luận; không coi là hợp lệ.",
        "There is not enough to decide; do not treat it as valid.",
    ),
    "unsigned": (
        "Không có chữ ký số nên không có gì để kiểm tra; nếu cần, hãy yêu cầu bản đã ký số.",
        "Without a signature there is nothing to check; ask for the signed document if you need it.",
    ),
}

NO_NAME: Mapping[str, Words] = {"?": ("không rõ người ký", "signer unknown")}

ICONS: Mapping[str, str] = {"valid": "✓", "invalid": "✗", "indeterminate": "?", "unsigned": "–"}

INDICATIONS: Mapping[str, str] = {
    "TOTAL-PASSED": "valid",
    "TOTAL-FAILED": "invalid",
    "INDETERMINATE": "indeterminate",
}

KINDS: Mapping[str, Words] = {
    "pdf": ("Văn bản PDF", "PDF document"),
    "dossier": ("Hồ sơ điện tử", "Dossier"),
    "asice": ("Gói tài liệu ASiC-E", "ASiC-E container"),
    "asics": ("Gói tài liệu ASiC-S", "ASiC-S container"),
    "cades": ("Chữ ký tách rời (CAdES)", "Detached signature (CAdES)"),
    "xades": ("Chữ ký XML (XAdES)", "XML signature (XAdES)"),
    "timestamp": ("Dấu thời gian", "Timestamp"),
    "evidence-record": ("Bản ghi bằng chứng", "Evidence record"),
    "seal": ("Con dấu xác thực", "Verification seal"),
    "token": ("Token định danh", "Identity token"),
    "unknown": ("Tệp khác", "Other file"),
}

SEVERITIES: Mapping[str, Words] = {
    "error": ("Lỗi", "Error"),
    "warning": ("Lưu ý", "Warning"),
    "info": ("Thông tin", "Note"),
}

STEPS: Mapping[str, Words] = {
    "receive": ("Tiếp nhận", "Receive"),
    "appraise": ("Thẩm định", "Appraise"),
    "approve": ("Phê duyệt", "Approve"),
    "sign": ("Ký số", "Sign"),
    "return": ("Trả kết quả", "Return"),
}

DECISIONS: Mapping[str, Words] = {
    "accepted": ("đã tiếp nhận", "accepted"),
    "declined": ("không tiếp nhận", "declined"),
    "supplement": ("yêu cầu bổ sung", "supplement requested"),
    "eligible": ("đủ điều kiện", "eligible"),
    "ineligible": ("không đủ điều kiện", "not eligible"),
    "sent-back": ("trả lại bước trước", "sent back"),
    "issued": ("đã ban hành kết quả", "result issued"),
    "refused": ("từ chối giải quyết", "refused"),
    "delivered": ("đã giao kết quả", "delivered"),
    "withdrawn": ("người nộp rút hồ sơ", "withdrawn by the applicant"),
}

ROLES: Mapping[str, Words] = {
    "receiver": ("cán bộ tiếp nhận", "receiving officer"),
    "appraiser": ("cán bộ thẩm định", "appraiser"),
    "approver": ("người phê duyệt", "approver"),
    "official": ("người có thẩm quyền", "competent official"),
    "clerk": ("văn thư", "clerk"),
}

COVERAGE: Mapping[str, Words] = {
    "whole-file": ("toàn bộ tệp", "the whole file"),
    "revision": ("toàn bộ nội dung tại thời điểm ký", "all content when it was signed"),
    "partial": ("chỉ một phần tệp", "only a part of the file"),
}

CHANGES: Mapping[str, Words] = {
    "none": ("không có thay đổi sau khi ký", "nothing changed after signing"),
    "permitted": ("sau đó chỉ có bổ sung được phép", "only permitted additions since"),
    "forbidden": ("đã bị sửa sau khi ký", "changed after signing"),
    "unknown": ("không rõ có thay đổi hay không", "changes could not be judged"),
}

STATES: Mapping[str, Words] = {
    "new": ("mới lập", "new"),
    "received": ("đã tiếp nhận", "received"),
    "awaiting-supplement": ("chờ bổ sung", "awaiting a supplement"),
    "appraised": ("đã thẩm định", "appraised"),
    "approved": ("đã phê duyệt", "approved"),
    "rejected": ("không được phê duyệt", "rejected"),
    "signed": ("đã ký kết quả", "signed"),
    "returned": ("đã trả kết quả", "returned"),
    "declined": ("không tiếp nhận", "declined"),
    "stopped": ("dừng giải quyết", "stopped"),
}

SEAL_STATUS: Mapping[str, Words] = {
    "valid": ("đang có giá trị", "in force"),
    "revoked": ("đã thu hồi", "withdrawn"),
    "pending": ("đang chờ ký", "pending signatures"),
    "unknown": ("chưa biết", "unknown"),
}

SEAL_FACTS: Mapping[str, Words] = {
    "number": ("Số kết quả", "Result number"),
    "issued": ("Ngày cấp", "Issued"),
    "holder": ("Người được cấp", "Holder"),
    "dossier": ("Mã hồ sơ", "Dossier"),
    "procedure": ("Thủ tục", "Procedure"),
    "office": ("Cơ quan", "Office"),
    "expires": ("Có giá trị đến", "Good until"),
}


def words(table: Mapping[str, Words], value: str) -> Words:
    """The words for a contract value; a value that is not in the table speaks for itself."""
    return table.get(value, (value, value))
