"""The workspace database: jobs, reviews, names of runs; one transaction at a time, migrated on opening.

Order comes from a sequence, never from a clock. SQLite runs with a rollback journal, every commit
flushed; any other SQLAlchemy URL works too.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator

from datadiet.errors import DatabaseError
from datadiet.store.migrate import bring_up_to_date
from datadiet.store.workspace import Workspace

BUSY_SECONDS = 30.0  # that a transaction waits for another process's lock
UNHOLDABLE = re.compile(r"[\\\x00\ud800-\udfff]")  # what a database cannot hold as text, and the escape sign
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


class ExactText(TypeDecorator[str]):
    """Text kept code point by code point, names that are not UTF-8 included."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it is stored."""
        return None if value is None else UNHOLDABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it was given."""
        return None if value is None else ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)


METADATA = MetaData()

JOBS = Table(
    "jobs",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("job_id", Text, nullable=False, unique=True),
    Column("argv", ExactText, nullable=False),  # JSON list
    Column("state", Text, nullable=False),  # queued, running, done, failed, cancelled
    Column("is_cancel_asked", Integer, nullable=False, default=0),
    Column("heartbeat", Integer, nullable=False, default=0),  # a counter, never a time
    Column("pid", Integer, nullable=False, default=0),  # only shown
    Column("stage", ExactText, nullable=False, default=""),
    Column("done", Float, nullable=False, default=0.0),
    Column("total", Float, nullable=False, default=0.0),
    Column("message", ExactText, nullable=False, default=""),
    Column("started_at", Text, nullable=False, default=""),  # UTC, only shown
    Column("ended_at", Text, nullable=False, default=""),
    sqlite_autoincrement=True,
)

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("operation_id", ExactText, nullable=False, unique=True),
    *(
        Column(name, ExactText, nullable=False)
        for name in (
            *("source_key", "image_hash", "label_shown", "decision", "new_label", "queue", "note"),
            *("reviewer", "time", "run_id"),
        )
    ),
    Column("digest", Text, nullable=False),  # of the row: SQLite has no checksums of its own
    sqlite_autoincrement=True,
)

RUN_NAMES = Table(
    "run_names",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False, unique=True),
    Column("name", ExactText, nullable=True),
    sqlite_autoincrement=True,
)


@contextmanager
def reading(workspace: Workspace) -> Generator[Connection]:
    """Yield a connection that sees one state of the database.

    Raises:
        DatabaseError: It is locked, newer, damaged or unreachable.
    """
    engine = _engine(workspace.database_url)
    with database_errors(engine):
        bring_up_to_date(engine, workspace.root)
        with engine.connect() as connection:
            yield connection


@contextmanager
def writing(workspace: Workspace) -> Generator[Connection]:
    """Yield a connection whose changes are committed, flushed, when the block ends well.

    Raises:
        DatabaseError: It is locked, newer, damaged, full or unreachable; nothing was changed.
    """
    engine = _engine(workspace.database_url)
    with database_errors(engine):
        bring_up_to_date(engine, workspace.root)
        with engine.execution_options(is_write=True).begin() as connection:
            yield connection


@contextmanager
def database_errors(engine: Engine) -> Generator[None]:
    """Turn what the database refuses inside the block into a sentence, without its password.

    Raises:
        DatabaseError: The database refused.
    """
    shown = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseError.refused(shown, reason, seconds=BUSY_SECONDS) from error


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    try:
        is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if not is_sqlite:
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise DatabaseError.unusable_url(str(error)) from error
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(raw: object, _: object) -> None:
    """Leave transactions to us (Python's driver would commit before some statements); flush every commit."""
    raw.isolation_level = None  # type: ignore[attr-defined]
    cursor = raw.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=DELETE")
    cursor.execute("PRAGMA synchronous=EXTRA")  # FULL, and the folder is flushed after the journal is removed
    cursor.close()


def _begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("is_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
