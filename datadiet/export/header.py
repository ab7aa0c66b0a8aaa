"""What an exported file says of itself: data set, run, rule, seeds, version, counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EXACT_TEXT = "exact"
SPREADSHEET_TEXT = "cells of text that begin with = + - @ tab CR LF have a leading quote"


@dataclass(frozen=True)
class ExportHeader:
    """Where an export comes from; written into the file, or into ``<file>.json`` beside it."""

    kind: str  # scores, suspects, kept, dropped, order, labels, manifest or reviews
    version: str  # of datadiet
    dataset_id: str  # fingerprint of pixels, given labels, class names and source keys
    dataset_name: str
    class_names: Sequence[str]  # by class index
    run_id: str
    run_name: str
    seeds: Sequence[int]
    selection: Mapping[str, Any] = field(default_factory=dict)  # selection_id, rule and what it read
    counts: Mapping[str, int] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    estimate: Mapping[str, Any] = field(default_factory=dict)  # of suspects: num_wrong, low, high, method
    text: str = EXACT_TEXT

    def document(self, *, columns: Sequence[str], num_rows: int) -> dict[str, Any]:
        """Return the header as JSON-able values.

        Args:
            columns: Names of the exported table's columns, in order.
            num_rows: Rows of the exported table.
        """
        return {
            "kind": self.kind,
            "datadiet_version": self.version,
            "dataset": {
                "dataset_id": self.dataset_id,
                "name": self.dataset_name,
                "class_names": list(self.class_names),
            },
            "run": {"run_id": self.run_id, "name": self.run_name, "seeds": list(self.seeds)},
            "selection": dict(self.selection),
            "counts": dict(self.counts),
            "remarks": list(self.remarks),
            **({"estimate": dict(self.estimate)} if self.estimate else {}),
            "columns": list(columns),
            "num_rows": num_rows,
            "text": self.text,
        }
