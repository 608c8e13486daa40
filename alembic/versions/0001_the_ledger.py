"""The ledger's first schema: who, what is wanted, what is seen, what is done, what people are told.

Attempts and the audit can only be added to: triggers refuse everything else.
"""

import sqlalchemy as sa

from alembic import op
from rotation.ledger.columns import Count, Name, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TRIGGERS = {
    "attempts_stay": """
        BEFORE DELETE ON attempts
        BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted'); END
    """,
    "attempts_are_written_once": """
        BEFORE UPDATE OF id, account, kind, "group", person, reason, key, origin, starts, ends,
        roster, zone_data, boot, uptime, sent_at ON attempts
        BEGIN SELECT RAISE(ABORT, 'an attempt only gains its end'); END
    """,
    "attempts_end_once": """
        BEFORE UPDATE ON attempts WHEN OLD.ended_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an attempt ends once'); END
    """,
    "audit_stays": """
        BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is never deleted'); END
    """,
    "audit_is_written_once": """
        BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END
    """,
    "audit_has_no_gap": """
        BEFORE INSERT ON audit WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
        BEGIN SELECT RAISE(ABORT, 'the audit has no gap'); END
    """,
}

# The same for PostgreSQL, which can also empty a table at a stroke.
FUNCTIONS = (
    """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit) THEN
            RAISE EXCEPTION 'the audit has no gap'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
)
ON_SERVER = (
    """
    attempts_stay BEFORE DELETE ON attempts
    FOR EACH ROW EXECUTE FUNCTION refuse('an attempt is never deleted')
    """,
    """
    attempts_are_not_emptied BEFORE TRUNCATE ON attempts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an attempt is never deleted')
    """,
    """
    attempts_are_written_once
    BEFORE UPDATE OF id, account, kind, "group", person, reason, key, origin, starts, ends,
    roster, zone_data, boot, uptime, sent_at ON attempts
    FOR EACH ROW EXECUTE FUNCTION refuse('an attempt only gains its end')
    """,
    """
    attempts_end_once BEFORE UPDATE ON attempts
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL)
    EXECUTE FUNCTION refuse('an attempt ends once')
    """,
    """
    audit_stays BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse('the audit is never deleted')
    """,
    """
    audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit is never deleted')
    """,
    """
    audit_is_written_once BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse('the audit is never changed')
    """,
    """
    audit_has_no_gap BEFORE INSERT ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_follows()
    """,
)


def upgrade() -> None:
    create_tables()
    create_indexes()
    if op.get_bind().dialect.name == "postgresql":
        for statement in (*FUNCTIONS, *(f"CREATE TRIGGER {rule}" for rule in ON_SERVER)):
            op.execute(" ".join(statement.split()))
    else:
        for name, rule in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {' '.join(rule.split())}")


def create_tables() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", Name(128), nullable=False),
        sa.Column("paused_until", UtcDateTime()),
        sa.Column("paused_why", Name(32)),
        sa.Column("paused_since", UtcDateTime()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("own_checked_at", UtcDateTime()),
        sa.Column("clock_offset", sa.Float()),
        sa.Column("throttles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_accounts"),
    )
    op.create_table(
        "alarms",
        sa.Column("key", Name(256), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("cleared_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("key", name="pk_alarms"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", Count, nullable=False),
        sa.Column("account", Name(128), nullable=False),
        sa.Column("kind", Name(32), nullable=False),
        sa.Column("group", Name(128)),
        sa.Column("person", Name(128)),
        sa.Column("reason", Name(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("starts", UtcDateTime()),
        sa.Column("ends", UtcDateTime()),
        sa.Column("roster", sa.Text(), nullable=False),
        sa.Column("zone_data", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("uptime", sa.Float(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("took", sa.Float()),
        sa.Column("outcome", Name(32)),
        sa.Column("wait", sa.BigInteger()),
        sa.Column("refusal", Name(32)),
        sa.Column("detail", sa.Text()),
        sa.Column("invite", sa.Text()),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_with_an_outcome"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        sa.Column("seq", Count, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", Name(64), nullable=False),
        sa.Column("group", Name(128)),
        sa.Column("person", Name(128)),
        sa.Column("reason", Name(32)),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Text(), nullable=False),
        sa.Column("previous", Name(64), nullable=False),
        sa.Column("digest", Name(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_table(
        "grants",
        sa.Column("id", Count, nullable=False),
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("effect", Name(32), nullable=False),
        sa.Column("starts", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime()),
        sa.Column("duty", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("together", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "groups",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("account", Name(128), nullable=False),
        sa.Column("due", UtcDateTime(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("read_began_at", UtcDateTime()),
        sa.Column("read_ended_at", UtcDateTime()),
        sa.Column("mutated_at", UtcDateTime()),
        sa.Column("we_are_admin", sa.Boolean()),
        sa.Column("size", sa.Integer()),
        sa.Column("unresolved", sa.Integer(), nullable=False),
        sa.Column("suspicious_since", UtcDateTime()),
        sa.Column("hold", Name(32)),
        sa.Column("hold_since", UtcDateTime()),
        sa.Column("hold_detail", sa.Text(), nullable=False),
        sa.Column("probe_at", UtcDateTime()),
        sa.Column("recorded_until", UtcDateTime()),
        sa.PrimaryKeyConstraint("group", name="pk_groups"),
    )
    op.create_table(
        "handovers",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("incoming", sa.Text(), nullable=False),
        sa.Column("outgoing", sa.Text(), nullable=False),
        sa.Column("roster", sa.Text(), nullable=False),
        sa.Column("zone_data", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("proven_at", UtcDateTime()),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("group", "at", name="pk_handovers"),
    )
    op.create_table(
        "holds",
        sa.Column("id", Count, nullable=False),
        sa.Column("hold", Name(32), nullable=False),
        sa.Column("account", Name(128)),
        sa.Column("group", Name(128)),
        sa.Column("person", Name(128)),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("closed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identities",
        sa.Column("realm", Name(192), nullable=False),
        sa.Column("form", Name(16), nullable=False),
        sa.Column("value", Name(128), nullable=False),
        sa.Column("holder", Name(128), nullable=False),
        sa.Column("learned_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("realm", "form", "value", name="pk_identities"),
    )
    op.create_table(
        "intents",
        sa.Column("id", Count, nullable=False),
        sa.Column("kind", Name(64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leavers",
        sa.Column("id", Count, nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reinstated_at", UtcDateTime()),
        sa.Column("reinstated_by", sa.Text()),
        sa.Column("reinstated_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_leavers"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", Name(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "people",
        sa.Column("person", Name(128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("former_of", Name(128)),
        sa.Column("stranger", sa.Boolean(), nullable=False),
        sa.Column("became", Name(128)),
        sa.Column("known_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["former_of"], ["people.person"], name="fk_people_former_of"),
        sa.ForeignKeyConstraint(["became"], ["people.person"], name="fk_people_became"),
        sa.PrimaryKeyConstraint("person", name="pk_people"),
    )
    op.create_table(
        "reads",
        sa.Column("id", Count, nullable=False),
        sa.Column("account", Name(128), nullable=False),
        sa.Column("group", Name(128)),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("uptime", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reads"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rosters",
        sa.Column("digest", Name(128), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rosters"),
    )
    op.create_table(
        "seats",
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("seen", Name(32), nullable=False),
        sa.Column("role", Name(32)),
        sa.Column("seen_at", UtcDateTime()),
        sa.Column("managed_since", UtcDateTime()),
        sa.Column("op", Name(32)),
        sa.Column("op_since", UtcDateTime()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime()),
        sa.Column("settle_at", UtcDateTime()),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("watch_until", UtcDateTime()),
        sa.Column("refused", Name(32)),
        sa.Column("refused_key", sa.Text(), nullable=False),
        sa.Column("proven", sa.Text(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group", "person", name="pk_seats"),
    )
    op.create_table(
        "notices",
        sa.Column("kind", Name(32), nullable=False),
        sa.Column("group", Name(128), nullable=False),
        sa.Column("person", Name(128), nullable=False),
        sa.Column("key", Name(256), nullable=False),
        sa.Column("attempt", Count, nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("concluded_at", UtcDateTime()),
        sa.Column("outcome", Name(32)),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name="fk_notices_attempt"),
        sa.PrimaryKeyConstraint("kind", "group", "person", "key", name="pk_notices"),
    )
    op.create_table(
        "roster_versions",
        sa.Column("id", Count, nullable=False),
        sa.Column("digest", Name(128), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("adopted_at", UtcDateTime()),
        sa.Column("set_aside_at", UtcDateTime()),
        sa.Column("zone_data", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "adopted_at IS NULL OR set_aside_at IS NULL", name="adopted_or_set_aside"
        ),
        sa.ForeignKeyConstraint(["digest"], ["rosters.digest"], name="fk_roster_versions_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_roster_versions"),
        sqlite_autoincrement=True,
    )


def create_indexes() -> None:
    op.create_index("ix_attempts_account_kind_id", "attempts", ["account", "kind", "id"])
    op.create_index("ix_attempts_account_sent_at", "attempts", ["account", "sent_at"])
    op.create_index("ix_attempts_group_id", "attempts", ["group", "id"])
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["account"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_attempts_person_id", "attempts", ["person", "id"])
    op.create_index("ix_audit_group_seq", "audit", ["group", "seq"])
    op.create_index("ix_audit_person_seq", "audit", ["person", "seq"])
    op.create_index("ix_grants_group", "grants", ["group"])
    op.create_index("ix_grants_person", "grants", ["person"])
    op.create_index("ix_groups_account_due", "groups", ["account", "due"])
    op.create_index("ix_handovers_at", "handovers", ["at"])
    op.create_index(
        "ix_holds_in_force",
        "holds",
        ["group", "account"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_identities_realm_holder", "identities", ["realm", "holder"])
    op.create_index(
        "ix_intents_pending",
        "intents",
        ["id"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "uq_leavers_in_force",
        "leavers",
        ["person"],
        unique=True,
        sqlite_where=sa.text("reinstated_at IS NULL"),
        postgresql_where=sa.text("reinstated_at IS NULL"),
    )
    op.create_index("ix_people_former_of", "people", ["former_of"])
    op.create_index("ix_reads_account_id", "reads", ["account", "id"])
    op.create_index("ix_reads_began_at", "reads", ["began_at"])
    op.create_index("ix_seats_person", "seats", ["person"])
    op.create_index("ix_notices_attempt", "notices", ["attempt"])
    op.create_index("ix_notices_claimed_at", "notices", ["claimed_at"])
    op.create_index("ix_roster_versions_adopted_at", "roster_versions", ["adopted_at"])
