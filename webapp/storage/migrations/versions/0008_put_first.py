"""Let the user put a job before the others."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no job goes first."""
    op.add_column("jobs", sa.Column("put_first", sa.DateTime))
