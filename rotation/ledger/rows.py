"""Values to rows and back, for tables whose columns are a value's fields; and the upsert."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Executable, Insert, Select, Table, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rotation.core.roster import GroupId
from rotation.ledger.columns import UtcDateTime
from rotation.ledger.legible import legible
from rotation.ledger.transaction import Asked, Query, Rows, Transaction, Words

GROUPS_AT_ONCE = 100
"""Groups whose rows are read with one statement, where those of all groups would be too many."""


class _Value(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


V = TypeVar("V", bound=_Value)


class Shape(Generic[V]):
    """How one kind of value lies in one table. `query` selects whole values."""

    def __init__(self, value: type[V], table: Table) -> None:
        self._value = value
        self._names = tuple(f.name for f in fields(value))
        self.query: Select[Any] = select(*(table.c[name] for name in self._names))
        is_instant = {column.name for column in table.c if isinstance(column.type, UtcDateTime)}
        self._instants = tuple(name for name in self._names if name in is_instant)

    def comes_back(self, value: V) -> bool:
        """Whether what is read is equal to it to the last zone: instants come back in UTC."""
        instants = (getattr(value, name) for name in self._instants)
        return all(at is None or at.tzinfo is UTC for at in instants)

    def row(self, value: V) -> dict[str, object]:
        return {name: getattr(value, name) for name in self._names}

    def all(
        self, conn: Transaction, query: Executable, values: Mapping[str, object] | None = None
    ) -> list[V]:
        return [self._value(*row) for row in conn.execute(query, values).all()]

    def legible(
        self, conn: Transaction, query: Select[Any], values: Mapping[str, object] | None = None
    ) -> list[V]:
        """The values that can be read, row by row."""
        return legible(conn, query, values or {}, lambda row: self._value(*row))

    def many(self, query: Asked) -> Query[list[V]]:
        """The question for every value that `query` selects."""
        return Query(query, lambda rows: [self._value(*row) for row in rows])

    def one(self, query: Asked, together: Select[Any] | None = None) -> Query[V | None]:
        """The question for the first value that `query` selects."""

        def made(rows: Rows) -> V | None:
            return self._value(*rows[0]) if rows else None

        return Query(query, made, together)


def matching(query: Select[Any], *pairs: tuple[ColumnElement[Any], object]) -> Select[Any]:
    """The rows of `query` that have these values; a value of None asks for nothing."""
    return query.where(*(column == value for column, value in pairs if value is not None))


def within(
    query: Select[Any], at: Column[Any], since: datetime | None, until: datetime | None
) -> Select[Any]:
    """The rows of `query` whose instant lies in `[since, until)`; None leaves an end open."""
    if since is not None:
        query = query.where(at >= since)
    return query if until is None else query.where(at < until)


class _OfGroup(Protocol):
    @property
    def group(self) -> GroupId | None: ...


R = TypeVar("R", bound=_OfGroup)


def of_each(
    groups: Sequence[GroupId], rows_of: Callable[[Sequence[GroupId]], Iterable[R]]
) -> Iterator[tuple[GroupId, list[R]]]:
    """Each group with its rows, in the order of `groups`; only those of a few are held at once."""
    for first in range(0, len(groups), GROUPS_AT_ONCE):
        found: dict[GroupId, list[R]] = {
            group: [] for group in groups[first : first + GROUPS_AT_ONCE]
        }
        for row in rows_of(list(found)):
            if row.group is not None:
                found[row.group].append(row)
        yield from found.items()


def upsert(
    conn: Transaction, table: Table, rows: Iterable[Mapping[str, object]], *, later: bool = False
) -> None:
    """Insert the rows; where the key is there already, replace the rest of that row.

    `later`: with what else is written so to the table, see `Transaction.tell_later`.
    """
    if found := list(rows):
        tell = conn.tell_later if later else conn.tell
        tell(_upsert(conn.dialect.name, table), *found)


def insert_new(
    conn: Transaction, table: Table, rows: Iterable[Mapping[str, object]], *, later: bool = False
) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if found := list(rows):
        tell = conn.tell_later if later else conn.tell
        tell(_insert_new(conn.dialect.name, table, tuple(found[0])), *found)


@cache
def _upsert(dialect: str, table: Table) -> Words:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    rest = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    replacing: Insert = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    about = "group" if "group" in keys else None  # else the row that it replaces may be another's
    return Words(replacing, [column.name for column in table.c], about=about, replaces=keys)


@cache
def _insert_new(dialect: str, table: Table, columns: tuple[str, ...]) -> Words:
    about = "group" if "group" in columns else None
    return Words(_insert(dialect, table).on_conflict_do_nothing(), columns, about=about)


def _insert(dialect: str, table: Table) -> Any:  # noqa: ANN401 - two dialects, one method name
    if dialect == "sqlite":
        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)
