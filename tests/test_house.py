"""The house is in order: what lies at the top, how deep packages go, what modules are called and say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP = {
    *("app", "datadiet", "tests", "assets", "benchmarks", "docs"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"),
    *("requirements.txt", "pyproject.toml", "Dockerfile", "Makefile"),
    *(".ci", ".dockerignore", ".gitignore", ".git"),
}
VAGUE = {"utils", "util", "common", "helpers", "helper", "misc", "base"}
FAMILIES = {"sources", "migrations"}  # rooms' own folders of readers or tables
MODULES = sorted(path for top in ("datadiet", "app") for path in (ROOT / top).rglob("*.py"))
APP_FILES = sorted(path for path in (ROOT / "app").rglob("*") if path.suffix in {".py", ".js", ".html"})
PARTS = [
    path
    for path in APP_FILES
    if path.suffix == ".js" and "export default" in path.read_text(encoding="utf-8")
]
MARKUP = re.compile(r"unsafe_allow_html|\bst\.html\b|innerHTML|outerHTML|insertAdjacentHTML|document\.write")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def ignored() -> set[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    return {line.strip("/") for line in lines}


def test_the_top_level_holds_what_a_visitor_expects():
    found = {path.name for path in ROOT.iterdir()} - ignored()
    assert found - TOP == set()
    assert TOP - found <= {".git"}


@pytest.mark.parametrize("top", ["datadiet", "app", "tests", "benchmarks"])
def test_no_module_has_a_vague_name(top):
    names = {path.stem.strip("_") for path in (ROOT / top).rglob("*.py")}
    names |= {path.name for path in (ROOT / top).rglob("*") if path.is_dir()}
    assert not names & VAGUE


def test_packages_go_one_room_deep_or_one_family():
    for path in (ROOT / "datadiet").rglob("*.py"):
        folders = path.relative_to(ROOT / "datadiet").parts[:-1]
        assert len(folders) <= 1 or folders[1] in FAMILIES, relative(path)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_opens_with_a_sentence(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, "no docstring"
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":", "?", "::"))


@pytest.mark.parametrize("path", APP_FILES, ids=relative)
def test_r20_the_dashboard_never_takes_text_for_markup(path):
    assert not MARKUP.search(path.read_text(encoding="utf-8"))


def test_the_dashboard_has_no_folder_that_starts_older_navigation():
    assert not (ROOT / "app" / "pages").exists()


@pytest.mark.parametrize("path", PARTS, ids=relative)
def test_a_part_of_a_page_speaks_while_it_is_there_and_closes_once_it_is_gone(path):
    text = path.read_text(encoding="utf-8")
    called = text[text.index("export default") :].split("\n}\n")[0]
    assert "return () =>" not in called  # Streamlit calls it of a call that was overtaken, too: decision 0015
    assert ("whileHere(root, setStateValue)" in called) == ("setStateValue" in called)
