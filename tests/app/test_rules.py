"""Rules that hold for every file of the dashboard."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.palette import DARK, LIGHT

APP = Path(__file__).resolve().parents[2] / "app"
PYTHON = sorted(APP.rglob("*.py"))
PAGES = sorted(path.stem for path in (APP / "views").glob("*.py") if path.stem != "__init__")
SCRIPTS = sorted(APP.rglob("*.js"))


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.name)
def test_r20_no_page_turns_text_into_html(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    assert "unsafe_allow_html" not in named
    assert not called & {"html", "iframe", "table", "write_stream"}  # st.table reads Markdown in its cells


SVG = "http://www.w3.org/2000/svg"  # the name of a namespace; nothing is fetched


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_r20_components_write_text_only(path):
    code = path.read_text(encoding="utf-8").replace(SVG, "")
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "http",
    ):
        assert forbidden not in code


def test_the_theme_has_the_colors_of_the_palette():
    theme = tomllib.loads((APP / "theme.toml").read_text(encoding="utf-8"))["theme"]
    for name, palette in (("light", LIGHT), ("dark", DARK)):
        assert theme[name] == {
            "primaryColor": palette.primary,
            "backgroundColor": palette.ground,
            "secondaryBackgroundColor": palette.panel,
            "textColor": palette.text,
            "grayTextColor": palette.muted,
            "borderColor": palette.line,
        }


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["text", "muted", "primary", "keep", "relabel", "drop", "unsure", "planted"])
def test_text_stands_out_from_its_ground(palette, name):
    bright, dim = sorted((luminance(palette.ground), luminance(getattr(palette, name))), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 5.7


def test_the_dashboard_process_never_loads_torch(digits_workspace):
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"page = AppTest.from_file({str(APP / 'main.py')!r}, default_timeout=180).run()\n"
        f"for name in {PAGES!r}:\n"
        "    page.switch_page(f'views/{name}.py').run()\n"
        "    assert not page.exception and not page.error, name\n"
        "from app.downloads import downloads\n"
        "from datadiet.pipeline.run import open_run\n"
        "from datadiet.pipeline.workspace import listing\n"
        f"root = {str(digits_workspace)!r}\n"
        "run = open_run(listing(root).runs[0]['run_id'], workspace=root)\n"
        "made = downloads(run, run.scores(), 'el2n')\n"
        "assert all(each.make() for each in made if 'Index' not in each.title)\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    environment = {**os.environ, "DATADIET_WORKSPACE": str(digits_workspace)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=APP.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
