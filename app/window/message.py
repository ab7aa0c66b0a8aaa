"""What the brush is told: columns in rank order, the surface as a grid, what was measured, its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.components.image_grid.wire import pack_message
from app.palette import Palette, css_variables
from app.text import plain_name
from app.window.fitting import Fitted
from app.window.ranks import Ranks
from app.window.reading import Findings
from datadiet.export.shown import score_title
from datadiet.study.verdict import Mean

CLASS_COLORS = (  # Okabe and Ito's, and two more
    "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2",
    "#D55E00", "#CC79A7", "#999999", "#44AA99", "#882255",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A window as fractions; the turn changes where the page forces it upon the brush."""

    keep: float
    offset: float
    turn: str = "0"


@dataclass(frozen=True)
class Brush:
    """All that the brush shows."""

    ranks: Ranks
    flags: NDArray[np.uint8] = field(repr=False)  # with the decisions
    score: str
    class_names: Sequence[str]
    found: Findings | None
    fitted: Fitted
    start: Place
    home: Place  # where a double click leads
    colors: Palette


def brush_message(brush: Brush) -> bytes:
    """Return the message for the browser: a header, then labels, flags and the three grids."""
    found, grid, ranks = brush.found, brush.fitted.grid, brush.ranks
    header = {
        "version": ranks.version,
        "num": len(ranks),
        "classNames": [plain_name(name) for name in brush.class_names],
        "scoreTitle": score_title(brush.score),
        "heights": ranks.heights,
        "hasFlips": ranks.has_flips,
        "hasSuspects": ranks.has_suspects,
        "split": found.split if found else None,
        "measured": _measured(found),
        "random": [{"keep": keep, **_mean(found, mean)} for keep, mean in found.controls] if found else [],
        "all": _mean(found, found.everything) if found and found.everything else None,
        "numKeeps": len(grid.keep_fractions) if grid else 0,
        "numPlaces": len(grid.places) if grid else 0,
        "why": why_not_predicted(found, brush.fitted),
        "start": {"keep": brush.start.keep, "offset": brush.start.offset, "turn": brush.start.turn},
        "home": {"keep": brush.home.keep, "offset": brush.home.offset},
        "colors": css_variables(brush.colors),
        "classColors": list(CLASS_COLORS),
    }
    blobs = [ranks.labels.tobytes(), brush.flags.tobytes()]
    if grid is not None:
        blobs += [grid.accuracy.tobytes(), grid.standard_error.tobytes()]
        blobs += [grid.is_trusted.astype(np.uint8).tobytes()]
    return pack_message(header, blobs)


def why_not_predicted(found: Findings | None, fitted: Fitted) -> str:
    """Return why the brush has no prediction, in a sentence; empty where it has one."""
    if found is None or found.retrainings.empty:
        return "Nothing has been retrained on yet, so no accuracy is known."
    if found.split is None:
        return "There is neither a validation nor a test image to measure accuracy on."
    if not found.is_predicted:
        return f"A prediction needs five measured windows; there {_are(found.num_windows)}."
    return "" if fitted.grid is not None else "The prediction is being worked out."


def _are(num: int) -> str:
    return "is one" if num == 1 else f"are {num or 'none'}"


def _measured(found: Findings | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    return [
        {"keep": float(keep), "offset": float(offset), "mean": float(mean),
         "error": found.error_of(Mean(mean, np.nan, int(num))), "seeds": int(num)}
        for (keep, offset), mean, num in zip(
            found.measured.windows, found.measured.accuracy, found.measured.num_seeds, strict=True
        )
    ]  # fmt: skip


def _mean(found: Findings, mean: Mean) -> dict[str, Any]:
    return {"mean": mean.mean, "error": found.error_of(mean), "seeds": mean.num_seeds}


def read_place(asked: object, most: Place) -> Place:
    """Return the window that the browser reports; ``most`` where it reports none, or nonsense.

    Args:
        asked: What came up: ``keep`` and ``offset``.
        most: What holds until then.
    """
    if not isinstance(asked, dict):
        return most
    keep, offset = asked.get("keep"), asked.get("offset")
    return checked_place(keep, offset) or most


def checked_place(keep: object, offset: object) -> Place | None:
    """Return a window where two numbers are one, moved down where it would pass the hard end.

    Example:
        >>> checked_place(0.4, 0.8), checked_place("x", 0)
        (Place(keep=0.4, offset=0.6, turn='0'), None)
    """
    numbers = [_number(keep), _number(offset)]
    if numbers[0] is None or numbers[1] is None or not 0.0 < numbers[0] <= 1.0:
        return None
    size = round(numbers[0], 6)
    if size <= 0.0:
        return None
    return Place(size, min(max(0.0, round(numbers[1], 6)), round(1.0 - size, 6)))


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if np.isfinite(number) else None
