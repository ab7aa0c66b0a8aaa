"""Standard streams that the shell closed, opened on nothing, so that no pipe of ours takes their place."""

from __future__ import annotations

import os
import sys


def open_missing_streams() -> None:
    """Open each of stdin, stdout and stderr that this process was started without; what they say is lost."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w"))
