"""Who answers when a remote key asks, and how to look for secrets in what an error shows."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from signing.errors import SigningError
from signing.signer import open_signer, verify_value

from .csc_loopback import Fault, running
from .csc_server import OTP, PASSWORD, PIN, SECRET, CscService

SECRETS = (PASSWORD, SECRET, PIN, OTP)


class Person:
    """Answers by the first word of the prompt; `prompts` keeps the first two words of each."""

    def __init__(self, **answers: str) -> None:
        self.answers = {"Password": PASSWORD, "Client": SECRET, "PIN": PIN, "OTP": OTP} | answers
        self.prompts: list[str] = []
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        self.prompts.append(prompt.split()[0])
        return self.answers[self.prompts[-1]]


def shown(error: BaseException, *objects: object) -> str:
    """Everything that a program may print of an error and its causes, with `repr` of some objects."""
    parts = ["".join(traceback.format_exception(error)), *map(repr, objects)]
    at: BaseException | None = error
    while at is not None:
        parts += [repr(at), repr(vars(at)), repr(at.args)]
        if isinstance(at, SigningError):
            parts += [at.text, at.text_vi]
        at = at.__cause__ or at.__context__
    return "\n".join(parts)


def failing(code: str, call: Callable[[], Any], *more: str) -> SigningError:
    """The error with that code that `call` raises; it shows no secret, and none of `more`."""
    with pytest.raises(SigningError) as caught:
        call()
    assert caught.value.code == code, caught.value
    text = shown(caught.value)
    for secret in (*SECRETS, *more):
        assert secret not in text, code
    return caught.value


def fails(code: str, method: str, *faults: Fault, data: int = 2, wait: int = 60, **options: Any) -> SigningError:
    """The error of signing `data` documents at a service with these faults, or of opening it; `wait` in seconds."""
    with running(CscService(**options)) as service:
        service.faults[method] = list(faults)

        def run() -> None:
            signer: Any = open_signer(service.uri(wait=wait), Person())
            signer.sign_many([b"%d" % i for i in range(data)])

        error = failing(code, run)
        text = shown(error)
        assert not any(secret in text for secret in (*service.grants, *service.tokens))
        return error


def verified(signer: Any, data: list[bytes], values: list[bytes]) -> bool:
    """Whether each value is the signer's over its data."""
    return len(data) == len(values) and all(
        verify_value(signer.certificate, signer.algorithm, value, signed)
        for signed, value in zip(data, values, strict=True)
    )
