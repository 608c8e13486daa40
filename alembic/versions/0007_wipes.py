"""Wipes: how far each has come, and the groups of an account that no roster names."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Name, UtcDateTime, Whole

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wipes",
        sa.Column("leaver", Count, nullable=False),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("proven_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["leaver"], ["leavers.id"], name="fk_wipes_leaver"),
        sa.PrimaryKeyConstraint("leaver", name="pk_wipes"),
    )
    op.create_table(
        "found",
        sa.Column("account", Name(128), nullable=False),
        sa.Column("chat", Name(128), nullable=False),
        sa.Column("group", Name(128), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("listed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "chat", name="pk_found"),
        sa.UniqueConstraint("group", name="uq_found_group"),
    )
    op.create_table(
        "listings",
        sa.Column("account", Name(128), nullable=False),
        sa.Column("began_at", UtcDateTime()),
        sa.Column("so_far", Whole, nullable=False),
        sa.Column("quiet", Whole, nullable=False),
        sa.Column("listed_at", UtcDateTime()),
        sa.Column("again_at", UtcDateTime()),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("trouble_since", UtcDateTime()),
        sa.PrimaryKeyConstraint("account", name="pk_listings"),
    )
