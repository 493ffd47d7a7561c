"""The seal: facts in 350 characters, strict decoding, four facts told apart, keys from trust and from nowhere else."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import Key, KeySet
from eid.keys import Purpose
from signing.errors import IndeterminateError, LimitError, MalformedError, RefusedError, SigningError, UsageError
from signing.report import Verdict
from signing.seal import base45
from signing.seal.book import LIST_ENTRIES, SealBook, SealState
from signing.seal.facts import MAX_TEXT_CHARS, PREFIX, Seal, decode_unverified, key_hint, mint_seal
from signing.seal.verify import SealVerifier, verify_seal

from ..patience import HANG_S

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OFFICE = "H26.19"
KEYS = KeySet.generate(at=AT - timedelta(days=30))
QR_ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
SHA = hashlib.sha256(b"the revision").digest()


def facts(**changes):
    values = {
        "dossier": "H26.19-261121-0001",
        "procedure": "1.001193",
        "office": OFFICE,
        "number": "123/GKS-UBND",
        "issued": date(2026, 11, 21),
        "holder": "Nguyễn V. An",
        "revision_sha256": SHA,
        "official": hashlib.sha256(b"official").digest()[:16],
        "office_seal": hashlib.sha256(b"office").digest()[:16],
        "minted_at": AT,
        "status_list": 1,
        "status_index": 54321,
    } | changes
    return Seal(**values)


def trust(keys=KEYS, *tokens, office=OFFICE):
    return SimpleNamespace(
        seals={office: {"office": office, **keys.public_jwks()}}, seal_status=tuple(t.encode() for t in tokens)
    )


@pytest.fixture
def book(tmp_path):
    with SealBook.open(tmp_path / "seals.db", office=OFFICE) as opened:
        yield opened


def sealed(book, state=SealState.VALID, key=KEYS.active, **changes):
    place = book.allocate(number="123/GKS-UBND", dossier="H26.19-261121-0001", at=AT)
    if state is not SealState.PENDING:
        book.set(place, state, at=AT)
    return mint_seal(facts(status_list=place[0], status_index=place[1], **changes), key)


def lists(book, at=AT):
    return tuple(book.publish(KEYS.active, at=at).values())


# --- text -------------------------------------------------------------------------------------------------------------


def test_the_text_fits_a_qr_code_in_alphanumeric_mode():
    text = mint_seal(facts(), KEYS.active)
    assert len(text) <= MAX_TEXT_CHARS
    assert text.startswith(PREFIX)
    assert set(text) <= QR_ALPHANUMERIC


def test_every_fact_comes_back():
    seal = facts(expires=date(2031, 11, 21), number="1")
    message = decode_unverified(mint_seal(seal, KEYS.active))
    assert message.unverified == seal
    assert message.kid == key_hint(KEYS.active)


@pytest.mark.parametrize(
    ("dossier", "office"),
    [
        ("H26.19-261121-0001", "H26.19"),
        ("000.00.19.H26-220314-0001", "000.00.19.H26"),
        ("H26.19-261121-0001", "H26"),
        ("KHAI-SINH-1", "KHAI"),
        ("A-B-1-2", "A"),
        ("no hyphen", "H26.19"),
    ],
)
def test_the_office_is_right_whether_or_not_the_dossier_code_begins_with_it(dossier, office):
    seal = facts(dossier=dossier, office=office, number="1")
    assert decode_unverified(mint_seal(seal, KEYS.active)).unverified == seal


def test_a_digest_is_shortened_to_24_bytes_only_where_32_do_not_fit():
    assert len(decode_unverified(mint_seal(facts(), KEYS.active)).unverified.revision_sha256) == 32
    text = mint_seal(facts(holder="Nguyễn Thị Minh Khai"), KEYS.active)
    assert len(text) <= MAX_TEXT_CHARS
    assert decode_unverified(text).unverified.revision_sha256 == SHA[:24]


def test_a_seal_that_would_not_scan_is_refused_with_how_much_is_too_much():
    with pytest.raises(RefusedError) as refused:
        mint_seal(facts(holder="Công Tằng Tôn Nữ Thị Huyền Trang Nguyễn Phúc"), KEYS.active)
    assert refused.value.code == "seal.too-long"
    assert refused.value.details["over"] > 0


def test_long_texts_are_deflated_and_still_read():
    repeating = facts(holder="A" * 96, number="A" * 96, procedure="A" * 96)
    text = mint_seal(repeating, KEYS.active)
    assert decode_unverified(text).unverified.holder == "A" * 96


@pytest.mark.parametrize(
    "change",
    [
        {"holder": ""},
        {"holder": " An"},
        {"holder": "An\u202egnơưhp"},
        {"holder": "An\n"},
        {"holder": "Nguye\u0302\u0303n"},
        {"holder": "A" * 97},
        {"holder": "\ud800"},
        {"revision_sha256": bytes(23)},
        {"revision_sha256": bytes(33)},
        {"official": bytes(20)},
        {"office_seal": b""},
        {"status_index": -1},
        {"status_list": 1 << 32},
        {"issued": date(1969, 12, 31)},
        {"minted_at": datetime(1969, 12, 31, tzinfo=UTC)},
    ],
)
def test_facts_that_could_mislead_are_not_sealed(change):
    with pytest.raises(RefusedError) as refused:
        facts(**change)
    assert refused.value.code == "seal.fact"


def test_a_naive_time_is_a_mistake_of_the_caller():
    with pytest.raises(UsageError):
        facts(minted_at=datetime(2026, 11, 21))  # noqa: DTZ001


def test_a_public_key_cannot_seal():
    with pytest.raises(RefusedError) as refused:
        mint_seal(facts(), KeySet.from_jwks(KEYS.public_jwks()).keys[0])
    assert refused.value.code == "seal.key"


# A seal of version 1, made once with `mint_seal`: what was printed then must be readable for as long as paper lasts.
PRINTED_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "dYA373vraiwav5z2KornGwxQlgUtSit8IM0GNUTC3tU",
    "y": "DtID3y0DFgBIzVozHJSkg7ACoC-0j48hq0UWyd_Djo8",
    "alg": "ES256",
    "use": "sig",
    "kid": "WpCQlvIU1RJeWEYWrKUg_Pqs1E3lbPZ-AVqBxLCZ3HY",
    "iat": 1767225600,
}
PRINTED = (
    "VS1:PWGSLKC 4IR8VO46OI%8B6ML6KETF6Z$5CA7TF6%96OF63W5646 86X7DY$57461A6AK6MUDQF6//5NN9+W59H8/Q81933E5"
    "H8DI$5C+AM34.+DF6BADL61C71KF$ORR5JZKL7R:FTNSB:V7S0S/VEBCIFUS80OKV3L21G44+/IGD3*8VXZCMRNH5BO91MJN%YO "
    "35UPN%6CB*7ZDIVL0%Y1DF3Y70J9IQJG.B3096893ET9U88UFIH:S/ KYJK.74O-2L.N9H4IYBD V7T0Y3B:KG1QFQ4JM5QW%EY8"
    "003DBUT.Y28.HH2SPTDM9UH:C%2KG-T/852ZL2N370"
)


def test_a_seal_that_was_printed_long_ago_still_reads():
    checked = SealVerifier(SimpleNamespace(seals={OFFICE: {"keys": [PRINTED_KEY]}}, seal_status=())).check(
        PRINTED, at=AT
    )
    assert checked.report.signature is True
    assert checked.seal == facts(expires=date(2031, 11, 21), holder="N. V. An")


# --- strict decoding --------------------------------------------------------------------------------------------------


def text_with(payload, key=KEYS.active):
    """A seal that the office's key really signed, over any payload."""
    from signing.seal import cose

    data = payload if isinstance(payload, bytes) else cbor2.dumps(payload, canonical=True)
    made = cose.sign1(data, kid=key_hint(key), aad=PREFIX.encode(), sign=key.sign_raw)
    return PREFIX + base45.encode(made)


PAYLOAD = cbor2.loads(facts().to_cbor())


@pytest.mark.parametrize(
    "payload",
    [
        {k: v for k, v in PAYLOAD.items() if k != 7},
        PAYLOAD | {12: 1},
        PAYLOAD | {0: 1},
        PAYLOAD | {-1: 1},
        PAYLOAD | {3: "H26.19"},
        PAYLOAD | {1: "no hyphen"},
        PAYLOAD | {1: b"H26.19-261121-0001"},
        PAYLOAD | {5: "2026-11-21"},
        PAYLOAD | {5: -1},
        PAYLOAD | {5: 1 << 63},
        PAYLOAD | {9: 1 << 63},
        PAYLOAD | {6: "An\u202e"},
        PAYLOAD | {7: "x" * 32},
        PAYLOAD | {7: bytes(16)},
        PAYLOAD | {8: bytes(31)},
        PAYLOAD | {8: bytes(64)},
        PAYLOAD | {10: [1]},
        PAYLOAD | {10: [1, "2"]},
        PAYLOAD | {10: [1, -2]},
        PAYLOAD | {10: [1, 1 << 40]},
        PAYLOAD | {11: 1 << 40},
        PAYLOAD | {11: None},
        [1, 2],
        7,
        {},
        b"\xa2\x01\x01\x01\x01",
        b"\xbf\x01\x01\xff",
    ],
)
def test_other_payloads_are_refused_even_when_the_office_signed_them(payload):
    with pytest.raises((MalformedError, LimitError)):
        decode_unverified(text_with(payload))
    checked = SealVerifier(trust()).check(text_with(payload), at=AT)
    assert (checked.report.decoded, checked.verdict) == (False, Verdict.INVALID)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda t: t.lower(),
        lambda t: t + " ",
        lambda t: " " + t,
        lambda t: t + "\n",
        lambda t: t[:-1],
        lambda t: t[:4] + "0" + t[4:],
        lambda t: t.replace(PREFIX, "VS2:"),
        lambda t: t.replace(PREFIX, "HC1:"),
        lambda t: "https://example.vn/" + t,
        lambda t: t + t,
        lambda t: "",
    ],
)
def test_a_seal_has_one_spelling(spelling):
    with pytest.raises(SigningError) as refused:
        decode_unverified(spelling(mint_seal(facts(), KEYS.active)))
    assert refused.value.code.startswith("seal.")


def test_a_text_of_a_million_characters_costs_nothing():
    with pytest.raises(LimitError):
        decode_unverified(PREFIX + "0" * 1_000_000)


@given(st.text(max_size=400) | st.binary(max_size=250).map(base45.encode))
def test_any_text_gives_a_report_and_only_our_errors(text):
    verifier = SealVerifier(trust())
    for candidate in (text, PREFIX + text):
        checked = verifier.check(candidate, at=AT)
        assert not checked.report.decoded
        assert checked.verdict is Verdict.INVALID


@settings(max_examples=200)
@given(st.integers(0, 340), st.sampled_from(sorted(QR_ALPHANUMERIC)))
def test_no_single_changed_character_survives(place, char):
    text = mint_seal(facts(), KEYS.active)
    changed = text[:place] + char + text[place + 1 :]
    if changed == text or place >= len(text):
        return
    checked = SealVerifier(trust()).check(changed, at=AT)
    assert checked.verdict is not Verdict.VALID
    assert checked.report.signature is not True
    assert checked.seal is None


# --- signature --------------------------------------------------------------------------------------------------------


def codes(checked):
    return [f.code for f in checked.findings]


def test_a_good_seal_in_force_is_valid(book):
    text = sealed(book)
    checked = SealVerifier(trust(KEYS, *lists(book))).check(text, at=AT)
    report = checked.report
    assert (report.decoded, report.signature, report.fresh, report.status) == (True, True, True, "valid")
    assert report.matches_document is None
    assert checked.verdict is Verdict.VALID
    assert verify_seal(text, trust(KEYS, *lists(book)), at=AT).holder == "Nguyễn V. An"


def test_without_trust_a_seal_proves_nothing():
    text = mint_seal(facts(), KEYS.active)
    for nobody in (None, trust(KEYS, office="H26.20"), SimpleNamespace(seals={}, seal_status=())):
        checked = SealVerifier(nobody).check(text, at=AT)
        assert (checked.report.signature, checked.report.fresh, checked.report.status) == (None, None, "unknown")
        assert codes(checked) == ["seal.unknown-office"]
        assert checked.verdict is Verdict.INDETERMINATE
        assert checked.seal is None


def test_another_offices_key_cannot_seal_for_this_one():
    other = KeySet.generate(at=AT)
    checked = SealVerifier(trust()).check(mint_seal(facts(), other.active), at=AT)
    assert codes(checked) == ["seal.unknown-key"]
    assert checked.report.signature is False


@pytest.mark.parametrize("purpose", ["token", "status"])
def test_a_key_for_another_purpose_neither_seals_nor_verifies_seals(purpose):
    keys = KeySet.generate(purpose=Purpose(purpose), at=AT - timedelta(days=30))
    with pytest.raises(RefusedError) as caught:
        mint_seal(facts(), keys.active)
    assert caught.value.code == "seal.key"
    text = mint_seal(facts(), Key(keys.active.public_key, keys.active.private_key))  # by the same key, all the same
    assert codes(SealVerifier(trust(keys)).check(text, at=AT)) == ["seal.unknown-key"]
    for_seals = KeySet.generate(purpose=Purpose.SEAL, at=AT - timedelta(days=30))
    checked = SealVerifier(trust(for_seals)).check(mint_seal(facts(), for_seals.active), at=AT)
    assert checked.report.signature is True


def test_an_office_with_keys_of_other_algorithms_still_verifies_its_seals_and_makes_none_with_them():
    others = [Key.generate(alg, iat=0) for alg in ("ES384", "EdDSA")]
    for other in others:
        with pytest.raises(RefusedError):
            mint_seal(facts(), other)
    mixed = KeySet([*others, *KEYS.keys])
    assert SealVerifier(trust(mixed)).check(mint_seal(facts(), KEYS.active), at=AT).report.signature is True


def test_a_forged_key_hint_does_not_help():
    from signing.seal import cose

    stranger = KeySet.generate(at=AT).active
    data = cose.sign1(facts().to_cbor(), kid=key_hint(KEYS.active), aad=PREFIX.encode(), sign=stranger.sign_raw)
    checked = SealVerifier(trust()).check(PREFIX + base45.encode(data), at=AT)
    assert codes(checked) == ["seal.signature"]
    assert checked.report.signature is False
    assert checked.report.status == "unknown"


def test_changed_facts_under_an_old_signature_are_found():
    outer = cbor2.loads(base45.decode(mint_seal(facts(), KEYS.active)[4:]))
    outer[2] = facts(holder="Tran V. Ba").to_cbor()
    checked = SealVerifier(trust()).check(PREFIX + base45.encode(cbor2.dumps(outer)), at=AT)
    assert codes(checked) == ["seal.signature"]


def test_a_revoked_key_proves_nothing_whatever_time_the_seal_claims():
    stolen = KEYS.active
    after = KEYS.revoke(stolen.kid, at=AT)
    text = mint_seal(facts(minted_at=AT - timedelta(days=10)), stolen)
    checked = SealVerifier(trust(after)).check(text, at=AT)
    assert codes(checked) == ["seal.key-revoked"]
    assert checked.verdict is Verdict.INVALID


def test_a_retired_key_still_proves_what_it_signed_in_its_time(book):
    after = KEYS.rotate(at=AT)
    old = SealVerifier(trust(after)).check(sealed(book), at=AT + timedelta(days=900))
    assert old.report.signature is True
    late = SealVerifier(trust(after)).check(mint_seal(facts(minted_at=AT + timedelta(days=1)), KEYS.active), at=AT)
    assert codes(late) == ["seal.key-not-active"]


def test_broken_keys_in_trust_are_told_and_prove_nothing():
    broken = SimpleNamespace(seals={OFFICE: {"keys": "none"}}, seal_status=())
    checked = SealVerifier(broken).check(mint_seal(facts(), KEYS.active), at=AT)
    assert codes(checked) == ["seal.office-keys"]
    assert checked.report.signature is None


# --- freshness --------------------------------------------------------------------------------------------------------


def test_a_seal_from_the_future_is_not_fresh():
    checked = SealVerifier(trust()).check(mint_seal(facts(), KEYS.active), at=AT - timedelta(minutes=3))
    assert checked.report.fresh is False
    assert "seal.from-the-future" in codes(checked)


def test_the_last_day_ends_at_midnight_in_vietnam():
    text = mint_seal(facts(expires=date(2026, 12, 31)), KEYS.active)
    verifier = SealVerifier(trust())
    midnight = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert verifier.check(text, at=midnight - timedelta(seconds=1)).report.fresh is True
    late = verifier.check(text, at=midnight)
    assert late.report.fresh is False
    assert late.verdict is Verdict.INVALID
    assert "seal.expired" in codes(late)


# --- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "code", "verdict"),
    [
        (SealState.PENDING, ["seal.pending"], Verdict.INDETERMINATE),
        (SealState.VALID, [], Verdict.VALID),
        (SealState.REVOKED, ["seal.revoked"], Verdict.INVALID),
    ],
)
def test_the_office_says_whether_a_seal_holds(book, state, code, verdict):
    text = sealed(book, state)
    checked = SealVerifier(trust(KEYS, *lists(book))).check(text, at=AT)
    assert checked.report.status == str(state)
    assert (codes(checked), checked.verdict) == (code, verdict)


def test_a_place_that_was_never_given_out_is_pending(book):
    sealed(book)
    forged = mint_seal(facts(status_index=(book.allocate(number="1", dossier="1")[1] + 1) % LIST_ENTRIES), KEYS.active)
    assert SealVerifier(trust(KEYS, *lists(book))).check(forged, at=AT).report.status == "pending"


def test_a_stale_or_missing_list_is_unknown_and_a_warning(book):
    text = sealed(book)
    for tokens, at in (((), AT), (lists(book), AT + timedelta(minutes=16))):
        checked = SealVerifier(trust(KEYS, *tokens)).check(text, at=at)
        assert checked.report.status == "unknown"
        assert [(f.code, f.severity) for f in checked.findings] == [("seal.status-unknown", "warning")]
        assert checked.verdict is Verdict.INDETERMINATE
        with pytest.raises(IndeterminateError):
            verify_seal(text, trust(KEYS, *tokens), at=at)


def test_a_list_signed_by_another_office_or_for_another_list_is_passed_over(book, tmp_path):
    text = sealed(book, SealState.REVOKED)
    stranger = KeySet.generate(at=AT)
    with SealBook.open(tmp_path / "other.db", office=OFFICE) as other:
        forged = other.publish(stranger.active, at=AT)[1]
    with SealBook.open(tmp_path / "third.db", office="H26.20") as third:
        elsewhere = third.publish(KEYS.active, at=AT)[1]
    for tokens in ((forged,), (elsewhere,), ("junk",), ("\u00e9",)):
        assert SealVerifier(trust(), status=tokens).check(text, at=AT).report.status == "unknown"
    assert SealVerifier(trust(), status=(forged, *lists(book))).check(text, at=AT).report.status == "revoked"


def test_the_newest_of_several_lists_counts(book):
    place = book.allocate(number="1", dossier="1", at=AT)
    text = mint_seal(facts(status_list=place[0], status_index=place[1]), KEYS.active)
    old = lists(book, AT)
    book.set(place, SealState.VALID)
    new = lists(book, AT + timedelta(minutes=1))
    for order in ((*old, *new), (*new, *old)):
        checked = SealVerifier(trust(), status=order).check(text, at=AT + timedelta(minutes=2))
        assert checked.report.status == "valid"


# --- the book ---------------------------------------------------------------------------------------------------------


def test_places_are_random_and_never_given_twice(book):
    places = [book.allocate(number=str(n), dossier="d") for n in range(300)]
    assert len(set(places)) == 300
    assert places != sorted(places)


def test_revoked_is_for_ever(book):
    place = book.allocate(number="1", dossier="d")
    book.set(place, SealState.REVOKED)
    book.set(place, SealState.REVOKED)
    for wanted in (SealState.VALID, SealState.PENDING):
        with pytest.raises(RefusedError) as refused:
            book.set(place, wanted)
        assert refused.value.code == "seal.book-transition"


def test_a_place_that_was_not_given_out_cannot_be_set(book):
    with pytest.raises(UsageError) as refused:
        book.set((1, 1), SealState.VALID)
    assert refused.value.code == "seal.book-unknown"


def test_the_book_survives_and_belongs_to_one_office(tmp_path):
    path = tmp_path / "seals.db"
    with SealBook.open(path, office=OFFICE) as book:
        place = book.allocate(number="1", dossier="d")
    with SealBook.open(path) as book:
        assert (book.office, book.state(place)) == (OFFICE, SealState.PENDING)
    with pytest.raises(UsageError):
        SealBook.open(path, office="H26.20")


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 50, b"SQLite format 3\0" + b"\xff" * 200]
)
def test_another_file_is_not_taken_for_a_book(tmp_path, content):
    path = tmp_path / "seals.db"
    path.write_bytes(content)
    for office in (None, OFFICE):
        with pytest.raises(SigningError) as refused:
            SealBook.open(path, office=office)
        assert refused.value.code == "seal.book"
    assert path.read_bytes() == content


def test_a_missing_book_is_not_made_by_accident(tmp_path):
    with pytest.raises(UsageError):
        SealBook.open(tmp_path / "seals.db")
    assert not list(tmp_path.iterdir())


def test_two_writers_at_once_never_share_a_place(tmp_path):
    import subprocess
    import sys

    path = tmp_path / "seals.db"
    SealBook.open(path, office=OFFICE).close()
    code = (
        "import sys; from signing.seal.book import SealBook\n"
        "with SealBook.open(sys.argv[1]) as book:\n"
        "    print(*[book.allocate(number='1', dossier='d')[1] for _ in range(40)])"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    places = [place for writer in writers for place in writer.communicate(timeout=HANG_S)[0].split()]
    assert len(places) == len(set(places)) == 120


def test_published_lists_replace_the_old_file(book, tmp_path):
    (first,) = book.publish_to(tmp_path, KEYS.active, at=AT)
    (second,) = book.publish_to(tmp_path, KEYS.active, at=AT + timedelta(minutes=1))
    assert first == second == tmp_path / "H26.19-1.jwt"
