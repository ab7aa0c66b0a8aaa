"""One file a score, named as in its paper; registered by name."""
