"""Where a process enters the command line: Ctrl-C while the commands load is one line, as later."""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130
INTERRUPTED = "Interrupted. Nothing is half-written; run the same command again to go on from here."


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code.

    Args:
        arguments: Words after ``datadiet``; those of the process when missing.
    """
    try:
        from datadiet.cli.app import main as run

        run(arguments)
    except KeyboardInterrupt:
        if sys.stderr:
            sys.stderr.write(f"{INTERRUPTED}\n")
        sys.exit(EXIT_INTERRUPTED)
