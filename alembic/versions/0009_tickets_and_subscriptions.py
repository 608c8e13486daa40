"""What a grant is for: a ticket, or a subscription; and groups that are over."""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Flag, Name, UtcDateTime, Whole

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GRANTS = (
    'id, "group", person, effect, starts, until, duty, reason, author, made_at, ended_at, together'
)
PURPOSES = ("ticket", "subscription")


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("ticket", Name(128), nullable=False),
        sa.Column("group", Name(128), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("resolved_at", UtcDateTime()),
        sa.Column("resolved_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("swept_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("ticket", name="pk_tickets"),
    )
    op.create_index("ix_tickets_group", "tickets", ["group"])
    op.create_table(
        "subscriptions",
        sa.Column("key", Name(128), nullable=False),
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("agreed", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("warn_days", Whole(), nullable=False),
        sa.Column("warn_at", UtcDateTime()),
        sa.Column("language", sa.Text()),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("key", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_group", "subscriptions", ["group"])
    op.create_index("ix_subscriptions_person", "subscriptions", ["person"])
    is_owed = sa.text("warn_at IS NOT NULL")
    op.create_index(
        "ix_subscriptions_to_warn",
        "subscriptions",
        ["warn_at"],
        sqlite_where=is_owed,
        postgresql_where=is_owed,
    )
    op.create_table(
        "closings",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("everyone", Flag(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("said_at", UtcDateTime()),
        sa.Column("done_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("group", name="pk_closings"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for name in PURPOSES:
            op.add_column("grants", sa.Column(name, Name(128), nullable=False, server_default=""))
            op.alter_column("grants", name, server_default=None)
    else:
        _made_anew()
    for name in PURPOSES:
        op.create_index(f"ix_grants_{name}", "grants", [name])


def _made_anew() -> None:
    """SQLite adds no column that is never empty and has no default."""
    op.create_table(
        "grants_anew",
        sa.Column("id", Count, nullable=False),
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("effect", Name(32), nullable=False),
        sa.Column("starts", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime()),
        sa.Column("duty", Flag(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("together", sa.Text(), nullable=False),
        *(sa.Column(name, Name(128), nullable=False) for name in PURPOSES),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO grants_anew SELECT {GRANTS}, '', '' FROM grants")  # noqa: S608 - names of ours
    op.drop_table("grants")
    op.rename_table("grants_anew", "grants")
    for name in ("group", "person"):
        op.create_index(f"ix_grants_{name}", "grants", [name])
