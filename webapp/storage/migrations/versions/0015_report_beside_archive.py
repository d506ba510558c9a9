"""Keep the name of a report that came with the archive, and what it restored."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no earlier job has such a report."""
    op.add_column("jobs", sa.Column("report", sa.String))
    op.add_column("jobs", sa.Column("report_note", sa.String))
