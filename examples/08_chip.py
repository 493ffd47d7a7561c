"""Read a card's chip: whose data it is, that nobody changed it, that the chip is no copy. The country is synthetic."""

from datetime import date

from eid import Chip, CscaStore, EidError, Person
from eid.cards.active import new_challenge
from eid.cards.synthetic import SyntheticCountry

person = Person(
    number="001190654321",
    full_name="Trần Thị Kiểm Thử",
    birth_date=date(1990, 5, 17),
    sex="female",
    residence="Số 1, phường Cửa Nam, Hà Nội",
)
country = SyntheticCountry("VN", "VNM")
card = country.signer().card(person)  # what a reader gets from a chip: EF.SOD, DG1, DG2, DG13, DG14, DG15

# whom to trust is the caller's decision: a folder of certificates, a master list, or here one certificate
trusted = CscaStore([country.certificate], crls=[country.revocation_list()])

try:
    Chip.read(card.files).verify(CscaStore())
except EidError as answer:
    print(f"without an anchor: {answer.code}, exit status {answer.exit_status}: neither valid nor invalid")

challenge = new_challenge()  # fresh, for this chip, once
result = Chip.read(card.files).verify(trusted, answer=card.answered(challenge))
print(f"genuine: {result.person().full_name}, face {result.faces()[0].media_type}, signed by {result.country}")
for remark in (*result.proves, *result.notices):
    print(f"  {remark.text}")

copy = country.signer().card(person)  # the same files on another chip, which has another key inside
try:
    Chip.read(card.files).verify(trusted, answer=copy.answered(challenge))
except EidError as refusal:
    print(f"a copy: {refusal.code} - {refusal.text_vi}")

older = {**card.files, "DG13.bin": card.files["DG13.bin"].replace(b"1990", b"1980")}
try:
    Chip.read(older).verify(trusted)
except EidError as refusal:
    print(f"changed: {refusal.code} - {refusal.text_vi}")
