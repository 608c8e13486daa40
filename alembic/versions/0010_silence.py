"""What silence follows from: since when no webhook of an account is known to have been lost."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Name, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hearing",
        sa.Column("account", Name(128), nullable=False),
        sa.Column("unbroken_since", UtcDateTime()),
        sa.Column("heard_at", UtcDateTime()),
        sa.Column("open_at", UtcDateTime()),
        sa.Column("owed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("account", name="pk_hearing"),
    )
