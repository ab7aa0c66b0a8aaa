"""Read every file of a workspace again and say which are sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadiet.store.verify import Finding, verify
from datadiet.store.workspace import Workspace


@dataclass(frozen=True)
class Verified:
    """What a workspace's files are like."""

    root: Path
    findings: list[Finding]

    @property
    def damaged(self) -> list[Finding]:
        """Return the files that are not what was written."""
        return [finding for finding in self.findings if not finding.is_sound]

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet verify --json`` prints."""
        damaged = [{"path": str(finding.path), "reason": finding.reason} for finding in self.damaged]
        return {"num_files": len(self.findings), "num_damaged": len(damaged), "damaged": damaged}

    def text(self) -> str:
        """Return the counts in words."""
        if not self.damaged:
            return f"{len(self.findings):,} files of {self.root} are sound."
        return f"{len(self.damaged):,} of {len(self.findings):,} files of {self.root} are damaged."


def verify_workspace(workspace: Path | str) -> Verified:
    """Return what every file of a workspace is like, read in full."""
    place = Workspace.existing(Path(workspace))
    return Verified(place.root, list(verify(place)))
