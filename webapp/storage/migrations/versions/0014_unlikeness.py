"""Keep how unlike an archive is to the pictures that its target was measured on."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; archives that were sieved before are not measured."""
    op.add_column("jobs", sa.Column("unlikeness", sa.Float))
