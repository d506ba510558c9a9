"""Let the user leave out a network's finer scale."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; every user sees pictures closely, as before."""
    op.add_column(
        "preferences",
        sa.Column("look_closely", sa.Boolean, nullable=False, server_default="1"),
    )
