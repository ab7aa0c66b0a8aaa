"""The paper's figures of a run, from what was measured; what is missing, and its command. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from datadiet.errors import StoreError
from datadiet.export.dynamics_figures import barrier_figure, path_figure, velocity_figure
from datadiet.export.figure_look import PaperLook
from datadiet.export.figures_page import Finding, figures_page
from datadiet.export.relation_figures import agreement_figure, density_figure, settling_figure
from datadiet.export.shown import score_title
from datadiet.export.still_figures import still
from datadiet.export.study_figures import (
    curriculum_figure,
    curriculum_table,
    curve_figure,
    curve_table,
    window_figure,
    window_table,
)
from datadiet.pipeline.analyses import (
    Analysis,
    NtkSettings,
    barriers,
    list_analyses,
    paths_between,
    velocities,
)
from datadiet.pipeline.analysis_cost import (
    Speed,
    connectivity_seconds,
    ntk_seconds,
    seconds_per_step,
    spawn_epochs,
)
from datadiet.pipeline.places import protected_places
from datadiet.pipeline.plan import duration
from datadiet.pipeline.relations import correlation, score_settling
from datadiet.pipeline.report import noise_words
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_text import workspace_option
from datadiet.pipeline.studies import Protocol, list_studies
from datadiet.scores.settling import density, settling_advice
from datadiet.store.disk import disk_errors
from datadiet.store.outside import refuse_in_workspace, write_outside
from datadiet.study.inside import (
    barrier_means,
    barrier_verdict,
    path_means,
    velocity_means,
    velocity_verdict,
)
from datadiet.study.verdict import curriculum_verdict, window_verdict
from datadiet.training.schedule import steps_per_epoch

LOOK = PaperLook()
KEEPS = (0.2, 0.4, 0.6, 0.8)
CONTROLS = ("random", "input_norm")  # rules of the pruning curve beside the scores
NUM_OFFSETS, SEEDS = 11, 3  # of the sweeps that are proposed
PAGE = "figures.html"
SCORES = {  # that the figures read, and how each is computed
    "el2n": "el2n",
    "grand": "grand",
    "grand_step_000000": "grand --epoch 0",
    "forgetting": "forgetting",
}


@dataclass(frozen=True)
class Missing:
    """A figure that cannot be drawn yet, or only in part."""

    what: str
    command: str
    seconds: float | None  # on one worker; None where no clock is known

    def text(self) -> str:
        """Return it as a sentence with its command."""
        words = "" if self.seconds is None else f", about {duration(self.seconds)} on one worker"
        return f"{self.what}{words}: {self.command}"


@dataclass(frozen=True)
class Drawn:
    """The figures that were written."""

    run_id: str
    out: Path
    names: tuple[str, ...]
    missing: tuple[Missing, ...]

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet figures --json`` prints."""
        told = [
            {"what": each.what, "command": each.command, "seconds": each.seconds} for each in self.missing
        ]
        return {"run_id": self.run_id, "out": str(self.out), "figures": list(self.names), "missing": told}

    def text(self) -> str:
        """Return where the figures are."""
        return f"{len(self.names)} figures, with a PNG and a table each -> {self.out / PAGE}"


def missing_figures(run: Run, speed: Speed | None = None) -> list[Missing]:
    """Return which trainings and analyses the paper's figures lack, and how long they take.

    Args:
        run: The run.
        speed: Timed on this machine; None: by the run's clock, which ran beside whatever else ran then.
    """
    option = workspace_option(run.files.workspace)
    return [
        *_missing_retrainings(run, option, speed),
        *_missing_analyses(run, option, speed),
        *_missing_scores(run, option, speed),
    ]


def write_figures(
    run: Run, out: Path, *, overwrite: bool = False, missing: Sequence[Missing] | None = None
) -> Drawn:
    """Write every figure that can be drawn into one HTML file; beside it each as PNG and its table as CSV.

    Args:
        run: The run.
        out: Folder; made where its parent exists.
        overwrite: Replace files that exist.
        missing: What missing_figures() said; None to ask again.

    Raises:
        StoreError: A file exists, or the folder lies in the source or cannot be written.
    """
    refuse_in_workspace(out / PAGE)
    sources = protected_places(run.files.document, out / PAGE)
    if any(out.resolve().is_relative_to(source.resolve()) for source in sources):
        raise StoreError(f"{out} lies inside the source, which is never written to. Choose another folder.")
    found = list(findings(run))
    missing = missing_figures(run) if missing is None else missing
    noise = noise_words(run) or "no noise planted"
    context = f"{run.source_title}, run {run.run_id}, {noise}, {len(run.seeds)} seeds"
    here = workspace_option(run.files.workspace)  # a folder of this machine: the page may be sent on
    told = [each.text().replace(here, "") if here else each.text() for each in missing]
    page = figures_page(f"Dynamics of {run.name}", context, found, told)
    files = {out / f"{each.name}.csv": _csv(each.table) for each in found}
    files |= {out / f"{each.name}.png": still(each.figure, each.title, LOOK) for each in found}
    for path in files:  # a picture may bear the name of one of the images
        sources += protected_places(run.files.document, path)
    with _folder(out):
        write_outside({**files, out / PAGE: page}, sources=list(dict.fromkeys(sources)), overwrite=overwrite)
    return Drawn(run.run_id, out, tuple(each.name for each in found), tuple(missing))


@contextmanager
def _folder(out: Path) -> Generator[None]:
    """Make the folder, and take it away again where nothing could be written into it."""
    is_new = not out.exists()
    with disk_errors(out):
        out.mkdir(exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                out.rmdir()
        raise


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def findings(run: Run) -> Iterator[Finding]:
    """Yield what can be drawn of a run, the paper's order first."""
    yield from _of_studies(run)
    yield from _of_velocities(run)
    yield from _of_barriers(run)
    yield from _of_scores(run)


def _of_studies(run: Run) -> Iterator[Finding]:
    for study in list_studies(run.files)[:1]:  # the largest
        retrainings = study.retrainings()
        curve, windows = curve_table(retrainings), window_table(retrainings)
        if (curve["line"] != "all").any():
            yield Finding("pruning", "Accuracy against kept images", curve_figure(curve, LOOK), curve)
        if len(windows):
            told = window_verdict(retrainings)
            yield Finding("windows", "Accuracy of windows", window_figure(windows, LOOK), windows, told)
        paced = curriculum_table(retrainings)
        if len(paced):
            told = curriculum_verdict(retrainings)
            yield Finding("curricula", "Accuracy of curricula", curriculum_figure(paced, LOOK), paced, told)


def _of_velocities(run: Run) -> Iterator[Finding]:
    for analysis, table in _newest(run, "ntk", velocities):
        means = velocity_means(table)
        epoch = int(means["epoch"].max())
        title = f"NTK velocity by {score_title(analysis.document['score'])}"
        told = [line for each in sorted(set(means["epoch"])) for line in velocity_verdict(table, int(each))]
        yield Finding("velocity", title, velocity_figure(means, epoch, LOOK), means, told)


def _of_barriers(run: Run) -> Iterator[Finding]:
    for _, paths in _newest(run, "connectivity", paths_between):
        table = barriers(paths)
        means, along = barrier_means(table), path_means(paths)
        yield Finding(
            "barriers",
            "Error barrier by spawn epoch",
            barrier_figure(means, LOOK),
            means,
            barrier_verdict(table),
        )
        last = int(means["spawn_epoch"].max())
        title = f"Error between children that part after epoch {last}"
        yield Finding("paths", title, path_figure(along, last, LOOK), along)


def _of_scores(run: Run) -> Iterator[Finding]:
    scores = run.scores()
    train = scores[scores["split"] == "train"]
    for name in ("el2n", "grand"):
        if name in train and "forgetting" in train:
            ranks, events = (
                train[each].to_numpy(dtype=float) for each in (f"{name}_percentile", "forgetting")
            )
            title = f"Forgetting events by {score_title(name)}"
            figure = density_figure(density(ranks, events), score_title(name), "forgetting events", LOOK)
            told = [f"Rank correlation {correlation(run, name, 'forgetting').words()}."]
            table = train[["example_id", name, f"{name}_percentile", "forgetting"]]
            yield Finding(f"forgetting-{name}", title, figure, table, told)
    agreement = run.agreement()
    yield Finding("agreement", "Agreement of the scores", agreement_figure(agreement, LOOK), agreement)
    settled = score_settling(run)
    if len(settled):
        names = dict.fromkeys(str(name) for name in settled["score"])
        told = [settling_advice(settled, name, score_title(name)) for name in names]
        yield Finding("settling", "Agreement over epochs", settling_figure(settled, LOOK), settled, told)


def _newest(
    run: Run, kind: Any, read: Callable[[Analysis], pd.DataFrame]
) -> Iterator[tuple[Analysis, pd.DataFrame]]:
    """Yield the newest analysis of a kind that has found anything, with what it found."""
    for analysis in sorted(list_analyses(run.files, kind), key=lambda each: -each.folder.stat().st_mtime_ns):
        table = read(analysis)
        if len(table):
            yield analysis, table
            return


def _missing_retrainings(run: Run, option: str, speed: Speed | None) -> Iterator[Missing]:
    studies = list_studies(run.files)
    done = studies[0].retrainings() if studies else pd.DataFrame(columns=["rule", "score", "keep_fraction"])
    protocol = studies[0].protocol if studies else Protocol()
    each = seconds_per_step(run) if speed is None else speed.step
    steps = protocol.num_epochs * steps_per_epoch(run.files.config.train, run.files.num_train)
    seconds = None if each is None else SEEDS * steps * each
    same = f"--fixed {protocol.fixed} --epochs {protocol.num_epochs}{option}"
    keeps = ",".join(f"{keep:g}" for keep in KEEPS)

    def sweep(what: str, words: str, num: int) -> Missing:
        whole = None if seconds is None else num * seconds
        return Missing(what, f"datadiet sweep {run.run_id} {words} {same}", whole)

    known = set(zip(done["rule"], done["score"], strict=True))
    for score in _curve_scores(run):
        if ("hardest", score) not in known:
            words = f"--rule hardest --score {score} --keep {keeps}"
            yield sweep(f"Pruning by {score_title(score)} is not measured", words, len(KEEPS))
    for rule in CONTROLS:
        if ("hardest", rule) not in known and rule not in set(done["rule"]):
            words = f"--rule {rule} --keep {keeps}"
            yield sweep(f"The control {rule.replace('_', ' ')} is not measured", words, len(KEEPS))
    if "window" not in set(done["rule"]):
        yield sweep("No window is measured", "--rule window --keep 0.4 --offsets 0:0.6:0.06", NUM_OFFSETS)


def _curve_scores(run: Run) -> list[str]:
    """Return the scores of the paper's pruning curve that the run has: at initialisation, early, and late."""
    names = [
        str(name).removesuffix("_percentile") for name in run.scores() if str(name).endswith("_percentile")
    ]
    early = [name for name in names if name.startswith("el2n_step_") and not name.endswith("_000000")][:1]
    wanted = ("el2n", *early, "grand", "grand_step_000000", "forgetting")
    return [name for name in wanted if name in names]


def _missing_analyses(run: Run, option: str, speed: Speed | None) -> Iterator[Missing]:
    if not any(True for _ in _newest(run, "ntk", velocities)):
        seconds = ntk_seconds(run, NtkSettings(), num_workers=1, speed=speed)
        yield Missing("NTK velocity is not computed", f"datadiet analyse {run.run_id} ntk{option}", seconds)
    if not any(True for _ in _newest(run, "connectivity", paths_between)):
        seconds = connectivity_seconds(run, spawn_epochs(run), num_workers=1, speed=speed)
        command = f"datadiet analyse {run.run_id} connectivity{option}"
        yield Missing("Error barriers are not computed", command, seconds)


def _missing_scores(run: Run, option: str, speed: Speed | None) -> Iterator[Missing]:
    scores = run.scores()
    each = seconds_per_step(run) if speed is None else speed.step
    train, num_train = run.files.config.train, run.files.num_train
    batches = num_train / min(train.batch_size, num_train)
    # An upper end: a gradient norm costs about a step in float32 (docs/speed.md); this run's may be faster.
    seconds = None if each is None else len(run.seeds) * 2 * batches * each
    for name, words in SCORES.items():
        if name not in scores:
            command = f"datadiet score {run.run_id} --method {words}{option}"
            yield Missing(
                f"{score_title(name)} is not computed", command, seconds if "grand" in words else None
            )
