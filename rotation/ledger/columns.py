"""Column types: what the core's values look like in a database, and nothing naive.

A value that they never write was changed by hand, and reading it raises `Unreadable`.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

from rotation.ledger.errors import Unreadable
from rotation.ledger.plain import MICROSECOND, canonical, codec


@lru_cache(maxsize=4096)
def instant_text(at: datetime) -> str:
    """`2026-01-05T08:00:00.000000Z`: UTC in a fixed width, so that text sorts as time does.

    Raises ValueError for a datetime without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone never enters the ledger")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


class _Placed:
    """A type that knows in which column it stands, for what it says of a value there."""

    where = "a column"


def place(columns: Iterable[Column[Any]]) -> None:
    """Tell each column's type where it stands."""
    for column in columns:
        if isinstance(column.type, _Placed):
            column.type.where = f"{column.table.name}.{column.name}"


class _Known(dict[Any, Any]):
    """What each stored value means; any other was never written."""

    def __init__(self, meanings: dict[Any, Any], where: str) -> None:
        super().__init__(meanings)
        self._where = where

    def __missing__(self, _stored: object) -> object:
        raise Unreadable(self._where)


class UtcDateTime(_Placed, TypeDecorator[datetime]):
    """An instant. Takes any aware datetime and gives back UTC; SQLite would drop the zone."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], object]:
        return _to_text if dialect.name == "sqlite" else _to_instant

    def result_processor(
        self, dialect: Dialect, _coltype: object
    ) -> Callable[[Any], datetime | None]:
        return self._from_text if dialect.name == "sqlite" else _from_instant

    def _from_text(self, text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
        except (ValueError, TypeError):
            raise Unreadable(self.where) from None
        if found.tzinfo is None:
            raise Unreadable(self.where)
        return found


def _to_text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _to_instant(at: datetime | None) -> datetime | None:
    if at is not None:
        instant_text(at)  # refuses what has no zone
    return None if at is None else at.astimezone(UTC)


def _from_instant(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


class Name(TypeDecorator[str]):
    """A short text that is looked up and sorted, by its code points in every database.

    PostgreSQL would sort it by the rules of a language, which differ from server to server, and
    an update of the machine could change them under an index. It needs no length there.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Text(collation="C"))
        return dialect.type_descriptor(self.impl_instance)


Count = BigInteger().with_variant(Integer, "sqlite")
"""The number of a row. SQLite counts to 2^63 by itself, and numbers only an INTEGER for us."""


class Whole(_Placed, TypeDecorator[int]):
    """A whole number. SQLite would keep a word in its place."""

    impl = Integer
    cache_ok = True

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[Any], int | None]:
        return self._whole

    def _whole(self, value: object) -> int | None:
        if value is None or isinstance(value, int):
            return value
        raise Unreadable(self.where)


class Flag(_Placed, TypeDecorator[bool]):
    """Yes or no. SQLite would keep anything in its place."""

    impl = Boolean
    cache_ok = True

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[Any], bool | None]:
        return _Known({None: None, 0: False, 1: True}, self.where).__getitem__


class Word(_Placed, TypeDecorator[StrEnum]):
    """A value of a closed list, stored as its word."""

    impl = Name
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(32)
        self.words = words

    def bind_processor(self, _dialect: Dialect) -> Callable[[Any], str | None]:
        words = {word: word.value for word in self.words}  # a plain text that is one is found too
        return lambda word: None if word is None else words.get(word) or self.words(word).value

    def result_processor(
        self, _dialect: Dialect, _coltype: object
    ) -> Callable[[Any], StrEnum | None]:
        known = {word.value: word for word in self.words}
        return _Known({None: None, **known}, self.where).__getitem__


class Duration(TypeDecorator[timedelta]):
    """A length of time in whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, _dialect: Dialect) -> int | None:
        return None if value is None else value // MICROSECOND

    def process_result_value(self, value: int | None, _dialect: Dialect) -> timedelta | None:
        return None if value is None else value * MICROSECOND


class Plain(_Placed, TypeDecorator[Any]):
    """A small value as canonical JSON text, by the codec of its type."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: object) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: object, _dialect: Dialect) -> str | None:
        return None if value is None else canonical(codec(self.kind).dump(value))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> object:
        try:
            return None if value is None else codec(self.kind).load(json.loads(value))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise Unreadable(self.where) from None
