"""How a name from the data, a number or a picture is shown in the report."""

from __future__ import annotations

import io
import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, direction, lone surrogate, unassigned, breaks
_JOINER = "\u200d"  # holds emoji together
_SMALL = 48  # pixels: at most this is enlarged without smoothing
_LARGEST = 128  # pixels, longer side of a picture in the report


def visible(text: str) -> str:
    r"""Return ``text`` with characters that hide or turn other text written out.

    Example:
        >>> visible("a\u202eb\n")
        'a\\u202eb\\u000a'
    """
    return "".join(_written_out(char) if _is_hidden(char) else char for char in text) or "(empty)"


def _is_hidden(char: str) -> bool:
    return char != _JOINER and unicodedata.category(char) in _HIDDEN


def _written_out(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


_TITLES = {
    "el2n": "EL2N",
    "grand": "GraNd",
    "grand_last_layer": "GraNd (last layer)",
    "margin": "margin (AUM)",
    "mislabel_score": "mislabel score",
    "input_norm": "input norm",
    "never_learned_fraction": "never learned",
}


def score_title(name: str) -> str:
    """Return how a score is called on screen.

    Example:
        >>> score_title("el2n_step_000390"), score_title("forgetting")
        ('EL2N at step 390', 'forgetting')
    """
    method, step, number = name.partition("_step_")
    title = _TITLES.get(method, method)
    return f"{title} at step {int(number)}" if step and number.isdigit() else title


def count(value: float) -> str:
    """Return a count with thousands apart, such as ``4,970``."""
    return f"{round(value):,}"


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with a decimal where it is small, such as ``10 %`` or ``0.4 %``."""
    value = 100 * fraction
    return f"{value:.1f} %" if 0 < value < 9.95 else f"{value:.0f} %"


_QUOTAS = {"proportional": "the same share of each", "equal": "equal numbers of each"}


def _quota_words(rule: Mapping[str, Any]) -> str:
    quota, by = str(rule.get("quota", "none")), str(rule.get("quota_by", "class"))
    if quota == "none":
        return ""
    floor = quota.partition(":")[2]
    return f", {_QUOTAS.get(quota) or f'at least {percent(float(floor))} of each'} {by}"


def rule_words(rule: Mapping[str, Any]) -> str:
    """Return what a selection's settings say.

    Example:
        >>> rule_words({"rule": "window", "score": "el2n", "keep_fraction": 0.4, "window_offset": 0.1})
        'window of 40 % from 10 %, by EL2N'
    """
    keep, name = rule.get("keep_fraction", 1.0), str(rule["rule"])
    by = f", by {score_title(rule['score'])}" if rule.get("score") else ""
    without = ", without suspects" if rule.get("drop_suspects") else ""
    without = f"{_quota_words(rule)}{without}"
    if name == "list":
        return f"imported list{without}"
    if keep >= 1:
        return f"all{without}"
    if name == "window":
        return f"window of {percent(keep)} from {percent(rule['window_offset'])}{by}{without}"
    return f"{name} {percent(keep)}{by}{without}"


@dataclass(frozen=True)
class Picture:
    """An image inside the page: a data URI, its size in pixels, and whether it is enlarged unsmoothed."""

    uri: str
    width: int
    height: int
    is_small: bool


def picture(thumbnail: bytes) -> Picture:
    """Return a stored thumbnail encoded anew, without metadata, as a data URI.

    Args:
        thumbnail: Encoded bytes from the workspace, verified on reading.
    """
    with Image.open(io.BytesIO(thumbnail), formats=("PNG", "JPEG", "WEBP")) as opened:
        image = opened.convert("L" if opened.mode in {"1", "L"} else "RGB")
    image.thumbnail((_LARGEST, _LARGEST))
    is_small = max(image.size) <= _SMALL
    buffer = io.BytesIO()
    if is_small:
        image.save(buffer, "PNG", optimize=True)
    else:
        image.save(buffer, "JPEG", quality=85)
    kind = "png" if is_small else "jpeg"
    uri = f"data:image/{kind};base64,{b64encode(buffer.getvalue()).decode('ascii')}"
    return Picture(uri, *image.size, is_small)
