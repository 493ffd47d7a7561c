"""Timestamp tokens as files, and the texts of seals: genuine ones and forged ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from eid import KeySet
from signing.dev.people import OFFICE
from signing.seal.facts import PREFIX, Seal, mint_seal
from tests.signing.authority import DAY, HOUR, Holder, make, usage
from tests.signing.scene import sign, token, with_lists

from .case import Answer, Case
from .pdf_bases import Bench
from .stamps import TIME, tsa_of
from .stories import CONTENT, FORGED, GENUINE, UNPROVEN


def cases(bench: Bench) -> Iterator[Case]:
    """All of them."""
    yield from _timestamps(bench)
    yield from _seals(bench)


def _stamp(name: str, class_name: str, answer: Answer, why: str, data: bytes, content: bytes | None) -> Case:
    return Case(
        name=f"stamp-{name}.txt", group="timestamp", class_name=class_name, answer=answer, why=why, data=data,
        suffix=".tst", content=content,
    )  # fmt: skip


def _timestamps(b: Bench) -> Iterator[Case]:
    tsa, when = tsa_of(b), b.now - HOUR

    def made(by: Holder = tsa, chain: Holder = b.tsa_root, value: bytes = CONTENT) -> bytes:
        return with_lists(token(value, by, when, [chain]), *b.lists())

    real = made()
    yield _stamp("real", "genuine", GENUINE, "untouched", real, CONTENT)
    why = "the content beside is another"
    yield _stamp("other-content", "forged", FORGED, why, real, CONTENT + b"x")
    yield _stamp("empty-content", "forged", FORGED, why, real, b"")
    said = when.strftime("%Y%m%d%H%M%SZ").encode()
    earlier = (when - 400 * DAY).strftime("%Y%m%d%H%M%SZ").encode()
    yield _stamp("earlier", "forged", FORGED, "the time was changed", real.replace(said, earlier), CONTENT)
    digest, other = hashlib.sha256(CONTENT).digest(), hashlib.sha256(b"other").digest()
    yield _stamp("imprint", "forged", FORGED, "the digest was changed", real.replace(digest, other), b"other")
    yield _stamp("cut", "forged", FORGED, "the end is missing", real[:-20], CONTENT)
    yield _stamp("alone", "unproven", UNPROVEN, "the content is not there", real, None)
    root = make(b.tsa_root.certificate.subject, ca=True, begin=b.now - DAY, end=b.now + DAY)
    period = {"begin": b.now - DAY, "end": b.now + DAY}
    fake = make("TSA", root, eku=TIME, eku_critical=True, key_usage=usage("digital_signature"), **period)  # type: ignore[arg-type]
    yield _stamp(
        "same-name", "unproven", UNPROVEN, "the authority only has a trusted one's name", made(fake, root), CONTENT
    )
    yield _stamp("person", "unproven", UNPROVEN, "a person made it", made(b.person, b.issuing), CONTENT)
    signature = sign(b.person, [b.issuing], at=when, content=CONTENT)
    yield _stamp("signature", "unproven", UNPROVEN, "it is a signature, no timestamp", signature, CONTENT)


def _seal(name: str, answer: Answer, why: str, text: str) -> Case:
    return Case(
        name=f"seal-{name}", group="seal", class_name="paper" if answer is UNPROVEN else "forged", answer=answer,
        why=why, data=text.encode(), suffix=".txt", alone=True,
    )  # fmt: skip


def _seals(b: Bench) -> Iterator[Case]:
    """A seal alone is paper: nobody can tell which document it was printed on, so a genuine one is unproven."""
    facts = Seal(
        dossier="H26.19-261121-0001", procedure="1.001193", office=OFFICE, number="1/GKS-UBND",
        issued=date(2026, 11, 21), holder="Nguyễn V. An", revision_sha256=hashlib.sha256(b"revision").digest(),
        official=hashlib.sha256(b"official").digest()[:16], office_seal=hashlib.sha256(b"seal").digest()[:16],
        minted_at=b.now - HOUR, status_list=1, status_index=7,
    )  # fmt: skip
    real = mint_seal(facts, b.world.pki.seal_keys().active)
    yield _seal("real", UNPROVEN, "the paper that it is printed on was not checked", real)
    forger = KeySet.generate(at=b.now - DAY)
    yield _seal("of-a-forger", UNPROVEN, "a key that no office has", mint_seal(facts, forger.active))
    middle = len(real) // 2
    for label, at in (("head", len(PREFIX) + 9), ("middle", middle), ("end", len(real) - 9)):
        other = "A" if real[at] != "A" else "B"
        yield _seal(f"changed-{label}", FORGED, "a character was changed", real[:at] + other + real[at + 1 :])
    yield _seal("cut", FORGED, "the end is missing", real[: middle * 2 - 12])
    yield _seal("longer", FORGED, "characters follow", real + "000")
