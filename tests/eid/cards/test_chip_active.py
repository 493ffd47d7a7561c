"""Active authentication: a copy of the files cannot answer; ISO/IEC 9796-2 and plain ECDSA."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from eid import ActiveAnswer, IndeterminateError, UsageError, VerificationError
from eid.cards.active import new_challenge
from eid.cards.iso9796 import _is_formatted, is_answered
from eid.cards.synthetic import recoverable
from eid.cards.synthetic_pki import SigningKey

from .made_chip import CARD, PERSON, SIGNER, changed, verify

CHALLENGE = bytes(range(1, 9))
RSA_KEY = SigningKey.generate(1024)
RSA_CARD = SIGNER.card(PERSON, chip_key=RSA_KEY)


def sign(block: bytes, *, subtract: bool = False) -> bytes:
    """The bare RSA operation over a block, as the chip does it; ISO 9796-2 lets the signer give n − s."""
    numbers = RSA_KEY.private.private_numbers()
    n = numbers.public_numbers.n
    s = pow(int.from_bytes(block, "big"), numbers.d, n)
    return (n - s if subtract else s).to_bytes(len(block), "big")


def answers(signature: bytes, challenge: bytes = CHALLENGE) -> bool:
    return is_answered(RSA_KEY.private.public_key(), signature, challenge)


@pytest.mark.parametrize("card", [CARD, RSA_CARD], ids=["ecdsa", "rsa"])
def test_the_chip_answers_a_fresh_challenge(card) -> None:
    result = verify(card.files, answer=card.answered(new_challenge()))
    assert result.active
    assert [notice.code for notice in result.proves] == ["chip.genuine", "chip.not-copied"]
    assert "chip.copy-possible" not in {notice.code for notice in result.notices}


@pytest.mark.parametrize("card", [CARD, RSA_CARD], ids=["ecdsa", "rsa"])
def test_an_answer_recorded_for_another_challenge_is_refused(card) -> None:
    old = card.answered(new_challenge())
    with pytest.raises(VerificationError) as caught:
        verify(card.files, answer=ActiveAnswer(challenge=new_challenge(), response=old.response))
    assert caught.value.code == "chip.active-failed"


def test_a_clone_with_its_own_key_fails_passive_authentication_first() -> None:
    clone = SIGNER.card(PERSON)
    files = changed(DG15=clone.files["DG15.bin"])
    with pytest.raises(VerificationError) as caught:
        verify(files, answer=clone.answered(new_challenge()))
    assert caught.value.code == "chip.group-changed"


def test_a_clone_without_data_group_15_does_not_pass_for_a_chip_that_answered() -> None:
    with pytest.raises(IndeterminateError) as caught:
        verify(changed(DG15=None), answer=CARD.answered(new_challenge()))
    assert caught.value.code == "chip.active-unsupported"


def test_an_ecdsa_chip_must_say_its_hash_in_data_group_14() -> None:
    with pytest.raises(IndeterminateError) as caught:
        verify(changed(DG14=None), answer=CARD.answered(new_challenge()))
    assert caught.value.code == "chip.active-algorithm"


def test_a_der_signature_is_not_a_plain_one() -> None:
    answer = CARD.answered(CHALLENGE)
    half = len(answer.response) // 2
    der = encode_dss_signature(
        *(int.from_bytes(part, "big") for part in (answer.response[:half], answer.response[half:]))
    )
    for response in (der, answer.response + b"\0", answer.response[1:], bytes(64)):
        with pytest.raises(VerificationError):
            verify(answer=ActiveAnswer(challenge=CHALLENGE, response=response))


@pytest.mark.parametrize(
    "key",
    [
        SigningKey.generate(ec.BrainpoolP384R1(), hashes.SHA384()),
        SigningKey.generate(ec.SECP521R1(), hashes.SHA512()),
        SigningKey.generate(ec.BrainpoolP256R1(), hashes.SHA224()),
        SigningKey.generate(1024, hashes.SHA224()),
        SigningKey.generate(2048, hashes.SHA512()),
        SigningKey.generate(1536, hashes.SHA384()),
    ],
    ids=["brainpoolP384r1", "secp521r1", "sha224", "rsa sha224", "rsa sha512", "rsa sha384"],
)
def test_every_supported_chip_key_answers(key) -> None:
    card = SIGNER.card(PERSON, chip_key=key)
    assert verify(card.files, answer=card.answered(new_challenge())).active


@pytest.mark.parametrize(("challenge", "response"), [(b"1234567", b"r"), (b"123456789", b"r"), (b"12345678", b"")])
def test_a_challenge_has_eight_bytes(challenge, response) -> None:
    with pytest.raises(UsageError) as caught:
        ActiveAnswer(challenge=challenge, response=response)
    assert caught.value.code == "chip.challenge"


def test_a_challenge_is_bytes() -> None:
    with pytest.raises(UsageError):
        ActiveAnswer(challenge="12345678", response=b"r")


# --- ISO/IEC 9796-2 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("subtract", [False, True])
def test_every_trailer_opens(digest, subtract) -> None:
    assert answers(sign(recoverable(CHALLENGE, 128, digest), subtract=subtract))


def test_forged_blocks_do_not_open() -> None:
    """Bleichenbacher's kind of forgery needs bytes that nobody looks at: there are none."""
    good = recoverable(CHALLENGE, 128, "sha256")
    own = good[1:94]
    blocks = {
        "header of total recovery": b"\x4a" + good[1:],
        "padded header": b"\x6b" + good[1:],
        "unknown trailer": good[:-2] + b"\x3f\xcc",
        "trailer of SHA-1 over a SHA-256 hash": good[:-2] + b"\x33\xcc",
        "RIPEMD-160": good[:-2] + b"\x31\xcc",
        "no trailer": good[:-1] + b"\x0c",
        "hash moved left, bytes behind it": b"\x6a" + own[:-4] + good[94:-2] + b"\0\0\0\0" + good[-2:],
        "hash over the challenge alone": b"\x6a" + own + hashlib.sha256(CHALLENGE).digest() + b"\x34\xcc",
        "hash over the own number alone": b"\x6a" + own + hashlib.sha256(own).digest() + b"\x34\xcc",
    }
    assert len(good) == 1 + len(own) + 32 + 2
    assert answers(sign(good))
    for name, block in blocks.items():
        assert not answers(sign(block)), name


def test_trivial_signatures_do_not_open() -> None:
    n = RSA_KEY.private.public_key().public_numbers().n
    for number in (0, 1, 2, n - 1, n, n + int.from_bytes(sign(recoverable(CHALLENGE, 128, "sha1")), "big")):
        assert not answers((number % 2**1024).to_bytes(128, "big")), number
    signature = sign(recoverable(CHALLENGE, 128, "sha1"))
    assert answers(signature)
    assert not answers(b"\0" + signature)
    assert not answers(signature[:-1])


def test_a_modulus_of_odd_length_is_refused() -> None:
    key = rsa.generate_private_key(65537, 1028).public_key()
    assert not is_answered(key, bytes(128), CHALLENGE)
    assert not is_answered(key, bytes(129), CHALLENGE)


# published blocks of the format, M1 = 1234567890ABCDEF1234567890ABCDEF11223344 and M2 = 0102030405060708
OWN = "1234567890abcdef1234567890abcdef11223344"


@pytest.mark.parametrize(
    ("digest", "trailer"),
    [
        ("e9b287952a913cc5b60ff74ecfc87e40e81563b1", "bc"),
        ("aefc05e88f48eb88d367ba3dacb7d6a8543ec02bd315e47ddbe2045d", "38cc"),
        ("783980d44fd3a80f0e4210eb9c73ea399932062d465438f8e1ff13377de83089", "34cc"),
    ],
)
def test_published_blocks_have_the_format(digest, trailer) -> None:
    block = bytes.fromhex(f"6a{OWN}{digest}{trailer}")
    assert _is_formatted(block, CHALLENGE)
    assert not _is_formatted(block, CHALLENGE[::-1])


@given(st.binary(min_size=0, max_size=200), st.binary(min_size=0, max_size=20))
def test_no_bytes_are_an_answer_by_chance(block, challenge) -> None:
    assert not _is_formatted(block.ljust(3, b"\0"), challenge)
    assert not answers(block.ljust(128, b"\0")[:128], challenge)
