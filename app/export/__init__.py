"""What the export page shows: kinds of files, selections, the corrected set."""
