"""Which replica works on which account, for a term, and which replicas there are."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Name, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("account", Name(128), nullable=False),
        sa.Column("holder", Name(128), nullable=False),
        sa.Column("term", Count, nullable=False),
        sa.Column("renewed", Count, nullable=False),
        sa.Column("timeline", Name(32), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_leases"),
    )
    op.create_table(
        "replicas",
        sa.Column("replica", Name(128), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("zone_data", sa.Text(), nullable=False),
        sa.Column("accounts", sa.Text(), nullable=False),
        sa.Column("roster", sa.Text(), nullable=False),
        sa.Column("standby", sa.Text(), nullable=False),
        sa.Column("beat", Count, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("replica", name="pk_replicas"),
    )
