"""Pictures are verified when first touched; here all of a run are, before somebody jumps to them."""

from __future__ import annotations

import logging
import threading
from math import prod

from datadiet.data.images import LabeledImages
from datadiet.errors import DataDietError
from datadiet.store.checksums import BLOCK_BYTES

logger = logging.getLogger(__name__)
MOST_BYTES = 2 << 30  # of prepared pixels: what is larger is verified as it is looked at
STEP = 512  # rows at most between two looks, as thumbnails lie in blocks of their own


def read_ahead(images: LabeledImages) -> threading.Thread | None:
    """Touch every block of a data set's pictures in a thread of its own; None for a set that is too large.

    A block that is damaged is left to the page that needs it, which says so.

    Args:
        images: Of the run that is opened.
    """
    if images.images.dtype.itemsize * prod(images.images.shape) > MOST_BYTES:
        return None
    thread = threading.Thread(target=_touch_all, args=(images,), daemon=True, name="read-ahead")
    thread.start()
    return thread


def _touch_all(images: LabeledImages) -> None:
    row_bytes = max(1, prod(images.images.shape) // max(1, len(images)))
    step = max(1, min(STEP, BLOCK_BYTES // row_bytes))
    ids = images.examples["example_id"].to_numpy()
    try:
        for row in [*range(0, len(ids), step), len(ids) - 1]:
            images.pictures([int(ids[row])])
            images.images[row]
    except (DataDietError, OSError):
        logger.debug("Reading pictures ahead failed", exc_info=True)
