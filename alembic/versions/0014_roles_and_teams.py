"""Tokens have roles and teams; those there are stay viewers, of all teams."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Plain

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    teams = sa.Column("teams", Plain(tuple[str, ...]), nullable=False, server_default="[]")
    op.add_column("tokens", teams)
