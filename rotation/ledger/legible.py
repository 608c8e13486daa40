"""A query row by row, as the database has it: what can be read, and what of the rest cannot.

Asked only once a value was `Unreadable`: whatever is read often is read whole, at full speed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Dialect, Float, Select, type_coerce
from sqlalchemy.types import NullType

from rotation.ledger.errors import Unreadable
from rotation.ledger.transaction import Transaction

_V = TypeVar("_V")
_Made = Callable[[Sequence[Any]], _V]


@dataclass(frozen=True, slots=True)
class Found:
    """One row: its values as they are stored, and as they are read up to the first that is not.

    `unreadable` names the columns that hold what was never written.
    """

    stored: Mapping[str, Any]
    read: tuple[Any, ...]
    unreadable: tuple[str, ...]


def rows(conn: Transaction, query: Select[Any], values: Mapping[str, Any]) -> Iterator[Found]:
    """Every row of a query over columns of tables."""
    columns = list(query.selected_columns)
    as_stored = query.with_only_columns(
        *(type_coerce(column, NullType()).label(column.key) for column in columns)
    )
    ways = [_way(column.type, conn.dialect) for column in columns]
    names = [str(column.key) for column in columns]
    for row in conn.execute(as_stored, values).all():
        yield _found(names, ways, row)


def legible(
    conn: Transaction, query: Select[Any], values: Mapping[str, Any], made: _Made[_V]
) -> list[_V]:
    """What is made of the rows that can be read; the others are left out."""
    found = []
    for row in rows(conn, query, values):
        try:
            found += [] if row.unreadable else [made(row.read)]
        except Unreadable:
            continue
    return found


def _found(names: list[str], ways: list[Callable[[Any], Any]], row: Sequence[Any]) -> Found:
    read, unreadable = [], []
    for name, way, value in zip(names, ways, row, strict=True):
        try:
            read.append(None if value is None else way(value))
        except Unreadable:
            unreadable.append(name)
    return Found(dict(zip(names, row, strict=True)), tuple(read), tuple(unreadable))


def _way(kind: Any, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ANN401 - any column's type
    if isinstance(kind, Float):  # is one already, from every driver
        return _same
    return kind.dialect_impl(dialect).result_processor(dialect, None) or _same


def _same(value: object) -> object:
    return value
