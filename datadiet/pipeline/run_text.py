"""A run in words, as ``datadiet audit`` and ``datadiet show`` print it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from datadiet.export.shown import rule_words
from datadiet.pipeline.ensemble import MeanAndError
from datadiet.pipeline.image_text import image_lines

if TYPE_CHECKING:
    from datadiet.pipeline.run import Run
    from datadiet.pipeline.select import StoredSelection
    from datadiet.store.workspace import Workspace

WEAK_ACCURACY = 0.9  # on held-out images; below, the models' own mistakes may weigh in the estimate


def run_text(run: Run) -> str:
    """Return a run in a few lines: accuracy, estimate, reliability of the scores, selections, next step."""
    lines = [
        f"Run {run.run_id} ({run.name}): {len(run.seeds)} x {run.files.config.train.model}, "
        f"test accuracy {run.accuracy('test').percent()}.",
        *unfinished_lines(run),
    ]
    if run.parent:
        lines.append(
            f"Its labels are corrected by {run.parent['num_decisions']:,} decisions, "
            f"made on run {run.parent['parent']}."
        )
    if run.is_triaged:
        lines += triage_lines(run)
    lines += image_lines(run)
    lines += reliability_lines(run.reliability())
    if left_out := left_out_sentence(run):
        lines.append(left_out)
    selections, problems = run.readable_selections()
    lines += [f"Selection {selection_line(each)}" for each in selections]
    lines += [f"Not listed: {problem}" for problem in problems]
    if run.note:
        lines.append(f"Note: {run.note}")
    if run.is_triaged:
        where = workspace_option(run.files.workspace)
        lines.append(f"Next: datadiet export {run.run_id} suspects --format csv --out suspects.csv{where}")
    return "\n".join(lines)


def unfinished_lines(run: Run) -> list[str]:
    """Return what a run is not told of in full: its last steps, an accuracy, some of its seeds."""
    lines = []
    if early := run.first_look_words():
        lines.append(f"Not trained to the end yet: {early}.")
    if lost := lost_accuracy_sentence(run):
        lines.append(lost)
    if others := set(run.files.scored_seeds()) - set(run.seeds):
        lines.append(
            f"This tells of {len(run.seeds)} of its {len(others) + len(run.seeds)} seeds; "
            "datadiet show tells of all."
        )
    return lines


def lost_accuracy_sentence(run: Run) -> str:
    """Return which seeds of a finished run lack their accuracy at the end and what measures it again.

    Its file lies beside the scores under no seal, so that nothing but its absence tells that it was there.
    """
    last = run.files.last_step
    seeds = [] if run.is_first_look else [each for each in run.seeds if run.files.lacks_accuracy(each, last)]
    if not seeds:
        return ""
    named = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
    where = workspace_option(run.files.workspace)
    return f"The accuracy of {named} was lost. To measure it again: datadiet score {run.run_id}{where}"


def triage_lines(run: Run) -> list[str]:
    """Return what triage says of a run, in words."""
    estimate = run.estimate
    lines = [
        f"About {estimate['num_wrong']:,.0f} of {estimate['num_examples']:,} labels look wrong "
        f"(95 %: {estimate['low']:,.0f}-{estimate['high']:,.0f})."
    ]
    if weak := weak_sentence(run.accuracy("test"), run.accuracy("validation")):
        lines.append(weak)
    planted = int(run.files.labels["is_flipped"].sum())
    detection = run.detection().get("mislabel_score")
    if planted and detection:
        lines.append(
            f"{planted:,} labels were flipped on purpose: mislabel_score finds those of the training split "
            f"with AUROC {detection['auroc']:.3f}, average precision {detection['average_precision']:.3f}."
        )
    return lines


def weak_sentence(test: MeanAndError, validation: MeanAndError) -> str:
    """Return what weak models mean for the estimate; empty where they are not weak, or it is not known.

    With nearly clean labels and a weak network the estimate is too high (docs/mislabels.md).

    Args:
        test: Accuracy on test images, whose labels carry no planted flips.
        validation: The same on validation images, used where there are no test images.
    """
    known = next((each for each in (test, validation) if each.mean == each.mean), None)
    if known is None or known.mean >= WEAK_ACCURACY:
        return ""
    return (
        f"The models name {100 * known.mean:.1f} % of held-out images right. If labels are nearly clean, the "
        "count is too high, for it then holds mistakes of the models; the low end is safer."
    )


def reliability_lines(reliability: pd.DataFrame) -> list[str]:
    """Return a line a score: how far two halves of the seeds agree on the order, and whether more would help.

    Args:
        reliability: A RELIABILITY table.
    """
    if reliability.empty:
        return []
    if reliability["split_half"].isna().all():
        names = ", ".join(str(name) for name in reliability["score"])
        return [f"Scores: {names}. How reliable they are, more seeds can tell."]
    lines = ["Scores, and how far two halves of the seeds agree on the order (1 = wholly, 0 = not at all):"]
    for row in reliability.to_dict("records"):
        agreement = row["split_half"]
        said = "agreement not known" if pd.isna(agreement) else f"agreement {agreement:.2f}"
        needed = row["seeds_for_90"]
        if pd.notna(needed) and needed > row["num_seeds"]:
            said += f"; {int(needed)} seeds would reach 0.90"
        lines.append(f"  {row['score']:<24} {said}")
    return lines


def left_out_sentence(run: Run) -> str:
    """Return that GraNd was left out of a finished run and how to add it; empty where it is there."""
    if run.is_first_look or any(method == "grand" for method, _ in run.files.score_steps(run.seeds[0])):
        return ""
    where = workspace_option(run.files.workspace)
    return f"This audit was lean, without GraNd. To add it: datadiet score {run.run_id} --method grand{where}"


def selection_line(selection: StoredSelection) -> str:
    """Return a stored selection in a line."""
    document = selection.document
    num = document["counts"]["num_kept"]
    return f"{selection.selection_id}: {num:,} images, {rule_words(document['selection'])}."


def workspace_option(workspace: Workspace) -> str:
    """Return `` --workspace PATH`` for the next command, empty where that command would take it anyway."""
    usual = Path(os.environ.get("DATADIET_WORKSPACE", "workspace"))
    if workspace.root.resolve() == usual.resolve():
        return ""
    return f" --workspace {shlex.quote(str(workspace.root))}"
