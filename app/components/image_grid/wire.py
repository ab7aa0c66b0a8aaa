"""What travels to the grid: one JSON header and the bytes of the picture sheets, in one message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def pack_message(header: dict[str, Any], blobs: Sequence[bytes]) -> bytes:
    """Return a message: length of the header (4 bytes, little endian), header, then the blobs.

    Args:
        header: JSON-able; gets ``blobs``, the length of each.
        blobs: Encoded pictures, in the order in which the header speaks of them.

    Example:
        >>> pack_message({"num": 0}, [b"ab"])[4:]
        b'{"num":0,"blobs":[2]}ab'
    """
    described = {**header, "blobs": [len(blob) for blob in blobs]}
    text = json.dumps(described, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"".join([len(text).to_bytes(4, "little"), text, *blobs])


def wanted_sheets(asked: object, num_sheets: int, *, most: int) -> list[int]:
    """Return which sheets the browser asks for: known numbers only, the first two where it asks for none.

    Args:
        asked: What came up from the browser; anything.
        num_sheets: How many there are.
        most: At most this many at once.

    Example:
        >>> wanted_sheets([3, "x", -1, 99, 2], 4, most=4)
        [3, 2]
    """
    numbers = [each for each in asked if type(each) is int] if isinstance(asked, list) else []
    known = [number for number in dict.fromkeys(numbers) if 0 <= number < num_sheets]
    return known[:most] or list(range(min(2, num_sheets)))
