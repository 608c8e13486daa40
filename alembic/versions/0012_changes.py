"""Changes of duty by command: cover, time off, swaps, extra people; and who is to hear of them."""

from datetime import date

import sqlalchemy as sa

from alembic import op
from rotation.core.roster import Doing, WhileOff
from rotation.ledger.columns import Count, Name, Plain, UtcDateTime, Word

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", Count, primary_key=True),
        sa.Column("kind", Word(Doing), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("other", Name(128)),
        sa.Column("shift", Name(128)),
        sa.Column("first", Plain(date)),
        sa.Column("last", Plain(date)),
        sa.Column("starts", UtcDateTime),
        sa.Column("ends", UtcDateTime),
        sa.Column("turn", Word(WhileOff), nullable=False),
        sa.Column("occurrence", Name(160), nullable=False),
        sa.Column("for_occurrence", Name(160), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "duty_news",
        sa.Column("id", Count, primary_key=True),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
