import shutil
import sqlite3
import threading

import pytest
from sqlalchemy import text

from datadiet.errors import DatabaseError
from datadiet.store import database, migrate
from datadiet.store.database import METADATA, reading, writing
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "w")


def test_sqlite_has_a_rollback_journal_and_flushes(workspace):
    with reading(workspace) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "delete"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 3


def test_the_migrations_make_the_tables_that_the_code_names(workspace):
    with reading(workspace) as connection:
        for table in METADATA.sorted_tables:
            found = {row[1] for row in connection.execute(text(f"PRAGMA table_info({table.name})"))}
            assert found == set(table.columns.keys())


def test_the_head_is_the_last_migration():
    assert max(migrate._known_revisions()) == migrate.HEAD


def test_r24_a_newer_database_is_refused(workspace):
    with writing(workspace) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match=r"newer datadiet \(schema 9999"), reading(workspace):
        pass


def test_r24_a_migration_keeps_a_copy_and_is_one_transaction(workspace, tmp_path, monkeypatch):
    """A second migration that fails half-way leaves the first schema, and the copy."""
    with reading(workspace):
        pass
    folder = tmp_path / "store/migrations"
    shutil.copytree(migrate.Path(migrate.__file__).parent / "migrations", folder)
    (folder / "versions/0002_second.py").write_text(
        "from alembic import op\nrevision = '0002'\ndown_revision = '0001'\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (a INT)')\n    op.execute('SELECT nonsense')\n"
    )
    monkeypatch.setattr(migrate, "HEAD", "0002")
    monkeypatch.setattr(migrate, "__file__", str(tmp_path / "store/migrate.py"))
    with pytest.raises(DatabaseError, match="no such column"), reading(workspace):
        pass
    raw = sqlite3.connect(workspace.root / "workspace.db")
    assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert raw.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchone() is None
    raw.close()
    copy = sqlite3.connect(workspace.root / "workspace.db.before_0001")
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    copy.close()


def test_a_locked_database_is_waited_for_and_then_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    database._engine.cache_clear()
    workspace = Workspace.open(tmp_path / "w")
    with reading(workspace):
        pass
    other = sqlite3.connect(workspace.root / "workspace.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match=r"is locked: another process"), writing(workspace):
        pass
    other.close()
    database._engine.cache_clear()


def test_f7_many_threads_may_open_a_fresh_workspace_at_once(tmp_path):
    problems = []

    def work():
        try:
            with writing(Workspace.open(tmp_path / "w")) as connection:
                connection.execute(text("INSERT INTO run_names (run_id) VALUES (hex(randomblob(8)))"))
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with reading(Workspace.open(tmp_path / "w")) as connection:
        assert connection.execute(text("SELECT count(*) FROM run_names")).scalar() == 8


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/db"])
def test_an_unusable_url_is_refused(tmp_path, url):
    workspace = Workspace.open(tmp_path / "w", database_url=url)
    with pytest.raises(DatabaseError, match="URL cannot be used"), reading(workspace):
        pass


def test_a_file_that_is_no_database_is_refused(workspace):
    (workspace.root / "workspace.db").write_bytes(b"x" * 5000)
    with pytest.raises(DatabaseError, match="not a database"), reading(workspace):
        pass


@pytest.mark.parametrize("loss", ["missing", "empty", "no schema"])
def test_r3_a_database_that_was_made_and_is_gone_is_refused_and_not_made_anew(workspace, loss):
    path = workspace.root / "workspace.db"
    with writing(workspace) as connection:
        connection.execute(text("INSERT INTO run_names (run_id) VALUES ('r')"))
    copy = path.read_bytes()
    path.unlink()
    if loss == "empty":
        path.touch()
    elif loss == "no schema":
        sqlite3.connect(path).execute("CREATE TABLE other (a INT)").connection.close()
    for attempt in (reading, writing):
        with pytest.raises(DatabaseError, match=r"workspace\.db is missing or empty"), attempt(workspace):
            pass
    assert path.exists() is (loss != "missing")
    path.write_bytes(copy)
    with reading(workspace) as connection:
        assert connection.execute(text("SELECT run_id FROM run_names")).scalar() == "r"


def test_r24_a_database_without_a_record_that_it_was_made_gets_one(workspace):
    with reading(workspace):
        pass
    record = workspace.root / "workspace.db.made"
    record.unlink()
    with reading(workspace):
        pass
    assert record.read_text() == migrate.RECORD
    (workspace.root / "workspace.db").unlink()
    record.unlink()  # the documented way to begin anew
    with reading(workspace) as connection:
        assert connection.execute(text("SELECT count(*) FROM reviews")).scalar() == 0


def test_a_record_that_cannot_be_written_keeps_nobody_from_the_database(workspace, monkeypatch):
    monkeypatch.setattr(migrate, "sync", lambda path: migrate.Path("/dev/null/x").write_text("x"))
    with reading(workspace) as connection:
        assert connection.execute(text("SELECT count(*) FROM reviews")).scalar() == 0
    assert not (workspace.root / "workspace.db.made").exists()
    assert not list(workspace.root.glob(".*.part*"))
