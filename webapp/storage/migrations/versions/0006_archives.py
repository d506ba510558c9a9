"""Keep how an archive's names are read, and the wish to open zips within zips."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("jobs", sa.Column("archive_note", sa.String))
    op.add_column("jobs", sa.Column("names_encoding", sa.String))
    op.add_column(
        "preferences",
        sa.Column("open_inner_zips", sa.Boolean, nullable=False, server_default="0"),
    )
