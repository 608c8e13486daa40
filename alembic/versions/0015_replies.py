"""Replies to orders that came with an idempotency key."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Name, UtcDateTime, Whole

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replies",
        sa.Column("token", Count, nullable=False),
        sa.Column("key", Name(200), nullable=False),
        sa.Column("digest", Name(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("status", Whole),
        sa.Column("body", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name="fk_replies_token"),
        sa.PrimaryKeyConstraint("token", "key", name="pk_replies"),
    )
    op.create_index("ix_replies_at", "replies", ["at"])
