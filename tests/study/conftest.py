"""Lets tests import the tables beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # tables written by hand; test folders are no packages
