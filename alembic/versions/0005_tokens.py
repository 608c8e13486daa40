"""Who may look at the board from elsewhere: by a token, of which only a digest is kept."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Name, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", Count, nullable=False),
        sa.Column("prefix", Name(16), nullable=False),
        sa.Column("digest", Name(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rights", Name(32), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime()),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("prefix", name="uq_tokens_prefix"),
        sqlite_autoincrement=True,
    )
