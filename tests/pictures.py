"""Real photos, as a phone takes them: with camera, time and place in their EXIF."""

import struct
import zlib
from io import BytesIO
from random import Random
from typing import Any

import pillow_heif
from PIL import ExifTags, Image

pillow_heif.register_heif_opener()

_counter = Random(20261123)


def jpeg(width: int = 320, height: int = 240, *, seed: int | None = None) -> bytes:
    """A JPEG like no other, or the same again for the same seed."""
    rnd = Random(seed) if seed is not None else _counter
    noise = Image.frombytes("RGB", (16, 12), rnd.randbytes(16 * 12 * 3))
    picture = noise.resize((width, height), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Demo", "Phone 1"
    exif[ExifTags.Base.DateTime] = "2026:11:23 09:58:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[1], gps[2], gps[3], gps[4] = "N", (37.0, 8.0, 46.0), "E", (111.0, 46.0, 45.0)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=85, exif=exif.tobytes())
    return buffer.getvalue()


def scene(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """A picture with large shapes and small detail, like no other; the same for the same seed."""
    rnd = Random(seed)
    picture = Image.frombytes("RGB", (8, 6), rnd.randbytes(8 * 6 * 3))
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    detail = Image.frombytes("RGB", (80, 60), rnd.randbytes(80 * 60 * 3))
    return Image.blend(picture, detail.resize((width, height), Image.Resampling.BILINEAR), 0.3)


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture's file."""
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be this large, and has no pixels at all."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _png(header, b"")


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of this many black pixels, in hardly any bytes."""
    packer = zlib.compressobj(9)
    row = b"\0" * (width + 1)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return _png(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), pixels)


def _png(header: bytes, pixels: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
