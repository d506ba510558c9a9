"""Columns under the words of the field; jobs that ended early mark what was not scored."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RENAMED = {
    "jobs": {"keep": "threshold", "unsure": "unsure_threshold", "share": "prevalence"},
    "preferences": {"keep_days": "retention_days"},
}
STOPPED = ("not looked at: the job was cancelled", "not looked at: the job failed")
"""Reasons that the first schema gave to members of a job that ended early."""


def upgrade() -> None:
    """Rename columns in place; no row is copied."""
    for table, columns in RENAMED.items():
        for old, new in columns.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    pictures = sa.table("pictures", sa.column("outcome"), sa.column("reason"))
    op.execute(
        pictures.update()
        .where(pictures.c.outcome == "skipped", pictures.c.reason.in_(STOPPED))
        .values(outcome="not_scored")
    )
