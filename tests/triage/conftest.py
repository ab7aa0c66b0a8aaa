"""Small tables that several tests of triage start from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from datadiet.frames.examples import EXAMPLES


@pytest.fixture
def examples_of() -> Callable[..., pd.DataFrame]:
    """Return a maker of EXAMPLES tables; columns given replace the plain ones."""

    def make(num_examples: int, **columns: object) -> pd.DataFrame:
        ids = np.arange(num_examples)
        plain: dict[str, object] = {
            "example_id": ids,
            "source_key": [f"key {number}" for number in ids],
            "split": "train",
            "given_label": 0,
            "true_label": pd.NA,
            "group": "",
            "image_hash": [f"hash {number}" for number in ids],
            "width": 32,
            "height": 32,
            "note": "",
        }
        return EXAMPLES.conform(pd.DataFrame(plain | columns, index=ids))

    return make
