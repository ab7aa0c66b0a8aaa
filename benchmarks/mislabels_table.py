"""The tables of docs/mislabels.md, from the lines of the benchmark."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from marked import machine_line, write_between


def write_tables(rows: list[dict[str, Any]]) -> None:
    """Write the tables of all settings."""
    rows = sorted(rows, key=lambda row: (row["data"], row["kind"], row["fraction"], row["num_folds"]))
    tables = [
        f"{len(rows)} settings, three quick nets each, one thread. {machines(rows)}",
        "**Average precision** (AUROC) on the training images, mean over the fractions; best first.",
        markdown(ranking(rows)),
        "**How many are wrong**: truth, estimate with its interval, and cleanlab's count.",
        markdown(counts(rows)),
        f"The truth lies inside the interval in {inside(rows)} of {len(rows)} settings.",
        "**Is the score a probability?** By what it promised.",
        markdown(calibration(rows)),
    ]
    write_between("mislabels.md", "tables", "mislabels.py", ["\n\n".join(tables)])


def machines(rows: list[dict[str, Any]]) -> str:
    """Return on what the settings were measured, each machine once."""
    every = [row["machine"] for row in rows]
    return " ".join(
        dict.fromkeys(f"{machine_line(m)[:-1]}, cleanlab {m['versions']['cleanlab']}." for m in every)
    )


def named(row: dict[str, Any]) -> str:
    folds = f", {row['num_folds']} folds" if row["num_folds"] else ""
    return f"{row['data']}{folds}, {row['kind']} {row['fraction']:.0%}"


def ranking(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return candidates by kind of noise and data set: average precision (AUROC) over fractions."""
    cells = [
        {"data": row["data"], "kind": row["kind"], "score": score, "ap": ap, "auroc": row["auroc"][score]}
        for row in rows
        for score, ap in row["average_precision"].items()
    ]
    frame = pd.DataFrame(cells)
    means = frame.groupby(["score", "data", "kind"])[["ap", "auroc"]].mean()
    shown = means.apply(lambda cell: f"{cell['ap']:.3f} ({cell['auroc']:.3f})", axis=1).unstack([
        "data",
        "kind",
    ])
    shown.columns = [f"{data}, {kind}" for data, kind in shown.columns]
    shown.insert(0, "all", frame.groupby("score")["ap"].mean().map("{:.3f}".format))
    return shown.sort_values("all", ascending=False).rename_axis("score").reset_index().T.reset_index().T


def counts(rows: list[dict[str, Any]]) -> pd.DataFrame:
    lines = [
        [
            "setting",
            "wrong",
            "estimate",
            "95 %",
            "cleanlab's count / wrong in train",
            "cleanlab's list: precision, recall",
        ]
    ]
    for row in rows:
        estimate, peer = row["estimate"], row["cleanlab"]
        lines.append([
            named(row),
            f"{row['num_wrong']}",
            f"{estimate['num_wrong']:.0f}",
            f"{estimate['low']:.0f} to {estimate['high']:.0f}",
            f"{peer['num_label_issues']} / {peer['of']}",
            f"{peer['precision']:.2f}, {peer['recall']:.2f}",
        ])
    return pd.DataFrame(lines)


def inside(rows: list[dict[str, Any]]) -> int:
    return sum(row["estimate"]["low"] <= row["num_wrong"] <= row["estimate"]["high"] for row in rows)


def calibration(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return what was promised and what came true, over all settings and for each data set."""
    bins = pd.DataFrame([{"data": row["data"], **one} for row in rows for one in row["calibration"]])
    names = sorted(set(bins["data"]))
    lines = [["promised", "images", "mean promised", "really wrong", *(f"{name}: both" for name in names)]]
    for low, high in pairwise([0.0, 0.05, 0.2, 0.5, 0.8, 1.01]):
        part = bins[(bins["promised"] >= low) & (bins["promised"] < high)]
        of_each = [_promised_and_wrong(part[part["data"] == name]) for name in names]
        cells = [f"{promised:.2f}, {wrong:.2f}" for promised, wrong in of_each]
        promised, wrong = _promised_and_wrong(part)
        span = f"{low:.2f} to {min(high, 1):.2f}"
        lines.append([span, str(part["num"].sum()), f"{promised:.2f}", f"{wrong:.2f}", *cells])
    return pd.DataFrame(lines)


def _promised_and_wrong(part: pd.DataFrame) -> tuple[float, float]:
    """Return the mean promise and the share that is wrong; NaN of none."""
    if part.empty:
        return float("nan"), float("nan")
    promised, wrong = (np.average(part[name], weights=part["num"]) for name in ("promised", "wrong"))
    return float(promised), float(wrong)


def markdown(frame: pd.DataFrame) -> str:
    """Return the frame as a table; its first row is the header."""
    lines = [f"| {' | '.join(map(str, row))} |" for row in frame.to_numpy().tolist()]
    lines.insert(1, "|" + " --- |" * frame.shape[1])
    return "\n".join(lines)
