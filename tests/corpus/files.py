"""Bad inputs 1 to 22: single files."""
# one line a case, however long

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from .cases import Accepted, Case, Skipped, encoded, one_file, picture, sound_folder


def _jpeg(rng: np.random.Generator) -> bytes:
    return encoded(picture(rng, (64, 64)), "JPEG")


def _flipped_bit(rng: np.random.Generator) -> bytes:
    data = bytearray(_jpeg(rng))
    data[len(data) * 3 // 4] ^= 0x10
    return bytes(data)


def _sixteen_bit(rng: np.random.Generator) -> bytes:
    return encoded(Image.fromarray(rng.integers(0, 65536, (16, 16), dtype=np.uint16)), "PNG")


def _nan_tiff(rng: np.random.Generator) -> bytes:
    values = rng.random((16, 16), dtype=np.float32)
    values[0, 0] = np.nan
    return encoded(Image.fromarray(values), "TIFF")


def _animated(kind: str):
    def data(rng: np.random.Generator) -> bytes:
        return encoded(picture(rng), kind, save_all=True, append_images=[picture(rng)])

    return data


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _bomb(side: int) -> bytes:
    """Return a 1-bit PNG of side × side black pixels: kilobytes that become gigabytes."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    body = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", body)
        + _png_chunk(b"IEND", b"")
    )


def _huge_text(rng: np.random.Generator) -> bytes:
    data = encoded(picture(rng), "PNG")
    text = _png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(2**22)))
    return data[:33] + text + data[33:]


def _oriented(rng: np.random.Generator) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture(rng, (24, 16)), "JPEG", exif=exif)


def _transparent_palette(rng: np.random.Generator) -> bytes:
    image = Image.new("RGBA", (16, 16), (9, 9, 9, 99))
    return encoded(image.quantize(method=Image.Quantize.FASTOCTREE), "PNG")


def _large_profile(rng: np.random.Generator) -> bytes:
    return encoded(picture(rng), "JPEG", icc_profile=rng.bytes(2**20))


def _unreadable(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / "cat" / "locked.png").write_bytes(encoded(picture(rng), "PNG"))
    (root / "cat" / "locked.png").chmod(0)
    return str(root)


def _fifo(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    os.mkfifo(root / "cat" / "pipe.png")
    return str(root)


def _mixed_sizes(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    picture(rng, (90, 40)).save(root / "cat" / "wide.png")
    return str(root)


def _same_bytes(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / "dog" / "twin.png").write_bytes((root / "cat" / "0.png").read_bytes())
    return str(root)


def _with_text(rng: np.random.Generator) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("note", "x")
    return encoded(picture(rng), "PNG", pnginfo=info)


_HTML = b"<!doctype html><html><body>404 not found</body></html>"
_SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'/>"
_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n"

FILES = [
    Case(1, "zero bytes", one_file("x.jpg", lambda rng: b""), Skipped()),
    Case(2, "JPEG cut at half", one_file("x.jpg", lambda rng: _jpeg(rng)[:2000]), Skipped()),
    Case(2, "JPEG without its last two bytes", one_file("x.jpg", lambda rng: _jpeg(rng)[:-2]), Skipped()),
    Case(3, "JPEG with one flipped bit", one_file("x.jpg", _flipped_bit), Accepted()),
    Case(4, "HTML named jpg", one_file("x.jpg", lambda rng: _HTML), Skipped("not_an_image")),
    Case(5, "PNG named jpg", one_file("x.jpg", lambda rng: encoded(picture(rng), "PNG")), Accepted()),
    Case(
        6,
        "CMYK JPEG",
        one_file("x.jpg", lambda rng: encoded(picture(rng).convert("CMYK"), "JPEG")),
        Accepted("CMYK converted to RGB"),
    ),
    Case(7, "16-bit PNG", one_file("x.png", _sixteen_bit), Accepted("16 bits scaled to 8 by 257")),
    Case(8, "float TIFF with NaN", one_file("x.tif", _nan_tiff), Skipped()),
    Case(
        9, "grey", one_file("x.png", lambda rng: encoded(picture(rng).convert("L"), "PNG")), Accepted("grey")
    ),
    Case(
        9,
        "palette with transparency",
        one_file(
            "x.png",
            _transparent_palette,
        ),
        Accepted("composed on white"),
    ),
    Case(
        10,
        "hidden colour under alpha 0",
        one_file("x.png", lambda rng: encoded(Image.new("RGBA", (16, 16), (255, 0, 0, 0)), "PNG")),
        Accepted("composed on white"),
    ),
    Case(11, "animated GIF", one_file("x.gif", _animated("GIF")), Accepted("first of several frames")),
    Case(11, "multi-page TIFF", one_file("x.tif", _animated("TIFF")), Accepted("first of several frames")),
    Case(12, "EXIF orientation 6", one_file("x.jpg", _oriented), Accepted("turned upright")),
    Case(13, "20k x 20k bomb", one_file("x.png", lambda rng: _bomb(20_000)), Skipped()),
    Case(13, "10k x 10k over our cap", one_file("x.png", lambda rng: _bomb(10_000)), Skipped()),
    Case(14, "huge text chunk", one_file("x.png", _huge_text), Skipped()),
    Case(15, "SVG", one_file("x.svg", lambda rng: _SVG), Skipped("not_an_image")),
    Case(15, "EPS", one_file("x.eps", lambda rng: _EPS), Skipped("not_an_image")),
    Case(16, "one pixel", one_file("x.png", lambda rng: encoded(picture(rng, (1, 1)), "PNG")), Skipped()),
    Case(
        16, "1 x 10,000", one_file("x.png", lambda rng: encoded(picture(rng, (1, 10_000)), "PNG")), Skipped()
    ),
    Case(17, "mixed sizes", _mixed_sizes, Accepted("the centre is kept")),
    Case(18, "same bytes under two labels", _same_bytes, Accepted()),
    Case(19, "large colour profile", one_file("x.jpg", _large_profile), Accepted()),
    Case(20, "no read permission", _unreadable, Skipped()),
    Case(21, "named pipe", _fifo, Skipped("not_an_image")),
    Case(25, "newline, tab, quote, backslash", one_file("a\n\t\"'\\b.png", _with_text), Accepted()),
    Case(26, "emoji", one_file("🐈.png", _with_text), Accepted()),
    Case(27, "255-byte name", one_file("n" * 251 + ".png", _with_text), Accepted()),
    Case(29, "literal percent and dollar", one_file("- %2e%2e $HOME ~.png", _with_text), Accepted()),
    Case(36, "right-to-left override", one_file("\u202egnp.png", _with_text), Accepted()),
]
