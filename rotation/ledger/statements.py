"""Statements that are said often: in a database's own words, and about whose rows.

A question that asks for one group's rows depends on no other's, and what is written with a group's
name changes none of another's: that is read off the statement.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    Column,
    ColumnElement,
    Delete,
    Dialect,
    Float,
    Insert,
    Null,
    Select,
    Table,
    Update,
    bindparam,
    select,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

V_co = TypeVar("V_co", covariant=True)
Rows: TypeAlias = Sequence[Any]
"""Each row is the values of its columns, in their order."""
Values: TypeAlias = Mapping[str, object]
_Convert: TypeAlias = Callable[[Any], Any]
Asked: TypeAlias = Select[Any] | CompoundSelect[Any]
Change: TypeAlias = Insert | Update | Delete

GROUP_IS = "group_is"
"""Under this name is asked for one group's rows, and written to them."""
AT_ONCE = 64
"""So many groups are asked for together."""


class Query(Generic[V_co]):
    """A question that is asked often, and what is made of the rows that answer it.

    What is made is handed out again and again, so nobody may change it.
    """

    def __init__(
        self,
        statement: Asked,
        made: Callable[[Rows], V_co],
        together: Select[Any] | None = None,
    ) -> None:
        self.statement = statement
        self.made = made
        self.words = Words(statement)
        self._together = together

    @cached_property
    def together(self) -> "Words":
        """The same asked for several groups (`of_some`), each row behind its group."""
        if self._together is not None:
            return Words(self._together)
        where = list(_all_of(self.statement))
        found = [part for part in where if _asks_for_group(part)]
        if not (isinstance(self.statement, Select) and len(found) == 1):
            raise TypeError("only what is asked of a group is asked of several")
        rest = [part for part in where if part is not found[0]]
        column = found[0].left  # type: ignore[attr-defined]  # as it was found to be
        asked = select(column, *self.statement.selected_columns)
        asked = asked.where(of_some(column), *rest)  # type: ignore[arg-type]  # parts of a clause
        return Words(asked.order_by(*self.statement._order_by_clauses))  # noqa: SLF001 - shown by no verb

    @cached_property
    def tables(self) -> frozenset[Table]:
        """The tables that the answer depends on."""
        parts = list(visitors.iterate(self.statement))
        columns = (part.table for part in parts if isinstance(part, ColumnElement)
                   if hasattr(part, "table"))  # fmt: skip
        return frozenset(t for t in (*parts, *columns) if isinstance(t, Table))

    @cached_property
    def is_of_group(self) -> bool:
        """Whether the answer depends on the rows of one group alone."""
        return len(self.tables) == 1 and _is_of_group(self.statement)

    @cached_property
    def is_of_no_group(self) -> bool:
        """Whether the answer depends on rows alone that are of no group."""
        return len(self.tables) == 1 and any(map(_asks_for_none, _all_of(self.statement)))


def of_some(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether it is one of some groups, of which there may be as many as are asked for at once."""
    return column.in_([bindparam(f"group_{n}") for n in range(AT_ONCE)])


def _is_of_group(statement: object) -> bool:
    return any(map(_asks_for_group, _all_of(statement)))


def _all_of(statement: object) -> Sequence[object]:
    """What has to be true of each row that has a part in it."""
    if not isinstance(statement, Select | Update | Delete):
        return ()
    where = statement.whereclause
    if isinstance(where, BooleanClauseList) and where.operator is operators.and_:
        return where.clauses
    return (where,)


def _asks_for_group(clause: object) -> bool:
    return (
        isinstance(clause, BinaryExpression)
        and clause.operator is operators.eq
        and isinstance(clause.left, Column)
        and clause.left.name == "group"
        and isinstance(clause.right, BindParameter)
        and clause.right.key == GROUP_IS
    )


def _asks_for_none(clause: object) -> bool:
    return (
        isinstance(clause, BinaryExpression)
        and clause.operator is operators.is_
        and isinstance(clause.left, Column)
        and clause.left.name == "group"
        and isinstance(clause.right, Null)
    )


class Words:
    """A statement that is said often, in a database's own words from the first time on.

    `about`: under which name each row says which group alone it is about, where the statement does
    not. `replaces`: whatever has the same values under these names is replaced whole.
    """

    def __init__(
        self,
        statement: Asked | Change,
        columns: Sequence[str] | None = None,
        *,
        about: str | None = None,
        replaces: Sequence[str] = (),
    ) -> None:
        self.statement = statement
        self.replaces = replaces
        self._columns = columns
        self._about = about
        self._said: dict[str, _Said] = {}

    @cached_property
    def whose(self) -> str | None:
        """Under which name its values say about which group alone it writes; None: about any."""
        if self._about is not None:
            return self._about
        return GROUP_IS if _is_of_group(self.statement) else None

    def said(self, dialect: Dialect) -> "_Said":
        found = self._said.get(dialect.name)
        if found is None:
            found = self._said[dialect.name] = _Said(self.statement, dialect, self._columns)
        return found


class _Said:
    """The text of a statement, and how values get into it and out of its rows."""

    def __init__(
        self,
        statement: Asked | Change,
        dialect: Dialect,
        columns: Sequence[str] | None,
    ) -> None:
        found = statement.compile(dialect=dialect, column_keys=columns)
        self.text = str(found)
        asked = [(name, found.binds[name]) for name in found.positiontup or ()]
        self._known = {name: value.effective_value for name, value in asked}
        self._ways_in = [(name, _way_in(value.type, dialect)) for name, value in asked]
        ways = [_way_out(column.type, dialect) for column in statement.exported_columns]
        self._ways_out = [(place, way) for place, way in enumerate(ways) if way is not None]
        self.answers = bool(ways)
        """Whether rows come back."""

    def values(self, given: Values) -> list[object]:
        of = {**self._known, **given} if self._known else given
        return [of[name] if way is None else way(of[name]) for name, way in self._ways_in]

    def rows(self, found: Rows) -> Rows:
        return [self._row(row) for row in found] if self._ways_out else found

    def _row(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for place, way in self._ways_out:
            if values[place] is not None:
                values[place] = way(values[place])
        return values


def _way_in(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _way_out(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    if isinstance(kind, Float):  # is one already, from every driver
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)
