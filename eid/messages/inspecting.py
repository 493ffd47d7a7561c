"""Names of what `eid inspect` shows; nothing that it shows is proven."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "inspect.unverified": (
        "nothing below was checked: not who made it, not whether it is genuine, not whether it still holds",
        "chưa có nội dung nào dưới đây được kiểm tra: không rõ ai tạo ra, có thật hay không, còn hiệu lực hay không",
    ),
    "inspect.identity": ("identity token (eid+jwt)", "token định danh (eid+jwt)"),
    "inspect.step-proof": (
        "proof for one step of a dossier (eid-step+jwt)",
        "bằng chứng cho một bước hồ sơ (eid-step+jwt)",
    ),
    "inspect.credential": ("credential's signed part (dc+sd-jwt)", "phần được ký của chứng nhận (dc+sd-jwt)"),
    "inspect.key-binding": ("holder's proof (kb+jwt)", "bằng chứng của người giữ (kb+jwt)"),
    "inspect.status-list": ("status list (statuslist+jwt)", "danh sách trạng thái (statuslist+jwt)"),
    "inspect.jws": ("signed token (JWS) of kind '{typ}'", "token được ký (JWS) thuộc loại '{typ}'"),
    "inspect.sd-jwt": ("token with selective disclosure (SD-JWT)", "token công bố có chọn lọc (SD-JWT)"),
    "inspect.disclosure": ("disclosure of '{name}'", "phần công bố '{name}'"),
    "inspect.jwks": ("published keys (JWKS)", "khóa công khai được công bố (JWKS)"),
    "inspect.counter-code": ("counter code", "mã xuất trình tại quầy"),
    "inspect.cwt": ("issuer's token in a counter code (CWT)", "token của bên cấp trong mã tại quầy (CWT)"),
    "inspect.card-qr": ("text of a card's QR code, which is unsigned", "nội dung mã QR trên thẻ, không có chữ ký"),
    "inspect.mrz": ("machine-readable zone", "vùng đọc máy (MRZ)"),
    "inspect.number": ("personal number", "số định danh cá nhân"),
    "inspect.chip": ("files of a chip", "các tệp của chip"),
    "inspect.chip-file": ("file {file} of a chip", "tệp {file} của chip"),
    "inspect.certificate": ("certificate", "chứng thư số"),
    "inspect.crl": ("certificate revocation list", "danh sách chứng thư bị thu hồi (CRL)"),
    "inspect.master-list": ("master list of country certificates", "danh sách chứng thư quốc gia (master list)"),
    "inspect.pem": ("PEM file", "tệp PEM"),
    "inspect.picture": ("picture or PDF with QR codes", "ảnh hoặc PDF có mã QR"),
    "inspect.unknown": ("nothing that is known here", "không nhận ra nội dung"),
}
