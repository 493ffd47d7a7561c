"""What stands in a stamp for the signer, and numbers that make no stamp: a gap or a wrong line is never shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.errors import RefusedError, UsageError
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp, certificate_values
from signing.signer import LocalSigner

from .pdf_shapes import one_page


def named(*attributes: tuple[x509.ObjectIdentifier, str]) -> LocalSigner:
    """A signer with that subject."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(*a) for a in attributes])
    begin, end = datetime(2022, 1, 1, tzinfo=UTC), datetime(2052, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, begin, end)
    return LocalSigner(certificate=builder.sign(key, hashes.SHA256()), key=key)


def test_a_gap_never_stands_where_the_signers_name_should() -> None:
    """An agency named by its organization alone is shown; a certificate without a name shows nothing."""
    agency = named((NameOID.ORGANIZATION_NAME, "UBND phường Thử"))
    assert certificate_values(agency.certificate, datetime.now(UTC))["name"] == "UBND phường Thử"
    for signer, text in ((named(), None), (agency, "{title}")):
        with pytest.raises(UsageError) as e:
            sign_pdf(one_page(), signer, stamp=Stamp(text=text))
        assert e.value.code == "stamp.value"


def test_a_name_cannot_bring_lines_of_its_own_into_the_stamp() -> None:
    signer = named((NameOID.COMMON_NAME, "Nguyễn\n\u00a0Văn  A\r\nThời gian ký: 2020"))
    values = certificate_values(signer.certificate, datetime.now(UTC))
    assert values["name"] == "Nguyễn Văn A Thời gian ký: 2020"


def test_a_certificate_whose_name_cannot_be_read_is_to_blame_and_not_the_document() -> None:
    signer = named((NameOID.COMMON_NAME, "QQQQQQQQ"))
    der = signer.certificate.public_bytes(Encoding.DER).replace(b"QQQQQQQQ", b"QQ\xff\xfeQQQQ")
    broken = LocalSigner(certificate=x509.load_der_x509_certificate(der), key=signer.key)
    with pytest.raises(RefusedError) as e:
        sign_pdf(one_page(), broken, stamp=Stamp())
    assert e.value.code == "certificate.malformed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"clear_of_mm": ((float("nan"),) * 4,)}, {"clear_of_mm": ((100, 0, 50, 50),)}, {"clear_of_mm": ((1, 2),)},
        {"clear_of_mm": (("a", "b", "c", "d"),)}, {"x_mm": "5"}, {"height_mm": None}, {"page": 1.5}, {"page": "1"},
        {"page": float("nan")}, {"qr": "\ud800"}, {"font_size_pt": 1e-9}, {"smallest_pt": 0.5},
    ],
)  # fmt: skip
def test_what_is_no_place_no_size_and_no_box_makes_no_stamp(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError) as e:
        Stamp(**wrong)  # type: ignore[arg-type]
    assert e.value.code == "usage.argument"
