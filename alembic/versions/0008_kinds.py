"""What seldom happens is found by its kind, without reading all that happens every day."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seldom = sa.text("kind NOT IN ('added', 'removed')")
    op.create_index(
        "ix_audit_seldom",
        "audit",
        ["kind", "at", "seq"],
        sqlite_where=seldom,
        postgresql_where=seldom,
    )
