"""A whole ledger from a file into an empty database on a server: all of it, proven, or nothing."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, Table, func, insert, select, text, update

from rotation.ledger.audit import Audit
from rotation.ledger.backup import RESTORED_AT
from rotation.ledger.columns import instant_text
from rotation.ledger.errors import LedgerUnavailable
from rotation.ledger.lock import file_lock
from rotation.ledger.meta import Meta
from rotation.ledger.opening import Database, opened
from rotation.ledger.places import name_of, on_server
from rotation.ledger.schema import current, require_known, upgrade
from rotation.ledger.sqlite import PATIENCE
from rotation.ledger.tables import leases, meta, metadata, replicas

_AT_ONCE: Final = 500
_OF_THE_PLACE: Final = frozenset({leases.name, replicas.name})
"""Who works on what is so for one database, and is said anew in another."""


def copy(
    source: str, target: str, now: datetime, told: Callable[[str, int], None]
) -> dict[str, int]:
    """Copy the ledger in a file to the empty database on a server; how many rows each table has.

    The file is marked as older than the world from `now` on, so that no daemon acts on it without
    a person's word. `told` hears how far it is. Raises LedgerHeld where either is in use,
    UnknownSchema for a file of another schema, LedgerUnavailable when the target is not empty or
    the copy is not what was copied; the target is then as before.
    """
    if on_server(source) or not on_server(target):
        raise ValueError("a ledger is copied from a file to a database on a server")
    require_known(current(source), name_of(source))
    with file_lock(source):
        if current(target) is None:
            upgrade(target)
        require_known(current(target), name_of(target))
        with file_lock(target):
            there, here = opened(source, PATIENCE, None), opened(target, PATIENCE, None)
            with closing(there), closing(here):
                counts = _copied(there, here, name_of(target), told)
                with there.writing() as conn:
                    Meta(conn).put(RESTORED_AT, instant_text(now))
    return counts


def _copied(
    there: Database, here: Database, name: str, told: Callable[[str, int], None]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    with there.reading() as old, here.writing() as new:
        new.execute(text("SET LOCAL statement_timeout = 0"))
        _require_empty(new, name)
        for table in metadata.sorted_tables:
            if table.name not in _OF_THE_PLACE:
                counts[table.name] = _filled(table, old, new, told)
        _require_whole(old, new, counts, name)
    return counts


def _require_empty(conn: Connection, name: str) -> None:
    for table in metadata.sorted_tables:
        if table is not meta and conn.execute(select(table).limit(1)).first() is not None:
            raise LedgerUnavailable(f"{name} is not empty: it has {table.name}; name a new one")
    conn.execute(meta.delete())


def _filled(
    table: Table, old: Connection, new: Connection, told: Callable[[str, int], None]
) -> int:
    """All rows, in the order of their keys: the audit takes them in no other."""
    done, later = 0, _to_itself(table)
    rows = old.execute(select(table).order_by(*table.primary_key)).mappings()
    for some in iter(lambda: [dict(row) for row in islice(rows, _AT_ONCE)], []):
        new.execute(
            insert(table), [{k: v for k, v in row.items() if k not in later} for row in some]
        )
        done += len(some)
        told(table.name, done)
    for column in later:
        _point(table, table.c[column], old, new)
    _count_on(table, new)
    return done


def _to_itself(table: Table) -> tuple[str, ...]:
    """The columns that name another row of the same table, which may not be there yet."""
    return tuple(c.name for c in table.c if any(k.column.table is table for k in c.foreign_keys))


def _point(table: Table, column: Column[Any], old: Connection, new: Connection) -> None:
    (key,) = table.primary_key
    pairs = old.execute(select(key, column).where(column.is_not(None))).all()
    for row, other in pairs:
        new.execute(update(table).where(key == row).values({column.name: other}))


def _count_on(table: Table, conn: Connection) -> None:
    """The next row of the table gets the next number."""
    numbered = table.autoincrement_column
    if numbered is None or not isinstance(numbered.type, Integer):
        return
    sequence = func.pg_get_serial_sequence(table.name, numbered.name)
    last = conn.execute(select(func.max(numbered))).scalar()
    if last is not None:
        conn.execute(select(func.setval(sequence, last)))


def _require_whole(old: Connection, new: Connection, counts: Mapping[str, int], name: str) -> None:
    for table in (t for t in metadata.sorted_tables if t.name in counts):
        found = new.execute(select(func.count()).select_from(table)).scalar_one()
        if found != counts[table.name]:
            raise LedgerUnavailable(f"{name} has {found} rows of {counts[table.name]} {table.name}")
    broken, before, after = Audit(new).verify(), Audit(old).head(), Audit(new).head()
    if broken is not None or before != after:
        raise LedgerUnavailable(f"the audit in {name} is not as it was written; nothing was copied")
