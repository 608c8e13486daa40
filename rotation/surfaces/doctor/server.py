"""The server that the ledger's database is on: its version, and what is wrong with it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from rotation.core.facts import Moment
from rotation.core.holds import MEANING, Hold
from rotation.ledger import Ledger, LedgerTrouble
from rotation.ledger.inspection import OLDEST, ServerFacts
from rotation.surfaces.doctor.check import APART, FAR_APART, Check, bad, ok, warn


def told(facts: ServerFacts) -> str:
    return f"PostgreSQL {facts.version}, {facts.size / 1e6:.1f} MB"


def wrong(facts: ServerFacts, *, is_made: bool) -> Iterator[Check]:
    """What an operator should change; `is_made`: the ledger's tables are there."""
    if facts.major < OLDEST:
        yield bad("ledger", f"PostgreSQL {facts.version} is too old", f"use {OLDEST} or newer")
    if facts.encoding != "UTF8":
        found = f"the database is kept in {facts.encoding}, which can't hold every name"
        yield bad("ledger", found, "make one with CREATE DATABASE ... ENCODING 'UTF8'")
    if not is_made and not facts.may_create:
        found = f"{facts.user} may not make tables in the database"
        yield bad("ledger", found, f"make {facts.user} its owner: ALTER DATABASE ... OWNER TO")
    if not facts.is_safe:
        found = "its server has fsync or full_page_writes off: a power cut can lose all of it"
        yield warn("ledger", found, "set both to on in postgresql.conf")
    if not facts.is_private:
        found = "people's numbers travel to its server unencrypted"
        yield warn("ledger", found, "add ?sslmode=verify-full to database_url")


def timed(ledger: Ledger, clock: Callable[[], Moment]) -> Iterator[Check]:
    """Whether this machine and the ledger's server tell the same time; in a file there is none."""
    try:
        with ledger.reading() as books:
            ahead = books.leases.clock_ahead(lambda: clock().at)
    except LedgerTrouble as trouble:
        yield warn("ledger's clock", f"was not asked: {trouble}", "run doctor again")
        return
    if ahead is not None:
        yield compared(ahead)


def compared(ahead: timedelta) -> Check:
    name, seconds = "ledger's clock", f"{abs(ahead).total_seconds():.0f} s"
    found = f"its server's is {seconds} {'ahead of' if ahead > timedelta(0) else 'behind'} ours"
    if abs(ahead) > FAR_APART:
        return bad(name, f"{found}; removals are held", MEANING[Hold.CLOCK].what_to_do)
    if abs(ahead) > APART:
        return warn(name, found, MEANING[Hold.CLOCK].what_to_do)
    return ok(name, "agrees with its server's to a few seconds")
