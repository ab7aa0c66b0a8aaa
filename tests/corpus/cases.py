"""What a bad input is: how it is built, and which of three ways it must end in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Skipped:
    """Listed in the table of problems with this kind, never an example."""

    kind: str = "unreadable"
    num: int = 1


@dataclass(frozen=True)
class Refused:
    """A DataDietError whose sentence matches."""

    match: str


@dataclass(frozen=True)
class Accepted:
    """Becomes an example; its note or the rules of dataset.json hold this text."""

    note: str = ""
    num: int = 1


@dataclass(frozen=True)
class Case:
    """One bad input. ``build`` gets an empty folder and a generator and returns the source text."""

    number: int  # of RELIABILITY, section 2
    name: str
    build: Callable[[Path, np.random.Generator], str]
    ends: Skipped | Refused | Accepted
    config: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.number:02d} {self.name}"


NUM_SOUND = 8  # images of each class beside a bad file


def picture(rng: np.random.Generator, size: tuple[int, int] = (16, 16)) -> Image.Image:
    """Return a random colour image, (width, height)."""
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def sound_folder(root: Path, rng: np.random.Generator, classes: tuple[str, ...] = ("cat", "dog")) -> Path:
    """Write a folder of small sound PNGs, ``NUM_SOUND`` a class."""
    for name in classes:
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(NUM_SOUND):
            picture(rng).save(root / name / f"{number}.png")
    return root


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the bytes of an image file."""
    from io import BytesIO

    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def one_file(name: str, data: Callable[[np.random.Generator], bytes]) -> Callable[..., str]:
    """Return a builder: a sound folder with one more file in class cat."""

    def build(root: Path, rng: np.random.Generator) -> str:
        sound_folder(root, rng)
        (root / "cat" / name).write_bytes(data(rng))
        return str(root)

    return build


def csv_of(text: str | bytes) -> Callable[..., str]:
    """Return a builder: a sound folder and a table beside it."""

    def build(root: Path, rng: np.random.Generator) -> str:
        sound_folder(root, rng)
        data = text if isinstance(text, bytes) else text.encode()
        (root / "table.csv").write_bytes(data)
        return str(root / "table.csv")

    return build
