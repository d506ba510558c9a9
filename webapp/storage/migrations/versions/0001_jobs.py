"""Jobs, their pictures, verdicts and preferences."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("target_title", sa.String, nullable=False),
        sa.Column("target_version", sa.Integer, nullable=False),
        sa.Column("backbone_sha256", sa.String(64), nullable=False),
        sa.Column("keep", sa.Float, nullable=False),
        sa.Column("unsure", sa.Float, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("copy_folder", sa.String),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("rate", sa.Float),
        sa.Column("error", sa.String),
        sa.Column("note", sa.String),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("started", sa.DateTime),
        sa.Column("finished", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_user_id_created", "jobs", ["user_id", "created"])
    op.create_index("ix_jobs_state_created", "jobs", ["state", "created"])
    op.create_table(
        "pictures",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("evidence", sa.Float),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("seconds", sa.Float),
        sa.Column("sha256", sa.String(64)),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_pictures"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_pictures_job_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_pictures_job_id_evidence_number", "pictures", ["job_id", "evidence", "number"]
    )
    op.create_index(
        "ix_pictures_job_id_outcome_number", "pictures", ["job_id", "outcome", "number"]
    )
    op.create_index("ix_pictures_job_id_sha256", "pictures", ["job_id", "sha256"])
    op.create_table(
        "verdicts",
        sa.Column("user_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("changed", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "target", "sha256", name="pk_verdicts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("copy_kept", sa.Boolean, nullable=False),
        sa.Column("copy_folder", sa.String, nullable=False),
        sa.Column("start_at_once", sa.Boolean, nullable=False),
        sa.Column("keep_days", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_preferences"),
    )
