"""Keep the colour that stands for a picture until its thumbnail is there."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; pictures that were scored before have no colour."""
    op.add_column("pictures", sa.Column("colour", sa.Integer))
