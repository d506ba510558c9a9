"""Let one step of undo hold different verdicts, as a report restores them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; the changes of older entries got their entry's verdict."""
    op.add_column("verdict_entries", sa.Column("report", sa.String))
    op.add_column("verdict_changes", sa.Column("given", sa.String(8)))
    op.execute(
        "UPDATE verdict_changes SET given = (SELECT verdict FROM verdict_entries"
        " WHERE verdict_entries.id = verdict_changes.entry_id)"
    )
