"""RFC 9052 COSE_Sign1: only the protected header is believed, inflation is capped, one form is accepted."""

import os
import zlib

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from eid.keys import Key
from signing.errors import LimitError, MalformedError, SigningError
from signing.seal import cose

AAD = b"VS1:"
KEY = Key.generate()


def message(protected=None, unprotected=None, payload=b"\xa0", signature=bytes(64)):
    header = {1: -7, 4: b"kid1"} if protected is None else protected
    encoded = header if isinstance(header, bytes) else cbor2.dumps(header, canonical=True)
    return cbor2.dumps([encoded, unprotected or {}, payload, signature], canonical=True)


def refusal(data):
    with pytest.raises(SigningError) as refused:
        cose.parse_sign1(data, aad=AAD)
    return refused.value.code


def test_another_program_verifies_what_we_sign():
    made = cose.sign1(b"facts", kid=b"kid1", aad=AAD, sign=KEY.sign_raw)
    protected, unprotected, payload, signature = cbor2.loads(made)
    assert (cbor2.loads(protected), unprotected, payload) == ({1: -7, 4: b"kid1"}, {}, b"facts")
    signed = cbor2.dumps(["Signature1", protected, AAD, payload])
    public = ec.EllipticCurvePublicNumbers(
        *(int.from_bytes(_unb64(KEY.to_jwk()[c])) for c in "xy"), ec.SECP256R1()
    ).public_key()
    der = utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    public.verify(der, signed, ec.ECDSA(hashes.SHA256()))


def _unb64(text):
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "=")


def test_what_is_signed_comes_back_with_its_sig_structure():
    parsed = cose.parse_sign1(cose.sign1(b"facts", kid=b"kid1", aad=AAD, sign=KEY.sign_raw), aad=AAD)
    assert (parsed.kid, parsed.payload) == (b"kid1", b"facts")
    KEY.verify_raw(parsed.signed, parsed.signature)


def test_deflated_only_where_shorter_and_marked_under_the_signature():
    long, short = b"tiep nhan " * 30, os.urandom(120)
    deflated = cbor2.loads(cose.sign1(long, kid=b"k", aad=AAD, sign=KEY.sign_raw))
    plain = cbor2.loads(cose.sign1(short, kid=b"k", aad=AAD, sign=KEY.sign_raw))
    assert cbor2.loads(deflated[0])[cose.DEFLATED] == 1
    assert cose.DEFLATED not in cbor2.loads(plain[0])
    assert len(deflated[2]) < 60
    assert plain[2] == short
    assert cose.parse_sign1(cbor2.dumps(deflated), aad=AAD).payload == long


def test_the_prefix_is_under_the_signature():
    from eid.errors import VerificationError

    parsed = cose.parse_sign1(cose.sign1(b"facts", kid=b"k", aad=b"VS1:", sign=KEY.sign_raw), aad=b"VS2:")
    with pytest.raises(VerificationError):
        KEY.verify_raw(parsed.signed, parsed.signature)


@pytest.mark.parametrize(
    "bad",
    [
        message(protected={4: b"kid1"}, unprotected={1: -7}),
        message(protected={1: -7}, unprotected={4: b"kid1"}),
        message(unprotected={33: b"a certificate"}),
        message(protected={1: -7, 4: b"kid1", 2: [1]}),
        message(protected={1: -35, 4: b"kid1"}),
        message(protected={1: -8, 4: b"kid1"}),
        message(protected={1: 5, 4: b"kid1"}),
        message(protected={1: "ES256", 4: b"kid1"}),
        message(protected={1: -7, 4: "kid1"}),
        message(protected={1: -7, 4: b""}),
        message(protected={1: -7, 4: bytes(33)}),
        message(protected={1: -7, 4: b"k", cose.DEFLATED: 2}),
        message(protected=b""),
        message(protected=b"\x80"),
        message(signature=bytes(63)),
        message(signature=bytes(65)),
        message(signature=b""),
        cbor2.dumps([b"\xa0", {}, b""]),
        cbor2.dumps({}),
        cbor2.dumps([1, {}, b"", b""]),
    ],
    ids=[
        "algorithm only in the unprotected header",
        "kid only in the unprotected header",
        "certificate in the unprotected header",
        "critical header",
        "ES384",
        "EdDSA",
        "HMAC",
        "algorithm as text",
        "kid as text",
        "kid empty",
        "kid long",
        "unknown compression",
        "no header",
        "header not a map",
        "signature of 63 bytes",
        "signature of 65 bytes",
        "no signature",
        "three parts",
        "map",
        "wrong types",
    ],
)
def test_refused(bad):
    assert refusal(bad) in {"seal.cose", "seal.cbor"}


def test_tagged_messages_and_null_payloads_are_not_ours():
    tagged = cbor2.dumps(cbor2.CBORTag(18, [b"\xa0", {}, b"", bytes(64)]))
    detached = cbor2.dumps([b"\xa0", {}, None, bytes(64)])
    assert refusal(tagged) == refusal(detached) == "seal.cbor"


def deflated(data):
    return message(protected={1: -7, 4: b"k", cose.DEFLATED: 1}, payload=data)


def squeeze(data):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def test_a_deflate_bomb_is_stopped_at_the_cap():
    assert refusal(deflated(squeeze(bytes(2_000_000)))) == "seal.inflate"
    with pytest.raises(LimitError):
        cose.parse_sign1(deflated(squeeze(bytes(cose.MAX_INFLATED_BYTES + 1))), aad=AAD)


@pytest.mark.parametrize("data", [squeeze(b"x") + b"y", squeeze(b"x" * 50)[:-1], b"", b"\xff\xff", zlib.compress(b"x")])
def test_broken_unfinished_or_trailing_deflate_data_is_refused(data):
    with pytest.raises(MalformedError):
        cose.parse_sign1(deflated(data), aad=AAD)
