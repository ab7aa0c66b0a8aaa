"""The surface on a grid without empty corners: keep fraction, and the place between the two ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadiet.study.surface import Surface

NUM_KEEPS, NUM_PLACES = 100, 101


@dataclass(frozen=True)
class SurfaceGrid:
    """What is predicted at each keep fraction and place; the place is offset ÷ (1 - keep fraction)."""

    keep_fractions: NDArray[np.float64]  # (K,), rising to 1
    places: NDArray[np.float64]  # (T,), 0 the easiest images that can be kept, 1 the hardest
    accuracy: NDArray[np.float32]  # (K, T)
    standard_error: NDArray[np.float32]  # (K, T)
    is_trusted: NDArray[np.bool_]  # (K, T)

    @property
    def window_offsets(self) -> NDArray[np.float64]:
        """Return the window offset of each node, (K, T)."""
        return (1.0 - self.keep_fractions)[:, None] * self.places[None, :]


def surface_grid(surface: Surface, num_keeps: int = NUM_KEEPS, num_places: int = NUM_PLACES) -> SurfaceGrid:
    """Return the surface at ``num_keeps`` keep fractions and ``num_places`` places between the two ends.

    Args:
        surface: From :func:`datadiet.study.surface.fit_surface`.
        num_keeps: At least 2; the first is 1 ÷ ``num_keeps``.
        num_places: At least 2.
    """
    keeps = np.linspace(1.0 / num_keeps, 1.0, num_keeps)
    places = np.linspace(0.0, 1.0, num_places)
    offsets = (1.0 - keeps)[:, None] * places[None, :]  # (K, T)
    windows = np.column_stack([np.repeat(keeps, num_places), offsets.ravel()])
    found = surface.predict(windows)
    shape = (num_keeps, num_places)
    return SurfaceGrid(
        keeps,
        places,
        found["accuracy"].to_numpy(np.float32).reshape(shape),
        found["standard_error"].to_numpy(np.float32).reshape(shape),
        found["is_trusted"].to_numpy(np.bool_).reshape(shape),
    )
