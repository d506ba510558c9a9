"""Add the samples of rejected pictures that a user checks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "samples",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("border", sa.Float, nullable=False),
        sa.Column("below", sa.Integer, nullable=False),
        sa.Column("near_size", sa.Integer, nullable=False),
        sa.Column("far_size", sa.Integer, nullable=False),
        sa.Column("checked", sa.Integer, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "target", name="pk_samples"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_samples_job_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_pictures",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "target", "position", name="pk_sample_pictures"),
        sa.ForeignKeyConstraint(
            ["job_id", "target"],
            ["samples.job_id", "samples.target"],
            name="fk_sample_pictures_job_id_target",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
