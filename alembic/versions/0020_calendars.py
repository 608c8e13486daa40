"""Covers that a calendar asks for: which change of duty belongs to which of its events."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Name, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_covers",
        sa.Column("change", Count, primary_key=True, autoincrement=False),
        sa.Column("calendar", Name(64), nullable=False),
        sa.Column("event", Name(255), nullable=False),
        sa.Column("says", Name(64), nullable=False),
        sa.Column("over_at", UtcDateTime, nullable=False),
        sa.Column("let_go_at", UtcDateTime),
    )
    op.create_index("ix_calendar_covers_calendar", "calendar_covers", ["calendar"])
