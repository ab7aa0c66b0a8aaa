"""Bad inputs 42, 44 and 46, which need more than a file: many classes, little memory, shared images."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datadiet.config import DataConfig
from datadiet.data.decoding import Decoders
from datadiet.data.plan import plan
from datadiet.data.prepare import prepare
from datadiet.data.sources import ArraySource, open_source
from datadiet.triage.duplicates import find_duplicates

NUM_CLASSES = 10_000
UNDER_A_LIMIT = """
import resource, sys
from pathlib import Path
import numpy as np
from datadiet.config import DataConfig
from datadiet.data.sources import SourceRecord
from datadiet.pipeline.prepare import prepare_source
from datadiet.pipeline.progress import Silent
from datadiet.store.workspace import Workspace

class Generated:
    name, kind, class_names, problems, rules = "generated", "generated", ["even", "odd"], [], []
    def signature(self):
        return "generated"
    def records(self):
        for row in range(int(sys.argv[2])):
            def make(row=row):
                return np.full((128, 128, 3), row % 251, np.uint8)
            yield SourceRecord(row, str(row), None, row % 2, None, None, make)

status = Path("/proc/self/status").read_text()
limit = int(status.partition("VmData:")[2].split()[0]) * 1024 + int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
config = DataConfig(image_size=128)
images = prepare_source(
    Workspace.open(Path(sys.argv[1])), Generated(), config, num_workers=1, progress=Silent()
)
print(len(images), images.images.shape[0] * 128 * 128 * 3)
"""


def test_42_ten_thousand_classes_are_prepared():
    labels = np.concatenate([np.arange(NUM_CLASSES), np.arange(2000)])
    source = ArraySource(np.zeros((len(labels), 4, 4), np.uint8), labels)
    with Decoders(1) as decoders:
        chosen = plan(source, DataConfig(), decoders)
        preparation = prepare(source, chosen, decoders)
        rows = pd.concat([block.rows for block in preparation])
    assert len(chosen.class_names) == NUM_CLASSES
    assert rows["given_label"].tolist() == labels.tolist()
    assert rows.loc[rows["split"] == "train", "given_label"].nunique() == NUM_CLASSES
    assert "8000 classes have a single image; it stays in train." in preparation.document()["rules"]


@pytest.mark.slow
def test_44_a_set_larger_than_memory_is_prepared_under_a_limit(tmp_path):
    allowed = 160 * 2**20  # bytes beyond what the program itself takes
    command = [sys.executable, "-c", UNDER_A_LIMIT, str(tmp_path / "w"), "8000", str(allowed)]
    # Allocators that reserve gigabytes for later would hide what is really used.
    honest = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=honest, timeout=120)
    assert ended.returncode == 0, ended.stderr[-2000:]
    num_images, num_bytes = map(int, ended.stdout.split())
    assert num_images == 8000
    assert num_bytes > 2 * allowed


def test_46_images_that_train_and_test_share_are_found_and_said(tmp_path):
    rng = np.random.default_rng(0)
    for split, name in [(split, name) for split in ("train", "test") for name in ("cat", "dog")]:
        (tmp_path / split / name).mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / split / name / f"{number}.png")
    shared = (tmp_path / "train" / "cat" / "0.png").read_bytes()
    (tmp_path / "test" / "cat" / "copy.png").write_bytes(shared)
    found = _duplicates(tmp_path)
    assert found["source_key"].tolist() == ["train/cat/0.png", "test/cat/copy.png"]
    assert found["kind"].tolist() == ["exact", "exact"]
    assert found["is_leak"].all()
    assert not found["is_conflict"].any()


def _duplicates(root: Path) -> pd.DataFrame:
    source = open_source(root, DataConfig())
    with Decoders(1) as decoders:
        blocks = list(prepare(source, plan(source, DataConfig(), decoders), decoders))
    examples = pd.concat([block.rows for block in blocks], ignore_index=True)
    images = np.concatenate([block.images for block in blocks])
    return find_duplicates(images, examples).merge(examples[["example_id", "source_key"]], on="example_id")
