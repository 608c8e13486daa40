"""A token may be for one calendar, and then opens nothing else."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Name

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("calendar", Name(256), nullable=False, server_default=""))
