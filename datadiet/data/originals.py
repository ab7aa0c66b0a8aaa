"""An example's picture as its source still has it: found again, decoded, and checked to be the same one.

Nothing in a source is written. A picture comes through the one door for paths (:mod:`datadiet.data.paths`)
and the one for image bytes (:mod:`datadiet.data.decode`, in a process with a memory limit), and leaves
encoded anew, so that no metadata travels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from datadiet.config import DataConfig, validated
from datadiet.data.decode import Picture
from datadiet.data.decoding import Decoders
from datadiet.data.fitting import encode_png
from datadiet.data.keys import key_of_name, name_of_key
from datadiet.data.paths import read_image_file, resolve_under
from datadiet.data.sources import open_source
from datadiet.data.sources.columns import find_columns
from datadiet.data.sources.csv_table import read_csv
from datadiet.data.sources.record import Source
from datadiet.data.wire import Outcome, Task
from datadiet.errors import DataDietError, ImageDecodeError

LONGEST_SIDE = 1024  # pixels of an original as it is shown
_TASK = Task(1, 3, "crop", 1, LONGEST_SIDE)
TEST = "test:"  # before the keys of a test source
_FROM_FILES = ("folder", "manifest", "parquet", "npz")
_TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Original:
    """A picture as PNG or JPEG bytes, or why there is none.

    Attributes:
        data: Encoded anew, longer side at most :data:`LONGEST_SIDE`; None where it was not found.
        width: Of the source's picture, pixels, upright; 0 where it was not found.
        height: As ``width``.
        reason: A sentence without a path; empty where the picture is there.
    """

    data: bytes | None
    width: int = 0
    height: int = 0
    reason: str = ""


@dataclass(frozen=True)
class _Wanted:
    """A picture to find: the source it lies in, its key there, and its place where that is known."""

    place: Path
    key: str
    position: int | None


class OriginalReader:
    """Finds the original pictures of one prepared data set; safe to share between threads.

    The decoding process starts with the first picture and is kept for the next ones.
    """

    def __init__(self, kind: str, place: Path | None, config: DataConfig) -> None:
        """Remember where to look; nothing is opened.

        Args:
            kind: Of the source: folder, manifest, parquet, npz, or another one that is not found again.
            place: The file or folder that was audited; None for a source without one.
            config: How it was read: data root, test source, columns.
        """
        self._kind, self._place, self._config = kind, place, config
        self._lock = Lock()
        self._decoders = Decoders(1)
        self._sources: dict[Path, Source] = {}
        self._paths: dict[Path, dict[str, str]] = {}

    @classmethod
    def of_run(cls, run: Mapping[str, Any], dataset: Mapping[str, Any]) -> OriginalReader:
        """Return the reader for a run.

        Args:
            run: Its ``config.json``.
            dataset: ``dataset.json`` of its data set.
        """
        place = run["source_path"]
        config = validated(DataConfig, run["config"]["data"])
        return cls(str(dataset["source_kind"]), None if place is None else Path(place), config)

    @property
    def has_files(self) -> bool:
        """Return whether the source is of a kind whose pictures can be found again; nothing is looked at."""
        return self._kind in _FROM_FILES and self._place is not None

    def close(self) -> None:
        """End the decoding process."""
        self._decoders.__exit__(None, None, None)

    def read(self, example_id: int, source_key: str, image_hash: str) -> Original:
        """Return the picture of an example, checked against the hash that was stored when it was prepared.

        Args:
            example_id: Its number in source order.
            source_key: How the source names it.
            image_hash: SHA-256 of its decoded pixels, as in the EXAMPLES table.
        """
        if not self.has_files:
            return Original(None, reason="This source has no file to find it in again.")
        try:
            with self._lock:
                picture = self._picture(example_id, source_key)
                outcome = self._decoded(picture)
        except DataDietError as error:
            return Original(None, reason=_sentence(error))
        except OSError as error:
            return Original(None, reason=f"The source cannot be read: {error.strerror or 'no reason given'}.")
        return _checked(outcome, image_hash)

    def _picture(self, example_id: int, source_key: str) -> Picture:
        is_test = self._config.test_source is not None and source_key.startswith(TEST)
        place = Path(str(self._config.test_source)) if is_test else self._place
        key = source_key.removeprefix(TEST) if is_test else source_key
        if place is None or not place.exists():
            raise ImageDecodeError("the source is not where it was", kind="missing_file")
        wanted = _Wanted(place, key, None if is_test else example_id)
        if place.is_dir() and not _holds_parquet(place):
            return _in_folder(wanted)
        return self._in_table(wanted) if place.suffix.lower() in _TABLES else self._in_file(wanted)

    def _in_table(self, wanted: _Wanted) -> Picture:
        """Return the picture that a CSV names, by its path or by its id."""
        place, key = wanted.place, wanted.key
        root = Path(self._config.data_root) if self._config.data_root is not None else place.parent
        if place not in self._paths:
            self._paths[place] = _paths_by_id(place, self._config)
        names = self._paths[place]
        if names and key not in names:
            raise ImageDecodeError("the table no longer has its row", kind="missing_file")
        return read_image_file(resolve_under(root, names[key] if names else name_of_key(key)))

    def _in_file(self, wanted: _Wanted) -> Picture:
        """Return the picture that a Parquet or .npz file holds: the record of that key, at its place."""
        if wanted.place not in self._sources:
            alone = self._config.model_copy(update={"test_source": None})
            self._sources[wanted.place] = open_source(wanted.place, alone)
        for record in islice(self._sources[wanted.place].records(), wanted.position or 0, None):
            if record.source_key == wanted.key:
                return record.open()
            if wanted.position is not None:
                break
        raise ImageDecodeError("the file no longer holds it in its place", kind="missing_file")

    def _decoded(self, picture: Picture) -> Outcome:
        for _, outcomes in self._decoders.run(_TASK, [(None, [picture])]):
            return outcomes[0]
        raise ImageDecodeError("the decoder was closed")


def _in_folder(wanted: _Wanted) -> Picture:
    return read_image_file(resolve_under(wanted.place, name_of_key(wanted.key)))


def _holds_parquet(place: Path) -> bool:
    return any(place.glob("*.parquet")) or any((place / "data").glob("*.parquet"))


def _paths_by_id(place: Path, config: DataConfig) -> dict[str, str]:
    """Return the path of each row by its id; empty where rows are named by their path."""
    table = read_csv(place)
    columns = find_columns(list(table), config, where=place.name)
    if columns.id is None:
        return {}
    rows = zip(table[columns.id], table[columns.image], strict=True)
    return {key_of_name(str(key)): str(path) for key, path in rows}


def _checked(outcome: Outcome, image_hash: str) -> Original:
    if outcome.reason:
        return Original(None, reason=_capital(outcome.reason))
    if outcome.image_hash != image_hash:
        return Original(None, reason="The source now holds another picture under this name.")
    if outcome.thumbnail:
        return Original(outcome.thumbnail, outcome.width, outcome.height)
    if outcome.pixels is None:
        return Original(None, reason="The decoder gave no pixels.")
    return Original(encode_png(outcome.pixels), outcome.width, outcome.height)


def _sentence(error: DataDietError) -> str:
    """Return why a picture was not found, without the folders of this machine."""
    if isinstance(error, ImageDecodeError):
        return _capital(str(error))
    return "The source cannot be read as it was when it was audited."


def _capital(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
