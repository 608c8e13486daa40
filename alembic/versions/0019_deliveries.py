"""Deliveries of other systems that were acted on: each is acted on once."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Name, UtcDateTime

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("hook", Name(64), primary_key=True),
        sa.Column("event", Name(128), primary_key=True),
        sa.Column("about", Name(160), nullable=False),
        sa.Column("done", Name(32), nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_deliveries_hook_about", "deliveries", ["hook", "about"])
