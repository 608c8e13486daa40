"""What is asked often is found without reading all: open differences, and the past by its time."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("op IS NOT NULL")
    op.create_index(
        "ix_seats_open", "seats", ["op"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_attempts_group_sent_at", "attempts", ["group", "sent_at"])
    op.drop_index("ix_attempts_group_id", "attempts")
    op.create_index("ix_audit_at_seq", "audit", ["at", "seq"])
