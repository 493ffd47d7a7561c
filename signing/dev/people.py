"""Who is in the development PKI: invented subjects as Vietnamese CAs write them (RFC 5280 §4.1.2.6).

Every subject says "thử nghiệm" and DEV, every personal number is synthetic: none of it has legal value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography import x509
from cryptography.x509.oid import NameOID

OFFICE = "H26.19"
OFFICE_NAME = "UBND phường Thử Nghiệm (DEV)"
IDENTITY_ISSUER = "https://dinhdanh.thu-nghiem.example"
_MAKER = "Thử nghiệm – không có giá trị pháp lý (DEV)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A certificate holder: an official, a citizen, or an office when there is no `number`.

    `role` and `steps` are what `trust/roles` grants; a holder without a role is granted nothing.
    """

    common_name: str
    uid: str
    organization: str | None = OFFICE_NAME
    unit: str | None = None
    title: str | None = None
    role: str | None = None
    steps: tuple[str, ...] = ()

    @property
    def number(self) -> str | None:
        """The personal number, 12 digits, or None for an office."""
        kind, _, value = self.uid.partition(":")
        return value if kind == "CCCD" else None

    def subject(self) -> x509.Name:
        """The distinguished name, from country to number."""
        parts = [
            (NameOID.COUNTRY_NAME, "VN"),
            (NameOID.LOCALITY_NAME, "Hà Nội"),
            (NameOID.ORGANIZATION_NAME, self.organization or _MAKER),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, self.unit),
            (NameOID.TITLE, self.title),
            (NameOID.COMMON_NAME, self.common_name),
            (NameOID.USER_ID, self.uid),
        ]
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def service_name(common_name: str) -> x509.Name:
    """The name of a CA, TSA or OCSP responder of the development PKI."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _MAKER),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "root": "Root CA thử nghiệm (DEV)",
        "issuing": "CA thử nghiệm phục vụ cơ quan (DEV)",
        "ocsp": "OCSP thử nghiệm (DEV)",
        "tsa": "Dấu thời gian thử nghiệm (DEV TSA)",
    }
)

HOLDERS: Mapping[str, Holder] = MappingProxyType(
    {
        "receiver": Holder(
            common_name="Nguyễn Thị Lan",
            uid="CCCD:001190123401",
            unit="Bộ phận Một cửa",
            title="Công chức tiếp nhận và trả kết quả",
            role="receiver",
            steps=("receive", "return"),
        ),
        "appraiser": Holder(
            common_name="Lê Văn Bình",
            uid="CCCD:001085123402",
            unit="Bộ phận Tư pháp – Hộ tịch",
            title="Công chức tư pháp – hộ tịch",
            role="appraiser",
            steps=("appraise",),
        ),
        "approver": Holder(
            common_name="Phạm Thị Hòa",
            uid="CCCD:001178123403",
            unit="Lãnh đạo",
            title="Phó Chủ tịch",
            role="approver",
            steps=("approve",),
        ),
        "official": Holder(
            common_name="Trần Quốc Đạt",
            uid="CCCD:001072123404",
            unit="Lãnh đạo",
            title="Chủ tịch",
            role="official",
            steps=("sign",),
        ),
        "clerk": Holder(common_name=OFFICE_NAME, uid="MST:0100000000", role="clerk"),
        "citizen": Holder(common_name="Trần Văn An", uid="CCCD:001090123456", organization=None),
        # The rest is for tests of refusal: a real certificate of the same CA without any role, and unusable ones.
        "stranger": Holder(common_name="Đỗ Thị Yến", uid="CCCD:001195123405", unit="Bộ phận Một cửa"),
        "expired": Holder(common_name="Vũ Hết Hạn", uid="CCCD:001080123406", unit="Bộ phận Một cửa"),
        "not-yet-valid": Holder(common_name="Bùi Chưa Tới", uid="CCCD:001081123407", unit="Bộ phận Một cửa"),
        "revoked": Holder(common_name="Ngô Thu Hồi", uid="CCCD:001082123408", unit="Bộ phận Một cửa"),
        "suspended": Holder(common_name="Đặng Tạm Dừng", uid="CCCD:001083123409", unit="Bộ phận Một cửa"),
    }
)
IMPOSTOR_OF = "approver"  # the unrelated root's certificate "impostor" carries this holder's very name and number
