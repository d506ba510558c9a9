"""Keep the confidence and the pile that a sample was drawn from, for when the scores change."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; samples that were drawn before do not have them."""
    op.add_column("samples", sa.Column("threshold", sa.Float))
    op.add_column("samples", sa.Column("rejected", sa.Integer))
