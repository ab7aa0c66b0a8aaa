"""The kinds of files that leave a run, and the formats of each, in the page's words."""

from __future__ import annotations

from dataclasses import dataclass

from datadiet.export.formats import FORMATS, ID_KINDS, TABLE_FORMATS

SPREADSHEET = "csv for a spreadsheet"  # the one format that changes text, so it has a name of its own


@dataclass(frozen=True)
class Kind:
    """A kind of file: as ``datadiet export`` calls it, and as the page does."""

    name: str
    title: str
    meaning: str
    needs_selection: bool = False
    needs_triage: bool = False

    @property
    def formats(self) -> tuple[str, ...]:
        """Return the formats it can have, the usual one first."""
        if self.name == "report":
            return ("html",)
        known = FORMATS if self.name in ID_KINDS else TABLE_FORMATS
        return (known[0], SPREADSHEET, *known[1:])


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "kept",
            "Kept images",
            "index list of the training images that a selection keeps",
            needs_selection=True,
        ),
        Kind("dropped", "Left-out images", "those that it leaves out", needs_selection=True),
        Kind("order", "Order", "training images, easiest or hardest first, or in stages that join"),
        Kind("suspects", "Suspects", "labels that look wrong, worst first", needs_triage=True),
        Kind("labels", "Corrected labels", "every image, its given label and the one after the decisions"),
        Kind(
            "manifest",
            "Manifest",
            "path and corrected label of the kept images; an audit reads it",
            needs_selection=True,
        ),
        Kind("scores", "Scores", "every image with every score, its doubt and its percentile"),
        Kind("reviews", "Decisions", "who decided what, in order; another workspace can import them"),
        Kind("report", "Report", "one HTML file with findings, charts and pictures, to read offline"),
    )
}


def file_ending(file_format: str) -> str:
    """Return the ending of a format's files."""
    return "csv" if file_format == SPREADSHEET else file_format
