"""Rank unlabelled images for labelling by what a run's ensemble is unsure of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from datadiet.arguments import check_kind, check_whole
from datadiet.data.decode import Picture
from datadiet.data.decoding import Decoders
from datadiet.data.sources.arrays import check_picture_layout
from datadiet.data.sources.unlabelled import UnlabelledFile, unlabelled_files
from datadiet.data.wire import Outcome, Task
from datadiet.errors import ConfigError, DataError, ImageDecodeError, SourceError
from datadiet.export.formats import TABLE_FORMATS, for_spreadsheets, render
from datadiet.export.header import EXACT_TEXT, SPREADSHEET_TEXT, ExportHeader
from datadiet.frames.exports import POOL
from datadiet.pipeline.places import protected_places
from datadiet.pipeline.progress import Progress, Silent
from datadiet.pipeline.run import Run
from datadiet.pipeline.training_units import channel_stats_of, read_checkpoint
from datadiet.scores.expected_el2n import expected_el2n
from datadiet.store.outside import check_outside, write_outside
from datadiet.training.checkpoint import load_model
from datadiet.training.device import fixed_threads, full_float32, pick_device
from datadiet.training.inputs import to_input

BATCH = 64  # images at once
MOST_NAMED = 20  # images that cannot be read, named in the header


@dataclass(frozen=True)
class Pool:
    """Unlabelled images, ranked."""

    run: Run
    frame: pd.DataFrame  # POOL
    skipped: tuple[str, ...]  # source_key and why it was not read
    folder: Path | None = None  # that they lie in; None for an array

    def headline(self, out: Path) -> dict[str, Any]:
        """Return what ``datadiet score-pool --json`` prints."""
        return {
            "run_id": self.run.run_id,
            "out": str(out),
            "num_ranked": len(self.frame),
            "num_skipped": len(self.skipped),
        }

    def text(self, out: Path) -> str:
        """Return what was ranked, in words."""
        skipped = f"; {len(self.skipped):,} could not be read" if self.skipped else ""
        num, seeds = len(self.frame), len(self.run.seeds)
        return f"{num:,} images ranked for labelling by {seeds} seeds{skipped} -> {out}"


def score_pool(
    run: Run,
    unlabelled: Path | str | NDArray[np.uint8],
    *,
    device: str = "auto",
    num_workers: int | None = None,
    progress: Progress | None = None,
) -> Pool:
    """Return unlabelled images ranked by expected EL2N under the run's ensemble, the largest first.

    Images go through the same door, crop and size as those of the run. Ties keep the order of paths.

    Args:
        run: Whose models judge, at their last step.
        unlabelled: A folder, however deep, or uint8 images of shape (N, H, W) or (N, H, W, C).
        device: auto, cpu, cuda or mps.
        num_workers: Decoding processes; one a core by default.
        progress: Hears how far it is; nobody by default.

    Raises:
        SourceError: There is no folder, or no image of it can be read.
        DataError: The array is no uint8 images.
        ConfigError: An argument is of another kind, or this machine lacks the device.

    Example:
        >>> run = datadiet.open_run("3f2a")  # doctest: +SKIP
        >>> datadiet.score_pool(run, "unlabelled/").frame.head(100)["source_key"]  # doctest: +SKIP
    """
    check_kind("run", run, Run, "a run, as open_run() returns it")
    if num_workers is not None:
        check_whole("num_workers", num_workers, least=1)
    entries = _entries(unlabelled)
    heard = progress or Silent()
    heard.stage("Rank unlabelled images", total=len(entries), unit="images")
    ensemble = _Ensemble(run, torch.device(pick_device(device)))
    keys: list[tuple[int, str]] = []
    skipped: list[str] = []
    found: list[NDArray[np.float64]] = []
    done = 0
    for names, outcomes in _read(run, entries, num_workers or os.cpu_count() or 1):
        pixels = []
        for position, key, outcome in zip(*zip(*names, strict=True), outcomes, strict=True):
            if outcome.pixels is None:
                skipped.append(f"{key}: {outcome.reason}")
            else:
                keys.append((position, key))
                pixels.append(outcome.pixels)
        if pixels:
            found.append(ensemble.probabilities(np.stack(pixels)))
        done += len(outcomes)
        heard.reach(done)
    if not found:
        raise SourceError(f"None of {len(entries)} images can be read. The first: {skipped[0]}.")
    folder = Path(unlabelled) if isinstance(unlabelled, str | Path) else None
    return Pool(run, _ranked(run, keys, np.concatenate(found, axis=1)), tuple(skipped), folder)


def check_pool_file(
    run: Run, folder: Path | None, out: Path, *, spreadsheet: bool = False, overwrite: bool = False
) -> None:
    """Refuse a file that :func:`write_pool` could not write, before the images are ranked for it.

    Args:
        run: Whose models judge; its source is never written to.
        folder: Of the unlabelled images, which is never written to either; None for an array.
        out: The file to write.
        spreadsheet: As for :func:`write_pool`.
        overwrite: As for :func:`write_pool`.

    Raises:
        ConfigError: The ending is none of csv, parquet and json.
        StoreError: The file exists, or lies where nothing may be written.
    """
    ending = _ending(out, spreadsheet=spreadsheet)
    beside = [_beside(out)] if ending == "csv" else []
    check_outside([out, *beside], sources=_never_written(run, folder, out), overwrite=overwrite)


def write_pool(pool: Pool, out: Path, *, spreadsheet: bool = False, overwrite: bool = False) -> None:
    """Write the ranking to a file whose ending is csv, parquet or json, with where it comes from.

    Raises:
        ConfigError: The ending is another one.
        StoreError: The file exists, lies inside the run's source or the folder of the images, or cannot be
            written.
    """
    ending = _ending(out, spreadsheet=spreadsheet)
    header = _header(pool)
    frame = for_spreadsheets(pool.frame) if spreadsheet else pool.frame
    told = replace(header, text=SPREADSHEET_TEXT if spreadsheet else EXACT_TEXT)
    rendered = render(frame, ending, told)
    beside = {_beside(out): rendered.sidecar} if rendered.sidecar is not None else {}
    sources = _never_written(pool.run, pool.folder, out)
    write_outside({out: rendered.data, **beside}, sources=sources, overwrite=overwrite)


def _ending(out: Path, *, spreadsheet: bool) -> str:
    ending = out.suffix.lstrip(".").lower()
    if not ending:
        endings = ", ".join(f".{each}" for each in TABLE_FORMATS)
        raise ConfigError(f"--out names no file with an ending; write one that ends in {endings}.")
    if ending not in TABLE_FORMATS:
        raise ConfigError.unknown_choice("ending of --out", ending, TABLE_FORMATS)
    if spreadsheet and ending != "csv":
        raise ConfigError(f"--spreadsheet is for csv alone, not {ending}: other formats run no formula.")
    return ending


def _beside(out: Path) -> Path:
    return out.with_name(out.name + ".json")


def _never_written(run: Run, folder: Path | None, out: Path) -> list[Path]:
    """Return what writing ``out`` must leave as it is."""
    return [*protected_places(run.files.document, out), *([] if folder is None else [folder])]


def _header(pool: Pool) -> ExportHeader:
    run = pool.run
    named = [f"Not read: {each}" for each in pool.skipped[:MOST_NAMED]]
    return ExportHeader(
        kind="pool",
        version=version("datadiet"),
        dataset_id=run.files.images.dataset_id,
        dataset_name=run.source_title,
        class_names=run.class_names,
        run_id=run.run_id,
        run_name=run.name,
        seeds=run.seeds,
        counts={"num_ranked": len(pool.frame), "num_skipped": len(pool.skipped)},
        remarks=tuple(named),
    )


class _Ensemble:
    """The run's models at their last step."""

    def __init__(self, run: Run, device: torch.device) -> None:
        files = run.files
        self._device, self._stats = device, channel_stats_of(files)
        self._threads = files.config.train.num_threads
        self._models = [
            load_model(read_checkpoint(files, seed, files.last_step), files.config.train, device)
            for seed in run.seeds
        ]

    @torch.no_grad()
    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return (S, B, C) of pixels (B, H, W, C)."""
        with fixed_threads(self._threads), full_float32():
            inputs = to_input(pixels, self._stats, self._device)
            found = [model(inputs).cpu().double().softmax(dim=1).numpy() for model in self._models]
        return np.stack(found)


def _entries(unlabelled: Path | str | NDArray[np.uint8]) -> Sequence[UnlabelledFile | NDArray[np.uint8]]:
    if isinstance(unlabelled, str | Path):
        return unlabelled_files(unlabelled)
    check_kind("unlabelled", unlabelled, np.ndarray, "the path of a folder, or an array of uint8 images")
    if unlabelled.dtype != np.uint8 or unlabelled.ndim not in {3, 4} or not len(unlabelled):
        raise DataError(
            "Unlabelled images must be a folder, or uint8 of shape (N, H, W) or (N, H, W, C), N at least 1; "
            f"got {unlabelled.dtype} {unlabelled.shape}."
        )
    check_picture_layout(unlabelled.shape, unlabelled.dtype, "unlabelled")
    return list(unlabelled)


_Named = list[tuple[int, str]]  # position and source_key


def _read(
    run: Run, entries: Sequence[UnlabelledFile | NDArray[np.uint8]], num_workers: int
) -> Iterator[tuple[_Named, list[Outcome]]]:
    """Yield names and what became of them, in order, decoded and brought to the run's size."""
    document, config = run.files.images.document, run.files.config.data
    task = Task(
        document["image_size"], document["channels"], config.resize, config.min_side, config.thumbnail_size
    )
    with Decoders(num_workers) as decoders:
        for (names, reasons), outcomes in decoders.run(task, _batches(entries)):
            rest = iter(outcomes)
            yield names, [Outcome(reason=reason) if reason else next(rest) for reason in reasons]


def _batches(
    entries: Sequence[UnlabelledFile | NDArray[np.uint8]],
) -> Iterator[tuple[tuple[_Named, list[str]], list[Picture]]]:
    """Yield batches: names, why each cannot be opened (empty where it can), and those that can."""
    for start in range(0, len(entries), BATCH):
        names: _Named = []
        reasons: list[str] = []
        pictures: list[Picture] = []
        for position, entry in enumerate(entries[start : start + BATCH], start=start):
            reason = ""
            if isinstance(entry, UnlabelledFile):
                names.append((position, entry.source_key))
                try:
                    pictures.append(entry.read())
                except ImageDecodeError as error:
                    reason = str(error)
            else:
                names.append((position, str(position)))
                pictures.append(entry)
            reasons.append(reason)
        yield (names, reasons), pictures


def _ranked(run: Run, keys: _Named, probabilities: NDArray[np.float64]) -> pd.DataFrame:
    mean = probabilities.mean(axis=0)  # (N, C)
    expected = expected_el2n(probabilities)
    order = np.argsort(-expected, kind="stable")
    predicted = mean.argmax(axis=1)
    frame = pd.DataFrame({
        "rank": np.arange(1, len(order) + 1),
        "position": [keys[each][0] for each in order],
        "source_key": [keys[each][1] for each in order],
        "expected_el2n": expected[order],
        "predicted_class_name": [run.class_names[int(predicted[each])] for each in order],
        "predicted_probability": mean.max(axis=1)[order],
    })
    return POOL.conform(frame)
