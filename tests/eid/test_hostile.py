"""Any bytes, any text, any JSON in: only our errors out."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eid import (
    AuthenticationLevel,
    EidError,
    Evidence,
    KeySet,
    Level,
    OpenedStatusList,
    Person,
    PersonalNumber,
    verify_step_proof,
)
from eid.encoding import b64url, dump_json, load_json, unb64url
from eid.jws import header_segment, sign_compact

from .made import AUDIENCE, ISSUER, KEYS, NOW, PUBLIC, issue, issuer, parts, signed, verifier

MADE = issuer()
TOKEN = issue(MADE)
HEADER, CLAIMS = parts(TOKEN)
JUDGE = verifier(MADE, replay=None)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["level-2", ISSUER])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
quick = settings(max_examples=150, deadline=None)


def judged(token: Any) -> None:
    with pytest.raises(EidError):
        JUDGE.verify(token, level=Level.TWO)


@quick
@given(st.text(max_size=300) | st.binary(max_size=300) | values)
@example("..")
@example("\ud800.\ud800.\ud800")
@example(None)
def test_any_text_as_a_token(token: Any) -> None:
    judged(token)


@quick
@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=80))
def test_any_three_parts(header: bytes, payload: bytes, signature: bytes) -> None:
    judged(b".".join(map(b64url, (header, payload, signature))).decode())


@quick
@given(values)
@example({})
@example([])
@example({"alg": [], "typ": {}, "kid": 1})
def test_any_json_as_a_header(header: Any) -> None:
    judged(signed(json.dumps(header).encode(), CLAIMS))


@quick
@given(values)
@example([])
def test_any_json_as_claims(claims: Any) -> None:
    judged(signed(HEADER, json.dumps(claims).encode()))


@quick
@given(st.binary(max_size=300))
def test_any_bytes_as_signed_claims(payload: bytes) -> None:
    judged(signed(HEADER, payload))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, item in inner for p in ((*path, key), *_places(item, (*path, key)))]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_places(CLAIMS)), values)
def test_any_value_in_any_claim(path: tuple[Any, ...], value: Any) -> None:
    claims = json.loads(json.dumps(CLAIMS))
    place = claims
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        identity = JUDGE.verify(signed(HEADER, json.dumps(claims).encode()), level=Level.TWO)
    except EidError:
        return
    json.dumps(identity.to_dict())
    with suppress(EidError):
        _ = identity.evidence
    assert identity.level is Level.TWO


@quick
@given(values)
@example({"keys": [{"kty": "EC", "crv": "P-256"}]})
@example({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "key_ops": {}}]})
def test_any_json_as_jwks(jwks: Any) -> None:
    with pytest.raises(EidError):
        KeySet.from_jwks(jwks)


@quick
@given(st.sampled_from(sorted(KEYS.active.to_jwk())), values)
def test_any_member_in_a_jwk(name: str, value: Any) -> None:
    with suppress(EidError):
        KeySet.from_jwks({"keys": [{**KEYS.active.to_jwk(), name: value}]})


@quick
@given(st.binary(max_size=400))
def test_any_bytes_as_a_key_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("keys") / "keys.pem"
    path.write_bytes(data)
    with pytest.raises(EidError):
        KeySet.load(path, lambda _: "password")


@quick
@given(values)
def test_any_json_as_a_status_list(value: Any) -> None:
    claims = {"sub": "s", "iat": 1, "exp": 2, "ttl": 1, "status_list": value}
    for body in (claims, value):
        token = sign_compact(KEYS.active, header_segment(KEYS.active, "statuslist+jwt"), json.dumps(body).encode())
        with pytest.raises(EidError):
            OpenedStatusList.open(token, PUBLIC)


@quick
@given(values)
def test_any_json_as_a_person_or_evidence(value: Any) -> None:
    for parse in (Person.from_claims, Evidence.from_claim, PersonalNumber):
        with suppress(EidError):
            parse(value)


@quick
@given(st.sampled_from(sorted(CLAIMS)), values)
def test_any_claim_in_a_step_proof(name: str, value: Any) -> None:
    proof = MADE.prove_step(
        level=Level.TWO,
        auth_level=AuthenticationLevel.THREE,
        audience=AUDIENCE,
        nonce="n",
        certificate_sha256=bytes(32),
    )
    header, claims = parts(proof)
    with suppress(EidError):
        verify_step_proof(
            signed(header, json.dumps({**claims, name: value}).encode()),
            PUBLIC,
            issuer=ISSUER,
            audience=AUDIENCE,
            nonce="n",
            certificate_sha256=bytes(32),
            level=Level.TWO,
            auth_level=AuthenticationLevel.THREE,
            at=NOW,
        )


@quick
@given(st.binary(max_size=100))
def test_base64url_has_one_spelling(data: bytes) -> None:
    assert unb64url(b64url(data)) == data
    assert b"=" not in b64url(data)


@quick
@given(st.binary(max_size=60))
def test_what_base64url_accepts_it_would_write(text: bytes) -> None:
    try:
        data = unb64url(text)
    except ValueError:
        return
    assert b64url(data) == text


@quick
@given(values)
def test_strict_json_reads_what_any_writer_writes(value: Any) -> None:
    try:
        canonical = dump_json(value)
    except TypeError:  # integers over 64 bits, half characters
        return
    expected = json.loads(canonical)
    assert load_json(canonical) == expected
    assert load_json(json.dumps(expected, indent=1).encode()) == expected


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'[{"a":1, "\\u0061":2}]',
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"",
        b" ",
        b"1" * 40,
        b"0." + b"1" * 40,
        b"[" * 257 + b"]" * 257,
        b"{'a':1}",
        b"[1,]",
        b"//\n1",
    ],
)
def test_what_strict_json_refuses(text: bytes) -> None:
    with pytest.raises(ValueError):  # the only type it raises
        load_json(text)
