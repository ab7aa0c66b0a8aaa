"""What Browse sends, taken apart: header, parts, columns."""

from __future__ import annotations

import json

import numpy as np

KINDS = {
    "uint8": np.uint8,
    "int16": np.int16,
    "uint16": np.uint16,
    "uint32": np.uint32,
    "int32": np.int32,
    "float32": np.float32,
}


def unpacked(message):
    """Return the header, each part with its bytes."""
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    start = 4 + length
    blobs = []
    for size in header["blobs"]:
        blobs.append(message[start : start + size])
        start += size
    for part in header["parts"]:
        part["bytes"], blobs = blobs[: part["num"]], blobs[part["num"] :]
    assert start == len(message)
    assert blobs == []
    return header


def of_kind(header, kind):
    return [part for part in header["parts"] if part["kind"] == kind]


def shown(page):
    """Return what the page sent to its component."""
    blobs = [each.proto.bytes for each in page.get("bidi_component") if each.proto.bytes]
    return unpacked(blobs[-1])


def column(header, name):
    part = of_kind(header, "columns")[0]
    if name == "id" and "id" not in dict(part["columns"]):  # they count up from 0
        return np.arange(part["numRows"], dtype=np.uint32)
    at = [each for each, _ in part["columns"]].index(name)
    return np.frombuffer(part["bytes"][at], KINDS[part["columns"][at][1]])
