"""One reader a kind of source."""

from datadiet.data.sources.arrays import ArraySource
from datadiet.data.sources.opening import open_source
from datadiet.data.sources.record import Picture, Problem, Source, SourceRecord

__all__ = ["ArraySource", "Picture", "Problem", "Source", "SourceRecord", "open_source"]
