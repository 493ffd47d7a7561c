"""The world that tests share: one development PKI with its server running on a free port, for the whole session.

Read from it freely. Revoking a certificate changes it for everyone, so a test that revokes makes its own holder first:
`world.newcomer()` gives a name for `world.pki.signer` and `world.pki.revoke` that nobody else uses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.trust.evidence import Evidence

PASSWORD = "mật khẩu thử nghiệm"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`pki` is running; see `DevPki` for its signers, TSA, HTTP client and trust store."""

    pki: DevPki
    _counter: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def collect(self, chains: Iterable[Sequence[x509.Certificate]], at: datetime | None = None) -> Evidence:
        """Revocation evidence for chains that run from leaf to root, as `world.pki.chain(name)` gives them."""
        return self.pki.collect(chains, at)

    def newcomer(
        self,
        *,
        common_name: str = "Nguyễn Văn Mới",
        begin: datetime | None = None,
        end: datetime | None = None,
        rsa: bool = False,
    ) -> str:
        """The name of a new certificate of the issuing CA that only the calling test knows."""
        count = next(self._counter)
        holder = Holder(common_name=common_name, uid=f"CCCD:001090{200000 + count}")
        name = f"newcomer-{count}"
        self.pki.issue(name, holder, begin=begin, end=end, rsa=rsa)
        return name


@contextmanager
def make_world(folder: Path) -> Iterator[World]:
    """A new world in `folder`, its server running while the block does."""
    pki = DevPki.create(folder / "pki", password=PASSWORD, port=0)
    with pki.serve():
        yield World(pki=pki)
