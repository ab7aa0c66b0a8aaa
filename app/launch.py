"""Starts the dashboard's server with Streamlit's look-up of this machine's outside address switched off.

Streamlit asks a server on the internet for it when a request comes from a foreign origin.
"""

import sys

from streamlit import net_util
from streamlit.web.cli import main


def no_address() -> None:
    """Return that the address is not known, without asking anybody."""


if __name__ == "__main__":
    net_util.get_external_ip = no_address
    sys.argv[0] = "streamlit"
    main()
