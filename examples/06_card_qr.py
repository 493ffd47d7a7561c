"""Read the QR code of an identity card: fast typing at the counter, and proof of nothing."""

from eid import CardQR, EidError

text = "001190654321||Trần Thị Kiểm Thử|17051990|Nữ|Số 1, phường Cửa Nam, Hà Nội|04102024||||"
card = CardQR.parse(text)
print(card.form.name, card.number.masked, card.full_name, card.birth_date)
print(card.proves.code, "-", card.proves.text_vi)

# a reader that took UTF-8 for ISO 8859-1: put right, because nothing else can have been meant
misread = CardQR.parse(text.encode().decode("iso-8859-1"))
print(misread.full_name, "- repaired from", misread.repaired_from)

# the name in a bank's files has no accents
print("same name:", card.is_named("TRAN THI KIEM THU"))

# what does not fit together is a warning: numbers are not issued again on every correction
for warning in CardQR.parse(text.replace("17051990", "17051991")).warnings:
    print(warning.code, "-", warning.text_vi)

try:
    CardQR.parse(text.replace("||Trần", "|Trần"))  # an empty field swallowed: all others would shift
except EidError as refusal:
    print(refusal.code, "-", refusal.text_vi)
