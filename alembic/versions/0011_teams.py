"""A leaver may be one of a single team: in force once for each person and team."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Name

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_leavers_in_force", "leavers")
    op.add_column("leavers", sa.Column("team", Name(128), nullable=False, server_default=""))
    op.create_index(
        "uq_leavers_in_force",
        "leavers",
        ["person", "team"],
        unique=True,
        sqlite_where=sa.text("reinstated_at IS NULL"),
        postgresql_where=sa.text("reinstated_at IS NULL"),
    )
