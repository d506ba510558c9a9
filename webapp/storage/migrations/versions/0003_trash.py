"""Add the moment when the user deleted a job: until it is a day old, the job can be restored."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column in place."""
    op.execute("ALTER TABLE jobs ADD COLUMN trashed DATETIME")
