"""The first schema: jobs, reviews that cannot be changed, names of runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REVIEW_TEXTS = (
    *("source_key", "image_hash", "label_shown", "decision", "new_label", "queue", "note"),
    *("reviewer", "time", "run_id"),
)
JOB_TEXTS = ("stage", "message", "started_at", "ended_at")
JOB_COUNTS = ("is_cancel_asked", "heartbeat", "pid")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "jobs",
        sequence(),
        sa.Column("job_id", sa.Text, nullable=False, unique=True),
        sa.Column("argv", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in JOB_COUNTS),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("done", "total")),
        *(sa.Column(name, sa.Text, nullable=False) for name in JOB_TEXTS),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reviews",
        sequence(),
        sa.Column("operation_id", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in (*REVIEW_TEXTS, "digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_names",
        sequence(),
        sa.Column("run_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=True),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        refuse_changes_of_reviews()


def sequence() -> sa.Column[int]:
    """Return the column that gives rows their order."""
    return sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True)


def refuse_changes_of_reviews() -> None:
    """Let the database itself refuse to edit or remove a review."""
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER reviews_no_{verb.lower()} BEFORE {verb} ON reviews "
            "BEGIN SELECT RAISE(ABORT, 'reviews are never edited, only followed by others'); END"
        )
