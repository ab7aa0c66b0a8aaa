"""The colours of the dashboard, light and dark; each says what it stands for beside another sign."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One theme's colours; all text on ``ground`` has a contrast of 5.7 or more."""

    ground: str
    panel: str
    line: str
    text: str
    muted: str
    primary: str
    keep: str  # always with ✓
    relabel: str  # with → and the class
    drop: str  # with ✕
    unsure: str  # with ?
    planted: str  # always with ◆ or a pattern
    seeds: tuple[str, ...]  # lines of seeds, from dark to light
    others: tuple[str, ...]  # further lines, told apart by their dashes too


LIGHT = Palette(
    ground="#FFFFFF",
    panel="#F5F7F9",
    line="#D9E0E6",
    text="#1B232C",
    muted="#5A6672",
    primary="#0B6E8F",
    keep="#00704F",
    relabel="#3D5AB8",
    drop="#B23A12",
    unsure="#6B5F00",
    planted="#8A2D7A",
    seeds=("#0B6E8F", "#3D8FAB", "#6FB0C7"),
    others=("#B23A12", "#3D5AB8", "#00704F", "#6B5F00"),
)
DARK = Palette(
    ground="#11161C",
    panel="#1A212A",
    line="#2C3641",
    text="#E8EDF2",
    muted="#9AA7B4",
    primary="#4FC3E0",
    keep="#4CC49A",
    relabel="#93A8F5",
    drop="#FF9166",
    unsure="#D9C74A",
    planted="#E58BD6",
    seeds=("#4FC3E0", "#2E9DBB", "#1F7690"),
    others=("#FF9166", "#93A8F5", "#4CC49A", "#D9C74A"),
)


def palette(theme: str | None) -> Palette:
    """Return the colours of the browser's theme, ``light`` or ``dark``; light where it is not known."""
    return DARK if theme == "dark" else LIGHT


_IN_CSS = (
    "ground",
    "panel",
    "line",
    "text",
    "muted",
    "primary",
    "keep",
    "relabel",
    "drop",
    "unsure",
    "planted",
)


def css_variables(colors: Palette) -> dict[str, str]:
    """Return the colours as CSS variables for a component's root, such as ``--dd-keep``."""
    return {f"--dd-{name}": getattr(colors, name) for name in _IN_CSS}
