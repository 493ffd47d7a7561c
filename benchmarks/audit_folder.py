"""A folder as an auditor meets it, made for `bench_audit.py`: papers of many signers and kinds, each file signed apart.

Of a hundred files 40 are PDFs with one signature (page, form, cross-reference stream, object streams in turn), 20 PDFs
with two, 5 PDFs with five, 15 with one at B-LT, 5 at B-T, and 15 texts with a detached CAdES signature beside them. The
officers sign in turn: 30 with P-256 keys and one with RSA-3072.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

from bench_pdf import chromium_page, form, libreoffice_page, with_xref_stream
from cryptography import x509
from papers import with_object_streams

from signing.cms.cades import sign_file
from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.signer import Signer
from signing.trust.evidence import Evidence
from signing.trust.store import TrustStore

OFFICERS = 30
FIVE = 5
_PASSWORD = "benchmark"


@dataclass(frozen=True)
class Office:
    """A development PKI whose services run, with officers that sign in turn."""

    pki: DevPki

    @classmethod
    def make(cls, folder: Path) -> Office:
        """A new PKI in `folder`; its services are started by the caller (`pki.serve()`)."""
        pki = DevPki.create(folder, password=_PASSWORD, port=0)
        for number in range(OFFICERS):
            pki.issue(f"officer-{number}", Holder(common_name=f"Cán bộ {number}", uid=f"CCCD:001090{300000 + number}"))
        return cls(pki)

    @cached_property
    def officers(self) -> list[Signer]:
        """All of them, their keys loaded."""
        return [self.pki.signer(f"officer-{n}") for n in range(OFFICERS)] + [self.pki.signer("official")]

    @cached_property
    def papers(self) -> list[bytes]:
        """Unsigned PDFs of four structures."""
        page = chromium_page()
        return [page, form(), with_xref_stream(), with_object_streams(page), libreoffice_page()]

    @cached_property
    def _known(self) -> dict[tuple[x509.Certificate, ...], Evidence]:
        return {}

    def collect(self, chains: Iterable[Sequence[x509.Certificate]]) -> Evidence:
        """Evidence of the services, asked once a chain."""
        found = Evidence()
        for chain in map(tuple, chains):
            if chain not in self._known:
                self._known[chain] = self.pki.collect([chain])
            found += self._known[chain]
        return found

    def trust(self) -> TrustStore:
        """The anchors of signers and timestamps alone, as the peers are given them."""
        every = self.pki.trust()
        return TrustStore(ca=every.ca, tsa=every.tsa)

    def signed(self, number: int, signatures: int = 1, baseline: Baseline = Baseline.B_B) -> bytes:
        """A PDF with so many signatures of officers from `number` on."""
        data = self.papers[number % len(self.papers)]
        more = {} if baseline is Baseline.B_B else {"tsa": self.pki.tsa()}
        if baseline >= Baseline.B_LT:
            more["collect"] = self.collect
        for turn in range(signatures):
            signer = self.officers[(number + turn) % len(self.officers)]
            data = sign_pdf(data, signer, baseline=baseline, **more) or b""
        return data

    def fill(self, folder: Path, files: int) -> None:
        """Write so many signed files into `folder`."""
        folder.mkdir()
        for number in range(files):
            self._write(folder / f"{number:05}", number)

    def _write(self, path: Path, number: int) -> None:
        kind = number % 20
        if kind >= 17:
            text = path.with_suffix(".json")
            text.write_text(f'{{"dossier": {number}}}' * 20)
            sign_file(text, self.officers[number % len(self.officers)], out=text.with_suffix(".json.p7s"))
            return
        signatures = FIVE if kind == 16 else 2 if kind >= 12 else 1
        baseline = Baseline.B_T if kind == 11 else Baseline.B_LT if 8 <= kind <= 10 else Baseline.B_B
        path.with_suffix(".pdf").write_bytes(self.signed(number, signatures, baseline))


def signed_files(folder: Path) -> list[Path]:
    """The files of such a folder that hold signatures, by name."""
    return [path for path in sorted(folder.iterdir()) if path.suffix in {".pdf", ".p7s"}]


def links(folder: Path, target: Path, times: int) -> int:
    """Give every signed file of `folder` so many names in `target`; how many there are. Content is read for each."""
    target.mkdir()
    numbers = count()
    for _ in range(times):
        for path in signed_files(folder):
            number = next(numbers)
            suffix = ".json.p7s" if path.suffix == ".p7s" else path.suffix
            (target / f"{number:06}{suffix}").hardlink_to(path)
            if path.suffix == ".p7s":
                (target / f"{number:06}.json").hardlink_to(path.with_suffix(""))
    return next(numbers)
