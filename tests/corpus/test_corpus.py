"""R15: every bad input ends in one of three ways, never a fourth."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from datadiet.config import DataConfig
from datadiet.data.decode_worker import process
from datadiet.data.plan import plan
from datadiet.data.prepare import Preparation, prepare
from datadiet.data.sources import open_source
from datadiet.data.wire import Task
from datadiet.errors import DataDietError

from .cases import NUM_SOUND, Accepted, Case, Refused, Skipped
from .files import FILES
from .sets import SETS

SEED = 0


class InProcess:
    """Decoders without processes: the same work, without a start for each of a hundred cases."""

    def run(self, task: Task, batches):
        for tag, pictures in batches:
            yield tag, [process(picture, task) for picture in pictures]


def _run(case: Case, root: Path) -> tuple[Preparation, list, list]:
    source_text = case.build(root, np.random.default_rng(SEED))
    config = DataConfig(**{"max_skipped_fraction": 0.5, **case.config})
    source = open_source(source_text, config)
    decoders = InProcess()
    preparation = prepare(source, plan(source, config, decoders), decoders)
    blocks = list(preparation)
    rows = [row for block in blocks for row in block.rows.itertuples()]
    problems = [row for block in blocks for row in block.problems.itertuples()]
    return preparation, rows, problems


@pytest.mark.parametrize("case", [*FILES, *SETS], ids=str)
def test_r15_bad_input_ends_as_stated(case: Case, tmp_path: Path) -> None:
    if case.number == 20 and os.geteuid() == 0:
        pytest.skip("root reads what it has no permission for")
    if isinstance(case.ends, Refused):
        with pytest.raises(DataDietError, match=case.ends.match):
            _run(case, tmp_path)
        return
    preparation, rows, problems = _run(case, tmp_path)
    if isinstance(case.ends, Skipped):
        assert [row.kind for row in problems] == [case.ends.kind] * case.ends.num
        assert all(row.reason for row in problems)
    else:
        assert isinstance(case.ends, Accepted)
        assert not [row for row in problems if row.kind != "ignored"]
        assert len(rows) == 2 * NUM_SOUND + case.ends.num
        said = [*(row.note for row in rows), *preparation.document()["rules"]]
        assert any(case.ends.note in text for text in said)


def test_every_case_has_its_own_name() -> None:
    names = [str(case) for case in (*FILES, *SETS)]
    assert len(set(names)) == len(names)
