"""The tables, private to the ledger and its migrations.

Where a table keeps one value of the core, its columns carry the names of that value's fields.
Numbers and LIDs stand in `identities` and nowhere else.

Where an index has some rows only, the migrations say so for both databases, and it is said here for
SQLite: to name PostgreSQL loads all that is known of it, 2 MiB of every process.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from rotation.core.facts import Effect, Kind, Role, Seen
from rotation.core.holds import Hold
from rotation.core.outcome import Refusal
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Doing, PersonId, WhileOff
from rotation.ledger.columns import (
    Count,
    Duration,
    Flag,
    Name,
    Plain,
    UtcDateTime,
    Whole,
    Word,
    place,
)


class Ending(StrEnum):
    """How an attempt ended, as one word."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"


class Rights(StrEnum):
    """What a token opens: every page and ever more orders, or one calendar and nothing else."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    CALENDAR = "calendar"

    def include(self, needed: "Rights") -> bool:
        """Whether these rights are enough where `needed` are asked for."""
        return self is needed or needed in _LESS[self]


_LESS = {
    Rights.VIEWER: (),
    Rights.OPERATOR: (Rights.VIEWER,),
    Rights.ADMIN: (Rights.VIEWER, Rights.OPERATOR),
    Rights.CALENDAR: (),
}


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("key", Name(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# -- who -----------------------------------------------------------------------------------------

people = Table(
    "people",
    metadata,
    Column("person", Name(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("former_of", ForeignKey("people.person")),
    Column("stranger", Flag, nullable=False),
    Column("became", ForeignKey("people.person")),  # whom this one turned out to be
    Column("known_at", UtcDateTime, nullable=False),
    Index(None, "former_of"),
)

identities = Table(
    "identities",
    metadata,
    Column("realm", Name(192), primary_key=True),  # people, own/<account>, held/<digest>
    Column("form", Name(16), primary_key=True),  # phone, lid, id
    Column("value", Name(128), primary_key=True),
    Column("holder", Name(128), nullable=False),
    Column("learned_at", UtcDateTime),
    Index(None, "realm", "holder"),
)

leavers = Table(
    "leavers",
    metadata,
    Column("id", Count, primary_key=True),
    Column("person", Name(128), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reinstated_at", UtcDateTime),
    Column("reinstated_by", Text),
    Column("reinstated_why", Text),
    Column("team", Name(128), nullable=False, server_default=""),
    Index(
        "uq_leavers_in_force",
        "person",
        "team",
        unique=True,
        sqlite_where=text("reinstated_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

wipes = Table(  # how far it has come that somebody is in no group any more
    "wipes",
    metadata,
    Column("leaver", ForeignKey("leavers.id"), primary_key=True),
    Column("done_at", UtcDateTime),
    Column("proven_at", UtcDateTime),
)

# -- what is wanted ------------------------------------------------------------------------------

rosters = Table(
    "rosters",
    metadata,
    Column("digest", Name(128), primary_key=True),
    Column("body", Text, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
)

roster_versions = Table(
    "roster_versions",
    metadata,
    Column("id", Count, primary_key=True),
    Column("digest", ForeignKey("rosters.digest"), nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("adopted_at", UtcDateTime),
    Column("set_aside_at", UtcDateTime),
    Column("zone_data", Text, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint("adopted_at IS NULL OR set_aside_at IS NULL", name="adopted_or_set_aside"),
    Index(None, "adopted_at"),
    sqlite_autoincrement=True,
)

grants = Table(
    "grants",
    metadata,
    Column("id", Count, primary_key=True),
    Column("group", Name(128), nullable=False),
    Column("person", Name(128), nullable=False),
    Column("effect", Word(Effect), nullable=False),
    Column("starts", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("duty", Flag, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("together", Text, nullable=False),
    Column("ticket", Name(128), nullable=False),
    Column("subscription", Name(128), nullable=False),
    Index(None, "group"),
    Index(None, "person"),
    Index(None, "ticket"),
    Index(None, "subscription"),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    Column("id", Count, primary_key=True),
    Column("kind", Word(Doing), nullable=False),
    Column("person", Name(128), nullable=False),
    Column("other", Name(128)),
    Column("shift", Name(128)),
    Column("first", Plain(date)),
    Column("last", Plain(date)),
    Column("starts", UtcDateTime),
    Column("ends", UtcDateTime),
    Column("turn", Word(WhileOff), nullable=False),
    Column("occurrence", Name(160), nullable=False),
    Column("for_occurrence", Name(160), nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    sqlite_autoincrement=True,
)

calendar_covers = Table(
    "calendar_covers",
    metadata,
    Column("change", Count, primary_key=True, autoincrement=False),
    Column("calendar", Name(64), nullable=False),
    Column("event", Name(255), nullable=False),
    Column("says", Name(64), nullable=False),
    Column("over_at", UtcDateTime, nullable=False),
    Column("let_go_at", UtcDateTime),
    Index(None, "calendar"),
)

duty_news = Table(
    "duty_news",
    metadata,
    Column("id", Count, primary_key=True),
    Column("person", Name(128), nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket", Name(128), primary_key=True),
    Column("group", Name(128), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("swept_at", UtcDateTime),
    Index(None, "group"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("key", Name(128), primary_key=True),
    Column("group", Name(128), nullable=False),
    Column("person", Name(128), nullable=False),
    Column("agreed", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("warn_days", Whole, nullable=False),
    Column("warn_at", UtcDateTime),
    Column("language", Text),
    Column("ended_at", UtcDateTime),
    Index(None, "group"),
    Index(None, "person"),
    Index(
        "ix_subscriptions_to_warn",
        "warn_at",
        sqlite_where=text("warn_at IS NOT NULL"),
    ),
)

closings = Table(
    "closings",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("message", Text, nullable=False),
    Column("everyone", Flag, nullable=False),
    Column("author", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("said_at", UtcDateTime),
    Column("done_at", UtcDateTime),
)

# -- what is seen --------------------------------------------------------------------------------

seats = Table(
    "seats",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("person", Name(128), primary_key=True),
    Column("seen", Word(Seen), nullable=False),
    Column("role", Word(Role)),
    Column("seen_at", UtcDateTime),
    Column("managed_since", UtcDateTime),
    Column("op", Word(Kind)),
    Column("op_since", UtcDateTime),
    Column("key", Text, nullable=False),
    Column("tries", Whole, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("settle_at", UtcDateTime),
    Column("in_doubt", Flag, nullable=False),
    Column("watch_until", UtcDateTime),
    Column("refused", Word(Refusal)),
    Column("refused_key", Text, nullable=False),
    Column("proven", Text, nullable=False),
    Column("strikes", Whole, nullable=False),
    Index(None, "person"),
    Index(
        "ix_seats_open",
        "op",
        sqlite_where=text("op IS NOT NULL"),
    ),
)

groups = Table(
    "groups",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("account", Name(128), nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("rank", Whole, nullable=False),
    Column("read_began_at", UtcDateTime),
    Column("read_ended_at", UtcDateTime),
    Column("mutated_at", UtcDateTime),
    Column("we_are_admin", Flag),
    Column("size", Whole),
    Column("unresolved", Whole, nullable=False),
    Column("suspicious_since", UtcDateTime),
    Column("hold", Word(Hold)),
    Column("hold_since", UtcDateTime),
    Column("hold_detail", Text, nullable=False),
    Column("probe_at", UtcDateTime),
    Column("recorded_until", UtcDateTime),
    Index(None, "account", "due"),
)

accounts = Table(  # its own ids stand in `identities`
    "accounts",
    metadata,
    Column("account", Name(128), primary_key=True),
    Column("paused_until", UtcDateTime),
    Column("paused_why", Word(Hold)),
    Column("paused_since", UtcDateTime),
    Column("detail", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("own_checked_at", UtcDateTime),
    Column("clock_offset", Float),
    Column("throttles", Whole, nullable=False),
)

reads = Table(
    "reads",
    metadata,
    Column("id", Count, primary_key=True),
    Column("account", Name(128), nullable=False),
    Column("group", Name(128)),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("uptime", Float, nullable=False),
    Index(None, "account", "id"),
    Index(None, "began_at"),
    sqlite_autoincrement=True,
)

# The groups that an account's list named, and how far that list is read.

found = Table(
    "found",
    metadata,
    Column("account", Name(128), primary_key=True),
    Column("chat", Name(128), primary_key=True),
    Column("group", Name(128), nullable=False),
    Column("subject", Text, nullable=False),
    Column("listed_at", UtcDateTime, nullable=False),
    UniqueConstraint("group"),
)

listings = Table(
    "listings",
    metadata,
    Column("account", Name(128), primary_key=True),
    Column("began_at", UtcDateTime),
    Column("so_far", Whole, nullable=False),
    Column("quiet", Whole, nullable=False),
    Column("listed_at", UtcDateTime),
    Column("again_at", UtcDateTime),
    Column("trouble", Text, nullable=False),
    Column("trouble_since", UtcDateTime),
)

# What webhooks told: where to look, and nothing that is taken for true.

webhooks = Table(
    "webhooks",
    metadata,
    Column("account", Name(128), primary_key=True),
    Column("heard_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Column("looked_at", UtcDateTime),
    Column("rival", Text, nullable=False),
    Column("known", Text, nullable=False),
)

told = Table(
    "told",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("account", Name(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

activity = Table(
    "activity",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("person", Name(128), primary_key=True),
    Column("doing", Name(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "person"),
)

silences = Table(
    "silences",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("person", Name(128), primary_key=True),
    Column("sign_at", UtcDateTime, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("leaves_at", UtcDateTime),
    Index(None, "person"),
)

hearing = Table(
    "hearing",
    metadata,
    Column("account", Name(128), primary_key=True),
    Column("unbroken_since", UtcDateTime),
    Column("heard_at", UtcDateTime),
    Column("open_at", UtcDateTime),
    Column("owed_at", UtcDateTime),
)

# -- what is done --------------------------------------------------------------------------------

attempts = Table(
    "attempts",
    metadata,
    Column("id", Count, primary_key=True),
    Column("account", Name(128), nullable=False),
    Column("kind", Word(Kind), nullable=False),
    Column("group", Name(128)),
    Column("person", Name(128)),
    Column("reason", Word(Reason), nullable=False),
    Column("key", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("starts", UtcDateTime),
    Column("ends", UtcDateTime),
    Column("roster", Text, nullable=False),
    Column("zone_data", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("uptime", Float, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("took", Float),
    Column("outcome", Word(Ending)),
    Column("wait", Duration),
    Column("refusal", Word(Refusal)),
    Column("detail", Text),
    Column("invite", Text),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_with_an_outcome"),
    Index(None, "account", "kind", "id"),
    Index(None, "account", "sent_at"),
    Index(None, "group", "sent_at"),
    Index(None, "person", "id"),
    Index(
        "ix_attempts_ended",
        "ended_at",
        sqlite_where=text("ended_at IS NOT NULL"),
    ),
    Index(
        "ix_attempts_open",
        "account",
        sqlite_where=text("ended_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("kind", Word(Kind), primary_key=True),
    Column("group", Name(128), primary_key=True),
    Column("person", Name(128), primary_key=True),
    Column("key", Name(256), primary_key=True),
    Column("attempt", ForeignKey("attempts.id"), nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("concluded_at", UtcDateTime),
    Column("outcome", Name(32)),
    Index(None, "attempt"),
    Index(None, "claimed_at"),
)

handovers = Table(
    "handovers",
    metadata,
    Column("group", Name(128), primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("incoming", Plain(tuple[PersonId, ...]), nullable=False),
    Column("outgoing", Plain(tuple[PersonId, ...]), nullable=False),
    Column("roster", Text, nullable=False),
    Column("zone_data", Text, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("proven_at", UtcDateTime),
    Column("missed", Flag, nullable=False),
    Index(None, "at"),
)

# -- who does it ---------------------------------------------------------------------------------

leases = Table(
    "leases",
    metadata,
    Column("account", Name(128), primary_key=True),
    Column("holder", Name(128), nullable=False),  # empty: given up
    Column("term", Count, nullable=False),
    Column("renewed", Count, nullable=False),
    Column("timeline", Name(32), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

replicas = Table(
    "replicas",
    metadata,
    Column("replica", Name(128), primary_key=True),
    Column("place", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("zone_data", Text, nullable=False),
    Column("accounts", Plain(tuple[AccountId, ...]), nullable=False),
    Column("roster", Text, nullable=False),
    Column("standby", Text, nullable=False),
    Column("beat", Count, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

# -- who may look --------------------------------------------------------------------------------

tokens = Table(
    "tokens",
    metadata,
    Column("id", Count, primary_key=True),
    Column("prefix", Name(16), nullable=False),
    Column("digest", Name(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("rights", Word(Rights), nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("used_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("calendar", Name(256), nullable=False, server_default=""),
    Column("teams", Plain(tuple[str, ...]), nullable=False, server_default="[]"),
    UniqueConstraint("prefix"),
    sqlite_autoincrement=True,
)

replies = Table(
    "replies",
    metadata,
    Column("token", ForeignKey("tokens.id"), primary_key=True),
    Column("key", Name(200), primary_key=True),
    Column("digest", Name(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Whole),
    Column("body", Text, nullable=False),
    Index("ix_replies_at", "at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("hook", Name(64), primary_key=True),
    Column("event", Name(128), primary_key=True),
    Column("about", Name(160), nullable=False),
    Column("done", Name(32), nullable=False),
    Column("told_at", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_deliveries_hook_about", "hook", "about"),
)

# -- what people are told, and what they ask for -------------------------------------------------

holds = Table(
    "holds",
    metadata,
    Column("id", Count, primary_key=True),
    Column("hold", Word(Hold), nullable=False),
    Column("account", Name(128)),
    Column("group", Name(128)),
    Column("person", Name(128)),
    Column("detail", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Index(
        "ix_holds_closed",
        "closed_at",
        sqlite_where=text("closed_at IS NOT NULL"),
    ),
    Index(
        "ix_holds_in_force",
        "group",
        "account",
        sqlite_where=text("closed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

alarms = Table(
    "alarms",
    metadata,
    Column("key", Name(256), primary_key=True),
    Column("text", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("cleared_at", UtcDateTime),
)

intents = Table(
    "intents",
    metadata,
    Column("id", Count, primary_key=True),
    Column("kind", Name(64), nullable=False),
    Column("payload", Plain(Mapping[str, str]), nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("answer", Text, nullable=False),
    Index(
        "ix_intents_pending",
        "id",
        sqlite_where=text("done_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

EVERY_DAY = ("added", "removed")
"""The kinds that nearly all of the audit is of."""
SELDOM = text(f"kind NOT IN {EVERY_DAY}")

audit = Table(
    "audit",
    metadata,
    Column("seq", Count, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Name(64), nullable=False),
    Column("group", Name(128)),
    Column("person", Name(128)),
    Column("reason", Word(Reason)),
    Column("origin", Text, nullable=False),
    Column("detail", Plain(object), nullable=False),
    Column("attempts", Plain(tuple[int, ...]), nullable=False),
    Column("previous", Name(64), nullable=False),
    Column("digest", Name(64), nullable=False),
    Index(None, "at", "seq"),
    Index(None, "group", "seq"),
    Index(None, "person", "seq"),
    Index("ix_audit_seldom", "kind", "at", "seq", sqlite_where=SELDOM),
)

for _table in metadata.tables.values():
    place(_table.c)

# -- what may only be added to, and let go from its oldest on ------------------------------------

# As SQLite says it; what PostgreSQL does to the same effect stands in the migrations alone,
# since no database is made there without them.
_WRITTEN_ONCE = (
    'id, account, kind, "group", person, reason, key, origin, starts, ends, '
    "roster, zone_data, boot, uptime, sent_at"
)
TRIGGERS: Mapping[str, str] = {
    "attempts_stay": """
        BEFORE DELETE ON attempts
        WHEN OLD.ended_at IS NULL OR OLD.id >
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'attempts_let_go'), 0)
        BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted by hand'); END
    """,
    "attempts_are_written_once": f"""
        BEFORE UPDATE OF {_WRITTEN_ONCE} ON attempts
        BEGIN SELECT RAISE(ABORT, 'an attempt only gains its end'); END
    """,
    "attempts_end_once": """
        BEFORE UPDATE ON attempts WHEN OLD.ended_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an attempt ends once'); END
    """,
    "audit_stays": """
        BEFORE DELETE ON audit WHEN OLD.seq >
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'audit_let_go'), 0)
        BEGIN SELECT RAISE(ABORT, 'the audit is never deleted by hand'); END
    """,
    "audit_is_written_once": """
        BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END
    """,
    "audit_has_no_gap": """
        BEFORE INSERT ON audit
        WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM audit),
        coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'audit_let_go'), 0))
        BEGIN SELECT RAISE(ABORT, 'the audit has no gap'); END
    """,
}


@event.listens_for(metadata, "after_create")
def _guard(_target: MetaData, conn: Connection, **_how: object) -> None:
    if conn.dialect.name == "sqlite":
        for name, rule in TRIGGERS.items():
            conn.exec_driver_sql(f"CREATE TRIGGER {name} {' '.join(rule.split())}")
