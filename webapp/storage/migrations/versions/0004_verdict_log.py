"""Log every verdict so that it can be undone, and note the job where it was given."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables and two columns. Older verdicts have no job and cannot be undone."""
    op.execute("ALTER TABLE verdicts ADD COLUMN job_id VARCHAR(32)")
    op.execute("ALTER TABLE verdicts ADD COLUMN job_name VARCHAR")
    op.create_table(
        "verdict_entries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("verdict", sa.String(8)),
        sa.Column("pictures", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("is_undone", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdict_entries"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_verdict_entries_job_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_verdict_entries_job_id_target_is_undone_id",
        "verdict_entries",
        ["job_id", "target", "is_undone", "id"],
    )
    op.create_index(
        "ix_verdict_entries_job_id_request_id",
        "verdict_entries",
        ["job_id", "request_id"],
        unique=True,
    )
    op.create_table(
        "verdict_changes",
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8)),
        sa.Column("changed", sa.DateTime),
        sa.Column("job_id", sa.String(32)),
        sa.Column("job_name", sa.String),
        sa.PrimaryKeyConstraint("entry_id", "sha256", name="pk_verdict_changes"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["verdict_entries.id"],
            name="fk_verdict_changes_entry_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
