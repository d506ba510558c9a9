"""Keep how many pictures of an archive look like photographs or pages."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; archives that were sieved before are not looked at."""
    for name in ("looked_at", "photographs", "pages"):
        column = sa.Column(name, sa.Integer, nullable=False, server_default="0")
        op.add_column("jobs", column)
