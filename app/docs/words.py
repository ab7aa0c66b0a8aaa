"""The glossary and the keys, as rows."""

from __future__ import annotations

from app.frame import SCREENS

GLOSSARY = (
    ("example", "An image with its label. Its number is its place in the source; it is never renumbered."),
    (
        "seed",
        "One network of the ensemble: its start, the order of images and their cropping follow from it.",
    ),
    ("score", "A number an example that says how hard it is, such as EL2N. Ranks run from easy to hard."),
    ("suspect", "An example whose label looks wrong by the ensemble. Whether it is, a person decides."),
    ("mislabel score", "The estimated probability that a label is wrong, between 0 and 1."),
    ("outlier", "An example unlike its class or unlike all others. Its label may be right."),
    ("fold", "A part that a network leaves out, so that it has an opinion it did not learn by heart."),
    ("planted flip ◆", "A label changed on purpose, to see how many such labels are found again."),
    ("decision", "Keep, relabel, drop or unsure, by a person. It is kept for ever; undo is another entry."),
    ("selection", "The examples that a training keeps, and by which rule they were chosen."),
    ("keep fraction, window offset", "What share is kept; what share ranks easier than what is kept."),
    ("corrected data set", "The source's labels after all decisions; it can be audited as a run of its own."),
    ("± and intervals", "± is the standard error over seeds; an interval holds with 95 % probability."),
)
DECIDING = (
    ("K", "keep"),
    ("Enter", "take the suggested label"),
    ("1 to 9", "the likeliest classes"),
    ("/", "type another class"),
    ("X", "drop"),
    ("U", "unsure"),
    ("S", "skip"),
    ("Z, Shift+Z", "undo, redo"),
)


def key_rows() -> list[tuple[str, str, str]]:
    """Return the keys: where they work, what to press, what it does."""
    rows = [("everywhere", "?", "show or hide the keys of a screen")]
    rows += [("everywhere", f"g, then {screen.letter}", f"go to {screen.title}") for screen in SCREENS]
    return [*rows, *(("Browse and Triage", key, what) for key, what in DECIDING)]
