from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from datadiet.data.decode import decode, decode_array
from datadiet.errors import ImageDecodeError


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)


def test_lossless_pixels_come_back_exactly(pixels):
    decoded = decode(encoded(Image.fromarray(pixels)))
    assert np.array_equal(decoded.pixels, pixels)
    assert decoded.notes == ()


def test_sixteen_bits_are_scaled_never_clipped():
    values = np.array([[0, 257, 32896, 65535]], dtype=np.uint16).repeat(4, axis=0)
    decoded = decode(encoded(Image.fromarray(values)))
    assert decoded.pixels[0, :, 0].tolist() == [0, 1, 128, 255]


def test_hidden_colour_is_composed_on_white():
    decoded = decode(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 0))))
    assert (decoded.pixels == 255).all()


def test_half_transparent_grey_stays_grey():
    decoded = decode(encoded(Image.new("LA", (4, 4), (0, 128))))
    assert decoded.pixels.shape == (4, 4, 1)
    assert (decoded.pixels == 127).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_exif_orientation_is_turned_upright_once(pixels, orientation):
    turns = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, 1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(
        decode(encoded(Image.fromarray(pixels), exif=exif)).pixels, turns[orientation](pixels)
    )


def test_a_tiff_with_an_orientation_is_turned_once(pixels):
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode(encoded(Image.fromarray(pixels), "TIFF", exif=exif))
    assert np.array_equal(decoded.pixels, np.rot90(pixels, -1))


def test_a_truncated_jpeg_is_not_an_image_even_where_its_exif_holds_a_whole_one(pixels):
    inner = encoded(Image.fromarray(pixels), "JPEG")
    whole = encoded(Image.fromarray(pixels), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + inner)
    assert decode(whole).pixels.shape == pixels.shape
    with pytest.raises(ImageDecodeError, match=r"end marker|truncated"):
        decode(whole[:-2])


def test_bytes_after_the_end_of_a_jpeg_are_allowed(pixels):
    data = encoded(Image.fromarray(pixels), "JPEG")
    assert np.array_equal(decode(data + b"\xff\xda trailing").pixels, decode(data).pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF"])
def test_every_allowed_format_is_read(pixels, kind):
    assert decode(encoded(Image.fromarray(pixels), kind)).pixels.shape == pixels.shape


@pytest.mark.parametrize("kind", ["ICO", "PCX", "TGA", "SGI", "EPS", "PDF"])
def test_a_format_that_is_not_listed_is_no_image(pixels, kind):
    with pytest.raises(ImageDecodeError) as caught:
        decode(encoded(Image.fromarray(pixels), kind))
    assert caught.value.kind == "not_an_image"


def test_floats_in_0_1_are_scaled_and_others_refused():
    assert decode_array(np.array([[0.0, 0.5], [1.0, 0.25]])).pixels[..., 0].tolist() == [[0, 128], [255, 64]]
    with pytest.raises(ImageDecodeError, match="outside"):
        decode_array(np.full((2, 2), 1.5))


def test_an_array_of_signed_integers_is_refused():
    with pytest.raises(ImageDecodeError, match="int32"):
        decode_array(np.zeros((4, 4), np.int32))
