"""The command line: parse, call one pipeline verb, print where the result is.

Heavy modules are imported inside commands, so that help appears at once.
"""

from datadiet.cli.entry import main

__all__ = ["main"]
