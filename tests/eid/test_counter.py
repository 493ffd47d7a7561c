"""Counter codes: one counter, one minute, one device; every attack with its own code, every fact told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cwt import COSE, COSEKey
from hypothesis import given
from hypothesis import strategies as st

from eid import (
    UNCHECKED,
    AuthenticationLevel,
    EidError,
    IndeterminateError,
    Key,
    KeySet,
    Level,
    MemoryReplay,
    StatusList,
    UsageError,
    VerificationError,
    base45,
    cbor,
    cose,
    qr,
)
from eid import counter as room
from eid.counter import Binding, decode_unverified, make_counter_credential, new_challenge, present_at_counter
from eid.counter_check import CounterPolicy, examine_counter_code, verify_counter_code
from eid.counter_result import Check, CounterCode
from eid.journal import JournalEntry
from eid.keys import Purpose
from eid.status import Status

from .made import ISSUER, KEYS, NOW, NOW_S, OTHER, PUBLIC

COUNTER = "H26.19/quay-3"
SUBJECT = KEYS.pseudonym(COUNTER, "account")
DEVICE = Key.generate()
CHALLENGE = bytes(range(16))
LIST = StatusList(f"{ISSUER}/status/1", 1000)


def credential(**options: Any) -> bytes:
    wanted: dict[str, Any] = {
        "issuer": ISSUER,
        "counter": COUNTER,
        "subject": SUBJECT,
        "level": Level.TWO,
        "auth_level": AuthenticationLevel.THREE,
        "holder": DEVICE,
        "name": "Nguyễn Văn A",
        "status": (LIST.uri, 7),
        "at": NOW,
        **options,
    }
    return make_counter_credential(wanted.pop("keys", KEYS), **wanted)


def code(*, device: Key | None = DEVICE, challenge: bytes | None = CHALLENGE, **options: Any) -> str:
    return present_at_counter(credential(**options), holder=device, challenge=challenge)


def unbound(**options: Any) -> str:
    return code(device=None, challenge=None, holder=None, **options)


def verify(text: str, s: float = 0, **options: Any) -> CounterCode:
    wanted: dict[str, Any] = {
        "issuer": ISSUER,
        "counter": COUNTER,
        "challenge": CHALLENGE,
        "level": Level.TWO,
        "status": LIST,
        "replay": MemoryReplay(),
        "at": NOW + timedelta(seconds=s),
        **options,
    }
    return verify_counter_code(text, wanted.pop("keys", PUBLIC), **wanted)


def verify_unbound(text: str, s: float = 0, **options: Any) -> CounterCode:
    return verify(text, s, **{"challenge": None, "binding": Binding.UNBOUND, **options})


def refusal(text: str, s: float = 0, **options: Any) -> str:
    with pytest.raises(EidError) as refused:
        verify(text, s, **options)
    assert refused.value.text_vi
    return refused.value.code


def facts(text: str, s: float = 0, **options: Any) -> tuple[bool, bool | None, bool | None, Status | None]:
    wanted: dict[str, Any] = {
        "keys": PUBLIC,
        "issuer": ISSUER,
        "counter": COUNTER,
        "challenge": CHALLENGE,
        "level": Level.TWO,
        "auth_level": None,
        "binding": Binding.REQUIRED,
        "status": LIST,
        "replay": MemoryReplay(),
        **options,
    }
    report = examine_counter_code(text, CounterPolicy(**wanted), at=NOW + timedelta(seconds=s))
    assert bool(report) is (report.code is not None) is (report.error is None)
    found = report.facts
    return found.decoded, found.signature, found.fresh, found.status


def resigned(claims: dict[int, Any], key: Key = KEYS.active, header: dict[int, Any] | None = None) -> bytes:
    """A CWT over any claims, signed by the issuer's own key."""
    protected = cbor2.dumps(header or {1: key.cose_alg, 4: key.kid.encode()}, canonical=True)
    payload = cbor2.dumps(claims, canonical=True)
    signature = key.sign_raw(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def shown(cwt: bytes, *, device: Key = DEVICE, challenge: bytes = CHALLENGE, prefix: bytes = b"EC1:") -> str:
    """The device's part by hand, over any bytes."""
    made = cose.sign1(
        cwt, alg=device.cose_alg, sign=device.sign_raw, profile=room.HOLDER, aad=prefix + challenge, kid=b""
    )
    return "EC1:" + base45.encode(made)


CLAIMS = dict(decode_unverified(code()).unverified)


def with_claims(**changes: Any) -> str:
    claims = {**CLAIMS}
    for name, value in changes.items():
        label = getattr(room, name)
        if value is ...:
            del claims[label]
        else:
            claims[label] = value
    return shown(resigned(claims))


# honest codes


def test_an_honest_code_is_read_from_its_qr():
    text = code()
    (seen,) = qr.scan(qr.png(text))
    proven = verify(seen)
    assert (proven.issuer, proven.counter, proven.subject) == (ISSUER, COUNTER, SUBJECT)
    assert (proven.level, proven.auth_level, proven.name) == (Level.TWO, AuthenticationLevel.THREE, "Nguyễn Văn A")
    assert (proven.holder_bound, proven.status_checked, proven.notices) == (True, True, ())
    assert proven.expires - proven.issued == timedelta(seconds=60)
    assert verify(with_claims()).subject == SUBJECT  # what the attacks below change is good before


def test_the_least_a_counter_needs_is_enough():
    proven = verify(code(name=None, status=None), status=UNCHECKED)
    assert (proven.name, proven.status_checked) == (None, False)
    assert facts(code(name=None, status=None), status=UNCHECKED) == (True, True, True, None)


@pytest.mark.parametrize("issuing", ["ES256", "ES384", "EdDSA", "Ed25519"])
@pytest.mark.parametrize("holding", ["ES256", "ES384", "EdDSA", "Ed25519"])
def test_every_algorithm_for_issuer_and_device(issuing, holding):
    keys, device = KeySet.generate(issuing, at=NOW), Key.generate(holding)
    text = code(keys=keys, holder=device, device=device)
    assert verify(text, keys=KeySet.from_jwks(keys.public_jwks())).holder_bound


def test_the_text_stays_in_the_alphanumeric_mode():
    assert set(code()) <= set(base45.ALPHABET)
    assert len(qr.modules(code())) <= 17 + 4 * 20  # version 20


def test_repr_shows_nobody():
    for value in (verify(code()), decode_unverified(code())):
        assert not any(text in repr(value) for text in (SUBJECT, "Nguyễn"))


# the binding


def test_without_binding_a_screenshot_replays_and_the_result_says_so():
    proven = verify_unbound(unbound())
    assert (proven.holder_bound, [each.code for each in proven.notices]) == (False, ["counter.unbound"])
    assert "photographs" in proven.notices[0].text
    assert "chụp" in proven.notices[0].text_vi
    assert verify_unbound(unbound()).to_dict()["notices"][0]["code"] == "counter.unbound"


def test_an_unbound_code_is_refused_where_binding_is_required():
    assert refusal(unbound()) == "counter.binding-missing"


def test_a_stripped_binding_is_refused_under_either_policy():
    stripped = "EU1:" + base45.encode(credential())
    assert refusal(stripped) == "counter.binding-missing"
    assert refusal(stripped, challenge=None, binding=Binding.UNBOUND) == "counter.binding-missing"


def test_a_bound_code_is_never_taken_for_an_unbound_one():
    assert refusal(code(), challenge=None, binding=Binding.UNBOUND) == "counter.binding-unexpected"


def test_a_device_signature_over_a_code_that_names_no_device():
    assert refusal(shown(credential(holder=None))) == "counter.binding-missing"


def test_a_screenshot_of_a_bound_code_does_not_answer_the_next_challenge():
    text = code()
    assert verify(text)
    assert refusal(text, challenge=new_challenge()) == "counter.holder-signature"


def test_another_device_cannot_show_the_code():
    assert refusal(shown(credential(), device=Key.generate())) == "counter.holder-signature"
    assert refusal(shown(credential(), device=Key.generate("EdDSA"))) == "counter.holder-signature"
    assert refusal(shown(credential(), device=KEYS.active)) == "counter.holder-signature"
    with pytest.raises(UsageError) as refused:
        code(device=Key.generate())
    assert refused.value.code == "counter.holder"


def test_the_form_is_under_the_devices_signature():
    assert refusal(shown(credential(), prefix=b"EC2:")) == "counter.holder-signature"


def test_the_devices_signature_is_about_this_cwt():
    outer = cbor2.loads(base45.decode(code()[4:]))
    outer.value[2] = credential()
    assert refusal("EC1:" + base45.encode(cbor2.dumps(outer))) == "counter.holder-signature"


# the issuer's part


def test_a_stranger_signed():
    forged = resigned(CLAIMS, OTHER.active, {1: -7, 4: KEYS.active.kid.encode()})
    assert refusal(shown(forged)) == "counter.signature"
    assert refusal(code(keys=OTHER)) == "counter.key-unknown"


def test_changed_claims_under_the_old_signature():
    parts = cbor2.loads(credential()).value
    claims = cbor2.loads(parts[2])
    claims[room.LEVEL] = 1
    parts[2] = cbor2.dumps(claims, canonical=True)
    assert refusal(shown(cbor2.dumps(cbor2.CBORTag(18, parts)))) == "counter.signature"


def test_a_key_for_status_lists_or_seals_signs_no_counter_code():
    for purpose in (Purpose.STATUS, Purpose.SEAL):
        keys = KeySet.generate(purpose=purpose, at=NOW)
        assert refusal(shown(resigned(CLAIMS, keys.active)), keys=keys) == "counter.key-unknown"
        with pytest.raises(UsageError):
            credential(keys=keys)
    keys = KeySet.generate(purpose=Purpose.TOKEN, at=NOW)
    assert verify(code(keys=keys), keys=keys)


@pytest.mark.parametrize("wrong", [5, "text", ["a"], {"a": 1}, object()], ids=lambda wrong: type(wrong).__name__)
def test_what_is_no_argument_at_all_is_our_error(wrong):
    for call in (
        lambda: credential(holder=wrong),
        lambda: credential(status=wrong),
        lambda: present_at_counter(wrong, holder=DEVICE, challenge=CHALLENGE),
        lambda: present_at_counter(credential(), holder=wrong, challenge=CHALLENGE),
        lambda: present_at_counter(credential(), holder=DEVICE, challenge=wrong),
        lambda: decode_unverified(wrong),
    ):
        with pytest.raises(EidError):
            call()
    assert refusal(wrong) == "counter.malformed"


def test_the_algorithm_is_the_keys():
    header = {1: -19, 4: KEYS.active.kid.encode()}
    assert refusal(shown(resigned(CLAIMS, header=header))) == "counter.key-unknown"


@pytest.mark.parametrize(
    "header",
    [
        {1: -7},
        {1: -7, 4: b""},
        {1: -7, 4: b"k" * 300},
        {1: -7, 4: "k"},
        {1: 5, 4: b"k"},
        {1: -7, 2: [1], 4: b"k"},
        {4: b"k"},
    ],
    ids=["no kid", "empty kid", "long kid", "kid as text", "HMAC", "critical", "no algorithm"],
)
def test_header_members_are_exactly_those_of_the_kind(header):
    assert refusal(shown(resigned(CLAIMS, header=header))) in {"cose.malformed", "cbor.malformed"}


def test_alg_and_kid_in_the_unprotected_header_are_not_believed():
    parts = cbor2.loads(credential()).value
    bare = [b"\xa0", {1: -7, 4: KEYS.active.kid.encode()}, *parts[2:]]
    assert refusal(shown(cbor2.dumps(cbor2.CBORTag(18, bare)))) == "cose.malformed"


def test_a_revoked_or_retired_key():
    revoked = KEYS.revoke(KEYS.active.kid, at=NOW - timedelta(seconds=5))
    assert refusal(code(), keys=revoked) == "counter.key-inactive"
    retired = KEYS.rotate(at=NOW - timedelta(hours=1))
    assert refusal(code(), keys=retired) == "counter.key-inactive"


def test_issuer_and_counter_are_exactly_the_expected():
    assert refusal(code(), issuer=ISSUER + "/") == "counter.issuer"
    assert refusal(code(counter="H26.19/quay-4")) == "counter.other-counter"
    assert refusal(code(), counter=COUNTER + "0") == "counter.other-counter"


# times


@pytest.mark.parametrize(
    ("s", "expected"),
    [(60, "counter.expired"), (3600, "counter.expired"), (-31, "counter.not-yet-valid")],
)
def test_a_code_lives_a_minute(s, expected):
    assert verify(code(), 59)
    assert verify(code(), -30)
    assert refusal(code(), s) == expected


def test_a_longer_life_than_a_minute_is_refused_on_both_sides():
    assert refusal(with_claims(EXP=NOW_S + 61)) == "counter.lifetime"
    for life in (61, 0, -1, True, 60.0):
        with pytest.raises(UsageError):
            credential(life_s=life)


# claims


@pytest.mark.parametrize("name", ["ISS", "SUB", "AUD", "EXP", "IAT", "CTI", "LEVEL", "AUTH_LEVEL"])
def test_a_missing_claim(name):
    assert refusal(with_claims(**{name: ...})) == "counter.malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISS", b"x"),
        ("ISS", ""),
        ("SUB", 1),
        ("AUD", [COUNTER]),
        ("AUD", "x" * 301),
        ("NAME", "A\u202eB"),
        ("NAME", 1),
        ("EXP", "soon"),
        ("EXP", 1 << 41),
        ("IAT", -1),
        ("CTI", b""),
        ("CTI", b"x" * 17),
        ("CTI", "x" * 16),
        ("LEVEL", 0),
        ("LEVEL", 3),
        ("LEVEL", "level-2"),
        ("AUTH_LEVEL", 5),
        ("AUTH_LEVEL", b"4"),
        ("CNF", {}),
        ("CNF", {1: {}}),
        ("CNF", {3: b"kid"}),
        ("CNF", {1: {1: 2, -1: 1, -2: bytes(32), -3: bytes(32)}}),
        ("CNF", {1: {1: 2, -1: 1, -2: b"", -3: b""}}),
        ("CNF", {1: {1: 4, -1: b"secret"}}),
        ("CNF", {1: {1: [], -1: {}, -2: b""}}),
        ("CNF", {1: {**room.cose_key(DEVICE), -4: bytes(32)}}),
        ("STATUS", {}),
        ("STATUS", {"status_list": {"idx": -1, "uri": "u"}}),
        ("STATUS", {"status_list": {"idx": 1, "uri": ""}}),
        ("STATUS", {"status_list": {"idx": "1", "uri": "u"}}),
        ("STATUS", {"status_list": {"idx": 1, "uri": "u"}, "other": 1}),
    ],
)
def test_a_claim_of_another_type(name, value):
    assert refusal(with_claims(**{name: value})) == "counter.malformed"


def test_an_unknown_claim_and_floats_are_refused():
    assert refusal(shown(resigned({**CLAIMS, 99: 1}))) == "counter.malformed"
    assert refusal(with_claims(EXP=float(NOW_S))) == "cbor.malformed"
    assert refusal(with_claims(LEVEL=True)) == "cbor.malformed"


# level, status, replay


def test_the_level_asked_for_is_checked_on_the_answer():
    assert refusal(code(level=Level.ONE)) == "counter.level"
    assert verify(code(level=Level.ONE), level=Level.ONE).level is Level.ONE
    assert refusal(code(), auth_level=AuthenticationLevel.FOUR) == "counter.auth-level"
    assert verify(code(), auth_level=AuthenticationLevel.THREE)


def test_status_is_asked_for_and_unknown_is_never_valid():
    for index, status, expected in ((8, Status.REVOKED, "counter.revoked"), (9, Status.SUSPENDED, "counter.suspended")):
        LIST.set(index, status)
        assert refusal(code(status=(LIST.uri, index))) == expected
        assert facts(code(status=(LIST.uri, index))) == (True, True, True, status)
        assert verify(code(status=(LIST.uri, index)), status=UNCHECKED).status_checked is False
    for text, options in (
        (code(), {"status": None}),
        (code(status=None), {}),
        (code(status=("https://other.example.vn", 1)), {}),
        (code(status=(LIST.uri, 10_000)), {}),
    ):
        with pytest.raises(IndeterminateError) as refused:
            verify(text, **options)
        assert refused.value.exit_status == 3


def test_a_code_is_used_once():
    replay, text = MemoryReplay(), code()
    assert verify(text, replay=replay)
    assert refusal(text, replay=replay) == "counter.replayed"
    assert facts(text, replay=replay) == (True, True, False, Status.VALID)
    again = shown(decode_unverified(text).credential, challenge=CHALLENGE)  # another device signature, the same code
    assert again != text
    assert refusal(again, replay=replay) == "counter.replayed"


def test_a_refused_code_is_not_used_up():
    replay, text = MemoryReplay(), code()
    assert refusal(text, replay=replay, counter="other") == "counter.other-counter"
    assert verify(text, replay=replay)


# four facts


def test_four_facts_are_told_apart():
    assert facts("x") == (False, None, None, None)
    assert facts(code()) == (True, True, True, Status.VALID)
    assert facts(shown(resigned(CLAIMS, OTHER.active, {1: -7, 4: KEYS.active.kid.encode()}))) == (
        True,
        False,
        None,
        None,
    )
    assert facts(code(), challenge=new_challenge()) == (True, False, None, None)
    assert facts(code(), 61) == (True, True, False, None)
    assert facts(code(), status=None) == (True, True, True, None)
    assert facts(code(keys=OTHER)) == (True, None, None, None)


# the journal


class Written:
    """A journal in memory."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []

    def record(self, entry: JournalEntry) -> None:
        self.entries.append(entry)


def test_every_verdict_is_written_with_the_check_that_decided():
    journal = Written()
    cases = {
        Check.FORM: ("x", {}),
        Check.BINDING: (unbound(), {}),
        Check.KEY: (code(keys=OTHER), {}),
        Check.SIGNATURE: (shown(resigned(CLAIMS, OTHER.active, {1: -7, 4: KEYS.active.kid.encode()})), {}),
        Check.KEY_ACTIVE: (code(), {"keys": KEYS.revoke(KEYS.active.kid, at=NOW - timedelta(seconds=5))}),
        Check.HOLDER: (code(), {"challenge": new_challenge()}),
        Check.ADDRESS: (code(counter="H26.19/quay-4"), {}),
        Check.TIMES: (code(), {"s": 60}),
        Check.LEVEL: (code(level=Level.ONE), {}),
        Check.STATUS: (code(), {"status": None}),
    }
    for check, (text, options) in cases.items():
        refused = refusal(text, journal=journal, **options)
        entry = journal.entries[-1]
        assert (entry.accepted, entry.check, entry.rule, entry.code) == (False, check, check.rule, refused)
        assert (entry.subject is None) is (entry.token_id is None) is (check <= Check.SIGNATURE)
    replay = MemoryReplay()
    proven = verify(HONEST, replay=replay, journal=journal)
    assert journal.entries[-1].accepted
    assert (journal.entries[-1].token_id, journal.entries[-1].check) == (proven.code_id, None)
    assert refusal(HONEST, replay=replay, journal=journal) == "counter.replayed"
    assert journal.entries[-1].check == Check.REPLAY
    assert len(journal.entries) == len(Check) + 1
    assert not any("Nguyễn" in str(entry.to_dict()) for entry in journal.entries)


def test_no_verdict_without_its_entry():
    class Full:
        def record(self, entry: JournalEntry) -> None:
            raise OSError("no space left")

    with pytest.raises(IndeterminateError) as refused:
        verify(code(), journal=Full())
    assert refused.value.code == "journal.unavailable"


# calls


@pytest.mark.parametrize(
    "options",
    [
        {"challenge": None},
        {"challenge": b"short"},
        {"challenge": b"x" * 65},
        {"challenge": "x" * 16},
        {"challenge": CHALLENGE, "binding": Binding.UNBOUND},
        {"challenge": None, "binding": Binding.UNBOUND, "replay": None},
        {"binding": "required"},
        {"issuer": ""},
        {"issuer": None},
        {"counter": ""},
        {"level": 2},
        {"auth_level": 3},
        {"keys": {}},
    ],
)
def test_an_expectation_that_would_match_too_much_is_a_usage_error(options):
    with pytest.raises(UsageError):
        verify(code(), **options)


@pytest.mark.parametrize(
    "options",
    [
        {"subject": ""},
        {"counter": None},
        {"name": "x" * 301},
        {"level": 2},
        {"auth_level": "auth-level-3"},
        {"status": ("", 1)},
        {"status": ("u", -1)},
        {"keys": PUBLIC},
    ],
)
def test_the_issuer_makes_no_code_that_a_counter_would_refuse(options):
    with pytest.raises(UsageError):
        credential(**options)


def test_rsa_keys_do_not_fit():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    device = Key.external(private.public_key(), lambda _: b"")
    with pytest.raises(UsageError) as refused:
        credential(holder=device)
    assert refused.value.code == "key.algorithm"


def test_presenting_takes_device_and_challenge_together():
    for device, challenge in ((DEVICE, None), (None, CHALLENGE), (None, None)):
        with pytest.raises(UsageError):
            present_at_counter(credential(), holder=device, challenge=challenge)
    with pytest.raises(UsageError):
        present_at_counter(credential(holder=None), holder=DEVICE, challenge=CHALLENGE)


# other programs


def test_cwt_reads_ours():
    text = code()
    jwk = {
        name: value for name, value in PUBLIC.keys[0].to_jwk().items() if name in ("kty", "crv", "x", "y", "kid", "alg")
    }
    outer = COSE.new().decode(
        base45.decode(text[4:]), COSEKey.from_jwk(_device_jwk()), external_aad=b"EC1:" + CHALLENGE
    )
    assert outer == decode_unverified(text).credential
    payload = COSE.new(verify_kid=False).decode(outer, COSEKey.from_jwk(jwk))
    assert cbor2.loads(payload) == dict(decode_unverified(text).unverified)


def test_we_read_cwts():
    their_issuer, their_device = _their_key(KEYS.active), _their_key(DEVICE)
    header = {1: -7, 4: KEYS.active.kid.encode()}
    cwt = COSE.new().encode_and_sign(
        cbor2.dumps(CLAIMS, canonical=True), their_issuer, protected=header, unprotected={}
    )
    outer = COSE.new().encode_and_sign(cwt, their_device, protected={1: -7}, external_aad=b"EC1:" + CHALLENGE)
    assert verify("EC1:" + base45.encode(outer)).subject == SUBJECT


def _device_jwk() -> dict[str, Any]:
    return {name: value for name, value in DEVICE.to_jwk().items() if name in ("kty", "crv", "x", "y", "alg")}


def _their_key(key: Key) -> Any:
    from cryptography.hazmat.primitives import serialization as s

    assert key.private_key is not None
    pem = key.private_key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    return COSEKey.from_pem(pem, alg="ES256")


# any text

HONEST = code()
HONEST_UNBOUND = unbound()


@given(st.text(max_size=300) | st.binary(max_size=200).map(base45.encode), st.sampled_from(["", "EC1:", "EU1:"]))
def test_any_text_is_refused_with_our_error(text, prefix):
    assert facts(prefix + text)[1] in (None, False)


@given(st.integers(0, 5000), st.sampled_from(base45.ALPHABET))
def test_a_changed_character_never_verifies(place, character):
    place %= len(HONEST)
    if HONEST[place] == character:
        return
    assert refusal(HONEST[:place] + character + HONEST[place + 1 :])


@given(st.integers(0, 5000), st.integers(0, 7))
def test_a_changed_bit_never_verifies_unbound(place, bit):
    data = bytearray(base45.decode(HONEST_UNBOUND[4:]))
    data[place % len(data)] ^= 1 << bit
    assert refusal("EU1:" + base45.encode(bytes(data)), challenge=None, binding=Binding.UNBOUND)


json_like = st.recursive(
    st.integers(-(2**63), 2**63) | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(-4, 9), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(CLAIMS)), json_like)
def test_any_value_of_a_claim_under_a_good_signature_gives_a_verdict_or_our_error(label, value):
    try:
        proven = verify(shown(resigned({**CLAIMS, label: value})))
    except EidError:
        return
    assert isinstance(proven.subject, str)


def test_one_spelling_for_each_code():
    data = base45.decode(HONEST[4:])
    for other in ("EC1:" + base45.encode(data + b"\0"), HONEST + " ", HONEST.lower(), " " + HONEST, HONEST + "\n"):
        assert refusal(other)
    assert refusal("EU1:" + base45.encode(data)) != ""


def test_cbor_of_a_code_is_deterministic():
    assert cbor.encode(dict(decode_unverified(HONEST).unverified)) in base45.decode(HONEST[4:])


def test_verification_errors_are_of_one_tree():
    with pytest.raises(VerificationError):
        verify(code(), issuer="https://other.example.vn")
