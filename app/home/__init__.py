"""The data sets and runs of a workspace: as cards, and two runs side by side."""
