"""The watermark (水印) of a view: a plate under the picture, so that it hides nothing and is
legible whatever the picture shows. A convenience, not evidence: the original is never touched.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import segno
from PIL import Image, ImageDraw, ImageFont

LEAST_WIDTH = 480
GROUND = (17, 24, 32)
INK = (255, 255, 255)
FAINT = (200, 208, 216)
QUIET_ZONE_MODULES = 2


class Line(NamedTuple):
    """A line of the plate: what it is, and what it says."""

    label: str
    text: str


@dataclass(frozen=True)
class Mark:
    """What stands under a picture: lines, a short code, and the address that the code resolves at
    (empty: no QR code)."""

    lines: tuple[Line, ...]
    code: str
    address: str


def stamped(picture: Image.Image, mark: Mark) -> Image.Image:
    """The picture with a plate under it; at least 480 px wide, so that the plate can be read."""
    width = max(picture.width, LEAST_WIDTH)
    size = max(14, round(width / 56))
    margin = size
    code = _qr(mark.address, 6 * size) if mark.address else None
    beside = code.width + margin if code else 0
    rows = _rows(mark, _font(size), width - 2 * margin - beside)
    line_height = round(size * 1.45)
    height = max(len(rows) * line_height, code.height if code else 0) + 2 * margin
    canvas = Image.new("RGB", (width, picture.height + height), GROUND)
    canvas.paste(picture, ((width - picture.width) // 2, 0))
    draw = ImageDraw.Draw(canvas)
    top = picture.height + margin
    for number, row in enumerate(rows):
        draw.text((margin, top + number * line_height), row, INK if number else FAINT, _font(size))
    if code:
        canvas.paste(code, (width - margin - code.width, top))
    return canvas


def _rows(mark: Mark, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The lines, broken where they are too long; the first names the code."""
    rows = [f"销号通 {mark.code}"]
    for line in mark.lines:
        row = f"{line.label} "
        for character in line.text.replace("\n", " "):
            if font.getlength(row + character) > width:
                rows.append(row)
                row = "    "
            row += character
        rows.append(row)
    return rows


def _qr(address: str, least_px: int) -> Image.Image:
    code = segno.make_qr(address, error="m")
    modules = int(code.symbol_size(border=QUIET_ZONE_MODULES)[0])
    scale = max(2, -(-least_px // modules))
    side = modules * scale
    image = Image.new("L", (modules, modules), 255)
    for y, row in enumerate(code.matrix_iter(border=QUIET_ZONE_MODULES)):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x, y), 0)
    return image.resize((side, side), Image.Resampling.NEAREST)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans SC, in which Chinese names and places can be written."""
    path = files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"
    return ImageFont.truetype(str(path), size)
