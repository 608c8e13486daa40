"""One transaction as the facts see it: what is asked, what is written, what is known already.

What was answered once is known until somebody writes to a table that it came from, or, where it is
of one group alone, writes about that group there: a tick asks for the same dozen facts again and
again, and almost none of them have changed since. Whoever writes a whole answer may say so, and it
is not asked for at all. What many groups are asked may be asked for them together, and what is
written about them is said together, before anybody could tell the difference. A query is put into
the database's words once, and not each time it is asked.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Executable,
    Insert,
    Table,
    Update,
    exc,
)

from rotation.ledger.answers import ANY, Answers, lent
from rotation.ledger.errors import Unreadable
from rotation.ledger.statements import (
    AT_ONCE,
    GROUP_IS,
    Asked,
    Change,
    Query,
    Rows,
    Values,
    Words,
    of_some,
)

__all__ = [
    "Answers",
    "Asked",
    "Driver",
    "Query",
    "Rows",
    "Transaction",
    "Values",
    "Words",
    "lent",
    "of_some",
    "trouble_of",
]

_A = TypeVar("_A")


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
        none = None if query.is_of_no_group else ANY
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

    def _forgotten(self, words: Words, rows: Sequence[Values]) -> Change:
        """The change, with nothing known any more that it may change."""
        change, name = words.statement, words.whose
        if not isinstance(change, Insert | Update | Delete):
            raise TypeError("only what changes something is told")
        self._forget(change, None if name is None else {row[name] for row in rows})
        return change

    def _forget(self, change: Change, groups: Iterable[Hashable] | None = None) -> None:
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
