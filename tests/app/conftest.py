"""Workspaces that the pages open, and the page itself under Streamlit's own test driver."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.window.reading import findings, study_choices
from datadiet.pipeline.run import open_run
from datadiet.store.workspace import Workspace
from tests.app.window_study import RUN, write_study

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
HOSTILE_CLASSES = (
    "<img src=x onerror=alert(1)>",
    ":red[x] :smile:",
    "![x](http://evil.example/x.png)",
    r"$\href{javascript:alert(1)}{x}$",
    '=HYPERLINK("http://evil.example")',
    "\u202egnp.exe",
    "www.evil.example",
    "# **bold** `code` _low_",
)


@pytest.fixture(scope="session")
def hostile_workspace(tmp_path_factory) -> Path:
    """Return a workspace whose classes are named to be read as markup; every second label looks wrong."""
    from datadiet.data.sources import ArraySource
    from datadiet.pipeline.api import audit
    from datadiet.pipeline.plan import AuditOptions

    root = tmp_path_factory.mktemp("hostile") / "workspace"
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(HOSTILE_CLASSES)), 24)
    images = (generator.integers(0, 60, (len(labels), 8, 8)) + 24 * labels[:, None, None]).astype(np.uint8)
    audit(
        ArraySource(images, labels, HOSTILE_CLASSES, name="<b>hostile</b> :red[set]"),
        noise="symmetric:0.3",
        seeds=1,
        workspace=root,
        settings={"train": {"num_epochs": 2}},
        options=AuditOptions(num_workers=0, name="![run](http://evil.example/r.png)"),
    )
    return root


@pytest.fixture(scope="session")
def photographs(tmp_path_factory) -> Path:
    """Return a workspace with one audit of a folder of large pictures, ``photos`` beside it."""
    from PIL import Image

    from datadiet.pipeline.api import audit
    from datadiet.pipeline.plan import AuditOptions

    root = tmp_path_factory.mktemp("photographs")
    generator = np.random.default_rng(0)
    for name, level in (("dark", 20), ("light", 150)):
        (root / "photos" / name).mkdir(parents=True)
        for number in range(30):
            coarse = generator.integers(level, level + 80, (6, 8, 3)).astype(np.uint8)
            picture = Image.fromarray(coarse).resize((400, 300), Image.Resampling.BICUBIC)
            picture.save(root / "photos" / name / f"{number}.jpg")
    audit(
        root / "photos",
        seeds=1,
        workspace=root / "workspace",
        settings={"train": {"num_epochs": 1}},
        options=AuditOptions(num_workers=0, name="photographs"),
    )
    return root / "workspace"


@pytest.fixture
def open_page(monkeypatch):
    """Return a function that opens a page on a workspace, with query parameters; the overview by default."""

    def opened(root: Path, screen: str = "overview", **query: str) -> AppTest:
        st.cache_resource.clear()
        if not root.exists():
            Workspace.open(root)  # as the command does before it starts the server
        monkeypatch.setenv("DATADIET_WORKSPACE", str(root))
        page = AppTest.from_file(str(MAIN), default_timeout=180)
        if "_" in screen:
            page.run()  # only then is a page known by an address that is not its file's name
        page.switch_page(f"views/{screen}.py")
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    return opened


def words_on(page: AppTest) -> str:
    """Return all text that the page's own elements show."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "error", "code")
    return "\n".join(str(each.value) for kind in kinds for each in page.get(kind))


@pytest.fixture(scope="session")
def studied(digits_workspace, tmp_path_factory):
    """Return a workspace with a study of thirty windows, to read."""
    root = tmp_path_factory.mktemp("studied") / "workspace"
    shutil.copytree(digits_workspace, root)
    write_study(root)
    return root


@pytest.fixture(scope="session")
def found(studied):
    run = open_run(RUN, workspace=studied)
    return findings(study_choices(run.files)[0].study.retrainings(), "el2n")
