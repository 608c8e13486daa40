"""What webhooks told: of an account, of a group that is to be read, and who was active in it."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Name, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("account", Name(128), nullable=False),
        sa.Column("heard_at", UtcDateTime()),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("looked_at", UtcDateTime()),
        sa.Column("rival", sa.Text(), nullable=False),
        sa.Column("known", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_webhooks"),
    )
    op.create_table(
        "told",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("account", Name(128), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("group", name="pk_told"),
    )
    op.create_table(
        "activity",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("doing", Name(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("group", "person", name="pk_activity"),
    )
    op.create_index("ix_activity_person", "activity", ["person"])
