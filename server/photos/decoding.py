"""What is done with a picture's bytes. It runs in a process of its own (`sandbox`), because the
decoders are written in C and the bytes come from anybody.
"""

from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from PIL import Image

from ..glossary import Quarantine
from .exif import Metadata, orientation, read_metadata
from .looks import Look, look_of
from .watermark import Mark, stamped

THUMB_PX = 320
VIEW_PX = 1600

# A JPEG of several pictures (a phone's HDR, its portrait mode) calls itself MPO.
FORMATS = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
OPENED_AS = ("JPEG", "PNG", "WEBP", "HEIF")

# Encoders, by the media type of what they make: quick ones, for somebody waits.
ENCODERS = {
    "image/jpeg": ("JPEG", {"quality": 82}),
    "image/webp": ("WEBP", {"quality": 80, "method": 2}),
}

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
# Our own limit is asked first, and is a refusal, not a warning.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Limits:
    """The most pixels (width × height) and frames that a picture may have."""

    pixels: int
    frames: int


class Unreadable(Exception):
    """A picture that can't, or must not, be decoded."""

    def __init__(self, why: Quarantine) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Examined:
    """A sound picture: what it is, what it says, how it looks, and its thumbs by media type."""

    media_type: str
    width: int
    height: int
    metadata: Metadata
    look: Look | None
    thumbs: dict[str, bytes]


def examine(path: str, limits: Limits) -> Examined:
    """Decode a picture whole and say what there is to say about it.

    Raises:
        Unreadable: it is none of our formats, over a limit, or damaged.
    """
    with _opened(path, limits) as image:
        metadata = read_metadata(image)
        width, height = image.size
        media_type = FORMATS[image.format or ""]
        # From twice its size: as sharp, and a JPEG is decoded at an eighth or a quarter.
        thumb = _upright(image, 2 * THUMB_PX)
    thumb = _reduced(thumb, THUMB_PX)
    thumbs = {each: _encoded(thumb, each) for each in ENCODERS}
    return Examined(media_type, width, height, metadata, look_of(thumb), thumbs)


def view(path: str, limits: Limits, mark: Mark | None, media_type: str) -> bytes:
    """The picture at 1600 px, upright, without metadata, with its watermark.

    Raises:
        Unreadable: as in `examine`.
    """
    with _opened(path, limits) as image:
        picture = _upright(image, VIEW_PX)
    return _encoded(stamped(picture, mark) if mark else picture, media_type)


def _opened(path: str, limits: Limits) -> Image.Image:
    try:
        image = Image.open(path, formats=OPENED_AS)
    except FileNotFoundError:
        raise
    except Exception:  # The plugins raise nearly anything on a hostile header.
        raise Unreadable(Quarantine.NOT_A_PICTURE) from None
    if why := _refusal(image, limits):
        image.close()
        raise Unreadable(why)
    return image


def _refusal(image: Image.Image, limits: Limits) -> Quarantine | None:
    pixels = image.width * image.height
    if image.format not in FORMATS or not pixels:
        return Quarantine.NOT_A_PICTURE
    if pixels > limits.pixels:
        return Quarantine.TOO_MANY_PIXELS
    if getattr(image, "n_frames", 1) > limits.frames:
        return Quarantine.TOO_MANY_FRAMES
    return None


def _upright(image: Image.Image, most_px: int) -> Image.Image:
    """The picture as RGB, as one looks at it, its longer side at most `most_px`."""
    turn = UPRIGHT.get(orientation(image))
    target = _fitting(image.size, most_px)
    try:
        # A JPEG is decoded at the next eighth above what is wanted: far less work.
        image.draft(None, target)
        image.load()
        picture = _rgb(_sized(image, target))
    except MemoryError:
        raise
    except Exception:  # Truncated, or hostile.
        raise Unreadable(Quarantine.DAMAGED) from None
    return picture.transpose(turn) if turn is not None else picture


def _fitting(size: tuple[int, int], most_px: int) -> tuple[int, int]:
    scale = min(1.0, most_px / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _sized(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits a pixel: the upper eight are what a screen shows.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.size == target:
        return image
    return image.resize(target, Image.Resampling.BICUBIC)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    return image if image.mode == "RGB" else image.convert("RGB")


def _reduced(picture: Image.Image, most_px: int) -> Image.Image:
    target = _fitting(picture.size, most_px)
    if target == picture.size:
        return picture
    factor = max(1, min(picture.width // target[0], picture.height // target[1]) // 2)
    return picture.reduce(factor).resize(target, Image.Resampling.BICUBIC)


def _encoded(picture: Image.Image, media_type: str) -> bytes:
    name, options = ENCODERS[media_type]
    # A picture made of raw pixels alone has no metadata to pass on.
    picture.info.clear()
    buffer = BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()
