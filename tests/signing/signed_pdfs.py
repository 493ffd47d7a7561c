"""Signed PDFs that the tests of checking share, each made once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline

from ..world import World
from . import pdf_forge as forge

INPUTS = Path(__file__).parents[2] / "examples" / "inputs"
FIELD = {
    "Type": "Annot", "Subtype": "Widget", "FT": "Sig", "T": b"Office", "F": 4, "Rect": [72, 72, 200, 120],
    "P": forge.Ref(3, 0),
}  # fmt: skip
TEXT_FIELD = {
    "Type": "Annot", "Subtype": "Widget", "FT": "Tx", "T": b"Amount", "F": 4, "Rect": [72, 400, 200, 420],
    "V": b"100", "P": forge.Ref(3, 0),
}  # fmt: skip


class Samples:
    """Each property is the bytes of one document."""

    def __init__(self, world: World) -> None:
        self.pki = world.pki

    def sign(self, data: bytes, name: str = "official", baseline: Baseline = Baseline.B_B, **options: object) -> bytes:
        """`data` signed by that person of the development PKI."""
        more = {} if baseline is Baseline.B_B else {"tsa": self.pki.tsa()}
        if baseline >= Baseline.B_LT:
            more["collect"] = self.pki.collect
        signed = sign_pdf(data, self.pki.signer(name), baseline=baseline, **more, **options)
        assert signed is not None
        return signed

    @cached_property
    def page(self) -> bytes:
        """One page; objects as `pdf_forge.page_document` numbers them."""
        return forge.document(forge.page_document())

    @cached_property
    def simple(self) -> bytes:
        """That page signed, B-B."""
        return self.sign(self.page)

    @cached_property
    def valid(self) -> bytes:
        """That page signed and valid: B-LT."""
        return self.sign(self.page, baseline=Baseline.B_LT)

    @cached_property
    def form(self) -> bytes:
        """The page with a text field (6), an empty visible signature field (7), a list of annotations (8), unsigned."""
        objects = forge.page_document(AcroForm={"Fields": [forge.Ref(6, 0), forge.Ref(7, 0)], "SigFlags": 1})
        page = forge.page_document()[3]
        objects[3] = page[:-2] + b" /Annots 8 0 R>>"
        objects[6] = forge.write(TEXT_FIELD)
        objects[7] = forge.write(FIELD)
        objects[8] = forge.write([forge.Ref(6, 0), forge.Ref(7, 0)])
        return forge.document(objects)

    @cached_property
    def valid_form(self) -> bytes:
        """The form signed in a field of its own, B-LT; `Office` is still empty."""
        return self.sign(self.form, baseline=Baseline.B_LT)

    @cached_property
    def twice(self) -> bytes:
        """A page signed by the official, then by the office, B-LT."""
        return self.sign(self.simple, "clerk", Baseline.B_LT)

    @cached_property
    def visible(self) -> bytes:
        """A printed page with a visible signature."""
        return self.sign((INPUTS / "result.pdf").read_bytes(), stamp=Stamp(page=-1, x_mm=20, y_mm=30))
