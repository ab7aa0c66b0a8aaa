"""Slow, obvious versions of what datadiet computes fast; each is the twin of the function it is named for."""
