"""Keep fingerprints of pictures, and which are variants of one picture."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; pictures that were scored before have no fingerprint and no group."""
    op.add_column("pictures", sa.Column("fingerprint", sa.BigInteger))
    op.add_column("pictures", sa.Column("variant_of", sa.Integer))
    op.create_index("ix_pictures_job_id_variant_of", "pictures", ["job_id", "variant_of"])
