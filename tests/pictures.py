"""Real JPEG photos, as a phone takes them: with camera, time and place in their EXIF."""

from io import BytesIO
from random import Random

from PIL import ExifTags, Image

_counter = Random(20261123)


def jpeg(width: int = 320, height: int = 240, *, seed: int | None = None) -> bytes:
    """A JPEG like no other, or the same again for the same seed."""
    rnd = Random(seed) if seed is not None else _counter
    noise = Image.frombytes("RGB", (16, 12), rnd.randbytes(16 * 12 * 3))
    picture = noise.resize((width, height), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "演示", "Phone 1"
    exif[ExifTags.Base.DateTime] = "2026:11:23 09:58:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[1], gps[2], gps[3], gps[4] = "N", (37.0, 8.0, 46.0), "E", (111.0, 46.0, 45.0)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=85, exif=exif.tobytes())
    return buffer.getvalue()
