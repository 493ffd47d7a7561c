"""Signature values for many documents asked for at once: one PIN, one confirmation, one round to a remote service.

What has to be signed is found by a rehearsal: each document is signed up to the point where the key is asked, with
nothing written. Then the key is asked for all values together, and the documents are signed with them. The same input
at the same time gives the same bytes to sign, so a value is found by them; a document that changed in between, or that
is written differently each time (encrypted ones are), finds none and asks the key by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography import x509

from ..errors import SigningError
from ..signer import BatchSigner, SignatureAlgorithm


class _AskedError(Exception):
    """The rehearsal has come to the key."""


class GroupSigner:
    """The signer of a group of documents. `repr` shows nothing of the key."""

    def __init__(self, signer: BatchSigner) -> None:
        self._signer = signer
        self._asked: list[bytes] | None = None
        self._values: dict[bytes, bytes] = {}
        self._refused: SigningError | None = None

    @property
    def certificate(self) -> x509.Certificate:
        """See `Signer`."""
        return self._signer.certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """See `Signer`."""
        return self._signer.chain

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """See `Signer`."""
        return self._signer.algorithm

    def sign(self, data: bytes) -> bytes:
        """The value asked for beforehand. Raises what the key answered for the group, once for each document."""
        if self._asked is not None:
            self._asked.append(data)
            raise _AskedError
        if self._refused is not None:
            raise self._refused
        value = self._values.get(data)
        return self._signer.sign(data) if value is None else value

    def rehearse(self, calls: Iterable[Callable[[], object]]) -> None:
        """Ask for the values that `calls`, which sign one document each, will need.

        What goes wrong in a call goes wrong again when its document is signed, and is told then.
        """
        self._values, self._refused, self._asked = {}, None, []
        try:
            for call in calls:
                try:
                    call()
                except (_AskedError, SigningError, OSError):
                    continue
            wanted = list(dict.fromkeys(self._asked))
        finally:
            self._asked = None
        if not wanted:
            return
        try:
            values = self._signer.sign_many(wanted)
            if len(values) != len(wanted):
                raise SigningError("signature.self-check")
            self._values = dict(zip(wanted, values, strict=True))
        except SigningError as error:
            self._refused = error
