"""The one door through which a user's image bytes become pixels; nothing else decodes them.

Formats come from a short list, the size is checked before decoding, every image is decoded in full,
and each rule that changed pixels is named in a note. It is called inside a worker process with a memory limit
(:mod:`datadiet.data.decoding`).
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from datadiet.errors import ImageDecodeError

Picture: TypeAlias = "bytes | NDArray[Any]"  # encoded bytes, or pixels (H, W) or (H, W, C)

FORMATS = (  # importing a plug-in makes its format known; MPO comes with JPEG
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    PpmImagePlugin.PpmImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
)
MAX_PIXELS = 64_000_000  # width × height; a larger image is skipped, not only warned about
_MULTI_FRAME = {"GIF", "TIFF", "WEBP", "PNG", "MPO", "AVIF"}
_EXIF_KEYS = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}
_ORIENTATION = 0x0112
_WHITE = 255


@dataclass(frozen=True, slots=True)
class Decoded:
    """Upright pixels at original size, uint8 (H, W, C) with C 1 or 3, and the rules that were applied.

    ``image`` is the same pixels as Pillow holds them, where decoding left them so: it saves copies.
    """

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...]
    image: Image.Image | None = None  # mode RGB or L


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Decoded:
    """Return the pixels of one encoded image, upright, 8 bits a channel.

    Args:
        data: The bytes of a file; their content decides the format, not a name.
        max_pixels: Largest width × height that is decoded.

    Raises:
        ImageDecodeError: The bytes are empty, of another format, cut, damaged, or too large.
    """
    if not data:
        raise ImageDecodeError("the file is empty (zero bytes)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, max_pixels)
        except ImageDecodeError:
            raise
        except UnidentifiedImageError:
            raise ImageDecodeError(
                f"not an image of a known format ({', '.join(FORMATS)})", kind="not_an_image"
            ) from None
        except MemoryError:
            raise ImageDecodeError("decoding it needs more memory than is allowed") from None
        except Exception as error:  # whatever a decoder raises on hostile bytes
            raise ImageDecodeError(f"cannot be decoded: {_one_line(error)}") from None


def measure(data: bytes) -> tuple[int, int, int]:
    """Return width, height and channels as the header states them; pixels are not decoded.

    Raises:
        ImageDecodeError: There is no such header.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                is_grey = image.mode in {"1", "L", "LA", "I", "F"} or image.mode.startswith("I;16")
                return image.width, image.height, 1 if is_grey else 3
        except Exception as error:  # whatever a reader raises on hostile bytes
            raise ImageDecodeError(f"cannot be measured: {_one_line(error)}") from None


def _decode(data: bytes, max_pixels: int) -> Decoded:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise ImageDecodeError(f"{width} x {height} pixels are over the limit of {max_pixels:,} pixels")
        notes: list[str] = []
        if image.format in _MULTI_FRAME and getattr(image, "n_frames", 1) > 1:
            notes.append("first of several frames")
        image.load()
        if image.format in {"JPEG", "MPO"} and not _jpeg_ends(data):
            raise ImageDecodeError("cut off: the JPEG has no end marker")
        upright = _upright(image, notes)
        pixels = pixels_of_image(upright, notes)
    return Decoded(pixels, tuple(notes), upright if upright.mode in {"RGB", "L"} else None)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200].rstrip(".")


def _jpeg_ends(data: bytes) -> bool:
    """Return whether an end marker follows the first scan; libjpeg fills a missing end with grey."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        if data[place + 1] == 0xFF:  # fill byte
            place += 1
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return data.find(b"\xff\xd9", place) >= 0


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """Return the image turned as its EXIF says, once (TIFF files are turned by loading)."""
    if not _EXIF_KEYS & image.info.keys() or image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    notes.append("turned upright")
    return ImageOps.exif_transpose(image) or image


def pixels_of_image(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    """Return uint8 (H, W, C) of an opened image of any mode; rules applied are added to ``notes``.

    Raises:
        ImageDecodeError: Its pixels are 32-bit numbers without a stated range.
    """
    mode = image.mode
    if mode in {"RGB", "L"}:
        return _with_channels(np.asarray(image))
    if mode.startswith("I;16") or (mode == "I" and image.format in {"PPM", "PNG"}):
        notes.append("16 bits scaled to 8 by 257")
        return _with_channels(_by_257(np.asarray(image)))
    if mode == "F":
        return pixels_of_array(np.asarray(image), notes)
    if mode == "I":
        raise ImageDecodeError("32-bit integer pixels have no stated range")
    if image.has_transparency_data:
        return _on_white(image, notes)
    if mode == "1":
        return _with_channels(np.asarray(image.convert("L")))
    if mode not in {"P", "RGBX"}:
        notes.append(f"{mode} converted to RGB")
    return _with_channels(np.asarray(image.convert("RGB")))


def _by_257(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 16-bit values as 8-bit ones, rounded: 65535 becomes 255, never clipped."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _on_white(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    grey = image.mode in {"LA", "La", "L"}
    rgba = np.asarray(image.convert("LA" if grey else "RGBA"))
    return _composed(rgba, notes)


def _composed(values: NDArray[np.uint8], notes: list[str]) -> NDArray[np.uint8]:
    """Return colour over white by the alpha that is the last channel, hidden colour gone."""
    alpha = values[..., -1:].astype(np.uint32)  # (H, W, 1)
    if bool((alpha == 255).all()):
        return np.ascontiguousarray(values[..., :-1])
    notes.append("transparency composed on white")
    mixed = values[..., :-1] * alpha + _WHITE * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _with_channels(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return values[..., None] if values.ndim == 2 else values


def pixels_of_array(values: NDArray[Any], notes: list[str]) -> NDArray[np.uint8]:
    """Return uint8 (H, W, C) of pixels given as an array; rules applied are added to ``notes``.

    Args:
        values: (H, W) or (H, W, C) with C 1, 2 (grey, alpha), 3 or 4 (alpha); uint8, uint16, bool, or
            float in [0, 1].
        notes: Collects the rules.

    Raises:
        ImageDecodeError: The shape or dtype is another, or a float is NaN or outside [0, 1].
    """
    shaped = _with_channels(values)
    if shaped.ndim != 3 or shaped.shape[2] not in {1, 2, 3, 4} or 0 in shaped.shape:
        raise ImageDecodeError(f"an array of shape {values.shape} is not an image (height, width, channels)")
    if shaped.shape[0] * shaped.shape[1] > MAX_PIXELS:
        raise ImageDecodeError(f"an array of shape {values.shape} is over the limit of {MAX_PIXELS:,} pixels")
    eight_bit = _eight_bit(shaped, notes)
    return _composed(eight_bit, notes) if eight_bit.shape[2] in {2, 4} else eight_bit


def _eight_bit(values: NDArray[Any], notes: list[str]) -> NDArray[np.uint8]:
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        notes.append("16 bits scaled to 8 by 257")
        return _by_257(values)
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * 255
    if values.dtype.kind == "f":
        if not bool(((values >= 0) & (values <= 1)).all()):  # NaN compares false
            raise ImageDecodeError("float pixels are NaN or outside [0, 1]")
        notes.append("floats in [0, 1] scaled to 8 bits")
        return np.rint(values.astype(np.float64) * 255).astype(np.uint8)
    raise ImageDecodeError(f"pixels of type {values.dtype} have no stated range; use uint8, uint16 or floats")


def decode_array(values: NDArray[Any]) -> Decoded:
    """Return the pixels of an image given as an array (.npz, torchvision, digits, Python).

    Raises:
        ImageDecodeError: As :func:`pixels_of_array`.
    """
    notes: list[str] = []
    return Decoded(pixels_of_array(values, notes), tuple(notes))
