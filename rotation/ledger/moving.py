"""A whole ledger into another database: from the file it began in to a server, say.

All or nothing, in one transaction, and only into a ledger in which nothing was ever written. No
daemon may run on either meanwhile.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Table, func, insert, select, update

from rotation.ledger import tables
from rotation.ledger.audit import Audit
from rotation.ledger.backup import RESTORED_AT
from rotation.ledger.chain import Anchor, BrokenChain
from rotation.ledger.columns import instant_text
from rotation.ledger.errors import NotEmpty
from rotation.ledger.lock import Lock, file_lock
from rotation.ledger.meta import Meta
from rotation.ledger.opening import Database, opened
from rotation.ledger.places import name_of, on_server
from rotation.ledger.schema import current, require_known, upgrade
from rotation.ledger.sqlite import PATIENCE
from rotation.ledger.transaction import Transaction

_BATCH = 2000


def _nobody(_table: str, _rows: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied: rows by table, the newest audit record, and a flaw the audit came with."""

    rows: Mapping[str, int]
    last: Anchor | None
    broken: BrokenChain | None


def move(
    source: str,
    to: str,
    now: datetime,
    passed: Callable[[str, int], None] = _nobody,
) -> Moved:
    """Copy the ledger at URL `source` into the empty or missing one at `to`, and prove the copy.

    What was copied is marked as older than the world, so that no daemon acts on it by mistake;
    `passed` is told the table and how many of its rows are copied, now and then. Raises LedgerHeld
    while a daemon runs on either, NotEmpty, UnknownSchema, LedgerUnavailable; then `to` is as it
    was, but for having its tables.
    """
    require_known(current(source), name_of(source))
    with ExitStack() as held:
        from_lock, to_lock = (held.enter_context(file_lock(url)) for url in (source, to))
        upgrade(to)
        with _reading(source, from_lock) as there, _writing(to, to_lock) as here:
            _require_empty(here, to)
            rows = copy_all(there, here, passed)
            last, broken = Audit(there).head(), Audit(there).verify()
            if Audit(here).head() != last or Audit(here).verify() != broken:
                raise RuntimeError("the copied audit is not the one it was copied from")
        with _writing(source, from_lock) as left:
            Meta(left).put(RESTORED_AT, instant_text(now))
        return Moved(rows, last, broken)


def copy_all(
    there: Transaction, here: Transaction, passed: Callable[[str, int], None] = _nobody
) -> dict[str, int]:
    """Every row from `there` to `here`, where there are none yet; how many there are, by table."""
    return {table.name: _copy(table, there, here, passed) for table in _all()}


def _all() -> list[Table]:
    """Every table, each after those it points to; who works on what is not the ledger's memory.

    First of all where the audit begins.
    """
    passing = {tables.leases, tables.replicas, tables.meta}
    rest = [table for table in tables.metadata.sorted_tables if table not in passing]
    return [tables.meta, *rest]


@contextmanager
def _reading(url: str, lock: Lock) -> Iterator[Transaction]:
    with closing(_database(url, lock)) as database, database.reading() as found:
        yield found


@contextmanager
def _writing(url: str, lock: Lock) -> Iterator[Transaction]:
    with closing(_database(url, lock)) as database, database.writing() as found:
        if on_server(url):
            found.conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        yield found


def _database(url: str, lock: Lock) -> Database:
    return opened(url, PATIENCE, lock)


def _require_empty(found: Transaction, url: str) -> None:
    for table in _all():
        if table is not tables.meta and found.execute(select(table).limit(1)).first() is not None:
            raise NotEmpty(
                f"the ledger {name_of(url)} is in use: its table `{table.name}` has rows; "
                "name a new, empty database in the settings"
            )
    found.execute(tables.meta.delete())


def _copy(
    table: Table, there: Transaction, here: Transaction, passed: Callable[[str, int], None]
) -> int:
    """How many rows were copied. A row may point to a later one: that is filled in at the end."""
    ahead = [c.name for c in table.c if any(k.column.table is table for k in c.foreign_keys)]
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
    copied = 0
    for batch in there.execute(query).mappings().partitions():
        here.execute(insert(table), [{**row, **dict.fromkeys(ahead)} for row in batch])
        copied += len(batch)
        passed(table.name, copied)
    for name in ahead:
        _fill(table, table.c[name], there, here)
    _go_on_counting(table, here)
    found = here.execute(select(func.count()).select_from(table)).scalar_one()
    if found != copied:
        raise RuntimeError(f"{copied} rows of `{table.name}` were copied, and {found} are there")
    return copied


def _fill(table: Table, column: Column[object], there: Transaction, here: Transaction) -> None:
    (key,) = table.primary_key
    for of, value in there.execute(select(key, column).where(column.is_not(None))):
        here.execute(update(table).where(key == of).values({column.name: value}))


def _go_on_counting(table: Table, found: Transaction) -> None:
    """The next row gets the next number. SQLite sees to that by itself."""
    numbered = table.autoincrement_column
    if found.dialect.name == "sqlite" or numbered is None:
        return
    highest = found.execute(select(func.max(numbered))).scalar_one()
    if highest is not None:
        sequence = func.pg_get_serial_sequence(table.name, numbered.name)
        found.execute(select(func.setval(sequence, highest)))
