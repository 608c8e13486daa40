"""What ended long ago may be let go: as far as `meta` says, and from the oldest on."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TRIGGERS = {
    "attempts_stay": """
        BEFORE DELETE ON attempts
        WHEN OLD.ended_at IS NULL OR OLD.id >
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'attempts_let_go'), 0)
        BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted by hand'); END
    """,
    "audit_stays": """
        BEFORE DELETE ON audit WHEN OLD.seq >
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'audit_let_go'), 0)
        BEGIN SELECT RAISE(ABORT, 'the audit is never deleted by hand'); END
    """,
    "audit_has_no_gap": """
        BEFORE INSERT ON audit
        WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM audit),
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'audit_let_go'), 0))
        BEGIN SELECT RAISE(ABORT, 'the audit has no gap'); END
    """,
}

ON_SERVER = (
    """
    CREATE FUNCTION let_go(what text) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
        RETURN coalesce(
            (SELECT substring(value FROM '^[0-9]{1,18}')::bigint FROM meta WHERE key = what), 0);
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq <> 1 + coalesce((SELECT max(seq) FROM audit), let_go('audit_let_go')) THEN
            RAISE EXCEPTION 'the audit has no gap'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION attempt_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.ended_at IS NULL OR OLD.id > let_go('attempts_let_go') THEN
            RAISE EXCEPTION 'an attempt is never deleted by hand'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.seq > let_go('audit_let_go') THEN
            RAISE EXCEPTION 'the audit is never deleted by hand'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END $$
    """,
    "DROP TRIGGER attempts_stay ON attempts",
    "DROP TRIGGER audit_stays ON audit",
    """
    CREATE TRIGGER attempts_stay BEFORE DELETE ON attempts
    FOR EACH ROW EXECUTE FUNCTION attempt_stays()
    """,
    """
    CREATE TRIGGER audit_stays BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_stays()
    """,
)


ENDED = (("attempts", "ended", "ended_at"), ("holds", "closed", "closed_at"))


def upgrade() -> None:
    for table, name, column in ENDED:
        over = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_{table}_{name}", table, [column], sqlite_where=over, postgresql_where=over
        )
    if op.get_bind().dialect.name == "postgresql":
        for statement in ON_SERVER:
            op.execute(" ".join(statement.split()))
    else:
        for name, rule in TRIGGERS.items():
            op.execute(f"DROP TRIGGER {name}")
            op.execute(f"CREATE TRIGGER {name} {' '.join(rule.split())}")
