"""Brings the database to this program's schema: a copy first, then one transaction; newer is refused.

A file beside a SQLite database says that it was made: one that is missing or empty then is refused, so that
decisions cannot vanish without a word.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from datadiet.errors import DatabaseError
from datadiet.store.disk import disk_errors, locked, remove, short_name, sync

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

log = logging.getLogger(__name__)

RECORD_SUFFIX = ".made"  # of the file beside a SQLite database that says that it was made
RECORD = "The database beside this file was made. While this file is here, a missing one is not made anew.\n"
HEAD = "0001"  # the last file of migrations/versions


def bring_up_to_date(engine: Engine, root: Path) -> None:
    """Migrate the database where it is older than this program; usually one cheap query.

    Args:
        engine: Of the database.
        root: The workspace, whose lock lets one process migrate at a time.

    Raises:
        DatabaseError: The database was written by a newer program, or was made and is missing or empty.
    """
    path = _file_of(engine)
    if path is not None and _record_of(path).exists() and not (path.exists() and path.stat().st_size):
        raise DatabaseError.gone(path, _record_of(path))  # SQLite would make it when it is opened
    if _revision(engine) != HEAD:
        _migrate(engine, root, path)
    if path is not None and not _record_of(path).exists():
        _write_record(_record_of(path))


def _migrate(engine: Engine, root: Path, path: Path | None) -> None:
    with disk_errors(root), locked(root):
        found = _revision(engine)
        if found == HEAD:
            return
        if found is None and path is not None and _record_of(path).exists():
            raise DatabaseError.gone(path, _record_of(path))
        if found is not None and found not in _known_revisions():
            raise DatabaseError.newer(engine.url.render_as_string(hide_password=True), found)
        if found is not None and path is not None:
            _keep_copy(path, found)
        with engine.execution_options(is_write=True).begin() as connection:
            _upgrade(connection, found)


def _file_of(engine: Engine) -> Path | None:
    """Return the file of a SQLite database, None for any other."""
    is_file = engine.url.get_backend_name() == "sqlite" and engine.url.database
    return Path(str(engine.url.database)) if is_file else None


def _record_of(path: Path) -> Path:
    return path.with_name(path.name + RECORD_SUFFIX)


def _write_record(record: Path) -> None:
    """Say that the database was made; where that cannot be written now, the next opening tries again."""
    part = record.with_name(f".{short_name()}.part.made")
    try:
        part.write_text(RECORD, encoding="utf-8")
        sync(part)
        part.replace(record)
        sync(record.parent)
    except OSError as error:
        log.info("%s cannot be written: %s", record, error.strerror)
    finally:
        remove(part)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory as Scripts  # slow to load, wanted once

    return Scripts(str(Path(__file__).parent / "migrations"))


def _known_revisions() -> set[str]:
    return {revision.revision for revision in _scripts().walk_revisions()}


def _keep_copy(path: Path, revision: str) -> None:
    """Copy the database beside itself, whole or not at all."""
    part = path.with_name(f".{short_name()}.part.db")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        sync(part)
        part.replace(path.with_name(f"{path.name}.before_{revision}"))
        sync(path.parent)
    finally:
        remove(part)


def _upgrade(connection: Connection, found: str | None) -> None:
    """Apply what came after ``found``, in the transaction of ``connection``."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    scripts, context = _scripts(), MigrationContext.configure(connection)
    newest_first = [each for each in scripts.walk_revisions(found or "base") if each.revision != found]
    with Operations.context(context):
        for revision in reversed(newest_first):
            revision.module.upgrade()
    context.stamp(scripts, "head")
