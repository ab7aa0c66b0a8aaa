"""The manual says what is true: every command, setting, score, column and page, every link, every example."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import typer

import datadiet
from datadiet.cli.app import cli
from datadiet.config import AuditConfig, setting_names
from datadiet.pipeline.export import KINDS
from datadiet.scores.registry import METHODS
from datadiet.selection.registry import RULES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FRONT = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
LINK = re.compile(r"\]\((?!https?://)([^)\s]+)\)")
SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ABOUT_THE_MAKING = (  # none of it is of use to a reader
    re.compile(r"/(?:work|tmp|home|root)/"),
    re.compile(r"\b(?:assistant|language model|LLM|Claude|GPT)\b", re.IGNORECASE),
)


def load_generator():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = load_generator()


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def headings(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", generator.pages(), ids=lambda path: path.name)
def test_generated_parts_are_current(path):
    text = path.read_text(encoding="utf-8")
    assert generator.rendered(text) == text, "run: make docs"


def test_every_block_of_the_generator_is_on_a_page():
    found = {name for path in generator.pages() for _, name, *_ in generator.BLOCK.findall(path.read_text())}
    assert found == set(generator.BLOCKS)


COMMANDS = dict(generator.walk(typer.main.get_command(cli)))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_has_help_and_an_entry(path):
    command, page = COMMANDS[path], text_of("cli.md")
    assert command.help
    section = page.split(f"## `{path}`\n")[1].split("\n## ")[0]
    for parameter in generator.shown(command):
        assert parameter.help, f"{path}: {parameter.name} has no help"
        is_argument = parameter.param_type_name == "argument"
        name = (parameter.metavar or parameter.name.upper()) if is_argument else parameter.opts[0]
        assert re.search(rf"^\| `{name}[ `,]", section, re.MULTILINE), name


@pytest.mark.parametrize("name", setting_names(AuditConfig))
def test_every_setting_has_an_entry_with_a_meaning(name):
    rows = [line for line in text_of("settings.md").splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    assert len(rows[0].strip("| ").split("|")[-1].strip()) > 3


@pytest.mark.parametrize("name", METHODS)
def test_every_score_has_its_definition_and_its_traps(name):
    assert re.search(rf"^\*\*.*`{name}`", text_of("scores.md"), re.MULTILINE)


@pytest.mark.parametrize("table", generator.all_tables(), ids=lambda table: table.name)
def test_every_table_has_a_place_and_every_column_a_meaning(table):
    assert f"`{table.name}`" in text_of("tables.md").split("<!-- begin")[0]
    assert table.row
    assert all(column.meaning for column in table.columns)


@pytest.mark.parametrize("name", [*RULES, *KINDS])
def test_every_rule_and_kind_of_export_has_an_entry(name):
    assert f"`{name}`" in text_of("exports.md")


def test_every_column_of_scores_has_an_entry(digits_workspace):
    run = datadiet.open_run("short digits", workspace=digits_workspace)
    section = text_of("scores.md").split("## Columns")[1]
    documented = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    of_a_score = re.compile(rf"({'|'.join(METHODS)})(_step_\d+)?(_se|_percentile)?")
    columns = [name for name in run.scores() if not of_a_score.fullmatch(name)]
    assert set(columns) == documented


def test_every_page_is_in_the_index():
    linked = set(LINK.findall(text_of("index.md")))
    assert {path.name for path in DOCS.glob("*.md")} - {"index.md"} == linked - {"decisions/index.md"}


def test_every_decision_is_in_its_index_numbered_and_dated():
    folder = DOCS / "decisions"
    notes = sorted(path for path in folder.glob("*.md") if path.name != "index.md")
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert [int(path.name[:4]) for path in notes] == list(range(1, len(notes) + 1))
    for path in notes:
        title, _, status, *_ = path.read_text(encoding="utf-8").splitlines()
        assert title.startswith(f"# {path.name[:4]} ")
        assert re.match(r"20\d\d-\d\d-\d\d, (in force|superseded by \d{4})", status)
        assert f"({path.name})" in index


@pytest.mark.parametrize("path", [*FRONT, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(path):
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        target = (path.parent / place) if place else path
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


@pytest.mark.parametrize("path", [*FRONT, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_speak_of_the_project_alone(path):
    text = path.read_text(encoding="utf-8")
    for mark in ABOUT_THE_MAKING:
        assert not mark.search(text), mark.pattern


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "Dockerfile"], ids=lambda path: path.name)
def test_the_cpu_build_has_the_pinned_versions(path):
    pins = dict(re.findall(r"^(torch|torchvision)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M))
    text = path.read_text(encoding="utf-8")
    assert f"torch=={pins['torch']} torchvision=={pins['torchvision']} --index-url" in text


@pytest.fixture
def in_a_hurry(monkeypatch, tmp_path):
    """Let ``datadiet.audit`` train one seed for one epoch, in an empty folder."""
    from datadiet.pipeline.api import audit
    from datadiet.pipeline.plan import AuditOptions

    def short(source, **arguments):
        hurried = {"seeds": 1, "settings": {"train": {"num_epochs": 1}}}
        return audit(source, **{**arguments, **hurried}, options=AuditOptions(num_workers=0))

    monkeypatch.setattr(datadiet, "audit", short, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", [ROOT / "README.md", DOCS / "python.md"], ids=lambda path: path.name)
def test_python_examples_run_from_top_to_bottom(path, in_a_hurry):
    names: dict[str, object] = {}
    snippets = SNIPPET.findall(path.read_text(encoding="utf-8"))
    assert snippets
    for snippet in snippets:
        exec(compile(snippet, path.name, "exec"), names)
