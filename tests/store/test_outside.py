import errno
import os
import signal

import pytest

from datadiet.errors import StoreError
from datadiet.store import outside
from datadiet.store.outside import write_outside
from datadiet.store.workspace import Workspace


def test_files_appear_whole_and_nothing_else_is_left(tmp_path):
    write_outside({tmp_path / "kept.csv": b"a\n", tmp_path / "kept.csv.json": b"{}"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "kept.csv": b"a\n",
        "kept.csv.json": b"{}",
    }


def die_at(number):
    """Let this process be killed after the ``number``-th call that moves, removes or flushes a file."""
    seen = [0]

    def wrap(call):
        def dying(*args, **kwargs):
            result = call(*args, **kwargs)
            seen[0] += 1
            if seen[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return dying

    for name in ("replace", "unlink", "fsync"):
        setattr(os, name, wrap(getattr(os, name)))


def killed_while_replacing(files, number):
    """Return whether a child process was killed at the ``number``-th call while it replaced the files."""
    if (pid := os.fork()) == 0:
        try:
            die_at(number)
            write_outside(files, overwrite=True)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def test_a_kill_at_any_call_leaves_no_table_beside_the_header_of_another(tmp_path):
    out, beside = tmp_path / "kept.csv", tmp_path / "kept.csv.json"
    out.write_bytes(b"old")
    beside.write_bytes(b"old")
    number, seen = 1, set()
    while killed_while_replacing({out: b"new", beside: b"new"}, number):
        seen.add((out.read_bytes(), beside.read_bytes() if beside.exists() else None))
        write_outside({out: b"old", beside: b"old"}, overwrite=True)
        number += 1
    assert seen == {(b"old", b"old"), (b"old", None), (b"new", None), (b"new", b"new")}


def test_the_file_that_was_named_is_refused_before_the_one_beside_it(tmp_path):
    for name in ("kept.csv", "kept.csv.json"):
        (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(StoreError, match=r"kept\.csv exists already"):
        write_outside({tmp_path / "kept.csv": b"x", tmp_path / "kept.csv.json": b"{}"})


def test_bad_input_59_an_existing_file_is_left_as_it_is(tmp_path):
    (tmp_path / "kept.csv").write_bytes(b"mine")
    with pytest.raises(StoreError, match=r"kept.csv exists already .* --overwrite"):
        write_outside({tmp_path / "kept.csv": b"new", tmp_path / "kept.csv.json": b"{}"})
    assert [path.name for path in tmp_path.iterdir()] == ["kept.csv"]
    assert (tmp_path / "kept.csv").read_bytes() == b"mine"


def test_of_two_files_in_the_way_the_one_that_was_named_is_told(tmp_path):
    (tmp_path / "kept.csv.json").write_bytes(b"mine")
    (tmp_path / "kept.csv").write_bytes(b"mine")
    with pytest.raises(StoreError, match=r"kept\.csv exists already"):
        write_outside({tmp_path / "kept.csv": b"new", tmp_path / "kept.csv.json": b"{}"})


def test_an_existing_file_is_replaced_when_asked(tmp_path):
    (tmp_path / "kept.csv").write_bytes(b"mine")
    write_outside({tmp_path / "kept.csv": b"new"}, overwrite=True)
    assert (tmp_path / "kept.csv").read_bytes() == b"new"


@pytest.mark.parametrize("place", ["out.csv", "cat/out.csv", "../link/out.csv"])
def test_bad_input_59_r14_nothing_is_written_into_a_source(tmp_path, place):
    source = tmp_path / "source"
    (source / "cat").mkdir(parents=True)
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(StoreError, match="inside the source"):
        write_outside({source / place: b"x"}, sources=[source], overwrite=True)
    assert [path.name for path in source.iterdir()] == ["cat"]


def test_bad_input_59_a_read_only_folder_is_refused_with_the_path(tmp_path, monkeypatch):
    def refuse(path):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(outside, "sync", refuse)
    with pytest.raises(
        StoreError, match=r"kept\.csv .*: Read-only file system. Mend that, or name another file"
    ):
        write_outside({tmp_path / "kept.csv": b"x"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist"):
        write_outside({tmp_path / "nowhere" / "kept.csv": b"x"})


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "kept.csv").mkdir()
    with pytest.raises(StoreError, match="is a folder"):
        write_outside({tmp_path / "kept.csv": b"x"}, overwrite=True)


def test_a_name_of_255_bytes_is_written(tmp_path):
    name = "k" * 251 + ".csv"
    write_outside({tmp_path / name: b"x"})
    assert (tmp_path / name).read_bytes() == b"x"


@pytest.fixture
def workspace(tmp_path):
    """Return the root of a workspace with a run and a database."""
    root = Workspace.open(tmp_path / "w").root
    (root / "runs" / "r").mkdir(parents=True)
    for name in ("workspace.db", "runs/r/config.json"):
        (root / name).write_bytes(b"the workspace's own")
    return root


@pytest.mark.parametrize(
    "place", ["workspace.db", "runs/r/config.json", "layout.json", "runs/new.csv", "new.csv", "exports"]
)
@pytest.mark.parametrize("through_link", [False, True])
def test_nothing_is_written_among_the_files_of_a_workspace(workspace, tmp_path, place, through_link):
    (tmp_path / "link").symlink_to(workspace)
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    out = (tmp_path / "link" if through_link else workspace) / place
    with pytest.raises(StoreError, match=r"inside the workspace .* its folder exports"):
        write_outside({out: b"x"}, overwrite=True)
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before


def test_a_workspace_takes_files_into_its_exports(workspace):
    (workspace / "exports").mkdir()
    write_outside({workspace / "exports" / "kept.csv": b"x"})
    assert (workspace / "exports" / "kept.csv").read_bytes() == b"x"


def test_a_layout_file_of_somebody_else_makes_no_workspace(tmp_path):
    (tmp_path / "layout.json").write_text("{}")
    write_outside({tmp_path / "kept.csv": b"x"})
    assert (tmp_path / "kept.csv").exists()


@pytest.mark.parametrize("kind", ["link", "pipe", "loop"])
def test_what_is_no_file_is_left_as_it_is_though_it_may_be_overwritten(tmp_path, kind):
    place, target = tmp_path / "out.csv", tmp_path / "target.csv"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(target if kind == "link" else place)
    with pytest.raises(StoreError, match="would be lost"):
        write_outside({place: b"x"}, overwrite=True)
    assert not place.is_file()
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_a_name_that_the_system_does_not_take_is_a_sentence(tmp_path):
    with pytest.raises(StoreError, match="File name too long"):
        write_outside({tmp_path / ("k" * 300): b"x"})
