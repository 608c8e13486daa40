"""The server that the ledger's database is on: its version, and what is wrong with it."""

from collections.abc import Iterator

from rotation.ledger.inspection import OLDEST, ServerFacts
from rotation.surfaces.doctor.check import Check, bad, warn


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
