"""Fixtures that more than one room's tests use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the project, or skip."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data beside the project (../shared/data) are absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def digits_workspace(tmp_path_factory) -> Path:
    """Return a workspace with one short audit of the digits, 10 % of labels flipped: to read, not to write.

    Copy it with ``shutil.copytree`` where a test adds to it.
    """
    from datadiet.pipeline.api import audit
    from datadiet.pipeline.plan import AuditOptions

    root = tmp_path_factory.mktemp("digits") / "workspace"
    audit(
        "digits",
        noise="symmetric:0.1",
        seeds=2,
        workspace=root,
        settings={"train": {"num_epochs": 4, "batch_size": 62}},
        options=AuditOptions(num_workers=0, name="short digits"),
    )
    return root


@pytest.fixture(scope="session")
def first_look_workspace(digits_workspace, tmp_path_factory) -> Path:
    """Return that workspace as it was when one seed was scored after one epoch: to read, not to write."""
    root = tmp_path_factory.mktemp("first_look") / "workspace"
    later = ["probabilities.npy*", "features.npy*", "*step_00003*", "*step_00005*", "seed_01"]
    ignored = shutil.ignore_patterns(*later, "triage", "selections")
    shutil.copytree(digits_workspace, root, ignore=ignored)
    return root


@pytest.fixture(scope="session")
def browser():
    """Return one real Chromium for all tests, or skip: a process can drive only one."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield running
        running.close()
