"""Certification, fields for later signers, locks and what the signer says, judged by us, poppler and pyHanko."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing.cms.attributes import Commitment, ContentHints, SignerLocation, SigningDetails
from signing.cms.signed_data import parse_cms
from signing.errors import RefusedError, SigningError, UsageError
from signing.pdf.request import FieldLock, FieldSpec, Permission
from signing.pdf.sign import extend_pdf, sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf_check.verify import PdfExamination, examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from .pdf_shapes import INPUTS, VALID, hanko, one_page, pdfsig
from .test_pdf import contents

OFFICIAL = FieldSpec(name="Official", place=Stamp(page=0, x_mm=120, y_mm=40, width_mm=50, height_mm=25))
OFFICE = FieldSpec(name="Office", place=Stamp(page=0, x_mm=100, y_mm=40, width_mm=36, height_mm=36))
RESULT = INPUTS / "result.pdf"


def signed(pdf: bytes, world: World, name: str = "receiver", **more: object) -> bytes:
    result = sign_pdf(pdf, world.pki.signer(name), **more)  # type: ignore[arg-type]
    assert result is not None
    return result


def proven(pdf: bytes, world: World, tmp_path: Path) -> PdfExamination:
    """What we find of a file that three judges hold valid, once its evidence is there."""
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    extended = extend_pdf(pdf, baseline=Baseline.B_LT, **services)  # type: ignore[arg-type]
    found = examine_pdf(extended or b"", trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, [f.code for f in found.findings] + [
        f.code for s in found.signatures for f in s.findings
    ]
    assert all(s == VALID for s in pdfsig(pdf, tmp_path))
    assert all(v.bottom_line for v in hanko(pdf, world.pki)), hanko(pdf, world.pki)
    return found


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(SigningError) as e:
        work()
    return e.value.code


# certification


@pytest.mark.parametrize("permission", Permission)
def test_a_certified_document_is_valid_at_each_permission(permission: Permission, world: World, tmp_path: Path) -> None:
    after = signed(RESULT.read_bytes(), world, certify=permission)
    assert b"/TransformMethod /DocMDP" in after
    assert b"/Perms" in after
    assert proven(after, world, tmp_path).signatures[0].changes_after == "permitted"


def test_later_signers_fill_the_fields_made_before_the_certification(world: World, tmp_path: Path) -> None:
    pdf = signed(RESULT.read_bytes(), world, certify=Permission.SIGN, fields=(OFFICIAL, OFFICE))
    assert pdf.count(b"/Type /Sig\n") == 1
    for field, name in (("Official", "official"), ("Office", "clerk")):
        pdf = signed(pdf, world, name, field=field, stamp=Stamp(colour="red"))
    found = proven(pdf, world, tmp_path)
    assert [s.changes_after for s in found.signatures if s.type == "signature"] == ["permitted"] * 3
    assert [v.field for v in hanko(pdf, world.pki)] == ["Signature1", "Official", "Office"]


def test_a_document_certified_against_changes_takes_evidence_but_no_signature(world: World, tmp_path: Path) -> None:
    after = signed(one_page(), world, certify=Permission.NO_CHANGES)
    assert refusal(lambda: signed(after, world, "official")) == "pdf.certified"
    assert proven(after, world, tmp_path).signatures


def test_only_the_first_signature_certifies_or_makes_fields(world: World) -> None:
    once = signed(one_page(), world)
    assert refusal(lambda: signed(once, world, certify=Permission.SIGN)) == "pdf.certify-late"
    assert refusal(lambda: signed(once, world, fields=[OFFICIAL])) == "pdf.already-signed"
    certified = signed(one_page(), world, certify=Permission.SIGN)
    assert refusal(lambda: signed(certified, world, certify=Permission.SIGN)) == "pdf.certify-late"


def test_fields_for_nobody_are_refused(world: World) -> None:
    assert (
        refusal(lambda: signed(one_page(), world, certify=Permission.NO_CHANGES, fields=[OFFICIAL]))
        == "pdf.certify-fields"
    )
    assert refusal(lambda: signed(one_page(), world, certify=4)) == "usage.argument"
    assert refusal(lambda: signed(one_page(), world, fields=[OFFICIAL, OFFICIAL])) == "usage.argument"
    assert refusal(lambda: signed(one_page(), world, fields=[FieldSpec(name="a.b")])) == "pdf.field-name"


def test_a_field_that_is_there_already_is_not_made_again(world: World) -> None:
    pdf = signed(one_page(), world, fields=[OFFICIAL])
    unsigned = pdf.replace(b"/V ", b"/v ")
    assert refusal(lambda: signed(unsigned, world, fields=[OFFICIAL])) in {"pdf.field-exists", "pdf.malformed"}
    there = one_page(
        catalog="/AcroForm <</Fields [4 0 R]>>",
        more={4: b"<</FT /Sig /T (Official) /Type /Annot /Subtype /Widget /Rect [0 0 0 0]>>"},
    )
    assert refusal(lambda: signed(there, world, fields=[OFFICIAL])) == "pdf.field-exists"


def test_the_own_field_never_takes_the_name_of_a_later_signers(world: World) -> None:
    after = signed(one_page(), world, fields=[FieldSpec(name="Signature1")])
    assert hanko(after, world.pki)[0].field == "Signature2"


@pytest.mark.parametrize(
    "catalog", ["/Perms 4 0 R", "/Perms <<>>", "/Perms 9 0 R"], ids=["object", "in-the-catalog", "null"]
)
def test_permissions_that_are_there_are_kept(catalog: str, world: World) -> None:
    after = signed(one_page(catalog=catalog, more={4: b"<</X (kept)>>"}), world, certify=Permission.SIGN)
    assert hanko(after, world.pki)[0].bottom_line
    assert b"/DocMDP" in after
    assert refusal(lambda: signed(after, world, certify=Permission.SIGN)) == "pdf.certify-late"


# locks


def test_a_lock_of_ones_own_keeps_the_others_out(world: World, tmp_path: Path) -> None:
    lock = FieldLock(action="include", names=("Office",))
    pdf = signed(one_page(), world, fields=(OFFICIAL, OFFICE), lock=lock)
    assert refusal(lambda: signed(pdf, world, field="Office")) == "pdf.field-locked"
    proven(signed(pdf, world, "official", field="Official", stamp=Stamp()), world, tmp_path)


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        (FieldLock(), "pdf.field-locked"),
        (FieldLock(action="exclude", names=("Official",)), "pdf.field-locked"),
        (FieldLock(action="include", names=("Office",)), None),
    ],
)
def test_a_lock_holds_for_fields_that_are_not_there_yet(lock: FieldLock, code: str | None, world: World) -> None:
    """Auditors read it so: a new field that the lock does not leave open would break the first signature."""
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    first = signed(one_page(), world, fields=(OFFICIAL, OFFICE), lock=lock)
    if code is not None:
        assert refusal(lambda: signed(first, world, "clerk")) == code
    else:
        first = signed(first, world, "clerk")
    found = examine_pdf(extend_pdf(first, baseline=Baseline.B_LTA, **services) or b"", trust=world.pki.trust())
    assert found.verdict is Verdict.VALID


def test_the_lock_of_a_later_signers_field_is_signed_with_it(world: World, tmp_path: Path) -> None:
    last = FieldSpec(name="Last", lock=FieldLock())
    pdf = signed(one_page(), world, certify=Permission.SIGN, fields=(OFFICIAL, last))
    pdf = signed(pdf, world, "official", field="Last")
    assert b"/TransformMethod /FieldMDP" in pdf
    assert refusal(lambda: signed(pdf, world, "clerk", field="Official")) == "pdf.field-locked"
    proven(pdf, world, tmp_path)


def test_a_lock_may_come_with_a_second_signature(world: World, tmp_path: Path) -> None:
    first = signed(one_page(), world, fields=(OFFICIAL, OFFICE))
    second = signed(first, world, "official", field="Official", lock=FieldLock(action="exclude", names=("Official",)))
    assert refusal(lambda: signed(second, world, field="Office")) == "pdf.field-locked"
    proven(second, world, tmp_path)
    proven(signed(first, world, "official", lock=FieldLock()), world, tmp_path)


def test_a_lock_that_names_no_field_would_lock_nothing_and_is_refused(world: World) -> None:
    lock = FieldLock(action="include", names=("Ofice",))
    assert refusal(lambda: signed(one_page(), world, fields=[OFFICE], lock=lock)) == "pdf.lock-unknown"
    with pytest.raises(UsageError):
        FieldLock(action="include")
    with pytest.raises(UsageError):
        FieldLock(action="all", names=("Office",))


# what the signer says


def test_words_stand_in_the_dictionary_and_commitments_in_the_cms(world: World, tmp_path: Path) -> None:
    details = SigningDetails(
        location=SignerLocation(country="VN", locality="Hà Nội"), claimed_roles=("Chủ tịch UBND xã",)
    )
    after = signed(one_page(), world, details=details, reason="Phê duyệt (lần 1)", contact="024 3825 3536")
    assert b"/Location <FEFF" in after
    assert b"/Reason <FEFF" in after
    assert b"/ContactInfo (024 3825 3536)" in after
    assert b"/Name" not in after
    proven(after, world, tmp_path)
    assert parse_cms(contents(after)[0], allow_trailing_zeros=True).signing_time is None


def test_a_commitment_and_a_reason_exclude_each_other(world: World, tmp_path: Path) -> None:
    details = SigningDetails(commitments=(Commitment.PROOF_OF_APPROVAL,))
    assert refusal(lambda: signed(one_page(), world, details=details, reason="Phê duyệt")) == "pdf.reason"
    proven(signed(one_page(), world, details=details), world, tmp_path)
    hints = SigningDetails(content_hints=ContentHints(description="x"))
    assert refusal(lambda: signed(b"not even a PDF", world, details=hints)) == "details.pades"


@pytest.mark.parametrize("words", ["", "a\nb", "x" * 1025])
def test_words_that_nobody_can_read_are_refused(words: str, world: World) -> None:
    assert refusal(lambda: signed(one_page(), world, reason=words)) == "usage.argument"


# seed values


def seeded(seed: str) -> bytes:
    field = (
        f"<</Type /Annot /Subtype /Widget /FT /Sig /T (Duyet) /Rect [0 0 0 0] /P 3 0 R /F 4 /SV <</Type /SV {seed}>>>>"
    )
    return one_page("/Annots [4 0 R]", catalog="/AcroForm <</Fields [4 0 R] /SigFlags 1>>", more={4: field.encode()})


def der(world: World, name: str) -> str:
    return f"<{world.pki.certificate(name).public_bytes(Encoding.DER).hex()}>"


@pytest.mark.parametrize(
    ("seed", "more"),
    [
        ("/Ff 1 /Filter /Adobe.PPKLite", {}),
        ("/Ff 2 /SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached]", {}),
        ("/SubFilter [/adbe.pkcs7.detached] /DigestMethod [(SHA1)]", {}),  # wishes
        ("/Ff 4 /V 2.0", {}),
        ("/Ff 8 /Reasons [(Ph\\352 duy\\364t) (Duyet)]", {"reason": "Duyet"}),
        ("/Ff 8 /Reasons [(.)]", {}),
        ("/Ff 64 /DigestMethod [(SHA256) (SHA384)]", {}),
        ("/Ff 128 /LockDocument /false", {}),
        ("/Ff 128 /LockDocument /true", {"certify": Permission.NO_CHANGES}),
        ("/MDP <</P 0>>", {}),
        ("/TimeStamp <</Ff 0 /URL (https://tsa.example)>>", {}),
        ("/Cert <</Ff 64 /URL (https://ca.example)>>", {}),
    ],
)
def test_seed_values_that_are_met_let_the_signature_in(seed: str, more: dict[str, object], world: World) -> None:
    after = signed(seeded(seed), world, field="Duyet", **more)
    assert hanko(after, world.pki)[0].intact


@pytest.mark.parametrize(
    "seed",
    [
        "/Ff 1 /Filter /Entrust.PPKEF",
        "/Ff 2 /SubFilter [/adbe.pkcs7.detached]",
        "/Ff 4 /V 4",
        "/Ff 8 /Reasons [(Duyet)]",
        "/Ff 16 /LegalAttestation [(x)]",
        "/Ff 32 /AddRevInfo true",
        "/Ff 64 /DigestMethod [(SHA1) (SHA512)]",
        "/Ff 128 /LockDocument /true",
        "/Ff 256 /AppearanceFilter (Logo)",
        "/Ff 512",
        "/TimeStamp <</Ff 1 /URL (https://tsa.example)>>",
        "/Cert <</Ff 4 /OID [(1.2.3)]>>",
        "/Cert <</Ff 8 /SubjectDN [<</CN (Ai khac)>>]>>",
        "/Cert <</Ff 32 /KeyUsage [(XXXXX1)]>>",
        "/Cert <</Ff 256>>",
    ],
)
def test_seed_values_that_are_not_met_refuse_the_signature(seed: str, world: World) -> None:
    with pytest.raises(RefusedError) as e:
        signed(seeded(seed), world, field="Duyet")
    assert e.value.code == "pdf.seed"


def test_seed_values_name_who_may_sign(world: World) -> None:
    who = world.pki.certificate("official").subject.rfc4514_string()
    assert who
    issuer = world.pki.signer("official").chain[0].public_bytes(Encoding.DER).hex()
    own = f"/Cert <</Ff 3 /Subject [{der(world, 'official')}] /Issuer [<{issuer}>]>>"
    assert hanko(signed(seeded(own), world, "official", field="Duyet"), world.pki)[0].intact
    assert refusal(lambda: signed(seeded(own), world, "receiver", field="Duyet")) == "pdf.seed"
    usage = "/Cert <</Ff 32 /KeyUsage [(000000000) (X1)]>>"
    assert hanko(signed(seeded(usage), world, "official", field="Duyet"), world.pki)[0].intact


def test_a_seeds_permission_makes_the_signature_certify(world: World, tmp_path: Path) -> None:
    after = signed(seeded("/MDP <</P 2>>"), world, field="Duyet")
    assert b"/TransformMethod /DocMDP" in after
    proven(after, world, tmp_path)
    for seed in ("/MDP <</P 1>>", "/MDP <</P 0>>"):
        pdf = seeded(seed)
        assert refusal(lambda pdf=pdf: signed(pdf, world, field="Duyet", certify=Permission.SIGN)) == "pdf.seed"
    with_fields = seeded("/MDP <</P 1>>")
    assert refusal(lambda: signed(with_fields, world, field="Duyet", fields=[OFFICE])) == "pdf.seed"


def test_a_demanded_timestamp_is_met_by_b_t(world: World) -> None:
    pdf = seeded("/TimeStamp <</Ff 1 /URL (https://tsa.example)>>")
    after = signed(pdf, world, field="Duyet", baseline=Baseline.B_T, tsa=world.pki.tsa())
    assert hanko(after, world.pki)[0].timestamped


@pytest.mark.parametrize("seed", ["/Ff (x)", "/SubFilter 3 /Ff 2", "/Cert 7", "/MDP [1]", "/Ff 8 /Reasons [[(a)]]"])
def test_seed_values_that_are_nonsense_stay_within_our_errors(seed: str, world: World) -> None:
    assert refusal(lambda: signed(seeded(seed), world, field="Duyet")) in {"pdf.malformed", "pdf.seed"}
