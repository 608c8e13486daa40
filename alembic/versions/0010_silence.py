"""What silence follows from, and who was found silent where the silent leave."""

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
    op.create_table(
        "silences",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("sign_at", UtcDateTime(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("leaves_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("group", "person", name="pk_silences"),
    )
    op.create_index("ix_silences_person", "silences", ["person"])
