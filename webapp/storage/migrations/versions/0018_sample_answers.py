"""Keep which pictures had an answer when a sample was drawn, because answers can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; of samples that were drawn before, nothing is known."""
    op.create_table(
        "sample_answers",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "target", "number", name="pk_sample_answers"),
        sa.ForeignKeyConstraint(
            ["job_id", "target"],
            ["samples.job_id", "samples.target"],
            name="fk_sample_answers_job_id_target",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
