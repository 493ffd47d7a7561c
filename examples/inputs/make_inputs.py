"""Remake the papers in this folder: needs soffice, chromium, poppler's pdftoppm and Pillow. Everything in them is invented.

    python examples/inputs/make_inputs.py
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent
CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-pdf-header-footer",
)  # fmt: skip


def print_page(html: str, pdf: str) -> None:
    """A web page as Chromium prints it."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [*CHROMIUM, f"--user-data-dir={profile}", f"--print-to-pdf={HERE / pdf}", (HERE / html).resolve().as_uri()],
            check=True,
            capture_output=True,
        )


def write_form() -> None:
    """A fillable form as LibreOffice writes it."""
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", HERE, HERE / "form.fodt"], check=True, capture_output=True)


def scan() -> None:
    """A printed page as a scanner sees it (grey, noisy, slightly turned), wrapped into a PDF at 100 dpi."""
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "100", "-gray", "-singlefile", HERE / "result.pdf", f"{folder}/page"], check=True)
        page = Image.open(f"{folder}/page.pgm").convert("L")
    page = page.rotate(0.6, fillcolor=250).filter(ImageFilter.GaussianBlur(0.6))
    noise = Image.frombytes("L", page.size, rng.randbytes(page.width * page.height))
    Image.blend(page, noise, 0.05).save(HERE / "giay-ket-hon-scan.pdf", "PDF", resolution=100.0, quality=40)


def picture() -> None:
    """A portrait that is nobody's."""
    image = Image.new("RGB", (180, 240), (210, 225, 240))
    draw = ImageDraw.Draw(image)
    draw.ellipse((50, 40, 130, 140), fill=(190, 160, 140))
    draw.rectangle((25, 150, 155, 240), fill=(60, 80, 120))
    image.quantize(16).save(HERE / "anh-the.png", optimize=True)


def main() -> None:
    """All inputs."""
    write_form()
    print_page("giay-chung-sinh.html", "Giấy chứng sinh.pdf")
    print_page("result.html", "result.pdf")
    scan()
    picture()


if __name__ == "__main__":
    main()
