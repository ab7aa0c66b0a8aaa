"""Train models segment by segment; tells observers of every batch."""
