"""signing.sources.csc: what a remote service signs verifies here, and a person is asked as seldom as it lets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

from signing.cms.cades import sign_detached
from signing.errors import UsageError
from signing.pdf.sign import sign_pdf
from signing.signer import BatchSigner, SignatureAlgorithm, open_signer, verify_value
from signing.sources.csc import CscSigner

from .cms_makers import make_leaf, openssl_accepts, root
from .csc_loopback import refuse, running
from .csc_person import Person, failing, verified
from .csc_server import ALGORITHMS, CscService
from .pdf_shapes import VALID, one_page, pdfsig

DATA = [f"hồ sơ {i}".encode() for i in range(5)]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("kind", ALGORITHMS)
def test_one_authorisation_signs_a_batch_in_both_versions_with_every_kind_of_key(version: int, kind: str) -> None:
    with running(CscService(version=version, kind=kind, otp=True)) as service:
        person = Person()
        signer = open_signer(service.uri(), person)
        assert isinstance(signer, BatchSigner)
        assert verified(signer, DATA, signer.sign_many(DATA))
        assert (signer.certificate, signer.chain) == (service.leaf, (root(),))
    assert service.methods()[-3:] == ["credentials/sendOTP", "credentials/authorize", "signatures/signHash"]
    assert person.prompts == ["Password", "PIN", "OTP"]
    sent = dict(service.calls)["credentials/authorize"]
    assert sent["numSignatures"] == len(sent["hash" if version == 1 else "hashes"]) == 5


def test_rsa_signs_with_pss_where_the_key_can_and_with_pkcs1_where_it_cannot_or_is_told_to() -> None:
    with running(CscService(kind="rsa2048")) as service:
        assert open_signer(service.uri(), Person()).algorithm is SignatureAlgorithm.RSA_PSS_SHA256
        for algorithm in ("rsassa-pss-sha512", "rsa-pkcs1-v1_5-sha256"):
            wanted = SignatureAlgorithm(algorithm)
            signer = open_signer(service.uri(), Person(), algorithm=wanted)
            assert verify_value(signer.certificate, wanted, signer.sign(b"x"), b"x")
    with running(CscService(kind="rsa3072")) as service:
        assert open_signer(service.uri(), Person()).algorithm is SignatureAlgorithm.RSA_PKCS1_SHA256
        wanted = SignatureAlgorithm.RSA_PSS_SHA256
        failing("csc.algorithm", lambda: open_signer(service.uri(), Person(), algorithm=wanted))


def test_ecdsa_values_that_are_r_and_s_become_der() -> None:
    with running(CscService(raw_ecdsa=True)) as service:
        signer = open_signer(service.uri(), Person())
        assert verified(signer, DATA, [signer.sign(d) for d in DATA])


def test_a_batch_larger_than_multisign_is_split_and_the_otp_asked_for_once_a_group() -> None:
    with running(CscService(multisign=2, otp=True)) as service:
        person = Person()
        signer: Any = open_signer(service.uri(), person)
        assert verified(signer, DATA, signer.sign_many(DATA))
        assert signer.multisign == 2
    assert service.methods().count("credentials/authorize") == 3
    assert person.prompts == ["Password", "PIN", "OTP", "OTP", "OTP"]
    assert len(set(person.asked)) == 5  # whoever remembers answers by their prompts does not use an OTP twice


@pytest.mark.parametrize(("scal", "extend"), [("1", True), ("2", True), ("1", False)])
@pytest.mark.parametrize("version", [1, 2])
def test_documents_one_by_one_share_a_transaction_that_was_asked_to_allow_them(
    version: int, scal: str, extend: bool
) -> None:
    with running(CscService(version=version, scal=scal, extend=extend, otp=True)) as service:
        person = Person()
        signer = open_signer(service.uri(signatures=4), person)
        assert verified(signer, DATA, [signer.sign(d) for d in DATA])
    assert service.methods().count("credentials/authorize") == 2
    assert service.methods().count("credentials/extendTransaction") == (3 if extend else 0)
    assert person.prompts == ["Password", "PIN", "OTP", "OTP"]


def test_hashes_bound_to_an_authorisation_are_never_signed_with_another_when_it_cannot_be_extended() -> None:
    with running(CscService(scal="2", extend=False)) as service:
        signer = open_signer(service.uri(signatures=4), Person())
        assert verified(signer, DATA, [signer.sign(d) for d in DATA])
    assert [v["numSignatures"] for m, v in service.calls if m == "credentials/authorize"] == [1] * 5


def test_a_transaction_that_has_ended_is_not_used_again() -> None:
    with running(CscService(life_s=0)) as service:
        service.faults["credentials/authorize"] = [lambda v: service.grant(v["hash"], 4) | {"expiresIn": 0}] * 2
        service.life_s = 300
        signer = open_signer(service.uri(signatures=4), Person())
        assert verified(signer, DATA[:2], [signer.sign(d) for d in DATA[:2]])
    assert "credentials/extendTransaction" not in service.methods()


@pytest.mark.parametrize("mode", ["implicit", "explicit"])
def test_confirming_in_an_app_is_waited_for_and_the_outcome_fetched(mode: str) -> None:
    with running(CscService(version=2, mode=mode, pin=False, confirm_after=3, asynchronous=True)) as service:
        person = Person()
        signer: Any = open_signer(service.uri(), person)
        assert verified(signer, DATA, signer.sign_many(DATA))
    assert service.methods().count("credentials/authorizeCheck") == 3
    assert service.methods().count("signatures/signPolling") == 3
    assert dict(service.calls)["signatures/signHash"]["operationMode"] == "A"
    assert person.prompts == ["Password"]


def test_an_outcome_that_is_not_there_yet_may_be_said_as_an_error_and_short_failures_are_passed_over() -> None:
    sentence = "The request has been accepted for processing, but the processing has not yet been completed."
    with running(CscService(version=2, asynchronous=True, confirm_after=1)) as service:
        service.faults["signatures/signPolling"] = [
            refuse(400, "invalid_request", sentence),
            refuse(503),
            refuse(500),
            refuse(202, body=b""),
        ]
        signer = open_signer(service.uri(), Person())
        assert verified(signer, DATA[:1], [signer.sign(DATA[0])])


@pytest.mark.parametrize(
    ("expression", "prompts"),
    [(None, ["PIN", "OTP"]), ("PIN AND OTP", ["PIN", "OTP"]), ("PIN OR OTP", ["PIN"]), ("(OTP)", ["OTP"])],
)
def test_version_2_is_unlocked_with_the_fewest_factors_that_its_expression_wants(
    expression: str | None, prompts: list[str]
) -> None:
    with running(CscService(version=2, otp=True, expression=expression)) as service:
        service.faults["credentials/authorize"] = [lambda v: service.grant(v["hashes"], 1)]
        person = Person()
        open_signer(service.uri(), person).sign(b"x")
    assert person.prompts == ["Password", *prompts]


def test_a_challenge_is_shown_with_the_question_and_its_answer_sent() -> None:
    with running(CscService(version=2, pin=False, challenge="Mã trên màn hình?\n")) as service:
        person = Person(FACE="xanh")
        open_signer(service.uri(), person).sign(b"x")
    assert person.asked[-1].endswith("– Mã trên màn hình?: ")
    assert dict(service.calls)["credentials/authorize"]["authData"] == [{"id": "FACE", "value": "xanh"}]


def test_an_access_token_that_ends_in_a_batch_is_renewed_without_asking_again() -> None:
    with running(CscService()) as service:
        person = Person()
        signer = open_signer(service.uri(), person)
        signer.sign(b"x")
        service.tokens.clear()
        signer.sign(b"y")
    assert service.methods().count("auth/login") == 2
    assert person.prompts == ["Password", "PIN"]


def test_a_token_from_elsewhere_is_asked_for_and_asked_for_again_when_it_ends() -> None:
    with running(CscService(ways=("oauth2code",))) as service:
        service.tokens = {"một", "token-1"}
        person = Person(Access="token-1")
        signer = open_signer(service.uri(user=None), person)
        signer.sign(b"x")
        service.tokens, person.answers["Access"] = {"token-2"}, "token-2"
        signer.sign(b"y")
    assert person.prompts == ["Access", "PIN", "Access"]
    assert service.headers[-1] == "Bearer token-2"


def test_the_only_credential_is_taken_and_of_several_one_has_to_be_named() -> None:
    with running(CscService(credentials=("KY-01", "KY-02"))) as service:
        assert "KY-01, KY-02" in failing("csc.several", lambda: open_signer(service.uri(), Person())).text
        assert open_signer(service.uri(credential="KY-02"), Person()).certificate == service.leaf
        service.credentials = ()
        failing("key.not-found", lambda: open_signer(service.uri(), Person()))


def test_a_pinned_certificate_is_compared() -> None:
    right, wrong = (make_leaf(k).fingerprint(hashes.SHA256()).hex() for k in ("p256", "p384"))
    with running(CscService()) as service:
        assert isinstance(open_signer(service.uri(certificate=right), Person()), CscSigner)
        failing("csc.certificate", lambda: open_signer(service.uri(certificate=wrong), Person()))


def test_worker_processes_that_have_no_person_to_ask_say_so() -> None:
    with running(CscService(otp=True)) as service:
        answers = dict.fromkeys(("Password", "PIN"))
        signer = open_signer(service.uri(), lambda p: Person()(p) if p.split()[0] in answers else {}[p])
        failing("csc.no-answer", lambda: signer.sign(b"x"))
        failing("key.password", lambda: open_signer(service.uri(), None))


def test_a_cades_signature_made_remotely_is_accepted_by_openssl(tmp_path: Path) -> None:
    with running(CscService(version=2, kind="rsa2048")) as service:
        signed = sign_detached(b"content", open_signer(service.uri(), Person()))
    assert openssl_accepts(signed, b"content", tmp_path)


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_a_pdf_signed_remotely_is_accepted_by_pdfsig(tmp_path: Path) -> None:
    with running(CscService(version=1)) as service:
        signed = sign_pdf(one_page(), open_signer(service.uri(), Person()))
    assert pdfsig(signed or b"", tmp_path) == [VALID]


def test_repr_shows_the_person_and_the_host_alone() -> None:
    with running(CscService()) as service:
        signer = open_signer(service.uri(), Person())
        signer.sign(b"x")
        assert repr(signer) == f"CscSigner('Nguyễn Văn Ký', ecdsa-sha256, '127.0.0.1:{service.port}')"


def test_an_unknown_way_in_is_told() -> None:
    with running(CscService(ways=("digest",))) as service, pytest.raises(UsageError) as caught:
        open_signer(service.uri(), Person())
    assert caught.value.code == "csc.authorization"
