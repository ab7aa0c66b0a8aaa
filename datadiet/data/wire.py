"""How pictures travel to a decoding process and pixels come back: a JSON header, then raw bytes.

No pickle: the other side is a process that reads hostile files.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from datadiet.data.decode import Picture

_LENGTHS = struct.Struct("<IQ")  # header bytes, body bytes


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with every picture of a batch; ``size`` None only measures."""

    size: int | None
    channels: int
    resize: str
    min_side: int
    thumbnail_size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture; ``reason`` is empty where it was read."""

    kind: str = ""
    reason: str = ""
    width: int = 0
    height: int = 0
    channels: int = 0
    image_hash: str = ""
    note: str = ""
    pixels: NDArray[np.uint8] | None = None  # (size, size, channels)
    thumbnail: bytes = b""  # empty: the prepared pixels are the whole picture


def send(stream: IO[bytes], header: object, parts: Sequence[bytes | memoryview]) -> None:
    """Write one message and flush it."""
    text = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(text), sum(len(part) for part in parts)))
    stream.write(text)
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[Any, memoryview] | None:
    """Return the next message, or None where the stream ended."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header_size, body_size = _LENGTHS.unpack(lengths)
    header = stream.read(header_size)
    body = stream.read(body_size)
    if len(header) < header_size or len(body) < body_size:
        return None
    return json.loads(header), memoryview(body)


def send_pictures(stream: IO[bytes], task: Task, pictures: Sequence[Picture]) -> None:
    """Write a batch of pictures with what to do to them."""
    items: list[dict[str, Any]] = []
    parts: list[bytes | memoryview] = []
    for picture in pictures:
        if isinstance(picture, bytes):
            items.append({"bytes": len(picture)})
            parts.append(picture)
        else:
            raw = np.ascontiguousarray(picture).tobytes()
            items.append({"bytes": len(raw), "shape": picture.shape, "dtype": picture.dtype.str})
            parts.append(raw)
    send(stream, {"task": asdict(task), "items": items}, parts)


def receive_pictures(stream: IO[bytes]) -> tuple[Task, list[Picture]] | None:
    """Return the next batch, or None where the stream ended."""
    message = receive(stream)
    if message is None:
        return None
    header, body = message
    pictures: list[Picture] = []
    start = 0
    for item in header["items"]:
        part = body[start : start + item["bytes"]]
        start += item["bytes"]
        if "shape" in item:
            pictures.append(np.frombuffer(part, np.dtype(item["dtype"])).reshape(item["shape"]))
        else:
            pictures.append(bytes(part))
    return Task(**header["task"]), pictures


def send_outcomes(stream: IO[bytes], outcomes: Sequence[Outcome]) -> None:
    """Write what became of a batch."""
    items: list[dict[str, Any]] = []
    parts: list[bytes | memoryview] = []
    for outcome in outcomes:
        item = {
            name: getattr(outcome, name) for name in Outcome.__slots__ if name not in {"pixels", "thumbnail"}
        }
        pixels = outcome.pixels
        item["shape"] = None if pixels is None else pixels.shape
        item["thumbnail_bytes"] = len(outcome.thumbnail)
        items.append(item)
        parts += [b"" if pixels is None else pixels.tobytes(), outcome.thumbnail]
    send(stream, items, parts)


def receive_outcomes(stream: IO[bytes]) -> list[Outcome] | None:
    """Return what became of a batch, or None where the process died."""
    message = receive(stream)
    if message is None:
        return None
    items, body = message
    outcomes: list[Outcome] = []
    start = 0
    for item in items:
        shape, length = item.pop("shape"), item.pop("thumbnail_bytes")
        pixels = None
        if shape is not None:
            stop = start + int(np.prod(shape))
            pixels = np.frombuffer(body[start:stop], np.uint8).reshape(shape)
            start = stop
        outcomes.append(Outcome(**item, pixels=pixels, thumbnail=bytes(body[start : start + length])))
        start += length
    return outcomes
