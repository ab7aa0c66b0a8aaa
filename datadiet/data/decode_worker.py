"""A decoding process: reads batches of pictures from standard input, answers on standard output.

It has a memory limit of its own, so that an image that asks for too much is a skipped image.
"""

from __future__ import annotations

import os
import signal
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadiet.data.decode import Decoded, Picture, decode, decode_array, measure
from datadiet.data.fitting import Resize, fit, image_of, reduced, thumbnail, to_channels
from datadiet.data.wire import Outcome, Task, receive_pictures, send_outcomes
from datadiet.errors import ImageDecodeError

MEMORY_BYTES = 1536 * 2**20  # that decoding may take beyond what the process starts with


def process(picture: Picture, task: Task) -> Outcome:
    """Return what becomes of one picture: prepared pixels, or the reason it was skipped."""
    try:
        if task.size is None and isinstance(picture, bytes):
            width, height, channels = measure(picture)
            return Outcome(width=width, height=height, channels=channels)
        decoded = decode(picture) if isinstance(picture, bytes) else decode_array(picture)
        return _prepared(decoded, task)
    except ImageDecodeError as error:
        return Outcome(kind=error.kind, reason=str(error))
    except MemoryError:
        return Outcome(kind="unreadable", reason="preparing it needs more memory than is allowed")


def _prepared(decoded: Decoded, task: Task) -> Outcome:
    height, width, channels = decoded.pixels.shape
    if min(height, width) < task.min_side:
        raise ImageDecodeError(
            f"{width} x {height} pixels; the shorter side must be at least {task.min_side}"
        )
    if task.size is None:
        return Outcome(width=width, height=height, channels=channels)
    if decoded.pixels.shape == (task.size, task.size, task.channels):
        pixels, notes, small = decoded.pixels, decoded.notes, b""  # the prepared pixels are the picture
    else:
        pixels, notes, small = _fitted(decoded, task, task.size)
    return Outcome(
        width=width,
        height=height,
        channels=channels,
        image_hash=image_hash(decoded),
        note="; ".join(note for note in notes if note),
        pixels=pixels,
        thumbnail=small,
    )


def _fitted(decoded: Decoded, task: Task, size: int) -> tuple[NDArray[np.uint8], tuple[str, ...], bytes]:
    """Return the pixels at the training size, what was done to them, and the thumbnail of the whole."""
    how: Resize = "pad" if task.resize == "pad" else "crop"
    image = decoded.image or image_of(decoded.pixels)
    shown, channel_note = to_channels(image, task.channels)
    picture = reduced(shown, size, how, task.thumbnail_size)
    pixels, size_note = fit(picture, size, how)
    coloured = picture if shown is image else reduced(image, size, how, task.thumbnail_size)
    small = thumbnail(coloured, task.thumbnail_size)
    return pixels, (*decoded.notes, channel_note, size_note), small


def image_hash(decoded: Decoded) -> str:
    """Return SHA-256 of shape and upright pixels at original size, the first 32 hex digits."""
    pixels = decoded.pixels
    digest = sha256("x".join(map(str, pixels.shape)).encode())
    digest.update(pixels.data if pixels.flags.c_contiguous else pixels.tobytes())
    return digest.hexdigest()[:32]


def limit_memory(extra_bytes: int) -> None:
    """Let this process take ``extra_bytes`` beyond its present size, where the system can say so."""
    try:
        import resource  # absent on Windows

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + extra_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, OSError, ValueError):
        return


def main() -> None:
    """Answer batches until standard input ends; Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a decoder that prints must not break the answers
    limit_memory(MEMORY_BYTES)
    while (batch := receive_pictures(source)) is not None:
        task, pictures = batch
        send_outcomes(answers, [process(picture, task) for picture in pictures])


if __name__ == "__main__":
    main()
