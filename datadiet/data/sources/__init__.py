"""One reader a kind of source."""
