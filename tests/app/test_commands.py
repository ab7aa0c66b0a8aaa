"""Commands as pages show them: they find the workspace that is open, and tell no folder elsewhere."""

import pytest

from app.commands import workspace_option


@pytest.mark.parametrize(
    ("root", "option"),
    [
        ("here/workspace", ""),
        ("here/audits/digits", " --workspace audits/digits"),
        ("here/my audits", " --workspace 'my audits'"),
        ("here", " --workspace ."),
        ("elsewhere/workspace", " --workspace path/to/this/workspace"),
    ],
)
def test_a_command_names_the_workspace_where_it_would_not_find_it(tmp_path, monkeypatch, root, option):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DATADIET_WORKSPACE", str(tmp_path / root))
    assert workspace_option() == option
