"""Remake the papers in this folder; everything in them is invented.

Needs soffice, chromium, pdftoppm, Pillow, and the DejaVu and Liberation fonts.

python examples/inputs/make_inputs.py
"""

from __future__ import annotations

import math
import random
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

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
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", HERE, HERE / "form.fodt"],
        check=True,
        capture_output=True,
    )


def scan() -> None:
    """A printed page as a scanner sees it (grey, noisy, slightly turned), wrapped into a PDF at 100 dpi."""
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["pdftoppm", "-r", "100", "-gray", "-singlefile", HERE / "result.pdf", f"{folder}/page"], check=True
        )
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


def handwriting() -> None:
    """A blue scrawl on nothing, as an official's signature image (NĐ 30/2020, Phụ lục I)."""
    image = Image.new("RGBA", (1000, 500), (0, 0, 0, 0))
    points = [
        (500 + 400 * math.sin(t / 9) * math.cos(t / 31), 250 + 170 * math.sin(t / 5) * math.exp(-t / 160))
        for t in range(180)
    ]
    ImageDraw.Draw(image).line(points, fill=(20, 40, 160, 255), width=9, joint="curve")
    image.resize((500, 250), Image.Resampling.LANCZOS).quantize(16).save(HERE / "chu-ky-mau.png", optimize=True)


def red_seal() -> None:
    """A red round seal that says it is a sample, on nothing."""
    side = 900
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    red = (200, 20, 30, 255)
    draw.ellipse((10, 10, side - 10, side - 10), outline=red, width=22)
    draw.ellipse((190, 190, side - 190, side - 190), outline=red, width=10)
    star = [
        (450 + r * math.sin(math.pi * k / 5), 450 - r * math.cos(math.pi * k / 5))
        for k, r in zip(range(10), [170, 65] * 5, strict=True)
    ]
    draw.polygon(star, fill=red)
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", 68)
    words = "MẪU THỬ · KHÔNG CÓ GIÁ TRỊ PHÁP LÝ · "
    for k, letter in enumerate(words):
        tile = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        ImageDraw.Draw(tile).text((side / 2, 108), letter, font=font, fill=red, anchor="mm")
        image.alpha_composite(tile.rotate(-360 * k / len(words), resample=Image.Resampling.BICUBIC))
    image.resize((450, 450), Image.Resampling.LANCZOS).quantize(16).save(HERE / "con-dau-mau.png", optimize=True)


def main() -> None:
    """All inputs."""
    write_form()
    print_page("giay-chung-sinh.html", "Giấy chứng sinh.pdf")
    print_page("result.html", "result.pdf")
    scan()
    picture()
    handwriting()
    red_seal()


if __name__ == "__main__":
    main()
