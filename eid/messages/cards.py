"""Sentences about card QR codes and machine-readable lines."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    # machine-readable zone
    "mrz.malformed": (
        "this is not a machine-readable zone: {why}; read the lines again",
        "không phải vùng đọc máy (MRZ): {why_vi}; hãy đọc lại các dòng",
    ),
    "mrz.check-digit": (
        "the check digit of the machine-readable zone does not fit ({which}); read the lines again",
        "chữ số kiểm tra của vùng đọc máy (MRZ) không khớp ({which_vi}); hãy đọc lại các dòng",
    ),
    "mrz.too-large": (
        "a machine-readable zone has fewer than {limit} characters",
        "vùng đọc máy (MRZ) có ít hơn {limit} ký tự",
    ),
}
