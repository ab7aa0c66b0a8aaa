"""R11: no pickle is read and no text is evaluated, neither by what the code says nor by what it does."""

import ast
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for room in ("datadiet", "app") for path in (ROOT / room).rglob("*.py"))
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    "read_pickle", "to_pickle", "yaml.load", "torch.load", "torch.save", "pd.eval", "pandas.eval", "query",
}  # fmt: skip
OURS = {"state.query"}  # reads the address bar


def offences(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {name.name}" for name in node.names if name.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in MODULES:
                yield f"from {node.module}"
        elif isinstance(node, ast.Call):
            yield from called(node)


def called(node):
    name = ast.unparse(node.func)
    if isinstance(node.func, ast.Name) and name in CALLS:
        yield f"{name}()"
    is_method = isinstance(node.func, ast.Attribute) and name not in OURS
    if is_method and (name in METHODS or node.func.attr in METHODS):
        yield f"{name}()"
    if isinstance(node.func, ast.Attribute) and node.func.attr == "eval" and node.args:
        yield f"{name}() with an expression"  # Module.eval() takes none
    for keyword in node.keywords:
        if keyword.arg == "allow_pickle" and not (
            isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        ):
            yield "allow_pickle"


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_r11_no_module_reads_pickle_or_evaluates_text(path):
    assert list(offences(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from joblib import load", "import torch; torch.load(f)", "pd.read_pickle(p)",
        "np.load(p, allow_pickle=True)", "np.load(p, allow_pickle=flag)", "yaml.load(t)", "eval(t)",
        "exec(t)",
        "frame.query('a > b')", "frame.eval('a + b')", "pd.eval(text)",
    ],
)  # fmt: skip
def test_the_rule_itself_finds_what_it_forbids(code):
    assert list(offences(ast.parse(code)))


def test_the_rule_allows_what_only_looks_like_it():
    assert list(offences(ast.parse("model.eval(); np.load(p, allow_pickle=False); re.compile('a')"))) == []


WATCHED = textwrap.dedent("""
    import sys
    import datadiet.pipeline.run, datadiet.pipeline.score  # libraries may unpickle their own tables on import
    from datadiet.pipeline.progress import Silent
    from datadiet.pipeline.run import open_run
    from datadiet.pipeline.score import score_run

    seen = []
    sys.addaudithook(lambda event, names: seen.append(names) if event == "pickle.find_class" else None)
    run = open_run("short digits", workspace=sys.argv[1])
    run.scores(), run.headline(), run.suspects(num=3)
    run.files.images.thumbnail(0)
    score_run(run, "grand", epoch=0, device="cpu", num_workers=0, progress=Silent())
    assert not seen, seen
    print("nothing was unpickled")
""")


def test_r11_nothing_is_unpickled_while_a_run_is_opened_and_scored(digits_workspace, tmp_path):
    shutil.copytree(digits_workspace, tmp_path / "w")
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "w")],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=120,
        check=False,
    )
    assert (ended.stdout, ended.returncode) == ("nothing was unpickled\n", 0), ended.stderr
