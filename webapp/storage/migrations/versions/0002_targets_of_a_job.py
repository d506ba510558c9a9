"""Give a job several targets, and rename columns to the field's terms.

Evidence moves from the pictures into scores by target, so that one archive can be scored for
several targets. Members of jobs that ended early get an outcome of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RENAMED = {
    "jobs": {"keep": "threshold", "unsure": "unsure_threshold"},
    "preferences": {"keep_days": "retention_days"},
}
DROPPED = {"jobs": ("target_title", "target_version", "share"), "pictures": ("evidence",)}
STOPPED = ("not looked at: the job was cancelled", "not looked at: the job failed")
"""Reasons that schema 0001 gave to members of a job that ended early."""


def upgrade() -> None:
    """Add the two tables, move what they hold, rename and drop columns in place."""
    _create_tables()
    _move_rows()
    op.drop_index("ix_pictures_job_id_evidence_number", "pictures")
    for table, columns in DROPPED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table, renamed in RENAMED.items():
        for old, new in renamed.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.execute("ALTER TABLE jobs ADD COLUMN blocked_by VARCHAR")


def _create_tables() -> None:
    op.create_table(
        "job_targets",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("prevalence", sa.Float, nullable=False),
        sa.Column("is_prevalence_known", sa.Boolean),
        sa.PrimaryKeyConstraint("job_id", "target", name="pk_job_targets"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_targets_job_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scores",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("evidence", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "target", "number", name="pk_scores"),
        sa.ForeignKeyConstraint(
            ["job_id", "target"],
            ["job_targets.job_id", "job_targets.target"],
            name="fk_scores_job_id_target",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_scores_job_id_target_evidence_number",
        "scores",
        ["job_id", "target", "evidence", "number"],
    )


def _move_rows() -> None:
    op.execute(
        "INSERT INTO job_targets (job_id, target, title, version, prevalence) "
        "SELECT id, target, target_title, target_version, share FROM jobs"
    )
    op.execute(
        "INSERT INTO scores (job_id, target, number, evidence) "
        "SELECT job_id, target, number, evidence FROM pictures JOIN jobs ON id = job_id "
        "WHERE evidence IS NOT NULL"
    )
    pictures = sa.table("pictures", sa.column("outcome"), sa.column("reason"))
    op.execute(
        pictures.update()
        .where(pictures.c.outcome == "skipped", pictures.c.reason.in_(STOPPED))
        .values(outcome="not_scored")
    )
