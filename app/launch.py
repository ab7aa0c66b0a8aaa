"""Starts the dashboard's server with Streamlit's look-up of this machine's outside address switched off.

Streamlit asks a server on the internet for it when a request comes from a foreign origin. The server ends
with the command that started it, also where that is killed: else it would go on serving the port.
"""

import os
import signal
import sys
import threading
import time

from streamlit import net_util
from streamlit.web.cli import main

from app.warm import warm_up

PARENT = "DATADIET_SERVED_BY"  # environment variable: process id of the command
LOOK_EVERY = 0.5  # seconds between two looks at whether the command is still there
MOST_TO_STOP = 10.0  # seconds that the server has to end by itself
TURN = 0.001  # seconds that a thread keeps the interpreter: a script at work keeps no file from the browser


def no_address() -> None:
    """Return that the address is not known, without asking anybody."""


def end_with(parent: int) -> None:
    """Wait until the parent of this process is not ``parent`` any more, then end it: politely, then at once.

    Args:
        parent: Process id.
    """
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(MOST_TO_STOP)
    os._exit(1)


if __name__ == "__main__":
    started_by = int(os.environ.get(PARENT) or os.getppid())
    threading.Thread(target=end_with, args=(started_by,), daemon=True).start()
    sys.setswitchinterval(TURN)
    threading.Thread(target=warm_up, daemon=True).start()
    net_util.get_external_ip = no_address
    sys.argv[0] = "streamlit"
    main()
