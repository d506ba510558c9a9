"""Keep a journal of the pictures that were copied to a storage folder."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "copies",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_copies_job_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_copies_job_id", "copies", ["job_id"])
    op.create_index("ix_copies_state_id", "copies", ["state", "id"])
    op.create_table(
        "copied_files",
        sa.Column("copy_id", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("copy_id", "path", name="pk_copied_files"),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["copies.id"], name="fk_copied_files_copy_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_copied_files_sha256", "copied_files", ["sha256"])
