"""One transaction as the facts see it: what is asked, what is written, what is known already.

What was answered once is known until somebody writes to a table that it came from, or, where it is
of one group alone, writes about that group there: a tick asks for the same dozen facts again and
again, and almost none of them have changed since. Whoever writes a whole answer may say so, and it
is not asked for at all. What many groups are asked may be asked for them together, and what is
written about them is said together, before anybody could tell the difference. A query is put into
the database's words once, and not each time it is asked.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from math import inf
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Executable,
    Float,
    Insert,
    Null,
    Select,
    Table,
    Update,
    bindparam,
    exc,
    select,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

from rotation.ledger.errors import Unreadable

V_co = TypeVar("V_co", covariant=True)
_A = TypeVar("_A")
Rows: TypeAlias = Sequence[Any]
"""Each row is the values of its columns, in their order."""
Values: TypeAlias = Mapping[str, object]
_Convert: TypeAlias = Callable[[Any], Any]
Asked: TypeAlias = Select[Any] | CompoundSelect[Any]
_Change: TypeAlias = Insert | Update | Delete

MOST_ANSWERS = 2000
"""How many answers are kept; with more all are forgotten, and asked for anew."""
GROUP_IS = "group_is"
"""Under this name is asked for one group's rows, and written to them."""
AT_ONCE = 64
"""So many groups are asked for together."""
_ANY: Final = object()
"""Whose an answer is that depends on the rows of several groups."""


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
        statement: Asked | _Change,
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
        statement: Asked | _Change,
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


class Answers:
    """What was answered before, by the tables it came from: so many, made of so many rows in all.

    One of more rows than that is not kept; where there are too many of them, all are forgotten.
    """

    def __init__(self, most: int = MOST_ANSWERS, rows: float = inf) -> None:
        self._most, self._most_rows = most, rows
        self._found: dict[Hashable, Any] = {}
        self._from: dict[Table, dict[Hashable, set[Hashable]]] = {}
        """Of each table the answers that came from it, by the group, or none, that they are of."""
        self._rows = 0

    def get(self, key: Hashable) -> tuple[Any] | None:
        return self._found.get(key)

    def keep(
        self,
        key: Hashable,
        answer: object,
        rows: int,
        tables: frozenset[Table],
        whose: Hashable = _ANY,
    ) -> None:
        if rows > self._most_rows:
            return
        if len(self._found) >= self._most or self._rows + rows > self._most_rows:
            self.forget_all()
        self._found[key] = (answer,)
        self._rows += rows
        for table in tables:
            self._from.setdefault(table, {}).setdefault(whose, set()).add(key)

    def forget(self, table: Table, groups: Iterable[Hashable] | None = None) -> None:
        """What came from a table is not known any more; with `groups` what is of others stays."""
        known = self._from.get(table)
        if not known:
            return
        for whose in list(known) if groups is None else {_ANY, *groups}:
            for key in known.pop(whose, ()):
                self._found.pop(key, None)

    def make_room(self, answers: int) -> None:
        """So many more may be kept, without that one of them makes the others forgotten."""
        if len(self._found) + answers > self._most:
            self.forget_all()

    def forget_all(self) -> None:
        self._found.clear()
        self._from.clear()
        self._rows = 0


@contextmanager
def lent(answers: Answers) -> Iterator[Answers]:
    """The answers for one transaction; what fails in it leaves none that it may have seen alone."""
    try:
        yield answers
    except BaseException:
        answers.forget_all()
        raise


class Driver(Protocol):
    """A connection as its driver has it: takes what is in the database's own words already.

    Trouble comes as SQLAlchemy would have raised it.
    """

    def say(self, text: str, values: Sequence[object], *, answers: bool) -> Rows:
        """Say it once; the rows that came back, as the driver gives them, if it `answers`."""
        ...

    def say_each(self, text: str, rows: Iterable[Sequence[object]]) -> None:
        """Say it once for each of `rows`."""
        ...

    def say_all(self, said: Iterable[tuple[str, Sequence[Sequence[object]]]]) -> None:
        """Say each once for each of its rows; to none of it there is an answer."""
        ...


def trouble_of(trouble: Exception, base: type[Exception], text: str) -> exc.StatementError:
    """A driver's trouble, whose kinds all derive from `base`, as SQLAlchemy names it."""
    return exc.DBAPIError.instance(text, None, trouble, base, hide_parameters=True)


class Transaction:
    """One transaction. `answers` are known in it already; whoever lends them vouches for them.

    With `only_reads` whatever would write is refused before it is said.
    """

    def __init__(
        self,
        conn: Connection,
        driver: Driver,
        answers: Answers | None = None,
        *,
        only_reads: bool = False,
    ) -> None:
        self.conn = conn
        self._driver = driver
        self._only_reads = only_reads
        self._answers = Answers() if answers is None else answers
        self._later: dict[Words, dict[Hashable, list[object]]] = {}
        self._waiting: dict[Table, Words] = {}
        """What is to be said to each table last, of what has not been said yet."""

    @property
    def dialect(self) -> Dialect:
        return self.conn.dialect

    def ask(self, query: Query[_A], **values: Hashable) -> _A:
        """The answer, known or asked for; `values` in the same order wherever a query is asked."""
        key = (query, *values.values())
        known = self._answers.get(key)
        if known is not None:
            answer: _A = known[0]
            return answer
        if self._waiting and not query.tables.isdisjoint(self._waiting):
            self.say_rest()
        rows = self._rows(query.words, values)
        answer = query.made(rows)
        self._keep(query, values, answer, len(rows))
        return answer

    def make_room(self, answers: int) -> None:
        """So many answers more are about to be known, and none of them is forgotten for another."""
        self._answers.make_room(answers)

    def foresee(self, query: Query[_A], groups: Sequence[Hashable], **values: Hashable) -> None:
        """Ask for several groups together, so that each answer is known when it is asked for.

        Where a row of them cannot be read, it is found out when its group is asked for.
        """
        new = [g for g in groups if self._answers.get((query, g, *values.values())) is None]
        if self._waiting and not query.tables.isdisjoint(self._waiting):
            self.say_rest()
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            names = {f"group_{n}": some[min(n, len(some) - 1)] for n in range(AT_ONCE)}
            with suppress(Unreadable):
                rows: dict[Hashable, list[Sequence[Any]]] = {group: [] for group in some}
                for group, *row in self._rows(query.together, {**names, **values}):
                    rows[group].append(row)
                for group, theirs in rows.items():
                    answer = query.made(theirs)
                    self._keep(query, {GROUP_IS: group, **values}, answer, len(theirs))

    def known(self, query: Query[_A], **values: Hashable) -> tuple[_A] | None:
        """The answer, if it is known without asking."""
        return self._answers.get((query, *values.values()))

    def knows(self, query: Query[_A], answer: _A, **values: Hashable) -> None:
        """What would be answered by now, from whoever has just written all of it."""
        self._keep(query, values, answer, 1)

    def _keep(
        self, query: Query[_A], values: Mapping[str, Hashable], answer: _A, rows: int
    ) -> None:
        none = None if query.is_of_no_group else _ANY
        whose = values[GROUP_IS] if query.is_of_group else none
        self._answers.keep((query, *values.values()), answer, rows, query.tables, whose)

    def tell(self, words: Words, *rows: Values) -> Rows:
        """Write what `words` say, once for each of `rows`; what came back, if there was one."""
        change = self._forgotten(words, rows)
        table = change.table
        if self._waiting and (table in self._waiting or _depends(table)):
            self.say_rest()
        if len(rows) == 1:
            return self._rows(words, rows[0])
        said = words.said(self.dialect)
        self._driver.say_each(said.text, map(said.values, rows))
        return []

    def tell_later(self, words: Words, *rows: Values) -> None:
        """Write what `words` say, together with more of the same.

        It is said before anything is asked of the table, or written to it in other words.
        """
        change = self._forgotten(words, rows)
        table, said = change.table, words.said(self.dialect)
        if not isinstance(table, Table) or said.answers:
            raise TypeError("what is told later has one table and no answer")
        if self._waiting.get(table, words) is not words and words in self._later:
            self.say_rest()
        self._waiting[table] = words
        later = self._later.setdefault(words, {})
        for row in rows:
            key = tuple(row[name] for name in words.replaces) if words.replaces else len(later)
            later.pop(key, None)
            later[key] = said.values(row)

    def say_rest(self) -> None:
        """Say what was to be told later."""
        later, self._later = self._later, {}
        self._waiting.clear()
        if later:
            self._driver.say_all(
                (words.said(self.dialect).text, list(rows.values()))
                for words, rows in later.items()
            )

    def execute(
        self, statement: Executable, values: Values | Sequence[Values] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Ask or write what is seldom asked or written: nothing is known of it beforehand."""
        self.say_rest()
        if isinstance(statement, Insert | Update | Delete):
            self._forget(statement)
        return self.conn.execute(statement, values)

    def _forgotten(self, words: Words, rows: Sequence[Values]) -> _Change:
        """The change, with nothing known any more that it may change."""
        change, name = words.statement, words.whose
        if not isinstance(change, Insert | Update | Delete):
            raise TypeError("only what changes something is told")
        self._forget(change, None if name is None else {row[name] for row in rows})
        return change

    def _forget(self, change: _Change, groups: Iterable[Hashable] | None = None) -> None:
        if self._only_reads:
            trouble = PermissionError("attempt to write in a read-only transaction")
            raise exc.OperationalError(None, None, trouble)
        if isinstance(change.table, Table):
            self._answers.forget(change.table, groups)
        else:
            self._answers.forget_all()

    def _rows(self, words: Words, values: Values) -> Rows:
        said = words.said(self.dialect)
        found = self._driver.say(said.text, said.values(values), answers=said.answers)
        return said.rows(found)


def _depends(table: object) -> bool:
    """Whether its rows name rows of other tables, which have to be there before."""
    return not isinstance(table, Table) or bool(table.foreign_keys)
